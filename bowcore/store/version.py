"""The version of this program: what its code is, whatever it is called."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def version() -> str:
    """Digest of the package's code when it was first asked for; the server asks at its start."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]
