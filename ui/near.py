"""What repeats in a split, found once for all sessions: whole articles, whatever a recipe reads of them."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from bowcore.corpus.split import Split, whole_texts
from bowcore.findings.overview import Duplicates, find_duplicates


def exact_duplicates(key: str, split: Split) -> Duplicates:
    """Open articles whose headline and body read exactly alike; `key` is of this very split."""
    return _exact_duplicates(key, split)


def whole_text(split: Split, position: int) -> str:
    """Headline and body of an open article, training articles first, as the corpus has them."""
    n_train = split.train.n_documents
    part, row = (split.train, position) if position < n_train else (split.validation, position - n_train)
    return " ".join(part.articles[name][row].as_py() for name in ("title", "body"))


@st.cache_resource(max_entries=4, show_spinner=False)
def _exact_duplicates(key: str, _split: Split) -> Duplicates:
    parts = (whole_texts(_split.train), whole_texts(_split.validation))
    return find_duplicates(
        pa.chunked_array([chunk for part in parts for chunk in part.chunks]).combine_chunks(), _split
    )
