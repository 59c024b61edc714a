"""A chart as an image for a paper or a slide: SVG or PNG, on white, with its title and the font of the pages.

The converter holds the interpreter's lock and keeps 80 MB, so a page has it in a process of its own, which lasts for
one image.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import threading
from html import escape
from pathlib import Path
from typing import Any, Literal

import charts
from bowcore.errors import OutputError
from charts import fonts
from charts.drawing import Drawing, configuration
from charts.palette import LIGHT

Form = Literal["svg", "png"]
WIDTH, HEIGHT = 720, 320  # px: an image's width, and the height of a chart that fills its card
SCALE = 2.5  # pixels of a PNG for each px: 300 dots per inch at 15 cm
LETTER = 0.5  # of the type size: average width of a letter
PATIENCE = 120  # seconds for one image on a busy machine
_TURN = threading.BoundedSemaphore(2)  # a class that saves its charts at once must not start thirty processes
_INVITATION = re.compile(r"\s*\bClick [^.]*\.")
"""Sentence of a note that means nothing on paper."""


def specification(drawing: Drawing) -> dict[str, Any]:
    """The whole chart in Vega-Lite, in the light theme on white, with its title in lines and a size."""
    drawn = drawing if drawing.redraw is None else drawing.redraw(LIGHT)
    chart = drawn.specification()
    words = drawn.title
    title = words.get("text") or drawn.finding
    notes = [] if title.split() == drawn.finding.split() else [drawn.finding]
    notes.append(_INVITATION.sub("", words.get("subtitle", "")).strip())
    size = LIGHT.font_size
    heading = {"text": _lines(title, size + 2), "subtitle": [line for note in notes for line in _lines(note, size)]}
    return chart | {
        "title": {name: lines for name, lines in heading.items() if lines},
        "width": WIDTH,
        "height": chart.get("height", HEIGHT),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 12,
        "background": "#ffffff",
        "config": chart.get("config", configuration(LIGHT)) | {"background": "#ffffff"},
    }


def convert(drawing: Drawing, form: Form) -> bytes:
    """The image, made in a process of its own.

    Raises:
        OutputError: It cannot be made.
    """
    root = str(Path(charts.__file__).parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    with _TURN:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "charts.image", form],
                input=json.dumps(specification(drawing)).encode(),
                capture_output=True,
                timeout=PATIENCE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise OutputError("The chart cannot be made an image; try again.") from error
    return done.stdout


def register_fonts(words: str, folder: Path) -> None:
    """Give the converter the fonts of the pages that a text names, with the signs of that text.

    Once in a process: the files are read whenever an image is made, and of two registered fonts of one name the first
    one counts.
    """
    import vl_convert

    fonts.write_weights([family for family in fonts.FILES if family in words], words, folder)
    vl_convert.register_font_directory(str(folder))


def to_svg(chart: dict[str, Any]) -> str:
    """The image of a whole specification; the fonts of its texts are named in it, not contained."""
    import vl_convert

    # no address is allowed: all data are inside
    return vl_convert.vegalite_to_svg(chart, allowed_base_urls=[])


def with_fonts(svg: str, words: str) -> str:
    """The image including the fonts for the signs of a text, so that any browser draws it alike."""
    rules = " ".join(fonts.font_face(family, words) for family in fonts.FILES if family in svg)
    head, end, drawn = svg.partition(">")
    return f"{head}{end}<style>{escape(rules, quote=False)}</style>{drawn}"


def to_png(svg: str) -> bytes:
    """The same image in pixels."""
    import vl_convert

    return vl_convert.svg_to_png(svg, scale=SCALE)


def _lines(text: str, size: int) -> list[str]:
    return textwrap.wrap(text, int(WIDTH / (LETTER * size)))


def main() -> None:
    """Read a specification in JSON and write its image."""
    chart = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="bowlab-fonts-") as folder:
        words = json.dumps(chart, ensure_ascii=False)
        register_fonts(words, Path(folder))
        svg = to_svg(chart)
        image = to_png(svg) if sys.argv[1] == "png" else with_fonts(svg, words).encode()
    sys.stdout.buffer.write(image)


if __name__ == "__main__":
    main()
