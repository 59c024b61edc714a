"""Further code of the views of the page Preprocessing on words, for the numbers that do not fit into the first."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import counts_piece, matrix_pieces, short_counts_piece
from bowcore.take_home.piece import Piece
from bowcore.take_home.repairing import NO_REPAIRS
from bowcore.take_home.signs import escaped, find_signs
from bowcore.take_home.texts import steps_piece, text_piece
from bowcore.take_home.view import Parts, Settings, View
from bowcore.take_home.views.steps import ALL_STEPS, SENTENCE
from bowcore.text.characters import APOSTROPHES
from bowcore.text.stopwords import DENIALS
from bowcore.text.tagger.words import STEP as TAGGER

_PD, _NP = "import pandas as pd", "import numpy as np"
_FORMS = """\
tokens, holding = np.asarray(held.sum(axis=0)).ravel(), held > 0
forms = pd.DataFrame({"term": made, "form": names[made.index], "tokens": tokens[made.index]}, made.index)
forms["articles"], shares = holding[:, made.index].getnnz(axis=0), {}
for term, columns in made.groupby(made).groups.items():
    inside = holding[:, columns].toarray()
    alone = inside & (inside.sum(axis=1, keepdims=True) == 1)
    for column, rows in zip(columns, alone.T):
        shares[column] = np.bincount(labels[train][rows], minlength=len(classes))
shares = pd.DataFrame(shares, classes).T.reindex(made.index)  # so far numbers of texts
forms["alone in"] = n_alone = shares.sum(axis=1)
shares = shares.div(n_alone.where(n_alone > 0), axis=0)
adjusted = false_discovery_control(list(p_values.values())) if p_values else []
forms["adjusted p"] = forms["term"].map(dict(zip(p_values, adjusted))).astype(float)
tested = shares[(n_alone >= 10) & forms["adjusted p"].notna()].groupby(made)
spread = tested.max() - tested.min()
forms["largest difference"] = forms["term"].map(spread.max(axis=1))
forms["differs most in"] = forms["term"].map(spread.idxmax(axis=1) if len(spread) else {})
forms["differs"] = forms["adjusted p"] < 0.05
forms["of the term"] = forms.groupby("term")["tokens"].transform("sum")"""
_FORMS_SHOWN = """
forms = forms.sort_values(["of the term", "term", "tokens"], ascending=[False, True, False])
print(forms.head(100).to_string(), shares.loc[forms.index[:100]].to_string(), sep="\\n")"""
_SYMBOLS = Piece(
    "",
    """\
words, lost = pd.Series(" ".join(read).split()).value_counts(), {}
for name, step in steps.items():
    lost[name], pieces = Counter(), [step(word) for word in words.index]
    for word, piece, n in zip(words.index, pieces, words):
        gone = Counter(word) - Counter(piece)
        lost[name].update({sign: n * times for sign, times in gone.items() if unicodedata.category(sign) == "So"})
    print(name, lost[name].most_common(20))
    made = pd.DataFrame({"tokens": words, "pieces": [piece.split() for piece in pieces]})
    words = made.explode("pieces").groupby("pieces")["tokens"].sum().rename_axis(None)""",
    (_PD, "import unicodedata", "from collections import Counter"),
)
_SIZE = """\
def size(texts):
    words = " ".join(texts).split()
    return len(words), len(set(words))"""
_CHANGES = """sizes, frequency = {}, {}
for name, (names, counts, n_bytes) in matrices.items():
    frequency[name], (n_rows, n_terms) = pd.Series(np.asarray(counts.sum(axis=0)).ravel(), names), counts.shape
    sparse_bytes = (n_bytes + 4) * counts.nnz + 4 * (n_rows + 1)
    sizes[name] = [n_terms, n_rows, counts.sum(), 1 - counts.nnz / n_rows / n_terms, sparse_bytes, 8 * n_rows * n_terms]
print(pd.DataFrame(sizes, ["terms", "texts", "tokens", "empty cells", "stored sparse", "stored dense"]))"""
_TERMS_CHANGED = """
changes = pd.DataFrame(frequency).fillna(0).astype(int).sort_index()
changes["change"] = changes["now"] - changes["before"]
changes = changes[changes["change"] != 0].sort_values("change", key=abs, ascending=False, kind="stable")
gone, new = (changes[~changes.index.isin(frequency[name].index)] for name in ("now", "before"))
print(len(gone), "terms gone,", len(new), "new", changes.head(100), sep="\\n")"""
_TWO_MODELS = """models = {"naive Bayes": MultinomialNB(), "logistic regression": LogisticRegression(max_iter=1000)}
predict = lambda model: model.fit(train_cells, labels[train]).predict(validation_cells)
was = {name: predict(model) for name, model in models.items()}"""
_FATES = """now, truth = {name: predict(model) for name, model in models.items()}, labels[validation]
for name, before, after in ((name, was[name], now[name]) for name in models):
    print(name, *((side == truth).sum() for side in (before, after)), "right of", len(truth), "before and now")
    for right in (before == truth, after == truth):
        print("95 %:", *binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson"))
    fates = {"fixed": (before != truth) & (after == truth), "broken": (before == truth) & (after != truth)}
    fates["wrong both times"] = (before != after) & (before != truth) & (after != truth)
    fixed, broken, n = fates["fixed"].sum(), fates["broken"].sum(), len(truth)
    more, less = (fixed + 1) / (n + 2), (broken + 1) / (n + 2)  # Bonett and Price's interval
    half = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
    print("McNemar's p:", binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0)
    print("points:", *(100 * end for end in (more - less - half, more - less + half)))
    for fate, which in fates.items():
        kinds = {"before": before[which], "now": after[which], "class": truth[which]}
        table = pd.DataFrame({side: np.array(classes)[numbers] for side, numbers in kinds.items()}, validation[which])
        print(fate, len(table), table, sep="\\n")"""
_SHARES = """\
removed = {name: sum(tokens[word] for word in set(map(small, words))) for name, words in lists.items()}
print({name: n / max(tokens.total(), 1) for name, n in removed.items()}, "of all tokens are on the lists")"""
_NEGATIONS = f"""
denials = "{" ".join(DENIALS)}".split()
negations = pd.DataFrame({{name: [word in words for word in denials] for name, words in lists.items()}}, denials)
print(negations.sum(), "negations are on the lists")
negations.insert(0, "tokens", [tokens[small(word)] for word in denials])
print(negations)
print(len(set(SPACY) & set(ENGLISH_STOP_WORDS)), "words are on both lists")
for name, other in (("spaCy", "scikit-learn"), ("scikit-learn", "spaCy")):
    only = {{word: tokens[small(word)] for word in sorted(set(lists[name]) - set(lists[other]))}}
    print(len(only), "only on the list of", name, sorted(only.items(), key=lambda one: -one[1]))"""
_NOT_WHOLE = """\
def run(text, names):
    for name in names:
        text = steps.get(name, str)(text)
    return text
straight, faults = lambda word: re.sub("[SIGNS]", "'", word), {}
early = EARLY
late = LATE
for name, words in lists.items():
    listed, rows = set(map(small, words)), []
    for word in sorted(words):
        pieces = run(straight(word), early).split()  # what reaches the list in its place
        left = [piece for piece in pieces if small(piece) not in listed]
        if left and run(" ".join(left), late).split():
            rows.append([word, pieces, left, "out of reach" if left == pieces else "half removed"])
    faults[name] = pd.DataFrame(rows, columns=["listed", "reaches the list as", "stays", "so it is"])
    print(name, len(rows), "words are not whole", faults[name].head(100), sep="\\n")"""
_INTERVALS = Piece(
    "",
    """\
for name, right in now.items():
    print(name, right.sum(), *binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson"))
guess = np.bincount(labels[train]).argmax()
print("always guessing", classes[guess], (labels[validation] == guess).mean())""",
    (_NP, "from scipy.stats import binomtest"),
)
_MODELS = (
    _PD,
    _NP,
    "from scipy.stats import binomtest",
    "from sklearn.linear_model import LogisticRegression",
    "from sklearn.naive_bayes import MultinomialNB",
)


def _forms(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    step, order = settings.get("step", ALL_STEPS), [*recipe.terms.order, "masked_words"]
    code, imports = _FORMS, [_PD, _NP, "from scipy.stats import false_discovery_control"]
    if step != ALL_STEPS:
        later = "list(steps.values())"
        if step != TAGGER:
            later = f"[one for name, one in steps.items() if name in {order[order.index(step) + 1 :]}]"
        code += f"\nlater = {later}"
        code += '\nforms["after all"] = [reduce(lambda word, one: one(word), later, term) for term in forms["term"]]'
        imports.append("from functools import reduce")
    return View(Piece("", code + _FORMS_SHOWN, tuple(imports)), "main", recipe)


def _symbols(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_SYMBOLS, "main", recipe)


def _earlier(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """Sizes before the tagger and the repair, which come before the steps."""
    code = [_SIZE, 'print("before the first step:", *size(read), "tokens and distinct words")']
    plain = recipe.change(units="white-space")
    if recipe.text.units == "lemmas":
        code += [steps_piece(plain, facts.signs, only="line").code, 'print("before the tagger:", *size(read))']
    if recipe.text.repair:
        unchanged = replace(facts.signs, repairs=NO_REPAIRS)
        code += [steps_piece(plain.change(repair=False), unchanged, only="line").code]
        code += ['print("before the repair:", *size(read))']
    return View(Piece("", "\n".join(code), (_PD,)), "main", recipe)


def _last_change(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    before = _comparable(recipe, settings)
    now = f'"now": (terms, train_counts, {_bytes(recipe)})'
    imports = (_PD, _NP)
    if before is None:
        return View(Piece("", f"matrices = {{{now}}}\n{_CHANGES}", imports), "counts", recipe)
    pieces = [*_texts(recipe, before, facts), short_counts_piece(recipe) or counts_piece(recipe)]
    was = f'matrices = {{"before": (terms, train_counts, {_bytes(before)})}}'
    code = [was, *(piece.code for piece in pieces), f"matrices |= {{{now}}}", _CHANGES + _TERMS_CHANGED]
    needed = (*imports, *(line for piece in pieces for line in piece.imports))
    return View(Piece("", "\n".join(code), needed), "counts", before)


def _intervals(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return View(_INTERVALS, "main", recipe)


def _changed(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    before = _comparable(recipe, settings)
    if before is None:
        return View(_INTERVALS, "main", recipe, note="There is no recipe before this one to compare with.")
    pieces = [*_texts(recipe, before, facts), *matrix_pieces(recipe)]
    code = [_TWO_MODELS, *(piece.code for piece in pieces), _FATES]
    imports = (*_MODELS, *(line for piece in pieces for line in piece.imports))
    return View(Piece("", "\n".join(code), imports), "cells", before)


def _comparable(recipe: Recipe, settings: Settings) -> Recipe | None:
    """The recipe before, if it has the same training and validation texts."""
    before: Recipe | None = settings.get("before")
    if before is None or (before.corpus, before.split, before.sample) != (recipe.corpus, recipe.split, recipe.sample):
        return None
    return before


def _texts(recipe: Recipe, before: Recipe, facts: Facts) -> list[Piece]:
    """The texts of a recipe after those of the one before; what both define in the same way stands there already."""
    if before.through("terms") == recipe.through("terms"):
        return []
    now = text_piece(recipe, facts.signs)
    if before.text == recipe.text:
        setup, cleaned, rest = now.code.partition("def clean(text):")
        if setup == text_piece(before, facts.signs).code.partition("def clean(text):")[0]:
            now = replace(now, code=cleaned + rest)
    return [now]


def _bytes(recipe: Recipe) -> int:
    return 8 if recipe.weighting.weighting == "tfidf" else 4


def _known(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    own = (settings.get("sentence") or SENTENCE,)
    signs = find_signs(pa.table({"title": own, "body": [""]}), recipe.text)
    sentence = text_piece(recipe, signs, own)
    code = f"""\
columns, analyse = set(terms), vectorizer.build_analyzer()
{sentence.code}
known = pd.Series({{term: term in columns for term in analyse(texts[0])}}, dtype=bool)
print(known)  # which of its terms and word groups are in the vocabulary"""
    return View(Piece("", code, (*sentence.imports, _PD)), "counts", recipe)


def _both_lists(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    negations = _NEGATIONS if recipe.terms.is_english else ""
    return View(Piece("", _SHARES + negations, (_PD,)), "main", recipe)


def _not_whole(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    order = [*recipe.terms.order, "masked_words"]
    at = order.index("stop_words")
    code = _NOT_WHOLE.replace("EARLY", str(order[:at])).replace("LATE", str(order[at + 1 :]))
    return View(Piece("", code.replace("SIGNS", escaped(APOSTROPHES)), (_PD, "import re")), "main", recipe)


MORE_STEPS: Parts = {
    ("Preprocessing", "what-each-step-did"): {
        "Symbols lost": _symbols,
        "Before the steps": _earlier,
        "The last change": _last_change,
    },
    ("Preprocessing", "merges"): {"Forms": _forms},
    ("Preprocessing", "order"): {"In the vocabulary": _known},
    ("Preprocessing", "stop-lists"): {"Shares and negations": _both_lists, "Not whole": _not_whole},
    ("Preprocessing", "accuracy"): {"Intervals": _intervals, "Texts that changed": _changed},
}
"""Further parts of these panels, by page and view, and by the name of the part."""
