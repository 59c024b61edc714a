import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus
from bowcore.corpus.sources import find_source, load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.experiment import on_disk
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.stages import build_matrix, count, map_terms, read_split
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts
from tests.experiment.test_stages import matrix_of

WORDS = ("soup", "bread", "cold", "Cold", "menu's")


@pytest.fixture(autouse=True)
def keep_small_corpora(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOWLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BOWLAB_ARTEFACTS", raising=False)
    monkeypatch.delenv("BOWLAB_RUNS_URL", raising=False)
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 10)


def lunch(path: Path, extra: str = "") -> str:
    bodies = [f"{WORDS[row % 5]} {WORDS[row % 3]} {extra}" for row in range(60)]
    table = pa.table({"title": ["lunch"] * 60, "body": bodies, "label": [f"class {row % 2}" for row in range(60)]})
    pq.write_table(table, path)
    return str(path)


def open_corpus(name: str) -> Corpus:
    return on_disk.open_corpus(find_source(name), Recipe().change(corpus=name))


def stamp(name: str) -> str:
    return on_disk.corpus_stamp(find_source(name))


def age(path: Path, seconds: float) -> None:
    changed = path.stat().st_mtime - seconds
    os.utime(path, (changed, changed))


def test_a_corpus_opened_again_is_the_corpus_and_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    age(Path(name), 60)
    first = open_corpus(name)
    monkeypatch.setattr(sources, "load_file", lambda *_: pytest.fail("loaded again"))
    again = open_corpus(name)
    assert again.articles.equals(first.articles)
    assert again.labels.tolist() == first.labels.tolist()
    for field in ("name", "digest", "class_names", "n_own_test", "rule", "provenance"):
        assert getattr(again, field) == getattr(first, field)


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    age(Path(name), 60)
    first = open_corpus(name)
    lunch(tmp_path / "lunch.parquet", extra="salad")
    age(Path(name), 30)
    changed = open_corpus(name)
    assert changed.digest != first.digest
    assert changed.digest == load_corpus(name).digest


def test_a_file_that_changed_just_now_is_not_kept(tmp_path: Path) -> None:
    open_corpus(lunch(tmp_path / "lunch.parquet"))
    assert artefacts.kept() == ()


def test_the_stamp_of_a_file_is_another_until_it_has_settled_and_then_stays(tmp_path: Path) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    just_now = stamp(name)
    assert just_now == stamp(f"{name}?label=label")
    age(Path(name), 60)
    settled = stamp(name)
    assert settled not in (just_now, "")
    assert settled == stamp(name)


@pytest.mark.parametrize("name", ["bbc-news", "none.csv", f"{'a' * 300}.csv"])
def test_a_corpus_without_files_has_no_stamp(name: str) -> None:
    assert stamp(name) == ""


def test_a_small_corpus_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "WORTH_KEEPING", 61)
    name = lunch(tmp_path / "lunch.parquet")
    age(Path(name), 60)
    corpus = open_corpus(name)
    on_disk.open_reading(corpus.digest, split_corpus(corpus, Recipe().split), Recipe())
    assert artefacts.kept() == ()


@pytest.mark.parametrize("ngrams", [1, 2])
def test_a_kept_reading_gives_the_matrix_of_a_fresh_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ngrams: int
) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    corpus = load_corpus(name)
    recipe = Recipe().change(corpus=name, weighting="tfidf", ngrams=ngrams)
    split = split_corpus(corpus, recipe.split)
    fresh = read_split(split, recipe)
    on_disk.open_reading(corpus.digest, split, recipe)
    monkeypatch.setattr(on_disk, "read_split", lambda *_: pytest.fail("read again"))
    kept = on_disk.open_reading(corpus.digest, split, recipe)
    assert kept.texts.equals(fresh.texts)
    assert kept.units.types.equals(fresh.units.types)
    assert kept.units.ids.tolist() == fresh.units.ids.tolist()
    assert not kept.units.ids.flags.writeable
    one, two = (
        build_matrix(count(reading, map_terms(reading, recipe), recipe), split, recipe) for reading in (fresh, kept)
    )
    assert one.vocabulary.terms.equals(two.vocabulary.terms)
    for part in ("train", "validation"):
        assert np.array_equal(getattr(one.features, part).toarray(), getattr(two.features, part).toarray())
        assert getattr(two.features, part).nnz > 0


def test_readings_of_two_splits_are_kept_apart(tmp_path: Path) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    corpus = load_corpus(name)
    for seed in (1, 2, 1):
        recipe = Recipe().change(corpus=name, split_seed=seed)
        split = split_corpus(corpus, recipe.split)
        assert on_disk.open_reading(corpus.digest, split, recipe).texts.equals(read_split(split, recipe).texts)
    assert len(artefacts.kept()) == 2


@pytest.mark.parametrize("corpus", ["a file", "bbc-news"])
def test_an_answer_from_what_was_kept_is_the_uncached_one(corpus: str, tmp_path: Path) -> None:
    name = corpus
    if corpus == "a file":
        name = lunch(tmp_path / "lunch.parquet")
        age(tmp_path / "lunch.parquet", 60)
    recipe = Recipe().change(corpus=name)
    articles = load_corpus(name)
    plain = matrix_of(split_corpus(articles, recipe.split), recipe)
    for kept in (Experiments().answer(recipe), Experiments().answer(recipe)):  # made and kept, then found
        one, other = plain.features, kept.matrix.features
        assert one.terms.equals(other.terms)
        assert (one.train != other.train).nnz == 0
        assert (one.validation != other.validation).nnz == 0
        assert kept.corpus.digest == articles.digest


FILES = {
    "articles": ("corpus.json", "articles.arrow", "labels.npy"),
    "reading": ("texts.arrow", "types.arrow", "ids.npy", "offsets.npy", "counts-data.npy", "validation-indptr.npy"),
}


@pytest.mark.parametrize(("kind", "file"), [(kind, file) for kind, files in FILES.items() for file in files])
@pytest.mark.parametrize("damage", ["gone", "empty", "half"])
def test_a_damaged_artefact_is_computed_and_stored_again(kind: str, file: str, damage: str, tmp_path: Path) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    age(Path(name), 60)
    recipe = Recipe().change(corpus=name)
    first = Experiments().answer(recipe)
    (kept,) = (artefact for artefact in artefacts.kept() if artefact.key.startswith(kind))
    path = kept.path / file
    content = path.read_bytes()
    path.unlink()  # not written over: the first experiment has it in its memory
    if damage != "gone":
        path.write_bytes(content[: len(content) // 2] if damage == "half" else b"")
    again = Experiments().answer(recipe)
    assert again.corpus.digest == first.corpus.digest
    assert (again.matrix.features.train != first.matrix.features.train).nnz == 0
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("module", "made_anew"),
    [
        ("experiment/on_disk.py", {"articles", "reading"}),
        ("experiment/stored_arrays.py", {"articles", "reading"}),
        ("matrix/counts.py", {"reading"}),
    ],
)
def test_files_written_by_other_code_are_not_read(
    module: str, made_anew: set[str], tmp_path: Path, change_code: Callable[[str], None]
) -> None:
    name = lunch(tmp_path / "lunch.parquet")
    age(Path(name), 60)
    recipe = Recipe().change(corpus=name)
    Experiments().answer(recipe)
    before = {artefact.key for artefact in artefacts.kept()}
    change_code(module)
    Experiments().answer(recipe)
    new = {artefact.key for artefact in artefacts.kept()} - before
    assert {key.split("-")[0] for key in new} == made_anew


NAMELESS = """
import sys
from bowcore.experiment import on_disk
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
on_disk.WORTH_KEEPING = 10
reading = Experiments(process_memo()).reading(Recipe().change(corpus=sys.argv[1]))
def tell():
    parts = (reading.units.ids, reading.type_counts.data, reading.postings.train.indices)
    print(sum(map(len, reading.texts.to_pylist())), [int(part.sum()) for part in parts], flush=True)
tell()
sys.stdin.readline()
tell()
"""


@pytest.mark.faults
@pytest.mark.skipif(not hasattr(signal, "SIGBUS"), reason="Windows lets nobody cut a file that is mapped")
def test_files_that_are_cut_between_two_reads_are_read_on_as_they_were(tmp_path: Path) -> None:
    name = lunch(tmp_path / "lunch.parquet", extra="salad " * 2_000)
    age(Path(name), 60)
    with subprocess.Popen(
        [sys.executable, "-c", NAMELESS, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        answered = process.stdout.readline()
        files = [path for item in artefacts.kept() for path in item.path.iterdir()]
        assert len(files) > 10
        for path in files:
            os.truncate(path, 0)
        assert process.communicate("\n")[0] == answered != ""
    assert process.returncode == 0


READER = """
import sys, tempfile
def refuse(**_):
    raise OSError(28, "No space left on device")
tempfile.TemporaryFile = refuse  # so the files themselves are mapped
from bowcore.experiment import on_disk
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.memo import process_memo
from bowcore.recipe.recipe import Recipe
on_disk.WORTH_KEEPING = 10
recipe, seen = Recipe().change(corpus=sys.argv[1]), Experiments(process_memo())
def tell(reading):
    print(seen.matrix(recipe).features.n_terms, sum(map(len, reading.texts.to_pylist())), flush=True)
first = seen.reading(recipe)
tell(first)
sys.stdin.readline()
assert seen.reading(recipe) is first and on_disk.let_go_of_changed_files()
again = seen.reading(recipe)
assert again is not first and not on_disk.let_go_of_changed_files()
tell(again)
sys.stdin.readline()
tell(again)
"""


@pytest.mark.faults
@pytest.mark.skipif(not hasattr(signal, "SIGBUS"), reason="Windows lets nobody cut a file that is mapped")
def test_a_look_lets_go_of_files_that_were_cut_while_they_were_mapped_and_they_are_made_again(tmp_path: Path) -> None:
    name = lunch(tmp_path / "lunch.parquet", extra="salad " * 2_000)  # of several pages of memory
    age(Path(name), 60)

    def go_on() -> str:
        files = [path for item in artefacts.kept() for path in item.path.iterdir() if path.suffix in (".arrow", ".npy")]
        assert len(files) > 10
        for path in files:
            os.truncate(path, min(path.stat().st_size - 1, 5_000))  # the first page stays, with the offsets of texts
        stdin.write("\n")
        stdin.flush()
        return stdout.readline()

    with subprocess.Popen(
        [sys.executable, "-c", READER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        answered = stdout.readline()
        assert go_on() == answered != ""
        assert [artefacts.damage(artefact) for artefact in artefacts.kept()] == [""] * len(artefacts.kept())
        assert go_on() == ""  # without a look the process ends, and the next one makes them again
    assert process.returncode == -signal.SIGBUS
    reading = Experiments().reading(Recipe().change(corpus=name))
    assert sum(map(len, reading.texts.to_pylist())) == int(answered.split()[1])
