"""Training: watch a two-layer network learn, batch by batch."""

from __future__ import annotations

import streamlit as st

from ui import answers
from ui.compare import curve
from ui.reading.tables import choose_view
from ui.shell import runs, slices
from ui.shell.sidebar import network_controls
from ui.state import faults, session
from ui.training import go_wrong, seeds, time_tutorial, training_view, transport, tutorial_numbers

answer = answers.answer(session.recipe())

with st.container(gap="xsmall"):
    network_controls()
    slices.note_all_articles(answer, "Training")
    fits = training_view.fits(answer)
    row = st.container(gap="xsmall")
    view = choose_view(training_view.VIEWS, "training_view")
with faults.leaving_out():
    run = runs.find(answer)
    with row:
        transport.row(answer, run, fits)
    match view:
        case training_view.CURVES:
            training_view.live(answer, run)
            go_wrong.section(answer, run, fits)
            training_view.finished(answer, run)
        case training_view.SEEDS:
            seeds.section(answer, fits)
        case training_view.SIZES:
            curve.curve(answer, st.container(), primary=False)
        case _:
            tutorial_numbers.section(answer, run)
training_view.costs(answer)
time_tutorial.section(answer, fits)
