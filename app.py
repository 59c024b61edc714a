"""The server: `streamlit run app.py` starts it, its workers and its other processes, and stops them with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.starlette import App

from bowcore.jobs.supervisor import supervise
from bowcore.memory import return_freed_memory
from ui.shell import entrance, health, network_file
from ui.shell.fragment_reruns import FragmentReruns
from ui.shell.handing_over import HandOver, TakeOver
from ui.shell.page_processes import (
    PageProcess,
    arrived,
    n_processes,
    page_processes,
    password,
    share_the_cache,
    until_the_first_ends,
)
from ui.shell.preload import keep_up, preload_in_background
from ui.shell.security import Security
from ui.shell.uploads import Uploads
from ui.shell.welcome import welcome
from ui.state import own_text, projector

HEAD_START = 4.0
"""Seconds that the first page has the processor to itself: three workers that load their libraries take two cores."""
others: list[PageProcess] = []
"""Processes that this one hands browsers over to."""


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """Keep the workers and other processes alive for as long as the server lives."""
    return_freed_memory()
    share_the_cache()
    own_text.serve_storage()
    preload_in_background(HEAD_START)
    if password():
        keep_up(until=arrived)
        with until_the_first_ends():
            yield
        return
    welcome()
    with supervise(head_start=HEAD_START), page_processes(2 * HEAD_START) as started:
        others.extend(started)
        yield


app = st.App(
    Path(__file__).parent / "ui" / "shell" / "main.py",
    lifespan=lifespan,
    routes=[
        Route(f"/{projector.PATH}/{{choice}}", projector.Keep()),
        Route(f"/{entrance.PATH}/{{key}}", entrance.Teacher()),
        Route(health.PATH, health.Monitor(others).answer),
        Route(f"/{network_file.PATH}/{{key}}", network_file.answer),
    ],
    middleware=[
        *([Middleware(TakeOver)] if password() else []),
        Middleware(Security),
        Middleware(entrance.NameBrowsers),
        *([] if password() or n_processes() == 1 else [Middleware(HandOver, others)]),
        Middleware(FragmentReruns, n_processes()),
        Middleware(Uploads, n_processes()),
    ],
)
