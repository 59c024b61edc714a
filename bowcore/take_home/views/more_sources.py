"""Further code of the view *Source words* of the page Data: words that name a source, and the effect of masking."""

from __future__ import annotations

import pyarrow as pa

from bowcore.findings.leftover_kinds import kinds
from bowcore.findings.source_words import MIN_ARTICLES, SOURCE
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import cells_piece, counts_piece
from bowcore.take_home.piece import Piece
from bowcore.take_home.signs import escaped
from bowcore.take_home.texts import text_piece
from bowcore.take_home.view import Parts, Settings, View, reading_piece
from bowcore.take_home.views.more_leftovers import AFTER_TAGS, PHRASES, PLACES, TAGS, fields_of
from bowcore.text.characters import APOSTROPHES

_PD, _NP, _RE = "import pandas as pd", "import numpy as np", "import re"
_BAYES = "from sklearn.naive_bayes import MultinomialNB"
_BINOMIAL = "from scipy.stats import binomtest"
_SOURCES = """\
counter = clone(vectorizer).set_params(vocabulary=list(terms))
def texts_with(spans):  # each term and the texts that have it inside of such a place
    inside = pd.Series("", articles.index)
    for text, rows in spans.items():
        inside[list(rows)] += text + " "
    return (counter.transform(inside[train].map(clean)) > 0).multiply(train_counts > 0)
addresses = {}
for pattern in MARKED:
    for row, text in read.drop(validation).items():
        for found_there in set(re.findall(pattern, text)):
            addresses.setdefault(found_there, []).append(row)
by_number = lambda rows_of: dict(sorted(rows_of.items(), key=lambda item: (-len(item[1]), item[0])))
spans = {"agency tag": by_number({text: rows for text, (rows, _) in tags.items()})}
spans |= {"phrase": {text: rows for text, (rows, _, _) in phrases.items()}, "mark-up, web": addresses}
held = {place: texts_with(rows_of) for place, rows_of in spans.items()}
n_texts = train_counts.getnnz(axis=0)
member = np.eye(len(classes), dtype=int)[labels[train]]
of_class = pd.DataFrame(np.asarray((train_counts > 0).T @ member), terms, classes)
named = pd.DataFrame({"texts": n_texts, "class": of_class.idxmax(axis=1), "n": of_class.max(axis=1)}, terms)
named["of it"], named["source"] = named["n"] / n_texts, sum(held.values()).astype(bool).sum(axis=0).A1 / n_texts
in_place = pd.DataFrame({place: found_there.getnnz(axis=0) for place, found_there in held.items()}, terms)
named["mostly in"] = in_place.idxmax(axis=1).where(in_place.max(axis=1) > 0, "")
named = named[(named["texts"] >= LEAST) & (named["source"] >= SHARE)].sort_values("texts", ascending=False)
ends = [binomtest(n, of).proportion_ci(level) for n, of in zip(named["n"], named["texts"])]
print(len(named), "terms name a source;", (named["of it"] >= NEAR).sum(), "are near one class too")
print(named.assign(low=[end.low for end in ends], high=[end.high for end in ends]).to_string())"""
_PAIRED = """\
for name, found in {"without the mask": was, "with it": now}.items():
    right = binomtest(int((found == labels[validation]).sum()), len(found))
    print(name, right.k, "right of", right.n, *right.proportion_ci(method="wilson"))
for name, rows in {"all": np.ones(len(was), bool), "those with a masked word": has_word}.items():
    before, after, n = (was == labels[validation])[rows], (now == labels[validation])[rows], rows.sum()
    fixed, broken, changed = (after & ~before).sum(), (before & ~after).sum(), (was != now)[rows].sum()
    p = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    more, less = (fixed + 1) / (n + 2), (broken + 1) / (n + 2)  # Bonett and Price's interval
    half = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
    print(name, changed, "of", n, "changed label,", fixed, "fixed,", broken, "broken; p", p)
    print("points:", 100 * (more - less - half), 100 * (more - less + half))"""

_COUNTED = """\
for name, rows in {"all": was == was, "those with a masked word": has_word}.items():
    before, after = (was == labels[validation])[rows], (now == labels[validation])[rows]
    print(name, before.sum(), "right, then", after.sum(), "of", len(after), (was != now)[rows].sum(), "changed")"""


def _tags(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    fields = fields_of(recipe, "np.append(test, validation)", repaired=bool(facts.signs.repairs))
    return View(Piece("", f"{fields}\n{TAGS}", (_PD, _NP, _RE)), "main", recipe)


def _phrases(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(Piece("", f"{PLACES}\n{PHRASES}", (_PD, _RE)), "main", recipe, note=AFTER_TAGS)


def _sources(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """Terms that name a source, by the places that the parts before it have found in the training texts."""
    marked = [kind.pattern for kind in kinds(pa.array([], pa.string())) if kind.name in ("mark-up", "web address")]
    lines = reading_piece(recipe, facts.signs).code.split("\n")
    first = next(at for at, line in enumerate(lines) if line.startswith(("read =", "title, body =")))
    code = _SOURCES.replace("LEAST", str(settings.get("least", MIN_ARTICLES))).replace("SHARE", str(SOURCE))
    code = code.replace("NEAR", str(settings.get("near", 95) / 100))
    marks = ", ".join(f"r'{pattern}'" for pattern in marked)
    whole = "\n".join([*lines[first:], code.replace("for pattern in MARKED:", f"for pattern in ({marks}):")])
    imports = (_PD, _NP, _RE, _BINOMIAL, "from sklearn.base import clone")
    note = "The code of *Tags* and of *Phrases* comes between."
    return View(Piece("", whole, imports), "main", recipe, note=note)


def _mask(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """Naive Bayes with the masked words and without, on all validation texts and on those with one of them."""
    cells = cells_piece(recipe.weighting, has_unknown=recipe.vocabulary.unknown == "unk")
    fitted = "MultinomialNB().fit(train_cells, labels[train]).predict(validation_cells)"
    if not recipe.terms.masked_words:
        code = f"{cells.code}\nnow = {fitted}\nprint((now == labels[validation]).sum(), 'right of', len(now))"
        return View(Piece("", code, (*cells.imports, _BAYES)), "main", recipe, note="No word is masked.")
    lines, counts = text_piece(recipe, facts.signs).code.split("\n"), counts_piece(recipe)
    first = next(at for at, line in enumerate(lines) if line.startswith(("texts =", "title, body =")))
    small = "lower" if recipe.terms.is_english else "casefold"
    code = "\n".join(
        [
            cells.code,
            f"now = {fitted}",
            "masked, MASKED = MASKED, set()  # `clean` drops nothing more",
            *lines[first:],
            counts.code,
            cells.code,
            f"was = {fitted}",
            f'small = lambda term: re.sub("[{escaped(APOSTROPHES)}]", "\'", term).{small}()',
            "columns = np.flatnonzero([small(term) in masked for term in terms])",
            "has_word = np.asarray(validation_cells[:, columns].sum(axis=1)).ravel() > 0",
            _PAIRED,
        ]
    )
    imports = (*cells.imports, *counts.imports, _BAYES, _NP, _RE)
    note = "Intervals and the test of the change would be more than 40 lines."
    shorter = View(Piece("", code.replace(_PAIRED, _COUNTED), imports), "main", recipe, note=note)
    return View(Piece("", code, (*imports, _BINOMIAL)), "main", recipe, shorter=shorter)


MORE_SOURCES: Parts = {
    ("Data", "source-words"): {"Tags": _tags, "Phrases": _phrases, "Sources": _sources, "Mask": _mask},
}
"""Parts of its code, by page and view, and by the name of the part."""
