"""What is due of the demo market's orders and not simply paid: a milestone that its buyer disputes, and one that a financier is
to advance."""

from datetime import timedelta
from uuid import UUID

from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.demo.seed.payments import due_of, seller_of
from app.demo.seed.story import Step, Story
from app.finance.disputes.schemas import DisputeIn, ProposalIn
from app.finance.disputes.states import Reason, Side
from app.finance.disputes.usecases.open_dispute import open_dispute
from app.finance.disputes.usecases.propose import propose
from app.finance.disputes.usecases.speak import speak
from app.finance.disputes.usecases.steps import Author, Words
from app.finance.financing import queries as financing
from app.finance.financing.schemas import FinancingOfferIn, FinancingQuoteIn
from app.finance.financing.usecases.accept import accept
from app.finance.financing.usecases.offer import offer
from app.finance.financing.usecases.quote import quote

FINANCIER = "harbour-line-logistics"
DISPUTED_DAYS_AGO, ANSWERED_DAYS_AGO, OFFERED_DAYS_AGO, ASSIGNED_DAYS_AGO = 6, 4, 3, 1
OFFERED_BACK = 20
"""A twentieth."""
COMPLAINT = "Two bores of the first parts are 0.08 mm out of tolerance; the report measures them at another place."
REPLY = "We have measured again at your place and see the same. The inserts are being reground; new parts follow."


class Claims:
    """A dispute, and an advance that is agreed and not yet paid."""

    def __init__(self, told: History, cast: Cast, stories: list[Story]) -> None:
        self._told, self._cast = told, cast
        self._stories = [one for one in stories if one.seed.awarded_quote is not None]
        self._disputed: tuple[Story, UUID, int] | None = None
        self._offer: tuple[str, UUID] | None = None

    def steps(self) -> list[Step]:
        """Each at its own moment."""
        today = self._told.today
        return [
            (today - timedelta(days=DISPUTED_DAYS_AGO), self._dispute),
            (today - timedelta(days=ANSWERED_DAYS_AGO), self._answer),
            (today - timedelta(days=OFFERED_DAYS_AGO), self._offer_for_financing),
            (today - timedelta(days=ASSIGNED_DAYS_AGO), self._assign),
        ]

    async def _due(self) -> tuple[Story, UUID]:
        for story in reversed(self._stories):
            due = await due_of(self._told, self._cast, story)
            if due is not None:
                return story, due
        raise LookupError("no order of the demo market has a milestone that is due")

    async def _dispute(self) -> None:
        """A purchaser disputes what is due; the money waits until both agree."""
        story, milestone_id = await self._due()
        session = await self._told.let(story.author)
        form = DisputeIn(reason=Reason.DIMENSION, text=COMPLAINT, locale="en")
        row = await open_dispute(session, story.author, milestone_id, form, now=self._told.now)
        self._disputed = story, row.id, row.disputed_minor

    async def _answer(self) -> None:
        """The supplier admits it, and proposes to give some of the money back for the delay."""
        assert self._disputed is not None
        story, dispute_id, disputed_minor = self._disputed
        supplier = self._cast.speakers[seller_of(story)]
        session = await self._told.let(supplier)
        words = Words(REPLY, "en", ())
        author = Author(supplier, Side.SUPPLIER)
        await speak(session, author, dispute_id, words, now=self._told.now)
        back = disputed_minor // OFFERED_BACK
        split = ProposalIn(release_minor=disputed_minor - back, refund_minor=back)
        await propose(session, author, dispute_id, split, now=self._told.now)

    async def _offer_for_financing(self) -> None:
        """A supplier does not want to wait for another buyer's money."""
        story, milestone_id = await self._due()
        supplier = self._cast.speakers[seller_of(story)]
        session = await self._told.let(supplier)
        chosen = [self._cast.organization_ids[FINANCIER]]
        form = FinancingOfferIn(milestone_id=milestone_id, financier_ids=chosen)
        row = await offer(session, supplier, form, now=self._told.now)
        self._offer = seller_of(story), row.id

    async def _assign(self) -> None:
        """The financier quotes, the supplier accepts; the advance is awaited."""
        assert self._offer is not None
        seller, offer_id = self._offer
        financier, supplier = self._cast.speakers[FINANCIER], self._cast.speakers[seller]
        session = await self._told.let(financier)
        seen = await financing.offer(session, offer_id)
        assert seen is not None
        form = FinancingQuoteIn(rate_bp=620, advance_bp=9_000, recourse=True)
        quoted = await quote(session, financier, seen, form, now=self._told.now)
        session = await self._told.let(supplier)
        await accept(session, supplier, quoted, now=self._told.now)
