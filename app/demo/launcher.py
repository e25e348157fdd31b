"""`partingline demo`: the whole marketplace on one machine, from an empty folder to a told story."""

import fcntl
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console

from app.commands.failures import CommandError
from app.commands.installation import Installation, installation
from app.commands.ports import a_free_port, require_free
from app.commands.provider import KEY, KeptProvider, database_name, keep_provider, kept_provider
from app.demo.processes import Child, Nursery, end_orphans
from app.gateways.mail_sink import SinkMailServer
from app.settings import get_settings

HOST = "127.0.0.1"
READY_TIMEOUT_S = 90.0
EVENTS = "/v1/incoming/stripe"
LOCAL_NETWORKS = '["127.0.0.0/8", "::1/128"]'


def run_demo(*, port: int, exit_after: bool) -> int:
    """Run the demo to its end and return the process's exit code.

    0: with `exit_after` every step of the tour held; without, the demo was stopped by Ctrl-C or SIGTERM.
    """
    console = Console(highlight=False, soft_wrap=True)
    data_dir = Path(os.environ.get("PARTINGLINE_DATA_DIR") or ".partingline").absolute()
    with _stopped_by_signals():
        try:
            with ExitStack() as stack:
                return _run(console, stack, data_dir, port=port, exit_after=exit_after)
        except _Stopped:
            console.print("Stopped. The data are kept; the next `make demo` is up in seconds.")
            return 130 if exit_after else 0


def _run(console: Console, stack: ExitStack, data_dir: Path, *, port: int, exit_after: bool) -> int:
    base_url = f"http://{HOST}:{port}"
    operators_own = bool(os.environ.get(KEY))
    stack.enter_context(_only_one(data_dir))
    if end_orphans(data_dir / "demo.json"):
        console.print("Ended what an earlier demo had left running when it was killed.")
    require_free(HOST, port)
    # From here on, leaving the block for whatever reason stops everything, the latest first.
    stack.callback(console.print, "Everything is stopped.")
    with _step(console, "PostgreSQL"):
        here = stack.enter_context(installation())
    sink = SinkMailServer(data_dir / "mail")
    sink.start()
    stack.callback(sink.stop)
    nursery = _nursery(console, stack, data_dir)
    provider = None
    if not operators_own and _pays_over_http(here, data_dir):
        provider = _start_provider(nursery, here, data_dir, base_url)
    _prepare(console, here, nursery, provider)
    _let_mail_go(sink, base_url)
    logs = data_dir / "logs"
    nursery.add(
        Child("API", ["serve", "--host", HOST, "--port", str(port)], logs / "api.log"),
        Child("worker", ["worker"], logs / "worker.log"),
    )
    with _step(console, f"API and worker, {base_url}"):
        _wait_until_ready("API", f"{base_url}/readyz", nursery)
    held = _tell_the_tour(console, base_url)
    if nursery.broken is not None:
        raise CommandError(_death_of(nursery.broken))
    if exit_after:
        return 0 if held else 1
    _say_where_everything_is(console, base_url, data_dir, provider)
    while nursery.broken is None:
        time.sleep(0.5)
    raise CommandError(_death_of(nursery.broken))


def _pays_over_http(here: Installation, data_dir: Path) -> bool:
    """Whether payments go to a provider of the demo's own, a process. What has paid through the local one before goes on with it:
    nobody else knows those payments. Plain HTTP is for development alone."""
    if here.settings.environment != "development":
        return False
    if kept_provider(data_dir) is not None:
        return True
    journal = data_dir / "payments" / "payments.sqlite3"
    if not journal.exists():
        return True
    with closing(sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)) as page:
        try:
            return page.execute("SELECT 1 FROM payments LIMIT 1").fetchone() is None
        except sqlite3.DatabaseError:
            return False


def _start_provider(nursery: Nursery, here: Installation, data_dir: Path, base_url: str) -> KeptProvider:
    """The payment provider, at the port where it was before, if nobody else is there now. It gets ready while others work."""
    before = kept_provider(data_dir)
    port = a_free_port(HOST, before.port if before else None)
    kept = keep_provider(data_dir, port, database_name(os.environ, embedded=here.embedded))
    arguments = ["payment-provider", "--tells", base_url + EVENTS, "--data-dir", str(data_dir)]
    nursery.add(Child("payment provider", arguments, data_dir / "logs" / "payments.log"))
    os.environ |= kept.variables()
    get_settings.cache_clear()
    return kept


def _prepare(console: Console, here: Installation, nursery: Nursery, provider: KeptProvider | None) -> None:
    """Schema and demo market, whose people pay by the provider."""
    from app.demo import seed
    from app.wiring import bring_up

    with _step(console, "Schema"):
        bring_up(here.settings)
    if provider is not None:
        with _step(console, f"Payment provider, {provider.address}"):
            _wait_until_ready("payment provider", f"{provider.address}/healthz", nursery)
    with _step(console, "Demo market"):
        seed.run(get_settings())


def _let_mail_go(sink: SinkMailServer, base_url: str) -> None:
    """The settings that API and worker inherit name the sink."""
    os.environ |= {
        "PARTINGLINE_SMTP_HOST": sink.host,
        "PARTINGLINE_SMTP_PORT": str(sink.port),
        "PARTINGLINE_SMTP_TLS": "none",
        "PARTINGLINE_PUBLIC_URL": base_url,
    }
    os.environ.setdefault("PARTINGLINE_WEBHOOK_ALLOWED_NETWORKS", LOCAL_NETWORKS)
    get_settings.cache_clear()
    get_settings()


def _nursery(console: Console, stack: ExitStack, data_dir: Path) -> Nursery:
    nursery = Nursery(
        [],
        data_dir / "demo.json",
        on_restart=lambda child: console.print(
            f"The {child.name} had ended and was started again (process {child.pid})."
        ),
    )
    stack.callback(nursery.stop)
    nursery.start()
    return nursery


def _wait_until_ready(name: str, url: str, nursery: Nursery) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    # Made once: making one takes longer than asking.
    with httpx.Client(timeout=5) as asker:
        while nursery.broken is None:
            try:
                if asker.get(url).is_success:
                    return
            except httpx.HTTPError:
                pass  # not yet
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The {name} was not ready after {READY_TIMEOUT_S:.0f} s. Its log is under .partingline/logs. "
                    "A busy machine may need a second try."
                )
            time.sleep(0.05)
    raise CommandError(_death_of(nursery.broken))


def _death_of(child: Child) -> str:
    return f"The {child.name} ended by itself. Its log is {child.log_file}; the last lines:\n{child.last_words()}"


def _tell_the_tour(console: Console, base_url: str) -> bool:
    from app.demo import tour

    started = time.monotonic()
    held = tour.run(base_url)
    seconds = time.monotonic() - started
    if held:
        console.print(f"\n[bold green]Every step of the tour held[/] ({seconds:.0f} s).")
    else:
        console.print(f"\n[bold red]A step of the tour did not hold[/] ({seconds:.0f} s); see above.")
    return held


def _say_where_everything_is(console: Console, base_url: str, data_dir: Path, provider: KeptProvider | None) -> None:
    from app.demo import seed

    console.print("\n[bold]The marketplace is running.[/]")
    console.print(f"  Storefront     {base_url}/")
    console.print(f"  API            {base_url}/v1")
    console.print(f"  API reference  {base_url}/docs")
    console.print(f"  Back office    {base_url}/backoffice")
    if provider is not None:
        console.print(f"  Payments       {provider.address} (answers as Stripe does; play money)")
    console.print(f"  Mails          {data_dir / 'mail'}")
    console.print(f"  Logs           {data_dir / 'logs'}")
    console.print("\n[bold]Sample logins[/]")
    for line in seed.sample_logins():
        console.print(f"  {line}", markup=False)
    console.print("\nPress Ctrl-C to stop everything.")


@contextmanager
def _step(console: Console, name: str) -> Iterator[None]:
    """Say what is being done, and how long it took; on a dumb terminal as plain lines."""
    started = time.monotonic()
    if console.is_terminal and not console.is_dumb_terminal:
        with console.status(f"{name} …"):
            yield
    else:
        console.print(f"  {name} …")
        yield
    console.print(f"[green]✓[/] {name} ({time.monotonic() - started:.1f} s)")


@contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """One demo a folder: the second would share its mail folder and its records."""
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o711)
    with (data_dir / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CommandError(
                f"A demo already runs in this folder (process {lock.read().strip() or 'unknown'}). Stop it with Ctrl-C "
                "there, or give this one a place and a port of its own: "
                'PARTINGLINE_DATA_DIR=.partingline-2 make demo ARGS="--port 8001"'
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class _Stopped(BaseException):
    """Ctrl-C, SIGTERM or the end of the terminal; not an Exception, so that no step's handler swallows it."""


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        # Once is enough: while everything is being stopped, a second Ctrl-C must not leave half of it running.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        os.write(2, b"\nStopping ...\n")
        raise _Stopped

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
