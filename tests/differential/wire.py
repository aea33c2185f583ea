"""Frames as bytes: a connection that gives replies as they came, RESP2 or RESP3, and their meaning only when asked."""
import socket
import threading

from harness.resp import to_bytes
from harness.wait import PATIENCE_S


class HungUp(EOFError):
    """The other side closed where a reply was due; `rest` is what came of it."""

    def __init__(self, rest):
        super().__init__(rest)
        self.rest = rest


def encode(words):
    return b"*%d\r\n%s" % (len(words), b"".join([b"$%d\r\n%s\r\n" % (len(word), word) for word in words]))


def words(*parts):
    """("SET", "k", 1) as a request: a list of bytes."""
    return [to_bytes(part) for part in parts]


_BULKS = b"$=!"
_NESTED = {b"*"[0]: 1, b"~"[0]: 1, b">"[0]: 1, b"%"[0]: 2, b"|"[0]: 2}


def frame_end(data, at):
    """Where the frame that starts at `at` ends; 0 when it is not all there."""
    left = 1
    while left:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return 0
        kind = data[at]
        left -= 1
        if kind in _BULKS:
            size = int(data[at + 1:line_end])
            at = line_end + 2 + (size + 2 if size >= 0 else 0)
            if at > len(data):
                return 0
            continue
        if kind in _NESTED:
            left += max(int(data[at + 1:line_end]), 0) * _NESTED[kind]
            left += kind == b"|"[0]  # attributes stand before the value that they belong to
        at = line_end + 2
    return at


class Error(bytes):
    """An error reply."""


class Status(bytes):
    """A simple string, a double, a boolean, a big number, a null: what stands on one line, with its kind."""


class Pairs(list):
    """A map: a list of (key, value)."""


class Members(list):
    """A set."""


def meaning(frame):
    """The frame as a tree: bytes, int, None, Error, Status, list, Pairs, Members."""
    value, _ = _value(frame, 0)
    return value


def _items(frame, at, count):
    items = []
    for _ in range(count):
        item, at = _value(frame, at)
        items.append(item)
    return items, at


def _value(frame, at):
    line_end = frame.index(b"\r\n", at)
    kind, line, at = frame[at:at + 1], frame[at + 1:line_end], line_end + 2
    if kind in (b"$", b"=", b"!"):
        if line == b"-1":
            return None, at
        end = at + int(line)
        text = frame[at:end]
        return (Error(text) if kind == b"!" else text), end + 2
    if kind in (b"*", b"~", b">"):
        if line == b"-1":
            return None, at
        items, at = _items(frame, at, int(line))
        return (Members(items) if kind == b"~" else items), at
    if kind in (b"%", b"|"):
        items, at = _items(frame, at, 2 * int(line))
        return Pairs(zip(items[::2], items[1::2])), at
    if kind == b":":
        return int(line), at
    if kind == b"-":
        return Error(line), at
    return Status(kind + line), at


class Peer:
    """One connection to one side."""

    def __init__(self, port, timeout=PATIENCE_S):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""
        self._at = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, *requests):
        self.socket.sendall(b"".join(map(encode, requests)))

    def frame(self):
        """The next reply or push, its very bytes."""
        while True:
            end = frame_end(self._data, self._at)
            if end:
                frame = self._data[self._at:end]
                self._at = end
                return frame
            self._more()

    def _more(self):
        chunk = self.socket.recv(1 << 18)
        self._data = self._data[self._at:] + chunk
        self._at = 0
        if not chunk:
            raise HungUp(self._data)

    def frames(self, count):
        return [self.frame() for _ in range(count)]

    def pipeline(self, requests):
        """One reply for each. Written from a thread, since either side may wait for the other."""
        writer = threading.Thread(target=self.send, args=requests, daemon=True)
        writer.start()
        replies = self.frames(len(requests))
        writer.join()
        return replies

    def reply(self, request):
        self.send(request)
        return self.frame()

    def ask(self, *parts):
        """One request, the meaning of its reply."""
        return meaning(self.reply(words(*parts)))

    def through(self, end):
        """All bytes up to `end`, or up to the close."""
        try:
            while not self._data.endswith(end):
                self._more()
        except HungUp:
            pass
        except ConnectionResetError:
            pass  # closed while we were still writing
        return self._data
