"""A real browser for tests of pages: headless Chromium, spoken to through a pipe in its DevTools protocol.

It cannot reach any host, and it tells what a page asked for and complained about.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

COMMAND = "chromium"

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
)  # fmt: skip
_COMPLAINTS = frozenset({"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"})
_SECONDS = 60


class Browser:
    """One page of one browser; a context manager, for the browser is a process."""

    def __init__(self, zone: str = "UTC") -> None:
        """Start a browser whose clock is in a time zone (a name of the IANA database)."""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._zone = zone
        self._number = 0
        self._session = ""
        self._buffer = b""

    def __enter__(self) -> Browser:
        self._home = tempfile.mkdtemp(prefix="assay-browser-")
        command_read, self._command = _pipe()
        self._answer, answer_write = _pipe()

        def give_pipes() -> None:
            os.dup2(command_read, 3)
            os.dup2(answer_write, 4)

        self._process = subprocess.Popen(
            [str(shutil.which(COMMAND)), *_FLAGS, f"--user-data-dir={self._home}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": self._zone},
            pass_fds=(3, 4),
            preexec_fn=give_pipes,  # noqa: PLW1509  # the protocol wants descriptors 3 and 4; nothing else runs in threads
        )
        os.close(command_read)
        os.close(answer_write)
        pages = [t for t in self._ask("Target.getTargets")["targetInfos"] if t["type"] == "page"]
        target = pages[0]["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        os.close(self._command)
        os.close(self._answer)
        shutil.rmtree(self._home, ignore_errors=True)

    def resize(self, width: int, height: int) -> None:
        """Make the window as large, in CSS pixels."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme: str) -> None:
        """Prefer ``light`` or ``dark``."""
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, page: Path) -> None:
        """Open a file and forget what was asked for and complained about before."""
        self.complaints.clear()
        self.requests.clear()
        self._ask("Page.navigate", url=page.as_uri())

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page and return its value; a promise is awaited."""
        result = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return result["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + _SECONDS
        while not self.run(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"{condition} did not come true; the page said {self.complaints}")
            time.sleep(0.05)

    def point_at(self, x: float, y: float) -> None:
        """Move the mouse to a place in the window."""
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def screenshot(self) -> bytes:
        """Return a picture of the whole page as PNG."""
        return base64.b64decode(self._ask("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._command, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._answer, 1 << 16)
            if not part:
                raise RuntimeError("the browser is gone")
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method", ""), event.get("params", {})
        if method in _COMPLAINTS:
            self.complaints.append(json.dumps(parameters)[:500])
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])


def _pipe() -> tuple[int, int]:
    """Make a pipe whose ends stand well above descriptors 3 and 4."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 50) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]
