"""Questions of suppliers, and answers that every invited supplier reads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import NotFound
from app.kit.ids import new_id
from app.kit.outbox import announce
from app.language import facade as language
from app.parties import facade as parties
from app.procurement.errors import AlreadyAnswered, InquiryClosed
from app.procurement.events import QuestionAnswered, QuestionAsked
from app.procurement.models import Inquiry, InquiryAnswer, InquiryQuestion
from app.procurement.queries import inquiries as queries
from app.procurement.rules import accepts_quotes
from app.procurement.schemas.inquiries import AnswerIn, QuestionIn

QUESTION = "inquiry_question"
ANSWER = "inquiry_answer"


async def _hold_open(session: AsyncSession, inquiry_id: UUID, now: datetime) -> Inquiry:
    inquiry = await queries.share_inquiry(session, inquiry_id)
    if inquiry is None:
        raise NotFound()
    if not accepts_quotes(inquiry.state, inquiry.closes_at, now=now):
        raise InquiryClosed(closes_at=inquiry.closes_at)
    return inquiry


async def ask_question(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, form: QuestionIn, *, now: datetime
) -> InquiryQuestion:
    """Ask the buyer. Other suppliers read it with the answer, without the name of who asked."""
    inquiry = await _hold_open(session, inquiry_id, now)
    question = InquiryQuestion(
        id=new_id(),
        inquiry_id=inquiry.id,
        buyer_id=inquiry.buyer_id,
        supplier_id=actor.organization_id,
        locale=form.locale or actor.locale,
        question=form.question,
    )
    session.add(question)
    await session.flush()
    await _keep(session, actor, QUESTION, question.id, question.locale, question.question, [inquiry.buyer_id])
    await audit.record(session, actor, "question.ask", QUESTION, question.id, after={"inquiry": str(inquiry.id)})
    event = QuestionAsked(
        question_id=question.id,
        inquiry_id=inquiry.id,
        buyer_id=inquiry.buyer_id,
        supplier_id=question.supplier_id,
    )
    await announce(session, event, organizations=[inquiry.buyer_id, question.supplier_id])
    return question


async def answer_question(
    session: AsyncSession, actor: Actor, inquiry_id: UUID, question_id: UUID, form: AnswerIn, *, now: datetime
) -> InquiryAnswer:
    """Answer for every invited supplier. An answer stands: suppliers may have reckoned with it."""
    inquiry = await queries.lock_inquiry(session, inquiry_id)
    question = await queries.question(session, inquiry_id, question_id)
    if inquiry is None or question is None:
        raise NotFound()
    if not accepts_quotes(inquiry.state, inquiry.closes_at, now=now):
        raise InquiryClosed(closes_at=inquiry.closes_at)
    if await session.scalar(queries.answers_of(inquiry_id).where(InquiryAnswer.question_id == question_id)):
        raise AlreadyAnswered()
    locale = form.locale or actor.locale
    answer = InquiryAnswer(
        question_id=question.id,
        inquiry_id=inquiry.id,
        buyer_id=inquiry.buyer_id,
        question=form.question or question.question,
        question_locale=locale if form.question else question.locale,
        locale=locale,
        answer=form.answer,
    )
    session.add(answer)
    await session.flush()
    suppliers = [row.supplier_id for row in await queries.invitations(session, inquiry.id)]
    await _keep(session, actor, ANSWER, question.id, locale, answer.answer, suppliers)
    await _keep(
        session, actor, ANSWER, question.id, answer.question_locale, answer.question, suppliers, field="question"
    )
    after = {"inquiry": str(inquiry.id)}
    await audit.record(session, actor, "question.answer", QUESTION, question.id, after=after)
    event = QuestionAnswered(inquiry_id=inquiry.id, buyer_id=inquiry.buyer_id, question_id=question.id)
    await announce(session, event, organizations=[inquiry.buyer_id])
    return answer


async def _keep(
    session: AsyncSession,
    actor: Actor,
    kind: str,
    entity_id: UUID,
    locale: str,
    text: str,
    reader_ids: list[UUID],
    *,
    field: str = "text",
) -> None:
    await language.keep_text(
        session,
        owner_id=actor.organization_id,
        entity=(kind, entity_id),
        field=field,
        locale=locale,
        text=text,
        reader_ids=reader_ids,
    )
    firms = await parties.organizations(session, reader_ids)
    await language.want_translations(
        session, (kind, entity_id), sorted({firm.locale for firm in firms.values()} - {locale})
    )
