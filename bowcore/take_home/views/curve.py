"""Code of the learning curve: fits on fewer and fewer training texts, and the power law of their errors."""

from __future__ import annotations

from bowcore.judge.learning_curve import LEAST_PER_CLASS, N_DRAWS, N_SIZES
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import matrix_pieces
from bowcore.take_home.piece import Piece
from bowcore.take_home.splitting import SAMPLE
from bowcore.take_home.view import Parts, Settings, View, Views, indented
from bowcore.take_home.views.training import seeded

_NP, _PD, _NORMAL = "import numpy as np", "import pandas as pd", "from scipy.stats import norm, t"
_LOGISTIC = Piece(
    "",
    "model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])\nsaid = model.predict(validation_cells)",
    ("from sklearn.linear_model import LogisticRegression",),
)
_SIZES = f"""\
whole, wrong = train, {{}}
sizes = sorted({{n for n in len(whole) // 2 ** np.arange({N_SIZES}) if n >= {LEAST_PER_CLASS} * len(classes)}})
for n, seed in [(n, seed) for n in sizes for seed in range({N_DRAWS} if n < len(whole) else 1)]:
    train = whole if n == len(whole) else whole[sample(labels[whole], n, seed)]
"""
_ENDS = """\
    wrong.setdefault(int(n), []).append(said != labels[validation])
wrong = {n: np.array(draws) for n, draws in wrong.items()}  # whether each text is wrong, draw by draw
print({n: 1 - draws.mean(axis=1) for n, draws in wrong.items()})
"""
_SPREAD = """\
def spread(draws):  # between draws, relative to the error: without what single texts differ by
    n, error = draws.shape[1], max(draws.mean(), 0.5 / draws.shape[1])
    return (draws.mean(axis=1).var(ddof=1) - draws.var(axis=0, ddof=1).mean() / n) / error**2"""
_INTERVALS = f"""\
{_SPREAD}
points = {{}}
for size, draws in wrong.items():
    by_text, (k, n) = draws.mean(axis=0), draws.shape
    middle = (by_text.sum() + 1) / (n + 2)  # two texts are added, one right and one wrong
    half = norm.ppf(0.975) * np.sqrt(((by_text**2).sum() + 1) / (n + 2) - middle**2) / np.sqrt(n + 2)
    error = by_text.mean()
    if k > 1:
        half = np.hypot(half, t.ppf(0.975, k - 1) * np.sqrt(max(spread(draws), 0) / k) * max(error, 0.5 / n))
    low, high = max(min(middle - half, error), 0), min(max(middle + half, error), 1)
    points[size] = [1 - error, 1 - high, 1 - low]
print(pd.DataFrame(points, ["accuracy", "low", "high"]).T)"""
_LAW = f"""\
{_SPREAD}
by_text = np.stack([draws.mean(axis=0) for draws in wrong.values()])
sizes, n = np.array(list(wrong)), len(validation)
k = np.array([len(draws) for draws in wrong.values()])
errors = (by_text.sum(axis=1) + 0.5) / (n + 1)
of_texts = np.cov(by_text) / n / np.outer(errors, errors) + np.diag(0.5 / (n * errors) ** 2)  # of their logarithms
shares = (k - 1) / sizes
pooled = sum(spread(draws) * (len(draws) - 1) for draws in wrong.values() if len(draws) > 1) / shares.sum()
of_draws = max(pooled, 0) / sizes / k
freedom = shares.sum() ** 2 / (shares[k > 1] ** 2 / (k - 1)[k > 1]).sum()
weights = 1 / (np.diag(of_texts) + of_draws)
x, y = np.log(sizes), np.log(errors)
x, last = x - np.average(x, weights=weights), len(x) - 1
def least_squares(degree):  # what the logarithms of the errors are multiplied by to get the coefficients
    columns = np.vander(x, degree + 1, increasing=True)
    return np.linalg.inv(columns.T * weights @ columns) @ (columns.T * weights)
def interval(row):  # over texts and over draws
    half = np.hypot(norm.ppf(0.975) * np.sqrt(row @ of_texts @ row), t.ppf(0.975, freedom) * np.sqrt(row**2 @ of_draws))
    return row @ y + half * np.array([0, -1, 1])
line = least_squares(1)
slope, twice = interval(line[1]), interval(line[0] + line[1] * (x[last] + np.log(2)))
law = np.exp((line[0] + np.outer(x, line[1])) @ y)
exponent, doubled = -slope[[0, 2, 1]], 1 - np.exp(twice[[0, 2, 1]])
gain = 100 * law[last] * (1 - 2 ** slope[[0, 2, 1]])
print("errors fall as n^-b with b =", exponent, "accuracy by the law:", 1 - law)
print("twice as many texts:", doubled, "points more:", gain)
if len(sizes) > 3:
    bend = interval(least_squares(2)[2])
    print("the errors leave the law:", not bend[1] <= 0 <= bend[2])"""


def _curve(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    network = settings.get("model", "logistic") == "network"
    whole = recipe.change(training_articles=0, sample_seed=0)
    fitted = seeded(recipe, "seed") if network else (_LOGISTIC,)
    inside = indented(*matrix_pieces(recipe), *fitted)
    code = f"{SAMPLE}\n{_SIZES}{inside.code}\n{_ENDS}".rstrip()
    if settings.get("model") == "blocks":
        return _short(
            recipe, whole, "This fits logistic regression; blocks and their models are code of *Preprocessing*."
        )
    if not network:
        return View(Piece("", code, (*inside.imports, _NP)), "texts", whole)
    note = (
        "With the network it is longer than 40 lines: this fits logistic regression; put the code of *Curves* instead."
    )
    return View(Piece("", code, (*inside.imports, _NP)), "texts", whole, shorter=_short(recipe, whole, note))


def _short(recipe: Recipe, whole: Recipe, note: str) -> View:
    inside = indented(*matrix_pieces(recipe), _LOGISTIC)
    code = f"{SAMPLE}\n{_SIZES}{inside.code}\n{_ENDS}".rstrip()
    return View(Piece("", code, (*inside.imports, _NP)), "texts", whole, note=note)


def _intervals(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(Piece("", _INTERVALS, (_NP, _PD, _NORMAL)), "main", recipe)


def _law(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(Piece("", _LAW, (_NP, _NORMAL)), "main", recipe)


CURVE: Views = {("Training", "learning-curve"): _curve, ("Compare", "learning-curve"): _curve}
"""The view on both pages that have it, by page and by the name in the address."""
MORE_CURVE: Parts = {key: {"Intervals": _intervals, "Power law": _law} for key in CURVE}
"""Further parts of it."""
