"""PostgreSQL under the stores: how it is reached and by whom, and what is said when it is nobody's mistake."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.engine import make_url

from assay.base.errors import AssayError
from assay.stores.database import VERSION, open_database
from assay.stores.forms import DatabaseForms
from assay.stores.portal_tables import open_portal_database
from assay.stores.postgresql import reached
from assay.wiring_portal import init_portal, open_portal
from databases import NEEDS_POSTGRESQL, Postgresql, postgresql
from homes import only
from ports.flights import example_files

SECRET = "wine"
"""A part of the password that is written the same in an address and outside of one."""

OPENER = """
import sys
from assay.stores.portal_tables import open_portal_database
from sqlalchemy import text
with open_portal_database(sys.argv[1]).connect() as connection:
    print(connection.scalar(text("select version from store_version")))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, content in example_files().items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_bytes(content)
    return tmp_path / "project"


def refused(url: str) -> str:
    """Return what is said of a database that cannot be opened; the password is no part of it."""
    with pytest.raises(AssayError) as error:
        open_database(url)
    assert SECRET not in str(error.value)
    return str(error.value)


@NEEDS_POSTGRESQL
def test_many_processes_may_open_a_new_database_at_once(server: Postgresql) -> None:
    command = [sys.executable, "-c", OPENER, server.make("new")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    answers = [process.communicate() for process in running]

    assert [answer for answer in answers if answer[0] != f"{VERSION}\n"] == []


@NEEDS_POSTGRESQL
def test_a_database_of_a_newer_assay_is_refused_by_name(server: Postgresql) -> None:
    url = server.make("newer")
    with open_database(url).begin() as connection:
        connection.execute(text("update store_version set version = version + 1"))
    open_database.cache_clear()

    assert f"expected a database of form {VERSION} or older, found form {VERSION + 1}" in refused(url)


@NEEDS_POSTGRESQL
def test_who_has_no_right_password_is_told_so(server: Postgresql) -> None:
    assert "expected the password of its user" in refused(server.url(password="wine, the wrong one"))


@NEEDS_POSTGRESQL
def test_a_database_that_there_is_not_is_told_by_name(server: Postgresql) -> None:
    said = refused(server.url("nowhere"))

    assert "/nowhere: expected a database of that name" in said
    assert "createdb" in said


def test_where_nobody_answers_it_is_said() -> None:
    said = refused(f"postgresql://assay:{SECRET}@127.0.0.1:1/assay")

    assert "expected a database that answers, found none" in said


@pytest.mark.parametrize("url", [f"no address, {SECRET}", f"oracle+wine://{SECRET}@host/name", f"{SECRET}://"])
def test_what_is_no_address_of_a_database_is_refused_without_repeating_it(url: str) -> None:
    assert "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME" in refused(url)


@pytest.mark.parametrize("query", ["sslmode=require", "sslmode=disable", "sslrootcert=a&sslrootcert=b", "timeout=5"])
def test_encryption_that_looks_at_no_certificate_is_not_offered(query: str) -> None:
    assert "expected sslmode=verify-full" in refused(f"postgresql://assay:{SECRET}@127.0.0.1/assay?{query}")


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+pg8000", "postgresql+psycopg"])
def test_whatever_driver_an_address_names_ours_is_used(driver: str) -> None:
    url, _ = reached(make_url(f"{driver}://assay@127.0.0.1/assay"))

    assert url.drivername == "postgresql+pg8000"


@NEEDS_POSTGRESQL
def test_a_connection_is_encrypted_when_it_is_asked_for_and_the_certificate_is_looked_at(server: Postgresql) -> None:
    asked = f"{server.url()}?sslmode=verify-full"
    with open_database(f"{asked}&sslrootcert={server.folder}/authority.pem").connect() as connection:
        assert connection.scalar(text("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))

    assert "certificate" in refused(asked).lower()


@pytest.fixture(scope="module")
def another() -> Iterator[Postgresql]:
    """Return a server that a test may stop."""
    with postgresql() as running:
        yield running


@NEEDS_POSTGRESQL
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_server_that_comes_back_is_met_again_and_meanwhile_it_is_said(
    another: Postgresql, how: signal.Signals
) -> None:
    forms = DatabaseForms(open_portal_database(another.url()))
    assert forms.sent("f") is None
    another.stop(how)
    with pytest.raises(AssayError, match="expected a database that") as error:
        forms.sent("f")
    another.start()

    assert SECRET not in str(error.value)
    assert forms.sent("f") is None


@NEEDS_POSTGRESQL
def test_a_portal_reads_the_password_of_its_database_from_a_variable(
    server: Postgresql, project: Path, tmp_path: Path
) -> None:
    home = tmp_path / "portal"
    with only({}):
        init_portal(home, "http://127.0.0.1", {"flights": project})
    path = home / "portal.yaml"
    address = f"postgresql://postgres:${{DB_PASSWORD}}@127.0.0.1:{server.port}/tests"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "database": address}))

    with only({"DB_PASSWORD": "wine & cheese/@"}):
        assert open_portal(home).identity.accounts.all() == []
    with only({}), pytest.raises(AssayError, match="expected a value of DB_PASSWORD"):
        open_portal(home)
    assert not (home / "portal.db").exists()
