"""The rules of milestones' money: nothing is lost, nothing is paid or given back twice, whatever happens in whatever order."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.finance.schedules import rules
from app.finance.schedules.rules import Taken, Use
from app.kit.ids import new_id

SHARES = st.lists(st.integers(1, 5000), min_size=1, max_size=8).map(lambda parts: [*parts, 10_000 - sum(parts)])


@given(st.integers(1, 10**15), SHARES.filter(lambda shares: shares[-1] > 0))
def test_shares_come_to_the_total(total: int, shares: list[int]) -> None:
    parts = rules.split_minor(total, shares)
    assert sum(parts) == total
    assert all(abs(part - total * share / 10_000) < 1.001 for part, share in zip(parts, shares, strict=True))


@given(st.integers(1, 10**15), SHARES.filter(lambda shares: shares[-1] > 0))
def test_parts_can_be_paid_where_the_third_decimal_has_to_be_a_zero(total: int, shares: list[int]) -> None:
    parts = rules.split_minor(total, shares, 10)
    assert sum(parts) == total
    assert [part % 10 for part in parts] == [0] * (len(parts) - 1) + [total % 10]
    assert all(abs(part - total * share / 10_000) < 20.001 for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize("wrong", [(0, [10_000]), (100, [4000, 5999]), (100, [10_000, 0]), (100, [11_000, -1000])])
def test_what_is_no_split(wrong: tuple[int, list[int]]) -> None:
    with pytest.raises(ValueError, match="share"):
        rules.split_minor(*wrong)


def test_days() -> None:
    assert rules.pay_by(date(2026, 12, 20), 30) == date(2027, 1, 19)
    assert rules.retention_minor(12_345, 1000) == 1234


class MoneyOfAMilestone(RuleBasedStateMachine):
    """A milestone of 1,000: paid in parts and twice, released, refunded, charged back, won."""

    AMOUNT = 1000

    def __init__(self) -> None:
        super().__init__()
        self.uses: dict[UUID, Use] = {}
        self.surplus = 0
        self.retained = 150
        self.taken_by_banks: list[Taken] = []
        self.cash = 0

    @property
    def all(self) -> list[Use]:
        """The payments in their order."""
        return list(self.uses.values())

    @property
    def owed(self) -> int:
        """What is still to be paid."""
        funded, charged = sum(use.captured for use in self.all), sum(use.charged_back for use in self.all)
        return rules.outstanding(self.AMOUNT, funded, charged, self.surplus)

    @precondition(lambda self: len(self.uses) < 6)
    @rule(part=st.integers(1, 1500))
    def comes(self, part: int) -> None:
        """Money comes: a part of what is owed, all of it, or more."""
        one = new_id()
        self.uses[one] = Use(one, part)
        self.cash += part
        self._surplus()

    @rule()
    def release(self) -> None:
        """The milestone is accepted."""
        for payment_id, part in rules.releasable(self.all, self.AMOUNT, self.retained):
            use = self.uses[payment_id]
            self.uses[payment_id] = replace(use, released=use.released + part)

    @rule()
    def free(self) -> None:
        """The day of the retention comes."""
        self.retained = 0

    @rule(wanted=st.integers(1, 1200))
    def refund(self, wanted: int) -> None:
        """Somebody decides to give back."""
        if wanted > rules.most_back(self.all):
            with pytest.raises(ValueError, match="more is wanted back"):
                rules.taken(self.all, wanted)
            return
        for part in rules.taken(self.all, wanted):
            self._back(part, 1)

    @precondition(lambda self: self.uses)
    @rule(data=st.data(), wanted=st.integers(1, 1500))
    def charge_back(self, data: st.DataObject, wanted: int) -> None:
        """A bank takes back, of one payment what there is of it."""
        use = self.uses[data.draw(st.sampled_from(sorted(self.uses)))]
        part = rules.taken_of(use, wanted)
        assert part.whole == min(wanted, use.escrow + use.at_supplier)
        if part.whole:
            self._back(part, 1, charged=True)
            self.taken_by_banks.append(part)

    @precondition(lambda self: self.taken_by_banks)
    @rule()
    def won(self) -> None:
        """It gives back, and what is too much then goes to the buyer."""
        self._back(self.taken_by_banks.pop(), -1, charged=True)
        self._surplus()

    def _surplus(self) -> None:
        too_much = rules.surplus(self.AMOUNT, self.all, self.surplus)
        if too_much:
            for part in rules.taken(self.all, too_much):
                self._back(part, 1)
                self.surplus += part.whole

    def _back(self, part: Taken, sign: int, *, charged: bool = False) -> None:
        use = self.uses[part.payment_id]
        self.cash -= sign * part.whole
        self.uses[part.payment_id] = replace(
            use,
            back_from_escrow=use.back_from_escrow + sign * part.from_escrow,
            back_from_supplier=use.back_from_supplier + sign * part.from_supplier,
            charged_back=use.charged_back + (sign * part.whole if charged else 0),
        )

    @invariant()
    def every_cent_is_somewhere(self) -> None:
        """What is there is held or the supplier's, and he never has more than the milestone is worth."""
        assert all(use.escrow >= 0 and use.at_supplier >= 0 for use in self.all)
        assert self.cash == sum(use.escrow + use.at_supplier for use in self.all) == rules.most_back(self.all)
        assert sum(use.at_supplier for use in self.all) <= self.AMOUNT
        assert 0 <= self.owed <= self.AMOUNT


TestMoneyOfAMilestone = MoneyOfAMilestone.TestCase
