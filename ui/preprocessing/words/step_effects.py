"""The effect of each step on all words of the articles, its cost, and the words it changed most."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.nouns import TEXTS
from bowcore.numbers import counted, decimal, empty_share, size
from bowcore.recipe.steps import MASK
from bowcore.tasks.lemmatise_words import as_written
from bowcore.text.step_cache import StepCost, only_steps
from bowcore.text.tagger.words import STEP as TAGGER
from bowcore.trace.lineage import Affected, StepEffect
from bowcore.trace.order_warnings import pieces_of_each
from charts.words import term_changes
from ui import answers, job_panel
from ui.preprocessing.words import tagger
from ui.reading import look_alikes
from ui.reading.clickable_words import each_as_counted, word_chart, word_table, words_behind
from ui.reading.tables import dataframe, palette, table_height
from ui.state import open_view
from ui.texts import LABELS, TOLD_STEPS

REPAIR = "repair"
SHOWN = ("before", "tokens", "after")
ROWS = 8  # of twenty words that are visible at once
OUTCOMES = {
    "dropped": "Distinct words of which nothing is left.",
    "changed": "Distinct words that became one other word.",
    "split": "Distinct words that became several.",
    "merged": "Those of the changed words whose new word is another one's too: they lose a column of their own.",
}
"""What a step can do to a word, and the repair of leftovers to some of its occurrences; fields of `StepEffect`."""
_COUNTED = st.column_config.NumberColumn(format="localized")
NARROW: dict[str, Any] = {
    "step": st.column_config.TextColumn(width=76),
    "time": st.column_config.TextColumn(width=118),
    "words before": _COUNTED | {"width": 84},
    **{name: _COUNTED | {"width": 56, "help": help} for name, help in OUTCOMES.items()},
    "words after": _COUNTED | {"width": 76},
    "tokens lost": _COUNTED | {"width": 74, "help": "Occurrences of the dropped words. What joins is not lost."},
    "tokens after": _COUNTED | {"width": 80},
}
"""Columns of the table of steps, with widths that fit a page of 768 px."""


def effects_panel(answer: Answer, before: Answer | None) -> None:
    """The table of steps, the words of one of them, and the matrix before and after the last change."""
    earlier = None if before is None or before is answer else before.recipe
    open_view.settle("preprocessing_panel", before=earlier)
    effects, costs = answers.effects(answer), answer.chain.costs
    if not effects:
        st.info("No step is switched on: every string between spaces is a term as written.")
    else:
        st.markdown(_finding(effects) + _counted_after(answer))
    look_alikes.report(answer)
    before_them, left_out = _before_first_step(answer)
    effects = (*(effect for effect, _ in before_them), *effects)
    if effects:
        table = effects_table(effects, (*(cost for _, cost in before_them), *costs))
        # all columns fit but this one: it repeats those after the step above; the first are in the sentence
        shown = [name for name in table if name != "tokens before"]
        config = dict.fromkeys(table.select_dtypes("number"), _COUNTED) | NARROW
        dataframe(table, hide_index=True, column_order=shown, column_config=config)
        _explain(answer, left_out)
        chosen = st.selectbox(
            "The words that a step changed most", range(len(effects)), format_func=lambda i: step_name(effects[i].name)
        )
        open_view.settle("preprocessing_panel", step=effects[chosen].name)
        _show_affected(effects[chosen], answer)
    _last_change(answer, before)


def _before_first_step(answer: Answer) -> tuple[list[tuple[StepEffect, StepCost | None]], int]:
    """Effects of the repair and of the tagger, which come before the first step, and the number of articles left out.

    While a worker splits the words into the tagger's tokens, a line says so.
    """
    found: list[tuple[StepEffect, StepCost | None]] = []
    written = as_written(answer.recipe)
    if written.text.repair:
        seconds = answers.reading(written).repair_seconds
        found.append((answers.repair_effect(written), StepCost(REPAIR, seconds, 0, 0, from_cache=False)))
    if answer.recipe.text.units != "lemmas":
        return found, 0
    tagged = tagger.effect_of(answer)
    if isinstance(tagged, Job):
        job_panel.follow(tagged, "What the tagger did to each word")
        return found, 0
    return [*found, (tagged.effect, tagger.cost_of(answer))], tagged.n_left_out


def _explain(answer: Answer, n_left_out: int) -> None:
    """Explanation of the table; `n_left_out`: articles with unequal numbers of lemmas and tokens."""
    st.caption(
        f"Distinct words and their occurrences (tokens) in {answer.split.train.n_documents:,} training and "
        f"{answer.split.validation.n_documents:,} validation {TEXTS}; a step that is switched off is left out. Time "
        "is that of the step when a recipe that begins like this one first used it: “cached” means that another one "
        "had, so a flipped switch costs its own step and the steps after it."
    )
    if answer.recipe.text.repair:
        st.caption(
            "Leftovers are repaired in whole texts, so a word can have several outcomes: Canada is kept, and joined in "
            "“Canada #39;s”. It counts under each outcome of its occurrences. What joins is changed, and merged, as it "
            "shares its new word."
        )
    if answer.recipe.text.units == "lemmas":
        left_out = f" {n_left_out:,} {TEXTS} are left out: not as many lemmas as tokens." if n_left_out else ""
        st.caption(
            "The tagger reads whole sentences, so one word can become several lemmas, leaves a leaf here and leave "
            "there: it counts under each outcome of its occurrences. The words before the next step are lemmas."
            + left_out
        )


def _finding(effects: tuple[StepEffect, ...]) -> str:
    """The effect of all steps together, in one sentence."""
    first, last = effects[0], effects[-1]
    dropped = sum(effect.dropped.n_tokens for effect in effects)
    return (
        f"**{first.n_strings_before:,} distinct words became {last.n_strings_after:,} terms;** "
        f"{first.n_tokens_before:,} tokens became {last.n_tokens_after:,}, as {dropped:,} were dropped and others "
        "split."
    )


def _counted_after(answer: Answer) -> str:
    """What precedes the counts of the previous sentence, if they are not those of the articles as written."""
    spec = answer.recipe.text
    earlier = {"the repair of leftovers": spec.repair, "the lemma tagger": spec.units == "lemmas"}
    names = " and ".join(name for name, on in earlier.items() if on)
    return f" These are counts after {names}." if names else ""


def effects_table(effects: tuple[StepEffect, ...], costs: tuple[StepCost | None, ...]) -> pd.DataFrame:
    """The effect of each step on distinct strings and on their occurrences, and its time."""
    return pd.DataFrame(
        [
            {
                "step": "Tagger" if effect.name == TAGGER else step_name(effect.name),  # narrow
                "time": _time(cost),
                "words before": effect.n_strings_before,
                **{name: getattr(effect, name).n_strings for name in OUTCOMES},
                "words after": effect.n_strings_after,
                "tokens before": effect.n_tokens_before,
                "tokens lost": effect.dropped.n_tokens,
                "tokens after": effect.n_tokens_after,
            }
            for effect, cost in zip(effects, costs, strict=True)
        ]
    )


def _show_affected(effect: StepEffect, answer: Answer) -> None:
    """The twenty most frequent words that a step dropped, changed, split or merged, side by side."""
    parts: dict[str, Affected] = {name: getattr(effect, name) for name in OUTCOMES}
    filled = [(name, part) for name, part in parts.items() if part.n_strings]
    if not filled:
        st.caption(f"It changed no word of these {TEXTS}.")
        return
    if effect.lost_signs:
        signs = ", ".join(f"{sign} {n:,} times" if n > 1 else f"{sign} once" for sign, n in effect.lost_signs)
        st.caption(f"**Symbols lost**, alone or in a word: {signs}.")
    # two side by side, so that their last column is visible; a third and a fourth go below
    for first in range(0, len(filled), 2):
        for column, (name, part) in zip(st.columns(2, gap="medium"), filled[first : first + 2], strict=False):
            with column:
                st.caption(f"**{name}**: {part.n_strings:,} words, {part.n_tokens:,} tokens")
                _show_outcome(effect, name, affected_table(part), answer)
    # with lemmas, articles are searched by their lemmas, and repaired words are no lemmas
    if effect.changed.n_strings and not (effect.name == REPAIR and answer.recipe.text.units == "lemmas"):
        none = " Words that were dropped with a leftover occur nowhere." if effect.name == REPAIR else ""
        st.caption(f"Click a row to read it in context.{none}")


def _show_outcome(effect: StepEffect, name: str, table: pd.DataFrame, answer: Answer) -> None:
    """The words with the same outcome; a click opens the word as written, or its term."""
    key, repaired = f"affected_{name}", effect.name == REPAIR
    height = table_height(min(len(table), ROWS))
    shown = SHOWN[:2] if name == "dropped" else SHOWN
    if repaired and (name == "dropped" or answer.recipe.text.units == "lemmas"):
        # texts are searched as they are read, repaired or as lemmas, and do not contain these words
        dataframe(table, hide_index=True, column_order=shown, height=height, column_config={"tokens": _COUNTED})
        return
    column = "term"
    if name == "dropped" or (name == "split" and effect.name not in (REPAIR, TAGGER)):
        column = "before"
    elif name == "split" and repaired:
        table["term"] = each_as_counted(tuple(table["after"]), answer)
    else:
        after = tuple(table["after"])
        # a later step may drop the word, which is then shown as written
        final = final_terms(after, effect.name, answer)
        table["term"] = [term or word for term, word in zip(final, after, strict=True)]
    word_table(table, answer, key, column=column, column_order=shown, height=height)


def affected_table(part: Affected) -> pd.DataFrame:
    """The most frequent words with the same outcome: `before`, `tokens`, `after`."""
    table = part.table()
    return pd.DataFrame({"before": table["before"], "tokens": table["occurrences"], "after": table["after"]})


@answers.kept("terms")
def final_terms(strings: tuple[str, ...], step: str, answer: Answer) -> list[str]:
    """Result of the steps after `step` for its output strings; several words and terms are joined by spaces."""
    order = (REPAIR, TAGGER, *answer.recipe.terms.order, MASK)
    spec = only_steps(answer.recipe.terms, order[order.index(step) + 1 :])
    pieces = iter(pieces_of_each([word for string in strings for word in string.split()], spec))
    return [" ".join(piece for _ in string.split() for piece in next(pieces)) for string in strings]


def _last_change(answer: Answer, before: Answer | None) -> None:
    """The matrix before and after the last change, and the terms removed and added."""
    st.subheader("Before and after the last change")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        what = st.column_config.TextColumn(width=112, help="Stored dense, a cell takes 8 bytes.")
        dataframe(_size_table(answer, before), hide_index=True, column_config={"training matrix": what})
    with right:
        if before is None or before is answer:
            st.caption("Flip a switch on the left to compare with the previous recipe.")
            return
        change = answers.vocabulary_change(before, answer)
        if not len(change.gone) and not len(change.come) and not (change.table["change"] != 0).any():
            st.caption("The last change removed no term and added none, and every term occurs as often as before.")
            return
        # above the chart: at the bottom of a page an open box is mostly hidden
        with st.container(horizontal=True):
            words_behind(change.gone, answer, "terms_gone", f"{counted(len(change.gone), 'term')} gone", before=before)
            words_behind(change.come, answer, "terms_come", f"{counted(len(change.come), 'term')} new")
            words_behind(change.table, answer, "term_changes_table", "Table", before=before)
        word_chart(term_changes(change.table, palette()), answer, "term_changes", table_behind=False, before=before)
        st.caption("Click a bar, or a row of a table, to read its term in context.")


def _size_table(answer: Answer, before: Answer | None) -> pd.DataFrame:
    """Terms, tokens, empty cells and bytes of the training matrix, before and after the last change."""
    after = _sizes(answer)
    table = pd.DataFrame({"training matrix": list(after), "now": list(after.values())})
    if before is not None and before is not answer:
        table.insert(1, "before", list(_sizes(before).values()))
    return table


def _time(cost: StepCost | None) -> str:
    if cost is None:
        return "not measured"
    duration = f"{decimal(cost.seconds * 1000)} ms" if cost.seconds < 1 else f"{decimal(cost.seconds)} s"
    return f"{duration}, {'cached' if cost.from_cache else 'computed'}"


def step_name(name: str) -> str:
    """The step's name on screen."""
    return TOLD_STEPS.get(name) or LABELS.get(name, name)


def _sizes(answer: Answer) -> dict[str, str]:
    (n_rows, n_columns), measured = answer.matrix.shape, answer.matrix.size
    return {
        "Terms (columns)": f"{n_columns:,}",
        f"{TEXTS:A} (rows)": f"{n_rows:,}",
        "Tokens": f"{measured.n_tokens:,}",
        "Empty cells": empty_share(n_rows, n_columns, measured.n_filled),
        "Stored sparse": size(measured.sparse_bytes),
        "Stored dense": size(measured.dense_bytes),
    }
