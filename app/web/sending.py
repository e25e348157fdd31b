"""Forms with files: they arrive, and the files go into the store, before the request's transaction begins."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from app.documents import facade as documents
from app.kit.actor import Permission
from app.kit.db.engine import Database, Role
from app.kit.errors import Problem
from app.kit.idempotency import check_key, open_intent
from app.web import sent
from app.web.errors import SignInNeeded
from app.web.visit import Member, visit

MOST_FILES = 10
SAID_ON_THE_PAGE = (*sent.SAID_ON_THE_PAGE, 413, 415)
"""Refusals that are shown above the form that they refuse: files may be too large, or of the wrong kind."""
_CHUNK = 1 << 16
_NOT_SAID = ("key", "form_token")


async def member_alone(request: Request) -> Member:
    """Who is signed in, found in a short transaction of its own: for files, which come and go at their own pace."""
    database: Database = request.app.state.database
    async with database.transaction(Role.APP, readonly=True) as session:
        found = await visit(request, session)
    if found.actor is None:
        raise SignInNeeded()
    return Member(found, found.actor)


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form as it came. `refusal` is what is wrong with a file, to be said above the form."""

    request: Request
    form: FormData
    files: list[documents.Received] = field(default_factory=list)
    refusal: Problem | None = None

    async def act_once(self, member: Member, session: AsyncSession) -> None:
        """Begin what the form's key stands for: sent twice, it acts once."""
        key = str(self.form.get("key") or "")
        check_key(key)
        said = [
            f"{name}={value}"
            for name, value in self.form.multi_items()
            if isinstance(value, str) and name not in _NOT_SAID
        ]
        told = "\n".join([*sorted(said), *(f"{one.filename} {one.stored.sha256}" for one in self.files)])
        await open_intent(self.request, member.actor, session, key, told.encode(errors="replace"))

    async def keep(self, member: Member, session: AsyncSession) -> list[UUID]:
        """Make the files documents of the sender's organization, those that it has already left as they are."""
        quota = member.visit.settings.document_quota_bytes
        return [await documents.keep_fetched(session, member.actor, one, default_quota=quota) for one in self.files]

    def refused(self, refusal: Problem) -> Problem:
        """A refusal that is shown on the page: the form may be sent again under its key. Others go on as they are."""
        return sent.refused(self.request, refusal, SAID_ON_THE_PAGE)


async def sent_form(request: Request) -> SentForm:
    """Authenticate, check that the form is this browser's, and put its files into the store."""
    member = await member_alone(request)
    form = await request.form(max_files=MOST_FILES)
    member.visit.check_form(form)
    given = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    files: list[documents.Received] = []
    try:
        if given:
            member.actor.require(Permission.UPLOAD)
        for one in given:
            files.append(await documents.receive(request, one.filename or "", one.content_type, _chunks(one)))
    except Problem as refusal:
        return SentForm(request, form, refusal=refusal)
    return SentForm(request, form, files)


async def _chunks(sent: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await sent.read(_CHUNK):
        yield chunk


MemberAlone = Annotated[Member, Depends(member_alone)]
AnySentForm = Annotated[SentForm, Depends(sent_form)]
