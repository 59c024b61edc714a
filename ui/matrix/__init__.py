"""The panels of the preprocessing page's second view: the matrix."""
