from __future__ import annotations

from functools import cache

import pyarrow as pa
import pytest

from bowcore.recipe.languages import LANGUAGES
from bowcore.text import language
from bowcore.text.language import NO_GUESS, SAMPLE, guess_language

# written for this test, one news line and one line of a review in each language
LINES = {
    "ar": ("أعلنت الحكومة يوم الثلاثاء عن إجراءات جديدة لخفض أسعار الطاقة.", "كان الطعام باردا والنادل غير مهذب"),
    "cs": ("Vláda v úterý oznámila nová opatření ke snížení cen energií.", "jídlo bylo studené a číšník nepříjemný"),
    "de": (
        "Die Regierung hat am Dienstag neue Maßnahmen angekündigt.",
        "das Essen war kalt und der Kellner unfreundlich",
    ),
    "el": ("Η κυβέρνηση ανακοίνωσε την Τρίτη νέα μέτρα για τις τιμές.", "το φαγητό ήταν κρύο και ο σερβιτόρος αγενής"),
    "en": ("The government announced new measures on Tuesday.", "this phone is really great, I love the battery"),
    "es": ("El gobierno anunció el martes nuevas medidas.", "la comida estaba fría y el camarero era antipático"),
    "fa": ("دولت روز سه‌شنبه اقدامات جدیدی برای کاهش قیمت انرژی اعلام کرد.", "غذا سرد بود و گارسون بی‌ادب بود"),
    "fi": (
        "Hallitus ilmoitti tiistaina uusista toimista hinnan alentamiseksi.",
        "ruoka oli kylmää ja tarjoilija töykeä",
    ),
    "fr": ("Le gouvernement a annoncé mardi de nouvelles mesures.", "le repas était froid et le serveur désagréable"),
    "he": ("הממשלה הודיעה ביום שלישי על צעדים חדשים להורדת מחירי האנרגיה.", "האוכל היה קר והמלצר לא אדיב"),
    "hi": ("सरकार ने मंगलवार को कीमतें कम करने के लिए नए उपायों की घोषणा की।", "खाना ठंडा था और वेटर बदतमीज़ था"),
    "it": ("Il governo ha annunciato martedì nuove misure.", "il cibo era freddo e il cameriere scortese"),
    "ja": ("政府は火曜日、エネルギー価格を引き下げる新たな対策を発表した。", "料理は冷たくて店員は無愛想だった"),
    "ko": ("정부는 화요일 에너지 가격을 낮추기 위한 새로운 조치를 발표했다.", "음식이 차갑고 종업원이 불친절했어요"),
    "nl": ("De regering heeft dinsdag nieuwe maatregelen aangekondigd.", "het eten was koud en de ober onvriendelijk"),
    "pl": ("Rząd ogłosił we wtorek nowe środki mające obniżyć ceny energii.", "jedzenie było zimne, a kelner niemiły"),
    "pt": ("O governo anunciou na terça-feira novas medidas.", "a comida estava fria e o empregado não foi simpático"),
    "ru": ("Правительство объявило во вторник о новых мерах.", "еда была холодной, а официант грубым"),
    "sv": ("Regeringen meddelade på tisdagen nya åtgärder.", "maten var kall och servitören otrevlig"),
    "th": ("รัฐบาลประกาศมาตรการใหม่เมื่อวันอังคารเพื่อลดราคาพลังงาน", "อาหารเย็นชืดและพนักงานเสิร์ฟไม่สุภาพ"),
    "tr": ("Hükümet salı günü yeni önlemler açıkladı.", "yemek soğuktu ve garson kabaydı"),
    "uk": ("Уряд оголосив у вівторок про нові заходи щодо зниження цін.", "їжа була холодною, а офіціант грубим"),
    "zh": ("政府周二宣布了降低能源价格的新措施。", "菜是凉的，服务员态度也不好"),
}

loaded_once = cache(language._load_identifier)


@pytest.fixture(autouse=True)
def one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the model for every sample would take half a second each."""
    monkeypatch.setattr(language, "_load_identifier", loaded_once)


@pytest.mark.parametrize("code", LINES)
def test_two_lines_suffice_to_guess_a_language(code: str) -> None:
    guess = guess_language(LINES[code])
    assert (guess.code, guess.name, guess.share) == (code, LANGUAGES[code].name, 1.0)


def test_every_single_line_is_guessed() -> None:
    wrong = [(code, guess_language([line]).code) for code, lines in LINES.items() for line in lines]
    assert [pair for pair in wrong if pair[0] != pair[1]] == []


def test_arrow_arrays_are_guessed_as_lists_are() -> None:
    lines = [*LINES["de"], None, "", "12 %"]
    assert guess_language(pa.array(lines, pa.string())) == guess_language(LINES["de"])
    assert guess_language(pa.chunked_array([LINES["de"], [None]])) == guess_language(LINES["de"])


def test_the_share_of_a_mixed_corpus_says_so() -> None:
    long = [line * 3 for line in (*LINES["de"], LINES["de"][0], LINES["ru"][0])]  # all count fully
    guess = guess_language(long)
    assert (guess.code, guess.share) == ("de", 0.75)


def test_texts_without_letters_have_no_language() -> None:
    assert guess_language([]) == NO_GUESS
    assert guess_language(["", "12 345", "😀 !!"]) == NO_GUESS


def test_the_sample_reaches_from_the_first_text_to_the_last() -> None:
    texts = [LINES["en"][0]] * (10 * SAMPLE) + [LINES["ja"][0]] * (10 * SAMPLE)
    guess = guess_language(texts)
    assert 0.3 < guess.share < 0.8  # both languages were seen


def test_a_very_long_text_is_read_at_its_beginning_only() -> None:
    assert guess_language([LINES["fr"][0] + " " + "a" * 5_000_000]).code == "fr"


def test_a_handful_of_different_words_in_latin_letters_is_of_no_language_for_certain() -> None:
    assert guess_language(["good weather 39", "bad weather 12", "so so"] * 50).sure == ""
    assert guess_language(["хорошая погода", "плохая погода"] * 50).code == "ru"
    german = ["Der Kellner war leider sehr unfreundlich.", "Das Essen kam erst nach einer Stunde."]
    assert guess_language(german * 50).code == "de"
