"""Long links, packed and unpacked."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowcore.errors import RecipeError
from bowcore.recipe.links import LINK_LIMIT, PACKED, link_length, pack, unpack
from bowcore.recipe.recipe import Recipe
from bowcore.text.stopwords import stop_list


@given(st.text(max_size=300).filter(lambda link: not link.startswith(f"{PACKED};")), st.integers(1, 60))
def test_what_is_packed_is_unpacked(link: str, times: int) -> None:
    assert unpack(pack(link * times)) == link * times


def test_a_short_link_stays_readable() -> None:
    link = Recipe().change(corpus="ag-news").to_link()
    assert pack(link) == link == "2;recommended;corpus=ag-news;weighting=count;sublinear_tf=0"


@pytest.mark.parametrize("name", ["spacy", "scikit-learn"])
def test_a_library_s_stop_list_as_ones_own_fits_an_address(name: str) -> None:
    recipe = Recipe().change(stop_words="own", own_stop_words=tuple(stop_list(name)), corpus="ag-news")
    link = recipe.to_link()
    assert link.startswith(f"{PACKED};")
    assert link_length(link) <= LINK_LIMIT
    assert Recipe.from_link(link) == recipe


def test_a_packed_link_is_deflate_in_base64_for_addresses() -> None:
    link = "word," * 1_000
    packed = pack(link).removeprefix(f"{PACKED};")
    padded = packed + "=" * (-len(packed) % 4)
    assert zlib.decompress(base64.urlsafe_b64decode(padded), -15).decode() == link


def bomb() -> str:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.urlsafe_b64encode(deflater.compress(b"a" * 10**7) + deflater.flush()).decode().rstrip("=")


@pytest.mark.parametrize(
    "packed",
    ["", "A", "!!!!", "é", pack("word," * 1_000).removeprefix(f"{PACKED};")[:-4], "_____w"],
    ids=["empty", "one sign", "no base64", "no ASCII", "cut", "no deflate"],
)
def test_a_link_that_was_cut_or_changed_is_told(packed: str) -> None:
    with pytest.raises(RecipeError, match="was truncated or changed"):
        Recipe.from_link(f"{PACKED};{packed}")


def test_a_link_that_unpacks_to_more_than_a_recipe_is_told_the_limit() -> None:
    with pytest.raises(RecipeError, match="unpacks to more than 200,000 characters, which no recipe has"):
        Recipe.from_link(f"{PACKED};{bomb()}")
