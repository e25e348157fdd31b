"""What the scenes of pooled purchasing share: the campaign, who takes part in it, and how long it is open."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from app.demo.tour.stage import FAR, MARGIN, Stage, texts
from app.demo.tour.visitors import Answer, Visitor

OPEN_SHARE, SHORTER_S = 0.5, 15.0
"""A campaign is open for half the time that an inquiry is, or so much shorter if that is more: who takes part is signed in before
it opens, and a restart of the API takes its time."""

AT_ONCE = 6
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Pool:
    """A campaign as the tour knows it."""

    id: str
    number: str
    item_id: str
    seed_sha256: str
    open_for_s: float
    closes_at: datetime = FAR
    commitments: dict[str, str] = field(default_factory=dict)
    """Ids by the address of who made them."""

    @property
    def path(self) -> str:
        """Where it is read."""
        return f"/v1/campaigns/{self.id}"


def members() -> list[Answer]:
    """The fourteen shops: who, how much, to where, at no more than what; the first leads."""
    return list(texts()["pool"]["members"])


def offers() -> list[Answer]:
    """The two suppliers, with what they offer."""
    return list(texts()["pool"]["offers"])


def lead(stage: Stage) -> Visitor:
    """Who leads the campaign."""
    return stage.visitor(members()[0]["email"])


def people(stage: Stage) -> list[Visitor]:
    """All members, then the suppliers."""
    return [stage.visitor(one["email"]) for one in (*members(), *offers())]


def together(act: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Let several people do something at once, as they do; what came of it, in their order."""
    with ThreadPoolExecutor(AT_ONCE) as several:
        return list(several.map(act, items))


def open_for_s(stage: Stage) -> float:
    """How long the campaign is open."""
    return max(stage.open_for_s * OPEN_SHARE, stage.open_for_s - SHORTER_S)


def closing(pool: Pool) -> str:
    """The next moment of a freeze."""
    return (datetime.now(UTC) + timedelta(seconds=pool.open_for_s)).isoformat()


def leave_time(stage: Stage, pool: Pool) -> None:
    """Let the lead give more time when what is left might not do, such as after a restart."""
    if (pool.closes_at - datetime.now(UTC)).total_seconds() > pool.open_for_s * MARGIN:
        return
    answer = lead(stage).post(f"{pool.path}/extension", {"closes_at": closing(pool)})
    if answer.is_success:
        pool.closes_at = datetime.fromisoformat(answer.json()["closes_at"])
        stage.narrator.notes(f"The lead gives {pool.open_for_s:.0f} more seconds.")


def own(stage: Stage, pool: Pool, email: str) -> Answer:
    """A member's commitment, as he reads it."""
    found: Answer = stage.visitor(email).get(f"/v1/commitments/{pool.commitments[email]}").json()
    return found


def notices(stage: Stage, visitor: Visitor, *, language: str | None = None) -> list[Answer]:
    """What somebody has been told during this tour, newest first."""
    headers = {"Accept-Language": language} if language else {}
    page = visitor.get("/v1/notifications", params={"limit": 100}, headers=headers).json()
    return [one for one in page["items"] if datetime.fromisoformat(one["created_at"]) >= stage.began_at]


def of_pool(pool: Pool, told: list[Answer]) -> list[Answer]:
    """Those notices that are about the campaign."""
    return [one for one in told if pool.id in str(one["path"])]


def code(notice: Answer) -> str:
    """A notice's kind, without its room."""
    return str(notice["notice"]).rpartition(".")[2]
