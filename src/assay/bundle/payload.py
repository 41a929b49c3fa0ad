"""Payloads: what was frozen, from a clean git commit; QA and production are built from it and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.base.canonical import Digest, canonical_json, digest_bytes, digest_value, parse_digest, parse_json
from assay.base.errors import AssayError, refusal
from assay.bundle.archive import pack, unpack
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind, subject_as_json

MANIFEST = "payload.json"
FILES = "files/"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Payload:
    """What was frozen.

    Attributes:
        product: the product's name.
        version: of the product, as its file says at the commit.
        commit: the git commit, 40 hexadecimal digits.
        files: relative path to content.
        subjects: contracts, datasets and solutions with their digests.
        change_class: against ``base``.
        base: the payload that was released when this one was frozen; None for a first version.
        changes: why the class is what it is, a sentence each.
    """

    product: str
    version: str
    commit: str
    files: Mapping[str, bytes]
    subjects: tuple[Subject, ...]
    change_class: ChangeClass
    base: Digest | None
    changes: tuple[str, ...]

    @property
    def digest(self) -> Digest:
        """The payload's identity: its manifest, which lists every file by digest."""
        return digest_value(self.manifest())

    def manifest(self) -> dict[str, Any]:
        """Return what the payload says of itself."""
        return {
            "format": FORMAT,
            "product": self.product,
            "version": self.version,
            "commit": self.commit,
            "class": str(self.change_class),
            "base": self.base,
            "changes": list(self.changes),
            "subjects": [subject_as_json(subject) for subject in sorted(self.subjects, key=lambda s: s.id)],
            "files": [
                {"path": path, "digest": digest_bytes(content), "size_bytes": len(content)}
                for path, content in sorted(self.files.items())
            ],
        }

    def archive(self) -> dict[str, bytes]:
        """Return the payload as the files of an archive."""
        return {
            MANIFEST: canonical_json(self.manifest()),
            **{FILES + path: content for path, content in self.files.items()},
        }


def pack_payload(payload: Payload) -> bytes:
    """Write a payload as one archive."""
    return pack(payload.archive())


def unpack_payload(content: bytes, what: str) -> Payload:
    """Read a payload's archive: nothing but a payload, every file with the digest that the manifest says."""
    payload = payload_of(unpack(content, what), what)
    if pack_payload(payload) != content:
        raise refusal(what, expected="only what a payload holds", found="foreign files in it")
    return payload


def payload_of(archive: Mapping[str, bytes], what: str) -> Payload:
    """Read a payload from an unpacked archive that may hold more besides.

    Raises:
        AssayError: no manifest, one of another form, or files that are not exactly those the manifest lists.
    """
    if MANIFEST not in archive:
        raise refusal(what, expected=f"the file {MANIFEST}", found="none")
    manifest = parse_json(archive[MANIFEST], f"{what}: {MANIFEST}")
    try:
        payload = _from_manifest(manifest, archive)
        difference = _difference(manifest, payload.manifest())
    except (ValueError, KeyError, TypeError, AttributeError, AssayError) as error:
        raise refusal(f"{what}: {MANIFEST}", expected="a payload's manifest", found=f"{error!r}"[:160]) from error
    if canonical_json(payload.manifest()) != archive[MANIFEST]:
        raise refusal(
            f"{what}: {MANIFEST}",
            expected="exactly the files that the manifest lists, with their digests",
            found=difference,
        )
    return payload


def subject_from_json(value: Mapping[str, Any]) -> Subject:
    """Read a subject as `subject_as_json` wrote it."""
    kind, _, name = value["id"].partition(":")
    digests = {Aspect(aspect): parse_digest(digest) for aspect, digest in value["digests"].items()}
    return Subject(SubjectKind(kind), name, digests, tuple(str(read) for read in value["reads"]))


def _from_manifest(value: Mapping[str, Any], archive: Mapping[str, bytes]) -> Payload:
    return Payload(
        product=str(value["product"]),
        version=str(value["version"]),
        commit=str(value["commit"]),
        files={name.removeprefix(FILES): data for name, data in archive.items() if name.startswith(FILES)},
        subjects=_subjects(value["subjects"]),
        change_class=ChangeClass(value["class"]),
        base=parse_digest(value["base"]) if value["base"] else None,
        changes=tuple(str(change) for change in value["changes"]),
    )


def _subjects(value: Any) -> tuple[Subject, ...]:
    subjects = tuple(subject_from_json(subject) for subject in value)
    if len({subject.id for subject in subjects}) != len(subjects):
        raise ValueError("one subject twice")
    return subjects


def _difference(said: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    listed = {f["path"]: f["digest"] for f in said.get("files", ())}
    there = {f["path"]: f["digest"] for f in found["files"]}
    missing = sorted(listed.keys() - there.keys())
    extra = sorted(there.keys() - listed.keys())
    changed = sorted(path for path in listed.keys() & there.keys() if listed[path] != there[path])
    parts = [("missing", missing), ("not listed", extra), ("changed", changed)]
    return "; ".join(f"{word}: {', '.join(paths[:5])}" for word, paths in parts if paths) or "another manifest"
