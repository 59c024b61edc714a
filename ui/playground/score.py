"""The sixth card of the Playground: the judge, its score, and those of the other models."""

from __future__ import annotations

from html import escape

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.judge.scores import Share
from bowcore.names import shortened
from bowcore.numbers import class_in_words, decimal, interval, percent, seconds
from bowcore.tasks.finished_runs import SeedGroup, newest_network, several_seeds_with
from ui import answers, job_panel
from ui.reading.seed_dots import dots
from ui.shell import judgement, runs, slices
from ui.shell.judgement import UNTRAINED, WHY_THEY_DISAGREE, Judgement, control, judged
from ui.state import faults, judge, session
from ui.texts import plain, sentence

LINE = "border-top: 1px solid color-mix(in srgb, currentColor 18%, transparent)"
LONGEST_GUESS = 14
CELL = "padding: 0; text-align: right; white-space: nowrap"


def score_card(answer: Answer, subject: object) -> None:
    """6 Score: the judge's accuracy, and in one small table that of the other models and of the constant guess."""
    shown = judged(answer)
    st.markdown("**6 Score** · judged by")
    control(short=True)
    found = shown.accuracy(answer)
    if found is None:
        st.caption(f"{shown.name}: {sentence(shown.problem)}")
    else:
        st.html(_large(found) if shown.seeds is None else _large_of_seeds(shown.seeds))
    if judge.chosen() != "logistic":
        judgement.follow(answer)
    models = judgement.others(answer, shown)
    st.html(_table(answer, models))
    for model in (shown, *models):
        if model.note:
            st.caption(f"{model.name}: {plain(model.note)}")
    if shown.predictions is not None and (line := slices.accuracy_line(answer, shown.name, shown.predictions)):
        st.caption(line)
    with faults.leaving_out():
        _train(answer)
    st.caption(shown.instead or WHY_THEY_DISAGREE)


def _large(found: Share) -> str:
    """The accuracy in large type, next to its number of articles and its interval."""
    return (
        '<div style="display: flex; align-items: baseline; gap: .6rem; line-height: 1.2; margin-top: .3rem">'
        f'<span style="font-size: 1.8rem; font-weight: 600; white-space: nowrap">{percent(found.value)}</span>'
        f'<span style="font-size: .9rem">{found.n_right:,} of {found.n_documents:,} right<br>'
        f'<span style="opacity: .72">95 % interval {interval(found.low, found.high)}</span></span></div>'
    )


def _large_of_seeds(seeds: SeedGroup) -> str:
    """Mean ± sd in large type, next to the number of seeds and what chance adds for one network; a ring a seed."""
    share, spread = seeds.accuracy, seeds.spread
    number = f"{decimal(100 * spread.mean)} ± {percent(spread.sd)}"
    return (
        '<div style="display: flex; align-items: baseline; gap: .6rem; line-height: 1.2; margin-top: .3rem">'
        f'<span style="font-size: 1.6rem; font-weight: 600; white-space: nowrap">{number}</span>'
        f'<span style="font-size: .9rem">n = {seeds.n} seeds, of {share.n_documents:,}<br>'
        f'<span style="opacity: .72">95 % interval {interval(share.low, share.high)}</span></span></div>{dots(seeds)}'
    )


def _table(answer: Answer, models: list[Judgement]) -> str:
    """The other models and the constant guess, each with its accuracy and interval on the same articles."""
    guess = class_in_words(shortened(answer.split.class_names, LONGEST_GUESS)[answer.guess_class])
    rows = [(f"Always <i title='{escape(answer.guess)}'>{escape(guess)}</i>", _cells(answer.baseline))]
    with faults.leaving_out():
        other = runs.newest_other(answer)
        if other is not None and runs.find(answer) is None:
            whose = "earlier recipe" if other.is_own else "another recipe of the room"
            rows.insert(0, (f"Network, {whose}", _cells(other.result.accuracy, several_seeds_with(other.job.id))))
    for shown in reversed(models):
        found = shown.accuracy(answer)
        # the button below the table trains the network, and the blocks wait for theirs
        if found is not None or shown.model not in UNTRAINED:
            rows.insert(
                0, (_title(shown), _cells(found, shown.seeds) if found else f'<td colspan="2" style="{CELL}">…</td>')
            )
    if answer.recipe.weighting.option.real:
        rows.insert(-1, ("Naive Bayes on counts", _cells(answers.bayes_on_counts(answer))))
    lines = "".join(f'<tr style="{LINE}"><td>{name}</td>{cells}</tr>' for name, cells in rows)
    return f'<table style="width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.4">{lines}</table>'


def _title(shown: Judgement) -> str:
    if shown.seeds is not None:
        return f"{shown.name}, {shown.seeds.n} seeds"
    return f"{shown.name}, {escape(shown.epochs)}" if shown.epochs else shown.name


def _cells(found: Share, seeds: SeedGroup | None = None) -> str:
    if seeds is not None:
        mean, sd = decimal(100 * seeds.mean), percent(seeds.sd)
        return (
            f'<td style="{CELL}">{mean} ± {sd}</td>'
            f'<td style="{CELL}; padding-left: .4rem; opacity: .72">n = {seeds.n}</td>'
        )
    return (
        f'<td style="{CELL}">{percent(found.value)}</td>'
        f'<td style="{CELL}; padding-left: .4rem; opacity: .72">{interval(found.low, found.high)}</td>'
    )


def _train(answer: Answer) -> None:
    """The button that trains the network, or the progress of its training; nothing once it is trained."""
    run = runs.find(answer)
    if run is not None and run.job.open:
        st.caption("Network")
        job_panel.watch(run.job, job_panel.show_progress)
        return
    found = newest_network(session.recipe(), answer.corpus.digest)
    if found is not None and runs.probabilities(found.result.artefact) is not None:
        return
    cost = runs.cost(answer, answer.recipe)
    label = f"Train the network, about {seconds(runs.whole_run_seconds(cost, session.recipe().network.epochs))}"
    texts, problem = (answer.recipe, answer.corpus.digest), runs.refusal(answer)
    st.button(
        label,
        key="card_train",
        icon=":material/play_arrow:",
        disabled=bool(problem),
        help=problem or None,
        on_click=runs.start,
        args=texts,
    )
