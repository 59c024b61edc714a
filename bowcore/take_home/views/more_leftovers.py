"""Further code of the view *Leftovers* of the page Data."""

from __future__ import annotations

from bowcore.findings.agency_tags import MAX_PHRASES, MAX_PLACES, MIN_ARTICLES, MIN_EDGE_SHARE, MIN_TAG_SHARE
from bowcore.findings.edge_phrases import MIN_NEIGHBOURS, MIN_PHRASE_ARTICLES, PHRASE_LENGTHS
from bowcore.findings.leftover_words import MAX_GLUED_ARTICLES, MIN_HALF_OCCURRENCES
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Parts, Settings, View, reading_piece
from bowcore.take_home.views.data import leftovers, of_split

_PD, _NP = "import pandas as pd", "import numpy as np"
AFTER_TAGS = "The code of *Tags* comes between."
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
_FRAGMENTS = Piece(
    "",
    """\
for kind in counts.index:
    rows_of = found[kind].explode().dropna().value_counts().sort_index()
    rows_of = rows_of.sort_values(ascending=False, kind="stable")  # texts with each fragment
    print(kind, len(rows_of), "fragments, the first in", rows_of.iloc[0] / len(read) if len(rows_of) else 0)
    print(pd.DataFrame({"texts": rows_of, "meant": rows_of.index.map(html.unescape)}).head(100).to_string())""",
    (_PD, "import html"),
)
PLACES = f"""\
alone = {{text: rows for text, (rows, kinds) in edges.items() if not kinds & {{0, 1}} and len(rows) >= LEAST}}
alone = {{text: rows for text, rows in alone.items() if wordy(text)}}
places = {{}}
for text, rows in sorted(alone.items(), key=lambda item: (-len(item[1]), item[0]))[:{MAX_PLACES}]:
    word = rf"(?<!\\w){{re.escape(text)}}(?!\\w)"
    n = len(set().union(*(field.index[field.str.contains(word)] for field in fields)))
    if len(rows) >= SHARE * n:
        places[text] = [len(rows), len(rows) / n, *share(rows)]
print(pd.DataFrame(places, ["texts", "at the edge", *classes]).T.to_string())
"""
PHRASES = f"""\
known, phrases = [set(text.split()) for text in (*tags, *places)], {{}}
for field, is_end in [(field, is_end) for field in fields for is_end in (False, True)]:
    outer = field.str.strip().str.strip(" .…\\"'").str.split()
    outer = outer.map(lambda words: (words[::-1] if is_end else words)[:{PHRASE_LENGTHS[-1] + 1}])
    taken, kept = set(), {{}}
    for length in {PHRASE_LENGTHS[::-1]}:  # of phrases in the same texts, the longest
        longer = outer[outer.map(len) > length]
        begins = longer.map(lambda words: " ".join((words[:length])[:: -1 if is_end else 1]))
        begins = begins[begins.map(begins.value_counts()) >= {MIN_PHRASE_ARTICLES}]
        for phrase, rows in begins.index.groupby(begins).items():
            if longer[rows].str[length].nunique() < {MIN_NEIGHBOURS} * len(rows):
                continue  # the same word follows where whole texts repeat
            if len(taken.intersection(rows)) <= 0.5 * len(rows):
                taken.update(rows)
                kept[phrase] = rows
    for phrase, rows in sorted(kept.items(), key=lambda item: (-len(item[1]), item[0]))[:{MAX_PHRASES}]:
        if phrase in phrases or any(tag <= set(re.findall(r"[^\\s()]+", phrase)) for tag in known):
            continue
        holding = [field[field.str.contains(phrase, regex=False)] for field in fields]
        word = rf"(?<!\\w){{re.escape(phrase)}}(?!\\w)"
        n = len(set().union(*(field.index[field.str.contains(word)] for field in holding)))
        if len(rows) >= {MIN_EDGE_SHARE} * n:
            phrases[phrase] = rows, max(n, len(rows)), "end" if is_end else "beginning"
phrases = dict(sorted(phrases.items(), key=lambda item: (-len(item[1][0]), item[0])))
table = [[edge, len(rows), len(rows) / n, *share(rows)] for rows, n, edge in phrases.values()]
print(pd.DataFrame(table, list(phrases), ["edge", "texts", "at the edge", *classes]).to_string())"""
TAGS = r"""
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
TAGS, PLACES = (
    code.replace("LEAST", str(MIN_ARTICLES)).replace("SHARE", str(MIN_TAG_SHARE)).strip() for code in (TAGS, PLACES)
)


def _repaired(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    repaired = of_split(recipe).change(repair=True)
    signs = facts.signs if repaired.text == facts.text else find_facts(repaired).signs
    reading, counting = reading_piece(repaired, signs), leftovers(repaired, facts, settings).piece
    whole = Piece("", f"{reading.code}\n{counting.code}", (*reading.imports, *counting.imports))
    return View(whole, "main", repaired, shorter=View(counting, "read", repaired))


def _glued(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_GLUED, "read", of_split(recipe).change(repair=False))


def fields_of(recipe: Recipe, drop: str, *, repaired: bool = False) -> str:
    """The line that chooses the fields in which tags are looked for, without the rows to `drop`."""
    names = '["title"]' if recipe.text.text_used == "headline" else '["title", "body"]'
    read = '.str.normalize("NFKC")' * recipe.text.plain_forms + ".map(repair)" * repaired
    return f"fields = [articles[name].drop({drop}){read} for name in {names}]"


def _tags(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = f"{fields_of(recipe, 'test')}\n{TAGS}"
    return View(Piece("", code, (_PD, _NP, "import re")), "articles", of_split(recipe))


def _phrases(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = f"{PLACES}\n{PHRASES}"
    return View(Piece("", code, (_PD, "import re")), "main", of_split(recipe), note=AFTER_TAGS)


def _fragments(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_FRAGMENTS, "main", of_split(recipe))


MORE_LEFTOVERS: Parts = {
    ("Data", "leftovers"): {
        "After the repair": _repaired,
        "Glued words": _glued,
        "Fragments": _fragments,
        "Tags": _tags,
        "Phrases": _phrases,
    },
}
"""Parts of its code, by page and view, and by the name of the part."""
