"""The kill drill's stage: the demo's own processes on a given database, killed while the tour is told, and what is left.

`kill -9` hits the API and the worker; PostgreSQL, payment provider, mail sink and webhook receiver belong to the outside world
and stay.
"""

import io
import json
import random
import secrets
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
from rich.console import Console

from app import wiring
from app.demo import seed, tour
from app.demo.processes import Child, Nursery
from app.demo.provider import Endpoint, StripeServer
from app.demo.seed import PASSWORD
from app.gateways.mail_sink import SinkMailServer
from app.kit.outbox import ASKED, REACTIONS
from app.settings import get_settings
from tests.proofs.stand import environment, free_port, until_ready

SUBSCRIBERS = (
    "katrin.behrens@nordlicht-sensorik.example",
    "wei@hengfeng-mould.example",
    "montse@moldes-llobregat.example",
    "masaru@owari-press-kanagata.example",
)
DRAIN_S = 180.0
EFFECTS = Path(__file__).resolve().parents[1] / "scenarios" / "effects.json"
"""Renewed by `make prove POINT=tour`."""
# The purchaser gives more time after a kill, so these may come more often than in an undisturbed tour. And a supplier of the
# market without an account is told once, at the first full hour, that his payout waits: whether a tour meets it is chance.
ELASTIC = ("extended", "updated", "extension", "payout_waits")
# Payouts are made every hour: a tour that is told meanwhile has what it leaves due sent as well.
AT_LEAST = ("payout_sent",)
# The first tour of a market opens its maker's account at the payment provider, and later ones find it open.
FIRST_TOUR_ONLY = ("payout_account",)


class Receiver:
    """Somebody's webhook receiver: remembers each webhook-id with the bodies that came under it."""

    def __init__(self) -> None:
        self.bodies: dict[str, set[bytes]] = defaultdict(set)
        self.posts = 0
        self.cut_off = 0
        bodies = self.bodies
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                if len(body) < length:
                    # Whoever sent it was killed in the middle: that is no delivery, and nobody waits for an answer.
                    receiver.cut_off += 1
                    return
                bodies[self.headers.get("webhook-id", "")].add(body)
                receiver.posts += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/hooks"


@dataclass
class Drill:
    """A running demo that may be killed."""

    base_url: str
    nursery: Nursery
    children: list[Child]
    sink: SinkMailServer
    receiver: Receiver
    database_url: str
    kills: list[dict[str, Any]] = field(default_factory=list)
    transcripts: list[str] = field(default_factory=list)
    history: set[Any] = field(default_factory=set)
    """Events of before: those that the demo market was born with (the seed reacted to them itself), and of other programs."""

    def remember(self) -> None:
        """What has happened until now is none of the drill's business."""
        with psycopg.connect(self.database_url) as connection:
            self.history = {row[0] for row in connection.execute("SELECT id FROM outbox_events").fetchall()}

    def kill(self, tour_number: int, step: int, delay_s: float) -> None:
        """Kill both processes `delay_s` after now, from a thread of its own; the nursery starts them again."""

        def strike() -> None:
            time.sleep(delay_s)
            for child in self.children:
                child.kill()
            self.kills.append({"tour": tour_number, "step": step, "delay_ms": round(delay_s * 1000)})

        threading.Thread(target=strike, daemon=True).start()

    def count(self, query: str) -> Any:
        """One value, read as the superuser."""
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type]
            return row[0] if row else None

    def tally(self) -> Counter[str]:
        """How often everything has happened: events by type, notices by kind, things by table."""
        found: Counter[str] = Counter()
        with psycopg.connect(self.database_url) as connection:
            for name, query in (
                ("event", "SELECT type, count(*) FROM outbox_events GROUP BY type"),
                ("notice", "SELECT notice, count(*) FROM notifications GROUP BY notice"),
                ("mail", "SELECT notice, count(*) FROM mails GROUP BY notice"),
            ):
                for kind, number in connection.execute(query).fetchall():  # type: ignore[arg-type]
                    found[f"{name} {kind}"] = number
            for table in ("inquiries", "quotes", "award_lines", "purchase_orders", "order_milestones", "documents"):
                row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[arg-type]
                found[f"rows {table}"] = row[0] if row else 0
        return found

    def drain(self) -> float:
        """Wait until nothing is left to do; the seconds it took."""
        started = time.monotonic()
        waiting = """
            SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
                      AND task_name NOT IN ('kit.rescue_jobs', 'kit.chain_audit', 'kit.tidy')
                      -- Campaigns that are open for weeks are frozen by jobs that wait as long.
                      AND (task_name <> 'pooling.freeze_campaign' OR scheduled_at < now()))
                 + (SELECT count(*) FROM mails WHERE state IN ('queued', 'sending'))
                 + (SELECT count(*) FROM webhook_deliveries WHERE state IN ('waiting', 'sending'))
        """
        while self.count(waiting) and time.monotonic() - started < DRAIN_S:
            time.sleep(0.5)
        return round(time.monotonic() - started, 1)


@contextmanager
def demo(database_url: str, secret_key: str, data_dir: Path) -> Iterator[Drill]:
    """Seed the database and start sink, receiver, API and worker on it."""
    with ExitStack() as stack:
        sink = SinkMailServer(data_dir / "mail")
        sink.start()
        stack.callback(sink.stop)
        port = free_port()
        secret = secrets.token_urlsafe(32)
        endpoint = Endpoint(f"http://127.0.0.1:{port}/v1/incoming/stripe", secret)
        provider = stack.enter_context(StripeServer(api_key=secrets.token_urlsafe(32), endpoint=endpoint))
        variables = {
            "PARTINGLINE_STRIPE_SECRET_KEY": provider.api_key,
            "PARTINGLINE_STRIPE_API_BASE": provider.url,
            "PARTINGLINE_STRIPE_WEBHOOK_SECRETS": secret,
            "DATABASE_URL": database_url,
            "PARTINGLINE_SECRET_KEY": secret_key,
            "PARTINGLINE_DATA_DIR": str(data_dir),
            "PARTINGLINE_ENVIRONMENT": "development",
            "PARTINGLINE_SMTP_HOST": sink.host,
            "PARTINGLINE_SMTP_PORT": str(sink.port),
            "PARTINGLINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PARTINGLINE_WEBHOOK_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        }
        stack.enter_context(environment(variables))
        wiring.bring_up(get_settings())
        seed.run(get_settings())
        children = [
            Child("API", ["serve", "--host", "127.0.0.1", "--port", str(port)], data_dir / "api.log"),
            Child("worker", ["worker"], data_dir / "worker.log"),
        ]
        nursery = Nursery(children, data_dir / "drill.json", on_restart=lambda _child: None)
        stack.callback(nursery.stop)
        nursery.start()
        drill = Drill(f"http://127.0.0.1:{port}", nursery, children, sink, Receiver(), database_url)
        stack.callback(drill.receiver.server.shutdown)
        until_ready(drill.base_url)
        # The market was born with invoices, whose electronic forms the worker makes first.
        drill.drain()
        drill.remember()
        for email in SUBSCRIBERS:
            _subscribe(drill, email)
        yield drill


def _subscribe(drill: Drill, email: str) -> None:
    """Somebody who may asks for all events of his firm by webhook; the firm's owner, when he himself may not."""
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    for login in (form, form | {"username": _owner_of(drill, email)}):
        token = httpx.post(f"{drill.base_url}/v1/auth/token", data=login, timeout=20).json()["access_token"]
        answer = httpx.post(
            f"{drill.base_url}/v1/webhook-endpoints",
            json={"url": drill.receiver.url},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"drill-{email}"},
            timeout=20,
        )
        if answer.is_success:
            return
    raise RuntimeError(f"no webhook for {email}: {answer.text}")


def _owner_of(drill: Drill, email: str) -> str:
    return str(
        drill.count(
            "SELECT o.email FROM people p JOIN memberships m ON m.person_id = p.id "
            "JOIN memberships n ON n.organization_id = m.organization_id AND 'owner' = ANY (n.roles) "
            f"JOIN people o ON o.id = n.person_id WHERE p.email = '{email}' ORDER BY o.email LIMIT 1"
        )
    )


def tell(drill: Drill, number: int, kill_at: dict[int, float]) -> tuple[bool, int]:
    """Tell the tour once, killing at the given steps: (whether every step held, how many there were)."""
    steps = 0

    def on_step(step: int, _title: str) -> None:
        nonlocal steps
        steps = step
        if step in kill_at:
            drill.kill(number, step, kill_at[step])

    transcript = io.StringIO()
    held = tour.run(
        drill.base_url,
        on_step=on_step,
        open_for_s=60.0 if kill_at else 25.0,
        console=Console(file=transcript, width=160, highlight=False, soft_wrap=True),
    )
    drill.transcripts.append(transcript.getvalue())
    if not held:
        sys.stderr.write(drill.transcripts[-1])
    return held, steps


def what_is_wrong(drill: Drill) -> list[str]:
    """Everything that should not be, after the queue has run dry."""
    wrong: list[str] = []
    wiring.load_background()
    with psycopg.connect(drill.database_url) as connection:
        failed = connection.execute(
            "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY 1"
        )
        wrong += [f"{number} failed jobs of {name}" for name, number in failed.fetchall()]
        done = set(connection.execute("SELECT reaction, event_id FROM reactions_done").fetchall())
        heard = "organization_ids && ARRAY(SELECT organization_id FROM webhook_endpoints WHERE state = 'enabled')"
        listed = "data ->> 'entity_kind' IS NOT DISTINCT FROM 'product'"
        events = connection.execute(f"SELECT id, type, {heard}, {listed} FROM outbox_events").fetchall()
        for event_id, kind, is_heard, is_listed in events:
            if event_id in drill.history:
                continue
            # Those that are asked first happen where they have something to do.
            asked = {"messages.carry_to_webhooks": is_heard, "catalog.show_new_texts": is_listed}
            assert set(asked) == set(ASKED)
            for name in {*REACTIONS.get(kind, {}), *REACTIONS.get("*", {})} - {one for one in asked if not asked[one]}:
                if (name, event_id) not in done:
                    wrong.append(f"{name} did not happen for {kind}")
        mails = connection.execute("SELECT message_id, state FROM mails WHERE state <> 'suppressed'").fetchall()
        received = {mail.message_id.strip("<>") for mail in drill.sink.mails()}
        ours = {str(message_id).strip("<>") for message_id, _ in mails}
        wrong += [f"a mail is {state}" for _, state in mails if state != "sent"]
        wrong += [f"mail {one} never arrived" for one in ours - received]
        wrong += [f"mail {one} has another Message-ID" for one in received - ours]
        rows = connection.execute("SELECT event_id, state FROM webhook_deliveries").fetchall()
        deliveries = [(str(event_id), state) for event_id, state in rows if event_id not in drill.history]
        wrong += [f"a webhook delivery is {state}" for _, state in deliveries if state != "delivered"]
        arrived = {one.removeprefix("msg_").replace("-", ""): one for one in drill.receiver.bodies}
        wrong += [f"webhook {one} never arrived" for one, _ in deliveries if one.replace("-", "") not in arrived]
    wrong += [
        f"webhook {one} came with {len(bodies)} bodies: {bodies}"
        for one, bodies in drill.receiver.bodies.items()
        if len(bodies) != 1
    ]
    return wrong


def differences(calm: Counter[str], disturbed: Counter[str]) -> list[str]:
    """What happened more or less often in a disturbed tour than in a calm one."""

    def differs(name: str) -> bool:
        if any(word in name for word in AT_LEAST):
            return disturbed[name] < calm[name]
        return disturbed[name] != calm[name] and not any(word in name for word in ELASTIC)

    return [
        f"{name}: {disturbed[name]} instead of {calm[name]}" for name in sorted({*calm, *disturbed}) if differs(name)
    ]


def of_later_tours(first: Counter[str]) -> Counter[str]:
    """What a calm tour gives rise to where one was told before."""
    return Counter({name: first[name] for name in first if not any(word in name for word in FIRST_TOUR_ONLY)})


def keep_effects(steps: int, calm: Counter[str]) -> None:
    """Write down what a calm tour gives rise to, for the disturbed one that the suite tells."""
    kept = {name: calm[name] for name in sorted(calm) if not any(word in name for word in ELASTIC)}
    EFFECTS.write_text(json.dumps({"steps": steps, "effects": kept}, indent=1) + "\n", encoding="utf-8")


def kept_effects() -> tuple[int, Counter[str]]:
    """(How many steps a calm tour has, how often everything happens in it.)"""
    kept = json.loads(EFFECTS.read_text(encoding="utf-8"))
    return kept["steps"], Counter(kept["effects"])


def kill_points(steps: int, kills: int, seed_number: int) -> dict[int, float]:
    """Steps spread over the tour, each with a delay of up to a second, the same for the same seed."""
    chance = random.Random(seed_number)
    places = [1 + round((index + chance.random()) * (steps - 1) / kills) for index in range(kills)]
    return {min(place, steps): chance.uniform(0.02, 0.9) for place in places}
