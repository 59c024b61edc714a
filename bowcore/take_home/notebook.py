"""The whole experiment as a Jupyter notebook that needs nothing of this program."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from bowcore.recipe.recipe import Recipe
from bowcore.store.own_files import without_token
from bowcore.take_home.facts import Facts, find_facts
from bowcore.take_home.loading import digest_piece
from bowcore.take_home.matrix import cells_piece, counts_piece
from bowcore.take_home.models import baseline_pieces, confusion_piece, network_piece
from bowcore.take_home.piece import Piece, import_lines, libraries
from bowcore.take_home.signs import Signs
from bowcore.take_home.splitting import sample_piece, split_piece
from bowcore.take_home.texts import prepared, text_piece

EXACT = (
    "Reproduced exactly: the split, the terms, the vocabulary and the counts; TF-IDF cells to 12 digits; the constant "
    "guess and naive Bayes. To a tolerance: logistic regression, which scikit-learn fits by another method (1 % of the "
    "validation texts), and the network, whose sums PyTorch adds in another order (losses to 1 %, accuracies and "
    "confusion matrix to 1 % of the validation texts)."
)
SHOWN = Piece(
    "",
    'pd.Series({"always the largest class": guess_accuracy, "naive Bayes": bayes_accuracy, '
    '"logistic regression": logistic_accuracy})',
    ("import pandas as pd",),
)
TABLE = Piece("", "print(epochs.set_axis(range(1, len(epochs) + 1)))")


def exactness(recipe: Recipe) -> str:
    """What the notebook of a recipe reproduces, and what it leaves out; said before its download."""
    left_out = (
        " Left out: the blocks and their models; *Show the code* has them on *Preprocessing*, in the view *Blocks*."
    )
    return EXACT + (left_out if recipe.blocks.blocks else "")


def notebook(recipe: Recipe, facts: Facts | None = None) -> str:
    """The notebook of a recipe as JSON; equal recipes on equal articles and versions give equal texts.

    Raises:
        CorpusError: The corpus cannot be read.
    """
    import nbformat

    jupyter: Any = nbformat  # parts of it are untyped
    found = find_facts(recipe) if facts is None else facts
    cells: list[Any] = []

    def add(kind: str, source: str) -> None:
        # ids of their own: nbformat would draw them, and no two files would be equal
        name = hashlib.sha256(f"{len(cells)} {source}".encode()).hexdigest()[:12]
        make = jupyter.v4.new_markdown_cell if kind == "markdown" else jupyter.v4.new_code_cell
        cells.append(make(source, id=name))

    pieces = notebook_pieces(recipe, found)
    add("markdown", _introduction(recipe, found))
    add("code", _versions(pieces))
    add("code", import_lines(pieces))
    for piece in pieces:
        if piece.title:
            add("markdown", f"## {piece.title}\n\n{piece.words}".rstrip())
        add("code", spaced(piece.code))
    add("markdown", "## The recipe\n\n```toml\n" + without_token(recipe).to_toml().rstrip() + "\n```")
    add("markdown", "## The test set\n\nIt stays closed until everything else is decided: a score that was looked at "
        "while choosing is no test. Set `OPEN` to `True` once, at the end.")  # fmt: skip
    add("code", _opening(recipe, found.signs))
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    whole = jupyter.v4.new_notebook(cells=cells, metadata=metadata)
    jupyter.validate(whole)
    text: str = jupyter.writes(whole)
    return text if text.endswith("\n") else f"{text}\n"


def notebook_pieces(recipe: Recipe, facts: Facts) -> tuple[Piece, ...]:
    """All pieces of an experiment, in order."""
    baselines = baseline_pieces(recipe)
    baselines = (Piece("Simple models", *_rest(baselines[0])), *baselines[1:], SHOWN)
    has_unknown = recipe.vocabulary.unknown == "unk"
    sample = sample_piece(facts, recipe.sample)
    return (
        facts.loading,
        digest_piece(facts.digest, facts.n_own_test, facts.n_own_validation, has_groups=facts.has_groups),
        split_piece(facts),
        *([sample] if sample else []),
        text_piece(recipe, facts.signs),
        counts_piece(recipe),
        cells_piece(recipe.weighting, has_unknown=has_unknown),
        *baselines,
        network_piece(recipe.network),
        TABLE,
        Piece("The confusion matrix", *_rest(confusion_piece("network_predictions"))),
        Piece("", "confusion"),
    )


def spaced(code: str) -> str:
    """The lines with an empty one around each function."""
    lines: list[str] = []
    inside = False
    for line in code.split("\n"):
        begins = line.startswith(("def ", "@")) and not (lines and lines[-1].startswith("@"))
        ends = inside and not line.startswith((" ", "def ", "@"))
        lines += [""] * bool(lines and (begins or ends)) + [line]
        inside = line.startswith("def ") or (inside and line.startswith(" "))
    return "\n".join(lines)


def _rest(piece: Piece) -> tuple[str, tuple[str, ...], str]:
    return piece.code, piece.imports, piece.words


def _introduction(recipe: Recipe, facts: Facts) -> str:
    return (
        f"# A bag-of-words experiment on {facts.title}\n\n"
        f"{facts.n_documents:,} texts of {len(facts.class_names)} classes, in pandas, scikit-learn and PyTorch. "
        f"The cells below check versions and texts first, and stop if these differ.\n\n{exactness(recipe)}"
    )


def _versions(pieces: Sequence[Piece]) -> str:
    wanted = {name: version(name).partition("+")[0] for name in libraries(pieces)}
    rows = "\n".join(f'    "{name}": "{number}",' for name, number in wanted.items())
    return (
        "from importlib.metadata import version\n\n"
        f"VERSIONS = {{\n{rows}\n}}\n"
        'found = {name: version(name).partition("+")[0] for name in VERSIONS}\n'
        'assert found == VERSIONS, f"Other versions are installed, so numbers may differ: {found}"'
    )


def _opening(recipe: Recipe, signs: Signs) -> str:
    fields = ["title"] if recipe.text.text_used == "headline" else ["title", "body"]
    parts = [f'articles["{name}"][test]{prepared(recipe, signs)}' for name in fields]
    joined = ' + " " + '.join(parts)
    lines = [
        f"    test_texts = ({joined}).map(clean)",
        "    test_counts = vectorizer.transform(test_texts)"
        + ("[:, kept_terms]" if recipe.vocabulary.vocabulary_size else ""),
    ]
    if recipe.vocabulary.unknown == "unk":
        lines.append("    test_counts = with_unknown(test_counts, test_texts)")
    cells = {
        "binary": "(test_counts > 0).astype(int)",
        "count": "test_counts",
        "tfidf": "weighting.transform(test_counts)",
    }[recipe.weighting.weighting]
    lines.append(f"    test_cells = {cells}")
    lines += [
        '    print("naive Bayes", (bayes.predict(test_cells) == labels[test]).mean())',
        '    print("logistic regression", (logistic.predict(test_cells) == labels[test]).mean())',
    ]
    lines.append('    print("network", judge(test_cells, labels[test])[1])')
    return "\n".join(["OPEN = False", "if OPEN:", *lines])
