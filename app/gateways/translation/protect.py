"""What no engine may touch: grades, tolerances, numbers with units, codes, standards, addresses.

Such tokens are found, replaced by masks before a text leaves the house and put back after. The answer is believed only
when every mask came back once and in its order; see `masked.translate_protected` for what happens if not.
"""

import re
from dataclasses import dataclass

_UNITS = (
    r"µm|μm|um|nm|mm³|mm3|mm²|mm2|mm|cm³|cm3|cm²|cm2|ccm|cc|cm|dm|m³|m3|m²|m2|km|m|inch|in|ft|[\"″′]|kg|mg|g|lbs?|oz|to|t|"
    r"kN|MN|N|MPa|GPa|kPa|Pa|bar|psi|kW|W|kV|V|kA|A|kHz|Hz|rpm|min|sec|ms|s|h|HRC|HRB|HB|HBW|HV|Nm|J|K|l|L|ml|°C|°F|°|℃|℉|‰|%|"
    r"EUR|USD|CNY|RMB|JPY|GBP|CHF|BRL|MXN|TWD|HKD|AED|SAR|INR|€|\$|£|¥|R\$"
)
_NUMBER = r"\d+(?:[ \u00a0\u202f'’]\d{3}(?!\d))*(?:[.,٫٬]\d+)*"
_RESIN_NAMES = (
    "ABS", "ASA", "SAN", "HIPS", "GPPS", "PS", "PPSU", "PPS", "PSU", "PEI", "PEEK", "PEKK", "PET", "PETG", "PETP",
    "PBT", "HDPE", "LDPE", "LLDPE", "UHMWPE", "PE", "PP", "PPA", "PPE", "PPO", "PMMA", "PA6", "PA66", "PA46", "PA12",
    "PA11", "PA", "POM", "PC", "PVC", "LCP", "TPE", "TPU", "TPV", "TPO", "EVA", "LSR", "EPDM", "NBR", "FKM", "PUR",
    "PLA", "COC", "COP", "PTFE", "PVDF", "SEBS", "MABS", "BMC", "SMC",
)  # fmt: skip
_RESINS = "|".join(sorted(_RESIN_NAMES, key=len, reverse=True))
_BRANDS = (
    r"Stavax|Mirrax|Polmax|Unimax|Orvar|Vidar|Dievar|Impax|Nimax|Ramax|Royalloy|Corrax|Elmax|Vanadis|Calmax|Caldie|Toolox|"
    r"Ampcoloy|Ampco|Moldmax|BeCu|CuBe"
)
_STANDARD_BODIES = (
    r"DIN|ISO|EN|ASTM|JIS|GB/T|GB|VDI|VDA|SPI|IEC|ASME|ANSI|IATF|UL|BS|NF|UNE|NBR|ABNT|AISI|SAE"
    r"|VDMA|EUROMAP|CNS|JB/T|QB/T"
)

# No ASCII or accented Latin letter or digit may touch a token; CJK and Arabic letters may ("使用S136钢材").
_LEFT = r"(?<![A-Za-z0-9À-ɏ_])"
_RIGHT = r"(?![A-Za-z0-9À-ɏ_])"

_AFTER_NO_NUMBER = r"(?<![A-Za-z0-9À-ɏ_.,])"
_UNIT_MAYBE = rf"(?:[ \u00a0]?(?:{_UNITS})(?![A-Za-z]))?"

_WITH_DIGIT = r"[A-Za-z0-9]*[0-9][A-Za-z0-9]*"
_CAPITALS = r"[A-Z]{1,8}(?![a-zÀ-ɏ])"
_ALLOY = r"(?:Ni|Cr|Mo|Cu|Co|Si|Mn|Al|Ti)(?![A-Za-z0-9])"

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("mask", r"\[\[\s*\d+\s*\]\]"),
    ("url", r"(?:https?|ftp)://[^\s<>\"“”（）「」。，、；؛،]*[^\s<>\"“”（）「」。，、；؛،.,;:!?)\]}']"),
    ("url", _LEFT + r"www\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9._~/%#?&=+-]*[A-Za-z0-9/_~#=&-])?"),
    ("email", _LEFT + r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    (
        "standard",
        _LEFT + rf"(?:{_STANDARD_BODIES})(?:[ \u00a0/](?:{_STANDARD_BODIES}|TS|TR|PAS))*[ \u00a0-]?"
        r"(?:[A-Z]{1,2}-?[ \u00a0]?)?\d+(?:\.\d+)?(?:-\d+)*(?::\d{4})?(?:-\d{4})?" + _RIGHT,
    ),
    ("finish", _LEFT + rf"(?:Ra|Rz|Rt|Rmax)[ \u00a0]?≤?[ \u00a0]?{_NUMBER}(?:[ \u00a0]?(?:µm|μm|um))?" + _RIGHT),
    ("finish", _LEFT + r"(?:MT|VDI|SPI|Ch|TG|IT)[ \u00a0-]?[A-D]?-?\d+(?:[-.]\d+)*" + _RIGHT),
    ("tolerance", rf"[±∓][ \u00a0]?{_NUMBER}{_UNIT_MAYBE}"),
    ("tolerance", rf"{_AFTER_NO_NUMBER}[+-]?{_NUMBER}[ \u00a0]?/[ \u00a0]?[+-][ \u00a0]?{_NUMBER}{_UNIT_MAYBE}"),
    ("tolerance", _LEFT + r"(?:JS|js|[A-HK-NP-Za-hk-np-z])\d{1,2}/(?:JS|js|[A-HK-NP-Za-hk-np-z])\d{1,2}" + _RIGHT),
    ("tolerance", _LEFT + r"(?:[efghkmnprs]|js)(?:5|6|7|8|9|10|11)" + _RIGHT),
    (
        "hardness",
        _LEFT + rf"(?:HRC|HRB|HB|HBW|HV)[ \u00a0]?{_NUMBER}(?:[ \u00a0]?[-–~～/][ \u00a0]?{_NUMBER})?" + _RIGHT,
    ),
    ("incoterm", _LEFT + r"(?:EXW|FCA|CPT|CIP|DAP|DPU|DDP|FAS|FOB|CFR|CIF)" + _RIGHT),
    (
        "plastic",
        _LEFT + rf"(?:{_RESINS})(?:[/+](?:{_RESINS}))*(?:[-+ ]?(?:GF|CF|MD|TD|GB|FR|V0|T|M)\d*)*" + _RIGHT,
    ),
    ("grade", _LEFT + rf"(?:{_BRANDS})(?:[ \u00a0]?(?:\d{{1,4}}[A-Z]?|ESR|HH|XL|LH|Supreme))*" + _RIGHT),
    ("grade", _LEFT + r"1\.\d{4}(?:[ \u00a0-]?(?:ESR|ESU|HH|mod|TS|ISO-B|EFS))*" + _RIGHT),
    (
        "measure",
        _AFTER_NO_NUMBER + r"(?:[⌀ØøΦφ≤≥<>~≈][ \u00a0]?)?"
        rf"{_NUMBER}{_UNIT_MAYBE}(?:[ \u00a0]?[-–—~～×x*][ \u00a0]?{_NUMBER}{_UNIT_MAYBE}){{0,3}}"
        rf"[ \u00a0\u202f]?(?:{_UNITS})(?:/(?:{_UNITS}))?" + _RIGHT,
    ),
    ("measure", r"(?:€|\$|£|¥|R\$)[ \u00a0]?" + _NUMBER),
    ("expression", _AFTER_NO_NUMBER + r"\d+(?:[ \u00a0]?[x×+*][ \u00a0]?\d+)+" + _RIGHT),
    ("number", _AFTER_NO_NUMBER + r"[⌀ØøΦφ≤≥~≈][ \u00a0]?" + _NUMBER),
    ("number", r"(?<![A-Za-z0-9À-ɏ_])\d+(?:[.,:٫٬'’/–-]\d+)+(?![A-Za-z0-9_]|[-/+.][A-Z])"),
    ("code", _LEFT + rf"(?:{_WITH_DIGIT}|{_CAPITALS})(?:[-/+._](?:{_WITH_DIGIT}|{_CAPITALS}|{_ALLOY}))*" + _RIGHT),
)
_PROTECTED = re.compile("|".join(f"(?P<{name}_{index}>{body})" for index, (name, body) in enumerate(_PATTERNS)))
_MASK = re.compile(r"[\[［【]\s*[\[［【]\s*(\d+)\s*[\]］】]\s*[\]］】]")
_BARE_WORD = re.compile(r"[A-Z]+|[0-9]+|[a-z]+[0-9]+|[0-9]+[a-z]+")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text ready to leave the house, and the tokens that its masks stand for."""

    text: str
    tokens: tuple[str, ...]


def _stands(kind: str, token: str) -> bool:
    """Whether a match of the widest pattern is a code: `S136` and `AB-CD` are, `EDM`, `12` and `item2` are not."""
    return kind != "code" or _BARE_WORD.fullmatch(token) is None


def pieces(text: str) -> list[tuple[str, bool]]:
    """The text cut into (piece, protected) pairs that join to exactly the text again."""
    found: list[tuple[str, bool]] = []
    end = 0
    for match in _PROTECTED.finditer(text):
        kind = (match.lastgroup or "").partition("_")[0]
        if not _stands(kind, match.group()):
            continue
        if match.start() > end:
            found.append((text[end : match.start()], False))
        found.append((match.group(), True))
        end = match.end()
    if end < len(text):
        found.append((text[end:], False))
    return found


def protected_tokens(text: str) -> list[str]:
    """The tokens of a text that must survive translation byte for byte, in order."""
    return [piece for piece, protected in pieces(text) if protected]


def mask(text: str) -> Masked:
    """Replace each protected token by `[[0]]`, `[[1]]` …; what already looks like a mask is itself protected."""
    tokens: list[str] = []
    parts: list[str] = []
    for piece, protected in pieces(text):
        if protected:
            parts.append(f"[[{len(tokens)}]]")
            tokens.append(piece)
        else:
            parts.append(piece)
    return Masked("".join(parts), tuple(tokens))


def unmask(answer: str, tokens: tuple[str, ...]) -> str | None:
    """Put the tokens back, or None when a mask was lost, doubled, invented or moved.

    Engines like to widen brackets (`［［0］］`) and to add blanks inside them; that much is forgiven.
    """
    numbers = [int(match.group(1)) for match in _MASK.finditer(answer)]
    if numbers != list(range(len(tokens))):
        return None
    return _MASK.sub(lambda match: tokens[int(match.group(1))], answer)


_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？；])\s*")


def sentences(text: str) -> list[tuple[str, str]]:
    """The text cut into (sentence, following blank) pairs that join to exactly the text again.

    A full stop inside a protected token (`1.2738`, a URL) is followed by no blank, so it never cuts.
    """
    cuts = [0]
    blanks: list[str] = []
    ends: list[int] = []
    for match in _SENTENCE_END.finditer(text):
        if match.end() < len(text) and match.end() > cuts[-1]:
            ends.append(match.start())
            blanks.append(match.group())
            cuts.append(match.end())
    ends.append(len(text))
    blanks.append("")
    bounds = zip(cuts, ends, strict=True)
    return [(text[start:end], blank) for (start, end), blank in zip(bounds, blanks, strict=True)]


def keeps(source: str, translated: str) -> bool:
    """Whether all protected tokens of the source stand in the translation, in order (used by tests and audits)."""
    position = 0
    for token in protected_tokens(source):
        position = translated.find(token, position)
        if position < 0:
            return False
        position += len(token)
    return True
