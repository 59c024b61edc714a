"""Terms that a recipe counts apart although they look alike: composed and decomposed letters, invisible characters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from bowcore.numbers import counted
from bowcore.text.characters import INVISIBLE, composed


def look_alikes(terms: pa.StringArray) -> tuple[tuple[str, ...], ...]:
    """Groups of distinct terms that look alike; the one in plain form first, if there is one."""
    forms = composed(pc.replace_substring_regex(terms, INVISIBLE, ""))
    other = pc.not_equal(forms, terms)
    groups: dict[str, list[str]] = defaultdict(list)
    for form, term in zip(forms.filter(other).to_pylist(), terms.filter(other).to_pylist(), strict=True):
        if form:
            groups[form].append(term)
    plain = pc.is_in(pa.array(list(groups), pa.string()), terms).to_pylist()
    found = (((form,) if known else (), terms) for (form, terms), known in zip(groups.items(), plain, strict=True))
    return tuple((*known, *terms) for known, terms in found if len(known) + len(terms) > 1)


def in_words(groups: Sequence[tuple[str, ...]]) -> str:
    """What a page says about them; empty if there are none."""
    if not groups:
        return ""
    examples = ", ".join(f"“{group[0]}” as {len(group)}" for group in groups[:3])
    verb = "is" if len(groups) == 1 else "are"
    return (
        f"{counted(len(groups), 'word')} {verb} counted as several terms that look alike: {examples}. Their letters "
        "are composed in one and decomposed in the other, or one holds invisible characters. To make them one term, "
        "repair leftovers."
    )
