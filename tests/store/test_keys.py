from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from bowcore.recipe.recipe import FIELDS, STAGES, Recipe
from bowcore.store import keys
from bowcore.store.keys import result_key
from bowcore.tasks import find_label_issues, reduce, time_tutorial

DIGEST = "0123456789abcdef"
SOURCES = (
    "experiment/stages.py",
    "corpus/sources.py",
    "text/steps.py",
    "text/lists/words.txt",
    "text/lists/cases.json",
    "matrix/counts.py",
    "learn/network/training.py",
    "judge/scores.py",
)
OTHERS = {
    "corpus": "ag-news",
    "split_seed": 1,
    "text_used": "headline",
    "lower_case": False,
    "training_articles": 10,
    "min_documents": 2,
    "weighting": "binary",
    "hidden": 7,
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of one line a module, in the place of the real one."""
    for name in SOURCES:
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")
    monkeypatch.setattr(keys, "_PACKAGE", tmp_path / "package")
    keys._code_digest.cache_clear()
    yield tmp_path / "package"
    keys._code_digest.cache_clear()


def all_keys() -> dict[str, str]:
    keys._code_digest.cache_clear()
    return {stage: result_key(Recipe(), stage, DIGEST) for stage in STAGES}


def changed_stages(before: dict[str, str]) -> set[str]:
    after = all_keys()
    return {stage for stage in STAGES if before[stage] != after[stage]}


def test_equal_requests_have_one_key() -> None:
    assert result_key(Recipe(), "network", DIGEST) == result_key(Recipe().change(hidden=128), "network", DIGEST)
    assert len(result_key(Recipe(), "network", DIGEST)) == 24


def test_every_stage_has_a_key_of_its_own() -> None:
    assert len(set(all_keys().values())) == len(STAGES) - 1
    assert all_keys()["blocks"] == all_keys()["weighting"]  # no blocks: what was kept before there were any stays found


@pytest.mark.parametrize("stage", STAGES)
def test_other_articles_have_another_key(stage: str) -> None:
    assert result_key(Recipe(), stage, DIGEST) != result_key(Recipe(), stage, DIGEST[::-1])


@pytest.mark.parametrize("name", OTHERS)
def test_a_field_changes_the_keys_from_its_stage_on_and_no_earlier_one(name: str) -> None:
    other = Recipe().change(**{name: OTHERS[name]})
    before = {stage: result_key(Recipe(), stage, DIGEST) for stage in STAGES}
    after = {stage: result_key(other, stage, DIGEST) for stage in STAGES}
    first = STAGES.index(FIELDS[name])
    assert [stage for stage in STAGES if before[stage] != after[stage]] == list(STAGES[first:])


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("experiment/stages.py", "corpus"),
        ("corpus/sources.py", "corpus"),
        ("text/steps.py", "text"),
        ("text/lists/words.txt", "text"),
        ("text/lists/cases.json", "text"),
        ("matrix/counts.py", "vocabulary"),
        ("learn/network/training.py", "network"),
    ],
)
def test_changed_code_changes_the_keys_of_the_stages_that_run_it(package: Path, name: str, first: str) -> None:
    before = all_keys()
    (package / name).write_text("# other\n", encoding="utf-8")
    assert changed_stages(before) == set(STAGES[STAGES.index(first) :])


def test_code_of_no_stage_changes_no_key(package: Path) -> None:
    before = all_keys()
    (package / "judge" / "scores.py").write_text("# other\n", encoding="utf-8")
    (package / "learn" / "__pycache__").mkdir()
    (package / "learn" / "__pycache__" / "training.pyc").write_bytes(b"other")
    assert changed_stages(before) == set()


def test_code_that_moves_from_one_file_to_the_next_changes_the_key(package: Path) -> None:
    (package / "learn" / "a.py").write_text("one\ntwo\n", encoding="utf-8")
    (package / "learn" / "b.py").write_text("", encoding="utf-8")
    before = all_keys()
    (package / "learn" / "a.py").write_text("one\n", encoding="utf-8")
    (package / "learn" / "b.py").write_text("two\n", encoding="utf-8")
    assert changed_stages(before) == {"network"}


@pytest.mark.parametrize(
    ("library", "first"),
    [("numpy", "corpus"), ("PyStemmer", "terms"), ("spacy-lookups-data", "terms"), ("numba", "network")],
)
def test_another_version_of_a_library_changes_the_keys_of_the_stages_that_call_it(
    library: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = all_keys(), keys.version
    monkeypatch.setattr(keys, "version", lambda name: "999" if name == library else real(name))
    assert changed_stages(before) == set(STAGES[STAGES.index(first) :])


def test_a_library_that_is_not_installed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    before = all_keys()
    monkeypatch.setattr(keys, "version", missing)
    assert changed_stages(before) == set(STAGES)


def test_named_code_is_part_of_the_key(package: Path) -> None:
    def keys_of(code: tuple[str, ...]) -> str:
        keys._code_digest.cache_clear()
        return result_key(Recipe(), "weighting", DIGEST, code)

    plain, fitted = keys_of(()), keys_of(("learn/network/training.py",))
    assert plain != fitted
    (package / "judge/scores.py").write_text("# other\n", encoding="utf-8")
    assert (keys_of(()), keys_of(("learn/network/training.py",))) == (plain, fitted)
    (package / "learn/network/training.py").write_text("# other\n", encoding="utf-8")
    assert keys_of(()) == plain
    assert keys_of(("learn/network/training.py",)) != fitted


@pytest.mark.parametrize("units", ["white-space", "lemmas"])
def test_the_code_that_joins_lemmas_is_part_of_the_keys_of_recipes_that_read_them(package: Path, units: str) -> None:
    def keys_of_stages() -> dict[str, str]:
        keys._code_digest.cache_clear()
        return {stage: result_key(Recipe().change(units=units), stage, DIGEST) for stage in STAGES}

    (package / "experiment/lemmas.py").write_text("# one\n", encoding="utf-8")
    before = keys_of_stages()
    (package / "experiment/lemmas.py").write_text("# other\n", encoding="utf-8")
    after = keys_of_stages()
    changed = [stage for stage in STAGES if before[stage] != after[stage]]
    assert changed == (list(STAGES[STAGES.index("text") :]) if units == "lemmas" else [])


JOBS = {
    "label issues": lambda: find_label_issues.issues_key(Recipe(), DIGEST),
    "tutorial's way": lambda: time_tutorial.cost_key(Recipe(), DIGEST),
    "reduction": lambda: reduce.reduction_key(Recipe(), DIGEST, 2),
}


@pytest.mark.parametrize(
    ("job", "library"), [("label issues", "cleanlab"), ("tutorial's way", "torch"), ("tutorial's way", "pandas")]
)
def test_another_version_of_what_a_job_calls_changes_its_key_and_no_stage(
    job: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, stages, real = JOBS[job](), all_keys(), keys.version
    monkeypatch.setattr(keys, "version", lambda name: "999" if name == library else real(name))
    assert JOBS[job]() != before
    assert changed_stages(stages) == set()


@pytest.mark.parametrize(
    ("job", "name"),
    [
        ("label issues", "judge/label_issues.py"),
        ("tutorial's way", "lessons/time_tutorial.py"),
        ("tutorial's way", "tasks/time_tutorial.py"),
        ("reduction", "tasks/reduce.py"),
    ],
)
def test_other_code_of_a_job_changes_its_key(package: Path, job: str, name: str) -> None:
    for each in ("judge/label_issues.py", "lessons/time_tutorial.py", "tasks/time_tutorial.py", "tasks/reduce.py"):
        (package / each).parent.mkdir(exist_ok=True)
        (package / each).write_text("# one\n", encoding="utf-8")
    before = JOBS[job]()
    (package / name).write_text("# other\n", encoding="utf-8")
    keys._code_digest.cache_clear()
    assert JOBS[job]() != before
