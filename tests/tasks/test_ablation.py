"""The grid of four changes: its corners are the presets, its effects are recomputed by hand and by simulation."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from bowcore.cli.commands import article_report
from bowcore.corpus.sources import load_corpus
from bowcore.errors import RunError
from bowcore.experiment.answer import Answer
from bowcore.experiment.experiments import process_experiments
from bowcore.jobs import jobs
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger, locks
from bowcore.tasks import ablation
from bowcore.tasks.ablation import CHANGES, Ablation, ablate, base_recipe, corner_recipe, effects
from tests.tasks.test_lemmatise import Heard

CORNERS = list(itertools.product((False, True), repeat=4))
CORNERS_OF_THREE = list(itertools.product((False, True), repeat=3))


def test_the_first_and_the_last_corner_are_the_tutorials_presets() -> None:
    base = preset("tutorial-baseline")
    assert corner_recipe((False,) * 4, base) == base
    assert corner_recipe((True,) * 4, base) == preset("tutorial-revised")
    assert len({corner_recipe(corner, base).key() for corner in CORNERS}) == 16


def drawn(n: int, n_seeds: int, gain: float) -> tuple[np.ndarray, dict[tuple[bool, ...], np.ndarray]]:
    """Predictions correct with probability 0.7, and `gain` more with the last change; the others have no effect."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, n).astype(np.int32)
    found = {}
    for corner in CORNERS:
        right = rng.random((n_seeds, n)) < 0.7 + gain * corner[3]
        found[corner] = np.where(right, labels, (labels + 1) % 3).astype(np.int32)
    return labels, found


def test_an_effect_is_the_mean_gain_with_its_interval_from_articles_and_seeds() -> None:
    labels, found = drawn(400, 5, 0.1)
    effect = effects(labels, found)[3]
    accuracy = {corner: (values == labels).mean(axis=1) for corner, values in found.items()}
    gains = np.array([accuracy[(*rest, True)] - accuracy[(*rest, False)] for rest in CORNERS_OF_THREE])
    assert effect.difference == pytest.approx(100 * gains.mean())
    assert (effect.smallest, effect.largest) == pytest.approx((100 * gains.min(), 100 * gains.max()))
    assert (effect.n_pairs, effect.n_documents) == (40, 400)
    by_article = np.mean(
        [(found[(*r, True)] == labels).astype(float) - (found[(*r, False)] == labels) for r in CORNERS_OF_THREE],
        axis=(0, 1),
    )
    # two articles are added, one that gains and one that loses
    size = np.sqrt(np.mean(by_article[by_article != 0] ** 2))
    more = np.append(by_article, [size, -size])
    articles = stats.norm.interval(0.95, scale=stats.sem(more, ddof=0))[1]
    seeds = stats.t.interval(0.95, 4, scale=stats.sem(gains.mean(axis=0)))[1]
    assert effect.low == pytest.approx(100 * (more.mean() - np.hypot(articles, seeds)))
    assert effect.high == pytest.approx(100 * (more.mean() + np.hypot(articles, seeds)))
    assert effect.p_holm < 0.001
    assert "higher accuracy" in effect.sentence


def test_a_change_that_does_nothing_is_called_undetectable() -> None:
    labels, found = drawn(400, 5, 0.0)
    for corner in CORNERS:
        found[corner] = found[(False, *corner[1:])]
    first = effects(labels, found)[0]
    assert (first.difference, first.smallest, first.largest, first.n_better, first.n_worse) == (0, 0, 0, 0, 0)
    assert "no detectable change" in first.sentence
    assert first.low == -first.high and first.high > 0.5, "no change among 400 articles is not certainty"
    assert first.p_holm == 1.0


def test_all_four_at_once_is_the_tutorials_own_comparison() -> None:
    labels, found = drawn(300, 2, 0.2)
    last = effects(labels, found)[-1]
    before, after = found[(False,) * 4], found[(True,) * 4]
    assert last.change == "all four"
    assert last.difference == pytest.approx(100 * ((after == labels).mean() - (before == labels).mean()))
    assert last.n_pairs == 2


@pytest.mark.slow
def test_every_network_of_the_grid_is_trained_and_counted_as_a_look(
    bowlab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_tagger = {**CHANGES, "lemmas": {"word_forms": "lemma-lookup"}}  # the tagger would take a minute
    monkeypatch.setattr(ablation, "CHANGES", without_tagger)
    heard = Heard()
    changes = {"hidden": 4, "training_articles": 60, "batch_size": 30, "epochs": 1}
    made = ablate(base_recipe("bbc-news", changes), (0, 1), heard)
    assert made is not None and Ablation.from_json(json.loads(json.dumps(made.to_json()))) == made
    report = json.loads(json.dumps(made.to_json()))
    assert [row["changes"] for row in report["grid"]] == [
        [name for name, chosen in zip(CHANGES, corner, strict=True) if chosen] for corner in CORNERS
    ]
    shares, messages = zip(*heard.reports, strict=True)
    assert shares == tuple(sorted(shares)) and (shares[0], shares[-1]) == (0, 1)
    assert [message and message.split(":")[0] for message in messages] == [None, *(f"{n} of 16" for n in range(1, 17))]
    assert all(len(row["validation_accuracy"]) == 2 for row in report["grid"])
    assert ledger.openings() == ()
    assert ledger.n_looks(load_corpus("bbc-news").digest) == 32
    tfidf = report["effects"][3]
    rows = {tuple(row["changes"]): np.mean(row["validation_accuracy"]) for row in report["grid"]}
    gains = [rows[(*names, "TF-IDF")] - rows[names] for names in rows if "TF-IDF" not in names]
    assert tfidf["difference"] == pytest.approx(100 * np.mean(gains))
    assert all("two-layer network of 4 hidden units on this split" in item["sentence"] for item in report["effects"])


def test_the_ablation_is_a_job_of_the_long_lane_and_can_be_stopped(
    bowlab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation, "CHANGES", {"TF-IDF": CHANGES["TF-IDF"]})
    free: list[bool] = []
    read = process_experiments().answer

    def stop_soon(recipe: Recipe) -> Answer:
        with locks.slot_lock("long", timeout=0) as held:
            free.append(held)
        jobs.request_stop(jobs.recent("ablate")[0].id)
        return read(recipe)

    monkeypatch.setattr(process_experiments(), "answer", stop_soon)
    monkeypatch.setattr("bowcore.tasks.article.reproduce", lambda *_, **__: {"corpus_digest": "d"})
    changes = {"hidden": 4, "training_articles": 60, "batch_size": 30}
    with pytest.raises(RunError, match="The grid of changes was stopped"):
        article_report("bbc-news", changes, ablate=True, open_test=False, again=False)
    assert free == [False]
