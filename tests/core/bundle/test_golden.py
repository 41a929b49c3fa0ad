"""Golden files of what travels: payload digests, archives and bundles that may never become other bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.base.canonical import digest_bytes
from assay.bundle.archive import pack, unpack
from assay.bundle.payload import Payload, pack_payload
from assay.bundle.proof import Proof, open_proof, pack_proof, seal_details, unpack_proof
from assay.lifecycle.chain import EMPTY, STATEMENT_RECORDED, links
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.statements import Kind, Result
from fakes.cast import DATASET, EMIL, PRODUCT, ROSTER, START, digest, speak

GOLDEN = Path(__file__).parents[2] / "golden"
FILES = {"a/\u00e9.txt": b"one\r\n", "b": b"", "c": bytes(range(256)) * 3}
PAYLOAD = Payload(
    product="p",
    version="1.2.3",
    commit="0123456789" * 4,
    files={"assay.yaml": b"name: x\n", "products/p/workflow/d.sql": b"select 1\r\n"},
    subjects=PRODUCT,
    change_class=ChangeClass.BREAKING,
    base=digest("base"),
    changes=("The column carrier is gone.",),
)
FIRST = Payload("p", "0.1.0", "0" * 40, {}, (), ChangeClass.STANDARD, None, ())
BUILT = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest), environment="dev", result=Result.PASS)


def _bundle() -> Proof:
    of = digest_bytes(BUILT)
    events = links(EMPTY, START, [(STATEMENT_RECORDED, {"statement": of, "kind": "built", "subjects": [DATASET.id]})])
    head = {"seq": events[-1].seq, "hash": events[-1].hash}
    details = {**seal_details([of]), "head": head}
    sealed = speak(EMIL, Kind.BUNDLED, ("release:R-0001", PAYLOAD.digest), release="R-0001", details=details)
    return Proof({of: BUILT}, sealed, PAYLOAD, events)


def _written(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "digest": digest_bytes(content), "base64": base64.b64encode(content).decode()}


CASES: dict[str, Callable[[], Any]] = {
    "payloads": lambda: [{"digest": payload.digest, "manifest": payload.manifest()} for payload in (PAYLOAD, FIRST)],
    "archives": lambda: [_written(pack(files)) for files in ({}, FILES)] + [_written(pack_payload(PAYLOAD))],
    "bundles": lambda: [_written(pack_proof(_bundle()))],
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_once_written_is_written_so_for_ever(name: str) -> None:
    assert CASES[name]() == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_what_was_once_packed_is_read_for_ever() -> None:
    empty, full, _ = json.loads((GOLDEN / "archives.json").read_text(encoding="utf-8"))
    assert unpack(base64.b64decode(empty["base64"]), "golden") == {}
    assert unpack(base64.b64decode(full["base64"]), "golden") == FILES


def test_a_bundle_of_today_opens_for_ever() -> None:
    (golden,) = json.loads((GOLDEN / "bundles.json").read_text(encoding="utf-8"))
    proof = unpack_proof(base64.b64decode(golden["base64"]), "golden")
    opened = open_proof(proof, ROSTER, "golden")
    assert opened.faults == ()
    assert proof.payload is not None
    assert proof.payload.digest == PAYLOAD.digest
