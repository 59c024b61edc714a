"""The plain code behind the numbers of one page, in at most 40 lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bowcore.learn.network.events import EVALUATE_ALL_UP_TO
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import cells_piece, counts_piece, short_cells_piece, short_counts_piece
from bowcore.take_home.models import BAYES, LOGISTIC, short_confusion_piece, short_network_piece
from bowcore.take_home.piece import Piece, script
from bowcore.take_home.splitting import sample_piece, split_piece
from bowcore.take_home.texts import text_piece
from bowcore.take_home.views import RANKED, VIEWS

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
_TERMS_OF_SAVED = Piece(
    "",
    "frequency = pd.Series(train_cells.getnnz(axis=0), index=terms)  # texts with each term\n"
    'print(len(terms), "terms", frequency.sort_values(ascending=False, kind="stable").head(20), sep="\\n")',
    (_PD,),
)
_SHAPE = Piece("", 'print(*train_cells.shape, "texts and terms,", train_cells.nnz, "filled cells")')
_SCORE = Piece("", 'print("right:", (predictions == labels[validation]).sum(), "of", len(validation))')
_JUDGES = {
    "naive-bayes": Piece(
        "",
        "predictions = MultinomialNB().fit(train_cells, labels[train]).predict(validation_cells)",
        BAYES.imports,
    ),
    "logistic": Piece(
        "",
        "model = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])\n"
        "predictions = model.predict(validation_cells)",
        LOGISTIC.imports,
    ),
}


@dataclass(frozen=True, slots=True)
class PageCode:
    """Code of a page; `from_saved` says that it begins with the saved matrix, since the whole would be too long."""

    text: str
    from_saved: bool

    @property
    def n_lines(self) -> int:
        """Number of lines."""
        return self.text.count("\n") + 1


def page_code(page: str, recipe: Recipe, facts: Facts, judge: str = "naive-bayes", view: str = "") -> PageCode:
    """The code of a page of `PAGES`: from the articles if it fits into 40 lines, else from the saved matrix.

    A view of `VIEWS` has its own; other views have that of the page, and so has one that would be too long.
    """
    before = [facts.loading, split_piece(facts)]
    if page == "Data":
        return PageCode(_short([*before, _SIZES]), from_saved=False)
    sample = sample_piece(facts, recipe.sample)
    before += [*([sample] if sample else []), text_piece(recipe, facts.signs)]
    for name in (view, ""):
        found = VIEWS.get((page, name))
        if found is not None:
            shown = found(recipe)
            stage = _counted(shown.recipe) if shown.stage == "counts" else _weighted(shown.recipe)
            whole = PageCode(_short([*before, *stage, shown.piece]), from_saved=False)
            if whole.n_lines <= MOST_LINES:
                return whole
    if page == "Words":
        return PageCode(_short([SAVED, _TERMS_OF_SAVED]), from_saved=True)
    lasts = PAGES[page](recipe, judge)
    for last in lasts:
        whole = PageCode(_short([*before, *_weighted(recipe), *last]), from_saved=False)
        if whole.n_lines <= MOST_LINES:
            return whole
    return PageCode(_short([SAVED, *lasts[0]]), from_saved=True)


def _counted(recipe: Recipe) -> tuple[Piece, ...]:
    return (short_counts_piece(recipe) or counts_piece(recipe),)


def _weighted(recipe: Recipe) -> tuple[Piece, ...]:
    short = short_cells_piece(recipe)
    if short is not None:
        return (short,)
    has_unknown = recipe.vocabulary.unknown == "unk"
    return counts_piece(recipe, named=False), cells_piece(recipe.weighting, has_unknown=has_unknown)


def _training(recipe: Recipe) -> tuple[tuple[Piece, ...], ...]:
    ends = ["scores", "validation scores"] if recipe.network.hidden <= EVALUATE_ALL_UP_TO else ["validation scores"]
    return tuple((short_network_piece(recipe.network, end),) for end in ends)


def _confusion(recipe: Recipe, judge: str) -> tuple[tuple[Piece, ...], ...]:
    if judge == "network":
        kept = "kept" if recipe.network.keep == "last" else "kept[min(kept)]"
        return ((short_network_piece(recipe.network, recipe.network.keep), short_confusion_piece(kept)),)
    return ((_JUDGES[judge], short_confusion_piece("predictions")),)


def _short(pieces: list[Piece]) -> str:
    return "\n".join(line for line in script(pieces).split("\n") if line)


PAGES: dict[str, Callable[[Recipe, str], tuple[tuple[Piece, ...], ...]]] = {
    "Playground": lambda recipe, judge: ((_JUDGES["naive-bayes"], _SCORE),),
    "Data": lambda recipe, judge: ((_SIZES,),),
    "Words": lambda recipe, judge: ((RANKED,),),
    "Preprocessing": lambda recipe, judge: ((_SHAPE,),),
    "Training": lambda recipe, judge: _training(recipe),
    "Confusion matrix": _confusion,
}
"""The last pieces of each page's code, by its title: the first of these that fit into 40 lines are taken."""
