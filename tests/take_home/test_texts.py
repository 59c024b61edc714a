"""The plain code of the steps makes the terms that this program makes, of any text in any language."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.recipe import Recipe
from bowcore.take_home import signs as signs_module
from bowcore.take_home.piece import script
from bowcore.take_home.signs import find_signs, signs_among
from bowcore.take_home.texts import text_piece
from bowcore.text import cut
from bowcore.text.cut import with_spaces
from bowcore.text.stopwords import SPACY_CODES, stop_list
from bowcore.text.terms import apply_chain
from bowcore.text.units import join_fields, number_units, prepared
from tests.text.tricky import recipes, texts

LINES = {
    "de": "Die Straße, in der ER wohnte: GROẞE Häuser; Ha\u0308user, die niemand kauft. Süße Äpfel der Größe 12",
    "tr": "İstanbul'da IŞIK söndü, İZMİR'de ılık bir gün; ILIK ve ilik I\u0307zmir",
    "ru": "Поезда́ опоздали на 20 минут, и все́ ждали. Всё же ПОЕЗД пришёл; и\u0306од",
    "ar": "قالَ المُعلِّمُ إنّ الطلابَ يكتبونَ ١٢ درسًا، والكتابُ جديدٌ",
    "fa": "می\u200cخواهم کتاب\u200c\u200cها را بخوانم، \u200cولی نمی\u200cتوانم",
    "hi": "क\u093c्\u200dष और \u0958लम से लिखी हुई कहानियाँ पढ़ते हैं",
    "el": "Ο ΔΡΌΜΟΣ ήταν άδειος, οι ΔΡΟΜΟΙ ΐσως γεμάτοι",
    "ko": "정부는 \u1100\u1161을 보았다, 그리고 학교에 갔다",
    "zh": "我们在北京大学学习语言，iPhone12很好用。我喜欢AT&T的音乐 and tea",
    "ja": "ﾊﾟﾝを食べる学生は、学校で本を読む。ＡＢＣ１２と㍿のﬁle",
    "th": "ฉันชอบฟังเพลงที่บ้าน และรัฐบาลประกาศลดราคา 20 บาท",
    "vi": "Z" + "\u0323\u0301" * 16 + "a\u0301 Vie\u0323\u0302t e\u0323\u0302ﬁ",
    "": "The ﬁlm’s “ﬀ” don’t, 👩\u200d💻 we\u200bwent &#8204; a\u200db &zwnj; \x92s &#20013;&#x301; na\u0308ive",
}


def compare(lines: list[str], recipe: Recipe) -> None:
    """Run the code on lines as bodies, and compare its terms, line by line, with those of the steps here."""
    written = {"title": ["x"] * len(lines), "body": lines}
    table = pa.table({name: pa.array(texts, pa.large_string()) for name, texts in written.items()})
    found: dict[str, Any] = {"articles": table.to_pandas(), "test": []}
    exec(script([text_piece(recipe, find_signs(table, recipe.text))]), found)
    fields = [prepared(table[name].combine_chunks(), recipe.text) for name in table.column_names]
    units = number_units(with_spaces(join_fields(fields)))
    result = apply_chain(units.types, recipe.terms).result
    codes, offsets = result.expand(units.ids, units.offsets)
    terms = result.strings.take(pa.array(codes)).to_pylist()
    ours = [terms[first:last] for first, last in pairwise(offsets)]
    assert [text.split() for text in found["texts"]] == ours


@pytest.mark.parametrize("is_prepared", [False, True])
@pytest.mark.parametrize("language", LINES)
def test_lines_of_each_language_become_the_same_terms(language: str, is_prepared: bool) -> None:
    known = LANGUAGES[language or "en"]
    steps = {
        "stop_words": "spacy" if known.stop_list else "keep",
        "word_forms": "stem" if known.stemmer else "as-written",
    }
    recipe = Recipe().change(language=language, plain_forms=is_prepared, repair=is_prepared, **steps)
    compare([LINES[language], *LINES[language].split(), ""], recipe)
    compare([LINES[language]], recipe.change(lower_case=False, punctuation=False, token_pattern="scikit-learn"))


@given(
    st.lists(texts | st.sampled_from(list(LINES.values())), min_size=1, max_size=8),
    recipes,
    st.sampled_from(["", "en", *LINES]),
    st.booleans(),
    st.booleans(),
)
@example(["“ΟΔΟΣ’s” don’t 日本’s"], Recipe().change(contractions="split", repair=False), "", False, False)
def test_any_steps_in_any_order_make_the_same_terms(
    lines: list[str], recipe: Recipe, language: str, repaired: bool, plain: bool
) -> None:
    terms = replace(recipe.terms, language=language)
    recipe = replace(recipe, terms=terms).change(repair=repaired, plain_forms=plain)
    compare(lines, recipe)


@pytest.mark.parametrize("line", [LINES["zh"], LINES["ja"], LINES["th"], "北\u0301京a\u0301 一 ก็\u0e34"])
def test_without_icu_pairs_of_letters_are_the_same(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cut, signs_module):
        monkeypatch.setattr(module, "has_dictionaries", lambda: False)
    compare([line], Recipe())
    code = text_piece(Recipe(), signs_among(line)).code
    assert "pairwise" in code


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_stop_list_of_each_language_drops_its_words(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe().change(language=code, stop_words="spacy", punctuation=False)
    if recipe.terms.stop_words == "spacy":
        # the list that is kept here is spaCy's (tests/text/test_stopwords.py); importing all of spaCy's takes seconds
        listed = stop_list("spacy" if code == "en" else f"spacy-{code}")
        module = f"spacy.lang.{SPACY_CODES.get(code, code)}.stop_words"
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(STOP_WORDS=set(listed)))
        compare([" ".join(listed), *stop_list("scikit-learn")[:3]], recipe)


def test_the_stop_list_of_icelandic_is_imported_though_its_code_is_a_keyword() -> None:
    compare(["og Ekki hestur"], Recipe().change(language="is", stop_words="spacy"))


@pytest.mark.parametrize("written", ["Café", "Cafe\u0301"])
@pytest.mark.parametrize("punctuation", [True, False])
def test_a_mask_drops_the_same_words_however_its_accent_is_written(written: str, punctuation: bool) -> None:
    compare(["a cafe\u0301 CAFÉ cafeteria"], Recipe().change(masked_words=(written,), punctuation=punctuation))


def test_code_for_plain_letters_has_no_line_for_others() -> None:
    code = text_piece(Recipe(), signs_among("abcé")).code
    assert not any(word in code for word in ("LETTER", "normalize", "\\u2019", "cut(", "STRAY"))
    wanted: dict[str, Callable[[], bool]] = {
        "e\u0301": lambda: "LETTER" in code, "’": lambda: "\\u2019" in code, "本": lambda: "cut(" in code,
        "\u200c": lambda: "STRAY" in code, "\u1100": lambda: "normalize" in code,
    }  # fmt: skip
    for sign, is_there in wanted.items():
        code = text_piece(Recipe(), signs_among(sign)).code
        assert is_there(), sign


def test_headlines_alone_are_read_where_the_recipe_reads_no_more() -> None:
    articles = pd.DataFrame({"title": ["Größe"], "body": ["unread"]})
    recipe = Recipe().change(text_used="headline", language="de")
    found: dict[str, Any] = {"articles": articles, "test": []}
    exec(script([text_piece(recipe, signs_among("ö"))]), found)
    assert found["texts"].tolist() == ["grösse"]
