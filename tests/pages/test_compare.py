"""The Compare page: rows of the table, the pair as the judge's predictions give it, names, deletion, guests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from bowcore.experiment.experiments import Experiments
from bowcore.people import Person, acting
from bowcore.recipe.recipe import Recipe
from bowcore.store import ledger
from bowcore.tasks.fitted_blocks import read_votes
from bowcore.tasks.run_table import table_of_runs
from bowcore.tasks.runner import run_here
from tests.pages.opening import by_label, open_page, shown
from tests.pages.plain import RECOMMENDED, plain
from tests.pages.test_guests import at_the_page
from tests.tasks.test_run_table import finish

HEADLINES = RECOMMENDED.change(text_used="headline")
COUNTS = HEADLINES.change(weighting="count")


def digest() -> str:
    return Experiments().corpus(RECOMMENDED).digest


def run(recipe: Recipe, right: int, who: Person | None = None) -> str:
    """A finished training on BBC News whose network is not on the disk any more."""
    who = {} if who is None else {"who": who}
    return finish(recipe, right, of=334, texts=digest(), epochs=recipe.network.epochs, **who)


def table(app: AppTest) -> list[dict[str, object]]:
    (frame,) = [frame.value for frame in app.dataframe if "what differs" in frame.value]
    return frame.to_dict("records")


def test_a_pinned_recipe_and_this_one_are_compared_as_plain_code_does() -> None:
    app = open_page("compare.py", HEADLINES, link=None)
    app.session_state["pinned"] = COUNTS
    app.run()
    before, now = plain(COUNTS), plain(HEADLINES)
    fixed = (before.predictions != before.labels) & (now.predictions == now.labels)
    broken = (before.predictions == before.labels) & (now.predictions != now.labels)
    words = shown(app)
    assert f"fixed {fixed.sum()} and broke {broken.sum()} of 334" in words
    p = stats.binomtest(int(fixed.sum()), int(fixed.sum() + broken.sum())).pvalue
    assert f"exact McNemar p {p:.2f}" in words
    assert f"Fixed ({fixed.sum()})" in words and f"Broken ({broken.sum()})" in words
    first = int(np.flatnonzero(fixed)[0])
    names = now.class_names
    assert f"{names[before.predictions[first]]} → **{names[now.predictions[first]]}** · validation article" in words
    rows = table(app)
    assert [row[""] for row in rows] == ["●", "★"]
    assert rows[0]["what differs"] == ["Cell values: TF-IDF"]
    assert rows[1]["against ★, points"] == "reference"


def test_the_page_is_never_empty_and_says_when_nobody_changed() -> None:
    app = open_page("compare.py", HEADLINES)
    assert "Nothing to compare yet" in shown(app)
    by_label(app.button, "Compare with plain counts").click().run()
    assert "Recipe before, Naive Bayes" in str(table(app))
    app.session_state["pinned"] = app.session_state["recipe"].change(hidden=9)
    app.run()
    assert "Nobody was fixed and nobody was broken" in shown(app) or "Nothing to compare yet" in shown(app)


def test_seeds_are_one_row_which_is_named_deleted_and_brought_back() -> None:
    for seed, right in enumerate((300, 310, 305)):
        run(HEADLINES.change(network_seed=seed), right)
    app = open_page("compare.py", HEADLINES, compare_with="x")
    rows = table(app)
    assert rows[1]["right of 334 (95 %)"].replace("\N{NO-BREAK SPACE}", " ") == "91.3 ± 1.5 %, n = 3"
    key = next(option for option in app.selectbox if "Compared" in option.label).options
    by_label(app.selectbox, "Compared with it").select_index(1).run()
    app.session_state["compare_name"] = True
    app.run()
    by_label(app.text_input, "Name").set_value("Three | *seeds*")
    by_label(app.button, "Save").click().run()
    assert "Three | *seeds*" in str(table(app)), key
    by_label(app.button, "Delete").click().run()
    assert "was deleted" in shown(app) and "Nothing to compare yet" in shown(app)
    by_label(app.button, "Bring it back").click().run()
    assert "Three | *seeds*" in str(table(app))


def test_a_run_that_the_reader_trained_is_no_new_look_and_one_of_the_room_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = Person("ann"), Person("bob")
    recipes = {"ann": HEADLINES.change(hidden=8), "bob": HEADLINES.change(hidden=9)}
    for who in (ann, bob):
        with acting(who):  # as the worker does after each epoch
            ledger.record_look(digest(), recipes[who.id], network=True)
        run(recipes[who.id], 300, who)
    with at_the_page(monkeypatch, ann):
        open_page("words.py", HEADLINES)
        before = ledger.n_looks(digest())
        recorded: list[str] = []
        record = ledger.record_look
        monkeypatch.setattr(
            ledger,
            "record_look",
            lambda text, recipe, *, network=False: (
                recorded.append(recipe.key()) if network else None,
                record(text, recipe, network=network),
            ),
        )
        open_page("compare.py", HEADLINES)
        assert recorded == [recipes["bob"].key()]
        assert ledger.n_looks(digest()) == before + 1


def test_a_guest_sees_the_rooms_runs_called_so_and_cannot_delete_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = Person("ann"), Person("bob")
    run(HEADLINES, 300, ann)
    with at_the_page(monkeypatch, bob):
        app = open_page("compare.py", HEADLINES)
        assert "(the room's)" in str(table(app))
        by_label(app.selectbox, "Compared with it").select_index(1).run()
        assert by_label(app.button, "Delete").disabled
    with at_the_page(monkeypatch, ann):
        app = open_page("compare.py", HEADLINES)
        assert "(the room's)" not in str(table(app))
        by_label(app.selectbox, "Compared with it").select_index(1).run()
        assert not by_label(app.button, "Delete").disabled


def test_a_fit_of_blocks_is_a_row_and_is_compared_article_by_article() -> None:
    blocks = HEADLINES.change(blocks=("words 1-1 tfidf", "characters 2-3 tfidf"), models=("svm 1",), min_documents=2)
    job = run_here("blocks", {"recipe": blocks.to_toml()}, "long", blocks.key())
    now = plain(HEADLINES)
    key = table_of_runs(digest())[0].key
    app = open_page("compare.py", HEADLINES, compare_reference="now", compare_with=key)
    (row,) = [row for row in table(app) if str(row["run"]).startswith("Blocks ")]
    assert row["finished"] and any("Blocks: words 1-1 tfidf + characters" in one for one in row["what differs"])
    right = round(job.result["validation_accuracy"] * 334)
    ends = stats.binomtest(right, 334).proportion_ci(method="wilson")
    said = f"{100 * right / 334:.1f} % ({100 * ends.low:.1f}–{100 * ends.high:.1f})"
    assert str(row["right of 334 (95 %)"]).replace("\N{NO-BREAK SPACE}", " ") == said
    predictions = read_votes(job.result["artefact"]).argmax(axis=1)
    fixed = int(((predictions == now.labels) & (now.predictions != now.labels)).sum())
    broken = int(((predictions != now.labels) & (now.predictions == now.labels)).sum())
    for reference, compared, ends in (("now", key, (fixed, broken)), (key, "now", (broken, fixed))):
        app = open_page("compare.py", HEADLINES, compare_reference=reference, compare_with=compared)
        assert not app.exception
        assert f"fixed {ends[0]} and broke {ends[1]} of 334" in shown(app)
        assert f"exact McNemar p {stats.binomtest(fixed, fixed + broken).pvalue:.2f}" in shown(app) or (
            stats.binomtest(fixed, fixed + broken).pvalue < 0.01
        )


@pytest.mark.parametrize(("n", "said"), [(0, ""), (300, " All 1,557 take part, not the 300 of this recipe.")])
def test_the_curve_says_that_it_learns_from_all_articles_where_the_recipe_has_fewer(n: int, said: str) -> None:
    app = open_page("compare.py", HEADLINES.change(training_articles=n), compare_view="Learning curve")
    assert not app.exception
    assert f"what twice as many articles might give.{said} About" in shown(app)


def test_curve_and_switches_of_a_recipe_with_blocks_ask_for_its_fit_first_and_refuse_what_it_does_not_read() -> None:
    blocks = HEADLINES.change(blocks=("words 1-1 tfidf",), models=("svm 1",))
    app = open_page("compare.py", blocks, compare_view="Switches")
    assert not app.exception
    by_label(app.button, "Fit the blocks")
    run_here("blocks", {"recipe": blocks.to_toml()}, "long", blocks.key())
    app = open_page("compare.py", blocks, compare_view="Switches")
    assert "fits of the blocks" in shown(app)
    app = open_page("compare.py", blocks, compare_view="Switches", ablation_switches="weighting")
    assert "Blocks do not read" in shown(app)
    app = open_page("compare.py", blocks, compare_view="Learning curve")
    assert not app.exception and by_label(app.button, "Draw the curve")
