"""Several clients on each side, of which any may be sent frames at any time: by what it asks, and by what others do."""
import socket

from differential.play import SILENT
from differential.wire import HungUp, Peer, frame_end, words

LAST = b"nothing-more"


class Crowd:
    """The clients of one side, by number."""

    def __init__(self, port, count):
        self._clients = [Peer(port) for _ in range(count)]

    def send(self, number, request):
        self._clients[number].send(request)

    def read(self, counts):
        """So many frames of each client, in the order in which they come."""
        return [_frames(client, count) for client, count in zip(self._clients, counts)]

    def rest(self):
        """What each is sent beyond what was read, when it has been made new; one after the other, as some may wait."""
        return [_through_last(client) for client in self._clients]

    def close(self):
        for client in self._clients:
            client.close()


class PlainCrowd(Crowd):
    """Of one Redis it is known when all has been said: one thread serves all."""

    def __init__(self, port, count):
        super().__init__(port, count)
        self._asking = Peer(port)

    def read_all(self):
        # The answer to the first may be written before what others are sent in the same turn.
        for _ in range(2):
            self._asking.ask("PING")
        return [client.frames(_waiting(client)) for client in self._clients]

    def close(self):
        super().close()
        self._asking.close()


def _waiting(client):
    """How many frames have come."""
    client.socket.setblocking(False)
    try:
        while True:
            client._more()
    except BlockingIOError:
        pass
    finally:
        client.socket.settimeout(10)
    count, at = 0, client._at
    while at < len(client._data) and (end := frame_end(client._data, at)):
        count, at = count + 1, end
    return count


def _frames(client, count):
    frames = []
    try:
        while len(frames) < count:
            frames.append(client.frame())
    except (HungUp, ConnectionError, socket.timeout):
        frames += [SILENT] * (count - len(frames))
    return frames


def _through_last(client):
    client.send(words("RESET"), words("PING", LAST))
    frames = []
    while not frames or LAST not in frames[-1]:
        frames += _frames(client, 1)
        if frames[-1] == SILENT:
            break
    return frames
