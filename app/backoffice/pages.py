"""The two pages that are not tables: what waits for the operator, and whether the audit chain holds."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from babel.dates import format_datetime, get_timezone
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.flash import flash
from starlette_admin.routing import route
from starlette_admin.views import CustomView

from app.backoffice import queries
from app.backoffice.desk import as_operator, house_of
from app.backoffice.speech import lazy
from app.backoffice.usecases.record_verification import record_verification
from app.kit.audit import oldest_unchained
from app.kit.locales import N_, cldr, translate
from app.kit.verify import verify_all


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pile of work."""

    label: str
    key: str
    condition: str


PILES = (
    Waiting(N_("Organizations without a badge"), "organizations", "verified_at IS NULL"),
    Waiting(N_("Failed jobs"), "procrastinate_jobs", "status = 'failed'"),
    Waiting(N_("Failed mails"), "mails", "state = 'failed'"),
    Waiting(N_("Dead webhook deliveries"), "webhook_deliveries", "state = 'dead'"),
)


class Overview(CustomView):
    """The first page."""

    menu_label = lazy(N_("Overview"))
    icon = "fa fa-house"
    path = "/"
    route_name = "index"

    @route("")
    async def index(self, request: Request) -> Response:
        """What waits."""
        session = request.state.session
        waiting = [
            {
                "label": translate(pile.label),
                "key": pile.key,
                "count": await queries.count_where(session, pile.key, pile.condition),
            }
            for pile in PILES
        ]
        return _page(self, request, "backoffice/overview.html", {"waiting_list": waiting})


class ChainPage(CustomView):
    """Heads of the audit chains, and the last verification."""

    menu_label = lazy(N_("Verification"))
    icon = "fa fa-link"
    path = "/verification"
    route_name = "verification"

    @route("")
    async def index(self, request: Request) -> Response:
        """The page."""
        session = request.state.session
        last = await queries.last_verification(session)
        oldest = await oldest_unchained(session)
        outside = N_("Every audit entry stands in its chain.")
        if oldest is not None:
            outside = N_("The oldest audit entry outside its chain is of {moment}; the worker appends once a minute.")
        context = {
            "heads": await queries.chain_heads(session),
            "last": last and {"verdict": _verdict(last.holds), "moment": _moment(request, last.moment), "checks": last.checks},
            "outside": translate(outside, moment=_moment(request, oldest) if oldest else ""),
            "words": {
                "last": translate(N_("Last verification")),
                "never": translate(N_("Nobody has run a verification from here yet.")),
                "verify": translate(N_("Verify now")),
                "check": translate(N_("Check")),
                "looked_at": translate(N_("Rows looked at")),
                "broken": translate(N_("Broken")),
                "organization": translate(N_("Organization")),
                "position": translate(N_("Position")),
                "head": translate(N_("Head of the chain")),
            },
        }  # fmt: skip
        return _page(self, request, "backoffice/chain.html", context)

    @route("/verify", methods=["POST"], name="verify")
    async def verify(self, request: Request) -> Response:
        """Recompute everything under the `auditor` role, then keep what was found."""
        findings = await verify_all(house_of(request).state.database)
        holds = await as_operator(request, lambda session, actor, now: record_verification(session, actor, findings))
        flash(request, _verdict(holds), "success" if holds else "error")
        return RedirectResponse(str(request.url_for("backoffice:verification")), status_code=303)


def _verdict(holds: bool) -> str:
    return translate(
        N_("Everything holds.") if holds else N_("Something is broken. Run “partingline verify” to see what.")
    )


def _moment(request: Request, moment: Any) -> str:
    zone = get_timezone(request.state.actor.time_zone)
    return format_datetime(moment + timedelta(0), tzinfo=zone, locale=cldr(request.state.locale))


def _page(view: CustomView, request: Request, template: str, context: dict[str, Any]) -> Response:
    assert view._admin is not None
    return view._admin._template_response(request, template, {"title": view.title(request), **context})
