"""A RESP2 and RESP3 client that hides nothing: raw bytes out, replies in with their kind kept, errors as values."""
import io
import socket
import threading

from harness.wait import PATIENCE_S


class Status(bytes):
    """A simple string (+OK)."""


class Err(str):
    """An error reply, without its '-'."""

    @property
    def code(self):
        return self.split(" ", 1)[0]


class Map(list):
    """A RESP3 map, as the list of its pairs: keys may come twice, and may be anything."""


class Set(list):
    """A RESP3 set, in the order in which it came."""


class Push(list):
    """A RESP3 push: no reply to anything."""


class Verbatim(bytes):
    """A RESP3 verbatim string; `format` is its first three letters."""
    format = b""


class Double(str):
    """A RESP3 double, as it was written."""


class BigNumber(int):
    """A RESP3 big number."""


class Closed(EOFError):
    """The other side closed the connection where a reply was due."""


OK = Status(b"OK")


def to_bytes(value):
    if isinstance(value, bytes):
        return value
    return str(value).encode()


def encode(*args):
    """One command as an array of bulk strings."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in map(to_bytes, args):
        parts.append(b"$%d\r\n%s\r\n" % (len(arg), arg))
    return b"".join(parts)


def line_of(kind, rest):
    return (kind + rest)[:80]


class Connection:
    """One connection. `call` is send and read; `last_raw` holds the bytes of the reply read last."""

    def __init__(self, port=None, host="127.0.0.1", path=None, timeout=PATIENCE_S, receive_buffer=None):
        family = socket.AF_UNIX if path else socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(path if path else (host, port))
        if not path:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in = io.BufferedReader(self.socket.makefile("rb", buffering=0), 1 << 18)
        self._parts = []
        self.last_raw = b""
        self.pushes = []  # that stood before a reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._in.close()
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, *args):
        self.send_raw(encode(*args))

    def call(self, *args):
        self.send(*args)
        return self.read()

    def raw(self, *args):
        """The reply's very bytes."""
        self.call(*args)
        return self.last_raw

    def pipeline(self, commands):
        """All commands at once; all replies in order. Written from a thread, since either side may wait for the other."""
        data = b"".join(encode(*command) for command in commands)
        writer = threading.Thread(target=self.send_raw, args=(data,), daemon=True)
        writer.start()
        replies = [self.read() for _ in commands]
        writer.join()
        return replies

    def read(self):
        """The next reply; pushes before it are put into `pushes`."""
        while isinstance(value := self.read_any(), Push):
            self.pushes.append(value)
        return value

    def read_push(self):
        """The oldest push that has not been taken, or else the next frame, which must be one."""
        if self.pushes:
            return self.pushes.pop(0)
        value = self.read_any()
        assert isinstance(value, Push), value
        return value

    def read_any(self):
        self._parts = []
        value = self._value()
        self.last_raw = b"".join(self._parts)
        return value

    def read_until_closed(self):
        """What still comes before the other side closes."""
        rest = []
        try:
            while True:
                chunk = self._in.read1(1 << 16)
                if not chunk:
                    return b"".join(rest)
                rest.append(chunk)
        except ConnectionResetError:
            return b"".join(rest)

    def _line(self):
        line = self._in.readline()
        if not line.endswith(b"\r\n"):
            raise Closed(line)
        self._parts.append(line)
        return line[:-2]

    def _bulk(self, size):
        data = self._in.read(size + 2)
        if data is None or len(data) < size + 2:
            raise Closed(f"in a bulk string of {size} bytes")
        self._parts.append(data)
        return data[:-2]

    def _value(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return Status(rest)
        if kind == b"-":
            return Err(rest.decode("utf-8", "replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bulk(int(rest))
        if kind == b"*":
            return None if rest == b"-1" else [self._value() for _ in range(int(rest))]
        return self._resp3_value(kind, rest)

    def _resp3_value(self, kind, rest):
        if kind == b"_":
            return None
        if kind == b"#":
            return rest == b"t"
        if kind == b",":
            return Double(rest.decode())
        if kind == b"(":
            return BigNumber(rest)
        if kind == b"=":
            text = self._bulk(int(rest))
            value = Verbatim(text[4:])
            value.format = text[:3]
            return value
        if kind == b"!":
            return Err(self._bulk(int(rest)).decode("utf-8", "replace"))
        if kind == b"%":
            return Map((self._value(), self._value()) for _ in range(int(rest)))
        if kind == b"~":
            return Set(self._value() for _ in range(int(rest)))
        if kind == b">":
            return Push(self._value() for _ in range(int(rest)))
        if kind == b"|":
            for _ in range(2 * int(rest)):
                self._value()
            return self._value()
        raise ValueError(f"not RESP: {line_of(kind, rest)!r}")
