"""Words of an article as marked HTML. Every word is escaped; the marks are a fixed set of styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add

from bowcore.numbers import counted, signed
from bowcore.text.cut import gaps
from bowcore.trace.lineage import Trace, TracedUnit
from ui.reading.tables import palette
from ui.texts import TOLD_STEPS, in_html

_LINES = {
    "kept": "",
    "changed": "text-decoration:underline;text-underline-offset:3px",
    "split": "text-decoration:underline double;text-underline-offset:3px",
    "dropped": "text-decoration:line-through",
    "unknown": "text-decoration:underline dotted;text-underline-offset:3px",
}
"""A line style for each outcome, so that no mark depends on colour alone."""
_MEANING = {
    "kept": "kept",
    "changed": "changed",
    "split": "split in several terms",
    "dropped": "dropped",
    "unknown": "not in the vocabulary",
}
_FRAME = "font-family:'Source Code',monospace;font-size:.875rem;line-height:1.65;overflow-wrap:anywhere"


def styles(*, tinted: bool = False) -> dict[str, str]:
    """Style of a word by its outcome: a line in a theme colour, and a tint if there are few words."""
    changed, dropped, split = palette().classes[:3]
    colours = {"changed": changed, "split": split, "dropped": dropped}
    look = dict(_LINES)
    look["unknown"] += f";color:{palette().muted}"
    for status, colour in colours.items():
        # in one property: a full article sends it with thousands of words
        line, _, offset = _LINES[status].partition(";")
        look[status] = f"{line} {colour} 2px" + (f";{offset}" if offset else "")
        if tinted:
            look[status] += f";background:color-mix(in srgb, {colour} 14%, transparent);border-radius:3px"
    return look


def marked_words(trace: Trace, most: int | None = None) -> str:
    """The text with every word marked by its outcome; each word's tooltip names the step.

    With `most`, only the first words are shown, and the number of the others.
    """
    look = styles()
    return _text(trace, [_mark(unit, look[unit.status]) for unit in trace.units[:most]])


def legend(trace: Trace) -> str:
    """Legend of the marks, with the number of words for each."""
    look = styles()
    counts = {status: sum(unit.status == status for unit in trace.units) for status in look}
    others = next((term.others for unit in trace.units for term in unit.terms if term.others), "")
    meaning = _MEANING | ({"unknown": f"counts as {in_html(others)}"} if others else {})
    parts = [
        f'<span style="{look[status]}">{meaning[status]}</span> {count:,}' for status, count in counts.items() if count
    ]
    return f'<div style="font-size:.85rem;color:{palette().muted}">{" · ".join(parts)}</div>'


def weighed_words(
    trace: Trace,
    weights: Mapping[str, float] | Sequence[float],
    towards: str,
    away: str,
    most: int | None = None,
) -> str:
    """The text with every word shaded by how much it favours one class (colour) or the other (other colour).

    `weights` are contributions by term, or word by word from the first; `towards` and `away` are colours. Words that
    share the column for all other terms are shaded by their total.
    """
    units, theme = trace.units[:most], palette()
    if isinstance(weights, Mapping):
        given = list(weights.values())
        each = [sum(weights.get(name, 0.0) for name in {term.column for term in unit.terms} if name) for unit in units]
        lines = {"dropped": _LINES["dropped"], "unknown": styles()["unknown"]}
    else:  # a word that no block of words knows has characters that are known
        given, each = list(weights), [*weights, *[0.0] * len(units)]
        lines = {"dropped": _LINES["dropped"]}
    strongest = max(map(abs, given), default=1.0) or 1.0
    words = []
    for unit, weight in zip(units, each, strict=False):
        style = lines.get(unit.status, "")
        if weight:
            colour = towards if weight > 0 else away
            ground = theme.tint(colour, 0.08 + 0.52 * min(abs(weight) / strongest, 1.0))
            line = "solid" if weight > 0 else "dashed"
            style += (
                f";background:{ground};color:{theme.ink_on(ground)};border-bottom:2px {line} {colour};border-radius:2px"
            )
        together = unit.status == "unknown" and "unknown" in lines
        shared = f" (all words of {unit.terms[0].others} together)" if together else ""
        words.append(_mark(unit, style, f"{signed(weight, 2)}{shared}" if weight else ""))
    return _text(trace, words)


def _text(trace: Trace, words: Sequence[str]) -> str:
    rest = len(trace.units) - len(words)
    written = "".join(map(add, gaps(trace.text, [unit.unit for unit in trace.units[: len(words)]]), words))
    more = f" <bdi>… and {counted(rest, 'more word')}, counted like these</bdi>" if rest else ""
    return f'<div dir="auto" style="{_FRAME}">{written}{more}</div>'


def _mark(unit: TracedUnit, style: str, note: str = "") -> str:
    tip, word = note or _tip(unit), in_html(unit.unit)
    if not style and tip == unit.unit:
        return word  # it stays what it is, and needs no tip that says so
    look = f' style="{style}"' if style else ""
    return f'<span{look} title="{in_html(tip)}">{word}</span>'


def _tip(unit: TracedUnit) -> str:
    steps = ", ".join(TOLD_STEPS.get(name, name) for name in unit.changed_by)
    if unit.status == "dropped":
        return f"dropped by: {TOLD_STEPS.get(unit.decided_by, unit.decided_by)}"
    terms = " + ".join(term.term for term in unit.terms)
    if unit.status == "unknown":
        others = unit.terms[0].others
        return f"{terms}: not in the vocabulary" + (f", counts as {others}" if others else "")
    return f"{terms} ({steps})" if steps else terms
