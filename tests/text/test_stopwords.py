import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.recipe import Recipe
from bowcore.text.stopwords import NEGATIONS, stop_list, stop_words


def test_the_spacy_list_is_spacys() -> None:
    from spacy.lang.en.stop_words import STOP_WORDS

    assert list(stop_list("spacy")) == sorted(STOP_WORDS)
    assert len(stop_list("spacy")) == 326


def test_the_scikit_learn_list_is_scikit_learns() -> None:
    assert list(stop_list("scikit-learn")) == sorted(ENGLISH_STOP_WORDS)
    assert len(stop_list("scikit-learn")) == 318


@pytest.mark.parametrize("name", ["spacy", "scikit-learn"])
def test_both_lists_drop_words_that_turn_a_sentence_round(name: str) -> None:
    assert {"not", "no", "never"} <= set(stop_list(name)) & set(NEGATIONS)


def test_a_recipe_removes_the_list_that_it_names() -> None:
    own = Recipe().change(own_stop_words=("b", "a"))
    assert stop_words(own.terms) == ()
    assert stop_words(own.change(stop_words="own").terms) == ("a", "b")
    assert stop_words(own.change(stop_words="spacy").terms) == stop_list("spacy")


def test_reading_a_list_imports_no_library_of_it() -> None:
    code = "import sys; from bowcore.text.stopwords import stop_list; stop_list('spacy'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"spacy", "sklearn", "torch"} & set(done.stdout.split())


@pytest.mark.parametrize("code", [code for code, language in LANGUAGES.items() if language.stop_list and code != "en"])
def test_the_list_of_a_language_is_spacys(code: str) -> None:
    library = import_module(f"spacy.lang.{'nb' if code == 'no' else code}.stop_words").STOP_WORDS
    assert list(stop_list(f"spacy-{code}")) == sorted(library)


def test_no_list_of_spacy_is_left_out() -> None:
    missing = set()
    for found in pkgutil.iter_modules(import_module("spacy.lang").__path__):
        known = LANGUAGES.get("no" if found.name == "nb" else found.name)
        path = Path(import_module("spacy.lang").__path__[0]) / found.name / "stop_words.py"
        if path.exists() and not (known and known.stop_list):
            missing.add(found.name)
    # upper and lower Sorbian and the like, which py3langid cannot tell from their neighbours, or does not know
    assert missing == {"bo", "dsb", "grc", "hsb", "ht", "kmr", "lg", "lij", "sa", "ti", "tn"}
