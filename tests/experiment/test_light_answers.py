"""An answer that somebody keeps holds nothing of what was learned for it."""

from __future__ import annotations

import weakref

import pytest

from bowcore import moment
from bowcore.experiment import experiments
from bowcore.experiment.answer import Answer, Learned, learn
from bowcore.experiment.buffers import buffers_of
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import Memo
from bowcore.recipe.recipe import Recipe

RECIPE = Recipe().change(training_articles=300)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[Learned]]:
    """What was learned since, in this order."""
    found: list[weakref.ref[Learned]] = []

    def noted(*arguments: object) -> Learned:
        new = learn(*arguments)  # type: ignore[arg-type]
        found.append(weakref.ref(new))
        return new

    monkeypatch.setattr(experiments, "learn", noted)
    return found


def test_what_the_memo_drops_is_gone_though_its_answer_is_kept(learned: list[weakref.ref[Learned]]) -> None:
    memo = Memo(1000, 10**9)
    answer = Experiments(memo).answer(RECIPE)
    before = answer.matrix.validation.copy(), answer.log_likelihood.copy()
    assert len(learned) == 1 and learned[0]() is not None
    memo.clear()
    assert learned[0]() is None, "only the memo held it"
    assert (answer.matrix.validation != before[0]).nnz == 0 and (answer.log_likelihood == before[1]).all()
    assert len(learned) == 2


def test_an_answer_of_its_own_is_small() -> None:
    memo = Memo(1000, 10**9)
    answer = Experiments(memo).answer(RECIPE)
    shared = {**buffers_of(answer.split), **buffers_of(answer.reading), **buffers_of(answer.corpus)}
    own = {name: n_bytes for name, n_bytes in buffers_of(answer).items() if name not in shared}
    assert sum(own.values()) < answer.predictions.nbytes + 20_000
    assert sum(own.values()) < sum(buffers_of(answer.load_learned()).values()) / 20


def test_one_run_of_a_page_learns_once_however_small_the_memo_is(learned: list[weakref.ref[Learned]]) -> None:
    def used(answer: Answer) -> int:
        return answer.matrix.n_filled + len(answer.chain.costs) + len(answer.bayes.class_log_prior)

    with moment.one_look():
        answer = Experiments(Memo(1, 1)).answer(RECIPE)
        first = used(answer)
        assert used(answer) == first
    assert len(learned) == 1
