"""Texts and class names from right to left: every sentence and option of the pages keeps its order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle, islice

import pytest
from streamlit.testing.v1 import AppTest

from bowcore.recipe.recipe import Recipe
from bowcore.store.own_files import keep_file
from tests.pages.opening import open_page

OPEN, CLOSE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
LETTER = "[\u0590-\u05ff]"
ISOLATED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
CLASSES = {
    "ספורט": ["הקבוצה ניצחה במשחק אתמול", "השחקן כבש שער בדקה האחרונה", "המאמן שיבח את השחקנים"],
    "כלכלה חדשה": ["הבנק העלה את הריבית שוב", "מחירי הדירות ירדו השנה", "החברה דיווחה על הפסד גדול"],
    "מזג אוויר": ["מחר צפוי גשם בצפון הארץ", "הטמפרטורות יעלו בסוף השבוע", "רוחות חזקות לאורך החוף"],
}


def hebrew() -> str:
    lines = [
        f"{text}, {i}\t{name}" for name, texts in CLASSES.items() for i, text in enumerate(islice(cycle(texts), 20))
    ]
    return keep_file("own.tsv", "\n".join(["text\tlabel", *lines]).encode())


def strings(app: AppTest) -> Iterator[str]:
    """Everything on a page that Streamlit draws in one line of its own direction, from left to right."""
    for kind in ("markdown", "caption", "error", "warning", "info", "success", "metric"):
        yield from (str(one.value) for one in getattr(app, kind))
    for kind in ("selectbox", "multiselect", "button_group"):
        yield from (str(option) for box in getattr(app, kind) for option in box.options)
    for kind in ("button", "selectbox", "text_input"):
        yield from (str(one.label) for one in getattr(app, kind))


def out_of_order(text: str) -> bool:
    """Whether names from right to left and words from left to right of this text may change places."""
    if not re.search(LETTER, text) or not re.search("[A-Za-z0-9]", text):
        return False
    mixed = [part for part in ISOLATED.findall(text) if re.search(LETTER, part) and re.search("[A-Za-z]", part)]
    return bool(mixed or re.search(LETTER, ISOLATED.sub("", text)))


def test_a_text_out_of_order_would_be_seen() -> None:
    assert out_of_order("true ספורט, predicted כלכלה: 3")
    assert out_of_order(f"{OPEN}ספורט article 5{CLOSE}")
    assert not out_of_order(f"true {OPEN}ספורט{CLOSE}, predicted {OPEN}כלכלה{CLOSE}: 3")
    assert not out_of_order("ספורט") and not out_of_order("article 5")


@pytest.mark.parametrize(
    ("file", "state"),
    [
        ("playground.py", {}),
        ("data.py", {"data_view": "Overview"}),
        ("data.py", {"data_view": "Articles"}),
        ("words.py", {"words_view": "Typical words"}),
        ("words.py", {"words_view": "Word list"}),
        ("preprocessing.py", {"preprocessing_view": "Words"}),
        ("preprocessing.py", {"preprocessing_view": "Matrix", "matrix_panel": "Word groups"}),
        ("training.py", {}),
        ("confusion.py", {}),
    ],
)
def test_names_from_right_to_left_leave_the_words_around_them_in_order(file: str, state: dict[str, str]) -> None:
    recipe = Recipe().change(corpus=hebrew(), language="he", possessives=False)
    app = open_page(file, recipe, **state)
    assert [error.message for error in app.exception] == []
    assert any(re.search(LETTER, text) for text in strings(app)), "no name is on the page"
    assert [text for text in strings(app) if out_of_order(text)] == []
