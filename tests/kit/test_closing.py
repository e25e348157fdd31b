"""A process that is asked to end knows it before its server does, and the server is told all the same."""

import signal

import pytest

from app.kit import closing


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_asked_to_end_is_noted_and_passed_on(number: signal.Signals) -> None:
    heard: list[int] = []
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        signal.signal(number, lambda got, _: heard.append(got))
        closing.listen()
        assert not closing.is_asked()
        signal.raise_signal(number)
        assert (closing.is_asked(), heard) == (True, [number])
    finally:
        closing._asked.clear()
        for one, handler in before.items():
            signal.signal(one, handler)
