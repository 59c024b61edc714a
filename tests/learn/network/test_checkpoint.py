import dataclasses
import errno
import os

import numpy as np
import pytest

from bowcore.errors import OutputError, RunError
from bowcore.learn.network.checkpoint import digest_features, read_checkpoint, write_checkpoint


def test_header_and_arrays_come_back_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "checkpoint.npz"
    for epoch in (1, 2):
        write_checkpoint(path, {"epoch": epoch, "state": 2**127}, {"weights": np.arange(6.0).reshape(2, 3) * epoch})
    header, arrays = read_checkpoint(path)
    assert header == {"epoch": 2, "state": 2**127}
    np.testing.assert_array_equal(arrays["weights"], [[0, 2, 4], [6, 8, 10]])
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("keep_bytes", [0, 10, -30], ids=["empty", "a few bytes", "cut short"])
def test_a_damaged_checkpoint_is_refused(tmp_path, keep_bytes):
    path = tmp_path / "checkpoint.npz"
    write_checkpoint(path, {}, {"weights": np.arange(50.0)})
    path.write_bytes(path.read_bytes()[:keep_bytes])
    with pytest.raises(RunError, match="cannot be read"):
        read_checkpoint(path)


def test_a_missing_a_foreign_and_an_older_checkpoint_are_refused(tmp_path):
    with pytest.raises(RunError, match="cannot be read"):
        read_checkpoint(tmp_path / "missing.npz")
    np.savez(tmp_path / "foreign.npz", numbers=np.arange(3))
    with pytest.raises(RunError, match="cannot be read"):
        read_checkpoint(tmp_path / "foreign.npz")
    write_checkpoint(tmp_path / "old.npz", {"version": 0}, {})
    with pytest.raises(RunError, match="has version 0"):
        read_checkpoint(tmp_path / "old.npz")


def test_a_checkpoint_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_checkpoint(tmp_path / "no folder" / "checkpoint.npz", {}, {})


def test_a_full_disk_leaves_the_earlier_checkpoint_and_no_half_of_the_next(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    write_checkpoint(path, {"epoch": 1}, {"weights": np.arange(6.0)})

    def fill_the_disk(file, **_):
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", fill_the_disk)
        with pytest.raises(OutputError, match=rf"{os.strerror(errno.ENOSPC)}\. Free disk space"):
            write_checkpoint(path, {"epoch": 2}, {"weights": np.arange(6.0)})
    assert list(tmp_path.iterdir()) == [path]
    assert read_checkpoint(path)[0] == {"epoch": 1}


def test_the_digest_sees_one_changed_cell_and_one_changed_label(features):
    data, labels = features.train.data.copy(), features.validation_labels.copy()
    data[3] += 1
    labels[0] = (labels[0] + 1) % 3
    changed = features.train.copy()
    changed.data = data
    others = [
        dataclasses.replace(features, train=changed),
        dataclasses.replace(features, validation_labels=labels),
        dataclasses.replace(features),
    ]
    digests = [digest_features(other) for other in others]
    assert digests[2] == digest_features(features)
    assert len(set(digests)) == 3
