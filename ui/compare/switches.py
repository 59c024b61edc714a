"""What each switch does: every combination of some of them, their effects and interactions."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bowcore.errors import RecipeError
from bowcore.experiment.answer import Answer
from bowcore.jobs import jobs
from bowcore.jobs.jobs import Job
from bowcore.learn.network.cost import baseline_seconds
from bowcore.nouns import TEXTS
from bowcore.numbers import percent, seconds
from bowcore.people import too_long
from bowcore.recipe.recipe import Recipe
from bowcore.tasks.factorial import KIND, Cell, Factorial, factorial_key, read_cell, request_factorial
from bowcore.tasks.fitted_cells import SEEDS, Model
from bowcore.tasks.switches import DEFAULT_OF_BLOCKS, SWITCHES, find_switches, refuse_unread, switched
from charts.effects import combination_grid, effect_intervals
from ui.job_panel import ask, show_end, show_with_stop, watch
from ui.reading.tables import behind, draw, palette
from ui.shell.block_models import fit_panel, seconds_of_fit
from ui.state import address, open_view, session, widgets
from ui.texts import plain, sentence

FIRST = ("stop_words", "top_n", "weighting", "ngrams")
MODELS: tuple[Model, ...] = ("logistic", "network")


def switches(answer: Answer, bar: DeltaGenerator) -> None:
    """The choice of switches and model, and the result of the ablation, which arrives combination by combination."""
    recipe = session.recipe()
    with bar:
        model = choose_model(f"Network, {len(SEEDS)} seeds")
    if model == "blocks" and fit_panel(answer, recipe) is None:
        return
    names = _choose(model)
    if problem := _problem(names, recipe, model):
        st.info(sentence(problem))
        return
    open_view.settle("compare_view", switches=find_switches(names, recipe), model=model)
    job = jobs.latest(KIND, factorial_key(recipe, answer.corpus.digest, names, model))
    found = Factorial.from_json(job.result) if job is not None and job.result and job.result.get("cells") else None
    if job is not None and job.open:
        watch(job, partial(_running, names))
        return
    if found is not None and found.complete:
        _result(found)
        return
    if job is not None:
        show_end(job)
    _invite(answer, names, model, stopped=found)


def choose_model(network: str) -> Model:
    """Logistic regression or the network, which is called `network`; the choice holds for both views.

    Of a recipe with blocks it is their model: the others do not read them.
    """
    if session.recipe().blocks.blocks:
        return "blocks"
    value, bound = widgets.carried("ablation_model", MODELS, "logistic")
    names: dict[Model, str] = {"logistic": "Logistic regression", "network": network}
    chosen: Model = st.segmented_control(
        "Model",
        MODELS,
        default=value,
        format_func=names.__getitem__,
        required=True,
        label_visibility="collapsed",
        **bound,
    )
    return chosen


def _choose(model: Model) -> list[str]:
    stored = [name for name in address.choice("ablation_switches").split(".") if name in SWITCHES]
    value = stored or list(DEFAULT_OF_BLOCKS if model == "blocks" else FIRST)
    chosen = st.pills(
        "Switches to try in every combination",
        tuple(SWITCHES),
        selection_mode="multi",
        default=value,
        format_func=lambda name: f"{SWITCHES[name].label}",
        **widgets.bind("ablation_switches", value, _take, any_order=True),
    )
    return [name for name in SWITCHES if name in chosen]


def _take(chosen: list[str]) -> None:
    address.choose("ablation_switches", ".".join(name for name in SWITCHES if name in chosen))


def _problem(names: list[str], recipe: Recipe, model: Model) -> str:
    try:
        found = find_switches(names, recipe)
        if model == "blocks":
            refuse_unread(found)
        switched(recipe, found, (True,) * len(found))
    except RecipeError as error:
        return str(error)
    return ""


def _invite(answer: Answer, names: list[str], model: Model, stopped: Factorial | None) -> None:
    n, wanted = 2 ** len(names), _seconds(answer, names, model)
    fits = n * len(SEEDS) if model == "network" else n
    lemmas = " Lemmas are made first, which takes minutes the first time." if "lemmas" in names else ""
    fitted = {"network": "networks", "blocks": "the blocks"}.get(model, "logistic regression")
    st.markdown(
        f"{len(names)} switches, {n:,} combinations, {fits:,} fits of {fitted} on the "
        f"same validation {TEXTS}: the effect of each switch averaged over all settings of the others, with its "
        f"interval, and whether two depend on each other. About {seconds(wanted)}.{lemmas}"
    )
    kept = f"Go on ({len(stopped.cells):,} of {n:,} are kept)" if stopped is not None else "Try every combination"
    problem = too_long("This", wanted, "Take fewer switches, or ask the teacher.")
    request = partial(request_factorial, session.recipe(), answer.corpus.digest, tuple(names), model, wanted)
    st.button(kept, type="primary", key="ablation_start", disabled=bool(problem), on_click=ask, args=(request,))
    if problem:
        st.caption(sentence(problem))


def _seconds(answer: Answer, names: list[str], model: Model) -> float:
    """Rough time: word groups have about twice as many cells."""
    if model == "blocks":
        return (1 << len(names)) * seconds_of_fit(answer, session.recipe())
    n = (1 << len(names)) * (2.0 if "ngrams" in names and answer.recipe.terms.ngrams == 1 else 1.0)
    if model == "network":
        network = session.recipe().network
        cost = answer.network_cost(network)
        return n * len(SEEDS) * cost.seconds_per_epoch * network.epochs + 2
    return n * (2.5 * baseline_seconds(answer.matrix.n_filled) + 0.1) + 2


def _running(names: list[str], job: Job) -> None:
    show_with_stop(job)
    cells = [read_cell(event.body) for event in jobs.events(job.id) if event.body["event"] == "CellDone"]
    if cells:
        labels = tuple(SWITCHES[name].label for name in names)
        draw(combination_grid(_table(cells), palette(), labels), f"ablation_growing_{len(cells)}")


def _result(found: Factorial) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        table = pd.DataFrame(
            {
                "effect": [" × ".join(one.switches) for one in found.effects],
                "difference": [one.difference for one in found.effects],
                "low": [one.low for one in found.effects],
                "high": [one.high for one in found.effects],
                "p (Holm)": [one.p_holm for one in found.effects],
                "detectable": [one.detectable for one in found.effects],
            }
        )
        effects = effect_intervals(table, palette())
        draw(effects, "ablation_effects", beside=lambda: behind(table, "ablation_effects_table"))
    with right:
        grid = combination_grid(_table(list(found.cells)), palette(), found.switches)
        draw(grid, "ablation_grid", beside=lambda: behind(grid.table, "ablation_grid_table"))
    st.caption(
        f"{plain(found.model)}, {found.n_train:,} training {TEXTS}; always guessing {plain(found.guess_class)}: "
        f"{percent(found.guess_accuracy)} of {found.n_validation:,}. {sentence(found.method)}"
    )


def _table(cells: list[Cell]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "on": [cell.on for cell in cells],
            "terms": [cell.n_terms for cell in cells],
            "accuracy": [cell.accuracy for cell in cells],
            "low": [cell.low for cell in cells],
            "high": [cell.high for cell in cells],
            "difference": pd.Series([cell.difference for cell in cells], dtype="float64"),
            "p (Holm)": pd.Series([cell.p_holm for cell in cells], dtype="float64"),
            "detectable": [cell.detectable for cell in cells],
        }
    )
