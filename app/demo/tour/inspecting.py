"""What arrived is counted and measured before anybody uses it."""

from datetime import UTC, datetime

from app.demo.tour.sending import parts, plain, warehouse_of
from app.demo.tour.stage import BUYER_OWNER, CHINESE, Stage, texts


def inspect(stage: Stage) -> None:
    """Announced, received with a difference, measured, accepted."""
    _announce(stage)
    _receive(stage)
    _measure(stage)


def _announce(stage: Stage) -> None:
    tell, maker, owner = stage.narrator, stage.visitor(CHINESE), stage.visitor(BUYER_OWNER).signed_in()
    tell.step("The maker has announced what is in the case")
    stage.receives = warehouse_of(owner, texts()["warehouses"]["buyer"])
    form = {
        "keeper_id": str(owner.organization_id),
        "warehouse_code": stage.receives["code"],
        "owner_id": str(owner.organization_id),
        "reference": f"ASN {stage.number}",
        "cause": {"kind": "shipment", "id": stage.shipment_id},
        "expected_on": datetime.now(UTC).date().isoformat(),
        "lines": [
            {"item_id": stage.parts[part["sku"]], "quantity": part["wanted"], "sscc": stage.case["sscc"]}
            for part in parts()
        ],
    }
    answer = maker.post("/v1/arrivals", form)
    tell.acts(maker.role, f"announces case {stage.case['sscc']} to {stage.receives['name']}")
    stage.must("announced, part by part", answer.status_code == 201, answer.text)
    stage.arrival = answer.json()
    stage.things.add(stage.arrival["id"])


def _receive(stage: Stage) -> None:
    tell, owner = stage.narrator, stage.visitor(BUYER_OWNER)
    tell.step("It is received; a pin is missing")
    lines = []
    for line, part in zip(stage.arrival["lines"], parts(), strict=True):
        lines.append({"line_id": line["id"], "quantity": part["came"], "status": "quality_hold"})
    path = f"/v1/arrivals/{stage.arrival['id']}"
    answer = owner.post(f"{path}/receipts", {"lines": lines})
    tell.acts(owner.role, "counts what came, onto quality hold")
    stage.must("received", answer.status_code == 201, answer.text)
    stage.receipt = answer.json()
    closed = owner.post(f"{path}/closing", {})
    stage.must("closed", closed.is_success, closed.text)
    differences = closed.json()["differences"]
    for difference in differences:
        tell.says(f"{difference['kind']['label']}: {plain(difference['quantity'])}")
    expected = [float(part["wanted"]) - float(part["came"]) for part in parts() if part["came"] != part["wanted"]]
    found = [float(difference["quantity"]) for difference in differences]
    tell.check("the difference is stated, for both sides to see", found == expected, str(differences))


def _measure(stage: Stage) -> None:
    tell, owner = stage.narrator, stage.visitor(BUYER_OWNER)
    tell.step("The core inserts are measured")
    form = {"receipt_line_id": stage.receipt["lines"][0]["id"], "characteristics": texts()["characteristics"]}
    answer = owner.post("/v1/inspections", form)
    stage.must("an inspection is opened", answer.status_code == 201, answer.text)
    inspection = answer.json()
    stage.things.add(inspection["id"])
    rows = [
        [
            one["name"],
            f"{plain(one['lower_limit'])} … {plain(one['upper_limit'])}",
            plain(one["mean"]),
            one["cpk"][:4],
            one["verdict"]["label"],
        ]
        for one in inspection["characteristics"]
    ]
    tell.acts(owner.role, "measures every piece")
    tell.table(["characteristic", "limits", "mean", "Cpk", "verdict"], rows)
    tell.check(
        "all within their limits", all(one["out_of_tolerance"] == 0 for one in inspection["characteristics"]), str(rows)
    )
    decided = owner.post(f"/v1/inspections/{inspection['id']}/decision", {"decision": "accept"})
    stage.must("accepted: off quality hold, ready for the press", decided.is_success, decided.text)
    tell.says(decided.json()["state"]["label"])
