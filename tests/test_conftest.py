"""A skip that the build forbids fails it."""

from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

NEEDS_DATA = """
    def test_rows(bowlab_data):
        assert bowlab_data.is_dir()
"""


@pytest.fixture
def nested(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    for name in ("BOWLAB_HOME", "HF_ENDPOINT", "HF_HOME"):
        monkeypatch.setenv(name, "restored after the nested run")
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    monkeypatch.delenv("REQUIRE_DATA", raising=False)
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyfile(NEEDS_DATA)
    return pytester


def test_without_data_a_test_that_needs_it_is_skipped_with_the_reason(nested: pytest.Pytester) -> None:
    result = nested.runpytest_inprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*BOWLAB_DATA is not set*"])


def test_where_data_is_required_the_same_skip_fails(nested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_DATA", "1")
    result = nested.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*was skipped although REQUIRE_DATA=1*"])


def test_a_data_folder_without_the_rows_fails(
    nested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOWLAB_DATA", str(tmp_path))
    result = nested.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*lacks ag_news/train.parquet and ag_news/test.parquet*"])


def test_the_summary_says_what_faults_and_fuzzing_tried_and_how_often(nested: pytest.Pytester) -> None:
    nested.makeini("[pytest]\nmarkers =\n    faults: x\n    fuzz: x\n    slow: x\n")
    nested.makepyfile(
        test_tries="""
        import pytest

        @pytest.mark.faults
        def test_the_power_goes(): ...

        @pytest.mark.fuzz
        @pytest.mark.parametrize("n", [2, 3])
        def test_bombs(n, tried):
            for _ in range(n):
                tried("bomb")
            tried(f"kind {n}")
        """
    )
    result = nested.runpytest_inprocess("-m", "fuzz or faults")
    result.stdout.fnmatch_lines(
        ["faults: 1 kind, 1 time", "*1 × the power goes", "fuzz: 3 kinds, 7 times", "*5 × bomb"]
    )
