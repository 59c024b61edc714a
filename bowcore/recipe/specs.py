"""Specs of every stage except the steps over words: one row per field, one row per option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bowcore.recipe.settings import Option, choice, number, setting


@dataclass(frozen=True, slots=True)
class CorpusSpec:
    """The labelled articles: a built-in name, a file, or `hub:owner/name`."""

    corpus: str = setting("bbc-news", "Texts", help="Labelled texts the model learns from.")
    revision: str = setting("", "Revision")


@dataclass(frozen=True, slots=True)
class SplitSpec:
    """Seed of the stratified split."""

    split_seed: int = number(
        456,
        0,
        2**32 - 1,
        "Seed of the split",
        help="Which {TEXTS} are for validation; test {TEXTS} stay the same. 456 is the tutorial's.",
    )


@dataclass(frozen=True, slots=True)
class TextSpec:
    """Text read from an article, whether variants of letters become plain, web leftovers are repaired, and its units.

    Units are words between white space, or the lemmas that a tagger assigns to each word in context.
    """

    text_used: str = choice(
        "headline+body",
        "Text used",
        Option("headline", "Headline", "headline only"),
        Option("headline+body", "Head+body"),
        help="Less text makes the task harder.",
    )
    repair: bool = setting(False, "Leftovers", words="leftovers repaired")
    plain_forms: bool = setting(
        False,
        "Plain forms",
        words="plain forms",
        help="Full-width letters, ligatures and other variants become plain letters and digits (NFKC): ＡＢＣ is ABC.",
        added=True,
    )
    units: str = choice(
        "white-space",
        "Word forms",  # the list of word forms includes the tagger's lemmas
        Option("white-space", "words"),
        Option("lemmas", "lemmas by the tagger", "lemmas by the tagger"),
    )


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """A seeded, stratified sample of the training articles; 0 means all of them.

    With `drop_leaked`, training articles that repeat an article of another split are removed first: exact repeats, and
    those that share at least `leak_similarity` of their word groups with a validation article, if it is below 1.
    """

    drop_leaked: bool = setting(
        False,
        "Leaked {TEXTS} out",
        help="Removes training {TEXTS} that repeat a validation or test {TEXT}.",
    )
    leak_similarity: float = number(
        1.0,
        0.5,
        1.0,
        "Similar from",
        help="1 means exact repeats; below 1, also {TEXTS} that share this much of their word groups.",
    )
    training_articles: int = number(
        0, 0, 10**9, "Training {TEXTS}", help="Fewer {TEXTS}, more mistakes; validation stays the same."
    )
    sample_seed: int = number(
        0,
        0,
        2**32 - 1,
        "Seed of the sample",
        help="Which {TEXTS} make up a sample of the training {TEXTS}.",
    )
    shuffled_labels: bool = setting(
        False,
        "Labels shuffled",
        words="training labels shuffled",
        added=True,
        help="Deals the labels of the training {TEXTS} out again at random. Nothing can be learned then, so every "
        "model should fall to chance on the validation {TEXTS}, whose labels stay.",
    )


@dataclass(frozen=True, slots=True)
class VocabularySpec:
    """Which terms become columns. Learned from training articles only; `vocabulary_size` 0 means all.

    With `stop_words_only` all are left out but those of the stop list of the language.

    `unknown` determines what happens to all other terms: left out, or counted in one column, `<UNK>`.
    """

    min_documents: int = number(
        1, 1, 10**9, "In at least … {TEXTS}", help="Drops terms that occur in fewer training {TEXTS}."
    )
    max_document_share: float = number(
        1.0,
        0.0,
        1.0,
        "In at most … of {TEXTS}",
        help="Drops terms that occur in a larger share of training {TEXTS}.",
    )
    vocabulary_size: int = number(
        0, 0, 10**9, "Vocabulary size", help="Keeps the terms most frequent in training {TEXTS}."
    )
    select_by: str = choice(
        "term-frequency",
        "Keep the terms with the highest",
        Option("term-frequency", "term frequency"),
        Option("document-frequency", "document frequency"),
        Option("summed-tfidf", "summed TF-IDF"),
        Option("chi-squared", "chi-squared"),
        Option("mutual-information", "mutual information"),
        help="How the vocabulary is limited to its size; scikit-learn's max_features uses term frequency.",
    )
    unknown: str = choice(
        "leave-out",
        "All other words",
        Option("leave-out", "left out"),
        Option("unk", "one column, <UNK>", "<UNK>"),
        help="Words outside the vocabulary, including rare training words, can share one column.",
    )
    stop_words_only: bool = setting(
        False,
        "Stop words alone",
        words="stop words alone",
        added=True,
        help="Keeps nothing but the words that a stop list would drop, to see how much they say.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightingOption(Option):
    """A way to compute the cells, implemented by the row of its name in `bowcore.matrix.weighting`.

    Attributes:
        real: Whether cells are float64; otherwise they are int32.
        ways: Variants for short articles, by name: fields of `WeightingSpec` that differ from the recipe's.
    """

    real: bool
    ways: tuple[tuple[str, dict[str, Any]], ...]


WEIGHTING_OPTIONS: dict[str, WeightingOption] = {
    row.value: row
    for row in (
        WeightingOption("binary", "0/1", "0/1", real=False, ways=(("Present 0/1", {}),)),
        WeightingOption("count", "Count", "counts", real=False, ways=(("Count", {}),)),
        WeightingOption(
            "tfidf",
            "TF-IDF",
            "TF-IDF",
            real=True,
            ways=(
                ("TF: share of the {TEXT}", {"sublinear_tf": False, "use_idf": False, "norm": "l1"}),
                ("TF-IDF", {"norm": "none"}),
                ("TF-IDF, rows of length 1 (L1)", {"norm": "l1"}),
                ("TF-IDF, rows of length 1 (L2)", {"norm": "l2"}),
            ),
        ),
    )
}
"""All weightings, by their names in the recipe, in list order."""


@dataclass(frozen=True, slots=True)
class WeightingSpec:
    """Cell values. The last four fields apply only to `tfidf` and have the same meaning as in scikit-learn."""

    weighting: str = choice(
        "count",
        "Cell values (weighting)",
        *WEIGHTING_OPTIONS.values(),
        help="TF-IDF raises words that few {TEXTS} contain.",
    )
    sublinear_tf: bool = setting(False, "Logarithm of counts", help="1 + ln(count) instead of the count.")
    use_idf: bool = setting(True, "Use IDF")
    smooth_idf: bool = setting(True, "Smooth IDF", help="Counts one extra {TEXT} that contains every term.")
    norm: str = choice(
        "l2",
        "Row length (norm)",
        Option("l2", "L2"),
        Option("l1", "L1"),
        Option("none", "None"),
        help="Scales every {TEXT}'s row to length 1.",
    )

    @property
    def option(self) -> WeightingOption:
        """Metadata of the weighting."""
        return WEIGHTING_OPTIONS[self.weighting]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserOption(Option):
    """A way to update weights from gradients, implemented by the class of its name in `learn.network.optimisers`.

    Attributes:
        moments: Numbers stored for each weight.
        torch: The class of `torch.optim` that does the same on dense batches, where laziness does not apply.
        moves_all: Whether every row of the first layer changes in each batch, not only those of the batch's terms.
    """

    moments: int
    torch: str
    moves_all: bool = False


OPTIMISER_OPTIONS: dict[str, OptimiserOption] = {
    row.value: row
    for row in (
        OptimiserOption("rmsprop", "RMSprop", moments=1, torch="RMSprop"),
        OptimiserOption("sgd", "SGD", moments=0, torch="SGD"),
        OptimiserOption("adam", "Adam", moments=2, torch="Adam", moves_all=True),
        OptimiserOption("adam-lazy", "Lazy Adam (not Adam)", moments=2, torch="Adam"),
    )
}
"""All optimisers, by their names in the recipe, in list order."""


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """The two-layer network and how it is trained."""

    hidden: int = number(
        128, 1, 20_000, "Hidden units", help="Units between words and classes. The tutorial has 5,000."
    )
    epochs: int = number(5, 1, 200, "Epochs", help="One epoch shows the network every training {TEXT} once.")
    batch_size: int = number(
        64, 1, 100_000, "Batch size", help="{TEXTS:A} per update of the weights. The tutorial has 1,920."
    )
    learning_rate: float = number(
        0.001, 1e-7, 10.0, "Learning rate", help="Size of one update. The tutorial has 0.001."
    )
    optimiser: str = choice(
        "rmsprop",
        "Optimiser",
        *OPTIMISER_OPTIONS.values(),
        help="RMSprop scales each weight's step by its recent gradients; SGD takes plain steps. Adam adds momentum: "
        "every word's weights move at every step, which takes longer. Lazy Adam is another optimiser, with other "
        "numbers: it moves only the words of the batch, as PyTorch's SparseAdam does.",
    )
    network_seed: int = number(0, 0, 2**32 - 1, "Seed", help="Same seed, same machine, same versions: same numbers.")
    keep: str = choice(
        "best",
        "Weights from",
        Option("best", "Epoch of lowest validation loss"),
        Option("last", "Last epoch (tutorial)"),
        help="The epoch whose weights make the predictions.",
    )
    patience: int = number(
        0,
        0,
        200,
        "Stop early after",
        added=True,
        help="Ends the training after this many epochs in a row without a lower validation loss. 0: never.",
    )
    word_dropout: float = number(
        0.0,
        0.0,
        0.95,
        "Dropout on words",
        added=True,
        help="Leaves out this share of each {TEXT}'s words at random while learning, others each time. 0: none.",
    )
    hidden_dropout: float = number(
        0.0,
        0.0,
        0.95,
        "Dropout on hidden units",
        added=True,
        help="Silences this share of the hidden units at random while learning, others for each {TEXT}. 0: none.",
    )
