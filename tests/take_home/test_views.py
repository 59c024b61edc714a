"""The code of a view gives the numbers that the view shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bowcore.experiment.experiments import process_experiments
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.matrix.frequencies.zipf import coverage
from bowcore.matrix.limits import preview_limits
from bowcore.matrix.log_odds import compare_classes, count_by_class, typical_terms
from bowcore.matrix.reduction import reduce_terms
from bowcore.matrix.unseen import unseen_rates
from bowcore.take_home.facts import find_facts
from bowcore.take_home.page_code import PAGES, page_code
from bowcore.take_home.views import N_COMPONENTS, TRIED_FIRST, VIEWS
from bowcore.tasks.reduce import SIZES
from tests.take_home.test_notebook import write_sample
from tests.take_home.test_page_code import RECOMMENDED, run

PRINTED = {(page, view) for page, view in VIEWS if view}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.mark.parametrize(("page", "view"), sorted(PRINTED))
def test_the_code_of_a_view_gives_its_numbers(page: str, view: str, sample: str, tmp_path: Path) -> None:
    recipe = RECOMMENDED.change(corpus=sample, min_documents=1 if view == "limits" else 2, unknown="unk")
    answer = process_experiments().answer(recipe)
    names, printed = run(page, recipe, answer, tmp_path, view=view)
    vocabulary, matrix = answer.matrix.vocabulary, answer.matrix
    frequency, documents = vocabulary.term_frequency, vocabulary.document_frequency
    known = slice(0, vocabulary.n_known)
    by_class = count_by_class(matrix.counts.train, matrix.counts.train_labels, 5)
    match view:
        case "sizes":
            sizes = count_sizes(frequency[known])
            assert names["sizes"].index.tolist() == sizes.counts.tolist()
            assert names["sizes"].tolist() == sizes.n_terms.tolist()
        case "rare-words":
            found = {item.share: item.n_terms for item in coverage(frequency[known])}
            assert names["n_terms"] == found
        case "typical-words":
            odds, presence = compare_classes(by_class[:, known]), by_class[:, known] > 0
            table = typical_terms(
                vocabulary.known_terms, by_class[:, known], presence, odds, answer.split.class_names, 8
            )
            assert names["typical"] == table.groupby("class")["term"].agg(list).to_dict()
        case "word-list":
            rates: Any = names["rates"].drop(columns=["count", "articles"]).to_numpy().T
            np.testing.assert_allclose(rates, by_class / by_class.sum(axis=1, keepdims=True) * 1000)
            assert names["rates"]["count"].tolist() == frequency.tolist()
            assert names["rates"]["articles"].tolist() == documents.tolist()
        case "limits":
            left = preview_limits(frequency[known], documents[known], len(matrix.rows), *TRIED_FIRST)
            assert printed.startswith(
                f"{left.n_left} of {left.n_terms} terms left, {left.rare.n_terms} rare and {left.common.n_terms} common"
            )
            assert float(printed.splitlines()[1].split()[0]) == pytest.approx(left.n_tokens_left / left.n_tokens)
        case "unknown-words":
            labels = (matrix.features.train_labels, matrix.features.validation_labels)
            table = unseen_rates(answer.counts, matrix.rows, vocabulary.columns, labels, answer.split.class_names)
            expected = table.groupby("split").tail(1)[["split", "n_unknown_tokens", "n_tokens"]].to_numpy().tolist()
            found_rows = [line.split() for line in printed.splitlines()]
            assert [[row[0], int(row[1]), int(row[3])] for row in found_rows] == expected
        case "lsa-and-pca":
            for name in ("lsa", "pca"):
                ours = reduce_terms(matrix.features.train, name, N_COMPONENTS).explained
                np.testing.assert_allclose(names["explained"][name.upper()], ours, rtol=1e-6)


def test_views_are_named_as_in_the_address() -> None:
    from ui.preprocessing.panels import MATRIX
    from ui.state.widgets import as_text
    from ui.words.views import VIEWS as WORDS

    known = {"Words": {"", *map(as_text, WORDS)}, "Preprocessing": set(map(as_text, MATRIX))}
    assert all(view in known[page] for page, view in VIEWS)
    assert SIZES[2] == N_COMPONENTS


def test_a_view_without_code_of_its_own_has_that_of_its_page(sample: str) -> None:
    recipe = RECOMMENDED.change(corpus=sample)
    facts = find_facts(recipe)
    for page in PAGES:
        assert page_code(page, recipe, facts, view="no-such-view") == page_code(page, recipe, facts)
