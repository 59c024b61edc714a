"""Small corpora on which every statistic is tried: texts, labels and class names.

One document, twenty classes, a rare class beside a large one, Greek and Japanese. All lines were written for this
file. Test on each of them what is claimed of all corpora.
"""

from __future__ import annotations

from collections.abc import Callable

SmallCorpus = tuple[list[str], list[int], tuple[str, ...]]


def one_document() -> SmallCorpus:
    """One article of one class."""
    return ["Rain falls on the roof and the rain runs down the roof"], [0], ("weather",)


def twenty_classes() -> SmallCorpus:
    """Three articles for each of twenty classes; every class has a word of its own, and all share some."""
    crafts = (
        "baker", "smith", "tailor", "weaver", "potter", "miller", "cooper", "mason", "tanner", "glazier",
        "roofer", "joiner", "cobbler", "dyer", "brewer", "barber", "fisher", "printer", "painter", "gardener",
    )  # fmt: skip
    texts, labels = [], []
    for label, craft in enumerate(crafts):
        texts += [
            f"The {craft} opens the shop at {label + 1} o'clock",
            f"A {craft} and another {craft} share one lamp",
            f"Nobody knew that the old {craft} could sing",
        ]
        labels += [label] * 3
    return texts, labels, crafts


def unbalanced() -> SmallCorpus:
    """Forty articles of one class and two of the other."""
    trains = [f"The train to platform {number} leaves late and the guard waves" for number in range(40)]
    return [*trains, "The ferry crosses the bay", "A ferry waits for the guard"], [0] * 40 + [1] * 2, ("rail", "sea")


def greek() -> SmallCorpus:
    """Two classes in Greek, with accents, capitals and a final sigma."""
    texts = [
        "Η γάτα κοιμάται στον ήλιο",
        "Η ΓΆΤΑ πεινάει και η γάτα παίζει",
        "Ο μικρός γάτος τρέχει στον κήπο",
        "Το καράβι φεύγει από το λιμάνι",
        "Το λιμάνι είναι άδειο, το καράβι λείπει",
    ]
    return texts, [0, 0, 0, 1, 1], ("ζώα", "θάλασσα")


def japanese() -> SmallCorpus:
    """Two classes in Japanese: with spaces between words, and as it is written, without any."""
    texts = [
        "猫 が 窓 で 寝る",
        "黒い 猫 と 白い 猫",
        "猫が窓で寝ています。",
        "電車 が 駅 に 着く",
        "次の電車は遅れています。",
    ]
    return texts, [0, 0, 0, 1, 1], ("動物", "鉄道")


SMALL_CORPORA: dict[str, Callable[[], SmallCorpus]] = {
    corpus.__name__: corpus for corpus in (one_document, twenty_classes, unbalanced, greek, japanese)
}
"""All of them by name: `@pytest.mark.parametrize("name", SMALL_CORPORA)`."""
