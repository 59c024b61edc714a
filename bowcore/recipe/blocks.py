"""Blocks of features, joined into one matrix, and the linear models that are fitted on it: one line of text each.

`words 1-2 ratio-idf` are words and pairs of words; `characters 2-5 case tfidf x0.5` are groups of two to five
characters within words, capitals kept, with half the weight. `svm 1` is a linear SVM with C = 1 on all blocks,
`logistic 20 on 2` is logistic regression on the second block alone, and `bayes 0.1` multinomial naive Bayes with 0.1
added to every sum. Several models answer with the mean of their votes, or are stacked: a logistic regression of their
margins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bowcore.errors import RecipeError
from bowcore.names import quoted
from bowcore.recipe.settings import Option, choice, setting

MOST_BLOCKS, MOST_MODELS = 8, 8
LONGEST_WORDS, LONGEST_CHARACTERS = 3, 8
"""Longest group of words, and of characters."""

SOURCES: dict[str, Option] = {
    row.value: row
    for row in (
        Option("words", "Words after the recipe's steps", "words"),
        Option("headline", "Words of the headline alone", "headline"),
        Option("characters", "Characters within words", "characters"),
        Option("tags", "Text in brackets, such as (Reuters)", "tags"),
        Option("digits", "Shapes of numbers: $4.50 is $0.0", "shapes of digits"),
    )
}
"""What a block counts, by its name in a recipe. The last two have no groups."""
GROUPED = {"words": LONGEST_WORDS, "headline": LONGEST_WORDS, "characters": LONGEST_CHARACTERS}
"""Longest groups by source."""

WEIGHTINGS: dict[str, Option] = {
    row.value: row
    for row in (
        Option("counts", "Logarithm of counts", "log counts"),
        Option("tfidf", "TF-IDF", "TF-IDF"),
        Option("ratio", "Log-count ratio (NB-SVM)", "log-count ratios"),
        Option("ratio-idf", "Log-count ratio × IDF", "log-count ratios × IDF"),
    )
}
"""Cell values of a block, by their names in a recipe."""

KINDS: dict[str, Option] = {
    row.value: row
    for row in (
        Option("svm", "Linear SVM", "linear SVM"),
        Option("logistic", "Logistic regression", "logistic regression"),
        Option("bayes", "Multinomial naive Bayes", "naive Bayes"),
    )
}
"""Models, by their names in a recipe."""

MEAN, STACKING = Option("mean", "Mean of votes"), Option("stacking", "Stacking")
"""How several models are joined; the sentence of a recipe says it with its models."""

_BLOCK = re.compile(
    r"(?P<source>[a-z]+)(?: (?P<low>\d)-(?P<high>\d))?(?P<case> case)? (?P<weighting>[a-z-]+)"
    r"(?: x(?P<weight>\d{1,3}(?:\.\d{1,4})?))?"
)
_MODEL = re.compile(r"(?P<kind>[a-z]+) (?P<c>\d{1,4}(?:\.\d{1,6})?)(?: on (?P<on>\d(?:\+\d)*))?")
_BLOCK_HELP = "write, for example, 'words 1-2 tfidf' or 'characters 2-5 case ratio-idf x0.5'"
_MODEL_HELP = "write, for example, 'svm 1', 'logistic 20 on 1+2' or 'bayes 0.1'"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of columns: what is counted, in groups of `low` to `high`, how it is weighted, and its weight.

    `case` keeps capitals and applies to characters; the case of words is a step of the recipe.
    """

    source: str
    low: int = 1
    high: int = 1
    case: bool = False
    weighting: str = "tfidf"
    weight: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Block:
        """The block that a line describes.

        Raises:
            RecipeError: It describes none.
        """
        found = _BLOCK.fullmatch(text)
        if found is None or found["source"] not in SOURCES or found["weighting"] not in WEIGHTINGS:
            raise RecipeError(f"{quoted(text)} is not a block; {_BLOCK_HELP}.", "blocks")
        source = found["source"]
        low, high = int(found["low"] or 1), int(found["high"] or 1)
        longest = GROUPED.get(source, 1)
        if not 1 <= low <= high <= longest or (found["low"] and source not in GROUPED):
            raise RecipeError(
                f"{quoted(text)}: groups of {source} have 1 to {longest} parts, shortest first.", "blocks"
            )
        if found["case"] and source != "characters":
            raise RecipeError(f"{quoted(text)}: only characters have 'case'; lower case is a step of words.", "blocks")
        weight = float(found["weight"] or 1)
        if not 0 < weight <= 100:
            raise RecipeError(f"{quoted(text)}: a weight is above 0 and at most 100.", "blocks")
        return cls(source, low, high, bool(found["case"]), found["weighting"], weight)

    @property
    def text(self) -> str:
        """The line that describes it."""
        groups = f" {self.low}-{self.high}" if self.source in GROUPED else ""
        case = " case" if self.case else ""
        weight = "" if self.weight == 1 else f" x{_short(self.weight)}"
        return f"{self.source}{groups}{case} {self.weighting}{weight}"

    @property
    def counted(self) -> str:
        """What it counts, in words: `characters 2–5, case kept`."""
        groups = f" {self.low}–{self.high}" if self.high > 1 else ""
        return f"{SOURCES[self.source].words}{groups}{', case kept' if self.case else ''}"

    @property
    def words(self) -> str:
        """The block in words: `words 1–2 (TF-IDF)`."""
        weight = "" if self.weight == 1 else f", weight {_short(self.weight)}"
        return f"{self.counted} ({WEIGHTINGS[self.weighting].words}{weight})"


@dataclass(frozen=True, slots=True)
class Model:
    """A linear model of the blocks: its kind, its C, and the numbers of its blocks, from 1; none means all.

    Naive Bayes has no C: the number is what it adds to the sum of every column in every class.
    """

    kind: str
    c: float
    on: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Model:
        """The model that a line describes.

        Raises:
            RecipeError: It describes none.
        """
        found = _MODEL.fullmatch(text)
        if found is None or found["kind"] not in KINDS:
            raise RecipeError(f"{quoted(text)} is not a model of blocks; {_MODEL_HELP}.", "models")
        c = float(found["c"])
        if not 1e-4 <= c <= 1000:
            number = "the number added" if found["kind"] == "bayes" else "C"
            raise RecipeError(f"{quoted(text)}: {number} is between 0.0001 and 1,000.", "models")
        return cls(
            found["kind"], c, tuple(sorted({int(number) for number in (found["on"] or "").split("+") if number}))
        )

    @property
    def text(self) -> str:
        """The line that describes it."""
        on = f" on {'+'.join(map(str, self.on))}" if self.on else ""
        return f"{self.kind} {_short(self.c)}{on}"

    @property
    def words(self) -> str:
        """The model in words: `linear SVM, C = 1`."""
        on = f" on block {' and '.join(map(str, self.on))}" if self.on else ""
        number = f"{_short(self.c)} added" if self.kind == "bayes" else f"C = {_short(self.c)}"
        kind = KINDS[self.kind].words if self.kind in KINDS else self.kind
        return f"{kind}, {number}{on}"


STACKED = Model(STACKING.value, 1.0)
"""What stacked models make: a logistic regression of their margins, itself a linear model of the blocks."""


@dataclass(frozen=True, slots=True)
class BlocksSpec:
    """Blocks that are joined into one matrix, and the models that are joined to one answer; none by default.

    The matrix of the recipe's words, naive Bayes and the network are the same with and without them.
    """

    blocks: tuple[str, ...] = setting(
        (),
        "Blocks",
        help="Words, characters and fields, each normalised alone, joined into one matrix for linear models.",
        added=True,
    )
    models: tuple[str, ...] = setting(
        (), "Models of the blocks", help="Linear models of the blocks; several are joined to one answer.", added=True
    )
    joining: str = choice(
        "mean",
        "Models joined by",
        MEAN,
        STACKING,
        help="The mean counts all models alike; stacking learns how much each counts, from margins for training "
        "{TEXTS} that the model did not see.",
        added=True,
    )

    @property
    def parsed(self) -> tuple[Block, ...]:
        """The blocks."""
        return tuple(Block.parse(text) for text in self.blocks)

    @property
    def voters(self) -> tuple[Model, ...]:
        """The models; a linear SVM with C = 1 if there are blocks and no model is named."""
        found = tuple(Model.parse(text) for text in self.models)
        return found or ((Model("svm", 1.0),) if self.blocks else ())

    @property
    def stacked(self) -> bool:
        """Whether a logistic regression joins the models; a single model has nothing to be joined with."""
        return self.joining == STACKING.value and len(self.voters) > 1

    @property
    def answer(self) -> tuple[Model, ...]:
        """The models whose mean vote is the answer: all, or the one that stacked models make."""
        return (STACKED,) if self.stacked else self.voters

    @property
    def gives_probabilities(self) -> bool:
        """Whether the answer is one of probabilities; the votes of an SVM are none."""
        return all(model.kind != "svm" for model in self.answer)

    @property
    def in_words(self) -> str:
        """Blocks and models in words; empty without blocks."""
        if not self.blocks:
            return ""
        voters = self.voters
        models = " + ".join(model.words for model in voters)
        vote = f"{(STACKING if self.stacked else MEAN).value} of {models}" if len(voters) > 1 else models
        return f"blocks: {' + '.join(block.words for block in self.parsed)}; {vote}"


def check_blocks(spec: BlocksSpec) -> None:
    """Validate blocks and models, and write each in its one form.

    Raises:
        RecipeError: The first invalid one.
    """
    for name, most, read in (("blocks", MOST_BLOCKS, Block.parse), ("models", MOST_MODELS, Model.parse)):
        lines = getattr(spec, name)
        if not all(isinstance(line, str) for line in lines):
            raise RecipeError(f"{name} must be a list of lines of text.", name)
        if len(lines) > most:
            raise RecipeError(f"{name} has {len(lines):,} lines; at most {most} are allowed. Leave some out.", name)
        written = tuple(read(line).text for line in lines)
        if len(set(written)) < len(written):
            raise RecipeError(f"{name} has the same line twice; leave one out.", name)
        object.__setattr__(spec, name, written)
    for model in spec.voters:
        if beyond := [number for number in model.on if not 1 <= number <= len(spec.blocks)]:
            raise RecipeError(f"'{model.text}' names block {beyond[0]}, but there are {len(spec.blocks)}.", "models")


def _short(number: float) -> str:
    """A number with as few decimals as it needs."""
    return f"{number:.6f}".rstrip("0").rstrip(".")
