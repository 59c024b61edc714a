"""Further code of the views of the page Preprocessing on the matrix, for the numbers that do not fit into the first."""

from __future__ import annotations

from bowcore.matrix.by_hand import weightings
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import WeightingSpec
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.splitting import SAMPLE
from bowcore.take_home.view import Parts, Settings, View

_PD, _NP = "import pandas as pd", "import numpy as np"
_TERMS_THAT_GO = Piece(
    "",
    """\
frequency = np.asarray(train_counts.sum(axis=0)).ravel()
table = pd.DataFrame({"count": frequency, "articles": n_articles}, terms)
gone = {"rare": rare, "common": common & ~rare}
for name, which in gone.items():
    gone[name] = table[which].sort_values("count", ascending=False, kind="stable")
    print(name, len(gone[name]), "terms,", gone[name]["count"].sum(), "tokens\\n", gone[name].head(100))
minima = np.unique(np.round(np.geomspace(1, n_articles.max(), 60)).astype(int))
terms_left = pd.Series([(n_articles >= minimum).sum() for minimum in minima], minima)
print(terms_left)  # by the fewest articles that a term must be in""",
    (_PD, _NP),
)
_BY_VALUES = Piece(
    "",
    """\
cells = TfidfTransformer().fit_transform(train_counts).tocoo()
filled = pd.DataFrame({"term": cells.col, "value": cells.data, "class": labels[train][cells.row]})
def summed(n):  # n ln n, added for each term
    return xlogy(n, n).groupby("term").sum().reindex(range(len(terms)), fill_value=0).to_numpy()
absent = in_class - present
by_values = summed(filled.value_counts()) - summed(filled.value_counts(["term", "value"]))
by_values += xlogy(absent, absent).sum(axis=0) - xlogy(absent.sum(axis=0), absent.sum(axis=0))
by_values = (by_values + xlogy(n, n) - xlogy(in_class, in_class).sum()) / n  # every value is a category of its own
best = {"by presence": scores["mutual-information"], "by values of TF-IDF": by_values}
best = {name: np.argsort(-information, kind="stable")[:100] for name, information in best.items()}
print(pd.DataFrame({name: terms[columns[:10]] for name, columns in best.items()}))
odd = best["by values of TF-IDF"][~np.isin(best["by values of TF-IDF"], best["by presence"])]
print(100 - len(odd), "of the 100 best by values are among the best by presence; the others, with their articles:")
print(pd.Series(train_counts.getnnz(axis=0)[odd], terms[odd]))""",
    (_PD, _NP, "from scipy.special import xlogy"),
)
_TESTS = """\
guess = np.bincount(labels[train]).argmax()
print("always guessing", classes[guess], (labels[validation] == guess).mean())
for size, right in hits.items():
    found = binomtest(int(right.sum()), len(right))
    print(size, found.k, *found.proportion_ci(method="wilson"))
    if size > 1:
        fixed, broken, n = (right & ~hits[1]).sum(), (hits[1] & ~right).sum(), len(right)
        p = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
        more, less = (fixed + 1) / (n + 2), (broken + 1) / (n + 2)  # Bonett and Price's interval
        half = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
        print((predicted[size] != predicted[1]).sum(), "changed,", fixed, "fixed,", broken, "broken, McNemar's p", p)
        print("points:", *(100 * end for end in (more - less - half, more - less + half)))
sparse_bytes = {size: ({bytes} + 4) * filled + 4 * (len(train) + 1) for size, (*_, filled, _) in sizes.items()}
dense_bytes = {size: 8 * len(train) * n_terms for size, (n_terms, *_) in sizes.items()}
print("bytes:", sparse_bytes, "dense:", dense_bytes)
counts, names = counted[{new}]
new = np.flatnonzero(~np.isin(names, counted[1][1]){known})
new = new[np.argsort(-np.asarray(counts.sum(axis=0)).ravel()[new], kind="stable")][:1000]
by_class = np.eye(len(classes))[labels[train]].T @ counts[:, new]
table = pd.DataFrame((by_class / by_class.sum(axis=0)).T, names[new], classes)  # shares of the occurrences
table.insert(0, "count", by_class.sum(axis=0))
table.insert(1, "articles", counts.getnnz(axis=0)[new])
print(table.head(100))"""
_MEAN = """\
cells, first = train_cells.astype(float), {"LSA": lsa.components_[0], "PCA": pca.components_[0]}
mean = np.asarray(cells.mean(axis=0)).ravel()
mean_share = len(train) * mean @ mean / cells.power(2).sum()
toward_mean = {name: abs(component @ mean) / np.sqrt(mean @ mean) for name, component in first.items()}
print(mean_share, "of the squared cells are those of the mean text; the cosines with it:", toward_mean)
singular_values = pd.DataFrame({"LSA": lsa.singular_values_, "PCA": pca.singular_values_})
print(singular_values)"""


def _terms_that_go(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_TERMS_THAT_GO, "main", recipe)


def _cuts(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    shown = settings.get("shown", "term-frequency")
    code = f"""\
held = np.bincount(np.concatenate(list(lists.values())), minlength=len(terms))  # how many lists have a term
alone = {{name: columns[held[columns] == 1] for name, columns in lists.items()}}
cuts = {{}}
for name, columns in lists.items():
    equal = np.isclose(scores[name], scores[name][columns[-1]], rtol=1e-9, atol=1e-15)
    cuts[name] = [len(alone[name]), scores[name][columns[-1]], equal.sum(), equal[columns].sum()]
print(pd.DataFrame(cuts, ["alone in it", "score at cut", "equals", "kept"]).T)
table = pd.DataFrame({{"count": scores["term-frequency"], "articles": scores["document-frequency"]}}, terms)
table.insert(0, "score", scores["{shown}"])
print("by {shown}:", table.iloc[lists["{shown}"]].head(100), sep="\\n")
print("in this list alone:", table.iloc[alone["{shown}"]].head(100), sep="\\n")
differ = lists["summed-tfidf"][~np.isin(lists["summed-tfidf"], lists["term-frequency"])]
print(len(differ), "terms are in the list by summed TF-IDF and not in that of max_features:", *terms[differ[:5]])"""
    return View(Piece("", code, (_PD, _NP)), "main", recipe)


def _by_values(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_BY_VALUES, "main", recipe)


def _tests(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    known = ' & (names != "<UNK>")' if recipe.vocabulary.unknown == "unk" else ""
    code = _TESTS.replace("{new}", str(settings.get("new", 2))).replace("{known}", known)
    code = code.replace("{bytes}", str(_bytes_of_a_value(recipe)))
    return View(Piece("", code, (_PD, _NP, "from scipy.stats import binomtest")), "main", recipe)


def _mean_text(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(Piece("", _MEAN, (_PD, _NP)), "main", recipe)


def _map(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    method, across, up = settings.get("method", "pca"), settings.get("across", 1) - 1, settings.get("up", 2) - 1
    code = f"""\
{SAMPLE}
drawn = []
parts = {{"training": (train, train_cells, 1400), "validation": (validation, validation_cells, 600)}}
for part, (rows, cells, most) in parts.items():
    some = sample(labels[rows], most, seed=0) if most < len(rows) else np.arange(len(rows))
    points = {method}.transform(cells[some].astype(float)) * np.sign(largest)
    drawn.append(pd.DataFrame(points[:, [{across}, {up}]], rows[some], ["across", "up"]).assign(part=part))
drawn = pd.concat(drawn).assign(kind=lambda table: np.array(classes)[labels[table.index]])
print(drawn)"""
    return View(Piece("", code, (_PD, _NP)), "main", recipe)


def _cell_by_hand(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    ways = weightings(recipe)
    own = next((way for way, spec in ways.items() if spec == recipe.weighting), list(ways)[-1])
    way = settings.get("way", own)
    return View(_arithmetic("counts", f"{settings.get('row', 0)}", settings.get("term", ""), ways[way]), "main", recipe)


def _cell(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    row, term = settings.get("cell") or ("rows[0]", "")
    sizes = f"""\
# values, their columns, and the starts of the rows
n_bytes = ({_bytes_of_a_value(recipe)} + 4) * train_cells.nnz + 4 * (len(train) + 1)
print(train_cells.nnz / len(train), "filled cells of a text; bytes:", n_bytes, "dense is times", 8 * n_cells / n_bytes)
page = train_cells[rows][:, columns]
print(1 - page.nnz / np.prod(page.shape), "of the cells of this page are empty")
"""
    steps = _arithmetic("train_counts", str(row), term, recipe.weighting)
    return View(Piece("", sizes + steps.code, steps.imports), "main", recipe)


def _bytes_of_a_value(recipe: Recipe) -> int:
    """TF-IDF is stored in eight bytes, counts and presence in four, as is the column of each."""
    return 8 if recipe.weighting.weighting == "tfidf" else 4


def _arithmetic(counts: str, row: str, term: str, spec: WeightingSpec) -> Piece:
    """The steps from count to cell of all terms of a row, and of one of them."""
    code = [
        f"row, n_texts, n = {counts}[{row}].sorted_indices(), {counts}.getnnz(axis=0), {counts}.shape[0]",
        'steps = pd.DataFrame({"articles": n_texts[row.indices], "count": row.data}, terms[row.indices])',
    ]
    made = "count"
    if spec.weighting == "binary":
        code.append('steps["present"] = 1')
    elif spec.weighting == "tfidf":
        if spec.sublinear_tf:
            code.append('steps["tf"] = 1 + np.log(steps["count"])')
            made = "tf"
        if spec.use_idf:
            idf = '(1 + n) / (1 + steps["articles"])' if spec.smooth_idf else 'n / steps["articles"].clip(lower=1)'
            code.append(f'steps["idf"] = np.log({idf}) + 1')
            code.append(f'steps["tf × idf"] = steps["{made}"] * steps["idf"]')
            made = "tf × idf"
        if spec.norm != "none":
            length = f'steps["{made}"].sum()' if spec.norm == "l1" else f'np.sqrt((steps["{made}"] ** 2).sum())'
            code.append(f"length = {length}")
            code.append(f'steps["cell"] = steps["{made}"] / length')
            code.append(f'print("length of the row ({spec.norm.upper()}):", length)')
    code.append('print(steps, "of", n, "texts")')
    if term:
        code.append(f"print(steps[steps.index == {term!r}])  # empty if the text does not have it")
    return Piece("", "\n".join(code), (_PD, _NP))


MORE_MATRIX: Parts = {
    ("Preprocessing", "by-hand"): {"Steps of a cell": _cell_by_hand},
    ("Preprocessing", "cells"): {"Sizes and arithmetic": _cell},
    ("Preprocessing", "selection"): {"Cuts": _cuts, "By values": _by_values},
    ("Preprocessing", "limits"): {"Terms that go": _terms_that_go},
    ("Preprocessing", "word-groups"): {"Tests and new groups": _tests},
    ("Preprocessing", "lsa-and-pca"): {"The mean text": _mean_text, "The map": _map},
}
"""Further parts of these panels, by page and view, and by the name of the part."""
