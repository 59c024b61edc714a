"""Code that splits a corpus into training, validation and test rows, and takes a sample of the training rows."""

from __future__ import annotations

from bowcore.recipe.specs import SampleSpec
from bowcore.take_home.facts import Draw, Facts
from bowcore.take_home.piece import Piece

_BY_SKLEARN = ("from sklearn.model_selection import train_test_split", "import numpy as np")
_DRAW_GROUPS = """\
def draw(rows, n_drawn, seed):  # whole groups, in a random order, until their class has its share
    kinds = np.unique(labels[rows])
    _, group = np.unique(articles["group"].to_numpy()[rows], return_inverse=True)
    sizes = np.stack([np.bincount(group[labels[rows] == kind], minlength=group.max() + 1) for kind in kinds], axis=1)
    kind, size = sizes.argmax(axis=1), sizes.sum(axis=1)
    wanted = np.bincount(kind, weights=size, minlength=len(kinds)) * n_drawn / len(rows)
    drawn, taken = np.zeros(len(size), bool), np.zeros(len(kinds))
    for g in np.random.RandomState(seed).permutation(len(size)):
        if taken[kind[g]] + size[g] / 2 <= wanted[kind[g]]:
            drawn[g], taken[kind[g]] = True, taken[kind[g]] + size[g]
    return rows[~drawn[group]], rows[drawn[group]]"""
SAMPLE = """\
def sample(labels, n_kept, seed):  # each class keeps its share, and at least one article
    order, sizes = np.random.default_rng(seed).permutation(len(labels)), np.bincount(labels)
    share = sizes * n_kept / len(labels)
    kept = np.where(sizes > 0, np.maximum(1, np.floor(share)), 0).astype(int)
    for c in np.argsort(np.floor(share) - share, kind="stable"):
        kept[c] += kept.sum() < n_kept and kept[c] < sizes[c]
    while kept.sum() > n_kept and (kept > 1).any():
        kept[np.where(kept > 1, kept - share, -np.inf).argmax()] -= 1
    return np.sort(np.concatenate([order[labels[order] == c][:n] for c, n in enumerate(kept)]))"""
"""Defines `sample`, a seeded draw within every class."""


def split_piece(facts: Facts) -> Piece:
    """`train`, `validation` and `test`: row numbers, ascending."""
    n, n_test, n_validation = facts.n_documents, facts.n_own_test, facts.n_own_validation
    lines: list[str] = []
    words = "The test rows are drawn first, by a seed of their own: no choice of yours moves them. They stay unread."
    if facts.listed is not None:
        test, validation = facts.listed
        lines += [f"test = np.array({list(test)}, dtype=int)", f"validation = np.array({list(validation)}, dtype=int)"]
        lines.append(f"train = np.setdiff1d(np.arange({n}), np.concatenate([test, validation]))")
        words = "Some classes are too small for scikit-learn's stratified draw, so the rows are listed."
        return Piece("The split", "\n".join(lines), ("import numpy as np",), words)
    if facts.has_groups:
        lines.append(_DRAW_GROUPS)
    n_rest = n - n_test - n_validation
    rows = f"np.arange({n_rest})"
    if facts.n_rare:
        lines.append(f"rows = {rows}")
        lines.append(f"rare = rows[np.bincount(labels[rows])[labels[rows]] < {facts.least}]  # for training")
        rows = "np.setdiff1d(rows, rare)"
    if n_test and rows == f"np.arange({n - n_test})":
        lines.append(f"n, test = {n - n_test}, np.arange({n - n_test}, {n})")
        rows = "np.arange(n)"
    elif n_test:
        lines.append(f"test = np.arange({n - n_test}, {n})")
    if facts.test is not None:
        lines.append(f"rows, test = map(np.sort, {_draw(rows, facts.test, facts)})")
        rows = "rows"
    if n_validation:
        lines.append(f"train, validation = {rows}, np.arange({n_rest}, {n - n_test})")
    if facts.validation is not None:
        lines.append(f"train, validation = map(np.sort, {_draw(rows, facts.validation, facts)})")
    if facts.n_rare:
        lines.append("train = np.sort(np.concatenate([train, rare]))")
    drawn = not facts.has_groups and (facts.test or facts.validation)
    return Piece("The split", "\n".join(lines), _BY_SKLEARN if drawn else ("import numpy as np",), words)


def sample_piece(facts: Facts, spec: SampleSpec) -> Piece | None:
    """The training rows that the recipe learns from, where these are not all of them."""
    lines: list[str] = []
    if spec.drop_leaked:
        lines.append('whole = (articles["title"] + " " + articles["body"]).str.strip()')
        lines.append("train = train[~whole[train].isin(whole[np.concatenate([validation, test])])]")
    if facts.near:
        lines.append(f"train = np.setdiff1d(train, {list(facts.near)})  # nearly repeat a validation text")
    if spec.training_articles:
        lines.append(SAMPLE)
        lines.append(f"if {spec.training_articles} < len(train):")
        lines.append(f"    train = train[sample(labels[train], {spec.training_articles}, seed={spec.sample_seed})]")
    if spec.shuffled_labels:
        seed = f"np.random.SeedSequence({spec.sample_seed}, spawn_key=(1,))"
        lines.append("labels = labels.copy()")
        lines.append(f"labels[train] = np.random.default_rng({seed}).permutation(labels[train])")
    if not lines:
        return None
    return Piece("The training texts of this recipe", "\n".join(lines), ("import numpy as np",))


def _draw(rows: str, drawn: Draw, facts: Facts) -> str:
    """Code of one draw: the rows that stay, and those that are drawn."""
    if facts.has_groups:
        return f"draw({rows}, {drawn.n}, seed={drawn.seed})"
    first = rows.removeprefix("np.arange(").rstrip(")")
    if first == str(facts.n_documents):
        rows, of = f"range({first})", "labels"
    elif first == "n" or first.isdigit():
        rows, of = f"range({first})", f"labels[:{first}]"
    else:
        of = f"labels[{rows}]"
    return f"train_test_split({rows}, test_size={drawn.n}, stratify={of}, random_state={drawn.seed})"
