"""Every buyer's rule of four eyes: an order above a sum waits for the approver."""

from decimal import ROUND_CEILING, Decimal

from app.demo.inquiries.seeds import OrganizationSeed
from app.demo.seed.cast import Cast
from app.demo.seed.history import History
from app.parties.schemas.approvals import RuleIn
from app.parties.states import SubjectKind
from app.parties.usecases.govern_approvals import make_rule
from app.reference import facade as reference

ABOVE_EUR_MINOR = 2_500_000
NAMES = {
    "en": "Orders above {amount} need a second signature",
    "zh-Hans": "超过{amount}的订单须经第二人批准",
    "zh-Hant": "超過{amount}的訂單須經第二人核准",
    "de": "Bestellungen über {amount} brauchen eine zweite Unterschrift",
    "es": "Los pedidos de más de {amount} requieren una segunda firma",
    "fr": "Les commandes de plus de {amount} demandent une seconde signature",
    "ja": "{amount}を超える注文は第二承認者の承認を要する",
    "pt-BR": "Pedidos acima de {amount} exigem uma segunda assinatura",
    "ar": "الطلبات التي تتجاوز {amount} تحتاج إلى توقيع ثانٍ",
}


async def rule_of_four_eyes(told: History, cast: Cast, buyer: OrganizationSeed) -> None:
    """The owner makes the rule, in the firm's language and currency."""
    approvers = [person for person in buyer.people if "approver" in person.roles]
    owner = next(cast.people[person.email] for person in buyer.people if "owner" in person.roles)
    session = await told.let(owner)
    rate = await reference.fx_rate(session, "EUR", buyer.currency, told.now.date())
    if not approvers or rate is None:
        return
    above = _round(reference.convert_minor(ABOVE_EUR_MINOR, "EUR", buyer.currency, rate))
    form = RuleIn(
        name=NAMES[buyer.locale].format(amount=reference.display_money(above, buyer.currency, buyer.locale)),
        subject_kind=SubjectKind.ORDER,
        above_minor=above,
        currency=buyer.currency,
        approver_ids=[person_id for person in approvers if (person_id := cast.people[person.email].person_id)],
    )
    await make_rule(session, owner, form)


def _round(minor: int) -> int:
    """Two digits, as rules are made."""
    step = Decimal(10) ** max(0, Decimal(minor).adjusted() - 1)
    return int((Decimal(minor) / step).quantize(Decimal(1), ROUND_CEILING) * step)
