"""`python -m bowcore compare`: two recipes or runs article by article, or the list of all runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bowcore.cli.printing import print_event, print_table, say
from bowcore.nouns import TEXTS, use
from bowcore.numbers import counted, p_value, percent, seconds, with_interval
from bowcore.tasks.compare import NAMES, Comparison, Model, compare, find_side
from bowcore.tasks.finished_runs import SeedGroup
from bowcore.tasks.run_table import table_of_runs, table_record

MOST_PRINTED = 20
"""Articles of a list that are printed; JSON has all."""
LONGEST_TEXT = 70


def compare_sides(first: str, second: str, corpus: str | None, model: Model | None, *, quiet: bool) -> Comparison:
    """The comparison of two names; the epochs of networks that are trained for it are printed unless `quiet`.

    Raises:
        BowlabError: They cannot be found, trained or compared.
    """
    from bowcore.corpus.sources import noun_of

    one, other = (find_side(named, corpus, model) for named in (first, second))
    runs = [side for side in (one, other) if side.artefact]
    if corpus is None and runs:  # a preset is compared on the texts of the run
        texts = runs[0].recipe.corpus.corpus
        one = one if one.artefact else find_side(first, texts, model)
        other = other if other.artefact else find_side(second, texts, model)
    use(noun_of(one.recipe.corpus.corpus))
    return compare(one, other, (lambda event: None) if quiet else print_event)


def print_comparison(found: Comparison) -> None:
    """Both accuracies, the change with its interval and test, and who was fixed and who was broken."""
    change = found.change
    rows = [
        [letter, side.name, NAMES[side.model], with_interval(share, 2), f"{share.n_right:,}"]
        for letter, side, share in zip("AB", (found.before, found.after), found.accuracies, strict=True)
    ]
    print_table(["", "what", "model", "accuracy (95 % interval)", "right"], rows)
    say(
        f"{change.n_documents:,} validation {TEXTS}; always guessing {found.guess_class}: "
        f"{percent(found.guess.value, 2)}."
    )
    say(f"What differs: {'; '.join(difference.arrow for difference in found.differences) or 'nothing but the model'}.")
    if not change.n_changed_label:
        say(f"\nNo {TEXTS} changed label: nobody was fixed, nobody was broken.")
        return
    say(
        f"\nB fixed {change.n_fixed:,} and broke {change.n_broken:,}; {change.n_changed_label:,} changed label. "
        f"{change.in_points} points ({change.ends}), exact McNemar p {p_value(change.p_value)}: {change.verdict}."
    )
    for name, positions in (("Fixed", found.who.fixed), ("Broken", found.who.broken)):
        if not len(positions):
            say(f"\n{name}: none.")
            continue
        say(f"\n{name}, {len(positions):,}:")
        print_table(["row", "true", "A", "B", "begins"], _lines(found, positions[:MOST_PRINTED]))
        if len(positions) > MOST_PRINTED:
            say(f"and {len(positions) - MOST_PRINTED:,} more; --json has all.")


def _lines(found: Comparison, positions: Any) -> list[list[str]]:
    n_train = found.split.train.n_documents
    return [
        [f"{text['row']:,}", text["true"], text["a"], text["b"], _begins(found, n_train + place)]
        for text, place in zip(found.texts(positions), positions, strict=True)
    ]


def _begins(found: Comparison, position: int) -> str:
    text = " ".join(found.split.article(position).text.split())
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT].rstrip()}…"


def runs_report(corpus: str | None = None) -> dict[str, Any]:
    """All finished trainings as JSON has them, or those on one corpus."""
    return table_record(_runs_on(corpus))


def print_runs(corpus: str | None = None) -> None:
    """All finished trainings, or those on one corpus; one row for those that differ by their seed alone."""
    rows = _runs_on(corpus)
    if not rows:
        on = f" on {corpus}" if corpus else ""
        say(f"No training{on} has finished yet: python -m bowcore train {corpus or 'CORPUS'}")
        return
    print_table(
        ["key", "name", "corpus", "differs from the newest in", "accuracy", "of", "guess", "time"],
        [_run_line(row, rows) for row in rows],
    )
    say(f"\n{counted(len(rows), 'row')}; in brackets 95 % intervals over validation texts, ± is over seeds.")


def _runs_on(corpus: str | None) -> list[SeedGroup]:
    return [row for row in table_of_runs() if corpus in (None, row.recipe.corpus.corpus)]


def _run_line(row: SeedGroup, rows: Sequence[SeedGroup]) -> list[str]:
    from bowcore.names import name_without_token

    guess = row.result.guess_accuracy
    differs = "; ".join(difference.now for difference in row.against(rows[0]) if difference.field != "corpus")
    return [
        row.key,
        row.name,
        name_without_token(row.recipe.corpus.corpus),
        differs or "–",
        row.accuracy_in_words + (f" ({row.state})" if row.state else ""),
        f"{row.result.n_validation:,}",
        "–" if guess is None else percent(guess),
        seconds(row.seconds),
    ]
