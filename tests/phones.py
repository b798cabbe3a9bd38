"""Stands where the provider of text messages and the phones are, and misbehaves when it is told to.

refuse   says no, and nothing arrives
lose     says yes, and nothing arrives
twice    says yes, and the message arrives twice
hang     the message arrives, but the answer does not: the caller gives up
late     says yes; the message arrives when `arrive` is called
"""

from __future__ import annotations

import re
from collections import deque

from shopward.identity.sms import NotSentError

CODE = re.compile(r"#([0-9]{8})\Z")


class Phones:
    """Every phone there is: what arrived, in its order."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []
        self.asked = 0
        self.moods: deque[str] = deque()
        self._under_way: list[tuple[str, str]] = []

    def send(self, number: str, text: str) -> None:
        """As `SmsSender.send`, in the mood that comes next."""
        self.asked += 1
        mood = self.moods.popleft() if self.moods else ""
        if mood == "refuse":
            raise NotSentError
        if mood == "late":
            self._under_way.append((number, text))
        elif mood != "lose":
            self.arrived += [(number, text)] * (2 if mood == "twice" else 1)
        if mood == "hang":
            raise NotSentError

    def arrive(self) -> None:
        """What was under way arrives."""
        self.arrived += self._under_way
        self._under_way.clear()

    @property
    def code(self) -> str:
        """The code of the newest message, from the line that browsers read."""
        found = CODE.search(self.arrived[-1][1])
        assert found is not None, self.arrived[-1][1]
        return found[1]
