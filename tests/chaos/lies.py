"""A relay before each node that breaks a promise on purpose now and then: what a checker is worth shows when it is lied to.

    proxy --requests--> rewritten --> node       what the node has not been asked, or not once, is made up or left out:
    proxy <--replies-- made good  <-- node       there is one reply for each request"""
import collections
import socket
import threading
import time

from harness.acceptor import Acceptor
from harness.resp import Closed, Connection, encode

EVERY = 40  # chances to lie for one lie
_INVALIDATE = b">2\r\n$10\r\ninvalidate\r\n"
_MESSAGE = (b"*3\r\n$7\r\nmessage\r\n", b">3\r\n$7\r\nmessage\r\n")


class Lie:
    """Told once in EVERY chances, or whenever there is one. rewrite() gives, for each request, what goes up and what
    becomes of the reply: PASS, SWALLOW, LATE (behind the next one), bytes that stand for it, or a function that changes it.
    spread() gives what becomes of a message."""
    PASS, SWALLOW, LATE = "pass", "swallow", "late"

    def __init__(self):
        self.told = 0
        self._chances = 0
        self._lock = threading.Lock()

    def now(self):
        with self._lock:
            self._chances += 1
            told = self._chances % EVERY == 0
            self.told += told
            return told

    def rewrite(self, requests):
        return [(request, self.PASS) for request in requests]

    def spread(self, message):
        return message


class DropAsking(Lie):
    """ASKING does not reach the node."""

    def rewrite(self, requests):
        self.told += requests.count([b"ASKING"])
        return [(None, b"+OK\r\n") if request == [b"ASKING"] else (request, self.PASS) for request in requests]


class Duplicate(Lie):
    """A write is sent twice."""

    def rewrite(self, requests):
        steps = []
        for request in requests:
            steps.append((request, self.PASS))
            if request[0] in (b"APPEND", b"RPUSH", b"INCR") and self.now():
                steps[-1:] = [(request, self.SWALLOW), (request, self.PASS)]
        return steps


class Swallow(Lie):
    """A SET is acknowledged, and not done."""

    def rewrite(self, requests):
        return [(None, b"+OK\r\n") if request[0] == b"SET" and self.now() else (request, self.PASS) for request in requests]


class SwapReplies(Lie):
    """An answer goes to the request behind, and that one's to it."""

    def rewrite(self, requests):
        steps = [[request, self.PASS] for request in requests]
        for first, second in zip(steps[::2], steps[1::2]):
            if first[0] != second[0] and first[0][0] in (b"GET", b"INCR") and second[0][0] in (b"GET", b"APPEND") and self.now():
                first[1] = self.LATE
        return steps


class SwapWrites(Lie):
    """Of two writes on one key in one pipeline the second one goes first."""

    def rewrite(self, requests):
        for index, (first, second) in enumerate(zip(requests, requests[1:])):
            if first[:2] == second[:2] and first[0] in (b"APPEND", b"RPUSH") and self.now():
                requests[index:index + 2] = [second, first]
        return [(request, self.PASS) for request in requests]


class Late(Lie):
    """What goes to a node takes a moment longer than what goes to the others: no lie, but seen by who waits for no answer."""

    def rewrite(self, requests):
        if any(request[0] == b"SET" for request in requests) and self.now():
            time.sleep(0.02)
        return super().rewrite(requests)


class SwapValues(Lie):
    """Two keys' values of an MGET are exchanged."""

    def rewrite(self, requests):
        return [(request, self._swapped if request[0] == b"MGET" and self.now() else self.PASS) for request in requests]

    @staticmethod
    def _swapped(reply):
        return reply if b"$-1" in reply else encode(*reversed(_requests(reply)[0][0]))


class DropTransaction(Lie):
    """EXEC is answered, and nothing of the transaction is done."""

    def rewrite(self, requests):
        return [([b"DISCARD"], lambda _: b"*2\r\n:1\r\n:1\r\n") if request == [b"EXEC"] and self.now() else (request, self.PASS)
                for request in requests]


class DropPopped(Lie):
    """What a BLPOP has taken is not given to who waited for it."""

    def rewrite(self, requests):
        return [(request, self._taken if request[0] == b"BLPOP" else self.PASS) for request in requests]

    def _taken(self, reply):
        return b"*-1\r\n" if reply.startswith(b"*2\r\n$") and self.now() else reply


class DropPoppedAcross(Lie):
    """The same of the pop that stands for a BLPOP of keys of several slots."""

    def rewrite(self, requests):
        return [(request, self._taken if request[0] == b"LPOP" else self.PASS) for request in requests]

    def _taken(self, reply):
        return b"$-1\r\n" if not reply.startswith(b"$-1") and self.now() else reply


class RepeatPopped(Lie):
    """What has been popped is given once more, to the next one who asks for something that is not there."""
    _last = None

    def rewrite(self, requests):
        return [(request, self._taken if request[0] == b"LPOP" else self.PASS) for request in requests]

    def _taken(self, reply):
        if not reply.startswith(b"$-1"):
            self._last = reply
        elif self._last is not None and self.now():
            return self._last
        return reply


class DropMessage(Lie):
    """A message is not heard."""

    def spread(self, message):
        return b"" if self.now() else message


class RepeatMessage(Lie):
    """A message is heard twice."""

    def spread(self, message):
        return message * 2 if self.now() else message


class Relay(Acceptor):
    def __init__(self, node_port, lie):
        super().__init__(self._pair)
        self._node_port = node_port
        self._lie = lie

    def _pair(self, accepted):
        try:
            _Pair(accepted, Connection(self._node_port, timeout=None), self._lie).start()
        except OSError:
            accepted.close()


class _Pair:
    def __init__(self, proxy, node, lie):
        self._proxy, self._node, self._lie = proxy, node, lie
        self._due = collections.deque()  # what becomes of the replies to come, in their order
        self._late = b""
        self._lock = threading.Lock()

    def start(self):
        for work in (self._up, self._down):
            threading.Thread(target=self._until_closed, args=(work,), daemon=True).start()

    def _until_closed(self, work):
        try:
            work()
        except (OSError, Closed, ValueError):
            pass
        for each in (self._proxy, self._node.socket):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _up(self):
        data = b""
        while chunk := self._proxy.recv(1 << 16):
            requests, data = _requests(data + chunk)
            wires = []
            for request, fate in self._lie.rewrite(requests):
                with self._lock:
                    self._due.append(fate)
                if request is not None:
                    wires.append(encode(*request))
            self._settle()
            self._node.send_raw(b"".join(wires))

    def _down(self):
        while True:
            self._node.read_any()
            with self._lock:
                self._take(self._node.last_raw)
            self._settle()

    # Of the request at the front, made-up ones before it being gone already.
    def _take(self, reply):
        if reply.startswith(_INVALIDATE):
            return self._proxy.sendall(reply)
        if reply.startswith(_MESSAGE):
            return self._proxy.sendall(self._lie.spread(reply))
        fate = self._due.popleft() if self._due else Lie.PASS  # pushes
        if fate == Lie.LATE:
            self._late = reply
        elif fate != Lie.SWALLOW:
            self._proxy.sendall((fate(reply) if callable(fate) else reply) + self._late)
            self._late = b""

    def _settle(self):
        with self._lock:
            while self._due and isinstance(self._due[0], bytes):
                self._proxy.sendall(self._due.popleft())


def _requests(data):
    """All whole ones, and what is left."""
    requests = []
    at = 0
    while (end := data.find(b"\r\n", at)) > 0:
        words, start = [], end + 2
        for _ in range(int(data[at + 1:end])):
            end = data.find(b"\r\n", start)
            if end < 0:
                return requests, data[at:]
            size = int(data[start + 1:end])
            start = end + 2 + size + 2
            if start > len(data):
                return requests, data[at:]
            words.append(data[end + 2:end + 2 + size])
        requests.append(words)
        at = start
    return requests, data[at:]
