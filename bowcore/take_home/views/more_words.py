"""Further code of the views of the page Words, for the numbers that do not fit into the first."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Parts, Settings, View

_IMPORTS = ("import numpy as np", "from scipy.optimize import minimize_scalar", "from scipy.special import zeta")
_INTERVALS = Piece(
    "",
    """\
def fitted_again(at, n):  # the same for a sample of the terms: those of which there are sizes[at] or more
    x, n, of = sizes[at:].astype(float), n[at:], max(n[at:].sum(), 1)
    logs = n @ np.log(x)
    unlikely = lambda a: a * logs + of * np.log(zeta(a, x[0]))
    a = minimize_scalar(unlikely, bounds=(1.01, 20), method="bounded", options={"xatol": 1e-7}).x
    found, law = np.cumsum(n) / of, 1 - zeta(a, np.append(x + 1, x[1:])) / zeta(a, x[0])
    gap = max(abs(found - law[: len(x)]).max(), abs(found[:-1] - law[len(x) :]).max())
    return np.inf if of < 25 or a > 19.99 else gap, a, x[0]
allowed = np.flatnonzero(np.cumsum(n_terms[::-1])[::-1][:-1] >= 50)
ranks = np.geomspace(1, len(allowed), 60) if len(allowed) > 60 else np.arange(len(allowed)) + 1
tried = np.union1d(allowed[np.round(ranks).astype(int) - 1], np.searchsorted(sizes, least))
draws = np.random.default_rng(0).multinomial(n_terms.sum(), n_terms / n_terms.sum(), size=200)
fits = np.array([min(fitted_again(at, n) for at in tried) for n in draws])  # takes a while
fits, ends = fits[np.isfinite(fits[:, 0])], [0.025, 0.975]
interval = np.quantile(fits[:, 1], ends)
least_counts = np.quantile(fits[:, 2], ends, method="inverted_cdf")
print(len(fits), "samples; 95 % of the exponents", interval, "and least counts", least_counts)
print("and of the rank slopes", 1 / (interval[::-1] - 1))""",
    _IMPORTS,
)
_SHAPES = Piece(
    "",
    """\
x, n = sizes[sizes >= least].astype(float), n_terms[sizes >= least]
def likeliest(shape, start, limits):
    unlikely = lambda at: -value if np.isfinite(value := n @ shape(at)(x)) else 1e300
    exact = {"xatol": 1e-7, "fatol": 1e-7, "maxiter": 4000, "maxfev": 4000}
    return shape(minimize(unlikely, start, method="Nelder-Mead", bounds=limits, options=exact).x)(x)
def lognormal(at):  # rounded to whole numbers
    above = lambda x: log_ndtr((at[0] - np.log(x)) / np.exp(at[1]))
    return lambda x: above(x - 0.5) + np.log(-np.expm1(above(x + 0.5) - above(x - 0.5))) - above(least - 0.5)
def truncated(at):  # its sum: a thousand terms, then Euler and Maclaurin's formula
    a, rate, k, far = at[0], np.exp(at[1]), np.arange(least, least + 1000, dtype=float), least + 1000
    inside, start = lambda u: np.exp((1 - a) * u - rate * np.exp(u)), np.log(far)
    rest = quad(inside, start, max(start, np.log(745 / rate)), limit=200)[0] if rate * far < 745 else 0
    edge = np.exp(-a * start - rate * far)
    whole = np.exp(-a * np.log(k) - rate * k).sum() + rest + edge / 2 + edge * (a / far + rate) / 12
    return lambda x: -a * np.log(x) - rate * x - np.log(whole)
np.seterr(divide="ignore")
of, logs = n.sum(), {}
middle = n @ np.log(x) / of
spread, rate = np.sqrt(max(n @ (np.log(x) - middle) ** 2 / of, 0.01)), np.log1p(of / (n @ (x - least)))
logs["lognormal"] = likeliest(lognormal, [middle - spread, np.log(2 * spread)], [(-500, 30), (-4, 4)])
logs["exponential"] = np.log(-np.expm1(-rate)) - rate * (x - least)
last, ratios = -np.log(x[-1]), {}
logs["truncated power law"] = likeliest(truncated, [exponent, last], [(0, 20), (last - 12, 2)])
for name, log in logs.items():
    gaps = -exponent * np.log(x) - np.log(zeta(exponent, least)) - log
    ratio = n @ gaps  # above 0: the power law is likelier (Vuong)
    p = erfc(abs(ratio) / np.sqrt(2 * (n @ (gaps - ratio / of) ** 2)))
    ratios[name] = ratio, chdtrc(1, 2 * abs(ratio)) / 2 if name.startswith("truncated") else p
print(pd.DataFrame(ratios, ["log ratio", "p"]).T)""",
    (
        *_IMPORTS,
        "import pandas as pd",
        "from scipy.integrate import quad",
        "from scipy.optimize import minimize",
        "from scipy.special import chdtrc, erfc, log_ndtr",
    ),
)


def _intervals(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_INTERVALS, "main", recipe)


def _shapes(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    note = "The test of the fit on 1,000 samples, which starts by a button, is left out."
    return View(_SHAPES, "main", recipe, note=note)


MORE_WORDS: Parts = {("Words", "zipf-s-law"): {"Intervals": _intervals, "Other shapes": _shapes}}
"""Further parts of the views of the page Words, by page and view, and by the name of the part."""
