"""Further code of the views of the page Data, for the numbers that do not fit into the first."""

from __future__ import annotations

from dataclasses import replace

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SampleSpec
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import cells_piece, counts_piece, matrix_pieces
from bowcore.take_home.piece import Piece
from bowcore.take_home.splitting import sample_piece
from bowcore.take_home.texts import text_piece
from bowcore.take_home.view import Parts, Settings, View, indented
from bowcore.take_home.views.data import near_pairs, of_split
from bowcore.take_home.views.more_leftovers import MORE_LEFTOVERS
from bowcore.take_home.views.more_sources import MORE_SOURCES

_PD, _NP = "import pandas as pd", "import numpy as np"
GROUPED_FROM = 0.8
"""Similarity from which copies share a fold: that of the search for suspicious labels."""
_COLUMNS = Piece(
    "",
    """\
open_parts, table = {"training": articles.iloc[train], "validation": articles.iloc[validation]}, {}
for name in ("title", "body"):
    for part, rows in open_parts.items():
        text, words = rows[name], rows[name].str.split().str.len()
        facts = {"n": len(text), "missing": (text.str.strip() == "").sum(), "distinct": text.nunique()}
        for unit, size in (("words", words), ("characters", text.str.len())):
            facts |= {f"mean {unit}": size.mean(), f"median {unit}": size.median(), f"longest {unit}": size.max()}
        table[name, part] = facts
table = pd.DataFrame(table).T
print(table.round(1).to_string())
for name in ("title", "body"):  # texts by length in words, in 20 bins; the last holds all longer ones too
    words = {part: rows[name].str.split().str.len() for part, rows in open_parts.items()}
    width = max(np.quantile(pd.concat(words.values()), 0.99) / 19, 1)
    in_bins = lambda sizes: np.bincount(np.minimum(sizes // width, 19).astype(int), minlength=20)
    bins = {part: in_bins(sizes) for part, sizes in words.items()}
    print(name, "in bins of", width, "words", *bins.items(), sep="\\n")""",
    (_PD, _NP),
)
_EXACT = Piece(
    "",
    """\
every = (articles["title"] + " " + articles["body"]).str.strip()
kinds = pd.DataFrame({"text": whole, "label": labels[whole.index], "in training": whole.index.isin(train)})
in_both, counted = set(every[train]) & set(every[validation]), {}
in_part = {"training": kinds["in training"], "validation": ~kinds["in training"], "both": whole.isin(in_both)}
for name, inside in in_part.items():
    repeats = kinds[inside].groupby("text")["label"].agg(["size", "nunique"])
    repeats, pair = repeats[repeats["size"] > 1], where == name
    counted[name] = {"exact: texts": len(repeats), "exact: rows": repeats["size"].sum()}
    counted[name] |= {"exact: labels differ": (repeats["nunique"] > 1).sum(), "near: pairs": pair.sum()}
    counted[name] |= {"near: rows": len(np.unique([one[pair], two[pair]]))}
    counted[name] |= {"near: labels differ": (labels[one] != labels[two])[pair].sum()}
counted = pd.DataFrame(counted)
print(counted.to_string())
n_within, n_of_training = every[test].duplicated().sum(), every[test].isin(every[train]).sum()
print("of the test texts", n_within, "repeat another one,", n_of_training, "a training text")
listed = kinds.groupby("text").agg(**{
    "n": ("label", "size"), "in training": ("in training", "sum"), "labels": ("label", "nunique")})
listed = listed[listed["n"] > 1].sort_values("n", ascending=False)
print(listed.head(100))""",
    (_PD, _NP),
)
_PAIRS = Piece(
    "",
    """\
at = pd.Series(range(len(whole)), whole.index)
text = pd.Series(pd.factorize(groups.map(sorted).str.join("\\n"))[0], whole.index)  # the same groups: the same text
turned = (where == "both") & np.isin(one, validation)  # the training text comes first
first, second = np.where(turned, two, one), np.where(turned, one, two)
shared = np.asarray(held[at[one]].multiply(held[at[two]]).sum(axis=1)).ravel()
table = pd.DataFrame({"where": where, "first": first, "second": second, "differ": labels[first] != labels[second]})
table["similarity"] = shared / (size[at[one]] + size[at[two]] - shared)
kinds = np.stack([text[first], text[second]])
kinds = np.where(where == "both", kinds, np.sort(kinds, axis=0))
table["a"], table["b"] = kinds
similar = table.groupby(["where", "a", "b"]).agg(
    similarity=("similarity", "first"), differ=("differ", "any"), first=("first", list), second=("second", list))
similar["rows"] = [len({*a, *b}) for a, b in zip(similar["first"], similar["second"])]
similar = similar.sort_values(["similarity", "rows"], ascending=False)
print(similar.groupby("where").size(), similar.head(50).to_string(), sep="\\n")""",
    (_PD, _NP),
)
_LENGTHS = Piece(
    "",
    """\
table = pd.DataFrame({"class": pd.Categorical.from_codes(labels[lengths.index], classes), "words": lengths})
table.insert(1, "split", np.where(lengths.index.isin(train), "training", "validation"))
for by in (["split", "class"], ["split"]):
    quantiles = table.groupby(by, observed=True)["words"].describe(percentiles=[0.05, 0.25, 0.5, 0.75, 0.95])
    print(quantiles.to_string())
drawn = table.loc[read.index]  # those in the chart
print("median", drawn["words"].median(), drawn.groupby("class", observed=True)["words"].median(), sep="\\n")
least, most = drawn["words"].min(), drawn["words"].max()
edges = np.unique(np.round(np.geomspace(max(least, 1), max(most + 1, 2), 31)))
edges = np.append(0.5, edges) if least < 1 else edges  # a bin of its own for texts without a word
bins = drawn.groupby(["class", "split"], observed=True)["words"]
bins = pd.DataFrame({at: np.histogram(np.maximum(words, 0.5), edges)[0] for at, words in bins}, edges[:-1])
print(bins.to_string())""",
    (_PD, _NP),
)


def _columns(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_COLUMNS, "articles", of_split(recipe), note="Classes are in the first part.")


def _left_out(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """Naive Bayes with all training texts, and without those that repeat a text of another split."""
    inside = indented(*matrix_pieces(recipe))
    text = text_piece(recipe, facts.signs)
    spec = SampleSpec(training_articles=recipe.sample.training_articles, sample_seed=recipe.sample.sample_seed)
    drawn = sample_piece(replace(facts, near=()), spec)
    function, _, draw = ("" if drawn is None else drawn.code).partition("\nif ")
    sampled = indented(Piece("", f"if {draw}")).code + "\n" if draw else ""
    bayes = "from sklearn.naive_bayes import MultinomialNB"
    code = f"""\
{function}
{{text}}
whole, across = (articles["title"] + " " + articles["body"]).str.strip(), where == "both"
near, others = np.concatenate([one[across], two[across]]), np.concatenate([validation, test])
same, same_held = whole[train].isin(whole[others]).to_numpy(), whole[validation].isin(whole[train]).to_numpy()
alike, alike_held = same | np.isin(train, near), same_held | np.isin(validation, near)
learned = {{"keep all": (train, validation < 0), "exact repeats out": (train[~same], same_held)}}
learned["similar out"] = train[~alike], alike_held
for name, (train, repeated) in learned.items():
{sampled}{inside.code}
    found = MultinomialNB().fit(train_cells, labels[train]).predict(validation_cells)
    right, was = found == labels[validation], found if name == "keep all" else was
    before, n = was == labels[validation], len(found)
    fixed, broken, ends = (right & ~before).sum(), (before & ~right).sum(), binomtest(int(right.sum()), n)
    print(name, len(train), "to learn from,", ends.k, "right of", n, *ends.proportion_ci(method="wilson"))
    print((found != was).sum(), "changed label,", fixed, "fixed,", broken, "broken")
    print("of", repeated.sum(), "texts that they repeat", before[repeated].sum(), "were right,", right[repeated].sum())
    more, less = (fixed + 1) / (n + 2), (broken + 1) / (n + 2)  # Bonett and Price's interval
    half = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
    print("points:", 100 * (more - less - half), 100 * (more - less + half))"""
    code, own = code.removeprefix("\n"), of_split(recipe)
    imports = (*inside.imports, _NP, "from scipy.stats import binomtest", bayes)
    longer = Piece("", code.replace("{text}", text.code), (*text.imports, *imports))
    # where the lines of the texts leave no room they come before, with those that load the texts
    shorter = View(Piece("", code.replace("{text}\n", ""), imports), "texts", own, goes_on=True)
    return View(longer, "main", own, shorter=shorter)


def _exact(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_EXACT, "main", of_split(recipe))


def _pairs(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_PAIRS, "main", of_split(recipe))


def _lengths(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_LENGTHS, "main", of_split(recipe))


def _near_copies(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The suspicious labels as the page finds them: with near copies in one fold, and the classes of each."""
    code = f"""\
whole = (articles["title"] + " " + articles["body"]).drop(test).str.strip()
whole = pd.concat([whole.drop(validation), whole[validation]])
judged = rows
{near_pairs(facts, GROUPED_FROM)}
rows, at = judged, pd.Series(range(len(whole)), whole.index)
graph = coo_matrix((np.ones(len(one)), (at[one], at[two])), shape=(len(whole), len(whole)))
same = np.unique(connected_components(graph)[1][at[rows]], return_inverse=True)[1]  # near copies of copies too
n_grouped = (np.bincount(same)[same] > 1).sum()
chances, issues = judge(deal(same))
right = binomtest(int((chances.argmax(axis=1) == given).sum()), len(given))
print(n_grouped, "texts have near copies; right:", right.statistic, *right.proportion_ci(method="wilson"))
own = np.array([chances[given == label, label].mean() for label in range(len(classes))])  # confident from here on
others = np.arange(len(classes)) != given[issues][:, None]
sure = others & (chances[issues] >= own - 1e-6)
sure |= others & ~sure.any(axis=1, keepdims=True)
suggested = np.where(sure, chances[issues], -1).argmax(axis=1)
listed = pd.DataFrame({{"row": rows[issues], "given": given[issues], "suggested": suggested}})
listed["chance"], listed["of it"] = chances[issues, given[issues]], chances[issues, suggested]
print(listed.groupby(["given", "suggested"]).size().sort_values(ascending=False), classes)
print(listed.head(100).to_string())"""
    imports = [_PD, _NP, "from scipy.sparse import coo_matrix", "from scipy.sparse.csgraph import connected_components"]
    imports += ["from scipy.stats import binomtest", "from sklearn.feature_extraction.text import CountVectorizer"]
    return View(Piece("", code, tuple(imports)), "main", recipe)


def _words_behind(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """What each word of a text in doubt adds to the log-odds of the suggested class against the given one."""
    cells = cells_piece(recipe.weighting, has_unknown=recipe.vocabulary.unknown == "unk")
    inside = indented(counts_piece(recipe), cells)
    code = f"""\
folds, sides, words = deal(same), (train, validation), {{}}
for fold in range(5):
    train, validation = rows[folds != fold], rows[folds == fold]
{inside.code}
    model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])
    weights, bias, known = model.coef_, model.intercept_, list(model.classes_)
    if len(known) == 2:  # scikit-learn has one row of weights, for the second class
        weights, bias = np.vstack([0 * weights, weights]), np.append(0, bias)
    for row, one, other in listed.loc[listed["row"].isin(validation), ["row", "given", "suggested"]].to_numpy():
        if one in known and other in known:
            one, other, cell = known.index(one), known.index(other), validation_cells[np.searchsorted(validation, row)]
            pulls = cell.data * (weights[other] - weights[one])[cell.indices]
            words[row] = pd.Series(pulls, terms[cell.indices]).sort_values(key=abs, ascending=False)
            print(row, "intercept", bias[other] - bias[one], words[row].head(5).to_dict())
train, validation = sides"""
    imports = (*inside.imports, _PD, _NP, "from sklearn.linear_model import LogisticRegression")
    note = "The code of *Near copies* comes between."
    return View(Piece("", code, imports), "main", recipe, note=note)


MORE_DATA: Parts = (
    MORE_LEFTOVERS
    | MORE_SOURCES
    | {
        ("Data", "overview"): {"Columns": _columns},
        ("Data", "duplicates"): {"Exact repeats": _exact, "Pairs": _pairs, "Without them": _left_out},
        ("Data", "suspicious-labels"): {"Near copies": _near_copies, "Words": _words_behind},
        ("Data", "articles"): {"Lengths": _lengths},
    }
)
"""Further parts of the views of the page Data, by page and view, and by the name of the part."""
