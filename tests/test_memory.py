import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv, feather

from bowcore.corpus import file_size
from bowcore.corpus.corpus import Provenance, SplitRule, make_corpus
from bowcore.corpus.file_size import check_file
from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import Split, split_corpus
from bowcore.errors import MemoryBudgetError
from bowcore.experiment import stages
from bowcore.experiment.stages import Chain, Reading
from bowcore.memory import (
    PROGRAM_BYTES,
    StageCost,
    check_stage,
    counting_cost,
    matrix_cost,
    memory_budget,
    reading_cost,
)
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import WEIGHTING_OPTIONS

RECIPES = {
    "counts": Recipe(),
    "nothing switched on": Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False),
    "pairs": Recipe().change(ngrams=2, weighting="tfidf"),
    "triples": Recipe().change(ngrams=3),
    "chi-squared": Recipe().change(weighting="tfidf", select_by="chi-squared", vocabulary_size=5_000),
    "tutorial": preset("tutorial-baseline", "bbc-news"),
}


@pytest.fixture(scope="module")
def split() -> Split:
    return split_corpus(load_corpus("bbc-news"), Recipe().split)


@pytest.fixture
def peak_of() -> Iterator[Callable[[Callable[[], object]], int]]:
    """The most that NumPy and Python had at once while something ran; Arrow keeps its own books."""
    tracemalloc.start()

    def measure(work: Callable[[], object]) -> int:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        work()
        return tracemalloc.get_traced_memory()[1] - before

    yield measure
    tracemalloc.stop()


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[StageCost]:
    """The estimates that the pipeline looks at, in order."""
    seen: list[StageCost] = []
    monkeypatch.setattr(stages, "check_stage", seen.append)
    return seen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the options are those of glibc")
def test_a_large_freed_array_goes_back_to_the_system() -> None:
    program = """
import numpy as np, psutil
from bowcore.memory import return_freed_memory
return_freed_memory()
def megabytes(): return psutil.Process().memory_info().rss / 1e6
warm = np.ones(20_000_000, dtype=np.int8)  # freed once, it would have glibc keep arrays of this size
del warm
before = megabytes()
held = [np.ones(16_000_000, dtype=np.int8) for _ in range(8)]
pin = np.ones(200_000, dtype=np.int8)
between = megabytes()
del held
print(before, between, megabytes())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, held, after = map(float, done.stdout.split())
    assert held > before + 100
    assert after < before + 15


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere Arrow keeps its default")
@pytest.mark.parametrize(("named", "expected"), [("", "jemalloc"), ("system", "system")])
def test_the_servers_arrow_gives_memory_back_unless_another_allocator_is_named(named: str, expected: str) -> None:
    program = """
import app, pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""
    setting = "ARROW_DEFAULT_MEMORY_POOL"
    environment = {name: value for name, value in os.environ.items() if name != setting}
    environment |= {setting: named} if named else {}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == expected, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_an_estimate_is_at_least_the_measured_peak_and_at_most_a_small_multiple(
    name: str, split: Split, costs: list[StageCost], peak_of: Callable[[Callable[[], object]], int]
) -> None:
    recipe = RECIPES[name]
    reading: Reading = stages.read_split(split, recipe)
    chain: Chain = stages.map_terms(reading, recipe)
    counts = stages.count(reading, chain, recipe)
    peaks = [
        peak_of(lambda: stages.read_split(split, recipe)),
        peak_of(lambda: stages.count(reading, chain, recipe)),
        peak_of(lambda: stages.build_matrix(counts, split, recipe)),
    ]
    for cost, peak in zip(costs[-3:], peaks, strict=True):
        assert peak <= cost.n_bytes <= 4 * peak, cost.stage


@pytest.mark.parametrize("ngrams", [2, 3])
def test_the_estimate_of_word_groups_includes_their_names_in_arrow(
    ngrams: int, split: Split, monkeypatch: pytest.MonkeyPatch, peak_of: Callable[[Callable[[], object]], int]
) -> None:
    monkeypatch.setattr("bowcore.matrix.counts._MOST_BITS", 0)  # as if there were millions of terms
    costs: list[StageCost] = []
    monkeypatch.setattr(stages, "check_stage", costs.append)
    # punctuation and case left alone: most groups are distinct, so most names are kept
    recipe = Recipe().change(ngrams=ngrams, lower_case=False, punctuation=False, digits=False, possessives=False)
    reading = stages.read_split(split, recipe)
    chain = stages.map_terms(reading, recipe)
    usual, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(pool)
    try:
        peak = peak_of(lambda: stages.count(reading, chain, recipe)) + pool.max_memory()
    finally:
        pa.set_memory_pool(usual)
    assert peak <= costs[-1].n_bytes <= 2 * peak


@pytest.mark.parametrize(
    ("budget", "stage", "remedy"),
    [
        ("0.0001", "Reading .* of text", "use a smaller corpus, or set BOWLAB_MEMORY_GB higher"),
        ("0.28", "Reading .* of text", "Read the headlines only: about"),
        ("0.05", "Counting word groups of up to 3", "Count single words: about"),
        ("0.15", "Counting word groups of up to 3", "Count word groups of at most two: about"),
    ],
)
def test_a_stage_that_does_not_fit_is_refused_before_it_starts_with_the_cheapest_remedy(
    budget: str, stage: str, remedy: str, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe().change(ngrams=3)
    monkeypatch.setattr(stages, "number_units" if "Reading" in stage else "count_terms", lambda *_: pytest.fail("ran"))
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "8")
    chain = None
    if "Counting" in stage:
        reading = stages.read_split(split, recipe)
        chain = stages.map_terms(reading, recipe)
    monkeypatch.setenv("BOWLAB_MEMORY_GB", budget)
    with pytest.raises(MemoryBudgetError, match=f"{stage}.* would take about .*{remedy}"):
        if chain is None:
            stages.read_split(split, recipe)
        else:
            stages.count(reading, chain, recipe)


def test_articles_without_headlines_get_no_advice_to_read_headlines(monkeypatch: pytest.MonkeyPatch) -> None:
    about = Provenance("Lines", "written for this test", "none")
    texts, labels = [f"soup {row}" for row in range(60)], [row % 2 for row in range(60)]
    for titles, remedy in (([""] * 60, "No smaller recipe fits"), (["tea"] * 60, "Read the headlines only: about")):
        corpus = make_corpus("lines", titles, texts, labels, ("a", "b"), rule=SplitRule(0.2, 0.2), provenance=about)
        articles = split_corpus(corpus, Recipe().split)
        monkeypatch.setenv("BOWLAB_MEMORY_GB", str((PROGRAM_BYTES + 16_000) / 1e9))
        with pytest.raises(MemoryBudgetError, match=rf"Reading .* of text would take about .*\. {remedy}"):
            stages.read_split(articles, Recipe())
        monkeypatch.setenv("BOWLAB_MEMORY_GB", "1")
        read = stages.read_split(articles, Recipe().change(text_used="headline"))
        assert bool(len(read.units.types)) == ("headlines" in remedy)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_file_that_does_not_fit_is_refused_before_it_is_read(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"rows{suffix}"
    texts = [f"soup number {row} of the day" for row in range(5_000)]
    table = pa.table({"text": texts, "label": [str(row % 2) for row in range(5_000)]})
    if suffix == ".parquet":
        pq.write_table(table, path, compression="zstd")
    elif suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()), encoding="utf-8")
    else:
        csv.write_csv(table, path, csv.WriteOptions(delimiter="\t" if suffix == ".tsv" else ","))
    assert load_corpus(str(path)).n_documents == 5_000
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("the file was read"))
    monkeypatch.setattr(pq, "read_table", lambda *_, **__: pytest.fail("the file was read"))
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.0005")
    with pytest.raises(
        MemoryBudgetError, match=rf"Reading the file rows\{suffix}, .* would take about .*\. No smaller"
    ):
        load_corpus(str(path))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
@pytest.mark.parametrize("suffix", [".csv", ".json", ".feather", ".zip"])
def test_a_limit_that_allows_a_file_is_above_what_reading_it_takes(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = np.random.default_rng(0).integers(0, 10**9, (8_000, 250))
    path, texts = tmp_path / f"rows{suffix}", [" ".join(map(str, row)) for row in numbers.tolist()]
    table = pa.table({"text": texts, "label": [str(row % 2) for row in range(8_000)]})
    if suffix == ".csv":
        csv.write_csv(table, path)
    elif suffix == ".json":
        path.write_text(json.dumps(table.to_pylist()), encoding="utf-8")
    elif suffix == ".feather":
        feather.write_feather(table, path, compression="zstd")
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for row, text in enumerate(texts):
                archive.writestr(f"{row % 2}/{row}.txt", text)
    program = f"""
import psutil
from pathlib import Path
from bowcore.corpus.sources import load_corpus
before = psutil.Process().memory_info().rss
load_corpus({str(path)!r})
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(1024 * int(peak) - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    monkeypatch.setenv("BOWLAB_MEMORY_GB", str(int(done.stdout) / 1e9))
    with pytest.raises(MemoryBudgetError, match="Reading the file"):
        check_file(path)


def test_the_long_list_of_columns_of_a_parquet_file_is_not_read_in_the_process_of_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"text": ["bread"], "label": ["a"]}), path)
    read: list[Path] = []
    monkeypatch.setattr(pq, "read_metadata", lambda path: read.append(path) or pq.ParquetFile(path).metadata)
    check_file(path)
    assert read == [path]
    path.write_bytes(b"PAR1" + (file_size.MOST_FOOTER + 1).to_bytes(4, "little") + b"PAR1")
    check_file(path)
    assert read == [path]
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.05")
    with pytest.raises(MemoryBudgetError, match="Reading the file"):
        check_file(path)


def test_an_archive_is_refused_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", " " * 50_000_000)
    assert path.stat().st_size < 100_000
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.5")
    with pytest.raises(MemoryBudgetError, match=r"Reading the file rows\.xlsx, 50\.0\sMB, would take about 750\sMB"):
        load_corpus(str(path))


def test_a_fixed_limit_counts_what_earlier_stages_hold_and_free_memory_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cost = StageCost("Counting", 10**6, (("Count less", 10**5),), held=10**7)
    monkeypatch.delenv("BOWLAB_MEMORY_GB", raising=False)
    check_stage(cost, 2 * 10**6)
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.0105")
    with pytest.raises(MemoryBudgetError, match=r"Counting would take about 11\.0\sMB.*Count less: about 10\.1\sMB"):
        check_stage(cost)


def test_the_remedy_of_a_stage_fits_when_it_is_followed(split: Split) -> None:
    tfidf, count = WEIGHTING_OPTIONS["tfidf"], WEIGHTING_OPTIONS["count"]
    for cost, followed in (
        (counting_cost(3, 10**7, 10**6, 10**5), counting_cost(2, 10**7, 10**6, 10**5)),
        (counting_cost(3, 10**7, 10**6, 10**6, by_name=[3]), counting_cost(2, 10**7, 10**6, 10**6)),
        (matrix_cost(tfidf, 10**7, 10**5, 10**5, 10**5), matrix_cost(count, 10**7, 10**5, 10**5, 10**5)),
        (reading_cost(10**6, 10**8, 10**5), reading_cost(10**6, 0, 10**5)),
    ):
        assert cost.remedies[0][1] == followed.n_bytes
        check_stage(followed, followed.n_bytes)
        with pytest.raises(MemoryBudgetError, match=cost.remedies[0][0]):
            check_stage(cost, followed.n_bytes)


def test_fewer_training_articles_are_the_last_resort_of_a_matrix() -> None:
    cost = matrix_cost(WEIGHTING_OPTIONS["tfidf"], 10**8, 10**5, 10**6, 10**6)
    with pytest.raises(MemoryBudgetError, match=r"Train on 20,000 articles: about 63.2\sMB\."):
        check_stage(cost, 10**9)


def test_the_budget_is_a_share_of_what_is_free_and_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_MEMORY_GB", raising=False)
    assert 0 < memory_budget() <= 0.7 * psutil.virtual_memory().total
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "1.5")
    assert memory_budget() == 1_500_000_000
    for wrong in ("much", "0", "-1", "inf", "nan"):
        monkeypatch.setenv("BOWLAB_MEMORY_GB", wrong)
        with pytest.raises(MemoryBudgetError, match="must be a number of gigabytes above 0"):
            memory_budget()
