"""A step, a weighting or a word form is a row and a function: made-up ones are added to a copy of the program.

Two files are edited in the copy for each, as `docs/changing.md` says. Then every screen and reader must know them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("recipes_of_version_1.json")

STEP = (
    (
        "bowcore/recipe/steps.py",
        "    ascii_letters: bool = _step(",
        '    backwards: bool = _step(False, "Backwards", words="read backwards", help="Mad.", added=True)\n',
    ),
    (
        "bowcore/text/steps.py",
        '    "ascii_letters": ascii_letters,',
        '    "backwards": lambda strings, spec: _one_to_one(pc.utf8_reverse(strings)) if spec.backwards else None,\n',
    ),
)
WEIGHTING = (
    (
        "bowcore/recipe/specs.py",
        '        WeightingOption("count"',
        '        WeightingOption("double", "Double", "doubled", real=False, ways=(("Twice the count", {}),)),\n',
    ),
    (
        "bowcore/matrix/weighting.py",
        '    "count": Weighting(',
        '    "double": Weighting(lambda matrix, terms, spec: _with_data(matrix, 2 * matrix.data), _count_steps),\n',
    ),
)
LANGUAGE = (
    (
        "bowcore/recipe/steps.py",
        '        Option("lemma-lookup"',
        '        Option("stem-german", "German stem", "German stems"),\n',
    ),
    ("bowcore/text/steps.py", '    "lemma-lookup": _looked_up,', '    "stem-german": partial(_stems, "german"),\n'),
)
"""For each change: file, the line before which a row goes, and the row."""

PROGRAM = """
import json, sys
import numpy as np, pyarrow as pa
from scipy import sparse
from streamlit.testing.v1 import AppTest
from bowcore.memory import matrix_cost
from bowcore.matrix.by_hand import explain_cell, small_matrix
from bowcore.matrix.weighting import weight
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEPS
from bowcore.tasks.prepare_flips import weightings
from bowcore.text.terms import apply_chain
from bowcore.trace.lineage import step_effects, trace
from bowcore.trace.order_warnings import order_flaws, pieces_of
from ui.preprocessing.matrix import by_hand
from ui.preprocessing.words.own_sentence import lineage_in_words
from ui.preprocessing.words.step_effects import step_name
from ui.shell.recipe_words import changes_in_words, recipe_in_words
from ui.texts import STEP_NAMES

kept = json.load(open(sys.argv[1], encoding="utf-8"))
one = Recipe().change(backwards=True, stop_words="spacy", weighting="double", word_forms="stem-german")
opened = {name: Recipe.from_link(recipe["link"]) for name, recipe in kept.items()}
chain = apply_chain(pa.array(["Bread", "tea"]), Recipe().change(backwards=True).terms)
small = small_matrix(["tea and bread and tea"], one)
late = ("stop_words", *(step for step in STEPS if step != "stop_words"))

app = AppTest.from_string(
    "from ui.shell.sidebar import sidebar; from ui.state import session; session.open_address(); sidebar()",
    default_timeout=60,
)
app.session_state["more_settings"] = True
app.run()
assert not app.exception, app.exception
lists = {box.label: list(box.options) for box in (*app.selectbox, *app.multiselect, *app.button_group)}
print(json.dumps({
    "order": STEPS,
    "link": Recipe.from_link(one.to_link()) == one == Recipe.from_toml(one.to_toml()),
    "kept keys": all(
        {stage: opened[name].key(stage)[:12] for stage in recipe["keys"]} == recipe["keys"]
        for name, recipe in kept.items()
    ),
    "own keys": len({Recipe().key(), one.key(), Recipe().change(backwards=True).key(),
                     Recipe().change(order=("backwards", *(s for s in STEPS if s != "backwards"))).key()}),
    "old order": opened["order reversed"].terms.order,
    "words": recipe_in_words(one),
    "changes": changes_in_words(Recipe(), Recipe().change(backwards=True)),
    "name": [step_name("backwards"), STEP_NAMES["backwards"]],
    "effects": [(effect.name, [list(fate.after) for fate in effect.changed.top])
                for effect in step_effects(chain, np.ones(2, np.int64))],
    "sentence": lineage_in_words(trace("Bread", Recipe().change(backwards=True))),
    "warnings": [flaw.message for flaw in order_flaws(one.change(order=late))],
    "toggles": [toggle.label for toggle in app.toggle],
    "lists": lists,
    "german": pieces_of("häuser", Recipe().change(word_forms="stem-german").terms),
    "ahead": [near.weighting.weighting for near in weightings(one)],
    "cells": weight(small.counts, small.vocabulary, one.weighting).toarray().tolist(),
    "arithmetic": len(explain_cell(small.counts[0], 0, small.vocabulary, one.weighting).steps),
    "ways": list(by_hand.weightings(one)),
    "memory": [matrix_cost(spec.option, 1000, 10, 10, 10).n_bytes for spec in (one.weighting, Recipe().weighting)],
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the copy says of the made-up rows."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("bowcore", "charts", "ui"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, line, row in (*STEP, *WEIGHTING, *LANGUAGE):
        source = (copy / name).read_text(encoding="utf-8")
        assert source.count(f"\n{line}") == 1, f"{name} has no one line that begins with {line!r}"
        (copy / name).write_text(source.replace(f"\n{line}", f"\n{row}{line}"), encoding="utf-8")
    home = {"BOWLAB_HOME": str(copy / "home"), "PYTHONPATH": str(copy)}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(KEPT)],
        cwd=copy,
        env=os.environ | home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    said: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return said


@pytest.mark.parametrize("change", [STEP, WEIGHTING, LANGUAGE], ids=["step", "weighting", "language"])
def test_a_change_touches_two_files(change: tuple[tuple[str, str, str], ...]) -> None:
    assert len({name for name, _, _ in change}) == 2


def test_a_new_step_is_in_the_order_where_its_row_stands(found: dict[str, Any]) -> None:
    at = found["order"].index("backwards")
    assert found["order"][at - 1 : at + 2] == ["digits", "backwards", "ascii_letters"]


def test_new_rows_survive_links_and_files(found: dict[str, Any]) -> None:
    assert found["link"]


def test_kept_links_open_under_a_new_step_with_the_keys_that_they_had(found: dict[str, Any]) -> None:
    assert found["kept keys"]
    assert found["own keys"] == 4, "but what the new step does, or where it stands, has a part in the key"


def test_an_old_order_gets_the_new_step_behind_its_usual_neighbour(found: dict[str, Any]) -> None:
    order = found["old order"]
    assert order.index("backwards") == order.index("digits") + 1


def test_the_header_says_what_new_rows_do(found: dict[str, Any]) -> None:
    assert "lower case · no possessives, punctuation, digits · read backwards" in found["words"]
    assert found["words"].endswith("German stems · doubled")
    assert found["changes"] == "Backwards: off → on"


def test_a_new_step_is_named_among_the_effects_in_sentences_and_in_warnings(found: dict[str, Any]) -> None:
    assert found["name"] == ["Backwards", "Backwards"]
    assert ["backwards", [["daerb"], ["aet"]]] in found["effects"]
    assert found["sentence"] == "Bread → bread (lower case) → daerb (backwards)"
    assert found["warnings"]


def test_the_sidebar_offers_new_rows(found: dict[str, Any]) -> None:
    assert "Backwards" in found["toggles"]
    assert "Backwards" in found["lists"]["Order of steps"]
    assert found["lists"]["Word forms"] == ["As written", "Stem", "German stem", "Lemma list", "Lemma tagger"]
    assert found["lists"]["Cell values (weighting)"] == ["0/1", "Double", "Count", "TF-IDF"]


def test_a_new_language_stems(found: dict[str, Any]) -> None:
    assert found["german"] == ["haus"]


def test_a_new_weighting_fills_cells_is_worked_out_by_hand_and_prepared_ahead(found: dict[str, Any]) -> None:
    assert sorted(found["cells"][0]) == [2, 4, 4], 'bread once, tea and "and" twice'
    assert found["arithmetic"] == 1
    assert "Twice the count" in found["ways"]
    assert found["ahead"] == ["count", "binary", "double", "tfidf"]
    assert len(set(found["memory"])) == 1, "cells of whole numbers take what counts take"
