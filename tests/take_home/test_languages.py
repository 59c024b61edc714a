"""A notebook gives the numbers of its experiment in other languages too; all lines were written for this file."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bowcore.recipe.recipe import Recipe
from bowcore.take_home.notebook import notebook
from tests.take_home.executed import run_here
from tests.take_home.test_notebook import SMALL, compare

STEMS = {"stop_words": "spacy", "word_forms": "stem"}
CORPORA: dict[str, tuple[dict[str, Any], dict[str, tuple[tuple[str, ...], tuple[str, ...]]]]] = {
    "German": (
        STEMS | {"language": "de", "weighting": "tfidf"},
        {
            "Küche": (
                ("Die SUPPE schmeckte süß", "Zwei Ko\u0308che stritten um das Maß", "Der Gast aß drei Klöße"),
                ("und die Größe der Schüssel reichte", "denn GROẞE Töpfe fehlten", "während der Kellner’s Glas spülte"),
            ),
            "Straße": (
                ("Der Zug fuhr über die Straße", "Sechs Busse warteten auf der STRASSE", "Die Brücke war gesperrt"),
                ("und alle Fahrgäste mussten laufen", "weil die Gleise nass waren", "obwohl niemand’s gemerkt hatte"),
            ),
        },
    ),
    "Arabic": (
        STEMS | {"language": "ar", "ngrams": 2},
        {
            "طعام": (
                ("طبخَتِ الأمُّ حساءً لذيذًا", "اشترى الطبّاخ ١٢ بصلةً", "الخبزُ ساخنٌ في الفرن"),
                ("ثم جلسَ الجميعُ إلى المائدة", "لأنّ الضيوفَ جائعون", "وکتاب\u200cهای قديمة على الرفّ"),
            ),
            "سفر": (
                ("وصلَ القطارُ متأخرًا", "غادرتِ السفينةُ الميناءَ", "الطريقُ إلى الجبلِ طويلٌ"),
                ("فانتظرَ المسافرونَ ساعةً", "لأنّ الثلجَ كثيرٌ", "وعادَ السائقُ إلى البيت"),
            ),
        },
    ),
    "Chinese": (
        {"language": "zh", "stop_words": "spacy", "plain_forms": True, "weighting": "binary"},
        {
            "厨房": (
                ("妈妈在厨房里做汤", "他买了１２个鸡蛋", "面包刚从烤箱里拿出来"),
                ("，客人们都很喜欢。", "，因为孩子们饿了！", "，AT&T的广告在电视上。"),
            ),
            "车站": (
                ("火车晚点了二十分钟", "船离开了港口", "去山上的路很长"),
                ("，旅客们在车站等候。", "，因为雪下得很大！", "，司机打开iPhone看地图。"),
            ),
        },
    ),
    "Japanese": (
        {"plain_forms": True, "repair": True, "vocabulary_size": 30, "unknown": "unk"},
        {
            "料理": (
                ("母は台所でｽｰﾌﾟを作った", "シェフはＡＢＣ社の鍋を買った", "&#12497;ンが焼けた"),
                ("。客は喜んだ。", "、子供は待っている。", "。㍿の広告を見た。"),
            ),
            "旅行": (
                ("電車が駅に着いた", "船は港を出た", "山への道は長い"),
                ("。雪が降っている。", "、運転手は地図を見る。", "。みんな歩いて帰った。"),
            ),
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPORA)
def test_the_notebook_of_a_language_gives_the_numbers_of_its_experiment(name: str, tmp_path: Path) -> None:
    steps, classes = CORPORA[name]
    with (tmp_path / "own.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for label, (clauses, ends) in classes.items():
            writer.writerows((f"{first}{end} {third}", label) for first, end, third in product(clauses, ends, clauses))
    recipe = Recipe().change(corpus=f"{tmp_path / 'own.csv'}?body=text&label=label", **SMALL, **steps)
    compare(recipe, run_here(notebook(recipe), tmp_path), tmp_path)
