"""Ten moments: each asks one question and compares the tutorial's number with the same number computed here.

A moment may change the recipe, and compares the answers before and after. Everything is computed on training
articles, accuracies on validation articles. The tutorial's numbers are its own, on 120,000 articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bowcore.experiment.answer import Answer
from bowcore.lessons.evidence import SENTENCE, Outcome
from bowcore.lessons.outcomes import (
    AGENCIES,
    blind_to_order,
    how_empty,
    is_it_learning,
    more_training,
    recall_or_precision,
    two_thirds_gone,
    where_did_not_go,
    which_slope,
    who_is_39,
    words_that_cheat,
)
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.text.stopwords import stop_list


@dataclass(frozen=True, slots=True)
class Moment:
    """A question, the guesses to choose from, the change that answers it, and the answer.

    `outcome` compares the recipes that `before` and `change` derive from the reader's own.
    """

    key: str
    title: str
    question: str
    guesses: tuple[str, ...]
    change: Callable[[Recipe], Recipe]
    outcome: Callable[[Answer, Answer], Outcome]
    needs_ag_news: bool = False
    trains: bool = False
    before: Callable[[Recipe], Recipe] = lambda recipe: recipe


def _same(recipe: Recipe) -> Recipe:
    return recipe


def _as_tutorial(recipe: Recipe) -> Recipe:
    base = preset("tutorial-baseline", recipe.corpus.corpus)
    return recipe.change(**{name: base.value(name) for name in base.values() if name not in _KEPT})


_KEPT = {
    "corpus", "revision", "split_seed", "training_articles", "sample_seed", "hidden", "epochs", "batch_size",
    "learning_rate", "optimiser", "network_seed", "keep",
}  # fmt: skip


def _four_changes(recipe: Recipe) -> Recipe:
    return _as_tutorial(recipe).change(
        word_forms="lemma-lookup", stop_words="spacy", vocabulary_size=20_000, weighting="tfidf", sublinear_tf=False
    )


def _mask(recipe: Recipe) -> Recipe:
    # words that the recipe already removes stay removed, so that only the agencies differ
    words = {"spacy": stop_list("spacy"), "scikit-learn": stop_list("scikit-learn"), "own": recipe.terms.own_stop_words}
    kept = words.get(recipe.terms.stop_words, ())
    return recipe.change(stop_words="own", own_stop_words=tuple({*kept, *AGENCIES}))


MOMENTS: tuple[Moment, ...] = (
    Moment(
        "learning",
        "Is it learning at all?",
        "The labels of the training articles are shuffled. How often is naive Bayes right then?",
        ("As often as before", "About as often as a constant guess", "Never"),
        _same,
        is_it_learning,
    ),
    Moment(
        "empty",
        "How empty is the matrix?",
        "The tutorial stores every cell, zeros too, in 8 bytes. How many times the memory of the filled cells alone is "
        "that?",
        ("About twice", "About 10 times", "Over 50 times"),
        _as_tutorial,
        how_empty,
    ),
    Moment(
        "order",
        "Does it read in order?",
        "The words of an article are shuffled. How much do its scores move?",
        ("Not at all", "A little", "The label changes"),
        lambda recipe: recipe.change(ngrams=2 if recipe.terms.ngrams == 1 else 1),
        blind_to_order,
    ),
    Moment(
        "not",
        "Where did “not” go?",
        f"Contractions are cut and stop words removed. What is left of “{SENTENCE}”?",
        ("Everything that matters", "The sense, without grammar", "The opposite"),
        lambda recipe: recipe.change(contractions="cut", stop_words="spacy"),
        where_did_not_go,
    ),
    Moment(
        "leftovers",
        "Who is 39?",
        "“39” is a frequent term of AG News. What is it?",
        ("A price", "An age", "A broken apostrophe"),
        lambda recipe: recipe.change(repair=True),
        who_is_39,
        needs_ag_news=True,
    ),
    Moment(
        "recall",
        "98.5 or 96.5 %?",
        "How many Sports articles are found, and how many that are called Sports are? Which is larger here?",
        ("Recall", "Precision", "They are the same number"),
        _same,
        recall_or_precision,
    ),
    Moment(
        "slope",
        "Which slope is Zipf's?",
        "A straight line through all ranks, and one through the first 1,000: which is steeper?",
        ("Through all ranks", "Through the first 1,000", "They are equally steep"),
        lambda recipe: recipe.change(ngrams=1),
        which_slope,
    ),
    Moment(
        "four",
        "Four changes at once",
        "Lemmas, no stop words, 20,000 terms, TF-IDF: all four at once. What happens to accuracy?",
        ("It rises", "It falls", "No detectable change"),
        _four_changes,
        two_thirds_gone,
        before=_as_tutorial,  # so that only the four changes differ
    ),
    Moment(
        "cheats",
        "Words that cheat",
        f"Some words name the source, not the topic: {', '.join(AGENCIES)}. Mask them: what happens?",
        ("Many more mistakes", "Hardly any change", "Fewer mistakes"),
        _mask,
        words_that_cheat,
        needs_ag_news=True,
    ),
    Moment(
        "epochs",
        "More training, worse loss?",
        "The network sees every article a second time. What happens to the validation loss?",
        ("It falls", "It rises", "It depends on the corpus"),
        lambda recipe: recipe.change(epochs=2),
        more_training,
        trains=True,
    ),
)
"""The ten moments, in the order of a lesson."""
