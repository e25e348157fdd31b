"""Rules of orders and milestones: divided money is never lost, and nobody takes a step that is not his."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.locales import LOCALES, translate
from app.language.glossary import load_glossary
from app.procurement.milestone_names import milestone_name
from app.procurement.mould_dictionary import milestone_catalogue, mould_dictionary
from app.procurement.order_notices import MILESTONE_LABELS
from app.procurement.order_rules import (
    WHOLE_BP,
    due_on,
    may_close,
    may_waive,
    milestone_may_become,
    next_trial,
    order_may_become,
    order_number,
    quote_stands,
    split_minor,
    states_on_the_way,
    waits_for,
)
from app.procurement.order_states import (
    MILESTONE_TRANSITIONS,
    ORDER_STATE_LABELS,
    ORDER_TRANSITIONS,
    MilestoneState,
    OrderState,
    Side,
)


@dataclass
class Row:
    """A milestone as the rules see one."""

    code: str
    position: int
    state: str = "planned"
    after: list[str] = field(default_factory=list)
    optional: bool = False
    share_bp: int = 0


def rows(template: str = "split_50_30_20", **states: str) -> list[Row]:
    """The milestones of a template, some of them in other states."""
    steps = milestone_catalogue().templates[template].milestones
    return [
        Row(
            step.code,
            number * 100,
            states.get(step.code, "planned"),
            list(step.after),
            step.optional,
            step.share_percent * 100,
        )
        for number, step in enumerate(steps, start=1)
    ]


shares = st.lists(st.integers(0, WHOLE_BP), min_size=0, max_size=12).map(
    lambda cuts: [b - a for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), WHOLE_BP], strict=True)]
)


@given(st.integers(0, 10**15), shares)
def test_a_split_sums_exactly_and_is_off_by_less_than_a_unit(total: int, parts_bp: list[int]) -> None:
    parts = split_minor(total, parts_bp)
    assert sum(parts) == total
    for part, share in zip(parts, parts_bp, strict=True):
        assert abs(part * WHOLE_BP - total * share) < WHOLE_BP
        assert share or part == 0


@given(st.integers(0, 10**15), shares)
def test_parts_of_thousandths_end_in_a_nought_but_for_the_last(total: int, parts_bp: list[int]) -> None:
    parts = split_minor(total, parts_bp, 10)
    assert sum(parts) == total
    last = max(index for index, share in enumerate(parts_bp) if share)
    for index, (part, share) in enumerate(zip(parts, parts_bp, strict=True)):
        assert part % 10 == (total % 10 if index == last else 0)
        assert abs(part * WHOLE_BP - total * share) < 20 * WHOLE_BP
        assert share or part == 0


def test_the_odd_unit_goes_to_the_largest_remainder_and_then_to_the_earlier() -> None:
    assert split_minor(100, [3333, 3333, 3334]) == [33, 33, 34]
    assert split_minor(1, [5000, 5000]) == [1, 0]
    assert split_minor(10001, [3000, 4000, 3000]) == [3000, 4001, 3000]
    for wrong in ([5000], [6000, 5000], [-1, 10001]):
        with pytest.raises(ValueError, match="whole"):
            split_minor(10, wrong)


@given(st.sampled_from(OrderState), st.sampled_from(OrderState), st.sampled_from(Side))
def test_each_step_of_an_order_is_one_sides(was: OrderState, becomes: OrderState, side: Side) -> None:
    assert order_may_become(was, becomes, side) == (ORDER_TRANSITIONS.get((was, becomes)) == side)
    if order_may_become(was, becomes, side):
        other = Side.BUYER if side is Side.SUPPLIER else Side.SUPPLIER
        assert not order_may_become(was, becomes, other)


def test_every_state_is_reached_and_ends_are_ends() -> None:
    reached, seen = {OrderState.DRAFT}, set()
    while reached - seen:
        state = (reached - seen).pop()
        seen.add(state)
        reached |= {becomes for was, becomes in ORDER_TRANSITIONS if was == state}
    assert reached == set(OrderState) == set(ORDER_STATE_LABELS)
    ends = set(OrderState) - {was for was, _ in ORDER_TRANSITIONS}
    assert ends == {OrderState.REJECTED, OrderState.CANCELLED, OrderState.CLOSED}


@given(st.sampled_from(MilestoneState), st.sampled_from(MilestoneState), st.sampled_from(Side))
def test_evidence_is_the_suppliers_and_its_acceptance_the_buyers(
    was: MilestoneState, becomes: MilestoneState, side: Side
) -> None:
    assert milestone_may_become(was, becomes, side) == (MILESTONE_TRANSITIONS.get((was, becomes)) == side)
    if becomes is MilestoneState.ACCEPTED:
        assert not milestone_may_become(was, becomes, Side.SUPPLIER)


def test_milestones_wait_for_those_that_the_template_names() -> None:
    planned = {row.code: row for row in rows()}
    assert waits_for(planned["design_approved"], planned.values()) == []
    assert waits_for(planned["steel_ordered"], planned.values()) == []
    assert waits_for(planned["machining"], planned.values()) == ["steel_ordered"]
    assert waits_for(planned["shipped"], planned.values()) == ["fai_approved"]
    # T1 waits for T0 to have been made, accepted or not; what waits for a trial waits for all of them to be done.
    given_ = rows(design_approved="accepted", steel_ordered="accepted", machining="waived", t0="returned")
    by_code = {row.code: row for row in given_}
    assert waits_for(by_code["t1"], given_) == []
    assert waits_for(by_code["fai_approved"], given_) == ["t0", "t1", "t2"]


def test_a_repeated_trial_finds_its_place_before_what_follows() -> None:
    assert next_trial(rows()) is None
    made = rows("split_40_60", design_approved="accepted", steel_ordered="accepted", t1="returned")
    following = next_trial(made)
    assert following is not None and following[0] == "t2"
    added = sorted([*made, Row("t2", following[1])], key=lambda row: row.position)
    assert [row.code for row in added][2:4] == ["t1", "t2"]
    first_article = next(row for row in added if row.code == "fai_approved")
    assert waits_for(first_article, added) == ["t1", "t2"]
    assert next_trial(added) is None
    assert next_trial(rows("split_40_60", t1="accepted", fai_approved="accepted")) is None
    assert next_trial([Row("t20", 100, "submitted")]) is None
    assert next_trial(rows("on_shipment")) is None


def test_orders_follow_their_milestones() -> None:
    assert states_on_the_way("acknowledged", rows(design_approved="accepted")) == []
    assert states_on_the_way("acknowledged", rows(steel_ordered="accepted")) == ["in_production"]
    assert states_on_the_way("in_production", rows(t0="accepted")) == []
    assert states_on_the_way("in_production", rows(shipped="accepted")) == ["shipped"]
    assert states_on_the_way("shipped", rows(run_off_accepted="accepted")) == ["accepted"]
    # A template without a run-off is accepted when everything is done.
    assert states_on_the_way("acknowledged", rows("on_shipment", shipped="accepted")) == [
        "in_production",
        "shipped",
        "accepted",
    ]
    assert states_on_the_way("shipped", rows("split_40_60", shipped="accepted")) == []
    assert states_on_the_way("issued", rows("on_shipment", shipped="accepted")) == []


@given(st.sampled_from(list(milestone_catalogue().templates)), st.data())
def test_accepting_what_waits_for_nothing_always_comes_to_an_end(template: str, data: st.DataObject) -> None:
    given_ = rows(template)
    state = OrderState.ACKNOWLEDGED
    for _ in given_:
        ready = [row for row in given_ if row.state == "planned" and not waits_for(row, given_)]
        chosen = data.draw(st.sampled_from(ready))
        waive = may_waive(chosen) and data.draw(st.booleans())
        chosen.state = "waived" if waive else "accepted"
        for following in states_on_the_way(state, given_):
            assert order_may_become(state, following, Side.BUYER)
            state = following
    assert may_close(state, given_)


def test_only_optional_shareless_milestones_are_waived() -> None:
    assert may_waive(Row("t2", 1, optional=True))
    assert not may_waive(Row("t2", 1, optional=True, share_bp=1))
    assert not may_waive(Row("shipped", 1))


def test_days_and_numbers() -> None:
    assert quote_stands(date(2026, 12, 1), today=date(2026, 12, 1))
    assert not quote_stands(date(2026, 12, 1), today=date(2026, 12, 2))
    assert due_on(date(2026, 12, 1), 2) == date(2026, 12, 15)
    assert order_number(2026, 42) == "PO-2026-0042"
    assert not may_close("accepted", rows()) and not may_close("shipped", [])


def test_milestones_have_names_everywhere() -> None:
    names = milestone_catalogue().milestone_names
    assert {code: names[code]["en"] for code in names} == {code: label[1] for code, label in MILESTONE_LABELS.items()}
    for locale in LOCALES:
        assert "T7" in milestone_name("t7", locale)
        # Mails call a milestone what the order calls it.
        mailed = {code: translate(label, locale) for code, label in MILESTONE_LABELS.items()}
        assert mailed == {code: names[code][locale] for code in names}, locale


def test_trials_and_the_run_off_have_one_word_in_each_language() -> None:
    catalogue, fields = milestone_catalogue(), mould_dictionary().fields
    terms = {term.term_id: term for term in load_glossary().terms}
    for locale in LOCALES:
        run_off, trial, report = (
            terms[term_id].texts[locale].casefold() for term_id in ("run-off", "try-out", "trial-report")
        )
        templates = catalogue.templates
        named = [templates[code].names[locale] for code in ("split_50_30_20", "split_30_60_10", "split_50_40_10")]
        named += [catalogue.milestone_names["run_off_accepted"][locale]]
        assert all(_root(run_off) in name.casefold() for name in named), (locale, run_off, named)
        if locale != "en":  # where a try-out has been a trial all along
            assert _root(trial) in catalogue.milestone_names["t1"][locale].casefold(), (locale, trial)
        assert report in catalogue.evidence_names["trial_report"][locale].replace("’", "'").casefold(), locale
    assert "Probelauf" in fields["run_off_h"].names["de"] and "Bemusterung" in fields["sample_count"].names["de"]


def _root(term: str) -> str:
    """`prueba` of `prueba de molde`."""
    return term.split()[0]
