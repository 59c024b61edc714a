"""Two sides article by article: counts by a plain loop, McNemar by SciPy, rows of the corpus, texts that repeat."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import confusion_matrix as sklearn_confusion

from bowcore.cli.main import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.errors import RecipeError, RunError
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.judge.comparison import matrix_change, who_changed
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.tasks.compare import Side, compare, find_side
from bowcore.tasks.factorial import factorial_job, payload_of
from bowcore.tasks.learning_curve import learning_curve_job
from bowcore.tasks.run_table import table_of_runs, table_record
from bowcore.tasks.runner import run_here
from tests.tasks.conftest import ABOUT

N = 160
WORDS = ("dough", "oven", "crust", "flour", "rail", "train", "guard", "steam")


def noisy():
    """Texts of two classes that repeat: the same eight lines, some with the wrong label."""
    rng = np.random.default_rng(2)
    labels = np.arange(N) % 2
    texts = [f"{WORDS[4 * label + row % 4]} {WORDS[rng.integers(8)]}" for row, label in enumerate(labels)]
    labels = labels.astype(np.int32)
    rule = SplitRule(0.2, 0.2)
    return make_corpus("noisy", ["The"] * N, texts, labels, ("bread", "trains"), rule=rule, provenance=ABOUT)


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    monkeypatch.setitem(sources.SOURCES, "noisy", Source("noisy", ABOUT, lambda _: noisy(), lambda: True))
    process_memo().clear()


RECIPE = Recipe().change(corpus="noisy", hidden=4, epochs=1, batch_size=16)


def test_who_changed_is_what_a_plain_loop_finds():
    rng = np.random.default_rng(0)
    labels, before, after = rng.integers(0, 4, (3, 300)).astype(np.int32)
    who = who_changed(labels, before, after)
    plain = {"fixed": [], "broken": [], "moved": []}
    for place, (label, old, new) in enumerate(zip(labels, before, after, strict=True)):
        if old == new:
            continue
        name = "fixed" if new == label else "broken" if old == label else "moved"
        plain[name].append(place)
    assert {name: getattr(who, name).tolist() for name in plain} == plain
    change = matrix_change(labels, before, after, 4)
    assert (change == sklearn_confusion(labels, after) - sklearn_confusion(labels, before)).all()
    assert change.sum(axis=1).tolist() == [0] * 4
    assert np.trace(change) == len(who.fixed) - len(who.broken)


def test_two_recipes_are_paired_by_row_though_texts_repeat():
    plain, few = Side("plain", RECIPE, "naive-bayes"), Side("few", RECIPE.change(vocabulary_size=2), "logistic")
    found = compare(plain, few)
    corpus, body = noisy(), found.to_json()
    labels = np.array([corpus.labels[row] for row in found.split.validation.rows])
    first, second = found.predictions
    fixed, broken = ((first != labels) & (second == labels)).sum(), ((first == labels) & (second != labels)).sum()
    assert (body["n_fixed"], body["n_broken"]) == (fixed, broken) == (len(body["fixed"]), len(body["broken"]))
    assert broken > 0
    assert body["p_value"] == pytest.approx(stats.binomtest(int(fixed), int(fixed + broken)).pvalue)
    for text in (*body["fixed"], *body["broken"]):
        assert corpus.class_names[corpus.labels[text["row"]]] == text["true"]
    assert len({text["row"] for text in (*body["fixed"], *body["broken"])}) == fixed + broken
    assert body["differs"] == ["Vocabulary size: All → 2"]
    assert ledger.n_looks(found_digest()) == 2


def found_digest():
    from bowcore.experiment.experiments import process_experiments

    return process_experiments().corpus(RECIPE).digest


BLOCKS = RECIPE.change(blocks=("words 1-1 tfidf", "characters 2-3 ratio"), models=("svm 1",))


def test_a_recipe_with_blocks_is_compared_by_its_blocks_on_either_side(capsys, tmp_path):
    files = {}
    for name, recipe in (("plain", RECIPE.change(vocabulary_size=2)), ("blocks", BLOCKS)):
        files[name] = str(tmp_path / f"{name}.toml")
        (tmp_path / f"{name}.toml").write_text(recipe.to_toml())
    expected = Experiments().blocks(BLOCKS).predictions
    labels = Experiments().split(BLOCKS).validation.labels
    for a, b in (("plain", "blocks"), ("blocks", "plain")):
        assert main(["compare", files[a], files[b], "--json"]) == 0
        body = json.loads(capsys.readouterr().out)
        of_blocks, of_plain = (body["a"], body["b"]) if a == "blocks" else (body["b"], body["a"])
        assert (of_blocks["model"], of_plain["model"]) == ("blocks", "logistic")
        assert of_blocks["n_right"] == (expected == labels).sum() > of_plain["n_right"]
        p = stats.binomtest(body["n_fixed"], body["n_fixed"] + body["n_broken"]).pvalue
        assert body["p_value"] == pytest.approx(p)
        assert body["n_fixed"] - body["n_broken"] == body["b"]["n_right"] - body["a"]["n_right"]
        assert any(one.startswith("Blocks: ") for one in body["differs"])
    assert main(["compare", files["plain"], files["blocks"]]) == 0
    printed = capsys.readouterr().out
    assert "always guessing bread" in printed and "exact McNemar p" in printed
    (row,) = table_of_runs()
    assert (row.model, row.result.n_terms > 0) == ("blocks", True)
    assert main(["compare", row.key, files["blocks"], "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["a"]["model"], body["n_fixed"], body["n_broken"]) == ("blocks", 0, 0)
    assert main(["compare", files["plain"], files["plain"], "--model", "blocks"]) == 2
    assert "has no blocks" in capsys.readouterr().err


def test_a_fit_of_blocks_is_a_run_with_its_recipe_metric_seconds_and_date(capsys):
    job = run_here("blocks", {"recipe": BLOCKS.to_toml()}, "long", BLOCKS.key())
    (row,) = table_of_runs()
    body = table_record([row])["runs"][0]
    labels = Experiments().split(BLOCKS).validation.labels
    right = int((Experiments().blocks(BLOCKS).predictions == labels).sum())
    ends = stats.binomtest(right, len(labels)).proportion_ci(method="wilson")
    assert body["validation_accuracy"] == right / len(labels) and body["n_validation"] == len(labels)
    assert (body["low"], body["high"]) == pytest.approx((ends.low, ends.high))
    assert body["guess_accuracy"] == job.result["guess_accuracy"] and body["seconds"] == job.result["seconds"]
    assert (body["model"], body["epochs"], body["seeds"], body["complete"]) == ("blocks", 0, [], True)
    assert body["recipe"]["blocks"] == list(BLOCKS.blocks.blocks) and body["finished"].startswith("20")
    assert main(["compare"]) == 0
    assert row.key in capsys.readouterr().out
    assert main(["compare", "--corpus", row.recipe.corpus.corpus, "--json"]) == 0
    assert [run["key"] for run in json.loads(capsys.readouterr().out)["runs"]] == [row.key]
    assert main(["compare", "--corpus", "bbc-news"]) == 0
    assert "No training on bbc-news has finished yet" in capsys.readouterr().out


def test_a_recipe_with_blocks_is_refused_by_every_model_that_would_leave_them_out():
    blocks = preset("best", "noisy")
    for refused in (
        lambda: compare(Side("a", RECIPE, "naive-bayes"), Side("best", blocks, "logistic")),
        lambda: factorial_job(payload_of(blocks, ["case"], "logistic"), None),
        lambda: learning_curve_job({"recipe": blocks.to_toml(), "model": "logistic"}, None),
    ):
        with pytest.raises(RecipeError, match="has blocks, which naive Bayes"):
            refused()


def test_other_validation_articles_are_refused():
    other = Side("b", RECIPE.change(split_seed=7), "naive-bayes")
    with pytest.raises(RunError, match="different validation articles"):
        compare(Side("a", RECIPE, "naive-bayes"), other)


def test_a_recipe_with_itself_says_that_nobody_changed(capsys, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(RECIPE.to_toml())
    assert main(["compare", str(file), str(file)]) == 0
    printed = capsys.readouterr().out
    assert "nobody was fixed, nobody was broken" in printed and "always guessing bread" in printed
    assert main(["compare", str(file), str(file), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["n_fixed"], body["p_value"], body["fixed"], body["verdict"]) == (
        0, 1.0, [], "no detectable change",
    )  # fmt: skip


def test_a_run_is_compared_by_its_key_with_a_preset_on_its_texts(capsys, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(RECIPE.to_toml())
    assert main(["train", "noisy", "--recipe", str(file)]) == 0
    (row,) = table_of_runs()
    capsys.readouterr()
    assert main(["compare", row.key, "recommended", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["corpus"], body["a"]["model"], body["b"]["model"]) == ("noisy", "network", "logistic")
    assert body["a"]["validation_accuracy"] == pytest.approx(row.mean)
    assert main(["compare"]) == 0
    assert row.key in capsys.readouterr().out
    assert main(["compare", "--corpus", row.recipe.corpus.corpus, "--json"]) == 0
    assert [run["key"] for run in json.loads(capsys.readouterr().out)["runs"]] == [row.key]
    assert main(["compare", "--corpus", "bbc-news"]) == 0
    assert "No training on bbc-news has finished yet" in capsys.readouterr().out
    assert find_side(row.key, model="naive-bayes") == Side(row.key, row.recipe, "naive-bayes")
    assert main(["compare", row.key]) == 2
    assert "Two are compared" in capsys.readouterr().err
    assert main(["compare", "nothing", "recommended"]) == 2
    assert "No run begins with 'nothing'" in capsys.readouterr().err
