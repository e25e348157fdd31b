"""Files of rates as the European Central Bank publishes them, and tables of the operator's."""

from collections.abc import Mapping

DAILY = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
{days}
\t</Cube>
</gesmes:Envelope>"""
USUAL = {"USD": "1.1572", "JPY": "181.03", "CNY": "8.1921", "ISK": "147.20", "IDR": "19263.55"}


def ecb_file(days: Mapping[str, Mapping[str, str]] | None = None) -> bytes:
    """Days with their rates, as the bank writes them."""
    told = {"2026-11-26": USUAL} if days is None else days
    cubes = [
        f"\t\t<Cube time='{day}'>\n"
        + "".join(f"\t\t\t<Cube currency='{code}' rate='{rate}'/>\n" for code, rate in rates.items())
        + "\t\t</Cube>"
        for day, rates in told.items()
    ]
    return DAILY.format(days="\n".join(cubes)).encode()


def table(*rows: str) -> bytes:
    """A table of rates."""
    return "\n".join(["base,quote,on_date,rate,source", *rows]).encode()
