"""What search engines are told about a page, in the words of schema.org (JSON-LD). Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.reference import facade as reference
from app.web.visit import Visit

Data = dict[str, Any]
MOST_OFFERS = 10
MOST_PROPERTIES = 20


def website(visit: Visit) -> Data:
    """The whole site."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": "Partingline",
        "url": visit.settings.public_url + visit.url("/"),
        "inLanguage": visit.locale,
    }


def breadcrumbs(visit: Visit, steps: Sequence[tuple[str, str]]) -> Data:
    """Where a page stands: names and paths from the top."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": name,
                "item": visit.settings.public_url + visit.url(path),
            }
            for position, (name, path) in enumerate(steps, start=1)
        ],
    }


def organization(visit: Visit, supplier: Mapping[str, Any]) -> Data:
    """A supplier."""
    return {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": supplier["legal_name_local"],
        "alternateName": supplier["legal_name_latin"],
        "url": visit.settings.public_url + visit.url(f"/suppliers/{supplier['id']}"),
        "address": {
            "@type": "PostalAddress",
            "addressLocality": supplier["city"],
            "addressCountry": supplier["country"],
        },
        "knowsLanguage": [spoken["code"] for spoken in supplier["languages"]],
        "hasCertification": [
            {
                "@type": "Certification",
                "name": certificate["scheme"]["label"],
                "certificationIdentification": certificate["number"],
                "issuedBy": {"@type": "Organization", "name": certificate["issuer"]},
                "expires": certificate["expires_on"],
            }
            for certificate in supplier["certificates"]
        ],
    }


def _amount(price: Mapping[str, Any]) -> str:
    exponent = reference.currency(price["currency"]).exponent
    return format(Decimal(price["price_minor"]).scaleb(-exponent), "f")


_LEVELS = {"in_stock": "InStock", "few_left": "LimitedAvailability"}
"""Words of schema.org for what lies in stock."""


def _offer(visit: Visit, variant: Mapping[str, Any], price: Mapping[str, Any], seller: Data) -> Data:
    made = "MadeToOrder" if variant["made_to_order"] else "InStock"
    if stock := variant.get("stock"):
        made = _LEVELS.get(stock["code"]) or ("MadeToOrder" if variant["made_to_order"] else "BackOrder")
    return {
        "@type": "Offer",
        "sku": variant["sku"],
        "price": _amount(price),
        "priceCurrency": price["currency"],
        "availability": f"https://schema.org/{made}",
        "eligibleQuantity": {
            "@type": "QuantitativeValue",
            "minValue": price["min_quantity"],
            "unitCode": variant["minimum_order"]["unit"],
        },
        "deliveryLeadTime": {"@type": "QuantitativeValue", "value": variant["lead_time"]["value"], "unitCode": "DAY"},
        "seller": seller,
    }


def _property(attribute: Mapping[str, Any]) -> Data:
    found = {"@type": "PropertyValue", "name": attribute["name"], "value": attribute["text"]}
    if attribute["unit"] and isinstance(attribute["value"], str):
        found |= {"value": attribute["value"], "unitCode": attribute["unit"]}
    return found


def product(visit: Visit, shown: Mapping[str, Any]) -> list[Data]:
    """A listing with its prices, and where it stands."""
    address = visit.settings.public_url + visit.url(f"/products/{shown['id']}")
    supplier = shown["supplier"]
    seller = {"@type": "Organization", "name": supplier["name_latin"]}
    offers = [
        _offer(visit, variant, variant["prices"][0], seller) for variant in shown["variants"] if variant["prices"]
    ]
    found: Data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": shown["title"]["text"],
        "url": address,
        "category": " > ".join(step["label"] for step in shown["category_path"]),
        "additionalProperty": [_property(attribute) for attribute in shown["attributes"][:MOST_PROPERTIES]],
        "offers": offers[:MOST_OFFERS],
    }
    if shown["description"]:
        found["description"] = shown["description"]["text"]
    pictures = [medium["url"] for medium in shown["media"] if medium["media_type"].startswith("image/")]
    if pictures:
        found["image"] = [visit.settings.public_url + url for url in pictures]
    steps = [(step["label"], f"/categories/{step['code']}") for step in shown["category_path"]]
    return [found, breadcrumbs(visit, [*steps, (shown["title"]["text"], f"/products/{shown['id']}")])]
