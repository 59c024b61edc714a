"""Outcomes of the ten moments: their numbers next to the tutorial's, one sentence, and the right guess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import PairedChange, describe_change, paired_change
from bowcore.judge.scores import accuracy
from bowcore.learn.linear.naive_bayes import fit_naive_bayes
from bowcore.lessons.evidence import (
    Line,
    Outcome,
    documents_by_class,
    documents_with,
    move_line,
    negation_tokens,
    remaining_terms,
)
from bowcore.matrix.counts import sparse_bytes
from bowcore.matrix.frequencies.zipf import naive_line
from bowcore.numbers import decimal, percent, points, signed, size, with_interval
from bowcore.text.units import read_texts

AGENCIES = ("afp", "ap", "fullquote", "reuters")
_TUTORIAL_SPORTS = (2955, 3000, 3062)  # correct, true and predicted Sports articles in its second validation matrix


def is_it_learning(_: Answer, now: Answer) -> Outcome:
    """Naive Bayes on shuffled labels falls to the constant guess."""
    features = now.matrix.features
    shuffled = np.random.default_rng(0).permutation(features.train_labels)
    model = fit_naive_bayes(features.train, shuffled, features.n_classes)
    fooled = accuracy(features.validation_labels, model.predict(features.validation))
    n = now.baseline.n_documents
    return Outcome(
        (
            Line(
                f"always guessing {now.guess}",
                "25.0 %",
                percent(now.baseline.value),
                f"{points((now.baseline.value - 0.25) * 100)} points",
            ),
            Line("naive Bayes, labels shuffled", "–", with_interval(fooled)),
            Line("naive Bayes, true labels", "–", with_interval(now.scores.accuracy)),
        ),
        f"On {n:,} validation articles, shuffled labels teach nothing: only guessing is left. True labels do.",
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
            Line("terms (columns)", "59,544", f"{n_terms:,}", signed(n_terms - 59_544)),
            Line("empty cells", "about 99.9 %", percent(empty, 2)),
            Line("stored densely, 8 bytes a cell", "51 GB", size(dense)),
            Line("stored sparse, as here", "–", size(kept)),
        ),
        f"{n_rows:,} articles × {n_terms:,} terms: nearly every cell is 0. Storing only the others, each with its "
        f"column, takes {decimal(dense / kept, 0)} times less memory.",
        int(np.searchsorted((5, 50), dense / kept)),
    )


def blind_to_order(before: Answer, now: Answer) -> Outcome:
    """Shuffling an article's words changes no score with single words; with word groups it does."""
    return Outcome(
        (move_line(before), move_line(now)),
        "Single words: the same bag, so the same scores, to the last digit. Word groups notice the order. (Scores are "
        "naive Bayes' log-probabilities of one article and of its words shuffled.)",
        0,
    )


def where_did_not_go(before: Answer, now: Answer) -> Outcome:
    """What cutting contractions and removing stop words leave of a negation."""
    was, left = remaining_terms(before), remaining_terms(now)
    lost = negation_tokens(before) - negation_tokens(now)
    return Outcome(
        (
            Line("terms before", "–", was or "none"),
            Line("terms after", "not kept", left or "none"),
            Line("negations in training articles", "–", f"{negation_tokens(now):,}", signed(-lost)),
        ),
        "“not” is gone and “good” stays: not good and good leave the same terms. "
        "wasn and don are scraps of what was cut.",
        2,
    )


def who_is_39(before: Answer, now: Answer) -> Outcome:
    """How many articles contain a half-stripped entity, and what repairing them does to the words."""
    texts = read_texts(before.split.train, replace(before.recipe.text, repair=False))
    share = float(pc.mean(pc.match_substring(texts, "#39;").cast(pa.int8())).as_py())
    was, is_now = before.matrix.vocabulary, now.matrix.vocabulary
    return Outcome(
        (
            Line("training articles with #39;", "unnoticed", percent(share)),
            Line("terms", "–", f"{is_now.n_terms:,}", signed(is_now.n_terms - was.n_terms)),
            Line(
                "training articles with the term s",
                "–",
                f"{documents_with(now, 's'):,}",
                signed(documents_with(now, "s") - documents_with(before, "s")),
            ),
        ),
        f"#39; is left of an apostrophe: “Canada #39;s” was “Canada's”. {describe_change(_change(before, now))}.",
        2,
    )


def recall_or_precision(_: Answer, now: Answer) -> Outcome:
    """Recall and precision of Sports, or of the first class if there is no Sports."""
    right, true, called = _TUTORIAL_SPORTS
    classes = now.scores.classes
    shown = next((item for item in classes if item.name.lower() in ("sports", "sport")), classes[0])
    return Outcome(
        (
            Line(f"recall of {shown.name}: share found", percent(right / true), with_interval(shown.recall)),
            Line(
                f"precision of {shown.name}: share of calls right",
                percent(right / called),
                with_interval(shown.precision),
            ),
        ),
        "The tutorial calls its 98.5 % accuracy; it is the recall of Sports. Of its calls, 96.5 % were right.",
        _larger(shown.recall.value, shown.precision.value),
    )


def which_slope(_: Answer, now: Answer) -> Outcome:
    """The same counts give a different exponent for every range of ranks."""
    counts = np.sort(now.matrix.vocabulary.term_frequency)[::-1]
    whole = naive_line(counts)
    head = naive_line(counts, 1, min(1000, len(counts)))
    return Outcome(
        (
            Line(f"straight line through all {len(counts):,} ranks", "none given", decimal(whole.exponent, 2)),
            Line(f"through ranks 1–{head.last_rank:,}", "none given", decimal(head.exponent, 2)),
        ),
        "A straight line on logarithmic axes has no one slope here: it depends on the ranks that it is drawn through, "
        "so one exponent says little.",
        _larger(round(whole.exponent, 2), round(head.exponent, 2)),
    )


def two_thirds_gone(before: Answer, now: Answer) -> Outcome:
    """The tutorial's four changes at once, on the same validation articles."""
    change, n = _change(before, now), now.split.validation.n_documents
    was, is_now = before.scores.accuracy, now.scores.accuracy
    terms = f"{before.matrix.vocabulary.n_terms:,} → {now.matrix.vocabulary.n_terms:,}"
    return Outcome(
        (
            Line("terms", "59,544 → 20,000", terms),
            Line("accuracy", "92.40 → 92.43 %", f"{decimal(was.value * 100, 2)} → {decimal(is_now.value * 100, 2)} %"),
            Line("mistakes", "912 → 908 of 12,000", f"{n - was.n_right:,} → {n - is_now.n_right:,} of {n:,}"),
        ),
        f"Lemmas (here looked up), stop words, top 20,000 and TF-IDF at once; naive Bayes here. "
        f"Against the tutorial's first recipe: {describe_change(change)}.",
        _rises_or_falls(change),
    )


def words_that_cheat(before: Answer, now: Answer) -> Outcome:
    """Terms that name the source, and the cost of masking them."""
    lines = []
    for term in AGENCIES:
        counts = documents_by_class(before, term)
        if counts.sum():
            top = int(counts.argmax())
            share = f"{counts[top]:,} of {counts.sum():,} in {before.split.class_names[top]}"
            lines.append(Line(f"training articles with {term}", "unnoticed", share))
    change = _change(before, now)
    right = {0: 2, 1: 0, 2: 1}[_rises_or_falls(change)]
    return Outcome(tuple(lines), f"{', '.join(AGENCIES)} masked, and fitted again: {describe_change(change)}.", right)


def more_training(_: Answer, now: Answer) -> Outcome:
    """The tutorial's two epochs; the page adds its own as they arrive."""
    return Outcome(
        (
            Line("running training accuracy, epoch 1 → 2", "88.1 → 95.9 %", "…"),
            Line("validation loss, epoch 1 → 2", "0.2307 → 0.2352", "…"),
        ),
        "More training can fit training articles better and still lose on validation articles.",
    )


def _change(before: Answer, now: Answer) -> PairedChange:
    return paired_change(now.split.validation.labels, before.predictions, now.predictions)


def _larger(first: float, second: float) -> int:
    """0 or 1 for the larger, 2 if they are equal."""
    return 2 if first == second else int(second > first)


def _rises_or_falls(change: PairedChange) -> int:
    """0 for a rise, 1 for a fall, 2 for no detectable change."""
    return 2 if not change.detectable else int(change.difference < 0)
