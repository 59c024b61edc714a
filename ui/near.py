"""The near duplicates of a split, found once for all sessions."""

from __future__ import annotations

import streamlit as st

from bowcore.corpus.leaks import needs_near_duplicates
from bowcore.corpus.near import NearDuplicates, find_near_duplicates
from bowcore.corpus.split import Split
from bowcore.recipe import Recipe


def near_duplicates(recipe: Recipe, split: Split) -> NearDuplicates:
    """Every pair of the open articles that is much alike; `split` is the recipe's.

    Raises:
        MemoryBudgetError: It would not fit.
    """
    return _near_duplicates(recipe.key("split"), split)


def near_if_needed(recipe: Recipe, split: Split) -> NearDuplicates | None:
    """The near duplicates, where the recipe leaves them out.

    Raises:
        MemoryBudgetError: They would not fit.
    """
    return near_duplicates(recipe, split) if needs_near_duplicates(recipe.sample) else None


@st.cache_resource(max_entries=2, show_spinner="Comparing the articles…")
def _near_duplicates(key: str, _split: Split) -> NearDuplicates:
    return find_near_duplicates(_split)
