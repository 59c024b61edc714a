"""Numbers that a moment computes from a recipe's answer, and the lines it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.experiment.stages import transform_texts
from bowcore.numbers import decimal
from bowcore.text.stopwords import NEGATIONS
from bowcore.trace.lineage import trace

SENTENCE = "The film wasn't good, and I don't like it."


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


def move_line(answer: Answer) -> Line:
    """Largest change of a class's log-probability when the words of the first validation article are shuffled."""
    words = answer.reading.texts[answer.reading.n_train].as_py().split()
    shuffled = np.random.default_rng(0).permutation(np.array(words, dtype=object))
    texts = pa.array([" ".join(words), " ".join(shuffled)], answer.reading.texts.type)
    scores = answer.bayes.joint_log_likelihood(transform_texts(texts, answer.matrix, answer.recipe))
    ngrams = answer.recipe.terms.ngrams
    groups, theirs = ("single words", "0, by definition") if ngrams == 1 else (f"word groups 1–{ngrams}", "–")
    largest = float(np.abs(scores[0] - scores[1]).max())
    return Line(f"largest move of a score, {groups}", theirs, decimal(largest, 3))


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


def documents_by_class(answer: Answer, term: str) -> NDArray[np.int64]:
    """Training articles that contain this term in each class, shape (n_classes,)."""
    counts, column = answer.matrix.counts, _column(answer, term)
    if column < 0:
        return np.zeros(counts.n_classes, dtype=np.int64)
    rows = counts.train[:, [column]].nonzero()[0]
    return np.bincount(counts.train_labels[rows], minlength=counts.n_classes)
