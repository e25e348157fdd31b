"""Fetching files of others: never from inside a network, not too much, not too long, and no way around by redirection."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from app.gateways.errors import GatewayError
from app.gateways.network_wall import AddressForbidden, HostUnknown, TimedOut, Unreachable, UrlInvalid
from app.gateways.web_files import (
    HttpWebFiles,
    WebFileRedirected,
    WebFileRefused,
    WebFileTooLarge,
    WebFileUnavailable,
)
from tests.rooms.documents.web_site import Site, serving
from tests.rooms.messages.test_ssrf import FORBIDDEN

OPENED = ["127.0.0.0/8"]


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as found:
        yield found


def resolving(answers: dict[str, list[str]], asked: list[str] | None = None) -> Any:
    async def resolver(host: str, port: int) -> Sequence[str]:
        if asked is not None:
            asked.append(host)
        return answers.get(host, [host])

    return resolver


def fetcher(**options: Any) -> HttpWebFiles:
    return HttpWebFiles(**{"max_bytes": 1_000_000, "allow_http": True, "allowed_networks": OPENED, **options})


async def fetched(web_files: HttpWebFiles, url: str) -> tuple[str, str | None, bytes]:
    async with web_files.open(url) as file:
        return file.filename, file.media_type, b"".join([chunk async for chunk in file.chunks])


async def test_a_file_comes_with_its_name_and_type(site: Site) -> None:
    url = site.put("/pictures/Kern%20links.png", b"x" * 300_000, "image/png")
    site.pages["/pictures/Kern links.png"] = site.pages["/pictures/Kern%20links.png"]
    assert await fetched(fetcher(), url + "?size=large") == ("Kern links.png", "image/png", b"x" * 300_000)


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_nothing_is_fetched_from_inside(address: str) -> None:
    for answers in ([address], ["8.8.8.8", address]):
        web_files = fetcher(allowed_networks=(), resolver=resolving({"inside.example": answers}))
        with pytest.raises(AddressForbidden):
            await fetched(web_files, "https://inside.example/part.png")
    host = f"[{address}]" if ":" in address else address
    with pytest.raises((AddressForbidden, UrlInvalid)):
        await fetched(fetcher(allowed_networks=()), f"http://{host}/part.png")


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
async def test_other_spellings_lead_nowhere(site: Site, host: str) -> None:
    with pytest.raises((AddressForbidden, HostUnknown, UrlInvalid)):
        await fetched(fetcher(allowed_networks=()), f"http://{host}:{site.port}/part.png")
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/a.png", "file:///etc/passwd", "https://user:pw@example.com/", "data:image/png,x", "//x/y", ""],
)
async def test_only_plain_addresses(url: str) -> None:
    assert not fetcher().accepts(url)
    with pytest.raises(UrlInvalid):
        await fetched(fetcher(), url)


async def test_plain_http_is_for_development_alone(site: Site) -> None:
    url = site.put("/part.png", b"x")
    assert not fetcher(allow_http=False).accepts(url)
    assert fetcher(allow_http=False).accepts("https://example.com/part.png")
    with pytest.raises(UrlInvalid):
        await fetched(fetcher(allow_http=False), url)
    assert site.asked == []


async def test_redirections_are_followed_three_times(site: Site) -> None:
    site.put("/0/part.png", b"content", "image/png")
    for step in range(1, 5):
        site.redirect(f"/{step}/x", f"/{step - 1}/{'part.png' if step == 1 else 'x'}", status=307)
    name, _, content = await fetched(fetcher(), f"{site.url}/3/x")
    assert (name, content) == ("part.png", b"content")
    site.asked.clear()
    with pytest.raises(WebFileRedirected):
        await fetched(fetcher(), f"{site.url}/4/x")
    assert site.asked == ["/4/x", "/3/x", "/2/x", "/1/x"]
    with pytest.raises(WebFileRedirected):
        await fetched(fetcher(), site.put("/nowhere", status=302))


async def test_a_redirection_to_the_inside_is_refused(site: Site) -> None:
    """Each step is checked like the first: the address of a cloud's metadata is not reached through a public site."""
    answers = {"public.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    web_files = fetcher(resolver=resolving(answers))
    for there in (
        "http://169.254.169.254/latest/meta-data/",
        "https://inside.example/part.png",
        "http://[::1]/part.png",
        "//10.0.0.1/part.png",
    ):
        site.redirect("/part.png", there)
        with pytest.raises(AddressForbidden):
            await fetched(web_files, f"http://public.example:{site.port}/part.png")
    for there in ("file:///etc/passwd", "ftp://public.example/part.png", "http://user:pw@public.example/"):
        site.redirect("/part.png", there)
        with pytest.raises(UrlInvalid):
            await fetched(web_files, f"http://public.example:{site.port}/part.png")


async def test_a_name_is_looked_up_once_and_pinned(site: Site) -> None:
    asked: list[str] = []
    site.put("/part.png", b"content")
    web_files = fetcher(resolver=resolving({"cdn.example": ["127.0.0.1"]}, asked))
    assert (await fetched(web_files, f"http://cdn.example:{site.port}/part.png"))[2] == b"content"
    assert asked == ["cdn.example"]


async def test_too_much_is_left_whether_it_is_announced_or_not(site: Site) -> None:
    url = site.put("/part.png", b"x" * 5000)
    with pytest.raises(WebFileTooLarge):
        await fetched(fetcher(max_bytes=4999), url)
    assert len((await fetched(fetcher(max_bytes=5000), url))[2]) == 5000
    site.put("/part.png", b"x" * 5000, headers={"content-length": "5000"})
    with pytest.raises(WebFileTooLarge):
        await fetched(fetcher(max_bytes=4999), url)


async def test_a_slow_server_is_left(site: Site) -> None:
    late = site.put("/late.png", b"x", slow_s=2.0)
    dripping = site.put("/drip.png", b"x" * 100, chunk_bytes=1, between_s=0.05)
    for url in (late, dripping):
        with pytest.raises(TimedOut):
            await fetched(fetcher(timeout_s=0.3), url)


async def test_what_is_no_file_is_told(site: Site) -> None:
    for status, error in ((403, WebFileRefused), (404, WebFileRefused), (206, WebFileRefused), (204, WebFileRefused)):
        with pytest.raises(error) as refused:
            await fetched(fetcher(), site.put("/x", status=status))
        assert not refused.value.retryable and refused.value.params == {"status": status}
    for status in (429, 500, 503):
        with pytest.raises(WebFileUnavailable):
            await fetched(fetcher(), site.put("/x", status=status))
    packed = site.put("/x", b"x", headers={"content-encoding": "gzip"})
    with pytest.raises(WebFileRefused):
        await fetched(fetcher(), packed)
    with pytest.raises(Unreachable):
        await fetched(fetcher(), "http://127.0.0.1:1/part.png")


def test_errors_hold_no_address() -> None:
    for cls in (WebFileTooLarge, WebFileRedirected, WebFileRefused, WebFileUnavailable):
        assert issubclass(cls, GatewayError)
        assert "example" not in str(cls())
