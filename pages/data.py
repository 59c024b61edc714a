"""Data: what the articles contain, before anything is counted."""

from __future__ import annotations

import streamlit as st

from charts.classes import class_bars, length_histogram
from ui import articles, session, stages
from ui.show import behind, palette, show
from ui.wording import plain

recipe = session.recipe()
now, found = stages.now(recipe), stages.inspection(recipe)
names, test = now.split.class_names, now.split.test

left, right = st.columns([3, 2], gap="medium")
with left:
    guess = (found.classes.constant_guess, found.classes.constant_accuracy)
    show(class_bars(found.classes.table, palette(), names, constant_guess=guess), "classes")
    show(length_histogram(found.lengths.articles, palette(), names), "lengths", behind_it=found.lengths.table)
with right:
    columns = st.columns(3)
    columns[0].metric("Training", f"{now.split.train.n_documents:,}")
    columns[1].metric("Validation", f"{now.split.validation.n_documents:,}")
    columns[2].metric("Test, sealed", f"{test.n_documents:,}")
    st.caption(
        f"{plain(now.corpus.provenance.origin)}. Licence: {plain(now.corpus.provenance.licence)}. "
        f"{plain(now.corpus.provenance.note)} Stratified by class, seed {recipe.split.split_seed}. "
        "Of the test articles only numbers are told until the test set is opened."
    )
    st.subheader("Exact duplicates")
    st.dataframe(articles.duplicate_table(found.duplicates), hide_index=True)
    st.caption(
        f"Sealed test articles: {found.duplicates.n_test_within:,} repeat another test article, "
        f"{found.duplicates.n_test_of_training:,} repeat a training article."
    )
    if len(found.duplicates.groups):
        behind(articles.duplicate_groups(now, found.duplicates), "duplicate_groups", "Read the repeated articles")

st.subheader("Articles")
articles.browse(now)
