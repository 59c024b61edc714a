"""The whole answer to a recipe, from its articles to the validation scores of naive Bayes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bowcore.corpus.corpus import CorpusCard
from bowcore.corpus.split import Split
from bowcore.experiment.stages import Matrix, Reading, learned_labels
from bowcore.judge.scores import Accuracy, Scores, majority_baseline, majority_class, score
from bowcore.learn.linear.naive_bayes import NaiveBayes, fit_naive_bayes
from bowcore.learn.network.cost import NetworkCost, NetworkSizes, estimate
from bowcore.matrix.counts import Counts
from bowcore.numbers import class_in_words
from bowcore.recipe.recipe import Recipe, Stage
from bowcore.recipe.specs import NetworkSpec
from bowcore.store.keys import result_key
from bowcore.text.cut import words_of
from bowcore.text.terms import Chain
from bowcore.trace.empty_texts import EmptyTexts, find_empty_texts
from bowcore.trace.lineage import Trace, trace, trace_types


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Learned:
    """What an answer takes most of its time for: terms, matrix, and naive Bayes with its joint log-likelihoods."""

    chain: Chain
    matrix: Matrix
    bayes: NaiveBayes
    log_likelihood: NDArray[np.float64]


def learn(chain: Chain, matrix: Matrix) -> Learned:
    """Fit naive Bayes to the matrix's cells."""
    features = matrix.features
    bayes = fit_naive_bayes(features.train, features.train_labels, features.n_classes)
    log_likelihood = bayes.joint_log_likelihood(matrix.validation)
    log_likelihood.flags.writeable = False
    return Learned(chain, matrix, bayes, log_likelihood)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Answer:
    """Everything computed at once for a recipe: text, terms, matrix, naive Bayes and its validation scores.

    What was learned, some 10 MB for a large corpus, and the counts are loaded when they are used, so that an answer
    that a session keeps takes little memory. `n_train` is the number of training articles that were learned from.
    `predictions` are the most likely classes of the validation articles. `baseline` is the accuracy of always
    predicting `guess_class`, the most frequent class in the training articles.
    """

    recipe: Recipe
    corpus: CorpusCard
    split: Split
    reading: Reading
    load_learned: Callable[[], Learned]
    load_counts: Callable[[], Counts]
    n_train: int
    predictions: NDArray[np.int32]
    scores: Scores
    guess_class: int
    baseline: Accuracy

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        corpus: CorpusCard,
        split: Split,
        reading: Reading,
        load_learned: Callable[[], Learned],
        load_counts: Callable[[], Counts],
    ) -> Answer:
        """The answer to a recipe, from what is learned of the corpus's split and reading."""
        learned = load_learned()
        predictions = learned.log_likelihood.argmax(axis=1).astype(np.int32)
        predictions.flags.writeable = False
        labels = learned_labels(split.train.labels[learned.matrix.rows], recipe.sample)
        return cls(
            recipe=recipe.through("weighting"),
            corpus=corpus,
            split=split,
            reading=reading,
            load_learned=load_learned,
            load_counts=load_counts,
            n_train=len(learned.matrix.rows),
            predictions=predictions,
            scores=score(split.validation.labels, predictions, split.class_names),
            guess_class=majority_class(labels),
            baseline=majority_baseline(labels, split.validation.labels),
        )

    @property
    def chain(self) -> Chain:
        """The terms that each distinct unit yields, step by step."""
        return self.load_learned().chain

    @property
    def matrix(self) -> Matrix:
        """Vocabulary and cell values, learned from the recipe's training articles."""
        return self.load_learned().matrix

    @property
    def bayes(self) -> NaiveBayes:
        """Naive Bayes, fitted to the cells of the training articles."""
        return self.load_learned().bayes

    @property
    def log_likelihood(self) -> NDArray[np.float64]:
        """Joint log-likelihood of each validation article and class, (n_validation, n_classes)."""
        return self.load_learned().log_likelihood

    @property
    def guess(self) -> str:
        """Name of `guess_class` in a sentence."""
        return class_in_words(self.split.class_names[self.guess_class])

    @property
    def counts(self) -> Counts:
        """Counts of every term in every open article."""
        return self.load_counts()

    def empty_texts(self) -> EmptyTexts:
        """The articles that the recipe leaves without a term, and the stage that emptied each."""
        return find_empty_texts(self.reading.type_counts, self.chain, self.matrix.rows, *self.matrix.filled)

    def trace(self, position: int, text: str) -> Trace:
        """The beginning of an open article's text in `reading.texts`, followed through every step to its terms."""
        words, units = words_of(text), self.reading.units
        ids = units.ids[units.offsets[position] :][: len(words)]
        if units.types.take(pa.array(ids)).to_pylist() != words:  # text that a model of blocks reads instead
            return trace(text, self.recipe, self.matrix.vocabulary)
        return trace_types(text, words, ids, self.chain, self.recipe, self.matrix.vocabulary)

    def network_cost(self, spec: NetworkSpec) -> NetworkCost:
        """Estimated cost of training this network on the matrix, without loading its cells."""
        n_train, n_terms = self.matrix.shape
        in_validation, n_classes = self.matrix.filled[1], len(self.split.class_names)
        return estimate(
            NetworkSizes(
                n_terms, spec.hidden, n_classes, spec.batch_size, self.matrix.n_filled, n_train, spec.optimiser,
                len(in_validation), int(in_validation.sum()),
            )
        )  # fmt: skip

    @property
    def labels(self) -> NDArray[np.int32]:
        """True classes of the validation articles."""
        return self.split.validation.labels

    def key(self, stage: Stage) -> str:
        """Key for values computed from this answer's stages up to `stage`."""
        return result_key(self.recipe, stage, self.corpus.digest)
