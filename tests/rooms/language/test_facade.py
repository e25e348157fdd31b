"""Texts as other rooms keep and show them."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.tenancy import act_for
from app.kit.ids import new_id
from app.language import facade
from tests.market import Firm, Market
from tests.statements import count_statements


async def keep(market: Market, firm: Firm, entity: tuple[str, UUID], text: str, **options: object) -> UUID:
    async with market.db.transaction() as session:
        await act_for(session, firm.id)
        given = {"field": "description", "locale": "de", "reader_ids": [], **options}
        return await facade.keep_text(session, owner_id=firm.id, entity=entity, text=text, **given)  # type: ignore[arg-type]


async def shown(
    session: AsyncSession, firm: Firm, entity: tuple[str, UUID], locale: str
) -> dict[tuple[str, UUID, str], facade.ShownText]:
    await act_for(session, firm.id)
    return await facade.shown_texts(session, [entity], locale)


async def test_a_text_is_its_owners_until_it_is_shared(market: Market) -> None:
    buyer, supplier, other = await market.firm("buyer"), await market.firm("supplier"), await market.firm("supplier")
    entity = ("inquiry", new_id())
    await keep(market, buyer, entity, "Zweifachform aus 1.2343")
    async with market.db.transaction() as session:
        assert await shown(session, supplier, entity, "en") == {}
        await act_for(session, supplier.id)
        await facade.share_texts(session, entity, [other.id])
        assert await shown(session, other, entity, "en") == {}
    async with market.db.transaction() as session:
        await act_for(session, buyer.id)
        await facade.share_texts(session, entity, [supplier.id])
        await facade.share_texts(session, entity, [supplier.id])
    async with market.db.transaction() as session:
        found = await shown(session, supplier, entity, "en")
        assert found[(*entity, "description")].source_locale == "de"
        assert await shown(session, other, entity, "en") == {}
        await act_for(session, None)
        assert await facade.shown_texts(session, [entity], "en") == {}
    async with market.db.transaction() as session:
        await act_for(session, buyer.id)
        await facade.publish_texts(session, entity)
        await act_for(session, None)
        assert len(await facade.shown_texts(session, [entity], "en")) == 1


async def test_another_wording_makes_translations_stale_and_the_old_one_revives_them(market: Market) -> None:
    owner = await market.people("buyer")
    entity = ("inquiry", new_id())
    await keep(market, owner.firm, entity, "Werkzeugstahl")
    path = f"/v1/texts/inquiry/{entity[1]}/description/en"
    assert (await owner.put(path, json={"text": "Tool steel", "state": "human"})).status_code == 200
    states = []
    for text in ("Werkzeugstahl 1.2343", "Werkzeugstahl"):
        await keep(market, owner.firm, entity, text)
        async with market.db.transaction() as session:
            states.append((await shown(session, owner.firm, entity, "en"))[(*entity, "description")].state)
    assert states == ["stale", "human"]


async def test_a_source_in_another_language_turns_the_former_one_into_a_stale_translation(market: Market) -> None:
    firm = await market.firm("buyer")
    entity = ("inquiry", new_id())
    await keep(market, firm, entity, "Auswerfer")
    await keep(market, firm, entity, "Ejector pins", locale="en")
    async with market.db.transaction() as session:
        await act_for(session, firm.id)
        versions = {item.locale: item for item in await facade.texts_of(session, entity)}
    assert (versions["en"].is_source, versions["de"].is_source, versions["de"].state) == (True, False, "stale")


async def test_shown_texts_is_one_statement_for_many_things(market: Market) -> None:
    firm = await market.firm("buyer")
    entities = [("inquiry", new_id()) for _ in range(20)]
    for entity in entities:
        await keep(market, firm, entity, "Kern")
    async with market.db.transaction() as session:
        await act_for(session, firm.id)
        with count_statements(market.db) as seen:
            assert len(await facade.shown_texts(session, entities, "zh-Hant")) == 20
        assert len(seen) == 1


@pytest.mark.parametrize(("kept", "locale", "expected"), [
    (("zh-Hans", "en"), "zh-Hant", "zh-Hans"),
    (("en",), "zh-Hant", "en"),
    ((), "ja", "de"),
    (("es", "en"), "pt-BR", "es"),
    (("fr",), "ja", "de"),
])  # fmt: skip
async def test_the_reader_sees_the_best_along_his_chain(
    market: Market, kept: tuple[str, ...], locale: str, expected: str
) -> None:
    owner = await market.people("buyer")
    entity = ("inquiry", new_id())
    await keep(market, owner.firm, entity, "Kern")
    for tag in kept:
        path = f"/v1/texts/inquiry/{entity[1]}/description/{tag}"
        assert (await owner.put(path, json={"text": f"core in {tag}", "state": "human"})).status_code == 200
    async with market.db.transaction() as session:
        assert (await shown(session, owner.firm, entity, locale))[(*entity, "description")].locale == expected
