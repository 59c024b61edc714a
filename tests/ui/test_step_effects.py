"""The row that tells of the repair, which works on whole texts and so has no words to follow."""

from __future__ import annotations

import pyarrow as pa

from bowcore.text.units import number_units
from ui.preprocessing.step_effects import repair_row


def test_the_repairs_row_counts_words_and_tokens_before_and_after_it() -> None:
    before = ["soup #39;s hot", "hot soup"]
    after = ["soup's hot", "hot soup"]
    (row,) = repair_row(*(number_units(pa.array(texts)) for texts in (before, after))).to_dict("records")
    # soup, #39;s, hot; then soup's, hot, soup
    assert (row["words before"], row["words after"]) == (3, 3)
    assert (row["tokens before"], row["tokens after"]) == (5, 4)
    glued = number_units(pa.array(["soup\\\\soup soup"])), number_units(pa.array(["soup soup soup"]))
    (row,) = repair_row(*glued).to_dict("records")
    assert (row["words before"], row["words after"]) == (2, 1)
    assert (row["tokens before"], row["tokens after"]) == (2, 3)
