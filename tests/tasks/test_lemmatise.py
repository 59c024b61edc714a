import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.split import split_corpus
from bowcore.errors import NotPreparedError, OutputError, RunError
from bowcore.experiment.stages import build_matrix, count, map_terms, read_split
from bowcore.jobs import jobs
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from bowcore.tasks import lemmatise
from bowcore.tasks.from_command_line import lemmas_here, run_recipe_here
from bowcore.tasks.handlers import handler_for
from bowcore.tasks.open_test_set import transform
from bowcore.tasks.runner import run_here

LEMMAS = Recipe().change(units="lemmas")
Chunks = Iterable[tuple[int, list[str]]]


def shout(text: str) -> str:
    """Replaces a tagger: splits off an apostrophe and the letters after it, and writes words backwards."""
    return " ".join(unit.replace("'", " '")[::-1] for unit in text.split())


class FakeTagger:
    """Lemmatises in this process, records every text, and dies on demand."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.dies_after = 10**9

    def __call__(
        self, chunks: Chunks, n_processes: int, should_stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[int, list[str]]]:
        for number, texts in chunks:
            if should_stop():
                return
            if len(self.texts) >= self.dies_after:
                raise RunError("A process that lemmatises ended with status -9.")
            self.texts += texts
            yield number, [shout(text) for text in texts]


class Heard:
    """A listener that records reports and stops after a number of messages."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.reports: list[tuple[float | None, str | None]] = []
        self.stop_after = stop_after

    def emit(self, event: Any = None, progress: float | None = None, message: str | None = None, *others: Any) -> None:
        self.reports.append((progress, message))

    def should_stop(self) -> bool:
        return len(self.reports) >= self.stop_after


@pytest.fixture
def tagger(monkeypatch: pytest.MonkeyPatch) -> FakeTagger:
    fake = FakeTagger()
    monkeypatch.setattr("bowcore.text.tagger.texts.lemmatise_chunks", fake)
    monkeypatch.setattr(lemmatise, "CHUNK_CHARACTERS", 200)
    return fake


def lunch(n_articles: int = 60, n_own_test: int = 0) -> Corpus:
    """Articles with a title that repeats and a body of their own; the body of row 0 is empty."""
    return make_corpus(
        "lunch",
        [f"lunch's menu {row % 4}" for row in range(n_articles)],
        ["" if row == 0 else f"soup number {row}" for row in range(n_articles)],
        [row % 2 for row in range(n_articles)],
        ("a", "b"),
        rule=SplitRule(0.15, 0.0 if n_own_test else 0.15),
        provenance=Provenance(title="Lunch", origin="written for this test", licence="none"),
        n_own_test=n_own_test,
    )


def open_fields(corpus: Corpus, recipe: Recipe) -> list[str]:
    split = split_corpus(corpus, recipe.split)
    tables = [part.articles for part in (split.train, split.validation)]
    return [text for table in tables for name in ("title", "body") for text in table[name].to_pylist()]


def shouted(corpus: Corpus) -> list[str]:
    """Texts that are read of the open articles."""
    split = split_corpus(corpus, LEMMAS.split)
    return [
        f"{shout(title)} {shout(body)}"
        for part in (split.train, split.validation)
        for title, body in zip(part.articles["title"].to_pylist(), part.articles["body"].to_pylist(), strict=True)
    ]


def test_reading_without_lemmas_names_the_job_that_makes_them(tagger: FakeTagger) -> None:
    split = split_corpus(lunch(), LEMMAS.split)
    with pytest.raises(NotPreparedError, match="The lemmas of these 51 articles are not computed yet") as caught:
        read_split(split, LEMMAS)
    job = caught.value.job
    assert (job.kind, job.lane) == ("lemmas", "long")
    assert Recipe.from_toml(job.payload["recipe"]) == LEMMAS.through("text")
    assert handler_for(job.kind) is lemmatise.lemmatise_job
    assert tagger.texts == []
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert artefacts.find(job.key) is not None


def test_every_field_is_lemmatised_by_itself_and_joined_by_a_space(tagger: FakeTagger) -> None:
    corpus = lunch()
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(corpus, LEMMAS.split), Heard())
    split = split_corpus(corpus, LEMMAS.split)
    reading = read_split(split, LEMMAS)
    expected = shouted(corpus)
    assert reading.texts.to_pylist() == expected
    assert reading.articles.to_pylist() == read_split(split, Recipe()).texts.to_pylist()
    units = [reading.units.types[int(unit)].as_py() for unit in reading.units.ids[: reading.units.offsets[1]]]
    assert units == expected[0].split()


def test_each_text_is_lemmatised_once_and_no_test_article_before_its_opening(tagger: FakeTagger) -> None:
    corpus = lunch()
    lemmatise.lemmatise_now(LEMMAS, split_corpus(corpus, LEMMAS.split), Heard())
    assert sorted(tagger.texts) == sorted(set(open_fields(corpus, LEMMAS)))
    assert [len(text) for text in tagger.texts] == sorted(len(text) for text in tagger.texts)
    sealed = split_corpus(corpus, LEMMAS.split).test.unseal()
    assert not set(sealed.articles["body"].to_pylist()) & set(tagger.texts)


def test_test_articles_are_lemmatised_when_they_are_transformed_and_kept_nowhere(tagger: FakeTagger) -> None:
    corpus = lunch()
    lemmatise.lemmatise_now(LEMMAS, split_corpus(corpus, LEMMAS.split), Heard())
    split = split_corpus(corpus, LEMMAS.split)
    reading = read_split(split, LEMMAS)
    matrix = build_matrix(count(reading, map_terms(reading, LEMMAS), LEMMAS), split, LEMMAS)
    kept = artefacts.kept()
    n_texts = len(tagger.texts)
    documents = split.test.unseal()
    cells = transform(documents, matrix, LEMMAS)
    assert set(documents.articles["body"].to_pylist()) <= set(tagger.texts[n_texts:])
    assert artefacts.kept() == kept
    n_soups = cells[:, matrix.vocabulary.terms.to_pylist().index("puos")].toarray().ravel().tolist()
    assert n_soups == [float("soup" in body) for body in documents.articles["body"].to_pylist()]
    validation = transform(split.validation, matrix, LEMMAS)
    assert (validation != matrix.features.validation).nnz == 0


def test_equal_open_articles_share_their_lemmas(tagger: FakeTagger) -> None:
    corpus = lunch(n_own_test=10)
    for recipe in (LEMMAS, LEMMAS, LEMMAS.change(split_seed=1), LEMMAS.change(lower_case=False)):
        assert lemmatise.lemmatise_now(recipe, split_corpus(corpus, recipe.split), Heard())
    assert len(tagger.texts) == len(set(tagger.texts))
    assert len(artefacts.kept()) == 1


@pytest.mark.parametrize("changes", [{"text_used": "headline"}, {"repair": True}])
def test_other_texts_are_another_artefact(tagger: FakeTagger, changes: dict[str, object]) -> None:
    corpus = make_corpus(
        "lunch",
        [f"soup{row} #39;s" for row in range(40)],
        ["bread"] * 40,
        [row % 2 for row in range(40)],
        ("a", "b"),
        rule=SplitRule(0.15, 0.15),
        provenance=Provenance(title="Lunch", origin="written for this test", licence="none"),
    )
    for recipe in (LEMMAS, LEMMAS.change(**changes)):
        lemmatise.lemmatise_now(recipe, split_corpus(corpus, recipe.split), Heard())
        read_split(split_corpus(corpus, recipe.split), recipe)
    assert len(artefacts.kept()) == 2


def test_another_model_or_library_computes_lemmas_again(tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch) -> None:
    lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    monkeypatch.setattr("bowcore.text.tagger.texts.model_identity", lambda: "another")
    with pytest.raises(NotPreparedError):
        read_split(split_corpus(lunch(), LEMMAS.split), LEMMAS)


def test_progress_rises_to_the_end_and_counts_texts(tagger: FakeTagger) -> None:
    heard = Heard()
    lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), heard)
    progress = [value for value, _ in heard.reports if value is not None]
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    n_texts = len(tagger.texts)
    assert heard.reports[0][1] == f"Loading the tagger, for {n_texts} texts"
    assert heard.reports[-1][1] == f"Lemmas of {n_texts} of {n_texts} texts"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone tells how much memory was held")
def test_the_cost_of_lemmas_is_stored_with_them_and_includes_their_processes(
    tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_bytes = 500_000_000

    def in_processes(chunks: Chunks, n_processes: int, _: Callable[[], bool]) -> Iterator[tuple[int, list[str]]]:
        assert n_processes == 3
        subprocess.run([sys.executable, "-c", f"b'x' * {n_bytes}"], check=True)
        yield from chunks

    monkeypatch.setattr("bowcore.text.tagger.texts.usable_processes", lambda n_chunks: 3)
    monkeypatch.setattr("bowcore.text.tagger.texts.lemmatise_chunks", in_processes)
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    (cost,) = lemmatise.lemma_cost(artefacts.kept()[0].path, "lemmas of lunch")
    assert cost.stage == "lemmas of lunch"
    assert cost.peak_bytes is not None and cost.peak_bytes > 3 * n_bytes
    assert cost.note == "its processes included"


def test_a_stopped_job_is_resumed(tagger: FakeTagger) -> None:
    assert not lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard(stop_after=3))
    n_first = len(tagger.texts)
    assert n_first > 0
    with pytest.raises(NotPreparedError):
        read_split(split_corpus(lunch(), LEMMAS.split), LEMMAS)
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert len(tagger.texts) == len(set(tagger.texts)) > n_first


def test_a_killed_job_is_resumed_and_leaves_one_artefact(tagger: FakeTagger, home: Path) -> None:
    tagger.dies_after = 20
    with pytest.raises(RunError, match="status -9"):
        lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    tagger.dies_after = 10**9
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert len(tagger.texts) == len(set(tagger.texts))
    assert list((home / "lemmas").iterdir()) == []


@pytest.mark.parametrize("written", ["", '["soup"', '["soup"]', "7", "\x00\x00"], ids=repr)
def test_a_damaged_chunk_is_made_again(tagger: FakeTagger, home: Path, written: str) -> None:
    assert not lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard(stop_after=3))
    finished = sorted(home.glob("lemmas/*/*.json"))
    finished[0].write_text(written, encoding="utf-8")
    n_first = len(tagger.texts)
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert 0 < len(tagger.texts) - len(set(tagger.texts)) < n_first
    assert read_split(split_corpus(lunch(), LEMMAS.split), LEMMAS).texts.to_pylist() == shouted(lunch())


def test_chunks_of_another_size_are_not_reused(tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard(stop_after=3))
    monkeypatch.setattr(lemmatise, "CHUNK_CHARACTERS", 150)
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert read_split(split_corpus(lunch(), LEMMAS.split), LEMMAS).texts.to_pylist() == shouted(lunch())


@pytest.mark.parametrize("damage", ["short", "no parquet", "gone"])
def test_a_damaged_artefact_is_made_again(tagger: FakeTagger, damage: str) -> None:
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    (kept,) = artefacts.kept()
    file = kept.path / "lemmas.parquet"
    whole = pq.read_table(file)
    if damage == "short":
        pq.write_table(whole[:1], file)
    elif damage == "no parquet":
        file.write_bytes(b"soup")
    else:
        file.unlink()
    with pytest.raises(NotPreparedError):
        read_split(split_corpus(lunch(), LEMMAS.split), LEMMAS)
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert pq.read_table(artefacts.kept()[0].path / "lemmas.parquet").equals(whole)


def test_a_full_disk_stops_lemmas_with_a_sentence_and_keeps_the_finished_ones(
    tagger: FakeTagger, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move, n_moved = Path.replace, 0

    def fill_the_disk(self: Path, target: Path) -> Path:
        nonlocal n_moved
        n_moved += 1
        if n_moved == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return move(self, target)

    monkeypatch.setattr(Path, "replace", fill_the_disk)
    with pytest.raises(OutputError, match=rf"{os.strerror(errno.ENOSPC)}\. Free some space"):
        lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert [path.suffix for path in home.glob("lemmas/*/[0-9]*")] == [".json", ".json"]
    n_first = len(tagger.texts)
    assert lemmatise.lemmatise_now(LEMMAS, split_corpus(lunch(), LEMMAS.split), Heard())
    assert 0 < len(tagger.texts) - len(set(tagger.texts)) < n_first


def test_two_writers_of_one_chunk_do_not_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, move, begun = tmp_path / "000000.json", Path.replace, []

    def wait_for_another(self: Path, target: Path) -> Path:
        begun.append(self)
        if len(begun) == 1:
            lemmatise._write(path, ["soup"])  # from beginning to end, while the first is about to move its file
        return move(self, target)

    monkeypatch.setattr(Path, "replace", wait_for_another)
    lemmatise._write(path, ["soup"])
    assert len(begun) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["000000.json"]


def test_chunks_cover_every_text_once_in_order() -> None:
    texts = pa.array(["", "a" * 99_999, "b" * 300_000, "c", "d"], pa.large_string())
    chunks = lemmatise._chunks(texts)
    assert [row for first, last in chunks for row in range(first, last)] == [0, 1, 2, 3, 4]
    assert len(chunks) > 1
    assert lemmatise._chunks(texts[:1]) == [(0, 1)]


def test_a_job_makes_the_lemmas_of_bbc_news_headlines(tagger: FakeTagger) -> None:
    recipe = LEMMAS.change(text_used="headline")
    job = run_here("lemmas", {"recipe": recipe.to_toml()}, "long", "any")
    assert job.state == "done"
    assert job.progress == 1.0
    assert job.result is not None
    assert job.result["finished"]
    assert "lemmas" in str(artefacts.kept()[0].path)


def test_training_on_lemmas_makes_them_first_and_stops_with_them(
    tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = LEMMAS.change(text_used="headline", epochs=1, hidden=2)
    messages: list[str | None] = []
    report = jobs.report

    def noting(job_id: str, **reported: Any) -> bool:
        messages.append(reported.get("message"))
        return report(job_id, **reported)

    monkeypatch.setattr("bowcore.jobs.jobs.report", noting)
    job = run_here("train", {"recipe": recipe.to_toml()}, "long", "one")
    assert job.state == "done", job.error
    assert job.result is not None
    assert job.result["n_terms"] > 1000
    assert any(message and "texts" in message for message in messages)
    assert tagger.texts


def test_a_preset_of_lemmas_needs_a_job_and_the_others_do_not(tagger: FakeTagger) -> None:
    corpus = lunch()
    split = split_corpus(corpus, Recipe().split)
    assert lemmatise.prepare(preset("recommended"), Heard())
    assert tagger.texts == []
    read_split(split, preset("tutorial-baseline"))
    with pytest.raises(NotPreparedError):
        read_split(split, preset("tutorial-revised"))


def test_a_command_makes_what_its_recipe_needs(tagger: FakeTagger) -> None:
    recipe = LEMMAS.change(text_used="headline")
    events: list[object] = []
    experiment = run_recipe_here(recipe, events.append)
    assert experiment.matrix.features.n_terms > 1000
    n_texts = len(tagger.texts)
    assert n_texts > 0
    assert run_recipe_here(recipe).matrix.features.terms.equals(experiment.matrix.features.terms)
    assert len(tagger.texts) == n_texts


def test_a_command_prints_why_lemmas_could_not_be_made(tagger: FakeTagger) -> None:
    tagger.dies_after = 20
    with pytest.raises(RunError, match="status -9"):
        run_recipe_here(LEMMAS.change(text_used="headline"))


def test_a_command_requests_lemmas_once_and_prints_their_progress(tagger: FakeTagger) -> None:
    recipe = LEMMAS.change(text_used="headline")
    messages: list[str] = []
    folder, there_already = lemmas_here(recipe, messages.append)
    assert (there_already, messages[0]) == (False, "Reading the articles")
    assert messages[-1].startswith(f"Lemmas of {len(tagger.texts):,} of {len(tagger.texts):,} texts")
    assert lemmas_here(recipe, messages.append) == (folder, True)
    assert len(jobs.recent("lemmas")) == 1
