"""Judging predictions: scores, confusion, paired comparison, and the words behind a prediction."""
