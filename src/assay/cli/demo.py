"""The demo: the whole process on real flights, in a directory of its own, with the same commands that people type.

Three homes stand beside each other: the design side, a second engineer's clone that exchanges files only, and the
automation node. Every command of the node runs in a process of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click

from assay.base.errors import AssayError, refusal
from assay.cli.demo_node import node_process, show_node, start_node
from assay.cli.demo_portal import is_installed, make_portal, portal_process, show_accounts, start_portal
from assay.cli.main import run
from assay.cli.output import line

ROLES = {
    "ada": "engineer",
    "ben": "engineer, validator",
    "carla": "stakeholder",
    "dora": "owner",
    "rita": "release manager",
    "audrey": "auditor",
    "alma": "admin",
}
PRODUCT = "ontime"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The rehearsal's first morning, a Monday; the clock of all three homes is set by the demo."""

_MARK = "assay-demo"


@dataclass
class Stage:
    """Where the demo plays, and what time it is there."""

    root: Path
    now: datetime = START
    refusals: int = 0
    commands: int = 0
    passwords: dict[str, str] = field(default_factory=dict)
    """The first password of each account of the portal; empty where its packages are not installed."""

    @property
    def time(self) -> str:
        """The present moment (UTC), as the commands are told it."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def design(self) -> Path:
        """The design side's project."""
        return self.root / "design"

    @property
    def second(self) -> Path:
        """The second engineer's clone."""
        return self.root / "second"

    @property
    def node(self) -> Path:
        """The node's home."""
        return self.root / "node"

    @property
    def landing(self) -> Path:
        """Where production's files arrive."""
        return self.root / "landing"

    @property
    def post(self) -> Path:
        """Where files lie that people send each other."""
        return self.root / "post"

    def key(self, person: str) -> Path:
        """The private key of a person."""
        return self.root / "keys" / f"{person}.pem"


@click.command()
@click.option("--home", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Where to play.")
@click.option("--example", type=click.Path(path_type=Path), help="The example project [default: examples/flights].")
@click.option("--no-serve", is_flag=True, help="Leave neither portal nor node running at the end.")
@click.option("--stop", is_flag=True, help="Stop what an earlier demo left running, and play nothing.")
def demo(home: Path, example: Path | None, no_serve: bool, stop: bool) -> None:
    """Play the whole process on real flights: nobody needs to do anything but read."""
    started = time.monotonic()
    stage = Stage(home.resolve())
    if stop:
        stopped = _stop(stage.root)
        line(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing of a demo runs here.")
        return
    _prepare(stage, _example(example))
    for scene in SCENES:
        scene(stage)
    seconds = time.monotonic() - started
    line()
    line(f"Played in {seconds:.0f} seconds: {stage.commands} commands, {stage.refusals} refused, as they had to be.")
    line(f"The released dashboard: {stage.node / 'pages' / 'released' / PRODUCT / 'delays.html'}")
    line(f"Look around: cd {_shown(stage.design)} && ASSAY_KEY=../keys/ada.pem assay status")
    if not no_serve:
        _leave_running(stage)


def _leave_running(stage: Stage) -> None:
    """Start what is to run on after the demo, and say where it is."""
    if stage.passwords:
        show_accounts(start_portal(stage.root), ROLES, stage.passwords)
    start_node(stage.root, stage.time)
    show_node(stage.root, Path(_shown(stage.root)), stage.time)
    line()
    line(f"Stop both with: assay demo --home {_shown(stage.root)} --stop")


def _stop(root: Path) -> list[str]:
    """Stop what an earlier demo in this folder left running; return what that was."""
    return [kept.name for kept in (portal_process(root), node_process(root)) if kept.stop()]


def _question(stage: Stage) -> None:
    _scene("1. Carla, of the operations desk, has a question.")
    _tell("She asks in her own words. The request is recorded whole or not at all.")
    request = [
        "request", "new", "--product", PRODUCT, "--title", "Where and when do our flights leave late?",
        "--question", "Where do delays concentrate, so that we can plan spare crews and gates?",
        "--deliverable", "dashboard", "--audience", "The operations desk", "--needed-by", "2026-03-31",
        "--acceptance", "A cancelled flight never counts as on time",
        "--acceptance", "Days, airports and carriers can be told apart",
    ]  # fmt: skip
    _assay(stage, "carla", *request)
    _tell("Ada, a data engineer, opens a release for it and assesses whether the contracts can be met.")
    _assay(stage, "ada", "release", "new", PRODUCT, "--request", "Q-0001")
    _assay(stage, "ada", "assess", "R-0001", show=8)
    _tell("Dora owns the product and Carla is the business: both approve, one after the other, in one act each.")
    _later(stage, hours=4)
    _assay(stage, "dora", "signoff", "R-0001")
    _assay(stage, "carla", "signoff", "R-0001")


def _development(stage: Stage) -> None:
    _scene("2. Ada builds in dev, and freezes what she built.")
    _later(stage, days=1)
    _assay(stage, "ada", "signoff", "R-0001", "feeds-delivered")
    _assay(stage, "ada", "build", PRODUCT, "--env", "dev", "--sign")
    _assay(stage, "ada", "freeze", "R-0001")
    _tell("From here on QA and production are built from that payload only. Every rule is checked on real data.")
    _assay(stage, "ada", "validate", "R-0001")
    _assay(stage, "ada", "signoff", "R-0001", "dataset.qa.accepted-by-engineer")
    _tell("Could Ada be the second pair of eyes as well? The gate names the reason why not.")
    _refused(stage, "ada", "signoff", "R-0001", "dataset.qa.accepted-by-other-engineer")


def _second_eyes(stage: Stage) -> None:
    _scene("3. Ben, the second engineer, works in a clone of his own and exchanges files only.")
    _assay(stage, "ada", "ledger", "export", "--out", str(stage.post / "to-ben.tar"))
    _git(stage, stage.root, "clone", "--quiet", str(stage.design), str(stage.second))
    _later(stage, hours=2)
    ben = ("ben", stage.second)
    _assay(stage, ben, "ledger", "import", str(stage.post / "to-ben.tar"), show=1)
    _assay(stage, ben, "build", PRODUCT, "--env", "dev", show=3)
    _tell("All rules pass. He counts all the same: on time, delayed and cancelled should add up to the flights.")
    _assay(
        stage, ben, "query", "--env", "dev",
        "select sum(flights) as flights, sum(on_time) as on_time, sum(delayed) as delayed, "
        "sum(cancelled) as cancelled, sum(on_time + delayed + cancelled) - sum(flights) as too_many from ontime_daily",
    )  # fmt: skip
    _tell("Cancelled flights were counted as on time. He rejects, with the reason, and sends the signed file.")
    _assay(
        stage, ben, "signoff", "R-0001", "dataset.qa.accepted-by-other-engineer", "--on", "ontime_daily", "--reject",
        "--reason", "Cancelled flights are counted as on time", "--out", str(stage.post / "ben-rejects.json"),
    )  # fmt: skip
    _tell("carrier_month does not read what is wrong; he accepts it in a file of its own.")
    _assay(
        stage, ben, "signoff", "R-0001", "dataset.qa.accepted-by-other-engineer", "--on", "carrier_month",
        "--out", str(stage.post / "ben-accepts.json"),
    )  # fmt: skip
    _assay(stage, "ada", "ledger", "import", str(stage.post / "ben-rejects.json"), str(stage.post / "ben-accepts.json"))
    _tell("The same file twice changes nothing:")
    _assay(stage, "ada", "ledger", "import", str(stage.post / "ben-rejects.json"))
    _assay(stage, "ada", "status")


def _correction(stage: Stage, example: Path | None = None) -> None:
    _scene("4. Ada corrects the step. What was signed for the old one is stale, and nothing else is.")
    _later(stage, hours=18)
    shutil.copy(stage.root / "corrected.sql", _step(stage))
    _commit(stage, "Do not count cancelled flights as on time")
    _assay(stage, "ada", "build", PRODUCT, "--env", "dev", "--sign")
    _assay(stage, "ada", "freeze", "R-0001")
    _assay(stage, "ada", "status", "R-0001")
    _assay(stage, "ada", "validate", "R-0001")
    _assay(stage, "ada", "signoff", "R-0001", "dataset.qa.accepted-by-engineer")
    _assay(stage, "ada", "ledger", "export", "--out", str(stage.post / "to-ben-2.tar"))
    _git(stage, stage.second, "pull", "--quiet")
    ben = ("ben", stage.second)
    _assay(stage, ben, "ledger", "import", str(stage.post / "to-ben-2.tar"), show=1)
    _assay(stage, ben, "signoff", "R-0001", "--out", str(stage.post / "ben-accepts-2.json"))
    _assay(stage, "ada", "ledger", "import", str(stage.post / "ben-accepts-2.json"))
    _later(stage, hours=3)
    _assay(stage, "carla", "signoff", "R-0001")
    _tell("The datasets are accepted; now the dashboard is published to QA, and three people look at it.")
    _assay(stage, "ada", "publish", "R-0001")
    _assay(stage, "ada", "signoff", "R-0001")
    _assay(stage, "ben", "signoff", "R-0001")
    _assay(stage, "carla", "signoff", "R-0001")


def _admission(stage: Stage) -> None:
    _scene("5. Production is a place of its own. It believes what a bundle proves, and nothing else.")
    _later(stage, hours=16)
    bundle = stage.post / "R-0001.bundle.tar"
    _assay(stage, "ada", "bundle", "build", "R-0001", "--out", str(bundle))
    tampered = stage.post / "tampered.bundle.tar"
    tampered.write_bytes(bundle.read_bytes().replace(b"dep_delay <= 15", b"dep_delay <= 45"))
    _tell("Somebody changes 15 minutes to 45 in the bundle on its way:")
    _node_refuses(stage, "admit", str(tampered))
    _tell("The bundle as it was signed:")
    _node(stage, "admit", str(bundle))
    _node(stage, "deploy", "R-0001")
    _tell("Two mornings pass; the schedule runs the candidate, and soaks it.")
    _morning(stage)
    _node(stage, "run", "--due")
    _morning(stage)
    _answered(stage, "run", "--due")


def _release(stage: Stage) -> None:
    _scene("6. The same people look at production, with the evidence of QA beside it; then the release manager signs.")
    for person in ("ada", "ben", "carla"):
        _assay(stage, person, "signoff", "R-0001", show=4)
    for person in ("ada", "ben", "carla"):
        _assay(stage, person, "signoff", "R-0001", show=4)
    _refused(stage, "ada", "release", "order", "R-0001", "--out", str(stage.post / "no.tar"))
    order = stage.post / "R-0001.order.tar"
    _assay(stage, "rita", "release", "order", "R-0001", "--out", str(order))
    _answered(stage, "release", str(order))


def _refresh(stage: Stage) -> None:
    _scene("7. December's flights arrive. A refresh is not a release: no sign-off is stale, nobody is asked.")
    source = stage.root / "later" / "2013-12.parquet"
    shutil.move(source, stage.landing / "flights" / source.name)
    _morning(stage)
    _answered(stage, "run", "--due")
    _assay(stage, "rita", "monitor")
    _assay(stage, "carla", "feedback", "ask", "R-0001")
    _assay(stage, "ada", "status")


def _cosmetic(stage: Stage) -> None:
    _scene("8. A better title for the dashboard: a cosmetic change, released with few sign-offs; the rest is carried.")
    _assay(stage, "ada", "release", "new", PRODUCT)
    dashboard = stage.design / "products" / PRODUCT / "solutions" / "delays.dashboard.yaml"
    _edit(dashboard, r"(?m)^title: .*$", "title: How punctually do flights leave New York?")
    _edit(stage.design / "products" / PRODUCT / "product.yaml", r"(?m)^version: .*$", "version: 1.0.1")
    _commit(stage, "Say in the title what the dashboard shows")
    _assay(stage, "ada", "build", PRODUCT, "--env", "dev", "--sign")
    _assay(stage, "ada", "freeze", "R-0002")
    _assay(stage, "ada", "publish", "R-0002")
    _assay(stage, "ben", "signoff", "R-0002")
    bundle = stage.post / "R-0002.bundle.tar"
    _assay(stage, "ada", "bundle", "build", "R-0002", "--out", str(bundle))
    _node(stage, "admit", str(bundle))
    _answered(stage, "deploy", "R-0002")
    order = stage.post / "R-0002.order.tar"
    _assay(stage, "rita", "release", "order", "R-0002", "--out", str(order))
    _answered(stage, "release", str(order))
    _assay(stage, "ada", "status", "R-0002")


def _feedback(stage: Stage) -> None:
    _scene("9. Carla's feedback opens the next request, linked to the release.")
    _later(stage, days=1)
    _assay(
        stage, "carla", "feedback", "give", "R-0002", "--text", "Clear at last. Which destinations suffer most?",
        "--title", "Delays by destination", "--product", PRODUCT, "--question",
        "Which destinations should we rebook first on a bad day?", "--deliverable", "dashboard",
        "--audience", "The operations desk", "--needed-by", "2026-05-29", "--acceptance", "Every destination is shown",
    )  # fmt: skip
    _assay(stage, "carla", "request", "list")


def _rollback(stage: Stage) -> None:
    _scene("10. The new title reads badly on the wall screens: back to 1.0.0, on a signed order.")
    order = stage.post / "rollback.tar"
    reason = "The title is cut off on the wall screens"
    _assay(stage, "rita", "release", "rollback", PRODUCT, "--reason", reason, "--out", str(order))
    _answered(stage, "rollback", str(order))
    _assay(stage, "ada", "status")


def _audit(stage: Stage) -> None:
    _scene("11. A year later, an auditor asks. Both ledgers answer.")
    _assay(stage, "audrey", "ledger", "verify")
    _node(stage, "verify")
    _assay(stage, "audrey", "ledger", "show", "--subject", "ontime_daily", "--last", "12")


SCENES = (
    _question, _development, _second_eyes, _correction, _admission, _release, _refresh, _cosmetic, _feedback,
    _rollback, _audit,
)  # fmt: skip


def _prepare(stage: Stage, example: Path) -> None:
    """Lay out the three homes: the example as a git repository, keys for everybody, a landing zone, a node."""
    _clear(stage.root)
    line(f"Preparing {_shown(stage.root)}: a copy of {example.name}, one key pair a role, a node of its own.")
    shutil.copytree(example, stage.design, ignore=shutil.ignore_patterns(".assay", "demo"))
    shutil.copy(_step(stage), stage.root / "corrected.sql")
    shutil.copy(example / "demo" / "ontime_daily_defect.sql", _step(stage))
    (stage.design / ".gitignore").write_text(".assay/\n")
    shutil.copytree(stage.design / "data", stage.landing)
    (stage.root / "later").mkdir()
    stage.post.mkdir()
    shutil.move(stage.landing / "flights" / "2013-12.parquet", stage.root / "later")
    (stage.design / "data" / "flights" / "2013-12.parquet").unlink()
    for person in ROLES:
        public = _new_key(stage.key(person))
        pattern = rf"(email: {person}@[^\n]*\n(?:[^\n]*\n){{2}}\s+keys: )\[\]"
        _edit(stage.design / "people.yaml", pattern, rf'\g<1>[{{public: "{public}"}}]')
    _edit(stage.design / "assay.yaml", r"\Z", "rehearsal: true   # the demo sets the clock\n")
    if is_installed():
        stage.passwords = make_portal(stage.root, list(ROLES), partial(_printed, stage, "alma"))
    _node_init(stage)
    _git(stage, stage.design, "init", "--quiet", "--initial-branch=main")
    _commit(stage, "The product, as first written")


def _clear(root: Path) -> None:
    """Remove an earlier demo, and only that: a directory that holds anything else is left alone."""
    if root.exists() and any(root.iterdir()):
        _stop(root)
        if not (root / _MARK).exists():
            raise refusal(
                str(root), expected="an empty directory, or an earlier demo", found="other files",
                hint="Name another directory with --home.",
            )  # fmt: skip
        for path in root.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / _MARK).write_text("Made by `assay demo`; removed and made anew by the next one.\n")


def _example(given: Path | None) -> Path:
    candidates = [given] if given else [Path("examples/flights"), Path(__file__).parents[3] / "examples" / "flights"]
    for candidate in candidates:
        if (candidate / "assay.yaml").exists():
            return candidate.resolve()
    hint = "Run it in a clone of Assay, or name the example with --example."
    raise refusal("demo", expected="the example project examples/flights", found="none", hint=hint)


def _new_key(path: Path) -> str:
    from assay.connectors.keys import new_key

    return new_key(path).public.raw.hex()


def _node_init(stage: Stage) -> None:
    _node(
        stage, "init", "--name", "harbour", "--roster", str(stage.design / "people.yaml"),
        "--set", f"ASSAY_LANDING={stage.landing}", "--rehearsal", "--one-admin", show=0,
    )  # fmt: skip
    public = (stage.node / "key.pub").read_text().strip()
    _edit(stage.design / "assay.yaml", r"keys: \[\]", f'keys: [{{public: "{public}"}}]')


def _assay(stage: Stage, person: str | tuple[str, Path], *arguments: str, show: int | None = None) -> None:
    """Run a command as a person, in their home, and stop the demo if it is refused."""
    code = _run(stage, person, arguments, show)
    if code != 0:
        raise AssayError(*refusal("demo", expected="this command to succeed", found=f"exit code {code}").faults)


def _printed(stage: Stage, person: str, *arguments: str) -> str:
    """Run a command of the preparations as a person, and return what it printed."""
    from contextlib import redirect_stdout
    from io import StringIO

    text = StringIO()
    key, project = str(stage.key(person)), str(stage.design)
    with _environment(stage, ASSAY_KEY=key, ASSAY_PROJECT=project), redirect_stdout(text):
        code = run(arguments)
    if code != 0:
        raise refusal("demo", expected="the preparations to succeed", found=text.getvalue() or f"exit code {code}")
    return text.getvalue()


def _refused(stage: Stage, person: str | tuple[str, Path], *arguments: str) -> None:
    """Run a command that must be refused, and stop the demo if it is not."""
    code = _run(stage, person, arguments, None)
    stage.refusals += 1
    if code != 1:
        raise refusal("demo", expected="this command to be refused", found=f"exit code {code}")


def _run(stage: Stage, person: str | tuple[str, Path], arguments: tuple[str, ...], show: int | None) -> int:
    name, home = person if isinstance(person, tuple) else (person, stage.design)
    _prompt(stage, name, arguments)
    with _environment(stage, ASSAY_KEY=str(stage.key(name)), ASSAY_PROJECT=str(home)), _shortened(show):
        code = run(arguments)
    sys.stdout.flush()
    return code


def _node(stage: Stage, *arguments: str, show: int | None = None) -> None:
    code = _run_node(stage, arguments, show)
    if code != 0:
        raise refusal("demo", expected="the node to do it", found=f"exit code {code}")


def _node_refuses(stage: Stage, *arguments: str) -> None:
    stage.refusals += 1
    code = _run_node(stage, arguments, None)
    if code != 1:
        raise refusal("demo", expected="the node to refuse", found=f"exit code {code}")


def _run_node(stage: Stage, arguments: tuple[str, ...], show: int | None) -> int:
    """Run a command of the node in a process of its own, which knows nothing of the design side."""
    if show != 0:
        _prompt(stage, "harbour", ("node", *arguments))
    command = [sys.executable, "-m", "assay", "node", *arguments]
    with _environment(stage, ASSAY_NODE=str(stage.node)):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=stage.root)
    if show != 0:
        for text in (done.stdout + done.stderr).splitlines():
            click.echo(f"  {text}")
    return done.returncode


def _answered(stage: Stage, *arguments: str) -> None:
    """Run a command of the node, and bring its signed answer to the design side, as a file."""
    path = stage.post / "harbour-answers.tar"
    _node(stage, *arguments, "--answer", str(path))
    _assay(stage, "ada", "ledger", "import", str(path), show=1)


@contextmanager
def _environment(stage: Stage, **values: str) -> Iterator[None]:
    values["ASSAY_REHEARSAL_TIME"] = stage.time
    values["ASSAY_REMOTE"] = ""  # what is played here is signed nowhere else
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _shortened(lines: int | None) -> Iterator[None]:
    """Show a command's first lines only; the rest is counted."""
    from contextlib import redirect_stdout
    from io import StringIO

    text = StringIO()
    try:
        with redirect_stdout(text):
            yield
    finally:
        printed = text.getvalue().splitlines()
        for shown in printed[:lines]:
            click.echo(f"  {shown}")
        if lines is not None and len(printed) > lines:
            click.echo(f"  ... {len(printed) - lines} more lines")


def _prompt(stage: Stage, name: str, arguments: tuple[str, ...]) -> None:
    stage.commands += 1
    stage.now += timedelta(minutes=1)
    words = [_quoted(stage, word) for word in arguments]
    click.echo()
    click.secho(f"{name}$ assay {' '.join(words)}", fg="cyan")


def _quoted(stage: Stage, word: str) -> str:
    word = word.replace(f"{stage.post}{os.sep}", "").replace(str(stage.root), "demo")
    if len(word) > 60:
        return f'"{word[:57]}..."'
    return f'"{word}"' if " " in word else word


def _scene(title: str) -> None:
    click.echo()
    click.secho("=" * 80, dim=True)
    line(title, bold=True)


def _tell(text: str) -> None:
    click.echo()
    line(text)


def _later(stage: Stage, *, days: int = 0, hours: int = 0) -> None:
    stage.now += timedelta(days=days, hours=hours)


def _morning(stage: Stage) -> None:
    """Go on to the next morning, shortly after the schedule's six o'clock."""
    stage.now = (stage.now + timedelta(days=1)).replace(hour=6, minute=5)


def _step(stage: Stage) -> Path:
    return stage.design / "products" / PRODUCT / "workflow" / "ontime_daily.sql"


def _edit(path: Path, pattern: str, replacement: str) -> None:
    text, changes = re.subn(pattern, replacement, path.read_text(), count=1)
    if changes != 1:
        raise refusal(str(path), expected=f"a place that matches {pattern!r}", found="none")
    path.write_text(text)


def _commit(stage: Stage, message: str) -> None:
    _git(stage, stage.design, "add", "--all")
    author = ["-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org"]
    _git(stage, stage.design, *author, "commit", "--quiet", "-m", message)


def _git(stage: Stage, where: Path, *arguments: str) -> None:
    moment = stage.now.isoformat()
    environment = {**os.environ, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    program = shutil.which("git")
    if program is None:
        raise refusal("git", expected="the program git", found="none on the PATH", hint="Install git.")
    done = subprocess.run(
        [program, *arguments], cwd=where, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise refusal(f"git {arguments[0]}", expected="git to do it", found=done.stderr.strip())


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
