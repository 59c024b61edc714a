"""Code that reads the articles: repair, lemmas, and the recipe's steps on words, one line for each step."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from keyword import iskeyword
from typing import Literal

from bowcore.errors import RecipeError
from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEP_TABLE, TermsSpec
from bowcore.take_home.piece import Piece
from bowcore.take_home.repairing import repair_code, repair_imports
from bowcore.take_home.signs import JOINED_CODE, Signs, composing, cutting, escaped, joining_lines
from bowcore.text.characters import APOSTROPHES, fold, straight
from bowcore.text.stopwords import SPACY_CODES, masked_words, stop_list
from bowcore.text.tagger.texts import find_model

_RE, _UNICODE = "import re", "import unicodedata"
_APOSTROPHES = escaped(APOSTROPHES)
_STRAIGHT = f'text = re.sub("[{_APOSTROPHES}]", "\'", text)  # one form of the apostrophe'
_CLITICS = "'(?:s|ll|re|ve|d|m)"
LONGEST = 100  # signs of a line that has more around it
PART = 90  # signs of a part of a long text
_STRAIGHTENING = ("possessives", "punctuation", "contractions")
"""Steps whose results have one form of the apostrophe."""


def text_piece(recipe: Recipe, signs: Signs, own: Sequence[str] = ()) -> Piece:
    """`texts`: the terms of each open article, or of each of a reader's `own` texts, separated by spaces."""
    spec = recipe.terms
    before, imports = _setup(recipe, signs)
    steps, more = _steps(spec, signs, is_cut=_is_cut(recipe, signs))
    steps = [*steps[:-1], _returned(steps[-1])] if steps else ["return text"]
    lines = [*before, "def clean(text):", *(f"    {line}" for line in steps)]
    lines += read_own(own, prepared(recipe, signs) + ".map(clean)") if own else _read(recipe, prepared(recipe, signs))
    return Piece(
        "From texts to terms",
        "\n".join(lines),
        (*imports, *more, *["import pandas as pd"] * bool(own)),
        "One line for each step of the recipe, in its order. Terms are separated by spaces.",
    )


def steps_piece(
    recipe: Recipe, signs: Signs, own: Sequence[str] = (), only: Literal["", "read", "steps", "line"] = ""
) -> Piece:
    """`steps`, functions by name, and `read`, the open articles or a reader's `own` texts before the first of them."""
    before, imports = _setup(recipe, signs)
    functions: list[str] = []
    table: list[str] = []
    for name, found in _each_step(recipe.terms, signs):
        head, assigned, tail = found[-1].rpartition("text = ")
        entry = f'    "{name}": lambda text: {tail.partition("  # ")[0]},'
        if len(found) == 1 and not head and assigned and len(entry) <= 120:
            table.append(entry)
        else:
            functions += [f"def {name}(text):", *(f"    {line}" for line in (*found[:-1], _returned(found[-1])))]
            table.append(f'    "{name}": {name},')
    after = ".map(cut)" if _is_cut(recipe, signs) else ""
    fields = prepared(recipe, signs)
    read = read_own(own, fields + after, "read") if own else _read(recipe, fields, "read", after)
    steps = ["steps = {", *table, "}"] if table else ["steps = {}"]
    parts = {"read": [*before, *read], "steps": [*before, *functions, *steps], "line": read}
    code = "\n".join(parts.get(only, [*before, *functions, *steps, *read]))
    needed = [_RE] * ("re." in code) + [_UNICODE] * ("unicodedata." in code) + ["import pandas as pd"] * bool(own)
    return Piece("", code, (*imports, *needed))


def read_own(own: Sequence[str], after: str, made: str = "texts") -> list[str]:
    """Lines of a series of a reader's own texts, and what is called on it."""
    lines = ["strings = pd.Series(["]
    for text in own:
        parts = [repr(text[first : first + PART]) for first in range(0, len(text), PART)] or ["''"]
        for number, part in enumerate(parts):
            if number or len(lines[-1]) + len(part) > LONGEST:
                lines.append(f"    {part}")
            else:
                lines[-1] += part if lines[-1].endswith("[") else f" {part}"
        lines[-1] += ","
    return [*lines[:-1], lines[-1][:-1] + "])", f"{made} = strings{after}"]


def _read(recipe: Recipe, before: str, made: str = "texts", after: str = ".map(clean)") -> list[str]:
    """Lines that join the fields of each open article, after what comes `before` the steps, and clean them."""
    names = ["title"] if recipe.text.text_used == "headline" else ["title", "body"]
    if not before:
        joined = ' + " " + '.join(f'articles["{name}"]' for name in names)
        return [f"{made} = ({joined}).drop(test){after}  # the test texts stay unread"]
    joined = ' + " " + '.join(f'articles["{name}"].drop(test){before}' for name in names)
    if len(names) == 1 or len(joined) <= LONGEST:
        return [f"{made} = ({joined}){after}"]
    return [
        f'title, body = (articles[name].drop(test){before} for name in ("title", "body"))',
        f'{made} = (title + " " + body){after}',
    ]


def _returned(step: str) -> str:
    """The lines of the last step, which return its text."""
    head, assigned, tail = step.rpartition("text = ")
    return f"{head}return {tail}" if assigned else step


def prepared(recipe: Recipe, signs: Signs) -> str:
    """What is called on a field before its words are: plain forms, repair and lemmas."""
    has_lemmas = recipe.text.units == "lemmas"
    plain = '.map(lambda text: composed(text, "NFKC"))' if signs.is_stacked else '.str.normalize("NFKC")'
    return "".join(
        [
            f'.str.replace("[{_APOSTROPHES}]", "\'", regex=True)' if has_lemmas and signs.has_curly else "",
            plain if recipe.text.plain_forms else "",
            ".map(repair)" if signs.repairs else "",
            ".pipe(lemmas)" if has_lemmas else "",
        ]
    )


def _is_cut(recipe: Recipe, signs: Signs) -> bool:
    return bool(signs.unspaced) and recipe.text.units != "lemmas"


def _setup(recipe: Recipe, signs: Signs) -> tuple[list[str], list[str]]:
    """Lines before `clean`, and their imports."""
    spec = recipe.terms
    lines: list[str] = []
    imports: list[str] = []
    if signs.is_stacked:
        lines.append(composing(signs))
        imports += [_RE, _UNICODE]
    if signs.has_joiners and (signs.repairs or spec.punctuation):
        lines += joining_lines(signs)
    if signs.repairs:
        code = repair_code(signs.repairs, has_joiners=signs.has_joiners, is_stacked=signs.is_stacked)
        lines.append(code)
        imports += repair_imports(code)
    if recipe.text.units == "lemmas":
        model = find_model().parent.name
        lines.append(f'nlp = spacy.load("{model}", exclude=["ner", "parser", "senter"])')
        lines += ["nlp.max_length = 10**9"] * signs.is_long
        words = '[" ".join(word.lemma_ for word in text) for text in nlp.pipe(texts)]'
        lines.append(f"lemmas = lambda texts: pd.Series({words}, texts.index)")
        imports += ["import spacy", f"import {model}", "import pandas as pd"]
    if _is_cut(recipe, signs):
        more, needed = cutting(signs)
        lines += more
        imports += needed
    if signs.marks and (spec.punctuation or spec.contractions == "split"):
        lines.append(f'LETTER = r"[\\w{signs.marks}]"  # Python\'s \\w lacks the marks that are written on letters')
    if signs.has_joiners and spec.punctuation:
        lines.append(JOINED_CODE)
        imports += [_RE, _UNICODE]
    if (spec.lower_case or spec.stop_words != "keep" or spec.masked_words) and LANGUAGES[spec.language or "en"].dotless:
        lines.append("def fold(text):  # the capital of i is İ, and that of ı is I")
        lines.append('    return text.replace("I\\u0307", "i").replace("İ", "i").replace("I", "ı").casefold()')
    more, needed = _stop_list(spec, signs)
    lines += more
    imports += needed
    if spec.word_forms == "stem":
        lines.append(f'stemmer = Stemmer.Stemmer("{LANGUAGES[spec.language or "en"].stemmer}")')
        imports.append("import Stemmer")
    if spec.word_forms == "lemma-lookup":
        lines.append('path = Path(find_spec("spacy_lookups_data").origin).parent / "data" / "en_lemma_lookup.json.gz"')
        lines.append("LEMMAS = json.loads(gzip.decompress(path.read_bytes()))")
        imports += [
            "import gzip", "import json", "from importlib.util import find_spec", "from pathlib import Path",
            "import spacy_lookups_data",
        ]  # fmt: skip
    if spec.masked_words:
        lines.append(f"MASKED = {{{', '.join(map(repr, masked_words(spec)))}}}")
    return lines, imports


def _stop_list(spec: TermsSpec, signs: Signs) -> tuple[list[str], list[str]]:
    """Lines that define `STOP_WORDS`, in small letters and with one form of the apostrophe, and their imports."""
    if spec.stop_words == "keep":
        return [], []
    if spec.stop_words == "spacy-tokeniser":
        return [
            'english = spacy.blank("en")',
            *["english.max_length = 10**9"] * signs.is_long,
        ], ["import spacy"]

    def written(word: str) -> str:
        return fold(straight(unicodedata.normalize("NFC", word)), spec.language)

    if spec.stop_words == "own":
        words = sorted(map(written, spec.own_stop_words))
        return [f"STOP_WORDS = {{{', '.join(map(repr, words))}}}"] if words else [], []
    if spec.stop_words == "scikit-learn":
        return [], ["from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS as STOP_WORDS"]
    code = spec.language or "en"
    module, lines = f"spacy.lang.{SPACY_CODES.get(code, code)}.stop_words", []
    imports = [f"from {module} import STOP_WORDS"]
    if iskeyword(code):  # Icelandic is `is`
        lines, imports = [f'STOP_WORDS = import_module("{module}").STOP_WORDS'], ["from importlib import import_module"]
        imports.append("import spacy")
    listed = stop_list("spacy" if spec.is_english else f"spacy-{code}")
    wanted = {*map(written, listed)}
    if wanted <= {*listed}:
        return lines, imports
    composed = {unicodedata.normalize("NFC", word) for word in listed}
    word = "word" if composed == {*listed} else 'unicodedata.normalize("NFC", word)'
    if any(straight(word) != word for word in composed):
        word = f're.sub("[{_APOSTROPHES}]", "\'", {word})'
    lines.append(f"STOP_WORDS = {{{_folded(word, spec)} for word in STOP_WORDS}}")
    return lines, [*imports, _UNICODE, _RE]


def _folded(text: str, spec: TermsSpec) -> str:
    """Code for the small letters of a text, in the recipe's language."""
    if spec.is_english:
        return f"{text}.lower()"
    return f"fold({text})" if LANGUAGES[spec.language].dotless else f"{text}.casefold()"


def _steps(spec: TermsSpec, signs: Signs, *, is_cut: bool) -> tuple[list[str], list[str]]:
    """The lines of `clean`, one for each step that is on, and their imports."""
    lines = ["text = cut(text)"] if is_cut else []
    lines += [line for _, found in _each_step(spec, signs) for line in found]
    imports = [_RE] if any("re." in line for line in lines) else []
    return lines, imports + ([_UNICODE] if any("unicodedata." in line for line in lines) else [])


def _each_step(spec: TermsSpec, signs: Signs) -> Iterator[tuple[str, list[str]]]:
    """Name and lines of each step that is on."""
    is_curly = signs.has_curly
    for name in (*spec.order, "masked_words"):
        word = f're.sub("[{_APOSTROPHES}]", "\'", word)' if is_curly else "word"
        found = _step(name, spec, signs, word)
        if found and is_curly and name in _STRAIGHTENING:
            found = [_STRAIGHT, *found]
            is_curly = False
        if found:
            yield name, found


def _step(name: str, spec: TermsSpec, signs: Signs, straight_word: str) -> list[str]:
    """The lines of a step; none if it is off."""
    words, letter = "for word in text.split()", "{LETTER}" if signs.marks else r"\w"
    match name, getattr(spec, name):
        case "lower_case", True:
            return [f"text = {_folded('text', spec)}"]
        case "possessives", True:
            return [r"""text = re.sub(r"(\w+)'s\b", r"\1", text)  # possessives"""]
        case "punctuation", True:
            before = 'unicodedata.normalize("NFC", text)' if signs.is_decomposed else "text"
            if signs.is_stacked:
                before = r're.sub(r"\S+", lambda word: composed(word[0]), text)'
            before = f"joined({before})" if signs.has_joiners else before
            letter = rf"(?:{letter}|[\u200c\u200d])" if signs.has_joiners else letter
            prefix = "rf" if "{" in letter else "r"
            run = f"(?<!\\S)(?ai:{_CLITICS})(?!\\S)|{letter}+(?:'{letter}+)*"
            found = f're.findall({prefix}"{run}", text)'
            if not signs.has_bare_runs:
                return [f"text = {before}"] * (before != "text") + [f'text = " ".join({found})  # no punctuation']
            return [
                *[f"text = {before}"] * (before != "text"),
                f"words = {found}",
                r'text = " ".join(word for word in words if re.search(r"[^\W_]", word))  # no punctuation',
            ]
        case "digits", True:
            return [r'text = re.sub(r"\d+", " ", text)']
        case "ascii_letters", True:
            return ['text = " ".join(re.findall(r"[a-zA-Z]+(?:\'[a-zA-Z]+)*", text))']
        case "contractions", "split":
            return [
                f"text = re.sub(r{'f' * bool(signs.marks)}\"({letter})((?i:n't|{_CLITICS}))(?!{letter}|')\", "
                "r\"\\1 \\2\", text)  # don't → do n't"
            ]
        case "contractions", "cut":
            return [
                r"""text = re.sub(r"\S*'\S*", lambda found: " ".join(re.findall(r"[^\s']{2,}", found[0])), text)"""
                "  # don't → don"
            ]
        case "stop_words", "spacy-tokeniser":
            return ['text = " ".join(token.text for token in english(text) if not token.is_stop)']
        case "stop_words", kept if kept != "keep" and (kept != "own" or spec.own_stop_words):
            return [f'text = " ".join(word {words} if {_folded(straight_word, spec)} not in STOP_WORDS)']
        case "word_forms", "stem":
            return ['text = " ".join(stemmer.stemWords(text.split()))']
        case "word_forms", "lemma-lookup":
            return [f'text = " ".join(LEMMAS.get({straight_word}, word) {words})']
        case "token_pattern", "scikit-learn":
            return [r'text = " ".join(re.findall(r"\b\w\w+\b", text))']
        case "masked_words", words_masked if words_masked:
            return [f'text = " ".join(word {words} if {_folded(straight_word, spec)} not in MASKED)']
        case "stop_words", "own":
            return []
    if getattr(spec, name) != STEP_TABLE[name].off:
        raise RecipeError(f"{STEP_TABLE[name].label} = {getattr(spec, name)} cannot be taken home as code yet.", name)
    return []
