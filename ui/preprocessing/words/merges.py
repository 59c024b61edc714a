"""The merge table: which surface forms a step made into one term, and whether their classes differ."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.corpus.corpus import class_columns
from bowcore.errors import RunError
from bowcore.experiment.answer import Answer
from bowcore.jobs.jobs import Job
from bowcore.nouns import TEXTS, fill
from bowcore.numbers import decimal, p_value
from bowcore.text.tagger.words import STEP as TAGGER
from bowcore.text.terms import AppliedStep, identity_map
from bowcore.trace.lemma_pairs import LemmaPairs, step_from_written
from bowcore.trace.lineage import whole_chain
from bowcore.trace.merges import LEVEL, MIN_ARTICLES, Merges, find_merges
from charts.drawing import short_names
from ui import answers, job_panel
from ui.answers import kept
from ui.preprocessing.words import tagger
from ui.preprocessing.words.step_effects import final_terms, step_name
from ui.reading.clickable_words import word_table, words_behind
from ui.state import open_view, widgets
from ui.texts import plain

ALL_STEPS = "all steps"
PREFERRED = (TAGGER, "word_forms", "lower_case")
MOST_CLASSES = 6  # classes with a column each
PAGE = 100
NOTHING = "∅"
COLUMNS = (
    "after this step",
    "term",
    "form",
    "tokens",
    "articles",
    "alone in",
    "classes",
    "largest difference",
    "differs most in",
    "adjusted p",
    "shares",
)
"""Columns that do not belong to a class."""
VERDICTS = {
    "differ": "≠ differ",
    "no detectable difference": "no difference seen",
    "too few": "too few alone",
}
"""The column's text for each verdict; the rule below the table explains it."""
MOST_FIRST, FLAGGED_FIRST = "Most tokens first", "Differing first"

RULE = (
    "Classes differ if a chi-squared test of forms against classes detects it, over training {TEXTS} that contain "
    "exactly one of the forms ({A_TEXT} with both shows no difference): “alone in” counts these {TEXTS} of a form, "
    "and the shares and the largest difference are of them. Forms alone in fewer than "
    f"{MIN_ARTICLES} {{TEXTS}} are "
    "left out, and a merge with too small expected counts (Cochran's rule) is not tested. p-values are adjusted for "
    f"the number of merges tested (Benjamini–Hochberg): of those flagged, at most {decimal(LEVEL * 100, 0)} % are "
    "expected to be flagged by chance. With many {TEXTS} small differences are detected too: see how large they are. "
    "The CSV file has a column for each class, and the {TEXTS} of each form."
)


def merges_panel(answer: Answer, before: Answer | None) -> None:
    """The forms of every merge of one step, with their counts and classes."""
    names = merging_steps(answer)
    if not names:
        st.info("No step makes one term of several words under this recipe. Lower case, stems and lemmas do.")
        return
    preferred = next((name for name in PREFERRED if name in names), ALL_STEPS)
    with st.container(horizontal=True):
        step, bound = widgets.carried("merges_step", names, preferred, follows_recipe=True)
        step = st.selectbox("Step", names, names.index(step), format_func=_label, **bound)
        wanted, bound = widgets.carried_text("merges_find")
        wanted = st.text_input("Find a term or a form", wanted, placeholder="part of a word", **bound).strip()
        order, bound = widgets.carried("merges_order", (MOST_FIRST, FLAGGED_FIRST), MOST_FIRST)
        order = st.segmented_control("Order", (MOST_FIRST, FLAGGED_FIRST), required=True, default=order, **bound)
    open_view.settle("preprocessing_panel", step=step)
    pairs = _pairs(answer, step)
    if isinstance(pairs, Job):
        job_panel.follow(pairs, "The written words of every lemma")
        return
    found = merges_of(answer, step)
    if answer.recipe.text.units == "lemmas":
        st.caption(tagger.note_on_forms(pairs))
    st.markdown(
        f"**{len(found.groups):,} terms were made of {len(found.forms):,} forms** in "
        f"{answer.n_train:,} training {TEXTS}. "
        f"Classes could be compared for {found.n_tested:,} of them and differ for {found.n_flagged:,}."
    )
    table = _table(answer, step, order == FLAGGED_FIRST)
    if wanted:
        table = found_in(table, wanted)
    if not len(table):
        none = f"No merge of this step contains “{plain(wanted[:60])}”."
        st.info(none if wanted else "This step makes no term of several forms.")
        return
    shown = table.head(PAGE)
    if step not in (ALL_STEPS, *answer.recipe.terms.order[-1:]):
        made = list(shown["term"])
        shown = with_final_terms(shown, final_terms(tuple(made), step, answer))
    shown, config = with_shares(shown, answer.split.class_names)
    # a narrow page cuts the last columns, so the verdict comes before the numbers behind it
    last = [name for name in ("shares", "largest difference", "adjusted p") if name in shown]
    hidden = hidden_columns(shown, answer.split.class_names)
    placed = [str(name) for name in shown if name not in (*last, *hidden)] + last
    word_table(
        shown,
        answer,
        "merges",
        words=partial(words_of_row, shown),
        column_config=config,
        column_order=placed,
        height=420,
        placeholder="–",
    )
    st.caption(
        f"The first {len(shown):,} of {len(table):,} forms. Click a row to read its term in context. {fill(RULE)}"
    )
    words_behind(table, answer, "merges_table", "Download")


def merging_steps(answer: Answer) -> list[str]:
    """Steps of this recipe that merge words, the tagger first, and all steps together if there are any."""
    names = [TAGGER] if answer.recipe.text.units == "lemmas" else []
    names += [effect.name for effect in answers.effects(answer) if effect.merged.n_strings]
    return [*names, ALL_STEPS] if names else []


@kept("sample", "Counting the forms of every term…")
def merges_of(answer: Answer, step: str) -> Merges:
    """The merges of one step, or of all together, over the recipe's training articles.

    The tagger's merges and those of all steps start from the written words.

    Raises:
        RunError: The tagger's tokens are missing; `tagger.pairs_of` requests them.
    """
    pairs, rows = _pairs(answer, step), answer.matrix.rows
    if isinstance(pairs, Job):
        raise RunError("The tokens of the written words were cleaned away. Open the table again.")
    labels, n_classes = answer.split.train.labels[rows], len(answer.split.class_names)
    if pairs is None:
        return find_merges(_applied(answer, step), answer.reading.type_counts[rows], labels, n_classes)
    outcome = identity_map(answer.reading.units.types) if step == TAGGER else answer.chain.result
    return find_merges(step_from_written(step, pairs, outcome), pairs.counts[rows], labels, n_classes)


def merge_table(found: Merges, class_names: tuple[str, ...], *, flagged_first: bool) -> pd.DataFrame:
    """One row per form: its term, counts, class shares of the articles with only this form, the verdict."""
    forms, groups = found.forms, found.groups.iloc[found.forms["group"]].reset_index(drop=True)
    table = forms[["term", "form", "tokens", "articles"]].copy()
    alone = found.alone.sum(axis=1)
    table["alone in"] = alone
    shares = 100 * found.alone / np.where(alone, alone, np.nan)[:, None]
    if len(class_names) <= MOST_CLASSES:
        for position, name in enumerate(class_columns(class_names, COLUMNS)):
            table[name] = shares[:, position]
    else:
        most = found.alone.argmax(axis=1)
        table["most often in"] = [class_names[position] if n else "" for position, n in zip(most, alone, strict=True)]
        table["share there"] = shares.max(axis=1)
    table["classes"] = [VERDICTS[verdict] for verdict in groups["verdict"]]
    tested = groups["class"] >= 0
    table["largest difference"] = (100 * groups["difference"]).where(tested)
    table["differs most in"] = [class_names[position] if position >= 0 else "" for position in groups["class"]]
    table["adjusted p"] = ["" if np.isnan(p) else p_value(p) for p in groups["adjusted"]]
    if flagged_first:
        differ = (groups["verdict"] == "differ").to_numpy()
        table = pd.concat([table[differ], table[~differ]])
    return table.reset_index(drop=True)


def found_in(table: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """All forms of the merges whose term or form contains this text."""
    found = table["term"].str.contains(wanted, regex=False) | table["form"].str.contains(wanted, regex=False)
    return table[table["term"].isin(table.loc[found, "term"])]


def with_shares(table: pd.DataFrame, class_names: tuple[str, ...]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of `merge_table`, with the class shares in one narrow column (`18 · 25 · 32 · 25 %`), and its config.

    One column for each of five classes would push the verdict's numbers out of a page of 768 px. The largest
    difference is a sortable number; its class is in the verdict.
    """
    table = table.assign(classes=[_verdict(*row) for row in table[["classes", "differs most in"]].to_numpy()])
    config: dict[str, Any] = {
        "tokens": st.column_config.NumberColumn(format="localized", width=54),
        "alone in": st.column_config.NumberColumn(format="localized", width=62),
        "classes": st.column_config.TextColumn(width=116),
        "largest difference": st.column_config.NumberColumn(
            "difference",
            format="%.0f points",
            width=84,
            help="The largest difference of one class's share between two forms; the heading sorts by it.",
        ),
        "after this step": st.column_config.TextColumn(
            "this step", width=64, help="What this step made, where a later step makes another term of it."
        ),
        "adjusted p": st.column_config.TextColumn(width=76),
    }
    if len(class_names) > MOST_CLASSES:
        return table, config | {"share there": st.column_config.NumberColumn(format="%.0f %%", width=78)}
    of_classes = table[_shares(class_names)].itertuples(index=False)
    written = [
        None if np.isnan(row[0]) else " · ".join(decimal(share, 0) for share in row) + " %" for row in of_classes
    ]
    heading = " · ".join(short_names(class_names).values())
    config["shares"] = st.column_config.TextColumn(heading, help=f"Share of {', '.join(class_names)}.")
    return table.assign(shares=written), config


def hidden_columns(table: pd.DataFrame, class_names: tuple[str, ...]) -> list[str]:
    """Columns only for the CSV file, so that the rest fits a narrow page."""
    return ["articles", "differs most in", *(_shares(class_names) if "shares" in table else ())]


def _shares(class_names: tuple[str, ...]) -> list[str]:
    return [str(name) for name in class_columns(class_names, COLUMNS)]


def _verdict(verdict: str, name: str) -> str:
    return f"≠ in {name}" if verdict == VERDICTS["differ"] else verdict


def with_final_terms(table: pd.DataFrame, final: Sequence[str]) -> pd.DataFrame:
    """The same rows, preceded by the term after all steps; this step's result is shown if it differs.

    Args:
        table: Rows of `merge_table`.
        final: Result of the later steps for each row's term, empty if one drops it.
    """
    made = list(table["term"])
    if list(final) == made:
        return table
    led = table.rename(columns={"term": "after this step"})
    led["after this step"] = ["" if one == other else other for one, other in zip(final, made, strict=True)]
    led.insert(0, "term", [one or NOTHING for one in final])
    return led


def words_of_row(table: pd.DataFrame, row: int, column: str) -> list[str]:
    """The term of a row; if a later step drops it, this step's result, then the form as written."""
    one = table.iloc[row]
    if one["term"] != NOTHING:
        return [str(one["term"])]
    return [str(word) for word in (one["after this step"], one["form"]) if word]


def _label(name: str) -> str:
    return "All steps together" if name == ALL_STEPS else step_name(name)


def _applied(answer: Answer, step: str) -> AppliedStep:
    if step == ALL_STEPS:
        return whole_chain(answer.chain)
    return next(applied for applied in answer.chain.steps if applied.name == step)


def _pairs(answer: Answer, step: str) -> LemmaPairs | Job | None:
    return tagger.pairs_of(answer) if step in (TAGGER, ALL_STEPS) else None


@kept("sample")
def _table(answer: Answer, step: str, flagged_first: bool) -> pd.DataFrame:
    return merge_table(merges_of(answer, step), answer.split.class_names, flagged_first=flagged_first)
