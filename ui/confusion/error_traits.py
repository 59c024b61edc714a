"""What wrongly predicted articles have in common, and how often articles with it are wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.judge.scores import Share
from bowcore.judge.traits import UNKNOWN_SHARE, Trait, find_traits, shortest
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import percent, points_alike, with_interval
from bowcore.tasks.find_leftovers import KIND, leftovers_key, read_leftovers, request_leftovers
from ui import job_panel
from ui.answers import kept
from ui.confusion.cell_beside import word_counts
from ui.confusion.cells import Model
from ui.reading.tables import dataframe
from ui.shell import copies

Mask = NDArray[np.bool_]


def traits(answer: Answer, model: Model) -> None:
    """The table of traits in both directions, for the articles of the slice."""
    rows, masks = model.rows, trait_masks(answer)
    wrong = (model.predictions != answer.labels)[rows]
    found = find_traits(wrong, {name: mask[rows] for name, mask in masks.items()})
    dataframe(_table(found), hide_index=True, key="traits")
    n_wrong = int(wrong.sum())
    st.caption(
        f"{n_wrong:,} of {len(rows):,} validation {TEXTS} are wrong. Left: of the errors, and of the right {TEXTS}, "
        f"the share with the trait. Right: the share of wrong {TEXTS} among those with it and among the others, and "
        "their difference in points; 95 % intervals in brackets. A trait of the errors says little if all have it."
    )
    _await(answer)


def trait_masks(answer: Answer) -> dict[str, Mask]:
    """Validation articles with each trait that is known; nothing is searched for here."""
    words, counted, unknown = word_counts(answer)
    short, most = shortest(words)
    masks = {
        f"short: at most {most:,} words, the shortest quarter": short,
        "an unknown word": unknown > 0,
        f"{percent(UNKNOWN_SHARE, 0)} of the words unknown, or more": (unknown > 0)
        & (unknown >= UNKNOWN_SHARE * counted),
    }
    tagged, repeated = _tagged(answer), copies.mask(answer)
    if tagged is not None:
        masks["a source tag"] = tagged
    if repeated is not None:
        masks[f"nearly repeats a training {TEXT}"] = repeated
    return masks


@kept("text")
def _tagged(answer: Answer) -> Mask | None:
    """Which validation articles carry the tag of an agency; None until they were searched for."""
    found = read_leftovers(leftovers_key(answer.recipe, answer.corpus.digest), answer.split)
    if found is None:
        return None
    mask = np.zeros(answer.split.n_open, np.bool_)
    mask[found.agency_tags.tagged] = True
    return mask[answer.split.train.n_documents :]


def _await(answer: Answer) -> None:
    """Have tags and near copies searched for, now that this view is open."""
    if _tagged(answer) is None:
        job = jobs.latest(KIND, leftovers_key(answer.recipe, answer.corpus.digest))
        if job is None or job_panel.is_worth_retrying(job):
            job = request_leftovers(answer.recipe, answer.corpus.digest, answer.split.n_open)
        if job.state == "stopped":
            st.caption("The search for source tags was stopped; *Leftovers* on the Data page starts it again.")
        else:
            job_panel.follow(job, "Source tags are being searched for")
    if copies.mask(answer) is None:
        st.caption(f"Near copies of training {TEXTS} are not counted yet; *Duplicates* on the Data page shows them.")


def _table(found: tuple[Trait, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trait": [item.name for item in found],
            f"{TEXTS}": [item.within.n_documents for item in found],
            "of the errors": [_share(item.of_errors) for item in found],
            "of the right": [_share(item.of_right) for item in found],
            "wrong with it": [_share(item.within) for item in found],
            "wrong without": [_share(item.without) for item in found],
            "points": [_gap(item) for item in found],
        }
    )


def _share(share: Share) -> str:
    return "–" if np.isnan(share.value) else with_interval(share)


def _gap(item: Trait) -> str:
    if not item.within.n_documents or not item.without.n_documents:
        return "–"
    difference, low, high = points_alike(item.gap.difference, item.gap.low, item.gap.high)
    return f"{difference} ({low} to {high})"
