"""The trained network to take away: an archive made by a job, then a link to it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bowcore.experiment.answer import Answer
from bowcore.nouns import TEXTS
from bowcore.numbers import size
from bowcore.tasks.export_network import KIND, archive_bytes, archive_key, request_archive
from ui.job_panel import job_panel
from ui.shell import network_file
from ui.shell.runs import Run
from ui.state import session


def offer(answer: Answer, run: Run) -> None:
    """The button that makes the archive of the kept network, its progress, or the link to the file."""
    artefact, recipe, digest = run.result.artefact, session.recipe(), answer.corpus.digest
    if not artefact:
        return
    n_bytes = 4 * recipe.network.hidden * (answer.matrix.shape[1] + len(answer.split.class_names) + 1)
    key = archive_key(recipe, digest, artefact)
    request = partial(request_archive, recipe, digest, artefact, answer.split.n_open, n_bytes)
    made = job_panel(KIND, key, request, partial(_invite, n_bytes), partial(archive_bytes, key), primary=False)
    if made is not None:
        st.link_button(
            f"Network for PyTorch, {size(made)}",
            network_file.address(key),
            icon=":material/download:",
            help=f"Weights, terms, recipe, the validation {TEXTS}' cells, and a script that runs the network in stock "
            "PyTorch and compares its answers with those of the training.",
        )


def _invite(n_bytes: int) -> str:
    st.caption(
        f"The network as files: weights ({size(n_bytes)}), terms, recipe, and a script that runs it on the validation "
        f"{TEXTS}."
    )
    return "Make network.zip"
