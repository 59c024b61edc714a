"""What the presets named in links mean: fixed for every version of links, whatever the presets become later.

A version is never changed. Once a preset of `bowcore.recipe.presets` changes, links get a new version with its own
table here, and links of the previous versions keep the meaning that they were sent with.
"""

from __future__ import annotations

_FIELDS_2 = {
    "corpus": "bbc-news",
    "revision": "",
    "split_seed": "456",
    "text_used": "headline+body",
    "repair": "0",
    "units": "white-space",
    "lower_case": "1",
    "possessives": "1",
    "punctuation": "1",
    "digits": "1",
    "ascii_letters": "0",
    "contractions": "keep",
    "stop_words": "keep",
    "own_stop_words": "",
    "word_forms": "as-written",
    "token_pattern": "units",
    "masked_words": "",
    "mask_name": "",
    "ngrams": "1",
    "order": "lower_case,possessives,punctuation,digits,ascii_letters,contractions,stop_words,word_forms,token_pattern",
    "drop_leaked": "0",
    "leak_similarity": "1.0",
    "training_articles": "0",
    "sample_seed": "0",
    "min_documents": "1",
    "max_document_share": "1.0",
    "vocabulary_size": "0",
    "select_by": "term-frequency",
    "unknown": "leave-out",
    "weighting": "count",
    "sublinear_tf": "0",
    "use_idf": "1",
    "smooth_idf": "1",
    "norm": "l2",
    "hidden": "128",
    "epochs": "5",
    "batch_size": "64",
    "learning_rate": "0.001",
    "optimiser": "rmsprop",
    "network_seed": "0",
    "keep": "best",
}
"""Every field that recipes had when version 2 began, since defaults may change as presets may."""

_TUTORIAL_2 = {
    "punctuation": "0",
    "digits": "0",
    "ascii_letters": "1",
    "token_pattern": "scikit-learn",
    "hidden": "5000",
    "epochs": "2",
    "batch_size": "1920",
    "keep": "last",
}

LINK_PRESETS: dict[str, dict[str, dict[str, str]]] = {
    "2": {
        "recommended": _FIELDS_2 | {"weighting": "tfidf", "sublinear_tf": "1"},
        "tutorial-baseline": _FIELDS_2 | _TUTORIAL_2 | {"contractions": "cut"},
        "tutorial-revised": _FIELDS_2
        | _TUTORIAL_2
        | {
            "units": "lemmas",
            "stop_words": "spacy-tokeniser",
            "vocabulary_size": "20000",
            "weighting": "tfidf",
        },
    },
}
"""By version and name: every field's text. Links are written in the newest version."""
