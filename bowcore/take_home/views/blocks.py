"""Code of the view of blocks: their matrix, the models that read it, and what each block adds to a score."""

from __future__ import annotations

from bowcore.learn.linear.blocks import MARGIN, SEED, SVM_STEPS, SVM_TOLERANCE
from bowcore.recipe.blocks import Block, Model
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.matrix import counting
from bowcore.take_home.piece import Piece
from bowcore.take_home.texts import prepared, steps_piece
from bowcore.take_home.view import Parts, Settings, View, Views

_PD, _NP = "import pandas as pd", "import numpy as np"
_NONE = Piece("", 'print(*train_cells.shape, "texts and terms,", train_cells.nnz, "filled cells")')
_SHAPES = """\
def shapes(text):  # words with digits: every run of these is 0
    words = [word.strip(".,;:!?()[]\\"'") for word in text.split() if any(map(str.isdigit, word))]
    return [re.sub(r"\\d+", "0", word).lower() for word in words]"""
_TAGS = """\
def tags(text):  # words in brackets
    return [found[0] for word in text.split() if (found := re.match(r"[(\\[].{2,30}[)\\]]", word))]"""
_RATIOS = """\
member = np.eye(len(classes))[labels[train]][:, np.unique(labels[train])]
def ratios(counts):  # root mean square of the classes' log-count ratios (Wang and Manning's NB-SVM)
    texts_with = member.T @ (counts > 0)
    inside, outside = texts_with + 1, texts_with.sum(axis=0) - texts_with + 1
    shares = np.log(inside / inside.sum(axis=1, keepdims=True)) - np.log(outside / outside.sum(axis=1, keepdims=True))
    return np.sqrt((shares**2).mean(axis=0)) if len(inside) > 1 else 1"""
_JOINED = """\
n, train_blocks, validation_blocks = len(train), [], []
for name, (vectorizer, source, weight) in blocks.items():
    counts = vectorizer.fit_transform(source[train])  # all is learned from the training texts alone
    scale = np.log((1 + n) / (1 + counts.getnnz(axis=0))) + 1 if "idf" in name else np.ones(counts.shape[1])
RATIO
    for rows, done in ((train, train_blocks), (validation, validation_blocks)):
        cells = vectorizer.transform(source[rows]).astype(float)
        cells.data = (1 + np.log(cells.data)) * scale[cells.indices]
        done.append(weight * normalize(cells))  # every row of the block has the length of its weight
train_cells, validation_cells = (sparse.hstack(done, format="csr") for done in (train_blocks, validation_blocks))"""
_SIZES = """
sizes = {name: [done.shape[1], done.nnz, done.nnz / n] for name, done in zip(blocks, train_blocks)}
print(pd.DataFrame(sizes, ["columns", "filled cells", "cells of a row"]).T)
print(train_cells.shape[1], "columns;", 8 * train_cells.nnz, "bytes, dense", 4 * n * train_cells.shape[1])"""
_IMPORTS = (
    _PD,
    _NP,
    "from scipy import sparse",
    "from sklearn.feature_extraction.text import CountVectorizer",
    "from sklearn.preprocessing import normalize",
)


def _blocks(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    parsed = recipe.blocks.parsed
    if not parsed:
        return View(_NONE, "cells", recipe, note="The recipe has no blocks.")
    plain = recipe.change(units="white-space") if recipe.text.units == "lemmas" else recipe
    signs = facts.signs if plain.text == facts.text else find_facts(plain).signs
    sources = {block.source for block in parsed}
    code: list[str] = []
    read: tuple[str, ...] = ()
    if sources - {"words", "headline"}:
        piece = steps_piece(plain, signs, only="line")
        code.append(piece.code)
        read = piece.imports
    if "headline" in sources:
        code.append(f'headlines = articles["title"].drop(test){prepared(plain, signs)}.map(clean)')
    code += [made for name, made in (("digits", _SHAPES), ("tags", _TAGS)) if name in sources]
    rated = any("ratio" in block.weighting for block in parsed)
    code += [_RATIOS] * rated
    limits = [one for one in counting(plain) if one.startswith(("min_df", "max_df"))]
    if limits:
        code.append(f"limits = dict({', '.join(limits)})")
    if sources & {"words", "headline"}:
        code.append("words = dict(tokenizer=str.split, token_pattern=None, lowercase=False)")
    for block in parsed:
        code += _lines(block, last=", **limits" if limits else "", first=block is parsed[0], end=block is parsed[-1])
    code.append(_JOINED.replace("RATIO\n", '    scale *= ratios(counts) if "ratio" in name else 1\n' if rated else ""))
    imports = (*_IMPORTS, *read, *["import re"] * bool(sources & {"digits", "tags"}))
    joined = "\n".join(code)
    note = "Left out: the sizes of the blocks."
    return View(
        Piece("", joined + _SIZES, imports),
        "texts",
        plain,
        shorter=View(Piece("", joined, imports), "texts", plain, note=note),
    )


def _lines(block: Block, *, last: str, first: bool, end: bool) -> list[str]:
    """The entry of a block: its vectoriser, the texts that it reads, and its weight."""
    source, groups = "read", f"ngram_range=({block.low}, {block.high})"
    match block.source:
        case "words" | "headline":
            arguments = f"**words, {groups}"
            source = "texts" if block.source == "words" else "headlines"
        case "characters":
            arguments = f'analyzer="char_wb", {groups}{", lowercase=False" * block.case}'
        case "tags":
            arguments = "analyzer=tags"
        case _:
            arguments = "analyzer=shapes"
    name, made = f'"{block.text}": (', f"CountVectorizer({arguments}{last}), {source}, {block.weight:g}),"
    entry = [f"    {name}{made}"] if len(name + made) <= 112 else [f"    {name}", f"        {made}"]
    return [*["blocks = {"] * first, *entry, *["}"] * end]


def _models(recipe: Recipe, facts: Facts, settings: Settings) -> View:
    voters = recipe.blocks.voters
    if not voters:
        return View(_NONE, "main", recipe)
    row = settings.get("row")
    chosen = "wrong[0] if len(wrong) else 0" if row is None else str(row)
    bayes = any(model.kind == "bayes" for model in voters)
    weights = "model.coef_, model.intercept_"
    if bayes:
        weights = f"({weights}) if hasattr(model, 'coef_') else (model.feature_log_prob_, model.class_log_prior_)"
    explained = voters[min(settings.get("model", 0), len(voters) - 1)]  # stacked models are left out
    code = f"""\
models = {{
{chr(10).join(f'    "{model.text}": ({_fit(model)}, {_read(model, len(recipe.blocks.blocks))}),' for model in voters)}
}}
starts, votes, weights = np.cumsum([0, *(done.shape[1] for done in train_blocks)]), [], {{}}
for name, (model, numbers) in models.items():
    columns = np.concatenate([np.arange(starts[number], starts[number + 1]) for number in numbers])
    model.fit(train_cells[:, columns], labels[train])
    kinds = model.classes_
    few, constants = {weights}
    two = len(few) == 1  # of two classes there is one row of weights, of the second
    few, constants = (np.concatenate([-one, one]) if two else one for one in (few, constants))
    if two and isinstance(model, LogisticRegression):
        few, constants = few / 2, constants / 2
    weights[name] = np.zeros((len(kinds), starts[-1])), constants
    weights[name][0][:, columns] = few
    scores = validation_cells @ weights[name][0].T + constants
    votes.append(softmax(({MARGIN:g} if isinstance(model, LinearSVC) else 1) * scores, axis=1))
    right = int((kinds[scores.argmax(axis=1)] == labels[validation]).sum())
    print(name, right, "right,", *binomtest(right, len(validation)).proportion_ci(method="wilson"))
predictions = kinds[np.mean(votes, axis=0).argmax(axis=1)]
wrong = np.flatnonzero(predictions != labels[validation])
n_right, guess = len(validation) - len(wrong), np.bincount(labels[train]).argmax()
print("the mean:", n_right, "right,", *binomtest(n_right, len(validation)).proportion_ci(method="wilson"))
print("always guessing", classes[guess], (labels[validation] == guess).mean())
print(pd.crosstab(labels[validation], predictions))  # rows are true classes
row, (weight, constants) = {chosen}, weights["{explained.text}"]
added = [validation_blocks[at][[row]] @ weight[:, starts[at] : starts[at + 1]].T for at in range(len(blocks))]
added = pd.DataFrame(np.vstack([*added, constants]), [*blocks, "intercept"], [classes[kind] for kind in kinds])
print("text", validation[row], classes[labels[validation[row]]], "predicted as", classes[predictions[row]])
print(added, added.sum())  # what each block adds to the scores of the text"""
    imports = (
        _PD,
        _NP,
        "from scipy.special import softmax",
        "from scipy.stats import binomtest",
        "from sklearn.linear_model import LogisticRegression",
        "from sklearn.svm import LinearSVC",
        *["from sklearn.naive_bayes import MultinomialNB"] * bayes,
    )
    return View(Piece("", code, imports), "main", recipe)


def _fit(model: Model) -> str:
    if model.kind == "svm":
        return f"LinearSVC(C={model.c:g}, dual=True, tol={SVM_TOLERANCE}, max_iter={SVM_STEPS}, random_state={SEED})"
    if model.kind == "bayes":
        return f"MultinomialNB(alpha={model.c:g})"
    return f"LogisticRegression(C={model.c:g}, max_iter=1000)"


def _read(model: Model, n_blocks: int) -> str:
    return str([number - 1 for number in model.on or range(1, n_blocks + 1)])


BLOCKS: Views = {("Preprocessing", "blocks"): _blocks}
"""This panel, by page and by the name in the address."""
BLOCK_PARTS: Parts = {("Preprocessing", "blocks"): {"Models": _models}}
"""Its further part."""
