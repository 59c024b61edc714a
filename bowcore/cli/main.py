"""The command line: the same engine without a browser. Each command prints a table, or JSON."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from bowcore.cli.printing import (
    accuracy_in_words,
    discard_output,
    print_confusion,
    print_event,
    print_json,
    print_result,
    print_table,
    say,
)
from bowcore.cli.recipe_arguments import add_recipe_arguments, add_set, changes_of, chosen_recipe
from bowcore.errors import BowlabError, CorpusMissingError, NotPreparedError, OutputError, RecipeError, in_words
from bowcore.names import visible
from bowcore.nouns import TEXTS, use
from bowcore.numbers import decimal
from bowcore.recipe.presets import PRESETS, preset
from bowcore.recipe.recipe import Recipe

LANES = ("quick", "long", "download")
"""The lanes of `bowcore.store.locks`, which this module does not import, since it imports the runs database."""

JUDGES = ("naive-bayes", "logistic", "network", "blocks")
"""Those of `bowcore.tasks.report`, which imports the runs database."""
FITTED = "what is fitted; by default the blocks of a recipe that has some, and logistic regression of others"

UNWELL, FAILED, INTERRUPTED = 1, 2, 130  # exit statuses; shells use 130 for a keyboard interrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of one command."""
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int | None] = chosen.run
    try:
        if corpus := getattr(chosen, "corpus", ""):
            from bowcore.corpus.sources import noun_of

            use(noun_of(corpus))
        status = command(chosen) or 0
        sys.stdout.flush()
    except BowlabError as error:
        print(visible(" ".join(str(error).split())), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return 0
    except Exception as error:
        known = in_words(error)
        if known is error:
            raise
        print(visible(str(known)), file=sys.stderr)
        return FAILED
    return status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with one sentence; argparse would print the usage first."""
        self.exit(FAILED, f"{message[:1].upper()}{visible(message[1:])}; see: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m bowcore", description="The engine without a browser.")
    commands = parser.add_subparsers(dest="command", required=True)

    corpora = commands.add_parser("corpora", help="corpora that can be loaded, with their licences")
    corpora.set_defaults(run=_corpora)

    doctor = commands.add_parser("doctor", help="what this installation has, what it lacks, and how to get it")
    doctor.add_argument("--repair", action="store_true", help="delete damaged artefacts, and correct rights of folders")
    doctor.set_defaults(run=_doctor)

    kept = commands.add_parser("kept", help="what is kept on disk: kind, of what, size, last used; deletes it")
    kept.add_argument("--delete", nargs="+", default=[], metavar="KEY", help="delete these; the beginning is enough")
    kept.add_argument("--all-of", default="", metavar="KIND", help="delete all of a kind, such as network or training")
    kept.set_defaults(run=_kept)

    inspect = commands.add_parser("inspect", help="what is recognised in a file, and what would become of its rows")
    inspect.add_argument("corpus", metavar="CORPUS", help="a file, or a name that `corpora` lists")
    inspect.set_defaults(run=_inspect)

    fetch = commands.add_parser("fetch", help="download a data set of the Hub")
    fetch.add_argument("corpus", metavar="CORPUS", help="hub:owner/name, or ag-news")
    fetch.set_defaults(run=_fetch)

    recipe = commands.add_parser("recipe", help="a preset as TOML, to change and pass with --recipe")
    recipe.add_argument("--preset", default="recommended", metavar="NAME", help=", ".join(sorted(PRESETS)))
    recipe.add_argument("--corpus", metavar="CORPUS", help="for this corpus")
    recipe.set_defaults(run=_recipe)

    vectorize = commands.add_parser("vectorize", help="write the recipe's matrix of the training articles")
    add_recipe_arguments(vectorize)
    vectorize.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write into")
    vectorize.set_defaults(run=_vectorize)

    train = commands.add_parser("train", help="train the recipe's network and its baselines, or fit its blocks")
    add_recipe_arguments(train)
    train.add_argument("--open-test", action="store_true", help="then open the sealed test set; the ledger records it")
    train.add_argument("--again", action="store_true", help="train even if an equal run is finished")
    train.add_argument("--out", type=Path, metavar="DIR", help="then write the network here, with stock PyTorch code")
    train.set_defaults(run=_train)

    notebook = commands.add_parser(
        "notebook", help="write the experiment as a Jupyter notebook that needs nothing of us"
    )
    add_recipe_arguments(notebook)
    notebook.add_argument("--out", required=True, type=Path, metavar="FILE", help="file to write, such as a.ipynb")
    notebook.set_defaults(run=_notebook)

    report = commands.add_parser("report", help="write a report: one HTML file that opens without a network")
    add_recipe_arguments(report)
    report.add_argument("--out", required=True, type=Path, metavar="FILE", help="the file to write")
    report.add_argument(
        "--judge", default="naive-bayes", choices=JUDGES, help="whose mistakes are shown; a network needs its training"
    )
    report.set_defaults(run=_report)

    article = commands.add_parser("article", help="the tutorial's two runs: its tables, ours, the difference")
    article.add_argument("--corpus", default="ag-news", metavar="CORPUS", help="other articles than AG News")
    article.add_argument("--ablate", action="store_true", help="take its four changes apart: 80 small networks")
    article.add_argument(
        "--open-test",
        action="store_true",
        help="then open the sealed test set for the revised run; the ledger records it",
    )
    article.add_argument("--again", action="store_true", help="train even if equal runs are finished")
    add_set(article)
    article.set_defaults(run=_article)

    compare = commands.add_parser(
        "compare", help="two recipes or runs, article by article; without them, the list of all runs"
    )
    sides = "a preset, a recipe's file, or the key of a run"
    compare.add_argument("a", nargs="?", metavar="A", help=sides)
    compare.add_argument("b", nargs="?", metavar="B", help="likewise")
    compare.add_argument(
        "--corpus", metavar="CORPUS", help="the texts; by default those of the run or the recipe; without A and B, all"
    )
    compare.add_argument(
        "--model",
        choices=JUDGES,
        help="by default a run's own network, the blocks of a recipe that has some, and logistic regression of others",
    )
    compare.set_defaults(run=_compare)

    ablate = commands.add_parser(
        "ablate", help="every combination of some switches: the effect of each, and their interactions"
    )
    add_recipe_arguments(ablate)
    ablate.add_argument(
        "--switches",
        default="",
        metavar="NAMES",
        help="separated by commas, such as stop_words,weighting,min_documents=5; by default "
        "lemmas,stop_words,top_n,weighting,ngrams, and for blocks stop_words,case,punctuation,digits",
    )
    ablate.add_argument("--model", choices=JUDGES[1:], help=FITTED)
    ablate.set_defaults(run=_ablate)

    curve = commands.add_parser(
        "learning-curve", help="accuracy with fewer and fewer training texts, and what twice as many would give"
    )
    add_recipe_arguments(curve)
    curve.add_argument("--model", choices=JUDGES[1:], help=FITTED)
    curve.set_defaults(run=_learning_curve)

    for command in commands.choices.values():  # the worker, which follows, prints nothing
        command.add_argument("--json", action="store_true", help="print JSON")

    worker = commands.add_parser("worker", help="do the jobs of one lane; the server starts this")
    worker.add_argument("--lane", choices=LANES, default="long", help="quick: one thread; long: all; download")
    worker.add_argument("--until-idle", action="store_true", help="stop when no job waits")
    worker.set_defaults(run=_worker)
    return parser


def _corpora(chosen: argparse.Namespace) -> None:
    from bowcore.corpus.sources import SOURCES, load_corpus

    found: list[dict[str, Any]] = [
        {
            "name": source.name,
            "title": source.provenance.title,
            "n_documents": load_corpus(source.name).n_documents if source.is_here() else None,
            "licence": source.provenance.licence,
            "origin": source.provenance.origin,
            "is_here": source.is_here(),
        }
        for source in SOURCES.values()
    ]
    if chosen.json:
        print_json({"corpora": found})
        return
    rows = []
    for item in found:
        size, where = (f"{item['n_documents']:,}", "here") if item["is_here"] else ("–", "not on this machine")
        rows.append([item["name"], item["title"], size, where, item["licence"]])
    print_table(["corpus", "title", "articles", "where", "licence"], rows)


def _doctor(chosen: argparse.Namespace) -> int:
    from bowcore.cli.doctor import examine, print_examination

    report = examine(repair=chosen.repair)
    if chosen.json:
        print_json(report)
    else:
        print_examination(report)
    return 0 if report["ok"] else UNWELL


def _kept(chosen: argparse.Namespace) -> None:
    from bowcore.cli.kept import kept_report, print_kept

    report = kept_report(chosen.delete, chosen.all_of)
    if chosen.json:
        print_json(report)
        return
    print_kept(report)


def _inspect(chosen: argparse.Namespace) -> None:
    from bowcore.cli.inspect import inspection_report, print_inspection

    report = inspection_report(chosen.corpus)
    if chosen.json:
        print_json(report)
        return
    print_inspection(report)


def _fetch(chosen: argparse.Namespace) -> None:
    from bowcore.cli.commands import fetch_corpus

    found = fetch_corpus(chosen.corpus)
    if chosen.json:
        print_json(found)
        return
    say(f"{found['title']}: {found['n_documents']:,} texts of {found['n_classes']} classes. {found['note']}")


def _recipe(chosen: argparse.Namespace) -> None:
    recipe = preset(chosen.preset, chosen.corpus)
    if chosen.corpus:
        from bowcore.corpus.sources import load_corpus

        with contextlib.suppress(CorpusMissingError):  # a recipe may be printed without its corpus
            load_corpus(chosen.corpus)
    if chosen.json:
        print_json({"preset": chosen.preset, "key": recipe.key(), "recipe": recipe.values(), "toml": recipe.to_toml()})
        return
    say(recipe.to_toml().rstrip("\n"))


def _vectorize(chosen: argparse.Namespace) -> None:
    from bowcore.experiment.experiments import process_experiments
    from bowcore.tasks.export_matrix import export_matrix

    began = time.perf_counter()
    recipe = chosen_recipe(chosen)
    folder = _writable(chosen.out)
    try:
        experiment = process_experiments().answer(recipe)
    except NotPreparedError:
        from bowcore.tasks.from_command_line import run_recipe_here  # it opens the runs database

        experiment = run_recipe_here(recipe)
    summary = export_matrix(experiment, recipe, folder)
    summary |= {"seconds": round(time.perf_counter() - began, 3), "out": str(folder)}
    if chosen.json:
        print_json(summary)
        return
    names = {"n_documents": f"training {TEXTS}", "n_terms": "terms", "n_nonzero": "non-zero cells"}
    names["n_empty"] = f"{TEXTS} without a term"
    shown = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in summary.items()}
    print_table(["what", "value"], [[names.get(name, name), value] for name, value in shown.items()])
    _say_how_read(experiment.corpus.name, experiment.corpus.provenance.note)
    empty = experiment.empty_texts()
    if empty.n:
        say(f"{empty.sentence} {empty.remedy}")


def _say_how_read(corpus: str, note: str) -> None:
    """Say how a file was read, and which of its rows were left out."""
    from bowcore.corpus.sources import SOURCES

    if corpus not in SOURCES:
        say(note)


def _writable(folder: Path) -> Path:
    """The folder, created if missing and checked before the work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made a folder ({error.strerror}); choose another with --out.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be written to; choose another folder with --out.")
    return folder


def _train(chosen: argparse.Namespace) -> None:
    from bowcore.experiment.experiments import process_experiments
    from bowcore.store.keys import result_key
    from bowcore.tasks.export_network import export_network
    from bowcore.tasks.from_command_line import open_test_here, run_recipe_here, train_here

    recipe = chosen_recipe(chosen)
    if recipe.blocks.blocks:
        _train_blocks(recipe, chosen)
        return
    folder = _writable(chosen.out) if chosen.out else None
    key = result_key(recipe, "network", process_experiments().corpus(recipe).digest)
    tell = print_json if chosen.json else print_event
    run, replayed = train_here(recipe, key, tell, again=chosen.again)
    trained = run.result or {}
    experiment = run_recipe_here(recipe)
    empty = experiment.empty_texts()
    opened = open_test_here(recipe, run) if chosen.open_test else {}
    if folder is not None:
        export_network(trained["artefact"], run_recipe_here(recipe).matrix.features, folder)
    if chosen.json:
        print_json({"event": "Result", "run_id": run.id, "replayed": replayed, **trained, "n_empty": empty.n, **opened})
        return
    print_result(trained)
    if lacking := experiment.split.classes_missing():
        say(lacking)
    if empty.n:
        say(f"\n{empty.sentence} {empty.remedy}")
    if opened:
        n_test, n_copies = opened["n_test"], opened["n_copies"]
        right = accuracy_in_words(opened["test_accuracy"], n_test, opened["guess_accuracy"], f"test {TEXTS}")
        say(f"\nTest set, opening {opened['opening']} in the ledger: {right}.")
        if 0 < n_copies < n_test:
            others = accuracy_in_words(opened["test_accuracy_without_copies"], n_test - n_copies, None, f"test {TEXTS}")
            say(f"Without its {n_copies:,} copies of training {TEXTS}: {others}.")
        print_confusion(opened["test_confusion"], trained["class_names"])
    again = " An equal run was already finished and is shown again; --again trains it once more." if replayed else ""
    say(f"\nRun {run.id[:12]}, {decimal(trained['seconds'])} s.{again}")
    if folder is not None:
        say(f"The network is in {folder}; python {folder / 'stock_pytorch.py'} runs it without this project.")


def _train_blocks(recipe: Recipe, chosen: argparse.Namespace) -> None:
    from bowcore.cli.blocks import print_blocks, train_blocks

    if chosen.out:
        raise RecipeError("--out writes a network, and this recipe fits linear models on blocks; leave it out.")
    report = train_blocks(recipe, open_test=chosen.open_test)
    if chosen.json:
        print_json({"event": "Result", **report})
        return
    print_blocks(report)


def _notebook(chosen: argparse.Namespace) -> None:
    from bowcore.store.home import replacing
    from bowcore.take_home.notebook import exactness, notebook

    recipe = chosen_recipe(chosen)
    text = notebook(recipe)
    with replacing(chosen.out, "Choose another file with --out.") as file:
        file.write(text.encode())
    if chosen.json:
        print_json({"out": str(chosen.out), "recipe_key": recipe.key(), "exactness": exactness(recipe)})
        return
    say(f"{exactness(recipe)}\nThe notebook is in {chosen.out}.")


def _report(chosen: argparse.Namespace) -> None:
    from bowcore.cli.report import write_report

    recipe = chosen_recipe(chosen)
    _writable(chosen.out.absolute().parent)
    found = write_report(recipe, chosen.judge, chosen.out)
    if chosen.json:
        print_json(found)
        return
    say(f"The report is in {found['out']}, {found['n_bytes']:,} bytes; it opens in a browser without a network.")


def _article(chosen: argparse.Namespace) -> None:
    from bowcore.cli.commands import article_report, print_article

    report = article_report(
        chosen.corpus, changes_of(chosen.set), ablate=chosen.ablate, open_test=chosen.open_test, again=chosen.again
    )
    if chosen.json:
        print_json(report)
        return
    print_article(report)


def _compare(chosen: argparse.Namespace) -> None:
    from bowcore.cli.compare import compare_sides, print_comparison, print_runs, runs_report

    if not chosen.a:
        if chosen.json:
            print_json(runs_report(chosen.corpus))
        else:
            print_runs(chosen.corpus)
        return
    if not chosen.b:
        raise RecipeError("Two are compared: name the second one too, such as compare recommended tutorial-baseline.")
    found = compare_sides(chosen.a, chosen.b, chosen.corpus, chosen.model, quiet=chosen.json)
    if chosen.json:
        print_json(found.to_json())
        return
    print_comparison(found)


def _ablate(chosen: argparse.Namespace) -> None:
    from bowcore.cli.ablate import ablation_report, print_ablation

    found = ablation_report(chosen_recipe(chosen), chosen.switches, chosen.model)
    if chosen.json:
        print_json(found.to_json())
        return
    print_ablation(found)


def _learning_curve(chosen: argparse.Namespace) -> None:
    from bowcore.cli.learning_curve import curve_report, print_curve

    found = curve_report(chosen_recipe(chosen), chosen.model)
    if chosen.json:
        print_json(found.to_json())
        return
    print_curve(found)


def _worker(chosen: argparse.Namespace) -> None:
    from bowcore.tasks.runner import work

    work(chosen.lane, until_idle=chosen.until_idle)
