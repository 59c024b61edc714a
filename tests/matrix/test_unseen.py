"""Words outside the vocabulary, against Python's sets and counters."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from bowcore.matrix.unseen import unseen_rates, unseen_terms
from bowcore.recipe.recipe import Recipe
from tests.matrix.small import small_answer
from tests.small_corpora import SMALL_CORPORA
from tests.text.reference import words as words_of

PLAIN = Recipe().change(lower_case=False, possessives=False, punctuation=False, digits=False)
RECIPES = {
    "all": PLAIN,
    "five terms": PLAIN.change(vocabulary_size=5),
    "no rare terms": PLAIN.change(min_documents=2),
    "a sample": PLAIN.change(training_articles=2),
}


def by_counting(name: str, recipe: Recipe) -> tuple[pd.DataFrame, pd.DataFrame]:
    split, _, matrix = small_answer(name, recipe)
    known = set(matrix.vocabulary.known_terms.to_pylist())
    texts = {part: getattr(split, part).articles["title"].to_pylist() for part in ("train", "validation")}
    labels = {part: getattr(split, part).labels.tolist() for part in ("train", "validation")}
    texts["train"] = [texts["train"][row] for row in matrix.rows]
    labels["train"] = [labels["train"][row] for row in matrix.rows]
    seen = {word for text in texts["train"] for word in words_of(text)}
    rows = []
    for part, split_name in (("train", "training"), ("validation", "validation")):
        for label, class_name in [*enumerate(split.class_names), (None, "all classes")]:
            chosen = [text for text, of in zip(texts[part], labels[part], strict=True) if label in (None, of)]
            words = [word for text in chosen for word in words_of(text)]
            rows.append(
                {
                    "split": split_name,
                    "class": class_name,
                    "n_articles": len(chosen),
                    "n_tokens": len(words),
                    "n_unknown_tokens": sum(word not in known for word in words),
                    "n_never_tokens": sum(word not in seen for word in words),
                    "n_types": len(set(words)),
                    "n_unknown_types": len(set(words) - known),
                    "n_never_types": len(set(words) - seen),
                    "n_empty": sum(not known & set(words_of(text)) for text in chosen),
                }
            )
    counters = {part: Counter(word for text in texts[part] for word in words_of(text)) for part in texts}
    outside = (set(counters["train"]) | set(counters["validation"])) - known
    order = sorted(outside, key=lambda word: (-counters["validation"][word], -counters["train"][word], word))
    terms = [
        {
            "term": word,
            "in_validation": counters["validation"][word],
            "in_training": counters["train"][word],
            "documents": sum(word in words_of(text) for text in texts["validation"]),
            "reason": "cut" if word in seen else "never seen",
        }
        for word in order
    ]
    return pd.DataFrame(rows), pd.DataFrame(terms)


@pytest.mark.parametrize("name", SMALL_CORPORA)
@pytest.mark.parametrize("recipe", RECIPES)
def test_rates_and_terms_are_those_of_sets_and_counters(name: str, recipe: str) -> None:
    if (name, recipe) == ("one_document", "no rare terms"):
        pytest.skip("one article has rare terms only")
    rates, terms = by_counting(name, RECIPES[recipe])
    split, counts, matrix = small_answer(name, RECIPES[recipe])
    found = unseen_rates(
        counts,
        matrix.rows,
        matrix.vocabulary.columns,
        (matrix.features.train_labels, matrix.features.validation_labels),
        split.class_names,
    )
    assert found.to_dict("records") == rates.to_dict("records")
    listed = unseen_terms(counts, matrix.rows, matrix.vocabulary.columns)
    assert listed.to_dict("records") == terms.to_dict("records")
    assert unseen_terms(counts, matrix.rows, matrix.vocabulary.columns, 2).to_dict("records") == listed.head(2).to_dict(
        "records"
    )
