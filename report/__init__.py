"""A report of an experiment as one HTML file."""
