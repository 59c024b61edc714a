"""Further code of the page Confusion matrix: the words behind its predictions."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import short_cells_piece
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Making, Settings, View
from bowcore.take_home.views.judged import judged

_NP, _PD = "import numpy as np", "import pandas as pd"
_BAYES = "from sklearn.naive_bayes import MultinomialNB"
_MATRIX = "from sklearn.metrics import confusion_matrix"
_BOTH = "np.vstack([-model.coef_, model.coef_]) / 2, np.append(-model.intercept_, model.intercept_) / 2"
_DECIDE = """\
others = (weights.sum(axis=0) - weights) / (len(classes) - 1)  # their mean
by_class, tables = np.eye(len(classes))[labels[train]].T @ (train_cells != 0), {}
n = by_class.sum(axis=0).astype(int)  # training texts with each term
for label, name in enumerate(classes):
    weight = np.where(n >= 5, weights[label] - others[label], 0)
    best = np.argsort(-weight, kind="stable")[:25]
    best = best[weight[best] > 0]
    table = pd.DataFrame({"weight": weight[best], "training texts": n[best]}, terms[best])
    table["of this class"] = by_class[label, best] / n[best]
    table["near one class"] = (n[best] >= 20) & (by_class[:, best].max(axis=0) >= 0.95 * n[best])
    tables[name] = table
    print(name, table, sep="\\n")"""
_WORDS = """\
n_texts = cells.getnnz(axis=0)
found = np.flatnonzero(n_texts)
words = {"contribution": sums[found], "texts": n_texts[found], "training texts": train_cells.getnnz(axis=0)[found]}
words = pd.DataFrame(words, terms[found]).sort_values("contribution", key=abs, ascending=False, kind="stable")
print(words.head(20))
print(len(rows), "texts, words:", sums.sum(), "without words:", prior, "together:", sums.sum() + prior)"""
_MARGINS = """\
rivals = np.delete(chances[rows], predicted, axis=1).max(axis=1) if actual == predicted else chances[rows, actual]
margins = chances[rows, predicted] - rivals
print("margins:", np.sort(margins).round(3), "of which near, below 0.2:", (margins < 0.2).sum())"""
_LAYERS = """\
into, bias, out, last = (part.detach().double().numpy() for part in network.parameters())
margin = out[predicted] - out[other]"""
_INTEGRATED = """\
rise = cells @ into.T  # from an empty text to this one each hidden unit is on for a share of the way
turn = np.clip(-bias / np.where(rise == 0, 1, rise), 0, 1)
share = np.where(rise == 0, bias > 0, np.where(rise > 0, 1 - turn, turn))
sums = np.asarray(cells.multiply((share * margin) @ into).sum(axis=0)).ravel()  # integrated gradients
prior = len(rows) * (np.maximum(bias, 0) @ margin + last[predicted] - last[other])"""
_GRADIENT = """\
on = np.where(cells @ into.T + bias > 0, margin, 0)[0]  # gradient times input
weight, prior = on @ into, on @ bias + last[predicted] - last[other]"""
_OF_ONE = """\
words = pd.DataFrame({"value": cells.data, "contribution": cells.data * weight[cells.indices]}, terms[cells.indices])
words = words.sort_values("contribution", key=abs, ascending=False, kind="stable")
print(words.head(20))
print(chances[row, predicted], "for", classes[predicted], "against", classes[other], "without words:", prior)"""


def terms_lines(recipe: Recipe, settings: Settings) -> list[str]:
    """Lines that make `terms`, the names of the columns, after the code of the page."""
    if settings.get("saved"):
        return []
    names = "terms = vectorizer.get_feature_names_out()"
    if short_cells_piece(recipe) is not None:
        return [names]
    lines = [names]
    if recipe.vocabulary.stop_words_only:
        lines.append("terms = terms[[term in STOP_WORDS for term in terms]]")
    if recipe.vocabulary.vocabulary_size:
        lines.append("terms = terms[kept_terms]")
    if recipe.vocabulary.unknown == "unk":
        lines.append('terms = np.append(terms, "<UNK>")')
    return lines


def cell_lines(facts: Facts, settings: Settings) -> list[str]:
    """Lines that make `actual`, `predicted` and `rows`, validation texts: of the chosen cell, or of most errors."""
    cell = settings.get("cell")
    if cell is None:
        chosen = [
            "confusion = confusion_matrix(labels[validation], predictions, labels=range(len(classes)))",
            "errors = np.where(np.eye(len(classes)) > 0, -1, confusion)",
            "actual, predicted = np.unravel_index(errors.argmax(), errors.shape)",
        ]
    else:
        names = (f"classes.index({facts.class_names[place]!r})" for place in cell)
        chosen = [f"actual, predicted = {', '.join(names)}"]
    return [*chosen, "rows = np.flatnonzero((labels[validation] == actual) & (predictions == predicted))"]


def _is_right(settings: Settings) -> bool:
    actual, predicted = settings.get("cell") or (0, 1)
    return bool(actual == predicted)


def linear(facts: Facts, settings: Settings) -> str:
    """The line that makes `weights` and `priors` of naive Bayes or logistic regression."""
    if settings.get("judge") == "logistic":
        found = "model.coef_, model.intercept_" if len(facts.class_names) > 2 else _BOTH
    else:
        found = "model.feature_log_prob_, model.class_log_prior_"
    return f"weights, priors = {found}"


def _decide(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    weights, note = linear(facts, settings), "Words that name a source are left out: Data, Source words."
    if settings.get("judge") == "network":
        weights = "weights = MultinomialNB().fit(train_cells, labels[train]).feature_log_prob_"
        note = f"A network has no weight of a word by itself: these are naive Bayes'. {note}"
    code = "\n".join([*terms_lines(recipe, settings), weights, _DECIDE])
    return View(Piece("", code, (_NP, _PD, _BAYES)), "main", recipe, note=note)


def _of_cell(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = [*terms_lines(recipe, settings), *judged(recipe, settings), *cell_lines(facts, settings)]
    if _is_right(settings):
        code += [
            "average = chances[rows].mean(axis=0) * (np.arange(len(classes)) != predicted)",
            "other = average.argmax()  # on average the likeliest of the others",
        ]
    else:
        code.append("other = actual")
    code.append("cells = validation_cells[rows]")
    if settings.get("judge") == "network":
        code += [_LAYERS, _INTEGRATED]
    else:
        code += [
            linear(facts, settings),
            "sums = np.asarray(cells.sum(axis=0)).ravel() * (weights[predicted] - weights[other])",
            "prior = len(rows) * (priors[predicted] - priors[other])",
        ]
    code += [_WORDS, _MARGINS]
    return View(Piece("", "\n".join(code), (_NP, _PD, _MATRIX)), "main", recipe)


def _of_article(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The words behind one text of the cell: that which is shown, or the one with the most probable prediction."""
    code = [*terms_lines(recipe, settings), *judged(recipe, settings), *cell_lines(facts, settings)]
    row = settings.get("row")
    code.append("row = rows[chances[rows, predicted].argmax()]" if row is None else f"row = {row}  # of the validation")
    if _is_right(settings):
        code.append("other = np.where(np.arange(len(classes)) == predicted, -1, chances[row]).argmax()")
    else:
        code.append("other = actual")
    code.append("cells = validation_cells[[row]]")
    if settings.get("judge") == "network":
        code += [_LAYERS, _GRADIENT]
    else:
        code += [
            linear(facts, settings),
            "weight, prior = weights[predicted] - weights[other], priors[predicted] - priors[other]",
        ]
    return View(Piece("", "\n".join([*code, _OF_ONE]), (_NP, _PD, _MATRIX)), "main", recipe)


WEIGHTS: dict[str, Making] = {"Word weights": _decide, "Text of a cell": _of_article, "Words of a cell": _of_cell}
"""Further parts of the page's code on words, by their names."""
