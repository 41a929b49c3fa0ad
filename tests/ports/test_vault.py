"""The `Vault` port: one contract, held by the sealing vault and by the fake; the sealing itself, and the master key."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from assay.base.accounts import SealedKey
from assay.base.errors import AssayError
from assay.base.identity_ports import SealedKeys, Vault
from assay.base.roles import PublicKey
from assay.connectors.vault import SealingVault, make_master_key, open_vault
from assay.stores.portal_tables import open_portal_database
from assay.stores.sealed_keys import DatabaseSealedKeys
from fakes.accounts import MemorySealedKeys
from fakes.vault import MemoryVault

ADA, BOB = "ada@example.org", "bob@example.org"
MASTER = bytes(range(32))


def _in_database(folder: Path) -> Vault:
    database = open_portal_database(f"sqlite:///{folder}/portal.db")
    make_master_key(folder / "master.key")
    return open_vault(folder / "master.key", DatabaseSealedKeys(database))


def _in_memory(_: Path) -> Vault:
    return SealingVault(MASTER, MemorySealedKeys())


def _fake(_: Path) -> Vault:
    return MemoryVault()


@pytest.fixture(params=[_in_database, _in_memory, _fake])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    make: Callable[[Path], Vault] = request.param
    return make(tmp_path)


def test_what_somebodys_key_signs_fits_their_public_half_and_no_other_message(vault: Vault) -> None:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vault.make(ADA)))
    signature = vault.signer(ADA).sign(b"accepted")

    public.verify(signature, b"accepted")
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"rejected")


def test_a_signer_is_named_by_the_public_half_that_goes_to_the_roster(vault: Vault) -> None:
    public = vault.make(ADA)

    assert vault.signer(ADA).key_id == PublicKey(bytes.fromhex(public)).id
    assert vault.public(ADA) == public


def test_two_people_have_two_keys(vault: Vault) -> None:
    assert vault.make(ADA) != vault.make(BOB)


def test_an_e_mail_in_another_case_is_the_same_person(vault: Vault) -> None:
    public = vault.make("Ada@Example.org ")

    assert vault.public(ADA) == public
    assert vault.signer("ADA@example.org").key_id == vault.signer(ADA).key_id


def test_a_second_key_is_not_made_and_the_first_stays(vault: Vault) -> None:
    public = vault.make(ADA)
    with pytest.raises(AssayError, match="somebody whose key the portal does not hold yet"):
        vault.make("ADA@example.org")
    assert vault.public(ADA) == public


@pytest.mark.parametrize("email", ["", "  ", "nul\0@example.org", "x" * 300 + "@example.org", "\ud800@example.org"])
def test_nobody_has_a_key_and_what_can_be_no_e_mail_gets_none(vault: Vault, email: str) -> None:
    assert vault.public(email) is None
    with pytest.raises(AssayError, match="a key that the portal holds"):
        vault.signer(email)
    with pytest.raises(AssayError):
        vault.make(email)


# Sealing


def _sealed(keys: SealedKeys, email: str) -> SealedKey:
    found = keys.get(email)
    assert found
    return found


def test_the_private_half_is_not_in_what_is_kept_and_shows_in_no_representation() -> None:
    keys = MemorySealedKeys()
    vault = SealingVault(MASTER, keys)
    vault.make(ADA)
    signer = vault.signer(ADA)
    private = signer._key.private_bytes_raw()

    assert private not in _sealed(keys, ADA).sealed
    assert len(_sealed(keys, ADA).sealed) == 32 + 16  # AES-256-GCM adds its tag and nothing else
    assert "PrivateKey" not in repr(signer)
    assert not hasattr(signer, "__dict__")


def test_every_key_is_sealed_with_a_nonce_of_its_own() -> None:
    keys = MemorySealedKeys()
    vault = SealingVault(MASTER, keys)
    people = [f"p{number}@example.org" for number in range(20)]
    for email in people:
        vault.make(email)

    assert len({_sealed(keys, email).nonce for email in people}) == 20


def test_a_vault_with_another_master_key_opens_nothing() -> None:
    keys = MemorySealedKeys()
    SealingVault(MASTER, keys).make(ADA)
    with pytest.raises(AssayError, match="one that does not open"):
        SealingVault(bytes(32), keys).signer(ADA)


@pytest.mark.parametrize(
    "change",
    [
        lambda ada, bob: replace(ada, email=BOB),
        lambda ada, bob: replace(bob, public=ada.public),
        lambda ada, bob: replace(bob, sealed=ada.sealed),
        lambda ada, bob: replace(bob, nonce=ada.nonce),
        lambda ada, bob: replace(bob, nonce=b""),
        lambda ada, bob: replace(bob, sealed=bob.sealed[:-1]),
        lambda ada, bob: replace(bob, sealed=b""),
        lambda ada, bob: replace(bob, sealed=bytes([bob.sealed[0] ^ 1]) + bob.sealed[1:]),
    ],
    ids=["row-of-another", "public-half", "sealed-half", "nonce", "no-nonce", "cut", "empty", "one-bit"],
)
def test_a_row_that_was_changed_in_the_database_opens_nothing(
    change: Callable[[SealedKey, SealedKey], SealedKey],
) -> None:
    keys = MemorySealedKeys()
    for email in (ADA, BOB):
        SealingVault(MASTER, keys).make(email)
    changed = MemorySealedKeys()
    changed.add(change(_sealed(keys, ADA), _sealed(keys, BOB)))

    with pytest.raises(AssayError, match="one that does not open") as refused:
        SealingVault(MASTER, changed).signer(BOB)
    assert MASTER.hex() not in str(refused.value)


# The master key


def test_a_master_key_is_32_bytes_that_its_owner_alone_can_read_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_master_key(tmp_path / "master.key")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert len((tmp_path / "master.key").read_bytes()) == 32


def test_every_master_key_is_another_one_and_none_is_overwritten(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_master_key(tmp_path / name)
    first = (tmp_path / "one").read_bytes()
    with pytest.raises(AssayError, match="never overwritten"):
        make_master_key(tmp_path / "one")

    assert (tmp_path / "one").read_bytes() == first != (tmp_path / "two").read_bytes()


def test_a_vault_opened_again_holds_the_same_keys(tmp_path: Path) -> None:
    keys = MemorySealedKeys()
    make_master_key(tmp_path / "master.key")
    public = open_vault(tmp_path / "master.key", keys).make(ADA)

    assert open_vault(tmp_path / "master.key", keys).signer(ADA).public.raw.hex() == public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601, 0o610])
def test_a_vault_does_not_open_with_a_master_key_that_others_can_touch(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    make_master_key(path)
    path.chmod(mode)
    with pytest.raises(AssayError, match=f"mode {mode:o}.*Run: chmod 600 {path}"):
        open_vault(path, MemorySealedKeys())
    path.chmod(0o400)
    open_vault(path, MemorySealedKeys())


@pytest.mark.parametrize(("content", "found"), [(b"", "0 bytes"), (b"x" * 31, "31 bytes"), (b"x" * 33, "more bytes")])
def test_a_file_that_is_no_master_key_is_refused(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(AssayError, match=f"32 bytes that only its owner can read, found {found}"):
        open_vault(path, MemorySealedKeys())


def test_a_master_key_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="found no file"):
        open_vault(tmp_path / "master.key", MemorySealedKeys())
    assert not (tmp_path / "master.key").exists()


def test_a_folder_is_no_master_key(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="found is a directory"):
        open_vault(tmp_path, MemorySealedKeys())


# Other secrets


def test_a_secret_that_was_sealed_opens_for_its_purpose_and_no_other() -> None:
    vault = SealingVault(MASTER, MemorySealedKeys())
    sealed = vault.seal("refresh token of ada", "s3cret ü")

    assert b"s3cret" not in sealed
    assert vault.unseal("refresh token of ada", sealed) == "s3cret ü"
    assert vault.unseal("refresh token of bob", sealed) is None
    assert SealingVault(bytes(32), MemorySealedKeys()).unseal("refresh token of ada", sealed) is None
    assert vault.seal("refresh token of ada", "s3cret ü") != sealed


@pytest.mark.parametrize("spoilt", [b"", b"short", bytes(12), bytes(60)])
def test_what_was_never_sealed_does_not_open(spoilt: bytes) -> None:
    assert SealingVault(MASTER, MemorySealedKeys()).unseal("any", spoilt) is None
