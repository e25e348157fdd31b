"""Seller and buyer as the XML names them: what a rule forbids there is left out, though the document may hold and print it."""

from dataclasses import replace

from app.finance.einvoicing.document import Document, Party, TaxCategory


def as_written(document: Document) -> tuple[Party, Party]:
    """Seller and buyer.

    Without VAT numbers where all is outside the scope of VAT (BR-O-02): a buyer keeps his, whoever sells to him. A buyer without
    what the standard knows of a seller alone: tax number (BT-32) and legal note (BT-33).
    """
    seller, buyer = document.seller, replace(document.buyer, tax_number=None, legal_note=None)
    taxes = [line.tax for line in document.lines] + [one.tax for one in document.allowances if one.tax]
    if taxes and all(tax.category is TaxCategory.OUT_OF_SCOPE for tax in taxes):
        return replace(seller, vat_id=None), replace(buyer, vat_id=None)
    return seller, buyer
