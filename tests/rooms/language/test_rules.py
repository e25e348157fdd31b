"""Staleness, and which text is shown: rules that hold for every history of edits."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.kit.locales import LOCALES, fallback_chain
from app.language import rules
from app.language.states import Origin, TextState

WORDINGS = st.sampled_from([b"a" * 32, b"b" * 32, b"c" * 32])
# What may happen to one translation: the source gets a wording, a person writes, a person checks, a machine answers.
STEPS = st.one_of(
    st.tuples(st.just("source"), WORDINGS),
    st.tuples(st.just("human"), WORDINGS),
    st.tuples(st.just("reviewed"), WORDINGS),
    st.tuples(st.just("machine"), WORDINGS),
)


@dataclass
class Row:
    origin: str
    engine: str | None
    made_from: bytes


@given(st.lists(STEPS, max_size=30))
def test_every_history_of_edits_keeps_the_promises(steps: list[tuple[str, bytes]]) -> None:
    source = b"a" * 32
    row: Row | None = None
    for what, wording in steps:
        before = row
        if what == "source":
            source = wording
        elif what == "machine":
            origin, made_from = (row.origin, row.made_from) if row else (None, None)
            if rules.needs_machine(origin, made_from, source):
                row = Row(Origin.MACHINE, "engine", wording)
        else:
            row = Row(Origin.HUMAN, row.engine if what == "reviewed" and row else None, source)
        if row is None:
            continue
        if what == "machine" and before is not None and before.origin == Origin.HUMAN:
            assert row is before
        state = rules.state_of(row.origin, row.engine, row.made_from, source)
        assert (state == TextState.STALE) == (row.made_from != source)
        if state == TextState.MACHINE:
            assert row.origin == Origin.MACHINE
        if state == TextState.REVIEWED:
            assert row.engine is not None
        if row.origin == Origin.MACHINE and state != TextState.STALE:
            assert not rules.needs_machine(row.origin, row.made_from, source)


@dataclass
class Version:
    locale: str
    is_source: bool


@given(st.sets(st.sampled_from(LOCALES), min_size=1), st.sampled_from(LOCALES), st.data())
def test_the_best_text_is_the_first_along_the_chain_and_the_source_otherwise(
    there: set[str], reader: str, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from(sorted(there)))
    texts = {tag: Version(tag, tag == source) for tag in there}
    best = rules.best_text(texts, reader)
    assert best is not None
    on_chain = [tag for tag in fallback_chain(reader) if tag in there]
    assert best.locale == (on_chain[0] if on_chain else source)
