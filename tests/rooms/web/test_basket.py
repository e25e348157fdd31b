"""The basket: what fits into its cookie, and how it is filled and emptied without an account."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import Settings
from app.web.basket import MOST_ITEMS, Basket, BasketItem, pack, unpack, usable_quantity
from tests.market import Market
from tests.rooms.catalog.test_listings import published
from tests.rooms.web.reader import main_text, reading, variant_of

QUANTITIES = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(10**9), places=3)
ITEMS = st.builds(BasketItem, st.uuids(), st.uuids(), QUANTITIES)
KEY = Settings(secret_key="a secret key of a test, long enough for it")  # type: ignore[arg-type]


@given(st.lists(ITEMS, max_size=MOST_ITEMS, unique_by=lambda item: item.variant_id))
def test_a_basket_comes_back_as_it_went(items: list[BasketItem]) -> None:
    value = pack(KEY, Basket(tuple(items)))
    assert len(value) < 3000
    assert unpack(KEY, value).items == tuple(items)


@given(st.lists(ITEMS, min_size=1, max_size=5), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_an_altered_basket_is_empty(items: list[BasketItem], at: int, flip: int) -> None:
    import base64

    value = pack(KEY, Basket(tuple(items)))
    raw = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    raw[at % len(raw)] ^= flip
    assert len(unpack(KEY, base64.urlsafe_b64encode(bytes(raw)).decode())) == 0


@pytest.mark.parametrize("value", [None, "", "x", "é", "A" * 5000, "AQ"])
def test_what_is_no_basket_is_empty(value: str | None) -> None:
    assert len(unpack(KEY, value)) == 0


def test_the_same_variant_is_counted_up_and_a_full_basket_takes_no_other() -> None:
    one = BasketItem(uuid4(), uuid4(), Decimal(5))
    basket = Basket().with_item(one).with_item(one)
    assert [item.quantity for item in basket] == [Decimal(10)]
    for _ in range(MOST_ITEMS + 5):
        basket = basket.with_item(BasketItem(uuid4(), uuid4(), Decimal(1)))
    assert len(basket) == MOST_ITEMS
    assert basket.with_item(one).items[0].quantity == Decimal(15)
    assert basket.with_item(BasketItem(UUID(int=1), UUID(int=2), Decimal(1))) is basket


@pytest.mark.parametrize(
    ("text", "number"),
    [("10", "10"), (" 2.5 ", "2.5"), ("2,5", "2.5"), ("0.001", "0.001"), ("0", None), ("-1", None), ("1e9", "1000000000"),
     ("1e10", None), ("0.0001", None), ("NaN", None), ("Infinity", None), ("x", None), ("", None), ("9" * 400, None),
     ("1e999999", None)],
)  # fmt: skip
def test_quantities_as_people_type_them(text: str, number: str | None) -> None:
    assert usable_quantity(text) == (None if number is None else Decimal(number))


async def test_a_stranger_collects_changes_and_takes_out(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    variant_id = await variant_of(market, product_id)
    async with reading(market) as reader:
        answer = await reader.collect(product_id, variant_id, "20")
        assert (answer.status_code, answer.headers["location"]) == (303, "/en/basket")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
        page = (await reader.get("/en/basket")).text
        assert "EP-6X100" in page and 'value="20"' in page
        assert "$4.80" in main_text(page)
        await reader.post("/en/basket/quantities", {f"quantity.{variant_id}": "250"})
        assert 'value="250"' in (await reader.get("/en/basket")).text
        await reader.post("/en/basket/quantities", {f"quantity.{variant_id}": "nonsense"})
        assert 'value="250"' in (await reader.get("/en/basket")).text
        gone = await reader.post("/en/basket/quantities", {"remove": variant_id})
        assert 'partingline-basket=""' in gone.headers["set-cookie"]
        assert "EP-6X100" not in (await reader.get("/en/basket")).text


async def test_a_script_gets_the_count(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    form = {"product_id": product_id, "variant_id": await variant_of(market, product_id), "quantity": "3"}
    async with reading(market) as reader:
        answer = await reader.post("/en/basket/items", form, headers={"Accept": "application/json"})
        assert answer.json() == {"count": 1, "text": "1 item in your inquiry basket"}


async def test_only_published_variants_fit_in(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    variant_id = await variant_of(market, product_id)
    async with reading(market) as reader:
        for wrong in ((product_id, str(uuid4())), (str(uuid4()), variant_id), ("x", variant_id), (product_id, "")):
            answer = await reader.collect(*wrong)
            assert answer.status_code == 404
            assert "set-cookie" not in answer.headers
        assert (await reader.collect(product_id, variant_id, "0")).status_code == 422


async def test_what_was_withdrawn_meanwhile_is_shown_as_gone(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    async with reading(market) as reader:
        await reader.collect(product_id, await variant_of(market, product_id))
        assert (await seller.post(f"/v1/products/{product_id}/withdraw")).status_code == 200
        page = await reader.get("/en/basket")
        assert page.status_code == 200
        assert "This item was taken out of the catalogue." in page.text


async def test_another_sites_form_is_refused(market: Market) -> None:
    seller = await market.people("supplier")
    product_id = await published(market, seller)
    form = {"product_id": product_id, "variant_id": await variant_of(market, product_id), "quantity": "1"}
    async with reading(market) as reader:
        for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            for path in ("basket/items", "basket/quantities", "preferences", "sign-in"):
                answer = await reader.post(f"/en/{path}", form, headers=headers)
                assert answer.status_code == 403, (path, headers)
                assert "set-cookie" not in answer.headers
