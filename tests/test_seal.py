"""Every page, command, download and cache is tried for a way to a test article before the test set is opened.

The texts are made so that each test article holds a word of its own, `zzsealed…`, and each open one `zzopen…`. Whatever
is looked through must show some `zzopen…`: a search that finds nothing at all proves nothing.
"""

from __future__ import annotations

import ast
import gc
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamlit as st
from sklearn.model_selection import train_test_split
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from bowcore.cli import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.corpus.split import Documents, SealedTest
from bowcore.errors import SealedError
from bowcore.experiment.blocks import count_open
from bowcore.experiment.experiments import Experiments, anchor, process_experiments
from bowcore.experiment.memo import Memo, process_memo
from bowcore.jobs import jobs
from bowcore.jobs.run import run_claimed
from bowcore.lessons.moments import MOMENTS
from bowcore.recipe.recipe import CHOICES, FIELDS, Recipe
from bowcore.store import artefacts, ledger, locks
from bowcore.store.ledger import Opening
from bowcore.tasks import open_test_set
from bowcore.tasks.fitted_blocks import find_fit
from bowcore.tasks.handlers import handler_for
from bowcore.tasks.runner import run_here
from bowcore.tasks.trained import Trained
from tests.pages.opening import PAGES, ROOT, by_label, open_page, status, visit, write_own
from tests.pages.test_confusion import CELL
from ui import answers
from ui.preprocessing.panels import WORDS as PREPROCESSING_PANELS

SEALED, OPEN = "zzsealed", "zzopen"
CLASSES = ("World", "Sports", "Business")
LINES = (
    "Ministers met again on Monday and no vote was taken",
    "The striker scored twice and the coach wasn't surprised",
    "Shares of the bank fell as profit didn't grow in 2004",
)
"""A line for each class, written for this test."""
N = 120
LABELS = np.random.default_rng(5).permutation(np.arange(N) % len(CLASSES)).astype(np.int32)
N_OWN_TEST = 20
HOME_MADE = Provenance("Home-made", "written for this test", "none")


def open_test(recipe: Recipe, run: dict[str, Any]) -> Opening:
    """Open the test set for the result of a training job."""
    return open_test_set.open_test(recipe, Trained.from_json(run))


def test_rows(name: str) -> list[int]:
    """Rows of the test split by scikit-learn: the last ones, or its stratified draw with seed 456."""
    if name == "own-test":
        return list(range(N - N_OWN_TEST, N))
    return sorted(train_test_split(np.arange(N), test_size=18, random_state=456, stratify=LABELS)[1].tolist())


test_rows.__test__ = False  # type: ignore[attr-defined]  # named for what it gives: pytest would take it for a test


def load(name: str) -> Corpus:
    """The texts, made again at each call, so that an object that survives was kept by its caller."""
    sealed = set(test_rows(name))
    words = [f"{SEALED if row in sealed else OPEN}{row:03d}" for row in range(N)]
    return make_corpus(
        name,
        [f"Headline {words[row]}x" for row in range(N)],
        [f"{LINES[LABELS[row]]} {words[row].upper()} #39;s {LABELS[row]}{row % 7}" for row in range(N)],
        LABELS,
        CLASSES,
        rule=SplitRule(0.1, 0.0) if name == "own-test" else SplitRule(0.15, 0.15),
        provenance=HOME_MADE,
        n_own_test=N_OWN_TEST if name == "own-test" else 0,
    )


NAMES = ("own-test", "drawn-test")
SMALL = {"hidden": 4, "epochs": 2, "batch_size": 16}


@pytest.fixture(autouse=True)
def home(bowlab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    for name in NAMES:
        # a title of its own: AppTest tells options apart by their labels alone
        titled = replace(HOME_MADE, title=name)
        source = Source(name, titled, lambda _, name=name: load(name), lambda: True)
        monkeypatch.setitem(sources.SOURCES, name, source)
    st.cache_resource.clear()
    process_memo().clear()
    st.cache_data.clear()
    return bowlab_home


def small(name: str) -> Recipe:
    return Recipe().change(corpus=name, **SMALL)


def train(recipe: Recipe) -> dict[str, Any]:
    job = run_here("train", {"recipe": recipe.to_toml()}, "long", recipe.key())
    assert job.result is not None, job.error
    return job.result


def do_waiting_jobs(lane: locks.Lane) -> None:
    """What the lane's worker does, in this process, which alone knows these texts."""
    while True:
        with locks.slot_lock(lane):
            job = jobs.claim(lane)
            if job is None:
                return
            ended = run_claimed(job, handler_for)
        assert ended.state == "done", ended.error


# What a folder holds


def contents_of(raw: bytes) -> Iterator[bytes]:
    """The bytes of a file, and of what is packed in it, archives in archives too."""
    yield raw
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            for name in packed.namelist():
                yield from contents_of(packed.read(name))


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and of what is packed in it."""
    raw = path.read_bytes()
    yield from contents_of(raw)
    if raw.startswith(b"PAR1"):
        yield json.dumps(pq.read_table(path).to_pylist(), default=str).encode()


def words_in(raw: bytes, word: str) -> set[str]:
    """Marker words in bytes, whatever their encoding and case."""
    found = re.findall(rf"{word}\d*".encode(), raw.lower()) + re.findall(
        rf"{word}\d*".encode(), raw.lower().replace(b"\0", b"")
    )
    return {item.decode() for item in found}


def words_below(folder: Path, word: str) -> dict[str, set[str]]:
    """Marker words by file."""
    found = {
        path.relative_to(folder).as_posix(): set().union(*(words_in(raw, word) for raw in contents(path)))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {name: words for name, words in found.items() if words}


# What a page sends


class Sent:
    """All that the pages sent to a browser: messages, and files behind download buttons, those made on a click too."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.files: list[bytes] = []

    def words(self, word: str) -> set[str]:
        return set().union(*(words_in(raw, word) for raw in (*self.messages, *self.files)))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Record every message and file, and open every closed box so that its content is sent too."""
    record = Sent()
    enqueue, store = ScriptRunContext.enqueue, MemoryMediaFileStorage.load_and_get_id
    defer = MediaFileManager.add_deferred

    def enqueue_too(context: ScriptRunContext, message: Any) -> None:
        record.messages.append(message.SerializeToString())
        enqueue(context, message)

    def store_too(storage: MemoryMediaFileStorage, data: Any, *arguments: Any, **named: Any) -> str:
        record.files.append(data if isinstance(data, bytes) else Path(data).read_bytes())
        return store(storage, data, *arguments, **named)

    def opened(popover: Callable[..., Any]) -> Callable[..., Any]:
        def open_it(*arguments: Any, **named: Any) -> Any:
            if "key" in named and "on_change" in named:
                st.session_state[named["key"]] = True
            return popover(*arguments, **named)

        return open_it

    def deferred_too(manager: MediaFileManager, make: Callable[[], Any], *arguments: Any, **named: Any) -> str:
        if not any(str(argument).startswith("image/") for argument in arguments):  # their data are in the messages
            data = make()
            record.files += contents_of(data.encode() if isinstance(data, str) else data)
        return defer(manager, make, *arguments, **named)

    monkeypatch.setattr(MediaFileManager, "add_deferred", deferred_too)
    monkeypatch.setattr(ScriptRunContext, "enqueue", enqueue_too)
    monkeypatch.setattr(MemoryMediaFileStorage, "load_and_get_id", store_too)
    monkeypatch.setattr(st, "popover", opened(st.popover))
    monkeypatch.setattr(DeltaGenerator, "popover", opened(DeltaGenerator.popover))
    return record


def frames(app: AppTest) -> str:
    return "\n".join(frame.value.to_csv() for frame in app.dataframe).lower()


def alternatives(base: Recipe) -> list[Recipe]:
    """The recipe with every switch flipped once, each to every other value."""
    found = []
    for name in FIELDS:
        value = base.value(name)
        if isinstance(value, bool):
            found.append(base.change(**{name: not value}))
        elif name in CHOICES and name != "units":  # lemmas of the tagger need a model; they have tests of their own
            extra = {"ascii_letters": True} if name == "stop_words" else {}
            found += [base.change(**{name: other, **extra}) for other in CHOICES[name] if other != value]
    return [
        *found,
        base.change(split_seed=1),
        base.change(split_seed=99),
        base.change(training_articles=20),
        base.change(vocabulary_size=50),
        base.change(min_documents=2),
        base.change(max_document_share=0.5),
        base.change(ngrams=2),
        base.change(ngrams=3),
        base.change(stop_words="own", own_stop_words=("the",)),
    ]


def text_of(value: Any) -> Iterator[bytes]:
    """All text that a value holds, however deep: tables, arrays, strings, and their containers and records."""
    match value:
        case str():
            yield value.encode()
        case pa.Table():
            yield from buffers(value)
        case pa.Array() | pa.ChunkedArray():
            yield from buffers(pa.table({"": value}))
        case np.ndarray() if value.dtype.kind in "OUS":
            yield "\n".join(map(str, value.ravel().tolist())).encode()
        case dict():
            yield from text_of([*value, *value.values()])
        case list() | tuple() | set() | frozenset():
            for item in value:
                yield from text_of(item)
        case _ if is_dataclass(value):
            yield from text_of([getattr(value, field.name) for field in fields(value)])


def test_the_search_for_marker_words_sees_through_what_files_are_packed_in(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "packed.npz", words=np.array(["a zzopen001 b"] * 50))
    pq.write_table(pa.table({"t": ["zzopen002 " * 50]}), tmp_path / "t.parquet", compression="zstd")
    (tmp_path / "plain.txt").write_text("ZZOPEN003")
    found = set().union(*words_below(tmp_path, OPEN).values())
    assert found == {"zzopen001", "zzopen002", "zzopen003"}


@pytest.mark.parametrize("name", NAMES)
def test_these_texts_seal_the_articles_that_hold_the_marker_and_no_other(name: str) -> None:
    experiment = Experiments(sealed=False).answer(small(name))
    bodies = experiment.split.test.unseal().articles["body"].to_pylist()
    assert len(bodies) == len(test_rows(name)) and all(SEALED in body.lower() for body in bodies)
    for part in (experiment.split.train, experiment.split.validation):
        assert all(OPEN in body.lower() and SEALED not in body.lower() for body in part.articles["body"].to_pylist())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_sealed_article_whatever_box_is_opened(page: str, name: str, sent: Sent) -> None:
    app = open_page(page, small(name).change(weighting="tfidf", digits=False))
    assert not app.exception and not app.error
    if page == "confusion.py":
        for cell in range(len(by_label(app.selectbox, CELL).options)):
            by_label(app.selectbox, CELL).select_index(cell).run()
    if page == "data.py":
        for view in app.segmented_control(key="data_view").options:
            app.segmented_control(key="data_view").set_value(view).run()
            assert not app.exception and not app.error
    if page == "compare.py":  # texts whose label two recipes disagree on
        app.session_state["pinned"] = small(name).change(vocabulary_size=3)
    app.session_state["browse_page"] = 3
    app.run()
    assert len(sent.words(OPEN)) > {"training.py": -1, "compare.py": 1}.get(page, 5)
    assert sent.words(SEALED) == set()


@pytest.mark.parametrize("name", ["own-test"])
@pytest.mark.parametrize("of_blocks", [False, True])
def test_no_view_of_the_confusion_page_shows_a_sealed_article(name: str, of_blocks: bool, sent: Sent) -> None:
    recipe = small(name).change(digits=False, blocks=BLOCKS if of_blocks else ())
    if of_blocks:
        assert run_here("blocks", {"recipe": recipe.to_toml()}, "long", recipe.key()).state == "done"
    app = open_page("confusion.py", recipe, judge="blocks" if of_blocks else "naive-bayes")
    assert ("Blocks has" in status(app)) == of_blocks
    cells = by_label(app.selectbox, CELL)
    largest = max(range(len(cells.options)), key=lambda i: int(cells.options[i].rpartition(": ")[2]))
    cells.select_index(largest).run()
    for key in ("cell_view", "confusion_view"):
        for view in app.segmented_control(key=key).options:
            app.segmented_control(key=key).set_value(view).run()
            assert not app.exception and not app.error, view
        app.segmented_control(key=key).set_value(app.segmented_control(key=key).options[0]).run()
    app.segmented_control(key="cell_view").set_value("Edit").run()
    next(button for button in app.button if button.label == "Shuffle the words").click().run()
    assert not app.exception
    assert len(sent.words(OPEN)) > 3 and sent.words(SEALED) == set()


@pytest.mark.parametrize("name", NAMES)
def test_no_switch_brings_a_sealed_article_into_the_answer_that_pages_draw_from(name: str) -> None:
    for recipe in alternatives(small(name).change(digits=False)):
        answer = answers.answer(recipe)
        assert answer.split.test._SealedTest__documents is None, recipe  # type: ignore[attr-defined]
        raw = b"\n".join(text_of(answer))
        assert words_in(raw, OPEN) and words_in(raw, SEALED) == set(), recipe


def test_the_search_through_an_answer_sees_a_sealed_word_wherever_it_is_held() -> None:
    documents = Experiments(sealed=False).split(small("own-test")).test.unseal()
    for held in (documents, {"a": [documents.articles["body"]]}, (np.array(["x", "zzsealed001"]),), "zzsealed002"):
        assert words_in(b"\n".join(text_of(held)), SEALED)


@pytest.mark.parametrize("page", ["data.py", "words.py", "preprocessing.py"])
def test_no_switch_shows_a_sealed_article(page: str, sent: Sent) -> None:
    base = small("drawn-test").change(digits=False)
    for change in ({"text_used": "headline"}, {"word_forms": "stem", "ngrams": 2}, {"split_seed": 99}):
        app = open_page(page, base.change(**change))
        if page == "data.py":
            for view in ("Duplicates", "Articles"):
                app.segmented_control(key="data_view").set_value(view).run()
        assert not app.exception, change
    assert len(sent.words(OPEN)) >= 10
    assert sent.words(SEALED) == set()


@pytest.mark.parametrize("panel", PREPROCESSING_PANELS)
def test_no_panel_of_the_preprocessing_page_shows_a_sealed_article(panel: str, sent: Sent) -> None:
    app = open_page("preprocessing.py", small("drawn-test").change(digits=False, word_forms="stem"))
    app.session_state["preprocessing_panel"] = panel
    app.sidebar.selectbox(key="recipe_stop_words").set_value("spacy").run()
    assert not app.exception
    assert sent.words(OPEN) or panel in ("Order", "Test bench", "Stop lists")
    assert sent.words(SEALED) == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_search_for_a_sealed_word_finds_nothing(name: str) -> None:
    row = test_rows(name)[0]
    open_row = next(row for row in range(N) if row not in test_rows(name))
    app = open_page("data.py", small(name))
    app.segmented_control(key="data_view").set_value("Articles").run()
    for word, said in ((f"{OPEN}{open_row:03d}", False), (f"{SEALED}{row:03d}", True), (SEALED, True)):
        app.text_input(key="browse_query").set_value(word).run()
        assert any("No article contains these letters" in info.value for info in app.info) is said
        assert (word in frames(app)) is not said
    visit(app, "words.py")
    for word, said in ((OPEN, False), (SEALED, True)):
        app.text_input(key="words_find").set_value(word).run()
        assert any("No term contains these letters" in info.value for info in app.info) is said
        assert SEALED not in frames(app)


@pytest.mark.parametrize("name", NAMES)
def test_a_sealed_word_in_a_sentence_of_ones_own_is_unknown(name: str) -> None:
    recipe = small(name).change(digits=False)
    word = f"{SEALED}{test_rows(name)[0]:03d}"
    known = next(f"{OPEN}{row:03d}" for row in Experiments().split(recipe).train.rows)
    app = open_page("preprocessing.py", recipe)
    app.text_area(key="own_sentence").set_value(f"{word} {known}").run()
    app.session_state["lineage_text"] = True
    became = app.run().code[0].value.split("\n")
    assert "not in the vocabulary" in became[0] and "not in the vocabulary" not in became[1]
    visit(app, "playground.py")
    write_own(app, word)
    assert any("No word of this text is in the vocabulary" in caption.value for caption in app.caption)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.key)
def test_no_moment_shows_a_sealed_article(moment: Any, sent: Sent) -> None:
    app = open_page("playground.py", small("own-test"))
    opening = app.button(key=f"moment_{moment.key}")
    assert opening.disabled == moment.needs_ag_news, "AG News is not on this machine"
    if not opening.disabled:
        opening.click().run()
        app.button(key="moment_go").click().run()
    assert not app.exception
    assert sent.words(OPEN) and sent.words(SEALED) == set()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:.*torch.distributed.reduce_op:FutureWarning")  # said of an object only looked at
def test_pages_keep_no_sealed_article_in_memory(name: str) -> None:
    st.cache_resource.clear()
    process_memo().clear()
    gc.collect()
    earlier = gc.get_objects()  # with other tests' corpora; kept alive so that no address is used twice
    known = {id(item) for item in earlier}
    app = open_page("data.py", small(name))
    for page in PAGES:
        visit(app, page)
    gc.collect()
    alive = [item for item in gc.get_objects() if id(item) not in known]
    assert [item for item in alive if isinstance(item, Corpus)] == []
    documents = [item for item in alive if isinstance(item, Documents)]
    assert documents, "the pages hold open articles"
    for item in documents:
        assert all(words_in(raw, SEALED) == set() for raw in buffers(item.articles))
    seals = [item for item in alive if isinstance(item, SealedTest)]
    assert seals and all(seal._SealedTest__documents is None for seal in seals)  # type: ignore[attr-defined]
    # labels of the test articles alone, or of all articles, in their order
    for array in (item for item in reachable(alive) if isinstance(item, np.ndarray) and item.ndim == 1):
        assert not np.array_equal(array, LABELS[test_rows(name)])
        assert not np.array_equal(array, LABELS)


@pytest.mark.parametrize("name", NAMES)
def test_experiments_hold_no_sealed_article_and_refuse_to_open_one(name: str) -> None:
    recipe = small(name).change(drop_leaked=True, leak_similarity=0.8, digits=False)
    memo = Memo(100, 10**9)
    made = Experiments(memo)
    made.answer(recipe)
    made.fit(anchor(recipe))
    assert len(memo) == 14  # nine of the answer, and chain, counts, cells, matrix and fit of the plain recipe
    held = behind(memo)
    columns = [pa.table({"held": item}) for item in held if isinstance(item, pa.Array | pa.ChunkedArray)]
    texts = [
        raw for table in [*columns, *(item for item in held if isinstance(item, pa.Table))] for raw in buffers(table)
    ]
    assert len(set().union(*(words_in(raw, OPEN) for raw in texts))) > N / 2
    assert set().union(*(words_in(raw, SEALED) for raw in texts)) == set()
    for array in (item for item in held if isinstance(item, np.ndarray) and item.ndim == 1):
        assert not np.array_equal(array, LABELS[test_rows(name)])
        assert not np.array_equal(array, LABELS)


@pytest.mark.parametrize("made", [Experiments, process_experiments, answers.experiments])
def test_no_experiments_of_a_page_a_worker_or_a_command_open_the_test_set(made: Callable[[], Experiments]) -> None:
    assert made().split(small("own-test")).test.n_documents == N_OWN_TEST
    with pytest.raises(SealedError):
        made().split(small("own-test")).test.unseal()
    with pytest.raises(SealedError):
        made().answer(small("own-test")).split.test.unseal()


def behind(value: object) -> list[Any]:
    """All that a value refers to, by whatever way, but for code."""
    seen: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if id(item) not in seen and not isinstance(item, type | ModuleType | FunctionType):
            seen[id(item)] = item
            waiting += gc.get_referents(item)
    return list(seen.values())


def buffers(table: pa.Table) -> Iterator[bytes]:
    for column in table.columns:
        for chunk in column.chunks:
            yield from (buffer.to_pybytes() for buffer in chunk.buffers() if buffer is not None)


def reachable(alive: list[Any]) -> Iterator[Any]:
    """The project's own objects and what they refer to directly: arrays are not tracked by the collector."""
    for item in alive:
        if str(type(item).__module__).partition(".")[0] in ("bowcore", "ui", "charts"):
            yield from gc.get_referents(item)


@pytest.mark.parametrize("name", NAMES)
def test_training_leaves_no_sealed_article_in_any_file(name: str, home: Path, sent: Sent) -> None:
    recipe = small(name)
    app = open_page("training.py", recipe)
    next(button for button in app.button if button.label == "Start").click().run()
    do_waiting_jobs("long")
    do_waiting_jobs("quick")
    app.run()
    next(button for button in app.button if button.label == "Make network.zip").click().run()
    do_waiting_jobs("quick")
    for page in PAGES:
        visit(app, page)
        assert not app.exception
    by_label(visit(app, "confusion.py").get("segmented_control"), "Judged by").set_value("network").run()
    for cell in range(len(by_label(app.selectbox, CELL).options)):
        by_label(app.selectbox, CELL).select_index(cell).run()
    assert len(sent.words(OPEN)) > 5 and sent.words(SEALED) == set()
    (run,) = jobs.recent("train")
    assert run.state == "done" and "test" not in json.dumps(run.result)
    assert any("vocabulary.txt" in file for file in words_below(home, OPEN))
    assert any("network.zip" in file for file in words_below(home, OPEN))
    assert words_below(home, SEALED) == {}
    kept = [file for artefact in artefacts.kept() for file in artefact.path.glob("*.npy")]
    assert kept and all(np.load(file).shape[:1] != (len(test_rows(name)),) or name == "drawn-test" for file in kept)
    assert ledger.openings() == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_search_for_suspicious_labels_leaves_no_sealed_article_in_any_file(name: str, home: Path, sent: Sent) -> None:
    app = open_page("data.py", small(name).change(digits=False, lower_case=True))
    app.segmented_control(key="data_view").set_value("Suspicious labels").run()
    app.button(key="label-issues_start").click().run()
    do_waiting_jobs("quick")
    app.run()
    assert not app.exception
    (job,) = jobs.recent("label-issues")
    n_train = len(Experiments().split(small(name)).train.rows)
    assert job.result is not None and job.result["n_judged"] == n_train
    assert sent.words(SEALED) == set()
    assert words_below(home, SEALED) == {}
    assert ledger.openings() == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_slice_of_a_sealed_word_is_empty(name: str) -> None:
    row = test_rows(name)[0]
    app = open_page("data.py", small(name))
    app.segmented_control(key="data_view").set_value("Articles").run()
    app.checkbox(key="browse_regex").set_value(True).run()
    app.text_input(key="browse_query").set_value(f"{SEALED}{row:03d}|{SEALED}").run()
    app.session_state["slices_box"] = True
    app.run()
    assert any("0 training and 0 validation articles" in caption.value for caption in app.caption)
    app.text_input(key="browse_query").set_value(f"{OPEN}[0-9]+").run()
    split = Experiments().split(small(name))
    n = f"{split.train.n_documents} training and {split.validation.n_documents} validation articles"
    assert any(n in caption.value for caption in app.caption)


COMMANDS: dict[str, list[str]] = {
    "corpora": [],
    "recipe": ["--corpus", "{name}"],
    "vectorize": ["{name}", "--out", "{out}"],
    "train": ["{name}", *(part for name, value in SMALL.items() for part in ("--set", f"{name}={value}"))],
    "worker": ["--lane", "quick", "--until-idle"],
    "report": ["{name}", "--out", "{out}.html"],
    "article": ["--corpus", "{name}", "--set", "hidden=4", "--set", "batch_size=16"],
    "inspect": ["{name}"],
    "fetch": ["{name}"],
    "learning-curve": ["{name}"],
    "ablate": ["{name}", "--switches", "case,weighting"],
    "notebook": ["{name}", "--out", "{out}.ipynb"],
    "prepare": ["{name}"],
    "doctor": [],
    "kept": [],
    "compare": ["recommended", "tutorial-baseline", "--corpus", "{name}", "--model", "naive-bayes"],
    "clean": [],
}
"""How each command is tried; a command that is not here fails the test below."""
NO_JSON = {"worker"}
BLOCKS = ("words 1-2 ratio-idf", "headline 1-1 tfidf", "characters 2-4 case ratio", "digits counts")
MAY_END_WITH = {"doctor": (0, 1)}  # 1: it found something to do on this machine


def commands() -> list[str]:
    (action,) = [action for action in main._parser()._actions if action.dest == "command"]
    assert action.choices is not None
    return list(action.choices)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", commands())
def test_no_command_prints_or_writes_a_sealed_article(
    command: str,
    name: str,
    home: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("report.job.bundle", lambda: "")  # Vega alone, which takes seconds
    assert command in COMMANDS, "say above how this command is tried"
    out = tmp_path / "out"
    arguments = [part.format(name=name, out=out) for part in COMMANDS[command]]
    for form in [[]] if command in NO_JSON else [[], ["--json"]]:
        assert main.main([command, *arguments, *form]) in MAY_END_WITH.get(command, (0,)), capfd.readouterr().err
    printed = capfd.readouterr()
    assert words_in((printed.out + printed.err).encode(), SEALED) == set()
    assert words_below(tmp_path, SEALED) == {}
    assert ledger.openings() == ()
    if command == "vectorize":
        assert words_below(out, OPEN)
        assert "test" not in json.loads((out / "summary.json").read_text())


def test_vocabulary_and_idf_stay_when_the_test_articles_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one bit of what is fitted depends on the test articles: here they are all replaced."""
    recipe = small("own-test").change(weighting="tfidf", ngrams=2)
    first = Experiments().matrix(recipe)

    def other(_: str) -> Corpus:
        corpus = load("own-test")
        bodies = corpus.articles["body"].to_pylist()
        bodies[-N_OWN_TEST:] = ["The the the Ministers striker"] * N_OWN_TEST
        labels = LABELS.copy()
        labels[-N_OWN_TEST:] = 0
        return make_corpus(
            "own-test",
            corpus.articles["title"],
            bodies,
            labels,
            CLASSES,
            rule=corpus.rule,
            provenance=corpus.provenance,
            n_own_test=N_OWN_TEST,
        )

    monkeypatch.setitem(sources.SOURCES, "own-test", Source("own-test", HOME_MADE, other, lambda: True))
    second = Experiments().matrix(recipe)
    assert first.vocabulary.terms.equals(second.vocabulary.terms)
    for part in ("train", "validation"):
        assert (getattr(first.features, part) != getattr(second.features, part)).nnz == 0
    assert not any(SEALED in term for term in first.vocabulary.terms.to_pylist())
    assert any(OPEN in term for term in first.vocabulary.terms.to_pylist())


def test_seeds_shuffled_labels_and_stop_words_alone_leave_no_sealed_article(home: Path) -> None:
    recipe = small(NAMES[0]).change(shuffled_labels=True, word_dropout=0.2, patience=1)
    job = run_here("train-seeds", {"recipe": recipe.to_toml()}, "long", recipe.key())
    assert (job.state, len(job.result or {})) == ("done", 1)
    assert words_below(home, SEALED) == {}
    assert ledger.openings() == ()


@pytest.mark.parametrize("name", NAMES)
def test_blocks_of_words_characters_and_fields_keep_no_sealed_article(name: str, home: Path) -> None:
    recipe = small(name).change(blocks=BLOCKS, models=("svm 1", "logistic 1"))
    counted = count_open(process_experiments().split(recipe), recipe)
    terms = " ".join(term for block in counted for term in block.terms.to_pylist())
    assert words_in(terms.encode(), OPEN) and not words_in(terms.encode(), SEALED)
    with pytest.raises(SealedError, match="not fitted yet"):
        open_test_set.open_blocks(recipe)
    job = run_here("blocks", {"recipe": recipe.to_toml()}, "long", recipe.key())
    assert job.state == "done" and words_below(home, SEALED) == {}
    assert ledger.openings() == ()
    kept = find_fit(recipe, load(name).digest)
    assert kept is not None and kept.n_train + kept.n_validation == N - len(test_rows(name))
    for page in ("playground.py", "confusion.py", "compare.py"):
        app = open_page(page, recipe, judge="blocks", own_text="zzsealed001 zzsealed002")
        assert not app.exception and not app.error
    found = process_experiments().blocks(recipe)
    named = " ".join(found.blocks.names(np.arange(found.blocks.starts[-1])))
    assert words_in(named.encode(), OPEN) and not words_in(named.encode(), SEALED)
    assert ledger.openings() == ()


@pytest.mark.parametrize("command", ["compare", "learning-curve", "ablate"])
def test_no_command_on_blocks_prints_or_writes_a_sealed_article(
    command: str, home: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "blocks.toml"
    file.write_text(small("own-test").change(blocks=BLOCKS[:3], digits=False).to_toml(), encoding="utf-8")
    others = {
        "compare": [str(file), "recommended", "--corpus", "own-test"],
        "learning-curve": ["own-test", "--recipe", str(file)],
        "ablate": ["own-test", "--recipe", str(file), "--switches", "case"],
    }
    assert main.main([command, *others[command], "--json"]) == 0, capfd.readouterr().err
    printed = capfd.readouterr()
    assert words_in((printed.out + printed.err).encode(), SEALED) == set()
    assert words_below(home, SEALED) == {} and ledger.openings() == ()


# What the source code may do


@cache
def modules() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By the path of every module of the application: its names and texts, and the names of arguments in its calls."""
    folders = [ROOT / part for part in ("pages", "ui", "report", "charts", "bowcore")]
    found = {}
    for path in [ROOT / "app.py", *(path for folder in folders for path in folder.rglob("*.py"))]:
        names, arguments = set(), set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=text) | ast.Name(id=text) | ast.Constant(value=str(text)):
                    names.add(text)
                case ast.keyword(arg=str(text)):
                    arguments.add(text)
        found[path.relative_to(ROOT).as_posix()] = frozenset(names), frozenset(arguments)
    return found


def calls_of(name: str) -> set[str]:
    """Modules that call a method of this name, or name it in any other way, as text too."""
    found = {path for path, (names, _) in modules().items() if any(name in text for text in names)}
    return found - {"bowcore/corpus/split.py"}


def test_one_module_alone_unseals() -> None:
    assert calls_of("unseal") == {"bowcore/tasks/open_test_set.py"}


def test_nothing_goes_round_the_seal_by_its_private_name() -> None:
    assert calls_of("SealedTest__") == calls_of("__documents") == set()
    assert calls_of("__getstate__") == calls_of("__reduce") == set()


def test_pages_read_no_corpus_but_by_experiments() -> None:
    loading = set().union(*map(calls_of, ("find_source", "load_corpus", "open_corpus", "split_corpus")))
    assert {path for path in loading if not path.startswith("bowcore/")} == set()
    assert {path for path in calls_of("Experiments") if not path.startswith("bowcore/")} == {"ui/answers.py"}


def test_one_module_alone_makes_experiments_that_are_not_sealed() -> None:
    assert {path for path, (_, arguments) in modules().items() if "sealed" in arguments} == {
        "bowcore/tasks/open_test_set.py"
    }
    assert ".without_test_articles() if self._sealed" in (ROOT / "bowcore/experiment/experiments.py").read_text()


# Opening


def test_an_opening_scores_the_test_rows_that_scikit_learn_draws_and_repeats_itself() -> None:
    recipe = small("drawn-test").change(digits=False)
    ledger.record_look(load("drawn-test").digest, recipe)  # what a page does for naive Bayes
    run = train(recipe)
    payload = {"recipe": recipe.to_toml(), "run": run}
    first, second = (run_here("open-test", payload, "long", "opening").result for _ in range(2))
    assert first is not None and first == second
    (opening,) = ledger.openings()
    assert opening.n_validation_looks == 1  # one recipe, judged by naive Bayes and by the network
    assert opening.result["n_test"] == 18 == len(test_rows("drawn-test"))
    confusion = np.array(opening.result["test_confusion"])
    assert confusion.sum(axis=1).tolist() == np.bincount(LABELS[test_rows("drawn-test")]).tolist()
    assert opening.result["test_accuracy"] == pytest.approx(np.trace(confusion) / 18)
    assert opening.result["validation_accuracy"] == run["validation_accuracy"]


def test_a_run_cut_short_after_its_first_epoch_is_a_look() -> None:
    recipe = small("own-test")
    run_here("train", {"recipe": recipe.to_toml(), "step": 1}, "long", recipe.key())
    assert ledger.n_looks(load("own-test").digest) == 1


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        ({"corpus_digest": "0" * 16}, "other texts"),
        ({"weights_digest": "0" * 16}, "not those of this run"),
        ({"artefact": "../runs.sqlite"}, "other texts"),
        ({"artefact": "network-0000-2"}, "other texts"),
        ({"epochs": []}, "stopped before its last epoch"),
        ({"epochs": [], "ended_early": True}, "stopped before its last epoch"),
    ],
)
def test_a_request_that_says_what_the_kept_network_does_not_show_is_refused(forged: dict[str, Any], said: str) -> None:
    recipe = small("own-test")
    with pytest.raises(SealedError, match=said):
        open_test(recipe, train(recipe) | forged)
    assert ledger.openings() == ()


@pytest.mark.parametrize("changes", [{"network_seed": 1}, {"hidden": 5}, {"epochs": 1}, {"learning_rate": 0.5}])
def test_a_network_of_another_recipe_over_the_same_features_is_refused(changes: dict[str, Any]) -> None:
    recipe = small("own-test")
    with pytest.raises(SealedError, match="other texts, or with an earlier version"):
        open_test(recipe.change(**changes), train(recipe))
    assert ledger.openings() == ()


def test_a_run_of_other_texts_is_refused() -> None:
    run = train(small("drawn-test"))
    with pytest.raises(SealedError, match="other texts"):
        open_test(small("own-test"), run)


def test_the_ledger_takes_no_score_from_the_request() -> None:
    recipe = small("own-test")
    run = train(recipe)
    opening = open_test(recipe, run | {"validation_accuracy": 1.5, "test_accuracy": 1.0})
    assert opening.result["validation_accuracy"] == run["validation_accuracy"]


def test_weights_exchanged_on_disk_are_refused() -> None:
    recipe = small("own-test")
    run, other = train(recipe), train(recipe.change(network_seed=1))
    mine, theirs = artefacts.find(run["artefact"]), artefacts.find(other["artefact"])
    assert mine is not None and theirs is not None
    for file in theirs.iterdir():  # with the manifest, which proves them whole
        (mine / file.name).write_bytes(file.read_bytes())
    with pytest.raises(SealedError, match="not those of this run"):
        open_test(recipe, run)
