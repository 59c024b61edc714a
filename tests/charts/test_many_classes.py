"""Classes by the hundred, and with names of a megabyte: what a page is sent stays small, and names stay distinct."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bowcore.corpus.files import load_file
from bowcore.corpus.labels import LONGEST_CLASS
from bowcore.corpus.options import Options
from bowcore.judge.confusion import confusion_matrix, confusion_table
from charts.confusion import confusion_matrix as draw_confusion
from charts.mistakes import largest_confusions
from charts.palette import LIGHT, Palette

pytestmark = pytest.mark.fuzz


def test_300_classes_make_a_specification_of_the_largest_confusions_alone(
    tried: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried("300 classes")
    names = tuple(f"class {i:03} {'x' * 150}" for i in range(300))
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 300, 5_000)
    predictions = np.where(rng.random(5_000) < 0.8, labels, rng.integers(0, 300, 5_000))
    table = confusion_table(confusion_matrix(labels, predictions, 300), names)
    began, shaded = time.process_time(), Counter[str]()
    monkeypatch.setattr(Palette, "shade", lambda _, share: shaded.update([f"{share}"]) or "#000000")
    drawn = [draw_confusion(table, LIGHT, names), largest_confusions(table, LIGHT, names)]
    assert time.process_time() - began < 6
    assert 0 < shaded.total() <= 64, "cells that are not drawn get no colour"
    assert sum(len(json.dumps(drawing.chart)) for drawing in drawn) < 300_000


def test_names_of_a_megabyte_are_cut_and_stay_distinct(tmp_path: Path, tried: Callable[[str], None]) -> None:
    tried("class name of a megabyte")
    labels = ["a" * 1_000_000, "a" * 500_000 + "b" + "a" * 499_999, "short"]
    rows = "".join(f"tea {i},{label}\n" for label in labels for i in range(10))
    path = tmp_path / "a.csv"
    path.write_text(f"text,label\n{rows}")
    corpus = load_file(str(path), path, Options(body=("text",), label="label"))
    assert len(set(corpus.class_names)) == 3 and "short" in corpus.class_names
    assert max(map(len, corpus.class_names)) <= LONGEST_CLASS
    assert (
        "2 class names of more than 200 characters, or with signs that a screen obeys: cut in the middle"
        in corpus.provenance.note
    )
