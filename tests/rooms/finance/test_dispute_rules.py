"""What a dispute may come to: pure rules of its deadlines, its acts and its split."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.finance.disputes.rules import deadlines, is_disputable, is_split, may, may_escalate
from app.finance.disputes.states import ACTIVE, STEPS, Act, DisputeState, Side, state_after


@given(st.integers(1, 10**12), st.integers(-5, 10**12), st.integers(-5, 10**12))
def test_a_split_is_whole(disputed_minor: int, release: int, refund: int) -> None:
    assert is_split(disputed_minor, release, refund) == (
        release >= 0 and refund >= 0 and release + refund == disputed_minor
    )
    assert is_split(disputed_minor, disputed_minor, 0) and is_split(disputed_minor, 0, disputed_minor)


def test_what_may_be_done_leads_where_states_lead() -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    until = deadlines(now)
    assert until.answer_due_at < until.escalates_at
    assert not may_escalate(DisputeState.OPEN, until.answer_due_at, now=now)
    assert may_escalate(DisputeState.OPEN, until.answer_due_at, now=until.answer_due_at)
    assert not may_escalate(DisputeState.ESCALATED, until.answer_due_at, now=now + timedelta(days=99))
    begin: dict[DisputeState, list[tuple[str, str | None]]] = {
        DisputeState.OPEN: [(Act.OPENED, Side.BUYER)],
        DisputeState.ANSWERED: [(Act.OPENED, Side.BUYER), (Act.MESSAGE, Side.SUPPLIER)],
        DisputeState.ESCALATED: [(Act.OPENED, Side.BUYER), (Act.ESCALATED, None)],
    }
    for state in DisputeState:
        for act in Act:
            for side in [*list(Side), None]:
                if state not in ACTIVE:
                    assert not may(act, side, state)
                elif may(act, side, state):
                    after = state_after([*begin[state], (act, side)])
                    assert after == state or after in STEPS[state], (state, act, side)
    assert not may(Act.DECIDED, Side.OPERATOR, DisputeState.ANSWERED) and not may(
        Act.WITHDRAWN, Side.SUPPLIER, DisputeState.OPEN
    )
    assert is_disputable(escrow_minor=5, outstanding_minor=0, progress="planned")
    assert is_disputable(escrow_minor=0, outstanding_minor=5, progress="accepted")
    assert not is_disputable(escrow_minor=0, outstanding_minor=5, progress="planned")
    assert not is_disputable(escrow_minor=0, outstanding_minor=0, progress="accepted")
