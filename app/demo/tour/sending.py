"""The mould's spare parts leave the shelf: held by the buyer, picked, packed under a number of their own, planned into a
container."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.demo.tour.stage import CHINESE, PURCHASER, Stage, texts
from app.demo.tour.visitors import Answer, Visitor

WAREHOUSE = "HF-NGB"
PLAN_SECONDS = 2
GS1_PREFIX = "9521234"
"""GS1 keeps 952 for demonstrations: no firm is numbered so."""


def send(stage: Stage) -> None:
    """From the shelf in Ningbo to a plan of the container."""
    _stock(stage)
    _hold(stage)
    _pick(stage)
    _pack(stage)
    _plan_load(stage)


def parts() -> list[Answer]:
    """What the mould wears out first."""
    return list(texts()["spare_parts"])


def plain(number: str) -> str:
    """A quantity without the zeros that a scale brings along."""
    return format(Decimal(number).normalize(), "f")


def warehouse_of(visitor: Visitor, form: Answer) -> Answer:
    """The keeper's warehouse of this code, opened when it is not there yet; `bins` holds the ids of its bins by code."""
    kept = visitor.get("/v1/warehouses", params={"limit": 100}).json()["items"]
    known = [one for one in kept if one["code"] == form["code"] and one["keeper_id"] == str(visitor.organization_id)]
    found: Answer = known[0] if known else visitor.post("/v1/warehouses", form).json()
    bins = visitor.get(f"/v1/warehouses/{found['id']}/bins", params={"limit": 100}).json()["items"]
    return found | {"bins": {one["code"]: one["id"] for one in bins}}


def _stock(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("The mould's spare parts come from the workshop onto the shelf in Ningbo")
    stage.keeps = warehouse_of(maker, texts()["warehouses"]["maker"])
    known = {one["sku"]: one for one in maker.get("/v1/stock-items", params={"limit": 100}).json()["items"]}
    moves = []
    for part in parts():
        form = {name: part[name] for name in ("sku", "name", "locale", "mass_kg")} | {"offered": True}
        item = known.get(part["sku"]) or maker.post("/v1/stock-items", form).json()
        stage.parts[part["sku"]] = item["id"]
        moves.append(
            {
                "item_id": item["id"],
                "quantity": part["made"],
                "origin": {"outside": "supplier"},
                "target": {"bin_id": stage.keeps["bins"]["STOR-01"]},
                "reason": "receipt",
            }
        )
    answer = maker.post("/v1/stock-moves", {"moves": moves})
    tell.acts(maker.role, f"receives {len(moves)} parts into {stage.keeps['name']}")
    tell.table(["SKU", "part", "pieces"], [[part["sku"], part["name"], part["made"]] for part in parts()])
    stage.must("the ledger has a line for each", answer.status_code == 201, answer.text)


def _hold(stage: Stage) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("The buyer holds what she needs")
    lines = [{"item_id": stage.parts[part["sku"]], "quantity": part["wanted"]} for part in parts()]
    answer = purchaser.post("/v1/reservations", {"lines": lines, "minutes": 60})
    tell.acts(purchaser.role, "holds spare parts out of the maker's stock")
    stage.must("held: nobody else can have them", answer.status_code == 201, answer.text)
    stage.reservation_id = answer.json()["id"]
    # However the parts of earlier tours add up, nobody can hold more than is there.
    too_much = [{"item_id": stage.parts[parts()[0]["sku"]], "quantity": "1000000"}]
    refused = purchaser.post("/v1/reservations", {"lines": too_much, "minutes": 60})
    tell.says(f"{refused.json().get('title', '')} – {refused.json()['errors'][0]['detail']}")
    tell.check("409: a million more are not promised", refused.status_code == 409, refused.text)


def _pick(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("They are picked")
    form = {"reservation_ids": [stage.reservation_id]}
    answer = maker.post(f"/v1/warehouses/{stage.keeps['id']}/waves", form)
    tell.acts(maker.role, "makes a picking list")
    stage.must("a wave, in walking order", answer.status_code == 201, answer.text)
    wave = answer.json()
    tell.table(
        ["stop", "bin", "part", "pieces"],
        [[str(stop["stop"]), stop["bin"], stop["name"], plain(stop["quantity"])] for stop in wave["stops"]],
    )
    picked = maker.post(f"/v1/waves/{wave['id']}/picks", {})
    stage.must("everything was found", picked.is_success and picked.json()["state"]["code"] == "picked", picked.text)
    stage.wave = picked.json()


def _pack(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("They are packed")
    settings = maker.get("/v1/packing-settings")
    if settings.json()["gs1_prefix"] is None:
        headers = {"If-Match": settings.headers["ETag"]}
        numbered = {"gs1_prefix": GS1_PREFIX}
        maker.request("PUT", "/v1/packing-settings", json=numbered, headers=headers).raise_for_status()
    contents = [
        {"pick_line_id": part["id"], "quantity": part["picked"]}
        for stop in stage.wave["stops"]
        for part in stop["parts"]
    ]
    case = texts()["case"]
    form: Answer = {
        "organization_id": str(stage.visitor(PURCHASER).organization_id),
        "marks": f"{stage.number} 1/2",
        "contents": contents,
        **case,
    }
    answer = maker.post(f"/v1/warehouses/{stage.keeps['id']}/packages", form)
    stage.must("a case for the buyer", answer.status_code == 201, answer.text)
    closed = maker.post(f"/v1/packages/{answer.json()['id']}/closing", {})
    stage.must("closed: nothing is taken out or put in any more", closed.is_success, closed.text)
    stage.case = closed.json()
    tell.acts(maker.role, "packs a plywood case")
    tell.says(f"SSCC {stage.case['sscc']} · {stage.case['type']['label']} · {plain(stage.case['gross_kg'])} kg")
    tell.check("it has a number of its own in the world", bool(stage.case["sscc"]), str(stage.case))


def boxes() -> list[dict[str, Any]]:
    """The mould in its crate, and the case with the spare parts, as a load plan wants them."""
    case = texts()["case"]
    measures = {name: case[name] for name in ("length_mm", "width_mm", "height_mm")}
    return [
        texts()["crate"] | {"count": 1},
        {"id": "SPARES", "name": "EG-2041 spare parts", "mass_kg": float(case["gross_kg"]), "count": 1, **measures},
    ]


def _plan_load(stage: Stage) -> None:
    tell, maker = stage.narrator, stage.visitor(CHINESE)
    tell.step("A plan for the container")
    form = {
        "name": f"{stage.number}, {datetime.now(UTC):%Y-%m-%d}",
        "containers": [{"type": "20DC"}],
        "boxes": boxes(),
        "seconds": PLAN_SECONDS,
    }
    answer = maker.post("/v1/load-plans", form)
    tell.acts(maker.role, "lets mould and spare parts be planned into a 20-foot container")
    stage.must("the task is taken; the worker computes", answer.status_code == 202, answer.text)
    stage.things.add(answer.json()["id"])
    path = f"/v1/load-plans/{answer.json()['id']}"
    plan = stage.poll(lambda: maker.get(path).json(), lambda seen: seen["state"]["code"] not in ("queued", "solving"))
    stage.must("everything fits, no rule is broken", plan["state"]["code"] == "done" and plan["loaded"] == 2, str(plan))
    for step in plan["loads"][0]["steps"]:
        tell.says(step["text"])
    drawing = maker.get(f"{path}/drawing.svg")
    tell.check("there is a drawing", drawing.is_success and drawing.text.lstrip().startswith("<"), drawing.text[:200])
