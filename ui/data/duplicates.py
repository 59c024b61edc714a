"""Exact and near duplicates, within a split and across, and the effect of leaving them out."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import partial
from operator import add

import pandas as pd
import streamlit as st

from bowcore.corpus.split import Article
from bowcore.errors import BowlabError
from bowcore.experiment.answer import Answer
from bowcore.experiment.on_disk import duplicates_key
from bowcore.findings.leaks import find_leaks, find_twins
from bowcore.findings.near_duplicate_tables import count_near_duplicates, list_near_duplicates
from bowcore.findings.near_duplicates import MIN_SIMILARITY, NearDuplicates
from bowcore.findings.overview import Duplicates
from bowcore.judge.comparison import describe_change, paired_change
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import counted, with_interval
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.find_duplicates import KIND, FoundDuplicates, read_duplicates, read_exact, request_duplicates
from bowcore.text.cut import gaps, words_of
from bowcore.trace.lineage import trace
from ui import answers
from ui.answers import kept
from ui.job_panel import job_panel
from ui.reading.articles import LONGEST_SHOWN, as_long_as_wanted, words_more
from ui.reading.clickable_words import words_of_text
from ui.reading.tables import CLICKABLE, behind, clicked_row, dataframe, turned_page
from ui.state import address, faults, open_view, session, widgets
from ui.texts import in_html, plain, sentence

WHERE = {"across": "Across (leaks)", "training": "Within training", "validation": "Within validation"}
PAGE = 5
SIMILARITY = 0.8
WANTED = "near_similarity_wanted"
_FRAME = "font-family:'Source Code',monospace;font-size:.875rem;line-height:1.65;overflow-wrap:anywhere"
_OWN = "background:color-mix(in srgb, #D55E00 25%, transparent);border-bottom:2px solid #D55E00;border-radius:2px"


def duplicates_view(answer: Answer) -> None:
    """The Duplicates view of the data page."""
    recipe, digest = answer.recipe, answer.corpus.digest
    key = duplicates_key(recipe, digest)
    request = partial(request_duplicates, recipe, digest, answer.split.n_open)
    found = job_panel(KIND, key, request, None, partial(_found, key))
    if found is None:
        alone = read_exact(key)  # the search for near duplicates may not have fitted in memory
        if alone is not None:
            _counts(alone, None)
        return
    exact, near = found.exact, found.near
    left, right = st.columns([2, 3], gap="medium")
    with left:
        similarity = _similarity(answer.recipe, near)
        open_view.settle("data_view", similarity=similarity)
        _counts(exact, count_near_duplicates(near, answer.split, similarity))
        st.caption(
            f"Whole {TEXTS} compared, headline and body. Of the test {TEXTS} {exact.n_test_within:,} repeat "
            f"another one exactly, {exact.n_test_of_training:,} a training {TEXT}."
        )
        if len(exact.groups):
            behind(_exact_groups(answer, exact.groups.head(100)), "duplicate_groups", "Read the exact repeats")
    with right:
        _switch(answer, near, similarity)
    _pairs(answer, near, similarity)


@kept()
def _found(key: str) -> FoundDuplicates | None:
    return read_duplicates(key)


def _counts(exact: Duplicates, near: pd.DataFrame | None) -> None:
    """Exact and near duplicates by split, with readable headings."""
    rows = [
        ("exact: groups", *exact.table["n_groups"]),
        (f"exact: {TEXTS}", *exact.table["n_articles"]),
        ("exact: labels differ", *exact.table["n_disagreeing"]),
    ]
    if near is not None:
        rows += [
            ("near: pairs", *near["n_pairs"]),
            (f"near: {TEXTS}", *(near["n_training"] + near["n_validation"])),
            ("near: labels differ", *near["n_disagreeing"]),
        ]
    dataframe(
        pd.DataFrame(rows, columns=["repeats", "training", "validation", "both"]),
        hide_index=True,
        column_config={
            "repeats": st.column_config.TextColumn(width=135),
            "training": st.column_config.NumberColumn(format="localized", width=60),
            "validation": st.column_config.NumberColumn(format="localized", width=70),
            "both": st.column_config.NumberColumn(
                format="localized", width=45, help="One of the two in training, the other in validation: a leak."
            ),
        },
    )


def _exact_groups(answer: Answer, groups: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": [answer.split.article(int(position)).text[:300] for position in groups["first"]],
            "in training": groups["n_training"],
            "in validation": groups["n_validation"],
            "labels disagree": groups["labels_disagree"],
        }
    )


def _similarity(recipe: Recipe, near: NearDuplicates) -> float:
    """The lowest similarity to show; a recipe that leaves near duplicates out determines it."""
    least = max(MIN_SIMILARITY, near.complete_from)
    wanted = recipe.sample.leak_similarity if _leaves_near_out(recipe) else st.session_state.get(WANTED, SIMILARITY)
    # the choice is kept for other corpora, of which one may be complete only from a higher similarity on
    value = st.session_state[WANTED] = max(least, wanted)

    def take(chosen: float) -> None:
        st.session_state[WANTED] = float(chosen)
        if _leaves_near_out(session.recipe()):
            session.change(leak_similarity=float(chosen))

    if least == 1.0:
        st.caption(f"Too many {TEXTS} are similar: only those with the same words were searched for.")
        return least
    chosen: float = st.slider(
        "Similar from",
        min_value=least,
        max_value=1.0,
        value=value,
        step=0.01,
        help=f"Of all groups of three neighbouring words in two {TEXTS}, the share that both contain. Case and "
        "punctuation are ignored. Every pair is found; none is estimated.",
        **widgets.bind("near_similarity", value, take),
    )
    return chosen


def _leaves_near_out(recipe: Recipe) -> bool:
    return recipe.sample.drop_leaked and recipe.sample.leak_similarity < 1


def _switch(answer: Answer, near: NearDuplicates, similarity: float) -> None:
    """The recipe's switch, and naive Bayes with and without."""
    options: dict[str, dict[str, object]] = {
        "Keep all": {"drop_leaked": False, "leak_similarity": 1.0},
        "Exact repeats out": {"drop_leaked": True, "leak_similarity": 1.0},
    }
    if similarity < 1:
        options[f"Similar from {similarity:.2f} out"] = {"drop_leaked": True, "leak_similarity": similarity}
    names = tuple(options)
    spec = answer.recipe.sample
    value = names[0 if not spec.drop_leaked else -1 if spec.leak_similarity < 1 else 1]
    st.segmented_control(
        f"Training {TEXTS} that repeat one of another split",
        names,
        default=value,
        required=True,
        help=f"Training {TEXTS} that repeat a validation or test {TEXT} are removed before anything is learned. Test "
        f"{TEXTS} are compared exactly and only counted.",
        **widgets.bind("leaks_out", value, lambda name: session.change(**options[name])),
    )
    for line in _effects(answer, near, options):
        st.markdown(line)
    st.caption(
        f"Naive Bayes, learned from the remaining {TEXTS} and scored on the same validation {TEXTS} each time: one "
        f"that repeats a training {TEXT} is easier than a new {TEXT}. Every line is a recipe tried."
    )


def _effects(answer: Answer, near: NearDuplicates, options: dict[str, dict[str, object]]) -> list[str]:
    """Naive Bayes' accuracy under each choice, and the change relative to keeping all."""
    whole = answers.answer(answer.recipe.change(**options["Keep all"]))
    faults.look(answer.corpus.digest, whole.recipe)
    lines = [f"**Keep all** · {answers.accuracy_in_words(answer, whole.scores.accuracy)}"]
    for name in tuple(options)[1:]:
        recipe = answer.recipe.change(**options[name])
        n_leaks = int(find_leaks(answer.split, recipe.sample.leak_similarity, near).sum())
        if not n_leaks:
            lines.append(f"**{name}** · no training {TEXT} is removed, and nothing changes")
            continue
        line = f"**{name}** · {n_leaks:,} training {TEXTS} removed"
        try:
            left = answers.answer(recipe)
        except BowlabError as error:
            lines.append(f"{line} · {sentence(str(error))}")
            continue
        faults.look(answer.corpus.digest, recipe)
        change = paired_change(answer.labels, whole.predictions, left.predictions)
        twins = find_twins(answer.split, recipe.sample.leak_similarity, near)
        with_them, without = (int((one.predictions == answer.labels)[twins].sum()) for one in (whole, left))
        lines.append(
            f"{line} · {with_interval(left.scores.accuracy)} · {describe_change(change)}. Of the "
            f"{int(twins.sum()):,} validation {TEXTS} that they repeat, {with_them:,} were right with them, "
            f"{without:,} without."
        )
    return lines


def _pairs(answer: Answer, near: NearDuplicates, similarity: float) -> None:
    """Pairs of articles to read side by side."""
    with st.container(horizontal=True, vertical_alignment="center"):
        where, bound = widgets.carried("near_where", tuple(WHERE), "across")
        where = st.segmented_control(
            "Where",
            tuple(WHERE),
            required=True,
            default=where,
            format_func=WHERE.__getitem__,
            label_visibility="collapsed",
            **bound,
        )
        only, bound = widgets.carried_switch("near_disagree")
        only = st.checkbox("Only where labels disagree", only, **bound)
    pairs = list_near_duplicates(near, answer.split, similarity, where)
    if only:
        pairs = pairs[pairs["labels_disagree"]]
    if not len(pairs):
        st.info("No such pair. Lower the similarity, or choose another split.")
        return
    both = _pick(answer, pairs, f"{where}_{similarity:.2f}_{only}")
    shown = as_long_as_wanted([article.text for article in both], "near_whole")
    words = [words_of(text) for text, _ in shown]
    if (same := words_of(both[0].text)) == words_of(both[1].text):
        st.caption(f"No word differs: both texts have the same {counted(len(same), 'word')}.")
    elif words[0] == words[1]:
        st.caption(f"No word shown here differs; the texts differ further on. Show the whole {TEXTS} to see where.")
    columns = st.columns(2, gap="medium")
    for column, article, others, (text, rest) in zip(columns, both, words[::-1], shown, strict=True):
        with column:
            st.markdown(f"**{article.name.capitalize()}** · {plain(article.class_name)}")
            st.html(marked_differences(text, others))
            if rest:
                st.caption(words_more(rest).strip())
            words_of_text(trace(text, answer.recipe), answer, f"near_words_{article.position}")


def _pick(answer: Answer, pairs: pd.DataFrame, key: str) -> tuple[Article, Article]:
    """A table of pairs, one of them selected; initially the first."""
    n_pages = -(-len(pairs) // PAGE)
    page, turn = turned_page("near_page", n_pages)
    shown = pairs.iloc[(page - 1) * PAGE : page * PAGE]
    article = answer.split.article
    both = [(article(int(one)), article(int(two))) for one, two in zip(shown["first"], shown["second"], strict=True)]
    identity = f"near_pairs_{key}_{page}"
    dataframe(
        pd.DataFrame(
            {
                "similarity": shown["similarity"],
                "class": [" ≠ ".join(dict.fromkeys((one.class_name, two.class_name))) for one, two in both],
                "articles": shown["n_articles"],
                "text": [one.text[:120] for one, _ in both],
            }
        ),
        hide_index=True,
        on_select=partial(_choose_pair, identity, [(one.position, two.position) for one, two in both]),
        selection_mode=CLICKABLE,
        key=identity,
        column_config={
            "similarity": st.column_config.NumberColumn(format="%.2f", width=75),
            "class": st.column_config.TextColumn(width=90),
            "articles": st.column_config.NumberColumn(width=60),
            "text": st.column_config.TextColumn(width=480),
        },
    )
    if n_pages > 1:
        st.pagination(n_pages, max_visible_pages=5, **turn)
    st.caption(f"{len(pairs):,} pairs of texts, most similar first. Click a row to read both.")
    chosen = [(str(one.position), str(two.position)) for one, two in both]
    pair = tuple(address.choice("near_pair").split("."))
    return both[chosen.index(pair) if pair in chosen else 0]


def _choose_pair(identity: str, pairs: Sequence[tuple[int, int]]) -> None:
    row = clicked_row(identity)
    if row is not None:
        widgets.choose("near_pair", pairs[row])


def marked_differences(text: str, others: Sequence[str]) -> str:
    """A text as HTML, with its words marked that are not among the words of the text next to it."""
    words = words_of(text)
    spaces = gaps(text, words)
    parts = []
    # between long articles every "the" would be compared with every other one, which takes seconds
    long = max(len(words), len(others)) > LONGEST_SHOWN
    for kind, first, last, _, _ in SequenceMatcher(None, words, others, autojunk=long).get_opcodes():
        if first < last:
            part = in_html("".join(map(add, spaces[first:last], words[first:last])).removeprefix(" "))
            parts += [spaces[first], part if kind == "equal" else f'<span style="{_OWN}">{part}</span>']
    return f'<div dir="auto" style="{_FRAME}">{"".join(parts)}</div>'
