"""An empty file for listings of one category: every column, what goes into it, and the values that it takes. Pure."""

from app.catalog.definitions import Category
from app.catalog.exchange import sheets
from app.catalog.exchange.columns import BY_KEY
from app.catalog.exchange.states import FileFormat
from app.catalog.exchange.writers.csv_out import CsvOut
from app.kit.locales import N_, translate
from app.kit.xlsx import XlsxOut

SHEETS = (N_("Listings"), N_("Columns"))
HEADERS = (N_("Column"), N_("Code"), N_("Required"), N_("What goes into it"), N_("Values"))


def template_file(category: Category, form: FileFormat, locale: str) -> bytes:
    """CSV with lines of explanation that begin with `#`, or XLSX with a second sheet of explanations."""
    keys = sheets.template_keys(category, locale)
    headers = [sheets.header(key, locale) for key in keys]
    told = [sheets.explanation(key, category, locale) for key in keys]
    choices = ["\n".join(_shown(pair) for pair in sheets.allowed(key, locale)) for key in keys]
    if form == FileFormat.CSV:
        out = CsvOut()
        of_values = [text.replace("\n", "; ") for text in choices]
        return out.rows([headers, [f"# {told[0]}", *told[1:]], [f"# {of_values[0]}", *of_values[1:]]]) + out.end()
    book = XlsxOut([translate(name, locale) for name in SHEETS])
    pieces = [book.rows([headers])]
    book.sheet()
    required = {True: sheets.yes_or_no(True, locale), False: sheets.yes_or_no(False, locale)}
    lines = [
        [
            sheets.header(key, locale).rpartition(" [")[0],
            key,
            required[_is_required(key, category)],
            told[at],
            choices[at],
        ]
        for at, key in enumerate(keys)
    ]
    pieces.append(book.rows([[translate(name, locale) for name in HEADERS], *lines]))
    return b"".join(pieces) + book.end()


def _shown(pair: tuple[str, str]) -> str:
    code, name = pair
    return code if code == name else f"{code} = {name}"


def _is_required(key: str, category: Category) -> bool:
    field = BY_KEY.get(key.partition(":")[0])
    return field.required if field else category.attributes.get(key, False)
