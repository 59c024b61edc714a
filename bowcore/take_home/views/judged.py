"""Further code of the page Confusion matrix: what its views say of the judge's scores."""

from __future__ import annotations

from bowcore.judge.averages import LEAST_PER_CLASS, MOST_ABSENT
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Making, Settings, View

_NP, _PD = "import numpy as np", "import pandas as pd"
_NORMAL = "from scipy.stats import norm"
_MATRIX = "from sklearn.metrics import confusion_matrix"
WILSON = """\
def wilson(share, n, z=norm.ppf(0.975)):  # the 95 % interval of a share of n texts
    middle, half = share + z**2 / n / 2, z * np.sqrt(share * (1 - share) / n + (z / n) ** 2 / 4)
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)"""
_BY_CLASS = f"""\
{WILSON}
counts = confusion_matrix(labels[validation], predictions, labels=range(len(classes)))
right, actual, called = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
either, table = actual + called - right, {{}}  # texts of the class, or predicted as it
for name, of in {{"recall": actual, "precision": called, "F1": either}}.items():
    n = np.where(of > 0, of, np.nan)
    share = right / n
    for end, value in zip(["", "low", "high"], [share, *wilson(share, n)]):
        table[name, end] = 2 * value / (1 + value) if name == "F1" else value
print(pd.DataFrame(table, classes))
accuracy = right.sum() / len(validation)
baseline = actual[np.bincount(labels[train]).argmax()] / len(validation)
print("right:", accuracy, "of", len(validation), *wilson(accuracy, len(validation)))
print("always guessing the largest class:", baseline, *wilson(baseline, len(validation)))"""
_AVERAGES = f"""\
{WILSON}
def scores(counts):  # recall, precision and F1 of each class, and twice the texts that F1 is of
    right, actual, called = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    of = {{"recall": actual, "precision": called, "F1": (actual + called) / 2}}
    return {{name: (right / np.where(n > 0, n, np.nan), n) for name, n in of.items()}}
counts = confusion_matrix(labels[validation], predictions, labels=range(len(classes)))
actual, k = counts.sum(axis=1), len(classes)
usual = (counts.trace() + 0.5) / (counts.sum() + 1)  # share that is right
like_all = np.where(np.eye(k) > 0, usual, (1 - usual) / max(k - 1, 1))
pulled = np.where(actual > 0, 2 / (actual + 2), 0)[:, None]  # two more texts a class, like those of all classes
smooth, averages = (1 - pulled) * counts + pulled * actual[:, None] * like_all, {{}}
called, either = counts.sum(axis=0), counts.sum(axis=0) + actual - counts.diagonal()  # texts predicted as it, or of it
absent = ((called > 0) & (actual == 0)).sum() > {MOST_ABSENT} * (either > 0).sum()  # too many have F1 0 by chance
n, share = np.maximum(either, 1), (counts.diagonal() + (counts.trace() + 0.5) / (either.sum() + 1)) / (either + 1)
unlike = share * (1 - share) * (n + 1) ** 2 / (n**2 + n + 1)
missing = 2 * unlike / ((1 + share) * (2 + (1 + share) ** 2 * (n - 1)))  # F1 of few texts is too low on average
for name in ("macro recall", "macro precision", "macro F1", "weighted F1"):
    values, kind = scores(counts)[name.split()[1]][0], name.split()[1]
    weights = np.where(np.isnan(values), 0, actual if name == "weighted F1" else 1)
    weights = weights / weights.sum()
    value, (each, of) = weights @ np.nan_to_num(values), scores(smooth)[kind]
    each, of = np.nan_to_num(each), np.where(of > 0, of, 1)
    slope = weights * each / of / 2  # what one more text in a cell changes (delta method)
    change = np.where(np.eye(k) > 0, weights * (1 - each) / of, -slope[:, None] - slope)
    variance = (smooth * change**2).sum() if kind == "F1" else weights**2 @ (each * (1 - each) / of)
    centre, more = weights @ each, (1 + (either > 0).sum() / either.sum()) ** 2
    lacks, more = (weights @ missing, more) if name == "macro F1" else (0, 1)
    low, high = wilson(min(value + lacks, 1), centre * (1 - centre) / variance / more if variance > 0 else smooth.sum())
    uneven, sizes = name in ("macro precision", "macro F1"), called if kind == "precision" else actual
    few = (np.median if uneven else np.mean)(sizes[sizes > 0]) < {LEAST_PER_CLASS} or (uneven and absent)
    averages[name] = (value, *([np.nan, np.nan] if few else np.clip([min(low, value), max(high, value)], 0, 1)))
print(pd.DataFrame(averages, ["value", "low", "high"]).T)"""
_CALIBRATION = f"""\
{WILSON}
sure, right = chances.max(axis=1), predictions == labels[validation]
place = np.clip(np.ceil(sure * 10).astype(int) - 1, 0, 9)  # ten bins of equal width
bins = pd.DataFrame({{"mean": sure, "right": right}}).groupby(place).agg({{"mean": "mean", "right": ["sum", "size"]}})
bins.columns = ["mean", "right", "n"]
bins["share"] = bins["right"] / bins["n"]
bins["low"], bins["high"] = wilson(bins["share"], bins["n"])
print(bins.set_axis([f"{{i / 10}} to {{(i + 1) / 10}}" for i in bins.index]))
outside = ((bins["mean"] < bins["low"] - 1e-12) | (bins["mean"] > bins["high"] + 1e-12)).sum()
ece = np.average(abs(bins["share"] - bins["mean"]), weights=bins["n"])
too_sure = np.average(bins["mean"] - bins["share"], weights=bins["n"])
print("ECE", ece, "too sure by", too_sure, "and", outside, "of", len(bins), "bins are off")"""


def judged(recipe: Recipe, settings: Settings) -> list[str]:
    """Lines that make `chances`, the judge's probabilities of each class, and `predictions`, after the page's code."""
    if settings.get("judge") == "network":
        made = ["logits, network = kept[1:]"] if recipe.network.keep == "best" else []
        made.append("chances = torch.softmax(logits.double(), 1).numpy()")
    else:
        made = ["chances = np.zeros((len(validation), len(classes)))"]
        made.append("chances[:, model.classes_] = model.predict_proba(validation_cells)")
    return [*made, "predictions = chances.argmax(axis=1)"]


def part(code: str, *imports: str, note: str = "") -> Making:
    """A part that needs what the judge says, and nothing else of the page's code."""

    def make(recipe: Recipe, facts: Facts, settings: Settings) -> View:
        return View(Piece("", "\n".join([*judged(recipe, settings), code]), imports), "main", recipe, note=note)

    return make


SCORES: dict[str, Making] = {
    "By class": part(_BY_CLASS, _NP, _PD, _NORMAL, _MATRIX),
    "Averages": part(_AVERAGES, _NP, _PD, _NORMAL, _MATRIX),
    "Calibration": part(_CALIBRATION, _NP, _PD, _NORMAL),
}
"""Further parts of the page's code on its scores, by their names."""
