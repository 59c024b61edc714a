import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.corpus.corpus import Corpus, Provenance, SplitRule, class_columns, make_corpus
from bowcore.errors import CorpusError

RULE = SplitRule(validation_share=0.15, test_share=0.15)
HOME_MADE = Provenance(title="Lunch", origin="written for this test", licence="none")


def lunch(titles: list[str | None], bodies: list[str | None], labels: list[int]) -> Corpus:
    return make_corpus("lunch", titles, bodies, labels, ("soup", "salad"), rule=RULE, provenance=HOME_MADE)


def test_missing_text_becomes_empty_text() -> None:
    corpus = lunch(["warm soup", None], [None, "cold salad"], [0, 1])
    assert corpus.articles.to_pydict() == {"title": ["warm soup", ""], "body": ["", "cold salad"]}


def test_labels_cannot_be_written_to() -> None:
    corpus = lunch(["a", "b"], ["", ""], [0, 1])
    with pytest.raises(ValueError, match="read-only"):
        corpus.labels[0] = 1


def test_the_digest_is_independent_of_arrows_layout() -> None:
    whole = pa.chunked_array([["warm soup", "cold salad", "more"]])
    pieces = pa.chunked_array([["warm soup"], ["cold salad", "more"]])
    sliced = pa.array(["gone", "warm soup", "cold salad", "more"]).slice(1)
    large = pa.array(["warm soup", "cold salad", "more"], pa.large_string())
    digests = {
        make_corpus("x", titles, [""] * 3, [0, 1, 0], ("a", "b"), rule=RULE, provenance=HOME_MADE).digest
        for titles in (whole, pieces, sliced, large)
    }
    assert len(digests) == 1


def test_the_digest_depends_on_the_boundaries_of_texts() -> None:
    corpora = [
        lunch(["ab", "c"], ["", ""], [0, 1]),
        lunch(["a", "bc"], ["", ""], [0, 1]),
        lunch(["", ""], ["ab", "c"], [0, 1]),
        lunch(["ab", "c"], ["", ""], [1, 0]),
    ]
    assert len({corpus.digest for corpus in corpora}) == len(corpora)


@pytest.mark.parametrize(
    ("titles", "labels", "said"),
    [
        ([], [], "lunch has no articles"),
        (["a", "b", "c"], [0, 1], "3 texts and 2 labels"),
        (["a", "b"], [1, 1], "All 2 articles of lunch have one class"),
        (["", ""], [0, 1], "All 2 texts of lunch are empty"),
    ],
)
def test_a_corpus_that_cannot_be_used_says_why_in_numbers(titles: list[str], labels: list[int], said: str) -> None:
    with pytest.raises(CorpusError, match=said):
        lunch(list(titles), [""] * len(titles), labels)


def test_a_class_named_like_another_column_gets_a_new_name() -> None:
    assert class_columns(("count", "bread"), ("term", "count")) == ("count (class)", "bread")
    assert class_columns(("tag", "tag (class)"), ("tag",)) == ("tag (class) (class)", "tag (class)")


NAMES = st.sampled_from(["a", "b", "a (class)", "b (class)", "a (class) (class)", ""])


@given(st.lists(NAMES, unique=True), st.lists(NAMES, unique=True))
def test_no_two_columns_have_the_same_name(class_names: list[str], fixed: list[str]) -> None:
    columns = [*class_columns(class_names, fixed), *fixed]
    assert len(set(columns)) == len(class_names) + len(fixed)
