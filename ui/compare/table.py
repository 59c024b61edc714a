"""The table of runs: what differs from a reference, accuracy, difference; its rows named, deleted and saved."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.names import in_order, short, visible
from bowcore.nouns import TEXTS
from bowcore.numbers import decimal, percent
from bowcore.store.run_labels import LONGEST_NAME, LONGEST_NOTE
from bowcore.tasks.finished_runs import SeedGroup
from bowcore.tasks.run_table import delete_row, label_row, may_change, restore, table_record
from charts.intervals import interval_picture
from ui.compare.rows import BEFORE, NOW, Row
from ui.reading.tables import CLICKABLE, clicked_row, dataframe, palette, save_button, table_height
from ui.reading.times import local_time, zone
from ui.state import address, faults, widgets
from ui.texts import plain

SHOWN = ("What differs", "Everything")
REFERENCE, COMPARED = "compare_reference", "compare_with"
"""Names of the two choices, which the address carries."""
MOST_ROWS = 5  # of the table before it scrolls
LONGEST = 44  # characters of a row's name in a list
DELETED = "compare_deleted"


def choose_pair(rows: list[Row]) -> tuple[Row, Row]:
    """The reference and the row compared with it, from two lists."""
    keys = [row.key for row in rows]
    names = {row.key: row.name for row in rows}
    first = BEFORE if BEFORE in keys else next((key for key in keys if key not in (NOW, BEFORE)), keys[0])
    left, right = st.columns(2, gap="small")
    reference = _list("★", "Reference", REFERENCE, keys, first, names, left)
    second = next((key for key in (NOW, *keys) if key != reference and key in keys), reference)
    compared = _list("●", "Compared with it", COMPARED, keys, second, names, right)
    by_key = {row.key: row for row in rows}
    return by_key[reference], by_key[compared]


def _list(sign: str, label: str, name: str, keys: list[str], first: str, names: dict[str, str], place: Any) -> str:
    def text(key: str) -> str:
        # the options of a drop-down are no Markdown
        return f"{sign} {label}: {in_order(short(visible(names[key]), LONGEST))}"

    value, bound = widgets.carried(name, keys, first, follows_recipe=True, format_func=text)
    with place:
        chosen: str = st.selectbox(
            label, keys, keys.index(value), format_func=text, label_visibility="collapsed", **bound
        )
    return chosen


def table(answer: Answer, rows: list[Row], reference: Row, compared: Row, *, everything: bool) -> None:
    """The table; a click on a row compares it with the reference."""
    shown = pd.DataFrame([_cells(answer, row, rows, reference, compared, everything=everything) for row in rows])
    n = f"right of {len(answer.labels):,} (95 %)"
    config = {
        "": st.column_config.TextColumn(width=28),
        "run": st.column_config.TextColumn(width=170),
        "what differs": st.column_config.MultiselectColumn(width=202),
        n: st.column_config.TextColumn(width=138),
        "interval": st.column_config.ImageColumn(_axis(rows), width=92),
        "against ★, points": st.column_config.TextColumn(width=132),
        "finished": st.column_config.TextColumn(width=140),
    }
    dataframe(
        shown,
        hide_index=True,
        on_select=partial(_choose, [row.key for row in rows]),
        selection_mode=CLICKABLE,
        key=f"compare_table_{'all' if everything else 'short'}_{len(rows)}",
        height=table_height(min(len(rows), MOST_ROWS)),
        column_config={name: column for name, column in config.items() if name in shown},
    )


def _choose(keys: list[str]) -> None:
    row = next(
        (clicked_row(key) for key in st.session_state if str(key).startswith("compare_table_") and _is_clicked(key)),
        None,
    )
    if row is not None and row < len(keys):
        address.choose(COMPARED, widgets.as_text(keys[row]))


def _is_clicked(key: Any) -> bool:
    chosen = st.session_state[key]["selection"]
    return bool(chosen.get("rows") or chosen.get("cells"))


def _cells(
    answer: Answer, row: Row, rows: list[Row], reference: Row, compared: Row, *, everything: bool
) -> dict[str, Any]:
    group, low = row.group, _lowest(rows)
    sign = "★" if row is reference else "●" if row is compared else ""
    cells: dict[str, Any] = {
        "": sign,
        "run": row.name,
        "what differs": [difference.now for difference in row.differs_from(reference)],
        f"right of {len(answer.labels):,} (95 %)": row.accuracy_in_words,
        "interval": _picture(row, reference, low),
        "against ★, points": row.against(reference, answer.labels),
    }
    finished = {"finished": "" if group is None else local_time(group.newest.finished)}
    if not everything:
        return cells | finished
    guess = answer.baseline.value if group is None else group.result.guess_accuracy
    return cells | {
        f"always {answer.guess}": "" if guess is None else percent(guess),
        "seconds": "" if group is None else decimal(group.seconds),
        "terms": "" if group is None else f"{group.result.n_terms:,}",
        f"training {TEXTS}": "" if group is None else f"{group.result.n_train:,}",
        "epochs": "" if group is None or group.model == "blocks" else f"{len(group.result.epochs)}",
        "seeds": ""
        if group is None or group.model == "blocks"
        else ", ".join(str(run.recipe.network.network_seed) for run in group.runs),
        **finished,
        "version": row.code[:6],
        "whose": "" if group is None else group.whose,
        "note": "" if group is None else group.note,
    }


def _lowest(rows: list[Row]) -> float:
    """Where the axis of the pictures begins: at a whole ten percent."""
    return min(int(min((row.accuracy.low, *row.shares)) * 10) / 10 for row in rows)


def _axis(rows: list[Row]) -> str:
    return f"{decimal(100 * _lowest(rows), 0)}–100 %, ¦ ★"


def _picture(row: Row, reference: Row, low: float) -> str:
    share = row.accuracy
    ends = None if len(row.shares) > 1 else (share.low, share.high)
    svg = interval_picture(row.shares, ends, reference.accuracy.value, low, palette())
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def buttons(rows: list[Row], reference: Row, compared: Row) -> None:
    """Name, save and delete; what was deleted can be brought back."""
    group = compared.group
    allowed = group is not None and may_change(group)
    name = st.popover("Name", icon=":material/edit:", on_change="rerun", key="compare_name", disabled=not allowed)
    if name.open and group is not None and allowed:
        with name:
            _naming(group)
    box = st.popover("Export", icon=":material/download:", on_change="rerun", key="compare_export")
    if box.open:
        with box:
            _export(rows, reference)
    st.button(
        "Delete",
        icon=":material/delete:",
        key="compare_delete",
        disabled=not allowed,
        help="Takes ● out of the table. It can be brought back. Its model stays until the disk needs the room."
        if allowed
        else "Choose a finished training of yours as ●.",
        on_click=partial(_delete, group, compared.name),
    )


def _naming(group: SeedGroup) -> None:
    st.text_input("Name", group.name, key=f"run_name_{group.key}", max_chars=LONGEST_NAME)
    st.text_area("Note", group.note, key=f"run_note_{group.key}", max_chars=LONGEST_NOTE, height=90)
    st.button("Save", type="primary", key="run_save", on_click=partial(_label, group))


def _label(group: SeedGroup) -> None:
    with faults.requesting():
        written = (str(st.session_state.get(f"run_{what}_{group.key}", "")) for what in ("name", "note"))
        label_row(group, *written)


def _delete(group: SeedGroup | None, name: str) -> None:
    if group is not None:
        with faults.requesting():
            st.session_state[DELETED] = delete_row(group), name


def undo_deletion() -> None:
    """Say what was deleted last, with a button that undoes it."""
    if (deleted := st.session_state.get(DELETED)) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{plain(deleted[1])} was deleted.")
        st.button("Bring it back", icon=":material/undo:", key="compare_undo", type="tertiary", on_click=_restore)


def _restore() -> None:
    with faults.requesting():
        restore(st.session_state[DELETED][0])
        del st.session_state[DELETED]


def _export(rows: list[Row], reference: Row) -> None:
    groups = [row.group for row in rows if row.group is not None]
    if not groups:
        st.caption("There is no finished training to save yet.")
        return
    st.caption("Every finished training of this table, with its recipe, seeds and times.")
    st.download_button(
        "JSON",
        partial(_json, groups, reference.group),
        "runs.json",
        "application/json",
        key="compare_json",
        on_click="ignore",
    )
    save_button(_flat(groups, reference.group), "CSV", "runs", "compare_csv")


def _json(groups: list[SeedGroup], reference: SeedGroup | None) -> bytes:
    return json.dumps(table_record(groups, reference, zone()), indent=1, ensure_ascii=False, allow_nan=False).encode()


def _flat(groups: list[SeedGroup], reference: SeedGroup | None) -> pd.DataFrame:
    """The same as a table: lists joined, one column for each field of a recipe that is not the same in all rows."""
    found = table_record(groups, reference, zone())["runs"]
    recipes = pd.DataFrame([run.pop("recipe") for run in found]).map(_joined)
    varying = [name for name in recipes if recipes[name].nunique() > 1]
    return pd.concat([pd.DataFrame(found).map(_joined), recipes[varying].add_prefix("recipe ")], axis=1)


def _joined(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else value
