import re

from ui.data.duplicates import marked_differences


def marked(text: str) -> list[str]:
    """The words that are marked."""
    return [word for part in re.findall(r"<span[^>]*>(.*?)</span>", text) for word in part.split()]


def plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text)


def test_words_that_differ_are_marked_in_both_texts() -> None:
    one, other = "rain fell  in Leeds on\nMonday", "rain fell on Tuesday"
    assert marked(marked_differences(one, other.split())) == ["in", "Leeds", "Monday"]
    assert marked(marked_differences(other, one.split())) == ["Tuesday"]
    assert plain(marked_differences(one, other.split())) == "rain fell in Leeds on Monday"


def test_words_without_spaces_between_them_are_compared_and_shown_as_written() -> None:
    shown = marked_differences("我喜欢音乐 and tea", ["我", "喜欢", "电影", "and", "tea"])
    assert marked(shown) == ["音乐"]
    assert plain(shown) == "我喜欢音乐 and tea"


def test_equal_texts_have_no_mark() -> None:
    assert marked(marked_differences("same words", ["same", "words"])) == []


def test_markup_in_a_text_is_shown_as_text() -> None:
    shown = marked_differences("<script> &amp; a", ["a", "<b>"])
    assert "<script>" not in shown and "&lt;script&gt;" in shown and "&amp;amp;" in shown
