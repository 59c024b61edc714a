"""Further code of the view of unknown words: by class, which they are, a column for them, and four lines."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import UNKNOWN, cells_piece, counting
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Parts, Settings, View

_PD, _NP = "import pandas as pd", "import numpy as np"
_COUNTER = "from sklearn.feature_extraction.text import CountVectorizer"
_EVERY = """\
everything = CountVectorizer({arguments}).fit(texts)
names = everything.get_feature_names_out()
in_training, in_validation = (everything.transform(texts[rows]) for rows in (train, validation))
known, seen = np.isin(names, terms), in_training.getnnz(axis=0) > 0
"""
_BY_CLASS = """\
rates = {}
for part, whole, rows in (("training", in_training, train), ("validation", in_validation, validation)):
    for kind in (*range(len(classes)), "all classes"):
        counts = whole if kind == "all classes" else whole[labels[rows] == kind]
        n_tokens, n_texts = np.asarray(counts.sum(axis=0)).ravel(), counts.getnnz(axis=0)
        rates[part, kind if kind == "all classes" else classes[kind]] = {
            "tokens": n_tokens.sum(), "unknown": n_tokens[~known].sum(), "never seen": n_tokens[~seen].sum(),
            "types": (n_texts > 0).sum(), "unknown types": (n_texts > 0)[~known].sum(),
            "types never seen": (n_texts > 0)[~seen].sum(), "texts": counts.shape[0],
            "without a known term": (counts[:, known].getnnz(axis=1) == 0).sum(),
        }
rates = pd.DataFrame(rates).T
for name, of in (("unknown", "tokens"), ("unknown types", "types")):
    rates[f"share of {of}"] = rates[name] / rates[of].clip(lower=1)
print(rates.to_string())
columns = {"validation": in_validation, "training": in_training}
outside = pd.DataFrame({part: np.asarray(counts.sum(axis=0)).ravel() for part, counts in columns.items()}, names)
outside["reason"] = np.where(seen, "cut", "never seen")
outside = outside[~known & (outside["training"] + outside["validation"] > 0)]
outside = outside.sort_values(["validation", "training"], ascending=False, kind="stable")
print(len(outside), "terms are no column", outside.head(100), sep="\\n")"""
_WITHOUT = """\
without = MultinomialNB().fit(train_cells, labels[train]).predict(validation_cells)"""
_WITH = """\
model = MultinomialNB().fit(train_cells, labels[train])
in_column = train_counts[:, -1].toarray().ravel()
print("occurrences:", in_column.sum(), "in training,", train_counts[:, -1].nnz / len(train), "of the texts;", end=" ")
print(validation_counts[:, -1].sum(), "in validation")
both = {"without": without, "with it": model.predict(validation_cells)}
hits = {name: predictions == labels[validation] for name, predictions in both.items()}
for name, right in hits.items():
    print(name, right.sum(), "right,", *binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson"))
fixed, broken, n = (hits["with it"] & ~hits["without"]).sum(), (hits["without"] & ~hits["with it"]).sum(), len(right)
p = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
more, less = (fixed + 1) / (n + 2), (broken + 1) / (n + 2)  # Bonett and Price's interval
half = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
print((both["without"] != both["with it"]).sum(), "changed,", fixed, "fixed,", broken, "broken, McNemar's p", p)
print("points:", *(100 * end for end in (more - less - half, more - less + half)))
cells, log = train_cells[:, -1].toarray().ravel(), model.feature_log_prob_[:, -1]
weights = pd.DataFrame({
    "sum of its cells": [cells[labels[train] == kind].sum() for kind in model.classes_],
    "P(column | class)": np.exp(log), "ln P minus the others' mean": log - (log.sum() - log) / max(len(log) - 1, 1),
}, [classes[kind] for kind in model.classes_])
print(weights)"""
_FOUR_LINES = """\
lines = ["goal and goal again", "the striker and the goal", "bank and rates", "the rates of the bank"]
kinds = torch.tensor([0, 0, 1, 1])  # sports, business
vectorizer = CountVectorizer(token_pattern=r"\\S+")
counts = vectorizer.fit_transform(lines).toarray()
counts = np.hstack([counts, np.zeros((4, 1), int)])  # the column for other words, which no line fills
names = [*vectorizer.get_feature_names_out(), "<UNK>"]
print("P(<UNK> | class):", np.exp(MultinomialNB().fit(counts, kinds).feature_log_prob_[:, -1]))
random, n_hidden = np.random.default_rng(0), 4
shapes = {(len(names), n_hidden): len(names), (n_hidden,): len(names), (n_hidden, 2): n_hidden, (2,): n_hidden}
first = [random.uniform(-(n**-0.5), n**-0.5, shape) for shape, n in shapes.items()]
weights = [torch.tensor(weight, requires_grad=True) for weight in first]
optimiser, losses = torch.optim.RMSprop(weights, lr=0.01), []
for step in range(101):
    hidden = torch.relu(torch.tensor(counts, dtype=torch.float64) @ weights[0] + weights[1])
    loss = torch.nn.functional.cross_entropy(hidden @ weights[2] + weights[3], kinds)
    losses.append(loss.item())
    if step < 100:
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
after = weights[0].detach().numpy()
columns = {"in training": counts.sum(axis=0), "first weight before": first[0][:, 0], "after": after[:, 0]}
table = pd.DataFrame(columns, names)
table["largest change of its 4"] = abs(after - first[0]).max(axis=1)
print("loss", losses[0], "→", losses[-1], table, sep="\\n")"""

_BAYES = "from sklearn.naive_bayes import MultinomialNB"


def _by_class(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    arguments = counting(recipe.change(min_documents=1, max_document_share=1.0))
    code = _EVERY.replace("{arguments}", ", ".join(arguments)) + _BY_CLASS
    return View(Piece("", code, (_PD, _NP, _COUNTER)), "main", recipe)


def _column(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    without, with_it = cells_piece(recipe.weighting), cells_piece(recipe.weighting, has_unknown=True)
    code = "\n".join([without.code, _WITHOUT, UNKNOWN, with_it.code, _WITH])
    imports = (*with_it.imports, _PD, _NP, "import scipy.sparse as sparse", "from scipy.stats import binomtest", _BAYES)
    return View(Piece("", code, imports), "main", recipe)


def _four_lines(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(Piece("", _FOUR_LINES, (_PD, _NP, "import torch", _COUNTER, _BAYES)), "main", recipe)


UNKNOWN_PARTS: Parts = {
    ("Preprocessing", "unknown-words"): {
        "By class": _by_class,
        "A column for them": _column,
        "Four lines": _four_lines,
    }
}
"""Further parts of this panel."""
