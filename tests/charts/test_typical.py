import pandas as pd
import pytest

from charts.palette import DARK, LIGHT
from charts.typical import typical_words

NAMES = ("rail", "sea")
TABLE = pd.DataFrame(
    {
        "class": ["rail", "rail", "sea"],
        "term": ["train", "platform", "ferry"],
        "z": [4.0, 2.0, 3.0],
        "log_odds": [2.0, 1.0, 2.5],
        "documents": [1040, 3, 2],
        "other_documents": [0, 1, 0],
    }
)


def test_bars_are_those_of_the_class_and_carry_articles_inside_and_outside(layers):
    (_, rows), _ = layers(typical_words(TABLE, LIGHT, NAMES, "rail", 4.0))
    assert [(row["term"], row["label"]) for row in rows] == [("train", "1,040 : 0"), ("platform", "3 : 1")]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_class_keeps_its_colour(layers, palette):
    bars, _ = layers(typical_words(TABLE, palette, NAMES, "sea", 4.0))[0]
    assert bars["encoding"]["color"] == {"value": palette.classes[1]}


def test_charts_side_by_side_share_their_axis(layers):
    bars, _ = layers(typical_words(TABLE, LIGHT, NAMES, "sea", 4.0))[0]
    other, _ = layers(typical_words(TABLE, LIGHT, NAMES, "rail", 4.0))[0]
    assert bars["encoding"]["x"]["scale"] == other["encoding"]["x"]["scale"]


def test_the_alternative_text_lists_the_words():
    assert typical_words(TABLE, LIGHT, NAMES, "rail", 4.0).alt.endswith("Typical of rail: train, platform.")
    none = typical_words(TABLE[:0], LIGHT, NAMES, "rail", 4.0)
    assert none.finding == "rail: no word stands out"


def test_titles_of_names_that_differ_by_a_space_or_in_the_middle_are_distinct():
    reason = "payment_by_card_refused_for_"
    names = ["Hats", "Hats ", f"{reason}limit_of_the_card_passed", f"{reason}limit_of_a_shop_passed"]
    table = pd.concat([TABLE[TABLE["class"] == "rail"].assign(**{"class": name}) for name in names])
    titles = [typical_words(table, LIGHT, names, name, 4.0).finding.partition(": above all")[0] for name in names]
    assert titles[:2] == ["Hats", "Hats\N{OPEN BOX}"]
    assert len(set(titles)) == 4


def test_the_chosen_one_of_twenty_classes_is_coloured(layers):
    names = tuple(f"class {n}" for n in range(20))
    table = TABLE.assign(**{"class": "class 7"})
    bars, rows = layers(typical_words(table, LIGHT, names, "class 7", 4.0))[0]
    assert bars["encoding"]["color"] == {"value": LIGHT.classes[0]}
    assert len(rows) == 3
