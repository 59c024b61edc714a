"""Combinations of switches: equal to fits one by one, reported as they finish, stopped and resumed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bowcore.cli.main import main
from bowcore.corpus import sources
from bowcore.corpus.sources import Source
from bowcore.errors import RecipeError
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.tasks import factorial, fitted_cells
from bowcore.tasks.factorial import Factorial, factorial_job, payload_of
from bowcore.tasks.switches import DEFAULT, SWITCHES, find_switches, switched
from tests.tasks.conftest import ABOUT
from tests.tasks.test_compare import noisy

RECIPE = Recipe().change(corpus="noisy", weighting="tfidf", hidden=4, epochs=1, batch_size=16)
NAMES = ["case", "weighting"]


class Heard:
    """A listener that records events and asks for a stop once there are `stop_after` of them."""

    def __init__(self, stop_after=10**9):
        self.events, self.stop_after = [], stop_after

    def emit(self, event=None, *others, **named):
        self.events += [] if event is None else [event]

    def should_stop(self):
        return len(self.events) >= self.stop_after


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    monkeypatch.setitem(sources.SOURCES, "noisy", Source("noisy", ABOUT, lambda _: noisy(), lambda: True))
    process_memo().clear()


def test_every_switch_flips_one_thing_and_off_is_off_whatever_the_recipe_had():
    for name in SWITCHES:
        (switch,) = find_switches([name], Recipe())
        off, on = (switched(RECIPE, (switch,), (chosen,)) for chosen in (False, True))
        assert off != on and off == switched(on, (switch,), (False,)), name
    assert set(DEFAULT) <= set(SWITCHES)
    (own,) = find_switches(["min_documents"], RECIPE, {"min_documents": 3})
    assert switched(RECIPE, (own,), (True,)).vocabulary.min_documents == 3


@pytest.mark.parametrize(
    ("names", "values", "said"),
    [
        ([], {}, "1 to 6 switches"),
        (["wings"], {}, "no switch 'wings'"),
        (["lemma_list", "stems"], {}, "Two of the switches change word_forms"),
        (["hidden"], {"hidden": 4}, "off and on are the same"),
    ],
)
def test_switches_that_cannot_be_flipped_are_refused(names, values, said):
    with pytest.raises(RecipeError, match=said):
        find_switches(names, RECIPE, values)


def test_cells_are_the_fits_of_their_recipes_and_effects_their_differences():
    heard = Heard()
    found = factorial_job(payload_of(RECIPE, NAMES, "logistic"), heard)
    switches, fresh = find_switches(NAMES, RECIPE), Experiments()
    expected = {}
    for on in ((False, False), (False, True), (True, False), (True, True)):
        expected[on] = fresh.fit(switched(RECIPE, switches, on)).accuracy
    assert [cell.accuracy for cell in found.cells] == pytest.approx(list(expected.values()))
    assert found.complete and [cell.on for cell in found.cells][-1] == ("lower case", "TF-IDF")
    main_effect = (expected[False, True] + expected[True, True] - expected[False, False] - expected[True, False]) / 2
    assert found.effects[1].difference == pytest.approx(100 * main_effect)
    assert [len(one.switches) for one in found.effects] == [1, 1, 2]
    assert "Holm" in found.method and "3 effects" in found.method and "3." in found.method
    assert Factorial.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found
    assert [event["event"] for event in heard.events] == ["CellDone"] * 4
    assert ledger.n_looks(fresh.corpus(RECIPE).digest) == 4


def test_a_stopped_job_keeps_its_combinations_and_goes_on(monkeypatch):
    fitted = []
    logistic = fitted_cells._logistic

    def count(recipe, should_stop):
        fitted.append(recipe)
        return logistic(recipe, should_stop)

    monkeypatch.setattr(fitted_cells, "_logistic", count)
    heard = Heard(stop_after=2)
    partial = factorial_job(payload_of(RECIPE, NAMES, "logistic"), heard)
    assert len(partial.cells) == len(fitted) < 4 and not partial.complete and partial.effects == ()
    whole = factorial_job(payload_of(RECIPE, NAMES, "logistic"), Heard())
    assert len(fitted) == 4 and whole.complete
    factorial_job(payload_of(RECIPE, ["weighting"], "logistic"), Heard())
    assert len(fitted) <= 5, "combinations are shared with other ablations"


def test_a_network_is_trained_with_several_seeds(monkeypatch):
    monkeypatch.setattr(factorial, "SEEDS", (0, 1))
    found = factorial_job(payload_of(RECIPE, ["weighting"], "network"), Heard())
    assert all(len(cell.by_seed) == 2 for cell in found.cells)
    assert all(cell.accuracy == pytest.approx(np.mean(cell.by_seed)) for cell in found.cells)
    assert "2 seeds" in found.model and "Student" in found.method


def test_the_command_prints_one_object_and_a_table(capsys):
    assert main(["ablate", "noisy", "--switches", "case, min_documents=2", "--json"]) == 0
    printed = capsys.readouterr()
    body = json.loads(printed.out)
    assert (len(body["cells"]), len(body["effects"])) == (4, 3) and "2 of 4" in printed.err
    assert main(["ablate", "noisy", "--switches", "case,min_documents=2"]) == 0
    said = capsys.readouterr().out
    assert "always guessing bread" in said and "against none" in said and "no detectable change" in said
    assert jobs.recent(factorial.KIND)[0].state == "done"


BLOCKS = RECIPE.change(blocks=("words 1-1 tfidf", "characters 2-3 case ratio"), models=("svm 1",))


def test_the_blocks_of_a_recipe_are_what_is_fitted_and_switches_that_they_do_not_read_are_refused(capsys, tmp_path):
    found = factorial_job(payload_of(BLOCKS, ["case", "digits"], "blocks"), Heard())
    switches, fresh = find_switches(["case", "digits"], BLOCKS), Experiments()
    labels = fresh.split(BLOCKS).validation.labels
    for on, cell in zip(((False, False), (False, True), (True, False), (True, True)), found.cells, strict=True):
        fit = fresh.blocks(switched(BLOCKS, switches, on))
        assert cell.accuracy == (fit.predictions == labels).mean() and cell.n_terms == fit.train.shape[1]
    assert found.complete and found.model == BLOCKS.blocks.in_words and len(found.effects) == 3
    for name in ("weighting", "lemmas", "ngrams", "top_n"):
        with pytest.raises(RecipeError, match="Blocks do not read"):
            factorial_job(payload_of(BLOCKS, [name], "blocks"), Heard())
    file = tmp_path / "blocks.toml"
    file.write_text(BLOCKS.to_toml())
    assert main(["ablate", "noisy", "--recipe", str(file), "--switches", "case", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == BLOCKS.blocks.in_words
    assert main(["ablate", "noisy", "--recipe", str(file), "--model", "logistic"]) == 2
    assert "has blocks, which naive Bayes" in capsys.readouterr().err
    assert main(["ablate", "noisy", "--model", "blocks"]) == 2
    assert "has no blocks" in capsys.readouterr().err


def test_switches_that_blocks_do_not_read_leave_the_fit_as_it_is():
    before = Experiments().blocks(BLOCKS)
    for name in ("weighting", "top_n", "ngrams"):
        (one,) = find_switches([name], BLOCKS)
        after = Experiments().blocks(BLOCKS.change(**one.on))
        assert (before.train != after.train).nnz == 0 and (before.votes == after.votes).all(), name
