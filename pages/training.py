"""Training: watch a two-layer network learn, epoch by epoch."""

from __future__ import annotations

import streamlit as st

from bowcore.errors import MemoryBudgetError
from bowcore.learn.network.cost import check_fits
from bowcore.numbers import seconds, size
from ui import answers
from ui.shell import slices
from ui.shell.sidebar import network_controls
from ui.state import session
from ui.texts import plain
from ui.training import runs, time_tutorial, training_view

recipe = session.recipe()
answer = answers.answer(recipe)
cost = runs.cost(answer, recipe)
run = runs.find(answer)

network_controls()
slices.tell_ignored(answer, "Training")
if recipe.network.optimiser == "adam-lazy":
    st.caption("Lazy Adam is not Adam: words that a batch lacks stay where they are, so its numbers are its own.")
columns = st.columns(4)
columns[0].metric("Parameters", f"{cost.n_parameters:,}", help="Weights and biases of both layers.")
columns[1].metric("Memory, about", size(cost.memory_bytes))
columns[2].metric("Whole run, about", seconds(runs.whole_run_seconds(cost, recipe.network.epochs)))
columns[3].metric(
    "If stored densely",
    size(8 * cost.n_train * cost.n_terms),
    help="What the tutorial's call of .toarray() would take.",
)
try:
    check_fits(cost)
    fits = True
except MemoryBudgetError as error:
    st.error(plain(str(error)), icon=":material/memory:")
    fits = False
training_view.buttons(answer, run, fits)
training_view.live(answer, run)
time_tutorial.section(answer, fits)
