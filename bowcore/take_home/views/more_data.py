"""Further code of the views of the page Data, for the numbers that do not fit into the first."""

from __future__ import annotations

from dataclasses import replace

from bowcore.findings.agency_tags import MAX_PHRASES, MAX_PLACES, MIN_ARTICLES, MIN_EDGE_SHARE, MIN_TAG_SHARE
from bowcore.findings.edge_phrases import MIN_NEIGHBOURS, MIN_PHRASE_ARTICLES, PHRASE_LENGTHS
from bowcore.findings.leftover_words import MAX_GLUED_ARTICLES, MIN_HALF_OCCURRENCES
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SampleSpec
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.matrix import matrix_pieces
from bowcore.take_home.piece import Piece
from bowcore.take_home.splitting import sample_piece
from bowcore.take_home.texts import text_piece
from bowcore.take_home.view import Parts, Settings, View, indented, reading_piece
from bowcore.take_home.views.data import leftovers, near_pairs, of_split

_PD, _NP = "import pandas as pd", "import numpy as np"
GROUPED_FROM = 0.8
"""Similarity from which copies share a fold: that of the search for suspicious labels."""
AFTER_TAGS = "The code of *Tags* comes between."
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
_PLACES = f"""\
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
_PHRASES = f"""\
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
_TAGS, _PLACES = (
    code.replace("LEAST", str(MIN_ARTICLES)).replace("SHARE", str(MIN_TAG_SHARE)).strip() for code in (_TAGS, _PLACES)
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


def _repaired(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    repaired = of_split(recipe).change(repair=True)
    signs = facts.signs if repaired.text == facts.text else find_facts(repaired).signs
    reading, counting = reading_piece(repaired, signs), leftovers(repaired, facts, settings).piece
    whole = Piece("", f"{reading.code}\n{counting.code}", (*reading.imports, *counting.imports))
    return View(whole, "main", repaired, shorter=View(counting, "read", repaired))


def _glued(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_GLUED, "read", of_split(recipe).change(repair=False))


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


def _fields(recipe: Recipe, drop: str) -> str:
    """The line that chooses the fields in which tags are looked for."""
    names = '["title"]' if recipe.text.text_used == "headline" else '["title", "body"]'
    return f"fields = [articles[name].drop({drop}) for name in {names}]\n"


def _tags(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(Piece("", _fields(recipe, "test") + _TAGS, (_PD, _NP, "import re")), "articles", of_split(recipe))


def _phrases(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = f"{_PLACES}\n{_PHRASES}"
    return View(Piece("", code, (_PD, "import re")), "main", of_split(recipe), note=AFTER_TAGS)


def _fragments(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_FRAGMENTS, "main", of_split(recipe))


MORE_DATA: Parts = {
    ("Data", "overview"): {"Columns": _columns},
    ("Data", "duplicates"): {"Exact repeats": _exact, "Pairs": _pairs, "Without them": _left_out},
    ("Data", "suspicious-labels"): {"Near copies": _near_copies},
    ("Data", "articles"): {"Lengths": _lengths},
    ("Data", "leftovers"): {
        "After the repair": _repaired,
        "Glued words": _glued,
        "Fragments": _fragments,
        "Tags": _tags,
        "Phrases": _phrases,
    },
}
"""Further parts of the views of the page Data, by page and view, and by the name of the part."""
