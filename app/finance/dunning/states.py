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
