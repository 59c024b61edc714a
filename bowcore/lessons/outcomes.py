"""Outcomes of the ten moments: their numbers next to the tutorial's, one sentence, and the right guess.

Sentences and right guesses follow from the numbers: a corpus that does not show an effect is said not to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import PairedChange, describe_change, paired_change
from bowcore.judge.scores import describe_accuracy
from bowcore.lessons.evidence import (
    Line,
    Moved,
    Outcome,
    documents_by_class,
    documents_with,
    is_negation,
    most_telling_class,
    move_by_shuffling,
    negation_tokens,
    plant,
    remaining_terms,
    shuffled_accuracies,
)
from bowcore.matrix.counts import sparse_bytes
from bowcore.matrix.frequencies.zipf import naive_line
from bowcore.nouns import TEXTS
from bowcore.numbers import class_in_words, counted, decimal, interval, percent, points, signed, size, with_interval
from bowcore.text.units import read_texts

AGENCIES = ("afp", "ap", "fullquote", "reuters")
MANY = 0.1
"""Share of the articles from which a word changes the label of many."""
_TUTORIAL_SPORTS = (2955, 3000, 3062)  # correct, true and predicted Sports articles in its second validation matrix


def is_it_learning(_: Answer, now: Answer) -> Outcome:
    """Naive Bayes on shuffled labels, many times over, next to the constant guess and to the true labels."""
    fooled = shuffled_accuracies(now)
    low, high = np.quantile(fooled, (0.025, 0.975))
    mean, guessed, learned = float(fooled.mean()), now.baseline.value, now.scores.accuracy.value
    inside = low <= guessed <= high
    place = "within" if inside else "outside"
    beaten = int(np.count_nonzero(fooled < learned))
    return Outcome(
        (
            Line(
                f"always guessing {now.guess}", "25.0 %", percent(guessed), f"{points((guessed - 0.25) * 100)} points"
            ),
            Line(f"labels shuffled {len(fooled)} times: mean", "–", percent(mean)),
            Line("95 of 100 shuffles", "–", f"{interval(low, high)} %"),
            Line("true labels", "–", with_interval(now.scores.accuracy)),
        ),
        f"The constant guess is {place} the range of the shuffles. The true labels do better than {beaten} of "
        f"{len(fooled)} shuffles{_learned(beaten, len(fooled))}. Naive Bayes, "
        f"{now.baseline.n_documents:,} validation {TEXTS}.",
        int(np.argmin(np.abs(mean - np.array([learned, guessed, 0.0])))),
    )


def _learned(beaten: int, n: int) -> str:
    return ": there is something to learn" if beaten == n else ", so it is open whether there is anything to learn"


def how_empty(_: Answer, now: Answer) -> Outcome:
    """Columns, zeros and bytes of the recipe's matrix."""
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
        f"{n_rows:,} {TEXTS} × {n_terms:,} terms, {percent(empty, 2)} of the cells 0. Storing only the others, each "
        f"with its column, takes {decimal(dense / kept, 0)} times less memory.",
        int(np.searchsorted((5, 50), dense / kept)),
    )


def blind_to_order(before: Answer, now: Answer) -> Outcome:
    """What shuffling the words of articles moves with single words, and with word groups."""
    pair = sorted((before, now), key=lambda answer: answer.recipe.terms.ngrams)
    single, groups = (move_by_shuffling(answer) for answer in pair)
    name = f"word groups 1–{pair[1].recipe.terms.ngrams}"
    lines = [*_move_lines("single words", single, "0, by definition"), *_move_lines(name, groups, "–")]
    return Outcome(
        tuple(lines),
        f"Single words: {_moved(single)}. {name[:1].upper()}{name[1:]}: {_moved(groups)}. Scores are naive Bayes' "
        f"natural log-probabilities; their largest change is {decimal(single.largest, 3)} with single words and "
        f"{decimal(groups.largest, 3)} with groups.",
        0 if not single.n_moved else 1 if not single.n_relabelled else 2,
    )


def _move_lines(name: str, moved: Moved, tutorial: str) -> tuple[Line, Line]:
    return (
        Line(f"{name}: {TEXTS} whose scores move", tutorial, f"{moved.n_moved:,} of {moved.n_articles:,}"),
        Line(f"{name}: {TEXTS} whose label changes", tutorial, f"{moved.n_relabelled:,} of {moved.n_articles:,}"),
    )


def _moved(moved: Moved) -> str:
    if not moved.n_moved:
        return "the same bag, so no score moves"
    return f"the scores of {moved.n_moved:,} of {moved.n_articles:,} {TEXTS} move, {moved.n_relabelled:,} labels change"


def where_did_not_go(before: Answer, now: Answer) -> Outcome:
    """What cutting contractions and removing stop words leave of a negation."""
    was, left = remaining_terms(before), remaining_terms(now)
    n_before, n_after = negation_tokens(before), negation_tokens(now)
    denied = [term for term in left if is_negation(term)]
    if denied:
        sense = f"{', '.join(denied)} stayed, so the sentence still says no"
    elif "good" in left:
        sense = "no negation is left and “good” is: the terms read like praise"
    else:
        sense = "no negation is left"
    return Outcome(
        (
            Line(f"negations in training {TEXTS} before", "–", f"{n_before:,}"),
            Line("negations after", "–", f"{n_after:,}", signed(n_after - n_before)),
            Line("terms of the sentence before", "–", " · ".join(was) or "none"),
            Line("terms after", "not kept", " · ".join(left) or "none"),
        ),
        f"{sense[:1].upper()}{sense[1:]}. Of {n_before:,} negations in the training {TEXTS} {n_after:,} are left.",
        0 if denied else 2 if "good" in left else 1,
    )


def who_is_39(before: Answer, now: Answer) -> Outcome:
    """How many articles contain a half-stripped entity, and what repairing them does to the words."""
    texts = read_texts(before.split.train, replace(before.recipe.text, repair=False))
    broken, number = (int(pc.sum(pc.match_substring_regex(texts, each)).as_py() or 0) for each in ("#39;", r"\b39\b"))
    was, is_now = before.matrix.vocabulary, now.matrix.vocabulary
    s_before, s_now = documents_with(before, "s"), documents_with(now, "s")
    most = broken / max(number, 1)
    return Outcome(
        (
            Line(f"training {TEXTS} with the number 39", "unnoticed", f"{number:,}"),
            Line("of them as #39;", "unnoticed", f"{broken:,} ({percent(broken / len(texts))} of all {TEXTS})"),
            Line("terms, repaired", "–", f"{is_now.n_terms:,}", signed(is_now.n_terms - was.n_terms)),
            Line(f"training {TEXTS} with the term s", "–", f"{s_now:,}", signed(s_now - s_before)),
        ),
        f"In {percent(most)} of the {TEXTS} with a 39 it is the code of an apostrophe, &#39;, which lost its sign. "
        f"Repaired: {counted(is_now.n_terms, 'term')}, {signed(is_now.n_terms - was.n_terms)}. Naive Bayes: "
        f"{describe_change(_change(before, now))}.",
        2 if most > 0.5 else None,
    )


def ask_for_recall_or_precision(answer: Answer) -> str:
    """The question, for the class that shows the difference best."""
    name = most_telling_class(answer).name
    return (
        f"Some {name} {TEXTS} are found, and some {TEXTS} predicted as {name} are something else. Which is larger "
        f"here: the share of the {name} {TEXTS} that are found, or the share of the {TEXTS} predicted as {name} "
        "that are?"
    )


def recall_or_precision(_: Answer, now: Answer) -> Outcome:
    """Recall and precision of one class, next to those of Sports in the tutorial."""
    right, true, called = _TUTORIAL_SPORTS
    shown = most_telling_class(now)
    recall, precision = shown.recall, shown.precision
    return Outcome(
        (
            Line(f"recall of {shown.name}: share found", percent(right / true), with_interval(recall)),
            Line(
                f"precision of {shown.name}: share of predictions right",
                percent(right / called),
                with_interval(precision),
            ),
        ),
        f"Recall: of {recall.n_documents:,} {shown.name} {TEXTS} {recall.n_right:,} are found. Precision: of "
        f"{precision.n_documents:,} {TEXTS} predicted as {shown.name} {precision.n_right:,} are. What the tutorial "
        f"prints as accuracy of Sports, {percent(right / true)}, is recall; precision is {percent(right / called)}.",
        _larger(recall.value, precision.value),
    )


def which_slope(_: Answer, now: Answer) -> Outcome:
    """The same counts give a different exponent for every range of ranks."""
    counts = np.sort(now.matrix.vocabulary.term_frequency)[::-1]
    whole = naive_line(counts)
    head = naive_line(counts, 1, min(1000, len(counts)))
    first, second = decimal(whole.exponent, 2), decimal(head.exponent, 2)
    verdict = (
        "one number for the slope says which ranks were chosen"
        if first != second
        else "here both ranges give the same number"
    )
    return Outcome(
        (
            Line(f"straight line through all {len(counts):,} ranks", "none given", first),
            Line(f"through ranks 1–{head.last_rank:,}", "none given", second),
        ),
        f"Frequency falls with rank to the power −{first} through all ranks, −{second} through the first "
        f"{head.last_rank:,}: {verdict}.",
        _larger(float(first), float(second)),
    )


def two_thirds_gone(before: Answer, now: Answer) -> Outcome:
    """The tutorial's four changes at once, on the same validation articles."""
    change, n = _change(before, now), now.split.validation.n_documents
    was, is_now = before.scores.accuracy, now.scores.accuracy
    n_before, n_now = before.matrix.vocabulary.n_terms, now.matrix.vocabulary.n_terms
    return Outcome(
        (
            Line("terms", "59,544 → 20,000", f"{n_before:,} → {n_now:,}"),
            Line("accuracy before", "92.40 %", with_interval(was, 2)),
            Line("accuracy after", "92.43 %", with_interval(is_now, 2)),
            Line("mistakes", "912 → 908 of 12,000", f"{n - was.n_right:,} → {n - is_now.n_right:,} of {n:,}"),
        ),
        f"Naive Bayes, lemmas looked up: {describe_change(change)}. Terms: {signed(n_now - n_before)}. Accuracy after: "
        f"{describe_accuracy(is_now, now.baseline.value, now.guess)}.",
        _rises_or_falls(change),
    )


def words_that_cheat(before: Answer, now: Answer) -> Outcome:
    """Words that name the source: what one of them does to articles of other classes, and what masking them costs."""
    names, lines, planted = [class_in_words(name) for name in before.split.class_names], [], []
    for term in AGENCIES:
        counts = documents_by_class(before, term)
        if counts.sum():
            top = int(counts.argmax())
            share = f"{counts[top]:,} of {counts.sum():,} in {names[top]}"
            found = plant(before, term, top)
            planted.append(found)
            moved = f"{found.n_called:,} of {found.n_articles:,} become {names[top]}"
            lines.append(Line(f"{term}: training {TEXTS}", "unnoticed", share))
            lines.append(Line(f"{term} added to other {TEXTS}", "–", moved))
    masked = f"All {len(AGENCIES)} masked, naive Bayes fitted again: {describe_change(_change(before, now))}"
    if not planted:
        return Outcome((), f"None of these words is a term of this recipe. {masked}.")
    worst = max(planted, key=lambda found: found.share)
    source = ": the model has learned a source, and another newspaper has other sources" if worst.n_called else ""
    return Outcome(
        tuple(lines),
        f"Added to {worst.n_articles:,} validation {TEXTS} of other classes, {worst.term} turns "
        f"{percent(worst.share)} of them into {names[worst.class_position]}{source}. {masked}.",
        0 if not worst.n_called else 1 if worst.share < MANY else 2,
    )


def _change(before: Answer, now: Answer) -> PairedChange:
    return paired_change(now.split.validation.labels, before.predictions, now.predictions)


def _larger(first: float, second: float) -> int:
    """0 or 1 for the larger, 2 if they are equal."""
    return 2 if first == second else int(second > first)


def _rises_or_falls(change: PairedChange) -> int:
    """0 for a rise, 1 for a fall, 2 for no detectable change."""
    return 2 if not change.detectable else int(change.difference < 0)
