"""The purchaser writes an inquiry in German and sends it to suppliers on the other side of the world."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.demo.inquiries import attachment_path, load_tour_inquiry
from app.demo.tour.narrator import excerpt
from app.demo.tour.stage import LATECOMER, PURCHASER, QUOTING, Stage, texts
from app.demo.tour.visitors import Answer, Visitor, problem_code

MEDIA_TYPES = {".step": "model/step", ".pdf": "application/pdf"}
TRIES = 5


def ask(stage: Stage) -> None:
    """Drawing and model, the inquiry, its publication."""
    documents = _upload(stage)
    _draft(stage, documents)
    _publish(stage)


def _upload(stage: Stage) -> list[Answer]:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("A purchaser uploads a drawing and a 3D model")
    tell.acts(purchaser.role, "uploads the housing EG-2041 as STEP and PDF")
    documents = []
    for name in load_tour_inquiry().attachments:
        path = attachment_path(name)
        documents.append(purchaser.upload(name, path.read_bytes(), MEDIA_TYPES[path.suffix]))
    for document in documents:
        clean = document["scan"]["code"] == "clean"
        size_kb = document["size_bytes"] // 1024
        stage.must(f"{document['filename']}: {size_kb} kB, structure checked", clean, str(document))
    return documents


def _draft(stage: Stage, documents: list[Answer]) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("She writes the inquiry in German")
    seed = load_tour_inquiry()
    line = seed.lines[0]
    stage.form = {
        "title": f"{seed.title} ({_running_number(purchaser)})",
        "notes": seed.notes,
        "payment_notes": seed.payment_notes,
        "locale": seed.locale,
        "currency": seed.currency,
        "incoterm": seed.incoterm,
        "incoterm_place": seed.incoterm_place,
        "required_on": (datetime.now(UTC) + timedelta(days=seed.required_in_days)).date().isoformat(),
        "closes_at": _closing(stage),
        "milestone_template": seed.milestone_template,
        "lots": [
            {
                "lines": [
                    {
                        "description": line.description,
                        "quantity": str(line.quantity),
                        "unit": line.unit,
                        "spec": dict(line.spec or {}),
                        "target_price_minor": line.target_price_minor,
                    }
                ]
            }
        ],
        "supplier_ids": [_organization_id(stage, email) for email in (*QUOTING, LATECOMER)],
        "document_ids": [document["id"] for document in documents],
    }
    answer = purchaser.post("/v1/inquiries", stage.form)
    tell.acts(purchaser.role, "describes a two-cavity mould for PC/ABS, plates 1.2738, cavities S136")
    stage.must("the draft is kept; nobody outside her firm sees it", answer.status_code == 201, answer.text)
    inquiry = answer.json()
    stage.inquiry_id, stage.number = inquiry["id"], inquiry["number"]
    written = inquiry["lots"][0]["lines"][0]
    stage.line_id = written["id"]
    tell.says(stage.form["title"], texts()["glosses"]["title"])
    tell.says(excerpt(seed.notes, 160), texts()["glosses"]["notes"])
    shown = spec_fields(written)
    stage.own_labels = {code: field["label"] for code, field in shown.items()}
    tell.says(" · ".join(f"{shown[code]['label']}: {shown[code]['text']}" for code in texts()["spec_shown"]))
    tell.check("grades are normalized: S136 is 1.2083, the plates are 1.2738", _steels(shown), str(shown)[:200])


def _steels(shown: dict[str, Answer]) -> bool:
    return "1.2083" in shown["steel_cavity"]["text"] and "1.2738" in shown["steel_base"]["text"]


def _publish(stage: Stage) -> None:
    tell = stage.narrator
    tell.step("She publishes it to four invited suppliers")
    answer = _publication(stage)
    stage.must(f"inquiry {stage.number} is published", answer.is_success, answer.text)
    inquiry = answer.json()
    stage.closes_at = datetime.fromisoformat(inquiry["closes_at"])
    invited = [invitation["supplier"] for invitation in inquiry["invitations"]]
    for firm in invited:
        tell.says(f"{firm['name']} ({firm['city']}, {firm['country']})")
    tell.check("four suppliers are asked", len(invited) == 4, str(invited))
    tell.notes(f"In the tour the time for quotes is {stage.open_for_s:.0f} seconds; quotes stay sealed until then.")


def _publication(stage: Stage) -> httpx.Response:
    """Publish; when the closing time passed meanwhile (a restart in between), set a new one first."""
    purchaser = stage.visitor(PURCHASER)
    path = f"/v1/inquiries/{stage.inquiry_id}"
    for _ in range(TRIES):
        answer = purchaser.post(f"{path}/publication")
        if problem_code(answer) != "inquiry-incomplete":
            break
        version = purchaser.get(path).headers["ETag"]
        form = stage.form | {"closes_at": _closing(stage)}
        replaced = purchaser.request("PUT", path, json=form, headers={"If-Match": version})
        if replaced.is_success:
            stage.line_id = replaced.json()["lots"][0]["lines"][0]["id"]
    return answer


def _closing(stage: Stage) -> str:
    return (datetime.now(UTC) + timedelta(seconds=stage.open_for_s)).isoformat()


def _organization_id(stage: Stage, email: str) -> str:
    visitor = stage.visitor(email)
    visitor.sign_in()
    return str(visitor.organization_id)


def _running_number(purchaser: Visitor) -> int:
    """How many tours there have been, and one."""
    title, number, cursor = load_tour_inquiry().title, 1, ""
    while True:
        page = purchaser.get("/v1/inquiries", params={"cursor": cursor} if cursor else {}).json()
        number += len([item for item in page["items"] if item["title"].startswith(title)])
        cursor = page["next_cursor"]
        if not cursor:
            return number


def spec_fields(line: Answer) -> dict[str, Any]:
    """The mould's description of a line, by field code."""
    return {field["code"]: field for group in line["spec"] or [] for field in group["fields"]}
