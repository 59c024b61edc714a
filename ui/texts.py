"""Every word of the interface that stands on more than one page: labels, options, help texts, recipes in words."""

from __future__ import annotations

import re

from bowcore.corpus.sources import SOURCES
from bowcore.numbers import counted, percent
from bowcore.recipe.recipe import MASK, STEPS, Recipe
from bowcore.text.tagger.words import STEP as TAGGER

LABELS: dict[str, str] = {
    "corpus": "Texts",
    "text_used": "Text used",
    "units": "Word forms",  # the list of word forms holds the tagger's lemmas too
    "repair": "Leftovers",
    "lower_case": "Lower case",
    "possessives": "Possessives",
    "punctuation": "Punctuation",
    "digits": "Digits",
    "ascii_letters": "ASCII letters only",
    "contractions": "Contractions",
    "stop_words": "Stop words",
    "own_stop_words": "My stop list",
    "word_forms": "Word forms",
    "token_pattern": "Tokens",
    "masked_words": "Masked words",
    "mask_name": "Name of the mask",
    "ngrams": "Word groups",
    "order": "Order of steps",
    "drop_leaked": "Leaked articles out",
    "leak_similarity": "Similar from",
    "training_articles": "Training articles",
    "sample_seed": "Seed of the share",
    "split_seed": "Seed of the split",
    "min_documents": "In at least … articles",
    "max_document_share": "In at most … of articles",
    "vocabulary_size": "Vocabulary size",
    "select_by": "Keep the terms with the highest",
    "unknown": "All other words",
    "weighting": "Cell values (weighting)",
    "sublinear_tf": "Logarithm of counts",
    "use_idf": "Use IDF",
    "smooth_idf": "Smooth IDF",
    "norm": "Row length (norm)",
    "hidden": "Hidden units",
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "learning_rate": "Learning rate",
    "optimiser": "Optimiser",
    "network_seed": "Seed",
    "keep": "Keep",
    "revision": "Revision",
}
"""Label of each recipe field."""

OPTIONS: dict[str, dict[object, str]] = {
    "text_used": {"headline": "Headline", "headline+body": "Head+body"},
    "contractions": {"keep": "Keep don't", "split": "Split do n't", "cut": "Cut to don"},
    "stop_words": {
        "keep": "Keep",
        "spacy": "No: spaCy",
        "scikit-learn": "No: sklearn",
        "own": "No: my list",
        "spacy-tokeniser": "No: tutorial's",
    },
    "word_forms": {
        "as-written": "As written",
        "stem": "Stem",
        "lemma-lookup": "Lemma list",
        "lemma-tagger": "Lemma tagger",
    },
    "token_pattern": {"units": "As split", "scikit-learn": "scikit-learn's pattern"},
    "ngrams": {1: "1", 2: "1–2", 3: "1–3"},
    "select_by": {
        "term-frequency": "term frequency",
        "document-frequency": "document frequency",
        "summed-tfidf": "summed TF-IDF",
        "chi-squared": "chi-squared",
        "mutual-information": "mutual information",
    },
    "units": {"white-space": "words", "lemmas": "lemmas by the tagger"},
    "unknown": {"leave-out": "left out", "unk": "one column, <UNK>"},
    "weighting": {"binary": "0/1", "count": "Count", "tfidf": "TF-IDF"},
    "norm": {"l2": "L2", "l1": "L1", "none": "None"},
    "optimiser": {"rmsprop": "RMSprop", "sgd": "SGD", "adam": "Adam", "adam-lazy": "Lazy Adam (not Adam)"},
    "keep": {"best": "Lowest validation loss", "last": "Last epoch (tutorial)"},
}
"""Shown text of each value, by field."""

HELP: dict[str, str] = {
    "corpus": "Labelled articles the model learns from.",
    "text_used": "Less text makes the task harder.",
    "clean": "Pressed steps change words before counting: leftovers of web pages repaired, capitals lowered, "
    "endings in 's, punctuation and digits taken away.",
    "contractions": "Decides whether “not” survives. “Cut” is what the tutorial's pipeline does to don't.",
    "stop_words": "Drops very common words; both lists also drop not, no, never. “Tutorial's” splits words with "
    "spaCy's tokeniser first, and needs “ASCII letters only”.",
    "word_forms": "A stem cuts endings; a lemma is the dictionary form: looked up in a table at once, or found by "
    "spaCy's tagger in a job of minutes, once.",
    "ngrams": "N-grams: adds neighbouring words, so some word order.",
    "weighting": "TF-IDF raises words that few articles contain.",
    "vocabulary_size": "Keeps the terms most frequent in training articles.",
    "training_articles": "Fewer articles, more mistakes; validation stays the same.",
    "epochs": "One epoch shows the network every training article once.",
    "hidden": "Units between words and classes. The tutorial has 5,000.",
    "batch_size": "Articles per update of the weights. The tutorial has 1,920.",
    "learning_rate": "Size of one update. The tutorial has 0.001.",
    "optimiser": "RMSprop scales each weight's step by its recent gradients; SGD takes plain steps. Adam adds "
    "momentum: every word's weights move at every step, which takes longer. Lazy Adam is another optimiser, with other "
    "numbers: it moves only the words of the batch, as PyTorch's SparseAdam does.",
    "network_seed": "Same seed, same machine, same versions: same numbers.",
    "keep": "Which epoch's weights make the predictions.",
    "ascii_letters": "The tutorial's rule: everything but a–z becomes a space. Cuts café to caf.",
    "token_pattern": "scikit-learn's default pattern keeps runs of two or more letters; it cuts don't to don.",
    "masked_words": "Dropped after all steps, whatever their case, so that the model cannot lean on them.",
    "drop_leaked": "Takes training articles out that repeat a validation or test article.",
    "leak_similarity": "1 means exact repeats; below it, articles that share this much of their word groups too.",
    "unknown": "Words outside the vocabulary, rare training words among them, can share one column.",
    "min_documents": "Drops terms that stand in fewer training articles.",
    "max_document_share": "Drops terms that stand in a larger share of training articles.",
    "select_by": "How the vocabulary is cut to size; scikit-learn's max_features goes by term frequency.",
    "sublinear_tf": "1 + ln(count) in place of the count.",
    "smooth_idf": "Counts one more article that holds every term.",
    "norm": "Scales every article's row to length 1.",
    "order": "Steps run from left to right; some orders defeat later steps.",
    "split_seed": "Which articles are for validation; test articles stay. 456 is the tutorial's.",
    "sample_seed": "Which articles make up a share of the training articles.",
}
"""Help text by field."""

STEP_NAMES: dict[str, str] = {name: LABELS[name] for name in STEPS}
"""Names of the steps of `recipe.terms.order`, which can be moved."""

TOLD_STEPS: dict[str, str] = {TAGGER: "Lemma tagger"} | STEP_NAMES | {MASK: LABELS[MASK]}
"""Names of all steps; the tagger's is the first, masking the last, and both stay there."""

SIZES: tuple[int, ...] = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 0)
"""Vocabulary sizes to choose from; 0 is all."""

SHARES: tuple[int, ...] = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 0)
"""Numbers of training articles to choose from; 0 is all."""

_SWITCHES = (
    ("repair", "leftovers repaired"),
    ("lower_case", "lower case"),
)
_DROPPED = ("possessives", "punctuation", "digits")
_WORDS: dict[str, dict[object, str]] = {
    "units": {"lemmas": "lemmas by the tagger"},
    "contractions": {"split": "do n't", "cut": "contractions cut"},
    "stop_words": {
        "spacy": "no stop words (spaCy)",
        "scikit-learn": "no stop words (sklearn)",
        "own": "no stop words (mine)",
        "spacy-tokeniser": "no stop words (tutorial)",
    },
    "word_forms": {"stem": "stems", "lemma-lookup": "lemmas"},
    "token_pattern": {"scikit-learn": "sklearn's tokens"},
    "ngrams": {2: "word groups 1–2", 3: "word groups 1–3"},
    "unknown": {"unk": "<UNK>"},
    "weighting": {"binary": "0/1", "count": "counts", "tfidf": "TF-IDF"},
}

_TFIDF = re.compile(r"TF(\\?-)IDF")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
"""Places inside what Streamlit's Markdown takes for an address of the web or of mail."""


def option(field: str, value: object) -> str:
    """What a value of a field is called on screen."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if field in ("vocabulary_size", "training_articles") and value == 0:
        return "All"
    if isinstance(value, tuple):
        return f"{len(value):,} words" if field in ("own_stop_words", "masked_words") else " → ".join(map(str, value))
    if field == "corpus" and value in SOURCES:
        return SOURCES[str(value)].provenance.title
    if isinstance(value, int):
        return f"{value:,}" if field not in OPTIONS else OPTIONS[field].get(value, str(value))
    return OPTIONS.get(field, {}).get(value, str(value))


def recipe_in_words(recipe: Recipe) -> str:
    """The recipe as a list of what is done, for Markdown: `lower case · no punctuation · TF-IDF 20,000`."""
    parts = [words for name, words in _SWITCHES if recipe.value(name)]
    dropped = [name for name in _DROPPED if recipe.value(name)]
    if dropped:
        parts.append(f"no {', '.join(dropped)}")
    if recipe.value("ascii_letters"):
        parts.append("ASCII letters")
    if recipe.text.text_used == "headline":
        parts.insert(0, "headline only")
    parts += [words[recipe.value(name)] for name, words in _WORDS.items() if recipe.value(name) in words]
    if recipe.vocabulary.vocabulary_size:
        parts[-1] += f" {recipe.vocabulary.vocabulary_size:,}"
    if recipe.terms.masked_words:
        parts.append(masked_in_words(recipe))
    if recipe.sample.drop_leaked:
        parts.append("leaked articles out")
    if recipe.vocabulary.min_documents > 1:
        parts.append(f"in {recipe.vocabulary.min_documents:,}+ articles")
    if recipe.vocabulary.max_document_share < 1:
        parts.append(f"in ≤ {percent(recipe.vocabulary.max_document_share)} of articles")
    return " · ".join(parts)


def masked_in_words(recipe: Recipe) -> str:
    """How many words are masked and what they are called, safe for Markdown: `30 words masked (sources)`."""
    name = f" ({plain(recipe.terms.mask_name)})" if recipe.terms.mask_name else ""
    return f"{counted(len(recipe.terms.masked_words), 'word')} masked{name}"


def changes_in_words(old: Recipe, new: Recipe) -> str:
    """What differs, safe for Markdown: `Stop words: keep → remove`; of a mask alone what it is now."""
    before, after = old.values(), new.values()
    changed = [name for name in after if before[name] != after[name]]
    if changed and set(changed) <= {"masked_words", "mask_name"}:
        return masked_in_words(new) if new.terms.masked_words else "no words masked"
    parts = [
        f"{LABELS[name]}: {_order_in_words(before[name], after[name])}"
        if name == "order"
        else f"{LABELS[name]}: {plain(option(name, before[name]))} → {plain(option(name, after[name]))}"
        for name in changed[:3]
    ]
    if len(changed) > 3:
        parts.append(f"and {len(changed) - 3} more")
    return "; ".join(parts)


def _order_in_words(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """Which one step moved, from which place to which, if it was one; all nine twice would fill the header."""
    for step in after:
        if [other for other in before if other != step] == [other for other in after if other != step]:
            return f"{STEP_NAMES[step].lower()} from place {before.index(step) + 1} to {after.index(step) + 1}"
    return "another order"


def unbroken(text: str) -> str:
    """Markdown to be read, in which no line ends inside TF-IDF: invisible signs join its hyphen to both sides."""
    return _TFIDF.sub("TF\N{WORD JOINER}\\1\N{WORD JOINER}IDF", text)


def plain(text: str) -> str:
    """Text of a corpus, a link or an error made safe for Markdown: every sign stands for itself.

    Addresses are made links after escapes are read, so an invisible sign that joins words parts them.
    """
    text = _ADDRESS.sub("\N{WORD JOINER}", text)
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~$:&" else char for char in text)
