"""A home of its own for every test of reports."""

from tests.own_home import home

__all__ = ["home"]
