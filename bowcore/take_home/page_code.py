"""The plain code behind the numbers of one page, in at most 40 lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bowcore.learn.network.events import EVALUATE_ALL_UP_TO
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts
from bowcore.take_home.matrix import cells_piece, counts_piece, short_cells_piece
from bowcore.take_home.models import BAYES, LOGISTIC, short_confusion_piece, short_network_piece
from bowcore.take_home.piece import Piece, script
from bowcore.take_home.splitting import sample_piece, split_piece
from bowcore.take_home.texts import text_piece

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
_TERMS = Piece(
    "",
    "frequency = pd.Series(np.asarray(train_counts.sum(axis=0)).ravel(), index=terms)\n"
    'print(len(terms), "terms", frequency.sort_values(ascending=False, kind="stable").head(20), sep="\\n")',
    (_PD, _NP),
)
_TERMS_OF_SAVED = Piece(
    "",
    "frequency = pd.Series(train_cells.getnnz(axis=0), index=terms)  # articles with each term\n"
    'print(len(terms), "terms", frequency.sort_values(ascending=False, kind="stable").head(20), sep="\\n")',
    (_PD,),
)
_SHAPE = Piece("", 'print(*train_cells.shape, "articles and terms,", train_cells.nnz, "filled cells")')
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


def page_code(page: str, recipe: Recipe, facts: Facts, judge: str = "naive-bayes") -> PageCode:
    """The code of a page of `PAGES`: from the articles if it fits into 40 lines, else from the saved matrix."""
    lasts = PAGES[page](recipe, judge)
    before = (facts.loading, split_piece(facts))
    if page == "Data":
        return PageCode(_short([*before, *lasts[0]]), from_saved=False)
    sample = sample_piece(facts, recipe.sample)
    counted = [*before, *([sample] if sample else []), text_piece(recipe, facts.signs)]
    cells = None if page == "Words" else short_cells_piece(recipe)
    counted += [cells] if cells else [counts_piece(recipe, named=page == "Words")]
    if page != "Words" and not cells:
        counted.append(cells_piece(recipe.weighting, has_unknown=recipe.vocabulary.unknown == "unk"))
    for last in lasts:
        whole = PageCode(_short([*counted, *last]), from_saved=False)
        if whole.n_lines <= MOST_LINES:
            return whole
    last = (_TERMS_OF_SAVED,) if page == "Words" else lasts[0]
    return PageCode(_short([SAVED, *last]), from_saved=True)


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
    "Words": lambda recipe, judge: ((_TERMS,),),
    "Preprocessing": lambda recipe, judge: ((_SHAPE,),),
    "Training": lambda recipe, judge: _training(recipe),
    "Confusion matrix": _confusion,
}
"""The last pieces of each page's code, by its title: the first of these that fit into 40 lines are taken."""
