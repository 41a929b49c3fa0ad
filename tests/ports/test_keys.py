"""The `Signer` port: one contract, held by keys in files and by the seeded keys of tests; and the files themselves."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519

from assay.base.errors import AssayError
from assay.base.ports import Signer
from assay.base.roles import Holder, PublicKey, Roster
from assay.connectors.keys import KeySigner, new_key, public_keys_beside, read_key
from assay.lifecycle.envelopes import open_envelope, seal
from assay.lifecycle.statements import Kind, Meant, Statement
from fakes.cast import DATASET, EMIL, PROJECT, START, SeededSigner

Keyed = KeySigner | SeededSigner
MESSAGES = [b"", b"hello", b"\0" * 1000, "Fl\u00fcge".encode()]


def _file(folder: Path) -> Keyed:
    return new_key(folder / "key.pem")


def _file_read_again(folder: Path) -> Keyed:
    new_key(folder / "key.pem")
    return read_key(folder / "key.pem")


def _seeded(_: Path) -> Keyed:
    return SeededSigner("emil@example.org")


@pytest.fixture(params=[_file, _file_read_again, _seeded])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Keyed:
    make: Callable[[Path], Keyed] = request.param
    return make(tmp_path)


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    ed25519.Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_signature_has_64_bytes_and_fits_the_message_and_no_other(signer: Keyed, message: bytes) -> None:
    signature = signer.sign(message)
    assert len(signature) == 64
    _verify(signer.public, signature, message)
    with pytest.raises(InvalidSignature):
        _verify(signer.public, signature, message + b"!")


def test_the_same_message_gives_the_same_signature(signer: Keyed) -> None:
    assert signer.sign(b"hello") == signer.sign(b"hello")


def test_a_key_is_named_by_the_hash_of_its_public_half(signer: Keyed) -> None:
    assert len(signer.public.raw) == 32
    assert signer.key_id == signer.public.id == hashlib.sha256(signer.public.raw).hexdigest()


def test_what_it_seals_opens_for_whoever_knows_its_public_half(signer: Keyed) -> None:
    port: Signer = signer
    said = Statement(Kind.BUILT, (Meant(DATASET.id, DATASET.digest),), EMIL.email, Holder.PERSON, START, PROJECT)
    roster = Roster((replace(EMIL, keys=(signer.public,)),))
    assert open_envelope(seal(said, port), roster).statement == said


def test_the_private_half_shows_in_no_representation(signer: Keyed) -> None:
    assert "PrivateKey" not in repr(signer)
    assert not hasattr(signer, "__dict__")


# Files


def test_a_new_key_is_read_back_as_the_same_key(tmp_path: Path) -> None:
    made = new_key(tmp_path / "deep" / "er" / "me.pem")
    assert read_key(tmp_path / "deep" / "er" / "me.pem").key_id == made.key_id


def test_every_new_key_is_another_one(tmp_path: Path) -> None:
    assert len({new_key(tmp_path / f"{n}.pem").key_id for n in range(5)}) == 5


def test_a_new_key_can_be_read_by_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        new_key(tmp_path / "keys" / "me.pem")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys" / "me.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_key_file_is_pkcs8_in_pem_which_any_program_reads(tmp_path: Path) -> None:
    new_key(tmp_path / "me.pem")
    assert (tmp_path / "me.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----\n")


@pytest.mark.parametrize("content", [b"a precious key", b""])
def test_a_key_is_never_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "me.pem"
    path.write_bytes(content)
    with pytest.raises(AssayError, match="A key is never overwritten"):
        new_key(path)
    assert path.read_bytes() == content


def test_a_link_that_leads_nowhere_is_not_followed_to_write_a_key(tmp_path: Path) -> None:
    (tmp_path / "me.pem").symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(AssayError, match="A key is never overwritten"):
        new_key(tmp_path / "me.pem")
    assert not (tmp_path / "elsewhere.pem").exists()


def test_a_key_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="Make one with: assay key new"):
        read_key(tmp_path / "me.pem")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601, 0o610])
def test_a_key_that_others_can_touch_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "me.pem"
    new_key(path)
    path.chmod(mode)
    with pytest.raises(AssayError, match=f"mode {mode:o}.*Run: chmod 600 {path}"):
        read_key(path)
    path.chmod(0o400)
    read_key(path)


def _pem(key: object, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    written: bytes = key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    return written


FOREIGN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"not a key\n",
    "bytes": lambda: bytes(range(256)),
    "half a key": lambda: _pem(ed25519.Ed25519PrivateKey.generate())[:60],
    "an RSA key": lambda: _pem(rsa.generate_private_key(65537, 2048)),
    "an ECDSA key": lambda: _pem(ec.generate_private_key(ec.SECP256R1())),
    "an Ed448 key": lambda: _pem(ed448.Ed448PrivateKey.generate()),
    "an X25519 key": lambda: _pem(x25519.X25519PrivateKey.generate()),
    "a key with a password": lambda: _pem(ed25519.Ed25519PrivateKey.generate(), b"secret"),
    "a public key": lambda: (
        ed25519.Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_no_ed25519_private_key_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "me.pem"
    path.write_bytes(FOREIGN[kind]())
    path.chmod(0o600)
    with pytest.raises(AssayError) as refused:
        read_key(path)
    assert "an Ed25519 private key" in refused.value.faults[0].expected
    assert "PRIVATE KEY" not in str(refused.value)


def test_a_folder_in_place_of_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="is a directory"):
        read_key(tmp_path)


def test_the_keys_that_lie_beside_a_key_are_found_and_nothing_else_is(tmp_path: Path) -> None:
    made = {new_key(tmp_path / f"{name}.pem").key_id for name in ("me", "you")}
    for kind, content in FOREIGN.items():
        (tmp_path / f"{kind}.pem").write_bytes(content())
    (tmp_path / "folder.pem").mkdir()
    new_key(tmp_path / "elsewhere" / "other.pem")
    new_key(tmp_path / "no-key-by-its-name")
    assert {key.id for key in public_keys_beside(tmp_path / "me.pem")} == made
    assert public_keys_beside(tmp_path / "nowhere" / "me.pem") == ()
