import signal
import threading

import pytest

from bowcore.jobs.ctrl_c import interrupt_at_the_end

pytestmark = pytest.mark.usefixtures("keyboard")


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    seen = []
    with pytest.raises(KeyboardInterrupt), interrupt_at_the_end() as pressed:
        seen.append(pressed())
        signal.raise_signal(signal.SIGINT)
        seen.append(pressed())
    assert seen == [False, True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_does_not_wait() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupt_at_the_end():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        reached.append("after it")
    assert reached == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_with_another_handler_is_left_to_it() -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: got.append(number))
    try:
        with interrupt_at_the_end() as pressed:
            signal.raise_signal(signal.SIGINT)
            assert not pressed()
    finally:
        signal.signal(signal.SIGINT, before)
    assert got == [signal.SIGINT]


def test_outside_the_main_thread_interrupts_are_not_handled() -> None:
    found = []

    def block() -> None:
        with interrupt_at_the_end() as pressed:
            found.append((pressed(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert found == [(False, signal.default_int_handler)]


def test_an_interrupt_that_is_ignored_from_the_start_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a command finds it that a shell started in the background
    with interrupt_at_the_end() as pressed:
        signal.raise_signal(signal.SIGINT)
        assert not pressed()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
