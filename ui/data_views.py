"""The data page's own views: what the texts are at a glance, what repeats, and every article to read."""

from __future__ import annotations

import streamlit as st

from charts.classes import class_bars, length_histogram
from ui import articles, stages
from ui.show import behind, palette, show
from ui.stages import Now
from ui.wording import plain


def overview(now: Now) -> None:
    """Classes with the constant guess, how much repeats, and one article raw beside cleaned."""
    found, names, test = stages.inspection(now.recipe), now.split.class_names, now.split.test
    left, right = st.columns([3, 2], gap="medium")
    with left:
        guess = (found.classes.constant_guess, found.classes.constant_accuracy)
        show(class_bars(found.classes.table, palette(), names, constant_guess=guess), "classes")
    with right:
        columns = st.columns(3)
        columns[0].metric("Training", f"{now.split.train.n_documents:,}")
        columns[1].metric("Validation", f"{now.split.validation.n_documents:,}")
        columns[2].metric("Test, sealed", f"{test.n_documents:,}")
        st.caption(
            f"{plain(now.corpus.provenance.origin)}. Licence: {plain(now.corpus.provenance.licence)}. "
            f"{plain(now.corpus.provenance.note)} Stratified by class, seed {now.recipe.split.split_seed}. "
            "Of the test articles only numbers are told until the test set is opened."
        )
    articles.read(now, 0)


def duplicates_view(now: Now) -> None:
    """Articles that repeat each other, within a split and across."""
    found = stages.inspection(now.recipe)
    st.subheader("Exact duplicates")
    st.dataframe(articles.duplicate_table(found.duplicates), hide_index=True)
    st.caption(
        f"Sealed test articles: {found.duplicates.n_test_within:,} repeat another test article, "
        f"{found.duplicates.n_test_of_training:,} repeat a training article."
    )
    if len(found.duplicates.groups):
        behind(articles.duplicate_groups(now, found.duplicates), "duplicate_groups", "Read the repeated articles")


def articles_view(now: Now) -> None:
    """How long the articles are, and all of them to search and read."""
    found = stages.inspection(now.recipe)
    drawing = length_histogram(found.lengths.articles, palette(), now.split.class_names)
    show(drawing, "lengths", behind_it=found.lengths.table)
    articles.browse(now)
