"""The code of a view gives the numbers that the view shows, with the reader's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bowcore.corpus.split import open_labels
from bowcore.experiment.answer import Answer
from bowcore.experiment.blocks import count_open, fit_on
from bowcore.experiment.experiments import process_experiments
from bowcore.findings.agency_tags import find_agency_tags, tag_table
from bowcore.findings.columns import LENGTHS, count_words, summarise_columns
from bowcore.findings.leaks import find_twins
from bowcore.findings.leftovers import find_leftovers
from bowcore.findings.near_duplicate_tables import count_near_duplicates
from bowcore.findings.overview import count_classes, search
from bowcore.findings.source_words import find_shortcuts
from bowcore.judge.comparison import paired_change
from bowcore.judge.scores import Accuracy
from bowcore.learn.linear.baselines import run_baselines
from bowcore.learn.linear.blocks import contributions, vote
from bowcore.matrix.by_hand import small_matrix, weightings
from bowcore.matrix.frequencies.heaps import fit_heaps, grow
from bowcore.matrix.frequencies.power_law import best_power_law, fit_power_law
from bowcore.matrix.frequencies.sizes import count_sizes
from bowcore.matrix.frequencies.tail_shapes import compare_shapes
from bowcore.matrix.frequencies.zipf import coverage, naive_line
from bowcore.matrix.limits import preview_limits
from bowcore.matrix.log_odds import compare_classes, count_by_class, typical_terms
from bowcore.matrix.reduction import reduce_terms, strongest_terms
from bowcore.matrix.selection import SCORES, overlap, rank_by
from bowcore.matrix.unseen import unseen_rates
from bowcore.matrix.vocabulary import keep_columns, learn_vocabulary
from bowcore.matrix.weighting import weight
from bowcore.recipe.recipe import Recipe
from bowcore.take_home.views import VIEWS
from bowcore.take_home.views.matrix import LINES
from bowcore.tasks.find_leftovers import open_fields
from bowcore.text.stopwords import stop_list
from bowcore.text.units import join_fields
from bowcore.trace.lineage import step_effects, trace, whole_chain
from bowcore.trace.merges import find_merges
from bowcore.trace.stop_check import arrivals
from bowcore.trace.tricky_strings import TRICKY_STRINGS, terms_of_texts
from tests.take_home.parts_of_preprocessing import CHECKS as PARTS_OF_PREPROCESSING
from tests.take_home.parts_of_preprocessing import run_further
from tests.take_home.test_notebook import write_sample
from tests.take_home.test_page_code import RECOMMENDED, run

OTHER = RECOMMENDED.change(min_documents=1, stop_words="scikit-learn", word_forms="stem", weighting="count", ngrams=1)
RECIPES = {
    "recommended": RECOMMENDED.change(min_documents=1),
    "other": OTHER.change(vocabulary_size=500, possessives=False),
    "few": RECOMMENDED.change(min_documents=1, training_articles=50, drop_leaked=True),
}
SENTENCE = "Canada’s banks weren't closing in 2004."
STRING = "rock'n'roll won 5-0"
SETTINGS: dict[str, dict[str, Any]] = {
    "duplicates": {"similarity": 0.6},
    "source-words": {"near": 60, "least": 5},
    "articles": {"query": "government", "part": "training", "shortest": 100, "longest": 400},
    "rank-curve": {"find": "ing"},
    "typical-words": {"prior": 1_000, "n": 5},
    "word-list": {"order": 1, "share": True, "find": "e"},
    "order": {"sentence": SENTENCE},
    "test-bench": {"lines": (STRING,)},
    "cells": {"rows": "longest first", "columns": "typical of sports", "first_row": 20, "first_column": 40},
    "selection": {"n": 100, "shown": "chi-squared"},
    "limits": {"least": 3, "share": 0.3},
    "word-groups": {"new": 3},
    "lsa-and-pca": {"n": 5, "method": "lsa", "across": 2, "up": 4},
}
"""What a reader has chosen, other than the defaults."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of 111 stories, of which some repeat others."""
    name = write_sample(tmp_path_factory.mktemp("sample"))
    path = Path(name.partition("?")[0])
    rows = path.read_text(encoding="utf-8").split("\nbusiness;")
    copies = [*rows[1:6], *(row.replace(" the ", " a ", 1) for row in rows[6:12])]
    path.write_text("\nbusiness;".join([*rows[:12], *copies, *rows[12:]]), encoding="utf-8")
    return name


def settings_of(view: str, recipe: Recipe) -> dict[str, Any]:
    if view in ("accuracy", "runs", "what-each-step-did"):
        return {"before": recipe.change(lower_case=False), "step": "punctuation"}
    if view == "merges":
        return {"step": "lower_case" if recipe.terms.word_forms == "as-written" else "all steps"}
    if view == "by-hand":
        return {"texts": LINES[:3], "way": "TF-IDF", "row": 1, "term": "bank"}
    if view == "cells":
        matrix = process_experiments().answer(recipe).matrix
        term = matrix.vocabulary.terms[int(matrix.counts.train[3].indices[-1])].as_py()
        return SETTINGS[view] | {"cell": (3, term)}
    return SETTINGS.get(view, {})


SLOW = {"suspicious-labels"}
CASES = [
    pytest.param(view, name, id=f"{view}, {name}", marks=[pytest.mark.slow] if view in SLOW or name == "few" else [])
    for page, view in VIEWS
    if page != "Training" and view != "learning-curve"
    for name in RECIPES
]


@pytest.mark.parametrize(("view", "name"), CASES)
def test_the_code_of_a_view_gives_its_numbers(view: str, name: str, sample: str, tmp_path: Path) -> None:
    recipe = RECIPES[name].change(corpus=sample)
    page = next(page for page, known in VIEWS if known == view)
    answer = process_experiments().answer(recipe)
    settings = settings_of(view, recipe)
    names, printed = run(page, recipe, answer, tmp_path, view=view, settings=settings)
    CHECKS[view](names, printed, answer, settings)
    for (owner, part), check in PARTS_OF_PREPROCESSING.items():
        if owner == view and name != "few":
            check(names, run_further(view, part, names, recipe, settings), answer, settings)


@pytest.mark.parametrize(
    ("view", "part", "name"),
    [
        ("overview", "Columns", "recommended"),
        ("duplicates", "Without them", "recommended"),
        ("duplicates", "Without them", "other"),
        pytest.param("zipf-s-law", "Intervals", "other", marks=pytest.mark.slow),
        ("zipf-s-law", "Other shapes", "recommended"),
        ("test-bench", "With the recipe before", "other"),
    ],
)
def test_the_code_of_a_further_part_gives_its_numbers(
    view: str, part: str, name: str, sample: str, tmp_path: Path
) -> None:
    recipe = RECIPES[name].change(corpus=sample)
    page = next(page for page, known in VIEWS if known == view)
    settings = settings_of(view, recipe) | {"before": recipe.change(lower_case=False)}
    answer = process_experiments().answer(recipe)
    names, printed = run(page, recipe, answer, tmp_path, view=view, settings=settings, part=part)
    PART_CHECKS[part](names, printed, answer, settings)


def known(answer: Answer) -> slice:
    return slice(0, answer.matrix.vocabulary.n_known)


def check_overview(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    found = count_classes(answer.split)
    assert names["sizes"].to_numpy().T.ravel().tolist() == found.table["n"].tolist()
    assert f"{found.constant_guess}\n{found.constant_accuracy}\n" in printed


def check_duplicates(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    near = process_experiments().near_duplicates(answer.recipe)
    table = count_near_duplicates(near, answer.split, settings["similarity"])
    table = table.assign(where=table["where"].replace("across", "both")).set_index("where")
    found = names["pairs"].reindex(table.index, fill_value=0)
    assert table["n_pairs"].sum() >= 3
    assert found["pairs"].tolist() == table["n_pairs"].tolist()
    assert found["labels_differ"].tolist() == table["n_disagreeing"].tolist()


def check_leftovers(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    raw = process_experiments().reading(answer.recipe).articles
    found = {item.kind: item.n_articles for item in find_leftovers(raw, answer.split).findings}
    ours = names["counts"]["all"]
    assert ours[ours > 0].to_dict() == {kind: n for kind, n in found.items() if kind != "glued words"}


def check_source_words(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    counts, terms = answer.matrix.counts, answer.matrix.vocabulary.terms
    table = find_shortcuts(
        counts.train, counts.train_labels, terms, counts.class_names, {}, near=0.6, min_articles=settings["least"]
    ).set_index("term")
    found = names["found"]
    assert len(found) == len(table) > 10
    for one, other in (("articles", "articles"), ("class", "class")):
        assert found[one].to_dict() == table[other].to_dict()
    lows = dict(zip(found.index, (end.low for end in names["ends"]), strict=True))
    assert lows == pytest.approx(table["low"].to_dict())


def check_suspects(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    from functools import partial

    from bowcore.judge.label_issues import find_label_issues, judge_folds
    from bowcore.tasks.find_label_issues import learn_fold

    split, rows = answer.split, answer.matrix.rows
    texts = [
        f"{one} {two}".strip()
        for one, two in zip(*(split.train.articles[n].to_pylist() for n in ("title", "body")), strict=True)
    ]
    groups = np.array([texts.index(text) for text in texts])
    chances = np.zeros((len(rows), 5))
    learn = partial(learn_fold, answer.recipe)
    for one in judge_folds(answer.counts.train, answer.counts.terms, split, rows, learn, groups):
        chances[one.rows] = one.probabilities
    np.testing.assert_allclose(names["chances"], chances, atol=0.02)
    issues = find_label_issues(split.train.labels[rows], chances)
    assert len(np.setxor1d(names["rows"][names["issues"]], split.train.rows[issues.rows])) <= 1


def check_articles(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    found = search(answer.reading.articles, answer.split, settings["query"], part=settings["part"])
    n_words = count_words(answer.reading.articles)[found]
    n = int(((n_words >= settings["shortest"]) & (n_words <= settings["longest"])).sum())
    assert n > 0
    assert printed.startswith(f"{n}\n")


def check_rank_curve(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    vocabulary = answer.matrix.vocabulary
    terms, frequency = vocabulary.known_terms.to_pylist(), vocabulary.term_frequency.tolist()
    expected = {term: n for term, n in zip(terms, frequency, strict=False) if settings["find"] in term}
    assert names["frequency"].to_dict() == expected


def check_sizes(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    sizes = count_sizes(answer.matrix.vocabulary.term_frequency[known(answer)])
    assert names["sizes"].index.tolist() == sizes.counts.tolist()
    assert names["sizes"].tolist() == sizes.n_terms.tolist()


def check_zipf(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    frequency = answer.matrix.vocabulary.term_frequency[known(answer)]
    law = best_power_law(count_sizes(frequency))
    assert names["least"] == law.x_min
    assert (names["exponent"], names["distance"]) == pytest.approx((law.exponent, law.distance), rel=1e-4)
    ranks = np.sort(frequency)[::-1]
    expected = [naive_line(ranks).exponent, naive_line(ranks, last_rank=1000).exponent]
    assert [-slope for slope, _ in names["lines"]] == pytest.approx(expected)


def check_rare(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    found = {item.share: item.n_terms for item in coverage(answer.matrix.vocabulary.term_frequency[known(answer)])}
    assert names["n_terms"] == found


def check_growth(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    grown = grow(answer.matrix.counts.train[:, known(answer)])
    assert names["n_terms"].tolist() == pytest.approx(grown.table["terms"].tolist())
    assert names["n_tokens"].tolist() == pytest.approx(grown.table["tokens"].tolist())
    line = fit_heaps(grown)
    assert (names["exponent"], np.exp(names["constant"])) == pytest.approx((line.exponent, line.constant))


def check_typical(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    matrix, inside = answer.matrix, known(answer)
    by_class = count_by_class(matrix.counts.train, matrix.counts.train_labels, 5)[:, inside]
    odds = compare_classes(by_class, settings["prior"])
    terms = matrix.vocabulary.known_terms
    table = typical_terms(terms, by_class, by_class > 0, odds, answer.split.class_names, settings["n"])
    assert names["typical"] == table.groupby("class")["term"].agg(list).to_dict()


def check_word_list(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    features, vocabulary = answer.matrix.counts, answer.matrix.vocabulary
    documents = count_by_class((features.train > 0).astype(int), features.train_labels, 5)
    shares = 100 * documents / np.bincount(features.train_labels, minlength=5)[:, None]
    order = np.argsort(-vocabulary.term_frequency, kind="stable")
    terms = np.array(vocabulary.terms.to_pylist())
    order = np.array([column for column in order if settings["find"] in terms[column]])
    order = order[np.argsort(-shares[settings["order"], order], kind="stable")]
    rates: Any = names["rates"]
    assert rates.index.tolist() == terms[order].tolist()
    np.testing.assert_allclose(rates.drop(columns=["count", "articles"]).to_numpy().T, shares[:, order])
    assert rates["count"].tolist() == vocabulary.term_frequency[order].tolist()
    assert rates["articles"].tolist() == vocabulary.document_frequency[order].tolist()


def check_effects(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    effects = step_effects(answer.chain, answer.reading.units.frequencies(), 5)
    assert list(names["effects"]) == [effect.name for effect in effects]
    for effect, found in zip(effects, names["effects"].values(), strict=True):
        ours = [effect.n_strings_before, *(getattr(effect, fate).n_strings for fate in names["fates"])]
        ours += [effect.n_strings_after, effect.dropped.n_tokens, effect.n_tokens_after]
        assert [int(n) for n in found.values()] == ours
    assert effects[2 if answer.recipe.terms.possessives else 1].changed.top[0].before in printed


def check_merges(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    chain, rows = answer.chain, answer.matrix.rows
    step = next((one for one in chain.steps if one.name == settings["step"]), None) or whole_chain(chain)
    found = find_merges(step, answer.reading.type_counts[rows], answer.split.train.labels[rows], 5)
    assert names["made"].nunique() == len(found.groups) > 100
    assert len(names["made"]) == len(found.forms)
    if "p_values" in names:
        tested = found.groups.dropna(subset="p_value")
        assert names["p_values"] == pytest.approx(dict(zip(tested["term"], tested["p_value"], strict=True)))


def check_order(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    traced = trace(SENTENCE, answer.recipe)
    after = names["lineage"].to_numpy().T.tolist()
    assert after[0] == [unit.unit for unit in traced.units]
    assert [[text.split() for text in step] for step in after[1:]] == [
        [list(unit.after[step]) for unit in traced.units] for step in range(len(traced.steps))
    ]


def check_bench(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    expected = terms_of_texts([STRING, *(case.text for case in TRICKY_STRINGS)], answer.recipe)
    assert [tuple(terms.split()) for terms in names["texts"]] == expected


def check_stop_lists(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    lists = {"spaCy": stop_list("spacy"), "scikit-learn": stop_list("scikit-learn"), "mine": ()}
    frequencies = np.asarray(answer.reading.type_counts[answer.matrix.rows].sum(axis=0)).ravel()
    every = [word for words in lists.values() for word in words]
    met = arrivals(answer.reading.units.types, frequencies, answer.recipe.terms, every)
    assert printed.splitlines() == [
        f"{name} {len(words)} words, {met.taken(words)} of {met.n_tokens} tokens, "
        f"{sum(not met.taken([word]) for word in words)} of the words never met"
        for name, words in lists.items()
    ]


def check_accuracy(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    sides = (process_experiments().answer(settings["before"]), answer)
    if "was" not in names:  # it would be too long
        sides = sides[1:]
    right = []
    for side in sides:
        logistic = {item.name: item for item in run_baselines(side.matrix.features)}["logistic regression"]
        right.append([side.predictions, logistic.validation_predictions])
    for place, side in enumerate([names[name] for name in ("was", "now") if name in names]):
        assert side["naive Bayes"].tolist() == (right[place][0] == answer.labels).tolist()
        assert (side["logistic regression"] != (right[place][1] == answer.labels)).sum() <= 1
    if len(sides) == 2:
        change = paired_change(answer.labels, right[0][0], right[1][0])
        assert f"{change.n_fixed} fixed, {change.n_broken} broken\nMcNemar's p: {change.p_value}" in printed
        ends = [float(number) for number in printed.split("points: ")[1].split("\n")[0].split()]
        assert ends == pytest.approx([change.low, change.high], abs=1e-4)


def check_blocks(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    assert names["train_cells"].shape == answer.matrix.features.train.shape


def check_switches(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    assert names["now"]["naive Bayes"].tolist() == (answer.predictions == answer.labels).tolist()


def check_by_hand(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    small = small_matrix(settings["texts"], answer.recipe)
    ways = weightings(answer.recipe)
    assert list(names["terms"]) == small.vocabulary.terms.to_pylist()
    for way, spec in ways.items():
        np.testing.assert_allclose(names["ways"][way].toarray(), weight(small.counts, small.vocabulary, spec).toarray())
    cell = names["ways"]["TF-IDF"].toarray()[1][list(names["terms"]).index("bank")]
    assert printed.endswith(f"the cell: {cell}\n")


def check_cells(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    matrix, weights = answer.matrix, answer.bayes.term_log_probability
    lengths = np.asarray(matrix.counts.train.sum(axis=1)).ravel()
    sport = answer.split.class_names.index("sports")
    others = (weights.sum(axis=0) - weights[sport]) / 4
    assert names["rows"].tolist() == np.argsort(-lengths, kind="stable")[20:40].tolist()
    expected = np.argsort(others - weights[sport], kind="stable")[40:60]
    margin = (weights[sport] - others)[expected]
    assert (weights[sport] - others)[names["columns"]] == pytest.approx(margin)
    np.testing.assert_allclose(names["train_cells"].toarray(), matrix.features.train.toarray())


def check_selection(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    train, labels = answer.counts.train[answer.matrix.rows], answer.matrix.features.train_labels
    spec = answer.recipe.change(vocabulary_size=0, select_by="term-frequency").vocabulary
    vocabulary = learn_vocabulary(answer.counts, train, labels, spec)
    allowed = keep_columns(train, vocabulary.columns)
    rankings = {name: rank_by(score(allowed, labels), settings["n"]) for name, score in SCORES.items()}
    for name, ranking in rankings.items():
        np.testing.assert_allclose(names["scores"][name][names["lists"][name]], ranking.scores, atol=1e-9)
    expected = overlap([rankings[name] for name in list(rankings)[:2]], vocabulary.n_terms)
    assert names["shared"]["term-frequency"]["document-frequency"] == expected[0, 1]


def check_limits(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    rows = answer.matrix.rows
    train = answer.counts.train[rows]
    frequency = np.asarray(train.sum(axis=0)).ravel().astype(np.int64)
    documents = np.bincount(train.indices, minlength=train.shape[1])
    left = preview_limits(frequency, documents, len(rows), settings["least"], settings["share"])
    assert printed.startswith(
        f"{left.n_left} of {left.n_terms} terms left, {left.rare.n_terms} rare and {left.common.n_terms} common"
    )
    assert float(printed.splitlines()[1].split()[0]) == pytest.approx(left.n_tokens_left / left.n_tokens)


def check_groups(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    for longest, (n_terms, n_once, n_tokens, n_filled, n_right) in names["sizes"].items():
        other = process_experiments().answer(answer.recipe.change(ngrams=longest))
        frequency = other.matrix.vocabulary.term_frequency
        expected = [len(frequency), (frequency == 1).sum(), frequency.sum(), other.matrix.features.train.nnz]
        assert [n_terms, n_once, n_tokens, n_filled] == expected
        assert n_right == other.scores.accuracy.n_right


def check_unknown(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    matrix = answer.matrix
    labels = (matrix.features.train_labels, matrix.features.validation_labels)
    table = unseen_rates(answer.counts, matrix.rows, matrix.vocabulary.columns, labels, answer.split.class_names)
    expected = table.groupby("split").tail(1)[["split", "n_unknown_tokens", "n_tokens"]].to_numpy().tolist()
    found_rows = [line.split() for line in printed.splitlines()]
    assert [[row[0], int(row[1]), int(row[3])] for row in found_rows] == expected


def check_reduction(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    assert len(names["explained"]) == settings["n"]
    for name in ("lsa", "pca"):
        ours = reduce_terms(answer.matrix.features.train, name, settings["n"]).explained
        np.testing.assert_allclose(names["explained"][name.upper()], ours, rtol=1e-6)
    if "method" in settings and "loadings" in names:
        features = answer.matrix.features
        reduction = reduce_terms(features.train, settings["method"], settings["n"])
        columns, values = strongest_terms(reduction.components, 10)
        for axis in (settings["across"] - 1, settings["up"] - 1):
            shown = dict(zip(answer.matrix.vocabulary.terms.take(columns[axis]).to_pylist(), values[axis], strict=True))
            assert {term: names["loadings"][axis][term] for term in shown} == pytest.approx(shown, abs=1e-6)
        np.testing.assert_allclose(names["points"], reduction.project(features.train), atol=1e-6)


CHECKS = {
    "overview": check_overview,
    "duplicates": check_duplicates,
    "leftovers": check_leftovers,
    "source-words": check_source_words,
    "suspicious-labels": check_suspects,
    "articles": check_articles,
    "rank-curve": check_rank_curve,
    "sizes": check_sizes,
    "zipf-s-law": check_zipf,
    "rare-words": check_rare,
    "growth": check_growth,
    "typical-words": check_typical,
    "word-list": check_word_list,
    "what-each-step-did": check_effects,
    "merges": check_merges,
    "order": check_order,
    "test-bench": check_bench,
    "stop-lists": check_stop_lists,
    "accuracy": check_accuracy,
    "runs": check_accuracy,
    "switches": check_switches,
    "blocks": check_blocks,
    "by-hand": check_by_hand,
    "cells": check_cells,
    "selection": check_selection,
    "limits": check_limits,
    "word-groups": check_groups,
    "unknown-words": check_unknown,
    "lsa-and-pca": check_reduction,
}


def check_columns(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    found = summarise_columns(answer.split).set_index(["column", "split"])
    for at, row in names["table"].iterrows():
        expected = found.loc[at, ["n", "n_empty", "n_distinct", *LENGTHS]].astype(float).tolist()
        assert row.astype(float).tolist() == pytest.approx(expected)
    assert names["width"] == pytest.approx(found.loc[("body", "training"), "bin_words"])
    for part, bars in names["bins"].items():
        assert tuple(bars) == found.loc[("body", part), "histogram"]


def check_without(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    least = settings["similarity"]
    for number, change in enumerate(({}, {"leak_similarity": 1.0}, {"leak_similarity": least})):
        recipe = answer.recipe.change(drop_leaked=bool(change), **change)
        other = process_experiments().answer(recipe)
        n, n_right = len(other.matrix.rows), int((other.predictions == other.labels).sum())
        change_found = paired_change(answer.labels, answer.predictions, other.predictions)
        first, second, third, fourth = printed.splitlines()[4 * number : 4 * number + 4]
        twins = find_twins(answer.split, recipe.sample.leak_similarity) & bool(change)
        were, are = (int((one.predictions == one.labels)[twins].sum()) for one in (answer, other))
        assert third == f"of {twins.sum()} texts that they repeat {were} were right, {are}"
        ends = [float(end) for end in fourth.split()[1:]]
        assert ends == pytest.approx([change_found.low, change_found.high], abs=1e-4)
        assert f" {n} to learn from, {n_right} right of {len(other.labels)} " in first
        low, high = other.scores.accuracy.low, other.scores.accuracy.high
        assert [float(number) for number in first.split()[-2:]] == pytest.approx([low, high])
        changed = f"{change_found.n_changed_label} changed label"
        assert second == f"{changed}, {change_found.n_fixed} fixed, {change_found.n_broken} broken"
    assert len(set(printed.splitlines()[::4])) == 3  # each leaves out more


def check_intervals(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    fit = fit_power_law(count_sizes(answer.matrix.vocabulary.term_frequency[known(answer)]))
    assert len(names["fits"]) == fit.n_resamples
    assert names["interval"].tolist() == pytest.approx(fit.interval, abs=1e-3)
    assert tuple(names["least_counts"]) == fit.x_min_interval


def check_shapes(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    sizes = count_sizes(answer.matrix.vocabulary.term_frequency[known(answer)])
    for shape in compare_shapes(sizes, best_power_law(sizes)):
        ratio, p = names["ratios"][shape.shape]
        assert (min(ratio, 0.0) if shape.nested else ratio) == pytest.approx(shape.log_ratio, abs=0.01)
        assert p == pytest.approx(shape.p, abs=0.01)


def check_bench_before(names: dict[str, Any], printed: str, answer: Answer, settings: dict[str, Any]) -> None:
    expected = terms_of_texts([STRING, *(case.text for case in TRICKY_STRINGS)], settings["before"])
    assert [tuple(terms.split()) for terms in names["texts"]] == expected
    assert expected != terms_of_texts([STRING, *(case.text for case in TRICKY_STRINGS)], answer.recipe)


PART_CHECKS = {
    "Columns": check_columns,
    "Without them": check_without,
    "Intervals": check_intervals,
    "Other shapes": check_shapes,
    "With the recipe before": check_bench_before,
}

ODD = [
    "The bank&#39;s rates rose on Monday (AP)",
    "LONDON (Reuters) - The cup final ended on MondayThe bank paid",
    "Rates on Monday, the bank said: The cup\\final <b>ended</b>",
    "AFP - A bank of rain on Monday, the cup ran over",
]
"""Texts with two tags, a place, a glued word and leftovers that the repair mends."""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("odd") / "odd.tsv"
    texts = [ODD[row % 4] if row < 8 else ODD[row % 4].replace("MondayThe", "Monday. The") for row in range(48)]
    rows = [f"{text} ☺☺ {row // 4}\t{'ab'[row % 2]}\n" for row, text in enumerate(texts)]
    path.write_text("".join(["text\tlabel\n", *rows]), encoding="utf-8")
    return str(path)


BLOCKS = {
    "sample": ("words 1-2 ratio-idf", "characters 2-2 case tfidf x0.5", "headline 1-1 counts", "digits counts"),
    "odd": ("words 2-2 ratio", "tags counts x2", "characters 1-3 tfidf"),
}
MODELS = ("svm 0.3", "logistic 1 on 1+2", "bayes 0.5")


@pytest.mark.parametrize("name", BLOCKS)
def test_the_code_of_blocks_gives_their_matrix_and_the_scores_of_their_models(
    name: str, sample: str, odd: str, tmp_path: Path
) -> None:
    corpus = {"sample": sample, "odd": odd}[name]
    recipe = RECIPES["recommended"].change(corpus=corpus, blocks=BLOCKS[name], models=MODELS)
    answer = process_experiments().answer(recipe)
    names, _ = run("Preprocessing", recipe, answer, tmp_path, view="blocks")
    counted, labels = count_open(answer.split, recipe), answer.matrix.features.train_labels
    n_classes = len(answer.split.class_names)
    fitted, joined, cells = fit_on(recipe, counted, answer.matrix.rows, labels, n_classes)
    models = joined.answer
    validation = fitted.join(counted, np.arange(answer.split.train.n_documents, answer.split.n_open))
    np.testing.assert_allclose(names["train_cells"].toarray(), cells.toarray(), atol=1e-6)
    np.testing.assert_allclose(names["validation_cells"].toarray(), validation.toarray(), atol=1e-6)
    settings = {"row": 2, "model": 0}
    printed = run_further("blocks", "Models", names, recipe, settings)
    np.testing.assert_allclose(np.mean(names["votes"], axis=0), vote(models, validation), atol=0.01)
    parts = contributions(models[0], fitted, validation)[2]
    np.testing.assert_allclose(names["added"].to_numpy()[:-1], parts, atol=0.002)
    n_right = int((vote(models, validation).argmax(axis=1) == answer.labels).sum())
    accuracy = Accuracy.of(n_right, len(answer.labels))
    line = next(line for line in printed.splitlines() if line.startswith("the mean: "))
    assert line.startswith(f"the mean: {n_right} right, ")
    assert [float(end) for end in line.split()[-2:]] == pytest.approx([accuracy.low, accuracy.high])


def test_the_code_of_the_steps_has_the_sizes_before_the_repair_and_the_symbols_that_are_lost(
    odd: str, tmp_path: Path
) -> None:
    recipe = RECIPES["recommended"].change(corpus=odd, repair=True)
    answer = process_experiments().answer(recipe)
    names, _ = run("Preprocessing", recipe, answer, tmp_path, view="what-each-step-did")
    for part in ("Symbols lost", "Before the steps"):
        printed = run_further("what-each-step-did", part, names, recipe, {})
        PARTS_OF_PREPROCESSING["what-each-step-did", part](names, printed, answer, {})
    assert names["lost"]["punctuation"]["☺"] == 2 * answer.split.n_open
    first, last = (line.split(": ")[1] for line in printed.splitlines())
    assert first.split()[:2] != last.split()


def test_the_code_of_the_parts_of_leftovers_gives_their_numbers(odd: str, tmp_path: Path) -> None:
    recipe = RECIPES["recommended"].change(corpus=odd)
    answer = process_experiments().answer(recipe)
    fields = open_fields(answer.split, recipe)
    raw = find_leftovers(join_fields(open_fields(answer.split, recipe)), answer.split)
    settings = {"kinds": tuple((finding.kind, finding.pattern) for finding in raw.findings)}

    def code_of(part: str) -> tuple[dict[str, Any], str]:
        return run("Data", recipe, answer, tmp_path, view="leftovers", settings=settings, part=part)

    names, _ = code_of("Glued words")
    glued = raw.finding("glued words")
    assert len(names["rows"]) == glued.n_articles == 2
    assert {word: len(rows) for word, rows in names["glued"].items()} == {"MondayThe": 2}
    names, _ = code_of("After the repair")
    repaired = find_leftovers(join_fields(open_fields(answer.split, recipe.change(repair=True))), answer.split)
    after = {item.kind: item.n_articles for item in repaired.findings if item.kind != "glued words"}
    assert len(after) < len(raw.findings) - 1
    assert names["counts"]["all"][names["counts"]["all"] > 0].to_dict() == after
    names, printed = code_of("Tags")
    tags = find_agency_tags(fields)
    assert {tag.text for tag in tags.tags} >= {"Reuters"}
    expected = tag_table(tags.tags, open_labels(answer.split), answer.split.class_names).set_index("tag")
    assert names["table"].T["articles"].to_dict() == pytest.approx(expected["articles"].to_dict())
    assert names["table"].T["at the edge"].to_dict() == pytest.approx(expected["at the edge"].to_dict())
    assert printed.startswith(f"{len(tags.tagged)} texts carry a tag\n")
