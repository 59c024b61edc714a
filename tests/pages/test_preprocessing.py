"""The preprocessing page: an own sentence step by step, and the panels below it."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from streamlit.testing.v1 import AppTest

from bowcore.experiment.experiments import Experiments
from bowcore.jobs import jobs
from bowcore.learn.linear.logistic import fit_logistic
from bowcore.recipe.links import LINK_LIMIT, link_length
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.steps import STEPS
from bowcore.tasks.runner import work
from bowcore.text.repair import REPAIRS
from bowcore.text.stopwords import stop_list
from bowcore.trace.tricky_strings import TRICKY_STRINGS
from tests.pages.opening import assert_in_shell, by_label, n_terms, number, open_page, shown, visit
from tests.pages.plain import RECOMMENDED, articles, plain, terms_of_unit, tokens
from ui.preprocessing.panels import WORDS
from ui.preprocessing.words.accuracy import fate_of
from ui.reading.tables import unguarded


class Cells(HTMLParser):
    """The texts of a table's cells, row by row."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def lineage(app: AppTest) -> dict[str, list[str]]:
    """Cells of the sentence's table by the name of their row."""
    (source,) = [element.value for element in app.get("html") if "<table" in element.value]
    return {name: cells for name, *cells in Cells(source).rows}


def table_with(app: AppTest, column: str) -> pd.DataFrame:
    """The one table of the page that has this column."""
    (found,) = [element.value for element in app.dataframe if column in element.value]
    return found


def panel(app: AppTest, name: str) -> AppTest:
    return by_label(app.get("button_group"), "Panel").set_value(name).run()


def write(app: AppTest, sentence: str) -> AppTest:
    return by_label(app.text_area, "Sentence to follow").set_value(sentence).run()


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def words_of(parts: tuple[str, ...]) -> Counter[str]:
    """How often each string between spaces stands in the articles of these parts."""
    return Counter(word for part in parts for title, body, _ in articles(part) for word in f"{title} {body}".split())


OPEN = ("train", "validation")


def test_every_word_of_an_own_sentence_is_followed_to_its_terms() -> None:
    sentence = "Chelsea's 39 goals DIDN'T please Zaphod in São-Paulo"
    app = write(open_page("preprocessing.py"), sentence)
    assert_in_shell(app)
    rows = lineage(app)
    assert rows["as written"] == sentence.split()
    assert rows["Lower case"] == sentence.lower().split()
    counted = [" ".join(terms_of_unit(word, RECOMMENDED.terms)) or "–" for word in sentence.split()]
    assert rows["counted as"] == counted
    # what the digits step drops is struck through in its row, and gone below
    assert rows["Digits"][1] == "39"
    app.session_state["lineage_text"] = True
    app.run()
    lines = app.code[0].value.split("\n")
    assert lines[0] == "Chelsea's → chelsea's (lower case) → chelsea (possessives)"
    assert lines[1] == "39 → dropped (digits)"
    assert lines[2] == "goals (kept)"
    assert lines[5] == "Zaphod → zaphod (lower case); not in the vocabulary: zaphod"
    assert lines[7] == "São-Paulo → são-paulo (lower case) → são paulo (punctuation); not in the vocabulary: são"


@pytest.mark.parametrize(
    "sentence", ["", "   ", "🙂", "<script>alert(1)</script> $x$ **bold**", "x" * 6000, "word " * 2000]
)
def test_any_sentence_leaves_the_page_whole(sentence: str) -> None:
    app = write(open_page("preprocessing.py"), sentence)
    assert_in_shell(app)
    assert all("<script" not in element.value for element in app.get("html"))


def test_a_long_sentence_has_columns_for_its_first_words_and_says_so() -> None:
    app = write(open_page("preprocessing.py"), "word " * 50)
    assert len(lineage(app)["as written"]) == 40
    assert "40 of 50 words have a column" in shown(app)


def test_the_own_sentence_is_still_there_after_another_page() -> None:
    app = write(open_page("preprocessing.py"), "Ministers argued about pensions")
    visit(visit(app, "words.py"), "preprocessing.py")
    assert by_label(app.text_area, "Sentence to follow").value == "Ministers argued about pensions"
    assert lineage(app)["as written"] == ["Ministers", "argued", "about", "pensions"]


def test_word_groups_of_the_sentence_are_shown() -> None:
    app = write(open_page("preprocessing.py", RECOMMENDED.change(ngrams=2)), "Ministers argued about pensions")
    (groups,) = [group for group in app.get("button_group") if group.key == "lineage_groups"]
    assert groups.options == ["ministers argued", "argued about", "about pensions"]


def test_repaired_leftovers_of_the_sentence_are_told() -> None:
    app = write(open_page("preprocessing.py", RECOMMENDED.change(repair=True)), "Canada #39;s wins")
    assert lineage(app)["as written"] == ["Canada's", "wins"]
    assert "Leftovers were repaired first: Canada's wins" in shown(app)


@pytest.mark.parametrize("name", WORDS)
def test_every_panel_opens_and_is_the_only_one(name: str) -> None:
    app = panel(open_page("preprocessing.py", RECOMMENDED.change(stop_words="spacy", word_forms="stem")), name)
    assert_in_shell(app)
    labels = {
        "What each step did": "The words that a step changed most",
        "Merges": "Find a term or a form",
        "Order": "Usual order",
        "Test bench": "Your own strings, one a line",
        "Stop lists": "Add words",
    }
    elements = [*app.main.selectbox, *app.main.text_input, *app.main.button, *app.main.text_area]
    seen = {element.label for element in elements} & set(labels.values())
    assert seen == ({labels[name]} if name in labels else set())


@pytest.mark.parametrize(
    ("name", "articles"),
    [
        ("What each step did", "1,557 training and 334 validation articles"),
        ("Merges", "500 training articles"),
        ("Stop lists", "500 training articles"),
    ],
)
def test_a_panel_says_on_how_many_articles_its_numbers_rest(name: str, articles: str) -> None:
    app = panel(open_page("preprocessing.py", RECOMMENDED.change(training_articles=500)), name)
    assert_in_shell(app)
    assert articles in shown(app)


def test_sizes_before_and_after_a_switch_stand_side_by_side() -> None:
    app = open_page("preprocessing.py")
    assert "before" not in table_with(app, "training matrix")
    by_label(app.sidebar.selectbox, "Stop words").set_value("scikit-learn").run()
    table = table_with(app, "training matrix").set_index("training matrix")
    after = RECOMMENDED.change(stop_words="scikit-learn")
    for column, recipe in (("before", RECOMMENDED), ("now", after)):
        assert table.loc["Terms (columns)", column] == f"{len(plain(recipe).terms):,}"
        assert table.loc["Tokens", column] == f"{sum(map(len, tokens('train', recipe))):,}"
        assert table.loc["Articles (rows)", column] == "1,557"


def test_what_each_step_did_is_what_it_does_to_every_distinct_word() -> None:
    app = open_page("preprocessing.py")
    table = table_with(app, "tokens lost").set_index("step")
    words = words_of(OPEN)
    lowered = Counter(word.lower() for word in words)
    first = table.loc["Lower case"]
    assert first["words before"] == len(words)
    assert first["changed"] == sum(word != word.lower() for word in words)
    assert first["merged"] == sum(word != word.lower() and lowered[word.lower()] > 1 for word in words)
    assert first["words after"] == len(lowered)
    assert first["tokens after"] == sum(words.values())
    assert table.index.tolist() == ["Lower case", "Possessives", "Punctuation", "Digits"]
    n_tokens = sum(len(article) for part in OPEN for article in tokens(part, RECOMMENDED))
    assert table.loc["Digits", "tokens after"] == n_tokens
    numbers = Counter(
        term
        for part in OPEN
        for article in tokens(part, RECOMMENDED.change(digits=False))
        for term in article
        if term.isdecimal()
    )
    assert table.loc["Digits", "tokens lost"] == numbers.total()
    assert table.loc["Digits", "dropped"] == len(numbers)
    text = shown(app)
    assert f"**{len(words):,} distinct words became {table.loc['Digits', 'words after']:,} terms;**" in text
    assert f"{words.total():,} tokens became {n_tokens:,}, as {table['tokens lost'].sum():,} were dropped" in text


def test_the_repair_of_leftovers_is_a_step_with_a_number_in_every_column_and_words_of_its_own() -> None:
    recipe = RECOMMENDED.change(repair=True)
    app = open_page("preprocessing.py", recipe)
    table = table_with(app, "tokens lost").set_index("step")
    assert table.index.tolist() == ["Leftovers", "Lower case", "Possessives", "Punctuation", "Digits"]
    raw = words_of(OPEN)
    repaired: Counter[str] = Counter()
    for field in (field for part in OPEN for title, body, _ in articles(part) for field in (title, body)):
        field = re.sub(r"&#(?:163|191|2\d\d);", lambda entity: html.unescape(entity.group()), field)
        for _, pattern, replacement in REPAIRS:
            field = re.sub(pattern, replacement, field, flags=re.ASCII)
        repaired.update(field.split())
    assert raw != repaired
    row = table.loc["Leftovers"]
    assert (row["words before"], row["words after"]) == (len(raw), len(repaired))
    assert (row["tokens before"], row["tokens after"]) == (raw.total(), repaired.total())
    assert row.notna().all() and row["time"].endswith("s, computed")
    assert row["changed"] >= row["merged"] and row["dropped"] + row["changed"] + row["split"] > 0
    assert table.loc["Lower case", "words before"] == len(repaired)
    assert "a word can have several outcomes" in shown(app)
    assert by_label(app.selectbox, "The words that a step changed most").options[0] == "Leftovers"
    changed = next(element.value for element in app.dataframe if "after" in element.value)
    assert len(changed) and all(
        re.search(r"[;\\<‘’“”]", before) and not re.search(r"#39;|[‘’“”]", after)
        for before, after in zip(changed["before"], changed["after"], strict=True)
    )
    by_label(app.sidebar.get("pills"), "Clean").set_value(["repair"]).run()
    assert_in_shell(app)
    assert table_with(app, "tokens lost")["step"].tolist() == ["Leftovers"]


def test_a_flipped_switch_pays_for_its_own_step_and_those_behind_it() -> None:
    app = open_page("preprocessing.py", RECOMMENDED.change(split_seed=77))  # articles that no other test has met
    times = table_with(app, "time")["time"]
    assert all(time.endswith(" ms, computed") for time in times)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    again = table_with(app, "time").set_index("step")["time"]
    assert again.iloc[:4].tolist() == [time.replace("computed", "cached") for time in times]
    assert again["Stop words"].endswith(" ms, computed")


def test_the_words_that_a_step_touched_most_are_those_of_a_counter() -> None:
    app = open_page("preprocessing.py", RECOMMENDED.change(stop_words="own", own_stop_words=("said", "mr", "the")))
    steps = by_label(app.selectbox, "The words that a step changed most")
    steps.set_value(steps.options.index("Stop words")).run()
    kept = Counter(term for part in OPEN for article in tokens(part, RECOMMENDED) for term in article)
    (table,) = [element.value for element in app.dataframe if {"before", "tokens"} <= set(element.value)]
    assert dict(zip(table["before"], table["tokens"], strict=True)) == {w: kept[w] for w in ("said", "mr", "the")}


def test_the_twenty_words_that_lower_case_changed_most_lead_to_their_terms() -> None:
    app = open_page("preprocessing.py", RECOMMENDED.change(word_forms="stem"))
    changed = next(element.value for element in app.dataframe if "after" in element.value)
    words = {word: n for word, n in words_of(OPEN).items() if word != word.lower()}
    assert changed["tokens"].tolist() == sorted(words.values(), reverse=True)[:20]
    for row in changed.itertuples():
        assert words[row.before] == row.tokens
        assert row.after == row.before.lower()
        stemmed = RECOMMENDED.change(word_forms="stem")
        assert row.term == " ".join(terms_of_unit(row.before, stemmed.terms))


def test_a_recipe_without_steps_says_so() -> None:
    off = dict.fromkeys(("lower_case", "possessives", "punctuation", "digits"), False)
    app = open_page("preprocessing.py", RECOMMENDED.change(**off))
    assert_in_shell(app)
    assert "No step is switched on" in shown(app)
    assert "No step makes one term of several words" in shown(panel(app, "Merges"))


def test_the_chosen_step_does_not_outlive_the_steps() -> None:
    app = open_page("preprocessing.py")
    steps = by_label(app.selectbox, "The words that a step changed most")
    steps.set_value(len(steps.options) - 1).run()
    by_label(app.sidebar.get("pills"), "Clean").set_value(["lower_case"]).run()
    assert_in_shell(app)
    assert by_label(app.selectbox, "The words that a step changed most").options == ["Lower case"]


def test_a_step_is_moved_by_its_buttons_and_undo_moves_it_back() -> None:
    app = panel(open_page("preprocessing.py"), "Order")
    assert app.button(key="move_lower_case_up").disabled
    press(app, "move_lower_case_down")
    assert app.session_state["recipe"].terms.order[:2] == ("possessives", "lower_case")
    assert not app.button(key="move_lower_case_up").disabled
    press(app, "undo")
    assert app.session_state["recipe"].terms.order == STEPS
    press(app, "move_token_pattern_up")
    assert app.session_state["recipe"].terms.order[-2:] == ("token_pattern", "word_forms")
    press(app, "usual_order")
    assert app.session_state["recipe"].terms.order == STEPS


def test_an_order_that_defeats_a_step_is_told_on_top_and_mended_with_one_click() -> None:
    early = ("stop_words", *(step for step in STEPS if step != "stop_words"))
    app = open_page("preprocessing.py", RECOMMENDED.change(stop_words="spacy", order=early))
    assert any("Stop words come before punctuation" in warning.value for warning in app.warning)
    press(app, "fix_order")
    assert not app.warning
    assert n_terms(app) == len(plain(RECOMMENDED.change(stop_words="spacy")).terms)
    press(app, "undo")
    assert app.session_state["recipe"].terms.order == early


def test_a_flaw_with_two_remedies_has_no_button() -> None:
    app = open_page("preprocessing.py", RECOMMENDED.change(token_pattern="scikit-learn"))
    assert any("token pattern undoes contractions" in warning.value for warning in app.warning)
    assert "fix_order" not in {button.key for button in app.button}


def test_merged_forms_are_those_of_a_counter_over_training_articles() -> None:
    stemmed = RECOMMENDED.change(word_forms="stem")
    app = panel(open_page("preprocessing.py", stemmed), "Merges")
    by_label(app.text_input, "Find a term or a form").set_value("minister").run()
    table = table_with(app, "form")
    assert len(table) > 2
    unstemmed = tokens("train", RECOMMENDED)
    counted, holding = Counter(), defaultdict(set)
    for position, article in enumerate(unstemmed):
        counted.update(article)
        for term in article:
            holding[term].add(position)
    labels = [label for *_, label in articles("train")]
    forms = defaultdict(set)
    for form in counted:
        forms[" ".join(terms_of_unit(form, stemmed.terms))].add(form)
    for row in table.to_dict("records"):
        assert row["form"] in forms[row["term"]]
        assert row["tokens"] == counted[row["form"]]
        assert row["articles"] == len(holding[row["form"]])
        others = [holding[form] for form in forms[row["term"]] - {row["form"]}]
        alone = holding[row["form"]].difference(*others)
        assert row["alone in"] == len(alone)
        in_politics = sum(labels[position] == 2 for position in alone)
        assert not alone or row["politics"] == pytest.approx(100 * in_politics / len(alone))
    for term, rows in table.groupby("term"):
        assert set(rows["form"]) == forms[str(term)]


def test_merges_whose_classes_differ_come_first_on_request() -> None:
    app = panel(open_page("preprocessing.py", RECOMMENDED.change(word_forms="stem")), "Merges")
    n_flagged = number(r"differ for ([\d,]+)", shown(app))
    assert n_flagged > 0
    by_label(app.get("button_group"), "Order").set_value("Differing first").run()
    table = table_with(app, "form")
    differ = table[table["classes"].str.startswith("≠ in ")]
    assert differ["largest difference"].between(0, 100, inclusive="right").all()
    assert differ.index.tolist() == list(range(len(differ)))
    assert 0 < differ["term"].nunique() <= n_flagged


def test_a_merge_that_is_searched_for_in_vain_is_told() -> None:
    app = panel(open_page("preprocessing.py"), "Merges")
    by_label(app.text_input, "Find a term or a form").set_value("xyzzy").run()
    assert_in_shell(app)
    assert "No merge of this step contains “xyzzy”" in shown(app)


def test_the_bench_shows_the_recommended_results_under_the_recommended_recipe() -> None:
    app = panel(open_page("preprocessing.py"), "Test bench")
    table = table_with(app, "tricky")
    assert table["string"].tolist() == [case.text for case in TRICKY_STRINGS]
    assert table["now"].tolist() == table["recommended"].tolist()
    assert set(table["not as recommended"]) == {""}
    assert "before" not in table


def test_the_bench_marks_what_the_last_change_did_to_each_string() -> None:
    app = panel(open_page("preprocessing.py"), "Test bench")
    by_label(app.text_area, "Your own strings, one a line").set_value("you don't\n\nplain words").run()
    by_label(app.sidebar.selectbox, "Contractions").set_value("split").run()
    table = table_with(app, "tricky").set_index("string")
    assert table.loc["you don't", ["before", "now", "changed"]].tolist() == ["you | don't", "you | do | n't", "≠"]
    assert table.loc["plain words", ["tricky", "changed", "recommended"]].tolist() == ["your own", "", ""]
    split = RECOMMENDED.change(contractions="split")
    for case in TRICKY_STRINGS:
        one, other = (
            [term for unit in case.text.split() for term in terms_of_unit(unit, recipe.terms)]
            for recipe in (RECOMMENDED, split)
        )
        assert (table.loc[case.text, "changed"] == "≠") == (one != other)
        assert table.loc[case.text, "now"] == (" | ".join(other) or "∅")
    n_changed = int((table["changed"] == "≠").sum())
    assert f"The last change affected {n_changed} of {len(TRICKY_STRINGS) + 2} strings" in shown(app)
    visit(visit(app, "words.py"), "preprocessing.py")
    assert "plain words" in by_label(app.text_area, "Your own strings, one a line").value


def test_stop_lists_take_the_tokens_that_a_counter_finds() -> None:
    app = panel(open_page("preprocessing.py"), "Stop lists")
    assert "spaCy lists **326** words, scikit-learn **318**; **291** are on both" in shown(app)
    table = table_with(app, "tokens it removes").set_index("list")
    came = Counter(term for article in tokens("train", RECOMMENDED) for term in article)
    for name, field in (("spaCy", "spacy"), ("scikit-learn", "scikit-learn")):
        words = stop_list(field)
        assert table.loc[name, "words"] == len(words)
        assert table.loc[name, "tokens it removes"] == sum(came[word] for word in words)
        share = sum(came[word] for word in words) / came.total()
        assert table.loc[name, "share of all tokens"] == pytest.approx(100 * share)
        straight = [re.sub("[‘’]", "'", word) for word in words]  # the list takes n't, n‘t and n’t as one word
        assert table.loc[name, "never met"] == sum(not came[word] for word in straight)
    denials = table_with(app, "mine").set_index("word")
    assert denials.loc["not", ["tokens", "spaCy", "scikit-learn", "mine"]].tolist() == [came["not"], "✕", "✕", ""]
    assert denials.loc["n't", ["spaCy", "scikit-learn"]].tolist() == ["✕", ""]
    assert denials.loc["cannot", ["spaCy", "scikit-learn"]].tolist() == ["✕", "✕"]


def test_the_own_list_starts_from_a_library_and_undo_covers_every_edit() -> None:
    app = panel(open_page("preprocessing.py"), "Stop lists")

    def own() -> set[str]:
        return set(app.session_state["recipe"].terms.own_stop_words)

    press(app, "start_318")
    assert own() == set(stop_list("scikit-learn"))
    assert app.session_state["recipe"].terms.stop_words == "own"
    assert n_terms(app) == len(plain(RECOMMENDED.change(stop_words="scikit-learn")).terms)
    recipe: Recipe = app.session_state["recipe"]
    assert link_length(recipe.to_link()) <= LINK_LIMIT
    assert app.query_params["recipe"] == recipe.to_link()
    assert "share it as a file" not in shown(app)
    by_label(app.text_input, "Add words").set_value("said MR").run()
    assert own() == {*stop_list("scikit-learn"), "said", "mr"}
    assert by_label(app.text_input, "Add words").value == ""
    by_label(app.multiselect, "Remove words").set_value(["said", "system"]).run()
    assert own() == {*stop_list("scikit-learn"), "mr"} - {"system"}
    press(app, "keep_denials")
    assert not own() & {"not", "no", "never", "nor", "cannot", "without", "nothing"}
    for _ in range(3):
        press(app, "undo")
    assert own() == set(stop_list("scikit-learn"))
    press(app, "undo")
    assert own() == set()
    by_label(app.text_input, "Add words").set_value(" ".join(f"word{i}{i % 7}x" for i in range(1_400))).run()
    assert link_length(app.session_state["recipe"].to_link()) > LINK_LIMIT
    assert "share it as a file" in shown(app)


def test_listed_words_that_the_recipe_never_sees_whole_are_named() -> None:
    recipe = RECOMMENDED.change(stop_words="own", own_stop_words=("don't", "the", "do"), contractions="split")
    app = panel(open_page("preprocessing.py", recipe), "Stop lists")
    table = table_with(app, "listed")
    assert table.to_numpy().tolist() == [["don't", "do | n't", "n't", "half removed"]]
    by_label(app.sidebar.selectbox, "Contractions").set_value("keep").run()
    assert "Every listed word reaches the list unchanged" in shown(app)


def test_accuracy_says_that_there_is_nothing_to_compare_with_before_a_change() -> None:
    app = panel(open_page("preprocessing.py"), "Accuracy")
    assert_in_shell(app)
    assert "There is nothing to compare yet" in shown(app)
    assert [job.state for job in jobs.recent("probe")] == ["queued"]


def test_the_effect_of_the_last_change_on_accuracy_is_that_of_scikit_learns_model() -> None:
    small = RECOMMENDED.change(text_used="headline", training_articles=200)
    app = open_page("preprocessing.py", small)
    by_label(app.sidebar.selectbox, "Stop words").set_value("spacy").run()
    assert "its worker is starting" in shown(app)
    panel(app, "Accuracy")
    work("quick", until_idle=True)
    app.run()
    assert_in_shell(app)
    table = table_with(app, "McNemar p").set_index("model")
    right, n_others = [], 0
    for recipe in (small, small.change(stop_words="spacy")):
        features = Experiments().matrix(recipe).features
        model = LogisticRegression(max_iter=2000, tol=1e-6).fit(features.train, features.train_labels)
        fitted = fit_logistic(features).predictions
        n_others += int((fitted != model.predict(features.validation)).sum())
        right.append(fitted == features.validation_labels)
    assert n_others <= 3  # of 668: articles on the border between two classes
    before, after = right
    row = table.loc["Logistic regression"]
    assert row["fixed"] == int((~before & after).sum())
    assert row["broken"] == int((before & ~after).sum())
    difference = 100 * (after.mean() - before.mean())
    assert str(unguarded(row["points"])).replace("−", "-") == f"{difference:+.1f}"
    assert row["before"].replace("\N{NO-BREAK SPACE}", " ").startswith(f"{100 * before.mean():.1f} %")
    words = shown(app)
    assert f"{100 * after.mean():.1f} % (" in words.partition("Logistic regression: ")[2]
    assert f"{row['fixed']} fixed, {row['broken']} broken, McNemar p {row['McNemar p']}" in words
    assert "Recipes tried on these articles: 2" in words
    # naive Bayes stands below it, and the articles that changed can be read
    assert set(table.index) == {"Logistic regression", "Naive Bayes"}
    listed = table_with(app, "article")
    assert {"class", "article", "before", "now"} == set(listed.columns)
    first = listed.iloc[0]
    assert f"{first['before']} → {first['now']}; its class is **{first['class']}**" in words


def test_articles_that_changed_are_parted_by_what_the_change_did() -> None:
    labels, before, after = np.array([0, 0, 1, 2, 2]), np.array([1, 0, 0, 2, 1]), np.array([0, 1, 2, 2, 1])
    assert {name: rows.tolist() for name, rows in fate_of(labels, before, after).items()} == {
        "Fixed": [0],
        "Broken": [1],
        "Wrong both times": [2],
    }
