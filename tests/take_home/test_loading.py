"""The code that loads and splits a corpus gives this program's articles and rows, whatever file they come from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.facts import find_facts
from bowcore.take_home.loading import digest_piece
from bowcore.take_home.piece import script
from bowcore.take_home.splitting import sample_piece, split_piece

LINES = ("The café closes at five, said Anna's aunt", "“Goal!” shouted the coach; nobody moved", "Prices fell in May")
ROWS = [
    {
        "text": f"{LINES[row % 3]} no. {row}",
        "label": ("home", "sport", "trade")[row % 3],
        "author": f"A{row % 13}",
        "split": ("train", "train", "dev", "test")[row // 3 % 4],
    }
    for row in range(90)
]
TABLE = pd.DataFrame(ROWS)


def check(name: str, **changes: Any) -> None:
    """Run the code, and compare articles and rows with this program's."""
    recipe = Recipe().change(corpus=name, **changes)
    facts = find_facts(recipe)
    digest = digest_piece(facts.digest, facts.n_own_test, facts.n_own_validation, has_groups=facts.has_groups)
    sample = sample_piece(facts, recipe.sample)
    found: dict[str, Any] = {}
    exec(script([facts.loading, digest, split_piece(facts), *([sample] if sample else [])]), found)
    corpus = load_corpus(name)
    assert found["articles"]["body"].tolist() == corpus.articles["body"].to_pylist()
    assert found["labels"].tolist() == corpus.labels.tolist()
    assert tuple(found["classes"]) == corpus.class_names
    ours = split_corpus(corpus, recipe.split)
    assert found["validation"].tolist() == ours.validation.rows.tolist()
    assert sorted(found["test"].tolist()) == ours.test.unseal().rows.tolist()
    if sample is None:
        assert found["train"].tolist() == ours.train.rows.tolist()


def test_bbc_news_is_drawn_by_scikit_learn() -> None:
    check("bbc-news", split_seed=3)


FILES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "semicolons in cp1252": (
        "a.csv", lambda path: TABLE.to_csv(path, sep=";", index=False, encoding="cp1252", errors="replace"), "split=-",
    ),
    "no header": ("a.csv", lambda path: TABLE[["label", "text"]].to_csv(path, header=False, index=False), ""),
    "tabs": ("a.tsv", lambda path: TABLE.to_csv(path, sep="\t", index=False), "split=-&group=-"),
    "a column of splits": ("a.csv", lambda path: TABLE.to_csv(path, index=False), "split=split&group=-"),
    "groups": ("a.csv", lambda path: TABLE.to_csv(path, index=False), "split=-&group=author"),
    "numbers as labels": (
        "a.csv", lambda path: TABLE.assign(label=[f"{row % 3}.0" for row in range(90)]).to_csv(path, index=False),
        "split=-&group=-",
    ),
    "JSON Lines": ("a.jsonl", lambda path: TABLE.to_json(path, orient="records", lines=True), "split=-&group=-"),
    "an array of objects": ("a.json", lambda path: TABLE.to_json(path, orient="records"), "split=-&group=-"),
    "Parquet": ("a.parquet", lambda path: TABLE.to_parquet(path), "split=-&group=-"),
    "fastText": (
        "a.txt", lambda path: path.write_text("".join(f"__label__{row['label']} {row['text']}\n" for row in ROWS)), "",
    ),
    "rows left out": (
        "a.csv", lambda path: TABLE.assign(label=[row["label"] if n % 9 else "" for n, row in enumerate(ROWS)]).to_csv(
            path, index=False), "split=-&group=-",
    ),
    "a class for training alone": (
        "a.csv", lambda path: TABLE.assign(label=["odd", "odd", *(row["label"] for row in ROWS[2:])]).to_csv(
            path, index=False), "split=-&group=-&least=1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_read_as_it_was_recognised(kind: str, tmp_path: Path) -> None:
    name, write, options = FILES[kind]
    write(tmp_path / name)
    asked = "" if kind in ("no header", "fastText") else "body=text&label=label"
    if kind == "no header":
        asked = "header=no&body=column 2&label=column 1"
    query = "&".join(part for part in (asked, options) if part)
    check(f"{tmp_path / name}?{query}" if query else str(tmp_path / name))


def test_a_class_for_each_pair_of_rows_is_split_by_rows_that_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"words {row}", "label": f"c{row // 3}"}) + "\n" for row in range(60)))
    check(f"{path}?body=text&label=label")


def test_a_sample_has_the_articles_that_are_drawn_here() -> None:
    from bowcore.experiment.experiments import Experiments

    recipe = Recipe().change(training_articles=100, drop_leaked=True, sample_seed=4)
    facts = find_facts(recipe)
    sample = sample_piece(facts, recipe.sample)
    assert sample is not None
    found: dict[str, Any] = {}
    exec(script([facts.loading, split_piece(facts), sample]), found)
    experiments = Experiments()
    rows = experiments.split(recipe).train.rows[experiments.matrix(recipe).rows]
    assert found["train"].tolist() == rows.tolist()
