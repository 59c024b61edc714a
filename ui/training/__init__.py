"""The training page, and what other pages show of a run."""
