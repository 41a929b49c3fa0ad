"""Objects in S3, or in what speaks its protocol, through Arrow's own client.

What says that an object has not changed is its ETag, size and time of last change, together. Each object is asked for
its ETag, for the list of a bucket, as the client gives it, has none; several are asked at once.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pyarrow import fs

from assay.base.deliveries import Delivery
from assay.base.errors import AssayError, Fault
from assay.base.source_places import ObjectsPlace, SourcePlace
from assay.connectors.sources.key_patterns import is_deep, is_pattern, listed_folder, matcher

_CONNECT_SECONDS = 10.0
_REQUEST_SECONDS = 60.0
_ASKED_AT_ONCE = 16
_CHUNK_BYTES = 8 << 20
_AWS_ERROR = re.compile(r"AWS Error ([A-Z_]+)|HTTP response code:? (\d{3})")

_KEYS = "Look at accessKeyId and secretAccessKey of the server, or at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_ANSWERS = {
    "NO_SUCH_BUCKET": ("a bucket of that name", "none", "Look at the location of the server."),
    "ACCESS_DENIED": ("leave to list the bucket and to read its objects", "none", _KEYS),
    "FORBIDDEN": ("leave to list the bucket and to read its objects", "none", _KEYS),
    "403": ("leave to list the bucket and to read its objects", "none", _KEYS),
    "INVALID_ACCESS_KEY_ID": ("an access key that is known there", "another", _KEYS),
    "UNRECOGNIZED_CLIENT": ("an access key that is known there", "another", _KEYS),
    "SIGNATURE_DOES_NOT_MATCH": ("the secret that belongs to the access key", "another", _KEYS),
    "EXPIRED_TOKEN": ("a session token that is valid", "one whose time is over", "Ask for a new one."),
    "INVALID_CLIENT_TOKEN_ID": ("an access key that is known there", "another", _KEYS),
    "NETWORK_CONNECTION": ("a store that answers", "none", "See that it runs and can be reached; look at endpointUrl."),
    "PERMANENT_REDIRECT": ("the region of the bucket", "another", "Name it: customProperties, region; or AWS_REGION."),
    "301": ("the region of the bucket", "another", "Name it: customProperties, region; or AWS_REGION."),
    "SLOW_DOWN": ("a store that answers", "one that asks us to slow down", "Try again later."),
}
"""By Amazon's name of an error, or the number of the answer: what was expected, found, and to do."""

_PASSING = frozenset({"NETWORK_CONNECTION", "SLOW_DOWN"})
"""Those that may be gone a little later; so may all that are not listed."""


class StoredObjects:
    """The `SourceReader` port on S3."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._stores: dict[tuple[str | None, ...], fs.S3FileSystem] = {}

    def deliveries(self, place: SourcePlace) -> Sequence[Delivery]:
        """List the objects that the pattern matches now, each with its ETag."""
        assert isinstance(place, ObjectsPlace)
        store = self._store(place)
        with _said_by_us(place):
            keys = [place.pattern] if not is_pattern(place.pattern) else _listed(store, place)
            with ThreadPoolExecutor(_ASKED_AT_ONCE) as asked:
                marks = list(asked.map(partial(_mark, store, place.bucket), keys))
        found = [(key, mark) for key, mark in zip(keys, marks, strict=True) if mark is not None]
        if not found:
            hint = "Deliver the objects, or correct the location in its servers."
            raise AssayError(Fault(place.where, f"objects at {place.written}", "none", hint, is_passing=True))
        return [_delivery(store, place, key, mark) for key, mark in found]

    def close(self) -> None:
        """Let go of the connections."""
        self._stores.clear()

    def _store(self, place: ObjectsPlace) -> fs.S3FileSystem:
        told = (place.endpoint, place.region, place.access_key, place.secret_key, place.session_token)
        if told not in self._stores:
            self._stores[told] = _connected(place)
        return self._stores[told]


def _connected(place: ObjectsPlace) -> fs.S3FileSystem:
    more: dict[str, Any] = {}
    if place.endpoint is not None:
        scheme, _, host = place.endpoint.partition("://")
        more = {"endpoint_override": host, "scheme": scheme, "region": place.region or "us-east-1"}
    elif place.region is not None:
        more = {"region": place.region}
    if place.access_key is not None:
        more |= {"access_key": place.access_key, "secret_key": place.secret_key, "session_token": place.session_token}
    return fs.S3FileSystem(connect_timeout=_CONNECT_SECONDS, request_timeout=_REQUEST_SECONDS, **more)


def _listed(store: fs.S3FileSystem, place: ObjectsPlace) -> list[str]:
    """Return the keys that match, by name; the client goes through all pages of the list."""
    folder = f"{place.bucket}/{listed_folder(place.pattern)}".rstrip("/")
    try:
        found = store.get_file_info(fs.FileSelector(folder, recursive=is_deep(place.pattern)))
    except FileNotFoundError:
        return []
    fits = matcher(place.pattern)
    keys = (info.path.removeprefix(f"{place.bucket}/") for info in found if info.type == fs.FileType.File)
    return sorted(key for key in keys if fits.fullmatch(key))


def _mark(store: fs.S3FileSystem, bucket: str, key: str) -> str | None:
    """Ask for what tells one state of an object from all others; None where there is no such object."""
    try:
        with store.open_input_file(f"{bucket}/{key}") as file:
            said = {str(name).lower(): value for name, value in (file.metadata() or {}).items()}
    except FileNotFoundError:
        return None
    parts = [_text(said.get(name)) for name in ("etag", "content-length", "last-modified")]
    return " ".join(parts)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


def _delivery(store: fs.S3FileSystem, place: ObjectsPlace, key: str, mark: str) -> Delivery:
    name = f"s3://{place.bucket}/{key}" + (f" at {place.endpoint}" if place.endpoint else "")
    shown = f"{place.written}: {key.rpartition('/')[2]}" if is_pattern(place.pattern) else place.written
    has_tag = not mark.startswith(" ")
    return Delivery(name, shown, mark if has_tag else None, _bringer(store, place, key, mark, shown))


def _bringer(
    store: fs.S3FileSystem, place: ObjectsPlace, key: str, mark: str, shown: str
) -> Callable[[str], None]:  # fmt: skip
    def bring(path: str) -> None:
        """Copy the object; it has to be the same one afterwards as when it was listed."""
        with _said_by_us(place):
            try:
                with store.open_input_stream(f"{place.bucket}/{key}") as source, Path(path).open("xb") as target:
                    shutil.copyfileobj(source, target, _CHUNK_BYTES)
            except FileNotFoundError:
                after = None
            else:
                after = _mark(store, place.bucket, key)
        if after != mark:
            found = "one that was removed" if after is None else "one that changed"
            hint = "Wait until the delivery is complete, then run the command again."
            wanted = f"an object that is not being written, {shown}"
            raise AssayError(Fault(place.where, wanted, found, hint, is_passing=True))

    return bring


@contextmanager
def _said_by_us(place: ObjectsPlace) -> Iterator[None]:
    """Turn the client's errors into ours; what it says may hold a key, so that only the error's name is kept."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:  # of our own disk
            raise
        name = _AWS_ERROR.search(str(error))
        code = (name[1] or name[2]) if name else ""
        expected, found, hint = _ANSWERS.get(
            code, ("a store that answers", f"the error {code or 'without a name'}", "")
        )
        is_passing = code not in _ANSWERS or code in _PASSING
        raise AssayError(
            Fault(place.where, f"{expected} for {place.written}", found, hint, is_passing=is_passing)
        ) from None
