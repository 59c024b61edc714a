"""The dialog *Your own texts*: bring a file, see what was recognised, correct it, go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bowcore.corpus.files import Inspection, inspect_file
from bowcore.corpus.hub import PREFIX as HUB
from bowcore.corpus.options import Options, split_options
from bowcore.errors import BowlabError, MemoryBudgetError, TooLargeError
from bowcore.nouns import TEXTS, use
from bowcore.numbers import seconds, size
from bowcore.people import person
from bowcore.store import own_files
from ui.own_texts import columns, language, recognised, summary
from ui.state import rerun, session, uploaded, widgets
from ui.texts import plain, sentence

TITLE = "Your own texts"
STAYS = "The file stays on this computer. Only this browser, or whoever gets its link, can open it here; it is deleted "
WAYS = ("File", "Paste", "Hugging Face Hub")

_NAME, _OPTIONS, _SEEN, _PROBLEM = "own_texts_name", "own_texts_options", "own_texts_seen", "own_texts_problem"
NOTICED = 0.1  # seconds
_BROUGHT, _MINE = "own_texts_brought", "own_texts_mine"
_LARGE = 20_000_000  # bytes; a smaller file is read in less than a second


def open_dialog() -> None:
    """Open the dialog, at the file of this recipe if it is one that was brought."""
    name, _, query = session.recipe().corpus.corpus.partition("?")
    if name.startswith(own_files.PREFIX) and st.session_state.get(_NAME) != name:
        _take(name, split_options(f"?{query}")[1] if query else Options())
    if name.startswith(own_files.PREFIX):
        language.take(session.recipe().terms.language)
    rerun.dialog(TITLE, _draw)


def brought() -> list[str]:
    """Corpora of the files that this session has brought and explored, the first ones first."""
    names: list[str] = st.session_state.get(_BROUGHT, [])
    return names


def _draw() -> None:
    with st.empty().container():  # what is drawn takes the place of what was, at once
        _draw_step()


def _draw_step() -> None:
    name: str = st.session_state.get(_NAME, "")
    if not name:
        _bring()
        return
    try:
        path = own_files.path_of(name)
    except BowlabError as error:
        _forget()
        st.session_state[_PROBLEM] = str(error)
        st.rerun(scope="fragment")
    with st.container(gap="xsmall"):
        options: Options = st.session_state[_OPTIONS]
        use(options.texts_called)
        _draw_file(name, path, options)


def _draw_file(name: str, path: Path, options: Options) -> None:
    """What was recognised in the file, and what becomes of its rows."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        title = st.empty()
        st.button("Another file", type="tertiary", key="own_texts_other", on_click=_forget)
    n_bytes = path.stat().st_size
    seen, problem = _inspect(name, options)
    about = f" · read in {seconds(seen.seconds)}" if seen and seen.seconds >= NOTICED else ""
    title.markdown(f":material/draft: **{plain(path.name)}** · {size(n_bytes)}{about}")
    place = recognised.row(seen, options, _change) if seen is not None or options != Options() else None
    if seen is None:
        st.error(sentence(problem), icon=":material/error:")
    else:
        columns.show(seen, options, _change)
        summary.show(seen, options, _change, lambda: _bring_test(name, options))
    _footer(seen)
    if seen is not None and place is not None:
        with place:  # last, as the first guess takes half a second
            language.show(seen.sample)


def _bring() -> None:
    """Ways to bring texts."""
    problem = st.session_state.pop(_PROBLEM, "")
    if problem:
        st.error(sentence(problem), icon=":material/error:")
    way = st.segmented_control("From", WAYS, default=WAYS[0], required=True, key="own_texts_way")
    if way == "File":
        file = st.file_uploader(
            "A table, JSON, a workbook, or a ZIP of folders with one text a file (folder = class)",
            key=widgets.key("own_texts_file"),
            help="CSV, TSV and other separators, JSON Lines, JSON, fastText, Parquet, Arrow, Excel, OpenDocument.",
        )
        if file is not None:
            _keep(file.name, uploaded.take(file))
            widgets.reset("own_texts_file")
            st.rerun(scope="fragment")
    elif way == "Paste":
        rows = st.text_area(
            "One text a row, with its label",
            height=260,
            key="own_texts_rows",
            placeholder="text\tlabel\nThe soup was cold.\tpoor\nWarm and quick, thank you!\tgood",
            help="Copy cells from a spreadsheet, or lines of a table or of JSON.",
        )
        if st.button("Read these rows", type="primary", disabled=not rows.strip(), key="own_texts_read"):
            _keep("pasted.txt", rows.encode("utf-8", "replace"))
            st.rerun(scope="fragment")
    else:
        name = st.text_input("Data set", placeholder="owner/name", key="own_texts_hub")
        st.caption("Any labelled data set of the Hub. Its columns can be named: owner/name?body=review&label=stars")
        if st.button("Open", type="primary", disabled=not name.strip(), key="own_texts_open"):
            session.choose_texts(HUB + name.strip().removeprefix(HUB))
            st.rerun()
    st.caption(f":material/lock: {STAYS}when it is not used for {own_files.KEPT_DAYS} days.")


def _footer(seen: Inspection | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(":material/lock: The file stays on this computer.", width="stretch")
        if st.button("Cancel", key="own_texts_cancel"):
            st.rerun()
        n = seen.n_read if seen else 0
        label = f"Explore {n:,} {TEXTS}" if n else "Explore"
        arrow = ":material/arrow_forward:"
        if st.button(label, type="primary", icon=arrow, disabled=not n, key="own_texts_explore") and seen:
            _explore(seen)
            st.rerun()


def _explore(seen: Inspection) -> None:
    name: str = st.session_state[_NAME]
    options: Options = st.session_state[_OPTIONS]
    corpus = f"{name}{seen.guess.columns.options(options).query()}"
    others = [other for other in brought() if other.partition("?")[0] != name]
    st.session_state[_BROUGHT] = [*others, corpus]
    session.choose_texts(corpus, language.chosen())


def _inspect(name: str, options: Options) -> tuple[Inspection | None, str]:
    """What is recognised in the file, and why it cannot be read; inspected again only if the options change."""
    wanted = (name, replace(options, noun=""))
    kept: tuple[tuple[str, Options], Inspection | None, str] | None = st.session_state.get(_SEEN)
    if kept is None or kept[0] != wanted:
        kept = (wanted, *_read(name, options))
        if _NAME in st.session_state:  # a file that is too large was forgotten
            st.session_state[_SEEN] = kept
    return kept[1], kept[2]


def _read(name: str, options: Options) -> tuple[Inspection | None, str]:
    """Inspect a file; a large one with its progress and a Stop, at which the script ends."""
    place = st.empty()
    try:
        path = own_files.path_of(name)
        if path.stat().st_size < _LARGE:
            return inspect_file(name, path, options).without_texts(), ""
        with place.container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0, f"Reading {plain(path.name)}")
            st.button("Stop", key="own_texts_stop", on_click=_forget)
        seen = inspect_file(name, path, options, lambda share: _show(bar, path.name, share))
        return seen.without_texts(), ""
    except (TooLargeError, MemoryBudgetError) as error:
        explored = {corpus.partition("?")[0] for corpus in brought()}  # others may have a link to it
        if name in _mine() and name not in explored and not options.test:  # no other option would make it smaller
            own_files.forget_file(name)
            _forget()
        return None, str(error)
    except BowlabError as error:
        return None, str(error)
    finally:
        place.empty()


def _show(bar: DeltaGenerator, name: str, share: float) -> None:
    bar.progress(share, f"Reading {plain(name)}")


def _mine() -> list[str]:
    """Names of the files that this session has brought: whoever has a link to one changes nothing of it."""
    names: list[str] = st.session_state.setdefault(_MINE, [])
    return names


def _keep(name: str, content: bytes) -> None:
    try:
        kept = own_files.keep_file(name, content)
        _mine().append(kept)
        _take(kept, Options())
    except BowlabError as error:
        st.session_state[_PROBLEM] = str(error)


def _take(name: str, options: Options) -> None:
    st.session_state.update({_NAME: name, _OPTIONS: options})
    language.forget()


def _change(options: Options) -> None:
    st.session_state[_OPTIONS] = options


def _bring_test(name: str, options: Options) -> None:
    """A second file, whose rows are the test split: a published one, say."""
    if options.test:
        st.button(
            f"Without {plain(options.test)}",
            key="own_texts_no_test",
            on_click=_change,
            args=(replace(options, test=""),),
        )
        return
    if name not in _mine() and not person().is_teacher:
        st.caption("A file of test texts can be added by whoever brings the file itself. Bring it again to add one.")
        return
    file = st.file_uploader("A file of test texts, with the same columns", key=widgets.key("own_texts_test"))
    if file is not None:
        widgets.reset("own_texts_test")
        try:
            _change(replace(options, test=own_files.keep_test_file(name, file.name, uploaded.take(file))))
        except BowlabError as error:
            st.error(sentence(str(error)), icon=":material/error:")
            return
        st.rerun(scope="fragment")


def _forget() -> None:
    for key in (_NAME, _OPTIONS, _SEEN):
        st.session_state.pop(key, None)
