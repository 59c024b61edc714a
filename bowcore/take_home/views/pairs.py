"""Further code of Compare's runs: which texts were fixed and broken, and where the confusion matrix moved."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Parts, Settings, View

_CHANGED = """\
cells = lambda said: confusion_matrix(labels[validation], said, labels=range(len(classes)))
changes, who = {}, {}
for name, said in now_said.items():
    before, right, was_right = was_said[name], now[name], was[name]
    who[name] = {"fixed": right & ~was_right, "broken": was_right & ~right}
    who[name]["moved"] = ~right & ~was_right & (said != before)  # from one wrong class to another
    changes[name] = pd.DataFrame(cells(said) - cells(before), classes, classes)  # rows are true classes
    print(name, changes[name], sep="\\n")
    for kind, mask in who[name].items():
        headlines, called = articles["title"].to_numpy()[validation[mask]], np.array(classes)
        table = {"was": called[before[mask]], "now": called[said[mask]], "headline": headlines}
        print(kind, mask.sum(), pd.DataFrame(table, np.flatnonzero(mask) + 1), sep="\\n")"""
_ALONE = "# Only one recipe is scored by the main numbers: choose two in the table whose code fits into 40 lines"


def _changed(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    if "was_said" not in settings.get("main", ""):
        return View(Piece("", _ALONE), "main", recipe)
    imports = ("import numpy as np", "import pandas as pd", "from sklearn.metrics import confusion_matrix")
    return View(Piece("", _CHANGED, imports), "main", recipe)


PAIRS: Parts = {("Compare", "runs"): {"Fixed and broken": _changed}}
"""Further parts of the view, by page and view, and by the name of the part."""
