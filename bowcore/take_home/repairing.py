"""Code that repairs leftovers of web pages, from the tables of `bowcore.text.repair` and `bowcore.text.characters`."""

from __future__ import annotations

from bowcore.take_home.signs import Signs
from bowcore.text.characters import _LISTED, _LISTED_NAMES, CONTROL, ENTITY, INVISIBLE
from bowcore.text.repair import REPAIRS

REPAIR_IMPORTS = ("import html", "import re", "import unicodedata", "from html.entities import html5")


def _class(pattern: str) -> str:
    """A class of characters as ASCII text for a regular expression."""
    return pattern.encode("unicode_escape").decode().replace("\\\\", "\\")


_ROWS = [f"({pattern!r}, {replacement!r})" for _, pattern, replacement in REPAIRS]
_TABLE = "REPAIRS = [" + ", ".join(_ROWS) + "]"
_CODE = f'''\
{_TABLE}
KEEP, NAMES = {sorted(_LISTED)!r}, {sorted(_LISTED_NAMES)!r}
def entity(found):
    text, name = found[0], found[0].strip("&#;")
    if not text.lstrip("&").startswith("#"):
        return text if name in NAMES or f"{{name}};" not in html5 else html5[f"{{name}};"]
    number = int(name[1:], 16) if name[0] in "xX" else int(name)
    return html.unescape(f"&#{{number}};") if number not in KEEP else f"&#{{number}};" if name[0] in "xX" else text
def control(found):  # what Windows-1252 has in its place
    meant = found[0].encode("latin-1").decode("windows-1252", "replace")
    return " " if found[0] < "\\x80" or meant in "\\ufffd…" else meant
def repair(text):
    text = re.sub("{_class(CONTROL)}", control, re.sub(r"{ENTITY}", entity, text))
    text = re.sub(STRAY, lambda found: " " if found[0] == "\\u200b" else "", text)
    text = unicodedata.normalize("NFC", text)
    for pattern, meant in REPAIRS:
        text = re.sub(f"(?a){{pattern}}", meant, text)
    return text'''


def repair_code(signs: Signs) -> str:
    """Code of `repair`; joiners that belong to their words stay, which need `joining_lines`."""
    stray = f'f"{{STRAY}}{_class(INVISIBLE)}"' if signs.has_joiners else f'"{_class(INVISIBLE)}"'
    return _CODE.replace("STRAY", stray)
