"""The fonts of the pages as files that an image or a report takes along: only their signs in use.

Streamlit brings both fonts as variable WOFF2 files. The converter of charts reads neither compressed nor variable
fonts, so it gets one file for each weight.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from bowcore.errors import OutputError

FILES = {"Source Sans": "SourceSansVF-Upright", "Source Code": "SourceCodeVF-Upright"}
"""Beginning of a font's file name, by the name that pages and charts use."""
WEIGHTS = (400, 600)
ALWAYS = "".join(map(chr, range(32, 127))) + "\N{NO-BREAK SPACE}–—−·…‘’“”×"
"""Signs that axes and legends may draw whatever the chart's texts are."""


def font_face(family: str, text: str) -> str:
    """A `@font-face` rule that contains the signs of a text, in every weight; equal texts give equal rules."""
    from fontTools.ttLib import TTFont

    font, packed = TTFont(io.BytesIO(_subset(family, text)), recalcTimestamp=False), io.BytesIO()
    font.flavor = "woff2"
    font.save(packed)
    encoded = base64.b64encode(packed.getvalue()).decode()
    weights = f"{min(WEIGHTS)} {max(WEIGHTS)}"
    return (
        f"@font-face {{ font-family: '{family}'; font-weight: {weights}; "
        f"src: url(data:font/woff2;base64,{encoded}) format('woff2'); }}"
    )


def write_weights(families: Iterable[str], text: str, folder: Path) -> None:
    """Write the signs of a text as one TrueType file for each family and weight."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    for family in families:
        for weight in WEIGHTS:
            font = TTFont(io.BytesIO(_subset(family, text)))
            font = instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
            font["OS/2"].usWeightClass = weight
            for entry in font["name"].names:
                if entry.nameID in (1, 16):
                    entry.string = family
            font.save(folder / f"{FILES[family]}-{weight}.ttf")


@lru_cache(maxsize=len(FILES))
def _subset(family: str, text: str) -> bytes:
    """The variable font, unpacked, with the signs of a text and those that are always needed.

    Raises:
        OutputError: This version of Streamlit has no such file.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont

    streamlit = find_spec("streamlit")  # found without importing it
    media = Path((streamlit and streamlit.origin) or "").parent / "static" / "static" / "media"
    path = next(iter(sorted(media.glob(f"{FILES[family]}*.woff2"))), None)
    if path is None:
        raise OutputError(f"The font {family} is not among Streamlit's files in {media}; install the pinned version.")
    options = subset.Options()
    options.layout_features = ["ccmp", "kern", "mark", "mkmk"]
    options.hinting = False
    font = TTFont(path, recalcTimestamp=False)
    font.flavor = None
    only = subset.Subsetter(options)
    only.populate(text=text + ALWAYS)
    only.subset(font)
    unpacked = io.BytesIO()
    font.save(unpacked)
    return unpacked.getvalue()
