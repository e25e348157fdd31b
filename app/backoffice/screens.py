"""The tables whose rows can be acted upon. Every action asks for a note, calls a use case, and is audited."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from markupsafe import escape
from starlette.requests import Request
from starlette_admin.actions import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from app.backoffice.desk import as_operator, note_of
from app.backoffice.speech import lazy
from app.backoffice.tables import TableView
from app.backoffice.usecases.forget_person import forget_person
from app.backoffice.usecases.retry_job import retry_job
from app.kit.locales import N_, NN_, translate, translate_plural
from app.messages import facade as messages
from app.parties import facade as parties

_RowAction = Callable[..., Awaitable[None]]


def _note_form(request: Request, row: Any) -> str:
    """A field for the note, which every action asks for."""
    label = escape(translate(N_("Note (why you do this; kept in the audit log)")))
    return (
        f'<form><div class="mt-3"><label class="form-label" for="note">{label}</label>'
        '<textarea class="form-control" id="note" name="note" rows="3" maxlength="2000" required></textarea></div></form>'
    )


def _acts(name: str, text: str, question: str, icon: str) -> Callable[[_RowAction], _RowAction]:
    """A row action with a confirmation and a note."""
    return row_action(
        name=name,
        text=lazy(text),
        confirmation=lazy(question),
        header=lazy(text),
        submit_btn_text=lazy(text),
        icon_class=icon,
        form=_note_form,
        modal_size="md",
    )


def _uuid(pk: object) -> UUID:
    try:
        return UUID(str(pk))
    except ValueError as error:
        raise ActionFailed(translate(N_("There is nothing at this address that you may see."))) from error


class OrganizationsView(TableView):
    """Organizations: give the badge, take it away."""

    row_actions = ("view", "verify", "revoke")

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """The badge is given to those without it, and taken from those with it."""
        if name in ("verify", "revoke") and (obj.verified_at is None) != (name == "verify"):
            return False
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    async def _decide(self, request: Request, pk: Any, *, verified: bool) -> None:
        note, organization_id = await note_of(request), _uuid(pk)
        await as_operator(
            request,
            lambda session, actor, now: parties.decide_verification(
                session, actor, organization_id, verified=verified, note=note, now=now
            ),
        )

    @_acts("verify", N_("Verify"), N_("Verify this organization? Everybody will see its badge."), "fa fa-circle-check")
    async def verify(self, request: Request, pk: Any) -> None:
        """Give the badge."""
        await self._decide(request, pk, verified=True)
        flash(request, translate(N_("The organization is verified.")), "success")

    @_acts("revoke", N_("Revoke verification"), N_("Take the badge away from this organization?"), "fa fa-circle-xmark")
    async def revoke(self, request: Request, pk: Any) -> None:
        """Take the badge away."""
        await self._decide(request, pk, verified=False)
        flash(request, translate(N_("The verification is revoked.")), "success")


class PeopleView(TableView):
    """People: forget one who has left."""

    row_actions = ("view", "forget")

    @_acts(
        "forget",
        N_("Forget"),
        N_("Erase this person's name, address and login, and what the audit log remembers? This cannot be undone."),
        "fa fa-user-slash",
    )
    async def forget(self, request: Request, pk: Any) -> None:
        """Empty a person's own rows and erase the values of the audit entries about him."""
        note, person_id = await note_of(request), _uuid(pk)
        erased = await as_operator(
            request, lambda session, actor, now: forget_person(session, actor, person_id, note=note)
        )
        message = NN_("{count} entry's values were erased.", "The values of {count} entries were erased.")
        flash(request, translate_plural(message, erased), "success")


class JobsView(TableView):
    """Jobs: run a failed one again."""

    row_actions = ("view", "retry")

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Only failed jobs are retried."""
        if name == "retry" and obj.status != "failed":
            return False
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    @_acts("retry", N_("Run again"), N_("Put this failed job back into the queue?"), "fa fa-rotate-right")
    async def retry(self, request: Request, pk: Any) -> None:
        """Put a failed job back into the queue."""
        note, job_id = await note_of(request), str(pk)
        if not (job_id.isdecimal() and len(job_id) < 19):
            raise ActionFailed(translate(N_("There is nothing at this address that you may see.")))
        await as_operator(request, lambda session, actor, now: retry_job(session, actor, int(job_id), note=note))
        flash(request, translate(N_("The job waits in the queue again.")), "success")


class DeliveriesView(TableView):
    """Webhook deliveries: send an ended one again."""

    row_actions = ("view", "replay")

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """A delivery that is under way is left alone."""
        if name == "replay" and obj.state not in ("dead", "delivered"):
            return False
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    @_acts("replay", N_("Send again"), N_("Send this event again, under the same webhook-id?"), "fa fa-paper-plane")
    async def replay(self, request: Request, pk: Any) -> None:
        """Make an ended delivery wait again."""
        note, delivery_id = await note_of(request), _uuid(pk)
        await as_operator(
            request,
            lambda session, actor, now: messages.replay_for_operator(session, actor, delivery_id, note=note, now=now),
        )
        flash(request, translate(N_("The delivery waits to be sent again.")), "success")


class MailsView(TableView):
    """Mails: send a failed one again."""

    row_actions = ("view", "resend")

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Only failed mails are sent again."""
        if name == "resend" and obj.state != "failed":
            return False
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    @_acts("resend", N_("Send again"), N_("Send this mail again, under the same Message-ID?"), "fa fa-paper-plane")
    async def resend(self, request: Request, pk: Any) -> None:
        """Queue a failed mail again."""
        note, mail_id = await note_of(request), _uuid(pk)
        await as_operator(
            request, lambda session, actor, now: messages.resend_for_operator(session, actor, mail_id, note=note)
        )
        flash(request, translate(N_("The mail waits to be sent again.")), "success")


SCREENS: dict[str, type[TableView]] = {
    "organizations": OrganizationsView,
    "mails": MailsView,
    "people": PeopleView,
    "procrastinate_jobs": JobsView,
    "webhook_deliveries": DeliveriesView,
}
"""Tables with actions of their own; all others are only looked at."""
