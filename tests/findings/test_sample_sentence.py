"""The sentence that Preprocessing follows until the reader writes one."""

import pytest

from bowcore.findings.sample_sentence import LONGEST, sample_sentence
from tests.pages.plain import articles


def test_the_sentence_with_the_most_kinds_of_words_is_chosen_and_the_first_of_them() -> None:
    dull = "It was quiet in the town all day."
    telling = "Anna's son didn't see 39 well-known cafés, he said."
    texts = [f"{dull} {dull}", f"{dull} {telling} {dull}", telling.replace("39", "40")]
    assert sample_sentence(texts) == telling


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ""),
        (["", "  "], ""),
        (["", "two words"], "two words"),
        (["猫が窓で寝ています。電車が駅に着く。"], "猫が窓で寝ています。電車が駅に着く。"),
        (["قال الوزير إن البلاد بخير اليوم؟ نعم"], "قال الوزير إن البلاد بخير اليوم؟"),
        (["x" * 500], "x" * LONGEST),
    ],
)
def test_texts_without_such_a_sentence_give_the_beginning_of_the_first(texts: list[str], expected: str) -> None:
    assert sample_sentence(texts) == expected


def test_the_sentence_of_a_corpus_is_one_of_its_own() -> None:
    bodies = [f"{title} {body}" for title, body, _ in articles("train")[:50]]
    found = sample_sentence(bodies)
    assert any(found in " ".join(body.split()) for body in bodies)
    assert any(sign.isdigit() for sign in found) and any(sign.isupper() for sign in found)
