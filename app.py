"""The server: `streamlit run app.py` starts it, its workers with it, and stops them with it."""

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
from ui.shell.preload import preload_in_background
from ui.shell.security import Security
from ui.shell.uploads import Uploads
from ui.shell.welcome import welcome
from ui.state import projector

HEAD_START = 4.0
"""Seconds that the first page has the processor to itself: three workers that load their libraries take two cores."""


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """Keep the workers alive for as long as the server lives."""
    return_freed_memory()
    preload_in_background(HEAD_START)
    welcome()
    with supervise(head_start=HEAD_START):
        yield


app = st.App(
    Path(__file__).parent / "ui" / "shell" / "main.py",
    lifespan=lifespan,
    routes=[
        Route(f"/{projector.PATH}/{{choice}}", projector.Keep()),
        Route(f"/{entrance.PATH}/{{key}}", entrance.Teacher()),
        Route(health.PATH, health.Monitor().answer),
        Route(f"/{network_file.PATH}/{{key}}", network_file.answer),
    ],
    middleware=[Middleware(middleware) for middleware in (Security, entrance.NameBrowsers, FragmentReruns, Uploads)],
)
