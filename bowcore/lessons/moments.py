"""Ten moments: one question each, the tutorial's number, and the same number computed here and now.

A moment changes the recipe, or leaves it, and compares what came before with what came after. Everything is computed
on training articles, accuracies on validation articles. The tutorial's numbers are its own, on 120,000 articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.split import Split
from bowcore.judge.comparison import PairedChange, describe_change, paired_change
from bowcore.judge.scores import Accuracy, Scores, Share, accuracy
from bowcore.learn.naive_bayes import NaiveBayes, fit_naive_bayes
from bowcore.matrix.counts import sparse_bytes
from bowcore.matrix.zipf import naive_line
from bowcore.pipeline import Matrix, Reading, transform_texts
from bowcore.presets import preset
from bowcore.recipe import Recipe
from bowcore.text.lineage import trace
from bowcore.text.stopwords import NEGATIONS, stop_list
from bowcore.text.units import read_texts

AGENCIES = ("afp", "ap", "fullquote", "reuters")
SENTENCE = "The film wasn't good, and I don't like it."
_TUTORIAL_SPORTS = (2955, 3000, 3062)  # right, true and predicted Sports articles in its second validation matrix


class Answer(Protocol):
    """What a recipe answers; the pages' cached value has all of it."""

    @property
    def recipe(self) -> Recipe:
        """What was asked."""

    @property
    def split(self) -> Split:
        """Training and validation articles."""

    @property
    def reading(self) -> Reading:
        """Their texts and units."""

    @property
    def matrix(self) -> Matrix:
        """Vocabulary and cell values."""

    @property
    def bayes(self) -> NaiveBayes:
        """The model fitted on the training articles."""

    @property
    def predictions(self) -> NDArray[np.int32]:
        """Its classes of the validation articles."""

    @property
    def scores(self) -> Scores:
        """How right they are."""

    @property
    def baseline(self) -> Accuracy:
        """How right the constant guess is."""

    @property
    def guess(self) -> str:
        """The class that a constant guess names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number: what it is, what the tutorial has, what it is here, and the difference where one can be told."""

    what: str
    tutorial: str
    here: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a moment shows, and the sentence that it leaves behind.

    `right` is the position of the guess that holds here; None where the numbers do not decide.
    """

    lines: tuple[Line, ...]
    sentence: str
    right: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A question, the guesses to choose from, the change that answers it, and the answer.

    `outcome` compares the recipes that `before` and `change` make of the reader's own.
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


def is_it_learning(_: Answer, now: Answer) -> Outcome:
    """Naive Bayes on shuffled labels falls to the constant guess."""
    features = now.matrix.features
    shuffled = np.random.default_rng(0).permutation(features.train_labels)
    model = fit_naive_bayes(features.train, shuffled, features.n_classes)
    fooled = accuracy(features.validation_labels, model.predict(features.validation))
    n = now.baseline.n_documents
    return Outcome(
        (
            Line(f"always guessing {now.guess}", "25.0 %", _percent(now.baseline.value), _points(0.25, now.baseline)),
            Line("naive Bayes, labels shuffled", "–", _with_interval(fooled)),
            Line("naive Bayes, true labels", "–", _with_interval(now.scores.accuracy)),
        ),
        f"On {n:,} validation articles, shuffled labels teach nothing: what is left is guessing. True labels do.",
        1,
    )


def how_empty(_: Answer, now: Answer) -> Outcome:
    """Columns, zeros and bytes of the tutorial's matrix."""
    train = now.matrix.features.train
    n_rows, n_terms = train.shape
    empty = 1 - train.nnz / (n_rows * n_terms)
    kept, dense = sparse_bytes(train), 8 * n_rows * n_terms
    return Outcome(
        (
            Line("terms (columns)", "59,544", f"{n_terms:,}", _signed(n_terms - 59_544)),
            Line("empty cells", "about 99.9 %", f"{empty * 100:.2f} %"),
            Line("stored densely, 8 bytes a cell", "51 GB", _bytes(dense)),
            Line("stored sparse, as here", "–", _bytes(kept)),
        ),
        f"{n_rows:,} articles × {n_terms:,} terms: nearly every cell is 0. Keeping the others alone, each with its "
        f"column, takes {dense / kept:,.0f} times less memory.",
        int(np.searchsorted((5, 50), dense / kept)),
    )


def blind_to_order(before: Answer, now: Answer) -> Outcome:
    """Shuffling an article's words moves no score with single words; with word groups it does."""
    return Outcome(
        (
            _move_line(before),
            _move_line(now),
        ),
        "Single words: the same bag, so the same scores, to the last digit. Word groups notice the order. (Scores are "
        "naive Bayes' log-probabilities of one article and of its words shuffled.)",
        0,
    )


def where_did_not_go(before: Answer, now: Answer) -> Outcome:
    """What contractions cut and stop words removed leave of a negation."""
    was, left = _terms(before), _terms(now)
    lost = _negations(before) - _negations(now)
    return Outcome(
        (
            Line("terms before", "–", was or "none"),
            Line("terms after", "not kept", left or "none"),
            Line("negations in training articles", "–", f"{_negations(now):,}", _signed(-lost)),
        ),
        "“not” is gone and “good” stays: not good and good leave the same terms. "
        "wasn and don are scraps of what was cut.",
        2,
    )


def who_is_39(before: Answer, now: Answer) -> Outcome:
    """How many articles carry a half-stripped entity, and what repairing them does to the words."""
    texts = read_texts(before.split.train, replace(before.recipe.text, repair=False))
    share = float(pc.mean(pc.match_substring(texts, "#39;").cast(pa.int8())).as_py())
    was, is_now = before.matrix.vocabulary, now.matrix.vocabulary
    return Outcome(
        (
            Line("training articles with #39;", "unnoticed", _percent(share)),
            Line("terms", "–", f"{is_now.n_terms:,}", _signed(is_now.n_terms - was.n_terms)),
            Line(
                "training articles with the term s",
                "–",
                f"{_documents(now, 's'):,}",
                _signed(_change(before, now, "s")),
            ),
        ),
        "#39; is what is left of an apostrophe: “Canada #39;s” was “Canada's”. "
        + describe_change(paired_change(now.split.validation.labels, before.predictions, now.predictions))
        + ".",
        2,
    )


def recall_or_precision(_: Answer, now: Answer) -> Outcome:
    """Sports found, against Sports called rightly; the first class where there is no Sports."""
    right, true, called = _TUTORIAL_SPORTS
    classes = now.scores.classes
    shown = next((item for item in classes if item.name.lower() in ("sports", "sport")), classes[0])
    return Outcome(
        (
            Line(f"recall of {shown.name}: share found", _percent(right / true), _with_interval(shown.recall)),
            Line(
                f"precision of {shown.name}: share of calls right",
                _percent(right / called),
                _with_interval(shown.precision),
            ),
        ),
        "The tutorial calls its 98.5 % accuracy; it is the recall of Sports. Of its calls, 96.5 % were right.",
        _larger(shown.recall.value, shown.precision.value),
    )


def which_slope(_: Answer, now: Answer) -> Outcome:
    """The same counts give another exponent with every range of ranks."""
    counts = np.sort(now.matrix.vocabulary.term_frequency)[::-1]
    whole = naive_line(counts)
    head = naive_line(counts, 1, min(1000, len(counts)))
    return Outcome(
        (
            Line(f"straight line through all {len(counts):,} ranks", "none given", f"{whole.exponent:.2f}"),
            Line(f"through ranks 1–{head.last_rank:,}", "none given", f"{head.exponent:.2f}"),
        ),
        "A straight line on logarithmic axes has no one slope here: it depends on the ranks that it is drawn through, "
        "so one exponent says little.",
        _larger(round(whole.exponent, 2), round(head.exponent, 2)),
    )


def two_thirds_gone(before: Answer, now: Answer) -> Outcome:
    """The tutorial's four changes at once, on the same validation articles."""
    change = paired_change(now.split.validation.labels, before.predictions, now.predictions)
    was, is_now = before.scores.accuracy, now.scores.accuracy
    terms = f"{before.matrix.vocabulary.n_terms:,} → {now.matrix.vocabulary.n_terms:,}"
    return Outcome(
        (
            Line("terms", "59,544 → 20,000", terms),
            Line("accuracy", "92.40 → 92.43 %", f"{was.value * 100:.2f} → {is_now.value * 100:.2f} %"),
            Line("mistakes", "912 → 908 of 12,000", f"{_wrong(was):,} → {_wrong(is_now):,} of {is_now.n_documents:,}"),
        ),
        f"Lemmas (here looked up), stop words, top 20,000 and TF-IDF at once; naive Bayes here. "
        f"Against the tutorial's first recipe: {describe_change(change)}.",
        _rises_or_falls(change),
    )


def words_that_cheat(before: Answer, now: Answer) -> Outcome:
    """Terms that name the source, and what masking them costs."""
    lines = []
    for term in AGENCIES:
        counts = _by_class(before, term)
        if counts.sum():
            top = int(counts.argmax())
            share = f"{counts[top]:,} of {counts.sum():,} in {before.split.class_names[top]}"
            lines.append(Line(f"training articles with {term}", "unnoticed", share))
    change = paired_change(now.split.validation.labels, before.predictions, now.predictions)
    right = {0: 2, 1: 0, 2: 1}[_rises_or_falls(change)]
    return Outcome(tuple(lines), f"{', '.join(AGENCIES)} masked, and fitted again: {describe_change(change)}.", right)


def more_training(_: Answer, now: Answer) -> Outcome:
    """The tutorial's two epochs; the page fills in its own as they arrive."""
    return Outcome(
        (
            Line("running training accuracy, epoch 1 → 2", "88.1 → 95.9 %", "…"),
            Line("validation loss, epoch 1 → 2", "0.2307 → 0.2352", "…"),
        ),
        "More training can fit training articles better and still lose on validation articles.",
    )


def _larger(first: float, second: float) -> int:
    """0 or 1 for the larger, 2 where they are equal."""
    return 2 if first == second else int(second > first)


def _rises_or_falls(change: PairedChange) -> int:
    """0 for a rise, 1 for a fall, 2 for no detectable change."""
    return 2 if not change.detectable else int(change.difference < 0)


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
    # the words that the recipe removes already stay removed, so that the agencies are all that differs
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
        "The tutorial stores every cell, zeros too, in 8 bytes. How many times the memory of keeping only the filled "
        "cells does that take?",
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
        before=_as_tutorial,  # so that the four changes are all that differs
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


def _largest_move(answer: Answer) -> float:
    """Largest change of a class's log-probability when the words of the first validation article are shuffled."""
    text = answer.reading.texts[answer.reading.n_train].as_py()
    words = np.array(text.split(), dtype=object)
    shuffled = " ".join(np.random.default_rng(0).permutation(words))
    texts = pa.array([" ".join(words), shuffled], answer.reading.texts.type)
    scores = answer.bayes.joint_log_likelihood(transform_texts(texts, answer.matrix, answer.recipe))
    return float(np.abs(scores[0] - scores[1]).max())


def _move_line(answer: Answer) -> Line:
    theirs = "0, by definition" if answer.recipe.terms.ngrams == 1 else "–"
    return Line(f"largest move of a score, {_groups(answer)}", theirs, f"{_largest_move(answer):.3f}")


def _groups(answer: Answer) -> str:
    return "single words" if answer.recipe.terms.ngrams == 1 else f"word groups 1–{answer.recipe.terms.ngrams}"


def _terms(answer: Answer) -> str:
    return " · ".join(term.term for unit in trace(SENTENCE, answer.recipe).units for term in unit.terms)


def _negations(answer: Answer) -> int:
    vocabulary = answer.matrix.vocabulary
    ends = pc.or_(pc.is_in(vocabulary.terms, pa.array(NEGATIONS, pa.string())), pc.ends_with(vocabulary.terms, "n't"))
    return int(vocabulary.term_frequency[ends.to_numpy(zero_copy_only=False)].sum())


def _column(answer: Answer, term: str) -> int:
    return int(pc.index(answer.matrix.vocabulary.terms, term).as_py())


def _documents(answer: Answer, term: str) -> int:
    column = _column(answer, term)
    return int(answer.matrix.vocabulary.document_frequency[column]) if column >= 0 else 0


def _change(before: Answer, now: Answer, term: str) -> int:
    return _documents(now, term) - _documents(before, term)


def _by_class(answer: Answer, term: str) -> NDArray[np.int64]:
    counts, column = answer.matrix.counts, _column(answer, term)
    if column < 0:
        return np.zeros(counts.n_classes, dtype=np.int64)
    rows = counts.train[:, [column]].nonzero()[0]
    return np.bincount(counts.train_labels[rows], minlength=counts.n_classes)


def _wrong(value: Accuracy) -> int:
    return value.n_documents - value.n_right


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _with_interval(share: Share) -> str:
    if not share.is_defined:
        return "undefined: no article"
    return f"{share.value * 100:.1f} % ({share.low * 100:.1f}–{share.high * 100:.1f})"


def _points(theirs: float, ours: Accuracy) -> str:
    return f"{(ours.value - theirs) * 100:+.1f} points".replace("-", "−")


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "−")


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
