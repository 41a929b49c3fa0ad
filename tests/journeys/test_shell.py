"""`assay shell`: at a real terminal, and from standard input."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from faults.small_project import make_project
from homes import assay

CONTROL_C, CONTROL_D = b"\x03", b"\x04"
SECONDS = 60
ENDLESS = b"select count(*) from range(1000000000) a, range(1000000000) b where (a.range * b.range) % 7 = 3;\n"

AT_TERMINAL = """\
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv = ["assay", "shell"]
from assay.cli.main import main
main()
"""
"""Makes the terminal the one that Ctrl-C comes from, and begins."""


class Terminal:
    """A person at a terminal of 80 columns, in front of the shell."""

    def __init__(self, project: Path, home: Path) -> None:
        self.process, self.end = self._start(project, home)
        self.seen = ""

    @staticmethod
    def _start(project: Path, home: Path) -> tuple[subprocess.Popen[bytes], int]:
        ours, theirs = pty.openpty()
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "COLUMNS": "80", "LC_ALL": "C.UTF-8",
            "XDG_CONFIG_HOME": str(home / "config"),
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-c", AT_TERMINAL],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=project, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        return process, ours

    def type(self, keys: bytes) -> None:
        os.write(self.end, keys)

    def wait_for(self, text: str, again: bytes = b"") -> str:
        """Wait until a text is seen, and return all up to it; ``again`` is typed after each second of silence.

        As a person would: what Python's readline is told between its prompt and its wait for a key, it hears with the
        next key only, and a line that is typed just before that is taken back with it.
        """
        until = time.monotonic() + SECONDS
        while text not in self.seen:
            assert time.monotonic() < until, f"{text!r} was never said: {self.seen!r}"
            ready, _, _ = select.select([self.end], [], [], 1)
            if ready:
                try:
                    self.seen += os.read(self.end, 65536).decode(errors="replace").replace("\r\n", "\n")
                except OSError as error:  # the other end is gone
                    raise AssertionError(f"{text!r} was never said: {self.seen!r}") from error
            elif again:
                self.type(again)
        before, _, self.seen = self.seen.partition(text)
        return before

    def end_by(self, keys: bytes) -> int:
        """Type until the shell has ended, and return its exit code."""
        for _ in range(SECONDS):
            self.type(keys)
            with suppress(subprocess.TimeoutExpired):
                return self.process.wait(1)
        raise AssertionError(f"The shell did not end: {self.seen!r}")

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.end)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_project(tmp_path_factory.mktemp("shell") / "town")
    built = assay("build", ASSAY_PROJECT=root)
    assert built.code == 0, built.text
    return root


@pytest.fixture
def terminal(project: Path, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(project, tmp_path)
    yield opened
    opened.close()


def test_a_query_may_go_over_lines_and_words_with_a_dot_tell_what_there_is(terminal: Terminal) -> None:
    terminal.wait_for("dev> ")
    terminal.type(b"select count(*) as orders\n")
    terminal.wait_for("...> ")
    terminal.type(b"from sources.orders where 'a;b' <> ';';\n")
    assert "300,000" in terminal.wait_for("dev> ")

    terminal.type(b".tables\n")
    assert re.search(r"sources\.orders +300,000 +delivery, amount", terminal.wait_for("dev> "))
    terminal.type(b".nonsense\n")
    assert "There is no .nonsense." in terminal.wait_for("dev> ")
    terminal.type(b"from range(60);\n")
    assert "Only the first 50 rows" in terminal.wait_for("dev> ")
    terminal.type(b"select * from nowhere;\n")
    assert "Table with name nowhere does not exist" in terminal.wait_for("dev> ")
    terminal.type(b".quit\n")
    assert terminal.process.wait(SECONDS) == 0


def test_control_c_ends_the_query_and_not_the_shell_and_control_d_ends_the_shell(terminal: Terminal) -> None:
    terminal.wait_for("dev> ")
    terminal.type(b"select 'half\n")
    terminal.wait_for("...> ")
    terminal.wait_for("dev> ", again=CONTROL_C)
    terminal.wait_for("21", again=b"select 3 * 7 as answer;\n")

    terminal.type(ENDLESS)
    terminal.wait_for("= 3;\n")
    terminal.wait_for("Cancelled.", again=CONTROL_C)
    terminal.wait_for("42", again=b"select 6 * 7 as answer;\n")

    terminal.wait_for("dev> ")
    assert terminal.end_by(CONTROL_D) == 0


def test_what_was_typed_is_remembered_for_its_user_alone(project: Path, tmp_path: Path) -> None:
    for _ in range(2):
        terminal = Terminal(project, tmp_path)
        terminal.wait_for("dev> ")
        terminal.type(b"select 17 as first;\n")
        terminal.wait_for("dev> ")
        os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.close()
    history = tmp_path / "config" / "assay" / "shell_history"

    if not history.exists():
        pytest.importorskip("readline")
    assert history.read_text().count("select 17 as first;") == 2
    assert history.stat().st_mode & 0o777 == 0o600


def scripted(project: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assay", "shell", *options]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "COLUMNS": "80", "ASSAY_PROJECT": str(project)}
    return subprocess.run(
        command, input=text, env=environment, capture_output=True, encoding="utf-8", errors="surrogateescape",
        check=False,
    )  # fmt: skip


def test_statements_from_standard_input_are_answered_one_after_the_other(project: Path) -> None:
    done = scripted(project, "select count(*) as n from first;\nselect 1 as x -- the last needs no semicolon\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "  n\n  150,000\n  x\n  1\n"


def test_a_script_gets_all_rows_and_other_forms(project: Path) -> None:
    rows = scripted(project, "from range(120)", "-o", "csv").stdout.splitlines()
    some = scripted(project, "from range(120)", "-o", "json", "--limit", "2").stdout

    assert (len(rows), rows[0], rows[-1]) == (121, "range", "119")
    assert json.loads(some) == [{"range": 0}, {"range": 1}]


def test_a_script_ends_at_the_first_statement_that_fails(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = scripted(project, f"select 1 as x; copy (select 1) to '{out}'; select 2 as y;")

    assert (done.returncode, done.stdout) == (1, "  x\n  1\n")
    assert "Nothing can be changed from here." in done.stderr
    assert not out.exists()


ODD = "select 1 as a, 2 as a, 'nan'::double as x, [{'y': '-inf'::double}] as list, 'b' || chr(27) || '[31m' as red"


def test_what_machines_get_is_json_and_holds_every_column(project: Path) -> None:
    expected = [{"a": 1, "a_1": 2, "x": "nan", "list": [{"y": "-inf"}], "red": "b\x1b[31m"}]

    for said in (scripted(project, ODD, "-o", "json").stdout, assay("query", ODD, "-o", "json", **of(project)).out):
        assert json.loads(said, parse_constant=pytest.fail) == expected


def test_no_value_steers_the_terminal(project: Path) -> None:
    for said in (scripted(project, ODD).stdout, assay("query", ODD, **of(project)).out):
        assert "\x1b" not in said
        assert "b\ufffd[31m" in said


def test_rows_that_a_query_leaves_out_are_counted_and_a_limit_is_no_negative_number(project: Path) -> None:
    some = assay("query", "from range(5)", "--limit", "2", "-o", "json", **of(project))

    assert (json.loads(some.out), some.err) == (
        [{"range": 0}, {"range": 1}], "3 more rows; see more with --limit.\n",
    )  # fmt: skip
    assert assay("query", "from range(5)", "--limit", "-1", **of(project)).code == 2


def test_bytes_that_are_no_text_are_refused_by_their_line(project: Path) -> None:
    typed = assay("query", b"select 1,\n\xff".decode(errors="surrogateescape"), **of(project))
    sent = scripted(project, "select 1,\n\udcff")

    for code, said in ((typed.code, typed.err), (sent.returncode, sent.stderr)):
        assert code == 1
        assert said.startswith("query:2\n  expected  text in UTF-8\n  found     the byte 0xff\n")


def of(project: Path) -> dict[str, str | Path]:
    return {"ASSAY_PROJECT": project}


def test_where_nothing_is_built_the_command_to_build_is_told(project: Path) -> None:
    done = scripted(project, "select 1", "--env", "qa")

    assert done.returncode == 1
    assert "assay build --env qa" in done.stderr
