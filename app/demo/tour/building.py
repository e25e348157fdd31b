"""The supplier takes the order and shows what is reached; the buyer accepts, but for the T1 trial."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo.inquiries import attachment_path
from app.demo.tour.stage import CHINESE, PURCHASER, Stage, texts
from app.demo.tour.visitors import Answer, Visitor

DELIVERY_DAYS = 60
MEDIA_TYPES = {"pdf": "application/pdf", "csv": "text/csv", "txt": "text/plain"}


def build(stage: Stage) -> None:
    """Acknowledgement, design, steel, and the T1 trial."""
    _acknowledge(stage)
    for step in texts()["milestones"]:
        _milestone(stage, step)


def _acknowledge(stage: Stage) -> None:
    tell, supplier = stage.narrator, stage.visitor(CHINESE)
    tell.step("The supplier acknowledges the order")
    order = supplier.get(f"/v1/orders/{stage.order_id}").json()
    tell.acts(supplier.role, f"reads order {order['number']} in Chinese")
    tell.says(f"{order['state']['label']} · {order['total']['text']} · {order['milestone_template']['label']}")
    tell.says(" → ".join(milestone["name"] for milestone in order["milestones"]))
    day = (datetime.now(UTC) + timedelta(days=DELIVERY_DAYS)).date().isoformat()
    note = texts()["acknowledgement"]
    form = {"confirmed_delivery_on": day, "note": note["text"]}
    answer = supplier.post(f"/v1/orders/{stage.order_id}/acknowledgement", form)
    tell.says(note["text"], note["gloss"])
    stage.must(f"acknowledged, delivery on {day}", answer.is_success, answer.text)
    shares = sum(float(milestone["share_percent"]) for milestone in order["milestones"])
    tell.check("the milestones' shares sum to 100 %", shares == 100, str(shares))


def _milestone(stage: Stage, step: dict[str, Any]) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    milestone = found(purchaser, stage.order_id, step["code"])
    path = f"/v1/orders/{stage.order_id}/milestones/{milestone['id']}"
    if "waived" in step:
        tell.step(f"The buyer does without “{milestone['name']}”")
        tell.acts(purchaser.role, "waives a milestone that carries no share of the price")
        tell.says(step["waived"], step["waived_gloss"])
        answer = purchaser.post(f"{path}/waiver", {"reason": step["waived"]})
        stage.must("waived", _state(answer.json(), step["code"]) == "waived", answer.text)
        return
    _show(stage, step, milestone, path)
    said = "accepts" if "accepts" in step else "does not accept it yet"
    tell.acts(purchaser.role, f"looks at the evidence of “{milestone['name']}” and {said}")
    _look(stage, purchaser, step)
    if "accepts" not in step:
        return
    answer = purchaser.post(f"{path}/acceptance", {"note": step["accepts"]})
    tell.says(step["accepts"], step["accepts_gloss"])
    stage.must("accepted", _state(answer.json(), step["code"]) == "accepted", answer.text)
    reached = next(item for item in answer.json()["milestones"] if item["code"] == step["code"])
    if reached["amount"]["minor"]:
        tell.notes(f"{reached['share_percent']} % of the price is earned: {reached['amount']['text']}")


def _show(stage: Stage, step: dict[str, Any], milestone: Answer, path: str) -> None:
    """The supplier uploads evidence."""
    tell, supplier = stage.narrator, stage.visitor(CHINESE)
    his = found(supplier, stage.order_id, step["code"])
    tell.step(f"Milestone “{milestone['name']}” / “{his['name']}”")
    documents = [uploaded(supplier, item) for item in step["files"]]
    names = ", ".join(document["filename"] for document in documents)
    tell.acts(supplier.role, f"uploads {names}")
    tell.says(step["note"], step["note_gloss"])
    form = {"document_ids": [document["id"] for document in documents], "note": step["note"]}
    answer = supplier.post(f"{path}/evidence", form)
    stage.must("the evidence is submitted", answer.status_code == 201, answer.text)


def _look(stage: Stage, purchaser: Visitor, step: dict[str, Any]) -> None:
    """The buyer opens every file of the latest evidence."""
    milestone = found(purchaser, stage.order_id, step["code"])
    documents = milestone["entries"][-1]["documents"]
    opened = [purchaser.get(document["url"]) for document in documents]
    whole = all(
        answer.is_success and len(answer.content) == document["size_bytes"]
        for answer, document in zip(opened, documents, strict=True)
    )
    stage.narrator.check(f"she can open the {len(documents)} file(s)", bool(documents) and whole, str(documents)[:200])


def uploaded(supplier: Visitor, item: dict[str, str]) -> Answer:
    """A file of the sample data, or one that is written in the texts, uploaded and checked."""
    if "attachment" in item:
        content = attachment_path(item["attachment"]).read_bytes()
    else:
        content = texts()["files"][item["text"]].encode()
    return supplier.upload(item["filename"], content, MEDIA_TYPES[item["filename"].rpartition(".")[2]])


def found(visitor: Visitor, order_id: str, code: str) -> Answer:
    """A milestone of an order, by its code."""
    order = visitor.get(f"/v1/orders/{order_id}").json()
    return next(milestone for milestone in order["milestones"] if milestone["code"] == code)


def _state(order: Answer, code: str) -> str:
    found = [milestone["state"]["code"] for milestone in order.get("milestones", []) if milestone["code"] == code]
    return found[0] if found else ""
