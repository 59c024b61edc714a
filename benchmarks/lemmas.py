"""Seconds from articles to lemmas without stop words, and of the tutorial's two passes of spaCy's whole pipeline.

Run as `BOWLAB_DATA=folder python benchmarks/lemmas.py`. Ours: 6,000 AG News items through the program's own code,
including its processes and the loading of the model, then the recipe's steps on words. The reference follows the
tutorial: every title and description passes through the whole pipeline for its lemmas, they are cleaned with pandas and
joined, and the cleaned texts pass through the whole pipeline again for their stop words, in batches of 1,000. It is
measured on every tenth of the same items, without loading the model, and scaled up. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs from any folder

SCALE = 10  # items of ours to each item of the reference


def reference(titles: list[str], bodies: list[str], language: Any) -> tuple[list[list[str]], float]:
    """Lemmas of titles and of bodies computed as in the tutorial, and the seconds of all its work."""
    from bowcore.lessons.time_tutorial import clean

    began = time.perf_counter()
    lemmas = [
        [" ".join(token.lemma_ for token in document) for document in language.pipe(texts, batch_size=1000)]
        for texts in (titles, bodies)
    ]
    joined = clean(pd.Series(lemmas[0])) + " " + clean(pd.Series(lemmas[1]))
    for document in language.pipe(joined, batch_size=1000):
        " ".join(token.text for token in document if not token.is_stop)
    return lemmas, time.perf_counter() - began


def ours(fields: list[pa.Array]) -> tuple[list[list[str]], float]:
    """Lemmas of the same fields by the program's own code, and the seconds to the recipe's terms."""
    from bowcore.recipe.presets import preset
    from bowcore.tasks.lemmatise import make_lemmas
    from bowcore.text.terms import apply_chain, lexicon_of
    from bowcore.text.units import join_fields, number_units

    began = time.perf_counter()
    lemmas = make_lemmas(fields)
    units = number_units(join_fields(lemmas))
    apply_chain(units.types, preset("tutorial-revised").terms, lexicon_of(units.types))
    return [field.to_pylist() for field in lemmas], time.perf_counter() - began


def main(n_items: int) -> None:
    import spacy

    from bowcore.corpus.sources import load_corpus
    from bowcore.corpus.split import split_corpus
    from bowcore.recipe.presets import preset
    from bowcore.text.tagger.texts import find_model, usable_processes

    recipe = preset("tutorial-revised", "ag-news")
    articles = split_corpus(load_corpus("ag-news"), recipe.split).train.articles
    # items with both texts: in the others of this copy the description contains the title too
    both = np.flatnonzero([bool(title) for title in articles["title"].to_pylist()])
    chosen = articles.take(both[np.linspace(0, len(both) - 1, n_items).astype(int)])
    fields = [chosen[name].combine_chunks() for name in ("title", "body")]
    whole = spacy.load(find_model())
    slim = spacy.load(find_model(), exclude=["parser", "senter", "ner"])

    n_processes = usable_processes(n_items)
    made, seconds = ours(fields)
    print(
        f"ours: {n_items:,} items in {seconds:.1f} s, {n_processes} processes, loading the model included", flush=True
    )
    few = [[texts[row] for row in range(0, n_items, SCALE)] for texts in (fields[0].to_pylist(), fields[1].to_pylist())]
    theirs, part = reference(few[0], few[1], whole)
    scaled = part * n_items / len(few[0])
    print(f"reference: {len(few[0]):,} items in {part:.1f} s, scaled up to {scaled:.1f} s for {n_items:,}")

    mine = [[texts[row] for row in range(0, n_items, SCALE)] for texts in made]
    plain = [[" ".join(token.lemma_ for token in slim(text)) for text in texts] for texts in few]
    assert _same(mine, plain) == 1, "lemmas differ from those of the plain tagger"
    figures = {
        "ours_s": round(seconds, 2),
        "reference_s": round(scaled, 2),
        "ratio": round(scaled / seconds, 2),
        "n_items": n_items,
        "n_items_reference": len(few[0]),
        "n_processes": n_processes,
        "n_cores": os.cpu_count(),
        # one text at a time without parser and entities, which ours must equal
        "same_as_plain_tagger": _same(mine, plain),
        # parser and entities change what the attribute ruler and the lemmatizer see in a few texts
        "same_as_whole_pipeline": _same(mine, theirs),
    }
    print(json.dumps(figures))


def _same(one: list[list[str]], two: list[list[str]]) -> float:
    pairs = [a == b for left, right in zip(one, two, strict=True) for a, b in zip(left, right, strict=True)]
    return round(sum(pairs) / len(pairs), 5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=6000, metavar="N")
    main(parser.parse_args().items)
