"""The official code lists that an issuer's choice is checked against before anything is written.

The rest (units, UNTDID lists of reasons, VATEX codes) is left to the official rules, which hold them whole.
"""

from app.finance.einvoicing.document import TaxCategory

_EAS = (
    "0002 0007 0009 0037 0060 0088 0096 0097 0106 0130 0135 0142 0147 0151 0154 0158 0170 0177 0183 0184 0188 0190 "
    "0191 0192 0193 0194 0195 0196 0198 0199 0200 0201 0202 0203 0204 0205 0208 0209 0210 0211 0212 0213 0215 0216 "
    "0217 0218 0219 0220 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914 9915 9918 9919 9920 9922 "
    "9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939 9940 9941 9942 9943 9944 "
    "9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959 AN AQ AS AU EM"
)
EAS_CODES = frozenset(_EAS.split())
"""Electronic Address Scheme, as in rule BR-CL-25 of the EN 16931 validation artefacts 1.3.16 (2026-03-30)."""

VAT_PREFIXES_BESIDE_COUNTRIES = frozenset({"EL", "XI", "1A"})
"""Greece, Northern Ireland, Kosovo: what BR-CO-09 takes beside ISO 3166-1."""

VATEX: dict[TaxCategory, str] = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}
"""The code of the CEF VATEX list that says what the category itself says; an exemption (E) needs one of its own."""

VATEX_OF_MARGIN_SCHEMES: dict[str, str] = {
    "VATEX-EU-D": "PEPPOL-EN16931-P0108",
    "VATEX-EU-F": "PEPPOL-EN16931-P0109",
    "VATEX-EU-I": "PEPPOL-EN16931-P0110",
    "VATEX-EU-J": "PEPPOL-EN16931-P0111",
}
"""Codes that only an exemption (E) may bear, with Peppol's rule for each."""

VATEX_RULES: dict[str, tuple[TaxCategory, str]] = {
    "VATEX-EU-G": (TaxCategory.EXPORT, "PEPPOL-EN16931-P0104"),
    "VATEX-EU-O": (TaxCategory.OUT_OF_SCOPE, "PEPPOL-EN16931-P0105"),
    "VATEX-EU-IC": (TaxCategory.INTRA_COMMUNITY, "PEPPOL-EN16931-P0106"),
    "VATEX-EU-AE": (TaxCategory.REVERSE_CHARGE, "PEPPOL-EN16931-P0107"),
    **{code: (TaxCategory.EXEMPT, rule) for code, rule in VATEX_OF_MARGIN_SCHEMES.items()},
}
"""Which category a reason belongs to, and Peppol's rule that says so."""
