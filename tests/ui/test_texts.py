"""Texts for Markdown."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.names import visible
from bowcore.people import Person, acting
from ui.texts import in_html, isolated, plain, readable, sentence, unbroken

JOINER = "\N{WORD JOINER}"
MARKS = "\\`*_{}[]()<>#+-.!|~$:&"


@given(st.text(max_size=200) | st.text(alphabet=MARKS + "ab ", max_size=50))
@example("https://bread.example www.bread.example WWW.bread.example baker@bread.example")
@example("<img src=x> [a](http://b) $x$ :red[b] &lt;")
def test_corpus_text_in_markdown_stands_for_itself(text: str) -> None:
    shown = plain(text)
    every_mark_is_escaped = re.fullmatch(f"(?:\\\\[{re.escape(MARKS)}]|[^{re.escape(MARKS)}])*", shown, re.DOTALL)
    assert every_mark_is_escaped
    read = re.sub(r"\\(.)", r"\1", shown, flags=re.DOTALL)
    read = read[1:-1] if isolated(text) != text else read
    assert read.replace(JOINER, "") == visible(text)
    # the two patterns by which mdast-util-gfm-autolink-literal finds addresses
    assert not re.search(r"(https?://|www(?=\.))[-.\w]+", read, re.IGNORECASE | re.ASCII)
    assert not re.search(r"[-.\w+]+@[-\w]+(\.[-\w]+)+", read, re.ASCII)


@pytest.mark.parametrize(
    "text",
    [":material/delete:", ":streamlit:", ":dog:", "->", "a <-> b", "-- a", "a >= b", ":material_delete:", ":+1:"],
)
def test_no_name_is_an_icon_a_logo_an_emoji_an_arrow_or_a_dash(text: str) -> None:
    # the patterns of Streamlit 1.67 and remark-emoji, which are looked for after escapes are read
    pictures = r":material/[a-z0-9_]+:|:material_\w+:|:streamlit:|:[\w+-]+:|(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)"
    assert re.search(pictures, text)
    for escape in (plain, sentence):
        read = re.sub(r"\\(.)", r"\1", escape(text))
        assert not re.search(pictures, read)
        assert read.replace(JOINER, "") == text


def test_controls_are_seen() -> None:
    for escape in (plain, sentence):
        assert escape("evil\u202elave\x1b\n# head") == r"evil⟨U\+202E⟩lave␛␊\# head"


def test_tf_idf_is_read_the_same_and_never_parted_escaped_or_not() -> None:
    for written in ("**TF-IDF 20,000** · counts", f"Count → {plain('TF-IDF')}."):
        joined = unbroken(written)
        assert joined.replace("\N{WORD JOINER}", "") == written
        assert joined.count("\N{WORD JOINER}") == 2
    assert unbroken("state-of-the-art") == "state-of-the-art"


def test_a_sentence_with_names_from_right_to_left_is_read_from_left_to_right() -> None:
    first = "\N{FIRST STRONG ISOLATE}"
    assert sentence("النوع, السورة.") == f"{first}النوع\u2069, {first}السورة\u2069\\."
    assert sentence("a_b costs $1") == r"a\_b costs \$1"


def test_text_that_is_read_from_right_to_left_is_isolated_and_other_text_is_left_alone() -> None:
    for text in ("12 قطط", "שלום, 3!"):
        assert isolated(text) == f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
        assert plain(text)[0] == "\N{FIRST STRONG ISOLATE}"
    for text in ("", "rain", "naïve 猫", "Η γάτα"):
        assert isolated(text) == text


def test_guests_read_no_folder_of_the_server_in_a_sentence(bowlab_home: Path) -> None:
    said = f"{bowlab_home}/artefacts cannot be written."
    assert str(bowlab_home) in re.sub(r"\\(.)", r"\1", sentence(said))
    with acting(Person("ann")):
        assert re.sub(r"\\(.)", r"\1", sentence(said)) == "the server's folder/artefacts cannot be written."


def test_words_of_a_text_stand_as_written_but_for_signs_that_turn_a_line_or_command_a_terminal() -> None:
    assert readable("one\ntwo\u202eeerht \x1b[31m") == "one\ntwo⟨U+202E⟩eerht ␛[31m"
    arabic = "\u200fكتاب\u200c ها"
    assert readable(arabic) == arabic, "marks that scripts use stay"
    assert in_html("<b>\u2066&") == "&lt;b&gt;⟨U+2066⟩&amp;"
