import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse
from scipy.stats import binomtest
from sklearn.feature_extraction.text import CountVectorizer

from bowcore.cli.main import main
from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_corpus
from bowcore.experiment.memo import process_memo
from bowcore.jobs import jobs
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import SplitSpec
from bowcore.store import artefacts, ledger
from bowcore.tasks.runner import run_here

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"training_articles": 100, "hidden": 8, "epochs": 2, "min_documents": 2}
SETTINGS = [part for name, value in SMALL.items() for part in ("--set", f"{name}={value}")]
TRAIN = ["train", "bbc-news", *SETTINGS]

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(bowlab_home: Path) -> Path:
    process_memo().clear()
    return bowlab_home


def lines(out: Out, *arguments: str) -> list[dict[str, Any]]:
    """JSON values that a command prints, one per line."""
    assert main([*arguments, "--json"]) == 0
    printed = out.readouterr()
    assert printed.err == ""
    return [json.loads(line) for line in printed.out.splitlines()]


def refusal(out: Out, *arguments: str) -> str:
    """The one line that a refused command prints, on standard error."""
    try:
        status = main(arguments)
    except SystemExit as leaving:
        status = leaving.code
    printed = out.readouterr()
    assert (status, printed.out) == (2, "")
    assert printed.err.endswith("\n")
    assert printed.err.count("\n") == 1
    return printed.err.rstrip("\n")


def ran(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bowcore", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_corpora_are_listed_with_licence_and_location(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    (answer,) = lines(out, "corpora")
    listed = {item["name"]: item for item in answer["corpora"]}
    assert (listed["bbc-news"]["n_documents"], listed["bbc-news"]["is_here"]) == (2225, True)
    assert (listed["ag-news"]["n_documents"], listed["ag-news"]["is_here"]) == (None, False)
    assert listed["bbc-news"]["licence"] == "BBC; non-commercial and research use"
    assert main(["corpora"]) == 0
    table = out.readouterr().out.splitlines()
    assert table[0].split() == ["corpus", "title", "articles", "where", "licence"]
    assert re.fullmatch(r"bbc-news +BBC News +2,225 +here +BBC; non-commercial and research use", table[1])


@pytest.fixture
def out(capsys: Out) -> Out:
    return capsys


def test_a_preset_is_printed_as_toml_that_reads_back(out: Out) -> None:
    assert main(["recipe", "--preset", "tutorial-baseline", "--corpus", "ag-news"]) == 0
    expected = preset("tutorial-baseline", "ag-news")
    assert Recipe.from_toml(out.readouterr().out) == expected
    (answer,) = lines(out, "recipe")
    assert Recipe.from_toml(answer["toml"]) == preset("recommended")
    assert answer["recipe"]["weighting"] == preset("recommended").weighting.weighting


LIGHT = (
    "from bowcore.cli.main import main\nimport io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()):\n    "
)


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        (["recipe"], {"torch", "sklearn", "numba", "spacy", "sqlalchemy", "pyarrow", "numpy"}),
        (["corpora"], {"torch", "sklearn", "numba", "spacy", "sqlalchemy"}),
        (["vectorize", "bbc-news", "--out"], {"torch", "sklearn", "numba", "spacy", "sqlalchemy"}),
    ],
)
def test_a_light_command_loads_no_heavy_library(command: list[str], absent: set[str], tmp_path: Path) -> None:
    arguments = [*command, str(tmp_path)] if command[-1] == "--out" else command
    program = f"{LIGHT}main({arguments!r})\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "bowcore" in loaded
    assert loaded.isdisjoint(absent)


def tutorial_cleaning(texts: list[str]) -> pd.Series:
    """The tutorial's second cleaning, with pandas."""
    cleaned = pd.Series(texts, dtype=object).str.lower()
    cleaned = cleaned.str.replace(r"(\w+)'s\b", r"\1", regex=True)
    cleaned = cleaned.str.replace(r"[^a-zA-Z'\s]", " ", regex=True)
    return cleaned.str.replace(r"\s'|'\s", " ", regex=True)


def assert_vectorizes_as_the_tutorial(out: Out, corpus: str, folder: Path) -> dict[str, Any]:
    (answer,) = lines(out, "vectorize", corpus, "--preset", "tutorial-baseline", "--out", str(folder))
    articles = split_corpus(load_corpus(corpus), SplitSpec()).train.articles
    title, body = (tutorial_cleaning(articles[name].to_pylist()) for name in ("title", "body"))
    vectorizer = CountVectorizer()
    expected = vectorizer.fit_transform(title + " " + body)
    counts = sparse.load_npz(folder / "matrix.npz")
    assert isinstance(counts, sparse.csr_matrix)
    assert counts.shape == expected.shape
    assert (counts != expected).nnz == 0
    terms = (folder / "vocabulary.txt").read_bytes().decode("utf-8").split("\n")
    assert terms == [*vectorizer.get_feature_names_out(), ""]
    assert (answer["n_documents"], answer["n_terms"], answer["n_nonzero"]) == (*expected.shape, expected.nnz)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary == {name: answer[name] for name in summary}
    made = Recipe.from_toml((folder / "recipe.toml").read_text(encoding="utf-8"))
    assert made == preset("tutorial-baseline", corpus)
    return answer


def test_vectorizing_bbc_news_equals_pandas_and_scikit_learn(out: Out, tmp_path: Path) -> None:
    answer = assert_vectorizes_as_the_tutorial(out, "bbc-news", tmp_path / "new" / "folder")
    assert answer["n_documents"] == 1557
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "classes.json",
        "matrix.npz",
        "recipe.toml",
        "rows.npz",
        "summary.json",
        "validation.npz",
        "vocabulary.txt",
    ]


def test_vectorizing_ag_news_equals_pandas_and_scikit_learn(out: Out, tmp_path: Path, bowlab_data: Path) -> None:
    assert assert_vectorizes_as_the_tutorial(out, "ag-news", tmp_path)["n_documents"] == 51_993


def test_the_matrix_is_weighted_if_the_recipe_weights(out: Out, tmp_path: Path) -> None:
    (answer,) = lines(out, "vectorize", "bbc-news", *SETTINGS, "--out", str(tmp_path))
    matrix = sparse.load_npz(tmp_path / "matrix.npz")
    assert matrix.shape == (100, answer["n_terms"])
    assert matrix.multiply(matrix).sum(axis=1) == pytest.approx(1.0)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["weighting"] == answer["weighting"] == "tfidf", "the file's name does not say it"
    assert main(["vectorize", "bbc-news", *SETTINGS, "--out", str(tmp_path)]) == 0
    table = dict(re.split(r"  +", line) for line in out.readouterr().out.splitlines())
    assert (table["training articles"], table["terms"]) == ("100", f"{answer['n_terms']:,}")


def test_no_term_of_bbc_news_ends_a_line_for_any_reader(out: Out, tmp_path: Path) -> None:
    (answer,) = lines(out, "vectorize", "bbc-news", "--set", "punctuation=false", "--out", str(tmp_path))
    assert len((tmp_path / "vocabulary.txt").read_text(encoding="utf-8").splitlines()) == answer["n_terms"]


def test_a_training_streams_its_epochs_and_ends_with_the_result(out: Out) -> None:
    *events, last = lines(out, *TRAIN)
    assert [event["event"] for event in events] == ["Started", "EpochDone", "EpochDone", "Finished"]
    (job,) = jobs.recent("train")
    assert job.state == "done"
    assert last == {"event": "Result", "run_id": job.id, "replayed": False, **(job.result or {}), "n_empty": 0}
    assert (last["n_train"], last["n_validation"]) == (100, 334)
    assert [sum(row) for row in last["confusion"]] == [77, 58, 62, 77, 60]
    right = sum(row[position] for position, row in enumerate(last["confusion"]))
    assert last["validation_accuracy"] == pytest.approx(right / 334)
    assert last["class_names"] == ["business", "entertainment", "politics", "sports", "tech"]
    assert last["baselines"]["majority"] == pytest.approx(77 / 334)
    assert set(last["baselines"]) == {
        "majority",
        "nearest centroid",
        "multinomial naive Bayes",
        "naive Bayes on counts",
        "logistic regression",
    }
    assert last["seconds"] > 0
    assert "test_accuracy" not in last
    assert ledger.openings() == ()


def test_an_equal_finished_run_is_replayed_unless_asked_again(out: Out) -> None:
    first = lines(out, *TRAIN)
    second = lines(out, *TRAIN)
    assert second == [*first[:-1], first[-1] | {"replayed": True}]
    assert len(jobs.recent("train")) == 1
    third = lines(out, *TRAIN, "--again")[-1]
    assert third["replayed"] is False
    assert third["run_id"] != first[-1]["run_id"]
    assert third["weights_digest"] == first[-1]["weights_digest"]
    artefacts.remove(third["artefact"])
    assert lines(out, *TRAIN)[-1]["replayed"] is False


def test_a_run_that_was_stepped_is_finished_not_replayed(out: Out) -> None:
    once = lines(out, *TRAIN)
    recipe, key = preset("recommended").change(**SMALL), jobs.recent("train", 1)[0].key
    run_here("train", {"recipe": recipe.to_toml(), "step": 1, "again": True}, "long", key)
    *events, last = lines(out, *TRAIN)
    assert [event["epoch"] for event in events if event["event"] == "EpochDone"] == [1, 2]
    assert (last["replayed"], last["weights_digest"]) == (False, once[-1]["weights_digest"])


def test_the_corpus_named_goes_before_the_recipes_own(out: Out, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(preset("tutorial-baseline", "ag-news").change(**SMALL).to_toml(), encoding="utf-8")
    last = lines(out, "train", "bbc-news", "--recipe", str(path))[-1]
    assert last["class_names"][0] == "business"


def test_a_revision_is_kept_only_with_its_corpus(out: Out, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(Recipe().change(corpus="ag-news", revision="v1").to_toml(), encoding="utf-8")
    lines(out, "vectorize", "bbc-news", "--recipe", str(path), "--out", str(tmp_path / "out"))
    made = Recipe.from_toml((tmp_path / "out" / "recipe.toml").read_text(encoding="utf-8"))
    assert (made.corpus.corpus, made.corpus.revision) == ("bbc-news", "")
    assert "bbc-news has no revisions" in refusal(out, *TRAIN, "--set", "revision=v1")


def test_a_recipe_is_printed_without_its_corpus(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    (answer,) = lines(out, "recipe", "--corpus", "ag-news")
    assert Recipe.from_toml(answer["toml"]) == preset("recommended", "ag-news")


def test_fields_are_set_by_name_with_values_as_people_write_them(out: Out, tmp_path: Path) -> None:
    texts = ["lower_case=False", "digits=false", "stop_words=own", "own_stop_words=the, of", "learning_rate=1e-2"]
    settings = [part for text in [*texts, "training_articles=50", "max_document_share=1"] for part in ("--set", text)]
    lines(out, "vectorize", "bbc-news", *settings, "--out", str(tmp_path))
    made = Recipe.from_toml((tmp_path / "recipe.toml").read_text(encoding="utf-8"))
    assert made == preset("recommended").change(
        lower_case=False,
        digits=False,
        stop_words="own",
        own_stop_words=("of", "the"),
        learning_rate=0.01,
        training_articles=50,
        max_document_share=1.0,
    )


def test_opening_the_test_set_is_in_the_ledger_and_happens_once(out: Out) -> None:
    last = lines(out, *TRAIN, "--open-test")[-1]
    (opening,) = ledger.openings()
    assert (last["opening"], last["n_test"]) == (opening.number, 334)
    assert last["test_accuracy"] == opening.result["test_accuracy"]
    assert last["test_confusion"] == opening.result["test_confusion"]
    assert [sum(row) for row in last["test_confusion"]] == [76, 58, 63, 77, 60]
    again = lines(out, *TRAIN, "--open-test")[-1]
    assert again == last | {"replayed": True}
    assert len(ledger.openings()) == 1


def test_epochs_baselines_confusion_and_opening_are_printed_as_text(out: Out) -> None:
    assert main([*TRAIN, "--open-test"]) == 0
    text = out.readouterr().out
    result = jobs.recent("train", 1)[0].result or {}
    accuracy = f"{100 * result['validation_accuracy']:.2f} %"
    right = round(result["validation_accuracy"] * 334)
    found = binomtest(right, 334).proportion_ci(method="wilson")
    ends = f"{100 * found.low:.2f}–{100 * found.high:.2f}"
    guessed = "always guessing the largest class: 23.05 %"
    largest = re.escape(f"accuracy {accuracy} ({ends}) of 334 validation articles; {guessed}")
    assert re.search(rf"^Epoch 2 of 2, .*{largest}$", text, re.MULTILINE)
    last = result["epochs"][-1]
    apart = rf"learned in {last['seconds']:.1f} s, evaluated in {last['evaluation_seconds']:.1f} s\."
    assert re.search(rf"^Epoch 2 of 2, {apart}", text, re.MULTILINE)
    spent = sum(epoch["evaluation_seconds"] for epoch in result["epochs"])
    assert f"evaluation apart {spent:.1f}." in text
    assert "334 validation articles; always guessing the largest class: 23.05 %." in text
    assert re.search(rf"^network +{right} +{accuracy} +{ends}$", text, re.MULTILINE)
    assert re.search(r"^majority +77 +23.05 % +18.86–27.86 +Always says", text, re.MULTILINE)
    row = " +".join(str(n) for n in result["confusion"][4])
    assert re.search(rf"^tech +{row}$", text, re.MULTILINE)
    opened = ledger.openings()[0].result
    test = binomtest(round(opened["test_accuracy"] * opened["n_test"]), opened["n_test"])
    interval = test.proportion_ci(method="wilson")
    sizes = np.sum(opened["test_confusion"], axis=1)
    assert (
        f"opening 1 in the ledger: {100 * opened['test_accuracy']:.2f} % ({100 * interval.low:.2f}–"
        f"{100 * interval.high:.2f}) of {opened['n_test']} test articles; always guessing the largest class: "
        f"{100 * sizes[result['class_names'].index('business')] / sizes.sum():.2f} %."
    ) in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "bbc-newz"], "There is no corpus 'bbc-newz'; corpora are bbc-news, ag-news"),
        (["train", "ag-news"], "AG News is not on this machine"),
        (["vectorize", "ag-news", "--out", "{tmp}/out"], "AG News is not on this machine"),
        (["train", "bbc-news", "--preset", "finest"], "There is no preset 'finest'; presets are"),
        (["recipe", "--preset", "finest"], "There is no preset 'finest'; presets are"),
        (["recipe", "--corpus", "bbc-newz"], "There is no corpus 'bbc-newz'"),
        (["train", "bbc-news", "--recipe", "{tmp}/none.toml"], "none.toml cannot be read: No such file"),
        (["train", "bbc-news", "--recipe", "{tmp}"], "cannot be read: Is a directory"),
        (["train", "bbc-news", "--recipe", "{tmp}/latin.toml"], "latin.toml is not UTF-8 text"),
        (["train", "bbc-news", "--recipe", "{tmp}/broken.toml"], "This is not valid TOML"),
        (["train", "bbc-news", "--recipe", "{tmp}/field.toml"], "'hiden' is not a field of 'network'"),
        (["train", "bbc-news", "--set", "hiden=3"], "'hiden' is not a field of a recipe"),
        (["train", "bbc-news", "--set", "hidden"], "--set 'hidden' must be FIELD=VALUE"),
        (["train", "bbc-news", "--set", "hidden=many"], "hidden = 'many' must be a whole number"),
        (["train", "bbc-news", "--set", "hidden=0"], "hidden = 0 must be between 1 and 20,000"),
        (["train", "bbc-news", "--set", "min_documents=9999"], "All 24,270 terms occur in fewer than 9,999 articles"),
        (["vectorize", "bbc-news", "--out", "{tmp}/x", "--set", "min_documents=9999"], "All 24,270 terms occur in"),
        (["vectorize", "bbc-news", "--out", "{tmp}/broken.toml"], "broken.toml cannot be made a folder"),
        (["vectorize", "bbc-news", "--out", "{tmp}/broken.toml/x"], "cannot be made a folder"),
        (["vectorize", "bbc-news"], "The following arguments are required: --out"),
        (["train"], "The following arguments are required: CORPUS"),
        (["worker", "--lane", "fast"], "Argument --lane: invalid choice: 'fast'"),
        (["trian"], "invalid choice: 'trian'"),
        ([], "The following arguments are required: command"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    arguments: list[str], sentence: str, out: Out, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOWLAB_DATA", raising=False)
    (tmp_path / "latin.toml").write_bytes("# caf\xe9".encode("latin-1"))
    (tmp_path / "broken.toml").write_text("[network\n", encoding="utf-8")
    (tmp_path / "field.toml").write_text("[network]\nhiden = 3\n", encoding="utf-8")
    assert sentence in refusal(out, *(part.format(tmp=tmp_path) for part in arguments))


def test_a_file_that_cannot_be_replaced_is_refused(out: Out, tmp_path: Path) -> None:
    (tmp_path / "matrix.npz").mkdir()
    said = refusal(out, "vectorize", "bbc-news", *SETTINGS, "--out", str(tmp_path))
    assert said.startswith(f"{tmp_path / 'matrix.npz'} cannot be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "matrix.npz"]


def test_a_network_that_does_not_fit_is_refused(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.4")
    assert "parameters would take about" in refusal(out, *TRAIN, "--set", "hidden=20000")
    assert jobs.recent("train", 1)[0].state == "failed"


def test_articles_that_do_not_fit_are_refused_before_they_are_read(
    out: Out, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOWLAB_MEMORY_GB", "0.00001")
    for command in (TRAIN, ["vectorize", "bbc-news", "--out", str(tmp_path / "counts")]):
        assert "of text would take about 313 MB" in refusal(out, *command)


def test_a_run_that_somebody_stopped_is_refused_and_goes_on_at_the_next_call(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bowcore.jobs.job_context.ASK_EVERY", 0.0)
    real = jobs.report

    def stopping(job_id: str, **reported: Any) -> None:
        real(job_id, **reported)
        jobs.request_stop(job_id)

    monkeypatch.setattr(jobs, "report", stopping)
    assert main([*TRAIN, "--set", "epochs=200", "--set", "batch_size=1"]) == 2
    assert re.search(r"The run was stopped after \d+ of 200 epochs", out.readouterr().err)


def test_a_refused_command_exits_with_its_status() -> None:
    done = ran("train", "bbc-news", "--set", "hidden=0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hidden = 0 must be between 1 and 20,000.\n"


def test_the_worker_exits_when_no_job_waits() -> None:
    done = ran("worker", "--lane", "long", "--until-idle")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_folder_for_everything_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = ran(*TRAIN, BOWLAB_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 2
    assert "set BOWLAB_HOME to a folder you can write" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_network_is_exported_from_a_new_run_and_from_a_replayed_one(out: Out, tmp_path: Path) -> None:
    for folder in (tmp_path / "new", tmp_path / "again"):
        result = lines(out, *TRAIN, "--out", str(folder))[-1]
        cells = sparse.load_npz(folder / "validation_cells.npz")
        assert cells.shape == (result["n_validation"], result["n_terms"])
        predicted = np.load(folder / "validation_probabilities.npy").argmax(axis=1)
        right = (predicted == np.load(folder / "validation_labels.npy")).mean()
        assert right == pytest.approx(result["validation_accuracy"])
        assert len((folder / "vocabulary.txt").read_text(encoding="utf-8").splitlines()) == result["n_terms"]
    assert result["replayed"]


def test_the_keyboard_stops_a_training_and_the_run_says_so(keyboard: None) -> None:
    command = [sys.executable, "-m", "bowcore", *TRAIN, "--set", "epochs=200", "--set", "batch_size=1", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        while '"EpochDone"' not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        process.stdout.read()
        assert process.wait(120) == 130
    assert said == "Stopped.\n"
    (job,) = jobs.recent("train")
    assert job.state == "stopped"


def test_a_closed_pipe_does_not_end_the_training() -> None:
    command = [sys.executable, "-m", "bowcore", *TRAIN, "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(120) == 0
    assert said == ""
    (job,) = jobs.recent("train")
    assert job.state == "done"


@pytest.mark.parametrize("error", [MemoryError(), pa.ArrowInvalid("offset overflow"), pa.ArrowCapacityError("full")])
def test_what_does_not_fit_is_refused_in_one_sentence(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("bowcore.experiment.stages.number_units", refuse)
    assert main(["vectorize", "bbc-news", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("This is too large for the memory, or for one column (") and said.count("\n") == 1


def test_a_training_says_how_many_texts_have_no_term(out: Out, tmp_path: Path) -> None:
    rows = [f"{'12 -3' if row % 3 == 0 else 'rain ' + 'ab'[row % 2] * 3},{'ab'[row % 2]}" for row in range(60)]
    path = tmp_path / "weather.csv"
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    command = ["train", str(path), "--set", "hidden=4", "--set", "epochs=1"]
    split = split_corpus(load_corpus(str(path)), SplitSpec())
    n = [
        sum("rain" not in text for text in part.articles["body"].to_pylist())
        for part in (split.train, split.validation)
    ]
    assert lines(out, *command)[-1]["n_empty"] == sum(n)
    assert main(command) == 0
    said = f"{n[0]} of 42 training texts and {n[1]} of 9 validation texts have no term:"
    assert said in " ".join(out.readouterr().out.split())
