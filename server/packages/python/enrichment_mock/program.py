"""The mock's program: where it is, and how it runs for as long as the process that has started it."""

from __future__ import annotations

import os
import platform
import selectors
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from typing import IO, List, Mapping, Optional

from .errors import StartError

NAME = "enrichment-mock"


def find_binary(binary: Optional[str] = None) -> str:
    """The path of the program: `binary`, ENRICHMENT_MOCK_BINARY, the one of the installed wheel, or one in PATH."""
    wanted, source = binary, "binary"
    if wanted is None:
        wanted, source = os.environ.get("ENRICHMENT_MOCK_BINARY") or None, "ENRICHMENT_MOCK_BINARY"
    if wanted is not None:
        found = shutil.which(wanted)
        if not found:
            raise StartError(f"{source}: {wanted} is not a program that can be run")
        return found
    found = _installed() or shutil.which(NAME)
    if not found:
        raise StartError(
            f"no {NAME} program for {sys.platform} {platform.machine()}: the wheel that is installed has none.\n"
            "Start the mock elsewhere, such as in Docker, and set ENRICHMENT_MOCK_URL to its URL; or build it from source\n"
            "and set ENRICHMENT_MOCK_BINARY to the program."
        )
    return found


def _installed() -> Optional[str]:
    usual = shutil.which(os.path.join(sysconfig.get_path("scripts"), NAME))
    if usual:
        return usual
    from importlib import metadata  # slow to import

    try:
        files = metadata.files(NAME) or []
    except metadata.PackageNotFoundError:
        return None
    places = [str(each.locate()) for each in files if each.name == NAME]
    return next(filter(None, map(shutil.which, places)), None)


class Program:
    """A mock that this process has started. It ends with this process, even if that is killed: see --stop-on-eof."""

    def __init__(self, command: List[str], environment: Mapping[str, str], folder: Optional[str], within: float) -> None:
        self._command = [*command, "--stop-on-eof"]
        self._stderr: IO[bytes] = tempfile.TemporaryFile()
        try:
            # A session of its own: Ctrl-C in the terminal must not end the mock before the tests that use it.
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                cwd=folder,
                env=dict(environment),
                start_new_session=True,
            )
        except OSError as error:
            raise StartError(f"{command[0]} cannot be run: {error.strerror or error}") from None
        try:
            #: What the mock prints when it accepts requests.
            self.ready_line: str = self._read_ready_line(time.monotonic() + within)
        except BaseException:
            self.end()
            raise

    def _read_ready_line(self, deadline: float) -> str:
        stdout = self._process.stdout
        assert stdout
        text = b""
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not text.endswith(b"\n"):
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise StartError(f"{NAME} was not ready in time\n{self._details()}")
                piece = os.read(stdout.fileno(), 4096)
                if not piece:
                    status = self.end()
                    raise StartError(f"{NAME} did not start (exit status {status})\n{self._details()}")
                text += piece
        return text.decode()

    def _details(self) -> str:
        return f"{self.log()}command: {' '.join(self._command)}"

    def log(self) -> str:
        """What the mock has written to its standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")

    def end(self) -> int:
        """Stops the mock, and returns its exit status."""
        self._process.terminate()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            status = self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        return status

    def close(self) -> None:
        """Forgets the log."""
        self._stderr.close()
