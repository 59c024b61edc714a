"""A report: what it says against independent computations, what it must not say, and how it is written."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import altair as alt
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

import report.job
from bowcore.cli import main
from bowcore.corpus import sources
from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, make_corpus
from bowcore.corpus.sources import Source
from bowcore.experiment.experiments import process_experiments
from bowcore.experiment.memo import process_memo
from bowcore.findings.copies import find_copies
from bowcore.jobs.job_context import JobContext
from bowcore.jobs.jobs import Job
from bowcore.numbers import percent
from bowcore.recipe.recipe import Recipe
from bowcore.store import artefacts, ledger, own_files
from bowcore.store.keys import result_key
from bowcore.tasks import report as reports
from bowcore.tasks.runner import run_here

CLASSES = ("<b>bold</b>", "__proto__", "R&D")
TITLE = "</script><script>alert(1)</script> & <img src=x>"
LINES = ("the ministers met and no vote was taken", "the striker scored twice today", "shares of the bank fell again")
N, N_TEST = 120, 20
LABELS = np.random.default_rng(8).permutation(np.arange(N) % 3).astype(np.int32)
RECIPE = Recipe().change(corpus="hostile", hidden=4, epochs=2, batch_size=16)
BUNDLE = "window.vegaEmbed = null;"


def load(test_text: str = "the ministers and the bank") -> Corpus:
    """Texts whose last ones are the test split; every fifth text reads like another class."""
    bodies = [f"{LINES[(LABELS[row] + (row % 5 == 0)) % 3]} <i>{row % 7}</i>" for row in range(N - N_TEST)]
    rule, about = SplitRule(0.3, 0.0), Provenance(TITLE, "here", "none", "3 rows were left out: <no label>.")
    labels = LABELS.copy()
    return make_corpus(
        "hostile", ["head & line"] * N, bodies + [test_text] * N_TEST, labels, CLASSES, rule=rule, provenance=about,
        n_own_test=N_TEST,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def hostile(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the corpus known, with other test texts if asked; Vega is left out of the reports."""

    def known(test_text: str = "the ministers and the bank") -> None:
        process_memo().clear()
        source = Source("hostile", Provenance(TITLE, "", ""), lambda _: load(test_text), lambda: True)
        monkeypatch.setitem(sources.SOURCES, "hostile", source)

    monkeypatch.setattr(report.job, "bundle", lambda: BUNDLE)
    known()
    return known


def make(recipe: Recipe = RECIPE, judge: str = "naive-bayes", address: str = "http://here/") -> str:
    digest = process_experiments().corpus(recipe).digest
    ledger.record_look(digest, recipe)
    wanted = reports.payload(recipe, digest, judge, address)
    job = run_here("report", wanted, "quick", wanted["name"])
    assert job.state == "done", job.error
    made = reports.read_report(wanted["name"])
    assert made is not None
    return made.read_text(encoding="utf-8")


def train(recipe: Recipe = RECIPE) -> Job:
    digest = process_experiments().corpus(recipe).digest
    return run_here("train", {"recipe": recipe.to_toml()}, "long", result_key(recipe, "network", digest))


class Page(HTMLParser):
    """The elements of a page in order, its tables by caption, and its text outside scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.text, self.scripts = "", [""]
        self._open: list[str] = []
        self._caption = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("meta", "link", "img", "br"):
            return
        self._open.append(tag)
        if tag == "caption":
            self._caption = ""
        if tag == "tr":
            self.tables.setdefault(self._caption, []).append([])
        if tag in ("th", "td"):
            self.tables[self._caption][-1].append("")
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        inside = self._open[-1] if self._open else ""
        if inside == "script":
            self.scripts[-1] += data
        elif inside != "style":
            self.text += data
        if inside == "caption":
            self._caption += data
        if inside in ("th", "td"):
            self.tables[self._caption][-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def table(self, beginning: str) -> list[list[str]]:
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(beginning)]
        return found


def test_no_text_of_a_corpus_becomes_an_element_and_every_name_is_read_as_it_is() -> None:
    page = Page(make())
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint({"b", "i", "img", "iframe", "object", "link"})
    charts = [script for script in page.all("script") if script.get("type") == "application/json"]
    assert len(page.all("script")) == len(charts) + 2, "the bundle, and what draws"
    assert f"Report on {TITLE}" in page.text and "3 rows were left out: <no label>." in page.text
    for name in CLASSES:
        assert name in [row[0] for row in page.table("Articles by class")]
    assert not any("<" in json.dumps(attributes) for tag, attributes in page.elements if tag not in ("div", "dd"))


def test_every_chart_is_whole_vega_lite_in_both_themes_with_an_alternative_text() -> None:
    page = Page(make())
    written = [json.loads(script) for script in page.scripts if script.startswith("{")]
    hosts = [attributes for attributes in page.all("div") if "data-chart" in attributes]
    assert len(written) == len(hosts) == 16
    assert [int(host["data-chart"] or -1) for host in hosts] == list(range(len(written)))
    for host, chart in zip(hosts, written, strict=True):
        assert host["role"] == "img" and len(str(host["aria-label"]).split()) > 5
        assert alt.Chart.from_dict(chart) is not None and "title" not in chart
        ink = {"light": "#262730", "dark": "#f0f2f6"}[str(host["class"]).split()[1]]
        assert chart["config"]["axis"]["labelColor"] == ink
    assert sum("light" in str(host["class"]) for host in hosts) == len(hosts) / 2


def test_it_is_readable_without_eyes_and_loads_nothing() -> None:
    page = Page(make())
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1 and len(page.all("h2")) >= 9
    assert all(cell["scope"] in ("col", "row") for cell in page.all("th"))
    assert all(rows[0] and all(len(row) == len(rows[0]) for row in rows) for rows in page.tables.values())
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy is not None and policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy and "'unsafe-inline'" not in policy.partition("style-src")[0]
    assert not any("src" in attributes for _, attributes in page.elements)
    links = [str(link["href"]) for link in page.all("a")]
    anchors = {f"#{section['id']}" for section in page.all("section")}
    (outside,) = [link for link in links if link not in anchors]
    assert set(links) == {*anchors, outside}
    parameters = parse_qs(urlsplit(outside).query, strict_parsing=True)
    assert outside.startswith("http://here/?") and Recipe.from_link(parameters["recipe"][0]) == RECIPE


def test_its_numbers_are_those_of_scikit_learn() -> None:
    answer = process_experiments().answer(RECIPE)
    page = Page(make(judge="logistic"))
    fit = process_experiments().fit(RECIPE)
    labels, names = answer.labels, [*CLASSES]
    expected = confusion_matrix(labels, fit.predictions, labels=range(3))
    head, *rows = page.table("Mistakes of Logistic regression")
    assert head == ["true class", *names]
    assert rows == [[name, *map(str, row)] for name, row in zip(names, expected.tolist(), strict=True)]
    _, *models = page.table("Accuracy on")
    by_name = {row[0]: row[1:3] for row in models}
    for name, predictions in (("Naive Bayes", answer.predictions), ("Logistic regression", fit.predictions)):
        share = accuracy_score(labels, predictions)
        assert by_name[name] == [str(round(share * len(labels))), percent(share)]
    precision, recall, f1, _ = precision_recall_fscore_support(labels, fit.predictions, zero_division=0)
    for name, row, r, p, f in zip(names, page.table("Scores of Logistic")[1:], recall, precision, f1, strict=True):
        assert row[0] == name and row[1].startswith(percent(r)) and row[3] == percent(f)
        assert row[2].startswith(percent(p))
    for label, (name, training, validation, test) in enumerate(page.table("Articles by class")[1:]):
        assert name == CLASSES[label]
        assert int(training) + int(validation) == (LABELS[: N - N_TEST] == label).sum()
        assert int(test) == (LABELS[N - N_TEST :] == label).sum()


@pytest.mark.slow
def test_copies_of_training_articles_are_said_where_the_score_stands() -> None:
    recipe = Recipe().change(corpus="bbc-news", hidden=4)
    answer, near = process_experiments().answer(recipe), process_experiments().near_duplicates(recipe)
    copies = find_copies(near, answer.split.train.n_documents, answer.matrix.rows)
    others = accuracy_score(answer.labels[~copies], answer.predictions[~copies])
    (said,) = re.findall(r"Without (\d+) that repeat a training article, exactly or nearly: ([^(]*) \(", make(recipe))
    assert said == (str(copies.sum()), percent(others)) and copies.sum() > 10


def test_before_the_opening_nothing_depends_on_a_test_text_and_afterwards_the_result_is_there(hostile) -> None:
    digest = process_experiments().corpus(RECIPE).digest
    before = make()
    hostile("shares striker vote zzsealed")
    other = process_experiments().corpus(RECIPE).digest
    assert digest != other and make().replace(other, digest) == before
    hostile()
    job = train()
    trained = make(judge="network")
    assert "sealed: nothing here" in trained and "Ledger" not in trained and "test accuracy" not in trained
    assert "Weights of epoch" in trained and Page(trained).table("Each epoch")[1][0] == "1"
    opened = run_here("open-test", {"recipe": RECIPE.to_toml(), "run": job.result}, "long", "opening")
    assert opened.result is not None
    after = Page(make(judge="network"))
    result = opened.result
    assert f"{percent(result['test_accuracy'])} (" in after.text and f"of {N_TEST} test articles" in after.text
    assert "The test set was opened once." in after.text and "**" not in after.text
    head, row = after.table("Ledger")
    assert row[0] == "1" and row[head.index("test accuracy")].startswith(percent(result["test_accuracy"]))
    assert [list(map(int, row[1:])) for row in after.table("Test articles")[1:]] == [
        list(row) for row in result["test_confusion"]
    ]
    assert "It was not opened for this recipe." in make(RECIPE.change(network_seed=5))


@pytest.mark.slow
def test_equal_inputs_give_equal_files() -> None:
    first = make()
    for artefact in artefacts.kept():
        artefacts.remove(artefact.key)
    process_memo().clear()
    assert make() == first
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", Page(first).text), "no time of day, no date"
    assert make(judge="logistic", address="") != first


@pytest.mark.slow
def test_recipes_tried_are_counted_with_this_one() -> None:
    assert "on this computer: 1." in make()
    assert "on this computer: 2." in make(RECIPE.change(lower_case=False))
    assert "on this computer: 2." in make()


def test_a_stopped_report_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JobContext, "should_stop", lambda context: True)
    wanted = reports.payload(RECIPE, process_experiments().corpus(RECIPE).digest)
    run_here("report", wanted, "quick", wanted["name"])
    assert reports.read_report(wanted["name"]) is None


def test_the_command_writes_the_file_and_names_what_is_wrong(tmp_path: Path, capsys) -> None:
    out = tmp_path / "new" / "report.html"
    assert main.main(["report", "hostile", "--set", "hidden=4", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["n_bytes"] == out.stat().st_size and said["recipe_key"] in out.read_text(encoding="utf-8")
    assert "Behind the address of the program" in out.read_text(encoding="utf-8")
    (tmp_path / "folder.html").mkdir()
    assert main.main(["report", "hostile", "--out", str(tmp_path / "folder.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert tuple(reports.JUDGES) == main.JUDGES


def test_a_link_that_is_no_address_of_the_web_is_never_one_to_click() -> None:
    assert reports.payload(RECIPE, "0", address="javascript:alert(1)//")["link"].startswith("?recipe=")
    long = RECIPE.change(own_stop_words=tuple(f"word{n}x{n * n}" for n in range(2000)), stop_words="own")
    assert reports.payload(long, "0")["link"] == ""


def test_a_report_gives_nobody_access_to_the_file_that_a_reader_brought() -> None:
    lines = "".join(f"{LINES[row % 2]} {row},{('news', 'sport')[row % 2]}\n" for row in range(60))
    name = own_files.keep_file("essays.csv", f"text,label\n{lines}".encode())
    token = name.removeprefix(own_files.PREFIX).partition("/")[0]
    page = make(RECIPE.change(corpus=f"{name}?label=label&body=text"))
    assert "Report on essays.csv" in page and "essays.csv?label=label&amp;body=text" in page
    assert token not in page and "?recipe=" not in page
