"""Words of dunning: how a letter sounds, and what it claims beside the debt."""

from enum import StrEnum

from app.kit.locales import NP_


class Tone(StrEnum):
    """How a letter sounds."""

    FRIENDLY = "friendly"
    FIRM = "firm"
    LAST = "last"


class Charges(StrEnum):
    """What a letter claims beside the debt: nothing, what the law of the European Union gives at least, or interest as agreed."""

    NONE = "none"
    STATUTORY = "statutory"
    AGREED = "agreed"


class FixedBy(StrEnum):
    """Who says how much the fixed sum of a claim is: the law, or the issuer where it names none in the invoice's currency."""

    LAW = "law"
    ISSUER = "issuer"


class ClaimState(StrEnum):
    """Where a claim for late payment stands; it follows from what is left of its open item."""

    OPEN = "open"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


FIXED_BY_LABELS = {
    FixedBy.LAW: NP_("fixed sum", "By law"),
    FixedBy.ISSUER: NP_("fixed sum", "As the issuer states"),
}

CLAIM_STATE_LABELS = {
    ClaimState.OPEN: NP_("claim for late payment", "Open"),
    ClaimState.SETTLED: NP_("claim for late payment", "Settled"),
    ClaimState.WITHDRAWN: NP_("claim for late payment", "Withdrawn"),
}

TONE_LABELS = {
    Tone.FRIENDLY: NP_("dunning tone", "Friendly reminder"),
    Tone.FIRM: NP_("dunning tone", "Reminder"),
    Tone.LAST: NP_("dunning tone", "Last reminder"),
}

CHARGES_LABELS = {
    Charges.NONE: NP_("dunning charges", "None"),
    Charges.STATUTORY: NP_("dunning charges", "Statutory minimum (Directive 2011/7/EU)"),
    Charges.AGREED: NP_("dunning charges", "Interest as agreed"),
}
