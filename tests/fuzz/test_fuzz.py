"""Files, links and recipes that nobody wrote: each is read or refused in a sentence, soon, and no row is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.recipe.presets import PRESETS
from bowcore.recipe.recipe import FIELDS
from tests.fuzz import laws, samples
from tests.laws import examples

pytestmark = pytest.mark.fuzz

HERE = sorted(set(samples.FORMATS) - set(samples.APART))
ODD = (
    '"',
    "'",
    ",",
    "\t",
    "\n",
    "\r",
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\ud800",
    "=1+1",
    "[" * 2000,
    "{",
    "\\",
    "é",
    "😀",
)
parts = st.one_of(st.binary(max_size=12), st.sampled_from(ODD).map(lambda text: text.encode("utf-8", "surrogatepass")))
rows = st.lists(
    st.fixed_dictionaries({"text": st.text(max_size=30), "label": st.sampled_from(["warm", "cold", "", "NA", "=1"])}),
    min_size=1,
    max_size=20,
)


@st.composite
def spoilt(draw: Callable[..., Any], contents: st.SearchStrategy[bytes]) -> bytes:
    """Bytes with some pieces cut out, doubled or replaced."""
    raw = draw(contents)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 40)))
        raw = raw[:start] + draw(st.one_of(parts, st.just(raw[start:end] * 2))) + raw[end:]
    return raw


@pytest.mark.parametrize("name", HERE)
def test_a_spoilt_file_is_read_or_refused_and_no_row_is_lost(name: str, tried: Callable[[str], None]) -> None:
    write = samples.FORMATS[name]

    @examples(60)
    @given(spoilt(rows.map(write)), st.sampled_from(laws.OPTIONS))
    def law(raw: bytes, query: str) -> None:
        tried(f"spoilt {name.partition('.')[2]} files")
        laws.read(name, raw, query)

    law()


@pytest.mark.parametrize("name", samples.APART)
def test_a_spoilt_file_that_is_read_apart_ends_no_process_but_its_own(name: str, tried: Callable[[str], None]) -> None:
    write = samples.FORMATS[name]

    @examples(2)
    @given(spoilt(st.just(write(samples.ROWS))))
    def law(raw: bytes) -> None:
        tried(f"spoilt {name.partition('.')[2]} files")
        laws.read(name, raw)

    law()


@pytest.mark.parametrize("name", HERE)
def test_every_row_of_a_whole_file_is_read_or_left_out(name: str, tried: Callable[[str], None]) -> None:
    @examples(40)
    @given(rows)
    def law(written: list[dict[str, str]]) -> None:
        tried("whole files")
        found = laws.read(name, samples.FORMATS[name](written), "" if name == "a.zip" else "?body=text&label=label")
        if name not in ("a.txt", "a.zip") and found is not None:  # their labels are in the texts, and in the names
            assert found.n_rows == len(written)

    law()


def test_any_bytes_are_read_or_refused(tried: Callable[[str], None]) -> None:
    @examples(100)
    @given(st.binary(max_size=200), st.sampled_from(HERE), st.sampled_from(laws.OPTIONS))
    def law(raw: bytes, name: str, query: str) -> None:
        tried("any bytes as a file")
        laws.read(name, raw, query)

    law()


texts = st.one_of(st.text(max_size=60), st.text(st.characters(), max_size=60))


def test_any_link_is_a_recipe_or_refused(tried: Callable[[str], None]) -> None:
    fields = st.tuples(st.sampled_from([*FIELDS, "x"]), texts).map("=".join)
    known = st.sampled_from([recipe.to_link() for recipe in PRESETS.values()])
    corpora = st.tuples(st.sampled_from(["own:", "hub:", "own:" + "a" * 22 + "/f.csv?test="]), texts).map("".join)
    links = st.one_of(
        texts,
        texts.map("1z;".__add__),
        st.tuples(known, st.lists(fields, max_size=4)).map(lambda parts: ";".join([parts[0], *parts[1]])),
        corpora.map("1;corpus=".__add__),
    )

    @examples(200)
    @given(links)
    def law(link: str) -> None:
        tried("links of recipes")
        laws.open_link(link)

    law()


def test_any_link_of_slices_is_read_or_refused(tried: Callable[[str], None]) -> None:
    pairs = st.tuples(st.sampled_from("nqrcsabx"), texts).map("=".join)

    @examples(200)
    @given(st.one_of(texts, st.lists(pairs, max_size=5).map(lambda parts: "1;" + ",".join(parts))))
    def law(link: str) -> None:
        tried("links of slices")
        laws.open_slices(link)

    law()


def test_any_toml_is_a_recipe_or_refused(tried: Callable[[str], None]) -> None:
    whole = st.sampled_from([recipe.to_toml().encode() for recipe in PRESETS.values()])
    values = st.one_of(
        texts.map(repr), st.integers().map(str), st.sampled_from(["0x" + "f" * 6000, "[" * 900, "{a.b.c=1}"])
    )
    line = st.tuples(st.sampled_from([*FIELDS, "a.b", '"a"."b"."c"']), values).map(" = ".join)

    @examples(200)
    @given(
        st.one_of(
            spoilt(whole).map(lambda raw: raw.decode("utf-8", "replace")), texts, line, line.map("[terms]\n".__add__)
        )
    )
    def law(text: str) -> None:
        tried("recipes as TOML")
        laws.open_toml(text)

    law()
