"""Questions on an inquiry, and their answers."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from starlette.status import HTTP_201_CREATED

from app.kit.clock import Now
from app.kit.db.session import Session
from app.kit.errors import Invalid
from app.kit.idempotency import IdempotencyGuard
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import ONCE, READ, problems
from app.kit.routing import house_router
from app.procurement.errors import AlreadyAnswered, InquiryClosed
from app.procurement.guards import AtInquiry, at_inquiry
from app.procurement.queries import inquiries as queries
from app.procurement.routes.inquiries import WRITE, OwnInquiry
from app.procurement.routes.invitations import InvitedSupplier
from app.procurement.schemas.inquiries import AnswerIn, QuestionIn, QuestionOut
from app.procurement.usecases.answer_question import answer_question, ask_question
from app.procurement.views.questions import question_out, questions_out

router = house_router(tags=["inquiries"])


@router.get("/inquiries/{inquiry_id}/questions", responses=problems(*READ, Invalid))
async def list_questions(
    at: Annotated[AtInquiry, Depends(at_inquiry)],
    session: Session,
    page: Paging,
    request: Request,
    response: Response,
) -> Page[QuestionOut]:
    """What was asked, oldest first. Suppliers see their own questions and all answers, without other names."""
    statement = queries.question_ids(at.inquiry.id)
    ids, cursor = await fetch_page(session, statement, page, keys=[statement.selected_columns[0]])
    link_next(request, response, cursor)
    return Page(items=await questions_out(session, at.actor, at.inquiry, ids), next_cursor=cursor)


@router.post(
    "/inquiries/{inquiry_id}/questions",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryClosed),
)
async def post_question(at: InvitedSupplier, form: QuestionIn, session: Session, now: Now) -> QuestionOut:
    """Ask the buyer something before the closing time."""
    question = await ask_question(session, at.actor, at.inquiry.id, form, now=now)
    return await question_out(session, at.actor, at.inquiry, question.id)


@router.post(
    "/inquiries/{inquiry_id}/questions/{question_id}/answer",
    status_code=HTTP_201_CREATED,
    dependencies=[IdempotencyGuard],
    responses=problems(*WRITE, *ONCE, Invalid, InquiryClosed, AlreadyAnswered),
)
async def post_answer(at: OwnInquiry, question_id: UUID, form: AnswerIn, session: Session, now: Now) -> QuestionOut:
    """Answer for every invited supplier. Nobody but you learns who asked."""
    await answer_question(session, at.actor, at.inquiry.id, question_id, form, now=now)
    return await question_out(session, at.actor, at.inquiry, question_id)
