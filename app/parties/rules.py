"""What roles allow, and when a certificate's holder is warned. Pure."""

from collections.abc import Iterable
from datetime import date

from app.kit.actor import Permission as P
from app.parties.states import MemberRole as M
from app.parties.states import OrganizationRole as O

_EVERYBODY = frozenset({P.READ})

_BY_ROLE: dict[M, frozenset[P]] = {
    M.OWNER: frozenset(P) - {P.OPERATE},
    M.ADMIN: frozenset(P) - {P.OPERATE, P.APPROVE},
    M.PURCHASER: frozenset({P.INQUIRE, P.AWARD, P.ORDER, P.ACCEPT, P.UPLOAD, P.TRANSLATE}),
    M.APPROVER: frozenset({P.APPROVE, P.ACCEPT}),
    M.SALES: frozenset({P.CATALOG_EDIT, P.QUOTE, P.FULFIL, P.INVOICE, P.UPLOAD, P.TRANSLATE}),
    M.WAREHOUSE: frozenset({P.FULFIL, P.STOCK, P.UPLOAD}),
    M.FINANCE: frozenset({P.ORDER, P.INVOICE, P.UPLOAD, P.LEDGER_READ, P.PAYMENTS_MANAGE}),
    M.VIEWER: frozenset(),
}

# A permission that only makes sense for an organization with one of these roles.
_NEEDS: dict[P, frozenset[O]] = {
    P.INQUIRE: frozenset({O.BUYER}),
    P.AWARD: frozenset({O.BUYER}),
    P.ORDER: frozenset({O.BUYER}),
    P.ACCEPT: frozenset({O.BUYER}),
    P.CATALOG_EDIT: frozenset({O.SUPPLIER}),
    P.QUOTE: frozenset({O.SUPPLIER}),
    P.FULFIL: frozenset({O.SUPPLIER, O.LOGISTICS}),
}

WARNING_DAYS = (60, 14)
"""How many days before its end a certificate's holder is told, the earlier warning first."""


def permissions_of(member_roles: Iterable[str], organization_roles: Iterable[str]) -> frozenset[P]:
    """What a member with these roles may do in an organization with those roles.

    Owners and admins of the operator's organization may operate the platform.
    """
    roles = {M(role) for role in member_roles}
    organization = {O(role) for role in organization_roles}
    held = set(_EVERYBODY)
    for role in roles:
        held |= _BY_ROLE[role]
    if O.OPERATOR in organization and roles & {M.OWNER, M.ADMIN}:
        held.add(P.OPERATE)
    return frozenset(p for p in held if p not in _NEEDS or _NEEDS[p] & organization)


def grantable_scopes(organization_roles: Iterable[str]) -> frozenset[P]:
    """What a machine of such an organization may be given: never to approve, to operate, to hand out access, or to say whose
    money is taken and where it goes."""
    return permissions_of([M.OWNER], organization_roles) - {
        P.APPROVE,
        P.OPERATE,
        P.MEMBERS_MANAGE,
        P.API_CLIENTS_MANAGE,
        P.PAYMENTS_MANAGE,
    }


def scope_permissions(granted: Iterable[str], asked: Iterable[str], organization_roles: Iterable[str]) -> frozenset[P]:
    """What a token of a machine allows: the client's scopes, narrowed to those asked for and to what is grantable today."""
    known = {permission.value for permission in P}
    held = {P(scope) for scope in set(granted) & set(asked) if scope in known}
    return frozenset(held) & grantable_scopes(organization_roles)


def may_change_member(
    actor_roles: Iterable[str], before: Iterable[str], after: Iterable[str], *, is_self: bool
) -> bool:
    """Whether someone who manages members may make this change: owners alone make and unmake owners, and nobody but an
    owner changes his own roles."""
    if M.OWNER in set(actor_roles):
        return True
    return M.OWNER not in {*before, *after} and not is_self


def certificate_is_valid(expires_on: date, today: date) -> bool:
    """The last day counts."""
    return expires_on >= today


def warning_due(expires_on: date, today: date, told_days: int | None) -> int | None:
    """Which warning is due: 60 or 14 days before the end, 0 when it is over; None when that was told already.

    Whoever missed the earlier warning (a certificate that was entered late) is given the later one alone.
    """
    left = (expires_on - today).days
    stage = 0 if left < 0 else next((days for days in reversed(WARNING_DAYS) if left <= days), None)
    return stage if stage is not None and (told_days is None or stage < told_days) else None
