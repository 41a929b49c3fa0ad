"""Payloads: what was frozen is exactly what is unpacked, and its digest says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.canonical import canonical_json, digest_bytes
from assay.base.errors import AssayError
from assay.bundle.archive import pack, unpack
from assay.bundle.payload import FILES, MANIFEST, Payload, pack_payload, payload_of, unpack_payload
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.subjects import Aspect, subject_as_json
from fakes.cast import CONTRACT, DATASET, PRODUCT, SOLUTION, changed, digest

PAYLOAD = Payload(
    product="p",
    version="1.0.0",
    commit="c" * 40,
    files={"assay.yaml": b"name: x\n", "products/p/workflow/d.sql": b"select 1\r\n", "logo.bin": bytes(range(256))},
    subjects=PRODUCT,
    change_class=ChangeClass.STANDARD,
    base=digest("base"),
    changes=("d is computed in another way.",),
)
PACKED = pack_payload(PAYLOAD)


def _refused(content: bytes) -> str:
    with pytest.raises(AssayError) as refused:
        unpack_payload(content, "x.payload")
    return str(refused.value)


def _repacked(change: Callable[[dict[str, bytes]], object]) -> bytes:
    files = unpack(PACKED, "x.payload")
    change(files)
    return pack(files)


def _manifest(**changes: Any) -> bytes:
    value = {**json.loads(unpack(PACKED, "x.payload")[MANIFEST]), **changes}
    return _repacked(lambda files: files.update({MANIFEST: canonical_json(value)}))


def test_a_payload_that_is_packed_is_unpacked_as_it_was() -> None:
    found = unpack_payload(PACKED, "x.payload")
    assert replace(found, subjects=PAYLOAD.subjects) == PAYLOAD
    assert sorted(found.subjects, key=lambda s: s.id) == sorted(PRODUCT, key=lambda s: s.id)
    assert found.digest == PAYLOAD.digest


def test_the_digest_does_not_depend_on_the_order_of_files_and_subjects() -> None:
    turned = replace(PAYLOAD, files=dict(reversed(list(PAYLOAD.files.items()))), subjects=tuple(reversed(PRODUCT)))
    assert turned.digest == PAYLOAD.digest
    assert pack_payload(turned) == PACKED


@pytest.mark.parametrize(
    "change",
    [
        {"product": "q"},
        {"version": "1.0.1"},
        {"commit": "d" * 40},
        {"files": {**PAYLOAD.files, "logo.bin": b""}},
        {"files": {**PAYLOAD.files, "more": b""}},
        {"files": {}},
        {"subjects": PRODUCT[:2]},
        {"subjects": (CONTRACT, changed(DATASET, "d2"), SOLUTION)},
        {"subjects": (CONTRACT, changed(DATASET, "d2", Aspect.FEEDS), SOLUTION)},
        {"subjects": (CONTRACT, replace(DATASET, reads=()), SOLUTION)},
        {"change_class": ChangeClass.COSMETIC},
        {"base": None},
        {"changes": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_differs_gives_another_digest(change: dict[str, Any]) -> None:
    assert replace(PAYLOAD, **change).digest != PAYLOAD.digest


@given(st.data())
def test_no_changed_byte_passes_as_the_payload(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(PACKED) - 1))
    flip = data.draw(st.integers(1, 255))
    broken = PACKED[:position] + bytes([PACKED[position] ^ flip]) + PACKED[position + 1 :]
    try:
        found = unpack_payload(broken, "x.payload")
    except AssayError:
        return
    assert found.digest != PAYLOAD.digest


def test_a_byte_changed_in_a_file_or_in_the_manifest_alone_is_refused() -> None:
    for content in (b'"version":"1.0.0"', b"select 1", b"name: x", bytes(range(256))):
        position = PACKED.index(content)
        for offset in range(len(content)):
            at = position + offset
            broken = PACKED[:at] + bytes([PACKED[at] ^ 0x01]) + PACKED[at + 1 :]
            if content.startswith(b'"version"'):
                assert _changes_the_digest(broken)
            else:
                assert "changed: " in _refused(broken)


def _changes_the_digest(content: bytes) -> bool:
    try:
        return unpack_payload(content, "x.payload").digest != PAYLOAD.digest
    except AssayError:
        return True


def test_a_file_that_is_missing_added_or_changed_is_named() -> None:
    assert "missing: logo.bin" in _refused(_repacked(lambda files: files.pop(FILES + "logo.bin")))
    assert "not listed: more" in _refused(_repacked(lambda files: files.update({FILES + "more": b""})))
    assert "changed: assay.yaml" in _refused(_repacked(lambda files: files.update({FILES + "assay.yaml": b""})))


def test_a_payload_holds_nothing_beside_itself() -> None:
    extra = _repacked(lambda files: files.update({"readme.txt": b"hello"}))
    assert "foreign files" in _refused(extra)
    assert payload_of(unpack(extra, "x.bundle"), "x.bundle").digest == PAYLOAD.digest  # a bundle holds more


def test_an_archive_without_a_manifest_is_no_payload() -> None:
    assert f"the file {MANIFEST}" in _refused(pack({"files/a": b""}))


def _subjects(*values: object) -> dict[str, object]:
    return {"subjects": list(values)}


ONE = subject_as_json(CONTRACT)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"extra": 1},
        {"product": 5},
        {"class": "harmless"},
        {"base": "sha256:1"},
        {"base": 5},
        {"changes": "text"},
        {"changes": [1]},
        {"files": [5]},
        {"files": [{"path": "a"}]},
        {"files": {}},
        {"files": None},
        _subjects(5),
        _subjects({}),
        _subjects({**ONE, "id": 5}),
        _subjects({**ONE, "id": "animal:p/d"}),
        _subjects({**ONE, "digests": {}, "reads": 5}),
        _subjects({**ONE, "digests": {"whole": "sha256:1"}}),
        _subjects({**ONE, "digests": {"colour": digest("x")}}),
        _subjects({**ONE, "reads": [5]}),
        _subjects({**ONE, "note": ""}),
        _subjects(ONE, {**ONE, "digests": {"whole": digest("another meaning")}}),
    ],
    ids=str,
)
def test_a_manifest_of_another_form_is_refused(changes: dict[str, object]) -> None:
    assert MANIFEST in _refused(_manifest(**changes))


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_none_is_refused(content: bytes) -> None:
    assert MANIFEST in _refused(_repacked(lambda files: files.update({MANIFEST: content})))


def test_a_manifest_in_another_layout_is_refused() -> None:
    spaced = json.dumps(PAYLOAD.manifest(), indent=1).encode()
    assert MANIFEST in _refused(_repacked(lambda files: files.update({MANIFEST: spaced})))


def test_the_manifest_lists_every_file_by_its_digest_and_size() -> None:
    listed = {file["path"]: file for file in PAYLOAD.manifest()["files"]}
    assert list(listed) == sorted(PAYLOAD.files)
    assert listed["logo.bin"]["digest"] == digest_bytes(bytes(range(256)))
    assert listed["logo.bin"]["size_bytes"] == 256
