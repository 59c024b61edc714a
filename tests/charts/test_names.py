"""Names in charts are never keys."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from bowcore.names import LIMIT, shortened
from charts.classes import class_bars
from charts.components import article_map
from charts.confusion import confusion_matrix
from charts.leftovers import leftover_shares, tag_classes
from charts.lengths import length_histogram
from charts.names import looked_up, positions
from charts.palette import LIGHT
from charts.scores import per_class_scores
from charts.typical import typical_words
from charts.vocabulary import unknown_shares
from charts.words import words_that_decide

NAMES = ["constructor", "toString", "hasOwnProperty", "__proto__", "valueOf"]
"""Members of every JavaScript object."""

KEYED = ("x", "y", "xOffset", "yOffset", "color", "shape", "opacity", "detail", "order", "facet", "row", "column")
"""Channels by whose values Vega groups rows or looks up a scale."""


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"class": NAMES, **columns})


DRAWINGS = {
    "class_bars": lambda: class_bars(table(split="training", n=5), LIGHT, NAMES, (NAMES[0], 0.2)),
    "article_map": lambda: article_map(
        table(position=range(5), number=range(5), x=range(5), y=range(5), split="training"), LIGHT, NAMES, ("a", "b")
    ),
    "confusion_matrix": lambda: confusion_matrix(
        pd.DataFrame({"actual": NAMES, "predicted": NAMES, "n": 3}), LIGHT, NAMES
    ),
    "leftover_shares": lambda: leftover_shares(table(kind=NAMES, articles=2, share=0.5), LIGHT, NAMES),
    "tag_classes": lambda: tag_classes(
        pd.DataFrame({"tag": NAMES, "articles": 9, **dict.fromkeys(NAMES, 0.2)}), LIGHT, NAMES, NAMES
    ),
    "length_histogram": lambda: length_histogram(table(length=range(1, 6), split="training"), LIGHT, NAMES),
    "per_class_scores": lambda: per_class_scores(
        table(measure="recall", value=0.5, low=0.4, high=0.6, n_right=1, n_documents=2), LIGHT, NAMES
    ),
    "typical_words": lambda: typical_words(
        table(term=NAMES, z=2.0, log_odds=1.0, documents=3, other_documents=1), LIGHT, NAMES, NAMES[0], 3.0
    ),
    "unknown_shares": lambda: unknown_shares(table(split="training", share=0.1), LIGHT, "tokens"),
    "words_that_decide": lambda: words_that_decide(table(term=NAMES, weight=1.0), LIGHT, NAMES),
}


def encodings(view: Any) -> Iterator[dict[str, Any]]:
    if isinstance(view, dict):
        yield from [view["encoding"]] if isinstance(view.get("encoding"), dict) else []
        for value in view.values():
            yield from encodings(value)
    elif isinstance(view, list):
        for value in view:
            yield from encodings(value)


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_channel_that_groups_rows_has_names_of_the_corpus_as_values(name: str) -> None:
    specification = DRAWINGS[name]().specification()
    rows = [row for rows in specification["datasets"].values() for row in rows]
    held = {field for row in rows for field, value in row.items() if value in NAMES}
    for encoding in encodings(specification):
        for channel in KEYED:
            used = encoding.get(channel) or {}
            assert used.get("field") not in held, (channel, used)
            assert not set(NAMES) & set(map(str, (used.get("scale") or {}).get("domain", ())))
            assert not isinstance(used.get("sort"), list) or not set(NAMES) & set(used["sort"])
            assert '{"' not in str((used.get("axis") or {}).get("labelExpr", "")), "labels are looked up by position"


def test_positions_are_those_of_the_list() -> None:
    assert positions(["b", "z", "a"], ["a", "b"]).tolist() == [1, -1, 0]
    assert json.dumps(shortened(["x" * 100])) == json.dumps([f"{'x' * 12}…{'x' * 11}"]) and LIMIT == 24


def test_no_label_of_an_expression_is_a_member_of_every_object() -> None:
    labels = json.loads(looked_up([*NAMES, "sport"]).removesuffix("[datum.value]"))
    assert not set(NAMES) & set(labels)
    assert [label.strip("\N{WORD JOINER}") for label in labels] == [*NAMES, "sport"]
