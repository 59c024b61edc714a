"""Near repeats of the open articles, for recipes that leave them out."""

from __future__ import annotations

import streamlit as st

from bowcore.corpus.split import Split
from bowcore.findings.leaks import needs_near_duplicates
from bowcore.findings.near_duplicates import NearDuplicates, find_near_duplicates
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.find_duplicates import duplicates_key, read_near


def near_if_needed(recipe: Recipe, corpus_digest: str, split: Split) -> NearDuplicates | None:
    """The near repeats, where the recipe leaves them out: those that the job of the Duplicates view kept, or new ones.

    Raises:
        MemoryBudgetError: They would not fit.
    """
    return near_duplicates(recipe, corpus_digest, split) if needs_near_duplicates(recipe.sample) else None


def near_duplicates(recipe: Recipe, corpus_digest: str, split: Split) -> NearDuplicates:
    """Every pair of the open articles that is much alike; `split` is the recipe's.

    Raises:
        MemoryBudgetError: It would not fit.
    """
    return _near_duplicates(duplicates_key(recipe, corpus_digest), split)


@st.cache_resource(max_entries=2, show_spinner="Comparing the articles…")
def _near_duplicates(key: str, _split: Split) -> NearDuplicates:
    return read_near(key) or find_near_duplicates(_split)
