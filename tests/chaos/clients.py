"""The clients of a run. Each is a thread with one connection and keys that nobody else writes, so that it knows at any time
what they may hold; it judges each answer as it comes, and all its keys in the end."""
import random
import re
import socket
import threading
import time

from chaos.findings import Findings
from chaos.history import Counter, Log, Register, Row
from chaos.keyspaces import slot_of
from chaos.outcome import Outcome, outcome
from chaos.ways import LOST
from harness.resp import Closed, Connection, Err
from harness.slots import SLOTS, key_in
from harness.wait import until

READS = ("GET", "MGET", "DBSIZE")


class Client:
    """`round()` is repeated until stop(); then verify() is called, with a way to read what is there."""
    depth = 1  # operations at a time

    def __init__(self, name, way, seed):
        self.name = name
        self.findings = Findings()
        self.random = random.Random(f"{seed} {name}")
        self.way = way
        self.disturbed = frozenset()  # slots that something was done to
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        self._stop.set()

    def join(self):
        self._thread.join(60)
        if self._thread.is_alive():
            self.findings.wrong("mismatched", f"{self.name} waits for an answer that never comes")

    def _work(self):
        try:
            while not self._stop.is_set():
                self.may_go_on.wait()
                self.round()
        except Exception as error:  # an answer of another shape than the command's
            self.findings.wrong("mismatched", f"{self.name}: {error!r}")
        finally:
            self.findings.disconnects += self.way.disconnects
            self.way.close()

    def ask(self, commands, patient=False):
        """The answers, with their outcomes. `patient`: the time they take says nothing."""
        begun = time.monotonic()
        replies = self.way.run(commands)
        if not patient:
            self.findings.waited(time.monotonic() - begun, f"{self.name}: {' '.join(map(str, commands[0]))[:60]}",
                                 self._reached_by(_keys(commands)))
        outcomes = [outcome(reply) for reply in replies]
        self.findings.operations += len(commands)
        for index, (reply, result) in enumerate(zip(replies, outcomes)):
            if result is not Outcome.DONE and reply is not LOST:
                self.findings.errors[result.value] += 1
                self.findings.texts[f"{commands[index][0]}: {reply}"[:100]] += 1
            if result is Outcome.STRANGE:
                self.findings.wrong("mismatched", f"{self.name}: {reply}")
            # EXEC has no keys of its own: those of the transaction.
            if not self._had_reason(reply, result, commands if commands[index][0] == "EXEC" else [commands[index]]):
                self.findings.wrong("groundless", f"{self.name}: {commands[index]} was answered {reply}")
            if "upstream connection lost" in str(reply) and _could_go_again(commands, index):
                self.findings.wrong("mismatched", f"{self.name}: {commands[index]} only reads, and was answered {reply}")
        return list(zip(replies, outcomes))

    def _had_reason(self, reply, result, commands):
        """No more was refused than needs what something was done to."""
        keys = _keys(commands)
        if result is Outcome.PARTIAL and keys:
            return sum(slot_of(key) in self.disturbed for key in keys) >= int(re.search(r"(\d+) of \d+ parts failed", reply)[1])
        return result not in (Outcome.REFUSED, Outcome.PARTIAL) or self._reached_by(keys)

    def _reached_by(self, keys):
        """Something was done to what one of them needs; of what has no keys nobody can tell."""
        return not keys or any(slot_of(key) in self.disturbed for key in keys)

    def written(self):
        """Keys that it changes one by one, or several in a command that may be split."""
        return []

    def keys(self, count, kind):
        """Of slots all over the cluster, other ones for each client."""
        return [key_in(self.random.randrange(SLOTS), f"{kind}:{self.name}:{index}") for index in range(count)]


def _could_go_again(commands, index):
    """A read may, if no write of a slot of it has been sent behind it."""
    if commands[index][0] not in READS:
        return False
    slots = {slot_of(key) for key in _keys([commands[index]])}
    writes = [command for command in commands[index + 1:] if command[0] not in READS]
    return slots.isdisjoint(slot_of(key) for key in _keys(writes))


def _keys(commands):
    """Of such as the clients send."""
    step = {"MGET": 1, "MSET": 2}
    return [key for name, *words in commands if name not in ("MULTI", "EXEC", "PUBLISH", "DBSIZE")
            for key in (words[:-1] if name == "BLPOP" else words[::step[name]] if name in step else words[:1])]


class Writer(Client):
    """APPEND, RPUSH, INCR, SET and GET, `depth` at a time, and over its registers MSET and MGET."""

    def __init__(self, name, way, seed, depth):
        super().__init__(name, way, seed)
        self.depth = depth
        self.histories = [kind(key) for kind, letter in ((Log.appended, "a"), (Log.pushed, "l"), (Counter, "c"))
                          for key in self.keys(4, letter)]
        self.registers = [Register(f"{key}:{number}") for key in self.keys(3, "r") for number in range(2)]

    def round(self):
        steps = [self._step() for _ in range(self.depth)]
        answers = self.ask([command for command, _ in steps])
        for (_, settle), (reply, result) in zip(steps, answers):
            settle(reply, result, self.findings)

    def _step(self):
        dice = self.random.random()
        if dice < 0.7:
            return self.random.choice(self.histories).step()
        if dice < 0.85:
            return self.random.choice(self.registers).step(self.random)
        chosen = self.random.sample(self.registers, 4)
        return Register.read_many(chosen) if dice < 0.93 else Register.write_many(chosen)

    def written(self):
        return [each.key for each in [*self.histories, *self.registers]]

    def verify(self, read):
        for each in [*self.histories, *self.registers]:
            each.verify(read, self.findings)


class Transactor(Client):
    """A list and a counter, always changed together: on one hash tag, or on two where all keys are `together`."""

    def __init__(self, name, way, seed, together=False):
        super().__init__(name, way, seed)
        self._pause_s = 0.005 if together else 0  # they are many, and a node that is started reads all that was written
        self.pairs = [(Log.pushed(key), Counter("count:" + key[1:] if together else key + ":count"))
                      for key in self.keys(6, "t")]

    def round(self):
        log, counter = self.random.choice(self.pairs)
        (push, settle_push), (count, settle_count) = log.step(), counter.step()
        *_, (reply, result) = self.ask([("MULTI",), push, count, ("EXEC",)])
        whole = result is not Outcome.DONE or (isinstance(reply, list) and len(reply) == 2)
        if not whole or (result is Outcome.DONE and reply[0] != reply[1]):
            self.findings.wrong("mismatched", f"{log.key}: EXEC answered {reply}")
        done = result is Outcome.DONE and whole
        settle_push(reply[0] if done else reply, result, self.findings)
        settle_count(reply[1] if done else reply, result, self.findings)
        time.sleep(self._pause_s)

    def verify(self, read):
        for log, counter in self.pairs:
            log.verify(read, self.findings)
            counter.verify(read, self.findings)
            pushed, counted = len(read("LRANGE", log.key, 0, -1)), int(read("GET", counter.key) or 0)
            if pushed != counted:
                self.findings.wrong("mismatched", f"{log.key}: {pushed} pushed and {counted} counted by the same transactions")


class Producer(Client):
    """Pushes numbers onto queues, for a Consumer each if they are `taken`."""

    def __init__(self, name, way, seed, queues, taken):
        super().__init__(name, way, seed)
        self.logs = [Log.pushed(queue) for queue in queues]
        self._taken = taken

    def round(self):
        command, settle = self.random.choice(self.logs).step()
        (reply, result), = self.ask([command])
        settle(reply if result is not Outcome.DONE else None, result, self.findings)
        time.sleep(0.002)

    def verify(self, read):
        """Otherwise the consumers do."""
        for log in [] if self._taken else self.logs:
            log.verify(read, self.findings)


class Consumer(Client):
    """BLPOP on a queue of its own: what it gets has to grow, and in the end nothing may be missing that was not on its way
    when an answer was lost."""

    def __init__(self, name, way, seed, producer, index):
        super().__init__(name, way, seed)
        self.log = producer.logs[index]
        self.popped = []
        self.unknown = 0
        self._seen = set()

    def round(self):
        (reply, result), = self.ask([("BLPOP", self.log.key, 1)], patient=True)
        if result is Outcome.UNKNOWN:
            self.unknown += 1
        elif result is Outcome.DONE and reply is not None:
            if reply[0].decode() != self.log.key:
                self.findings.wrong("mismatched", f"BLPOP {self.log.key} answered {reply}")
            self._take(int(reply[1]))

    # What comes a second time was popped at a node that has lost that since.
    def _take(self, number):
        if number in self._seen:
            self.findings.lose(self.log.key, f"that {number} was popped")
        else:
            self._seen.add(number)
            self.popped.append(number)

    def verify(self, read):
        for item in read("LRANGE", self.log.key, 0, -1):
            self._take(int(item))
        self.log.judge(self.popped, self.findings, may_miss=self.unknown)


class Sharer(Client):
    """BLPOP on all queues of a producer at once, with others who do the same: each item reaches one of them."""

    def __init__(self, name, way, seed, producer, fellows):
        super().__init__(name, way, seed)
        self.logs = {log.key: log for log in producer.logs}
        self.popped = {key: [] for key in self.logs}
        self.unknown = 0
        self._fellows = fellows
        fellows.append(self)

    def round(self):
        keys = self.random.sample(list(self.logs), len(self.logs))
        (reply, result), = self.ask([("BLPOP", *keys, 1)], patient=True)
        if result is Outcome.UNKNOWN:
            self.unknown += 1
        elif result is Outcome.DONE and reply is not None:
            self.popped[reply[0].decode()].append(int(reply[1]))

    def verify(self, read):
        """The first one does, for all. What nobody knows the fate of may be missing; it may also have come back, at a node that
        has lost that it was popped, and then it comes late."""
        if self is not self._fellows[0]:
            return
        unknown = sum(each.unknown for each in self._fellows)
        for key, log in self.logs.items():
            shares = [each.popped[key] for each in self._fellows]
            there = [*(number for share in shares for number in share), *map(int, read("LRANGE", key, 0, -1))]
            again = len(there) - len(set(there))
            if again:
                self.findings.lose(key, f"that {again} were popped", again)
            behind = sum(later < earlier for share in shares for earlier, later in zip(share, share[1:]))
            if behind and not again and not unknown:
                self.findings.wrong("misordered", f"{key}: {behind} came behind later ones", behind)
            may_miss = min(unknown, len(set(log.done) - set(there)))
            unknown -= may_miss
            log.judge(sorted(set(there)), self.findings, may_miss=may_miss)


class Surveyor(Client):
    """Asks all masters at once for what has no key: one that loads its data says LOADING to that, and CLUSTERDOWN to what has."""

    def round(self):
        (reply, result), = self.ask([("DBSIZE",)])
        if result is Outcome.DONE and not (isinstance(reply, int) and reply > 0):
            self.findings.wrong("mismatched", f"DBSIZE was answered {reply!r}")
        time.sleep(0.002)

    def verify(self, read):
        """It has written nothing."""


class Sequencer(Client):
    """Counts over keys of different nodes, in pipelines: the next number goes to the next key."""
    depth = 16

    def __init__(self, name, way, seed):
        super().__init__(name, way, seed)
        self.row = Row([key_in(place * SLOTS // 6 + 11, f"s:{name}:{place}") for place in (0, 2, 4, 1, 3, 5)])

    def round(self):
        steps = [self.row.step() for _ in range(self.depth)]
        for (_, settle), (reply, result) in zip(steps, self.ask([command for command, _ in steps])):
            settle(reply, result, self.findings)

    def verify(self, read):
        """The watchers do."""


class Watcher(Client):
    """Looks at two keys of a Sequencer, one after the other, straight at the nodes: behind the proxy's own reads there it
    would stand in line with the writes."""

    def __init__(self, name, way, seed, sequencer):
        super().__init__(name, way, seed)
        self.row = sequencer.row
        self._seen = []

    def round(self):
        first, second = self.random.sample(self.row.keys, 2)
        # The second with a write that changes nothing: in a failover a node may still answer reads that is master no more.
        replies = [self.way.run([command])[0] for command in (("GET", first), ("GETEX", second))]
        if not any(isinstance(reply, Err) for reply in replies):
            self._seen += self.row.suspicious(second, *(int(reply or 0) for reply in replies))

    def verify(self, read):
        self.findings.disconnects = 0  # the nodes' doing
        self.row.judge(self._seen, self.findings)


class Listener(Client):
    """Hears channels on which a Speaker counts."""

    def __init__(self, name, port, seed, channels):
        super().__init__(name, _Nothing(), seed)
        self._port = port
        self.channels = channels
        self.heard = {channel: [] for channel in channels}
        self.latest = [0]  # heard over each of its connections; what was said behind it may have come to its end
        self.ready = threading.Event()
        self._connection = None

    def round(self):
        try:
            if self._connection is None:
                self._connection = Connection(self._port, timeout=None)
                self._connection.send("SUBSCRIBE", *self.channels)
                self.latest.append(0)
            kind, channel, text = self._connection.read()
            if kind == b"message":
                self.heard[channel.decode()].append(int(text))
                self.latest[-1] = max(self.latest[-1], int(text))
            elif text == len(self.channels):
                self.ready.set()
        except (OSError, Closed):
            self._connection = None
            self.ready.clear()
            self.findings.disconnects += not self._stop.is_set()
            time.sleep(0.05)

    def stop(self):
        super().stop()
        if self._connection is not None:
            self._connection.socket.shutdown(socket.SHUT_RDWR)

    def verify(self, read):
        """The speakers do."""


class Speaker(Client):
    """Publishes numbers on the channels of a Listener."""

    def __init__(self, name, way, seed, listener):
        super().__init__(name, way, seed)
        self.listener = listener
        self.sent = {channel: [] for channel in listener.channels}
        self._connections = {}  # number -> the connection over which the listener ought to hear it
        self._next = 0
        self._last_before = 0

    def round(self):
        if not self.listener.ready.wait(1):
            return
        channel = self.random.choice(self.listener.channels)
        self._next += 1
        connection = len(self.listener.latest) - 1
        (_, result), = self.ask([("PUBLISH", channel, self._next)])
        if result is Outcome.DONE:
            self.sent[channel].append(self._next)
            self._connections[self._next] = connection
        time.sleep(0.002)

    def heard_out(self):
        """When the last words have come on each channel, all before them have."""
        for channel in self.listener.channels:
            def last_words(channel=channel):
                self._next += 1
                self.ask([("PUBLISH", channel, self._next)])
                heard = self.listener.heard[channel]
                return heard and heard[-1] > self._last_before
            self._last_before = self._next
            until(last_words, f"the listener to hear {channel}")
        self.way.close()

    # One of which nobody knows whether it was published may come late.
    def verify(self, read):
        for channel, numbers in self.sent.items():
            heard = self.listener.heard[channel]
            self.findings.again += len(heard) - len(set(heard))
            sent = set(numbers)
            known = [number for number in dict.fromkeys(heard) if number in sent]
            behind = sum(later < earlier for earlier, later in zip(known, known[1:]))
            if behind:
                self.findings.wrong("misordered", f"{channel}: {behind} messages came behind later ones", behind)
            self.findings.missed += sum(number < self.listener.latest[self._connections[number]]
                                        for number in sent - set(heard))


class _Nothing:
    disconnects = 0

    def close(self):
        pass

    def again(self):
        return self
