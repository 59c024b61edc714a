"""Long links made shorter: deflated, in the alphabet of base64 for addresses."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import quote

from bowcore.errors import RecipeError

LINK_LIMIT = 2000  # characters; browsers and chat programs cut longer links
PACKED = "1z"
"""Version of a link that holds another one, deflated."""
_LONGEST_UNPACKED = 200_000  # characters: a link of the limit's length could unpack to a thousand times as many
_RAW = -15  # deflate without a header: zlib's name for it


def link_length(link: str) -> int:
    """Characters that a link takes in an address, once encoded."""
    return len(quote(link, safe=""))


def pack(link: str) -> str:
    """The link, or where that is shorter and it is too long for an address, a packed one that says the same."""
    if link_length(link) <= LINK_LIMIT:
        return link
    deflater = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    deflated = deflater.compress(link.encode()) + deflater.flush()
    packed = f"{PACKED};{base64.urlsafe_b64encode(deflated).decode().rstrip('=')}"
    return min(link, packed, key=link_length)


def unpack(link: str) -> str:
    """What `pack` was given.

    Raises:
        RecipeError: It is packed, and was cut or changed on the way.
    """
    version, _, packed = link.partition(";")
    if version != PACKED:
        return link
    try:
        deflated = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj(_RAW)
        inflated = inflater.decompress(deflated, _LONGEST_UNPACKED)
        if not inflater.eof:
            raise ValueError("cut short, or too long")
        return inflated.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise RecipeError(
            "This link was cut or changed on its way. Ask for it again, or start from a preset."
        ) from error
