"""The reader's own sentence: every word through every step, as a table and as text to copy."""

from __future__ import annotations

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.findings.sample_sentence import sample_sentence
from bowcore.jobs.jobs import Job
from bowcore.names import is_right_to_left
from bowcore.trace.lineage import Trace, TracedTerm, TracedUnit, trace
from ui import job_panel
from ui.answers import kept
from ui.reading import own_lemmas, own_text_dialog
from ui.reading.clickable_words import word_pills, words_in
from ui.reading.marked_text import legend, styles
from ui.reading.tables import palette
from ui.state import own_text, session, widgets
from ui.texts import TOLD_STEPS, in_html, isolated, plain

SEARCHED = 300  # articles in which the sample sentence is looked for
SHOWN = 40  # words with a column each
_CELL = "padding:.1rem .35rem;white-space:nowrap;text-align:left;border-bottom:1px solid"


def ask_sentence(answer: Answer) -> str:
    """The reader's own text, or a sentence of the corpus that the recipe changes: in a text area, and in a dialog."""
    text = own_text.current() or sample(answer)
    with st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        st.text_area(
            "Sentence to follow",
            text,
            height=68,
            help="Every word is followed through every step of the recipe. Until you write one, it is a sentence of "
            "the corpus that many steps change.",
            **widgets.bind("own_sentence", text, _write, follows=True),
        )
        own_text_dialog.button("sentence_dialog", icon_only=True)
    return text


def _write(text: str) -> None:
    problem = own_text.write(text)
    if problem:
        session.tell(problem)
        widgets.reset("own_sentence")


@kept("split")
def sample(answer: Answer) -> str:
    """A sentence of the first training articles as written, the same under every recipe."""
    n = min(SEARCHED, answer.split.train.n_documents)
    return sample_sentence(answer.split.article(position).text for position in range(n))


def show_lineage(sentence: str, answer: Answer) -> None:
    """The sentence's words, one column each, and below each word the result of every step."""
    lemmas = own_lemmas.find_one(sentence, answer.recipe)
    if isinstance(lemmas, Job):
        job_panel.follow(lemmas, "The tagger's lemmas of this sentence")
        return
    traced = trace(sentence, answer.recipe, answer.matrix.vocabulary, lemmas)
    if not traced.units:
        st.caption("Write a sentence to see every step applied to each of its words.")
        return
    st.html(lineage_table(traced))
    word_pills(words_in(traced, SHOWN), answer, "lineage_words")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(legend(traced))
        _as_text(traced)
        st.caption("Click a word to read it in context.")
    if len(traced.units) > SHOWN:
        st.caption(f"{SHOWN} of {len(traced.units):,} words have a column; all of them are in the text.")
    if traced.text != sentence:
        st.caption(f"Leftovers were repaired first: {plain(traced.text[:500])}")
    groups = [group.term for group in traced.groups]
    if groups:
        st.caption("Word groups:")
        word_pills(groups, answer, "lineage_groups")


def lineage_table(traced: Trace) -> str:
    """The first words as an HTML table: columns are words, rows are steps. Every word is escaped.

    Words of a text that is read from right to left have their columns in that direction.
    """
    look, colours, units = styles(tinted=True), palette(), traced.units[:SHOWN]
    line = f"{_CELL} {colours.grid}"
    head = (
        f"{line};position:sticky;inset-inline-start:0;background:{colours.background};color:{colours.muted};"
        "font-weight:normal"
    )
    plain_font = "font-family:'Source Sans',sans-serif"
    rows = [("as written", [in_html(unit.unit) for unit in units])]
    for number, name in enumerate(traced.steps):
        cells = [_after_step(unit, number, look, colours.muted) for unit in units]
        rows.append((TOLD_STEPS.get(name, name), cells))
    rows.append(("counted as", [_counted(unit, look) for unit in units]))
    body = "".join(
        f'<tr><th scope="row" style="{head};{plain_font}">{in_html(name)}</th>'
        + "".join(f'<td dir="auto" style="{line}">{cell}</td>' for cell in cells)
        + "</tr>"
        for name, cells in rows
    )
    frame = "overflow-x:auto;font-family:'Source Code',monospace;font-size:.85rem;line-height:1.35"
    order = "rtl" if is_right_to_left(traced.text) else "ltr"
    return (
        f'<div dir="{order}" style="{frame}" tabindex="0"><table style="border-collapse:collapse">{body}</table></div>'
    )


def lineage_in_words(traced: Trace) -> str:
    """One line per word, with the steps that changed it: `Canada's → canada's (lower case) → canada (possessives)`."""
    return "\n".join(_in_words(unit, traced.steps) for unit in traced.units)


def _as_text(traced: Trace) -> None:
    box = st.popover("As text", key="lineage_text", icon=":material/notes:", type="tertiary", on_change="rerun")
    if box.open:
        with box:
            st.code(lineage_in_words(traced), language=None, wrap_lines=True)


def _after_step(unit: TracedUnit, number: int, look: dict[str, str], muted: str) -> str:
    before = unit.after[number - 1] if number else (unit.unit,)
    after = unit.after[number]
    if not before:
        return ""
    if after == before:
        return f'<span style="color:{muted}">{in_html(" ".join(after))}</span>'
    if len(after) < len(before):
        return " ".join(_piece(piece, left, look) for piece, left in _left(before, after))
    status = "split" if len(after) > len(before) else "changed"
    return f'<span style="{look[status]}">{in_html(" ".join(after))}</span>'


def _left(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, bool]]:
    """The pieces before a step, and whether each is kept: pieces keep their order, so it is the next one or gone."""
    rest, found = list(after), []
    for piece in before:
        left = bool(rest) and rest[0] == piece
        found.append((piece, left))
        rest = rest[left:]
    # pieces that were also changed come after those that were dropped
    return found + [(piece, True) for piece in rest]


def _piece(piece: str, left: bool, look: dict[str, str]) -> str:
    return in_html(piece) if left else f'<span style="{look["dropped"]}">{in_html(piece)}</span>'


def _counted(unit: TracedUnit, look: dict[str, str]) -> str:
    if not unit.terms:
        return '<span title="dropped">–</span>'
    return " ".join(
        f"<b>{in_html(term.term)}</b>"
        if term.known
        else f'<span style="{look["unknown"]}" title="{_unknown(term)}">{in_html(term.term)}</span>'
        for term in unit.terms
    )


def _unknown(term: TracedTerm) -> str:
    return f"counts as {in_html(term.others)}" if term.others else "not in the vocabulary"


def _in_words(unit: TracedUnit, steps: tuple[str, ...]) -> str:
    parts = [isolated(unit.unit)]
    before: tuple[str, ...] = (unit.unit,)
    for name, after in zip(steps, unit.after, strict=True):
        if after != before:
            parts.append(f"{isolated(' '.join(after)) or 'dropped'} ({TOLD_STEPS.get(name, name).lower()})")
        before = after
    unknown = [term.term for term in unit.terms if not term.known]
    others = next((f", counts as {term.others}" for term in unit.terms if term.others), "")
    ending = f"; not in the vocabulary: {', '.join(map(isolated, unknown))}{others}" if unknown else ""
    return " → ".join(parts) + (" (kept)" if len(parts) == 1 and not unknown else "") + ending
