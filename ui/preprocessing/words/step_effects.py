"""The effect of each step on all words of the articles, its cost, and the words it changed most."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.matrix.counts import sparse_bytes
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
from ui.reading.clickable_words import as_counted, word_chart, word_table, words_behind
from ui.reading.tables import palette, table_height
from ui.texts import LABELS, TOLD_STEPS

REPAIR = "repair"
SHOWN = ("before", "tokens", "after")
ROWS = 8  # of twenty words that are visible at once
FATES = {
    "dropped": "Distinct words of which nothing is left.",
    "changed": "Distinct words that became one other word.",
    "split": "Distinct words that became several.",
    "merged": "Those of the changed words whose new word is another one's too: they lose a column of their own.",
}
"""What a step can do to a word, and the repair of leftovers to some of its occurrences."""
_COUNTED = st.column_config.NumberColumn(format="localized")
NARROW: dict[str, Any] = {
    "step": st.column_config.TextColumn(width=76),
    "time": st.column_config.TextColumn(width=118),
    "words before": _COUNTED | {"width": 84},
    **{name: _COUNTED | {"width": 56, "help": said} for name, said in FATES.items()},
    "words after": _COUNTED | {"width": 76},
    "tokens lost": _COUNTED | {"width": 74, "help": "Occurrences of the dropped words. What joins is not lost."},
    "tokens after": _COUNTED | {"width": 80},
}
"""Columns of the table of steps, with widths that fit a page of 768 px."""


def effects_panel(answer: Answer, before: Answer | None) -> None:
    """The table of steps, the words of one of them, and the matrix before and after the last change."""
    effects, costs = answers.effects(answer), answer.chain.costs
    if not effects:
        st.info("No step is switched on: every string between spaces is a term as written.")
    else:
        st.markdown(finding(effects) + counted_after(answer))
    before_them, left_out = read_before(answer)
    effects = (*(effect for effect, _ in before_them), *effects)
    if effects:
        table = effects_table(effects, (*(cost for _, cost in before_them), *costs))
        # all columns fit but this one: it repeats those after the step above; the first are in the sentence
        shown = [name for name in table if name != "tokens before"]
        config = dict.fromkeys(table.select_dtypes("number"), _COUNTED) | NARROW
        st.dataframe(table, hide_index=True, column_order=shown, column_config=config)
        explain(answer, left_out)
        chosen = st.selectbox(
            "The words that a step changed most", range(len(effects)), format_func=lambda i: step_name(effects[i].name)
        )
        show_affected(effects[chosen], answer)
    last_change(answer, before)


def read_before(answer: Answer) -> tuple[list[tuple[StepEffect, StepCost | None]], int]:
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


def explain(answer: Answer, n_left_out: int) -> None:
    """Explanation of the table; `n_left_out`: articles with unequal numbers of lemmas and tokens."""
    st.caption(
        f"Distinct words and their occurrences (tokens) in {answer.split.train.n_documents:,} training and "
        f"{answer.split.validation.n_documents:,} validation articles; a step that is switched off is left out. Time "
        "is what the step took when a recipe that begins like this one first asked for it: “cached” means that another "
        "one had, so a flipped switch pays for its own step and those behind it."
    )
    if answer.recipe.text.repair:
        st.caption(
            "Leftovers are repaired in whole texts, so one word can meet several fates: Canada is kept, and joined in "
            "“Canada #39;s”. It counts under each that an occurrence has. What joins is changed, and merged, as it "
            "shares its new word."
        )
    if answer.recipe.text.units == "lemmas":
        left_out = f" {n_left_out:,} articles have no part in it: not as many lemmas as tokens." if n_left_out else ""
        st.caption(
            "The tagger reads whole sentences, so one word can become several lemmas, leaves a leaf here and leave "
            "there: it counts under each fate that an occurrence has. The words before the next step are lemmas."
            + left_out
        )


def finding(effects: tuple[StepEffect, ...]) -> str:
    """The effect of all steps together, in one sentence."""
    first, last = effects[0], effects[-1]
    dropped = sum(effect.dropped.n_tokens for effect in effects)
    return (
        f"**{first.n_strings_before:,} distinct words became {last.n_strings_after:,} terms;** "
        f"{first.n_tokens_before:,} tokens became {last.n_tokens_after:,}, as {dropped:,} were dropped and others "
        "split."
    )


def counted_after(answer: Answer) -> str:
    """What the words of the previous sentence are, if not those of the articles as written."""
    spec = answer.recipe.text
    read = [name for name, on in ((REPAIR, spec.repair), (TAGGER, spec.units == "lemmas")) if on]
    told = {REPAIR: "the repair of leftovers", TAGGER: "the lemma tagger"}
    return f" These are counts after {' and '.join(told[name] for name in read)}." if read else ""


def effects_table(effects: tuple[StepEffect, ...], costs: tuple[StepCost | None, ...]) -> pd.DataFrame:
    """The effect of each step on distinct strings and on their occurrences, and its time."""
    return pd.DataFrame(
        {
            "step": ["Tagger" if effect.name == TAGGER else step_name(effect.name) for effect in effects],  # narrow
            "time": [_time(cost) for cost in costs],
            "words before": [effect.n_strings_before for effect in effects],
            "dropped": [effect.dropped.n_strings for effect in effects],
            "changed": [effect.changed.n_strings for effect in effects],
            "split": [effect.split.n_strings for effect in effects],
            "merged": [effect.merged.n_strings for effect in effects],
            "words after": [effect.n_strings_after for effect in effects],
            "tokens before": [effect.n_tokens_before for effect in effects],
            "tokens lost": [effect.dropped.n_tokens for effect in effects],
            "tokens after": [effect.n_tokens_after for effect in effects],
        }
    )


def show_affected(effect: StepEffect, answer: Answer) -> None:
    """The twenty most frequent words that a step dropped, changed, split or merged, side by side."""
    parts = {"dropped": effect.dropped, "changed": effect.changed, "split": effect.split, "merged": effect.merged}
    filled = {name: part for name, part in parts.items() if part.n_strings}
    if not filled:
        st.caption("It changed no word of these articles.")
        return
    # two side by side, so that their last column is visible; a third and a fourth go below
    fates = list(filled.items())
    for first in range(0, len(fates), 2):
        for column, (name, part) in zip(st.columns(2, gap="medium"), fates[first : first + 2], strict=False):
            with column:
                st.caption(f"**{name}**: {part.n_strings:,} words, {part.n_tokens:,} tokens")
                _show_fate(effect, name, affected_table(part), answer)
    if effect.changed.n_strings:
        if effect.name == REPAIR and answer.recipe.text.units == "lemmas":
            return  # articles are searched by their lemmas, and these are no lemmas
        none = " Of what was dropped with a leftover nothing is left to be read." if effect.name == REPAIR else ""
        st.caption(f"Click a row to read where its word or term occurs.{none}")


def _show_fate(effect: StepEffect, name: str, table: pd.DataFrame, answer: Answer) -> None:
    """The words with the same outcome; a click opens the word as written, or its term."""
    key, repaired = f"affected_{name}", effect.name == REPAIR
    height = table_height(min(len(table), ROWS))
    shown = SHOWN[:2] if name == "dropped" else SHOWN
    if repaired and (name == "dropped" or answer.recipe.text.units == "lemmas"):
        # texts are searched as they are read, repaired or as lemmas, and do not contain these words
        st.dataframe(table, hide_index=True, column_order=shown, height=height, column_config={"tokens": _COUNTED})
    elif name == "dropped" or (name == "split" and effect.name not in (REPAIR, TAGGER)):
        word_table(table, answer, key, column="before", column_order=shown, height=height)
    elif name == "split" and repaired:
        table["term"] = [as_counted(words, answer) for words in table["after"]]
        word_table(table, answer, key, column_order=shown, height=height)
    else:
        after = list(table["after"])
        # a later step may drop the word, which is then shown as written
        table["term"] = [
            term or word for term, word in zip(final_terms(after, effect.name, answer), after, strict=True)
        ]
        word_table(table, answer, key, column_order=shown, height=height)


def affected_table(part: Affected) -> pd.DataFrame:
    """The most frequent words with the same outcome: `before`, `tokens`, `after`."""
    return part.table().rename(columns={"occurrences": "tokens"})[list(SHOWN)]


def final_terms(strings: list[str], step: str, answer: Answer) -> list[str]:
    """Result of the steps after `step` for its output strings; several words and terms are joined by spaces."""
    order = (REPAIR, TAGGER, *answer.recipe.terms.order, MASK)
    spec = only_steps(answer.recipe.terms, order[order.index(step) + 1 :])
    pieces = iter(pieces_of_each([word for string in strings for word in string.split()], spec))
    return [" ".join(piece for _ in string.split() for piece in next(pieces)) for string in strings]


def last_change(answer: Answer, before: Answer | None) -> None:
    """The matrix before and after the last change, and the terms removed and added."""
    st.subheader("Before and after the last change")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        what = st.column_config.TextColumn(width=112, help="Stored dense, a cell takes 8 bytes.")
        st.dataframe(size_table(answer, before), hide_index=True, column_config={"training matrix": what})
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
        st.caption("Click a bar, or a row of a table, to read where its term occurs.")


def size_table(answer: Answer, before: Answer | None) -> pd.DataFrame:
    """Terms, tokens, empty cells and bytes of the training matrix, before and after the last change."""
    after = _sizes(answer)
    table = pd.DataFrame({"training matrix": list(after), "now": list(after.values())})
    if before is not None and before is not answer:
        table.insert(1, "before", list(_sizes(before).values()))
    return table


def _time(cost: StepCost | None) -> str:
    if cost is None:
        return "not measured"
    return f"{_duration(cost.seconds)}, {'cached' if cost.from_cache else 'computed'}"


def _duration(seconds: float) -> str:
    return f"{decimal(seconds * 1000)} ms" if seconds < 1 else f"{decimal(seconds)} s"


def step_name(name: str) -> str:
    """The step's name on screen."""
    return TOLD_STEPS.get(name) or LABELS.get(name, name)


def _sizes(answer: Answer) -> dict[str, str]:
    train = answer.matrix.features.train
    n_rows, n_columns = train.shape
    return {
        "Terms (columns)": f"{n_columns:,}",
        "Articles (rows)": f"{n_rows:,}",
        "Tokens": f"{int(answer.matrix.vocabulary.term_frequency.sum()):,}",
        "Empty cells": empty_share(n_rows, n_columns, train.nnz),
        "Stored sparse": size(sparse_bytes(train)),
        "Stored dense": size(8 * n_rows * n_columns),
    }
