"""Files written to a folder, as one ZIP archive in memory."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path


def zip_of(write: Callable[[Path], object], name: str) -> bytes:
    """The files that `write` leaves in a new folder, under the folder `name` of an archive.

    They are stored uncompressed: weights hardly shrink, and matrices are compressed already.

    Raises:
        OutputError: `write` cannot write.
    """
    archive = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="bowlab-") as folder, zipfile.ZipFile(archive, "w") as file:
        write(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            file.write(path, f"{name}/{path.name}")
    return archive.getvalue()
