"""The tables of legal transitions in Python and the triggers that hold them in the database say the same."""

import re
from collections.abc import Mapping, Set

import psycopg
import pytest

from app.catalog.states import TRANSITIONS
from app.finance.credit.states import TAKE_MOVES
from app.messages.incoming.states import MESSAGE_MOVES
from app.messages.states import DELIVERY_MOVES, MAIL_MOVES
from app.procurement.order_states import MILESTONE_TRANSITIONS, ORDER_TRANSITIONS
from app.procurement.states import INQUIRY_TRANSITIONS, QUOTE_TRANSITIONS

# As the triggers write them: 'waiting>sending', ('draft', 'published'), and with a side ('draft', 'issued', 'buyer').
MOVE = re.compile(r"'(\w+)>(\w+)'")
PAIR = re.compile(r"\('(\w+)', '(\w+)'\)")
STEP = re.compile(r"\('(\w+)', '(\w+)', '(\w+)'\)")


def spread(table: Mapping[str, Set[str]]) -> set[tuple[str, ...]]:
    """(from, to) of each change; a state that stays is none to a trigger."""
    return {(str(was), str(becomes)) for was, after in table.items() for becomes in after if was != becomes}


TABLES = {
    "app_mail_moves": (MOVE, spread(MAIL_MOVES)),
    "app_delivery_moves": (MOVE, spread(DELIVERY_MOVES)),
    "app_incoming_moves": (MOVE, spread(MESSAGE_MOVES)),
    "credit_takes_guard": (PAIR, spread(TAKE_MOVES)),
    "product_guard": (PAIR, spread(TRANSITIONS)),
    "inquiry_guard": (PAIR, spread(INQUIRY_TRANSITIONS)),
    "quote_guard": (PAIR, spread(QUOTE_TRANSITIONS)),
    "order_guard": (STEP, {(str(was), str(becomes), str(side)) for (was, becomes), side in ORDER_TRANSITIONS.items()}),
    "milestone_guard": (
        STEP,
        {(str(was), str(becomes), str(side)) for (was, becomes), side in MILESTONE_TRANSITIONS.items()},
    ),
}


@pytest.mark.parametrize("trigger", TABLES)
def test_python_and_the_database_allow_the_same(trigger: str, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    row = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", (trigger,)).fetchone()
    assert row is not None, f"no function {trigger}"
    written, allowed = TABLES[trigger]
    held = set(written.findall(str(row[0])))
    assert len(held) > 1
    assert held == allowed
