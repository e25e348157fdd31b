"""`make prove POINT=tour`: the whole tour, told once against API and worker; its transcript is docs/proofs/tour.txt, and what
it gave rise to stands in tests/scenarios/effects.json, with which the suite compares a tour that is disturbed.

Holds when every step held and every notification and mail that the tour gave rise to is in its reader's own language.
"""

import re
import sys
import time
from collections import Counter
from io import StringIO
from typing import Any

import psycopg
from rich.console import Console

from app.demo import tour
from tests.proofs.drill import Drill, demo, keep_effects, what_is_wrong
from tests.proofs.record import FOLDER, record
from tests.proofs.stand import own_database

WIDTH = 110
SECRET_KEY = "a secret key for one tour that nobody keeps, long enough"

NOTIFICATIONS = """
    SELECT p.locale, count(*) FROM notifications n JOIN people p ON p.id = n.person_id
    WHERE n.created_at >= %s GROUP BY p.locale ORDER BY p.locale
"""
MAILS = """
    SELECT m.message_id, p.locale FROM mails m JOIN people p ON p.id = m.person_id
    WHERE m.created_at >= %s AND m.state <> 'suppressed'
"""


def transcript(told: str, address: str) -> str:
    """What was told, without the port that happened to be free and without blanks at the ends of lines."""
    lines = told.replace(address, "http://127.0.0.1:8000").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def languages(running: Drill, began: Any) -> tuple[dict[str, Any], list[str]]:
    """In which languages people read their notifications (each sees his own), and the mails arrived."""
    with psycopg.connect(running.database_url) as connection:
        notifications = dict(connection.execute(NOTIFICATIONS, (began,)).fetchall())
        readers = {
            str(number).strip("<>"): str(locale) for number, locale in connection.execute(MAILS, (began,)).fetchall()
        }
    mails: Counter[str] = Counter()
    wrong = []
    arrived = {mail.message_id.strip("<>"): mail.locale for mail in running.sink.mails()}
    for number, locale in readers.items():
        mails[arrived.get(number, "never arrived")] += 1
        if arrived.get(number) != locale:
            wrong.append(f"a mail to a reader of {locale} is in {arrived.get(number)}")
    return {"notifications_by_reader": notifications, "mails_arrived": dict(sorted(mails.items()))}, wrong


def main() -> int:
    """Tell it on a PostgreSQL of its own."""
    pages = StringIO()
    with own_database("tour") as (url, data_dir), demo(url, SECRET_KEY, data_dir) as running:
        with psycopg.connect(url) as connection:
            [(began,)] = connection.execute("SELECT app_now()").fetchall()
        running.drain()
        before = running.tally()
        started = time.monotonic()
        console = Console(file=pages, width=WIDTH, no_color=True, force_terminal=False, highlight=False)
        held = tour.run(running.base_url, console=console)
        seconds = round(time.monotonic() - started, 1)
        drained = running.drain()
        effects = running.tally() - before
        told = transcript(pages.getvalue(), running.base_url)
        found, wrong = languages(running, began)
        wrong += what_is_wrong(running)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "tour.txt").write_text(told, encoding="utf-8")
    steps = len(re.findall(r"^ ?\d+\. ", told, re.MULTILINE))
    keep_effects(steps, effects)
    figures = {
        "held": held,
        "steps": steps,
        "checks": told.count("✓") + told.count("✗"),
        "checks_broken": told.count("✗"),
        "seconds": seconds,
        "queue_empty_after_s": drained,
        **found,
        "wrong": wrong,
    }
    return record("tour", figures, holds=held and not wrong)


if __name__ == "__main__":
    sys.exit(main())
