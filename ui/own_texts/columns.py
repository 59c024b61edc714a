"""What each column of a file is: a role for each, and the first rows as they will be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from bowcore.corpus.choose_columns import NO_COLUMN, Columns
from bowcore.corpus.column_facts import ColumnFacts
from bowcore.corpus.files import Inspection
from bowcore.corpus.formats.found import as_text
from bowcore.corpus.options import Options
from bowcore.names import in_order, short, visible
from bowcore.numbers import counted, decimal
from ui.state import widgets
from ui.texts import in_html, plain, sentence

ROLES = ("Text", "Headline", "Label", "Group", "Split", "Not used")
HELP = {
    "Group": "Author, sender, thread: no group is divided between training and test.",
    "Split": "Says train, validation or test for each row.",
}
MOST_SIDE_BY_SIDE = 6
_CELL, _NAME = 160, 28  # characters
_CELL_STYLE = (
    "overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: .3rem .25rem; min-height: 1.9rem; "
    "border-bottom: 1px solid rgba(128, 128, 128, .3)"
)
_WIDE = 4.0
"""Width of a text column; others have 1.2."""

Change = Callable[[Options], None]


def show(seen: Inspection, options: Options, change: Change) -> None:
    """Draw all columns with their roles and first cells; many columns as a list of those that matter."""
    columns, facts = seen.guess.columns, seen.guess.facts
    order = [fact.name for fact in facts]
    n_shown = seen.first_rows.num_rows
    headline = "" if columns.title else " · no headline column"
    st.markdown(f"**What each column is** · first {n_shown} of {counted(seen.n_rows, 'row')}{headline}")
    for doubt in seen.guess.doubts:
        st.caption(f":material/help: {sentence(doubt)} The likeliest is chosen.")
    if len(facts) > MOST_SIDE_BY_SIDE:
        _as_list(seen, options, change)
        return
    widths = [_WIDE if fact.name in (*columns.body, columns.title) else 1.2 for fact in facts]
    # at the bottom: rows stay in line where the name of one column needs two lines
    places = st.columns(widths, gap="small", vertical_alignment="bottom")
    for place, fact in zip(places, facts, strict=True):
        with place:
            _role(fact, columns, order, options, change)
            cells = seen.first_rows[fact.name].to_pylist()
            _cells(cells, muted=role_of(fact.name, columns) == "Not used")


def role_of(name: str, columns: Columns) -> str:
    """The role of a column."""
    if name in columns.body:
        return "Text"
    roles = {columns.title: "Headline", columns.label: "Label", columns.group: "Group", columns.split: "Split"}
    return roles.get(name, "Not used")


def with_role(columns: Columns, options: Options, name: str, role: str, order: list[str]) -> Options:
    """The options in which a column has a role; another column that had a role of which there is one loses it.

    Args:
        columns: Columns as they are now.
        options: Options as they are now.
        name: The column.
        role: Its new role.
        order: All columns, in the order in which several texts are joined.
    """
    body = [column for column in columns.body if column != name]
    if role == "Text":
        body = [column for column in order if column in {*body, name}]
    single = {"Headline": columns.title, "Label": columns.label, "Group": columns.group, "Split": columns.split}
    chosen = {key: name if key == role else ("" if value == name else value) for key, value in single.items()}
    return replace(
        options,
        body=tuple(body) or (NO_COLUMN,),
        title=chosen["Headline"] or NO_COLUMN,
        label=chosen["Label"],
        group=chosen["Group"] or NO_COLUMN,
        split=chosen["Split"] or NO_COLUMN,
    )


def _role(fact: ColumnFacts, columns: Columns, order: list[str], options: Options, change: Change) -> None:
    """The list of roles for a column; a label cannot be dropped, only given to another column."""
    value = role_of(fact.name, columns)
    roles = [role for role in ROLES if value != "Label" or role != "Not used"]

    def take(chosen: str) -> None:
        change(with_role(columns, options, fact.name, chosen, order))

    st.selectbox(
        f"{plain(short(fact.name, _NAME))} · {_in_words(fact)}",
        roles,
        roles.index(value),
        help=HELP.get(value),
        **widgets.bind(f"own_role_{fact.name}", value, take),
    )


def _as_list(seen: Inspection, options: Options, change: Change) -> None:
    """Columns by role, for a table too wide to show; below, the first rows of those used."""
    columns = seen.guess.columns
    names = [fact.name for fact in seen.guess.facts]
    facts = {fact.name: fact for fact in seen.guess.facts}

    def label(name: str) -> str:
        return in_order(f"{short(visible(name), _NAME)} · {_in_words(facts[name])}") if name in facts else "none"

    places = st.columns([3, 2, 2, 2, 2], gap="small")
    with places[0]:
        value = [name for name in names if name in columns.body]
        st.multiselect(
            "Text",
            names,
            value,
            format_func=label,
            **widgets.bind(
                "own_body",
                value,
                lambda chosen: change(
                    replace(options, body=tuple(name for name in names if name in chosen) or (NO_COLUMN,))
                ),
            ),
        )
    single = (("Headline", "title"), ("Label", "label"), ("Group", "group"), ("Split", "split"))
    for place, (role, field) in zip(places[1:], single, strict=True):
        with place:
            now: str = getattr(columns, field)
            choices = names if field == "label" and now else [NO_COLUMN, *names]

            def take(chosen: str, role: str = role) -> None:
                change(with_role(columns, options, chosen, role, names))

            st.selectbox(
                role,
                choices,
                choices.index(now or NO_COLUMN),
                format_func=label,
                help=HELP.get(role),
                **widgets.bind(f"own_{field}", now or NO_COLUMN, take),
            )
    used = [name for name in names if role_of(name, columns) != "Not used"]
    widths = [_WIDE if name in columns.body else 1.2 for name in used]
    for place, name in zip(st.columns(widths, vertical_alignment="bottom"), used, strict=True):
        with place:
            st.caption(plain(short(name, _NAME)))
            _cells(seen.first_rows[name].to_pylist(), muted=False)


def _cells(values: list[object], *, muted: bool) -> None:
    tone = "opacity: .55" if muted else ""
    cells = "".join(
        f'<div dir="auto" title="{in_html(text)}" style="{_CELL_STYLE}; {tone}">{in_html(text) or "&nbsp;"}</div>'
        for text in (_cell(value) for value in values)
    )
    st.html(f'<div style="font-size: .9rem">{cells}</div>')


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))[:_CELL]
    return " ".join(as_text(value)[: 2 * _CELL].split())[:_CELL]


def _in_words(fact: ColumnFacts) -> str:
    """What a column holds, in a few words."""
    if fact.kind == "empty":
        return "empty"
    if fact.kind == "dates":
        return "dates"
    if fact.kind == "text" and fact.words > 4:
        return f"{decimal(fact.words, 0)} words on average"
    return counted(fact.n_values, "value")
