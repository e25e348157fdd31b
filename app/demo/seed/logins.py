"""The sample people whom a visitor of the demo may be. All have the same password, which is documented."""

PASSWORD = "two-plate mould 2738"  # noqa: S105 - a sample password, printed on purpose

_SAMPLES = (
    ("katrin.behrens@nordlicht-sensorik.example", "purchaser at Nordlicht Sensorik, Bremen (German)"),
    ("joern.hallmann@nordlicht-sensorik.example", "her approver"),
    ("wei@hengfeng-mould.example", "mould maker Hengfeng, Dongguan (Chinese)"),
    ("montse@moldes-llobregat.example", "mould maker Moldes Llobregat, near Barcelona (Spanish)"),
    ("masaru@owari-press-kanagata.example", "toolmaker Owari, Aichi (Japanese)"),
    ("dana.whitfield@great-lakes-molded.example", "purchaser at Great Lakes, Grand Rapids (English, inches)"),
    ("salma.aldosari@oasis-packaging.example", "purchaser at Oasis Packaging, Dammam (Arabic)"),
    ("amparo.verdu@serpis-matriceria.example", "mould shop Alto Serpis, Ibi, leads a campaign for steel (Spanish)"),
    ("marieke.hoekstra@partingline.example", "the operator, also in the back office"),
)


def sample_logins() -> list[str]:
    """Lines for a terminal: who can sign in, and the one password."""
    width = max(len(email) for email, _ in _SAMPLES)
    return [f"{email:<{width}}  {who}" for email, who in _SAMPLES] + [f"Password of everybody in the demo: {PASSWORD}"]
