"""The load, the visitors, and what the proxy holds meanwhile."""
import random
import statistics
import threading
import time
from dataclasses import dataclass, field

from bench.load import Load
from harness.cluster import Cluster
from harness.proxy import Slotway
from harness.wait import until
from soak.visitors import visit

# One after the other; each is a process whose connections come and go with it.
LOADS = (("--connections", 50, "--pipeline", 16), ("--connections", 500), ("--connections", 50, "--resp3"),
         ("--connections", 20, "--value-bytes", 65536, "--key-space", 1000),
         ("--connections", 50, "--mix", "mget=1,mset=1", "--keys", 10),
         ("--connections", 50, "--mix", "transaction=1", "--keys", 5))
LOAD_S = 5
VISITORS = 4
SAMPLES = 120
MIB = 1 << 20
# What allocators and warm connections may make of it.
SLACK_BYTES = 4 * MIB
SLACK_SHARE = 1.05
SLACK_FILES = 32
SLACK_BUFFERED = MIB  # of what is kept to be used again


@dataclass
class Sample:
    at_s: float
    resident: int
    buffered: int
    clients: int
    files: int
    requests: int


@dataclass
class Found:
    samples: list = field(default_factory=list)  # under load
    rests: list = field(default_factory=list)    # with nobody there: after the first round, and in the end
    visits: int = 0
    errors: list = field(default_factory=list)

    def broken(self):
        """What does not hold, however long it was."""
        before, after = self.rests
        said = self.errors[:10]
        if after.files > before.files + SLACK_FILES:
            said.append(f"{after.files} files open with nobody there, {before.files} after the first round")
        if after.buffered > before.buffered + SLACK_BUFFERED:
            said.append(f"{after.buffered} bytes buffered for nobody, {before.buffered} after the first round")
        return said

    def grown(self):
        """What tells of memory that is not given back. It means something after some minutes."""
        quarter = len(self.samples) // 4
        early, late = (statistics.median(sample.resident for sample in part)
                       for part in (self.samples[quarter:2 * quarter], self.samples[-quarter:]))
        pairs = (("under load, second and last quarter", early, late),
                 ("with nobody there, after the first round and in the end", *(rest.resident for rest in self.rests)))
        return [f"resident {what}: {before / MIB:.1f} and {after / MIB:.1f} MiB" for what, before, after in pairs
                if after > before * SLACK_SHARE + SLACK_BYTES]


def soak(folder, seconds, workers=2, seed=1, tell=lambda sample: None):
    found = Found()
    cluster = Cluster(folder, masters=3, replicas=0)
    try:
        proxy = Slotway(folder, cluster.seeds, config=f"workers: {workers}\n")
        try:
            begun = time.monotonic()
            interval = max(seconds / SAMPLES, 0.5)
            for share in (0.1, 0.9):
                _work(proxy, share * seconds, interval, found, seed, begun, tell)
                found.rests.append(_rest(proxy, begun))
        finally:
            proxy.stop()
    finally:
        cluster.stop()
    return found


def _work(proxy, seconds, interval, found, seed, begun, tell):
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=_visit, args=(proxy, end, found, random.Random(f"{seed} {number} {seconds}")))
               for number in range(VISITORS)] + [threading.Thread(target=_load, args=(proxy, end, found))]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(interval)
        found.samples.append(_sample(proxy, begun))
        tell(found.samples[-1])
    for thread in threads:
        thread.join()


def _visit(proxy, end, found, dice):
    while time.monotonic() < end:
        found.visits += 1
        if error := visit(proxy, dice):
            found.errors.append(error)


def _load(proxy, end, found):
    try:
        _ask_for_all(proxy, end, found)
    except Exception as error:
        found.errors.append(f"the load ended: {error!r}")


def _ask_for_all(proxy, end, found):
    number = 0
    while (left := end - time.monotonic()) > 0:
        with Load(["--target", f"127.0.0.1:{proxy.port}"], [*LOADS[number % len(LOADS)], "--seconds", min(LOAD_S, left)]) as load:
            result = load.finish()
        if result["errors"]:
            found.errors.append(f"{result['errors']} errors of {LOADS[number % len(LOADS)]}")
        number += 1


def _rest(proxy, begun):
    """Nobody is there any more."""
    until(lambda: proxy.metric("slotway_clients") == 0, "all clients to be gone")
    resident = []  # what is not needed is given back little by little
    until(lambda: resident.append(proxy.memory_bytes("RssAnon")) or resident[-5:] == resident[-1:] * 5,
          "memory to settle", interval=0.5)
    return _sample(proxy, begun)


def _sample(proxy, begun):
    metrics = proxy.samples()

    def total(name):
        return int(sum(value for sample, _, value in metrics if sample == name))

    return Sample(time.monotonic() - begun, proxy.memory_bytes("RssAnon"), total("slotway_buffered_bytes"),
                  total("slotway_clients"), total("slotway_process_open_fds"),
                  total("slotway_request_duration_seconds_count"))
