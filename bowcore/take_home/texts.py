"""Code that reads the articles: repair, lemmas, and the recipe's steps on words, one line for each step."""

from __future__ import annotations

import re

from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import TermsSpec
from bowcore.take_home.piece import Piece
from bowcore.take_home.repairing import REPAIR_CODE, REPAIR_IMPORTS
from bowcore.text.characters import APOSTROPHES
from bowcore.text.tagger.texts import find_model

_RE = "import re"
_LISTS = {
    "spacy": ("STOP_WORDS", "from spacy.lang.en.stop_words import STOP_WORDS"),
    "scikit-learn": ("ENGLISH_STOP_WORDS", "from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS"),
}
_STRAIGHT = f'text = re.sub("[{APOSTROPHES}]", "\'", text)  # one form of the apostrophe'
_MARKS = """\
MARKS = "".join(sign for sign in map(chr, range(0x110000)) if unicodedata.category(sign)[0] == "M")
LETTER = rf"[\\w{MARKS}]"  # Python's \\w lacks the marks that many scripts write on letters"""
_CLITICS = "'(?:s|ll|re|ve|d|m)"


def text_piece(recipe: Recipe) -> Piece:
    """`texts`: the terms of each open article, separated by spaces."""
    spec = recipe.terms
    before, imports = _setup(recipe)
    fields = ['articles["title"]'] if recipe.text.text_used == "headline" else ['articles["title"]', 'articles["body"]']
    read = [f"{field}[read]{prepared(recipe)}" for field in fields]
    steps, more = _steps(spec)
    clean = ["def clean(text):", *(f"    {line}" for line in steps), '    return " ".join(text.split())']
    lines = [*before, *clean, "read = np.concatenate([train, validation])  # the test articles stay unread"]
    joined = ' + " " + '.join(read)
    lines.append(f"texts = ({joined}).map(clean)" if len(read) > 1 else f"texts = {joined}.map(clean)")
    return Piece(
        "From texts to terms",
        "\n".join(lines),
        (*imports, *more, "import numpy as np"),
        "One line for each step of the recipe, in its order. Terms are separated by spaces.",
    )


def prepared(recipe: Recipe) -> str:
    """What is called on a field before its words are: repair and lemmas."""
    lemmas = ".pipe(lemmas)" if recipe.text.units == "lemmas" else ""
    return (".map(repair)" if recipe.text.repair else "") + lemmas


def _setup(recipe: Recipe) -> tuple[list[str], list[str]]:
    """Lines before `clean`, and their imports."""
    spec = recipe.terms
    lines: list[str] = []
    imports: list[str] = []
    if recipe.text.repair:
        lines.append(REPAIR_CODE)
        imports += REPAIR_IMPORTS
    if recipe.text.units == "lemmas":
        model = find_model().parent.name
        lines.append(f'nlp = spacy.load("{model}", exclude=["ner", "parser", "senter"])')
        lines.append("nlp.max_length = 10**9")
        lines.append("def lemmas(texts):")
        lines.append(f'    straight = texts.map(lambda text: re.sub("[{APOSTROPHES}]", "\'", text))')
        lines.append('    found = [" ".join(token.lemma_ for token in document) for document in nlp.pipe(straight)]')
        lines.append("    return pd.Series(found, texts.index)")
        imports += ["import spacy", f"import {model}", "import pandas as pd", _RE]
    if spec.punctuation or spec.contractions == "split":
        lines.append(_MARKS)
        imports.append("import unicodedata")
    if spec.stop_words == "spacy-tokeniser":
        lines.append('english = spacy.blank("en")')
        lines.append("@cache")
        lines.append("def without_stop_words(word):")
        lines.append('    return " ".join(token.text for token in english(word) if not token.is_stop)')
        imports += ["import spacy", "from functools import cache"]
    elif spec.stop_words != "keep":
        words = repr(list(spec.own_stop_words))
        if spec.stop_words in _LISTS:
            words, line = _LISTS[spec.stop_words]
            imports.append(line)
        else:
            words = f"[{', '.join(map(repr, spec.own_stop_words))}]"
        straight = f'unicodedata.normalize("NFC", re.sub("[{APOSTROPHES}]", "\'", word)).lower()'
        if spec.stop_words == "scikit-learn":
            lines.append(f"STOP = set({words})")
        else:
            lines.append(f"STOP = {{{straight} for word in {words}}}")
            imports += ["import unicodedata", _RE]
    if spec.word_forms == "stem":
        lines.append('stemmer = Stemmer("english")')
        imports.append("from Stemmer import Stemmer")
    if spec.word_forms == "lemma-lookup":
        lines.append('path = Path(find_spec("spacy_lookups_data").origin).parent / "data" / "en_lemma_lookup.json.gz"')
        lines.append("LEMMAS = json.loads(gzip.decompress(path.read_bytes()))")
        imports += [
            "import gzip", "import json", "from importlib.util import find_spec", "from pathlib import Path",
            "import spacy_lookups_data",
        ]  # fmt: skip
    if spec.masked_words:
        lines.append(f"MASKED = {{{', '.join(repr(_straight(word).lower()) for word in spec.masked_words)}}}")
    return lines, imports


def _steps(spec: TermsSpec) -> tuple[list[str], list[str]]:
    """The lines of `clean`, one for each step that is on, and their imports."""
    lines: list[str] = []
    imports: list[str] = []
    is_straight = False
    for name in (*spec.order, "masked_words"):
        found = _step(name, spec)
        if found is None:
            continue
        if name in ("possessives", "punctuation", "contractions", "stop_words", "word_forms", "masked_words"):
            needs = name != "word_forms" or spec.word_forms == "lemma-lookup"
            if needs and not is_straight and name in ("possessives", "punctuation", "contractions"):
                lines.append(_STRAIGHT)
                is_straight = True
            elif needs and not is_straight:
                found = found.replace("word.lower() not", f're.sub("[{APOSTROPHES}]", "\'", word).lower() not')
                found = found.replace("LEMMAS.get(word,", f'LEMMAS.get(re.sub("[{APOSTROPHES}]", "\'", word),')
        lines.append(found)
    if any("re." in line for line in lines):
        imports.append(_RE)
    return lines, imports


def _step(name: str, spec: TermsSpec) -> str | None:
    """The line of a step; None if it is off."""
    words = "for word in text.split()"
    match name, getattr(spec, name):
        case "lower_case", True:
            return "text = text.lower()"
        case "possessives", True:
            return r"""text = re.sub(r"(\w+)'s\b", r"\1", text)  # possessives"""
        case "punctuation", True:
            return (
                f'words = re.findall(rf"(?<!\\S)(?ai:{_CLITICS})(?!\\S)|{{LETTER}}+(?:\'{{LETTER}}+)*", '
                'unicodedata.normalize("NFC", text))  # no punctuation\n'
                r'    text = " ".join(word for word in words if re.search(r"[^\W_]", word))'
            )
        case "digits", True:
            return r'text = re.sub(r"\d+", " ", text)'
        case "ascii_letters", True:
            return 'text = " ".join(re.findall(r"[a-zA-Z]+(?:\'[a-zA-Z]+)*", text))'
        case "contractions", "split":
            return (
                f'text = re.sub(rf"({{LETTER}})((?i:n\'t|{_CLITICS}))(?![\\w{{MARKS}}\'])", r"\\1 \\2", text)'
                "  # don't → do n't"
            )
        case "contractions", "cut":
            return (
                r"""text = re.sub(r"\S*'\S*", lambda found: " ".join(re.findall(r"[^\s']{2,}", found[0])), text)"""
                "  # don't → don"
            )
        case "stop_words", "spacy-tokeniser":
            return 'text = " ".join(map(without_stop_words, text.split()))'
        case "stop_words", kept if kept != "keep" and (kept != "own" or spec.own_stop_words):
            return f'text = " ".join(word {words} if word.lower() not in STOP)'
        case "word_forms", "stem":
            return 'text = " ".join(stemmer.stemWords(text.split()))'
        case "word_forms", "lemma-lookup":
            return f'text = " ".join(LEMMAS.get(word, word) {words})'
        case "token_pattern", "scikit-learn":
            return r'text = " ".join(re.findall(r"\b\w\w+\b", text))'
        case "masked_words", words_masked if words_masked:
            return f'text = " ".join(word {words} if word.lower() not in MASKED)'
    return None


def _straight(word: str) -> str:
    return re.sub(f"[{APOSTROPHES}]", "'", word)
