"""Further code of the views of the page Words, for the numbers that do not fit into the first."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Making, Parts, Settings, View
from bowcore.take_home.views.words import GROWTH, PER_CLASS, RARE, SIZES, ranked

_IMPORTS = ("import numpy as np", "from scipy.optimize import minimize_scalar", "from scipy.special import zeta")
_LEAST_COUNTS = Piece(
    "",
    """\
tried = pd.DataFrame(tried, columns=["distance", "exponent", "least count"])
tried["terms"] = [n_terms[sizes >= least_count].sum() for least_count in tried["least count"]]
tried = tried[tried["exponent"] < 19.99]  # others are too steep for a power law
print(tried.to_string(index=False))
fitted_share = zeta(exponent, sizes[sizes >= least].astype(float)) / zeta(exponent, least)
found_share = n_terms[sizes >= least][::-1].cumsum()[::-1] / n_terms[sizes >= least].sum()
tail = pd.DataFrame({"count": sizes[sizes >= least], "so often or more": found_share, "power law": fitted_share})
print(tail.to_string(index=False))""",
    ("import pandas as pd", "from scipy.special import zeta"),
)
_GOODNESS = Piece(
    "",
    """\
n_samples, at = 1000, (sizes, n_terms)  # takes some minutes
below, n, draws = sizes < least, n_terms.sum(), np.random.default_rng(0)
n_below = n_terms[below].sum()
reached = zeta(exponent, least + np.arange(100_000.0)) / zeta(exponent, least)  # chance of a count or more
farther = []
for _ in range(n_samples):
    n_small = draws.binomial(n, n_below / n) if n_below else 0
    small = draws.multinomial(n_small, at[1][below] / n_below) if n_small else np.zeros(below.sum(), int)
    drawn = 1 - draws.random(n - n_small)
    large = (least + np.searchsorted(-reached, -drawn, side="right") - 1).astype(float)
    far = drawn < reached[-1]
    large[far] = np.floor((least + 99_999) * (reached[-1] / drawn[far]) ** (1 / (exponent - 1)))
    sizes, n_terms = np.unique(np.append(np.repeat(at[0][below], small), large), return_counts=True)
    tails = [x for x in sizes[:-1] if n_terms[sizes >= x].sum() >= 50]
    fits = [gap for gap, a, _ in map(fitted, tails) if a < 19.99]  # by `fitted`, like the texts
    farther += [min(fits) >= distance] if fits else []
sizes, n_terms = at
print(sum(farther), "of", len(farther), "samples are as far from their fit: p", np.mean(farther))""",
    ("import numpy as np", "from scipy.special import zeta"),
)
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


_HALVES = Piece(
    "",
    """\
found = np.array(curves)[:, 0]  # terms after each text, in each order
spread = {"texts": read, "fewest": found.min(axis=0)[read - 1], "most": found.max(axis=0)[read - 1]}
print(pd.DataFrame(spread).to_string(index=False))
new = (found[:, -1] - found[:, int(np.ceil(0.9 * n)) - 1]).mean()
print("the last tenth of the texts brought", new, "terms")
half, x, y = len(read) // 2, np.log(n_tokens), np.log(n_terms)
first_exponent, last_exponent = (np.polyfit(x[part], y[part], 1)[0] for part in (slice(half), slice(half, None)))
print("exponents of the first and the last half of the points:", first_exponent, last_exponent)
print("twice the text:", 100 * (2**last_exponent - 1), "% more terms")""",
    ("import numpy as np", "import pandas as pd"),
)


def _least_counts(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_LEAST_COUNTS, "main", recipe)


def _intervals(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_INTERVALS, "main", recipe)


def _shapes(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_SHAPES, "main", recipe)


def _goodness(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_GOODNESS, "main", recipe)


def _halves(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_HALVES, "main", recipe)


def _by_texts(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The numbers beside each bar of the typical words, and what the prior does to them."""
    code = f"""\
present = np.eye(len(classes))[labels[train]].T @ (train_counts > 0)
bare, tables = [by_class, by_class.sum(axis=0) - by_class], []
with np.errstate(divide="ignore"):  # a word that only one side uses
    bare = [np.log(side) - np.log(side.sum(axis=1, keepdims=True) - side) for side in bare]
for label, name in enumerate(classes):
    top = np.argsort(-z[label], kind="stable")[:{settings.get("n", PER_CLASS)}]
    top = top[z[label, top] > 1e-9]
    table = {{"class": name, "term": terms[top], "z": z[label, top], "count": by_class[label, top]}}
    table |= {{"texts": present[label, top], "other texts": present.sum(axis=0)[top] - present[label, top]}}
    table |= {{"log-odds": (odds[0] - odds[1])[label, top], "without prior": (bare[0] - bare[1])[label, top]}}
    tables.append(pd.DataFrame(table))
table = pd.concat(tables)
print(table.to_string(index=False))
finite = table[np.isfinite(table["without prior"])]
lost = 1 - (finite["log-odds"] / finite["without prior"]).median()
print("tokens:", by_class.sum(), "the prior shrinks the log-odds by", 100 * lost, "% in the median")
print(len(table) - len(finite), "words that no other class uses")"""
    return View(Piece("", code, ("import numpy as np", "import pandas as pd")), "main", recipe)


def _every(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The list beside the chart of sizes."""
    return View(ranked(settings.get("find", "").strip()), "counts", recipe.change(unknown="leave-out"))


def _above(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The figures above every view but Zipf's law."""
    return View(RARE, "counts", recipe.change(unknown="leave-out"))


def _before(piece: Piece) -> Making:
    """The grey curve: the counts under the recipe before, or under this one if there is none."""

    def made(recipe: Recipe, facts: Facts, settings: Settings) -> View:
        before: Recipe | None = settings.get("before")
        if before is None:
            return View(piece, "counts", recipe.change(unknown="leave-out"), note="No recipe was before this one.")
        return View(piece, "counts", before.change(unknown="leave-out"), facts=find_facts(before))

    return made


_BEFORE = "With the recipe before"
_ABOVE: dict[str, Making] = {"Above the chart": _above}
MORE_WORDS: Parts = {
    ("Words", "rank-curve"): _ABOVE | {_BEFORE: _before(ranked())},
    ("Words", "sizes"): _ABOVE | {_BEFORE: _before(SIZES), "Words": _every},
    ("Words", "zipf-s-law"): {
        "Least counts": _least_counts,
        "Intervals": _intervals,
        "Other shapes": _shapes,
        "Goodness of fit": _goodness,
        _BEFORE: _before(SIZES),
    },
    ("Words", "rare-words"): {_BEFORE: _before(RARE)},
    ("Words", "growth"): _ABOVE | {"Range and halves": _halves, _BEFORE: _before(GROWTH)},
    ("Words", "typical-words"): _ABOVE | {"In texts": _by_texts},
    ("Words", "word-list"): _ABOVE,
}
"""Further parts of the views of the page Words, by page and view, and by the name of the part."""
