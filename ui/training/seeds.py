"""Several seeds of one recipe: one click trains them as one job, and the number is a mean with its spread."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.judge.seeds import N_SEEDS, seeds_to_run
from bowcore.nouns import TEXTS
from bowcore.numbers import percent, seconds
from bowcore.people import too_long
from bowcore.store.keys import result_key
from bowcore.tasks.finished_runs import SeedGroup, seeds_of
from bowcore.tasks.seed_runs import KIND, request
from charts.seeds import seed_spread
from ui.job_panel import ask, show_end, show_with_stop, watch
from ui.reading.tables import palette, show
from ui.shell import runs
from ui.state import session
from ui.texts import plain, sentence


def section(answer: Answer, fits: bool) -> None:
    """The button, its progress, and the spread over all seeds that were ever trained of this recipe."""
    recipe, digest = session.recipe(), answer.corpus.digest
    job = jobs.latest(KIND, result_key(recipe, "network", digest))
    group = seeds_of(recipe, digest)
    if job is not None and job.open:
        watch(job, show_with_stop)
    else:
        if job is not None and job.state != "done":
            show_end(job)
        _button(answer, fits, () if group is None else tuple(run.recipe.network.network_seed for run in group.runs))
    if group is not None:
        _show(answer, group)


def _button(answer: Answer, fits: bool, trained: tuple[int, ...]) -> None:
    recipe = session.recipe()
    wanted = seeds_to_run(recipe)
    left = [seed for seed in wanted if seed not in trained]
    one = runs.training_seconds(runs.cost(answer, recipe), recipe.network.epochs)
    needed = one * len(left)
    problem = too_long(f"{N_SEEDS} seeds", needed, "Choose fewer hidden units or epochs, or ask the teacher.")
    takes = f"about {seconds(needed)}. Seeds that were trained before are not trained again."
    st.button(
        f"Run {N_SEEDS} seeds",
        key="seeds_start",
        icon=":material/casino:",
        disabled=bool(problem) or not (fits and left),
        help=f"Trains this recipe with the seeds {', '.join(map(str, wanted))} as one job, {takes}"
        if left
        else f"The seeds {', '.join(map(str, sorted(trained)))} are trained.",
        on_click=ask,
        args=(partial(request, recipe, answer.corpus.digest, needed),),
    )
    if problem:
        st.caption(sentence(problem))


def _show(answer: Answer, group: SeedGroup) -> None:
    table = pd.DataFrame(
        [(run.recipe.network.network_seed, run.result.validation_accuracy) for run in group.runs],
        columns=["seed", "accuracy"],
    ).sort_values("seed")
    show(seed_spread(table.reset_index(drop=True), palette()), "seeds")
    n = answer.split.validation.n_documents
    chance = group.accuracy_in_words if group.n == 1 else _interval(group)
    least = "" if group.n > 1 else " One seed has no spread: run more."
    st.caption(
        f"Runs that differ from this recipe in nothing but the seed, all of them. A seed draws the first weights and "
        f"the order of the {TEXTS}. Each is judged on the same {n:,} validation {TEXTS}: for one network, chance in "
        f"which {TEXTS} these are adds {chance}. Always guessing "
        f"{plain(answer.guess)}: {percent(answer.baseline.value)}.{least}"
    )


def _interval(group: SeedGroup) -> str:
    share = group.accuracy
    return f"an interval of {percent(share.low)} to {percent(share.high)}"
