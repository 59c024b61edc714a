"""Two rows of the table article by article: who was fixed, who was broken, and where the matrix moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from bowcore.errors import BowlabError
from bowcore.experiment.answer import Answer
from bowcore.judge.comparison import PairedChange, WhoChanged, matrix_change, paired_change, who_changed
from bowcore.names import short
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import class_in_words, p_value, percent
from bowcore.recipe.recipe import Recipe
from bowcore.trace.lineage import Trace
from charts.matrix_change import matrix_change as draw_change
from ui import answers
from ui.compare.rows import Row, paired
from ui.reading.marked_text import weighed_words
from ui.reading.tables import behind, draw, palette, turned_page
from ui.shell import judgement
from ui.state import open_view
from ui.state.judge import Model
from ui.texts import plain, sentence

PER_PAGE = 6
WORDS = 26
"""Words of a text that are shown; the whole text is on the Confusion matrix page."""
HEIGHT = 236
LONGEST = 32
Codes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A validation article that got another label.

    Attributes:
        place: Its position among the validation articles.
        said: The class that it gets now.
        was: The class that it got before.
        words: Its first words, followed to their terms.
        has_more: Whether it has more words.
        weights: How much words speak for `said` rather than `was`: by term, or word by word; empty if not known.
    """

    place: int
    said: int
    was: int
    words: Trace
    has_more: bool
    weights: Mapping[str, float] | Sequence[float] = field(default_factory=dict)


def pair(answer: Answer, reference: Row, compared: Row) -> None:
    """The sentence on the change, the signed matrix, and both lists of texts."""
    open_view.settle("compare_view", before=reference.recipe, now=compared.recipe)
    if reference is compared:
        st.info("The reference is compared with itself. Choose another row, by a click in the table or from its list.")
        return
    if not paired(reference, compared):
        st.info(f"These two were judged on different validation {TEXTS}, so no {TEXT} can be compared with itself.")
        return
    missing = next((row for row in (reference, compared) if row.predictions is None), None)
    if missing is not None or reference.predictions is None or compared.predictions is None:
        name = plain((missing or compared).name)
        st.info(f"The stored model of {name} was deleted, so there is nothing to compare {TEXT} by {TEXT}.")
        return
    # of runs with another seed of the split than the page's, their own articles
    judged = answer if reference.recipe.split == answer.recipe.split else answers.answer(reference.recipe)
    change = paired_change(judged.labels, reference.predictions, compared.predictions)
    who = who_changed(judged.labels, reference.predictions, compared.predictions)
    _summary(judged, reference, compared, change)
    if not change.n_changed_label:
        st.markdown(f"**Nobody was fixed and nobody was broken:** both give every {TEXT} the same label.")
        return
    left, middle, right = st.columns([9, 10, 10], gap="small")
    with left:
        cells = matrix_change(judged.labels, reference.predictions, compared.predictions, len(judged.split.class_names))
        drawing = draw_change(cells, palette(), judged.split.class_names, f"● less ★, {TEXTS}")
        draw(drawing, "compare_matrix", beside=lambda: behind(drawing.table, "compare_matrix_table"))
    with middle:
        _texts("fixed", judged, reference, compared, who.fixed)
    with right:
        _texts("broken", judged, reference, compared, who.broken)
    st.caption(_closing(judged, reference, compared, who))


def _summary(answer: Answer, reference: Row, compared: Row, change: PairedChange) -> None:
    several = [row for row in (reference, compared) if len(row.shares) > 1]
    seeds = " Of several seeds the newest is compared." if several else ""
    with st.container(gap="xxsmall"):
        _sentences(answer, reference, compared, change, seeds)


def _sentences(answer: Answer, reference: Row, compared: Row, change: PairedChange, seeds: str) -> None:
    st.markdown(
        f"**{plain(short(compared.name, LONGEST))} fixed {change.n_fixed:,} and broke {change.n_broken:,} of "
        f"{change.n_documents:,}.** {change.in_points} points ({change.ends}), exact McNemar p "
        f"{p_value(change.p_value)}: **{change.verdict}**."
    )
    st.caption(
        f"★ {plain(reference.accuracy_in_words)}, ● {plain(compared.accuracy_in_words)} of {change.n_documents:,}; "
        f"always guessing {plain(answer.guess)}: {percent(answer.baseline.value)}.{seeds}"
    )


_HEADS = {
    "fixed": ("check_circle", "Fixed", "wrong → right"),
    "broken": ("cancel", "Broken", "right → wrong"),
}


def _texts(kind: str, answer: Answer, reference: Row, compared: Row, places: NDArray[np.int64]) -> None:
    icon, name, meaning = _HEADS[kind]
    st.markdown(f":material/{icon}: **{name} ({len(places):,})** :small[{meaning}]")
    if not len(places):
        st.caption(f"No {TEXT} was {name.lower()}.")
        return
    n_pages = -(-len(places) // PER_PAGE)
    key = f"compare_{kind}_page"
    page, turn = turned_page(key, n_pages)
    with st.container(height=HEIGHT, border=True, gap="xxsmall", key=f"compare_{kind}"):
        for moved in _moved(answer, reference, compared, places[(page - 1) * PER_PAGE : page * PER_PAGE]):
            _text(answer, moved)
    if n_pages > 1:
        st.pagination(n_pages, max_visible_pages=5, **turn)


def _text(answer: Answer, moved: Moved) -> None:
    """What was said of a text and what is said now, and the words that speak for either."""
    names, said, was = answer.split.class_names, moved.said, moved.was
    called = [plain(short(class_in_words(names[code]), LONGEST)) for code in (was, said)]
    st.markdown(f":small[{called[0]} → **{called[1]}** · validation {TEXT} {moved.place + 1:,}]")
    towards, away = palette().two_colours(names, names[said], names[was])
    more = " …" if moved.has_more else ""
    st.html(weighed_words(moved.words, moved.weights, towards, away).replace("</div>", f"{more}</div>"))


def _moved(answer: Answer, reference: Row, compared: Row, places: NDArray[np.int64]) -> tuple[Moved, ...]:
    assert reference.predictions is not None and compared.predictions is not None
    said, was = (tuple(row[places].tolist()) for row in (compared.predictions, reference.predictions))
    recipe = compared.recipe.through("blocks" if compared.model == "blocks" else "weighting")
    chosen = tuple(places.tolist())
    try:
        now = answers.answer(recipe.through("weighting"))
        weighed = _weighed(recipe, compared.model, compared.artefact, chosen, said, was)
        return weighed or _followed(now, now.reading.texts, chosen, said, was)
    except BowlabError:  # such as lemmas that were deleted
        return _followed(answer, answer.reading.texts, chosen, said, was)


@answers.kept("blocks")
def _weighed(
    recipe: Recipe, model: Model, artefact: str, places: Codes, said: Codes, was: Codes
) -> tuple[Moved, ...] | None:
    """The texts with the weights of their words; None if the model was deleted."""
    now = answers.answer(recipe.through("weighting"))
    judged = judgement.Judgement(model, None, artefact=artefact, recipe=recipe if model == "blocks" else None)
    texts = now.reading.articles if model == "blocks" else now.reading.texts
    found, values = [], now.matrix.validation
    for moved in _followed(now, texts, places, said, was):
        article = now.split.article(now.split.train.n_documents + moved.place)
        explained = judgement.explained(now, judged, values[moved.place], article, moved.said, moved.was)
        if explained is None:
            return None
        found.append(replace(moved, weights=explained.weights))
    return tuple(found)


def _followed(now: Answer, texts: pa.Array, places: Codes, said: Codes, was: Codes) -> tuple[Moved, ...]:
    found = []
    for place, now_said, before in zip(places, said, was, strict=True):
        position = now.split.train.n_documents + place
        units = texts[position].as_py().split()
        words = now.trace(position, " ".join(units[:WORDS]))
        found.append(Moved(place, now_said, before, words, len(units) > WORDS))
    return tuple(found)


def _closing(answer: Answer, reference: Row, compared: Row, who: WhoChanged) -> str:
    """How colours are to be read, and the classes of which no text changed its label."""
    names = answer.split.class_names
    touched = set(answer.labels[np.concatenate([who.fixed, who.broken, who.moved])].tolist())
    still = [class_in_words(name) for code, name in enumerate(names) if code not in touched]
    shown = ", ".join(still[:3]) + (f" and {len(still) - 3} more classes" if len(still) > 3 else "")
    same = f" No {TEXT} of {sentence(shown)} changed its label." if still else ""
    moved = f" {len(who.moved):,} went from one wrong class to another." if len(who.moved) else ""
    exact = "approximate" if compared.model == "network" else "exact"
    return (
        f"Words of ●: solid line for what it says now, dashed for what ★ said; contributions are {exact}.{moved}{same}"
    )
