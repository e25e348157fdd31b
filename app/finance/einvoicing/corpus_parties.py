"""Firms of the corpus: none of them exists. Their numbers have the form of real ones, with check digits where a rule looks."""

from app.finance.einvoicing.document import Address, Contact, CreditTransfer, Identifier, Party

GLN, DUNS = "0088", "0060"


def gln(first: int) -> str:
    """A global location number of GS1's range for examples (952), with its check digit."""
    body = f"952{first:09}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


def _party(
    name: str,
    country: str,
    city: str,
    postcode: str,
    street: str,
    *,
    vat: str | None = None,
    tax_number: str | None = None,
    legal: Identifier | None = None,
    endpoint: Identifier,
    subdivision: str | None = None,
) -> Party:
    return Party(
        name=name,
        address=Address(country, (street,), city, postcode, subdivision),
        vat_id=vat,
        tax_number=tax_number,
        legal_id=legal,
        endpoint=endpoint,
        contact=Contact(f"Accounts {country}", "+49 40 5550100", f"invoices.{country.lower()}@example.org"),
    )


def _by_gln(first: int) -> Identifier:
    return Identifier(gln(first), GLN)


PARTIES: dict[str, Party] = {
    "DE": _party("Beispiel Formenbau GmbH", "DE", "Lüdenscheid", "58507", "Gießerweg 4", vat="DE123456788",
                 tax_number="332/5702/1234", legal=Identifier("HRB 4711"), endpoint=Identifier("DE123456788", "9930")),
    "DE2": _party("Muster Spritzguss KG", "DE", "Nürnberg", "90402", "Am Angusskanal 12", vat="DE987654324",
                  endpoint=_by_gln(12)),
    "FR": _party("Moulistes Exemple SAS", "FR", "Oyonnax", "01100", "3 rue de l'Éjecteur", vat="FR40303265045",
                 legal=Identifier("303265045", "0002"), endpoint=Identifier("303265045", "0225")),
    "IT": _party("Stampi Esempio S.r.l.", "IT", "Brescia", "25121", "Via dello Stampo 7", vat="IT00743110157",
                 endpoint=Identifier("IT00743110157", "0211"), subdivision="BS"),
    "ES": _party("Moldes Ejemplo S.L.", "ES", "Alcoi", "03801", "Carrer del Motlle 21", vat="ESB83210112",
                 endpoint=Identifier("ESB83210112", "9920")),
    "NL": _party("Voorbeeld Matrijzen B.V.", "NL", "Eindhoven", "5611 AB", "Matrijsstraat 9", vat="NL004495445B01",
                 legal=Identifier("27376655", "0106"), endpoint=Identifier("27376655", "0106")),
    "BE": _party("Voorbeeld Gietvormen NV", "BE", "Kortrijk", "8500", "Vormenlaan 30", vat="BE0403019261",
                 legal=Identifier("0403019261", "0208"), endpoint=Identifier("0403019261", "0208")),
    "AT": _party("Muster Werkzeugbau GmbH", "AT", "Linz", "4020", "Formstraße 11", vat="ATU13585627",
                 endpoint=Identifier("ATU13585627", "9914")),
    "PL": _party("Przykładowe Formy Sp. z o.o.", "PL", "Bydgoszcz", "85-001", "ul. Wtryskowa 5", vat="PL8567346215",
                 endpoint=Identifier("PL8567346215", "9945")),
    "PT": _party("Moldes Exemplo, Lda.", "PT", "Marinha Grande", "2430-001", "Rua do Molde 18", vat="PT501964843",
                 endpoint=Identifier("PT501964843", "9946")),
    "SE": _party("Exempel Formverktyg AB", "SE", "Gnosjö", "335 32", "Verktygsgatan 2", vat="SE556012579001",
                 legal=Identifier("5560125790", "0007"), tax_number="Godkänd för F-skatt",
                 endpoint=Identifier("5560125790", "0007")),
    "GB": _party("Example Tooling Ltd", "GB", "Telford", "TF3 4AA", "5 Sprue Lane", vat="GB980780684",
                 legal=Identifier("01234567"), endpoint=_by_gln(44)),
    "CH": _party("Beispiel Präzisionsformen AG", "CH", "Winterthur", "8400", "Angussweg 6", vat="CHE100155212MWST",
                 legal=Identifier("CHE100155212", "0183"), endpoint=Identifier("CHE100155212", "0183")),
    "TR": _party("Örnek Kalıp San. A.Ş.", "TR", "Bursa", "16140", "Kalıpçılar Cad. 8", vat="TR4540536920",
                 endpoint=_by_gln(90)),
    "CN": _party("宁波示例模具有限公司", "CN", "宁波", "315500", "模具路 88 号",
                 legal=Identifier("91110000600037341L"), endpoint=_by_gln(86)),
    "JP": _party("見本金型株式会社", "JP", "大田区", "144-0045", "南六郷 3-1", vat="JP7000012050002",
                 legal=Identifier("7000012050002", "0188"), endpoint=Identifier("7000012050002", "0188")),
    "US": _party("Example Molds Inc.", "US", "Erie", "16501", "200 Parting Line Rd", legal=Identifier("150483782", DUNS),
                 endpoint=Identifier("150483782", DUNS), subdivision="PA"),
    "MX": _party("Moldes de Ejemplo S.A. de C.V.", "MX", "Querétaro", "76120", "Av. del Molde 400",
                 legal=Identifier("GODE561231GR8"), endpoint=_by_gln(52)),
    "KW": _party("شركة المثال للقوالب", "KW", "الشويخ", "70050", "شارع القالب ٤", legal=Identifier("388201"),
                 endpoint=_by_gln(96)),
    "BR": _party("Moldes Exemplo Ltda.", "BR", "Joinville", "89201-001", "Rua da Injeção 77",
                 legal=Identifier("16727230000197"), endpoint=_by_gln(55), subdivision="SC"),
}  # fmt: skip

ACCOUNTS: dict[str, CreditTransfer] = {
    "DE": CreditTransfer("DE75 5121 0800 1245 1261 99", "Beispiel Formenbau GmbH", "SOGEDEFF"),
    "FR": CreditTransfer("FR76 3000 6000 0112 3456 7890 189", "Moulistes Exemple SAS", "AGRIFRPP"),
    "IT": CreditTransfer("IT60 X054 2811 1010 0000 0123 456", "Stampi Esempio S.r.l."),
    "ES": CreditTransfer("ES79 2100 0813 6101 2345 6789", "Moldes Ejemplo S.L."),
    "NL": CreditTransfer("NL02 ABNA 0123 4567 89", "Voorbeeld Matrijzen B.V."),
    "BE": CreditTransfer("BE71 0961 2345 6769", "Voorbeeld Gietvormen NV"),
    "AT": CreditTransfer("AT48 3200 0000 1234 5864", "Muster Werkzeugbau GmbH"),
    "PL": CreditTransfer("PL10 1050 0099 7603 1234 5678 9123", "Przykładowe Formy Sp. z o.o.", sepa=False),
    "CH": CreditTransfer("CH56 0483 5012 3456 7800 9", "Beispiel Präzisionsformen AG", sepa=False),
    "JP": CreditTransfer("0001-123-4567890", "ミホンカナガタ（カ", "MHCBJPJT", sepa=False),
    "CN": CreditTransfer("6222021001116245702", "宁波示例模具有限公司", "ICBKCNBJ", sepa=False),
    "US": CreditTransfer("021000021-9876543210", "Example Molds Inc.", "CHASUS33", sepa=False),
}
