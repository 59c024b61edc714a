"""The one way from a recipe to its answer, for pages, workers and commands alike.

Every value is computed once and cached in a bounded memo; large corpora and readings are also stored on disk. Keys
contain the corpus's digest, the recipe up to the value's stage, the code and the versions of the libraries. Values are
frozen, so threads share them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bowcore import moment
from bowcore.corpus.corpus import CorpusCard
from bowcore.corpus.sources import FoundSource, find_source
from bowcore.corpus.split import Split, open_labels, split_corpus
from bowcore.errors import OutputError
from bowcore.experiment import on_disk, stages
from bowcore.experiment.answer import Answer, Learned, learn
from bowcore.experiment.blocks import BlocksFit, count_open, fit_on
from bowcore.experiment.learned_on_disk import learned_key, read_learned, store_later
from bowcore.experiment.memo import MAX_ENTRIES, Memo, process_memo
from bowcore.experiment.stacking import Announce as AnnounceModel
from bowcore.experiment.stacking import groups_for
from bowcore.experiment.stages import Cells, Matrix, Reading
from bowcore.findings.leaks import draw_sample, needs_near_duplicates
from bowcore.findings.near_duplicates import NearDuplicates
from bowcore.learn.linear.logistic import LogisticFit, fit_logistic
from bowcore.matrix.counts import Counts
from bowcore.memory import cache_budget
from bowcore.nouns import TEXT, TEXTS
from bowcore.recipe.recipe import Recipe, Stage
from bowcore.recipe.specs import CorpusSpec, SampleSpec, VocabularySpec
from bowcore.recipe.steps import TermsSpec
from bowcore.store.keys import result_key
from bowcore.text.terms import Chain, lexicon_of

ANCHORED_FROM = 500_000
"""Filled training cells from which a fit starts at cached coefficients; with fewer, it takes 0.3 s from zero."""

Report = Callable[[float], None]
Announce = Callable[[str], AbstractContextManager[Report | None]]
"""Shows a description while its context lasts; the context's value, if there is one, shows the share that is done."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Articles:
    """Metadata of a corpus as its files are now, and its split."""

    corpus: CorpusCard
    split: Split


class Experiments:
    """Every value of a recipe, computed once. Methods raise a `BowlabError` if the value cannot be computed."""

    def __init__(
        self, memo: Memo | None = None, *, sealed: bool = True, announce: Announce = lambda text: nullcontext()
    ) -> None:
        """Experiments over a memo.

        Args:
            memo: Caches the values; a new one by default.
            sealed: Whether test articles are dropped once they are counted. Only opening the test set needs them.
            announce: Called with a description of a stage; the context it returns lasts while the stage is computed.
        """
        self._memo = Memo(MAX_ENTRIES, cache_budget()) if memo is None else memo
        self._sealed, self._announce = sealed, announce

    def corpus(self, recipe: Recipe) -> CorpusCard:
        """Metadata of the recipe's corpus."""
        return self._articles(recipe).corpus

    def split(self, recipe: Recipe) -> Split:
        """Training and validation articles; of sealed test articles only their counts."""
        return self._articles(recipe).split

    def near_duplicates(self, recipe: Recipe) -> NearDuplicates:
        """Pairs of similar open articles; headline and body are compared, whichever of them the recipe reads."""
        return self._of(recipe).near_duplicates()

    def reading(self, recipe: Recipe) -> Reading:
        """The open articles, read and split into numbered units."""
        return self._of(recipe).reading()

    def chain(self, recipe: Recipe) -> Chain:
        """The terms that each distinct unit yields, step by step."""
        return self._of(recipe).chain()

    def counts(self, recipe: Recipe) -> Counts:
        """Counts of every term in every open article."""
        return self._of(recipe).counts()

    def matrix(self, recipe: Recipe) -> Matrix:
        """Vocabulary and cell values, learned from the recipe's training articles."""
        return self._of(recipe).matrix()

    def answer(self, recipe: Recipe) -> Answer:
        """All of the above, with naive Bayes and its scores on the validation articles."""
        return self._of(recipe).answer()

    def fit(self, recipe: Recipe, should_stop: Callable[[], bool] = lambda: False) -> LogisticFit:
        """The recipe's logistic regression.

        With many cells it starts from the cached coefficients of `anchor(recipe)`, never from those of the fit before:
        the result must not depend on earlier requests.
        """
        plain, features = self._of(anchor(recipe)), self._of(recipe).matrix().features
        if plain.recipe == recipe.through("weighting"):
            return plain.fit(should_stop)
        start = plain.fit(should_stop).coefficients if features.train.nnz >= ANCHORED_FROM else None
        return fit_logistic(features, start, should_stop=should_stop)

    def training_rows(self, recipe: Recipe) -> NDArray[np.int64]:
        """Positions of the training articles that the recipe's sample learns from."""
        near = self.near_duplicates(recipe) if needs_near_duplicates(recipe.sample) else None
        return draw_sample(self.split(recipe), recipe.sample, near)

    def blocks(self, recipe: Recipe, announce: AnnounceModel = lambda model: True) -> BlocksFit:
        """The recipe's blocks and their models; not cached here, as the job that fits them stores them.

        Raises:
            RecipeError: The recipe has no blocks.
        """
        split = self.split(recipe)
        counted, rows = count_open(split, recipe), self.training_rows(recipe)
        labels = stages.learned_labels(open_labels(split)[rows], recipe.sample)
        groups = groups_for(recipe, split, rows)
        fitted, joined, train = fit_on(recipe, counted, rows, labels, len(split.class_names), announce, groups)
        validation = fitted.join(counted, np.arange(split.train.n_documents, split.n_open))
        return BlocksFit(fitted, joined, train, validation)

    def prepare_fit(self, recipe: Recipe, should_stop: Callable[[], bool]) -> bool:
        """Cache the coefficients from which `fit` starts; False if it was stopped before the end."""
        return not self._of(anchor(recipe)).fit(should_stop).stopped

    def _of(self, recipe: Recipe) -> _Experiment:
        return _Experiment(recipe, self._articles(recipe), self._memo, self._announce, self._sealed)

    def _articles(self, recipe: Recipe) -> Articles:
        named = recipe.corpus
        source, stamp = moment.look(("corpus", named), lambda: _found(named))

        def split() -> Articles:
            # the corpus itself is dropped: it contains the test articles
            corpus = on_disk.open_corpus(source, recipe)
            parts = split_corpus(corpus, recipe.split)
            return Articles(corpus.card, parts.without_test_articles() if self._sealed else parts)

        key = "articles", self._sealed, named, recipe.split, stamp
        return self._memo.get(key, split, partial(self._announce, f"Reading the {TEXTS}…"))


@cache
def process_experiments() -> Experiments:
    """The experiments of a worker or a command."""
    return Experiments(process_memo())


def _found(named: CorpusSpec) -> tuple[FoundSource, str]:
    source = find_source(named.corpus, named.revision)
    return source, on_disk.corpus_stamp(source)


def anchor(recipe: Recipe) -> Recipe:
    """The plain recipe whose coefficients are the starting point of this recipe's fit.

    With the tagger's lemmas it reads the same texts: lemmas of unrepaired texts may not exist.
    """
    plain = replace(recipe, terms=TermsSpec(), sample=SampleSpec(), vocabulary=VocabularySpec()).through("weighting")
    return plain if recipe.text.units == "lemmas" else plain.change(repair=False)


class _StoppedError(Exception):
    """Keeps an unfinished fit out of the memo."""

    def __init__(self, fit: LogisticFit) -> None:
        super().__init__()
        self.fit = fit


@dataclass(frozen=True, slots=True)
class _Experiment:
    """One recipe and its articles as they were when it was requested."""

    recipe: Recipe
    articles: Articles
    memo: Memo
    announce: Announce
    sealed: bool

    def near_duplicates(self) -> NearDuplicates:
        digest, split = self.articles.corpus.digest, self.articles.split
        announced = f"Comparing the {TEXTS}…"
        return self._once("near duplicates", "split", lambda: on_disk.open_near(digest, split, self.recipe), announced)

    def reading(self) -> Reading:
        digest, split = self.articles.corpus.digest, self.articles.split
        announced = _Announcement(self.announce, f"Numbering the words of every {TEXT}…")
        key = self._key("reading", "text")
        make = partial(on_disk.open_reading, digest, split, self.recipe, announced.report)
        return self.memo.get(key, make, announced.show)

    def chain(self) -> Chain:
        announced = "Taking every word through the steps…"
        return self._once("chain", "terms", lambda: stages.map_terms(self.reading(), self.recipe), announced)

    def counts(self) -> Counts:
        announced = f"Counting words and word groups in every {TEXT}…"
        return self._once("counts", "terms", self._count, announced)

    def _count(self) -> Counts:
        reading = self.reading()
        return stages.count(reading, self.chain(), self.recipe, stages.held_by(self.articles.split, reading))

    def matrix(self) -> Matrix:
        def make() -> Matrix:
            built: list[Matrix] = []

            def cells() -> Cells:
                built.append(self._build())
                return built[0].load()

            self._once("cells", "weighting", cells)  # of which the matrix is a by-product, so that theirs is the time
            return replace(built[0] if built else self._build(), load=self.cells)

        return self._once("matrix", "weighting", make)

    def cells(self) -> Cells:
        return self._once("cells", "weighting", lambda: self._build().load())

    def _build(self) -> Matrix:
        near = self.near_duplicates() if needs_near_duplicates(self.recipe.sample) else None
        return stages.build_matrix(self.counts(), self.articles.split, self.recipe, near)

    def answer(self) -> Answer:
        return self._once("answer", "weighting", self._answer)

    def _answer(self) -> Answer:
        corpus, split = self.articles.corpus, self.articles.split
        return Answer.of(self.recipe, corpus, split, self.reading(), self.learned, self.counts)

    def learned(self) -> Learned:
        return moment.keep(self._key("learned", "weighting"), lambda: self._once("learned", "weighting", self._learn))

    def _learn(self) -> Learned:
        key = learned_key(self.recipe, self.articles.corpus.digest, self.articles.split.n_open)
        stored = None
        try:
            if key:
                stored = read_learned(key, lexicon_of(self.reading().units.types), self.recipe, self.cells)
        except OutputError:  # without a database it is learned again, and not written
            key = ""
        if stored is None:
            learned = learn(self.chain(), self.matrix())
            if key:
                store_later(key, learned, self.recipe.corpus.corpus)
            return learned
        chain = self._once("chain", "terms", lambda: stored.chain)
        return replace(stored, chain=chain, matrix=self._once("matrix", "weighting", lambda: stored.matrix))

    def fit(self, should_stop: Callable[[], bool]) -> LogisticFit:
        def make() -> LogisticFit:
            fit = fit_logistic(self.matrix().features, should_stop=should_stop)
            if fit.stopped:  # its coefficients depend on when it was stopped
                raise _StoppedError(fit)
            return fit

        try:
            return self._once("fit", "weighting", make)
        except _StoppedError as stopped:
            return stopped.fit

    def _once(self, what: str, stage: Stage, make: Callable[[], Value], announced: str = "") -> Value:
        announce = partial(self.announce, announced) if announced else nullcontext
        return self.memo.get(self._key(what, stage), make, announce)

    def _key(self, what: str, stage: Stage) -> Hashable:
        return what, self.sealed, result_key(self.recipe, stage, self.articles.corpus.digest)


class _Announcement:
    """The announcement of a value that reports how much of it is done."""

    def __init__(self, announce: Announce, text: str) -> None:
        self._announce, self._text = announce, text
        self._report: Report | None = None

    @contextmanager
    def show(self) -> Iterator[None]:
        with self._announce(self._text) as self._report:
            yield

    def report(self, share: float) -> None:
        if self._report is not None:
            self._report(share)
