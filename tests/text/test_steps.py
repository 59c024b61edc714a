import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
import Stemmer
from hypothesis import example, given
from hypothesis import strategies as st

from bowcore.recipe.languages import LANGUAGES
from bowcore.recipe.recipe import CHOICES, Recipe
from bowcore.recipe.steps import MASK, STEPS, TermsSpec
from bowcore.text.steps import STEP_FUNCTIONS, WORD_FORMS, apply_step, lemma_table
from bowcore.text.stopwords import stop_list
from tests.laws import examples
from tests.text import reference, tricky

OFF = TermsSpec(lower_case=False, possessives=False, punctuation=False, digits=False)

law = examples(60)


def spec(**values: object) -> TermsSpec:
    return Recipe(terms=OFF).change(**values).terms


def applied(name: str, strings: list[str], terms: TermsSpec) -> list[list[str]]:
    """The pieces of each string; the string itself when the recipe leaves the step out."""
    pieces = apply_step(name, pa.array(strings, pa.string()), terms)
    if pieces is None:
        return [[string] for string in strings]
    nested: list[list[str]] = [[] for _ in strings]
    for parent, piece in zip(pieces.parents.tolist(), pieces.strings.to_pylist(), strict=True):
        nested[parent].append(piece)
    assert pieces.parents.tolist() == sorted(pieces.parents.tolist())
    return nested


def words(text: str, **values: object) -> str:
    """What the one step that is switched on makes of each word of a text, read as a text again."""
    terms = spec(**values)
    (name,) = {"contractions", "stop_words", "word_forms", *values} & set(values) & set(STEP_FUNCTIONS)
    return " ".join(piece for pieces in applied(name, text.split(), terms) for piece in pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The CAT", "the cat"),
        ("İstanbul ΟΔΟΣ Straße ǅ", "i̇stanbul οδος straße ǆ"),
        ("already lower 123 !?", "already lower 123 !?"),
        ("日本 😀", "日本 😀"),
    ],
)
def test_lower_case(text: str, expected: str) -> None:
    assert words(text, lower_case=True) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("", "İ I Straße", "i̇ i straße"),
        ("en", "İ I Straße", "i̇ i straße"),
        ("de", "STRASSE Straße MASSE Maße", "strasse strasse masse masse"),
        ("tr", "İSTANBUL IŞIK ışık İ I\u0307", "istanbul ışık ışık i i"),
        ("az", "QIZIL İL", "qızıl il"),
        ("el", "ΟΔΟΣ οδός", "οδοσ οδόσ"),
        ("ru", "МОСКВА Ёлка", "москва ёлка"),
    ],
)
def test_capitals_are_lowered_as_the_language_lowers_them(language: str, text: str, expected: str) -> None:
    assert words(text, lower_case=True, language=language) == expected


def test_case_folding_is_unicodes() -> None:
    signs = [chr(code) for code in range(0x250, 0x20000) if unicodedata.category(chr(code)) == "Lu"]
    assert words(" ".join(signs), lower_case=True, language="fr").split() == [sign.casefold() for sign in signs]


@pytest.mark.parametrize(
    ("language", "text", "stems"),
    [
        ("de", "häuser katzen liefen", "haus katz lief"),
        ("fr", "continuellement chevaux", "continuel cheval"),
        ("tr", "evlerimizden kitaplar", "ev kitap"),
        ("ru", "книгами важнейшие", "книг важн"),
        ("ar", "المدرسة", "مدرس"),
        ("zz-none", "houses", "hous"),
    ],
)
def test_stems_are_those_of_the_language(language: str, text: str, stems: str) -> None:
    code = "" if language == "zz-none" else language
    assert words(text, word_forms="stem", language=code) == stems


def test_every_stemmer_is_snowballs() -> None:
    named = {language.stemmer for language in LANGUAGES.values()} - {""}
    assert named <= set(Stemmer.algorithms())
    assert set(Stemmer.algorithms()) - named <= {"dutch_porter", "porter", "yiddish"}  # no older or unguessed ones
    for code, language in LANGUAGES.items():
        if language.stemmer:
            strings = (
                [word for word in stop_list(f"spacy-{code}" if code != "en" else "spacy")[:20] if " " not in word]
                if language.stop_list
                else ["kato"]
            )
            expected = Stemmer.Stemmer(language.stemmer).stemWords(strings)
            assert applied("word_forms", strings, spec(word_forms="stem", language=code)) == [
                [stem] if stem else [] for stem in expected
            ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Die Straße ist nicht breit DAß", "Straße breit"),
        ("tr", "İÇİN kırmızı ev ve kitap", "kırmızı ev kitap"),
        ("fa", "این کتاب را می\u200cخوانم", "کتاب می\u200cخوانم"),
        ("zh", "我 喜欢 音乐 的", "喜欢 音乐"),
        ("ru", "Он не читал книгу", "читал книгу"),
    ],
)
def test_stop_words_are_those_of_the_language(language: str, text: str, expected: str) -> None:
    assert words(text, stop_words="spacy", language=language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("canada's café's 1990's x_'s", "canada café 1990 x_"),
        ("it's let's", "it let"),
        ("canada's. (bush's)", "canada. (bush)"),
        ("x's-y's", "x-y"),
        ("CANADA'S boys' 's 'tis don't x'st", "CANADA'S boys' 's 'tis don't x'st"),
        ("canada’s canadaʼs don’t", "canada canada don't"),
    ],
)
def test_possessives(text: str, expected: str) -> None:
    assert words(text, possessives=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("end. (AP) U.S. $46", "end AP U S 46"),
        ("state-of-the-art a/b", "state of the art a b"),
        ("don't o'neill rock'n'roll", "don't o'neill rock'n'roll"),
        ("'quoted' boys' ''twice'' a''b", "quoted boys twice a b"),
        ("don’t donʼt don＇t", "don't don't don't"),
        ("❤\ufe0f __ _\u0301_ a_ 2\u20e3", "a_ 2\u20e3"),  # a run without a letter or number is no word
        ("café cafe\u0301 e\u0301t\u0301 हिन्दी ½ snake_case", "café café ét\u0301 हिन्दी ½ snake_case"),
        ("n't 's 'LL N'T", "n't 's 'LL N'T"),
        ("می\u200cخواهم کتاب\u200cها،", "می\u200cخواهم کتاب\u200cها"),  # Persian: I want, books
        ("क्\u200dष ന്\u200d श्री\u200c", "क्\u200dष ന്\u200d श्री"),  # after a virama, and a stray one at the end
        ("Auf\u200clage 👩\u200d💻 \u200c", "Auflage"),
        ("مَرْحَبًا ผู้ใหญ่ त्योहार 각", "مَرْحَبًا ผู้ใหญ่ त्योहार 각"),
        ("... -- 😀 '''", ""),
        ("plain words 12", "plain words 12"),
    ],
)
def test_punctuation(text: str, expected: str) -> None:
    assert words(text, punctuation=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("39 1990s a1b2c", "s a b c"),
        ("١٢ x٣y ２４ ๑๒ १२", "x y"),
        ("$46 3-2 1,000.5", "$ - , ."),
        ("² ½ Ⅳ word", "² ½ Ⅳ word"),
    ],
)
def test_digits(text: str, expected: str) -> None:
    assert words(text, digits=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("café São naïve", "caf S o na ve"),
        ("don't 'tis' snake_case a1b", "don't tis snake case a b"),
        ("日本 😀 123 ...", ""),
        ("plain Words", "plain Words"),
    ],
)
def test_ascii_letters(text: str, expected: str) -> None:
    assert words(text, ascii_letters=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't CAN'T won't", "do n't CA N'T wo n't"),
        ("it's we'll they're I've he'd I'm", "it 's we 'll they 're I 've he 'd I 'm"),
        ("don't, it's.", "do n't, it 's."),
        ("I'd've", "I'd 've"),
        ("n't 's 'LL", "n't 's 'LL"),
        ("o'neill rock'n'roll 'tis boys' 'll-x x'sy", "o'neill rock'n'roll 'tis boys' 'll-x x'sy"),
        ("don’t we’ll", "do n't we 'll"),
    ],
)
def test_contractions_split(text: str, expected: str) -> None:
    assert words(text, contractions="split") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't it's we'll", "don it we ll"),
        ("'a' o'neill", "neill"),
        ("a I don’t dont", "a I don dont"),
        ("''", ""),
    ],
)
def test_contractions_cut(text: str, expected: str) -> None:
    assert words(text, contractions="cut") == expected


@pytest.mark.parametrize(
    ("values", "text", "expected"),
    [
        ({"stop_words": "spacy"}, "The news is not n't good", "news good"),
        ({"stop_words": "scikit-learn"}, "The news is not n't good", "news n't good"),
        ({"stop_words": "own", "own_stop_words": ("News", "é")}, "The news NEWS É newsy", "The newsy"),
        ({"stop_words": "own"}, "The news", "The news"),
        ({"stop_words": "keep", "own_stop_words": ("the",)}, "the news", "the news"),
    ],
)
def test_stop_words(values: dict[str, object], text: str, expected: str) -> None:
    assert words(text, **values) == expected


@pytest.mark.parametrize("written", ["Café", "Cafe\u0301"])
def test_a_mask_drops_its_word_however_its_accent_is_written(written: str) -> None:
    composed, decomposed = "café CAFÉ cafeteria", "cafe\u0301 CAFE\u0301 cafeteria"
    assert words(composed, masked_words=(written,)) == "cafeteria"
    # no step has composed these, and a mask may name what is shown
    assert words(decomposed, masked_words=("Cafe\u0301",)) == "cafeteria"


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        # Porter's own examples for the English (Porter2) stemmer, snowballstem.org
        ("consign", "consign"), ("consigned", "consign"), ("consigning", "consign"), ("consignment", "consign"),
        ("consistency", "consist"), ("consistently", "consist"), ("consolation", "consol"), ("knightly", "knight"),
        ("knocked", "knock"), ("knots", "knot"), ("skies", "sky"), ("dying", "die"), ("news", "news"),
        ("generously", "generous"), ("running", "run"), ("mice", "mice"), ("café", "café"), ("日本", "日本"),
    ],
)  # fmt: skip
def test_stems(word: str, stem: str) -> None:
    assert words(word, word_forms="stem") == stem


@pytest.mark.parametrize(
    ("text", "expected"),
    [("mice running was better", "mouse run be well"), ("zyzzyvax 日本 don't", "zyzzyvax 日本 don't")],
)
def test_lemmas_are_looked_up_and_unknown_words_stay(text: str, expected: str) -> None:
    assert words(text, word_forms="lemma-lookup") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't it's", "don it"),
        ("a I é 日 1", ""),
        ("café São naïve 日本", "café São naïve 日本"),
        ("x_y _ __ (AP)", "x_y __ AP"),
        ("e\u0301te", "te"),
        ("state-of-the-art 39 U.S.", "state of the art 39"),
    ],
)
def test_token_pattern(text: str, expected: str) -> None:
    assert words(text, token_pattern="scikit-learn") == expected


def test_every_step_has_a_function_and_a_reference() -> None:
    assert set(STEP_FUNCTIONS) == set(reference.STEPS) == {*STEPS, MASK}


def test_every_word_form_has_a_function() -> None:
    assert {"as-written", *WORD_FORMS} == set(CHOICES["word_forms"])


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_is_off_is_left_out(name: str) -> None:
    assert apply_step(name, pa.array(["The", "cat's"]), OFF) is None


@pytest.mark.parametrize("name", STEPS)
@law
@given(strings=st.lists(tricky.units, min_size=1, max_size=20), recipe=tricky.recipes)
def test_a_step_agrees_with_plain_python(name: str, strings: list[str], recipe: Recipe) -> None:
    if name == "stop_words" and recipe.terms.stop_words == "spacy-tokeniser":
        # a recipe that is valid gives it nothing else
        strings = [string for string in strings if re.fullmatch("[A-Za-z']+", string)]
    expected = [reference.STEPS[name](string, recipe.terms) for string in strings]
    assert applied(name, strings, recipe.terms) == expected


@examples(300)
@given(st.text("é's_-", max_size=14))
@example("é's's's's")
def test_possessives_beyond_ascii_agree_with_the_tutorials_pattern(string: str) -> None:
    expected = re.sub(r"(\w+)'s\b", r"\1", "é" + string)
    assert applied("possessives", ["é" + string], spec(possessives=True)) == [[expected]]


ALL_SCRIPTS = st.text(
    st.one_of(
        st.sampled_from("'’-_.,aAsStTnN12éÉİıΣςſK\u0301\u200d"),
        # what Unicode 3.2 had assigned: RE2 and Python may know different later versions
        st.characters(codec="utf-8").filter(
            lambda sign: not sign.isspace() and unicodedata.ucd_3_2_0.category(sign) != "Cn" and old_category(sign)
        ),
    ),
    min_size=1,
    max_size=10,
)


def old_category(sign: str) -> bool:
    return unicodedata.ucd_3_2_0.category(sign)[0] == unicodedata.category(sign)[0]


@pytest.mark.parametrize(
    "name", ["lower_case", "possessives", "punctuation", "digits", "ascii_letters", "token_pattern"]
)
@law
@given(strings=st.lists(ALL_SCRIPTS, min_size=1, max_size=8))
@example(strings=["𝐀𝟏", "ⅷ", "¼a", "א'ב", "ﬁ's", "a\u0345's"])
def test_a_step_agrees_with_plain_python_in_every_script(name: str, strings: list[str]) -> None:
    terms = spec(**{name: "scikit-learn" if name == "token_pattern" else True})
    assert applied(name, strings, terms) == [reference.STEPS[name](string, terms) for string in strings]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_takes_no_strings_and_very_long_ones(name: str) -> None:
    terms = Recipe().change(
        ascii_letters=True,
        contractions="cut",
        stop_words="spacy",
        word_forms="lemma-lookup",
        token_pattern="scikit-learn",
    )
    assert applied(name, [], terms.terms) == []
    long = ["a" * 100_000, "é" * 100_000, "'" * 100_000, "x's" * 20_000]
    if name == "possessives":  # the plain pattern would take minutes
        expected = [[string.removesuffix("'s")] for string in long]
    else:
        expected = [reference.STEPS[name](string, terms.terms) for string in long]
    assert applied(name, long, terms.terms) == expected


def test_looked_up_lemmas_are_spacys_own() -> None:
    import spacy

    language = spacy.blank("en")
    language.add_pipe("lemmatizer", config={"mode": "lookup"})
    language.initialize()
    forms, _ = lemma_table()
    sampled = [form for form in forms.to_pylist() if re.fullmatch(r"[a-z]+", form)][::100]
    tokens = [*sampled, "Running", "MICE", "unknownword", "Was"]
    assert len(tokens) > 300
    expected = []
    for token in tokens:
        (only,) = language(spacy.tokens.Doc(language.vocab, words=[token]))
        expected.append([only.lemma_])
    assert applied("word_forms", tokens, spec(word_forms="lemma-lookup")) == expected


def test_no_piece_keeps_a_space_at_its_end_however_often_a_step_runs() -> None:
    generator = np.random.default_rng(5)
    n_arrays = examples(1200).max_examples
    signs = generator.choice(list("AP'.- "), (n_arrays, 4, 5))
    lengths = generator.integers(1, 6, signs.shape[:2])
    for words, n_signs in zip(signs.tolist(), lengths.tolist(), strict=True):
        strings = ["".join(word[:n]) for word, n in zip(words, n_signs, strict=True)]
        pieces = apply_step("punctuation", pa.array(strings, pa.string()), TermsSpec())
        assert pieces is not None
        assert [piece for piece in pieces.strings.to_pylist() if piece != piece.strip()] == []
