"""The public catalogue as somebody reads it who has said how he likes things shown."""

from app.catalog.display import shown_text
from tests.market import Market
from tests.rooms.catalog.test_listings import published


async def test_who_is_signed_in_reads_the_catalogue_by_his_own_preferences(market: Market) -> None:
    seller, buyer = await market.people("supplier"), await market.people("buyer", locale="es")
    path = f"/v1/catalog/products/{await published(market, seller)}"
    chosen = {"unit_system": "inch", "currency": "USD"}
    tag = {"If-Match": (await buyer.get("/v1/me")).headers["etag"]}
    assert (await buyer.patch("/v1/me", json=chosen, headers=tag)).status_code == 200
    (own,) = (await buyer.get(path)).json()["variants"]
    assert [price["currency"] for price in own["prices"]] == ["USD"]
    assert own["dimensions"][0]["text"].split() == ["3,94", "in"]
    (asked,) = (await buyer.get(path, params={"units": "metric", "currency": "EUR"})).json()["variants"]
    assert {price["currency"] for price in asked["prices"]} == {"EUR"}
    assert asked["dimensions"][0]["text"].split() == ["100", "mm"]
    (listed,) = (await buyer.get("/v1/catalog/products")).json()["items"]
    assert listed["from_price"]["currency"] == "USD"
    (open_to_all,) = (await market.nobody.get(path)).json()["variants"]
    assert {price["currency"] for price in open_to_all["prices"]} == {"EUR", "USD"}
    expired = await market.nobody.get(path, headers={"Authorization": "Bearer none"})
    assert (expired.status_code, expired.json()["code"]) == (401, "unauthenticated")


def test_a_stranger_to_every_language_reads_the_suppliers_own_words() -> None:
    texts = {tag: {"text": tag, "state": "human"} for tag in ("de", "ja")}
    shown = {locale: shown_text(texts, "ja", locale) for locale in ("de", "fr", "zh-Hant")}
    assert {locale: found.locale for locale, found in shown.items() if found} == {
        "de": "de", "fr": "ja", "zh-Hant": "ja",
    }  # fmt: skip
    assert shown_text({}, "ja", "fr") is None
