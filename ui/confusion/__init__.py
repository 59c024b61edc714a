"""The confusion page: its matrix, its articles, the sealed test set."""
