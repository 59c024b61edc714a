"""The views of the data page."""
