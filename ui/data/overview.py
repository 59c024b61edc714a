"""The data page's first view: an overview of the texts, their columns, and the dataset card."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import streamlit as st

from bowcore.corpus.split import whole_texts
from bowcore.experiment.answer import Answer
from bowcore.findings.columns import N_BINS, summarise_columns
from bowcore.findings.overview import ClassCounts, Duplicates, find_duplicates
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import counted, percent
from charts.classes import class_bars
from ui import answers
from ui.answers import kept
from ui.reading import articles
from ui.reading.tables import behind, dataframe, palette, show
from ui.state import address, faults
from ui.texts import plain

STEP = 7919  # a prime: stepping by it visits every article before repeating one
FIELDS = {"title": "headline", "body": "body", "label": "class"}


def overview(answer: Answer) -> None:
    """Classes with the constant guess, duplicates, one article raw next to cleaned, and the columns."""
    found, exact = answers.inspection(answer), exact_duplicates(answer)
    left, right = st.columns([9, 11], gap="medium")
    with left:
        guess = (found.classes.constant_guess, found.classes.constant_accuracy)
        show(class_bars(found.classes.table, palette(), answer.split.class_names, guess), "classes")
    with right:
        _sizes(answer, exact)
        _one_article(answer)
    _columns(answer)
    box = st.expander("Dataset card: origin, licence, known defects", key="dataset_card", on_change="rerun")
    if box.open:
        with box:
            for heading, text in _card(answer, found.classes, exact).items():
                st.markdown(f"**{heading}.** {plain(text)}")


@kept("split")
def exact_duplicates(answer: Answer) -> Duplicates:
    """Open articles with exactly the same headline and body: grouped at once, while near duplicates need a job."""
    parts = (whole_texts(answer.split.train), whole_texts(answer.split.validation))
    texts = pa.chunked_array([chunk for part in parts for chunk in part.chunks])
    return find_duplicates(texts.combine_chunks(), answer.split)


def _sizes(answer: Answer, exact: Duplicates) -> None:
    columns = st.columns(4, gap="xsmall")
    columns[0].metric("Training", f"{answer.split.train.n_documents:,}")
    columns[1].metric("Validation", f"{answer.split.validation.n_documents:,}")
    columns[2].metric(f"Test, {faults.state_of_test_set(answer.corpus.digest)}", f"{answer.split.test.n_documents:,}")
    columns[3].metric(
        "Duplicates",
        f"{_n_repeats(exact):,}",
        help=f"Exact ones: how many open {TEXTS} fewer there would be if every text, headline and body, occurred once. "
        "More in the view Duplicates.",
    )


def _n_repeats(exact: Duplicates) -> int:
    groups = exact.groups
    return int((groups["n_training"] + groups["n_validation"] - 1).sum())


def _one_article(answer: Answer) -> None:
    """An article as in the corpus, next to the recipe's result."""

    def step() -> None:
        address.choose("overview_article", str((position + STEP) % answer.split.n_open))

    position = address.number("overview_article", 0) % answer.split.n_open
    with st.container(height=300, border=True):
        articles.read(answer, position)
    st.button(f"Another {TEXT}", key="another_article", icon=":material/shuffle:", on_click=step, type="tertiary")


@kept("split")
def _summary(answer: Answer) -> pd.DataFrame:
    return summarise_columns(answer.split)


def _columns(answer: Answer) -> None:
    """Every column of the corpus, split by split."""
    st.subheader("Columns")
    table = _summary(answer)
    figures = {
        f"{name}: {what}": table[f"{what}_{unit}"].round(1 if what != "longest" else 0)
        for unit, name in (("words", "words"), ("signs", "char."))
        for what in ("mean", "median", "longest")
    }
    shown = pd.DataFrame(
        {
            "column": table["column"].map(FIELDS),
            "split": table["split"],
            "articles": table["n"],
            "missing": _blank_where_missing(table["n_empty"]),
            "distinct": _blank_where_missing(table["n_distinct"]),
            "spread": [list(bars) for bars in table["histogram"]],
        }
        | figures
    )
    dataframe(
        shown,
        hide_index=True,
        placeholder="",
        column_config={
            "column": st.column_config.TextColumn(width=60),
            "split": st.column_config.TextColumn(width=65),
            "articles": st.column_config.NumberColumn(format="localized", width=60),
            "missing": st.column_config.TextColumn(alignment="right", width=55),
            "distinct": st.column_config.TextColumn(alignment="right", width=60),
            "spread": st.column_config.BarChartColumn(width=85, y_min=0),
            **{name: st.column_config.NumberColumn(format="localized", width=_width(name)) for name in figures},
        },
    )
    widths = table.groupby("column", sort=False)["bin_words"].max()
    bars = [counted(round(widths[name]), "word") for name in ("title", "body")]
    st.caption(
        f"Spread: {TEXTS} by length in {N_BINS} bars of {bars[0]} for headlines and {bars[1]} for bodies, the last "
        "with all longer ones; for the class, one bar each. Char.: characters. Missing: "
        f"nothing but white space. Test {TEXTS} are only counted here."
    )
    behind(table.drop(columns="histogram"), "columns_table")


def _blank_where_missing(numbers: pd.Series) -> list[str]:
    return ["" if pd.isna(number) else f"{int(number):,}" for number in numbers]


def _width(heading: str) -> int:
    return 6 * len(heading) + 16


def _card(answer: Answer, classes: ClassCounts, exact: Duplicates) -> dict[str, str]:
    """What to know before using these texts, by heading."""
    provenance, by_class = answer.corpus.provenance, classes.table.groupby("class", sort=False)["n"].sum()
    return {
        "Title": provenance.title,
        "Origin": f"{provenance.origin}.",
        "Licence": f"{provenance.licence}.",
        "Classes": ", ".join(f"{name} {n:,}" for name, n in by_class.items()) + ".",
        "Split": _split_in_words(answer),
        "Known defects": _defects(answer, exact),
        "Digest": f"{answer.corpus.digest} (of all texts, labels and class names).",
    }


def _split_in_words(answer: Answer) -> str:
    split, n_all = answer.split, answer.corpus.n_documents
    parts = ", ".join(
        f"{part.n_documents:,} {name} ({percent(part.n_documents / n_all)})"
        for name, part in (("training", split.train), ("validation", split.validation), ("test", split.test))
    )
    return (
        f"{parts} of {n_all:,} {TEXTS}. Validation {TEXTS} are drawn so that each class keeps its share, with seed "
        f"{answer.recipe.split.split_seed}. Test {TEXTS} are the same for every seed, and "
        f"{faults.state_of_test_set(answer.corpus.digest)}. "
        f"{answer.corpus.provenance.note}"
    ).strip()


def _defects(answer: Answer, exact: Duplicates) -> str:
    """Figures found in the open articles."""
    columns = _summary(answer)
    empty = columns[columns["split"] != "test"].groupby("column")["n_empty"].sum()
    table = exact.table.set_index("where")
    found = [
        f"{_n_repeats(exact):,} of the open {TEXTS} repeat another exactly, {table.loc['across', 'n_groups']:,} texts "
        "occur in training and in validation",
        f"{int(exact.groups['labels_disagree'].sum()):,} repeated texts have labels that disagree",
        f"{exact.n_test_of_training:,} test {TEXTS} repeat a training {TEXT}",
        f"{int(empty['title']):,} headlines and {int(empty['body']):,} bodies are empty",
    ]
    return "; ".join(found) + ". Web leftovers are counted under Leftovers."
