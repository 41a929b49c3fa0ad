"""An S3 for tests: moto's server in a process of its own on loopback, so that nothing of it runs among the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyarrow import fs

MANY = 1_005
"""Objects in the bucket ``many``: more than one page of a list holds."""

_SERVED = f"""
import json, logging, os, sys, threading
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
store, people = s3_backends[DEFAULT_ACCOUNT_ID]["aws"], iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
store.create_bucket("town", "us-east-1")
store.create_bucket("many", "us-east-1")
for number in range({MANY}):
    store.put_object("many", f"all/{{number:04}}.parquet", b"x")
people.create_user("us-east-1", "nobody", "/", None)
key = people.create_access_key("nobody")
if sys.argv[1] == "guarded":
    from moto import settings
    from moto.core import responses
    responses.ActionAuthenticatorMixin.request_count = 0
    settings.INITIAL_NO_AUTH_ACTION_COUNT = responses.INITIAL_NO_AUTH_ACTION_COUNT = 0
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(json.dumps([server.get_host_and_port()[1], key.access_key_id, key.secret_access_key]), flush=True)
sys.stdin.read()
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A store that runs: where it answers, and the key of somebody who may do nothing in it."""

    endpoint: str
    access_key: str
    secret_key: str

    def put(self, key: str, content: bytes) -> None:
        """Put an object into the bucket ``town``, in place of another."""
        with self._client().open_output_stream(f"town/{key}") as stream:
            stream.write(content)

    def remove(self, key: str) -> None:
        """Remove an object."""
        self._client().delete_file(f"town/{key}")

    def _client(self) -> fs.S3FileSystem:
        return fs.S3FileSystem(
            access_key=self.access_key, secret_key=self.secret_key, region="us-east-1", scheme="http",
            endpoint_override=self.endpoint.removeprefix("http://"),
        )  # fmt: skip


@contextmanager
def object_store(*, is_guarded: bool = False) -> Iterator[ObjectStore]:
    """Run a store as long as the block does; a guarded one lets nobody do what no policy allows."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    how = "guarded" if is_guarded else "open"
    with subprocess.Popen(
        [sys.executable, "-c", _SERVED, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=environment, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        line = ""
        while not line.startswith("["):
            line = process.stdout.readline()
            assert line, "moto's server did not start"
        port, access_key, secret_key = json.loads(line)
        try:
            yield ObjectStore(f"http://127.0.0.1:{port}", access_key, secret_key)
        finally:
            process.terminate()
