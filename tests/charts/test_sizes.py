import numpy as np
import pytest

from bowcore.matrix.frequencies.goodness_of_fit import GoodnessOfFit
from bowcore.matrix.frequencies.power_law import fit_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.matrix.frequencies.tail_shapes import Comparison
from charts.drawing import PERCENT_LABEL
from charts.palette import DARK, LIGHT
from charts.sizes import AT_LEAST, BINNED, EXACT, exponent_by_least_count, size_distribution, tail_fit
from tests.joined import joined

COUNTS = np.random.default_rng(0).zipf(2.0, 3000)
SIZES = count_sizes(COUNTS)
EXAMPLES = [f"word{count}" for count in SIZES.counts]
FIT = fit_power_law(SIZES, 20)


def test_the_finding_states_how_many_terms_occur_once_and_often():
    sizes = count_sizes(np.array([1, 1, 1, 5, 200]))
    drawing = size_distribution(sizes, ["a", "b", "c"], LIGHT)
    assert drawing.finding == joined("60.0 % of 5 terms occur once, 20.0 % a hundred times or more.")
    assert drawing.table["example"].tolist() == ["a", "b", "c"]


def test_exact_shares_bins_and_shares_from_there_on_are_three_series(layers):
    drawn = {rows[0]["series"]: rows for _, rows in layers(size_distribution(SIZES, EXAMPLES, LIGHT))}
    assert set(drawn) == {EXACT, BINNED, AT_LEAST}
    once = (COUNTS == 1).mean()
    assert drawn[EXACT][0]["share"] == pytest.approx(once)
    assert drawn[BINNED][0]["share"] == pytest.approx(once)
    assert drawn[BINNED][1]["share"] == pytest.approx(((COUNTS == 2) | (COUNTS == 3)).mean() / 2)
    assert drawn[AT_LEAST][0]["share"] == 1.0
    assert drawn[AT_LEAST][2]["share"] == pytest.approx((COUNTS >= 3).mean())


def test_hovering_a_size_names_a_word_and_clicking_selects_it(layers):
    layer, rows = layers(size_distribution(SIZES, EXAMPLES, LIGHT))[-1]
    assert [tip["field"] for tip in layer["encoding"]["tooltip"]] == ["word", "count", "n_terms", "share_text"]
    assert all(row["term"] == f"word{row['count']}" for row in rows)
    assert size_distribution(SIZES, EXAMPLES, LIGHT).specification()["params"][0]["name"] == "word"


def test_the_mean_of_a_bin_names_a_word_of_the_bin_and_a_share_that_is_never_nothing(layers):
    sizes = count_sizes(np.array([1] * 90_000 + [2, 3, 1000]))
    layer, rows = layers(size_distribution(sizes, ["a", "b", "c", "d"], LIGHT))[-2]
    assert [tip["field"] for tip in layer["encoding"]["tooltip"]] == ["word", "range", "n_terms", "share_text"]
    assert [(row["term"], row["range"], row["n_terms"], row["share_text"]) for row in rows] == [
        ("a", "1", 90_000, joined("99.997 %")),
        ("b", "2–3", 2, joined("0.0011 % (1 in 90,003)")),
        ("d", "512–1,023", 1, joined("0.0000022 % (1 in 46,081,536)")),
    ]


def test_a_dot_of_the_tail_names_a_word_and_a_click_selects_it(layers):
    drawing = tail_fit(SIZES, FIT, EXAMPLES, LIGHT)
    layer, rows = layers(drawing)[-1]
    assert [tip["field"] for tip in layer["encoding"]["tooltip"]] == ["word", "count", "share_text"]
    assert all(row["term"] == f"word{row['count']}" for row in rows)
    assert drawing.specification()["params"][0]["name"] == "word"
    assert drawing.table["example"].tolist() == EXAMPLES


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_previous_sizes_are_a_ghost_behind_everything(layers, palette):
    for drawing in (
        size_distribution(SIZES, EXAMPLES, palette, ghost=SIZES),
        tail_fit(SIZES, FIT, EXAMPLES, palette, ghost=SIZES),
    ):
        layer, _ = layers(drawing)[0]
        assert (layer["mark"]["color"], bool(layer["mark"]["strokeDash"])) == (palette.ghost, True)


def test_larger_previous_sizes_stay_inside_the_axes():
    small = count_sizes(np.array([1, 1, 2, 3]))
    far = count_sizes(np.array([1] * 5000 + [90_000]))
    axes = size_distribution(small, ["a", "b", "c"], LIGHT, ghost=far).specification()["layer"][0]["encoding"]
    assert axes["x"]["scale"]["domain"][1] > 90_000
    assert axes["y"]["scale"]["domain"][0] < 1 / 5001


def test_a_term_alone_still_has_a_distribution():
    drawing = size_distribution(count_sizes(np.array([7])), ["only"], LIGHT, ghost=SIZES)
    assert drawing.finding == joined("0 % of 1 terms occur once, 0 % a hundred times or more.")


def test_the_fitted_tail_begins_at_the_share_of_the_tail(layers):
    law = FIT.best
    _, rows = layers(tail_fit(SIZES, FIT, EXAMPLES, LIGHT))[-2]
    assert rows[0]["count"] == law.x_min
    assert rows[0]["at_least"] == pytest.approx((law.x_min <= COUNTS).mean())
    low, high = FIT.interval
    assert f"exponent {law.exponent:.2f} ({low:.2f}–{high:.2f})" in tail_fit(SIZES, FIT, EXAMPLES, LIGHT).finding


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"lognormal": (-1.0, 0.3), "exponential": (50.0, 0.0)}, "; a lognormal fits as well."),
        ({"lognormal": (-9.0, 0.01), "truncated power law": (-1.0, 0.4)}, "; a lognormal fits better."),
        (
            {"lognormal": (0.2, 0.3), "truncated power law": (-1.0, 0.4)},
            "; a lognormal and a truncated power law fit as well.",
        ),
        ({"exponential": (-9.0, 0.01)}, "; an exponential fits better."),
        ({"lognormal": (9.0, 0.01)}, " occurrences on."),
    ],
)
def test_the_title_claims_no_more_for_the_power_law_than_its_comparisons(verdicts, said):
    shapes = [Comparison(shape, ratio, p, {}, nested=False) for shape, (ratio, p) in verdicts.items()]
    finding = tail_fit(SIZES, FIT, EXAMPLES, LIGHT, shapes=shapes).finding
    assert said in finding and "the tail" not in finding


@pytest.mark.parametrize(
    ("n_farther", "said"), [(7, "but does not fit: p 0.007."), (350, "fits the tail, p 0.35."), (99, "fit: p 0.10.")]
)
def test_the_title_says_that_the_law_fits_only_if_the_test_does_not_reject_it(n_farther, said):
    finding = tail_fit(SIZES, FIT, EXAMPLES, LIGHT, goodness=GoodnessOfFit(1000, n_farther)).finding
    assert said in finding


def test_shares_far_below_a_percent_are_written_without_a_row_of_zeros():
    drawing = size_distribution(count_sizes(np.array([1] * 20_000_000)), ["word"], LIGHT)
    axis = drawing.specification()["layer"][0]["encoding"]["y"]["axis"]
    assert axis["labelExpr"] == f"datum.value > 0.009 ? {PERCENT_LABEL} : '1 in ' + format(1 / datum.value, '~s')"
    assert min(axis["values"]) < 1e-7


def test_the_exponent_of_every_least_count_is_behind_its_chart(layers):
    drawing = exponent_by_least_count(FIT, LIGHT)
    assert drawing.table.equals(FIT.tried)
    whisker = layers(drawing)[2][1][0]
    assert (whisker["x_min"], whisker["low"], whisker["high"]) == (FIT.best.x_min, *FIT.interval)
    assert f"{FIT.tried['exponent'][0]:.2f} for all of them" in drawing.finding
