"""Further code of the views of the page Data, for the numbers that do not fit into the first."""

from __future__ import annotations

from bowcore.findings.agency_tags import MIN_ARTICLES, MIN_TAG_SHARE
from bowcore.findings.leftover_words import MAX_GLUED_ARTICLES, MIN_HALF_OCCURRENCES
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.matrix import matrix_pieces
from bowcore.take_home.piece import Piece
from bowcore.take_home.texts import text_piece
from bowcore.take_home.view import Parts, Settings, View, indented, reading_piece
from bowcore.take_home.views.data import leftovers, of_split

_PD, _NP = "import pandas as pd", "import numpy as np"
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
_GLUED = Piece(
    "",
    f"""\
kinds = {{"Lu": "U", "Ll": "l"}}
shape = lambda word: "".join(kinds.get(unicodedata.category(sign), "-") for sign in word)
words = Counter(word.strip(".,;:!?()[]\\"'").lower() for text in read for word in text.split())
owners = {{}}
for row, text in read.items():
    for word in sorted(set(re.findall(r"\\w+", text))):
        inner = re.fullmatch("(U?l{{2,}})Ul{{2,}}", shape(word))  # a capital inside: SaturdayThe
        at = inner.end(1) if inner else 0
        if inner and min(words[word[:at].lower()], words[word[at:].lower()]) >= {MIN_HALF_OCCURRENCES}:
            owners.setdefault(word, []).append(row)
glued = {{word: rows for word, rows in owners.items() if len(rows) <= {MAX_GLUED_ARTICLES}}}  # others are names
rows = sorted({{row for found in glued.values() for row in found}})
print(len(rows), "texts of", len(read), dict(zip(classes, np.bincount(labels[rows], minlength=len(classes)))))
print(pd.Series({{word: len(rows) for word, rows in glued.items()}}, dtype=int).sort_values(ascending=False))""",
    (_PD, _NP, "import re", "import unicodedata", "from collections import Counter"),
)
_TAGS = r"""
dash, inside = r"(?:--?|–|—|:|：)", r"([^()\[\]（）【】［］]{2,30})"
begin, end, plain = r"[(\[（【［]", r"[)\]）】］]", r"[^()\[\]（）【】［］]"
forms = [rf"{begin}{inside}{end}[\s.]*\Z", rf"^{plain}{{0,60}}{begin}{inside}{end}\s*(?:{dash}|\Z)"]
forms, edges = [*forms, r"^([^\W\d_][^\s()]*(?: [^\s()]+){0,3}?) (?:--?|–|—) "], {}
for field in fields:
    for number, form in enumerate(forms):
        for row, text in field.str.extract(form, expand=False).dropna().items():
            if number < 2 or text[0].isupper():
                rows, kinds = edges.setdefault(text.strip(), (set(), set()))
                rows.add(row)
                kinds.add(number)
tags, wordy = {}, lambda text: 2 * sum(map(str.isalpha, text)) > len(text)
for text, (rows, kinds) in edges.items():
    if len(rows) < LEAST or not wordy(text) or not kinds & {0, 1}:  # others are before a dash alone: places
        continue
    word = rf"(?<!\w){re.escape(text)}(?!\w)"
    marked = rf"{begin}[ \t]*{word}[ \t]*{end}|{word} (?:--?|–|—) "
    holding = [field[field.str.contains(text, regex=False)] for field in fields]
    has = [set().union(*(field.index[field.str.contains(form)] for field in holding)) for form in (word, marked)]
    if len(rows) >= SHARE * len(has[0]):
        tags[text] = rows | has[1], len(rows) / len(has[0])
share = lambda rows: np.bincount(labels[sorted(rows)], minlength=len(classes)) / len(rows)
table = pd.DataFrame({text: [len(rows), edge, *share(rows)] for text, (rows, edge) in tags.items()})
table.index = ["articles", "at the edge", *classes] if tags else []
print(len(set().union(*(rows for rows, _ in tags.values()))), "texts carry a tag")
print(table.T)"""
_TAGS = _TAGS.replace("LEAST", str(MIN_ARTICLES)).replace("SHARE", str(MIN_TAG_SHARE)).strip()


def _columns(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_COLUMNS, "articles", of_split(recipe), note="Classes are in the first part.")


def _left_out(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """Naive Bayes with all training texts, and without those that repeat a text of another split."""
    inside = indented(*matrix_pieces(recipe))
    text = text_piece(recipe, facts.signs)
    bayes = "from sklearn.naive_bayes import MultinomialNB"
    code = f"""\
{text.code}
whole, across = (articles["title"] + " " + articles["body"]).str.strip(), parts[0] != parts[1]
same = whole[train].isin(whole[np.concatenate([validation, test])]).to_numpy()
alike = same | np.isin(train, np.concatenate([one[across], two[across]]))
learned = {{"keep all": train, "exact repeats out": train[~same], "similar out": train[~alike]}}
for name, train in learned.items():
{inside.code}
    right = MultinomialNB().fit(train_cells, labels[train]).predict(validation_cells) == labels[validation]
    before = right if name == "keep all" else before
    found = binomtest(int(right.sum()), len(right))
    print(name, len(train), "to learn from,", found.k, "right of", found.n, *found.proportion_ci(method="wilson"))
    print((right & ~before).sum(), "fixed,", (before & ~right).sum(), "broken")"""
    imports = (*text.imports, *inside.imports, _NP, "from scipy.stats import binomtest", bayes)
    note = "Of all training texts, before a sample is drawn." if recipe.sample.training_articles else ""
    return View(Piece("", code, imports), "main", of_split(recipe), note=note)


def _repaired(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    repaired = of_split(recipe).change(repair=True)
    signs = facts.signs if repaired.text == facts.text else find_facts(repaired).signs
    reading, counting = reading_piece(repaired, signs), leftovers(repaired, facts, settings).piece
    whole = Piece("", f"{reading.code}\n{counting.code}", (*reading.imports, *counting.imports))
    return View(whole, "main", repaired)


def _glued(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_GLUED, "read", of_split(recipe).change(repair=False))


def _tags(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    headline = recipe.text.text_used == "headline"
    fields = '["title"]' if headline else '["title", "body"]'
    code = f"fields = [articles[name].drop(test) for name in {fields}]\n{_TAGS}"
    note = "Datelines, which are before a dash alone, and constant phrases are left out."
    return View(Piece("", code, (_PD, _NP, "import re")), "articles", of_split(recipe), note=note)


MORE_DATA: Parts = {
    ("Data", "overview"): {"Columns": _columns},
    ("Data", "duplicates"): {"Without them": _left_out},
    ("Data", "leftovers"): {"After the repair": _repaired, "Glued words": _glued, "Tags": _tags},
}
"""Further parts of the views of the page Data, by page and view, and by the name of the part."""
