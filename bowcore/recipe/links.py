"""Values of a recipe in a link, and compression of long links.

A value is text in which the separators are percent-encoded. A long link is deflated and encoded in URL-safe base64.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any
from urllib.parse import quote, unquote

from bowcore.errors import RecipeError
from bowcore.names import quoted

LINK_LIMIT = 2000  # characters; browsers and chat programs cut longer links
PACKED = "1z"
"""Version of a link that contains another one, deflated."""
_LONGEST_UNPACKED = 200_000  # characters: a link of maximal length could unpack to a thousand times as many
_RAW = -15  # deflate without a header, in zlib's notation


def link_length(link: str) -> int:
    """Number of characters of a link in an address, once percent-encoded."""
    return len(quote(link, safe=""))


def pack(link: str) -> str:
    """The link, or an equivalent packed one if it is too long for an address and packing shortens it."""
    if link_length(link) <= LINK_LIMIT:
        return link
    deflater = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    deflated = deflater.compress(link.encode()) + deflater.flush()
    packed = f"{PACKED};{base64.urlsafe_b64encode(deflated).decode().rstrip('=')}"
    return min(link, packed, key=link_length)


def unpack(link: str) -> str:
    """The link that was given to `pack`.

    Raises:
        RecipeError: It is packed, and was truncated or changed.
    """
    version, _, packed = link.partition(";")
    if version != PACKED:
        return link
    try:
        deflated = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj(_RAW)
        inflated = inflater.decompress(deflated, _LONGEST_UNPACKED)
        if inflater.unconsumed_tail:
            raise RecipeError(
                f"This link unpacks to more than {_LONGEST_UNPACKED:,} characters, which no recipe has. Ask for it "
                "again, or start from a preset."
            )
        if not inflater.eof:
            raise ValueError("cut short")
        return inflated.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise RecipeError("This link was truncated or changed. Ask for it again, or start from a preset.") from error


def to_text(value: Any) -> str:
    """A value as text in a link."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(quote(word, safe="") for word in value)
    return quote(value, safe="+:/") if isinstance(value, str) else repr(value)


def from_text(name: str, text: str, default: Any) -> Any:
    """The value of the field `name` written by `to_text`, with the type of the field's default.

    Raises:
        RecipeError: The text is not such a value.
    """
    try:
        if isinstance(default, bool):
            return {"1": True, "0": False}[text]
        if isinstance(default, tuple):
            return tuple(unquote(word) for word in text.split(",") if word)
        if isinstance(default, str):
            return unquote(text)
        return type(default)(text)
    except (KeyError, ValueError) as error:
        raise RecipeError(f"The link gives {name} the value {quoted(text)}, which cannot be read.", name) from error
