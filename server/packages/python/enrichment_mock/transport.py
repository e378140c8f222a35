"""HTTP to the mock: the same request, sent by a blocking and by an asyncio client.

Each call has a connection of its own, so threads and tasks may share everything here, and a task that is cancelled closes
the connection of its call, which ends the call's wait in the mock. Proxies of the environment are not used: the mock is
near, and a proxy could not reach it.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Callable,
    Dict,
    Generic,
    Iterator,
    List,
    Mapping,
    NoReturn,
    Optional,
    Tuple,
    Type,
    TypeVar,
    cast,
)
from urllib.parse import urlencode, urlsplit

from .errors import CallError, MockError, UnreachableError, WaitTimeoutError

if TYPE_CHECKING:
    from . import payloads

# How long a response may take in addition to what its call waits for, in seconds of real time.
PATIENCE = 30.0


T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call, before it is sent. T is the type of its response."""

    method: str
    path: str
    query: Optional[Mapping[str, Any]] = None
    body: Optional[Any] = None
    #: Seconds until the connection counts as dead; None: it never does.
    within: Optional[float] = PATIENCE
    #: The error of a 422, which means something else for each call.
    unmet: Type[CallError] = CallError

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        given = {name: value for name, value in (self.query or {}).items() if value is not None}
        target = f"{self.path}?{urlencode(given)}" if given else self.path
        if not target.startswith("/") or any(not "!" <= character <= "~" for character in target):
            raise MockError(f"{self.path!r} is not a path: expected a slash, then printable ASCII without spaces")
        return target

    def result(self, status: int, text: bytes) -> T:
        """The body of the response; raises the error that it stands for."""
        __tracebackhide__ = True
        try:
            body: Any = json.loads(text.decode("utf-8")) if text else None
        except ValueError:
            body = text.decode("utf-8", "replace")
        if 200 <= status < 300:
            return cast("T", body)
        raise (self.unmet if status == 422 else CallError)(self.name, status, body)


@dataclass(frozen=True)
class Pages(Call[Any], Generic[T]):
    """A call whose response is one page of a list. T is the type of an item."""

    #: The field of the response that has the items.
    items: str = ""


class Address:
    """Where a mock is, and what each call has to send."""

    def __init__(self, url: str, admin_token: Optional[str] = None, ca_file: Optional[str] = None) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.query or parts.fragment:
            raise MockError(f"{url!r} is not the URL of a mock: expected one such as http://127.0.0.1:8080")
        self.url: str = url.rstrip("/")
        self.host: str = parts.hostname
        self.port: int = port or (443 if parts.scheme == "https" else 80)
        self.host_header: str = parts.netloc.rpartition("@")[2]
        self.prefix: str = parts.path.rstrip("/")
        self.admin_token = admin_token
        self.tls: Optional[ssl.SSLContext] = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        #: Says why a mock that this process has started is gone; "" if it is not.
        self.why_gone: Callable[[], str] = lambda: ""

    def headers(self, call: Call[Any], api_key: Optional[str]) -> Dict[str, str]:
        headers = {"Host": self.host_header, "Connection": "close", "User-Agent": "enrichment-mock-python"}
        if api_key is not None:
            headers["x-api-key"] = api_key
        if self.admin_token is not None and call.path.startswith("/__admin"):
            headers["Authorization"] = f"Bearer {self.admin_token}"
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def unreachable(self, call: Call[Any], error: BaseException) -> UnreachableError:
        reason = "no response in time" if isinstance(error, socket.timeout) else error
        text = f"{call.name}: cannot reach the mock at {self.url}: {reason or type(error).__name__}"
        return UnreachableError("\n".join(filter(None, [text, self.why_gone()])))


# Blocking ------------------------------------------------------------------------------------------------------------


def send(address: Address, call: Call[T], api_key: Optional[str]) -> T:
    """Makes a call and returns the body of its response."""
    __tracebackhide__ = True
    connection, response, _ = _open(address, call, api_key)
    try:
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise address.unreachable(call, error) from None
    finally:
        connection.close()
    return call.result(response.status, text)


def _open(
    address: Address, call: Call[Any], api_key: Optional[str]
) -> Tuple[http.client.HTTPConnection, http.client.HTTPResponse, socket.socket]:
    __tracebackhide__ = True
    connection: http.client.HTTPConnection
    if address.tls:
        connection = http.client.HTTPSConnection(address.host, address.port, timeout=call.within, context=address.tls)
    else:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=call.within)
    body = None if call.body is None else json.dumps(call.body).encode()
    try:
        connection.request(call.method, address.prefix + call.target, body, address.headers(call, api_key))
        used: socket.socket = connection.sock  # which getresponse() hands over
        return connection, connection.getresponse(), used
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise address.unreachable(call, error) from None


class Events:
    """The events of a team from the moment on at which this was made. Iterate over it; close it, or use it in `with`."""

    def __init__(self, address: Address, call: Call[Any], api_key: Optional[str], within: Optional[float]) -> None:
        #: The id of the latest event.
        self.last_event_id: Optional[str] = None
        self._address, self._call, self._within = address, call, within
        self._connection, self._response, self._socket = _open(address, call, api_key)
        if self._response.status != 200:
            text = self._response.read()
            self.close()
            call.result(self._response.status, text)
        if not self._read_block(_Block(begins=True), PATIENCE):
            raise address.unreachable(call, EOFError(_NOT_LISTENING))

    @classmethod
    def listen(cls, address: Address, call: Call[Any], api_key: Optional[str], within: Optional[float]) -> Events:
        """`within`: how many seconds each event may take."""
        __tracebackhide__ = True
        return cls(address, call, api_key, within)

    def __iter__(self) -> Iterator[payloads.Event]:
        return self

    def __next__(self) -> payloads.Event:
        __tracebackhide__ = True
        block = _Block()
        if not self._read_block(block, self._within):
            raise StopIteration
        return block.event()

    def _read_block(self, block: _Block, within: Optional[float]) -> bool:
        """Reads one; false if the mock has ended the stream. Comments that keep the connection alive do not extend it."""
        __tracebackhide__ = True
        deadline = None if within is None else time.monotonic() + within
        try:
            while not self._response.isclosed():
                self._socket.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.000001))
                line = self._response.readline()
                if not line:
                    break
                if block.take(line):
                    self.last_event_id = block.id or self.last_event_id
                    return True
        except socket.timeout:
            self.close()
            raise _no_event(self._call, within) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise self._address.unreachable(self._call, error) from None
        self.close()
        return False

    def close(self) -> None:
        """Ends the listening."""
        self._response.close()
        self._connection.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()


_NOT_LISTENING = "the response ended before the mock listened"


class _Block:
    """The lines of one server-sent event; with `begins`, those with which the mock says that it listens."""

    def __init__(self, begins: bool = False) -> None:
        self.id: Optional[str] = None
        self._begins = begins
        self._data: List[str] = []

    def take(self, line: bytes) -> bool:
        """Whether this line is the last one."""
        text = line.decode("utf-8").rstrip("\r\n")
        name, _, value = text.partition(": ")
        if name == "id":
            self.id = value
        elif name == "data":
            self._data.append(value)
        return not text and (self._begins or bool(self._data))

    def event(self) -> payloads.Event:
        return cast("payloads.Event", json.loads("\n".join(self._data)))


def _no_event(call: Call[Any], within: Optional[float]) -> WaitTimeoutError:
    return WaitTimeoutError(call.name, 422, {"message": f"no event for {within:g} s"})


# With asyncio --------------------------------------------------------------------------------------------------------


async def send_async(address: Address, call: Call[T], api_key: Optional[str]) -> T:
    """Like send(). If the task is cancelled, the mock sees the end of the connection."""
    __tracebackhide__ = True
    try:
        connection = await _AsyncConnection.open(address, call, api_key)
        text = await connection.rest()
    except (OSError, EOFError, ValueError) as error:
        raise address.unreachable(call, error) from None
    return call.result(connection.status, text)


class _AsyncConnection:
    """A request that has been sent, and its response. Its time limit needs no other task, and no cancelling."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._timer: Optional[asyncio.TimerHandle] = None
        self._is_late = False
        self.status: int = 0
        self._headers: Dict[str, str] = {}

    @classmethod
    async def open(cls, address: Address, call: Call[Any], api_key: Optional[str]) -> _AsyncConnection:
        """Sends the request, and reads the head of the response."""
        head = _head(address, call, api_key)
        connection = cls(*await asyncio.open_connection(address.host, address.port, ssl=address.tls))
        try:
            connection.limit(call.within)
            await connection._exchange(head)
        except BaseException:
            connection.close()
            raise
        return connection

    def limit(self, within: Optional[float]) -> None:
        """From now on, the connection has that many seconds."""
        if self._timer:
            self._timer.cancel()
        self._timer = None if within is None else asyncio.get_running_loop().call_later(within, self._expire)

    def _expire(self) -> None:
        self._is_late = True
        self._writer.transport.abort()

    async def _exchange(self, head: bytes) -> None:
        self._writer.write(head)
        await self._writer.drain()
        self.status = int((await self._line())[9:12])
        while True:
            line = (await self._line()).strip()
            if not line:
                return
            name, _, value = line.decode("latin-1").partition(":")
            self._headers[name.strip().lower()] = value.strip()

    async def _line(self) -> bytes:
        line = await self._reader.readline()
        return line if line.endswith(b"\n") else self._cut()

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError:
            return self._cut()

    def _cut(self) -> NoReturn:
        if self._is_late:
            raise socket.timeout
        raise EOFError("the connection was closed before the response was complete")

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, in pieces of any size."""
        if "chunked" in self._headers.get("transfer-encoding", ""):
            while True:
                size = int((await self._line()).split(b";")[0], 16)
                if size == 0:
                    return
                yield await self._exactly(size)
                await self._line()
        elif "content-length" in self._headers:
            yield await self._exactly(int(self._headers["content-length"]))
        else:
            while True:
                piece = await self._reader.read(65536)
                if self._is_late:
                    self._cut()
                if not piece:
                    return
                yield piece

    async def rest(self) -> bytes:
        """The whole body. Closes the connection."""
        try:
            return b"".join([piece async for piece in self.pieces()])
        finally:
            self.close()

    def close(self) -> None:
        self.limit(None)
        self._writer.close()


def _head(address: Address, call: Call[Any], api_key: Optional[str]) -> bytes:
    """The request, with its body."""
    body = b"" if call.body is None else json.dumps(call.body).encode()
    headers = address.headers(call, api_key)
    if call.method != "GET":
        headers["Content-Length"] = str(len(body))
    lines = [f"{call.method} {address.prefix}{call.target} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class AsyncEvents:
    """Like Events, for `async for` and `async with`."""

    def __init__(self, address: Address, call: Call[Any], connection: _AsyncConnection, within: Optional[float]) -> None:
        #: The id of the latest event.
        self.last_event_id: Optional[str] = None
        self._address, self._call, self._connection, self._within = address, call, connection, within
        self._lines = self._read_lines()

    @classmethod
    async def listen(
        cls, address: Address, call: Call[Any], api_key: Optional[str], within: Optional[float]
    ) -> AsyncEvents:
        """`within`: how many seconds each event may take."""
        __tracebackhide__ = True
        try:
            connection = await _AsyncConnection.open(address, call, api_key)
            if connection.status == 200:
                events = cls(address, call, connection, within)
                if not await events._read_block(_Block(begins=True), PATIENCE):
                    raise EOFError(_NOT_LISTENING)
                return events
            text = await connection.rest()
        except (OSError, EOFError, ValueError) as error:
            raise address.unreachable(call, error) from None
        call.result(connection.status, text)
        raise UnreachableError(f"{call.name}: {connection.status}, expected events")

    async def _read_lines(self) -> AsyncIterator[bytes]:
        rest = b""
        async for piece in self._connection.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line

    def __aiter__(self) -> AsyncIterator[payloads.Event]:
        return self

    async def __anext__(self) -> payloads.Event:
        __tracebackhide__ = True
        block = _Block()
        if not await self._read_block(block, self._within):
            raise StopAsyncIteration
        return block.event()

    async def _read_block(self, block: _Block, within: Optional[float]) -> bool:
        """Reads one; false if the mock has ended the stream."""
        __tracebackhide__ = True
        self._connection.limit(within)
        try:
            async for line in self._lines:
                if block.take(line):
                    self.last_event_id = block.id or self.last_event_id
                    return True
        except socket.timeout:
            await self.aclose()
            raise _no_event(self._call, within) from None
        except (OSError, EOFError, ValueError) as error:
            await self.aclose()
            raise self._address.unreachable(self._call, error) from None
        finally:
            self._connection.limit(None)
        return False

    async def aclose(self) -> None:
        """Ends the listening."""
        self._connection.close()

    async def __aenter__(self) -> AsyncEvents:
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.aclose()
