"""Structural checks: true files pass, hostile ones are refused for the right reason."""

import io
import struct
import tempfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.inspection import inspect, inspect_file
from app.documents.kinds import KINDS, claimed_kind, content_agrees, content_disposition, safe_name, type_agrees
from app.documents.ranges import OutOfRange, Part, wanted_part
from app.documents.states import ScanReason
from tests.rooms.documents import samples

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize("name", samples.GOOD)
def test_true_files_pass_in_memory_and_on_disk(name: str) -> None:
    kind = claimed_kind(name)
    assert kind is not None
    content = samples.GOOD[name]
    assert content_agrees(kind, content[:4096])
    assert inspect(kind.code, content) is None
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        assert inspect_file(kind.code, file) is None


def test_every_kind_has_a_sample() -> None:
    assert {kind.code for name in samples.GOOD if (kind := claimed_kind(name))} == set(KINDS)


def encrypted_zip() -> bytes:
    plain = bytearray(samples.zipped({"a.txt": b"x"}))
    at = plain.find(b"PK\x01\x02")
    plain[at + 8] |= 1
    return bytes(plain)


def link_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


HOSTILE = {
    "script in a PDF": ("pdf", samples.pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "active-content"),
    "escaped script": ("pdf", samples.pdf(b"/OpenAction << /S /J#61vaScript >>"), "active-content"),
    "launch": ("pdf", samples.pdf(b"/AA << /O << /S /Launch /F (cmd.exe) >> >>"), "active-content"),
    "embedded file": ("pdf", samples.pdf(b"/Names << /EmbeddedFiles 5 0 R >>"), "active-content"),
    "script in a compressed object": (
        "pdf",
        samples.pdf(body=samples.object_stream(b"7 0 << /S /JavaScript /JS (x) >>")),
        "active-content",
    ),
    "exploding object stream": ("pdf", samples.pdf(body=samples.object_stream(bytes(40_000_000))), "too-complex"),
    "encrypted PDF": ("pdf", samples.pdf() + b"<< /Encrypt 9 0 R >>\n%%EOF", "encrypted"),
    "cut PDF": ("pdf", samples.pdf()[:60], "structure"),
    "huge PNG": ("png", samples.png(60_000, 60_000), "too-complex"),
    "PNG without size": ("png", samples.png(0, 5), "too-complex"),
    "cut PNG": ("png", samples.png()[:30], "structure"),
    "huge JPEG": ("jpeg", samples.jpeg(65_000, 65_000), "too-complex"),
    "JPEG without frame": ("jpeg", b"\xff\xd8\xff\xd9" * 3, "structure"),
    "cut WebP": ("webp", samples.webp()[:20], "structure"),
    "STEP without its end": ("step", samples.step()[:-20], "structure"),
    "IGES without terminate": ("iges", samples.iges()[:80], "structure"),
    "STL that lies about its size": ("stl", samples.stl_binary()[:-1], "structure"),
    "DXF without EOF": ("dxf", samples.dxf()[:-6], "structure"),
    "text with NUL": ("csv", b"a;b\n" + bytes(5_000), "structure"),
    "EICAR": ("txt", b"harmless\n" + EICAR, "test-virus"),
    "zip slip": ("zip", samples.zipped({"../../etc/cron.d/x": b"x"}), "unsafe-path"),
    "zip slip by backslash": ("zip", samples.zipped({"..\\x.txt": b"x"}), "unsafe-path"),
    "zip with absolute path": ("zip", samples.zipped({"/etc/x": b"x"}), "unsafe-path"),
    "zip with link": ("zip", link_zip(), "unsafe-path"),
    "zip with program": ("zip", samples.zipped({"Setup.EXE": b"MZ"}), "active-content"),
    "zip bomb": ("zip", samples.zipped({"a.txt": bytes(30_000_000)}), "too-complex"),
    "encrypted zip": ("zip", encrypted_zip(), "encrypted"),
    "zip with too many entries": ("zip", samples.zipped({f"{n}.txt": b"" for n in range(10_001)}), "too-complex"),
    "cut zip": ("zip", samples.zipped({"a.txt": b"x" * 500})[:-30], "structure"),
    "macro workbook": ("xlsx", samples.xlsx(**{"xl/vbaProject.bin": b"x"}), "active-content"),
    "zip called workbook": ("xlsx", samples.zipped({"a.txt": b"x"}), "structure"),
    "zip called 3MF": ("3mf", samples.zipped({"a.txt": b"x"}), "structure"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str) -> None:
    kind, content, reason = HOSTILE[name]
    assert inspect(kind, content) == ScanReason(reason)


@given(
    st.sampled_from(sorted(KINDS)), st.binary(max_size=300), st.sampled_from(sorted(samples.GOOD)), st.integers(0, 400)
)
def test_no_content_makes_a_check_fail(kind: str, noise: bytes, name: str, at: int) -> None:
    good = samples.GOOD[name]
    for content in (noise, good[:at] + noise + good[at:], good[:at]):
        assert inspect(kind, content) in (None, *ScanReason)
        content_agrees(KINDS[kind], content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.pdf", b"MZ\x90\x00" + bytes(300)),
        ("drawing.pdf", samples.png()),
        ("part.png", samples.jpeg()),
        ("core.step", samples.pdf()),
        ("core.stl", b"\x7fELF" + bytes(200)),
        ("parts.csv", samples.zipped({"a": b"b"})),
        ("notes.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("notes.txt", b"  <SCRIPT>alert(1)</SCRIPT>"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("parts.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("core.igs", b"no columns\n"),
    ],
)
def test_another_content_than_the_name_says_is_seen(name: str, content: bytes) -> None:
    kind = claimed_kind(name)
    assert kind is not None
    assert not content_agrees(kind, content[:4096])


def test_declared_types_are_believed_only_where_they_contradict() -> None:
    pdf, step = KINDS["pdf"], KINDS["step"]
    assert [type_agrees(pdf, name) for name in ("application/pdf", None, "application/octet-stream")] == [True] * 3
    assert [type_agrees(pdf, name) for name in ("text/html", "image/png; x=y")] == [False, False]
    assert type_agrees(step, "application/x-vendor-step")


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\Form.pdf", "Form.pdf"),
        ("模具图纸.pdf", "模具图纸.pdf"),
        ("رسم القالب.pdf", "رسم القالب.pdf"),
        ("evil\u202efdp.exe.pdf", "evilfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("....", "file"),
        ("CON.txt", "_CON.txt"),
        ("x" * 400 + ".step", "x" * 195 + ".step"),
        ("", "file"),
    ],
)
def test_names_are_made_safe_and_keep_their_script(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=300))
def test_a_safe_name_stays_as_it_is_and_makes_one_clean_header(name: str) -> None:
    kept = safe_name(name)
    assert safe_name(kept) == kept
    assert 0 < len(kept) <= 201
    header = content_disposition(kept)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2


@given(st.integers(1, 10**6), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_part_lies_within_the_file(size: int, first: int, last: int) -> None:
    for header in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        try:
            part = wanted_part(header, None, '"e"', size)
        except OutOfRange:
            continue
        assert part is None or 0 <= part.first <= part.last < size


def test_ranges_that_mean_the_whole() -> None:
    for header in (None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b"):
        assert wanted_part(header, None, '"e"', 10) is None
    assert wanted_part("bytes=0-3", '"other"', '"e"', 10) is None
    assert wanted_part("bytes=0-3", '"e"', '"e"', 10) == Part(0, 3)
    assert wanted_part("bytes=-4", None, '"e"', 10) == Part(6, 9)
    for header in ("bytes=10-", "bytes=-0"):
        with pytest.raises(OutOfRange):
            wanted_part(header, None, '"e"', 10)


def test_a_stl_of_announced_size_needs_all_its_triangles() -> None:
    content = b"\x00" * 80 + struct.pack("<I", 0xFFFFFFFF) + bytes(50)
    assert inspect("stl", content) == ScanReason.STRUCTURE
