"""Document-frequency limits: a preview of the words they remove."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.matrix.limits import Removed, preview_limits, terms_by_minimum
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import percent
from charts.vocabulary import terms_left
from ui.answers import kept
from ui.reading.clickable_words import word_table, words_behind
from ui.reading.tables import metric_row, palette, show, table_height
from ui.state import open_view, session

MINIMA = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
NO_LIMITS = (1, 1.0)
TRIED_FIRST = (2, 0.5)
SHOWN = 100
COUNTED = {
    "term": st.column_config.TextColumn(width=73),
    "count": st.column_config.NumberColumn(format="localized", width=52),
    "articles": st.column_config.NumberColumn(format="localized", width=60),
}


def limits(answer: Answer) -> None:
    """Two limits to try, what each would remove, and a button that sets them."""
    frequency, documents = _frequencies(answer)
    n_documents = answer.n_train
    low, high, use = st.columns([3, 3, 2], vertical_alignment="bottom", gap="medium")
    own = (answer.recipe.vocabulary.min_documents, answer.recipe.vocabulary.max_document_share)
    # limits that remove nothing show nothing, so start with a common pair
    first = own if own != NO_LIMITS else TRIED_FIRST
    minima = sorted({*(m for m in MINIMA if m <= n_documents), own[0]})
    shares = sorted({*SHARES, own[1]})
    least = low.select_slider(
        f"Keep terms in at least … {TEXTS}",
        minima,
        min(first[0], minima[-1]),
        format_func=lambda m: f"{m:,}",
        key=f"limits_least_{own[0]}_{n_documents}",
    )
    most = high.select_slider(
        f"Keep terms in at most … of the {TEXTS}",
        shares,
        first[1],
        format_func=lambda share: percent(share, 0 if share >= 0.01 else 2),
        key=f"limits_most_{own[1]}",
    )
    open_view.settle("matrix_panel", least=least, share=most)
    found = preview_limits(frequency, documents, n_documents, least, most)
    same = (least, most) == own
    use.button(
        "In force" if same else "Set these limits",
        disabled=same or not found.n_left,
        key="limits_use",
        on_click=session.change,
        kwargs={"min_documents": least, "max_document_share": most},
        width="stretch",
    )
    row = metric_row()
    row.metric("Terms left", f"{found.n_left:,} of {found.n_terms:,}")
    row.metric("Tokens left", percent(found.n_tokens_left / max(found.n_tokens, 1)))
    row.metric("Rare terms gone", f"{found.rare.n_terms:,}")
    row.metric("Common terms gone", f"{found.common.n_terms:,}")
    if not found.n_left:
        st.warning("No term would be left. Lower the minimum, or raise the maximum.", icon=":material/block:")
    # three side by side, or one below the other if a table would lose its last column
    panels = st.grid(3, min_column_width=215, gap=("small", "medium"))
    with panels.cell():
        show(terms_left(*terms_by_minimum(documents), least, palette()), "limits_curve")
    with panels.cell():
        _removed(answer, "Rare: gone below the minimum", found.rare, "rare")
    with panels.cell():
        _removed(answer, "Common: gone above the maximum", found.common, "common")
    st.caption(
        f"Counted over the {n_documents:,} training {TEXTS} of this recipe, before the vocabulary size. What a "
        f"model knows of a term of one {TEXT}, it knows from that {TEXT} alone."
    )


def _removed(answer: Answer, title: str, removed: Removed, key: str) -> None:
    st.markdown(f"**{title}**")
    if not removed.n_terms:
        st.caption("No terms.")
        return
    table = _table(answer, removed.columns[:SHOWN])
    word_table(table, answer, f"limits_{key}", height=min(table_height(len(table)), 300), column_config=COUNTED)
    st.caption(f"{min(SHOWN, removed.n_terms):,} of {removed.n_terms:,} terms, {removed.n_tokens:,} tokens.")
    if removed.n_terms > SHOWN:
        words_behind(_table(answer, removed.columns), answer, f"limits_{key}_all", "Download")


def _table(answer: Answer, columns: NDArray[np.int64]) -> pd.DataFrame:
    frequency, documents = _frequencies(answer)
    return pd.DataFrame(
        {
            "term": answer.counts.terms.take(pa.array(columns)).to_pandas().astype("str"),
            "count": frequency[columns],
            "articles": documents[columns],
        }
    )


@kept("sample")
def _frequencies(answer: Answer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Occurrences and articles of every counted term in the recipe's training articles."""
    rows, whole = answer.matrix.rows, answer.counts.train
    train = whole if len(rows) == whole.shape[0] else whole[rows]
    size = len(answer.counts.terms)
    occurrences = np.bincount(train.indices, weights=train.data, minlength=size).astype(np.int64)
    return occurrences, np.bincount(train.indices, minlength=size)
