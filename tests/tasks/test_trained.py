"""Results of trainings as this version and the previous one wrote them, and their checkpoints."""

import json

from bowcore.learn.network.events import EpochDone
from bowcore.store.home import training_folder
from bowcore.tasks.trained import Trained, has_checkpoint

EPOCH = EpochDone(1, 2, 0.5, 0.5, 0.75, 0.25, 0.875, 120, 0.5, 0.75, 1.5, 0.25)


def test_a_result_is_read_as_it_was_written() -> None:
    trained = Trained(
        artefact="network-1",
        weights_digest="ab",
        epochs=(EPOCH,),
        kept_epoch=1,
        best_epoch=1,
        validation_accuracy=0.75,
        confusion=((3, 1), (0, 4)),
        class_names=("a", "b"),
        baselines={"majority": 0.5},
        baseline_notes={"majority": "The largest class."},
        n_train=120,
        n_validation=8,
        n_terms=30,
        corpus_digest="cd",
        seconds=2.5,
    )
    assert Trained.from_json(json.loads(json.dumps(trained.to_json()))) == trained


def test_an_empty_result_of_the_previous_version_is_read() -> None:
    assert Trained.from_json({"epochs": [], "stopped": True}) == Trained(stopped=True)
    assert Trained.from_json({}) == Trained()


def test_a_result_without_the_later_fields_has_their_defaults() -> None:
    read = Trained.from_json({"artefact": "network-1", "epochs": [vars_of(EPOCH)], "validation_accuracy": 0.75})
    assert (read.epochs, read.validation_accuracy, read.baselines, read.baseline_notes) == ((EPOCH,), 0.75, {}, {})


def vars_of(epoch: EpochDone) -> dict[str, object]:
    """The fields of an epoch, and one that a later version may add."""
    return {**json.loads(epoch.to_json()), "later": 1}


def test_a_training_can_be_resumed_if_its_checkpoint_exists() -> None:
    assert not has_checkpoint("a")
    training_folder("a").mkdir(parents=True)
    (training_folder("a") / "checkpoint.npz").write_bytes(b"weights")
    assert (has_checkpoint("a"), has_checkpoint("b")) == (True, False)
