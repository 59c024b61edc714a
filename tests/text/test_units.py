import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.corpus.split import Documents
from bowcore.recipe.specs import TextSpec
from bowcore.text.units import Units, estimate_types, number_units, read_own_texts, read_texts
from tests.laws import examples
from tests.text import tricky

SPACES = [chr(code) for code in range(0x110000) if chr(code).isspace()]
NEARLY_SPACES = "\u200b\u200c\u200d\u2060\ufeff\u180e\u00ad"

law = examples(80)


def numbered(texts: list[str]) -> Units:
    return number_units(pa.array(texts, pa.large_string()))


def read_back(units: Units) -> list[list[str]]:
    """Units of every document, from the numbers alone."""
    types = units.types.to_pylist()
    parts = np.split(units.ids, units.offsets[1:-1])
    return [[types[number] for number in part] for part in parts]


def test_units_are_numbered_by_first_appearance() -> None:
    units = numbered(["rice and peas", "", "peas and pie and"])
    assert units.types.to_pylist() == ["rice", "and", "peas", "pie"]
    assert units.ids.tolist() == [0, 1, 2, 2, 1, 3, 1]
    assert units.offsets.tolist() == [0, 3, 3, 7]
    assert units.frequencies().tolist() == [1, 3, 2, 1]
    assert units.counts().toarray().tolist() == [[1, 1, 1, 0], [0, 0, 0, 0], [0, 2, 1, 1]]
    assert (units.n_documents, units.ids.dtype, units.counts().dtype) == (3, np.int32, np.int32)


def test_there_are_29_white_space_characters() -> None:
    assert len(SPACES) == 29


@pytest.mark.parametrize("space", SPACES, ids=ascii)
def test_each_white_space_character_splits_as_str_split_does(space: str) -> None:
    texts = [
        f"a{space}b",
        f"{space}a",
        f"a{space}",
        space,
        space * 3,
        f"a{space}{space}b",
        f"{space} a{space}\nb {space}",
    ]
    assert read_back(numbered(texts)) == [text.split() for text in texts]


@pytest.mark.parametrize("sign", NEARLY_SPACES, ids=ascii)
def test_a_sign_that_only_looks_like_a_space_splits_nothing(sign: str) -> None:
    assert read_back(numbered([f"a{sign}b", sign])) == [[f"a{sign}b"], [sign]]


@law
@given(
    st.lists(
        st.text(st.one_of(st.sampled_from([*SPACES, *NEARLY_SPACES, *"ab'"]), st.characters(codec="utf-8"))), min_size=1
    )
)
@example([""])
@example(["", "", ""])
@example(["😀"])
@example([" "])
@example(["", "a", ""])
@example(["\x00", "a\x00 b"])
def test_any_text_is_split_as_str_split_does(texts: list[str]) -> None:
    units = numbered(texts)
    assert read_back(units) == [text.split() for text in texts]
    assert units.offsets[0] == 0
    assert len(set(units.types.to_pylist())) == len(units.types)


@law
@given(tricky.documents)
def test_tricky_fragments_are_split_as_str_split_does(texts: list[str]) -> None:
    assert read_back(numbered(texts)) == [text.split() for text in texts]


def test_a_slice_of_an_array_is_numbered_like_its_copy() -> None:
    whole = pa.array(["gone", "a b", "", "b c"], pa.large_string())
    assert read_back(number_units(whole.slice(1))) == [["a", "b"], [], ["b", "c"]]


def test_small_strings_are_numbered_like_large_ones() -> None:
    assert read_back(number_units(pa.array(["a b", "b"], pa.string()))) == [["a", "b"], ["b"]]


def test_one_unit_of_100_kb_stays_one_unit() -> None:
    long = "a" * 100_000
    assert read_back(numbered([long, f"{long} {long}"])) == [[long], [long, long]]


@law
@given(st.lists(tricky.texts, min_size=2, max_size=8), st.data())
def test_a_run_of_documents_is_cut_out_over_the_same_types(texts: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(texts) - 1))
    last = data.draw(st.integers(first + 1, len(texts)))
    units = numbered(texts)
    part = units.documents(first, last)
    assert read_back(part) == [text.split() for text in texts[first:last]]
    assert (part.counts() != units.counts()[first:last]).nnz == 0


def test_numbers_and_offsets_cannot_be_written_to() -> None:
    units = numbered(["a b"])
    with pytest.raises(ValueError, match="read-only"):
        units.ids[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        units.offsets[0] = 1


def lunch() -> Documents:
    table = pa.table(
        {
            "title": pa.array(["Soup #39;s on", "", "Pie"], pa.large_string()),
            "body": pa.array(["hot\\cold", "only a body", ""], pa.large_string()),
        }
    )
    return Documents(np.arange(3), table, np.zeros(3, dtype=np.int32))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (TextSpec(), ["Soup #39;s on hot\\cold", " only a body", "Pie "]),
        (TextSpec(text_used="headline"), ["Soup #39;s on", "", "Pie"]),
        (TextSpec(repair=True), ["Soup's on hot cold", " only a body", "Pie "]),
        (TextSpec(text_used="headline", repair=True), ["Soup's on", "", "Pie"]),
    ],
)
def test_what_is_read_of_an_article(spec: TextSpec, expected: list[str]) -> None:
    assert read_texts(lunch(), spec).to_pylist() == expected


def test_repair_mends_headline_and_body_apart() -> None:
    table = pa.table({"title": pa.array(["AT"], pa.large_string()), "body": pa.array(["#39;s"], pa.large_string())})
    documents = Documents(np.arange(1), table, np.zeros(1, dtype=np.int32))
    assert read_texts(documents, TextSpec(repair=True)).to_pylist() == ["AT 's"]


@examples(60)
@given(tricky.documents, st.integers(1, 5))
def test_numbering_in_batches_gives_the_numbers_of_one_batch(texts: list[str], batch: int) -> None:
    array = pa.array(texts, pa.large_string())
    whole, parts = number_units(array), number_units(array, batch)
    assert parts.types.to_pylist() == whole.types.to_pylist() == list(dict.fromkeys(" ".join(texts).split()))
    assert parts.ids.tolist() == whole.ids.tolist()
    assert parts.offsets.tolist() == whole.offsets.tolist()


def test_own_texts_are_read_repaired_where_the_recipe_says_so_or_as_their_lemmas() -> None:
    texts = ["Canada #39;s  planes", ""]
    assert read_own_texts(texts, TextSpec()).to_pylist() == texts
    assert read_own_texts(texts, TextSpec(repair=True)).to_pylist() == ["Canada's  planes", ""]
    lemmas = ((("Canada", "'s"), ("plane",)), ())
    assert read_own_texts(texts, TextSpec(repair=True), lemmas).to_pylist() == ["Canada 's plane", ""]
    assert read_own_texts([], TextSpec()).to_pylist() == []


@pytest.mark.parametrize("sign", "‘’‛ʼ＇")
def test_the_tagger_reads_every_apostrophe_as_a_straight_one(sign: str) -> None:
    articles = pa.table({name: pa.array([f"don{sign}t"], pa.large_string()) for name in ("title", "body")})
    documents = Documents(np.arange(1), articles, np.zeros(1, dtype=np.int32))
    assert read_texts(documents, TextSpec(units="lemmas")).to_pylist() == ["don't don't"]
    assert read_texts(documents, TextSpec()).to_pylist() == [f"don{sign}t don{sign}t"]


def test_the_number_of_types_is_estimated_from_a_sample() -> None:
    generator = np.random.default_rng(0)
    few = [" ".join(f"w{n}" for n in generator.integers(0, 500, 10)) for _ in range(20_000)]
    many = [" ".join(f"{n:x}" for n in generator.integers(0, 2**60, 10)) for _ in range(20_000)]
    zipf = [" ".join(f"w{n}" for n in generator.zipf(1.5, 10)) for _ in range(20_000)]
    for texts in (few, many, zipf, few[:1_000], [""], []):
        types = numbered(texts).types
        n_types, n_bytes = estimate_types([pa.array(texts, pa.large_string())])
        assert len(types) / 1.5 <= n_types <= 1.5 * len(types) + 1
        assert types.nbytes / 1.5 <= n_bytes <= 1.5 * types.nbytes + 64
