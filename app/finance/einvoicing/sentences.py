"""What the rules say, in words for who writes an invoice: by the rule's identifier, or by the start of it.

Rules of EN 16931-1 are BR-…, of Peppol BIS Billing 3 PEPPOL-EN16931-…, and of this house PL-…: what no official rule looks at,
though it makes an invoice wrong.
"""

from app.kit.locales import N_

_COUNTRY = N_("Give the country by its ISO 3166 code of two letters.")
_UNIT = N_("Give the unit by its code of UN/CEFACT Recommendation 20.")
_CURRENCY = N_("This currency is not known here.")
_NO_NAME = N_("This party has no name.")
_REASON = N_("Say what this allowance or charge is for.")
_TAXED = N_("Say how this allowance or charge is taxed.")
_BASE = N_("A percentage and the amount that it is taken of are given together.")
_ACCOUNT = N_("Say to which account it is to be paid.")
_TAX_CURRENCY = N_("A currency for the tax is another than the invoice's, and the tax is stated in it.")
_SCHEME = N_("Say to which scheme this electronic address belongs: a code of the EAS list.")
_SELLER_NUMBER = N_("So taxed, the seller needs a VAT number or a tax number.")
_BOTH_NUMBERS = N_("An intra-Community supply names the VAT numbers of seller and buyer.")
_RATE_ZERO = N_("This category of tax has the rate 0.")
_WHY_UNTAXED = N_("Say why no tax is charged: by a VATEX code or in words.")
_NO_REASON = N_("Where tax is charged there is no reason for an exemption.")
_O_ALONE = N_("What is outside the scope of VAT stands on an invoice of its own.")
_SUM = N_("A total is not what its parts add up to.")
_TAX_SUM = N_("The tax does not follow from the taxable amount and the rate.")
_TAXABLE = N_("The taxable amount is not what the lines of its category and rate add up to.")
_NO_BREAKDOWN = N_("The breakdown of the tax does not have exactly one part for each category and rate in use.")
_OTHER_CATEGORY = N_("This reason belongs to another category of tax.")
_ADDRESS = N_("Peppol needs this party's electronic address.")
_NOT_SENT = N_("This kind of document is not sent as XML.")
_PRICE_BASE = N_("The quantity that a price is for is above 0.")
_LISTED = N_("This reason is no code of the official list.")
_DECIMALS = N_("On an invoice this amount has two decimals at most.")

_EXACT: dict[str, str] = {
    "BR-02": N_("The invoice has no number."),
    "BR-04": _NOT_SENT,
    "BR-05": _CURRENCY,
    "BR-06": _NO_NAME,
    "BR-07": _NO_NAME,
    "BR-09": _COUNTRY,
    "BR-11": _COUNTRY,
    "BR-16": N_("An invoice has at least one line."),
    "BR-21": N_("Each line has an identifier that no other line has."),
    "BR-23": _UNIT,
    "BR-25": N_("Say what this line is for."),
    "BR-27": N_("A price is not negative; what is taken back has a negative quantity."),
    "BR-32": _TAXED,
    "BR-33": _REASON,
    "BR-37": _TAXED,
    "BR-38": _REASON,
    "BR-42": _REASON,
    "BR-44": _REASON,
    "BR-50": _ACCOUNT,
    "BR-53": _TAX_CURRENCY,
    "BR-55": N_("Give the number of the earlier invoice."),
    "BR-57": _COUNTRY,
    "BR-61": _ACCOUNT,
    "BR-62": _SCHEME,
    "BR-63": _SCHEME,
    "BR-CL-01": _NOT_SENT,
    "BR-CL-03": _CURRENCY,
    "BR-CL-04": _CURRENCY,
    "BR-CL-05": _CURRENCY,
    "BR-CL-11": N_("The scheme of a register number is a code of the ICD list (ISO/IEC 6523)."),
    "BR-CL-14": _COUNTRY,
    "BR-CL-15": _COUNTRY,
    "BR-CL-19": _LISTED,
    "BR-CL-20": _LISTED,
    "BR-CL-22": _LISTED,
    "BR-CL-23": _UNIT,
    "BR-CL-25": _SCHEME,
    "BR-CO-09": N_("A VAT number begins with the two letters of its country; one of Greece with EL."),
    "BR-CO-17": _TAX_SUM,
    "BR-CO-18": _NO_BREAKDOWN,
    "BR-CO-25": N_("Say when it is to be paid, or on which terms."),
    "BR-CO-26": N_("Give the seller's VAT number or register number."),
    "BR-AE-02": N_("With reverse charge the buyer has a VAT number or a register number, the seller a VAT number or tax number."),
    "BR-IC-02": _BOTH_NUMBERS,
    "BR-IC-11": N_("An intra-Community supply says when it was delivered."),
    "BR-IC-12": N_("An intra-Community supply says to which country it was delivered."),
    "BR-G-02": N_("An export names the seller's VAT number."),
    "BR-O-02": N_("Outside the scope of VAT no VAT number is named."),
    "BR-O-05": N_("Outside the scope of VAT there is no rate."),
    "BR-S-05": N_("The standard category has a rate above 0."),
    "PEPPOL-EN16931-R002": N_("Peppol allows one note."),
    "PEPPOL-EN16931-R003": N_("Peppol wants the buyer's reference or the number of the order."),
    "PEPPOL-EN16931-R005": _TAX_CURRENCY,
    "PEPPOL-EN16931-R008": N_("An invoice holds no empty elements."),
    "PEPPOL-EN16931-R010": _ADDRESS,
    "PEPPOL-EN16931-R020": _ADDRESS,
    "PEPPOL-EN16931-R040": N_("This is not the percentage of the amount given."),
    "PEPPOL-EN16931-R041": _BASE,
    "PEPPOL-EN16931-R042": _BASE,
    "PEPPOL-EN16931-R055": N_("The tax has the same sign in both currencies."),
    "PEPPOL-EN16931-R120": N_("The line's amount does not follow from its quantity, its price and its allowances."),
    "PEPPOL-EN16931-R121": _PRICE_BASE,
    "PEPPOL-EN16931-R130": N_("The quantity that a price is for has the unit of the line."),
    "PEPPOL-EN16931-P0112": N_("Through Peppol such a document goes between German parties alone."),
    "PL-01": N_("Each line has an identifier that no other line has."),
    "PL-02": N_("An allowance or charge is not negative."),
    "PL-03": N_("What is taxed alike is exempt for one reason."),
    "PL-04": N_("This text holds a character that XML cannot hold."),
    "PL-05": N_("The tax is not the rate's share of the taxable amount, rounded."),
    "PL-06": N_("This is no IBAN: its form or its check digits are wrong."),
    "PL-07": _PRICE_BASE,
    "PL-08": _NOT_SENT,
    "PL-10": N_("This is no well-formed XML."),
    "PL-11": N_("An invoice holds no document type declaration."),
    "PL-12": N_("This is neither a CII nor a UBL invoice."),
    "PL-13": N_("The rules could not be run to their end on this file."),
    "PL-20": N_("There is no invoice in this PDF."),
    "PL-21": N_("This PDF does not say of itself that it is PDF/A-3 with an invoice in it."),
    "XSD": N_("The XML does not follow the official schema."),
}  # fmt: skip

_BY_START: tuple[tuple[str, str], ...] = (
    ("BR-DEC-", _DECIMALS),
    ("BR-CO-1", _SUM),
    ("BR-O-1", _O_ALONE),
    ("PEPPOL-EN16931-P010", _OTHER_CATEGORY),
    ("PEPPOL-EN16931-P011", _OTHER_CATEGORY),
)

_OF_CATEGORIES: dict[tuple[str, str], str] = {
    **{(one, rule): _SELLER_NUMBER for one in ("S", "Z", "E") for rule in ("02", "03", "04")},
    **{("AE", rule): _EXACT["BR-AE-02"] for rule in ("03", "04")},
    **{("IC", rule): _BOTH_NUMBERS for rule in ("03", "04")},
    **{("G", rule): _EXACT["BR-G-02"] for rule in ("03", "04")},
    **{("O", rule): _EXACT["BR-O-02"] for rule in ("03", "04")},
    **{("O", rule): _EXACT["BR-O-05"] for rule in ("06", "07")},
    **{("S", rule): _EXACT["BR-S-05"] for rule in ("06", "07")},
    **{(one, rule): _RATE_ZERO for one in ("Z", "E", "AE", "IC", "G") for rule in ("05", "06", "07")},
    **{(one, "01"): _NO_BREAKDOWN for one in ("S", "Z", "E", "AE", "IC", "G", "O")},
    **{(one, "08"): _TAXABLE for one in ("S", "Z", "E", "AE", "IC", "G", "O")},
    **{(one, "09"): _TAX_SUM for one in ("S", "Z", "E", "AE", "IC", "G", "O")},
    **{(one, "10"): _WHY_UNTAXED for one in ("E", "AE", "IC", "G", "O")},
    **{(one, "10"): _NO_REASON for one in ("S", "Z")},
}


def sentence(rule: str) -> str | None:
    """What a rule says, marked for translation; none if this house has no words of its own for it."""
    exact = _EXACT.get(rule)
    if exact is not None:
        return exact
    parts = rule.split("-")
    if len(parts) == 3 and (parts[1], parts[2]) in _OF_CATEGORIES:
        return _OF_CATEGORIES[parts[1], parts[2]]
    return next((said for start, said in _BY_START if rule.startswith(start)), None)
