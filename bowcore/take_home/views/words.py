"""Code of the views of the page Words."""

from __future__ import annotations

from collections.abc import Callable

from bowcore.matrix.log_odds import PRIOR_TOKENS
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Settings, View, Views

_PD, _NP = "import pandas as pd", "import numpy as np"
_COUNTED = "frequency = pd.Series(np.asarray(train_counts.sum(axis=0)).ravel(), index=terms)"
PER_CLASS = 8
SIZES = Piece(
    "",
    f"""\
{_COUNTED}
sizes = frequency.value_counts().sort_index()  # terms by how often they occur
shares = sizes / sizes.sum()
at_least = shares[::-1].cumsum()  # the share of the terms that occur so often or more
print(pd.DataFrame({{"terms": sizes, "share": shares, "this often or more": at_least}}))
low = 2 ** np.floor(np.log2(sizes.index)).astype(int)
print("mean share in bins of doubling width:", shares.groupby(low).sum() / np.unique(low), sep="\\n")""",
    (_PD, _NP),
)
RARE = Piece(
    "",
    f"""\
{_COUNTED}
print(len(terms), "terms,", frequency.sum(), "tokens;", (frequency == 1).mean(), "of the terms seen once")
read = frequency.sort_values(ascending=False).cumsum() / frequency.sum()
n_terms = {{share: int((read < share - 1e-9).sum()) + 1 for share in (0.5, 0.9, 0.99)}}
print(n_terms, "terms for a share of the text")
bands = pd.cut(frequency, [0, 1, 2, 5, 10, 100, np.inf])  # terms that occur once, twice, 3 to 5 times and so on
bands = frequency.groupby(bands, observed=False).agg(["size", "sum"])
print(bands.rename(columns={{"size": "terms", "sum": "tokens"}}), bands / bands.sum(), sep="\\n")""",
    (_PD, _NP),
)
_ZIPF = Piece(
    "",
    """\
ranked = np.sort(np.asarray(train_counts.sum(axis=0)).ravel())[::-1]
sizes, n_terms = np.unique(ranked, return_counts=True)
def fitted(least):  # distance (Kolmogorov-Smirnov) and likeliest exponent of the terms that occur so often
    x, n = sizes[sizes >= least], n_terms[sizes >= least]
    unlikely = lambda a: a * (n @ np.log(x)) + n.sum() * np.log(zeta(a, least))
    a = minimize_scalar(unlikely, bounds=(1.01, 20), method="bounded", options={"xatol": 1e-9}).x
    found, law = np.cumsum(n) / n.sum(), lambda count: 1 - zeta(a, count + 1) / zeta(a, least)
    return max(abs(found - law(x)).max(), abs(found[:-1] - law(x[1:] - 1)).max()), a, int(least)
distance, exponent, least = min(tried := [fitted(float(x)) for x in sizes[:-1] if n_terms[sizes >= x].sum() >= 50])
print("exponent", exponent, "from a count of", least, "on, distance", distance, "rank slope", 1 / (exponent - 1))
lines = [np.polyfit(np.log10(np.arange(len(y)) + 1), np.log10(y), 1) for y in (ranked, ranked[:1000])]
print("naive exponents of all ranks and of the first 1,000:", *(-slope for slope, _ in lines))""",
    (_NP, "from scipy.optimize import minimize_scalar", "from scipy.special import zeta"),
)
GROWTH = Piece(
    "",
    """\
n, orders, curves = train_counts.shape[0], np.random.default_rng(0), []
read = np.unique(np.round(np.geomspace(max(1, 0.01 * n), n, 40)).astype(int))
cells, lengths = train_counts.tocoo(), np.asarray(train_counts.sum(axis=1)).ravel()
for _ in range(20):  # random orders of the texts
    order = orders.permutation(n)
    first = pd.Series(np.argsort(order)[cells.row]).groupby(cells.col).min()  # the text in which a term is new
    curves.append([np.cumsum(np.bincount(first, minlength=n)), np.cumsum(lengths[order])])
n_terms, n_tokens = np.mean(curves, axis=0)[:, read - 1]
print(pd.DataFrame({"texts": read, "tokens": n_tokens, "terms": n_terms}))
exponent, constant = np.polyfit(np.log(n_tokens), np.log(n_terms), 1)
print("terms =", np.exp(constant), "* tokens **", exponent)""",
    (_PD, _NP),
)


def ranked(find: str = "") -> Piece:
    """The most frequent terms, of those that contain some letters."""
    code = [_COUNTED]
    if find:
        code.append(f"frequency = frequency[frequency.index.str.contains({find!r}, regex=False)]")
    code += [
        "documents = pd.Series(train_counts.getnnz(axis=0), terms)  # texts that have the term",
        'most = pd.DataFrame({"count": frequency, "texts": documents[frequency.index]})',
        'most = most.sort_values("count", ascending=False, kind="stable")',
        'print(len(most), "terms", most.head(100).to_string(), sep="\\n")',
    ]
    return Piece("", "\n".join(code), (_PD, _NP))


def _rank_curve(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(ranked(settings.get("find", "").strip()), "counts", recipe.change(unknown="leave-out"))


def _typical(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    prior, n = settings.get("prior", PRIOR_TOKENS), settings.get("n", PER_CLASS)
    code = f"""\
by_class = np.eye(len(classes))[labels[train]].T @ train_counts
prior = {prior} * by_class.sum(axis=0) / by_class.sum()  # imaginary tokens
sides = [by_class + prior, by_class.sum(axis=0) - by_class + prior]  # a class, all others
odds = [np.log(side) - np.log(side.sum(axis=1, keepdims=True) - side) for side in sides]
z = (odds[0] - odds[1]) / np.sqrt(1 / sides[0] + 1 / sides[1])
typical = {{name: list(terms[np.argsort(-z[label], kind="stable")[:{n}]]) for label, name in enumerate(classes)}}
print(*typical.items(), sep="\\n")"""
    return View(Piece("", code, (_NP,)), "counts", recipe.change(unknown="leave-out"))


def _listed(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    find, order = settings.get("find", "").strip(), settings.get("order", -1)
    code = ["by_class = np.eye(len(classes))[labels[train]].T @ train_counts"]
    if settings.get("share"):
        code += [
            "rates = np.eye(len(classes))[labels[train]].T @ (train_counts > 0)",
            "rates = 100 * rates / np.bincount(labels[train], minlength=len(classes))[:, None]  # % of the texts",
        ]
    else:
        code.append("rates = by_class / by_class.sum(axis=1, keepdims=True) * 1000  # of 1,000 tokens")
    code += [
        "rates = pd.DataFrame(rates.T, terms, classes)",
        'rates.insert(0, "count", by_class.sum(axis=0).astype(int))',
        'rates.insert(1, "articles", train_counts.getnnz(axis=0))',
    ]
    if find:
        code.append(f"rates = rates[rates.index.str.contains({find!r}, regex=False)]")
    code.append('rates = rates.sort_values("count", ascending=False, kind="stable")')
    if order >= 0:
        code.append(f'rates = rates.sort_values(classes[{order}], ascending=False, kind="stable")')
    return View(Piece("", "\n".join([*code, "print(rates.head(20))"]), (_NP, _PD)), "counts", recipe)


def _known(piece: Piece, note: str = "") -> Callable[[Recipe, Facts, Settings], View]:
    """A view of the terms that have a column of their own."""
    return lambda recipe, facts, settings: View(piece, "counts", recipe.change(unknown="leave-out"), note=note)


WORDS: Views = {
    ("Words", "rank-curve"): _rank_curve,
    ("Words", "sizes"): _known(SIZES),
    ("Words", "zipf-s-law"): _known(_ZIPF),
    ("Words", "rare-words"): _known(RARE),
    ("Words", "growth"): _known(GROWTH),
    ("Words", "typical-words"): _typical,
    ("Words", "word-list"): _listed,
}
"""Views of the page Words, by page and by the name in the address."""
