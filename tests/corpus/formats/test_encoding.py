import codecs

import pytest

from bowcore.corpus.formats.encoding import decode
from bowcore.errors import CorpusError

SENTENCES = {
    "french": "Où l’élève naïf préférait les crêpes à l’été, ça ira bientôt.",
    "german": "Die Straße war schön, größer als früher; Äpfel übrigens auch.",
    "polish": "Zażółć gęślą jaźń, proszę państwa, łąka żółta.",
    "russian": "Сегодня хорошая погода, мы пошли гулять в парк.",
    "greek": "Σήμερα έχει καλό καιρό και πήγαμε βόλτα στο πάρκο.",
    "turkish": "Bugün hava çok güzel, şehirde ağaçların altında yürüdük.",
    "hebrew": "היום מזג האוויר נעים והלכנו לטייל בפארק.",
    "arabic": "الطقس جميل اليوم وذهبنا إلى الحديقة.",
    "japanese": "今日は天気がいいので、公園へ散歩に行きました。",
    "chinese": "今天天气很好，我们去公园散步。",
    "korean": "오늘은 날씨가 좋아서 공원에 갔습니다.",
}
WIDE = ("french", "russian", "arabic", "japanese")


def table(sentence: str) -> str:
    return "text,label\n" + "".join(f"{sentence} {i},{'ab'[i % 2]}\n" for i in range(40))


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *((language, encoding) for language in SENTENCES for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")),
        *((language, f"utf-{size}-{end}") for language in WIDE for size in (16, 32) for end in ("le", "be")),
        ("french", "cp1252"),
        ("german", "latin-1"),
        ("german", "cp1252"),
        ("polish", "cp1250"),
        ("polish", "iso8859-2"),
        ("russian", "cp1251"),
        ("russian", "koi8-r"),
        ("russian", "iso8859-5"),
        ("russian", "cp866"),
        ("greek", "cp1253"),
        ("greek", "iso8859-7"),
        ("turkish", "cp1254"),
        ("hebrew", "cp1255"),
        ("arabic", "cp1256"),
        ("arabic", "iso8859-6"),
        ("japanese", "shift_jis"),
        ("japanese", "euc_jp"),
        ("japanese", "iso2022_jp"),
        ("chinese", "gb18030"),
        ("chinese", "big5"),
        ("korean", "euc_kr"),
    ],
)
def test_a_table_is_read_in_the_encoding_that_it_was_written_in(language: str, encoding: str) -> None:
    text = table(SENTENCES[language].replace("好，我们", "好，") if encoding == "big5" else SENTENCES[language])
    raw = text.encode(encoding, "ignore")
    source, found = decode("a.csv", raw)
    assert source.decode() == raw.decode(encoding)
    assert found.n_broken == 0
    assert decode("a.csv", raw, encoding)[0] == source


def test_the_words_that_decide_are_shown() -> None:
    _, found = decode("a.csv", table("Ann’s café costs £5").encode("cp1252"))
    assert (found.name, found.how) == ("windows-1252", "guessed")
    assert set(found.words) == {"Ann’s", "café", "£5"}
    assert found.n_words == 120
    assert found.sentence.startswith("Not UTF-8: read as windows-1252, because it fits best: “")
    assert "(120 such words)" in found.sentence


def test_words_of_marks_and_signs_alone_are_no_evidence() -> None:
    _, found = decode("a.csv", table("ذَٰلِكَ ۛ ۖ فِيهِ ： 、").encode())
    assert set(found.words) == {"ذَٰلِكَ", "فِيهِ"}


def test_the_signs_of_a_format_are_no_part_of_its_words() -> None:
    _, found = decode("a.jsonl", '{"text": "un café noir", "label": "naïf"}\n'.encode() * 20)
    assert set(found.words) == {"café", "naïf"}


def test_nothing_is_said_of_plain_ascii() -> None:
    assert decode("a.csv", table("plain words").encode())[1].sentence == ""


@pytest.mark.parametrize("sparse", ["Ann’s tea", "£5 a cup", "crème brûlée", "Malmö", "niño", "5 €", "ação"])
def test_a_few_western_words_among_many_plain_ones_are_windows_1252(sparse: str) -> None:
    lines = "".join(f"plain words {i} {sparse if i % 10 == 0 else ''},{'ab'[i % 2]}\n" for i in range(200))
    assert decode("a.csv", lines.encode("cp1252"))[0].decode() == lines


def test_a_file_of_utf_8_with_few_broken_signs_stays_utf_8_and_says_so() -> None:
    raw = table("le café est à l’été").encode() + b"caf\xe9 1,a\n"
    source, found = decode("a.csv", raw)
    assert (found.name, found.n_broken) == ("utf-8", 1)
    assert source.decode().endswith("caf� 1,a\n")
    assert "1 signs are broken" not in found.sentence and "1 sign is broken" in found.sentence


def test_an_encoding_that_is_asked_for_must_exist_and_fit() -> None:
    with pytest.raises(CorpusError, match="no encoding 'klingon'"):
        decode("a.csv", b"tea", "klingon")
    with pytest.raises(CorpusError, match=r"Line 2 of a\.csv is not utf-8 \(byte 0xe9\)"):
        decode("a.csv", b"tea\ncaf\xe9", "utf-8")
    assert decode("a.csv", codecs.BOM_UTF8 + b"tea", "utf-8")[0] == b"tea"
