"""Every test here has a home and a runs database of its own, and processes that end with it."""

from tests.own_home import eventually, handlers, home, start, start_worker  # noqa: F401 - fixtures
