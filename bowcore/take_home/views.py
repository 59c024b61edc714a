"""Last pieces of the code of views: what a view of a page shows, where it is not the page's first view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bowcore.matrix.log_odds import PRIOR_TOKENS
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.piece import Piece

_PD, _NP = "import pandas as pd", "import numpy as np"
_COUNTED = "frequency = pd.Series(np.asarray(train_counts.sum(axis=0)).ravel(), index=terms)"
NO_LIMITS = (1, 1.0)
TRIED_FIRST = (2, 0.5)
"""Limits that *Limits* shows first where the recipe has none: fewest articles, largest share of articles."""
N_COMPONENTS = 20
"""Components that *LSA and PCA* shows first."""

RANKED = Piece(
    "",
    f"{_COUNTED}\n"
    'print(len(terms), "terms", frequency.sort_values(ascending=False, kind="stable").head(20), sep="\\n")',
    (_PD, _NP),
)
_SIZES = Piece(
    "",
    f"{_COUNTED}\nsizes = frequency.value_counts().sort_index()  # terms by how often they occur\nprint(sizes)",
    (_PD,),
)
_RARE = Piece(
    "",
    f"{_COUNTED}\n"
    'print(len(terms), "terms,", (frequency == 1).mean(), "of them seen once")\n'
    "read = frequency.sort_values(ascending=False).cumsum() / frequency.sum()\n"
    "n_terms = {share: int((read < share - 1e-9).sum()) + 1 for share in (0.5, 0.9, 0.99)}\n"
    'print(n_terms, "terms for a share of the text")',
    (_PD,),
)
_TYPICAL = Piece(
    "",
    f"""\
by_class = np.eye(len(classes))[labels[train]].T @ train_counts
prior = {PRIOR_TOKENS} * by_class.sum(axis=0) / by_class.sum()  # imaginary tokens
sides = [by_class + prior, by_class.sum(axis=0) - by_class + prior]  # a class, all others
odds = [np.log(side) - np.log(side.sum(axis=1, keepdims=True) - side) for side in sides]
z = (odds[0] - odds[1]) / np.sqrt(1 / sides[0] + 1 / sides[1])
typical = {{name: list(terms[np.argsort(-z[label], kind="stable")[:8]]) for label, name in enumerate(classes)}}
print(*typical.items(), sep="\\n")""",
    (_NP,),
)
_LISTED = Piece(
    "",
    """\
by_class = np.eye(len(classes))[labels[train]].T @ train_counts
rates = pd.DataFrame((by_class / by_class.sum(axis=1, keepdims=True) * 1000).T, terms, classes)  # of 1,000 tokens
rates.insert(0, "count", by_class.sum(axis=0).astype(int))
rates.insert(1, "articles", train_counts.getnnz(axis=0))
print(rates.sort_values("count", ascending=False, kind="stable").head(20))""",
    (_NP, _PD),
)
_UNKNOWN = Piece(
    "",
    """\
n_tokens = texts.map(vectorizer.build_analyzer()).map(len)
for name, counts, rows in (("training", train_counts, train), ("validation", validation_counts, validation)):
    print(name, int(n_tokens[rows].sum() - counts.sum()), "of", n_tokens[rows].sum(), "tokens are no column")""",
)
_REDUCED = Piece(
    "",
    f"""\
lsa = TruncatedSVD({N_COMPONENTS}, algorithm="arpack").fit(train_cells.astype(float))
pca = PCA({N_COMPONENTS}, svd_solver="arpack").fit(train_cells.astype(float))
explained = pd.DataFrame({{"LSA": lsa.explained_variance_ratio_, "PCA": pca.explained_variance_ratio_}})
print(explained)""",
    (_PD, "from sklearn.decomposition import PCA, TruncatedSVD"),
)


@dataclass(frozen=True, slots=True)
class View:
    """What the code of a view ends with.

    Attributes:
        piece: Its last lines.
        stage: What they need: `counts` with `terms`, or `cells`.
        recipe: The recipe that the view shows; where it does not depend on a limit, without that.
    """

    piece: Piece
    stage: Literal["counts", "cells"]
    recipe: Recipe


def _counted(piece: Piece) -> Callable[[Recipe], View]:
    """A view of the terms that have a column of their own."""
    return lambda recipe: View(piece, "counts", recipe.change(unknown="leave-out"))


def _limits(recipe: Recipe) -> View:
    own = (recipe.vocabulary.min_documents, recipe.vocabulary.max_document_share)
    least, share = own if own != NO_LIMITS else TRIED_FIRST
    code = f"""\
n_articles = train_counts.getnnz(axis=0)
rare, common = n_articles < {least}, n_articles > int({share!r} * len(train) * (1 + 1e-12))
left = ~rare & ~common
print(left.sum(), "of", len(terms), "terms left,", rare.sum(), "rare and", (common & ~rare).sum(), "common ones gone")
print(train_counts[:, left].sum() / train_counts.sum(), "of the tokens left")"""
    unlimited = recipe.change(min_documents=1, max_document_share=1.0, vocabulary_size=0, unknown="leave-out")
    return View(Piece("", code), "counts", unlimited)


VIEWS: dict[tuple[str, str], Callable[[Recipe], View]] = {
    ("Words", ""): _counted(RANKED),
    ("Words", "sizes"): _counted(_SIZES),
    ("Words", "rare-words"): _counted(_RARE),
    ("Words", "typical-words"): _counted(_TYPICAL),
    ("Words", "word-list"): lambda recipe: View(_LISTED, "counts", recipe),
    ("Preprocessing", "limits"): _limits,
    ("Preprocessing", "unknown-words"): _counted(_UNKNOWN),
    ("Preprocessing", "lsa-and-pca"): lambda recipe: View(_REDUCED, "cells", recipe),
}
"""Views with code of their own, by page and by the name in the address; '' is the first view."""
