import unicodedata
from time import process_time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.text.repair import REPAIRS, repair
from tests.laws import examples


def mended(*texts: str) -> list[str]:
    return repair(pa.array(texts, pa.large_string())).to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Canada #39;s", "Canada's"),
        ("Canada&#39;s", "Canada's"),
        ("Canada &#039;s", "Canada's"),
        ("the players #39; union", "the players' union"),
        ("don’t and ‘so’", "don't and 'so'"),
        ("AT amp;T", "AT&T"),
        ("AT #38;T", "AT&T"),
        ("AT&amp;T", "AT&T"),
        ("salt &amp; pepper", "salt & pepper"),
        ("second\\team", "second team"),
        ("first\\\\second", "first second"),
        ("&lt;b&gt;bold&lt;/b&gt;", " bold "),
        ('see lt;A HREF="x"gt;here lt;/A gt;.', "see  here  ."),
        ("<p>plain</p>", " plain "),
        ("<p>with a leftover</p>&nbsp;", " with a leftover  "),
        ("cost #36;46", "cost $46"),
        (" #36;46", " $46"),
        ("&quot;Hello&quot; quot;there quot;", '"Hello" "there "'),
        ("“Hello”", '"Hello"'),
        ("#34;Hello#147;", '"Hello"'),
        ("a&nbsp;b nbsp;c #160;d", "a b  c  d"),
        ("war #151;peace", "war - peace"),
        ("war &mdash;peace", "war - peace"),
        ("more hellip;", "more  "),
        ("&#8217;tis", "'tis"),
        ("ha &#128514; &#x1F602; #128514;", "ha 😂 😂 😂"),
        ("caf&eacute; caf&#233; caf&#xE9;", "café café café"),
        ("it&#x27;s &#x3C;b&#x3E;bold", "it's  bold"),
        ("Ann\x92s \x93tea\x94\x85 5 \x80", 'Ann\'s "tea"  5 €'),
        ("bell\x07 and nought\0", "bell  and nought "),
        ("co\xadop \ufeffword \u202dleft me\u2060lon", "coop word left melon"),
        ("lamp\u200bshade", "lamp shade"),
        ("می\u200cخواهم क्\u200dष \u200cAuf\u200clage", "می\u200cخواهم क्\u200dष Auflage"),
        ("cafe\u0301 at 5 \u212b", "café at 5 Å"),
        ("❤\ufe0f 👩\u200d🚀", "❤ 👩🚀"),
    ],
)
def test_a_leftover_is_mended(text: str, expected: str) -> None:
    assert mended(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a; b",
        "C#39 is not an entity?",
        "C#39, and; no entity",
        "R&D",
        "R&D; more",
        "5 < 6 and 7 > 3",
        "5 < 6; 7 > 3",
        "salt; malt; halt;",
        "damp; camp; swamp;",
        "#139; and #390; are others",
        "lost \ufffd stays",
        "&nosuchname; and &notit;",
        "e" + "\u0301" * 31,
        "quote; unquoted;",
        "it's 'plain' \"text\"",
        "日本; 😀;",
    ],
)
def test_a_text_without_leftovers_stays_untouched(text: str) -> None:
    assert mended(text) == [text]


def test_each_text_is_mended_by_itself_and_in_its_place() -> None:
    texts = ["plain", "AT amp;T", "", "a\\b", "plain too"]
    assert mended(*texts) == ["plain", "AT&T", "", "a b", "plain too"]
    assert mended(*texts) == [mended(text)[0] for text in texts]
    assert mended() == []


def test_every_repair_names_one_of_the_kinds_that_a_page_lists() -> None:
    kinds = {kind for kind, _, _ in REPAIRS}
    assert kinds == {"mark-up", "apostrophes", "quotation marks", "dashes", "signs", "spaces", "glued words"}


CLEAN = st.text(
    st.characters(codec="utf-8", exclude_characters=";\\<>‘’“”", exclude_categories=("Cc", "Cf", "Cn", "Mn")),
    max_size=40,
)


@examples(60)
@given(st.lists(CLEAN, min_size=1, max_size=6))
def test_a_text_without_a_suspect_sign_is_composed_and_else_unchanged(texts: list[str]) -> None:
    assert mended(*texts) == [unicodedata.normalize("NFC", text) for text in texts]


def test_a_very_long_run_of_marks_is_left_in_linear_time() -> None:
    zalgo = "a" + "\u0301\u0323" * 250_000  # the composed form takes minutes to sort them
    began = process_time()
    assert mended(zalgo) == [zalgo]
    assert process_time() - began < 5


def test_a_very_long_text_is_mended() -> None:
    assert mended("<" * 50_000 + ";", "a\\" * 50_000) == ["<" * 50_000 + ";", "a " * 50_000]
