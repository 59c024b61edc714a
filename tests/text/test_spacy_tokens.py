import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.experiment.stages import read_split
from bowcore.recipe.recipe import Recipe
from bowcore.text.spacy_tokens import SPECIAL_CASES, special_cases, tokenise, write_special_cases
from bowcore.text.steps import apply_step
from bowcore.text.terms import apply_chain
from tests.laws import examples
from tests.text import reference

RECIPE = Recipe().change(ascii_letters=True, stop_words="spacy-tokeniser")


def spacy_tokens(string: str) -> list[str]:
    return [token.text for token in reference.english()(string)]


def left_by_spacy(string: str) -> list[str]:
    return [token.text for token in reference.english()(string) if not token.is_stop]


def left_by_the_step(strings: list[str]) -> list[list[str]]:
    pieces = apply_step("stop_words", pa.array(strings, pa.string()), RECIPE.terms)
    assert pieces is not None
    left: list[list[str]] = [[] for _ in strings]
    for parent, piece in zip(pieces.parents.tolist(), pieces.strings.to_pylist(), strict=True):
        left[parent].append(piece)
    return left


@pytest.mark.parametrize(
    ("string", "left"),
    [
        ("gonna", ["gon", "na"]),
        ("dont", ["nt"]),
        ("don't", []),
        ("Don't", []),
        ("DON'T", ["DON'T"]),
        ("cannot", []),
        ("im", ["m"]),
        ("Its", []),
        ("'cause", ["'cause"]),
        ("'soup'", ["'", "soup", "'"]),
        ("canada's", ["canada"]),
        ("boys'", ["boys", "'"]),
        ("soup", ["soup"]),
        ("the", []),
    ],
)
def test_what_spacys_tokens_leave_of_a_string(string: str, left: list[str]) -> None:
    assert left_by_spacy(string) == left
    assert left_by_the_step([string]) == [left]


parts = st.sampled_from(
    ("'", "''", "'s", "'S", "n't", "'em", "em", "gonna", "Gonna", "dont", "don't", "y'all", "ol", "ol'", "goin",
     "he", "He's", "it's", "x", "s", "S", "d", "ll", "I", "'d've", "soup", "the", "cannot", "Ima",
     "nuff", "bout", "cause")
)  # fmt: skip
strings = st.one_of(
    st.lists(parts, min_size=1, max_size=5).map("".join),
    st.text(alphabet="'''sSmMeEdDnNtTaAlLrRvVoOxI", min_size=1, max_size=9),
    st.sampled_from(list(special_cases().whole)).flatmap(
        lambda case: st.tuples(st.sampled_from(["", "'", "''", "x"]), st.sampled_from(["", "'", "'s", "''s", "x"])).map(
            lambda ends: f"{ends[0]}{case}{ends[1]}"
        )
    ),
)


@examples(1500)
@given(strings)
@example("'")
@example("''")
@example("'''")
@example("''em''s")
def test_tokens_are_spacys_for_letters_and_apostrophes(string: str) -> None:
    assert tokenise(string) == spacy_tokens(string)


def test_a_run_of_a_million_suffixes_is_split_in_linear_time() -> None:
    assert tokenise("x" + "'s" * 500_000) == ["x", *["'s"] * 500_000]


@examples(150)
@given(st.lists(strings, min_size=1, max_size=30, unique=True))
def test_the_step_leaves_what_spacy_leaves(drawn: list[str]) -> None:
    assert left_by_the_step(drawn) == [left_by_spacy(string) for string in drawn]


def cleaned_types(corpus: str) -> list[str]:
    """Every distinct string that the tutorial's cleaning makes of the open articles."""
    recipe = Recipe().change(corpus=corpus, punctuation=False, digits=False, ascii_letters=True)
    split = split_corpus(load_corpus(corpus), recipe.split)
    return apply_chain(read_split(split, recipe).units.types, recipe.terms).result.strings.to_pylist()


def assert_spacys(types: list[str]) -> None:
    left = left_by_the_step(types)
    assert left == [left_by_spacy(string) for string in types]
    assert sum(pieces != [string] for string, pieces in zip(types, left, strict=True)) > 300


def test_the_step_leaves_what_spacy_leaves_of_bbc_news() -> None:
    assert_spacys(cleaned_types("bbc-news"))


def test_the_step_leaves_what_spacy_leaves_of_ag_news(bowlab_data: Path) -> None:
    assert_spacys(cleaned_types("ag-news"))


def test_words_side_by_side_do_not_change_each_others_tokens() -> None:
    types = [string for string in cleaned_types("bbc-news") if "'" in string or string in special_cases().whole]
    assert len(types) > 100
    text = " ".join(types)
    assert [token.text for token in reference.english()(text)] == [
        token for string in types for token in tokenise(string)
    ]


def test_ordinals_looked_up_as_numbers_pass_unharmed() -> None:
    forms, lemmas = _lemma_table()
    made = sorted({lemma for form, lemma in zip(forms, lemmas, strict=True) if _plain(form) and not _plain(lemma)})
    assert "18" in made
    assert left_by_the_step(made) == [left_by_spacy(string) for string in made] == [[string] for string in made]


def _lemma_table() -> Iterator[Any]:
    from bowcore.text.steps import lemma_table

    return (column.to_pylist() for column in lemma_table())


def _plain(string: str) -> bool:
    return re.fullmatch("[A-Za-z']+", string) is not None


def test_the_data_file_is_what_the_installed_spacy_gives(tmp_path: Path) -> None:
    write_special_cases(tmp_path / "cases.json")
    assert json.loads((tmp_path / "cases.json").read_text()) == json.loads(SPECIAL_CASES.read_text())


def test_tokenising_imports_no_spacy() -> None:
    code = "import sys; from bowcore.text.spacy_tokens import tokenise; print(tokenise('gonna')); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert done[0] == "['gon', 'na']"
    assert not {"spacy", "torch"} & set(done[1].split())
