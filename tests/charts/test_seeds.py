import pandas as pd

from charts.palette import LIGHT
from charts.seeds import seed_spread


def test_seeds_that_are_equal_or_close_share_one_text_and_every_seed_has_its_dot(layers):
    runs = pd.DataFrame({"seed": [3, 0, 1, 2, 4], "accuracy": [0.90, 0.97, 0.97, 0.9702, 0.95]})
    drawn = layers(seed_spread(runs, LIGHT))
    (dots,) = [rows for view, rows in drawn if view["mark"]["type"] == "point"]
    (texts,) = [rows for view, rows in drawn if view["mark"]["type"] == "text"]
    assert sorted((row["seed"], row["accuracy"]) for row in dots) == sorted(
        (str(seed), share) for seed, share in zip(runs["seed"], runs["accuracy"], strict=True)
    )
    assert [row["seed"] for row in texts] == ["3", "4", "0, 1, 2"]
    assert [round(row["accuracy"], 4) for row in texts] == [0.90, 0.95, 0.9701]
