"""A small product on which everything happens in a second, and whose datasets all carry the number of their delivery.

Each delivery of the one source has a generation; each dataset says which one it was made of. Whoever reads datasets of
two builds at once therefore sees two numbers.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet

from assay.connectors.keys import new_key
from homes import Ran, assay, copy_home
from journeys.flights_home import git

ROLES = {
    "ada": "engineer",
    "ben": "engineer, validator",
    "carla": "stakeholder",
    "dora": "owner",
    "rita": "release-manager",
    "audrey": "auditor",
    "alma": "admin",
}
PRODUCT = "shop"
GENERATIONS = """
    select
        (select max(generation) from daily), (select min(generation) from daily),
        (select max(generation) from weekly), (select max(generation) from best),
        (select max(generation) from sources.sales)
"""
"""One number, five times over: where they differ, two builds were read as one."""

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
{servers}schema:
  - name: {name}
    properties:
{columns}
"""
SERVER = """\
  - server: {environment}
    environment: {environment}
    type: local
    path: {path}
    format: parquet
"""
COLUMN = """\
      - name: {name}
        logicalType: {kind}
        required: true
        transformSourceObjects: [sources.sales.{origin}]
"""
DAILY = """\
select day, shop, cast(sum(cents) as bigint) as cents, max(generation) as generation
from sources.sales
group by day, shop
order by day, shop
"""
BEST = """\
select shop, cast(sum(cents) as bigint) as cents, max(generation) as generation
from daily
group by shop
order by cents desc
limit 3
"""
WEEKLY = """\
\"\"\"Sales by week, in Python.\"\"\"

import pyarrow

READS = {"sales": "sources.sales"}


def weekly(sales: pyarrow.Table) -> pyarrow.Table:
    weeks = {}
    for row in sales.to_pylist():
        year, week, _ = row["day"].isocalendar()
        cents, generation = weeks.get((year, week), (0, 0))
        weeks[year, week] = (cents + row["cents"], max(generation, row["generation"]))
    return pyarrow.table(
        {
            "week": [f"{year}-{week:02}" for year, week in sorted(weeks)],
            "cents": pyarrow.array([weeks[key][0] for key in sorted(weeks)], pyarrow.int64()),
            "generation": pyarrow.array([weeks[key][1] for key in sorted(weeks)], pyarrow.int32()),
        }
    )
"""
DASHBOARD = """\
title: What do our shops take?
queries:
  days: select day, sum(cents) as cents from daily group by day order by day
charts:
  - title: Day by day
    query: days
    note: Takings by day.
    spec:
      mark: line
      encoding:
        x: {field: day, type: temporal}
        y: {field: cents, type: quantitative}
"""
PRODUCT_FILE = """\
title: Takings of the shops
owner: dora@example.org
version: 1.0.0
audience: The shop keepers
schedule:
  cron: 0 6 * * *
  soak-runs: 1
as-of: sources.sales.day
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """Where the homes of one test lie."""

    root: Path

    @property
    def design(self) -> Path:
        return self.root / "design"

    @property
    def node(self) -> Path:
        return self.root / "node"

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def state(self) -> Path:
        """Return the design side's own state."""
        return self.design / ".assay"

    def post(self, name: str) -> Path:
        return self.root / "post" / name

    def environment(self, person: str | None = "ada", at: str = "2026-03-02T09:00:00Z") -> dict[str, str]:
        """Return what a command finds in its environment."""
        return {
            "ASSAY_PROJECT": str(self.design),
            "ASSAY_NODE": str(self.node),
            "ASSAY_LANDING": str(self.landing),
            "ASSAY_REHEARSAL_TIME": at,
            "COLUMNS": "80",
            "XDG_CONFIG_HOME": "/nowhere",
            **({"ASSAY_KEY": str(self.root / "keys" / f"{person}.pem")} if person else {}),
        }

    def run(self, person: str | None, *arguments: str | Path, at: str = "2026-03-02T09:00:00Z") -> Ran:
        """Run a command as somebody."""
        return assay(*arguments, **self.environment(person, at))

    def do(self, person: str | None, *arguments: str | Path, at: str = "2026-03-02T09:00:00Z") -> Ran:
        """Run a command that has to succeed."""
        ran = self.run(person, *arguments, at=at)
        assert ran.code == 0, ran.text
        return ran

    def deliver(self, generation: int, to: Path | None = None) -> None:
        """Deliver the source anew, for the design side or for production."""
        deliver((to or self.design / "data") / "sales.parquet", generation)

    def copy(self, root: Path) -> Shop:
        """Copy all homes to another folder."""
        return Shop(copy_home(self.root, root))


def deliver(path: Path, generation: int) -> None:
    """Write a delivery of sales, aside first, as a careful sender does."""
    first = datetime.date(2026, 1, 5)
    rows = [(first + datetime.timedelta(days=day), shop, day * 7 + shop) for day in range(40) for shop in range(20)]
    table = pyarrow.table(
        {
            "day": pyarrow.array([day for day, _, _ in rows], pyarrow.date32()),
            "shop": [f"shop {shop:02}" for _, shop, _ in rows],
            "cents": pyarrow.array([cents + generation for _, _, cents in rows], pyarrow.int64()),
            "generation": pyarrow.array([generation] * len(rows), pyarrow.int32()),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    pyarrow.parquet.write_table(table, aside)
    aside.replace(path)


def prepare(root: Path) -> Shop:
    """Lay out the project under git, with keys, the first delivery, and a node that knows the same people."""
    shop = Shop(root)
    for file, text in _files().items():
        path = shop.design / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    keys = {person: new_key(root / "keys" / f"{person}.pem").public.raw.hex() for person in ROLES}
    people = "".join(
        f"  - email: {name}@example.org\n    name: {name}\n    roles: [{roles}]\n"
        f"    keys: [{{public: {keys[name]!r}}}]\n"
        for name, roles in ROLES.items()
    )
    (shop.design / "people.yaml").write_text(f"people:\n{people}")
    shop.deliver(1)
    shop.deliver(1, to=shop.landing)
    (root / "post").mkdir()
    shop.do(
        None, "node", "init", "--name", "harbour", "--roster", shop.design / "people.yaml", "--rehearsal", "--one-admin"
    )
    public = (shop.node / "key.pub").read_text().strip()
    (shop.design / "assay.yaml").write_text(_project(public))
    git(shop.design, "init", "--quiet")
    git(shop.design, "add", "--all")
    git(shop.design, "commit", "--quiet", "--message", "The product")
    return shop


def open_release(shop: Shop) -> None:
    """Ask for it, open a release, assess and approve: up to where it can be built."""
    shop.do(
        "carla", "request", "new", "--product", PRODUCT, "--title", "Takings", "--question", "How much?",
        "--deliverable", "dashboard", "--audience", "Us", "--needed-by", "2026-12-31", "--acceptance", "All shops",
    )  # fmt: skip
    shop.do("ada", "release", "new", PRODUCT, "--request", "Q-0001")
    shop.do("ada", "assess")
    shop.do("dora", "signoff")
    shop.do("carla", "signoff")
    shop.do("ada", "signoff", "R-0001", "feeds-delivered")


def admit(shop: Shop) -> None:
    """Take the release through QA and hand its bundle to the node, which admits it."""
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    shop.do("ada", "validate")
    _accept(shop, "2026-03-02T10:00:00Z")
    shop.do("ada", "publish")
    _accept(shop, "2026-03-02T11:00:00Z")
    shop.do("ada", "bundle", "build", "--out", shop.post("bundle.tar"))
    shop.do(None, "node", "admit", shop.post("bundle.tar"))


def soak(shop: Shop) -> None:
    """Deploy and run the candidate, accept it in production, and sign the order."""
    accept_in_production(shop)
    shop.do("rita", "release", "order", "R-0001", "--out", shop.post("order.tar"), at="2026-03-03T09:00:00Z")


def accept_in_production(shop: Shop) -> None:
    """Deploy and run the candidate, and accept it: up to where it can be ordered."""
    shop.do(None, "node", "deploy", "R-0001", at="2026-03-02T12:00:00Z")
    shop.do(None, "node", "run", "--due", "--answer", shop.post("answer.tar"), at="2026-03-03T06:05:00Z")
    shop.do("ada", "ledger", "import", shop.post("answer.tar"))
    _accept(shop, "2026-03-03T07:00:00Z")
    _accept(shop, "2026-03-03T08:00:00Z")


def _accept(shop: Shop, at: str) -> None:
    for person in ("ada", "ben", "carla"):
        shop.do(person, "signoff", at=at)


def _files() -> dict[str, str]:
    made = {"cents": ("integer", "cents"), "generation": ("integer", "generation")}
    columns = {
        "daily": {"day": ("date", "day"), "shop": ("string", "shop"), **made},
        "best": {"shop": ("string", "shop"), **made},
        "weekly": {"week": ("string", "day"), **made},
    }
    folder = f"products/{PRODUCT}"
    return {
        ".gitignore": ".assay/\ndata/\n",
        "assay.yaml": _project(),
        "sources/sales.odcs.yaml": _contract("sales", columns["daily"], is_source=True),
        f"{folder}/product.yaml": PRODUCT_FILE,
        **{f"{folder}/contracts/{name}.odcs.yaml": _contract(name, given) for name, given in columns.items()},
        f"{folder}/workflow/daily.sql": DAILY,
        f"{folder}/workflow/best.sql": BEST,
        f"{folder}/workflow/weekly.py": WEEKLY,
        f"{folder}/solutions/takings.dashboard.yaml": DASHBOARD,
    }


def _contract(name: str, columns: dict[str, tuple[str, str]], *, is_source: bool = False) -> str:
    paths = {"dev": "data/sales.parquet", "qa": "data/sales.parquet", "prod": "${ASSAY_LANDING}/sales.parquet"}
    servers = "".join(SERVER.format(environment=name, path=path) for name, path in paths.items()) if is_source else ""
    shown = "".join(COLUMN.format(name=column, kind=kind, origin=of) for column, (kind, of) in columns.items())
    return CONTRACT.format(name=name, servers=f"servers:\n{servers}" if servers else "", columns=shown.rstrip("\n"))


def _project(node_key: str = "") -> str:
    keys = f"[{{public: {node_key!r}}}]" if node_key else "[]"
    return (
        "name: town\ntitle: The town's shops\nrehearsal: true\nenvironments:\n  dev:\n    address: .assay\n"
        f"  qa:\n    address: .assay\n  prod:\n    address: ${{ASSAY_NODE}}\n    node: harbour\n    keys: {keys}\n"
    )
