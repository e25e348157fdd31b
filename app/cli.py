"""The `partingline` command. Every subcommand imports what it needs when it runs, so that `--help` is instant."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.banking import bank_cli
from app.commands.clearing import clearing
from app.commands.exchange import rates_cli
from app.commands.failures import told_in_sentences
from app.commands.invoicing import invoice_cli
from app.commands.reconciling import reconcile
from app.commands.solving import solve_cli
from app.kit.rubbish import pause_search

cli = typer.Typer(
    name="partingline",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
    help=(
        "Partingline: the B2B marketplace of the mould trade.\n\n"
        "All settings come from the environment (`partingline settings` lists them). `DATABASE_URL` names a "
        "PostgreSQL, 18 or newer, as a user that may create roles. Without it, an embedded PostgreSQL is used, whose "
        "data lie in `.partingline` under the current folder (`PARTINGLINE_DATA_DIR` moves them) and which ends with "
        "the last command that uses it.\n\n"
        "A first start: `partingline demo`. A new installation: `partingline migrate`, then `serve` and `worker`."
    ),
)

solve_cli.command()(clearing)
cli.add_typer(solve_cli, name="solve")
cli.add_typer(invoice_cli, name="invoice")
cli.add_typer(rates_cli, name="rates")
cli.add_typer(bank_cli, name="bank")
cli.command()(reconcile)

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
SETTINGS_HELP = "Settings are environment variables; `partingline settings` lists them with their meaning."


@cli.command(epilog=SETTINGS_HELP)
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port.")] = 1,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")] = False,
) -> None:
    """Serve the HTTP API until Ctrl-C or SIGTERM; requests in flight are finished first.

    `/healthz` says that the process lives, `/readyz` that it can reach its database. Behind a reverse proxy, name the
    proxy's address in `PARTINGLINE_TRUSTED_PROXIES`.
    """
    with told_in_sentences():
        pause_search()
        import uvicorn

        from app.commands.installation import installation, refuse_old_server
        from app.commands.lifeline import end_tidily
        from app.commands.ports import require_free

        end_tidily(with_parent=with_parent)
        require_free(host, port)
        with installation() as here:
            refuse_old_server(here.settings)
            uvicorn.run(
                "app.main:create_app",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                proxy_headers=bool(here.settings.trusted_proxies),
                forwarded_allow_ips=list(here.settings.trusted_proxies),
                server_header=False,
                access_log=False,
                log_config=None,
                # Longer than clients and proxies keep theirs, so that none sends on a connection just being closed.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=20,
            )


@cli.command(epilog=SETTINGS_HELP)
def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Jobs of a kind run at the same time.")] = 4,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")] = False,
) -> None:
    """Run background jobs until Ctrl-C or SIGTERM: mails, webhooks, reactions to events, scheduled work.

    Several workers may run at once; the jobs of one that was killed are taken over by another.
    """
    with told_in_sentences():
        pause_search()
        from app import worker as process
        from app.commands.installation import installation, refuse_old_server
        from app.commands.lifeline import end_tidily

        end_tidily(with_parent=with_parent)
        with installation() as here:
            refuse_old_server(here.settings)
            process.main(concurrency)


@cli.command()
def migrate() -> None:
    """Bring the database to this version's schema: login roles first, then every migration that is missing.

    Safe to run again and by several at once. `DATABASE_URL` must be allowed to create roles.
    """
    with told_in_sentences():
        from app.commands.installation import installation
        from app.wiring import bring_up

        with installation() as here:
            bring_up(here.settings)
            typer.echo("The database has this version's schema.")


@cli.command()
def seed() -> None:
    """Fill the database with the demo market: suppliers, products, buyers, inquiries. Does nothing the second time.

    Needs the schema (`partingline migrate`). Not for a production database.
    """
    with told_in_sentences():
        from app.commands.installation import installation
        from app.demo import seed as demo_market

        with installation() as here:
            demo_market.run(here.settings)


@cli.command(name="found-operator", epilog=SETTINGS_HELP)
def found_operator(
    name: Annotated[str, typer.Option(help="Legal name of the organization, in its own script.")],
    country: Annotated[str, typer.Option(help="Its country, ISO 3166 code such as DE.")],
    city: Annotated[str, typer.Option(help="Where it sits.")],
    street: Annotated[str, typer.Option(help="Street and number.")],
    email: Annotated[str, typer.Option(help="E-mail address of its first owner, who signs in with it.")],
    owner: Annotated[str, typer.Option(help="Name of its first owner.")],
    name_latin: Annotated[str | None, typer.Option(help="The legal name in Latin letters.  [default: --name]")] = None,
    locale: Annotated[str, typer.Option(help="Language of both, such as en, de or zh-Hans.")] = "en",
    time_zone: Annotated[str, typer.Option(help="Time zone of the owner, such as Europe/Berlin.")] = "UTC",
) -> None:
    """Found the operator's organization and its first owner: once, after the first `partingline migrate`.

    Over HTTP nobody can make himself the operator; this is the only way. The password (12 characters or more) is
    asked for at the terminal; without one it is the first line of standard input. The owner signs in at `/backoffice`
    or with `POST /v1/auth/token`, and invites his colleagues with `POST /v1/invitations`.

    Example: `partingline found-operator --name "Example Market GmbH" --country DE --city Hamburg
    --street "Am Sandtorkai 1" --email owner@example.org --owner "Ada Example" --locale de --time-zone Europe/Berlin`
    """
    with told_in_sentences():
        from app.commands import founding
        from app.commands.installation import installation

        organization: dict[str, object] = {
            "legal_name_local": name,
            "legal_name_latin": name_latin or name,
            "country": country,
            "city": city,
            "locale": locale,
            "address": {"street": street},
        }
        password = founding.ask_password()
        person: dict[str, object] = {
            "email": email,
            "name": owner,
            "password": password,
            "locale": locale,
            "time_zone": time_zone,
        }
        with installation() as here:
            code = founding.found(here.settings, organization, person)
        typer.echo(f"The operator's organization “{code}” exists. Its owner signs in as {email}.")


@cli.command()
def verify(
    empty_ok: Annotated[bool, typer.Option("--empty-ok", help="Accept a check that found no rows to look at.")] = False,
) -> None:
    """Prove what the database claims about itself: audit chain, ledgers, balances against their logs.

    Reads everything under the `auditor` role and changes nothing. Exit code 0 when every check holds, 1 otherwise.
    """
    with told_in_sentences():
        from app.commands.installation import installation
        from app.commands.verification import run_checks

        with installation() as here:
            holds = run_checks(here.settings, empty_ok=empty_ok)
    raise typer.Exit(0 if holds else 1)


@cli.command()
def tour(
    base_url: Annotated[str, typer.Option(help="Where the API listens.")] = "http://127.0.0.1:8000",
) -> None:
    """Tell the main job over HTTP against a seeded API: inquiry, sealed quotes, award, order, delivery.

    Exit code 0 only if every step held. `partingline demo` starts everything that it needs.
    """
    with told_in_sentences():
        from app.demo import tour as main_job

        held = main_job.run(base_url)
    raise typer.Exit(0 if held else 1)


@cli.command()
def demo(
    exit_after: Annotated[bool, typer.Option("--exit", help="Stop everything after the tour.")] = False,
    port: Port = 8000,
) -> None:
    """Start the whole marketplace on this machine, show the tour, and stay until Ctrl-C.

    Embedded PostgreSQL (unless `DATABASE_URL` is set), payment provider (unless `PARTINGLINE_STRIPE_SECRET_KEY` is set),
    schema, demo market, mail sink, API and worker. The data are kept in `.partingline` (`PARTINGLINE_DATA_DIR` moves them):
    a second run is up in seconds; remove the folder to begin anew. With `--exit`, the exit code is 0 only if every step of
    the tour held.
    """
    with told_in_sentences():
        from app.demo.launcher import run_demo

        code = run_demo(port=port, exit_after=exit_after)
    raise typer.Exit(code)


@cli.command(name="payment-provider", hidden=True)
def payment_provider(
    tells: Annotated[str, typer.Option(help="The house's address for the provider's events.")],
    data_dir: Annotated[Path, typer.Option(help="The folder that keeps its keys, its port and all that it knows.")],
    with_parent: Annotated[bool, typer.Option(hidden=True, help="Stop when standard input ends.")] = False,
) -> None:
    """The demo's payment provider, on this machine alone: it answers as Stripe does, and its money is play money."""
    with told_in_sentences():
        from app.commands.lifeline import end_tidily
        from app.demo.provider.process import serve as answer

        end_tidily(with_parent=with_parent)
        answer(data_dir, tells)


@cli.command()
def settings() -> None:
    """List every setting: the environment variable, its default and what it means."""
    from app.commands.variables import show

    show()


def main() -> None:
    """Entry point of the `partingline` script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    cli()


if __name__ == "__main__":
    main()
