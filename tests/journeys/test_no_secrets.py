"""Nothing that the program makes, keeps or prints holds a private key, or what a variable stands for."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assay.cli.demo import ROLES
from homes import Ran
from journeys.demo import LIMIT_SECONDS, Played
from journeys.flights_home import Place

pytestmark = pytest.mark.timeout(LIMIT_SECONDS)

PASSWORD = "correct-horse-battery-staple"


def forms(key: Path) -> dict[str, bytes]:
    """Return a private key in every form in which it might get out."""
    pem = key.read_bytes()
    loaded = serialization.load_pem_private_key(pem, None)
    assert isinstance(loaded, Ed25519PrivateKey)
    raw = loaded.private_bytes_raw()
    return {
        "the lines of its file": pem.splitlines()[1],
        "its bytes": raw,
        "hexadecimal": raw.hex().encode(),
        "base64": base64.b64encode(raw).rstrip(b"="),
        "base64 for addresses": base64.urlsafe_b64encode(raw).rstrip(b"="),
    }


def keys_of(place: Place) -> tuple[Path, ...]:
    """Return every private key of the demo: one a person, and the node's."""
    return (*(place.key(person) for person in ROLES), place.node / "key.pem")


def master_of(place: Place) -> Path:
    """Return the key under which the portal seals those that it holds."""
    return place.root / "portal" / "master.key"


def files_of(place: Place) -> list[Path]:
    """Return every file of all homes but the keys themselves."""
    kept = {*keys_of(place), master_of(place)}
    return [path for path in place.root.rglob("*") if path.is_file() and path not in kept]


def test_no_file_of_the_demo_holds_a_private_key_in_any_form(played: Played) -> None:
    place = played.place
    secrets = {f"{key.stem}: {form}": secret for key in keys_of(place) for form, secret in forms(key).items()}
    master = master_of(place).read_bytes()
    secrets |= {"the portal's master key": master, "the same in hexadecimal": master.hex().encode()}
    files = files_of(place)
    kinds = {path.suffix for path in files}

    found = [
        (str(path.relative_to(place.root)), name)
        for path in files
        for content in [path.read_bytes()]
        for name, secret in secrets.items()
        if secret in content or b"PRIVATE KEY" in content
    ]

    assert found == []
    assert {".db", ".tar", ".json", ".html", ".txt", ".yaml", ".parquet"} <= kinds  # there was something to look into


def test_the_demo_prints_no_private_key(played: Played) -> None:
    printed = played.text.encode()

    for key in keys_of(played.place):
        assert not any(secret in printed for secret in forms(key).values())
    assert b"PRIVATE" not in printed


def test_no_command_about_keys_prints_the_private_half(frozen: Place, tmp_path: Path) -> None:
    place = frozen.copy(tmp_path / "all")
    broken = place.root / "keys" / "broken.pem"
    broken.write_bytes(place.key("ada").read_bytes().replace(b"-----BEGIN", b"----BEGIN"))
    broken.chmod(0o600)
    new = place.root / "keys" / "new.pem"

    runs = [
        place.run(None, "key", "new", "--out", new),
        place.run(None, "key", "new", "--out", place.key("ada")),
        place.run("ada", "key", "show"),
        place.run(None, "key", "show", "--key", broken),
        place.run(None, "status", "--key", new),
        place.run("ada", "status"),
    ]

    assert [run.code for run in runs] == [0, 1, 0, 1, 1, 0]
    told = b"".join(run.text.encode() for run in runs)
    assert not any(secret in told for key in (place.key("ada"), new) for secret in forms(key).values())


def test_what_a_variable_stands_for_shows_in_no_message_statement_or_page(frozen: Place, tmp_path: Path) -> None:
    place = frozen.copy(tmp_path / "all")
    place.edit("sources/weather.odcs.yaml", "path: data/", "path: ${LANDING}/")
    hidden = place.root / PASSWORD
    hidden.mkdir()

    def build(*more: str) -> Ran:
        return place.run("ada", "build", *more, LANDING=hidden)

    missing = build()
    (hidden / "weather.parquet").write_bytes((place.design / "data" / "weather.parquet").read_bytes())
    built = build("--sign")
    place.do("ada", "ledger", "export", "--out", place.post / "export.tar")

    assert [missing.code, built.code] == [1, 0]
    assert "${LANDING}/weather.parquet" in missing.err
    assert PASSWORD not in missing.text + built.text
    assert PASSWORD.encode() not in (place.post / "export.tar").read_bytes()
