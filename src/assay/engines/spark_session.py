"""Spark in the process of one step: a session of this process alone, opened when something first asks for it.

What it keeps on disk lies in the step's folder, it listens on this machine's own address alone, and its log is silent:
what fails is raised. It dies with the process group, its Python workers with it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import threading
import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.base.errors import Fault, Place, raise_faults, refusal

JAVA = "openjdk-17-jre-headless"
"""The package of Debian and Ubuntu that brings a Java."""

SMALL_BYTES = 2**26
"""Below this much of input the time goes into Java's start: with its quick compiler alone it takes half of it."""

_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_NO_FILE = "-XX:-UsePerfData"  # below /tmp, for those who look on
_STARTS_WITH = 2**29
_LEAST_HEAP = 2**30
_HEAP_SHARE = 4
"""Where nobody says otherwise, Java may fill this part of the memory, which is what it does by itself."""

_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
_KEPT = 16
_READ_BYTES = 1 << 16

_WRITING: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
}
"""What decides how rows are written; whoever opened the session."""

_SETTINGS: Mapping[str, str] = {
    **_WRITING,
    "spark.master": "local[*]",
    "spark.app.name": "assay",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.maxResultSize": "0",  # the heap is the limit
    "spark.local.dir": "spark",  # below the working folder, as all folders here: a comma in its path would part it
    "spark.log.level": "OFF",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.runSQLOnFiles": "false",
    "spark.sql.variable.substitute": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class SparkOfOne:
    """The session of a step, and its end."""

    def __init__(self, folder: Path, memory_bytes: int | None, input_bytes: int) -> None:
        """Open nothing yet.

        Args:
            folder: of the step, in which this process works.
            memory_bytes: the most that Java's heap may take; None for what is usual.
            input_bytes: of all files that the step reads.
        """
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._options = _QUICK if input_bytes < SMALL_BYTES else ()
        self._session: Any = None

    @property
    def session(self) -> Any:
        """The session, a ``pyspark.sql.SparkSession``.

        Raises:
            AssayError: pyspark or Java is not there, or too little memory is allowed.
        """
        if self._session is None:
            refuse_missing()
            import pyspark

            os.environ.update(
                _variables(self._folder), SPARK_HOME=str(Path(pyspark.__file__).parent)
            )  # else searched for
            warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
            settings = pyspark.SparkConf(loadDefaults=False)
            settings.setAll({**_SETTINGS, **_places(self._folder, self._options), **_heap(self._memory_bytes)}.items())
            self._session = _started(settings)
        return self._session


def _started(settings: Any) -> Any:
    """Start Java and open the session; what Java says of its own beginning is told only if that fails."""
    from pyspark import SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    for name in _LOGGERS:
        PySparkLogger.getLogger(name).disabled = True  # what they print is raised too, and with a page of Java's stack
    reading, writing = os.pipe()
    words = _JavaWords(reading)
    try:
        gateway = launch_gateway(settings, {"stdout": writing, "stderr": writing})
        os.close(writing)
        session = SparkSession(SparkContext(conf=settings, gateway=gateway))
    finally:
        words.pass_on()
    return session


class _JavaWords:
    """What Java and its Python workers print: kept at first, and passed on from when somebody says so."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._kept: deque[bytes] | None = deque(maxlen=_KEPT)
        self._changing = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def pass_on(self) -> None:
        """Pass on what comes from now on; where an error is under way, also what was kept."""
        with self._changing:
            if sys.exc_info()[0] is not None and self._kept:
                sys.stdout.buffer.write(b"".join(self._kept))
                sys.stdout.buffer.flush()
            self._kept = None

    def _read(self) -> None:
        while read := os.read(self._descriptor, _READ_BYTES):
            with self._changing:
                if self._kept is None:
                    sys.stdout.buffer.write(read)
                    sys.stdout.buffer.flush()
                else:
                    self._kept.append(read)


def set_writing(session: Any) -> None:
    """Set in a session, which a step may have opened by itself, what decides how rows are written."""
    for name, value in _WRITING.items():
        session.conf.set(name, value)


def refuse_missing() -> None:
    """Refuse a machine without what Spark needs, all of it at once.

    Raises:
        AssayError: pyspark or Java is not there.
    """
    faults = []
    if importlib.util.find_spec("pyspark") is None:
        hint = "Install it: pip install 'assay[spark]'."
        faults.append(Fault(Place("step"), "the package pyspark, which runs this step", "none beside Assay", hint))
    home = os.environ.get("JAVA_HOME")
    if shutil.which(f"{home}/bin/java" if home else "java") is None:
        found = f"none in JAVA_HOME, {home}" if home else "none on the search path"
        hint = f"Install Java 17 or newer: apt-get install {JAVA}."
        faults.append(Fault(Place("step"), "the program java, which runs Spark", found, hint))
    raise_faults(faults)


def _variables(folder: Path) -> dict[str, str]:
    """Return what Java and its Python workers find in their environment."""
    return {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "SPARK_LAUNCHER_OPTS": " ".join((*_QUICK, _NO_FILE)),  # of the Java that tells how to start Java
        "SPARK_USER": "assay",  # whoever builds: the rows are the same
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": str(folder / "modules"),
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
    }


def _places(folder: Path, more: Sequence[str]) -> dict[str, str]:
    """Make the folders of a session; return the settings that name them."""
    for name in ("spark", "java", "warehouse"):
        (folder / name).mkdir()
    options = (
        f"-Djava.io.tmpdir={folder}/java",
        f"-Dderby.system.home={folder}/java",
        "-Duser.timezone=UTC",
        "-Dfile.encoding=UTF-8",
        _NO_FILE,
        "-XX:+ExitOnOutOfMemoryError",
        *more,
    )
    return {
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.driver.extraJavaOptions": " ".join(map(_quoted, options)),
    }


def _quoted(option: str) -> str:
    escaped = option.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _heap(memory_bytes: int | None) -> dict[str, str]:
    if memory_bytes is not None and memory_bytes < _STARTS_WITH:
        found = f"{memory_bytes // 2**20} MiB"
        hint = "Raise limits: memory: in product.yaml."
        raise refusal("step", expected="at least 512 MiB of memory, with which Spark starts", found=found, hint=hint)
    if memory_bytes is None:
        memory_bytes = max(_LEAST_HEAP, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _HEAP_SHARE)
    return {"spark.driver.memory": f"{memory_bytes // 2**20}m"}
