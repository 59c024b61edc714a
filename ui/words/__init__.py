"""The views of the words page."""
