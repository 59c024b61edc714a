"""Words: which terms, how often, and what the shape of their frequencies says."""

from __future__ import annotations

import streamlit as st

from bowcore.matrix import zipf
from charts.frequency import count_bands, coverage_curve, linear_bars, rank_frequency
from ui import session, stages
from ui.context import word_table
from ui.header import previous_answer
from ui.show import behind, palette, show
from ui.wording import percent

now, before = stages.now(session.recipe()), previous_answer()
ranked = stages.ranked(now.recipe)
vocabulary = now.matrix.vocabulary
covered = zipf.coverage(vocabulary.term_frequency)

columns = st.columns(4)
columns[0].metric("Terms (columns)", f"{len(ranked):,}")
columns[1].metric("Tokens in training articles", f"{int(ranked['count'].sum()):,}")
columns[2].metric("Terms seen once", percent(zipf.hapax_share(vocabulary.term_frequency)))
columns[3].metric("Terms that make 90 % of the text", f"{covered[1].n_terms:,}")

left, right = st.columns([3, 2], gap="medium")
with left:
    view = st.segmented_control(
        "Chart",
        ("Log–log", "Linear bars (tutorial)", "How often", "Coverage"),
        required=True,
        default="Log–log",
        key="words_chart",
        label_visibility="collapsed",
        persist_state="session",
    )
    counts = ranked["count"].to_numpy()
    if view == "Log–log":
        previous = stages.ranked(before.recipe) if before is not None and before is not now else None
        ghost = None if previous is None else (previous["rank"].to_numpy(), previous["count"].to_numpy())
        drawing = rank_frequency(ranked["rank"].to_numpy(), counts, ranked["term"].to_numpy(), palette(), ghost=ghost)
    elif view == "Linear bars (tutorial)":
        drawing = linear_bars(counts, palette(), terms=ranked["term"].to_numpy())
    elif view == "How often":
        drawing = count_bands(counts, palette())
    else:
        drawing = coverage_curve(counts, palette(), marks=(0.5, 0.9, 0.99))
    show(drawing, "frequency")
    st.caption(
        f"{len(ranked):,} terms of {vocabulary.n_documents:,} training articles under this recipe."
        + (" The grey dashed line is the recipe before." if view == "Log–log" and before is not None else "")
    )
with right:
    wanted = st.text_input("Find a term", placeholder="part of a term", key="words_find")
    found = ranked[ranked["term"].str.contains(wanted.strip(), regex=False)] if wanted.strip() else ranked
    if not len(found):
        st.info("No term holds these letters under this recipe. Case matters when lower case is off.")
    else:
        table = found.rename(columns={"document_count": "articles", "share": "share of tokens"})
        word_table(
            table.head(100),
            now,
            "words_table",
            height=420,
            column_config={
                "share of tokens": st.column_config.NumberColumn(format="percent"),
                "count": st.column_config.NumberColumn(format="localized"),
                "articles": st.column_config.NumberColumn(format="localized"),
            },
        )
        st.caption(
            f"The first {min(100, len(table)):,} of {len(table):,} terms, most frequent first. "
            "Click a row to read it in its places."
        )
        behind(table, "ranked_terms", "Download")
