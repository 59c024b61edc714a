"""Code of the views of the page Preprocessing on the matrix."""

from __future__ import annotations

from bowcore.matrix.by_hand import weightings
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import WeightingSpec
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import cells_piece, counting, counts_piece, weighing
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Settings, View, Views, indented

_PD, _NP = "import pandas as pd", "import numpy as np"
NO_LIMITS = (1, 1.0)
TRIED_FIRST = (2, 0.5)
"""Limits that *Limits* shows first where the recipe has none: fewest articles, largest share of articles."""
N_COMPONENTS = 20
"""Components that *LSA and PCA* shows first."""
LINES = ("The goal of the striker", "The bank and the rates", "The striker and the bank", "Rates, rates and rates")
"""Short texts that *By hand* shows first."""
ROWS = {
    "as in the corpus": "np.arange(len(train))",
    "longest first": 'np.argsort(-np.asarray(train_counts.sum(axis=1)).ravel(), kind="stable")',
    "shortest first": 'np.argsort(np.asarray(train_counts.sum(axis=1)).ravel(), kind="stable")',
    "by class": 'np.argsort(labels[train], kind="stable")',
}
COLUMNS = {
    "most frequent first": 'np.argsort(-np.asarray(train_counts.sum(axis=0)).ravel(), kind="stable")',
    "in most articles first": 'np.argsort(-train_counts.getnnz(axis=0), kind="stable")',
    "alphabet": "np.arange(len(terms))",
}
"""Code of the orders of *Cells*, by their names; the others are typical of a class."""
BLOCK = 20  # rows and columns of a page of cells

_UNKNOWN = Piece(
    "",
    """\
n_tokens = texts.map(vectorizer.build_analyzer()).map(len)
for name, counts, rows in (("training", train_counts, train), ("validation", validation_counts, validation)):
    print(name, int(n_tokens[rows].sum() - counts.sum()), "of", n_tokens[rows].sum(), "tokens are no column")""",
)
_SCORES = """\
member, n = np.eye(len(classes))[labels[train]], len(train)
present, in_class = member.T @ (train_counts > 0), member.sum(axis=0)[:, None]
joint = np.stack([present, in_class - present]) / n
scores = {
    "term-frequency": np.asarray(train_counts.sum(axis=0)).ravel(),
    "document-frequency": train_counts.getnnz(axis=0),
    "summed-tfidf": np.asarray(TfidfTransformer().fit_transform(train_counts).sum(axis=0)).ravel(),
    "chi-squared": chi2(train_counts, labels[train])[0],
    "mutual-information": rel_entr(joint, in_class / n * joint.sum(axis=1, keepdims=True)).sum(axis=(0, 1))}"""


def _by_hand(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    arguments = ", ".join(counting(recipe.change(min_documents=1, max_document_share=1.0)))
    code = [
        f"vectorizer = CountVectorizer({arguments})",
        "counts = vectorizer.fit_transform(texts)",
        "terms, ways = vectorizer.get_feature_names_out(), {}",
    ]
    imports = [_PD, "from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer"]
    for name, spec in weightings(recipe).items():
        code.append(f"ways[{name!r}] = {_cells(spec)}")
    code += [
        "for name, cells in ways.items():",
        '    print(name, pd.DataFrame(cells.toarray(), columns=terms).round(3), sep="\\n")',
    ]
    if "way" in settings:
        row, term = settings["row"], settings["term"]
        cell = f"ways[{settings['way']!r}][{row}, list(terms).index({term!r})]"
        code.append(f'print("the cell:", {cell})')
    return View(Piece("", "\n".join(code), tuple(imports)), "texts", recipe, tuple(settings.get("texts", LINES)))


def _cells(spec: WeightingSpec) -> str:
    if spec.weighting == "tfidf":
        return f"TfidfTransformer({', '.join(weighing(spec))}).fit_transform(counts)"
    return "counts" if spec.weighting == "count" else "(counts > 0).astype(int)"


def _block(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    rows, columns = settings.get("rows", next(iter(ROWS))), settings.get("columns", next(iter(COLUMNS)))
    first, left = settings.get("first_row", 0), settings.get("first_column", 0)
    code, imports = [f"rows = {ROWS[rows]}[{first}:{first + BLOCK}]"], [_PD, _NP]
    if columns in COLUMNS:
        code.append(f"columns = {COLUMNS[columns]}")
    else:
        chosen = facts.class_names.index(columns.removeprefix("typical of "))
        code += [
            "weights = MultinomialNB().fit(train_cells, labels[train]).feature_log_prob_",
            f"others = (weights.sum(axis=0) - weights[{chosen}]) / max(len(weights) - 1, 1)",
            f'columns = np.argsort(others - weights[{chosen}], kind="stable")',
        ]
        imports.append("from sklearn.naive_bayes import MultinomialNB")
    code.append(f"columns = columns[{left}:{left + BLOCK}]")
    code += [
        "print(pd.DataFrame(train_cells[rows][:, columns].toarray(), train[rows], terms[columns]).round(3))",
        "n_cells = train_cells.shape[0] * train_cells.shape[1]",
        'print(1 - train_cells.nnz / n_cells, "of all cells are empty; dense:", 8 * n_cells, "bytes")',
    ]
    return View(Piece("", "\n".join(code), tuple(imports)), "columns", recipe)


def _selection(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    n, shown = settings.get("n", recipe.vocabulary.vocabulary_size or 1000), settings.get("shown", "term-frequency")
    code = f"""\
{_SCORES}
lists = {{name: np.argsort(-score, kind="stable")[:{n}] for name, score in scores.items()}}  # of equals the first
shared = {{one: {{two: len(np.intersect1d(lists[one], lists[two])) for two in lists}} for one in lists}}
print(pd.DataFrame(shared), *terms[lists["{shown}"]][:20])"""
    imports = (
        _PD,
        _NP,
        "from scipy.special import rel_entr",
        "from sklearn.feature_extraction.text import TfidfTransformer",
        "from sklearn.feature_selection import chi2",
    )
    whole = recipe.change(vocabulary_size=0, select_by="term-frequency", unknown="leave-out")
    return View(Piece("", code, imports), "counts", whole)


def _limits(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    own = (recipe.vocabulary.min_documents, recipe.vocabulary.max_document_share)
    tried = own if own != NO_LIMITS else TRIED_FIRST
    least, share = settings.get("least", tried[0]), settings.get("share", tried[1])
    code = f"""\
n_articles = train_counts.getnnz(axis=0)
rare, common = n_articles < {least}, n_articles > int({share!r} * len(train) * (1 + 1e-12))
left = ~rare & ~common
print(left.sum(), "of", len(terms), "terms left,", rare.sum(), "rare and", (common & ~rare).sum(), "common ones gone")
print(train_counts[:, left].sum() / train_counts.sum(), "of the tokens left")"""
    unlimited = recipe.change(min_documents=1, max_document_share=1.0, vocabulary_size=0, unknown="leave-out")
    return View(Piece("", code), "counts", unlimited)


def _groups(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    has_unknown = recipe.vocabulary.unknown == "unk"
    counted = counts_piece(recipe, longest="n")
    cells = cells_piece(recipe.weighting, has_unknown=has_unknown)
    inside = indented(counted, cells)
    code = f"""\
sizes, found, counted, predicted, hits = {{}}, {{}}, {{}}, {{}}, {{}}
for n in (1, 2, 3):
{inside.code}
    found[n] = frequency = pd.Series(np.asarray(train_counts.sum(axis=0)).ravel(), terms)
    predicted[n] = MultinomialNB().fit(train_cells, labels[train]).predict(validation_cells)
    counted[n], hits[n] = (train_counts, terms), predicted[n] == labels[validation]
    sizes[n] = [len(terms), (frequency == 1).sum(), frequency.sum(), train_cells.nnz, hits[n].sum()]
print(pd.DataFrame(sizes, ["terms", "seen once", "tokens", "filled cells", "right in validation"]))
print(found[{settings.get("new", 2)}].drop(found[1].index, errors="ignore").nlargest(20))  # new word groups"""
    imports = (*inside.imports, _PD, _NP, "from sklearn.naive_bayes import MultinomialNB")
    return View(Piece("", code, imports), "texts", recipe)


def _unknown(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_UNKNOWN, "counts", recipe.change(unknown="leave-out"))


def _reduced(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    n = settings.get("n", N_COMPONENTS)
    method, across, up = settings.get("method", "pca"), settings.get("across", 1) - 1, settings.get("up", 2) - 1
    variance = f"""\
lsa = TruncatedSVD({n}, algorithm="arpack").fit(train_cells.astype(float))
pca = PCA({n}, svd_solver="arpack").fit(train_cells.astype(float))
explained = pd.DataFrame({{"LSA": lsa.explained_variance_ratio_, "PCA": pca.explained_variance_ratio_}})
print(explained)"""
    axes = f"""
largest = {method}.components_[np.arange({n}), np.abs({method}.components_).argmax(axis=1)]
loadings = pd.DataFrame({method}.components_.T * np.sign(largest), terms)  # the largest of each component is positive
for axis in ({across}, {up}):
    print(loadings[axis].iloc[np.argsort(-loadings[axis].abs(), kind="stable")[:10]])
points = {method}.transform(train_cells.astype(float)) * np.sign(largest)  # the map shows a sample of these
print(pd.DataFrame(points[:, [{across}, {up}]], train))"""
    imports = (_PD, "from sklearn.decomposition import PCA, TruncatedSVD")
    return View(Piece("", variance + axes, (*imports, _NP)), "columns", recipe)


MATRIX: Views = {
    ("Preprocessing", "by-hand"): _by_hand,
    ("Preprocessing", "cells"): _block,
    ("Preprocessing", "selection"): _selection,
    ("Preprocessing", "limits"): _limits,
    ("Preprocessing", "word-groups"): _groups,
    ("Preprocessing", "unknown-words"): _unknown,
    ("Preprocessing", "lsa-and-pca"): _reduced,
}
"""Panels of the matrix, by page and by the name in the address."""
