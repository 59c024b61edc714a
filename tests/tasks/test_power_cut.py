"""A power cut after files were renamed leaves them empty on a disk that was not synced: nothing may be lost by it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import report.job
from bowcore.corpus import hub
from bowcore.errors import CorpusMissingError
from bowcore.experiment import on_disk
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.jobs.jobs import Job
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.store.cost_meter import Cost, keep_costs, kept_costs
from bowcore.store.keys import result_key
from bowcore.tasks import (
    find_duplicates,
    find_label_issues,
    find_leftovers,
    find_source_words,
    fit_logistic,
    lemmatise_words,
    reduce,
)
from bowcore.tasks import report as reports
from bowcore.tasks.from_command_line import run_recipe_here
from bowcore.tasks.runner import run_here
from bowcore.tasks.trained import Trained, read_probabilities

pytestmark = pytest.mark.faults

WORDS = ("soup", "bread", "cold", "Cold", "menu's", "salad", "<b>tea</b>")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recipe:
    """A recipe of a file of 80 lines, which is kept as large ones are."""
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 10)
    monkeypatch.setattr(report.job, "bundle", lambda: "window.vegaEmbed = null;")
    monkeypatch.setattr(lemmatise_words, "lemmas_of_words", lambda line: tuple((word,) for word in line.split()))
    monkeypatch.setattr(lemmatise_words, "tokens_of_words", lambda words: [(word,) for word in words])
    monkeypatch.setattr(lemmatise_words, "model_identity", lambda: "none")
    monkeypatch.setattr("bowcore.text.tagger.texts.model_identity", lambda: "none")
    monkeypatch.setattr(
        "bowcore.text.tagger.texts.lemmatise_chunks",
        lambda chunks, *_: ((number, [text.lower() for text in texts]) for number, texts in chunks),
    )
    path = tmp_path / "lunch.csv"
    rows = [f"{WORDS[row % 7]} {WORDS[row * row % 5]} {WORDS[row % 3]} {row % 11},class {row % 2}" for row in range(80)]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))
    return Recipe().change(corpus=str(path), hidden=3, epochs=2, batch_size=16, min_documents=2)


def done(job: Job) -> dict[str, Any]:
    assert (job.state, job.error) == ("done", "")
    assert job.result is not None
    return job.result


def asked(read: Callable[[], Any], kind: str, payload: dict[str, Any], key: str) -> Any:
    """What a page shows: the stored result, or that of the job which it asks for."""
    if read() is None:
        done(run_here(kind, payload, "quick", key))
    made = read()
    assert made is not None
    return made


def answered(recipe: Recipe) -> list[Any]:
    answer = process_experiments().answer(recipe)
    return [answer.corpus.digest, answer.predictions.tolist(), answer.matrix.features.train.toarray().tolist()]


def lemmas(recipe: Recipe) -> list[Any]:
    return run_recipe_here(recipe.change(units="lemmas")).reading.texts.to_pylist()


def numbers(recipe: Recipe) -> dict[str, Callable[[], Any]]:
    """For each kind of artefact, a number that its readers show; a job is asked for where there is none."""
    toml, digest = {"recipe": recipe.to_toml()}, process_experiments().corpus(recipe).digest
    lines = ("soup is cold", "so is tea")
    judged = f"label-issues-{find_label_issues.issues_key(recipe, digest)}"
    probe = f"probe-{fit_logistic.logistic_key(recipe, digest)}"
    n_words = len(process_experiments().reading(recipe).units.types)
    wanted = reports.payload(recipe, digest)
    training = result_key(recipe, "network", digest)

    def network() -> list[float]:
        run = Trained.from_json(done(run_here("train", toml, "long", training)))
        probabilities = read_probabilities(run.artefact)
        assert probabilities is not None
        return [run.validation_accuracy, *run.baselines.values(), *probabilities.ravel().tolist()]

    def duplicates() -> list[Any]:
        found = asked(
            lambda: find_duplicates.read_duplicates(on_disk.duplicates_key(recipe, digest)), "duplicates", toml, "d"
        )
        return [found.exact.groups.to_dict(), found.near.similarity.tolist()]

    return {
        "articles": lambda: answered(recipe),
        "reading": lambda: answered(recipe),
        "probe": lambda: asked(lambda: fit_logistic.read_predictions(probe), "probe", toml, probe).tolist(),
        "near": duplicates,
        "duplicates": duplicates,
        "label-issues": lambda: asked(
            lambda: find_label_issues.read_issues(judged), "label-issues", toml, judged
        ).table.to_dict(),
        "leftovers": lambda: [
            finding.positions.tolist()
            for finding in asked(
                lambda: find_leftovers.read_leftovers(
                    find_leftovers.leftovers_key(recipe, digest), process_experiments().split(recipe)
                ),
                "leftovers",
                toml,
                "l",
            ).written.findings
        ],
        "source-words": lambda: [
            counts.toarray().tolist()
            for counts in asked(
                lambda: find_source_words.read_source_words(find_source_words.source_words_key(recipe, digest)),
                "source-words",
                toml,
                "s",
            ).values()
        ],
        "reduction": lambda: (
            asked(lambda: reduce.find_reduction(recipe, digest, 2), "reduction", {**toml, "n_components": 2}, "r")[
                "lsa"
            ]
            .coordinates.round(4)
            .tolist()
        ),
        "lines": lambda: asked(lambda: lemmatise_words.read_lines(lines), "line-lemmas", {"lines": lines}, "i"),
        "tokens": lambda: asked(
            lambda: lemmatise_words.read_tokens(recipe, digest, n_words), "tokens", toml, "t"
        ).to_pylist(),
        "lemmas": lambda: lemmas(recipe),
        "network": network,
        "baselines": network,
        "report": lambda: (
            asked(lambda: reports.read_report(wanted["name"]), "report", wanted, "report").read_text().count("lunch")
        ),
    }


def test_every_kind_of_artefact_is_made_again_and_shows_the_same_number(small: Recipe) -> None:
    before = {kind: number() for kind, number in numbers(small).items()}
    kinds = {kind: [item for item in artefacts.kept() if item.key.startswith(f"{kind}-")] for kind in before}
    assert all(kinds.values()), kinds
    for item in artefacts.kept():
        for path in item.path.rglob("*"):
            if path.is_file():
                path.unlink()  # what this process has mapped stays: another one would have begun after the power cut
                path.touch()
    process_memo().clear()
    for kind, number in numbers(small).items():
        assert number() == before[kind], kind
    whole = [item.key for item in artefacts.kept() if (item.path / "manifest.json").stat().st_size]
    for kind, items in kinds.items():  # a report has another key after another training
        assert kind == "report" or {item.key for item in items} <= set(whole), kind


def test_costs_that_are_damaged_were_not_measured() -> None:
    keep_costs("run", [Cost("all", 1.0, None)])
    (kept,) = artefacts.kept()
    (kept.path / "costs.json").write_bytes(b"")
    assert kept_costs("run") == ()
    keep_costs("run", [Cost("all", 1.0, None)])
    assert kept_costs("run") == (Cost("all", 1.0, None),)


def test_a_damaged_download_is_missing_and_can_be_downloaded_again() -> None:
    key, card = hub.artefact_key("hub:a/b"), hub.Card("a/b", "0" * 40, ("x", "y"), 0, "none", "")
    table = pa.table({"title": ["t"] * 6, "body": list("abcdef"), "label": np.array([0, 1] * 3, np.int32)})

    def download() -> str:
        artefacts.store(key, lambda folder: hub.write_download(folder, table, card), "hub:a/b")
        return hub.load_hub("hub:a/b").digest

    digest = download()
    (kept,) = artefacts.kept()
    (kept.path / "articles.parquet").write_bytes(b"")
    with pytest.raises(CorpusMissingError) as missing:
        hub.load_hub("hub:a/b")
    assert missing.value.job is not None
    assert missing.value.job.kind == "download"
    assert download() == digest


@pytest.mark.parametrize("part", ["counts-indices.npy", "train-indptr.npy", "ids.npy", "offsets.npy"])
def test_damaged_indices_of_a_kept_reading_never_reach_scipy(
    small: Recipe, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artefacts, "CHECKED_WHOLE", 0)  # as for a large one, whose digests only `doctor` compares
    before = answered(small)
    (kept,) = (item for item in artefacts.kept() if item.key.startswith("reading-"))
    path = kept.path / part
    numbers = np.load(path)
    path.unlink()  # what this process has mapped stays
    numbers[len(numbers) // 2] = 2_000_000_000
    np.save(path, numbers)
    process_memo().clear()
    assert answered(small) == before
    assert artefacts.damage(kept) == ""
