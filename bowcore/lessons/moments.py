"""Ten moments: each asks one question and compares the tutorial's number with the same number computed here.

A moment may change the recipe, and compares the answers before and after. Everything is computed on training
articles, accuracies on validation articles. The tutorial's numbers are its own, on 120,000 articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from bowcore.experiment.answer import Answer
from bowcore.lessons.epochs import awaited_epochs, more_training
from bowcore.lessons.evidence import SENTENCE, Outcome
from bowcore.lessons.outcomes import (
    AGENCIES,
    ask_for_recall_or_precision,
    blind_to_order,
    how_empty,
    is_it_learning,
    recall_or_precision,
    two_thirds_gone,
    where_did_not_go,
    which_slope,
    who_is_39,
    words_that_cheat,
)
from bowcore.nouns import fill
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Moment:
    """A question, the guesses to choose from, the change that answers it, and the answer.

    Attributes:
        question: Depends on the reader's own answer.
        before: Derives the recipe to compare with from the reader's own.
        change: Derives the recipe that answers the question from the reader's own.
        outcome: Compares the answers to both.
        outcome_of_epochs: For a moment that trains the network: reads two or more epochs of it.
        view: Page and view where the numbers are drawn, if there is one.
    """

    key: str
    title: str
    question: Callable[[Answer], str]
    guesses: tuple[str, ...]
    change: Callable[[Recipe], Recipe]
    outcome: Callable[[Answer, Answer], Outcome]
    needs_ag_news: bool = False
    before: Callable[[Recipe], Recipe] = lambda recipe: recipe
    outcome_of_epochs: Callable[[pd.DataFrame], Outcome] | None = None
    view: tuple[str, str] | None = None


def _ask(question: str) -> Callable[[Answer], str]:
    return lambda _: fill(question)


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


def _on_ag_news(recipe: Recipe) -> Recipe:
    return recipe if recipe.corpus.corpus == "ag-news" else recipe.change(corpus="ag-news", revision="")


def _mask(recipe: Recipe) -> Recipe:
    return _on_ag_news(recipe).change(
        masked_words=tuple(sorted({*recipe.terms.masked_words, *AGENCIES})), mask_name="agencies"
    )


def _unmask(recipe: Recipe) -> Recipe:
    kept = tuple(word for word in recipe.terms.masked_words if word not in AGENCIES)
    return _on_ag_news(recipe).change(masked_words=kept, mask_name=recipe.terms.mask_name if kept else "")


def _many_epochs(recipe: Recipe) -> Recipe:
    return recipe.change(epochs=10, learning_rate=0.01, hidden=min(recipe.network.hidden, MOST_HIDDEN))


MOST_HIDDEN = 128
"""Hidden units of a network that learns ten epochs while a class waits."""

MOMENTS: tuple[Moment, ...] = (
    Moment(
        "learning",
        "Is it learning at all?",
        _ask("The labels of the training {TEXTS} are shuffled. How often is naive Bayes right then?"),
        ("As often as before", "About as often as a constant guess", "Never"),
        _same,
        is_it_learning,
    ),
    Moment(
        "empty",
        "How empty is the matrix?",
        _ask(
            "The tutorial stores every cell, zeros too, in 8 bytes. For this recipe, how many times the memory of the "
            "filled cells alone would that be?"
        ),
        ("About twice", "About 10 times", "Over 50 times"),
        _same,
        how_empty,
    ),
    Moment(
        "order",
        "Does it read in order?",
        _ask("A model counts single words. The words of 200 {TEXTS} are shuffled. What happens to their scores?"),
        ("Nothing", "They move a little", "Labels change"),
        lambda recipe: recipe.change(ngrams=2 if recipe.terms.ngrams == 1 else 1),
        blind_to_order,
    ),
    Moment(
        "not",
        "Where did “not” go?",
        _ask(f"Contractions are cut and stop words removed. What is left of “{SENTENCE}”?"),
        ("Everything that matters", "The sense, without grammar", "The opposite"),
        lambda recipe: recipe.change(contractions="cut", stop_words="spacy"),
        where_did_not_go,
    ),
    Moment(
        "leftovers",
        "Who is 39?",
        _ask("“39” is a frequent term of AG News. What is it?"),
        ("A price", "An age", "A broken apostrophe"),
        lambda recipe: _on_ag_news(recipe).change(repair=True),
        who_is_39,
        needs_ag_news=True,
        before=lambda recipe: _on_ag_news(recipe).change(repair=False),
    ),
    Moment(
        "recall",
        "98.5 or 96.5 %?",
        ask_for_recall_or_precision,
        ("The share found: recall", "The share of predictions right: precision", "They are equal"),
        _same,
        recall_or_precision,
    ),
    Moment(
        "slope",
        "Which slope is Zipf's?",
        _ask("A straight line through all ranks, and one through the first 1,000: which is steeper?"),
        ("Through all ranks", "Through the first 1,000", "They are equally steep"),
        lambda recipe: recipe.change(ngrams=1),
        which_slope,
        view=("Words", "Zipf's law"),
    ),
    Moment(
        "four",
        "Four changes at once",
        _ask("Lemmas, no stop words, 20,000 terms, TF-IDF: all four at once. What happens to accuracy?"),
        ("It rises", "It falls", "No detectable change"),
        _four_changes,
        two_thirds_gone,
        before=_as_tutorial,  # so that only the four changes differ
    ),
    Moment(
        "cheats",
        "Words that cheat",
        _ask(
            f"{', '.join(AGENCIES)} name a source, not a topic. Added to {{TEXTS}} of other classes, how many does the "
            "strongest of them turn into its own class?"
        ),
        ("None", "Fewer than one in ten", "One in ten or more"),
        _mask,
        words_that_cheat,
        needs_ag_news=True,
        before=_unmask,
    ),
    Moment(
        "epochs",
        "More training, worse loss?",
        _ask(
            "The network sees every {TEXT} ten times, at a learning rate of 0.01. What happens to the loss on "
            "validation {TEXTS}?"
        ),
        ("It falls to the end", "It falls, then rises", "It rises from the second epoch on"),
        _many_epochs,
        lambda before, now: awaited_epochs(),
        outcome_of_epochs=more_training,
        view=("Training", ""),
    ),
)
"""The ten moments, in the order of a lesson."""
