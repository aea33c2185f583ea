"""Clients that keep working in threads while a test moves the cluster under them, and remember all that went wrong."""
import threading

from harness.resp import Closed, Err


class Load:
    """Each worker owns its keys and one connection. A round of a worker sends one pipeline and checks every reply:
    INCR must count up without a gap or repeat, APPEND must keep its order, GET and MGET must see what was written."""

    def __init__(self, proxy, keys, threads=4):
        self.errors = []
        self.rounds = 0
        self._keys = keys
        self._stop = threading.Event()
        self._counts = {key: 0 for key in keys}
        self._lock = threading.Lock()
        shares = [keys[index::threads] for index in range(threads)]
        self._threads = [threading.Thread(target=self._work, args=(proxy, share), daemon=True) for share in shares if share]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        if kind is None:
            assert not any(thread.is_alive() for thread in self._threads), "a client waits for a reply that never comes"
            assert not self.errors, self.errors[:10]

    def expected(self):
        """key -> how often it was incremented."""
        return dict(self._counts)

    def _work(self, proxy, keys):
        try:
            with proxy.connect() as connection:
                while not self._stop.is_set():
                    self._round(connection, keys)
        except (Closed, OSError, ValueError) as error:
            self._note(error)

    def _round(self, connection, keys):
        batch = []
        for key in keys:
            batch += [("INCR", key), ("APPEND", key + ":log", f"{self._counts[key] + 1},"), ("GET", key)]
        batch.append(("MGET", *keys))
        replies = connection.pipeline(batch)
        for index, key in enumerate(keys):
            self._counts[key] += 1
            count = self._counts[key]
            incremented, appended, got = replies[3 * index:3 * index + 3]
            if incremented != count or isinstance(appended, Err) or got != b"%d" % count:
                self._note((key, count, incremented, appended, got))
        if replies[-1] != [b"%d" % self._counts[key] for key in keys]:
            self._note(("MGET", replies[-1]))
        with self._lock:
            self.rounds += 1

    def _note(self, error):
        self.errors.append(error)
        self._stop.set()

    def check(self, connection):
        """After the load: every key has its count, and its log has all numbers in order, none twice."""
        for key, count in self.expected().items():
            assert connection.call("GET", key) == b"%d" % count, key
            log = "".join(f"{number}," for number in range(1, count + 1)).encode()
            assert connection.call("GET", key + ":log") == log, f"{key}: writes were reordered, lost or repeated"
