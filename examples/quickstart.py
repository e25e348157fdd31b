"""A first hour with Partingline in Python: browse, ask two mould makers, be read in Chinese, see who was told.

Start `make demo`, then: .venv/bin/python examples/quickstart.py [address of the API]
Needs httpx alone. The sample logins are those that the demo prints.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

API = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
PASSWORD = "two-plate mould 2738"  # noqa: S105 - everybody's in the demo
PATIENCE_S = 60

api = httpx.Client(base_url=API, timeout=20)


def say(text: str) -> None:
    """Print a line; text stays UTF-8 on every terminal."""
    sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.buffer.flush()


def call(method: str, path: str, **options: Any) -> Any:
    """Send a request. A refusal is a problem document: say what it says, and stop."""
    answer = api.request(method, path, **options)
    if answer.is_error:
        problem = answer.json()
        sys.exit(f"{problem['status']} {problem['title']}: {problem['detail']} {problem['errors']}")
    return answer.json()


def sign_in(email: str) -> dict[str, str]:
    """The header that says who asks. An access token lasts 15 minutes; a refresh token brings the next."""
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    return {"Authorization": f"Bearer {call('POST', '/v1/auth/token', data=form)['access_token']}"}


def create(path: str, buyer: dict[str, str], form: Any = None) -> Any:
    """POST under an Idempotency-Key: sent twice with the same key, it happens once."""
    return call("POST", path, json=form, headers=buyer | {"Idempotency-Key": str(uuid4())})


def browse() -> None:
    """The catalogue, which everybody may read, in two languages."""
    say("1. The same listing in two languages, without signing in")
    for locale in ("de", "zh-Hans"):
        query = {"category": "two-plate-moulds", "limit": 1}
        item = call("GET", "/v1/catalog/products", params=query, headers={"Accept-Language": locale})["items"][0]
        say(f"   {locale}: {item['title']['text']} | {item['category']['label']} | {item['from_price']['text']}")


def ask() -> str:
    """Ask two suppliers for quotes; the inquiry's id."""
    say("2. A purchaser in Grand Rapids asks two mould makers")
    buyer = sign_in("dana.whitfield@great-lakes-molded.example")
    supplier_ids = []
    for country, code in (("CN", "hengfeng-mould"), ("JP", "owari-press-kanagata")):
        query = {"role": "supplier", "country": country, "limit": 100}
        firms = {firm["code"]: firm for firm in call("GET", "/v1/organizations", params=query)["items"]}
        say(f"   {firms[code]['legal_name_local']} ({firms[code]['country_name']})")
        supplier_ids.append(firms[code]["id"])
    form = {
        "title": "Two-cavity injection mould for a pump cover",
        "notes": "Please quote with a DFM report, steel certificates and two trials.",
        "locale": "en",
        "currency": "USD",
        "incoterm": "DAP",
        "incoterm_place": "Grand Rapids",
        "closes_at": (datetime.now(UTC) + timedelta(days=21)).isoformat(),
        "lots": [
            {
                "lines": [
                    {
                        "description": "Injection mould with hot runner, PA66-GF30, cavity in 1.2343",
                        "quantity": "1",
                        "unit": "H87",
                    }
                ]
            }
        ],
        "supplier_ids": supplier_ids,
    }
    inquiry = create("/v1/inquiries", buyer, form)
    say(f"   {inquiry['number']}: {inquiry['state']['label']}")
    inquiry = create(f"/v1/inquiries/{inquiry['id']}/publication", buyer)
    say(f"   {inquiry['number']}: {inquiry['state']['label']}, {len(inquiry['invitations'])} invited")
    return str(inquiry["id"])


def read(inquiry_id: str, supplier: dict[str, str], deadline: float) -> None:
    """Read the inquiry as an invited supplier, once its translation is there."""
    say("3. Chen Wei in Dongguan reads it")
    path = f"/v1/inquiries/{inquiry_id}"
    while (seen := call("GET", path, headers=supplier))["title"]["translation"] is None:
        if time.monotonic() > deadline:
            sys.exit("No translation came. Does the worker run?")
        time.sleep(0.5)
    for text in (seen["title"], seen["lots"][0]["lines"][0]["description"]):
        say(f"   {text['locale']}: {text['text']}")
        say(f"   {text['translation']['locale']}: {text['translation']['text']} ({text['translation']['state']})")
    say(f"   {seen['state']['label']} | {seen['my_invitation']['status']['label']}")


def be_told(inquiry_id: str, supplier: dict[str, str], deadline: float) -> None:
    """What the supplier was told of the inquiry."""
    say("4. What he has been told")
    while True:
        told = call("GET", "/v1/notifications", params={"limit": 5}, headers=supplier)["items"]
        ours = [notice for notice in told if notice["entity_id"] == inquiry_id]
        if ours or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    for notice in ours:
        say(f"   {notice['subject']}")


def main() -> None:
    """Browse, ask, read, be told."""
    browse()
    inquiry_id = ask()
    supplier = sign_in("wei@hengfeng-mould.example")
    deadline = time.monotonic() + PATIENCE_S
    read(inquiry_id, supplier, deadline)
    be_told(inquiry_id, supplier, deadline)


if __name__ == "__main__":
    main()
