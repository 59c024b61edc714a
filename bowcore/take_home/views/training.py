"""Code of the views of the page Training."""

from __future__ import annotations

from bowcore.judge.seeds import seeds_to_run
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import counting
from bowcore.take_home.models import short_network_piece
from bowcore.take_home.piece import Piece
from bowcore.take_home.view import Parts, Settings, View, Views, indented
from bowcore.take_home.views.judged import WILSON
from bowcore.take_home.views.weights import terms_lines

_NP, _PD, _NORMAL = "import numpy as np", "import pandas as pd", "from scipy.stats import norm"
_BAYES = "from sklearn.naive_bayes import MultinomialNB"
_LOGISTIC = "from sklearn.linear_model import LogisticRegression"
_SPREAD = f"""\
{WILSON}
shares = pd.Series(shares, name="accuracy").rename_axis("seed")
print(shares, "mean and standard deviation:", shares.mean(), shares.std(), sep="\\n")
print("one such network:", *wilson(round(shares.mean() * len(validation)) / len(validation), len(validation)))
largest = np.bincount(labels[train]).argmax()
print("always guessing", classes[largest], (labels[validation] == largest).mean())"""
_OTHERS = f"""\
{WILSON}
models = {{"multinomial naive Bayes": MultinomialNB(), "logistic regression": LogisticRegression(max_iter=1000)}}
found = {{name: each.fit(train_cells, labels[train]).predict(validation_cells) for name, each in models.items()}}
found["always the largest class"], scores = np.full(len(validation), np.bincount(labels[train]).argmax()), {{}}
centroids = [np.asarray(train_cells[labels[train] == label].mean(axis=0)).ravel() for label in range(len(classes))]
lengths = np.square(centroids).sum(axis=1)  # of the distance to a text; that of the text itself is left out
found["nearest centroid"] = (lengths - 2 * validation_cells @ np.transpose(centroids)).argmin(axis=1)
{{on_counts}}for name, said in found.items():
    accuracy = (said == labels[validation]).mean()
    scores[name] = [accuracy, *wilson(accuracy, len(validation))]
print(pd.DataFrame(scores, ["accuracy", "low", "high"]).T, "of", len(validation))"""
_COUNTER = "from sklearn.feature_extraction.text import CountVectorizer"
_SIZE = 'print(sum(part.numel() for part in network.parameters()), "weights and biases")'


def others(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """What the models without a training of minutes get right, and the constant guess."""
    lines: list[str] = []
    known = recipe.vocabulary.unknown == "leave-out" and not settings.get("saved")
    if recipe.weighting.option.real and known:
        arguments = ", ".join(counting(recipe.change(min_documents=1, max_document_share=1.0)))
        lines = [
            *terms_lines(recipe, settings),
            f"counter = CountVectorizer({arguments})",
            "counter.set_params(vocabulary=terms)",
            "counts, checked = (counter.transform(texts[rows]) for rows in (train, validation))",
            'found["naive Bayes on counts"] = MultinomialNB().fit(counts, labels[train]).predict(checked)',
        ]
    code = _OTHERS.replace("{on_counts}", "".join(f"{line}\n" for line in lines))
    return View(Piece("", code, (_NP, _PD, _NORMAL, _BAYES, _LOGISTIC, *[_COUNTER] * bool(lines))), "main", recipe)


def seeded(recipe: Recipe, seed: str) -> tuple[Piece, ...]:
    """A training whose seed has a name, to be put into a loop, and `said`, the classes that its network gives."""
    made = short_network_piece(recipe.network, recipe.network.keep, seed)
    code = made.code.replace(", logits, copy.deepcopy(network))", ", logits)")
    logits = "logits" if recipe.network.keep == "last" else "kept[1]"
    imports = tuple(line for line in made.imports if line != "import copy")
    return Piece("", code, imports), Piece("", f"said = {logits}.argmax(1).numpy()")


def _curves(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    piece = short_network_piece(recipe.network, "scores")
    shorter = View(short_network_piece(recipe.network, "validation scores"), "cells", recipe)
    return View(piece, "cells", recipe, shorter=shorter)


def _figures(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    piece = short_network_piece(recipe.network, "figures")
    return View(Piece("", f"{piece.code}\n{_SIZE}", piece.imports), "main", recipe)


def _seeds(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    inside = indented(*seeded(recipe, "seed"), Piece("", "shares[seed] = (said == labels[validation]).mean()"))
    code = f"shares = {{}}\nfor seed in {seeds_to_run(recipe)}:\n{inside.code}\n{_SPREAD}"
    return View(Piece("", code, (*inside.imports, _PD, _NORMAL)), "cells", recipe)


def _printed(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    """The figures of each epoch next to those that the tutorial prints, for its two networks."""
    piece, printed = short_network_piece(recipe.network, "figures"), settings.get("printed", ())
    if not printed:
        return View(piece, "cells", recipe, note="The tutorial's settings are not those of this recipe.")
    names = {
        "mean of batches": "train_loss",
        "running accuracy": "train_accuracy",
        "validation loss": "validation_loss",
        "validation accuracy": "validation_accuracy",
    }
    lines = ["tutorial = {"]
    lines += [f'    "{name}": {[epoch[theirs] for epoch in printed]},' for name, theirs in names.items()]
    lines += [
        "}",
        f"tutorial = pd.DataFrame(tutorial, range(1, {len(printed) + 1}))",
        'print(pd.concat({"tutorial": tutorial.T, "here minus tutorial": (epochs[list(tutorial)] - tutorial).T}))',
    ]
    code = "\n".join([piece.code, *lines])
    return View(Piece("", code, piece.imports), "cells", recipe)


TRAINING: Views = {
    ("Training", "curves"): _curves,
    ("Training", "seeds"): _seeds,
    ("Training", "tutorial-s-numbers"): _printed,
}
"""Views of the page Training, by page and by the name in the address."""
MORE_TRAINING: Parts = {("Training", "curves"): {"Running figures": _figures, "Other models": others}}
"""Further parts of these views."""
