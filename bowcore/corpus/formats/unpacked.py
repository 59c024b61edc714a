"""How large a file may become when it is unpacked: a packed file of a kilobyte can hold gigabytes."""

from __future__ import annotations

from bowcore.errors import TooLargeError
from bowcore.numbers import size

LARGEST = 2_000_000_000
"""Bytes of a file's contents, packed or not."""
ALWAYS = 64_000_000
"""Bytes to which any file may unpack."""
_DOWNLOADS = 10  # times LARGEST: what is downloaded may have 4 GB packed
FOLD = 100
"""How many times its size a larger file may unpack to; texts pack to a third or a tenth, copies to a fiftieth."""


def most_unpacked(n_bytes: int) -> int:
    """Bytes to which a file of `n_bytes` may unpack."""
    return min(LARGEST, max(ALWAYS, FOLD * n_bytes))


def most_of_download(n_bytes: int) -> int:
    """Bytes that a data set of `n_bytes` may take while `datasets` unpacks and prepares it, twice over."""
    return min(_DOWNLOADS * LARGEST, 2 * max(ALWAYS, FOLD * n_bytes))


def download_too_large(name: str, n_bytes: int) -> TooLargeError:
    """The error for a data set that takes more."""
    return TooLargeError(
        f"The files of {name} have {size(n_bytes)} and unpack to more than {size(most_of_download(n_bytes))}, the most "
        "that is prepared of a data set of this size. Nothing of it is kept. Choose one of its parts with ?config=…"
    )


def too_large(name: str, n_bytes: int) -> TooLargeError:
    """The error for a file that unpacks to more."""
    return TooLargeError(
        f"{name} has {size(n_bytes)} and unpacks to more than {size(most_unpacked(n_bytes))}, the most that is read of "
        "a file of this size. Nothing of it is kept. Bring its texts in smaller files, or as CSV."
    )
