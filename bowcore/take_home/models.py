"""Code of the models: baselines in scikit-learn, the network in PyTorch, the confusion matrix."""

from __future__ import annotations

from bowcore.learn.network.events import EVALUATE_ALL_UP_TO, EVALUATION_SAMPLE
from bowcore.recipe.recipe import Recipe
from bowcore.recipe.specs import OPTIMISER_OPTIONS, NetworkSpec
from bowcore.take_home.piece import Piece

_NP = "import numpy as np"
_COPY = {"best": ("from copy import deepcopy",), "last": ()}
GUESS = Piece(
    "",
    "guess = np.bincount(labels[train]).argmax()\nguess_accuracy = (labels[validation] == guess).mean()",
    (_NP,),
)
BAYES = Piece(
    "",
    "bayes = MultinomialNB().fit(train_cells, labels[train])\n"
    "bayes_predictions = bayes.predict(validation_cells)\n"
    "bayes_accuracy = (bayes_predictions == labels[validation]).mean()",
    ("from sklearn.naive_bayes import MultinomialNB",),
)
BAYES_ON_COUNTS = Piece(
    "",
    "on_counts = MultinomialNB().fit(train_counts, labels[train]).predict(validation_counts)\n"
    "on_counts_accuracy = (on_counts == labels[validation]).mean()",
    ("from sklearn.naive_bayes import MultinomialNB",),
)
LOGISTIC = Piece(
    "",
    "logistic = LogisticRegression(max_iter=1000).fit(train_cells, labels[train])\n"
    "logistic_predictions = logistic.predict(validation_cells)\n"
    "logistic_accuracy = (logistic_predictions == labels[validation]).mean()",
    ("from sklearn.linear_model import LogisticRegression",),
)


def network_piece(spec: NetworkSpec) -> Piece:
    """`epochs`, one row of losses and accuracies each, and `network_predictions` of the epoch that is kept."""
    lazy = spec.optimiser == "adam-lazy"
    lines = [
        f"hidden, drawing = {spec.hidden}, np.random.default_rng({spec.network_seed})",
        "def drawn(shape, n_inputs):  # uniform within 1 / sqrt(inputs), as nn.Linear does",
        "    bound = 1 / math.sqrt(n_inputs)",
        "    return torch.from_numpy(drawing.random(shape, np.float32) * np.float32(2 * bound) - np.float32(bound))",
        "network = nn.Sequential(nn.Linear(len(terms), hidden), nn.ReLU(), nn.Linear(hidden, len(classes)))",
        "with torch.no_grad():",
        "    network[0].weight.copy_(drawn((len(terms), hidden), len(terms)).T)",
        "    network[0].bias.copy_(drawn(hidden, len(terms)))",
        "    network[2].weight.copy_(drawn((len(classes), hidden), hidden))",
        "    network[2].bias.copy_(drawn(len(classes), hidden))",
        *_optimiser(spec),
        "def dense(cells):  # a few rows at a time: most cells are empty",
        "    return torch.from_numpy(cells.toarray().astype(np.float32))",
        "def logits(cells):",
        "    with torch.no_grad():",
        "        starts = range(0, cells.shape[0], 256)",
        "        return torch.cat([network(dense(cells[first : first + 256])) for first in starts])",
        "def judge(cells, labels):  # loss and accuracy",
        "    found, wanted = logits(cells).double(), torch.from_numpy(labels).long()",
        "    accuracy = (found.argmax(1) == wanted).double().mean()",
        "    return nn.functional.cross_entropy(found, wanted).item(), accuracy.item()",
    ]
    seeds = f"np.random.SeedSequence({spec.network_seed}).spawn(2)"
    evaluated = "train_cells, labels[train]"
    if spec.hidden > EVALUATE_ALL_UP_TO:
        lines.append(f"n_judged = min({EVALUATION_SAMPLE}, len(train))  # of a wide network")
        lines.append(f"judged = np.sort(np.random.default_rng({seeds}[1]).choice(len(train), n_judged, replace=False))")
        evaluated = "train_cells[judged], labels[train][judged]"
    lines += [
        f"shuffling = np.random.default_rng({seeds}[0])",
        "epochs, wanted = [], torch.from_numpy(labels[train]).long()",
        f"for epoch in range({spec.epochs}):",
        "    order = shuffling.permutation(len(train))",
        f"    for first in range(0, len(train), {spec.batch_size}):",
        f"        batch = order[first : first + {spec.batch_size}]",
        "        network.zero_grad()",
        *(f"        {line}" for line in _drop(spec, f"first // {spec.batch_size}")),
        f"        nn.functional.cross_entropy({_logits(spec)}, wanted[batch]).backward()",
        *(f"        {line}" for line in _step(lazy)),
        f"    epochs.append([*judge({evaluated}), *judge(validation_cells, labels[validation])])",
        *_keeping(spec),
        *_ending(spec, "[losses[2] for losses in epochs]"),
        *_loading(spec),
        'names = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]',
        "epochs = pd.DataFrame(epochs, columns=names)",
        "network_predictions = logits(validation_cells).argmax(1).numpy()",
    ]
    return Piece(
        "The network",
        "\n".join(lines),
        (_NP, "import math", "import pandas as pd", "import torch", "from torch import nn", *_COPY[spec.keep]),
        "Two layers in PyTorch, from the same first weights and with the same batches as in the experiment. They are "
        "made dense one by one, which takes longer than it took there.",
    )


_LOGITS = "torch.cat([network(dense(row)).detach() for row in validation_cells])"
_ENDS = {
    "scores": [
        "    scores = []",
        "    for cells, true in ((train_cells, wanted[train]), (validation_cells, wanted[validation])):",
        "        logits = torch.cat([network(dense(row)).detach() for row in cells])",
        "        scores += [float(entropy(logits, true)), float((logits.argmax(1) == true).double().mean())]",
        '    print(epoch + 1, "loss and accuracy:", *scores[:2], "in training,", *scores[2:], "in validation")',
    ],
    "validation scores": [
        f"    logits = {_LOGITS}",
        "    right = int((logits.argmax(1) == wanted[validation]).sum())",
        '    print(epoch + 1, "loss", float(entropy(logits, wanted[validation])), "right", right)',
    ],
    "best": [
        f"    logits = {_LOGITS}",
        "    kept = min(kept, (float(entropy(logits, wanted[validation])), logits, copy.deepcopy(network)), "
        "key=lambda k: k[0])",
    ],
    "last": [f"logits = {_LOGITS}"],
    "figures": [
        "    n, means, n_right = np.array(running).T",
        '    names = "running loss", "mean of batches", "running accuracy"',
        "    seen = dict(zip(names, (n @ means / n.sum(), means.mean(), n_right.sum() / n.sum())))",
        "    known = {judged}",
        '    for name, cells, true in (("training", *known), ("validation", validation_cells, wanted[validation])):',
        "        logits = torch.cat([network(dense(row)).detach() for row in cells])",
        '        seen |= {f"{name} loss": float(entropy(logits, true))}',
        '        seen |= {f"{name} accuracy": float((logits.argmax(1) == true).double().mean())}',
        "    epochs.append(seen)",
        "epochs = pd.DataFrame(epochs, range(1, len(epochs) + 1))",
        'print(epochs.T, "lowest validation loss: epoch", epochs["validation loss"].idxmin(), sep="\\n")',
    ],
}
_WATCHED = [
    "loss = entropy(answers, wanted[train[batch]])",
    "n_right = int((answers.argmax(1) == wanted[train[batch]]).sum())",
    "running.append([len(batch), loss.item(), n_right])",
    "loss.backward()",
]


def short_network_piece(spec: NetworkSpec, end: str, seed: str = "") -> Piece:
    """The same training in fewer lines.

    Args:
        spec: The network of the recipe.
        end: What it ends with: the `scores` or `validation scores` of each epoch are printed, or it makes the `logits`
            of the `last` epoch, or `kept`: loss, logits and network of the `best`; or it makes `epochs`, all `figures`.
        seed: Name of the seed, where it is not the recipe's.
    """
    n, seed = spec.batch_size, seed or str(spec.network_seed)
    seeds, watched = f"np.random.SeedSequence({seed}).spawn(2)", end == "figures"
    shuffling = f"np.random.default_rng({seeds}[0])"
    judged, chosen = "train_cells, wanted[train]", []
    if watched:
        chosen = ["epochs = []"]
        if spec.hidden > EVALUATE_ALL_UP_TO:
            judged = "train_cells[judged], wanted[train[judged]]"
            chosen += [
                f"n_judged, draw = min({EVALUATION_SAMPLE}, len(train)), np.random.default_rng({seeds}[1])",
                "judged = np.sort(draw.choice(len(train), n_judged, replace=False))  # of a wide network",
            ]
    names, more = (", kept", ", (np.inf,)") if end == "best" else ("", "")
    steps = _step(spec.optimiser == "adam-lazy")
    batches = f"np.split(shuffling.permutation(len(train)), range({n}, len(train), {n}))"
    loop = f"batch in {batches}"
    if spec.word_dropout or spec.hidden_dropout:
        loop = f"number, batch in enumerate({batches})"
    learned = [f"entropy({_logits(spec)}, wanted[train[batch]]).backward()"]
    if watched:
        learned = [f"answers = {_logits(spec)}", *_WATCHED]
    lines = [
        f"nn, drawing, hidden{names} = torch.nn, np.random.default_rng({seed}), {spec.hidden}{more}",
        "first, second = nn.Linear(train_cells.shape[1], hidden), nn.Linear(hidden, len(classes))",
        "network, entropy = nn.Sequential(first, nn.ReLU(), second), nn.functional.cross_entropy  # drawn weights:",
        "for part, layer in ((first.weight.T, first), (first.bias, first), (second.weight, second), "
        "(second.bias, second)):",
        "    part.data.copy_(torch.tensor(drawing.random(tuple(part.shape), np.float32) * 2 - 1) "
        "* layer.in_features**-0.5)",
        *_optimiser(spec),
        "dense = lambda cells: torch.from_numpy(cells.toarray().astype(np.float32))",
        f"wanted, shuffling = torch.tensor(labels).long(), {shuffling}",
        *chosen,
        f"for epoch in range({spec.epochs}):",
        *["    running = []"] * watched,
        f"    for {loop}:",
        *(f"        {line}" for line in _drop(spec, "number", seed)),
        *(f"        {line}" for line in learned),
        *(f"        {line}" for line in steps[:-1]),
        f"        {steps[-1]}, network.zero_grad()",
        *(line.replace("{judged}", judged) for line in _ENDS[end] if line.startswith(" ")),
        *([f"    losses.append(float(entropy({_LOGITS}, wanted[validation])))"] if spec.patience else []),
        *_ending(spec, "losses"),
        *(line for line in _ENDS[end] if not line.startswith(" ")),
    ]
    if spec.patience:
        lines.insert(0, "losses = []")
    more_imports = {"best": ["import copy"], "figures": ["import pandas as pd"]}.get(end, [])
    return Piece("", "\n".join(lines), (_NP, "import torch", *more_imports))


def short_confusion_piece(predictions: str, shares: str = "") -> Piece:
    """`confusion` in pandas alone; `shares` of each row (`index`) or of each column (`columns`)."""
    normalised = f', normalize="{shares}"' if shares else ""
    code = (
        f"kinds = [pd.Categorical.from_codes(codes, classes) for codes in (labels[validation], {predictions})]\n"
        f"print(confusion := pd.crosstab(*kinds, dropna=False{normalised}))  # rows are true classes"
    )
    return Piece("", code, ("import pandas as pd",))


def confusion_piece(predictions: str) -> Piece:
    """`confusion`: rows are true classes, columns are predictions."""
    matrix = f"confusion_matrix(labels[validation], {predictions}, labels=range(len(classes)))"
    code = f"confusion = pd.DataFrame({matrix}, classes, classes)"
    return Piece("", code, ("from sklearn.metrics import confusion_matrix", "import pandas as pd"))


def baseline_pieces(recipe: Recipe) -> tuple[Piece, ...]:
    """The constant guess, naive Bayes and logistic regression."""
    on_counts = (BAYES_ON_COUNTS,) if recipe.weighting.option.real else ()
    return GUESS, BAYES, *on_counts, LOGISTIC


def _keeping(spec: NetworkSpec) -> list[str]:
    """Lines that leave the network with the weights of the epoch that is kept."""
    if spec.keep == "last":
        return []
    return [
        "    if epochs[-1][2] < min((losses[2] for losses in epochs[:-1]), default=math.inf):",
        "        best = deepcopy(network.state_dict())  # the lowest validation loss so far",
    ]


def _loading(spec: NetworkSpec) -> list[str]:
    return [] if spec.keep == "last" else ["network.load_state_dict(best)"]


def _ending(spec: NetworkSpec, losses: str) -> list[str]:
    """Lines that end the training after `patience` epochs without a lower validation loss."""
    return [f"    if epoch - np.argmin({losses}) >= {spec.patience}: break"] if spec.patience else []


def _drop(spec: NetworkSpec, batch: str, seed: str = "") -> list[str]:
    """Lines that leave `cells` without the dropped ones, and draw `factors` of the hidden units."""
    if not (spec.word_dropout or spec.hidden_dropout):
        return []
    seed = f"np.random.SeedSequence({seed or spec.network_seed}, spawn_key=(2, epoch + 1, {batch}))"
    lines = [f"drop_words, drop_units = map(np.random.default_rng, {seed}.spawn(2))"]
    lines.append("cells = train_cells[batch].astype(np.float32)")
    if spec.word_dropout:
        stays = f"drop_words.random(cells.nnz, np.float32) >= {spec.word_dropout}"
        lines.append(f"cells.data *= ({stays}) * np.float32({1 / (1 - spec.word_dropout)!r})")
    if spec.hidden_dropout:
        stays = f"drop_units.random((len(batch), hidden), np.float32) >= {spec.hidden_dropout}"
        lines.append(f"factors = torch.from_numpy(({stays}) * np.float32({1 / (1 - spec.hidden_dropout)!r}))")
    return lines


def _logits(spec: NetworkSpec) -> str:
    """The network's answer to a batch while it learns."""
    if spec.hidden_dropout:
        return "network[2](network[:2](dense(cells)) * factors)"
    return "network(dense(cells))" if spec.word_dropout else "network(dense(train_cells[batch]))"


def _optimiser(spec: NetworkSpec) -> list[str]:
    rate = f"lr={spec.learning_rate!r}"
    if spec.optimiser != "adam-lazy":
        name = OPTIMISER_OPTIONS[spec.optimiser].torch
        return [f"optimiser = torch.optim.{name}(network.parameters(), {rate})"]
    return [
        "words = nn.Parameter(network[0].weight.detach().T.contiguous())",
        f"lazy = torch.optim.SparseAdam([words], {rate})  # a row for each term",
        f"optimiser = torch.optim.Adam([network[0].bias, *network[2].parameters()], {rate})",
    ]


def _step(lazy: bool) -> list[str]:
    if not lazy:
        return ["optimiser.step()"]
    return [
        "used = torch.from_numpy(np.unique(train_cells[batch].indices)).long()  # only these terms move",
        "moved = network[0].weight.grad.T[used]",
        "words.grad = torch.sparse_coo_tensor(used[None], moved, words.shape, check_invariants=True)",
        "lazy.step(), optimiser.step(), network[0].weight.data.copy_(words.data.T)",
    ]
