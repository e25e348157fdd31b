"""What a supplier still has to tell the payment provider, as sentences instead of the provider's codes. Pure.

Codes are those of Stripe's account requirements (docs.stripe.com/connect/required-verification-information): a dotted path whose
first part says of whom something is asked. What is not known here is told as further details.
"""

import re
from collections.abc import Iterable

from app.kit.locales import N_

FURTHER = N_("Further details")

_TEXTS: tuple[tuple[str, str], ...] = (
    (r"external_account|bank_account", N_("Your bank account")),
    (r"tos_acceptance(\..+)?", N_("Your consent to the terms of the payment provider")),
    (r"business_type", N_("The legal form of your business")),
    (r"business_profile\..+|settings\..+", N_("What your business does, and its website")),
    (r"company\.(name|name_.+|structure)", N_("The name and legal form of the company")),
    (r"company\.(tax_id|vat_id|registration_number|tax_id_.+)", N_("The register or tax number of the company")),
    (r"company\.(address|address_.+)(\..+)?|company\.phone", N_("The address and telephone number of the company")),
    (r"company\.verification\..+|documents\..+|company_authorization\..+", N_("A document that proves who the company is")),
    (r"company\.(owners|directors|executives)_provided|(owners|directors|executives|relationship)(\..+)?",
     N_("Who owns and who manages the company")),
    (r".+\.relationship\..+|.+\.relationship", N_("The position of a person in the company")),
    (r".+\.verification\.(document|additional_document|proof_of_liveness)(\..+)?", N_("Proof of a person's identity")),
    (r".+\.(id_number|ssn_last_4|political_exposure|nationality)", N_("A person's identity number or nationality")),
    (r".+\.(first_name|last_name|full_name_.+|dob|email|phone|address|address_.+|registered_address|gender)(\..+)?",
     N_("The name, birthday and address of a person")),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern), text) for pattern, text in _TEXTS)


def text_of(code: str) -> str:
    """What a code asks for."""
    return next((text for pattern, text in _PATTERNS if pattern.fullmatch(code)), FURTHER)


def asked_for(codes: Iterable[str]) -> list[tuple[str, list[str]]]:
    """What is asked for, each once with the codes that stand behind it; in the order in which a form asks."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(text_of(code), []).append(code)
    order = [text for _, text in _TEXTS]
    return sorted(found.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))
