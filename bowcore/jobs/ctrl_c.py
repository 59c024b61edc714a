"""The keyboard's interrupt as a question that is asked between batches."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_at_the_end() -> Iterator[Callable[[], bool]]:
    """Hold an interrupt from the keyboard back until the block is done; a second one breaks it off.

    Where somebody else sees to interrupts, as a worker does, they are left to that. Where they are ignored, as in a
    command that a shell started in the background, they stay ignored.

    Yields:
        Whether there was one: the block should soon come to an end that is worth saving.

    Raises:
        KeyboardInterrupt: There was one.
    """
    pressed = threading.Event()

    def press(number: int, frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    in_main = threading.current_thread() is threading.main_thread()  # Python allows signal handlers nowhere else
    held = in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if held:
        signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        if held:
            signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed.is_set():
        raise KeyboardInterrupt
