import json

import pandas as pd
import pytest

from bowcore.findings.agency_tags import share_columns
from charts.leftovers import leftover_shares, tag_classes
from charts.palette import DARK, ENOUGH_CONTRAST, LIGHT, contrast
from tests.joined import joined

NAMES = ["bread", "cheese"]
SHARES = pd.DataFrame(
    {
        "kind": ["entity", "entity", "tag", "tag"],
        "class": NAMES * 2,
        "articles": [3, 0, 1, 4],
        "share": [0.3, 0.0, 0.1, 0.4],
    }
)
TAGS = pd.DataFrame(
    {"tag": ["AB", "CD", "EF"], "articles": [40, 30, 5], "bread": [0.5, 0.9, 1.0], "cheese": [0.5, 0.1, 0.0]}
)


def test_every_class_has_a_mark_for_every_kind_at_its_share(layers):
    ((layer, rows),) = layers(leftover_shares(SHARES, LIGHT, NAMES))
    assert [(row["kind"], row["class"], row["share"]) for row in rows] == list(
        SHARES[["kind", "class", "share"]].itertuples(index=False, name=None)
    )
    low, high = layer["encoding"]["x"]["scale"]["domain"]
    assert low < 0 < 0.4 < high
    shape = layer["encoding"]["shape"]
    assert shape["scale"]["domain"] == list(range(len(NAMES))), "never by colour alone"
    assert shape["legend"]["labelExpr"] == f"{json.dumps(NAMES)}[datum.value]"
    assert [NAMES[row["class_position"]] for row in rows] == [row["class"] for row in rows]


def test_the_finding_names_the_largest_share():
    drawing = leftover_shares(SHARES, LIGHT, NAMES)
    assert drawing.finding == joined("40.0 % of all cheese articles contain: tag (the largest share).")
    assert joined("entity: most in bread, 30.0 %") in drawing.alt


def test_a_class_without_articles_has_no_mark(layers):
    missing = SHARES.assign(share=[0.3, float("nan"), 0.1, 0.4])
    ((_, rows),) = layers(leftover_shares(missing, LIGHT, NAMES))
    assert len(rows) == 3


def test_more_classes_than_colours_leave_out_the_legend(layers):
    names = [f"class {number}" for number in range(20)]
    table = pd.DataFrame({"kind": "entity", "class": names, "articles": 1, "share": 0.1})
    ((layer, rows),) = layers(leftover_shares(table, LIGHT, names))
    assert len(rows) == 20 and layer["encoding"]["color"]["legend"] is None
    assert "shape" not in layer["encoding"]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_bars_of_a_tag_are_its_shares_in_the_colours_of_the_classes(layers, palette):
    (bars, rows), *_, (_, ends) = layers(tag_classes(TAGS, palette, NAMES, ["AB", "CD"]))
    drawn = {(row["tag"], row["class"]): row["share"] for row in rows}
    assert drawn == {("AB", "bread"): 0.5, ("AB", "cheese"): 0.5, ("CD", "bread"): 0.9, ("CD", "cheese"): 0.1}
    assert bars["encoding"]["color"]["scale"] == {"domain": [0, 1], "range": list(palette.classes[:2])}
    assert [row["label"] for row in ends] == ["40", "30"]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda palette: palette.name)
def test_parts_of_a_tag_are_labelled_in_a_readable_colour(layers, palette):
    _, (whole, rows), (code, _), _ = layers(tag_classes(TAGS, palette, NAMES, TAGS["tag"]))
    assert (whole["encoding"]["text"]["field"], code["encoding"]["text"]["field"]) == ("label", "code")
    middles = {(row["tag"], row["class"]): row["middle"] for row in rows}
    assert middles["AB", "bread"] == 0.25 and middles["AB", "cheese"] == 0.75
    assert {(row["class"], row["code"]) for row in rows} == {("bread", "bre"), ("cheese", "che")}
    fills = dict(zip(NAMES, palette.classes, strict=False))
    assert all(contrast(row["ink"], fills[row["class"]]) >= ENOUGH_CONTRAST for row in rows)


def test_a_click_on_a_bar_of_a_tag_or_on_its_words_selects_what_the_tag_is_counted_as(layers):
    drawing = tag_classes(TAGS, LIGHT, NAMES, ["a b", "cd"])
    assert drawing.specification()["params"][0]["name"] == "word"
    for layer, rows in layers(drawing):
        assert {(row["tag"], row["term"]) for row in rows} == {("AB", "a b"), ("CD", "cd")}
        assert layer["mark"]["cursor"] == "pointer"


def test_the_finding_is_the_tag_nearest_to_one_class():
    assert tag_classes(TAGS, LIGHT, NAMES, TAGS["tag"]).finding == joined(
        "5 articles are tagged EF: 100 % of them bread."
    )
    assert tag_classes(TAGS, LIGHT, NAMES, TAGS["tag"]).table.equals(TAGS)


@pytest.mark.parametrize("names", [["tag", "articles"], ["share", "class"], ["tag", "tag (class)"]])
def test_classes_named_like_columns_are_drawn_under_their_own_names(layers, names):
    table = TAGS.set_axis(["tag", "articles", *share_columns(names)], axis="columns")
    drawing = tag_classes(table, LIGHT, names, TAGS["tag"])
    (_, rows), *_ = layers(drawing)
    assert [(row["tag"], row["class"], row["share"], row["articles"]) for row in rows] == [
        ("AB", names[0], 0.5, 40),
        ("CD", names[0], 0.9, 30),
        ("EF", names[0], 1.0, 5),
        ("AB", names[1], 0.5, 40),
        ("CD", names[1], 0.1, 30),
        ("EF", names[1], 0.0, 5),
    ]
    assert drawing.finding == joined(f"5 articles are tagged EF: 100 % of them {names[0]}.")


def test_no_leftovers_are_stated():
    assert leftover_shares(SHARES.head(0), LIGHT, NAMES).finding == "No leftovers of any kind were found."
