import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from bowcore.errors import MemoryBudgetError
from bowcore.experiment import memo as memo_module
from bowcore.experiment.memo import Memo
from bowcore.memory import WORKERS_SHARE, cache_budget, lower_cache_budget


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The processor time of every thread, which stands still unless a test adds to it."""
    found = [0.0]
    monkeypatch.setattr(memo_module.time, "thread_time", lambda: found[0])
    return found


def megabytes(n: int) -> np.ndarray:
    return np.ones(n * 1_000_000, dtype=np.int8)


def never() -> np.ndarray:
    pytest.fail("computed a second time")


def test_a_value_is_computed_once() -> None:
    memo = Memo(10, 10**9)
    first = memo.get("a", lambda: megabytes(1))
    assert memo.get("a", never) is first


def test_thirty_threads_that_ask_at_once_share_one_computation() -> None:
    memo, computed, all_here = Memo(10, 10**9), [], threading.Barrier(30)
    waiting: list[int] = []

    @contextmanager
    def announce() -> Iterator[None]:
        waiting.append(threading.get_ident())
        yield

    def make() -> np.ndarray:
        while len(set(waiting)) < 30:
            threading.Event().wait(0.001)
        computed.append(1)
        return megabytes(1)

    def ask() -> np.ndarray:
        all_here.wait()
        return memo.get("a", make, announce)

    with ThreadPoolExecutor(30) as pool:
        found = list(pool.map(lambda _: ask(), range(30)))
    assert computed == [1]
    assert all(value is found[0] for value in found)


def ask_while_computing(memo: Memo, error: BaseException) -> tuple[list[object], int]:
    """What two threads get, one that computes and raises while the other waits, and the number of tries."""
    second_waits, tries = threading.Event(), []

    @contextmanager
    def announce() -> Iterator[None]:
        second_waits.set()
        yield

    def make() -> str:
        tries.append(1)
        if len(tries) == 1:
            started.set()
            assert second_waits.wait(60)
            raise error
        return "computed"

    started, outcomes = threading.Event(), []

    def ask(*announced: object) -> None:
        try:
            outcomes.append(memo.get("a", make, *announced))
        except (ValueError, KeyboardInterrupt) as raised:
            outcomes.append(raised)

    first = threading.Thread(target=ask)
    first.start()
    assert started.wait(60)
    second = threading.Thread(target=ask, args=(announce,))
    second.start()
    first.join(10)
    second.join(10)
    return outcomes, len(tries)


def test_no_more_values_than_cores_are_computed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    memo, lock, now, most = Memo(100, 10**9), threading.Lock(), [0], [0]

    def work(key: int) -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.01)
        with lock:
            now[0] -= 1
        return key

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(lambda key: memo.get(key, lambda: work(key)), range(24))) == list(range(24))
    assert most == [3]


def test_a_small_value_waits_for_no_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    memo, end, begun = Memo(100, 10**9), threading.Event(), threading.Semaphore(0)

    def work() -> str:
        begun.release()
        assert end.wait(60)
        return "large"

    with ThreadPoolExecutor(3) as pool:
        try:
            large = [pool.submit(memo.get, key, work) for key in "ab"]
            for _ in large:
                assert begun.acquire(timeout=60)
            assert pool.submit(memo.get, "small", lambda: "small", large=False).result(60) == "small"
        finally:
            end.set()
        assert [one.result(60) for one in large] == ["large", "large"]


def test_values_that_wait_for_one_another_finish_with_fewer_turns_than_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    memo = Memo(100, 10**9)

    def made(key: int) -> int:
        """Each key needs the next one, so threads that began with small keys wait for those with large ones."""
        return memo.get(key, lambda: key if key == 9 else made(key + 1) + threading.Event().wait(0.001))

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(made, range(10), timeout=120)) == [9] * 10


def test_an_exception_is_raised_in_every_thread_that_waits_and_is_not_kept() -> None:
    memo, error = Memo(10, 10**9), ValueError("no terms")
    assert ask_while_computing(memo, error) == ([error, error], 1)
    assert memo.get("a", lambda: "well") == "well"


def test_what_does_not_fit_in_memory_is_an_error_of_the_tree_and_is_not_kept() -> None:
    def refuse() -> np.ndarray:
        return np.empty(2**60, dtype=np.int8)

    memo = Memo(10, 10**9)
    with pytest.raises(MemoryBudgetError, match=r"too large for the memory, or for one column \(Unable to allocate"):
        memo.get("a", refuse)
    assert memo.get("a", lambda: megabytes(1)).size == 1_000_000


def test_an_interrupted_script_ends_itself_alone_and_another_that_waits_computes() -> None:
    interrupt = KeyboardInterrupt()
    outcomes, n_tries = ask_while_computing(Memo(10, 10**9), interrupt)
    assert n_tries == 2
    assert interrupt in outcomes and "computed" in outcomes


def test_a_value_is_kept_when_the_page_is_interrupted_as_its_announcement_ends() -> None:
    @contextmanager
    def announce() -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    memo = Memo(10, 10**9)
    with pytest.raises(KeyboardInterrupt):
        memo.get("a", lambda: "computed", announce)
    assert memo.get("a", never) == "computed"


def test_the_least_recently_used_is_dropped_at_the_bound_of_entries() -> None:
    memo = Memo(2, 10**9)
    for key in "abac":
        memo.get(key, lambda key=key: key)
    assert len(memo) == 2
    assert [memo.get(key, never) for key in "ac"] == ["a", "c"]
    assert memo.get("b", lambda: "again") == "again"


def test_for_bytes_a_large_value_is_dropped_before_small_ones_that_are_older() -> None:
    memo = Memo(100, 4_500_000)
    for key, n in (("oldest", 1), ("large", 3), ("small", 1), ("other", 1), ("new", 2)):
        memo.get(key, lambda n=n: megabytes(n))
    assert len(memo) == 4
    for key in ("oldest", "small", "other", "new"):
        memo.get(key, never)
    assert memo.get("large", lambda: "again") == "again"


def test_for_bytes_an_old_value_is_dropped_before_a_larger_one_that_was_just_used() -> None:
    memo = Memo(100, 4_500_000)
    for key, n in (("old", 2), ("a", 1), ("b", 1), ("large", 3), ("new", 1)):
        memo.get(key, lambda n=n: megabytes(n))
    for key in ("a", "b", "large", "new"):
        memo.get(key, never)
    assert memo.get("old", lambda: "again") == "again"


def test_for_bytes_a_value_counts_by_what_it_alone_holds() -> None:
    memo, parts = Memo(100, 4_500_000), [megabytes(2), megabytes(1)]
    memo.get("large part", lambda: parts[0])
    memo.get("small part", lambda: parts[1])
    memo.get("made of both", lambda: tuple(parts))  # without it its parts stay, so nothing is freed
    for key in "abcde":
        memo.get(key, lambda: megabytes(1))
    assert len(memo) == 7
    for key in ("large part", "small part", "made of both"):
        memo.get(key, never)
    assert isinstance(memo.get("a", lambda: "again"), str)


def test_for_bytes_what_took_little_time_is_dropped_before_what_took_long(seconds: list[float]) -> None:
    def taking(time: float) -> np.ndarray:
        seconds[0] += time
        return megabytes(1)

    memo = Memo(100, 4_500_000)
    for key, time in (("dear", 1.0), ("cheap", 0.1), ("dear too", 1.0)):
        memo.get(key, lambda time=time: taking(time))
    for key in "abcdef":  # what is dropped is that of the fewest seconds a byte for its age
        memo.get(key, lambda: taking(0.5))
    for key in ("dear", "dear too", "f"):
        memo.get(key, never)
    assert memo.get("cheap", lambda: "again") == "again"


def test_the_time_of_a_value_is_without_that_of_the_values_it_is_made_of(seconds: list[float]) -> None:
    def part() -> np.ndarray:
        seconds[0] += 5
        return megabytes(1)

    def whole() -> np.ndarray:
        memo.get("part", part)
        seconds[0] += 0.5
        return megabytes(1)

    memo = Memo(100, 4_500_000)
    memo.get("whole", whole)
    for key in "abcd":
        memo.get(key, part)
    memo.get("part", never)
    assert isinstance(memo.get("whole", lambda: "again"), str)


def test_the_least_recently_used_is_dropped_at_the_bound_of_bytes() -> None:
    memo = Memo(100, 4_500_000)
    for key in range(20):
        memo.get(key, lambda: megabytes(1))
        assert memo.n_bytes <= 4_500_000 + 1_001_000  # the largest value is not counted
    assert len(memo) == 5


def test_a_shared_array_is_counted_once_and_until_its_last_entry_goes() -> None:
    memo, shared = Memo(2, 10**9), megabytes(3)
    memo.get("a", lambda: [shared])
    memo.get("b", lambda: {"shared": shared[:5]})
    assert memo.n_bytes == pytest.approx(3_000_000, abs=2_000)
    memo.get("c", lambda: "small")
    assert memo.n_bytes == pytest.approx(3_000_000, abs=2_000)
    memo.get("d", lambda: "small")
    assert memo.n_bytes < 2_000


def test_a_value_beyond_the_bound_is_kept_with_smaller_ones_until_another_large_one_comes() -> None:
    memo = Memo(10, 1_000_000)
    large = memo.get("large", lambda: megabytes(2))
    memo.get("small", lambda: "small")
    assert memo.get("large", never) is large
    assert memo.get("small", never) == "small"
    del large
    memo.get("other", lambda: megabytes(3))
    assert memo.n_bytes < 3_001_000
    assert memo.get("small", never) == "small"


def test_a_dropped_value_that_is_still_drawn_is_found_again() -> None:
    memo = Memo(1, 10**9)
    drawn = memo.get("a", lambda: megabytes(1))
    memo.get("b", lambda: "other")
    assert len(memo) == 1
    assert memo.get("a", never) is drawn
    assert memo.n_bytes >= 1_000_000


def test_a_dropped_value_that_nobody_draws_leaves_the_memory() -> None:
    memo = Memo(1, 10**9)
    gone = weakref.ref(memo.get("a", lambda: megabytes(1)))
    memo.get("b", lambda: "other")
    gc.collect()
    assert gone() is None


def test_clear_drops_what_is_still_referenced_too() -> None:
    memo = Memo(1, 10**9)
    drawn = memo.get("a", lambda: megabytes(1))
    memo.clear()
    assert (len(memo), memo.n_bytes) == (0, 0)
    assert memo.get("a", lambda: megabytes(1)) is not drawn


def test_values_may_be_made_of_other_values_of_the_memo() -> None:
    memo = Memo(10, 10**9)
    assert memo.get("a", lambda: memo.get("b", lambda: 2) + 1) == 3
    assert memo.get("b", never) == 2


@pytest.mark.parametrize(("setting", "expected"), [("250", 250_000_000), ("0.5", 500_000)])
def test_the_bound_is_a_setting(setting: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_CACHE_MB", setting)
    assert cache_budget() == expected


@pytest.mark.parametrize("setting", ["much", "0", "-1", "nan", "inf"])
def test_a_bound_that_is_no_number_of_megabytes_is_refused(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_CACHE_MB", setting)
    with pytest.raises(MemoryBudgetError, match="BOWLAB_CACHE_MB"):
        cache_budget()


def test_the_default_bound_leaves_a_laptop_nine_tenths_of_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_CACHE_MB", raising=False)
    monkeypatch.setattr("bowcore.memory._share", 1.0)
    for total, expected in ((2_000_000_000, 200_000_000), (64_000_000_000, 400_000_000)):
        memory = type("Memory", (), {"total": total})
        monkeypatch.setattr("psutil.virtual_memory", lambda memory=memory: memory)
        assert cache_budget() == expected


@pytest.mark.parametrize(("setting", "expected"), [("", 60_000_000), ("30", 30_000_000), ("much", None)])
def test_a_worker_caches_a_part_unless_the_setting_says_how_much(
    setting: str, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_CACHE_MB", setting)
    monkeypatch.setattr("bowcore.memory._share", 1.0)
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"total": 64_000_000_000}))
    lower_cache_budget(WORKERS_SHARE)  # leaves a wrong setting to the first value, whose page or job says so
    if expected is None:
        with pytest.raises(MemoryBudgetError, match="BOWLAB_CACHE_MB"):
            cache_budget()
    else:
        assert cache_budget() == expected
