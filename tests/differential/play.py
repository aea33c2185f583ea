"""Scenarios: short plays of several clients, written as one would type them, performed on both sides and compared.

    SET {d}k v              the first client sends it and reads its reply
    2: BLPOP {d}k 0 &       the second client sends it and does not read yet
    2: <                    the second client reads one frame: a late reply, a message, a push
    2: <2                   it reads two, which may come in any order
    (blocked)               goes on once a client is blocked

Words are quoted as in a shell. In the end every client must have been sent exactly what was read."""
import re
import shlex

from differential.wire import HungUp, Peer, words
from harness.wait import PATIENCE_S, until

LINE = re.compile(r"(?:(\d): ?)?(.*)")
SUBSCRIBING = frozenset("subscribe psubscribe ssubscribe".split())
LAST = "nothing-more"
CLOSED = b"-(closed)\r\n"
SILENT = b"-(silent)\r\n"
PATIENCE = PATIENCE_S / 3


def frames_due(request):
    """A subscription has a reply for each channel."""
    return len(request) - 1 if request[0].decode().lower() in SUBSCRIBING and len(request) > 1 else 1


class Stage:
    """The clients of one side."""

    def __init__(self, port, protocol):
        self.port, self.protocol = port, protocol
        self.clients = {}
        self.late = {}  # number -> requests whose replies are not read yet

    def client(self, number):
        if number not in self.clients:
            self.clients[number] = Peer(self.port, PATIENCE)
            if self.protocol != 2:
                self.clients[number].ask("HELLO", self.protocol)
        return self.clients[number]

    def perform(self, line):
        """(client's number, request or None, frames read)."""
        if line == "(blocked)":
            self.wait_blocked()
            return None, None, []
        number, text = LINE.fullmatch(line.strip()).groups()
        client = self.client(number or "1")
        late = self.late.setdefault(number, [])
        if text[0] == "<":
            return number, late.pop(0) if late else None, _read(client, int(text[1:] or "1"))
        request = words(*shlex.split(text.removesuffix(" &")))
        due = 0 if text.endswith(" &") else frames_due(request)
        late += [] if due else [request]
        try:
            client.send(request)
        except ConnectionError:
            return number, request, [CLOSED]
        return number, request, _read(client, due, sort=False)

    def wait_blocked(self):
        with Peer(self.port) as asking:
            until(lambda: b"blocked_clients:0" not in asking.ask("INFO", "clients"), "a client to be blocked")

    def rest(self):
        """What each client is sent beyond what it read: nothing but the answer to a last PING."""
        return {number: _rest(client) for number, client in sorted(self.clients.items())}

    def close(self):
        for client in self.clients.values():
            client.close()


def _read(client, count, sort=True):
    frames = []
    try:
        while len(frames) < count:
            frames.append(client.frame())
    except (HungUp, ConnectionError):
        frames.append(CLOSED)
    except TimeoutError:
        frames.append(SILENT)
    return sorted(frames) if sort else frames


def _rest(client):
    frames = []
    try:
        client.send(words("PING", LAST))
        while not frames or LAST.encode() not in frames[-1]:
            frames.append(client.frame())
    except (HungUp, ConnectionError):
        frames.append(CLOSED)
    return frames


def scenarios(text):
    """title -> lines. A title is a line that ends with a colon and starts at the margin."""
    found, lines = {}, []
    for line in text.splitlines():
        if line and not line[0].isspace():
            title = line.rstrip(":")
            assert title not in found, f"two plays have the title {title!r}"
            lines = found[title] = []
        elif line.strip():
            lines.append(line.strip())
    return found
