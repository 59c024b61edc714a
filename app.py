"""The server: `streamlit run app.py` starts it, its workers with it, and stops them with it."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.starlette import App

from bowcore.jobs.supervisor import supervise
from bowcore.memory import return_freed_memory
from ui.shell import entrance
from ui.shell.preload import preload_in_background
from ui.shell.security import SecurityHeaders
from ui.state import projector, visitor

HEAD_START = 4.0
"""Seconds that the first page has the processor to itself: three workers that load their libraries take two cores."""


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """Keep the workers alive for as long as the server lives."""
    sys.stdout.write(f"  Teacher: add /{entrance.PATH}/{visitor.shown_key()} to this server's address.\n\n")
    sys.stdout.flush()
    return_freed_memory()
    preload_in_background(HEAD_START)
    with supervise(head_start=HEAD_START):
        yield


app = st.App(
    Path(__file__).parent / "ui" / "shell" / "main.py",
    lifespan=lifespan,
    routes=[
        Route(f"/{projector.PATH}/{{choice}}", projector.Keep()),
        Route(f"/{entrance.PATH}/{{key}}", entrance.Teacher()),
    ],
    middleware=[Middleware(SecurityHeaders), Middleware(entrance.NameBrowsers)],
)
