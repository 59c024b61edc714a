"""Settings that are instructively bad: each with its reason, tried with one click and taken back with another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.judge.scores import Accuracy
from bowcore.nouns import TEXTS
from bowcore.numbers import percent, seconds, with_interval
from bowcore.recipe.recipe import Recipe
from ui.shell import runs
from ui.shell.runs import Run
from ui.state import session
from ui.texts import plain, sentence

TRIED = "went_wrong"
"""Of each field that Try it has changed: its value before, and the bad one."""
SWITCHES = {"shuffled_labels": False, "stop_words_only": False}
"""Fields that only Try it sets: Undo switches them off also where a link or a reload has brought them."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A bad setting: what it changes, why it goes wrong, and what to look at."""

    name: str
    changes: Callable[[Recipe], dict[str, Any]]
    reason: str


PRESETS: tuple[Bad, ...] = (
    Bad(
        "Rate too high",
        lambda recipe: {"learning_rate": min(10.0, max(0.3, 300 * recipe.network.learning_rate))},
        "Each step overshoots: loss jumps up and down from batch to batch instead of falling, and mistakes get high "
        "probabilities.",
    ),
    Bad(
        "20 words kept",
        lambda recipe: {"vocabulary_size": 20},
        "Most {texts} hold few of the 20 most frequent words, which say little about the class: more epochs do not "
        "help, because what is missing was never counted.",
    ),
    Bad(
        "Stop words alone",
        lambda recipe: {"stop_words": "keep", "stop_words_only": True},
        "Nothing is kept but the words that a stop list would drop. They carry grammar and style, hardly any subject: "
        "the network may beat chance, but hardly comes near one that has words of content.",
    ),
    Bad(
        "Labels shuffled",
        lambda recipe: {"shuffled_labels": True},
        "The labels of the training {texts} are dealt out again at random; those of the validation {texts} stay. There "
        "is nothing to learn, so training accuracy may rise, by heart, while validation accuracy falls to around "
        "chance. If one shuffle after the other stayed above it, labels would reach the texts in another way: a leak.",
    ),
)


def section(answer: Answer, run: Run | None, fits: bool) -> None:
    """The choice, its reason, Try it and Undo; what the shuffled labels have shown."""
    names = [preset.name for preset in PRESETS]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen = st.pills("Make it go wrong", names, key="go_wrong", width="content", persist_state="session")
        preset = next((item for item in PRESETS if item.name == chosen), None)
        st.button(
            "Try it",
            key="go_wrong_try",
            icon=":material/science:",
            disabled=preset is None or not fits,
            on_click=_try,
            args=(answer, chosen),
        )
        st.button(
            "Undo",
            key="go_wrong_undo",
            icon=":material/undo:",
            disabled=_mended(session.recipe()) == session.recipe(),
            help="Takes back what Try it has changed. Other changes stay.",
            on_click=_undo,
        )
    if preset is not None:
        needed = runs.training_seconds(runs.cost(answer, session.recipe()), session.recipe().network.epochs)
        reason = preset.reason.format(texts=TEXTS)
        st.caption(f"**{preset.name}.** {reason} About {seconds(needed)}; Undo brings your settings back.")
    if session.recipe().sample.shuffled_labels:
        _shuffled(answer, run)


def _try(answer: Answer, name: str) -> None:
    preset = next(item for item in PRESETS if item.name == name)
    good = _mended(session.recipe())
    changes = preset.changes(good)
    st.session_state[TRIED] = {field: (good.value(field), bad) for field, bad in changes.items()}
    session.replace(good.change(**changes))
    found = runs.of_recipe(session.recipe(), answer.corpus.digest)
    if found is None or not found.complete:
        runs.start(answer.recipe, answer.corpus.digest)


def _undo() -> None:
    session.return_to(_mended(session.recipe()))


def _mended(recipe: Recipe) -> Recipe:
    """The recipe without what is left in it of a bad setting; what was changed since then stays."""
    tried: dict[str, tuple[Any, Any]] = st.session_state.get(TRIED, {})
    left = {field: before for field, (before, bad) in tried.items() if recipe.value(field) == bad}
    return recipe.change(**(SWITCHES | left))


def _shuffled(answer: Answer, run: Run | None) -> None:
    """Whether the network is where chance would put it, from its own numbers."""
    if run is None or not run.result.epochs:
        st.info("The training labels are shuffled. Every score on this page and in the header is one of chance.")
        return
    reached = run.result.accuracy
    st.info(sentence(verdict(reached, answer.baseline, plain(answer.guess), len(answer.split.class_names))))


def verdict(reached: Accuracy, guess: Accuracy, name: str, n_classes: int) -> str:
    """What shuffled labels have shown.

    Chance is no single number: it lies between a guess among the classes and always guessing the largest. Nor does one
    shuffle come as close to it as the interval over articles says, since similar articles are right or wrong together.
    Of 200 shuffles of BBC News, naive Bayes is right for 9 to 37 % of the articles in 95 of 100; three in ten are above
    chance by their interval, and one in six below it.
    """
    low, high = min(1 / n_classes, guess.value), max(1 / n_classes, guess.value)
    said = f"With shuffled training labels the network is right for {with_interval(reached)} of {reached.n_documents:,}"
    chance = f"guessing among {n_classes} classes: {percent(1 / n_classes)}, always {name}: {percent(guess.value)}"
    if reached.low <= high and reached.high >= low:
        return f"{said}: no more than chance ({chance}), as it must be."
    if reached.high < low:
        return f"{said}: less than chance ({chance}), as happens when labels without meaning are learned by heart."
    return (
        f"{said}: more than chance ({chance}). One shuffle may do this: similar {TEXTS} are right or wrong together, "
        "so that accuracies vary by more than the interval says. Another seed of the sample shuffles otherwise; if one "
        f"after the other is above chance, look for validation {TEXTS} that repeat training ones, or for a way in "
        "which labels reach the text."
    )
