"""What a report says: its sections, one function each."""

from __future__ import annotations

import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import pandas as pd

from bowcore.findings.copies import WORTH_SAYING
from bowcore.findings.overview import count_classes
from bowcore.judge.comparison import accuracy_gap
from bowcore.judge.confusion import confusion_matrix, confusion_table
from bowcore.judge.scores import Share, accuracy, describe_accuracy, score
from bowcore.matrix.frequencies.zipf import hapax_share
from bowcore.nouns import TEXT, TEXTS
from bowcore.numbers import counted, decimal, empty_share, interval, percent, size, with_interval
from bowcore.recipe.in_words import recipe_in_words
from bowcore.recipe.recipe import FIELDS
from bowcore.store import own_files
from bowcore.store.ledger import Opening
from bowcore.tasks.finished_runs import SeedGroup
from charts import classes, confusion, frequency, mistakes, scores, training, typical
from charts.names import MOST_CLASSES
from charts.palette import LIGHT
from charts.seeds import seed_spread
from report.facts import Facts, Model
from report.parts import Figure, Section, Table

MOST_TERMS, MOST_ROWS = 50, 500
LIBRARIES = (
    *("numpy", "scipy", "pyarrow", "pandas", "numba", "torch", "spacy", "spacy-lookups-data", "PyStemmer"),
    *("altair", "vl-convert-python"),
)
"""Libraries whose version can change a number or a figure of the report."""


def sections(facts: Facts) -> list[Section]:
    """Every section, in reading order; those without content are left out."""
    made = (make(facts) for make in SECTIONS)
    return [section for section in made if section is not None]


def headline(facts: Facts) -> str:
    """The score of the judge with everything it must be read with."""
    return f"{facts.judge.name}: {_score(facts, facts.judge)}. {_without_copies(facts)}".strip()


def _without_copies(facts: Facts) -> str:
    """The accuracy without copies of training articles, where they are worth saying; otherwise empty."""
    copies, labels = facts.copies, facts.answer.labels
    if copies is None or copies.all() or copies.mean() <= WORTH_SAYING:
        return ""
    others = accuracy(labels[~copies], facts.judge.predictions[~copies])
    guessed = float((labels[~copies] == facts.answer.guess_class).mean())
    right = describe_accuracy(others, guessed, facts.answer.guess)
    return f"Without {copies.sum():,} that repeat a training {TEXT}, exactly or nearly: {right}."


def _texts(facts: Facts) -> Section:
    answer, about = facts.answer, facts.answer.corpus.provenance
    found = count_classes(answer.split)
    wide = found.table.pivot_table(index="class", columns="split", values="n", sort=False, observed=True)
    by_split = ("training", "validation", "test")
    rows = [(name, *(f"{int(wide[split][name]):,}" for split in by_split)) for name in answer.split.class_names]
    guess = answer.split.class_names[answer.guess_class]
    drawing = classes.class_bars(found.table, LIGHT, answer.split.class_names, (guess, answer.baseline.value))
    named = [
        ("Title", about.title),
        ("Origin", about.origin),
        ("Licence", about.licence),
        (f"{TEXTS:A}", f"{answer.corpus.n_documents:,}"),
        ("Classes", f"{len(answer.split.class_names):,}"),
        ("Digest of the texts", answer.corpus.digest),
    ]
    table = Table(f"{TEXTS:A} by class and split; of test {TEXTS} only their number.", ("class", *by_split), rows)
    return Section("Texts", [about.note] if about.note else [], named, [Figure(drawing, table)])


def _split(facts: Facts) -> Section:
    split, n_read = facts.answer.split, facts.answer.n_train
    n_train = split.train.n_documents
    learned = f"{n_train:,}" if n_read == n_train else f"{n_read:,} of {n_train:,}"
    sentences = [
        f"{learned} {TEXTS} to learn from, {split.validation.n_documents:,} to validate, {split.test.n_documents:,} "
        "for the test.",
        f"Vocabulary, weights and models are learned from the training {TEXTS} alone.",
        split.classes_missing(),
    ]
    seeds = [(f"{name.replace('_', ' ')}", f"{facts.recipe.value(name)}") for name in FIELDS if name.endswith("seed")]
    return Section("Split and seeds", [sentence for sentence in sentences if sentence], seeds)


def _recipe(facts: Facts) -> Section:
    recipe, sentences = facts.recipe, []
    named = [("In words", recipe_in_words(recipe.through("blocks"))), ("Key", recipe.key("network"))]
    if recipe.corpus.corpus.startswith(own_files.PREFIX):
        # whoever knows the whole name can read the file
        recipe = own_files.without_token(recipe)
        sentences = ["The texts are a file that was brought to the program; to use this recipe, bring the file again."]
    return Section("Recipe", sentences, named, code=recipe.to_toml())


def _terms(facts: Facts) -> Section:
    matrix, vocabulary = facts.answer.matrix, facts.answer.matrix.vocabulary
    (n_rows, n_terms), measured = matrix.shape, matrix.size
    empty = facts.answer.empty_texts()
    named = [
        ("Training matrix", f"{n_rows:,} {TEXTS} × {n_terms:,} terms"),
        ("Empty cells", empty_share(n_rows, n_terms, matrix.n_filled)),
        ("Tokens in the vocabulary", f"{measured.n_tokens:,}"),
        ("Terms that occur once", percent(hapax_share(vocabulary.term_frequency[: vocabulary.n_known]))),
        ("Stored sparse", size(measured.sparse_bytes)),
        ("Stored dense", size(measured.dense_bytes)),
    ]
    top = facts.ranked.head(MOST_TERMS)
    columns = (top[name] for name in ("term", "rank", "count", "document_count"))
    rows = [(str(term), *(f"{n:,}" for n in numbers)) for term, *numbers in zip(*columns, strict=True)]
    caption = f"Most frequent terms: {len(rows):,} of {len(facts.ranked):,}."
    table = Table(caption, ("term", "rank", "occurrences", f"{TEXTS}"), rows)
    drawn = [Figure(frequency.rank_frequency(facts.ranked, LIGHT, lines=facts.lines), table)] if len(top) else []
    return Section("Terms and matrix", [f"{empty.sentence} {empty.remedy}"] if empty.n else [], named, drawn)


def _typical(facts: Facts) -> Section:
    found, names = facts.typical, facts.answer.split.class_names
    if isinstance(found, str):
        return Section("Typical words", [found])
    figures = []
    if len(names) <= len(LIGHT.classes):
        most = max(found["z"], default=1.0)
        figures = [Figure(typical.typical_words(found, LIGHT, names, name, most)) for name in names]
    columns = (found[name] for name in ("term", "class", "z", "log_odds", "documents", "other_documents"))
    rows = [
        (term, name, decimal(z), decimal(odds, 2), f"{n:,}", f"{others:,}")
        for term, name, z, odds, n, others in zip(*columns, strict=True)
    ][:MOST_ROWS]
    head = ("term", "class", "z", "log-odds", f"{TEXTS} of the class", f"other {TEXTS}")
    sentences = [
        "Words that a class uses more than all others together, by log-odds with an informative prior of 10,000 "
        "imaginary tokens (Monroe, Colaresi and Quinn 2008). A word may name a source and not the topic."
    ]
    return Section("Typical words", sentences, (), figures, [Table("Typical words by class.", head, rows)])


def _models(facts: Facts) -> Section:
    answer = facts.answer
    rows = [
        (model.name, f"{model.accuracy.n_right:,}", percent(model.accuracy.value), _interval(model.accuracy))
        for model in facts.models
    ]
    for model in facts.models:
        if (seeds := model.seeds) is not None:
            name = f"{model.name}, mean ± sd of {seeds.n} seeds"
            rows.append((name, "", seeds.accuracy_in_words, _interval(seeds.accuracy)))
    guessed = answer.baseline
    rows.append((f"Always {answer.guess}", f"{guessed.n_right:,}", percent(guessed.value), _interval(guessed)))
    table = pd.DataFrame(
        [(model.name, *_ends(model.accuracy), model.accuracy.n_documents) for model in facts.models],
        columns=["name", "accuracy", "low", "high", "n"],
    )
    drawing = scores.score_interval(table, LIGHT, (f"always guessing {answer.guess}", guessed.value))
    sentences = [f"{model.name}: {_score(facts, model)}. {model.note}".strip() for model in facts.models]
    sentences.append(
        "Intervals are Wilson's, of 95 %. Models whose intervals overlap may be equally good; the judge of this "
        f"report is {facts.judge.name}."
    )
    head = ("model", "right", "accuracy", "95 % interval")
    caption = f"Accuracy on {guessed.n_documents:,} validation {TEXTS}."
    return Section("Models", sentences, (), [Figure(drawing, Table(caption, head, rows))])


def _confusion(facts: Facts) -> Section:
    names = facts.answer.split.class_names
    counts = confusion_matrix(facts.answer.labels, facts.judge.predictions, len(names))
    drawn = confusion.confusion_matrix(confusion_table(counts, names), LIGHT, names)
    wrong = f"Mistakes of {facts.judge.name} on the validation {TEXTS}. Rows are true classes, columns predictions."
    if len(names) <= MOST_CLASSES:
        rows = [(name, *(f"{n:,}" for n in row)) for name, row in zip(names, counts, strict=True)]
        return Section("Confusion matrix", [wrong], (), [Figure(drawn, Table(wrong, ("true class", *names), rows))])
    figures = [Figure(drawn)]
    if counts.sum() > counts.trace():
        bars = mistakes.largest_confusions(confusion_table(counts, names), LIGHT, names)
        rows = [(row.actual, row.predicted, f"{row.n:,}") for row in bars.table.head(MOST_ROWS).itertuples()]
        head = ("true class", "predicted", f"{TEXTS}")
        figures.append(Figure(bars, Table("The most frequent mistakes.", head, rows)))
    return Section("Confusion matrix", [wrong], (), figures)


def _classes(facts: Facts) -> Section:
    names = facts.answer.split.class_names
    found = score(facts.answer.labels, facts.judge.predictions, names)
    rows = [
        (item.name, _share(item.recall), _share(item.precision), _mean(item.f1), f"{item.recall.n_documents:,}")
        for item in found.classes
    ]
    head = ("class", "recall (share found)", "precision (share of predictions right)", "F1", f"validation {TEXTS}")
    table = Table(f"Scores of {facts.judge.name} by class, with 95 % intervals.", head, rows)
    sentences = [f"Macro F1, the unweighted mean over the classes: {_mean(found.macro_f1)}."]
    measured = found.table()
    if measured["value"].isna().all():
        return Section("Scores by class", sentences, (), (), [table])
    return Section("Scores by class", sentences, (), [Figure(scores.per_class_scores(measured, LIGHT, names), table)])


def _training(facts: Facts) -> Section | None:
    if facts.training is None:
        return None
    epochs = facts.training.epochs
    table = pd.DataFrame(
        {
            "epoch": [epoch.epoch for epoch in epochs],
            "training_loss": [epoch.train_loss for epoch in epochs],
            "validation_loss": [epoch.validation_loss for epoch in epochs],
            "training_accuracy": [epoch.train_accuracy for epoch in epochs],
            "validation_accuracy": [epoch.validation_accuracy for epoch in epochs],
            "n_validation": [epoch.n_validation for epoch in epochs],
        }
    )
    baseline = ("naive Bayes", facts.answer.scores.accuracy.value)
    loss, right = training.live_curves(table, LIGHT, planned_epochs=len(epochs), baseline=baseline)
    rows = [
        (
            f"{epoch.epoch}",
            decimal(epoch.train_loss, 4),
            percent(epoch.train_accuracy, 2),
            decimal(epoch.validation_loss, 4),
            percent(epoch.validation_accuracy, 2),
        )
        for epoch in epochs
    ]
    head = ("epoch", "training loss", "training accuracy", "validation loss", "validation accuracy")
    n_train, n_validation = epochs[-1].n_train_evaluated, epochs[-1].n_validation
    caption = f"Each epoch, on {n_train:,} training and {n_validation:,} validation {TEXTS}."
    network = facts.recipe.network
    sentences = [
        f"{counted(len(epochs), 'epoch')} of a network with {network.hidden:,} hidden units; lowest validation loss: "
        f"epoch {facts.training.best_epoch}; kept: epoch {facts.training.kept_epoch}."
    ]
    figures = [Figure(loss), Figure(right, Table(caption, head, rows))]
    group = next((model.seeds for model in facts.models if model.seeds is not None), None)
    return Section("Training", sentences, (), figures if group is None else [*figures, _seeds(group)])


def _seeds(group: SeedGroup) -> Figure:
    """A ring for each seed of the network, their mean and its standard deviation."""
    runs = sorted((run.recipe.network.network_seed, run.result) for run in group.runs)
    found = pd.DataFrame([(seed, run.validation_accuracy) for seed, run in runs], columns=["seed", "accuracy"])
    rows = [(f"{seed}", with_interval(run.accuracy), f"{run.n_validation:,}") for seed, run in runs]
    caption = f"All seeds of this recipe's network, mean ± standard deviation {group.accuracy_in_words}."
    return Figure(seed_spread(found, LIGHT), Table(caption, ("seed", "accuracy (95 %)", f"validation {TEXTS}"), rows))


def _test(facts: Facts) -> Section:
    n_test = facts.answer.split.test.n_documents
    tried = (
        f"Recipes and networks that have shown their validation score on this computer: {facts.n_tried:,}. The more "
        "are tried, the better the best of them looks by chance alone."
    )
    if not facts.openings:
        sealed = f"The {n_test:,} test {TEXTS} are sealed: nothing here was computed from their texts."
        return Section("Test set and recipes tried", [sealed, tried])
    n = len(facts.openings)
    sentences = [f"The test set was opened {'once' if n == 1 else f'{n:,} times'}.", tried]
    tables = [_ledger(facts)]
    if facts.opening is None:
        sentences.insert(1, "It was not opened for this recipe.")
    else:
        sentences[1:1] = _opened(facts, facts.opening)
        names = facts.answer.split.class_names
        if len(names) <= MOST_CLASSES:
            counts = facts.opening.result["test_confusion"]
            rows = [(name, *(f"{n:,}" for n in row)) for name, row in zip(names, counts, strict=True)]
            caption = f"Test {TEXTS}: rows are true classes, columns predictions."
            tables.append(Table(caption, ("true class", *names), rows))
    return Section("Test set and recipes tried", sentences, (), (), tables)


def _opened(facts: Facts, opening: Opening) -> list[str]:
    result = opening.result
    test, validation = (
        Share.of(round(result[f"{name}_accuracy"] * result[f"n_{name}"]), result[f"n_{name}"])
        for name in ("test", "validation")
    )
    sizes = np.sum(result["test_confusion"], axis=1)
    guessed = float(sizes[facts.answer.guess_class] / sizes.sum())
    right = describe_accuracy(test, guessed, facts.answer.guess, f"test {TEXTS}")
    gap = accuracy_gap(validation, test).in_words.replace("**", "")  # Markdown of the pages
    return [f"For this recipe's network: {right}. Gap, validation minus test: {gap}."]


def _ledger(facts: Facts) -> Table:
    rows = [
        (
            f"{opening.number}",
            f"{datetime.fromtimestamp(opening.opened, UTC):%Y-%m-%d %H:%M} UTC",
            opening.recipe_key[:6],
            f"{opening.seed}",
            with_interval(
                Share.of(round(opening.result["test_accuracy"] * opening.result["n_test"]), opening.result["n_test"])
            ),
            f"{opening.result['n_test']:,}",
            f"{opening.n_validation_looks:,}",
        )
        for opening in facts.openings
    ]
    head = ("opening", "opened", "recipe", "seed", "test accuracy", f"test {TEXTS}", "recipes tried before")
    return Table("Ledger: every opening of the test set of these texts.", head, rows)


def _versions(facts: Facts) -> Section:
    named = [("Python", platform.python_version()), *((library, version(library)) for library in LIBRARIES)]
    sentences = []
    if facts.link:
        sentences = ["This link opens the recipe in the program:"]
        if not facts.link.startswith("http"):
            sentences = ["Behind the address of the program, this opens the recipe:"]
    return Section("Versions", sentences, named, link=facts.link)


def _score(facts: Facts, model: Model) -> str:
    """The accuracy of a model; of a network with several seeds first their mean ± standard deviation."""
    right = _accuracy(facts, model.accuracy)
    if model.seeds is None:
        return right
    seed = facts.recipe.network.network_seed
    return (
        f"{model.seeds.accuracy_in_words} (mean ± standard deviation of the seeds). The network of seed {seed}: {right}"
    )


def _accuracy(facts: Facts, share: Share) -> str:
    return describe_accuracy(share, facts.answer.baseline.value, facts.answer.guess)


def _share(share: Share) -> str:
    return with_interval(share) if share.n_documents else "–"


def _mean(value: float) -> str:
    return "–" if np.isnan(value) else percent(value)


def _interval(share: Share) -> str:
    return interval(share.low, share.high)


def _ends(share: Share) -> tuple[float, float, float]:
    return share.value, share.low, share.high


SECTIONS: tuple[Callable[[Facts], Section | None], ...] = (
    _texts,
    _split,
    _recipe,
    _terms,
    _typical,
    _models,
    _confusion,
    _classes,
    _training,
    _test,
    _versions,
)
"""The sections in reading order."""
