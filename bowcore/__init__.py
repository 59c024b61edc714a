"""Bag-of-words text classification, stage by stage, without a user interface."""

__version__ = "0.1.0"
