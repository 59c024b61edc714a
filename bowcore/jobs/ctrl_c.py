"""Keyboard interrupts as a flag that is checked between batches."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_at_the_end() -> Iterator[Callable[[], bool]]:
    """Defer a keyboard interrupt until the block is done; a second one aborts it.

    If another handler is installed, as in a worker, interrupts are left to it. If they are ignored, as in a command
    that a shell started in the background, they stay ignored.

    Yields:
        Whether there was one: the block should soon finish with a result worth saving.

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
