from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from bowcore.corpus.corpus import Provenance, SplitRule, make_corpus
from bowcore.corpus.split import Documents, SealedTest, Split, split_corpus
from bowcore.errors import EmptyVocabularyError
from bowcore.experiment.experiments import Experiments
from bowcore.experiment.stages import Matrix, build_matrix, count, map_terms, read_split, transform_texts
from bowcore.recipe.presets import preset
from bowcore.recipe.recipe import Recipe
from tests.laws import examples
from tests.text import reference, tricky

law = examples(80)


def documents(titles: list[str], bodies: list[str], labels: list[int]) -> Documents:
    table = pa.table({"title": pa.array(titles, pa.large_string()), "body": pa.array(bodies, pa.large_string())})
    return Documents(np.arange(len(titles)), table, np.array(labels, dtype=np.int32))


def split_of(train: list[tuple[str, str]], validation: list[tuple[str, str]], labels: list[int] | None = None) -> Split:
    """A split of (title, body) pairs; half of the training articles are of class 0 unless labels are given."""
    parts = []
    for rows in (train, validation):
        chosen = labels if labels and rows is train else [row % 2 for row in range(len(rows))]
        parts.append(documents([title for title, _ in rows], [body for _, body in rows], chosen))
    sealed = SealedTest(documents([], [], []), 2, parts[0])
    return Split(parts[0], parts[1], sealed, ("a", "b"))


def matrix_of(split: Split, recipe: Recipe) -> Matrix:
    reading = read_split(split, recipe)
    return build_matrix(count(reading, map_terms(reading, recipe), recipe), split, recipe)


def assert_equal(found: sparse.csr_matrix, expected: sparse.csr_matrix) -> None:
    assert found.shape == expected.shape
    assert found.nnz == expected.nnz
    assert (found != expected).nnz == 0


def tutorial_cleaning(dataset: pd.Series) -> pd.Series:
    """The tutorial's second cleaning function."""
    cleaned = dataset.str.lower()
    cleaned = cleaned.str.replace(r"(\w+)'s\b", r"\1", regex=True)
    cleaned = cleaned.str.replace(r"[^a-zA-Z'\s]", " ", regex=True)
    cleaned = cleaned.str.replace(r"\s'|'\s", " ", regex=True)
    return cleaned.str.replace(r"\s+", " ", regex=True).str.strip()


def tutorial_texts(part: Documents) -> pd.Series:
    """Title and description, cleaned apart by Python's own `str` and `re`, and joined."""
    fields = [pd.Series(part.articles[name].to_pylist(), dtype=object) for name in ("title", "body")]
    return tutorial_cleaning(fields[0]) + " " + tutorial_cleaning(fields[1])


def assert_tutorial(split: Split) -> Matrix:
    vectorizer = CountVectorizer()
    expected = vectorizer.fit_transform(tutorial_texts(split.train))
    matrix = matrix_of(split, preset("tutorial-baseline"))
    assert matrix.vocabulary.terms.to_pylist() == vectorizer.get_feature_names_out().tolist()
    assert_equal(matrix.features.train, expected)
    if split.validation.n_documents:
        assert_equal(matrix.features.validation, vectorizer.transform(tutorial_texts(split.validation)))
    return matrix


def test_pandas_arrow_strings_clean_like_python_but_for_one_capital() -> None:
    glued = [one + other for one in tricky.FRAGMENTS for other in (*tricky.FRAGMENTS, "")]
    words = CountVectorizer().build_analyzer()
    python, arrow = (tutorial_cleaning(pd.Series(glued, dtype=dtype)) for dtype in (object, "str"))
    differing = [text for text, one, two in zip(glued, python, arrow, strict=True) if words(one) != words(two)]
    # Arrow lowers İ to i; Python to i and a dot above, which ends the word
    assert differing
    assert all("İ" in text for text in differing)


articles = st.lists(st.tuples(tricky.texts, tricky.texts), min_size=1, max_size=30)


@examples(150)
@given(articles, st.integers(1, 30))
@example([("Don't stand for it's", "boys' 'quoted' x's's İstanbul's KELVIN K's")], 1)
@example([("'", "'"), ("''s", "s'")], 1)
def test_the_tutorials_preset_equals_pandas_and_scikit_learn(rows: list[tuple[str, str]], n_train: int) -> None:
    split = split_of(rows[:n_train], rows[n_train:])
    try:
        assert_tutorial(split)
    except ValueError as error:
        assert "empty vocabulary" in str(error)
        with pytest.raises(EmptyVocabularyError):
            matrix_of(split, preset("tutorial-baseline"))


def test_the_tutorials_preset_equals_pandas_and_scikit_learn_on_bbc_news() -> None:
    experiment = Experiments().answer(preset("tutorial-baseline"))
    matrix = assert_tutorial(experiment.split)
    assert matrix.vocabulary.terms.equals(experiment.matrix.vocabulary.terms)
    assert matrix.features.n_terms > 20_000


def test_the_tutorials_preset_equals_pandas_and_scikit_learn_on_ag_news(
    bowlab_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOWLAB_DATA", str(bowlab_data))
    split = Experiments().split(preset("tutorial-baseline", corpus="ag-news"))
    assert split.train.n_documents == 51_993
    matrix = assert_tutorial(split)
    assert matrix.features.n_terms == 45_723


recipes = st.tuples(
    tricky.recipes,
    st.fixed_dictionaries(
        {
            "text_used": st.sampled_from(["headline", "headline+body"]),
            "min_documents": st.integers(1, 3),
            "max_document_share": st.sampled_from([1.0, 0.9, 0.5]),
            "vocabulary_size": st.sampled_from([0, 0, 1, 5, 20]),
            "select_by": st.sampled_from(["term-frequency", "document-frequency"]),
            "weighting": st.sampled_from(["binary", "count", "tfidf"]),
            "sublinear_tf": st.booleans(),
            "use_idf": st.booleans(),
            "smooth_idf": st.booleans(),
            "norm": st.sampled_from(["l1", "l2", "none"]),
        }
    ),
).map(lambda parts: parts[0].change(**parts[1]))


def plain_matrix(
    train: list[tuple[str, str]], validation: list[tuple[str, str]], recipe: Recipe
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Terms and cell values from counters and scikit-learn's `TfidfTransformer`; no terms when none are left."""

    def bag(row: tuple[str, str]) -> Counter[str]:
        text = row[0] if recipe.text.text_used == "headline" else f"{row[0]} {row[1]}"
        return Counter(reference.grouped(reference.terms_of(text, recipe.terms), recipe.terms.ngrams))

    bags = [[bag(row) for row in part] for part in (train, validation)]
    spec = recipe.vocabulary
    occurrences, in_articles = Counter(), Counter()
    for one in bags[0]:
        occurrences.update(one)
        in_articles.update(set(one))
    most = spec.max_document_share * len(train)
    allowed = [term for term in sorted(occurrences) if spec.min_documents <= in_articles[term] <= most]
    score = occurrences if spec.select_by == "term-frequency" else in_articles
    best = sorted(allowed, key=lambda term: (-score[term], term))
    terms = sorted(best[: spec.vocabulary_size or None])
    tables = [np.array([[one[term] for term in terms] for one in part]).reshape(len(part), len(terms)) for part in bags]
    if not terms or recipe.weighting.weighting == "count":
        return terms, *tables
    if recipe.weighting.weighting == "binary":
        return terms, *(np.minimum(table, 1) for table in tables)
    options = recipe.weighting
    transformer = TfidfTransformer(
        norm=None if options.norm == "none" else options.norm,
        use_idf=options.use_idf,
        smooth_idf=options.smooth_idf,
        sublinear_tf=options.sublinear_tf,
    ).fit(tables[0])
    return terms, *(transformer.transform(table).toarray() if len(table) else np.zeros(table.shape) for table in tables)


@examples(150)
@given(articles, st.integers(1, 30), recipes)
def test_every_recipes_matrix_equals_the_plain_pipelines(
    rows: list[tuple[str, str]], n_train: int, recipe: Recipe
) -> None:
    train, validation = rows[:n_train], rows[n_train:]
    split = split_of(train, validation)
    terms, *tables = plain_matrix(train, validation, recipe)
    if not terms:
        with pytest.raises(EmptyVocabularyError):
            matrix_of(split, recipe)
        return
    matrix = matrix_of(split, recipe)
    assert matrix.features.terms.to_pylist() == terms
    parts = matrix.features.train, matrix.features.validation
    for found, expected, filled in zip(parts, tables, matrix.filled, strict=True):
        np.testing.assert_allclose(found.toarray(), expected, rtol=1e-12, atol=0)
        np.testing.assert_array_equal(filled, (expected > 0).sum(axis=1))
    assert (matrix.shape, matrix.n_filled) == (tables[0].shape, np.count_nonzero(tables[0]))


@law
@given(articles.filter(lambda rows: len(rows) > 1), recipes, st.randoms(use_true_random=False))
def test_shuffling_documents_permutes_rows_only(rows: list[tuple[str, str]], recipe: Recipe, random: object) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    try:
        one = matrix_of(split_of(rows, []), recipe)
    except EmptyVocabularyError:
        return
    two = matrix_of(split_of([rows[position] for position in order], []), recipe)
    assert two.features.terms.equals(one.features.terms)
    assert_equal(two.counts.train, one.counts.train[order])
    np.testing.assert_allclose(two.features.train.toarray(), one.features.train[order].toarray(), rtol=1e-12)


@law
@given(articles, articles, articles, recipes)
def test_validation_articles_change_nothing_that_is_fitted(
    train: list[tuple[str, str]], one: list[tuple[str, str]], two: list[tuple[str, str]], recipe: Recipe
) -> None:
    try:
        first = matrix_of(split_of(train, one), recipe)
    except EmptyVocabularyError:
        return
    second = matrix_of(split_of(train, two), recipe)
    assert first.vocabulary.terms.equals(second.vocabulary.terms)
    assert_equal(first.features.train, second.features.train)


@law
@given(articles, articles, recipes)
def test_other_texts_get_the_cells_that_they_would_get_as_validation_articles(
    train: list[tuple[str, str]], validation: list[tuple[str, str]], recipe: Recipe
) -> None:
    split = split_of(train, validation)
    try:
        matrix = matrix_of(split, recipe)
    except EmptyVocabularyError:
        return
    texts = read_split(split, recipe).texts[len(train) :]
    assert_equal(transform_texts(texts, matrix, recipe), matrix.features.validation)


def leaking_corpus() -> Split:
    """Every article of the validation and of the test split has a word that no other article has."""
    labels = np.array([0, 1] * 50)
    provenance = Provenance(title="Lunch", origin="written for this test", licence="none")
    bodies = [f"soup word{chr(97 + row // 26)}{chr(97 + row % 26)}" for row in range(100)]
    corpus = make_corpus(
        "lunch", ["lunch"] * 100, bodies, labels, ("a", "b"), rule=SplitRule(0.15, 0.15), provenance=provenance
    )
    return split_corpus(corpus, Recipe().split)


@pytest.mark.parametrize("weighting", ["count", "tfidf"])
@pytest.mark.parametrize("ngrams", [1, 2])
def test_a_word_found_only_in_validation_or_test_never_becomes_a_column(weighting: str, ngrams: int) -> None:
    split = leaking_corpus()
    recipe = Recipe().change(weighting=weighting, ngrams=ngrams)
    terms = set(matrix_of(split, recipe).features.terms.to_pylist())
    training = {body.split()[1] for body in split.train.articles["body"].to_pylist()}
    elsewhere = [
        body.split()[1]
        for part in (split.validation, split.test.unseal())
        for body in part.articles["body"].to_pylist()
    ]
    assert len(elsewhere) == 30
    assert training <= terms
    assert not any(word in term for word in elsewhere for term in terms)


def test_idf_is_learned_from_training_articles_alone() -> None:
    train = [("soup", ""), ("soup salad", "")]
    recipe = Recipe().change(weighting="tfidf", norm="none")
    matrix = matrix_of(split_of(train, [("salad", "")] * 50), recipe)
    assert matrix.features.terms.to_pylist() == ["salad", "soup"]
    assert matrix.features.validation.toarray()[0].tolist() == [np.log(3 / 2) + 1, 0.0]


def test_articles_left_out_of_the_sample_teach_nothing() -> None:
    train = [(f"word{chr(97 + row)} soup", "") for row in range(20)]
    split = split_of(train, [("wordzz", "")], labels=[row % 2 for row in range(20)])
    recipe = Recipe().change(training_articles=6, weighting="tfidf")
    matrix = matrix_of(split, recipe)
    chosen = [train[row] for row in matrix.rows]
    assert len(chosen) == 6
    terms, table, _ = plain_matrix(chosen, [], recipe)
    assert matrix.features.terms.to_pylist() == terms
    np.testing.assert_allclose(matrix.features.train.toarray(), table, rtol=1e-12)
    assert matrix.features.train_labels.tolist() == split.train.labels[matrix.rows].tolist()
    assert matrix.vocabulary.n_documents == 6


def test_the_training_share_leaves_validation_articles_alone() -> None:
    split = leaking_corpus()
    recipe = Recipe().change(training_articles=20)
    matrix = matrix_of(split, recipe)
    assert matrix.features.validation.shape[0] == split.validation.n_documents
    assert matrix.features.train.shape[0] == 20


def test_the_matrix_has_raw_counts_and_cell_values() -> None:
    split = split_of([("soup soup", ""), ("salad", "")], [("soup", "")])
    matrix = matrix_of(split, Recipe().change(weighting="tfidf"))
    assert matrix.counts.train.toarray().tolist() == [[0, 2], [1, 0]]
    assert matrix.features.train.toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert replace(matrix.features, train=matrix.counts.train).n_classes == 2


def test_a_repaired_text_counts_the_word_that_was_meant() -> None:
    split = split_of([("Canada #39;s AT amp;T", "second\\team &lt;b&gt;won&lt;/b&gt;")], [])
    plain, repaired = (matrix_of(split, Recipe().change(repair=on)).features.terms.to_pylist() for on in (False, True))
    assert repaired == ["at", "canada", "second", "t", "team", "won"]
    assert {"amp", "lt", "gt"} <= set(plain)
    assert {"amp", "lt", "gt", "b"}.isdisjoint(repaired)


def test_hostile_texts_survive_every_step() -> None:
    rows = [("", ""), ("😀", ""), ("a" * 100_000, "é" * 100_000), ("plain words", "x's " * 1000)]
    recipe = Recipe().change(
        repair=True, contractions="split", stop_words="spacy", word_forms="stem", token_pattern="scikit-learn", ngrams=3
    )
    matrix = matrix_of(split_of(rows, rows), recipe)
    assert matrix.counts.train.toarray()[0].sum() == 0
    assert matrix.counts.train.toarray()[1].sum() == 0
    assert "a" * 100_000 in matrix.features.terms.to_pylist()
    assert_equal(matrix.features.train, matrix.features.validation)


def test_running_a_recipe_twice_gives_the_same_matrix() -> None:
    recipe = preset("recommended").change(training_articles=200, vocabulary_size=500, text_used="headline")
    one, two = Experiments().matrix(recipe), Experiments().matrix(recipe)
    assert one.features.terms.equals(two.features.terms)
    assert_equal(one.features.train, two.features.train)
    assert (one.features.train.shape, one.features.validation.shape) == ((200, 500), (334, 500))


def test_shuffled_labels_are_the_same_labels_in_another_order_and_only_those_of_training() -> None:
    split = split_of([(f"word{row}", "") for row in range(40)], [("word1", ""), ("word2", "")])
    recipe = Recipe().change(min_documents=1)
    kept = matrix_of(split, recipe).features
    for seed in (0, 1):
        shuffled = matrix_of(split, recipe.change(shuffled_labels=True, sample_seed=seed)).features
        assert Counter(shuffled.train_labels.tolist()) == Counter(kept.train_labels.tolist())
        assert (shuffled.train_labels != kept.train_labels).mean() > 0.25
        assert shuffled.validation_labels.tolist() == kept.validation_labels.tolist()
        assert_equal(shuffled.train, kept.train)


def test_stop_words_alone_are_the_terms_of_the_list_that_training_articles_hold() -> None:
    split = split_of([("the cat and the dog", ""), ("a dog of their own", "")], [("the cat of yours", "")])
    whole, alone = (matrix_of(split, Recipe().change(stop_words_only=only)) for only in (False, True))
    terms = alone.features.terms.to_pylist()
    assert terms == ["a", "and", "of", "own", "the", "their"]
    columns = [whole.features.terms.to_pylist().index(term) for term in terms]
    assert_equal(alone.features.train, whole.features.train[:, columns])
    with pytest.raises(EmptyVocabularyError, match="None of the terms is a stop word"):
        matrix_of(split_of([("cat", ""), ("dog", "")], [("cat", "")]), Recipe().change(stop_words_only=True))
