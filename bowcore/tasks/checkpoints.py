"""Trainings at rest in their folders, each waiting for somebody to go on with it."""

from __future__ import annotations

from bowcore.learn.network.checkpoint import CHECKPOINT_NAME
from bowcore.store.home import delete_abandoned, home_folder, training_folder

_GIVEN_UP_AFTER = 30 * 86_400.0  # seconds since it was last saved; new code and new articles leave it behind for ever


def saved(key: str) -> bool:
    """Whether a training with this result key was saved on its way, so that it can go on from there."""
    return (training_folder(key) / CHECKPOINT_NAME).is_file()


def sweep() -> int:
    """Delete trainings that nobody went on with for a month, gigabytes each, and give how many they were."""
    return delete_abandoned((home_folder() / "training").glob("*/"), _GIVEN_UP_AFTER)
