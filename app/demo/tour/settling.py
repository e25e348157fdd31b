"""The freeze, the clearing, one who does not pay, who takes his place, and what is ordered."""

from functools import partial
from hashlib import sha256

from app.demo.tour.pooled import Pool, code, lead, members, notices, of_pool, offers, own, people, together
from app.demo.tour.stage import Stage
from app.demo.tour.visitors import Answer, Visitor, problem_code

NEWS = {"served", "waiting"}


def settle(stage: Stage, pool: Pool) -> None:
    """From the freeze to the orders."""
    _freeze(stage, pool)
    _clear(stage, pool)
    _default(stage, pool)
    _order(stage, pool)


def _freeze(stage: Stage, pool: Pool) -> None:
    tell, late = stage.narrator, stage.visitor(members()[1]["email"])
    tell.step("The freeze: from now on every commitment binds")
    tell.wait_until(pool.closes_at.timestamp() + 0.2, "the freeze")
    answer = late.post(f"/v1/commitments/{pool.commitments[late.role.email]}/withdrawal")
    tell.acts(late.role, "wants out a moment too late")
    tell.says(f"{answer.json().get('title', '')} – {answer.json().get('detail', '')}")
    tell.check(f"{answer.status_code}: refused", problem_code(answer) == "campaign-closed", answer.text)


def _clear(stage: Stage, pool: Pool) -> None:
    tell, leader = stage.narrator, lead(stage)
    tell.step("It is cleared: the most steel within everybody's limit, at the least cost")
    frozen = stage.poll(lambda: leader.get(pool.path).json(), lambda seen: seen["state"]["code"] == "cleared")
    stage.must("cleared", frozen["state"]["code"] == "cleared", str(frozen["state"]))
    promised = sha256(frozen["seed"].encode()).hexdigest() == pool.seed_sha256
    tell.check("the seed that decides among equals is the one promised at the opening", promised, str(frozen["seed"]))
    show_round(stage, pool)
    for one in members():
        if "waits" in one:
            told = own(stage, pool, one["email"])["allotment"]
            tell.acts(stage.visitor(one["email"]).role, f"is not served: {one['waits']}")
            tell.says(told["explanation"])
            tell.check("on the waiting list, and told why", told["served"] is False, str(told))
    served = [own(stage, pool, email)["allotment"]["served"] for email in pool.commitments]
    tell.check("twelve are served", sum(served) == sum("waits" not in one for one in members()), str(served))
    # Who is told of the first round is told before the second one changes it.
    heard = together(lambda one: _hears(stage, pool, stage.visitor(one["email"]), NEWS), members())
    tell.check("each of the fourteen is told", all(heard), str(heard))


def _hears(stage: Stage, pool: Pool, visitor: Visitor, wanted: set[str]) -> bool:
    def look() -> Answer:
        return {"codes": {code(one) for one in of_pool(pool, notices(stage, visitor))}}

    return bool(stage.poll(look, lambda seen: bool(seen["codes"] & wanted))["codes"] & wanted)


def show_round(stage: Stage, pool: Pool) -> Answer:
    """The last round's certificate: prices by place, what was proven."""
    tell, leader = stage.narrator, lead(stage)
    rounds = leader.get(f"{pool.path}/clearings").json()["items"]
    last: Answer = rounds[0]
    tell.table(
        ["delivered to", "lots", "price a lot"],
        [[one["place"], str(one["lots"]), one["price"]["text"]] for one in last["prices"]],
    )
    aims = [aim for part in last["certificate"] for aim in part["aims"]]
    exact = bool(aims) and all(aim["gap_pct"] == "0" for aim in aims)
    tell.check(f"round {last['round']}, {last['lots']} lots: proven that none is better", exact, str(aims))
    return last


def _default(stage: Stage, pool: Pool) -> None:
    tell = stage.narrator
    (poor,) = [stage.visitor(one["email"]) for one in members() if "card" in one]
    tell.step("One who is served does not pay")
    email = poor.role.email
    seen = stage.poll(lambda: own(stage, pool, email)["deposit"], lambda deposit: deposit["due_at"] is not None)
    tell.acts(poor.role, "reads what became of the deposit")
    tell.says(f"{seen['method']}: {seen['state']['label']} – {seen['reason']}")
    stage.must("declined; there would be 48 hours to pay otherwise", seen["state"]["code"] == "declined", str(seen))
    others = [one for one in pool.commitments if one != email]
    kept = stage.poll(lambda: _taken(stage, pool, others), _right)
    tell.check("of those served it was taken, of those who wait it is still held", _right(kept), str(kept))
    heard = _hears(stage, pool, poor, {"deposit_due"})
    tell.check("told, with the day by which to pay", heard)
    answer = poor.post(f"/v1/commitments/{pool.commitments[email]}/default")
    tell.acts(poor.role, "says that no other card will come: nobody shall wait two days for nothing")
    stage.must("said", answer.is_success, answer.text)
    leader = lead(stage)
    ended = stage.poll(lambda: leader.get(pool.path).json(), lambda campaign: campaign["state"]["code"] == "ordered")
    stage.must("cleared once more without him, and ordered", ended["state"]["code"] == "ordered", str(ended["state"]))
    show_round(stage, pool)
    out = own(stage, pool, email)
    tell.acts(poor.role, f"is left out: {out['deposit']['state']['label']}")
    tell.says(out["allotment"]["explanation"])
    left_out = _state(out) == "defaulted" and not out["allotment"]["served"] and not out["order_ids"]
    tell.check("who did not pay gets nothing and owes nothing", left_out, str(out))
    _replaced(stage, pool)


def _taken(stage: Stage, pool: Pool, emails: list[str]) -> dict[str, str]:
    found = together(lambda email: own(stage, pool, email)["deposit"]["state"]["code"], emails)
    return dict(zip(emails, found, strict=True))


def _right(states: dict[str, str]) -> bool:
    waiting = {one["email"] for one in members() if "waits" in one}
    return all(state == ("held" if email in waiting else "captured") for email, state in states.items())


def _replaced(stage: Stage, pool: Pool) -> None:
    tell = stage.narrator
    for one in members():
        if "waits" not in one:
            continue
        came = own(stage, pool, one["email"])
        served = came["allotment"]["served"]
        tell.acts(stage.visitor(one["email"]).role, f"after the second round: {came['deposit']['state']['label']}")
        tell.says(came["allotment"]["explanation"])
        if one.get("moves_up"):
            tell.check("moved up from the waiting list, and paid", served and _state(came) == "captured", str(came))
        else:
            back = stage.poll(partial(own, stage, pool, one["email"]), lambda seen: _state(seen) == "released")
            tell.check(
                "still not served; the deposit is given back", not served and _state(back) == "released", str(back)
            )


def _state(commitment: Answer) -> str:
    return str(commitment["deposit"]["state"]["code"])


def _order(stage: Stage, pool: Pool) -> None:
    """A framework order for each supplier, and each member's own order in his language."""
    tell = stage.narrator
    tell.step("A framework order for each supplier, and a purchase order for each shop in its own language")
    for one in offers():
        supplier = stage.visitor(one["email"])
        (framework,) = supplier.get("/v1/framework-orders", params={"of_campaign": pool.id}).json()["items"]
        lines = supplier.get(framework["lines_url"], params={"limit": 100}).json()["items"]
        ordered = f"{framework['lots']} lots, {len(lines)} orders"
        tell.acts(supplier.role, f"reads framework order {framework['number']}: {ordered}")
        tell.says(framework["total"]["text"])
        placed = all(line["order_id"] for line in lines)
        tell.check("with whom it goes to, each with an order", bool(lines) and placed, str(lines))
    states, foreign = set(), []
    for visitor, bought in zip(
        _members(stage), together(lambda one: _orders(stage, pool, one), _members(stage)), strict=True
    ):
        for order in bought:
            title = order["title"]
            in_own = title["translation"] or title
            states.add(order["state"]["label"])
            shown = f"{order['number']} · {in_own['text']} · {order['total']['text']} · {order['state']['label']}"
            tell.says(f"{visitor.role.firm}: {shown}")
            if in_own["locale"] != visitor.role.locale:
                foreign.append(visitor.role.firm)
    tell.check("each in its reader's language", bool(states) and not foreign, "; ".join(foreign))
    tell.check("in six of them", len(states) == 6, str(states))


def _members(stage: Stage) -> list[Visitor]:
    return people(stage)[: len(members())]


def _orders(stage: Stage, pool: Pool, visitor: Visitor) -> list[Answer]:
    ids = own(stage, pool, visitor.role.email)["order_ids"]
    return [visitor.get(f"/v1/orders/{one}").json() for one in ids]
