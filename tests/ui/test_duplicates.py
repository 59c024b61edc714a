import re

from ui.data.duplicates import beside


def marked(text: str) -> list[str]:
    """The words that are marked."""
    return [word for part in re.findall(r"<span[^>]*>(.*?)</span>", text) for word in part.split()]


def plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text)


def test_words_that_stand_otherwise_beside_are_marked_on_either_side() -> None:
    one, other = ["rain", "fell", "in", "Leeds", "on", "Monday"], ["rain", "fell", "on", "Tuesday"]
    assert marked(beside(one, other)) == ["in", "Leeds", "Monday"]
    assert marked(beside(other, one)) == ["Tuesday"]
    assert plain(beside(one, other)) == "rain fell in Leeds on Monday"


def test_equal_texts_have_no_mark() -> None:
    assert marked(beside(["same", "words"], ["same", "words"])) == []


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    shown = beside(["<script>", "&amp;", "a"], ["a", "<b>"])
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "&amp;amp;" in shown
