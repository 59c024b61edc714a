"""Training: watch a two-layer network learn, epoch by epoch."""

from __future__ import annotations

from ui import answers
from ui.shell import runs, slices
from ui.shell.sidebar import network_controls
from ui.state import session
from ui.training import time_tutorial, training_view, transport

answer = answers.answer(session.recipe())
run = runs.find(answer)

network_controls()
slices.note_all_articles(answer, "Training")
fits = training_view.costs(answer)
transport.row(answer, run, fits)
training_view.live(answer, run)
time_tutorial.section(answer, fits)
