"""Fourteen mould shops in six countries pool their steel, and two suppliers offer sealed."""

from datetime import UTC, datetime
from decimal import Decimal

from app.demo.tour.invoicing import invoice
from app.demo.tour.money import CARD
from app.demo.tour.narrator import LANGUAGES, excerpt
from app.demo.tour.pooled import (
    Pool,
    closing,
    lead,
    leave_time,
    members,
    offers,
    open_for_s,
    own,
    people,
    together,
)
from app.demo.tour.reckoning import reckon
from app.demo.tour.settling import settle
from app.demo.tour.stage import OUTSIDER, Stage, texts
from app.demo.tour.visitors import Answer, Visitor, problem_code

LOT_KG = 100
DEPOSIT_PCT = "10"


def pool(stage: Stage) -> None:
    """From a campaign in Spanish to fourteen shops' orders and invoices in six languages."""
    campaign = _open(stage)
    _commit(stage, campaign)
    _offer(stage, campaign)
    _look(stage, campaign)
    settle(stage, campaign)
    reckon(stage, campaign)
    invoice(stage, campaign)


def _open(stage: Stage) -> Pool:
    tell, leader = stage.narrator, lead(stage)
    tell.step("A mould shop opens a campaign: fourteen shops in six countries pool their steel")
    together(Visitor.signed_in, [*people(stage), stage.visitor(OUTSIDER)])
    words = texts()["pool"]
    begun = Pool("", "", "", "", open_for_s(stage))
    item = words["item"] | {"lot_quantity": str(LOT_KG), "unit": "KGM"}
    form = {
        "led_as": "buyer",
        "title": words["title"],
        "notes": words["notes"],
        "locale": leader.role.locale,
        "currency": "EUR",
        "shortfall": "backfill",
        "deposit_pct": DEPOSIT_PCT,
        "items": [item],
        "places": list(words["places"]),
    }
    answer = leader.post("/v1/campaigns", form | {"closes_at": closing(begun)})
    stage.must("the draft is kept; nobody outside the firm sees it", answer.status_code == 201, answer.text)
    begun.id = answer.json()["id"]
    opened = _opening(leader, begun, form)
    stage.must("open: promised are the rules, and the seed by its SHA-256", opened.get("seed_sha256") is not None)
    begun.number, begun.item_id = opened["number"], opened["items"][0]["id"]
    begun.seed_sha256, begun.closes_at = opened["seed_sha256"], datetime.fromisoformat(opened["closes_at"])
    stage.things.add(begun.id)
    tell.acts(leader.role, f"opens campaign {begun.number}: lots of {LOT_KG} kg, {DEPOSIT_PCT} % deposit")
    tell.says(words["title"], words["glosses"]["title"])
    tell.says(excerpt(words["item"]["specification"], 140), words["glosses"]["specification"])
    tell.says(f"{opened['shortfall']['label']} · {' · '.join(place['name'] for place in opened['places'])}")
    tell.notes(f"In the tour it is open for {begun.open_for_s:.0f} seconds.")
    return begun


def _opening(leader: Visitor, begun: Pool, form: Answer) -> Answer:
    """The campaign, opened. When the closing time passed meanwhile (a restart in between), a new one is set first."""
    for _ in range(5):
        answer = leader.post(f"{begun.path}/opening")
        if problem_code(answer) != "campaign-incomplete":
            break
        headers = {"If-Match": leader.get(begun.path).headers["ETag"]}
        leader.request("PUT", begun.path, json=form | {"closes_at": closing(begun)}, headers=headers)
    opened: Answer = answer.json()
    return opened


def _commit(stage: Stage, pool: Pool) -> None:
    tell = stage.narrator
    tell.step("Each shop commits itself, all or none, at no more than a limit that nobody else reads")
    for one in members():
        visitor = stage.visitor(one["email"])
        leave_time(stage, pool)
        answer = visitor.post(f"{pool.path}/commitments", _commitment(pool, one))
        if answer.status_code != 201:
            stage.must(f"{visitor.role.firm_latin} is taken", False, answer.text)
        made = answer.json()
        pool.commitments[one["email"]] = made["id"]
        stage.things.add(made["id"])
        wish = f"{made['wish']['quantity']['text']} → {one['place']} ≤ {made['wish']['limit']['text']}"
        tell.says(f"{visitor.role.firm}: {wish} · {made['reference']}")
    progress = lead(stage).get(f"{pool.path}/progress").json()["items"][0]
    wanted = sum(one["kg"] for one in members())
    told = progress["commitments"], Decimal(progress["quantity"]["value"])
    tell.check(f"fourteen commitments, {wanted:,} kg", told == (len(members()), wanted), str(progress))


def _commitment(pool: Pool, one: Answer) -> Answer:
    return {
        "item_id": pool.item_id,
        "quantity": str(one["kg"]),
        "place": one["place"],
        "currency": "EUR",
        "limit_minor": one["limit_minor"],
        "reference": one["reference"],
        "payment_method": one.get("card", CARD),
    }


def _offer(stage: Stage, pool: Pool) -> None:
    tell, ids = stage.narrator, []
    tell.step("Two steel houses on two continents compete, sealed")
    for one in offers():
        supplier = stage.visitor(one["email"])
        leave_time(stage, pool)
        answer = supplier.post(f"{pool.path}/offers", {"currency": "EUR", "items": [_offered(pool, one)]})
        tell.acts(supplier.role, one["shown"])
        stage.must("taken and sealed", answer.status_code == 201, answer.text)
        receipt = answer.json()
        ids.append(receipt["id"])
        tell.check(f"the receipt holds the seal {receipt['digest'][:12]}… and no price", "items" not in receipt)
    rivals = [stage.visitor(one["email"]) for one in reversed(offers())]
    looks = [rival.get(f"/v1/campaign-offers/{one}") for rival, one in zip(rivals, ids, strict=True)]
    looks += [lead(stage).get(f"/v1/campaign-offers/{one}") for one in ids]
    unseen = all(look.status_code == 404 for look in looks)
    tell.check("404: to the rival and to the lead the offers do not exist", unseen, str(looks))


def _offered(pool: Pool, one: Answer) -> Answer:
    kept = {name: one[name] for name in ("capacity", "setup_minor", "freight_minor", "lead_time_days", "tiers")}
    return kept | {"item_id": pool.item_id}


def _look(stage: Stage, pool: Pool) -> None:
    """Everybody reads it in his language; outsiders, rivals and the lead do not see who takes part."""
    tell, outsider, leader = stage.narrator, stage.visitor(OUTSIDER), lead(stage)
    tell.step("Everybody reads the campaign in his own language; who takes part with what, nobody else does")
    seen = together(lambda visitor: _read(stage, pool, visitor), [*people(stage), outsider])
    shown: dict[str, Answer] = {}
    for visitor, campaign in zip([*people(stage), outsider], seen, strict=True):
        shown.setdefault(visitor.role.locale, campaign)
    for locale, campaign in shown.items():
        title = campaign["title"]
        tell.says((title["translation"] or title)["text"], f"{LANGUAGES[locale]} – {campaign['state']['label']}")
    states = {campaign["state"]["label"] for campaign in seen}
    foreign = [locale for locale, campaign in shown.items() if not _is_in(campaign["title"], locale)]
    tell.check(f"in {len(shown)} languages, the Spanish original beside", not foreign and len(states) > 5, str(foreign))
    theirs = list(pool.commitments.values())
    tell.acts(outsider.role, "takes no part, and looks around")
    closed = together(lambda one: outsider.get(f"/v1/commitments/{one}").status_code, theirs)
    hidden = seen[-1]["members"] is None and not outsider.get("/v1/commitments").json()["items"]
    tell.check("an outsider sees what is pooled, and no commitment", set(closed) == {404} and hidden, str(closed))
    closed = together(lambda one: leader.get(f"/v1/commitments/{one}").status_code, theirs[1:])
    told = leader.get(pool.path).json()
    hidden = told["members"] is None and told["items"][0]["pooled"]["commitments"] == len(theirs)
    tell.check("the lead sees sums: no member, no limit", set(closed) == {404} and hidden, str(closed))
    held = stage.poll(lambda: _deposits(stage, pool), lambda states: set(states.values()) == {"held"})
    left = {email: state for email, state in held.items() if state != "held"}
    stage.must("each shop's deposit is held; the cards' numbers never came here", not left, str(left))


def _read(stage: Stage, pool: Pool, visitor: Visitor) -> Answer:
    """The campaign, once it is there in the reader's language."""
    return stage.poll(
        lambda: visitor.get(pool.path).json(), lambda campaign: _is_in(campaign["title"], visitor.role.locale)
    )


def _is_in(text: Answer, locale: str) -> bool:
    translation = text["translation"]
    return bool(text["locale"] == locale or (translation and translation["locale"] == locale))


def _deposits(stage: Stage, pool: Pool) -> dict[str, str]:
    """The state of each member's deposit. It has to be held before the freeze, so time is left for it."""
    if datetime.now(UTC) < pool.closes_at:
        leave_time(stage, pool)
    found = together(lambda email: own(stage, pool, email)["deposit"]["state"]["code"], pool.commitments)
    return dict(zip(pool.commitments, found, strict=True))
