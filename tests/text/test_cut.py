import sys
from operator import add
from time import process_time

import pyarrow as pa
import pytest

from bowcore.recipe.recipe import Recipe
from bowcore.text import cut
from bowcore.text.cut import gaps, with_spaces, words_of
from bowcore.text.units import number_units
from bowcore.trace.lineage import trace


@pytest.fixture
def without_icu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "has_dictionaries", lambda: False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # cut by hand
        ("我喜欢音乐。", "我 喜欢 音乐 。"),
        ("政府宣布了新措施，股市大幅上涨。", "政府 宣布 了 新 措施 ， 股市 大幅 上涨 。"),
        ("学生は学校で本を読む。", "学生 は 学校 で 本 を 読む 。"),
        ("エネルギー価格", "エネルギー 価格"),
        ("รัฐบาลประกาศลดราคาพลังงาน", "รัฐบาล ประกาศ ลด ราคา พลังงาน"),
        ("ฉันชอบฟังเพลง", "ฉัน ชอบ ฟัง เพลง"),
        # scripts with spaces, in the same text too
        ("정부는 화요일 발표했다.", "정부는 화요일 발표했다."),
        ("AT&T在中国 state-of-the-art", "AT&T 在 中国 state-of-the-art"),
        ("I love 音楽!", "I love 音楽 !"),
        ("دولت اعلام کرد می\u200cخواهم", "دولت اعلام کرد می\u200cخواهم"),
        ("हिन्दी का समाचार", "हिन्दी का समाचार"),
        ("", ""),
    ],
)
def test_words_are_those_that_a_reader_cuts(text: str, expected: str) -> None:
    assert words_of(text) == expected.split()


def test_nothing_of_a_text_is_lost_or_added() -> None:
    text = "我喜欢音乐 and AT&T在中国，iPhone12手机😀很好𠀀𠀁吧。ภาษาไทย ๑๒\u3000終わり"
    assert "".join(words_of(text)) == "".join(text.split())


@pytest.mark.parametrize(
    "text", ["我喜欢音乐 and AT&T在中国😀很好𠀀𠀁吧。ไป ตลาด\u3000終わり", "  我 去", "plain words", ""]
)
def test_words_and_their_gaps_are_the_text(text: str) -> None:
    words = words_of(text)
    assert "".join(map(add, gaps(text, words), words)).strip() == " ".join(text.split())


def test_words_that_are_not_those_of_the_text_are_parted_by_spaces(without_icu: None) -> None:
    assert gaps("北京大学", words_of("北京大学")) == ["", " ", " "]
    assert gaps("我喜欢音乐", ["我", "爱", "音乐"]) == ["", " ", " "]


def test_without_icu_every_two_neighbours_are_a_word(without_icu: None) -> None:
    assert words_of("北京大学 a 一") == ["北京", "京大", "大学", "a", "一"]
    assert words_of("我用AT&T") == ["我用", "AT&T"]
    assert words_of("ที่นี่") == ["ที่นี่"]  # marks stay with their letters


def test_no_text_is_left_as_one_word() -> None:
    texts = pa.array(["政府周二宣布了降低能源价格的新措施。", None, "plain"], pa.string())
    assert len(with_spaces(texts)[0].as_py().split()) > 8
    assert with_spaces(texts)[1:].to_pylist() == [None, "plain"]


def test_the_share_that_is_cut_is_reported_between_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pa.array(["我喜欢", "plain", "音乐很好", None, "我去", "他来了", "好吃"], pa.large_string())
    whole, shares = with_spaces(texts), []
    monkeypatch.setattr(cut, "BATCH", 2)
    assert with_spaces(texts, shares.append) == whole
    assert shares == [2 / 5, 4 / 5, 1.0]


def test_words_are_numbered_however_they_are_written() -> None:
    texts = pa.array(["我喜欢音乐", "音乐 我喜欢"], pa.large_string())
    assert number_units(with_spaces(texts)).types.to_pylist() == ["我", "喜欢", "音乐"]


def test_an_own_sentence_is_followed_word_by_word() -> None:
    traced = trace("我喜欢音乐 tea", Recipe().change(stop_words="spacy", language="zh"))
    assert [(unit.unit, tuple(term.term for term in unit.terms)) for unit in traced.units] == [
        ("我", ()),
        ("喜欢", ("喜欢",)),
        ("音乐", ("音乐",)),
        ("tea", ("tea",)),
    ]


def test_a_megabyte_of_chinese_is_cut_within_two_seconds() -> None:
    text = "政府周二宣布了降低能源价格的新措施。我喜欢在北京大学学习自然语言处理，股市今天大幅上涨。"
    texts = pa.array([text * 5] * 1_700, pa.string())
    assert texts.nbytes > 1_000_000
    before = process_time()
    with_spaces(texts)
    assert process_time() - before < 2  # 25 MB within a minute asks for 2.4; it takes 0.07


def test_texts_of_other_scripts_do_not_import_icu() -> None:
    import subprocess

    code = (
        "import sys, pyarrow as pa; from bowcore.text.cut import with_spaces; "
        "with_spaces(pa.array(['café', 'мир'])); print('icu4py' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
