"""What can go wrong with the embedded server, in sentences for the person at the keyboard."""

DISK_FULL_MARKS = ("no space left on device", "disk quota exceeded")
PORT_TAKEN_MARKS = (
    "address already in use",
    "could not create any tcp/ip sockets",
    "could not bind ",
)


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


def disk_full(place: object) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"There is no disk space left for PostgreSQL under {place}. Free at least 500 MB there, or point "
        "PARTINGLINE_DATA_DIR (TMPDIR for the tests) at a folder on a roomier disk, and start again."
    )


def mentions(text: str, marks: tuple[str, ...]) -> bool:
    lowered = text.lower()
    return any(mark in lowered for mark in marks)
