"""Numbers that a moment computes from a recipe's answer, and the lines it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from bowcore.experiment.answer import Answer
from bowcore.experiment.stages import transform_texts
from bowcore.judge.scores import ClassScores
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.text.cut import words_of
from bowcore.text.stopwords import NEGATIONS
from bowcore.trace.lineage import trace

SENTENCE = "The film wasn't good, and I don't like it."
N_SHUFFLES = 100
N_SHUFFLED_ARTICLES = 200
N_PLANTED = 500
"""Validation articles of other classes that a word is added to, at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number: its name, the tutorial's value, the value here, and the difference if they can be compared."""

    what: str
    tutorial: str
    here: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Lines and concluding sentence of a moment; `right` is the index of the right guess, None if undecided."""

    lines: tuple[Line, ...]
    sentence: str
    right: int | None = None


def shuffled_accuracies(answer: Answer, n_shuffles: int = N_SHUFFLES) -> NDArray[np.float64]:
    """Validation accuracies of naive Bayes, each fitted on training labels in another random order: (n_shuffles,)."""
    features, generator = answer.matrix.features, np.random.default_rng(0)
    found = []
    for _ in range(n_shuffles):
        model = fit_naive_bayes(features.train, generator.permutation(features.train_labels), features.n_classes)
        found.append(float((model.predict(features.validation) == features.validation_labels).mean()))
    return np.array(found)


@dataclass(frozen=True, slots=True)
class Moved:
    """What shuffling the words of articles changes.

    `n_moved` of `n_articles` get another score, `n_relabelled` another label; `largest` is the largest change of a
    class's natural log-probability.
    """

    n_articles: int
    n_moved: int
    n_relabelled: int
    largest: float


def move_by_shuffling(answer: Answer) -> Moved:
    """Naive Bayes' scores of the first validation articles, and of the same words in a random order."""
    first = answer.reading.n_train
    texts = answer.reading.texts[first : first + N_SHUFFLED_ARTICLES].to_pylist()
    words = [text.split() if answer.recipe.text.units == "lemmas" else words_of(text) for text in texts]
    generator = np.random.default_rng(0)
    shuffled = [generator.permutation(np.array(article, dtype=object)).tolist() for article in words]
    rows = (_rows(answer, [" ".join(article) for article in each], is_cut=True) for each in (words, shuffled))
    scores, moved = map(answer.bayes.joint_log_likelihood, rows)
    change = np.abs(scores - moved).max(axis=1)
    return Moved(
        n_articles=len(texts),
        n_moved=int(np.count_nonzero(change > 1e-9 * np.abs(scores).max(axis=1))),
        n_relabelled=int(np.count_nonzero(scores.argmax(axis=1) != moved.argmax(axis=1))),
        largest=float(change.max()),
    )


def _rows(answer: Answer, texts: Sequence[str], *, is_cut: bool = False) -> sparse.csr_matrix:
    return transform_texts(pa.array(texts, answer.reading.texts.type), answer.matrix, answer.recipe, is_cut=is_cut)


def remaining_terms(answer: Answer) -> tuple[str, ...]:
    """The terms left of `SENTENCE`."""
    return tuple(term.term for unit in trace(SENTENCE, answer.recipe).units for term in unit.terms)


def is_negation(term: str) -> bool:
    """Whether a term negates: `not`, `never`, `don't`."""
    return term in NEGATIONS or term.endswith("n't")


def negation_tokens(answer: Answer) -> int:
    """Occurrences of negations in the training articles."""
    vocabulary = answer.matrix.vocabulary
    negates = [is_negation(term) for term in vocabulary.terms.to_pylist()]
    return int(vocabulary.term_frequency[negates].sum())


def most_telling_class(answer: Answer) -> ClassScores:
    """The scores of the class whose recall and precision differ most, of Sports if there is one."""
    classes = answer.scores.classes
    sports = [item for item in classes if item.name.lower() in ("sports", "sport")]
    apart = [0.0 if np.isnan(gap := item.recall.value - item.precision.value) else abs(gap) for item in classes]
    return sports[0] if sports else classes[int(np.argmax(apart))]


def _column(answer: Answer, term: str) -> int:
    return int(pc.index(answer.matrix.vocabulary.terms, term).as_py())


def documents_with(answer: Answer, term: str) -> int:
    """Training articles that contain this term."""
    column = _column(answer, term)
    return int(answer.matrix.vocabulary.document_frequency[column]) if column >= 0 else 0


def documents_by_class(answer: Answer, term: str) -> NDArray[np.int64]:
    """Training articles that contain this term in each class, shape (n_classes,)."""
    counts, column = answer.matrix.counts, _column(answer, term)
    if column < 0:
        return np.zeros(counts.n_classes, dtype=np.int64)
    rows = counts.train[:, [column]].nonzero()[0]
    return np.bincount(counts.train_labels[rows], minlength=counts.n_classes)


@dataclass(frozen=True, slots=True)
class Planted:
    """A word added to validation articles of other classes than the one it is commonest in.

    `n_called` of the `n_articles` are then predicted as that class, and were not before.
    """

    term: str
    class_position: int
    n_articles: int
    n_called: int

    @property
    def share(self) -> float:
        """Share of the articles that the word turns, from 0 to 1."""
        return self.n_called / max(self.n_articles, 1)


def plant(answer: Answer, term: str, class_position: int) -> Planted:
    """Naive Bayes' predictions for articles of other classes, as they are and with the word at their end."""
    others = np.flatnonzero(answer.labels != class_position)[:N_PLANTED]
    texts = answer.reading.texts.take(pa.array(others + answer.reading.n_train)).to_pylist()
    planted = answer.bayes.predict(_rows(answer, [f"{text} {term}" for text in texts]))
    called = (planted == class_position) & (answer.predictions[others] != class_position)
    return Planted(term, class_position, len(others), int(np.count_nonzero(called)))
