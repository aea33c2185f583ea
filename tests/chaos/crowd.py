"""The clients of one run, together."""
import collections
import time

from chaos.clients import Consumer, Listener, Producer, Sequencer, Sharer, Speaker, Surveyor, Transactor, Watcher, Writer
from chaos.findings import Findings
from chaos.keyspaces import name_in, slot_of, tag_of
from chaos.ways import Straight, Through
from harness.slots import SLOTS, key_in
from harness.wait import until

QUEUES, SHARERS, CHANNELS = 4, 3, 8


class Crowd:
    """`port` of a proxy; None: straight to the cluster. `tagged`: its ports for those who have a keyspace, by their tags. With
    `sequence` writes on different keys are watched, too."""

    def __init__(self, cluster, port, seed, sequence=False, tagged=None):
        self._cluster = cluster
        self._port = port
        way = (lambda: Through(port)) if port else (lambda: Straight(cluster))
        self._workers = [Writer(f"w{index}", way(), seed, depth) for index, depth in enumerate((1, 1, 4, 16, 16))]
        self._workers += [Transactor(f"t{index}", way(), seed) for index in range(2)]
        queues = [key_in((index * SLOTS) // QUEUES + 7, f"q:{seed}:{index}") for index in range(QUEUES)]
        producer = Producer("p", way(), seed, queues, taken=bool(port))
        self._workers.append(producer)
        self._takers = []
        self._speaker = None
        if port:
            self._takers = [Consumer(f"c{index}", way(), seed, producer, index) for index in range(QUEUES)]
            shared = [key_in((index * SLOTS) // QUEUES + 1013, f"shared:{seed}:{index}") for index in range(QUEUES)]
            self._workers.append(Producer("ps", way(), seed, shared, taken=True))
            fellows = []
            self._takers += [Sharer(f"b{index}", way(), seed, self._workers[-1], fellows) for index in range(SHARERS)]
            self._takers.append(Listener("l", port, seed, [f"channel:{index}" for index in range(CHANNELS)]))
            self._speaker = Speaker("s", way(), seed, self._takers[-1])
            self._workers += [self._speaker, Surveyor("d", way(), seed)]
        for tag, its_port in (tagged or {}).items():
            self._add_application(tag, its_port, seed)
        if sequence:
            self._workers.append(Sequencer("q", way(), seed))
            self._takers += [Watcher(f"v{index}", Straight(cluster), seed, self._workers[-1]) for index in range(2)]

    def _add_application(self, tag, port, seed):
        """Its keys would be in slots all over the cluster, and are in the tag's."""
        self._workers.append(Transactor(name_in(tag, "t"), Through(port), seed, together=True))
        queues = [key_in((index * SLOTS) // QUEUES + 2027, name_in(tag, f"q:{seed}:{index}")) for index in range(QUEUES)]
        producer = Producer(name_in(tag, "p"), Through(port), seed, queues, taken=True)
        self._workers.append(producer)
        self._takers.append(Sharer(name_in(tag, "b"), Through(port), seed, producer, []))

    def keys_in(self, slot):
        """As they are called at the nodes."""
        return {key for each in self._workers for key in each.written() if tag_of(key) is None and slot_of(key) == slot}

    def lone_slots(self):
        """In which its clients have one key."""
        return self._slots_with(1)

    def shared_slots(self):
        """In which they have two, which they write and read together with others."""
        return self._slots_with(2)

    def _slots_with(self, keys):
        counted = collections.Counter(slot_of(key) for each in self._workers for key in each.written() if tag_of(key) is None)
        return sorted(slot for slot, count in counted.items() if count == keys)

    def operations(self):
        return sum(each.findings.operations for each in self._workers)

    def refused(self):
        """Errors so far that say that nothing was done."""
        return sum(each.findings.errors["refused"] for each in self._workers)

    def wrong(self):
        return any(each.findings.broken() for each in [*self._workers, *self._takers])

    def disturb(self, slots):
        """From now on commands that need one of them may be refused, or wait."""
        for each in [*self._workers, *self._takers]:
            each.disturbed |= slots

    def rest(self, for_s):
        """Nobody asks for anything; who blocks goes on, too, when it has been answered."""
        for each in [*self._workers, *self._takers]:
            each.may_go_on.clear()
        time.sleep(for_s)
        for each in [*self._workers, *self._takers]:
            each.may_go_on.set()

    def start(self):
        for each in [*self._takers, *self._workers]:
            each.start()
        self.go_on(200)

    def go_on(self, operations):
        """Until so many more are done, some by each client, or something has gone wrong."""
        goal = self.operations() + operations
        goals = [(each, each.findings.operations + 2 * each.depth) for each in self._workers]
        until(lambda: self.wrong() or (self.operations() >= goal and
                                       all(each.findings.operations >= least for each, least in goals)),
              "the clients to go on", timeout=120)

    def finish(self, faults):
        """Stops, looks at what is there, and gives what was found. At each of so many faults what a client had on its way may
        have run, and it was told so."""
        self._end(self._workers)
        if self._speaker is not None:
            self._speaker.heard_out()
        self._end(self._takers)
        found = Findings()
        for each in [*self._takers, *self._workers]:
            reader = each.way.again()
            each.verify(lambda *command: _there(reader, command))
            reader.close()
            found.add(each.findings)
            unknown, at_risk = each.findings.errors["unknown"], faults * each.depth
            if unknown > at_risk:
                found.overdrawn.append(f"{each.name} had {unknown} unknown outcomes and {at_risk} commands at risk")
        found.lost_aside = len(found.lost_in - self._workers[0].disturbed)
        return found

    @staticmethod
    def _end(clients):
        for each in clients:
            each.stop()
        for each in clients:
            each.join()


def _there(reader, command):
    return until(lambda: _Box.of(reader.run([command])[0]), f"{command} to be answered", timeout=60).value


class _Box:
    """So that an answer that is nil or 0 counts as one."""

    def __init__(self, value):
        self.value = value

    @staticmethod
    def of(reply):
        return None if isinstance(reply, str) else _Box(reply)
