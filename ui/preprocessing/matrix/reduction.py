"""LSA and PCA: a job computes them, the page shows variance, terms, and articles on a map."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.matrix.reduction import Method, most_components
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import decimal, percent, seconds
from bowcore.tasks.reduce import METHODS, NAMES, SIZES, KeptReduction, find_reduction, reduction_key, request_reduction
from charts.components import POINT, article_map, explained_variance
from ui.answers import kept
from ui.job_panel import job_panel
from ui.reading.articles import read
from ui.reading.clickable_words import word_pills, word_table
from ui.reading.tables import palette, show
from ui.state import open_view, widgets
from ui.texts import plain

Found = dict[Method, KeptReduction]


def reduction(answer: Answer) -> None:
    """Both methods side by side, once a job has computed them."""
    limit = most_components(answer.matrix.features.train)
    sizes = [size for size in SIZES if size <= limit]
    if not sizes:
        st.info(
            f"{answer.matrix.features.train.shape[0]:,} {TEXTS} and {answer.matrix.features.n_terms:,} terms are too "
            f"few: two components need three of each. Take more training {TEXTS}, or keep more terms."
        )
        return
    n_components = st.segmented_control(
        "Components",
        sizes,
        required=True,
        default=sizes[min(2, len(sizes) - 1)],
        key=f"reduction_size_{len(sizes)}",
    )
    open_view.settle("matrix_panel", n=n_components)
    recipe, digest = answer.recipe, answer.corpus.digest
    found = job_panel(
        "reduction",
        reduction_key(recipe, digest, n_components),
        partial(request_reduction, recipe, digest, n_components),
        partial(_invite, answer, n_components),
        partial(_found, answer, n_components),
    )
    if found is None:
        return
    _difference(answer, found)
    _variance(found)
    _components_and_map(answer, found, n_components)


def _invite(answer: Answer, n_components: int) -> str:
    train = answer.matrix.features.train
    st.markdown(
        f"**{n_components:,} columns instead of {train.shape[1]:,}.** LSA uses the matrix as it is; PCA subtracts the "
        f"mean {TEXT} first. Both are fitted on {train.shape[0]:,} training {TEXTS} without ever writing out an "
        f"empty cell, and validation {TEXTS} are projected."
    )
    st.caption(
        f"{train.nnz:,} filled cells: from a second for small corpora to half a minute for 50 components of 50,000 "
        f"{TEXTS}."
    )
    return f"Compute {n_components:,} components"


def _difference(answer: Answer, found: Found) -> None:
    lsa, pca = found["lsa"], found["pca"]
    first = ", ".join(f"“{plain(term)}”" for term, _ in lsa.terms[0][:4])
    st.markdown(
        f"**The mean {TEXT} makes up {percent(pca.mean_share)} of the squared cells, and that is the difference.** "
        f"PCA subtracts it, LSA keeps it: LSA's first component ({first} …) has cosine {decimal(lsa.toward_mean, 3)} "
        f"with the mean {TEXT}, PCA's {decimal(pca.toward_mean, 3)}. Its singular value, "
        f"{decimal(lsa.singular_values[0])}, is the largest of LSA, and it explains "
        f"{percent(float(lsa.explained[0]), 2)} of the variance; PCA's first explains "
        f"{percent(float(pca.explained[0]), 2)}. Subtracting the mean from the cells would fill every one of them; "
        "here it is subtracted inside each product of the matrix with a vector."
    )
    word_pills([term for term, _ in lsa.terms[0][:4]], answer, "reduction_first")


def _variance(found: Found) -> None:
    show(
        explained_variance({NAMES[method]: found[method].explained for method in METHODS}, palette()),
        "reduction_variance",
    )
    times = " and ".join(f"{NAMES[method]} {seconds(found[method].seconds)}" for method in METHODS)
    st.caption(f"Fitted on {found['lsa'].n_train:,} training {TEXTS}: {times}. A low sum is usual for text.")


def _components_and_map(answer: Answer, found: Found, n_components: int) -> None:
    one, two, three = st.columns([2, 1, 1], vertical_alignment="bottom")
    method, bound = widgets.carried("reduction_method", METHODS, "pca")
    method = one.segmented_control(
        "Method", METHODS, required=True, default=method, format_func=NAMES.__getitem__, **bound
    )
    name = NAMES[method]
    numbers = range(1, n_components + 1)
    across = two.selectbox("Across", numbers, 0, key=f"reduction_x_{n_components}")
    up = three.selectbox("Up", numbers, 1, key=f"reduction_y_{n_components}")
    open_view.settle("matrix_panel", method=method, across=across, up=up)
    kept = found[method]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        position = _map(answer, kept, name, across, up)
    with right:
        for place, number in enumerate(dict.fromkeys((across, up))):
            st.markdown(
                f"**Terms of component {number}** · {percent(float(kept.explained[number - 1]), 2)} of variance"
            )
            word_table(
                pd.DataFrame(kept.terms[number - 1], columns=["term", "loading"]),
                answer,
                f"reduction_terms_{place}",
                height=215,
                formats={"loading": partial(decimal, digits=3)},
            )
    if position is None:
        st.caption(f"Click a point to read its {TEXT}.")
    else:
        read(answer, position)


def _map(answer: Answer, kept: KeptReduction, name: str, across: int, up: int) -> int | None:
    positions = kept.positions
    articles = [answer.split.article(int(position)) for position in positions]
    table = pd.DataFrame(
        {
            "position": positions,
            "number": [article.number for article in articles],
            "x": np.round(kept.coordinates[:, across - 1].astype(np.float64), 4),
            "y": np.round(kept.coordinates[:, up - 1].astype(np.float64), 4),
            "class": [article.class_name for article in articles],
            "split": [article.split for article in articles],
        }
    )
    axes = (f"{name} component {across}", f"{name} component {up}")
    drawing = article_map(table, palette(), answer.split.class_names, axes)
    event = show(drawing, f"reduction_map_{name}_{across}_{up}", on_select=True)
    n_all = answer.n_train + answer.split.validation.n_documents
    st.caption(
        f"A stratified sample: {len(positions):,} of {n_all:,} {TEXTS}. Two of {kept.coordinates.shape[1]:,} "
        f"components: {TEXTS} that lie together here may lie apart in the others."
    )
    points = event.selection.get(POINT, []) if event else []
    chosen = [int(point["position"]) for point in points if "position" in point]
    return chosen[0] if chosen else None


@kept("weighting")
def _found(answer: Answer, n_components: int) -> Found | None:
    return find_reduction(answer.recipe, answer.corpus.digest, n_components)
