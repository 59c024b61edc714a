"""Models: naive Bayes, the two-layer network and its training, and simple baselines."""
