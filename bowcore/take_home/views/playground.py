"""Further code of the page Playground: all models with their intervals, and the cards."""

from __future__ import annotations

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import counting
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Parts, Settings, View
from bowcore.take_home.views.training import others
from bowcore.take_home.views.weights import linear, terms_lines

_COUNTER = "from sklearn.feature_extraction.text import CountVectorizer"
_FIRST = 500
_CARDS = """\
n_texts = train_cells.getnnz(axis=0)  # training texts with each term
here = pd.DataFrame({"here": counts.data, "training texts": n_texts[counts.indices]}, terms[counts.indices])
here = here.sort_index().sort_values("here", ascending=False, kind="stable")
print(len(here), "different terms,", here["here"].sum(), "in all", here.head(20), sep="\\n")
n_rows, n_terms = train_cells.shape
empty = 1 - train_cells.nnz / (n_rows * n_terms)
print(n_rows, "×", n_terms, "of which empty:", empty)
margins = weights - (weights.sum(axis=0) - weights) / (len(classes) - 1)
margins = np.where(n_texts >= 5, margins, 0)
best = np.argsort(-margins, axis=1, kind="stable")[:, :2]
decide = {name: dict(zip(terms[best[label]], margins[label, best[label]])) for label, name in enumerate(classes)}
print(decide)
confusion = confusion_matrix(labels[validation], predictions, labels=range(len(classes)))
print((predictions != labels[validation]).sum(), "wrong", pd.DataFrame(confusion, classes, classes), sep="\\n")"""


def _cards(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The terms of the text that is shown, the matrix, words that decide, and the confusion matrix."""
    arguments = ", ".join(counting(recipe.change(min_documents=1, max_document_share=1.0)))
    known = "terms[:-1]" if recipe.vocabulary.unknown == "unk" else "terms"
    code = [
        *terms_lines(recipe, settings),
        f"row = {settings.get('row', f'train[{_FIRST} % len(train)]')}  # of the text of the first card",
        f"counter = CountVectorizer({arguments})",
        f"counter.set_params(vocabulary={known})",
        "counts = counter.transform([texts[row]])",
        linear(facts, settings).replace("weights, priors", "weights, _"),
        _CARDS,
    ]
    piece = Piece(
        "",
        "\n".join(code),
        ("import numpy as np", "import pandas as pd", _COUNTER, "from sklearn.metrics import confusion_matrix"),
    )
    note = "A text of your own is left out: Confusion matrix, *Text of a cell*, says how a text is explained."
    return View(piece, "texts" if settings.get("saved") else "main", recipe, note=note, goes_on=True)


PLAYGROUND: Parts = {("Playground", ""): {"All models": others, "Cards": _cards}}
"""What goes on from the page's code."""
