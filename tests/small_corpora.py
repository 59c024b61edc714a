"""Small corpora that every statistic is tried on: one article, twenty classes, a lopsided pair, Greek, Japanese.

Each function returns texts, the class of each as a position, and the names of the classes.
"""

from __future__ import annotations

from collections.abc import Callable

SmallCorpus = tuple[list[str], list[int], tuple[str, ...]]

_DISHES = (
    *("soup", "bread", "salad", "cheese", "butter", "honey", "garlic", "onion"),
    *("pepper", "lentil", "barley", "cabbage", "carrot", "plum", "quince"),
)


def one_document() -> SmallCorpus:
    """One article of one class."""
    return ["bread and butter and more bread"], [0], ("kitchen",)


def twenty_classes() -> SmallCorpus:
    """Sixty articles, three a class; each class has a word of its own."""
    texts, labels = [], []
    for label in range(20):
        for row in range(3):
            dish, other = _DISHES[label % 15], _DISHES[(label + row + 1) % 15]
            texts.append(f"the {dish} of table {'abcdefghijklmnopqrst'[label] * 3} with {other} and {dish}")
            labels.append(label)
    return texts, labels, tuple(f"table {label + 1}" for label in range(20))


def unbalanced_pair() -> SmallCorpus:
    """Twenty-four articles of one class against one of the other."""
    texts = [f"rain over the {dish} field and wind" for dish in (*_DISHES, *_DISHES[:9])]
    return [*texts, "a dry and sunny harbour"], [0] * 24 + [1], ("rain", "sun")


def greek() -> SmallCorpus:
    """Greek, with accents, capitals and both forms of sigma."""
    texts = [
        "Η θάλασσα είναι ήρεμη σήμερα",
        "ΤΟ ΚΑΡΑΒΙ φεύγει από το λιμάνι",
        "Ο φούρναρης ψήνει ψωμί στον φούρνο",
        "Ψωμί, τυρί και ελιές στο τραπέζι",
        "Οι ναύτες γυρίζουν στο λιμάνι τους",
        "Το τυρί του χωριού είναι αλμυρό",
    ]
    return texts, [0, 0, 1, 1, 0, 1], ("θάλασσα", "τραπέζι")


def japanese() -> SmallCorpus:
    """Japanese, which has no spaces inside a sentence."""
    texts = [
        "猫が庭で寝ている。",
        "犬は公園で走る。 犬は速い。",
        "魚を焼いて食べる。",
        "朝ごはんは魚とご飯。",
        "猫は魚が好き。",
    ]
    return texts, [0, 0, 1, 1, 0], ("動物", "食事")


SMALL_CORPORA: dict[str, Callable[[], SmallCorpus]] = {
    "one document": one_document,
    "twenty classes": twenty_classes,
    "an unbalanced pair": unbalanced_pair,
    "Greek": greek,
    "Japanese": japanese,
}
"""All of them by name."""
