"""A report as one HTML file that needs no network: text, tables, charts, Vega, fonts."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bowcore.names import in_order
from charts import fonts
from charts.image import INVITATION, sized
from charts.palette import DARK, LIGHT
from report.facts import Facts
from report.parts import Figure
from report.sections import headline, sections

DRAW = """
"use strict";
document.fonts.load("13px 'Source Sans'").then(async () => {
  for (const host of document.querySelectorAll(".chart")) {
    const chart = JSON.parse(document.getElementById("chart-" + host.dataset.chart).textContent);
    await vegaEmbed(host, chart, { actions: false, ast: true, renderer: "svg", defaultStyle: false, logLevel: 1 });
  }
  document.documentElement.dataset.drawn = "yes";
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(part => { part.open = true; }));
"""
"""Draws every chart, in both themes: the one that shows is chosen by the style, so that a print is always light.

Expressions are interpreted, not compiled, so that the policy need not allow `eval`.
"""


class Charts:
    """The specifications of a report's charts, as JSON that no closing tag can end."""

    def __init__(self) -> None:
        self.written: list[Markup] = []

    def add(self, figure: Figure, theme: str) -> int:
        """Number of the specification of a figure in a theme, `light` or `dark`."""
        drawing, palette = figure.drawing, LIGHT if theme == "light" else DARK
        drawn = drawing if drawing.redraw is None else drawing.redraw(palette)
        chart = sized(drawn.specification())
        chart.pop("title", None)
        self.written.append(_json(chart))
        return len(self.written) - 1


def render(facts: Facts, bundle: str) -> str:
    """The whole file; equal facts give equal files.

    Args:
        facts: All that it says.
        bundle: Vega, Vega-Lite and Vega-Embed in JavaScript.
    """
    folder = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["in_order"] = in_order
    environment.filters["note"] = lambda note: INVITATION.sub("", note).strip()
    template = environment.get_template("page.html.jinja")
    scripts = [script.replace("</script", "<\\/script").replace("<!--", "<\\!--") for script in (bundle, DRAW)]

    page = template.render(
        title=f"Report on {facts.answer.corpus.provenance.title}",
        headline=headline(facts),
        sections=sections(facts),
        charts=Charts(),
        policy=_policy(scripts),
        light=LIGHT,
        dark=DARK,
        bundle=Markup(scripts[0]),
        draw=Markup(scripts[1]),
    )
    # cut from the fonts are the signs of the page itself
    words = "".join(sorted(set(page.replace(scripts[0], ""))))
    faces = "\n".join(fonts.font_face(family, words) for family in fonts.FILES)
    return page.replace("<style>", f"<style>\n{faces}", 1)


def _policy(scripts: list[str]) -> str:
    """No network, no script but these, no form."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _json(value: dict[str, Any]) -> Markup:
    written = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(written)
