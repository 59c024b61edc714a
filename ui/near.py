"""What repeats in a split, found once for all sessions: whole articles, whatever a recipe reads of them."""

from __future__ import annotations

import streamlit as st

from bowcore.corpus.split import Split
from bowcore.findings.leaks import needs_near_duplicates
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates
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


@st.cache_resource(max_entries=2, show_spinner="Comparing the articles…")
def _near_duplicates(key: str, _split: Split) -> NearDuplicates:
    return find_near_duplicates(_split)
