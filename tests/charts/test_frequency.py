import numpy as np
import pandas as pd
import pytest

from bowcore.matrix.frequencies.zipf import naive_line
from charts.drawing import SELECTION
from charts.frequency import count_bands, coverage_curve, linear_bars, rank_frequency
from charts.palette import LIGHT
from tests.joined import joined

N = 60_000
COUNTS = np.maximum(N // np.arange(1, N + 1), 1)


def ranked(counts, terms=None):
    """The ranked terms with these counts."""
    names = [f"word{place}" for place in range(len(counts))] if terms is None else terms
    return pd.DataFrame({"rank": range(1, len(counts) + 1), "count": counts, "term": names})


RANKED = ranked(COUNTS)


def test_a_curve_of_60_000_ranks_draws_at_most_400_points_and_says_so(layers):
    lines = (naive_line(COUNTS), naive_line(COUNTS, last_rank=1000))
    drawing = rank_frequency(RANKED, LIGHT, ghost=RANKED, lines=lines)
    assert max(len(rows) for _, rows in layers(drawing)) <= 400
    note = drawing.specification()["title"]["subtitle"]
    assert f"{len(drawing.table)} of 60,000 ranks drawn" in note
    assert "dotted: slope −1.07, ranks 1–60,000 · dashed: slope −1.00, ranks 1–1,000" in note


def test_the_drawn_points_are_the_numbers_passed(layers):
    _, rows = layers(rank_frequency(RANKED, LIGHT))[-1]
    assert rows[0] == {"rank": 1, "count": N, "term": "word0", "word": "word0"}
    assert all(row["count"] == COUNTS[row["rank"] - 1] for row in rows)
    assert all(row["term"] == f"word{row['rank'] - 1}" for row in rows)


def test_a_click_on_a_dot_selects_its_whole_term_and_a_second_click_deselects_it(layers):
    long = "x" * 60
    specification = rank_frequency(ranked([5, 1], [long, "b"]), LIGHT).specification()
    (parameter,) = specification["params"]
    assert parameter["name"] == SELECTION
    assert parameter["select"] == {
        "type": "point", "fields": ["term"], "on": "click", "toggle": "true", "clear": False,
    }  # fmt: skip
    _, rows = layers(rank_frequency(ranked([5, 1], [long, "b"]), LIGHT))[-1]
    assert (rows[0]["term"], len(rows[0]["word"])) == (long, 40)


def test_both_axes_are_logarithmic_and_hovering_names_word_rank_and_count(layers):
    layer, _ = layers(rank_frequency(RANKED, LIGHT))[-1]
    assert layer["encoding"]["x"]["scale"]["type"] == layer["encoding"]["y"]["scale"]["type"] == "log"
    assert [tip["field"] for tip in layer["encoding"]["tooltip"]] == ["word", "rank", "count"]


def test_the_previous_recipe_is_a_grey_dashed_ghost(layers):
    layer, rows = layers(rank_frequency(ranked([5, 1]), LIGHT, ghost=ranked([9, 4, 2])))[0]
    assert (layer["mark"]["color"], bool(layer["mark"]["strokeDash"])) == (LIGHT.ghost, True)
    assert [(row["rank"], row["count"]) for row in rows] == [(1, 9), (2, 4), (3, 2)]


def test_naive_lines_run_through_the_points_that_slope_and_intercept_give(layers):
    line = naive_line(COUNTS[:100])
    *_, (_, rows), _ = layers(rank_frequency(RANKED[:100], LIGHT, lines=(line,)))
    expected = [10**line.intercept, 10 ** (line.intercept + 2 * line.slope)]
    assert [row["count"] for row in rows] == pytest.approx(expected)


def test_two_lines_that_disagree_are_the_finding():
    counts = np.array([100, 90, 80, 70, 20, 10, 5, 2, 1, 1])
    lines = (naive_line(counts), naive_line(counts, last_rank=4))
    drawing = rank_frequency(ranked(counts), LIGHT, lines=lines)
    assert drawing.finding == (
        f"A straight line says {lines[0].exponent:.2f} or {lines[1].exponent:.2f}: it depends on the ranks."
    )


def test_the_finding_counts_half_of_the_text_and_words_that_occur_once():
    # 10 of 20 occurrences are the first term; three of five terms occur once
    drawing = rank_frequency(ranked([10, 7, 1, 1, 1], list("abcde")), LIGHT)
    assert drawing.finding == joined("1 of 5 terms make up half of the text; 60.0 % occur only once.")
    assert drawing.alt.endswith("Most frequent: a (10), b (7), c (1).")


def test_linear_bars_start_at_zero_on_linear_axes_and_stay_below_800():
    drawing = linear_bars(RANKED, LIGHT)
    encoding = drawing.specification()["encoding"]
    assert encoding["y"]["scale"] == {"zero": True}
    assert encoding["y2"] == {"datum": 0}
    assert "type" not in encoding["x"]["scale"]
    assert len(drawing.table) <= 800
    assert drawing.table["next"].iloc[-1] == N + 1


def test_linear_bars_state_how_many_terms_cannot_be_seen():
    drawing = linear_bars(ranked([1000, 500, 9, 1]), LIGHT)
    assert drawing.finding == joined("Linear axes hide the words: 2 of 4 terms (50.0 %) stay below 1 % of the height.")


def test_coverage_is_the_running_share_of_all_occurrences():
    drawing = coverage_curve([5, 3, 1, 1], LIGHT)
    assert drawing.table["covered"].tolist() == pytest.approx([0.5, 0.8, 0.9, 1.0])
    assert drawing.finding == joined("1 of 4 terms cover 50 % of the text; 3 cover 90 % and 4 cover 99 %.")
    encoding = drawing.specification()["layer"][0]["encoding"]
    assert encoding["y"]["scale"]["domain"] == [0, 1]
    assert encoding["x"]["scale"]["type"] == "log"


def test_the_coverage_of_the_previous_recipe_is_a_ghost(layers):
    layer, rows = layers(coverage_curve([5, 3, 1, 1], LIGHT, ghost=[2, 2]))[0]
    assert (layer["mark"]["color"], bool(layer["mark"]["strokeDash"])) == (LIGHT.ghost, True)
    assert [row["covered"] for row in rows] == [0.5, 1.0]


def test_every_term_is_in_one_band():
    counts = [1, 1, 1, 2, 4, 9, 50, 101, 2000]
    table = count_bands(counts, LIGHT).table
    terms = table[table["of"] == "terms"].set_index("occurs")["n"]
    assert terms.to_dict() == {"once": 3, "twice": 1, "3–5": 1, "6–10": 1, "11–100": 1, "over 100": 2}
    assert table[table["of"] == "text"]["n"].sum() == sum(counts)


def test_the_finding_of_bands_compares_terms_with_text():
    drawing = count_bands([1, 1, 1, 7], LIGHT)
    assert drawing.finding == joined("75.0 % of the terms occur only once; together they are 30.0 % of the text.")
