"""Code of the views of the page Preprocessing on words."""

from __future__ import annotations

from dataclasses import replace

from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEP_TABLE
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.matrix import matrix_pieces
from bowcore.take_home.piece import Piece
from bowcore.take_home.signs import escaped
from bowcore.take_home.texts import prepared, text_piece
from bowcore.take_home.view import Parts, Settings, Stage, View, Views
from bowcore.text.characters import APOSTROPHES
from bowcore.text.stopwords import SPACY_CODES
from bowcore.text.tagger.words import STEP as TAGGER
from bowcore.trace.tricky_strings import TRICKY_STRINGS

_PD, _NP = "import pandas as pd", "import numpy as np"
ALL_STEPS = "all steps"
SENTENCE = "Canada's banks weren't closing in 2004."
"""A sentence to follow where the page shows none yet."""
MOST_WORDS = 20  # listed

_EARLIER = "What the repair and the tagger did to each word before these steps is left out."


def _effects(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    step = settings.get("step", "")
    code = """\
words, effects = pd.Series(" ".join(read).split()).value_counts(), {}
for name, step in steps.items():
    made = pd.DataFrame({"tokens": words, "pieces": [step(word).split() for word in words.index]})
    n, piece = made["pieces"].map(len), made["pieces"].str[0]
    changed = (n == 1) & (piece != made.index)
    fates = {"dropped": n == 0, "changed": changed, "split": n > 1}
    fates["merged"] = changed & piece.where(n == 1).duplicated(keep=False)
    after = made.explode("pieces").groupby("pieces")["tokens"].sum()
    ends = {"words after": len(after), "tokens lost": words[n == 0].sum(), "tokens after": after.sum()}
    effects[name] = {"words before": len(words)} | {fate: rows.sum() for fate, rows in fates.items()} | ends"""
    if step:
        code += f"""
    if name == "{step}":
        print(*(made[rows].head({MOST_WORDS}) for rows in fates.values()), sep="\\n")"""
    code += "\n    words = after.sort_values(ascending=False).rename_axis(None)\nprint(pd.DataFrame(effects).T)"
    is_earlier = recipe.text.repair or recipe.text.units == "lemmas"
    return View(Piece("", code, (_PD,)), "steps", recipe, note=_EARLIER if is_earlier else "")


def _merges(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    step = settings.get("step", ALL_STEPS)
    if recipe.text.units == "lemmas" and step in (TAGGER, ALL_STEPS):
        return _tagged(recipe, facts, all_steps=step == ALL_STEPS)
    code, imports, forms = [], list(_COMPARING), "read[train]"
    if step == ALL_STEPS:
        made = "reduce(lambda word, step: step(word), steps.values(), form)"
        imports.append("from functools import reduce")
    else:
        made, forms = f'steps["{step}"](form)', "forms"
        code.append("forms = read[train]")
        code.append(f'for step in list(steps.values())[: list(steps).index("{step}")]:')
        code.append("    forms = forms.map(step)")
    code.append("vectorizer = CountVectorizer(lowercase=False, tokenizer=str.split, token_pattern=None)")
    code.append(f"held, names = vectorizer.fit_transform({forms}).tocsc(), vectorizer.get_feature_names_out()")
    code.append(f"made = pd.Series([{made}.split() for form in names])")
    return _compared(code, imports, recipe)


def _compared(code: list[str], imports: list[str], recipe: Recipe, note: str = "", stage: Stage = "steps") -> View:
    """The merges among `made`, compared by class."""
    whole = Piece("", "\n".join([*code, _COMPARED]), tuple(imports))
    return View(whole, stage, recipe, note=note)


_COMPARED = """\
made = made[made.map(len) == 1].str[0]  # one term each; those of several forms are merges
made, p_values = made[made.duplicated(keep=False)], {}
for term, columns in made.groupby(made).groups.items():
    inside = held[:, columns].toarray() > 0
    alone = inside & (inside.sum(axis=1, keepdims=True) == 1)  # texts with one of the forms
    table = np.array([np.bincount(labels[train][rows], minlength=len(classes)) for rows in alone.T])
    table = table[table.sum(axis=1) >= 10]
    table = table[:, table.sum(axis=0) > 0]
    if min(table.shape) > 1 and (expected_freq(table) >= 1).all() and (expected_freq(table) < 5).mean() <= 0.2:
        p_values[term] = chi2_contingency(table, correction=False).pvalue
differ = false_discovery_control(list(p_values.values())) < 0.05
print(made.nunique(), "terms of", len(made), "forms,", len(differ), "compared by class,", differ.sum(), "differ")
print(pd.Series(names[made.index], made.index).groupby(made).agg(list).head(20))"""
_COMPARING = (
    _NP,
    _PD,
    "from scipy.stats import chi2_contingency, false_discovery_control",
    "from scipy.stats.contingency import expected_freq",
    "from sklearn.feature_extraction.text import CountVectorizer",
)


def _stop_lists(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    order, is_english, language = recipe.terms.order, recipe.terms.is_english, recipe.terms.language
    early = [name for name in order[: order.index("stop_words")] if getattr(recipe.terms, name) != STEP_TABLE[name].off]
    imports = [_PD, "import re", "from collections import Counter"]
    lists = [f'"mine": {sorted(recipe.terms.own_stop_words)!r}']
    if is_english:
        imports.append("from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS")
        imports.append("from spacy.lang.en.stop_words import STOP_WORDS as SPACY")
        lists = ['"spaCy": SPACY', '"scikit-learn": ENGLISH_STOP_WORDS', *lists]
    elif LANGUAGES[language].stop_list:
        imports.append("from importlib import import_module")
        module = f"spacy.lang.{SPACY_CODES.get(language, language)}.stop_words"
        lists = [f'"spaCy": import_module("{module}").STOP_WORDS', *lists]
    code = f"""\
reached = read[train]
for name in {early}:
    reached = reached.map(steps.get(name, str))
small = lambda word: re.sub("[{escaped(APOSTROPHES)}]", "'", word).{"lower" if is_english else "casefold"}()
tokens = Counter(map(small, " ".join(reached).split()))
lists = {{{", ".join(lists)}}}
for name, words in lists.items():
    n, never = sum(tokens[word] for word in set(map(small, words))), sum(not tokens[small(word)] for word in words)
    print(name, len(words), "words,", n, "of", tokens.total(), "tokens,", never, "of the words never met")"""
    return View(Piece("", code, tuple(imports)), "steps", recipe)


def _bench(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    own = (*settings.get("lines", ()), *(case.text for case in TRICKY_STRINGS))
    code = 'for string, terms in zip(strings, texts):\n    print(string, "→", " | ".join(terms.split()) or "∅")'
    return View(Piece("", code), "texts", recipe, own)


def _bench_before(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    return _bench(settings.get("before") or recipe, facts, settings)


def _sentence(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    code = """\
lineage = pd.DataFrame({"as read": read[0].split()})
for name, step in steps.items():
    lineage[name] = lineage.iloc[:, -1].map(step)
print(lineage.to_string())"""
    own = (settings.get("sentence") or SENTENCE,)
    return View(Piece("", code, (_PD,)), "steps", recipe, own)


def _tagged(recipe: Recipe, facts: Facts, *, all_steps: bool) -> View:
    """The merges from written tokens to lemmas, or to what the steps make of these; a form is a token and its lemma."""
    before = prepared(recipe, facts.signs).removesuffix(".pipe(lemmas)")
    fields = '("title",)' if recipe.text.text_used == "headline" else '("title", "body")'
    made = "reduce(lambda word, step: step(word), steps.values(), lemma)" if all_steps else "lemma"
    code = f"""\
pair = lambda token: f"{{token.text}}\\t{{token.lemma_}}"
pairs = lambda texts: pd.Series([list(map(pair, text)) for text in nlp.pipe(texts)], texts.index)
fields = [articles[name][train]{before} for name in {fields}]
forms = sum(map(pairs, fields[1:]), pairs(fields[0]))
vectorizer = CountVectorizer(analyzer=lambda form: [pair for pair in form if pair.strip()])
held, names = vectorizer.fit_transform(forms).tocsc(), vectorizer.get_feature_names_out()
found = [name.split("\\t")[1] for name in names]
made = pd.Series([{made}.split() for lemma in found])"""
    imports = [*_COMPARING, *["from functools import reduce"] * all_steps]
    return _compared([code], imports, recipe, "A token is one form with each of its lemmas.", "functions")


def _accuracy(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    now = _side(recipe, facts, "now")
    alone = Piece(
        "",
        "\n".join([_MODELS, *(piece.code for piece in now), _SCORED]),
        (*_OF_MODELS, *(line for piece in now for line in piece.imports)),
    )
    last = View(alone, "articles", recipe, note="It scores this recipe; with the one before it would be too long.")
    before = settings.get("before")
    if before is None or before.sample != recipe.sample:
        return replace(last, note="")
    was = _side(before, find_facts(before), "was")
    known = {line for line in was[0].code.split("\n") if line[:1].strip() and " = " in line}
    texts = [line for line in now[0].code.split("\n") if line not in known or line.startswith(("texts =", "title,"))]
    if before.through("terms") == recipe.through("terms"):
        texts = []
    parts = [_MODELS, *(piece.code for piece in was), "\n".join(texts), *(piece.code for piece in now[1:]), _PAIRED]
    imports = (*_OF_MODELS, *(line for piece in (*was, *now) for line in piece.imports))
    whole = Piece("", "\n".join(part for part in parts if part), (*imports, _NP, "from scipy.stats import binomtest"))
    return View(whole, "articles", recipe, shorter=last)


def _two_runs(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The recipes of the two runs that Compare shows, scored by the models that need no training of minutes."""
    now: Recipe = settings.get("now") or recipe
    return _accuracy(now, facts if now == recipe else find_facts(now), settings)


def now_alone(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The recipe of the page, scored by the models that need no training of minutes."""
    return _accuracy(recipe, facts, {})


def _side(recipe: Recipe, facts: Facts, name: str) -> list[Piece]:
    """Texts, cells and what both models get right under a recipe."""
    fitted = "model.fit(train_cells, labels[train]).predict(validation_cells)"
    return [
        text_piece(recipe, facts.signs),
        *matrix_pieces(recipe),
        Piece(
            "",
            f"{name}_said = {{name: {fitted} for name, model in models.items()}}\n"
            f"{name} = {{name: predictions == labels[validation] for name, predictions in {name}_said.items()}}",
        ),
    ]


_MODELS = 'models = {"naive Bayes": MultinomialNB(), "logistic regression": LogisticRegression(max_iter=1000)}'
_OF_MODELS = ("from sklearn.linear_model import LogisticRegression", "from sklearn.naive_bayes import MultinomialNB")
_SCORED = 'for name, right in now.items():\n    print(name, right.sum(), "right of", len(validation))'
_PAIRED = """\
for name, right in now.items():
    fixed, broken, n = (right & ~was[name]).sum(), (was[name] & ~right).sum(), len(right)
    p = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    more, less = (fixed + 1) / (n + 2), (broken + 1) / (n + 2)  # Bonett and Price's interval
    half = 1.959964 * np.sqrt((more + less - (more - less) ** 2) / (n + 2))
    print(name, was[name].sum(), "right, then", right.sum(), "of", n, fixed, "fixed,", broken, "broken")
    print("McNemar's p:", p, "points:", *(100 * end for end in (more - less - half, more - less + half)))"""

PANELS: Views = {
    ("Preprocessing", "what-each-step-did"): _effects,
    ("Preprocessing", "merges"): _merges,
    ("Preprocessing", "order"): _sentence,
    ("Preprocessing", "test-bench"): _bench,
    ("Preprocessing", "stop-lists"): _stop_lists,
    ("Preprocessing", "accuracy"): _accuracy,
}
"""Panels of the words, by page and by the name in the address."""
COMPARE: Views = {
    ("Compare", "runs"): _two_runs,
}
"""Views of the page Compare."""
MORE_PANELS: Parts = {("Preprocessing", "test-bench"): {"With the recipe before": _bench_before}}
"""Further parts of these panels."""
