"""What repeats in a split, found once for all sessions: whole articles, whatever a recipe reads of them."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from bowcore.corpus.split import Split, whole_texts
from bowcore.findings.leaks import needs_near_duplicates
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates
from bowcore.findings.overview import Duplicates, find_duplicates
from bowcore.recipe.recipe import Recipe


def near_duplicates(key: str, split: Split) -> NearDuplicates:
    """Every pair of the open articles that is much alike; `key` is of this very split.

    Raises:
        MemoryBudgetError: It would not fit.
    """
    return _near_duplicates(key, split)


def near_if_needed(recipe: Recipe, key: str, split: Split) -> NearDuplicates | None:
    """The near duplicates, where the recipe leaves them out.

    Raises:
        MemoryBudgetError: They would not fit.
    """
    return near_duplicates(key, split) if needs_near_duplicates(recipe.sample) else None


def exact_duplicates(key: str, split: Split) -> Duplicates:
    """Open articles whose headline and body read exactly alike; `key` is of this very split."""
    return _exact_duplicates(key, split)


@st.cache_resource(max_entries=4, show_spinner=False)
def _exact_duplicates(key: str, _split: Split) -> Duplicates:
    parts = (whole_texts(_split.train), whole_texts(_split.validation))
    return find_duplicates(
        pa.chunked_array([chunk for part in parts for chunk in part.chunks]).combine_chunks(), _split
    )


@st.cache_resource(max_entries=2, show_spinner="Comparing the articles…")
def _near_duplicates(key: str, _split: Split) -> NearDuplicates:
    return find_near_duplicates(_split)
