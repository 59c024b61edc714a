"""The panels of the preprocessing page's first view."""
