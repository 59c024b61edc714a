"""All facts: what the header's lines leave out, behind one button."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bowcore.errors import OutputError
from bowcore.experiment.answer import Answer
from bowcore.judge.scores import describe_accuracy
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import empty_share
from bowcore.recipe.specs import SplitSpec
from bowcore.store.ledger import n_looks, n_looks_of_room
from ui import answers
from ui.shell.copies import Copies
from ui.shell.judgement import Judgement
from ui.shell.recipe_words import changes_in_words, recipe_in_words
from ui.state import faults, session
from ui.texts import plain, sentence, unbroken

TRIED = (
    "different recipes, and networks, that have shown their validation score on this computer. The more are tried, the "
    "better the best of them looks by chance alone."
)


def facts(answer: Answer, previous: Answer | None, shown: Judgement, found: Copies | None) -> None:
    """The button, and behind it, once it is open, the facts on recipe, articles, matrix, judge and last change."""
    box = st.popover("All facts", type="tertiary", key="all_facts", on_change="rerun")
    if not box.open:
        return
    with box:
        whole = replace(answer.recipe, blocks=session.recipe().blocks)
        lines = [
            f"**Recipe:** {recipe_in_words(whole)} `{answer.recipe.key('weighting')[:6]}`",
            f"**{TEXTS:A}:** {_articles(answer)}",
            *([f"**Classes:** {plain(lacking)}"] if (lacking := answer.split.classes_missing()) else []),
            _matrix(answer),
            f"**Judge:** {_judge(answer, shown)}",
        ]
        if answer.recipe.weighting.option.real:
            lines.append(f"**Naive Bayes:** {_on_counts(answer)}")
        if found is not None and found.repeated.n_documents:
            lines.append(f"**Copies:** {_copies(answer, found)}")
        if previous is not None and (words := changes_in_words(previous.recipe, answer.recipe, most=99)):
            lines.append(f"**Changed:** {words}. {answers.vocabulary_change(previous, answer).sentence}.")
        lines.append(f"**Recipes tried:** {tried(answer.corpus.digest)}: {TRIED}")
        st.markdown(unbroken("\n\n".join(lines)))


def tried(corpus_digest: str) -> str:
    """Number of recipes tried on these texts by this person, and by the room if it is another one."""
    try:
        own, of_room = n_looks(corpus_digest), n_looks_of_room(corpus_digest)
    except OutputError:
        return "not counted while the database fails"
    return f"{own:,}" if own == of_room else f"{own:,} by you, {of_room:,} in the room"


def _articles(answer: Answer) -> str:
    """The articles by split, and the seed where it is not the default."""
    split, n_read = answer.split, answer.n_train
    n_train, seed = split.train.n_documents, answer.recipe.split.split_seed
    drawn = "" if seed == SplitSpec().split_seed else f", drawn with seed {seed}"
    return (
        f"{'' if n_read == n_train else f'{n_read:,} of '}{n_train:,} for training, {split.validation.n_documents:,} "
        f"for validation{drawn}, {split.test.n_documents:,} for the test, "
        f"{faults.state_of_test_set(answer.corpus.digest)}"
    )


def _matrix(answer: Answer) -> str:
    matrix = answer.matrix
    return (
        f"**Matrix:** {matrix.shape[0]:,} {TEXTS} × {matrix.shape[1]:,} terms, "
        f"{empty_share(*matrix.shape, matrix.n_filled)} of its cells empty"
    )


def _judge(answer: Answer, shown: Judgement) -> str:
    found = shown.accuracy(answer)
    score = sentence(shown.problem) if found is None else answers.accuracy_in_words(answer, found)
    note = f", {shown.epochs}" if shown.epochs else ""
    seeds = "" if shown.seeds is None else f". Mean ± sd of all its seeds: {shown.seeds.accuracy_in_words}"
    return f"{shown.name}{note}: {score}{seeds}" + (f". {plain(shown.note)}" if shown.note else "")


def _on_counts(answer: Answer) -> str:
    found = answers.accuracy_in_words(answer, answers.bayes_on_counts(answer))
    return (
        "adds 1 to the sum of every term's TF-IDF values in every class, as if they were counts, which it is made for. "
        f"On the counts of the same terms: {found}"
    )


def _copies(answer: Answer, found: Copies) -> str:
    others = describe_accuracy(found.others, found.guessed_others, plain(answer.guess), "others")
    others += found.on_guess(answer.guess)
    return (
        f"{found.repeated.n_documents:,} validation {TEXTS} repeat a training {TEXT}, exactly or nearly (similarity "
        f"0.8 or more), and are easier than new ones: {found.repeated.n_right:,} of them right. {others}. "
        "*Data, Duplicates* shows them and leaves them out."
    )
