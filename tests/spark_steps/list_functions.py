"""Prints what a real Spark says of its own functions, name to words: a process of `test_functions.py`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from assay.engines.spark_session import SparkOfOne


def main(folder: Path) -> None:
    os.chdir(folder)
    java = SparkOfOne(folder, None, 0).session.sparkContext._jvm
    known = java.org.apache.spark.sql.api.python.PythonSQLUtils.listBuiltinFunctionInfos()
    print(json.dumps({each.getName(): f"{each.getUsage()} {each.getNote()}" for each in known}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
