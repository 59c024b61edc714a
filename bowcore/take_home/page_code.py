"""The plain code behind the numbers of one page, in at most 40 lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import pyarrow as pa

from bowcore.learn.network.events import EVALUATE_ALL_UP_TO
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.matrix import cells_piece, counts_piece, matrix_pieces, short_counts_piece
from bowcore.take_home.models import BAYES, LOGISTIC, short_confusion_piece, short_network_piece
from bowcore.take_home.piece import Piece, script
from bowcore.take_home.signs import find_signs
from bowcore.take_home.splitting import sample_piece, split_piece
from bowcore.take_home.texts import steps_piece, text_piece
from bowcore.take_home.view import Settings, View, reading_piece
from bowcore.take_home.views import PARTS, VIEWS
from bowcore.take_home.views.left_out import left_out

MOST_LINES = 40
SAVED = Piece(
    "",
    """\
train_cells, validation_cells = (sparse.load_npz(f"matrix/{name}.npz") for name in ("matrix", "validation"))
terms = np.array(Path("matrix/vocabulary.txt").read_text("utf-8").split("\\n")[:-1])
classes = pd.read_json("matrix/classes.json", dtype=str)[0].tolist()
labels = np.concatenate([np.load("matrix/rows.npz")[f"{part}_labels"] for part in ("train", "validation")])
train, validation = np.split(np.arange(len(labels)), [train_cells.shape[0]])""",
    ("import numpy as np", "import pandas as pd", "from pathlib import Path", "from scipy import sparse"),
)
_PD, _NP = "import pandas as pd", "import numpy as np"
_SIZES = Piece(
    "",
    'parts = {"training": train, "validation": validation, "test": test}\n'
    "sizes = {name: np.bincount(labels[rows], minlength=len(classes)) for name, rows in parts.items()}\n"
    "sizes = pd.DataFrame(sizes, index=classes)\nprint(sizes)",
    (_PD, _NP),
)
_SHAPE = Piece("", 'print(*train_cells.shape, "texts and terms,", train_cells.nnz, "filled cells")')
_SCORE = Piece("", 'print("right:", (predictions == labels[validation]).sum(), "of", len(validation))')
_JUDGES = {
    "naive-bayes": Piece(
        "",
        "model = MultinomialNB().fit(train_cells, labels[train])\npredictions = model.predict(validation_cells)",
        BAYES.imports,
    ),
    "logistic": Piece(
        "",
        "model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])\n"
        "predictions = model.predict(validation_cells)",
        LOGISTIC.imports,
    ),
}
_MODELS = {
    "naive-bayes": Piece("", "model = MultinomialNB().fit(train_cells, labels[train])", BAYES.imports),
    "logistic": Piece(
        "", "model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])", LOGISTIC.imports
    ),
}
_SOFT = Piece(
    "",
    "chances = pd.DataFrame(model.predict_proba(validation_cells), columns=[classes[i] for i in model.classes_])\n"
    "kinds = pd.Categorical.from_codes(labels[validation], classes)\n"
    "print(confusion := chances.groupby(kinds, observed=False).sum())  # rows are true classes",
    (_PD,),
)

_REPORT = Piece(
    "",
    "print(classification_report(labels[validation], {}, labels=range(len(classes)), target_names=classes))",
    ("from sklearn.metrics import classification_report",),
)
_NOTES = {
    "Playground": "Left out: the network, whose code is on Training, and the last change, whose code is on Compare.",
    "Training": "Left out: what its views show, and the times of *Measure the tutorial's way*.",
    "Confusion matrix": "Left out: a text of your own or edited, and the test set.",
}

_OF_BLOCKS = {
    "Playground": "The judge is the model of blocks: *Models* fits it, after these lines. Left out: the network.",
    "Confusion matrix": (
        "The judge is the model of blocks: *Models* fits it and gives its matrix, after these lines. Left out: "
        "averages, calibration and words of cells, whose code every other judge has, own texts, and the test set."
    ),
}
"""What is said where the code of the panel *Blocks* stands for that of a page."""


@dataclass(frozen=True, slots=True)
class PageCode:
    """Code of a page or view.

    Attributes:
        text: The lines.
        from_saved: Whether it begins with the saved matrix, since the whole would be too long.
        note: What is shown and not in the code.
        goes_on: Whether it is to be run after the code of the view's first part.
        before: Lines to run first, where all together would be longer than 40; '' if these are all.
    """

    text: str
    from_saved: bool
    note: str = ""
    goes_on: bool = False
    before: str = ""

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return _n_lines(self.text)


def page_code(
    page: str,
    recipe: Recipe,
    facts: Facts,
    judge: str = "naive-bayes",
    view: str = "",
    settings: Settings = MappingProxyType({}),
    part: str = "",
) -> PageCode:
    """The code of a page of `PAGES`: from the articles if it fits into 40 lines, else from the saved matrix.

    A view of `VIEWS` has its own, with the reader's `settings`; other views have that of the page, and so has one that
    would be too long. `part` is one of `parts_of` the view.
    """
    settings = {**settings, "judge": judge}
    if judge == "blocks" and not view and page in _OF_BLOCKS:
        row = {"row": settings.get("row")} if page == "Confusion matrix" else {}
        of_models = page_code("Preprocessing", recipe, facts, judge, "blocks", row, part)
        return replace(of_models, note=f"{_OF_BLOCKS[page]} {of_models.note}".strip())
    found = PARTS.get((page, view), {}).get(part) or VIEWS.get((page, view))
    if part:
        main = page_code(page, recipe, facts, judge, view, settings)
        settings |= {"saved": main.from_saved, "main": main.text}
    shown = None if found is None else found(recipe, facts, settings)
    too_long = "The code of this view would be longer than 40 lines: this is that of its page." if shown else ""
    while shown is not None:
        before, last = _before(shown, shown.facts or facts), [shown.piece]
        first = [shown.first] if shown.first else []
        for blocks in ([[*before, *first, *last]], [[*before, *first], last], [before, [*first, *last]]):
            texts = list(map(_short, blocks))
            if max(map(_n_lines, texts)) <= MOST_LINES:
                goes_on, note = shown.goes_on or shown.stage == "main", shown.note
                if part not in PARTS.get((page, view), {}):
                    note = f"{note} {left_out(page, view)}".strip()
                return PageCode(texts[-1], from_saved=False, note=note, goes_on=goes_on, before="".join(texts[:-1]))
        shown = shown.shorter
    lasts = PAGES[page](recipe, judge, settings)
    note = too_long or _NOTES.get(page, "")
    if page == "Data":
        return PageCode(_short([facts.loading, split_piece(facts), *lasts[0]]), from_saved=False, note=note)
    for end in lasts:
        pieces = [*_rows(recipe, facts), text_piece(recipe, facts.signs), *matrix_pieces(recipe), *end]
        whole = PageCode(_short(pieces), from_saved=False, note=note)
        if whole.n_lines <= MOST_LINES:
            return whole
    return PageCode(_short([SAVED, *lasts[0]]), from_saved=True, note=note)


def parts_of(page: str, view: str, judge: str = "naive-bayes") -> tuple[str, ...]:
    """Names of the parts of a view's code: those after the first; empty if it has only one."""
    if judge == "blocks" and not view and page in _OF_BLOCKS:
        return parts_of("Preprocessing", "blocks")
    return tuple(PARTS.get((page, view), ()))


def _rows(recipe: Recipe, facts: Facts) -> list[Piece]:
    """Articles, and the rows of the recipe."""
    sample = sample_piece(facts if recipe.sample.drop_leaked else replace(facts, near=()), recipe.sample)
    return [facts.loading, split_piece(facts), *([sample] if sample else [])]


def _before(shown: View, facts: Facts) -> list[Piece]:
    """What the last lines of a view need."""
    recipe, signs = shown.recipe, facts.signs
    if shown.own:
        signs = find_signs(pa.table({"title": shown.own, "body": [""] * len(shown.own)}), recipe.text)
        own = steps_piece if shown.stage == "steps" else text_piece
        return [own(recipe, signs, shown.own)]
    if recipe.text != facts.text:
        signs = find_facts(recipe).signs
    if shown.stage == "main":
        return []
    before = _rows(recipe, facts)
    match shown.stage:
        case "articles":
            return before
        case "read":
            return [*before, reading_piece(recipe, signs)]
        case "functions":
            return [*before, steps_piece(recipe, signs, only="steps")]
        case "steps":
            return [*before, steps_piece(recipe, signs)]
    before.append(text_piece(recipe, signs))
    match shown.stage:
        case "counts":
            before += _counted(recipe)
        case "cells":
            before += matrix_pieces(recipe)
        case "columns":
            has_unknown = recipe.vocabulary.unknown == "unk"
            before += [*_counted(recipe), cells_piece(recipe.weighting, has_unknown=has_unknown)]
    return before


def _counted(recipe: Recipe) -> tuple[Piece, ...]:
    return (short_counts_piece(recipe) or counts_piece(recipe),)


def _training(recipe: Recipe) -> tuple[tuple[Piece, ...], ...]:
    ends = ["scores", "validation scores"] if recipe.network.hidden <= EVALUATE_ALL_UP_TO else ["validation scores"]
    return tuple((short_network_piece(recipe.network, end),) for end in ends)


def _confusion(recipe: Recipe, judge: str, settings: Settings) -> tuple[tuple[Piece, ...], ...]:
    if settings.get("mode", "") == "soft" and judge in _MODELS:
        return ((_MODELS[judge], _SOFT),)
    shares = {"recall": "index", "precision": "columns"}.get(settings.get("mode", ""), "")
    if judge == "network":
        kept = f"{'logits' if recipe.network.keep == 'last' else 'kept[1]'}.argmax(1)"
        network = short_network_piece(recipe.network, recipe.network.keep)
        return _with_report(network, short_confusion_piece(f"{kept}.numpy()", shares), kept)
    return _with_report(_JUDGES[judge], short_confusion_piece("predictions", shares), "predictions")


def _with_report(model: Piece, confusion: Piece, predictions: str) -> tuple[tuple[Piece, ...], ...]:
    """With precision, recall and F1 of every class, and without where that would be too long."""
    report = Piece("", _REPORT.code.format(predictions), _REPORT.imports)
    return (model, confusion, report), (model, confusion)


def _n_lines(text: str) -> int:
    return text.count("\n") + 1


def _short(pieces: list[Piece]) -> str:
    return "\n".join(line for line in script(pieces).split("\n") if line)


PAGES: dict[str, Callable[[Recipe, str, Settings], tuple[tuple[Piece, ...], ...]]] = {
    "Playground": lambda recipe, judge, settings: ((_JUDGES.get(judge, _JUDGES["naive-bayes"]), _SCORE),),
    "Data": lambda recipe, judge, settings: ((_SIZES,),),
    "Words": lambda recipe, judge, settings: ((_SHAPE,),),
    "Preprocessing": lambda recipe, judge, settings: ((_SHAPE,),),
    "Training": lambda recipe, judge, settings: _training(recipe),
    "Confusion matrix": _confusion,
    "Compare": lambda recipe, judge, settings: ((_JUDGES.get(judge, _JUDGES["naive-bayes"]), _SCORE),),
}
"""The last pieces of each page's code, by its title: the first of these that fit into 40 lines are taken."""
