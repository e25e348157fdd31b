"""Suppliers read the inquiry in their languages and answer sealed; who peeks and who is late is refused."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from app.demo.inquiries import load_tour_inquiry, quote_note
from app.demo.tour.asking import spec_fields
from app.demo.tour.narrator import excerpt
from app.demo.tour.stage import CHINESE, LATECOMER, PURCHASER, QUOTING, SPANISH, Stage, texts
from app.demo.tour.visitors import Answer, Visitor, problem_code

UNTOUCHED = ("1.2738", "1.2083", "PC/ABS", "Bayblend T85 XF", "EG-2041-01", "SPI A-2", "VDI 24")
VALID_DAYS = 60


def answer(stage: Stage) -> None:
    """Reading, quoting, peeking, and one who comes too late."""
    for email in QUOTING:
        _read(stage, stage.visitor(email))
    stage.narrator.step("Three suppliers quote, each in its own currency and language")
    for email in QUOTING:
        _quote(stage, stage.visitor(email))
    _peek(stage)
    _be_late(stage)


def _read(stage: Stage, supplier: Visitor) -> None:
    tell = stage.narrator
    tell.step(f"{supplier.role.firm} reads it")
    tell.acts(supplier.role, f"opens inquiry {stage.number}")
    inquiry = stage.poll(
        lambda: _while_open(stage, supplier),
        lambda seen: bool(seen.get("notes") and seen["title"]["translation"] and seen["notes"]["translation"]),
    )
    stage.must("it is there", "notes" in inquiry, str(inquiry))
    title, notes = inquiry["title"], inquiry["notes"]
    tell.check("the German original stands first", title["text"] == stage.form["title"], title["text"])
    tell.says(excerpt(title["text"]))
    translation = notes["translation"]
    stage.must("a translation stands next to it", translation is not None, str(notes))
    label = f"{translation['state']}, {translation['engine']}"
    tell.says(excerpt(title["translation"]["text"]), f"beside it, labelled “{label}”: the trade glossary's words only")
    own = translation["locale"] == supplier.role.locale and translation["state"] == "machine"
    tell.check("in the reader's language, labelled as a machine's", own, str(translation)[:200])
    lost = [grade for grade in UNTOUCHED if grade in notes["text"] and grade not in translation["text"]]
    tell.check("steels, grades, part numbers and finishes pass through untouched", not lost, str(lost))
    _read_the_mould(stage, supplier, inquiry)
    _open_drawing(stage, supplier, inquiry)


def _while_open(stage: Stage, supplier: Visitor) -> Answer:
    """The inquiry; should the worker be restarting, translations may keep the readers waiting."""
    stage.leave_time()
    inquiry: Answer = supplier.get(f"/v1/inquiries/{stage.inquiry_id}").json()
    return inquiry


def _read_the_mould(stage: Stage, supplier: Visitor, inquiry: Answer) -> None:
    tell = stage.narrator
    fields = spec_fields(inquiry["lots"][0]["lines"][0])
    tell.says(" · ".join(f"{fields[code]['label']}: {fields[code]['text']}" for code in texts()["spec_shown"]))
    foreign = [code for code in texts()["spec_shown"] if fields[code]["label"] == stage.own_labels[code]]
    tell.check("the mould's description is in the trade's words of that language", not foreign, str(foreign))
    hidden = inquiry["lots"][0]["lines"][0]["target_price"] is None and inquiry["invitations"] is None
    tell.check("neither the target price nor who else was asked can be seen", hidden)


def _open_drawing(stage: Stage, supplier: Visitor, inquiry: Answer) -> None:
    drawing = next((item for item in inquiry["documents"] if item["filename"].endswith(".pdf")), None)
    content = supplier.get(drawing["url"]).content if drawing else b""
    same = drawing is not None and sha256(content).hexdigest() == drawing["sha256"]
    stage.narrator.check(f"the drawing opens ({len(content) // 1024} kB, SHA-256 as stated)", same, str(drawing))


def _quote(stage: Stage, supplier: Visitor) -> None:
    tell = stage.narrator
    form = _quote_form(stage, supplier)
    stage.leave_time()
    answer = supplier.post(f"/v1/inquiries/{stage.inquiry_id}/quotes", form)
    quote = texts()["quotes"][supplier.role.email]
    tell.acts(supplier.role, f"{quote['shown']}, {form['lead_time_days'] // 7} weeks")
    tell.says(excerpt(str(form["notes"])), quote["gloss"])
    stage.must("taken and sealed", answer.status_code == 201, answer.text)
    receipt = answer.json()
    stage.quote_ids[supplier.role.email] = receipt["id"]
    stage.digests[supplier.role.email] = receipt["digest"]
    sealed = len(receipt["digest"] or "") == 64 and not ({"prices", "total", "extras"} & set(receipt))
    tell.check(f"the receipt holds the seal {receipt['digest'][:12]}… and no price", sealed, answer.text)


def _quote_form(stage: Stage, supplier: Visitor) -> Answer:
    quote = texts()["quotes"][supplier.role.email]
    seed = load_tour_inquiry()
    notes, locale = quote_note(quote["note"], supplier.role.locale, lead_time_days=quote["lead_time_days"])
    return {
        "currency": quote["currency"],
        "prices": [{"line_id": stage.line_id, "price_minor": quote["price_minor"]}],
        "extras": quote.get("extras", []),
        "lead_time_days": quote["lead_time_days"],
        "valid_until": (datetime.now(UTC) + timedelta(days=VALID_DAYS)).date().isoformat(),
        "incoterm": seed.incoterm,
        "incoterm_place": quote["place"],
        "reference": quote["reference"],
        "notes": notes,
        "notes_locale": locale,
        "submit": True,
    }


def _peek(stage: Stage) -> None:
    tell, purchaser, rival = stage.narrator, stage.visitor(PURCHASER), stage.visitor(SPANISH)
    tell.step("Somebody tries to peek")
    quote_id = stage.quote_ids[CHINESE]
    stage.leave_time()
    seen = rival.get(f"/v1/quotes/{quote_id}")
    tell.acts(rival.role, "asks for the Chinese supplier's quote")
    _refusal(stage, seen.text, seen.status_code == 404, "404: to a rival the quote does not exist", seen.json())
    seen = purchaser.get(f"/v1/quotes/{quote_id}")
    tell.acts(purchaser.role, "asks for its price before the opening")
    sealed = problem_code(seen) == "quotes-sealed" and "price" not in seen.text
    _refusal(stage, seen.text, sealed, f"{seen.status_code}: sealed, for the buyer too", seen.json())
    seen = purchaser.post(f"/v1/inquiries/{stage.inquiry_id}/opening")
    tell.acts(purchaser.role, "tries to open the quotes early")
    early = problem_code(seen) == "opening-too-early"
    _refusal(stage, seen.text, early, f"{seen.status_code}: too early; the attempt is recorded", seen.json())


def _be_late(stage: Stage) -> None:
    tell, late = stage.narrator, stage.visitor(LATECOMER)
    tell.step("The time for quotes ends, and one supplier is late")
    inquiry = late.get(f"/v1/inquiries/{stage.inquiry_id}").json()
    closes_at = datetime.fromisoformat(inquiry["closes_at"])
    tell.wait_until(closes_at.timestamp() + 0.2, "the quotes are closed")
    answer = late.post(f"/v1/inquiries/{stage.inquiry_id}/quotes", _quote_form(stage, late))
    tell.acts(late.role, f"quotes {texts()['quotes'][late.role.email]['shown']} a moment too late")
    refused = problem_code(answer) == "inquiry-closed"
    _refusal(stage, answer.text, refused, f"{answer.status_code}: no late quote is taken", answer.json())


def _refusal(stage: Stage, text: str, holds: bool, check: str, problem: Answer) -> None:
    stage.narrator.says(f"{problem.get('title', '')} – {problem.get('detail', '')}")
    stage.narrator.check(check, holds, text)
