"""What the back office shows. A table is shown unless it stands here with a reason; so is a column."""

import re

from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.sql.schema import Column

from app.kit.locales import N_

HIDDEN_TABLES: dict[str, str] = {
    "catalog_labels": "names that ship with the house",
    "category_attributes": "the category tree that ships with the house",
    "category_spares": "the category tree that ships with the house",
    "client_secrets": "digests of machines' secrets",
    "clock_offset": "one number that only tests move",
    "country_names": "names that ship with the house",
    "credentials": "password hashes and second factors",
    "currency_formats": "formats that ship with the house",
    "display_editions": "one digest; no content",
    "freight_offers": "what partners offer is between them and the shipper",
    "freight_options": "what was quoted is between the shipper and the partner",
    "idempotency_answers": "saved answers may hold what only their organization may read",
    "inquiry_counters": "numbers by year; no content",
    "inquiry_targets": "a buyer's target prices are his own",
    "locale_formats": "formats that ship with the house",
    "client_allowances": "moments by client; nothing to read",
    "login_throttles": "keyed digests; nothing to read",
    "mail_tokens": "digests of links that were mailed",
    "media_fetches": "addresses of suppliers' files may carry a secret",
    "order_counters": "numbers by year; no content",
    "outbox_sequences": "counters by subject; no content",
    "packing_counters": "numbers by series; no content",
    "quote_prices": "sealed prices",
    "quote_terms": "sealed terms of a quote",
    "rate_editions": "one number; no content",
    "recovery_codes": "digests of recovery codes",
    "refresh_tokens": "digests of refresh tokens",
    "sign_ins": "where a person signed in from is his own business",
    "steel_families": "steels that ship with the house",
    "stored_files": "digests of stored contents; documents are shown instead",
    "unit_formats": "formats that ship with the house",
}
"""Tables that have no screen, each with the reason."""

HIDDEN_COLUMNS: dict[tuple[str, str], str] = {
    ("bookings", "price_minor"): "between the shipper and the partner",
    ("documents", "uploaded_by"): "not granted: the download log names who opened a document",
    ("documents", "filename"): "a file's name may tell of a sealed quote",
    ("documents", "file_key"): "where the content lies",
    ("documents", "nda_text"): "terms may tell of a sealed quote",
    ("documents", "nda_sha256"): "digest of hidden terms",
    ("incoming_messages", "outcome"): "what a partner's system told",
    ("incoming_messages", "problem"): "what a partner's system told",
    ("mails", "params"): "contents of a mail",
    ("notifications", "params"): "contents of a notification",
    ("public_products", "card"): "the catalogue shows it, in full",
    ("public_products", "document"): "the catalogue shows it, in full",
    ("webhook_attempts", "response_body"): "what somebody else's server answered",
    ("webhook_endpoints", "url"): "addresses of webhooks often carry a secret",
}
"""Columns that are not read, each with the reason. Beside them, what is named like a secret is hidden, and every column
of bytes but the ones below: a new column is hidden before anybody has thought of it."""

_SECRET = re.compile(r"password|secret|token|salt|seed|sealed")
SHOWN_BYTES: frozenset[tuple[str, str]] = frozenset(
    {("audit_entries", "digest"), ("audit_chain", "hash"), ("tracking_events", "digest"), ("rate_cards", "digest")}
)

PERSONAL_COLUMNS: frozenset[str] = frozenset({"email", "recipient"})
"""Addresses: shown masked, and neither searched nor sorted by, since that would tell them letter by letter."""

GROUPS: dict[str, str] = {
    "parties": N_("Organizations and people"),
    "procurement": N_("Inquiries, quotes and orders"),
    "logistics": N_("Freight"),
    "warehousing": N_("Warehouses and stock"),
    "catalog": N_("Catalogue"),
    "documents": N_("Documents"),
    "messages": N_("Messages and webhooks"),
    "language": N_("Texts"),
    "reference": N_("Reference data"),
    "kit": N_("Audit and events"),
    "backoffice": N_("Jobs"),
}
"""Menus, by the room that owns the tables; in this order."""

LABELS: dict[str, str] = {
    "api_clients": N_("API clients"),
    "approval_delegations": N_("Deputies for approvals"),
    "approval_rules": N_("Approval rules"),
    "approval_steps": N_("Steps of approvals"),
    "approvals": N_("Approvals"),
    "arrival_differences": N_("Differences of arrivals"),
    "arrival_lines": N_("Lines of arrivals"),
    "arrivals": N_("Arrivals"),
    "audit_chain": N_("Audit chain"),
    "audit_entries": N_("Audit entries"),
    "audit_values": N_("Values of audit entries"),
    "award_lines": N_("Lines of awards"),
    "awards": N_("Awards"),
    "bookings": N_("Bookings"),
    "categories": N_("Categories"),
    "dispatches": N_("Dispatches"),
    "consolidation_members": N_("Shares of shared containers"),
    "consolidations": N_("Shared containers"),
    "document_downloads": N_("Download log"),
    "document_grants": N_("Readers of documents"),
    "document_nda_acceptances": N_("Accepted confidentiality terms"),
    "document_storage_use": N_("Storage in use"),
    "document_pictures": N_("Pictures"),
    "document_renditions": N_("Renditions of pictures"),
    "documents": N_("Documents"),
    "freight_inquiries": N_("Freight inquiries"),
    "freight_invitations": N_("Partners asked for freight"),
    "freight_quotes": N_("Freight quotes"),
    "fx_rates": N_("Exchange rates"),
    "goods_return_lines": N_("Lines of returns"),
    "goods_returns": N_("Returns"),
    "incoming_messages": N_("Incoming messages"),
    "inquiries": N_("Inquiries"),
    "inquiry_answers": N_("Answers to questions"),
    "inquiry_invitations": N_("Invited suppliers"),
    "inquiry_lines": N_("Lines of inquiries"),
    "inquiry_lots": N_("Lots"),
    "inquiry_openings": N_("Openings of quotes"),
    "inquiry_questions": N_("Questions"),
    "inspection_characteristics": N_("Inspected characteristics"),
    "inspections": N_("Inspections"),
    "invitations": N_("Invitations to join"),
    "listing_header_mappings": N_("Headings of suppliers' files"),
    "listing_import_findings": N_("Findings of imports"),
    "listing_imports": N_("Imports of listings"),
    "load_plans": N_("Load plans"),
    "mails": N_("Mails"),
    "media_texts": N_("Words for pictures"),
    "memberships": N_("Memberships"),
    "milestone_events": N_("History of milestones"),
    "notice_preferences": N_("Notification preferences"),
    "notifications": N_("Notifications"),
    "order_events": N_("History of orders"),
    "order_lines": N_("Lines of orders"),
    "order_milestones": N_("Milestones"),
    "organization_details": N_("Addresses of organizations"),
    "organizations": N_("Organizations"),
    "outbox_events": N_("Events"),
    "package_contents": N_("Contents of packages"),
    "packages": N_("Packages"),
    "packing_settings": N_("Packing settings"),
    "people": N_("People"),
    "pick_lines": N_("Lines of pick waves"),
    "pick_waves": N_("Pick waves"),
    "price_confirmations": N_("Confirmed prices"),
    "price_list_grants": N_("Buyers of price lists"),
    "price_list_lines": N_("Lines of price lists"),
    "price_lists": N_("Price lists"),
    "price_tiers": N_("List prices"),
    "procrastinate_events": N_("History of jobs"),
    "procrastinate_jobs": N_("Jobs"),
    "procrastinate_periodic_defers": N_("Periodic jobs"),
    "procrastinate_workers": N_("Workers"),
    "products": N_("Products"),
    "public_products": N_("Published products"),
    "purchase_orders": N_("Purchase orders"),
    "quotes": N_("Quotes"),
    "rate_cards": N_("Rate cards"),
    "reactions_done": N_("Reactions to events"),
    "receipt_lines": N_("Lines of receipts"),
    "receipts": N_("Receipts of goods"),
    "registration_numbers": N_("Register numbers"),
    "response_cases": N_("Answering times of suppliers"),
    "search_misses": N_("Searches that found nothing"),
    "shipment_cargo": N_("Cargo of shipments"),
    "shipment_documents": N_("Documents of shipments"),
    "shipment_incident_entries": N_("History of incidents"),
    "shipment_incidents": N_("Incidents of shipments"),
    "shipment_packages": N_("Packages of shipments"),
    "shipment_tracks": N_("Accounts of shipments"),
    "shipments": N_("Shipments"),
    "stock_alerts": N_("Alerts of low stock"),
    "stock_balances": N_("Stock"),
    "stock_count_bins": N_("Bins of counts"),
    "stock_count_lines": N_("Lines of counts"),
    "stock_counts": N_("Stock counts"),
    "stock_items": N_("Stocked items"),
    "stock_levels": N_("Stock as the catalogue shows it"),
    "stock_lots": N_("Lots and serial numbers"),
    "stock_moves": N_("Stock moves"),
    "stock_reorder_rules": N_("Reorder rules"),
    "stock_reservation_lines": N_("Lines of reservations"),
    "stock_reservations": N_("Reservations"),
    "stock_transfer_lines": N_("Lines of transfers"),
    "stock_transfers": N_("Transfers between warehouses"),
    "supplier_certificates": N_("Certificates of suppliers"),
    "supplier_machines": N_("Machines of suppliers"),
    "supplier_profiles": N_("Profiles of suppliers"),
    "texts": N_("Texts"),
    "tracking_events": N_("Tracking events"),
    "variants": N_("Variants"),
    "verification_decisions": N_("Decisions on verification"),
    "warehouse_bins": N_("Bins"),
    "warehouse_zones": N_("Zones of warehouses"),
    "warehouses": N_("Warehouses"),
    "webhook_attempts": N_("Attempts of webhooks"),
    "webhook_deliveries": N_("Webhook deliveries"),
    "webhook_endpoints": N_("Webhook endpoints"),
    "webhook_sources": N_("Webhook sources"),
}
"""Names of tables. One without a name here is shown by the name it has in the database, as columns are."""


def is_shown(column: Column[object]) -> bool:
    """Whether a column may be read."""
    place = (column.table.name, column.name)
    if isinstance(column.type, LargeBinary):
        return place in SHOWN_BYTES
    if _SECRET.search(column.name) and not isinstance(column.type, DateTime):
        return False
    return place not in HIDDEN_COLUMNS
