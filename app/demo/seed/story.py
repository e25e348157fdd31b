"""What is known of one of the demo's inquiries while it is told: those who take part, its moments, what was written."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.demo.inquiries.seeds import InquirySeed
from app.demo.market.seeds import SupplierSeed
from app.demo.seed.cast import Cast
from app.demo.seed.files import Attachments
from app.demo.seed.history import History
from app.kit.actor import Actor

Step = tuple[datetime, Callable[[], Awaitable[None]]]
"""Something that happens, and when."""


@dataclass
class Story:
    """One inquiry on its way from a draft to what became of it."""

    told: History
    cast: Cast
    attachments: Attachments
    seed: InquirySeed
    suppliers: list[SupplierSeed] = field(default_factory=list)
    inquiry_id: UUID | None = None
    quote_ids: dict[int, UUID] = field(default_factory=dict)

    @property
    def author(self) -> Actor:
        """The purchaser."""
        return self.cast.people[self.seed.author_email]

    @property
    def id(self) -> UUID:
        """The inquiry, once it is drafted."""
        assert self.inquiry_id is not None
        return self.inquiry_id

    @property
    def published_at(self) -> datetime:
        """When it was, or is to be, published."""
        return self.told.today - timedelta(days=self.seed.published_days_ago or 1)

    @property
    def closes_at(self) -> datetime:
        """When the time for quotes ends, to the full hour."""
        moment = self.told.today + timedelta(days=self.seed.closes_in_days)
        return moment.replace(minute=0, second=0, microsecond=0)
