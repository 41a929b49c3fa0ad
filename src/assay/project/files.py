"""Our own files as they are written: ``assay.yaml``, ``people.yaml``, ``product.yaml``. Every field is known here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from assay.base.names import NAME
from assay.base.roles import HANDS, Holder, Role

RUN_DATE = "run-date"
"""The policy by which the logical date of a build is the day on which it runs, in UTC."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_HEX_KEY = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_COLUMN = re.compile(r"sources\.([a-z][a-z0-9_]*)\.([A-Za-z_]\w*)")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def _name(text: str) -> str:
    return _matched(NAME, text, "a name of lower-case letters, digits and _")


def _email(text: str) -> str:
    return _matched(_EMAIL, text, "an e-mail address")


def _hex_key(text: str) -> str:
    return _matched(_HEX_KEY, text, "the 64 lower-case hexadecimal digits that `assay key new` prints")


def _moment(text: str) -> str:
    return _parsed(datetime.fromisoformat, _matched(_MOMENT, text, _A_MOMENT), _A_MOMENT)


def _day(text: str) -> str:
    return _parsed(date.fromisoformat, text, "a day as YYYY-MM-DD")


def _cron(text: str) -> str:
    expected = "five fields of cron, as in `0 6 * * *` (UTC)"
    if len(text.split()) != 5:
        raise ValueError(expected)
    try:
        CronSim(text, _ANY_DAY)
    except CronSimError as error:
        raise ValueError(f"{expected}; {error}") from error
    return text


def _as_of(text: str) -> str:
    return text if text == RUN_DATE else _matched(_COLUMN, text, f"{RUN_DATE}, or a column as sources.TABLE.COLUMN")


_A_MOMENT = "a moment as YYYY-MM-DDTHH:MM:SSZ"


def _matched(pattern: re.Pattern[str], text: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(expected)
    return text


def _parsed(parse: object, text: str, expected: str) -> str:
    assert callable(parse)
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(expected) from error
    return text


def word_of(kind: type[StrEnum], among: frozenset[StrEnum] | None = None) -> BeforeValidator:
    """Make the validator of a word from a closed list; ``among``: only these of it."""
    known = [word for word in kind if among is None or word in among]

    def read(value: str) -> StrEnum:
        if value not in known:
            raise ValueError(f"one of {', '.join(known)}")
        return kind(value)

    return BeforeValidator(read)


Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, AfterValidator(_name)]
Email = Annotated[str, AfterValidator(_email)]
Hand = Annotated[Holder, word_of(Holder, HANDS)]


class Entry(BaseModel):
    """What all entries share: nothing is tolerated that is not known; names are written with hyphens."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"))


class KeyEntry(Entry):
    """A public key, and from when on it no longer counts."""

    public: Annotated[str, AfterValidator(_hex_key)]
    revoked_at: Annotated[str, AfterValidator(_moment)] | None = None


class PersonKeyEntry(KeyEntry):
    """A public key of a person, and who holds its private half: they themselves, or the portal for them."""

    held_by: Hand = Holder.PERSON


class EnvironmentEntry(Entry):
    """An environment: where its state and data live; with ``node``, the automation node that alone writes there."""

    address: Text
    node: Name | None = None
    keys: list[KeyEntry] = []


class ProjectFile(Entry):
    """``assay.yaml``. In a rehearsal the clock may be set by hand; every screen says so."""

    name: Name
    title: str = ""
    rehearsal: bool = False
    environments: Annotated[dict[Name, EnvironmentEntry], Field(min_length=1)]


class PersonEntry(Entry):
    """Somebody who takes part."""

    email: Email
    name: Text
    roles: Annotated[list[Annotated[Role, word_of(Role)]], Field(min_length=1)]
    keys: list[PersonKeyEntry] = []


class PeopleFile(Entry):
    """``people.yaml``."""

    people: Annotated[list[PersonEntry], Field(min_length=1)]


class ScheduleEntry(Entry):
    """When production is refreshed, and how many scheduled runs must succeed before it counts as soaked."""

    cron: Annotated[str, AfterValidator(_cron)]
    soak_runs: Annotated[int, Field(ge=1)] = 2


class ProductFile(Entry):
    """``product.yaml``."""

    title: Text
    description: str = ""
    owner: Email
    version: Text
    audience: str = ""
    deliverables: list[Text] = []
    needed_by: Annotated[str, AfterValidator(_day)] | None = None
    schedule: ScheduleEntry | None = None
    as_of: Annotated[str, AfterValidator(_as_of)] = RUN_DATE
