"""The languages that texts can be in: their codes (ISO 639), names, and what is known of each.

A row decides what a recipe can do with the language: whether there is a stop list, which of Snowball's stemmers cuts
its words, and how its capitals are lowered.
"""

from __future__ import annotations

from dataclasses import dataclass

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """What is known of a language.

    Attributes:
        name: English name.
        stop_list: Whether spaCy has a stop list, of which `bowcore/text/lists` holds a copy.
        stemmer: Name of Snowball's stemmer; empty if there is none.
        dotless: Whether the capital of `i` is `İ`, and that of `ı` is `I`.
    """

    name: str
    stop_list: bool = True
    stemmer: str = ""
    dotless: bool = False


LANGUAGES: dict[str, Language] = {
    "af": Language("Afrikaans"),
    "am": Language("Amharic"),
    "ar": Language("Arabic", stemmer="arabic"),
    "az": Language("Azerbaijani", dotless=True),
    "be": Language("Belarusian", stop_list=False),
    "bg": Language("Bulgarian"),
    "bn": Language("Bengali"),
    "ca": Language("Catalan", stemmer="catalan"),
    "cs": Language("Czech", stemmer="czech"),
    "cy": Language("Welsh", stop_list=False),
    "da": Language("Danish", stemmer="danish"),
    "de": Language("German", stemmer="german"),
    "el": Language("Greek", stemmer="greek"),
    "en": Language("English", stemmer="english"),
    "eo": Language("Esperanto", stop_list=False, stemmer="esperanto"),
    "es": Language("Spanish", stemmer="spanish"),
    "et": Language("Estonian", stemmer="estonian"),
    "eu": Language("Basque", stemmer="basque"),
    "fa": Language("Persian", stemmer="persian"),
    "fi": Language("Finnish", stemmer="finnish"),
    "fr": Language("French", stemmer="french"),
    "ga": Language("Irish", stemmer="irish"),
    "gd": Language("Scottish Gaelic"),
    "gl": Language("Galician", stop_list=False),
    "gu": Language("Gujarati"),
    "ha": Language("Hausa", stop_list=False),
    "he": Language("Hebrew"),
    "hi": Language("Hindi", stemmer="hindi"),
    "hr": Language("Croatian"),
    "hu": Language("Hungarian", stemmer="hungarian"),
    "hy": Language("Armenian", stemmer="armenian"),
    "id": Language("Indonesian", stemmer="indonesian"),
    "is": Language("Icelandic"),
    "it": Language("Italian", stemmer="italian"),
    "ja": Language("Japanese"),
    "ka": Language("Georgian", stop_list=False),
    "kk": Language("Kazakh", stop_list=False),
    "km": Language("Khmer", stop_list=False),
    "kn": Language("Kannada"),
    "ko": Language("Korean"),
    "ky": Language("Kyrgyz"),
    "la": Language("Latin"),
    "lb": Language("Luxembourgish"),
    "lo": Language("Lao", stop_list=False),
    "lt": Language("Lithuanian", stemmer="lithuanian"),
    "lv": Language("Latvian"),
    "mk": Language("Macedonian"),
    "ml": Language("Malayalam"),
    "mn": Language("Mongolian", stop_list=False),
    "mr": Language("Marathi"),
    "ms": Language("Malay"),
    "my": Language("Burmese", stop_list=False),
    "ne": Language("Nepali", stemmer="nepali"),
    "nl": Language("Dutch", stemmer="dutch"),
    "no": Language("Norwegian", stemmer="norwegian"),
    "pa": Language("Punjabi", stop_list=False),
    "pl": Language("Polish", stemmer="polish"),
    "ps": Language("Pashto", stop_list=False),
    "pt": Language("Portuguese", stemmer="portuguese"),
    "ro": Language("Romanian", stemmer="romanian"),
    "ru": Language("Russian", stemmer="russian"),
    "si": Language("Sinhala"),
    "sk": Language("Slovak"),
    "sl": Language("Slovenian"),
    "so": Language("Somali", stop_list=False),
    "sq": Language("Albanian"),
    "sr": Language("Serbian", stemmer="serbian"),
    "st": Language("Sesotho", stop_list=False, stemmer="sesotho"),
    "sv": Language("Swedish", stemmer="swedish"),
    "sw": Language("Swahili", stop_list=False),
    "ta": Language("Tamil", stemmer="tamil"),
    "te": Language("Telugu"),
    "tg": Language("Tajik", stop_list=False),
    "th": Language("Thai"),
    "tl": Language("Tagalog"),
    "tr": Language("Turkish", stemmer="turkish", dotless=True),
    "tt": Language("Tatar"),
    "ug": Language("Uyghur", stop_list=False),
    "uk": Language("Ukrainian"),
    "ur": Language("Urdu"),
    "uz": Language("Uzbek", stop_list=False),
    "vi": Language("Vietnamese"),
    "yo": Language("Yoruba"),
    "zh": Language("Chinese"),
}
"""Every language that can be guessed, by code."""


def language_name(code: str) -> str:
    """English name of a language; empty for the empty code, which stands for no language."""
    return LANGUAGES[code].name if code else ""
