"""What the provider knows: its objects, its clock, its events, and refusals as Stripe words them."""

import random
import string
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from app.demo.provider import shapes
from app.demo.provider.cards import METHODS, OWN_CODES, Behaviour
from app.demo.provider.shapes import Object
from app.demo.provider.shelves import Shelf

_SIGNS = string.ascii_letters
Answered = Sequence[Any]
"""What was asked under a key, when, and the answer: status and body."""


class Refused(Exception):
    """An answer that is an error object. `kept`: whether the answer is remembered under the idempotency key."""

    def __init__(self, status: int, kind: str, message: str, *, kept: bool = True, **values: Any) -> None:
        super().__init__(message)
        self.status, self.kept = status, kept
        self.body: Object = {"error": {"type": kind, "message": message, **values}}


def invalid(message: str, **values: Any) -> Refused:
    """A call that cannot be done as it is."""
    return Refused(400, "invalid_request_error", message, **values)


def declined(reason: str, **values: Any) -> Refused:
    """What whoever keeps the money refused."""
    code = reason if reason in OWN_CODES else "card_declined"
    return Refused(402, "card_error", "Your card was declined.", code=code, decline_code=reason, **values)


class World:
    """All objects by id, in the order in which they came. What stands on `shelves` is kept, where there is a file."""

    def __init__(self, chance: random.Random | None = None) -> None:
        """`chance` draws ids: without it they are the same each time, which is for a world that nothing outlives."""
        self.objects: Shelf[Object] = Shelf()
        self.behaviours: Shelf[Behaviour] = Shelf(Behaviour)
        self.due: Shelf[int] = Shelf()
        self.accounts: Shelf[str] = Shelf()
        self.links: Shelf[Object] = Shelf()
        self.keys: Shelf[Answered] = Shelf()
        self.untold: dict[str, None] = {}
        """Events that nobody was told of yet, in the order in which they happened."""
        self.acting: str | None = None
        self.url = ""
        self.ahead_s = 0
        self.search_lag_s = 60
        self._chance = chance or random.Random(11)  # noqa: S311 - nothing secret is drawn by it

    @property
    def shelves(self) -> dict[str, Shelf[Any]]:
        """All that is to be kept, by name."""
        names = ("objects", "behaviours", "due", "accounts", "links", "keys")
        return {name: getattr(self, name) for name in names}

    def now(self) -> int:
        return int(time.time()) + self.ahead_s

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{''.join(self._chance.choices(_SIGNS, k=24))}"

    def keep(self, prefix: str, made: Object) -> Object:
        made["id"] = made.get("id") or self.new_id(prefix)
        self.objects[made["id"]] = made
        return made

    def all(self, kind: str) -> Iterator[Object]:
        return (one for one in list(self.objects.values()) if one["object"] == kind)

    def find(self, kind: str, reference: str, param: str = "id", *, status: int = 404) -> Object:
        found: Object | None = self.objects.get(reference)
        if found is None or found["object"] != kind:
            kind_told = kind.replace("_", "")
            raise Refused(
                status,
                "invalid_request_error",
                f"No such {kind_told}: '{reference}'",
                code="resource_missing",
                param=param,
            )
        return found

    def method_of_token(self, token: str) -> Object:
        """A saved method, or a new one made of a published token."""
        if token in METHODS:
            made = self.keep("pm", shapes.payment_method(self.now(), METHODS[token]))
            self.behaviours[made["id"]] = METHODS[token]
            return made
        return self.find("payment_method", token, "payment_method", status=400)

    def told(self, kind: str, of: Object, **values: Any) -> Object:
        """Remember an event, which is to be told."""
        made = self.keep("evt", shapes.event(self.now(), kind, deepcopy(of), **values))
        self.untold[made["id"]] = None
        return made

    def moved(self, amount: int, currency: str, kind: str, source: str) -> str:
        """Money comes to the balance or leaves it; the id of what says so."""
        made = self.keep("txn", shapes.balance_transaction(self.now(), amount, currency, kind, source))
        return str(made["id"])

    def balance(self, currency: str) -> int:
        """What has come and not left, fees aside."""
        return sum(one["amount"] for one in self.all("balance_transaction") if one["currency"] == currency)

    def expanded(self, answer: Object, paths: list[str]) -> Object:
        """A copy in which ids are replaced by what they name."""
        copy = deepcopy(answer)
        for path in paths:
            self._expand(copy, path.split("."))
        return copy

    def _expand(self, into: Any, path: list[str]) -> None:
        if isinstance(into, list):
            for one in into:
                self._expand(one, path)
            return
        if not path or not isinstance(into, dict):
            return
        name, *rest = path
        if into.get("object") == "charge" and name == "refunds":
            found = [deepcopy(one) for one in self.all("refund") if one["charge"] == into["id"]]
            into[name] = shapes.page(found[::-1], f"/v1/charges/{into['id']}/refunds")
        elif isinstance(into.get(name), str):
            into[name] = deepcopy(self.objects[into[name]])
        self._expand(into.get(name), rest)
