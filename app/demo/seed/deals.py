"""What became of the awarded inquiries: the order, its acknowledgement, and the milestones that are due by today."""

from datetime import timedelta
from uuid import UUID

from app.demo.market.seeds import SupplierSeed
from app.demo.seed.story import Step, Story
from app.kit.actor import Actor
from app.procurement.order_rules import waits_for
from app.procurement.order_states import MilestoneState
from app.procurement.queries import orders as queries
from app.procurement.schemas.orders import AcceptanceIn, AcknowledgementIn, AwardedQuoteIn, AwardIn, EvidenceIn
from app.procurement.usecases.answer_order import acknowledge_order
from app.procurement.usecases.award_inquiry import award_inquiry
from app.procurement.usecases.decide_milestone import accept_milestone
from app.procurement.usecases.submit_evidence import submit_evidence

# Orders that their suppliers have not answered yet.
UNANSWERED = frozenset({"liying-mould-plate"})


class Deal:
    """The order that an inquiry led to, if it led to one."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._order_id: UUID | None = None

    @property
    def _awarded(self) -> int:
        assert self._story.seed.awarded_quote is not None
        return self._story.seed.awarded_quote

    @property
    def _seller(self) -> Actor:
        supplier: SupplierSeed = self._story.suppliers[self._awarded]
        return self._story.cast.speakers[supplier.code]

    @property
    def _order(self) -> UUID:
        assert self._order_id is not None
        return self._order_id

    def steps(self) -> list[Step]:
        """Award, acknowledgement, and a look at the milestones every week; nothing for an inquiry without an award."""
        story = self._story
        if story.seed.awarded_quote is None:
            return []
        awarded_at = story.closes_at + timedelta(days=2)
        steps: list[Step] = [(awarded_at, self.award)]
        if story.seed.code in UNANSWERED:
            return steps
        steps.append((awarded_at + timedelta(days=1), self.acknowledge))
        weekly = [awarded_at + timedelta(days=7 * week, hours=3) for week in range(2, 20)]
        return steps + [(moment, self.progress) for moment in weekly if moment < story.told.today]

    async def award(self) -> None:
        """The purchaser awards the whole inquiry."""
        story = self._story
        form = AwardIn(quotes=[AwardedQuoteIn(quote_id=story.quote_ids[self._awarded])], close_rest=True)
        session = await story.told.let(story.author)
        award = await award_inquiry(session, story.author, story.id, form, now=story.told.now)
        self._order_id = (await queries.orders_of_awards(session, [award.id]))[0].id

    async def acknowledge(self) -> None:
        """The supplier takes the order."""
        told = self._story.told
        session = await told.let(self._seller)
        order = await queries.lock_order(session, self._order)
        assert order is not None
        delivery = told.now.date() + timedelta(days=order.lead_time_days)
        form = AcknowledgementIn(confirmed_delivery_on=delivery)
        await acknowledge_order(session, self._seller, order.id, form, now=told.now)

    async def progress(self) -> None:
        """What is due and waits for nothing else is shown by the supplier and accepted by the buyer."""
        told, author = self._story.told, self._story.author
        everything = await queries.milestones(await told.let(self._seller), self._order)
        for milestone in everything:
            late = milestone.due_on is None or milestone.due_on > told.now.date()
            if late or milestone.state != MilestoneState.PLANNED or waits_for(milestone, everything):
                continue
            names = [name for name in self._story.seed.attachments if name.endswith(".pdf")][:1]
            documents = await self._story.attachments.upload(told, self._seller, names)
            session = await told.let(self._seller)
            await submit_evidence(
                session, self._seller, self._order, milestone.id, EvidenceIn(document_ids=documents), now=told.now
            )
            session = await told.let(author)
            await accept_milestone(session, author, self._order, milestone.id, AcceptanceIn(), now=told.now)
