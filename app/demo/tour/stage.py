"""What the acts of the tour share: the people, what has come to be so far, and how long the time for quotes runs."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.demo.market.files import read_yaml
from app.demo.tour.narrator import Narrator
from app.demo.tour.visitors import Answer, Visitor, pauses

PURCHASER = "katrin.behrens@nordlicht-sensorik.example"
APPROVER = "joern.hallmann@nordlicht-sensorik.example"
CHINESE = "wei@hengfeng-mould.example"
SPANISH = "montse@moldes-llobregat.example"
JAPANESE = "masaru@owari-press-kanagata.example"
BUYER_OWNER = APPROVER
FINANCIER = OCEAN_CARRIER = "weiling.tan@harbour-line-logistics.example"
HAULIER = "thies.petersen@hansekontor-spedition.example"
OUTSIDER = "salma.aldosari@oasis-packaging.example"
OUTSIDERS_CHIEF = "fahad.alqahtani@oasis-packaging.example"
OPERATOR = "marieke.hoekstra@partingline.example"
LATECOMER = "rui@moldes-pinhal-do-rei.example"
QUOTING = (CHINESE, SPANISH, JAPANESE)

FAR = datetime.max.replace(tzinfo=UTC)
POLL_S = 0.3
PATIENCE_S = 90.0
# In how much of the time for quotes a restart of the API must still fit, before somebody quotes.
MARGIN = 0.6


@lru_cache(maxsize=1)
def texts() -> dict[str, Any]:
    """What the people of the tour write, in their languages, with glosses."""
    read: dict[str, Any] = read_yaml(Path(__file__).with_name("texts.yaml"))
    return read


class Halt(RuntimeError):
    """Nothing that follows makes sense any more; the check that failed has been told."""


@dataclass
class Stage:
    """The state of one tour."""

    base_url: str
    narrator: Narrator
    open_for_s: float
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    inquiry_id: str = ""
    number: str = ""
    line_id: str = ""
    order_id: str = ""
    approval_id: str = ""
    closes_at: datetime = FAR
    form: Answer = field(default_factory=dict)
    own_labels: dict[str, str] = field(default_factory=dict)
    quote_ids: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    milestones: dict[str, str] = field(default_factory=dict)
    """Those of the mould's payment schedule: ids by code."""
    second: Answer = field(default_factory=dict)
    """The other order's schedule."""
    earned: dict[str, int] = field(default_factory=dict)
    """What the house should have earned by commission, by currency."""
    keeps: Answer = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    reservation_id: str = ""
    wave: Answer = field(default_factory=dict)
    case: Answer = field(default_factory=dict)
    shipment_id: str = ""
    bookings: dict[str, str] = field(default_factory=dict)
    machines: dict[str, Visitor] = field(default_factory=dict)
    sailed_at: datetime = FAR
    things: set[str] = field(default_factory=set)
    """What else people are told of."""
    receives: Answer = field(default_factory=dict)
    arrival: Answer = field(default_factory=dict)
    receipt: Answer = field(default_factory=dict)
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, email: str) -> Visitor:
        """Somebody, signed in when he first acts."""
        if email not in self._visitors:
            self._visitors[email] = Visitor(self.base_url, email)
        return self._visitors[email]

    def close(self) -> None:
        """Close all connections."""
        for visitor in (*self._visitors.values(), *self.machines.values()):
            visitor.close()

    def must(self, text: str, holds: bool, otherwise: str = "") -> None:
        """A check without which the tour cannot go on."""
        if not self.narrator.check(text, holds, otherwise):
            raise Halt(text)

    def poll(self, look: Callable[[], Answer], until: Callable[[Answer], bool]) -> Answer:
        """Look again and again until something is so; what was seen last, also when patience ran out."""
        deadline, waits = time.monotonic() + PATIENCE_S, pauses()
        while not until(seen := look()) and time.monotonic() < deadline:
            time.sleep(next(waits))
        return seen

    def leave_time(self) -> None:
        """Let the purchaser give more time when what is left might not do, such as after a restart."""
        left = (self.closes_at - datetime.now(UTC)).total_seconds()
        if left > self.open_for_s * MARGIN:
            return
        later = datetime.now(UTC) + timedelta(seconds=self.open_for_s)
        answer = self.visitor(PURCHASER).post(
            f"/v1/inquiries/{self.inquiry_id}/extension", {"closes_at": later.isoformat()}
        )
        if answer.is_success:
            self.closes_at = datetime.fromisoformat(answer.json()["closes_at"])
            self.narrator.notes(f"The purchaser gives {self.open_for_s:.0f} more seconds.")


@contextmanager
def stage(base_url: str, narrator: Narrator, open_for_s: float) -> Iterator[Stage]:
    """A stage whose connections are closed afterwards."""
    opened = Stage(base_url, narrator, open_for_s)
    try:
        yield opened
    finally:
        opened.close()
