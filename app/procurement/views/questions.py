"""Questions and answers as their readers see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.actor import Actor
from app.kit.locales import current_locale
from app.language import facade as language
from app.parties import facade as parties
from app.procurement.models import Inquiry, InquiryAnswer, InquiryQuestion
from app.procurement.queries import inquiries as queries
from app.procurement.schemas.inquiries import QuestionOut
from app.procurement.usecases.answer_question import ANSWER, QUESTION
from app.procurement.views import common


async def question_out(session: AsyncSession, actor: Actor, inquiry: Inquiry, question_id: UUID) -> QuestionOut:
    """One question as `questions_out` shows it."""
    return (await questions_out(session, actor, inquiry, [question_id]))[0]


async def questions_out(
    session: AsyncSession, actor: Actor, inquiry: Inquiry, ids: Sequence[UUID]
) -> list[QuestionOut]:
    """For the buyer everything; for a supplier his own questions, and the answered ones of unnamed others."""
    asked = (await session.scalars(queries.questions_of(inquiry.id).where(InquiryQuestion.id.in_(ids)))).all()
    answered = (await session.scalars(queries.answers_of(inquiry.id).where(InquiryAnswer.question_id.in_(ids)))).all()
    answers = {row.question_id: row for row in answered}
    questions = {row.id: row for row in asked}
    entities = [(kind, question_id) for question_id in ids for kind in (QUESTION, ANSWER)]
    shown = await language.shown_texts(session, entities, current_locale())
    is_buyer = inquiry.buyer_id == actor.organization_id
    firms = await parties.organizations(session, [row.supplier_id for row in asked]) if is_buyer else {}

    def one(question_id: UUID) -> QuestionOut:
        question, answer = questions.get(question_id), answers.get(question_id)
        if question is not None:
            text = common.written(question.question, question.locale, shown.get((QUESTION, question_id, "text")))
        else:
            assert answer is not None
            text = common.written(answer.question, answer.question_locale, shown.get((ANSWER, question_id, "question")))
        return QuestionOut(
            id=question_id,
            question=text,
            asked_at=question.asked_at if question else None,
            mine=bool(question and question.supplier_id == actor.organization_id),
            supplier=common.firm(firms, question.supplier_id) if question and is_buyer else None,
            answer=common.written(answer.answer, answer.locale, shown.get((ANSWER, question_id, "text")))
            if answer
            else None,
            answered_at=answer.answered_at if answer else None,
        )

    return [one(question_id) for question_id in ids]
