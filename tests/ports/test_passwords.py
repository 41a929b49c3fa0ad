"""The `Passwords` port: one contract, held by argon2id and by the quick fake; and what holds for argon2id alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from assay.base.errors import AssayError
from assay.base.identity_ports import Passwords
from assay.connectors.passwords import Argon2Passwords
from fakes.passwords import QuickPasswords

RIGHT = "a right long password"


@pytest.fixture(params=[Argon2Passwords, QuickPasswords])
def passwords(request: pytest.FixtureRequest) -> Passwords:
    make: Callable[[], Passwords] = request.param
    return make()


@pytest.mark.parametrize("password", [RIGHT, "Füße, 東京, 🛫", "", "nul \0 inside", "x" * 5000], ids=range(5))
def test_a_password_fits_its_hash_and_another_one_does_not(passwords: Passwords, password: str) -> None:
    hashed = passwords.hash(password)

    assert passwords.verify(hashed, password)
    assert not passwords.verify(hashed, password + "!")


def test_two_hashes_of_one_password_differ_and_neither_shows_it(passwords: Passwords) -> None:
    one, two = passwords.hash(RIGHT), passwords.hash(RIGHT)

    assert one != two
    assert RIGHT not in one


def test_a_password_typed_on_another_keyboard_is_the_same_one(passwords: Passwords) -> None:
    assert passwords.verify(passwords.hash("Fu\u0308\u00dfe \ufb01n"), "F\u00fc\u00dfe fin")


@pytest.mark.parametrize("hashed", [None, "", "no hash", "$argon2id$v=19$m=65536,t=3,p=4$x$y", "a:b:c"])
@pytest.mark.parametrize("password", [RIGHT, ""])
def test_nothing_fits_where_there_is_nothing_to_compare_with(
    passwords: Passwords, hashed: str | None, password: str
) -> None:
    assert not passwords.verify(hashed, password)


def test_what_no_keyboard_gives_fits_nothing_and_is_not_hashed(passwords: Passwords) -> None:
    assert not passwords.verify(passwords.hash(""), "\ud800")
    with pytest.raises(AssayError, match="half of a surrogate pair"):
        passwords.hash("\ud800")


def test_its_own_hashes_are_not_weak(passwords: Passwords) -> None:
    assert not passwords.is_weak(passwords.hash(RIGHT))


# argon2id


def test_hashes_are_argon2id_with_the_second_recommendation_of_rfc_9106() -> None:
    hashed = Argon2Passwords().hash(RIGHT)
    found = re.fullmatch(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$([^$]{22})\$([^$]{43})", hashed)

    assert found  # 22 and 43 characters of base64 are the salt's 16 and the hash's 32 bytes


def test_a_hash_made_with_less_work_is_weak_and_still_fits() -> None:
    weaker = PasswordHasher(time_cost=2, memory_cost=8_192, parallelism=1).hash(RIGHT)

    assert Argon2Passwords().is_weak(weaker)
    assert Argon2Passwords().verify(weaker, RIGHT)


def test_a_no_without_a_hash_takes_as_long_as_a_no_with_one() -> None:
    passwords = Argon2Passwords()
    hashed = passwords.hash(RIGHT)

    def best_seconds(given: str | None) -> float:
        def once() -> float:
            began = time.process_time()  # of all threads, and of this process alone: the machine may be busy
            passwords.verify(given, "wrong")
            return time.process_time() - began

        return min(once() for _ in range(4))

    assert best_seconds(None) == pytest.approx(best_seconds(hashed), rel=0.5)
