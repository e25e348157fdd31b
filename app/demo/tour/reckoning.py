"""It is reckoned up from what each reads for himself, to the cent; and everybody was told in his own language."""

from decimal import ROUND_CEILING, Decimal

from app.demo.tour.pooled import Pool, code, lead, members, notices, of_pool, offers, own, people, together
from app.demo.tour.stage import OUTSIDER, Stage
from app.demo.tour.telling import missing_mails
from app.demo.tour.visitors import Answer, Visitor

EXACTLY = Decimal("0.00001")
"""Prices are told to a millionth of a minor unit; what a shop's lots make of that is less than this."""

SUPPLIERS_HEAR = {"won", "framework_ordered", "order_received"}


def reckon(stage: Stage, pool: Pool) -> None:
    """Prices, limits, sums; then the news."""
    _add_up(stage, pool)
    _hear(stage, pool)


def _add_up(stage: Stage, pool: Pool) -> None:
    tell, leader = stage.narrator, lead(stage)
    tell.step("It adds up, to the cent")
    last = leader.get(f"{pool.path}/clearings").json()["items"][0]
    prices = {one["place"]: Decimal(one["price_minor"]) for one in last["prices"]}
    bought = [one for one in together(lambda email: own(stage, pool, email), pool.commitments) if one["order_ids"]]
    paid = {one["id"]: int(one["allotment"]["payment"]["minor"]) for one in bought}
    wrong = [one["id"] for one in bought if paid[one["id"]] != _due(one, prices[one["place"]])]
    tell.check("who buys at the same place pays the same price a lot", bool(bought) and not wrong, str(wrong))
    above = [one["id"] for one in bought if paid[one["id"]] > one["wish"]["lots"] * one["wish"]["limit"]["minor"]]
    tell.check("nobody pays more than his limit", not above, str(above))
    orders = {one["id"]: _ordered(stage, pool, one) for one in bought}
    tell.check(f"{len(bought)} shops' orders come to what the clearing said", orders == paid, f"{orders} {paid}")
    frameworks = leader.get("/v1/framework-orders", params={"of_campaign": pool.id}).json()["items"]
    cost, remainder = last["cost"]["minor"], last["remainder"]["minor"]
    for one in frameworks:
        tell.says(f"{one['number']} {one['supplier']['name']}: {one['total']['text']}")
    tell.says(
        f"{last['cost']['text']} + {last['remainder']['text']}", "what suppliers are paid, and what rounding left"
    )
    suppliers = sum(one["total"]["minor"] for one in frameworks)
    tell.check(
        "the framework orders are what suppliers are paid", len(frameworks) == 2 and suppliers == cost, str(last)
    )
    told = sum(paid.values()), sum(one["members_total"]["minor"] for one in frameworks)
    whole = told == (cost + remainder, cost + remainder) and 0 <= remainder < len(bought)
    tell.check("shops pay that, and less than a cent each beyond", whole, f"{told} {cost} {remainder}")
    lots = sum(one["lots"] for one in frameworks), sum(one["wish"]["lots"] for one in bought)
    tell.check("every lot is delivered by somebody", lots == (last["lots"], last["lots"]), str(lots))
    shares = leader.get(f"{pool.path}/shares").json()["items"]
    parts = all(one["lots"] * one["price"]["minor"] + one["setup"]["minor"] + one["freight"]["minor"] == one["paid"]["minor"]
                for one in shares)  # fmt: skip
    tell.check("each supplier's sum is his goods, set-up and freight", bool(shares) and parts, str(shares))
    _closed(stage, pool, [one["id"] for one in frameworks], [order for one in bought for order in one["order_ids"]])


def _due(commitment: Answer, price_minor: Decimal) -> int:
    """What so many lots come to, rounded up to the minor unit."""
    lots = int(commitment["wish"]["lots"])
    return int((lots * price_minor - EXACTLY).to_integral_value(ROUND_CEILING))


def _ordered(stage: Stage, pool: Pool, commitment: Answer) -> int:
    """What a member's own orders come to, in minor units."""
    (email,) = [email for email, one in pool.commitments.items() if one == commitment["id"]]
    visitor = stage.visitor(email)
    return sum(int(visitor.get(f"/v1/orders/{one}").json()["total"]["minor"]) for one in commitment["order_ids"])


def _closed(stage: Stage, pool: Pool, framework_ids: list[str], order_ids: list[str]) -> None:
    tell, outsider, leader = stage.narrator, stage.visitor(OUTSIDER), lead(stage)
    strange = [outsider.get(f"/v1/framework-orders/{one}").status_code for one in framework_ids]
    strange += together(lambda one: outsider.get(f"/v1/orders/{one}").status_code, order_ids)
    nothing = not outsider.get(f"{pool.path}/clearings").json()["items"]
    tell.check("an outsider sees neither orders nor prices", set(strange) == {404} and nothing, str(strange))
    others = set(order_ids) - set(own(stage, pool, leader.role.email)["order_ids"])
    strange = together(lambda one: leader.get(f"/v1/orders/{one}").status_code, sorted(others))
    lines = [leader.get(f"/v1/framework-orders/{one}/lines").json()["items"] for one in framework_ids]
    tell.check("the lead sees totals, and not who buys", set(strange) == {404} and not any(lines), str(strange))


def _hear(stage: Stage, pool: Pool) -> None:
    tell, everybody = stage.narrator, people(stage)
    tell.step("Everybody was told how it ended, each in his own language")
    heard = together(lambda visitor: _heard(stage, pool, visitor), everybody)
    missing, foreign, unmailed = [], [], []
    for visitor, items in zip(everybody, heard, strict=True):
        firm = visitor.role.firm
        tell.says(f"{firm}: {items[0]['subject'] if items else ''} ({len(items)})")
        if _expected(visitor) - {code(one) for one in items}:
            missing.append(firm)
        in_english = {one["id"]: one["subject"] for one in notices(stage, visitor, language="en")}
        foreign += [one["subject"] for one in items if one["subject"] == in_english.get(one["id"])]
        subjects = {one["subject"] for one in items}
        unmailed += [f"{firm}: {one}" for one in missing_mails(stage, visitor.role.email, subjects)]
    tell.check("nothing that concerns a reader is missing", not missing, "; ".join(missing))
    tell.check("in the reader's language, in seven languages", not foreign, "; ".join(foreign))
    tell.check("each was mailed too", not unmailed, "; ".join(unmailed))
    outsider = of_pool(pool, notices(stage, stage.visitor(OUTSIDER)))
    tell.check("who takes no part is told nothing", not outsider, str(outsider))


def _expected(visitor: Visitor) -> set[str]:
    email = visitor.role.email
    if email in {one["email"] for one in offers()}:
        return SUPPLIERS_HEAR
    one = next(one for one in members() if one["email"] == email)
    wanted = {"served"} if "waits" not in one else {"waiting"}
    if one.get("moves_up"):
        wanted.add("served")
    if "card" in one:
        wanted |= {"deposit_declined", "deposit_due", "defaulted"}
    if one is members()[0]:
        wanted |= {"frozen", "cleared"}
    return wanted


def _heard(stage: Stage, pool: Pool, visitor: Visitor) -> list[Answer]:
    """What somebody was told of the campaign and of what was ordered in it, once all of it has come."""
    wanted = _expected(visitor)
    orders = _orders_of(stage, pool, visitor)

    def look() -> Answer:
        told = notices(stage, visitor)
        return {"items": [one for one in told if pool.id in str(one["path"]) or one["entity_id"] in orders]}

    stage.poll(look, lambda seen: wanted <= {code(one) for one in seen["items"]})
    found: list[Answer] = look()["items"]
    return found


def _orders_of(stage: Stage, pool: Pool, visitor: Visitor) -> set[str]:
    if visitor.role.email in pool.commitments:
        return set(own(stage, pool, visitor.role.email)["order_ids"])
    frameworks = visitor.get("/v1/framework-orders", params={"of_campaign": pool.id}).json()["items"]
    lines = [visitor.get(one["lines_url"], params={"limit": 100}).json()["items"] for one in frameworks]
    return {line["order_id"] for found in lines for line in found}
