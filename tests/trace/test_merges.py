"""Merged forms: by hand, and against pandas and SciPy's chi-squared test on plain Python tokens."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import chi2_contingency, false_discovery_control

from bowcore.recipe.recipe import Recipe
from bowcore.text.terms import apply_chain
from bowcore.text.units import number_units
from bowcore.trace.lineage import whole_chain
from bowcore.trace.merges import MIN_ARTICLES, Merges, adjust, find_merges
from tests.small_corpora import SMALL_CORPORA
from tests.text import reference

PLAIN = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)
LOWER = PLAIN.change(lower_case=True)
STEM = PLAIN.change(word_forms="stem")


def merges(texts: list[str], labels: list[int], recipe: Recipe, step: str, n_classes: int | None = None) -> Merges:
    units = number_units(pa.array(texts, pa.string()))
    chain = apply_chain(units.types, recipe.terms)
    applied = whole_chain(chain) if step == "all steps" else next(found for found in chain.steps if found.name == step)
    return find_merges(applied, units.counts(), np.array(labels, dtype=np.int32), n_classes or max(labels) + 1)


def test_forms_are_counted_by_hand() -> None:
    found = merges(["US us us bread", "us Bread bread", "US alone"], [0, 1, 1], LOWER, "lower_case")
    assert found.groups[["term", "n_forms", "tokens"]].to_numpy().tolist() == [["us", 2, 5], ["bread", 2, 3]]
    assert found.forms[["group", "term", "form", "tokens", "articles"]].to_numpy().tolist() == [
        [0, "us", "us", 3, 2],
        [0, "us", "US", 2, 2],
        [1, "bread", "bread", 2, 2],
        [1, "bread", "Bread", 1, 1],
    ]
    assert found.by_class.tolist() == [[1, 1], [1, 1], [1, 1], [0, 1]]
    # the first article holds both US and us, the second both Bread and bread
    assert found.alone.tolist() == [[0, 1], [0, 1], [1, 0], [0, 0]]
    assert set(found.groups["verdict"]) == {"too few"}
    assert found.groups["p_value"].isna().all()
    assert (found.n_tested, found.n_flagged) == (0, 0)


def test_forms_of_different_classes_are_flagged_and_forms_of_the_same_are_not() -> None:
    texts = ["US"] * 60 + ["us"] * 60 + ["Bread"] * 60 + ["bread"] * 60
    labels = [0] * 50 + [1] * 10 + [0] * 12 + [1] * 48 + [0, 1] * 60
    found = merges(texts, labels, LOWER, "lower_case")
    groups = found.groups.set_index("term")
    assert groups.loc["us", "verdict"] == "differ"
    assert groups.loc["bread", "verdict"] == "no detectable difference"
    assert groups.loc["us", "difference"] == pytest.approx(50 / 60 - 12 / 60)
    assert groups.loc["us", "p_value"] == pytest.approx(chi2_contingency([[50, 10], [12, 48]], correction=False).pvalue)
    assert (found.n_tested, found.n_flagged) == (2, 1)


@pytest.mark.parametrize("n_articles", [40, 80])
def test_forms_that_mean_the_same_are_seldom_told_apart_at_small_counts_too(n_articles: int) -> None:
    """The classes of 300 words' forms are drawn alike: one test in twenty is below 0.05, and after correction none."""
    rng, texts, labels = np.random.default_rng(6), list[str](), list[int]()
    for number in range(300):
        word = "".join("abcdefghij"[int(digit)] for digit in str(number))
        texts += [word] * (n_articles // 2) + [word.upper()] * (n_articles // 2)
        labels += rng.choice(3, n_articles, p=[0.3, 0.3, 0.4]).tolist()
    found = merges(texts, labels, LOWER, "lower_case")
    p_values = found.groups["p_value"].dropna()
    assert found.n_tested == len(p_values) > 100
    below = int((p_values < 0.05).sum())
    assert stats.binomtest(below, len(p_values), 0.06, "greater").pvalue > 0.001
    assert stats.binomtest(below, len(p_values), 0.02, "less").pvalue > 0.001
    assert found.n_flagged <= 1


def test_false_findings_are_at_most_one_in_twenty_of_all_findings() -> None:
    """Of 100 tests 20 have an effect, and all of them share a part of their noise."""
    rng, shares, plain = np.random.default_rng(7), list[float](), list[float]()
    effect = np.where(np.arange(100) < 20, 4.0, 0.0)
    for _ in range(300):
        z = effect + np.sqrt(0.3) * rng.normal() + np.sqrt(0.7) * rng.normal(size=100)
        p_values = stats.norm.sf(z)
        for kept, found in ((shares, adjust(p_values) < 0.05), (plain, p_values < 0.05)):
            kept.append(found[20:].sum() / max(found.sum(), 1))
    assert np.mean(shares) < 0.05 < np.mean(plain)


def test_articles_that_contain_both_forms_are_not_tested() -> None:
    texts, labels = ["US"] * 30 + ["us"] * 30, [0, 1] * 30
    alone = merges(texts, labels, LOWER, "lower_case").groups
    together = merges([*texts, *["US us"] * 500], [*labels, *[0] * 500], LOWER, "lower_case").groups
    assert together["p_value"].tolist() == alone["p_value"].tolist() == [pytest.approx(1.0)]


def test_cochrans_rule_keeps_small_tables_untested() -> None:
    texts = ["US"] * 12 + ["us"] * 12
    assert merges(texts, [0, 1] * 12, LOWER, "lower_case").groups["verdict"].tolist() == ["no detectable difference"]
    # six of one class over two forms: both expected counts are 3, half of the table is below 5
    labels = [0] * 9 + [1] * 3 + [0] * 9 + [1] * 3
    assert merges(texts, labels, LOWER, "lower_case").groups["verdict"].tolist() == ["too few"]


def plain_merges(texts: list[str], labels: list[int], n_classes: int, recipe: Recipe) -> pd.DataFrame:
    """Groups of all steps together from sets and counters, each tested by SciPy; p-values unadjusted."""
    tokens = Counter(unit for text in texts for unit in text.split())
    forms = defaultdict(set)
    for unit in tokens:
        terms = reference.terms_of_unit(unit, recipe.terms)
        if len(terms) == 1:
            forms[terms[0]].add(unit)
    rows = []
    for term, group in forms.items():
        if len(group) < 2:
            continue
        table = pd.DataFrame(0, index=sorted(group), columns=range(n_classes))
        for text, label in zip(texts, labels, strict=True):
            held = group & set(text.split())
            if len(held) == 1:
                table.loc[held.pop(), label] += 1
        table = table[table.sum(axis=1) >= MIN_ARTICLES]
        table = table.loc[:, table.sum() > 0]
        p_value = difference = np.nan
        if table.shape[0] > 1 and table.shape[1] > 1:
            tested = chi2_contingency(table.to_numpy(), correction=False)
            expected = tested.expected_freq
            if expected.min() >= 1 and (expected < 5).mean() <= 0.2:
                shares = table.div(table.sum(axis=1), axis=0)
                p_value, difference = tested.pvalue, float((shares.max() - shares.min()).max())
        rows.append((term, len(group), sum(tokens[form] for form in group), p_value, difference))
    return pd.DataFrame(rows, columns=["term", "n_forms", "tokens", "p_value", "difference"])


def assert_as_plain(texts: list[str], labels: list[int], n_classes: int, recipe: Recipe) -> Merges:
    found = merges(texts, labels, recipe, "all steps", n_classes)
    expected = plain_merges(texts, labels, n_classes, recipe).sort_values("term").reset_index(drop=True)
    groups = found.groups.sort_values("term").reset_index(drop=True)
    columns = ["term", "n_forms", "tokens", "p_value", "difference"]
    pd.testing.assert_frame_equal(groups[columns], expected[columns], check_dtype=False, rtol=1e-9)
    assert found.groups["tokens"].is_monotonic_decreasing
    tested = groups["p_value"].notna().to_numpy()
    assert found.n_tested == tested.sum()
    if tested.any():
        adjusted = false_discovery_control(expected["p_value"].to_numpy()[tested])
        np.testing.assert_allclose(groups["adjusted"].to_numpy()[tested], adjusted)
        assert found.n_flagged == (adjusted < 0.05).sum()
    return found


WORDS = ["US", "us", "Us", "bread", "Bread", "breads", "run", "runs", "Running", "well-baked", "3", "the", "été", "ÉTÉ"]


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(WORDS), max_size=5), st.integers(0, 2)), min_size=1, max_size=80),
    st.sampled_from([LOWER, STEM, Recipe().change(word_forms="stem"), Recipe().change(stop_words="spacy")]),
)
def test_merges_are_those_of_plain_counters(articles: list[tuple[list[str], int]], recipe: Recipe) -> None:
    assert_as_plain([" ".join(words) for words, _ in articles], [label for _, label in articles], 3, recipe)


def drawn(n_articles: int, shares: list[float], vocabulary: list[str], seed: int) -> tuple[list[str], list[int]]:
    """Articles in which each class has its own probability of each word."""
    generator = np.random.default_rng(seed)
    labels = generator.choice(len(shares), n_articles, p=shares)
    liking = generator.dirichlet(np.ones(len(vocabulary)), len(shares))
    texts = [" ".join(generator.choice(vocabulary, 6, p=liking[label])) for label in labels]
    return texts, labels.tolist()


@pytest.mark.parametrize(
    ("shares", "vocabulary"),
    [
        pytest.param([0.05] * 20, WORDS, id="twenty classes"),
        pytest.param([0.97, 0.03], WORDS, id="one large and one small class"),
        pytest.param([0.5, 0.5], ["ΟΔΟΣ", "οδος", "Οδος", "ψωμί", "Ψωμί"], id="Greek"),
        pytest.param([0.5, 0.5], ["東京都", "パン", "ﾊﾟﾝ", "ＡＢＣ", "ａｂｃ"], id="Japanese"),
    ],
)
def test_merges_of_odd_corpora_are_those_of_plain_counters(shares: list[float], vocabulary: list[str]) -> None:
    texts, labels = drawn(900, shares, vocabulary, 5)
    found = assert_as_plain(texts, labels, len(shares), Recipe())
    assert len(found.groups) > 0


@pytest.mark.parametrize("name", SMALL_CORPORA)
def test_merges_of_small_corpora_are_those_of_plain_counters(name: str) -> None:
    texts, labels, class_names = SMALL_CORPORA[name]()
    assert_as_plain(texts, labels, len(class_names), Recipe().change(word_forms="stem"))


def test_one_article_is_counted_and_not_tested() -> None:
    found = assert_as_plain(["US us Us"], [0], 1, LOWER)
    assert found.groups["n_forms"].tolist() == [3]
    assert found.groups["class"].tolist() == [-1]


@pytest.mark.parametrize("texts", [["bread"], [""], ["a b c"]])
def test_a_step_that_merges_nothing_has_an_empty_table(texts: list[str]) -> None:
    found = merges(texts, [0] * len(texts), LOWER, "lower_case")
    assert len(found.groups) == len(found.forms) == found.n_tested == 0
    assert found.by_class.shape == (0, 1)
