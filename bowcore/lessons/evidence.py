"""What a moment reads from a recipe's answer, and the lines it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.split import Split
from bowcore.experiment.stages import Matrix, Reading, transform_texts
from bowcore.judge.scores import Accuracy, Scores
from bowcore.learn.linear.naive_bayes import NaiveBayes
from bowcore.numbers import decimal
from bowcore.recipe.recipe import Recipe
from bowcore.text.stopwords import NEGATIONS
from bowcore.trace.lineage import trace

SENTENCE = "The film wasn't good, and I don't like it."


class Answer(Protocol):
    """Everything a recipe answers; the pages' cached value satisfies it."""

    @property
    def recipe(self) -> Recipe:
        """The recipe."""

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
        """Its predicted classes of the validation articles."""

    @property
    def scores(self) -> Scores:
        """Their scores."""

    @property
    def baseline(self) -> Accuracy:
        """Accuracy of the constant guess."""

    @property
    def guess(self) -> str:
        """The class that the constant guess names."""


@dataclass(frozen=True, slots=True)
class Line:
    """One number: its name, the tutorial's value, the value here, and the difference if they can be compared."""

    what: str
    tutorial: str
    here: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a moment shows, and its concluding sentence.

    `right` is the index of the guess that is right here; None if the numbers do not decide.
    """

    lines: tuple[Line, ...]
    sentence: str
    right: int | None = None


def _largest_move(answer: Answer) -> float:
    """Largest change of a class's log-probability when the words of the first validation article are shuffled."""
    text = answer.reading.texts[answer.reading.n_train].as_py()
    words = np.array(text.split(), dtype=object)
    shuffled = " ".join(np.random.default_rng(0).permutation(words))
    texts = pa.array([" ".join(words), shuffled], answer.reading.texts.type)
    scores = answer.bayes.joint_log_likelihood(transform_texts(texts, answer.matrix, answer.recipe))
    return float(np.abs(scores[0] - scores[1]).max())


def move_line(answer: Answer) -> Line:
    """The line of `_largest_move`; a tutorial of single words has 0 there by definition."""
    theirs = "0, by definition" if answer.recipe.terms.ngrams == 1 else "–"
    return Line(f"largest move of a score, {_groups(answer)}", theirs, decimal(_largest_move(answer), 3))


def _groups(answer: Answer) -> str:
    return "single words" if answer.recipe.terms.ngrams == 1 else f"word groups 1–{answer.recipe.terms.ngrams}"


def remaining_terms(answer: Answer) -> str:
    """The terms left of `SENTENCE`."""
    return " · ".join(term.term for unit in trace(SENTENCE, answer.recipe).units for term in unit.terms)


def negation_tokens(answer: Answer) -> int:
    """Occurrences of negations in the training articles."""
    vocabulary = answer.matrix.vocabulary
    ends = pc.or_(pc.is_in(vocabulary.terms, pa.array(NEGATIONS, pa.string())), pc.ends_with(vocabulary.terms, "n't"))
    return int(vocabulary.term_frequency[ends.to_numpy(zero_copy_only=False)].sum())


def _column(answer: Answer, term: str) -> int:
    return int(pc.index(answer.matrix.vocabulary.terms, term).as_py())


def documents_with(answer: Answer, term: str) -> int:
    """Training articles that contain this term."""
    column = _column(answer, term)
    return int(answer.matrix.vocabulary.document_frequency[column]) if column >= 0 else 0


def documents_gained(before: Answer, now: Answer, term: str) -> int:
    """Increase of a term's document frequency in training articles."""
    return documents_with(now, term) - documents_with(before, term)


def documents_by_class(answer: Answer, term: str) -> NDArray[np.int64]:
    """Training articles that contain this term in each class, shape (n_classes,)."""
    counts, column = answer.matrix.counts, _column(answer, term)
    if column < 0:
        return np.zeros(counts.n_classes, dtype=np.int64)
    rows = counts.train[:, [column]].nonzero()[0]
    return np.bincount(counts.train_labels[rows], minlength=counts.n_classes)


def n_wrong(value: Accuracy) -> int:
    """Number of articles classified wrongly."""
    return value.n_documents - value.n_right
