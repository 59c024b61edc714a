"""Named recipes: the tutorial's, and the one recommended by a comparison on validation articles (docs/decisions).

The tutorial's use its network, 5,000 hidden units. Stored densely its matrices would take tens of gigabytes;
on sparse rows `tutorial-baseline` on 51,993 AG News articles trains in 2.6 GB.
"""

from __future__ import annotations

from bowcore.errors import RecipeError
from bowcore.recipe.languages import ENGLISH
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import allowed_options

_TUTORIAL_NETWORK = {"hidden": 5000, "epochs": 2, "batch_size": 1920, "learning_rate": 0.001, "keep": "last"}

PRESETS: dict[str, Recipe] = {
    "recommended": Recipe().change(weighting="tfidf", sublinear_tf=True),
    "tutorial-baseline": Recipe().change(
        punctuation=False,
        digits=False,
        ascii_letters=True,
        contractions="cut",
        token_pattern="scikit-learn",
        **_TUTORIAL_NETWORK,
    ),
    "tutorial-revised": Recipe().change(
        units="lemmas",
        punctuation=False,
        digits=False,
        ascii_letters=True,
        # cut words would confuse spaCy's tokeniser: it knows don't, not don
        contractions="keep",
        stop_words="spacy-tokeniser",
        token_pattern="scikit-learn",
        vocabulary_size=20_000,
        weighting="tfidf",
        **_TUTORIAL_NETWORK,
    ),
    # chosen by cross-validation on AG News: docs/best.md
    "best": Recipe().change(
        weighting="tfidf",
        sublinear_tf=True,
        digits=False,
        repair=True,
        min_documents=2,
        blocks=("words 1-2 ratio-idf", "characters 2-5 case ratio-idf"),
        models=("svm 0.3",),
    ),
}
"""Recipes by name, on the built-in corpus; `preset` sets another corpus."""


def in_language(recipe: Recipe, code: str) -> Recipe:
    """The recipe for texts in another language, with what is made for English off or replaced.

    English stop lists become the list of the language and English lemmas its stems, where it has them. The rule of
    ASCII letters and scikit-learn's pattern, which cut words of other scripts, go. English gets its possessives again.
    """
    terms, units = recipe.terms, recipe.text.units
    now = {"language": code}
    if code in ("", ENGLISH):
        return recipe.change(**now) if terms.is_english else recipe.change(**now, possessives=True)
    stop_words, forms = allowed_options("stop_words", code), allowed_options("word_forms", code)
    wanted = "stem" if units == "lemmas" or terms.word_forms != "as-written" else "as-written"
    listed = terms.stop_words if terms.stop_words in ("keep", "own") else "spacy"
    return recipe.change(
        **now,
        units="white-space",
        stop_words=listed if listed in stop_words else "keep",
        word_forms=wanted if wanted in forms else "as-written",
        possessives=False,
        contractions="keep",
        ascii_letters=False,
        token_pattern="units",
    )


def preset(name: str, corpus: str | None = None) -> Recipe:
    """The preset of that name, optionally for another corpus.

    Raises:
        RecipeError: No preset has that name.
    """
    if name not in PRESETS:
        raise RecipeError(f"There is no preset '{name}'; presets are {', '.join(sorted(PRESETS))}.", "preset")
    recipe = PRESETS[name]
    return recipe.change(corpus=corpus) if corpus else recipe
