"""Suspicious labels of training articles, by confident learning on out-of-fold predictions.

Five logistic regressions each predict the fifth of the training articles that they did not see; vocabulary and cell
values are learned from the other four fifths each time. Articles of one group, such as near copies, are in one fold: a
model that saw a wrong label's copy would confirm it. An article is suspicious if a class other than its own is
predicted with at least the average confidence of that class's own articles.

Source: Northcutt, Jiang and Chuang (2021), "Confident learning: estimating uncertainty in dataset labels", Journal of
Artificial Intelligence Research 70, section 3.1; the counting is cleanlab's, by the same authors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from bowcore.corpus.split import Documents, Split
from bowcore.errors import RecipeError
from bowcore.judge.confusion import Labels
from bowcore.learn.linear.logistic import Coefficients, fit_logistic
from bowcore.matrix.counts import Counts
from bowcore.matrix.features import Features
from bowcore.nouns import TEXTS

N_FOLDS = 5
FOLD_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """One fold: the held-out articles, their probabilities, and the model behind them.

    `rows` are indices among all folded articles. `probabilities` are (n_held, n_classes), 0 for a class missing from
    the other folds; `values` are cell values over the fold's own vocabulary. The fold's logistic regression,
    `coefficients`, was fitted on `n_fitted` of the `n_others` articles of the other folds.
    """

    rows: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    values: sparse.csr_matrix
    coefficients: Coefficients
    converged: bool
    n_fitted: int
    n_others: int


@dataclass(frozen=True, slots=True, eq=False)
class LabelIssues:
    """Suspicious articles, lowest confidence in the given label first; arrays of shape (n_issues,).

    `rows` are indices among the judged articles; `given` and `suggested` are classes, and `given_probability` and
    `suggested_probability` are their probabilities from the model that did not see the article. `thresholds` are the
    average confidence of each class's own articles: (n_classes,).
    """

    rows: NDArray[np.int64]
    given: NDArray[np.int64]
    suggested: NDArray[np.int64]
    given_probability: NDArray[np.float64]
    suggested_probability: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    def first(self, n: int) -> LabelIssues:
        """The `n` most suspicious."""
        cut = {field.name: getattr(self, field.name)[:n] for field in fields(self) if field.name != "thresholds"}
        return replace(self, **cut)


def draw_folds(
    labels: Labels, groups: NDArray[np.int64] | None = None, n_folds: int = N_FOLDS, seed: int = FOLD_SEED
) -> NDArray[np.int64]:
    """The fold of each article, from 0; every class, and the whole, is spread evenly over the folds.

    Args:
        labels: Classes of the articles.
        groups: Group of each article; a group is never divided, and counts as its most frequent class, the first of
            equally frequent ones. By default every article is a group.
        n_folds: Number of folds.
        seed: Seed of the order in which groups are dealt, the largest first.

    Raises:
        RecipeError: Fewer articles than folds, or a single class.
    """
    n_classes = len(np.unique(labels))
    if len(labels) < n_folds or n_classes < 2:
        raise RecipeError(
            f"{len(labels):,} training {TEXTS} of {n_classes} classes cannot be divided into {n_folds} folds; use "
            f"at least {n_folds}, of at least two classes.",
            "training_articles",
        )
    _, group_of = np.unique(np.arange(len(labels)) if groups is None else groups, return_inverse=True)
    n_groups = int(group_of.max()) + 1
    members = sparse.csr_matrix((np.ones(len(labels)), (group_of, labels)), shape=(n_groups, int(labels.max()) + 1))
    class_of, sizes = np.asarray(members.argmax(axis=1)).ravel(), np.bincount(group_of)
    shuffled = np.random.default_rng(seed).permutation(n_groups)
    dealt = shuffled[np.lexsort((-sizes[shuffled], class_of[shuffled]))]
    fold_of = np.empty(n_groups, dtype=np.int64)
    n_of_class, n_in_all = np.zeros((members.shape[1], n_folds), dtype=np.int64), np.zeros(n_folds, dtype=np.int64)
    for group in dealt.tolist():
        # the fold with the fewest articles of the class, of equal ones that with the fewest articles
        fold = int(np.lexsort((n_in_all, n_of_class[class_of[group]]))[0])
        fold_of[group] = fold
        n_of_class[class_of[group], fold] += sizes[group]
        n_in_all[fold] += sizes[group]
    return fold_of[group_of]


def judge_folds(
    counts: sparse.csr_matrix,
    terms: pa.StringArray,
    split: Split,
    rows: NDArray[np.int64],
    learn: Callable[[Counts, Split], Features],
    groups: NDArray[np.int64] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Judgement]:
    """One judgement per fold, each by a model that did not see it; ends early if `should_stop` returns true.

    Args:
        counts: Counts of all terms in the training articles, (n_train, n_terms).
        terms: Their names.
        split: The split; only its training articles are read.
        rows: The training articles that the recipe trains on.
        learn: Learns vocabulary and cell values from the counts of a fold, on all its training articles; the articles
            that are held out come as validation articles.
        groups: Group of each training article, (n_train,), as in `draw_folds`.
        should_stop: Called between the steps of a fit.

    Raises:
        RecipeError: Too few articles, or a fold without terms.
    """
    folds = draw_folds(split.train.labels[rows], None if groups is None else groups[rows])
    for fold in range(N_FOLDS):
        held = np.flatnonzero(folds == fold)
        fitted, judged = rows[folds != fold], rows[held]
        parts = Split(_part(split.train, fitted), _part(split.train, judged), split.test, split.class_names)
        features = learn(Counts(counts[fitted], counts[judged], terms), parts)
        fit = fit_logistic(features, should_stop=should_stop)
        if fit.stopped:
            return
        found = probabilities(fit.coefficients, features.validation, len(split.class_names))
        n_others = features.train.shape[0]
        yield Judgement(held, found, features.validation, fit.coefficients, fit.converged, fit.n_train, n_others)


def probabilities(coefficients: Coefficients, values: sparse.csr_matrix, n_classes: int) -> NDArray[np.float64]:
    """Class probabilities of a logistic regression, (n_documents, n_classes); each row sums to 1."""
    scores = values.astype(np.float64) @ coefficients.weights.astype(np.float64) + coefficients.intercepts
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found = np.zeros((values.shape[0], n_classes))
    found[:, coefficients.classes] = powers / powers.sum(axis=1, keepdims=True)
    return found


def find_label_issues(labels: Labels, out_of_fold: NDArray[np.float64]) -> LabelIssues:
    """Labels that confident learning doubts, found by cleanlab; their corrections are only suggestions.

    Args:
        labels: Given classes, (n_documents,).
        out_of_fold: Probabilities from models that did not see the article, (n_documents, n_classes).
    """
    from cleanlab.count import get_confident_thresholds
    from cleanlab.filter import find_label_issues as cleanlab_issues

    given = np.asarray(labels, dtype=np.int64)
    rows = np.asarray(
        cleanlab_issues(
            given, out_of_fold, filter_by="confident_learning", return_indices_ranked_by="self_confidence", n_jobs=1
        ),
        dtype=np.int64,
    )
    thresholds = np.asarray(get_confident_thresholds(given, out_of_fold), dtype=np.float64)
    suggested = suggest(out_of_fold[rows], thresholds, given[rows])
    return LabelIssues(
        rows=rows,
        given=given[rows],
        suggested=suggested,
        given_probability=out_of_fold[rows, given[rows]],
        suggested_probability=out_of_fold[rows, suggested],
        thresholds=thresholds,
    )


def suggest(
    out_of_fold: NDArray[np.float64], thresholds: NDArray[np.float64], given: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The most probable class but the given one that reaches its threshold; the most probable other if none does."""
    others = np.arange(len(thresholds)) != given[:, None]
    reached = others & (out_of_fold >= thresholds - 1e-6)  # cleanlab's own allowance for rounding
    eligible = reached | (others & ~reached.any(axis=1, keepdims=True))
    return np.asarray(np.where(eligible, out_of_fold, -1.0).argmax(axis=1), dtype=np.int64)


def words_behind(judgements: list[Judgement], issues: LabelIssues) -> pd.DataFrame:
    """Contribution of each word of a suspicious article to the log-odds of the suggested class against the given one.

    Exact: for each issue the contributions and the intercept, listed under the term "", add up to the log-odds of the
    model that judged the article. An issue whose given class is in no other fold has no rows.

    Returns:
        Columns `issue` (index into `issues`), `term`, `value`, `contribution`, largest absolute value first.
    """
    tables = []
    place = {int(row): number for number, row in enumerate(issues.rows)}
    for judgement in judgements:
        column = {int(label): at for at, label in enumerate(judgement.coefficients.classes)}
        for at in np.flatnonzero(np.isin(judgement.rows, issues.rows)):
            number = place[int(judgement.rows[at])]
            chosen, other = (column.get(int(side[number])) for side in (issues.suggested, issues.given))
            if chosen is None or other is None:
                continue
            row = judgement.values[at]
            weights = judgement.coefficients.weights.astype(np.float64)[row.indices]
            pulls = row.data.astype(np.float64) * (weights[:, chosen] - weights[:, other])
            intercepts = judgement.coefficients.intercepts.astype(np.float64)
            order = np.argsort(-np.abs(pulls), kind="stable")
            terms = judgement.coefficients.terms.take(pa.array(row.indices[order].astype(np.int64))).to_pylist()
            tables.append(
                pd.DataFrame(
                    {
                        "issue": number,
                        "term": [*terms, ""],
                        "value": np.append(row.data[order].astype(np.float64), 1.0),
                        "contribution": np.append(pulls[order], intercepts[chosen] - intercepts[other]),
                    }
                )
            )
    columns = ["issue", "term", "value", "contribution"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _part(documents: Documents, rows: NDArray[np.int64]) -> Documents:
    return Documents(documents.rows[rows], documents.articles.take(pa.array(rows)), documents.labels[rows])
