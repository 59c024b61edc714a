"""Tags of agencies and constant phrases, against texts in which every place was put by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bowcore.findings.agency_tags import MIN_ARTICLES, find_agency_tags, spans_by_article, tag_table
from bowcore.findings.edge_phrases import MIN_PHRASE_ARTICLES
from tests.small_corpora import SMALL_CORPORA


def field(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def tags_of(*fields: list[str]) -> dict[str, list[int]]:
    return {tag.text: tag.positions.tolist() for tag in find_agency_tags([field(texts) for texts in fields]).tags}


OTHERS = [f"Bread number {number} is sold out" for number in range(20)]


@pytest.mark.parametrize(
    "line",
    [
        "OSLO (Ovenpress) - Bread number {} sells",
        "Bread number {} sells (Ovenpress)",
        "Bread number {} sells (Ovenpress) .",
        "ΑΘΗΝΑ (Ovenpress) – το ψωμί {}",
        "パン {} （Ovenpress）",
        "【Ovenpress】： パン {}",
        "[Ovenpress] -- bread {}",
    ],
)
def test_a_tag_in_brackets_is_found_at_either_edge(line: str) -> None:
    assert tags_of([line.format(number) for number in range(MIN_ARTICLES)] + OTHERS) == {
        "Ovenpress": list(range(MIN_ARTICLES))
    }


def test_the_same_name_alone_before_a_dash_counts_once_it_is_found_in_brackets() -> None:
    texts = ["OSLO (OP) - Bread", "Bread (OP)", "OP - Bread rises", "OP - Tea falls", "OP -- Salt", "NORTH BAY - Salt"]
    found = find_agency_tags([field(texts)])
    (tag,) = found.tags
    assert (tag.text, tag.positions.tolist(), tag.n_anywhere) == ("OP", [0, 1, 2, 3, 4], 5)
    assert tag.at_edge == 1 and len(tag.forms) == 3
    assert found.tagged.tolist() == [0, 1, 2, 3, 4]


def test_a_tag_found_at_edges_counts_in_brackets_and_before_a_dash_inside_a_text() -> None:
    edges = [f"Bread {number} (Ovenpress)" for number in range(12)]
    inside = [
        "Late news. OSLO (Ovenpress) - Bread rises, and so on, and the loaves are all gone by the morning of Monday",
        "Salt falls. Ovenpress - Bread is late",
        "Salt falls ( Ovenpress ) today",
        "パンは【Ovenpress】の",
    ]
    words_alone = ["They asked Ovenpress for bread", "the Ovenpress-like loaf"]
    longer = [
        "Salt (Ovenpresses) falls",
        "Salt (an Ovenpress) falls",
        "xOvenpress - salt",
        "Salt (Ovenpress says) falls",
    ]
    found = find_agency_tags([field([*edges, *inside, *words_alone, *longer])])
    (tag,) = found.tags
    assert tag.positions.tolist() == list(range(12 + len(inside)))
    assert (tag.n_edge, tag.n_anywhere) == (13, 20)  # the first of those inside stands near enough to its beginning
    assert found.tagged.tolist() == tag.positions.tolist()


def test_a_tag_is_counted_by_class_also_inside_texts() -> None:
    texts = [f"Bread {number} (OP)" for number in range(6)] + [
        f"Tea rises (OP) again in {number}" for number in range(2)
    ]
    (tag,) = find_agency_tags([field(texts)]).tags
    table = tag_table([tag], np.array([0] * 6 + [1] * 2, dtype=np.int32), ("bread", "tea"))
    assert table.to_dict("records") == [{"tag": "OP", "articles": 8, "at the edge": 0.75, "bread": 0.75, "tea": 0.25}]


def test_text_found_only_before_a_dash_is_a_place_line() -> None:
    found = find_agency_tags([field([f"NEW BAKERY - Bread number {number}" for number in range(6)])])
    assert found.tags == ()
    assert [(place.text, len(place.positions)) for place in found.places] == [("NEW BAKERY", 6)]


def test_a_name_mostly_inside_articles_is_no_tag() -> None:
    edge = [f"Bread {number} (Baker)" for number in range(6)]
    inside = [f"Then Baker sold bread {number} times" for number in range(7)]
    assert tags_of(edge + inside) == {}
    assert list(tags_of(edge + inside[:6])) == ["Baker"]


def test_a_longer_word_is_not_the_tag_within_it() -> None:
    edge = [f"Bread {number} (OP)" for number in range(5)]
    (tag,) = find_agency_tags([field([*edge, "an OPEN door", "SHOP _OP OP2", "no op"])]).tags
    assert tag.n_anywhere == 5


def test_dates_and_rare_brackets_are_no_tags() -> None:
    assert tags_of([f"Bread {number} (12/10/04)" for number in range(8)]) == {}
    assert tags_of([f"Bread {number} (OP)" for number in range(MIN_ARTICLES - 1)]) == {}


def test_both_fields_are_searched_and_an_article_counts_once() -> None:
    titles = [f"Bread {number} (OP)" for number in range(5)]
    bodies = ["OP - Bread is bread"] * 3 + ["Bread is bread"] * 2
    assert tags_of(titles, bodies) == {"OP": [0, 1, 2, 3, 4]}


def test_a_constant_opening_is_found_and_repeated_articles_are_not() -> None:
    opening = [f"By our own baker {word} came on day {word}" for word in "abcdefghijkl"]
    repeated = ["The very same loaf of bread was sold again and again today"] * 12
    phrases = find_agency_tags([field(opening + repeated)]).phrases
    assert [(phrase.text, phrase.edge, phrase.positions.tolist()) for phrase in phrases] == [
        ("By our own baker", "beginning", list(range(12)))
    ]


def test_a_constant_ending_counts_against_the_same_words_elsewhere() -> None:
    ending = [f"{word} bread {word} do write to the baker." for word in "abcdefghijkl"]
    elsewhere = [f"They {number} do write to the baker on day {number} at {number}" for number in range(4)]
    (phrase,) = find_agency_tags([field(ending + elsewhere[:3])]).phrases
    assert (phrase.text, phrase.edge, phrase.n_anywhere) == ("do write to the baker", "end", 15)
    assert find_agency_tags([field(ending + elsewhere)]).phrases == ()  # 12 of 16 articles are fewer than 80 %


def test_too_few_articles_make_no_phrase() -> None:
    opening = [f"By our own baker {number} came" for number in range(MIN_PHRASE_ARTICLES - 1)]
    assert find_agency_tags([field(opening)]).phrases == ()


def test_the_table_gives_each_tag_its_articles_share_of_every_class() -> None:
    found = find_agency_tags([field([f"Bread {number} (OP)" for number in range(5)] + ["Tea"])])
    table = tag_table(found.tags, np.array([0, 0, 0, 1, 1, 1], dtype=np.int32), ("bread", "tea"))
    assert table.to_dict("records") == [{"tag": "OP", "articles": 5, "at the edge": 1.0, "bread": 0.6, "tea": 0.4}]


def test_tags_are_joined_for_each_article() -> None:
    found = find_agency_tags([field([f"Bread {number} (OP)" for number in range(5)] + ["Tea"])])
    assert spans_by_article(found.tags, 6).to_pylist() == ["OP"] * 5 + [""]


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_small_corpora_have_no_tags(name: str) -> None:
    texts, _, _ = SMALL_CORPORA[name]()
    assert find_agency_tags([field(texts)]).tags == ()


def test_empty_fields_have_neither_tags_nor_phrases() -> None:
    found = find_agency_tags([field(["", "", "  "]), field(["()", "( ) -", "-"])])
    assert (found.tags, found.places, found.phrases) == ((), (), ())
    assert found.tagged.tolist() == []


def test_classes_named_like_other_columns_have_their_own_columns() -> None:
    found = find_agency_tags([field([f"Bread {number} (OP)" for number in range(5)] + ["Tea"])])
    table = tag_table(found.tags, np.array([0, 0, 0, 1, 1, 2], dtype=np.int32), ("tag", "articles", "edge"))
    assert table.to_dict("records") == [
        {"tag": "OP", "articles": 5, "at the edge": 1.0}
        | {"tag (class)": 0.6, "articles (class)": 0.4, "edge (class)": 0.0}
    ]
