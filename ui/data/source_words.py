"""Source words: terms that name where an article comes from, their effect on a model, and a mask for them."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.findings.source_words import NEAR, find_shortcuts
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.nouns import TEXTS, VALIDATION_TEXTS
from bowcore.numbers import counted, interval, percent, with_interval
from bowcore.tasks.find_source_words import KIND, Places, read_source_words, request_source_words, source_words_key
from bowcore.text.characters import fold, straight
from bowcore.text.stopwords import masked_words
from ui import answers
from ui.answers import kept
from ui.job_panel import job_panel
from ui.reading.articles import as_wide_as
from ui.reading.clickable_words import word_table, words_behind
from ui.reading.tables import in_percent
from ui.state import open_view, session, widgets
from ui.texts import plain

SHARE, INTERVAL = "of this class", "95 %"
SHOWN = ("Both", "Names a source", "Near one class")
PROPOSED = 30
"""Most words that are ticked by default."""


def view(answer: Answer) -> None:
    """The Source words view of the data page."""
    st.markdown(
        "**A word that names the source reveals the class without saying anything about the subject.** A model that "
        "relies on it is right here and lost on another newspaper."
    )
    recipe, digest = answer.recipe, answer.corpus.digest
    key = source_words_key(recipe, digest)
    request = partial(request_source_words, recipe, digest, answer.split.n_open)
    places = job_panel(KIND, key, request, None, partial(_kept, key))
    if places is None:
        return
    left, right = st.columns([5, 2], gap="medium")
    with left:
        table = _choose(answer, places)
    with right:
        _mask(answer, table)
        _effect(answer)


@kept()
def _kept(key: str) -> Places | None:
    return read_source_words(key)


LEAST = (5, 10, 20, 50, 100, 200, 500)
"""Numbers of articles to choose from."""


SHARES = tuple(range(50, 101))
"""Shares of one class to choose from, in percent."""


def _choose(answer: Answer, places: Places) -> pd.DataFrame:
    top = st.container()
    share, size = st.columns(2)
    near, bound = widgets.carried("source_near", SHARES, round(100 * NEAR))
    near = share.select_slider("Share of one class, at least", SHARES, near, format_func=lambda n: f"{n} %", **bound)
    least, bound = widgets.carried("source_least", LEAST, 20)
    least = size.select_slider(f"{TEXTS:A}, at least", LEAST, least, **bound)
    open_view.settle("data_view", near=near, least=least)
    counts = answer.matrix.counts
    table = find_shortcuts(
        counts.train, counts.train_labels, counts.terms, counts.class_names, places, near=near / 100, min_articles=least
    )
    # the column for all other words names nothing and cannot be masked
    table = table[table["term"] != answer.matrix.vocabulary.unknown]
    wanted = {
        "Both": table["near_one_class"] & table["names_a_source"],
        "Names a source": table["names_a_source"],
        "Near one class": table["near_one_class"],
    }
    # until one is chosen, a kind that has words
    first = next((name for name in (SHOWN[1], *SHOWN) if wanted[name].any()), SHOWN[1])
    shown, bound = widgets.carried("source_shown", SHOWN, first, follows_recipe=True)
    shown = top.segmented_control("Show", SHOWN, required=True, default=shown, label_visibility="collapsed", **bound)
    n_of_each = ", ".join(f"{name.lower()}: {int(rows.sum()):,}" for name, rows in wanted.items())
    rows = table[wanted[shown]].reset_index(drop=True)
    if rows.empty:
        st.info(
            f"No term of {least:,} or more training {TEXTS} is of this kind ({n_of_each}). Lower the least share or "
            f"the least number of {TEXTS}, or look at another kind."
        )
        return rows
    columns = pd.DataFrame(
        {
            "term": rows["term"],
            "articles": rows["articles"],
            "class": rows["class"],
            SHARE: rows["class_share"],
            INTERVAL: [interval(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)],
            "at a source": rows["source_share"],
            "mostly in": rows["found_in"],
        }
    )
    if not rows["found_in"].astype(bool).any():
        columns = columns.drop(columns="mostly in")
    columns, shares = in_percent(columns, (SHARE, "at a source"))
    word_table(
        columns.head(100),
        answer,
        "source_words",
        grows=True,
        column_config={
            "term": st.column_config.TextColumn(width=90),
            "articles": st.column_config.NumberColumn(format="localized", width=56),
            "class": as_wide_as("class", answer.split.class_names),
            SHARE: shares[SHARE] | {"label": "of it", "width": 59, "help": f"Its {TEXTS} that are of this class."},
            INTERVAL: st.column_config.TextColumn(
                width=77,
                help="95 % interval, for all terms compared at once: a term is listed because its share is large.",
            ),
            "at a source": shares["at a source"]
            | {"label": "source", "width": 59, "help": f"{TEXTS:A} in which it occurs in text that names a source."},
            "mostly in": as_wide_as("mostly in", rows["found_in"].tolist()),
        },
    )
    st.caption(
        f"{min(len(rows), 100):,} of {len(rows):,} terms ({n_of_each}). Click a row to read its word in context. "
        "A term names a source if it occurs in an agency's tag, a constant phrase, mark-up or a web address in half or "
        f"more of its training {TEXTS}; it is near one class if {percent(near / 100, 0)} or more of them are of it. A "
        "word near one class alone is mostly a word of the subject."
    )
    words_behind(rows, answer, "source_words_all", "Download")
    return rows


def _mask(answer: Answer, table: pd.DataFrame) -> None:
    masked, recipe = answer.recipe.terms.masked_words, answer.recipe
    st.markdown("**Mask and train again**")
    words = table[~table["term"].astype("str").str.contains(" ", regex=False)]
    # a word that names a source but occurs in several classes, or is only near one class, may belong to the subject
    sure = words["names_a_source"].astype(bool) & (words["class_share"] >= NEAR)
    proposed = words.loc[sure, "term"].head(PROPOSED).tolist()
    others = [term for term in words["term"].head(100) if term not in proposed]
    chosen: list[str] = []
    if proposed:
        chosen += st.pills(
            f"Proposed: {len(proposed):,} of {percent(NEAR, 0)} or more one class that name a source",
            proposed,
            selection_mode="multi",
            default=proposed,
            format_func=plain,
            wrap=True,
            key=f"source_proposed_{recipe.key('weighting')}_{sha256(' '.join(proposed).encode()).hexdigest()[:12]}",
            help="Click a word to take it out of the mask, or to put it back.",
        )
    else:
        st.caption(
            f"None of these words names a source and is {percent(NEAR, 0)} or more of one class: none is ticked."
        )
    chosen += st.multiselect(
        "Other words of the table",
        others,
        key=f"source_mask_{recipe.key('weighting')}_{len(others)}_{len(proposed)}",
        placeholder="choose to mask too",
        help="They are dropped after all steps, ignoring case.",
    )
    name = st.text_input("Name of the mask", recipe.terms.mask_name or "sources", key="source_mask_name", max_chars=40)
    st.button(
        f"Mask {counted(len(chosen), 'word')} and train again",
        key="source_mask_go",
        type="primary",
        disabled=not chosen,
        on_click=_set_mask,
        args=(tuple(sorted({*masked, *chosen})), name.strip()),
    )
    if not masked:
        return
    back = st.multiselect(
        "Masked now", masked, key=f"source_masked_{recipe.key('terms')}", placeholder="choose to unmask"
    )
    with st.container(horizontal=True):
        rest = tuple(word for word in masked if word not in back)
        st.button("Unmask these", key="source_unmask", disabled=not back, on_click=_set_mask, args=(rest, name.strip()))
        st.button("Unmask all", key="source_unmask_all", on_click=_set_mask, args=((), ""))


def _set_mask(words: tuple[str, ...], name: str) -> None:
    session.change(masked_words=words, mask_name=name if words else "")


def _effect(answer: Answer) -> None:
    """The mask's effect on naive Bayes, on all validation articles and on those that contain a masked word."""
    masked = answer.recipe.terms.masked_words
    if not masked:
        st.caption("Nothing is masked. The effect on naive Bayes appears here at once; logistic regression follows.")
        return
    unmasked = answers.answer(answer.recipe.change(masked_words=(), mask_name=""))
    change = paired_change(answer.labels, unmasked.predictions, answer.predictions)
    name = f" “{plain(answer.recipe.terms.mask_name)}”" if answer.recipe.terms.mask_name else ""
    st.markdown(
        f"**Mask{name}, {counted(len(masked), 'word')}, naive Bayes:** {with_interval(unmasked.scores.accuracy)} "
        f"without the mask, {answers.accuracy_in_words(answer, answer.scores.accuracy)} with it. "
        f"{describe_change(change, VALIDATION_TEXTS)}."
    )
    small = partial(fold, language=answer.recipe.terms.language)
    lowered = set(masked_words(answer.recipe.terms))
    vocabulary = unmasked.matrix.vocabulary.terms.to_pylist()
    columns = [column for column, term in enumerate(vocabulary) if small(straight(term)) in lowered]
    with_word = np.asarray(unmasked.matrix.validation[:, columns].sum(axis=1)).ravel() > 0
    if with_word.any():
        labels, before, after = (each[with_word] for each in (answer.labels, unmasked.predictions, answer.predictions))
        inside = paired_change(labels, before, after)
        st.markdown(f"Of those with a masked word: {describe_change(inside)}.")
    st.caption(
        f"Validation {TEXTS} come from the same sources, so a fall shows how much relying on the sources was worth "
        "here, not a worse model of the subjects. Logistic regression follows on the Playground's score card."
    )
