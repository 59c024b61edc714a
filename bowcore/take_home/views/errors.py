"""Further code of the page Confusion matrix: traits of errors, two models, and two cells side by side."""

from __future__ import annotations

from dataclasses import replace

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import counting
from bowcore.take_home.piece import Piece
from bowcore.take_home.texts import steps_piece
from bowcore.take_home.view import Making, Settings, Stage, View
from bowcore.take_home.views.judged import WILSON, judged
from bowcore.take_home.views.weights import cell_lines, terms_lines
from bowcore.text.step_cache import only_steps

_NP, _PD = "import numpy as np", "import pandas as pd"
_COUNTER = "from sklearn.feature_extraction.text import CountVectorizer"
_MATRIX = "from sklearn.metrics import confusion_matrix"
_TRAITS = f"""\
{WILSON}
wrong, table = predictions != labels[validation], {{}}
for name, mask in masks.items():
    row, of = {{"texts": mask.sum()}}, {{"of the errors": (mask, wrong), "of the right": (mask, ~wrong)}}
    of |= {{"wrong with it": (wrong, mask), "wrong without": (wrong, ~mask)}}
    for part, (these, those) in of.items():
        n = those.sum() or np.nan
        row[part] = share = (these & those).sum() / n
        row[f"{{part}}, low"], row[f"{{part}}, high"] = wilson(share, n)
    share, low, high, others, least, most = list(row.values())[7:]
    row["points"] = 100 * (share - others)  # with Newcombe's interval
    row["points, low"] = row["points"] - 100 * np.hypot(share - low, most - others)
    row["points, high"] = row["points"] + 100 * np.hypot(high - share, others - least)
    table[name] = row
print(wrong.sum(), "of", len(wrong), "are wrong", pd.DataFrame(table).to_string(), sep="\\n")"""
_SLICES = """\
has = (validation_cells != 0).tocsc()
n_with = has.getnnz(axis=0)
usual = np.flatnonzero((n_with >= 30) & (n_with <= len(validation) - 30))
usual = usual[np.argsort(-n_with[usual], kind="stable")[:200]]
masks = {f"class {name}": labels[validation] == label for label, name in enumerate(classes)} | masks
masks |= {f"has {terms[column]}": has[:, [column]].toarray().ravel() for column in usual}
masks = {name: mask for name, mask in masks.items() if mask.sum() >= 30}
fixed = (predictions == labels[validation]) & (other != labels[validation])
broken = (predictions != labels[validation]) & (other == labels[validation])
print("instead of the other model:", fixed.sum(), "fixed,", broken.sum(), "broken")
z, rows = norm.ppf(1 - 0.025 / max(len(masks), 1)), {}  # all intervals together: 95 % (Bonferroni)
for name, mask in masks.items():
    n, better, worse = mask.sum(), fixed[mask].sum(), broken[mask].sum()
    more, less = (better + 1) / (n + 2), (worse + 1) / (n + 2)  # Bonett and Price's interval
    middle, half = more - less, z * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
    p = binomtest(better, better + worse).pvalue if better + worse else 1.0  # McNemar's test
    ends = 100 * max(middle - half, -1), 100 * min(middle + half, 1)
    elsewhere = (fixed & ~mask).sum() - (broken & ~mask).sum()
    elsewhere = elsewhere / (~mask).sum() if (~mask).any() else np.nan
    same = abs(elsewhere - middle) <= half / z * norm.ppf(0.975)  # within the interval of this slice alone
    rows[name] = [n, better, worse, 100 * (better - worse) / n, *ends, 100 * elsewhere, min(1, p * len(masks)), same]
table = pd.DataFrame(rows, ["texts", "fixed", "broken", "points", "low", "high", "elsewhere", "p", "same"]).T
nearest = np.maximum(table["low"], 0) + np.maximum(-table["high"], 0)
table = table.assign(nearest=-nearest, size=-abs(table["points"])).sort_values(["nearest", "size"], kind="stable")
listed = []  # neither over half of the texts, nor changed as elsewhere, nor much like one above
for name, mask in ((name, masks[name]) for name in table.index[table["texts"] <= len(validation) / 2]):
    alike = [(mask & masks[one]).sum() >= 0.5 * (mask | masks[one]).sum() for one in listed]
    listed += [] if table.loc[name, "same"] or any(alike) else [name]
print(table.loc[listed[:12]].drop(columns=["nearest", "size", "same"]))"""
_BESIDE = """\
inside = [np.flatnonzero((labels[validation] == true) & (predictions == said)) for true, said in cells]
for rows, (true, said) in zip(inside, cells):
    rivals = np.delete(chances[rows], said, axis=1).max(axis=1) if true == said else chances[rows, true]
    margin = chances[rows, said] - rivals
    print(classes[true], "called", classes[said], len(rows), "texts, words:", n_words[rows].mean())
    print("unknown:", n_unknown[rows].sum() / n_counted[rows].sum(), "margin:", margin.mean(), (margin < 0.2).sum())
both = np.stack([np.asarray(counts[rows].sum(axis=0)).ravel() for rows in inside])
there = np.flatnonzero(both.sum(axis=0))
both, n_texts = both[:, there], [counts[rows].getnnz(axis=0)[there] for rows in inside]
prior = both.sum(axis=0) / 10  # imaginary tokens
odds = [np.log(side + prior) - np.log((side + prior).sum() - side - prior) for side in both]
z = (odds[0] - odds[1]) / np.sqrt(1 / (both[0] + prior) + 1 / (both[1] + prior))
typical = []
for side, n in zip((z, -z), n_texts):
    score = np.where((n > 1) & (side > 1), side, -np.inf)
    best = np.argsort(-score, kind="stable")[:5]
    typical.append(list(terms[there[best[score[best] > 1]]]))
print(*typical, sep="\\n")"""


def _counted(recipe: Recipe, facts: Facts, settings: Settings) -> list[str]:
    """Lines that make `n_words`, `n_counted` and `n_unknown` of each validation text, and `counts` of its terms."""
    bare = replace(recipe, terms=only_steps(recipe.terms, ()))
    arguments = ", ".join(counting(recipe.change(min_documents=1, max_document_share=1.0)))
    has_unknown = recipe.vocabulary.unknown == "unk"
    known = "terms[:-1]" if has_unknown else "terms"
    lines = [
        *terms_lines(recipe, settings),
        *steps_piece(bare, facts.signs, only="line").code.split("\n"),
        "n_words = read[validation].str.split().str.len().to_numpy()",
        f"counter = CountVectorizer({arguments})",
        f"counter.set_params(vocabulary={known})",
        "counts = counter.transform(texts[validation])",
        "n_counted = texts[validation].map(counter.build_analyzer()).map(len).to_numpy()",
        "n_unknown = n_counted - np.asarray(counts.sum(axis=1)).ravel()",
    ]
    if has_unknown:
        lines.append('counts = sparse.hstack([counts, n_unknown[:, None]], format="csr")')
    return lines


def _with_masks(recipe: Recipe, facts: Facts, settings: Settings) -> list[str]:
    return [
        *judged(recipe, settings),
        *_counted(recipe, facts, settings),
        'masks = {"short": n_words <= np.quantile(n_words, 0.25, method="lower"), "an unknown word": n_unknown > 0}',
        'masks["10 % unknown, or more"] = (n_unknown > 0) & (n_unknown >= 0.1 * n_counted)',
    ]


def _view(
    first: list[str], last: list[str], imports: tuple[str, ...], recipe: Recipe, settings: Settings, note: str = ""
) -> View:
    """A part that needs the texts too, which are not in the saved matrix; in two pieces where it is too long."""
    needed = (_NP, _PD, _COUNTER, *["import scipy.sparse as sparse"] * (recipe.vocabulary.unknown == "unk"))
    pieces = Piece("", "\n".join(first), needed), Piece("", "\n".join(last), (_NP, _PD, *imports))
    stage: Stage = "texts" if settings.get("saved") else "main"
    return View(pieces[1], stage, recipe, note=note, first=pieces[0], goes_on=True)


def _traits(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    note = "Source tags and near copies are left out: their code is on Data, *Leftovers* and *Duplicates*."
    return _view(
        _with_masks(recipe, facts, settings), [_TRAITS], ("from scipy.stats import norm",), recipe, settings, note
    )


def _two_models(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    against = settings.get("against", "")
    fitted, imports = "LogisticRegression(max_iter=1000)", "from sklearn.linear_model import LogisticRegression"
    if settings.get("judge") == "logistic" or (against != "logistic" and settings.get("judge") == "network"):
        fitted, imports = "MultinomialNB()", "from sklearn.naive_bayes import MultinomialNB"
    note = "Saved slices, source tags, near copies and the signed matrix are left out: Compare, *Runs*, has its code."
    if against == "before":
        note = f"Against {fitted.partition('(')[0]}; against the recipe before: Compare, *Runs*. {note}"
    elif against == "network":
        note = f"Against {fitted.partition('(')[0]}; against the network: judge by it, and turn the signs. {note}"
    lines = [
        f"other = {fitted}.fit(train_cells, labels[train]).predict(validation_cells)",
        _SLICES,
    ]
    return _view(
        _with_masks(recipe, facts, settings),
        lines,
        (imports, "from scipy.stats import binomtest, norm"),
        recipe,
        settings,
        note,
    )


def _beside(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    first = [*judged(recipe, settings), *_counted(recipe, facts, settings)]
    lines = cell_lines(facts, {name: value for name, value in settings.items() if name == "cell"})[:-1]
    if "other" in settings:
        true, said = (f"classes.index({facts.class_names[place]!r})" for place in settings["other"])
        lines.append(f"cells = [(actual, predicted), ({true}, {said})]")
    else:
        lines.append("cells = [(actual, predicted), (actual, actual)]")
    return _view(first, [*lines, _BESIDE], (_MATRIX,), recipe, settings)


ERRORS: dict[str, Making] = {
    "Traits of errors": _traits,
    "Two models": _two_models,
    "Beside another cell": _beside,
}
"""Further parts of the page's code on its errors, by their names."""
