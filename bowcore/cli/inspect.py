"""`python -m bowcore inspect CORPUS`: what a file holds and how it would be read; or the size of any corpus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from bowcore.cli.printing import print_table, say
from bowcore.corpus.files import FIRST_ROWS, inspect_file, is_file_name, parse_file_name
from bowcore.corpus.formats.found import as_text
from bowcore.corpus.labels import left_out_in_words
from bowcore.corpus.options import QUOTE_NAMES, SEPARATOR_NAMES
from bowcore.corpus.sources import load_corpus
from bowcore.corpus.split import split_rows
from bowcore.names import short
from bowcore.numbers import counted, percent
from bowcore.recipe.languages import ENGLISH, language_name
from bowcore.recipe.specs import SplitSpec
from bowcore.text.language import guess_language

_CELL = 40


def inspection_report(name: str) -> dict[str, Any]:
    """What is recognised in a corpus, as one JSON object.

    `rows` is `rows_read` and `left_out_rows` together; `classes` gives the texts of each class.

    Raises:
        CorpusError: There is no such corpus, or it cannot be read.
    """
    if is_file_name(name):
        return _of_file(name)
    corpus = load_corpus(name)
    train, validation, test = split_rows(corpus, SplitSpec())
    shown = corpus.articles.take(pa.array(np.sort(train)[:FIRST_ROWS]))
    return {
        "file": name,
        "format": "corpus",
        "encoding": None,
        "separator": None,
        "quote": None,
        "header": None,
        "language": None,
        "rows": corpus.n_documents,
        "rows_read": corpus.n_documents,
        "left_out_rows": 0,
        "left_out": {},
        "columns": [{"name": column, "role": role} for column, role in (("title", "headline"), ("body", "text"))],
        "classes": corpus.class_sizes,
        "split": [len(train), len(validation), len(test)],
        "notes": [corpus.provenance.note],
        "doubts": [],
        "problem": "",
        "first_rows": shown.to_pylist(),
        "name": name,
    }


def _of_file(name: str) -> dict[str, Any]:
    path, options = parse_file_name(name)
    seen = inspect_file(name, path, options)
    found, columns, language = seen.found, seen.guess.columns, guess_language(seen.sample)
    roles = {
        columns.title: "headline",
        **dict.fromkeys(columns.body, "text"),
        columns.label: "label",
        columns.class_names: "class names",
        columns.group: "group",
        columns.split: "split",
    }
    n_left = seen.n_rows - seen.n_read
    unused = n_left - sum(seen.left_out.values())
    return {
        "file": path.name,
        "format": found.format,
        "encoding": found.encoding.name if found.encoding else None,
        "separator": found.separator or None,
        "quote": found.quote or None,
        "header": found.header,
        "language": language.sure or None,
        "rows": seen.n_rows,
        "rows_read": seen.n_read,
        "left_out_rows": n_left,
        "left_out": {**seen.left_out, **({"the rows cannot be used": unused} if unused else {})},
        "columns": [
            {
                "name": fact.name,
                "role": roles.get(fact.name, ""),
                "kind": fact.kind,
                "values": fact.n_values,
                "filled": fact.n_filled,
            }
            for fact in seen.guess.facts
        ],
        "classes": dict(seen.class_sizes),
        "split": list(seen.sizes) if seen.sizes else None,
        "notes": list(seen.notes),
        "doubts": list(seen.guess.doubts),
        "problem": seen.problem,
        "first_rows": [{key: as_text(value) for key, value in row.items()} for row in seen.first_rows.to_pylist()],
        "name": f"{name.partition('?')[0]}{columns.options(options).query()}",
    }


def print_inspection(report: Mapping[str, Any]) -> None:
    """The report as tables and sentences."""
    recognised = [
        ["format", report["format"]],
        ["encoding", report["encoding"]],
        ["separator", SEPARATOR_NAMES.get(report["separator"], report["separator"])],
        ["quotes", QUOTE_NAMES[report["quote"] or ""] if report["separator"] else None],
        ["first row names the columns", {True: "yes", False: "no", None: None}[report["header"]]],
        ["language", language_name(report["language"] or "")],
    ]
    print_table(["recognised", report["file"]], [[name, value] for name, value in recognised if value])
    say("")
    rows = [
        [
            short(column["name"], _CELL),
            column["role"] or "–",
            column.get("kind", ""),
            f"{column['values']:,}" if "values" in column else "",
            *_examples(report["first_rows"], column["name"]),
        ]
        for column in report["columns"]
    ]
    print_table(["column", "used as", "kind", "values", "first", "next"], rows)
    say("")
    if report["classes"]:
        n = report["rows_read"]
        sizes = sorted(report["classes"].items(), key=lambda item: -item[1])
        print_table(["class", "texts", "share"], [[name, f"{size:,}", percent(size / n)] for name, size in sizes[:20]])
        if len(sizes) > 20:
            say(f"and {counted(len(sizes) - 20, 'other class', 'other classes')}.")
    left_out = left_out_in_words(report["left_out"])
    say(f"\n{counted(report['rows'], 'row')}: {report['rows_read']:,} read, {report['left_out_rows']:,} left out.")
    for sentence in (
        left_out,
        _split_in_words(report["split"]),
        *report["notes"],
        *report["doubts"],
        report["problem"],
        _language_in_words(report["language"]),
    ):
        if sentence:
            say(sentence)
    say(f"As a corpus: {report['name']}")


def _split_in_words(sizes: list[int] | None) -> str:
    if sizes is None:
        return ""
    return "{:,} for training, {:,} for validation, {:,} sealed for the test.".format(*sizes)


def _language_in_words(code: str | None) -> str:
    """How a command is given the language; it needs none for English."""
    if code in (None, ENGLISH):
        return ""
    return f"In {language_name(code)}: add --set language={code} to a command, so that its steps are those for it."


def _examples(rows: list[dict[str, Any]], column: str) -> list[str]:
    texts = [str(row.get(column) if row.get(column) is not None else "") for row in rows[:2]]
    return [short(" ".join(text.split()), _CELL) for text in (*texts, "", "")[:2]]
