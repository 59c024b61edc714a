import pandas as pd

from charts.differences import paired_differences
from charts.palette import LIGHT

TABLE = pd.DataFrame(
    {
        "model": ["Logistic regression", "Naive Bayes"],
        "difference": [-1.8, 2.7],
        "low": [-3.8, 0.4],
        "high": [0.2, 4.9],
        "verdict": ["no detectable change", "better"],
    }
)


def test_squares_whiskers_and_the_dashed_line_are_at_the_values_of_the_table(layers):
    (rule, zero), (whisker, rows), _, _, (dot, _) = layers(paired_differences(TABLE, LIGHT))
    assert zero == [{"at": 0.0}] and rule["mark"]["strokeDash"]
    assert [(row["difference"], row["low"], row["high"]) for row in rows] == [(-1.8, -3.8, 0.2), (2.7, 0.4, 4.9)]
    assert (whisker["encoding"]["x"]["field"], whisker["encoding"]["x2"]["field"]) == ("low", "high")
    assert dot["encoding"]["x"]["field"] == "difference"
    low, high = dot["encoding"]["x"]["scale"]["domain"]
    assert low == -high and high > 4.9


def test_the_title_states_whether_a_change_is_detectable():
    assert paired_differences(TABLE.head(1), LIGHT).finding == "Logistic regression: no detectable change."
    both = paired_differences(TABLE, LIGHT).finding
    assert both == "Logistic regression: no detectable change. Naive Bayes got better."
    turned = TABLE.assign(low=-TABLE["high"], high=-TABLE["low"], verdict="worse")
    assert paired_differences(turned.tail(1), LIGHT).finding == "Naive Bayes got worse."


def test_the_alternative_text_contains_every_interval():
    text = paired_differences(TABLE, LIGHT).alt
    assert "Logistic regression −1.8 points (−3.8 to +0.2); Naive Bayes +2.7 points (+0.4 to +4.9)." in text


def test_a_difference_of_0_still_has_an_axis(layers):
    table = pd.DataFrame(
        {
            "model": ["Naive Bayes"],
            "difference": [0.0],
            "low": [0.0],
            "high": [0.0],
            "verdict": ["no detectable change"],
        }
    )
    *_, (dot, _) = layers(paired_differences(table, LIGHT))
    assert dot["encoding"]["x"]["scale"]["domain"] == [-0.5, 0.5]
    assert "Naive Bayes 0.0 points (0.0 to 0.0)" in paired_differences(table, LIGHT).alt
