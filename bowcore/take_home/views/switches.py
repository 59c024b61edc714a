"""Code of Compare's switches: every combination of them, their effects and interactions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Protocol

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.matrix import cells_piece, counts_piece
from bowcore.take_home.piece import Piece
from bowcore.take_home.texts import text_piece
from bowcore.take_home.view import Parts, Settings, View, Views
from bowcore.take_home.views.steps import now_alone

_NP, _PD = "import numpy as np", "import pandas as pd"
_OF_MATRIX = {"vocabulary_size", "weighting", "ngrams"}
_FIT = """\
    model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])
    right[on] = model.predict(validation_cells) == labels[validation]
    print(*(name for name, is_on in zip(switches, on) if is_on), train_cells.shape[1], "terms:", right[on].mean())"""
_EFFECTS = """\
def contrast(by_text, bound=1):  # in points, with its 95 % interval, and the p-value of no difference
    n, changed, z = len(by_text), by_text[by_text != 0], norm.ppf(0.975)
    size = np.mean(changed**2) if len(changed) else bound**2  # two texts are added: one gains and one loses
    mean = by_text.sum() / (n + 2)
    half = z * np.sqrt((((by_text**2).sum() + 2 * size) / (n + 2) - mean**2) / (n + 2))
    ends = max(mean - half, -bound), min(mean + half, bound)
    return [100 * by_text.mean(), 100 * ends[0], 100 * ends[1], min(2 * norm.sf(abs(mean) / half * z), 1)]
def table(contrasts):
    found = pd.DataFrame(contrasts, ["points", "low", "high", "p"]).T
    order = np.argsort(found["p"], kind="stable")
    holm = np.minimum(np.maximum.accumulate(found["p"].to_numpy()[order] * np.arange(len(found), 0, -1)), 1)
    return found.assign(holm=pd.Series(holm, found.index[order]))
effects = {}
for places in [*combinations(range(len(switches)), 1), *combinations(range(len(switches)), 2)]:
    signs = {on: np.prod([1 if on[place] else -1 for place in places]) for on in right}
    by_text = sum(sign * right[on] for on, sign in signs.items()) / 2 ** (len(switches) - len(places))
    effects[" × ".join(switches[place] for place in places)] = contrast(by_text, len(places))
none, *others = right  # with every switch off first
against = {" ".join(np.compress(on, switches)): contrast(right[on] - right[none].astype(float)) for on in others}
print(effects := table(effects), against := table(against), sep="\\n")"""


class Switch(Protocol):
    """A change of a recipe's fields, and the values that they have without it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def on(self) -> dict[str, Any]:
        """The fields with it."""

    @property
    def off(self) -> dict[str, Any]:
        """The fields without it."""


def _switches(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    switches: Sequence[Switch] = settings.get("switches", ())
    alone = now_alone(recipe, facts, settings)
    if not switches:
        return alone
    texts, matrix = _texts(recipe, facts, switches), _matrix(recipe, switches)
    names = [f"with_{one.name}" for one in switches]
    lines = [
        f"switches, right = {tuple(one.name for one in switches)!r}, {{}}",
        f"for on in product((False, True), repeat={len(switches)}):",
        f"    ({', '.join(names)},) = on" if len(names) == 1 else f"    {', '.join(names)} = on",
    ]
    of_text = [f"with_{one.name}" for one in switches if not set(one.on) <= _OF_MATRIX]
    if of_text:
        lines.append(f"    texts = variants[{', '.join(of_text)}{',' * (len(of_text) == 1)}]")
    lines += [*(f"    {line}" for line in matrix.code.split("\n")), _FIT]
    imports = (*matrix.imports, "from itertools import product")
    whole = Piece("", "\n".join(lines), (*imports, "from sklearn.linear_model import LogisticRegression"))
    note = "With the network in place of logistic regression it would be too long." * (
        settings.get("model") == "network"
    )
    if settings.get("model") == "blocks":
        note = "This fits logistic regression; blocks and their models are code of *Preprocessing*."
    return View(whole, "articles", recipe, note=note, shorter=alone, first=texts)


def _texts(recipe: Recipe, facts: Facts, switches: Sequence[Switch]) -> Piece:
    """`variants` of the texts by the switches that change them, or `texts` alone."""
    of_text = [one for one in switches if not set(one.on) <= _OF_MATRIX]
    code = ["variants = {}"] * bool(of_text)
    imports: list[str] = []
    known: set[str] = set()
    for on in itertools.product((False, True), repeat=len(of_text)):
        variant = recipe
        for one, chosen in zip(of_text, on, strict=True):
            variant = variant.change(**(one.on if chosen else one.off))
        signs = facts.signs if variant.text == facts.text else find_facts(variant).signs
        piece = text_piece(variant, signs)
        made = _statements(piece.code)
        # what was run for another variant need not be run again, unless a variant between has replaced it
        code += [one for one in made if one not in known or one.startswith(("def clean", "texts", "title"))]
        known |= set(made)
        imports += piece.imports
        if of_text:
            code.append(f"variants[{', '.join(map(str, on))}{',' * (len(on) == 1)}] = texts")
    return Piece("", "\n".join(code), tuple(imports))


def _statements(code: str) -> list[str]:
    """The statements, each with its indented lines."""
    found: list[str] = []
    for line in code.split("\n"):
        if found and line[:1] in (" ", "", "]", "}", ")"):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _matrix(recipe: Recipe, switches: Sequence[Switch]) -> Piece:
    """The matrix of one combination, inside of their loop."""
    by_field = {field: one for one in switches for field in one.on if set(one.on) <= _OF_MATRIX}
    longest, bare, large, lines = "", recipe, None, []
    if one := by_field.get("ngrams"):
        longest = "n"
        lines.append(f"n = {one.on['ngrams']} if with_{one.name} else {one.off['ngrams']}")
    if one := by_field.get("vocabulary_size"):
        bare, large = recipe.change(**one.off), recipe.change(**one.on)
    counts = counts_piece(bare, named=False, longest=longest)
    lines += counts.code.split("\n")
    imports = list(counts.imports)
    if large is not None:
        chosen = counts_piece(large, named=False, longest=longest)
        lines.append(f"if with_{by_field['vocabulary_size'].name}:")
        lines += [f"    {line}" for line in chosen.code.split("\n") if line not in lines]
        imports += chosen.imports
    has_unknown = recipe.vocabulary.unknown == "unk"
    one = by_field.get("weighting")
    for is_on in (False, True) if one else (True,):
        spec = recipe.weighting if one is None else recipe.change(**(one.on if is_on else one.off)).weighting
        cells = cells_piece(spec, has_unknown=has_unknown)
        imports += cells.imports
        inside = "    " if one is not None and is_on else ""
        lines += [f"if with_{one.name}:"] if one is not None and is_on else []
        lines += [f"{inside}{line}" for line in cells.code.split("\n")]
    return Piece("", "\n".join(lines), tuple(imports))


def _effects(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    if "product(" not in settings.get("main", ""):
        return View(
            Piece("", "# These switches need more than 40 lines: choose fewer that change the texts"), "main", recipe
        )
    imports = (_NP, _PD, "from itertools import combinations", "from scipy.stats import norm")
    return View(Piece("", _EFFECTS, imports), "main", recipe)


SWITCHES: Views = {("Compare", "switches"): _switches}
"""The view, by page and by the name in the address."""
MORE_SWITCHES: Parts = {("Compare", "switches"): {"Effects": _effects}}
"""Further parts of it."""
