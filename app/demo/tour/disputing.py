"""T1 is paid ahead and disputed: it alone is frozen, both sides say what they have to say, and it is divided to the cent."""

from app.demo.tour.building import found, uploaded
from app.demo.tour.money import earns, fee, milestone, minor, owed, pay, rate_bp, schedule_of
from app.demo.tour.narrator import excerpt
from app.demo.tour.stage import CHINESE, PURCHASER, Stage, texts
from app.demo.tour.visitors import Answer, Visitor, problem_code

TRIAL = "t1"
FROZEN = "payment-milestone-frozen"


def dispute(stage: Stage) -> None:
    """From the payment ahead to the settlement."""
    _pay_ahead(stage)
    case = _open(stage)
    _only_that(stage)
    proposal = _answer(stage, case)
    _settle(stage, case, proposal)


def _pay_ahead(stage: Stage) -> None:
    tell, purchaser = stage.narrator, stage.visitor(PURCHASER)
    tell.step("The buyer pays T1 ahead, and her money is held")
    paid = pay(stage, purchaser, stage.milestones[TRIAL])
    amount, held, released = minor(paid, "amount", "held", "released")
    tell.acts(purchaser.role, f"pays {paid['amount']['text']} ahead")
    stage.must("held, and nobody's until T1 is accepted", (held, released) == (amount, 0), str(paid))


def _open(stage: Stage) -> Answer:
    tell, purchaser, words = stage.narrator, stage.visitor(PURCHASER), texts()["money"]["dispute"]
    tell.step("She disputes T1")
    evidence = uploaded(purchaser, words["file"])
    form = {"reason": words["reason"], "text": words["text"], "locale": "de", "document_ids": [evidence["id"]]}
    answer = purchaser.post(f"/v1/payment-milestones/{stage.milestones[TRIAL]}/disputes", form)
    stage.must("opened, with a file as evidence", answer.status_code == 201, answer.text)
    case: Answer = answer.json()
    stage.things.add(case["id"])
    tell.acts(purchaser.role, f"disputes {case['disputed']['text']}: {case['reason']['label']}")
    tell.says(words["text"], words["gloss"])
    tell.says(f"{evidence['filename']} · {case['state']['label']}")
    return case


def _only_that(stage: Stage) -> None:
    tell, purchaser, maker = stage.narrator, stage.visitor(PURCHASER), stage.visitor(CHINESE)
    tell.step("T1 alone is frozen")
    schedule = schedule_of(maker, stage.order_id)
    frozen = [one["key"] for one in schedule["milestones"] if one["disputed"]]
    tell.check("of three milestones one is disputed", frozen == [TRIAL], str(frozen))
    order_step = found(purchaser, stage.order_id, TRIAL)
    path = f"/v1/orders/{stage.order_id}/milestones/{order_step['id']}/acceptance"
    refused = purchaser.post(path, {"note": "–"})
    tell.says(f"{refused.json().get('title', '')} – {refused.json().get('detail', '')}")
    tell.check(f"{refused.status_code}: it cannot be accepted", problem_code(refused) == FROZEN, refused.text)
    form = {"amount_minor": 100, "reason": "–––"}
    refused = maker.post(f"/v1/payment-milestones/{stage.milestones[TRIAL]}/refunds", form)
    tell.check(f"{refused.status_code}: nor can anything be given back", problem_code(refused) == FROZEN, refused.text)


def _answer(stage: Stage, case: Answer) -> Answer:
    tell, purchaser, maker = stage.narrator, stage.visitor(PURCHASER), stage.visitor(CHINESE)
    tell.step("The maker answers with evidence, and proposes how to divide it")
    words, path = texts()["money"]["answer"], f"/v1/disputes/{case['id']}"
    evidence = uploaded(maker, words["file"])
    form = {"text": words["text"], "locale": "zh-Hans", "document_ids": [evidence["id"]]}
    answer = maker.post(f"{path}/messages", form)
    stage.must("answered", answer.status_code == 201 and answer.json()["answered_at"], answer.text)
    tell.acts(maker.role, f"answers, with {evidence['filename']}")
    tell.says(words["text"], words["gloss"])
    words = texts()["money"]["proposal"]
    back = words["refund_minor"]
    split = {"release_minor": case["disputed"]["minor"] - back, "refund_minor": back}
    answer = maker.post(f"{path}/proposals", split | {"text": words["text"], "locale": "zh-Hans"})
    stage.must("proposed: binding once it is accepted", answer.status_code == 201, answer.text)
    tell.says(words["text"], words["gloss"])
    entries = stage.poll(lambda: _read(purchaser, path), lambda seen: all(map(_in_german, seen["items"])))
    tell.acts(purchaser.role, "reads it all in German, and opens the file")
    for entry in entries["items"]:
        text = entry["text"]
        tell.says(f"{entry['act']['label']}: {excerpt((text['translation'] or text)['text'])}")
    tell.check("each side's words in the other's language", all(map(_in_german, entries["items"])), str(entries)[:300])
    files = [file for entry in entries["items"] for file in entry["documents"]]
    opened = [purchaser.get(file["url"]).is_success for file in files]
    tell.check("the evidence of both sides lies with it", opened == [True, True], str(files))
    (proposal,) = purchaser.get(path).json()["proposals"]
    found_split: Answer = proposal
    return found_split


def _read(visitor: Visitor, path: str) -> Answer:
    entries: Answer = visitor.get(f"{path}/entries").json()
    return entries


def _in_german(entry: Answer) -> bool:
    text = entry["text"]
    return bool(text["locale"] == "de" or (text["translation"] and text["translation"]["locale"] == "de"))


def _settle(stage: Stage, case: Answer, proposal: Answer) -> None:
    tell, purchaser, maker = stage.narrator, stage.visitor(PURCHASER), stage.visitor(CHINESE)
    tell.step("She accepts, and T1 is divided to the cent")
    trial, split = stage.milestones[TRIAL], proposal["split"]
    answer = purchaser.post(f"/v1/disputes/{case['id']}/proposals/{proposal['id']}/acceptance")
    tell.acts(purchaser.role, f"accepts: {split['release']['text']} and {split['refund']['text']}")
    agreed = answer.is_success and answer.json()["state"]["code"] == "agreed"
    stage.must("agreed, and settled by that", agreed, answer.text)
    tell.says(answer.json()["state"]["label"])
    back = texts()["money"]["proposal"]["refund_minor"]
    ended = stage.poll(lambda: milestone(purchaser, trial), lambda seen: seen["refunded"]["minor"] == back)
    amount, held, released, refunded = minor(ended, "amount", "held", "released", "refunded")
    divided = (held, released, refunded) == (0, amount - back, back) and not ended["disputed"]
    tell.check("released and given back come to what was disputed; nothing is held", divided, str(ended))
    commission = fee(released, rate_bp(maker, stage.order_id))
    earns(stage, ended["amount"]["currency"], commission)
    item = owed(maker, trial)
    tell.check("the maker gets his part less commission", item["amount"]["minor"] == released - commission, str(item))
    step = stage.poll(lambda: found(purchaser, stage.order_id, TRIAL), lambda seen: seen["state"]["code"] == "accepted")
    stage.must("T1 is accepted by that, and the order goes on", step["state"]["code"] == "accepted", str(step)[:200])
