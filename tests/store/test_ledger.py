import threading
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from bowcore.recipe.recipe import Recipe
from bowcore.store import database, ledger, tables

R1, R2, R3, R4 = (Recipe().change(vocabulary_size=size) for size in (1000, 2000, 3000, 4000))


def open_test(accuracy: float = 0.9, weights: str = "w1", seed: int = 1, digest: str = "d1") -> ledger.Opening:
    return ledger.record_opening("bbc-news", digest, "r1", seed, weights, {"accuracy": accuracy})


def test_a_second_request_returns_the_recorded_numbers_and_adds_no_opening() -> None:
    first = open_test(accuracy=0.9)
    ledger.record_look("d1", R2)
    assert open_test(accuracy=0.1) == first
    assert first.result == {"accuracy": 0.9}
    assert ledger.openings() == (first,)


def test_other_weights_another_seed_or_another_corpus_are_another_opening() -> None:
    recorded = [open_test(), open_test(weights="w2"), open_test(seed=2), open_test(digest="d2")]
    assert list(ledger.openings()) == recorded
    assert list(ledger.openings("d1")) == recorded[:3]


def test_an_opening_keeps_the_number_of_recipes_seen_before_it() -> None:
    for recipe in (R1, R2, R1, R3):
        ledger.record_look("d1", recipe)
    ledger.record_look("another", R4)
    first = open_test()
    ledger.record_look("d1", R4)
    second = open_test(weights="w2")
    assert (first.n_validation_looks, second.n_validation_looks) == (3, 4)


def test_a_second_look_at_a_recipe_does_not_count() -> None:
    assert [ledger.record_look("d1", recipe) for recipe in (R1, R1, R2)] == [1, 1, 2]
    assert ledger.n_looks("d1") == 2
    assert ledger.n_looks("d2") == 0


def test_a_recipe_seen_on_one_page_and_trained_on_another_counts_once() -> None:
    wider = R1.change(hidden=R1.network.hidden + 1)
    assert ledger.record_look("d1", R1) == 1
    assert ledger.record_look("d1", R1, network=True) == 1
    assert ledger.record_look("d1", wider) == 1  # the same words and cells
    assert ledger.record_look("d1", wider, network=True) == 2
    assert ledger.record_look("d1", R2, network=True) == 3
    assert ledger.record_look("d1", R2) == 3


def test_an_opening_is_found_only_under_its_own_identity() -> None:
    recorded = open_test()
    assert ledger.find_opening("d1", "r1", 1, "w1") == recorded
    assert ledger.find_opening("d1", "r1", 1, "w2") is None


def test_simultaneous_requests_record_one_opening() -> None:
    together = threading.Barrier(8)

    def request(i: int) -> ledger.Opening:
        together.wait()
        return open_test(accuracy=i / 10)

    with ThreadPoolExecutor(8) as pool:
        assert len({opening.result["accuracy"] for opening in pool.map(request, range(8))}) == 1
    assert len(ledger.openings()) == 1


def short(recipe: Recipe) -> str:
    return "/".join(key[:12] for key in (recipe.key("weighting"), recipe.key("network")))


def test_looks_and_openings_under_the_shorter_keys_of_an_earlier_version_count_once() -> None:
    wider = R1.change(hidden=R1.network.hidden + 1)
    with database.writing() as connection:
        for key in (R1.key("weighting")[:12], short(R1), short(R2)):
            connection.execute(sa.insert(tables.looks).values(corpus_digest="d1", recipe_key=key, seen=1.0))
    assert ledger.n_looks("d1") == 2
    for recipe in (R1, R2):
        assert ledger.record_look("d1", recipe) == 2
        assert ledger.record_look("d1", recipe, network=True) == 2
    assert ledger.record_look("d1", wider, network=True) == 3
    assert ledger.record_look("d1", R3) == 4
    opened = ledger.record_opening("bbc-news", "d1", R1.key()[:12], 1, "w1", {"accuracy": 0.9})
    assert ledger.find_opening("d1", R1.key(), 1, "w1") == opened
    assert ledger.record_opening("bbc-news", "d1", R1.key(), 1, "w1", {"accuracy": 0.1}) == opened
