"""Small versions of the proofs of the ledger: many who post to the same accounts, and what verifying sees of it."""

from app.settings import Settings
from tests.proofs.ledger_contention import contend
from tests.proofs.ledger_verify import cook, each_check, load


async def test_nothing_is_lost_of_what_many_post_at_once(settings: Settings) -> None:
    figures, wrong = await contend(settings, 0.5, 8, 1)
    assert wrong == []
    assert figures["postings"] > 8 and figures["fewest_by_a_worker"] > 0


async def test_a_changed_entry_is_found_among_many(settings: Settings) -> None:
    url = settings.database_url.get_secret_value()
    load(url, 8_000)
    found = await each_check(settings)
    assert [one["broken"] for one in found.values()] == [[], []]
    assert found["ledger postings"]["looked_at"] == 8_000
    cook(url)
    broken = [len(one["broken"]) for one in (await each_check(settings)).values()]
    assert broken[0] >= 2 and broken[1] >= 1
