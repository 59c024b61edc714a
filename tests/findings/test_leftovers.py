"""Leftovers against plain regular expressions over pandas, on lines written for these tests."""

from __future__ import annotations

import re
import time
import unicodedata

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.corpus.split import Documents, SealedTest, Split
from bowcore.findings.leftover_kinds import Finding, entity_names, kinds, matches, spans
from bowcore.findings.leftover_words import find_decomposed, find_glued_words
from bowcore.findings.leftovers import Leftovers, find_leftovers
from bowcore.text.repair import repair
from tests.laws import examples
from tests.small_corpora import SMALL_CORPORA

TEXTS = [
    "The baker #39;s bread &lt;b&gt;rises&lt;/b&gt; at dawn",
    "A quot;freshquot; loaf and butter; bread too",
    "Salt amp; pepper, and bread #39;n #39;butter",
    "The oven cooled.Then the bread came\\out",
    "Read more at http://example.org/bread?x=1 or www.example.org today",
    "Nothing odd here; and; bread stays",
    "<i>Bread</i> in 3 < 5 shops",
]
LABELS = [0, 0, 1, 1, 0, 1, 0]


def documents(texts: list[str], labels: list[int]) -> Documents:
    table = pa.table({"title": pa.array(texts, pa.large_string()), "body": pa.array([""] * len(texts))})
    return Documents(np.arange(len(texts)), table, np.array(labels, dtype=np.int32))


def split_of(labels: list[int], n_train: int, names: tuple[str, ...]) -> Split:
    train = documents([""] * n_train, labels[:n_train])
    rest = documents([""] * (len(labels) - n_train), labels[n_train:])
    return Split(train, rest, SealedTest(documents([], []), len(names), train), names)


def found(
    texts: list[str], labels: list[int], n_train: int | None = None, names: tuple[str, ...] = ("a", "b")
) -> Leftovers:
    split = split_of(labels, len(texts) if n_train is None else n_train, names)
    return find_leftovers(pa.array(texts, pa.large_string()), split)


def counts(leftovers: Leftovers) -> dict[str, int]:
    return {finding.kind: finding.n_articles for finding in leftovers.findings}


def test_each_kind_is_counted_by_hand() -> None:
    assert counts(found(TEXTS, LABELS)) == {
        "entity": 1,
        "entity without its &": 3,
        "mark-up": 2,
        "backslash": 1,
        "glued sentences": 1,
        "web address": 1,
    }


def test_fragments_count_articles_and_have_a_meaning() -> None:
    table = found(TEXTS, LABELS).finding("entity without its &").fragments.set_index("fragment")
    assert table["articles"].to_dict() == {"#39;": 2, "amp;": 1, "quot;": 1}
    assert table["meaning"].to_dict() == {"#39;": "'", "amp;": "&", "quot;": '"'}


def test_shares_by_class_and_split_are_those_of_pandas() -> None:
    leftovers = found(TEXTS, LABELS, n_train=4)
    frame = pd.DataFrame({"text": TEXTS, "label": LABELS, "training": [True] * 4 + [False] * 3})
    frame["hit"] = frame["text"].str.contains(r"(?:^|[^&])(?:#\d+;|\b(?:quot|amp|lt|gt);)")
    by_class = leftovers.by_class()
    mine = by_class[by_class["kind"] == "entity without its &"].set_index("class")
    for label, name in enumerate("ab"):
        assert mine.loc[name, "share"] == pytest.approx(frame.loc[frame["label"] == label, "hit"].mean())
    row = leftovers.table().set_index("kind").loc["entity without its &"]
    assert row["articles"] == frame["hit"].sum()
    assert row["training"] == frame.loc[frame["training"], "hit"].sum()
    assert row["validation"] == frame.loc[~frame["training"], "hit"].sum()
    assert row["share"] == pytest.approx(frame["hit"].mean())


def test_a_word_before_a_semicolon_is_no_entity_though_html_has_its_name() -> None:
    texts = pa.array(["hook and; line", "line and sinker", "bread and butter and tea", "tea quot;timequot;"])
    assert entity_names(texts) == ("quot",)


def test_a_name_that_html_does_not_know_is_no_entity() -> None:
    assert entity_names(pa.array(["he came; she came;"])) == ()


def test_a_joint_of_two_common_words_is_glued_and_a_frequent_name_is_not() -> None:
    plain = ["bread station"] * 10
    glued = find_glued_words(pa.array([*plain, "The breadStation opened", *["PlayStation sells"] * 3, "play play"]))
    assert glued.fragments.to_numpy().tolist() == [["breadStation", 1, "bread Station"]]
    assert glued.positions.tolist() == [10]


def test_glued_greek_words_are_found_by_their_case() -> None:
    texts = [*["ψωμί λιμάνι"] * 10, "το ψωμίΛιμάνι έκλεισε.Μετά άνοιξε"]
    leftovers = found(texts, [0] * 11, names=("a",))
    assert leftovers.finding("glued words").fragments["fragment"].tolist() == ["ψωμίΛιμάνι"]
    assert leftovers.finding("glued sentences").fragments["fragment"].tolist() == ["έκλεισε.Μετά"]


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_clean_lines_of_any_language_contain_no_leftovers(name: str) -> None:
    texts, labels, classes = SMALL_CORPORA[name]()
    leftovers = found(texts, labels, names=classes)
    assert leftovers.findings == ()
    assert leftovers.table().empty and leftovers.by_class().empty


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_one_leftover_is_counted_in_its_class_alone(name: str) -> None:
    texts, labels, classes = SMALL_CORPORA[name]()
    leftovers = found([*texts, "x #39;s"], [*labels, labels[-1]], names=classes)
    by_class = leftovers.by_class().set_index("class")
    assert counts(leftovers) == {"entity without its &": 1}
    assert by_class["articles"].to_dict() == {label: int(label == classes[labels[-1]]) for label in classes}
    assert by_class.loc[classes[labels[-1]], "share"] == pytest.approx(1 / (labels.count(labels[-1]) + 1))


def test_a_class_without_open_articles_has_no_share() -> None:
    by_class = found(["x #39;s"], [0], names=("a", "empty")).by_class().set_index("class")
    assert by_class.loc["a", "share"] == 1 and np.isnan(by_class.loc["empty", "share"])


def test_repair_leaves_no_entity_mark_up_or_backslash() -> None:
    mended = repair(pa.array(TEXTS, pa.large_string())).to_pylist()
    assert counts(found(mended, LABELS)).keys() == {"glued sentences", "web address"}


FRAGMENTS = st.sampled_from(
    [
        "#39;",
        "&#39;",
        " quot;",
        "&lt;",
        "lt;b&gt;",
        "amp;",
        "<b>",
        "</b>",
        "\\",
        "a.B",
        "said.The",
        "and;",
        "x",
        " ",
        ";",
        "&",
    ]
)


@examples(80)
@given(st.lists(st.lists(FRAGMENTS, max_size=6).map("".join), min_size=1, max_size=6))
def test_any_texts_are_counted_as_python_counts_them(texts: list[str]) -> None:
    leftovers = found(texts, [0] * len(texts))
    names = "|".join(entity_names(pa.array(texts, pa.large_string()))) or "(?!)"
    expected = {
        "entity": sum(bool(re.search(rf"&(?:#\d+|{names});", text)) for text in texts),
        "backslash": sum("\\" in text for text in texts),
        "entity without its &": sum(bool(re.search(rf"(?:^|[^&])(?:#\d+;|\b(?:{names});)", text)) for text in texts),
    }
    assert {kind: counts(leftovers).get(kind, 0) for kind in expected} == expected


def test_places_in_a_text_are_those_of_its_fragments() -> None:
    text = TEXTS[2]
    (kind,) = [kind for kind in kinds(pa.array(TEXTS)) if kind.name == "entity without its &"]
    assert [text[start:end] for start, end in spans(kind, text)] == matches(kind, text) == ["amp;", "#39;", "#39;"]


def test_entities_side_by_side_are_all_found() -> None:
    text = "gt;gt; bread &gt;gt; #39;#39; && amp;"
    (kind,) = [kind for kind in kinds(pa.array([text])) if kind.name == "entity without its &"]
    places = [(0, 3), (3, 6), (17, 20), (21, 25), (25, 29), (33, 37)]
    assert spans(kind, text) == places
    assert matches(kind, text) == ["gt;", "gt;", "gt;", "#39;", "#39;", "amp;"]


def test_hostile_texts_are_searched() -> None:
    texts = ["", "😀", "a" * 100_000, "<" * 5_000, "aB" * 20_000, "&" * 5_000, "#" * 5_000 + "39;"]
    leftovers = found(texts, [0] * len(texts))
    assert counts(leftovers) == {"entity without its &": 1, "no letter": 4}
    assert all(isinstance(finding, Finding) for finding in leftovers.findings)


def test_a_number_of_thousands_of_digits_is_no_entity() -> None:
    texts = [f"#{'1' * 5_000}; &#{'1' * 5_000};", f"&#x{'a' * 5_000};", "&#0000039; &#x1F600; #39;"]
    leftovers = found(texts, [0] * len(texts))
    assert counts(leftovers) == {"entity": 1, "entity without its &": 1, "no letter": 1}
    fragments = leftovers.finding("entity").fragments.set_index("fragment")["meaning"]
    assert fragments.to_dict() == {"&#0000039;": "'", "&#x1F600;": "😀"}
    assert leftovers.finding("entity without its &").fragments["meaning"].tolist() == ["'"]


DAMAGED = [
    "The caf\ufffd is closed",
    "Ann\x92s \x93tea\x94",
    "co\xadop and \u200bword",
    "ha &#128514;",
    "cafe\u0301 and cafe\u0301 and cafe\u0301s",
    "café again",
    "????",
    "12 ?",
    "",
    "  ",
]


def test_damaged_characters_are_counted_by_hand() -> None:
    leftovers = found(DAMAGED, [0, 1, 0, 1, 0, 1, 1, 0, 0, 0])
    assert counts(leftovers) == {
        "replacement character": 1,
        "control character": 1,
        "invisible character": 1,
        "entity": 1,
        "decomposed letters": 1,
        "no letter": 2,
    }
    rows = {f.kind: f.fragments.to_numpy().tolist() for f in leftovers.findings}
    assert rows["replacement character"] == [["U+FFFD", 1, "a character that was lost"]]
    assert rows["control character"] == [["U+0092", 1, "’"], ["U+0093", 1, "“"], ["U+0094", 1, "”"]]
    assert rows["invisible character"] == [["U+00AD", 1, "soft hyphen"], ["U+200B", 1, "zero width space"]]
    assert rows["entity"] == [["&#128514;", 1, "😂"]]
    assert rows["decomposed letters"] == [["cafe\u0301", 1, "café"], ["cafe\u0301s", 1, "cafés"]]
    assert rows["no letter"] == [["12 ?", 1, ""], ["????", 1, ""]]
    by_class = leftovers.by_class()
    assert by_class[by_class["kind"] == "no letter"]["articles"].tolist() == [1, 1]


def test_words_that_are_not_composed_are_found_at_once_in_many_texts() -> None:
    # Arabic marks of vowels in the order in which they are typed
    texts = pa.array([f"\u0627\u0644\u0644\u0651\u064e\u0647 {i}" for i in range(3_000)], pa.large_string())
    began = time.process_time()
    finding = find_decomposed(texts)
    assert time.process_time() - began < 5
    assert (finding.n_articles, finding.fragments["articles"].tolist()) == (3_000, [3_000])


def test_the_repair_mends_all_damage_but_what_is_lost() -> None:
    mended = repair(pa.array(DAMAGED, pa.large_string())).to_pylist()
    assert counts(found(mended, [0] * len(mended))) == {"replacement character": 1, "no letter": 2}
    assert mended[1:6] == ['Ann\'s "tea"', "coop and  word", "ha 😂", "café and café and cafés", "café again"]


ASSIGNED = st.characters(exclude_categories=("Cs", "Cn"))
"""RE2 and Python know different versions of Unicode: what one calls a letter may be unassigned in the other."""


@examples(200)
@given(st.lists(st.text(ASSIGNED, max_size=12), min_size=1, max_size=5))
@example(["\x1f", "\xa0", "\u2028", "\x0b", "\xa0?"])
def test_damage_in_any_text_is_what_unicodedata_says(texts: list[str]) -> None:
    seen = counts(found(texts, [0] * len(texts)))
    assert seen.get("decomposed letters", 0) == sum(unicodedata.normalize("NFC", text) != text for text in texts)
    categories = [{unicodedata.category(sign) for sign in text} for text in texts]
    no_letter = sum(
        any(kind[0] != "Z" and kind != "Cc" for kind in kinds) and not any(kind[0] == "L" for kind in kinds)
        for kinds in categories
    )
    assert seen.get("no letter", 0) == no_letter
    assert seen.get("replacement character", 0) == sum("\ufffd" in text for text in texts)
