"""What people type into forms."""

from starlette.datastructures import FormData


def typed(form: FormData, name: str, longest: int) -> str:
    """A line of text, cut off. PostgreSQL takes neither NUL nor lone surrogates; nobody's address or password has them."""
    text = str(form.get(name) or "")[:longest]
    return "".join(char for char in text if char != "\x00" and not "\ud800" <= char <= "\udfff").strip("\r\n")
