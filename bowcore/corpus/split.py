"""Seeded, stratified splits. The test split is sealed: this module returns its counts, never its texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bowcore.corpus.corpus import Corpus
from bowcore.corpus.draws import Rows, draw_groups, stratified_draw
from bowcore.errors import CorpusError, SealedError
from bowcore.names import shortened
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words
from bowcore.recipe.specs import SplitSpec

_LISTED = 3

TEST_DRAW = SplitSpec(split_seed=456)
"""Draws the test articles of a corpus without a test split, independent of the recipe's seed: if a seed moved them,
anyone could read them as training articles under another seed."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Articles that may be read: rows of the corpus in corpus order, with their labels."""

    rows: Rows
    articles: pa.Table
    labels: NDArray[np.int32]

    @property
    def n_documents(self) -> int:
        """Number of articles."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Article:
    """One open article.

    Attributes:
        position: Index among the open articles, training articles first, from 0.
        split: Name of its split.
        row: Index within that split, from 0.
        label: Its class, an index into the class names.
        class_name: Name of that class.
    """

    position: int
    split: Literal["training", "validation"]
    row: int
    label: int
    class_name: str
    _documents: Documents = field(repr=False, compare=False)

    @property
    def number(self) -> int:
        """Its number within the split, from 1."""
        return self.row + 1

    @property
    def name(self) -> str:
        """Its name on every screen: `validation article 5,777`."""
        return f"{self.split} {TEXT} {self.number:,}"

    @property
    def title(self) -> str:
        """Its headline as in the corpus."""
        return self._field("title")

    @property
    def text(self) -> str:
        """Headline and body as in the corpus, joined by a space."""
        return f"{self.title} {self._field('body')}"

    def _field(self, name: str) -> str:
        written: str = self._documents.articles[name][self.row].as_py()
        return written


class SealedTest:
    """The sealed test articles: counts only, until `unseal`.

    `n_duplicates_within` counts test articles that repeat an earlier one, `n_duplicates_of_training` those with the
    same text as a training article. `train_in_test`, (n_train,), is true for training articles with the text of a test
    article.
    """

    __slots__ = (
        "__documents",
        "class_counts",
        "n_documents",
        "n_duplicates_of_training",
        "n_duplicates_within",
        "train_in_test",
    )

    def __init__(self, documents: Documents, n_classes: int, training: Documents) -> None:
        self.__documents: Documents | None = documents
        self.n_documents = documents.n_documents
        self.class_counts = np.bincount(documents.labels, minlength=n_classes)
        texts, known = whole_texts(documents), whole_texts(training)
        self.n_duplicates_within = len(texts) - len(texts.unique())
        self.n_duplicates_of_training = int(pc.sum(pc.is_in(texts, known), min_count=0).as_py())
        self.train_in_test = pc.is_in(known, texts).to_numpy()
        self.train_in_test.flags.writeable = False

    def unseal(self) -> Documents:
        """The articles themselves. Only `bowcore.tasks.open_test_set` may call this, since it writes the ledger.

        Raises:
            SealedError: This split holds counts only.
        """
        if self.__documents is None:
            raise SealedError(f"The test {TEXTS} are not in this process. Open the test set with its job.")
        return self.__documents

    def counts_only(self) -> SealedTest:
        """The same counts without the articles."""
        counts = copy(self)
        counts.__documents = None
        return counts


@dataclass(frozen=True, slots=True)
class Split:
    """Open training and validation articles, and sealed test articles."""

    train: Documents
    validation: Documents
    test: SealedTest
    class_names: tuple[str, ...]

    @property
    def n_open(self) -> int:
        """Number of articles that may be read."""
        return self.train.n_documents + self.validation.n_documents

    def classes_missing(self, *, test: bool = True) -> str:
        """A sentence about classes without a validation article, or `test` article, of which scores say nothing.

        It is empty if no class lacks one.
        """
        in_validation = np.bincount(self.validation.labels, minlength=len(self.class_names))
        sentences = [
            f"No {split} {TEXT} of {_names(self.class_names, sizes == 0)}."
            for split, sizes in (("validation", in_validation), ("test", self.test.class_counts))
            if (sizes == 0).any() and (test or split == "validation")
        ]
        return " ".join(sentences)

    def article(self, position: int) -> Article:
        """The open article at a position, training articles first."""
        in_training = position < self.train.n_documents
        documents = self.train if in_training else self.validation
        row = position if in_training else position - self.train.n_documents
        label = int(documents.labels[row])
        split: Literal["training", "validation"] = "training" if in_training else "validation"
        return Article(position, split, row, label, self.class_names[label], documents)

    def validation_positions(self, rows: Rows) -> Rows:
        """Positions among the open articles for rows of the validation matrix."""
        return self.train.n_documents + rows

    def divide(self, values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Values of all open articles, split into those of training and validation articles; views."""
        return values[: self.train.n_documents], values[self.train.n_documents :]

    def without_test_articles(self) -> Split:
        """The same split with only the counts of the test articles, for a process that never opens the test set."""
        return replace(self, test=self.test.counts_only())


def split_corpus(corpus: Corpus, spec: SplitSpec) -> Split:
    """Training, validation and test articles, each with the class shares of the whole corpus.

    The seed moves articles between training and validation; the test articles of a corpus are always the same.
    A very small class may be missing from validation or test, never from training.

    A class with too few articles for every split is for training as a whole. Where the corpus has groups, none is
    divided by a draw; where it says which articles are for validation or test, those are.

    Raises:
        CorpusError: A class has no articles, or too few articles or groups for a split.
    """
    train, validation, test = split_rows(corpus, spec)
    train_documents = _documents(corpus, train)
    return Split(
        train=train_documents,
        validation=_documents(corpus, validation),
        test=SealedTest(_documents(corpus, test), len(corpus.class_names), train_documents),
        class_names=corpus.class_names,
    )


def split_rows(corpus: Corpus, spec: SplitSpec) -> tuple[Rows, Rows, Rows]:
    """Rows of training, validation and test articles, as `split_corpus` draws them.

    Raises:
        CorpusError: As for `split_corpus`.
    """
    n, n_test, n_validation = corpus.n_documents, corpus.n_own_test, corpus.n_own_validation
    rest = np.arange(n - n_test - n_validation)
    counts = np.bincount(corpus.labels[rest], minlength=len(corpus.class_names))
    if not counts.all():
        raise CorpusError(
            f"Class '{corpus.class_names[int(counts.argmin())]}' of {corpus.name} has no training {TEXTS}. Leave that "
            "class out, or choose another split."
        )
    least = 3 - bool(n_test) - bool(n_validation)
    small = rest[counts[corpus.labels[rest]] < least]
    rest = np.setdiff1d(rest, small, assume_unique=True)
    if n_test:
        test = np.arange(n - n_test, n)
    else:
        rest, test = _draw(corpus, rest, math.ceil(corpus.rule.test_share * n), TEST_DRAW)
        rest.sort()
    if n_validation:
        train, validation = rest, np.arange(n - n_test - n_validation, n - n_test)
    else:
        # shares are of all rows, but of those without test rows where these are the source's own
        of = n - n_test if n_test else n
        train, validation = _draw(corpus, rest, math.ceil(corpus.rule.validation_share * of), spec)
    return np.concatenate([train, small]), validation, test


def _draw(corpus: Corpus, rows: Rows, n_drawn: int, spec: SplitSpec) -> tuple[Rows, Rows]:
    """Remaining and drawn rows among `rows`."""
    labels = corpus.labels[rows]
    if corpus.groups is None:
        left, drawn = stratified_draw(labels, n_drawn, spec)
    else:
        left, drawn = draw_groups(labels, corpus.groups[rows], n_drawn, spec)
    return rows[left], rows[drawn]


def _names(class_names: Sequence[str], which: NDArray[np.bool_]) -> str:
    """A class, or the number of classes and the first of them."""
    names = [class_in_words(name) for name in shortened([class_names[code] for code in np.flatnonzero(which).tolist()])]
    if len(names) == 1:
        return names[0]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{len(names):,} of {len(class_names):,} classes ({', '.join(names[:_LISTED])}{more})"


def whole_texts(documents: Documents) -> pa.ChunkedArray:
    """Headline and body of each article joined by a space, stripped of surrounding white space."""
    titles, bodies = (documents.articles[name].cast(pa.large_string()) for name in ("title", "body"))
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(titles, bodies, pa.scalar(" ", pa.large_string())))


def open_labels(split: Split) -> NDArray[np.int32]:
    """Labels of the open articles, training first."""
    labels: NDArray[np.int32] = np.concatenate([split.train.labels, split.validation.labels])
    return labels


def _documents(corpus: Corpus, rows: Rows) -> Documents:
    rows = np.sort(rows)
    labels = corpus.labels[rows]
    for array in (rows, labels):
        array.flags.writeable = False
    return Documents(rows=rows, articles=corpus.articles.take(pa.array(rows)), labels=labels)
