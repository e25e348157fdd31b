"""The storefront's one style sheet, one script and one icon, named by their contents so that browsers keep them for good."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from app.kit.errors import NotFound

STATIC = Path(__file__).parent / "static"
_COMMENT = re.compile(r"^ */\*.*?\*/ *$", re.MULTILINE | re.DOTALL)
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages load. `url` changes with its contents."""

    name: str
    url: str
    content: bytes
    media_type: str


def _lean(text: str) -> str:
    """Without whole-line comments and indentation: what a reader of the source needs and a browser does not."""
    lines = (line.strip() for line in _COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file by its name."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        content = _lean(path.read_text(encoding="utf-8")).encode()
        digest = sha256(content).hexdigest()[:12]
        url = f"/assets/{digest}/{path.name}"
        found[path.name] = Asset(path.name, url, content, _TYPES[path.suffix])
    return found


def asset_at(digest: str, name: str) -> Asset:
    """The file of an address. An older digest's address is gone: a page that names it is older than the program."""
    found = assets().get(name)
    if found is None or found.url != f"/assets/{digest}/{name}":
        raise NotFound()
    return found
