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
from charts.drawing import Drawing, heading
from charts.palette import LIGHT

Form = Literal["svg", "png"]
WIDTH, HEIGHT = 720, 320  # px: an image's width, and the height of a chart that fills its card
SCALE = 2.5  # pixels of a PNG for each px: 300 dots per inch at 15 cm
LETTER = 0.5  # of the type size: average width of a letter
PATIENCE = 120  # seconds for one image on a busy machine
_TURN = threading.BoundedSemaphore(2)  # a class that saves its charts at once must not start thirty processes
INVITATION = re.compile(r"\s*\bClick [^.]*\.")
"""Sentence of a note that means nothing on paper."""


def specification(drawing: Drawing) -> dict[str, Any]:
    """The whole chart in Vega-Lite, in the light theme on white, with its title in lines and a size."""
    drawn = drawing if drawing.redraw is None else drawing.redraw(LIGHT)
    chart = drawn.specification()
    words = drawn.title
    finding = heading(drawn.finding)["text"]
    title = words.get("text", finding)
    notes = [] if title == finding else [finding]
    notes.append(INVITATION.sub("", words.get("subtitle", "")).strip())
    size = LIGHT.font_size
    lines = {"text": _lines(title, size + 2), "subtitle": [line for note in notes for line in _lines(note, size)]}
    framed = sized(chart) | {"title": {name: some for name, some in lines.items() if some}, "padding": 12}
    return framed | {"background": "#ffffff", "config": chart.get("config", {}) | {"background": "#ffffff"}}


def sized(chart: dict[str, Any]) -> dict[str, Any]:
    """A specification with a width of its own, in place of that of its container."""
    size = {"width": WIDTH, "height": chart.get("height", HEIGHT)}
    return chart | size | {"autosize": {"type": "fit-x", "contains": "padding"}}


def convert(drawing: Drawing, form: Form) -> bytes:
    """The image, made in a process of its own.

    Raises:
        OutputError: It cannot be made.
    """
    return _in_own_process(form, json.dumps(specification(drawing)))


def bundle() -> str:
    """Vega as one script for a page, the same at every call: it defines `vegaEmbed`.

    Raises:
        OutputError: It cannot be made.
    """
    return _in_own_process("bundle", "{}").decode()


def _in_own_process(what: str, words: str) -> bytes:
    root = str(Path(charts.__file__).parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    with _TURN:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "charts.image", what],
                input=words.encode(),
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
    """Read a specification in JSON and write its image; or write the bundle."""
    import vl_convert

    chart = json.load(sys.stdin)
    if sys.argv[1] == "bundle":
        sys.stdout.buffer.write(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").encode())
        return
    with tempfile.TemporaryDirectory(prefix="bowlab-fonts-") as folder:
        words = json.dumps(chart, ensure_ascii=False)
        register_fonts(words, Path(folder))
        svg = to_svg(chart)
        image = to_png(svg) if sys.argv[1] == "png" else with_fonts(svg, words).encode()
    sys.stdout.buffer.write(image)


if __name__ == "__main__":
    main()
