"""Code of the views of the page Data."""

from __future__ import annotations

import re

import pyarrow as pa

from bowcore.findings.leftover_kinds import kinds
from bowcore.findings.leftover_words import BY_FRAGMENT
from bowcore.findings.source_words import MIN_ARTICLES, NEAR
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import matrix_pieces
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Settings, View, Views, indented
from bowcore.text.characters import INVISIBLE

LONGEST = 75  # signs of a part of a pattern
_PD, _NP = "import pandas as pd", "import numpy as np"
SIMILARITY = 0.8
"""Similarity that *Duplicates* shows first."""
_WHOLE = 'whole = (articles["title"] + " " + articles["body"]).drop(test).str.strip()'
_OVERVIEW = Piece(
    "",
    """\
parts = {"training": train, "validation": validation, "test": test}
sizes = {name: np.bincount(labels[rows], minlength=len(classes)) for name, rows in parts.items()}
sizes, guess = pd.DataFrame(sizes, index=classes), np.bincount(labels[train]).argmax()
print(sizes, "always guessing:", classes[guess], (labels[validation] == guess).mean(), sep="\\n")
print("shares:", sizes.sum(axis=1) / len(labels), sizes.sum() / len(labels), sep="\\n")
every = (articles["title"] + " " + articles["body"]).str.strip()
whole = every.drop(test)
print(whole.duplicated().sum(), "repeat another text;", whole.str.split().str.len().mean(), "words on average")
in_both = set(every[train]) & set(every[validation])
n_labels = pd.Series(labels[whole.index]).groupby(whole.to_numpy()).nunique()
print(len(in_both), "texts are in training and validation,", (n_labels > 1).sum(), "have labels that differ")
print(every[test].isin(every[train]).sum(), "test texts repeat a training text")""",
    (_PD, _NP),
)


def of_split(recipe: Recipe) -> Recipe:
    """The recipe with all training texts of the split, whichever of them it learns from."""
    return recipe.change(training_articles=0, drop_leaked=False)


def _overview(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_OVERVIEW, "articles", of_split(recipe))


def near_pairs(facts: Facts, least: float) -> str:
    """Lines that find the pairs of the texts `whole` that are as similar: rows `one` and `two`."""
    signs = facts.signs
    spaced = f'.str.replace("([{signs.unspaced}])", r" \\1 ", regex=True)' if signs.unspaced else ""
    return f"""\
words = whole.str.lower().str.replace(r"\\.{{2,}}", " ", regex=True)
words = words.str.replace("{_INSIDE}", "", regex=True)
words = words.str.replace(r"[^\\w{signs.marks}]+|_", " ", regex=True){spaced}.str.split()
groups = words.map(lambda text: {{" ".join(text[at : at + 3]) for at in range(max(len(text) - 2, 1))}} - {{""}})
held = CountVectorizer(analyzer=list).fit_transform(groups).astype(np.int32)  # groups of three neighbouring words
rows, size, pairs = whole.index.to_numpy(), np.diff(held.indptr), []
for first in range(0, len(rows), 500):  # a few texts against all: groups in both over groups in either
    both = (held[first : first + 500] @ held.T).tocoo()
    one, two = both.row + first, both.col
    near = (one < two) & (both.data / (size[one] + size[two] - both.data) >= {least!r})
    pairs.append(rows[np.stack([one[near], two[near]])])
one, two = np.concatenate(pairs, axis=1)"""


def _duplicates(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = f"""\
{_WHOLE}
{near_pairs(facts, settings.get("similarity", SIMILARITY))}
parts = np.where(np.isin([one, two], train), "training", "validation")
where = np.where(parts[0] == parts[1], parts[0], "both")
print(pairs := pd.Series(labels[one] != labels[two]).groupby(where).agg(pairs="size", labels_differ="sum"))
alike = whole[whole.duplicated(keep=False)]
print(len(alike), "texts repeat another exactly, of", alike.nunique(), "texts")"""
    imports = (_PD, _NP, "from sklearn.feature_extraction.text import CountVectorizer")
    return View(Piece("", code, imports), "articles", of_split(recipe))


def leftovers(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """Fragments of each kind of leftover, and the texts of each class that hold them, as the recipe reads them."""
    signs = facts.signs
    known = dict(settings.get("kinds") or ((kind.name, kind.pattern) for kind in kinds(pa.array([], pa.string()))))
    found, imports = [], [_PD, _NP, "import re"]
    for kind, pattern in known.items():
        if kind in _FOUND:
            found.append(f"found[{kind!r}] = {_FOUND[kind]}")
            imports.append("import unicodedata")
        elif kind == "glued sentences":
            found += _GLUED_SENTENCES
            imports.append("import unicodedata")
        elif kind not in BY_FRAGMENT:
            wanted = INVISIBLE.replace("\u200b-\u200f", "\u200b\u200e\u200f" if signs.has_joiners else "\u200b-\u200f")
            raw = wanted if kind == "invisible character" else pattern
            found.append(f"found[{kind!r}] = find({_literal(raw)})")
    code = "\n".join(
        [
            "found, find = {}, lambda pattern: read.map(lambda text: set(re.findall(pattern, text)))",
            *found,
            "at = {kind: read.index[pieces.map(len) > 0] for kind, pieces in found.items()}",
            "counts = {kind: np.bincount(labels[rows], minlength=len(classes)) for kind, rows in at.items()}",
            "counts = pd.DataFrame(counts, classes).T  # texts of each class",
            "shares = counts / np.bincount(labels[read.index], minlength=len(classes))",
            'counts["all"] = counts.sum(axis=1)',
            'counts["training"] = [np.isin(rows, train).sum() for rows in at.values()]',
            'counts = counts.sort_values("all", ascending=False, kind="stable")',
            'print(counts.to_string(), "of", len(read), "share of each class:", shares.to_string())',
        ]
    )
    return View(Piece("", code, tuple(imports)), "read", of_split(recipe))


def _as_written(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return leftovers(recipe.change(repair=False), facts, settings)


def _literal(pattern: str) -> str:
    """A pattern as a literal in ASCII, a long one in several lines."""
    text = pattern.encode("unicode_escape").decode().replace("\\\\", "\\")
    quote = '"' if '"' not in text else "'"
    lines = [""]
    for part in re.findall(r"\\?[^\\|]+|\\\\|\|", text):
        lines = [*lines, part] if len(lines[-1]) + len(part) > LONGEST else [*lines[:-1], lines[-1] + part]
    literals = [f"r{quote}{line}{quote}" for line in lines]
    return literals[0] if len(literals) == 1 else "\n    " + "\n    ".join(literals)


def _source_words(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    near, least = settings.get("near", round(100 * NEAR)), settings.get("least", MIN_ARTICLES)
    code = f"""\
by_class = pd.DataFrame((train_counts > 0).T @ np.eye(len(classes))[labels[train]], terms, classes).astype(int)
by_class = by_class[by_class.sum(axis=1) >= {least}]
found = pd.DataFrame({{"articles": by_class.sum(axis=1), "class": by_class.idxmax(axis=1), "n": by_class.max(axis=1)}})
level = 1 - 0.05 / (len(found) * len(classes))  # Bonferroni's: for all terms compared
found = found[found["n"] / found["articles"] >= {near / 100!r}].sort_values("articles", ascending=False, kind="stable")
ends = [binomtest(n, of).proportion_ci(level) for n, of in zip(found["n"], found["articles"])]
print(found.assign(low=[end.low for end in ends], high=[end.high for end in ends]))"""
    note = "It finds words near one class. *Tags*, *Phrases* and *Sources*, in turn, find those that name a source."
    imports = (_PD, _NP, "from scipy.stats import binomtest")
    return View(Piece("", code, imports), "counts", recipe, note=note)


def _suspects(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    inside = indented(*matrix_pieces(recipe))
    imports = [*inside.imports, _PD, _NP, "from cleanlab.filter import find_label_issues"]
    imports.append("from sklearn.linear_model import LogisticRegression")
    code = f"""\
def deal(same):  # the fold of each text; those of a group share theirs
    kind, size = pd.crosstab(same, given).to_numpy().argmax(axis=1), np.bincount(same)
    fold_of, n_of = np.zeros(len(size), int), np.zeros((len(classes) + 1, 5), int)
    order = np.random.default_rng(0).permutation(len(size))
    for group in order[np.lexsort((-size[order], kind[order]))]:
        fold = np.lexsort((n_of[-1], n_of[kind[group]]))[0]  # with the fewest of the class, then of all
        fold_of[group], n_of[[kind[group], -1], fold] = fold, n_of[[kind[group], -1], fold] + size[group]
    return fold_of[same]
def learn(train, validation):  # chances of the classes for texts that the model did not see
{inside.code}
    model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])
    return model.classes_, model.predict_proba(validation_cells)
def judge(folds):
    chances = np.zeros((len(rows), len(classes)))
    for held in (folds == fold for fold in range(5)):
        known, found = learn(rows[~held], rows[held])
        chances[np.ix_(held, known)] = found
    issues = find_label_issues(
        given, chances, filter_by="confident_learning", return_indices_ranked_by="self_confidence", n_jobs=1)
    print(len(issues), "of", len(given), "to check; right out of fold:", (chances.argmax(axis=1) == given).mean())
    return chances, issues
rows, given = train, labels[train]
same = pd.factorize((articles["title"] + " " + articles["body"]).str.strip()[train])[0]  # equal texts
chances, issues = judge(deal(same))
print(rows[issues][:20])"""
    note = "Only equal texts share a fold here; near copies do on the page, and in *Near copies*."
    return View(Piece("", code, tuple(imports)), "texts", recipe, note=note)


def _articles(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = ["lengths = read.str.split().str.len()"]
    if settings.get("part"):
        rows = {"training": "train", "validation": "validation"}[settings["part"]]
        code.append(f"read = read[{rows}]")
    if settings.get("class_name"):
        code.append(f"read = read[labels[read.index] == {facts.class_names.index(settings['class_name'])}]")
    if settings.get("query"):
        regex = bool(settings.get("regex"))
        code.append(f"read = read[read.str.contains({settings['query']!r}, case=False, regex={regex})]")
    code.append("words = lengths[read.index]")
    if settings.get("longest"):
        code.append(f"words = words[words.between({settings.get('shortest', 0)}, {settings['longest']})]")
    code += [
        "kinds = pd.Series(pd.Categorical.from_codes(labels[words.index], classes), words.index)",
        'parts = pd.Series(np.where(words.index.isin(train), "training", "validation"), words.index)',
        'print(len(words), "texts found", words.groupby([parts, kinds], observed=True).describe(), sep="\\n")',
    ]
    imports = [_PD, _NP]
    if settings.get("query") and not settings.get("regex"):
        edge = f"[^\\w{facts.signs.marks}]|_"
        code.append(f'alone = rf"(?:^|{edge}){{re.escape({settings["query"]!r})}}(?:$|{edge})"')
        code.append(
            'print(read.str.contains(alone, case=False).sum(), "of", len(read), "texts have it as a word of its own")'
        )
        imports.append("import re")
    return View(Piece("", "\n".join(code), tuple(imports)), "read", of_split(recipe))


_INSIDE = "[.'\\u2019\\u00ad\\u200c\\u200d\\u2060]"
_GLUED_SENTENCES = (
    "cases = {case: map(chr, range(0x10000)) for case in ('Lu', 'Ll')}",
    "cases = [''.join(s for s in signs if unicodedata.category(s) == case) for case, signs in cases.items()]",
    "big, small = map('[{}]'.format, cases)",
    "found['glued sentences'] = find(f'{big}?{small}{{2,30}}[.!?]{big}{small}{{1,30}}')",
)
_FOUND = {
    "decomposed letters": "read.map("
    "lambda text: {word for word in text.split() if not unicodedata.is_normalized('NFC', word)})",
    "no letter": "read.map("
    "lambda text: {' '.join(text.split())[:40]} if text.strip() and not re.search(r'[^\\W\\d_]', text) else set())",
}


DATA: Views = {
    ("Data", "overview"): _overview,
    ("Data", "duplicates"): _duplicates,
    ("Data", "leftovers"): _as_written,
    ("Data", "source-words"): _source_words,
    ("Data", "suspicious-labels"): _suspects,
    ("Data", "articles"): _articles,
}
"""Views of the page Data, by page and by the name in the address."""
