import numpy as np
from scipy import sparse

from bowcore.matrix.frequencies.heaps import fit_heaps, grow
from charts.growth import growth_curve
from charts.palette import LIGHT

EACH_ITS_OWN = sparse.identity(200, dtype=np.int32, format="csr")
GROWTH = grow(EACH_ITS_OWN)


def test_the_finding_tells_terms_tokens_and_what_the_end_brought():
    drawing = growth_curve(GROWTH, LIGHT)
    assert drawing.finding == "200 terms after 200 tokens; the last tenth of the articles brought 20 of them."
    assert drawing.table.equals(GROWTH.table)


def test_band_curve_and_line_are_drawn_on_logarithmic_axes(layers):
    line = fit_heaps(GROWTH)
    drawn = layers(growth_curve(GROWTH, LIGHT, line=line, ghost=GROWTH))
    assert [layer["mark"]["type"] for layer, _ in drawn] == ["line", "area", "line", "circle", "line"]
    assert all(layer["encoding"]["x"]["scale"]["type"] == "log" for layer, _ in drawn)
    assert drawn[0][0]["mark"]["color"] == LIGHT.ghost
    fitted = drawn[-1][1]
    assert [row["terms"] for row in fitted] == [line.terms(np.array([row["tokens"]]))[0] for row in fitted]
    note = growth_curve(GROWTH, LIGHT, line=line).specification()["title"]["subtitle"]
    assert "× tokens¹·⁰⁰" in note and "20 random orders" in note


def test_one_article_is_one_point(layers):
    drawing = growth_curve(grow(EACH_ITS_OWN[:1]), LIGHT)
    assert [len(rows) for _, rows in layers(drawing)] == [1, 1, 1]
