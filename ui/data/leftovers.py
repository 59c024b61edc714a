"""Leftovers in the articles, by class: web pages, damaged characters, agencies; the repair and what it leaves."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import partial

import pandas as pd
import pyarrow as pa
import streamlit as st

from bowcore.corpus.split import open_labels
from bowcore.experiment.answer import Answer
from bowcore.findings.agency_tags import AgencyTags, Tag, share_columns, tag_table
from bowcore.findings.leftover_kinds import Finding, code_point, spans
from bowcore.findings.leftover_words import BY_FRAGMENT
from bowcore.findings.leftovers import Leftovers
from bowcore.nouns import TEXTS
from bowcore.numbers import percent
from bowcore.tasks.find_leftovers import KIND, FoundLeftovers, leftovers_key, read_leftovers, request_leftovers
from bowcore.text.repair import repair
from bowcore.trace.lineage import trace
from charts.leftovers import leftover_shares, tag_classes
from ui.answers import kept
from ui.job_panel import job_panel
from ui.reading import articles, look_alikes
from ui.reading.clickable_words import as_counted, each_as_counted, word_chart, word_table, words_behind, words_of_text
from ui.reading.tables import behind, dataframe, in_percent, palette, show, table_height
from ui.state import open_view, session, widgets
from ui.texts import in_html, plain, readable

MARK = "background:color-mix(in srgb, #D55E00 35%, transparent);border-bottom:2px solid #D55E00;border-radius:2px"

MOST_BARS = 12
SOME = 500  # texts repaired at a time
WITH_ARTICLE = {
    "entity": "an entity",
    "entity without its &": "an entity without its &",
    "backslash": "a backslash",
    "web address": "a web address",
    "replacement character": "a replacement character",
    "control character": "a control character",
    "invisible character": "an invisible character",
}
"""Kinds of leftovers, for a sentence."""


def view(answer: Answer) -> None:
    """The Leftovers view of the data page."""
    found = found_leftovers(answer)
    if found is None:
        return
    written, after = found.written, found.after
    open_view.settle("data_view", kinds=tuple((finding.kind, finding.pattern) for finding in written.findings))
    _headline(written, after)
    look_alikes.report(answer)
    left, right = st.columns(2, gap="medium")
    with left:
        order = {kind: place for place, kind in enumerate(written.table()["kind"])}
        by_class = written.by_class().sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable")
        show(leftover_shares(by_class, palette(), answer.split.class_names), "leftovers")
    with right:
        _kinds(written, after)
        _button(answer, written)
    st.subheader("Tags of agencies and constant phrases")
    _agency_tags(answer, found.agency_tags)
    if written.findings:
        st.subheader("As written and repaired")
        _read(answer, written)


def found_leftovers(answer: Answer) -> FoundLeftovers | None:
    """A job's findings in the open articles; otherwise its progress is drawn."""
    recipe, digest = answer.recipe, answer.corpus.digest
    key = leftovers_key(recipe, digest)
    request = partial(request_leftovers, recipe, digest, answer.split.n_open)
    return job_panel(KIND, key, request, None, partial(_kept, key, answer))


@kept("text")
def _kept(key: str, answer: Answer) -> FoundLeftovers | None:
    return read_leftovers(key, answer.split)


def _headline(written: Leftovers, after: Leftovers | None) -> None:
    n = written.n_articles
    if not written.findings:
        st.success(f"None of the {n:,} training and validation {TEXTS} contains leftovers.", icon=":material/check:")
        return
    top = written.table().iloc[0]
    fragment = written.finding(str(top["kind"])).fragments.iloc[0]
    once = plain(_one_line(str(fragment["meaning"])))
    meaning = f", once “{once}”" if once else ""
    words = (
        f"**{percent(float(top['share']))} of the {TEXTS}** contain {WITH_ARTICLE.get(top['kind'], top['kind'])}, "
        f"{int(top['articles']):,} of {n:,} in training and validation. The most frequent is "
        f"`{_one_line(fragment['fragment'].replace('`', ' '))}`{meaning}: in {percent(int(fragment['articles']) / n)}."
    )
    if after is not None:
        left = next((finding.n_articles for finding in after.findings if finding.kind == top["kind"]), 0)
        words += f" After the repair: {left:,} {TEXTS}."
    st.markdown(words)


def _one_line(text: str) -> str:
    """The beginning of a fragment on one line: an empty line would end its paragraph and code span."""
    return " ".join(text.split())[:60]


def _kinds(written: Leftovers, after: Leftovers | None) -> None:
    table = written.table()[["kind", "articles", "share", "examples"]].reset_index(drop=True)
    if after is not None:
        left = {finding.kind: finding.n_articles for finding in after.findings}
        table.insert(2, "after repair", [left.get(kind, 0) for kind in table["kind"]])
    table, shares = in_percent(table, ("share",), width=58)
    dataframe(
        table,
        hide_index=True,
        column_config=shares
        | {
            "kind": st.column_config.TextColumn(width=125),
            "articles": st.column_config.NumberColumn(format="localized", width=62),
            "after repair": st.column_config.NumberColumn("after", format="localized", width=55, help="After repair."),
        },
    )
    behind(_details(written), "leftovers_kinds", "Every fragment, its pattern and split")


def _details(written: Leftovers) -> pd.DataFrame:
    """Every fragment of every kind, with the pattern that found it."""
    counts = written.table().set_index("kind")[["training", "validation"]]
    tables = [
        found.fragments.assign(
            kind=found.kind,
            pattern=found.pattern,
            training=counts.loc[found.kind, "training"],
            validation=counts.loc[found.kind, "validation"],
        )
        for found in written.findings
    ]
    columns = ["kind", "fragment", "articles", "meaning", "pattern", "training", "validation"]
    named = pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    return named.rename(
        columns={"training": f"training {TEXTS} of this kind", "validation": f"validation {TEXTS} of this kind"}
    )


def _button(answer: Answer, written: Leftovers) -> None:
    if answer.recipe.text.repair:
        st.button("Read them as written", key="leftovers_repair", on_click=session.change, kwargs={"repair": False})
        st.caption("The recipe repairs entities, mark-up, backslashes and characters before anything is counted.")
    elif repair_changes_one(answer.reading.texts, written):
        st.button(
            "Repair leftovers",
            key="leftovers_repair",
            type="primary",
            icon=":material/healing:",
            on_click=session.change,
            kwargs={"repair": True},
        )
        st.caption(
            "Makes the repair a step of the recipe (Clean: Leftovers): entities, mark-up, backslashes, control and "
            "invisible characters, decomposed letters. Web addresses, glued words, agencies and what is lost stay; "
            "words that name a source can be masked in Source words."
        )


def repair_changes_one(texts: pa.Array, written: Leftovers) -> bool:
    """Whether the repair changes any of the texts in which leftovers were found; it leaves some kinds as they are."""
    for finding in written.findings:
        for first in range(0, len(finding.positions), SOME):
            some = texts.take(pa.array(finding.positions[first : first + SOME]))
            if not repair(some).equals(some):
                return True
    return False


def _agency_tags(answer: Answer, found: AgencyTags) -> None:
    labels = open_labels(answer.split)
    names, n = answer.split.class_names, len(labels)
    tags = tag_table(found.tags, labels, names)
    if not found.tags:
        st.info(f"No words in brackets or before a dash are at the edge of 5 or more {TEXTS} and seldom inside.")
    else:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            terms = each_as_counted(tuple(tag.text for tag in found.tags[:MOST_BARS]), answer)
            drawing = tag_classes(tags, palette(), names, terms)
            word_chart(drawing, answer, "tags", table_behind=False)
            counted = partial(_tag_as_counted, answer, found.tags)
            words_behind(tags, answer, "tags_table", "Tags, to be read in context", column="tag", words=counted)
        with right:
            st.markdown(
                f"**{len(found.tagged):,} of {n:,} {TEXTS} ({percent(len(found.tagged) / n)}) carry a tag.** "
                f"{len(found.tags):,} tags were found, none from a list."
            )
            st.caption(
                "A tag is in brackets at the end of a headline or text, or in brackets or alone before a dash at "
                f"its beginning: in 5 or more {TEXTS}, and in at least half of those that contain it anywhere. Once "
                "found, it counts wherever it is in brackets or before a dash, inside a text too. What is only "
                "found before a dash, never in brackets, is a dateline. Click a bar to read its tag in context."
            )
            lines = tag_table(found.places, labels, names, "dateline")
            counted = partial(_tag_as_counted, answer, found.places)
            words_behind(lines, answer, "place_lines", "Datelines", column="dateline", words=counted)
    if found.phrases:
        phrases = tag_table(found.phrases, labels, names, "phrase")
        phrases.insert(1, "edge", [phrase.edge for phrase in found.phrases])
        shown, config = in_percent(phrases.head(100), ("at the edge", *share_columns(names, "phrase")))
        st.markdown(f"**Constant phrases** begin or end 10 or more {TEXTS}, and are rare elsewhere.")
        word_table(
            shown,
            answer,
            "phrases",
            column="phrase",
            words=lambda row, _: [as_counted(found.phrases[row].text, answer)],
            height=min(table_height(len(phrases)), 250),
            column_config=config | {"articles": st.column_config.NumberColumn(format="localized")},
        )
    else:
        st.caption(f"No phrase of 3 to 8 words begins or ends 10 or more {TEXTS} and is rare elsewhere.")


def _tag_as_counted(answer: Answer, tags: Sequence[Tag], row: int, _: str) -> list[str]:
    return [as_counted(tags[row].text, answer)]


def _read(answer: Answer, written: Leftovers) -> None:
    table = written.table()
    kinds = list(table["kind"])
    kind, bound = widgets.carried("leftovers_kind", kinds, kinds[0], follows_recipe=True)
    kind = st.selectbox(f"{TEXTS:A} that contain", kinds, kinds.index(kind), **bound)
    listing, reading = st.columns([2, 3], gap="medium")
    with listing:
        position = articles.pick(answer, written.finding(kind).positions, "leftovers")
    with reading:
        article = answer.split.article(position)
        raw = article.title if answer.recipe.text.text_used == "headline" else article.text
        st.markdown(f"**{article.name.capitalize()}**")
        ((shorter, rest),) = articles.as_long_as_wanted([raw], "leftovers_whole")
        more = articles.words_more(rest)
        with st.container(height=430, border=False):
            left, right = st.columns(2)
        with left:
            st.caption(f"As written, {kind} marked")
            st.html(marked(shorter, written.finding(kind)) + html.escape(more))
            words_of_text(trace(shorter, answer.recipe), answer, "leftovers_words")
        with right:
            st.caption("Repaired")
            st.text(readable(repair(pa.array([shorter], pa.large_string()))[0].as_py()) + more)


def marked(text: str, finding: Finding) -> str:
    """The text as HTML, escaped, with the finding's fragments marked."""
    by_fragment = finding.kind in BY_FRAGMENT
    places = _places(text, finding.fragments["fragment"]) if by_fragment else spans(finding, text)
    parts, end = [], 0
    for start, stop in places:
        parts += [
            in_html(text[end:start]),
            f'<span style="{MARK}">{html.escape(_visible(text[start:stop]))}</span>',
        ]
        end = stop
    parts.append(in_html(text[end:]))
    frame = "white-space:pre-wrap;overflow-wrap:anywhere;font-family:'Source Code',monospace;font-size:.875rem"
    return f'<div dir="auto" style="{frame}">{"".join(parts)}</div>'


def _visible(fragment: str) -> str:
    """The fragment, or the number of a sign that cannot be seen."""
    return fragment if len(fragment) > 1 or unicodedata.category(fragment)[0] not in "CM" else code_point(fragment)


def _places(text: str, fragments: pd.Series) -> list[tuple[int, int]]:
    found = [(at.start(), at.end()) for word in fragments for at in re.finditer(re.escape(word), text)]
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart
