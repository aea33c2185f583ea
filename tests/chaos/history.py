"""What one key has been through, as the only client that writes it knows, and what it may therefore hold. Numbers grow from
write to write; an answer is held against all that could have come before it."""
import bisect

from chaos.outcome import Outcome


class _Key:
    def __init__(self, key):
        self.key = key
        self.last = 0        # number of the last write
        self.done = []       # numbers that were acknowledged
        self.unknown = []    # ... that may have run
        self.refused = []    # ... that did not run, it was said

    def note(self, number, result):
        {Outcome.DONE: self.done, Outcome.REFUSED: self.refused}.get(result, self.unknown).append(number)

    def next(self):
        self.last += 1
        return self.last


class Log(_Key):
    """A string or a list to which numbers are appended. Each answer says how long it is now."""

    def __init__(self, key, write, size, read):
        super().__init__(key)
        self._write, self._size, self._read = write, size, read
        self._lengths = {}  # number -> what was answered

    @classmethod
    def appended(cls, key):
        return cls(key, lambda number: ("APPEND", key, f"{number};"), lambda number: len(str(number)) + 1,
                   lambda read: [int(word) for word in (read("GET", key) or b"").split(b";")[:-1]])

    @classmethod
    def pushed(cls, key):
        return cls(key, lambda number: ("RPUSH", key, number), lambda number: 1,
                   lambda read: [int(item) for item in read("LRANGE", key, 0, -1)])

    def step(self):
        number = self.next()

        def settle(reply, result, findings):
            self.note(number, result)
            if result is Outcome.DONE and reply is not None:
                if isinstance(reply, int):
                    self._lengths[number] = reply
                else:
                    findings.wrong("mismatched", f"{self.key}: {number} was answered {reply!r}")
        return self._write(number), settle

    def verify(self, read, findings):
        there = self._read(read)
        lost = self.judge(there, findings)
        length = 0
        for number in there:
            length += self._size(number)
            said = self._lengths.get(number, length)
            # What was lost behind an answer shortens what comes after it.
            if said != length and not lost:
                findings.wrong("mismatched", f"{self.key}: {number} made it {length} long, and the answer was {said}")

    def judge(self, there, findings, may_miss=0):
        """Holds what is there against what was sent; the number of those that are lost."""
        present = set(there)
        if len(present) < len(there):
            findings.wrong("duplicated", f"{self.key}: {len(there) - len(present)} twice", len(there) - len(present))
        behind = sum(later < earlier for earlier, later in zip(there, there[1:]))
        if behind:
            findings.wrong("misordered", f"{self.key}: {behind} in another order than sent", behind)
        untrue = present.intersection(self.refused)
        if untrue:
            findings.wrong("mismatched", f"{self.key}: {sorted(untrue)[:5]} ran though the answer denied it", len(untrue))
        lost = max(0, len(set(self.done) - present) - may_miss)
        if lost:
            findings.lose(self.key, f"{sorted(set(self.done) - present)[:5]} of {self.last}", lost)
        return lost


class Counter(_Key):
    """A number that is incremented. Each answer says how often."""

    def __init__(self, key):
        super().__init__(key)
        self._least = 0  # it has been incremented so often at least
        self._most = 0   # ... at most

    def step(self):
        number = self.next()

        def settle(reply, result, findings):
            self.note(number, result)
            self._most += result is not Outcome.REFUSED
            if result is not Outcome.DONE:
                return
            self._least += 1
            if not isinstance(reply, int):
                findings.wrong("mismatched", f"{self.key}: INCR was answered {reply!r}")
            else:
                self._hold_against(reply, findings)
        return ("INCR", self.key), settle

    def verify(self, read, findings):
        self._hold_against(int(read("GET", self.key) or 0), findings)

    def _hold_against(self, value, findings):
        if value < self._least:
            findings.lose(self.key, f"{value} of {self._least}", self._least - value)
            self._most -= self._least - value
        elif value > self._most:
            findings.wrong("duplicated", f"{self.key}: {value} of {self._most}", value - self._most)
            self._most = value
        self._least = value


class Register(_Key):
    """A value that says whose it is and the how manieth. What is read is the last one acknowledged, or one of later ones of
    which nobody knows."""

    def __init__(self, key):
        super().__init__(key)
        self._least = 0

    def step(self, random):
        return self.write() if random.random() < 0.5 else self.read()

    def write(self):
        number = self.next()

        def settle(reply, result, findings):
            self.wrote(number, result)
            if result is Outcome.DONE and reply != b"OK":
                findings.wrong("mismatched", f"{self.key}: SET was answered {reply!r}")
        return ("SET", self.key, self._value(number)), settle

    def read(self):
        most = self.last  # what was sent before it

        def settle(reply, result, findings):
            if result is Outcome.DONE:
                self._hold_against(reply, most, findings)
        return ("GET", self.key), settle

    @staticmethod
    def write_many(registers):
        numbers = [each.next() for each in registers]

        def settle(reply, result, findings):
            for each, number in zip(registers, numbers):
                each.wrote(number, result)
            if result is Outcome.DONE and reply != b"OK":
                findings.wrong("mismatched", f"MSET was answered {reply!r}")
        words = [word for each, number in zip(registers, numbers) for word in (each.key, each._value(number))]
        return ("MSET", *words), settle

    @staticmethod
    def read_many(registers):
        mosts = [each.last for each in registers]

        def settle(reply, result, findings):
            if result is not Outcome.DONE:
                return
            if not isinstance(reply, list) or len(reply) != len(registers):
                findings.wrong("mismatched", f"MGET of {len(registers)} keys was answered {reply!r}")
                return
            for each, most, value in zip(registers, mosts, reply):
                each._hold_against(value, most, findings)
        return ("MGET", *(each.key for each in registers)), settle

    def wrote(self, number, result):
        self.note(number, result)
        if result is Outcome.DONE:
            self._least = number

    def verify(self, read, findings):
        self._hold_against(read("GET", self.key), self.last, findings)

    def _value(self, number):
        return f"{self.key}#{number}"

    def _hold_against(self, value, most, findings):
        text = f"{self.key}#0" if value is None else value.decode() if isinstance(value, bytes) else ""
        key, _, number = text.rpartition("#")
        if key != self.key or not number.isdigit() or int(number) > most:
            findings.wrong("mismatched", f"{self.key} is read as {value!r}")
        elif int(number) < self._least:
            findings.lose(self.key, f"{number} is read, {self._least} was acknowledged")
            self._least = int(number)
        elif number != "0" and _in(self.refused, int(number)):
            findings.wrong("mismatched", f"{self.key}: {number} was written though the answer denied it")


class Row:
    """Keys that are written in turn, with numbers that grow: whoever sees one sees all before it, if all of a connection's
    writes take effect in their order."""

    def __init__(self, keys):
        self.keys = keys
        self._last = 0
        self._done = set()

    def step(self):
        self._last += 1
        number = self._last

        def settle(reply, result, findings):
            if result is Outcome.DONE:
                self._done.add(number)
                if reply != b"OK":
                    findings.wrong("mismatched", f"{self.keys[number % len(self.keys)]}: SET was answered {reply!r}")
        return ("SET", self.keys[number % len(self.keys)], number), settle

    def suspicious(self, key, seen, number):
        """`number` was read at `key` after `seen` somewhere: which of the numbers of this key were missing."""
        return range(number + len(self.keys) if number else self.keys.index(key), seen, len(self.keys)) if number < seen else ()

    def judge(self, missing, findings):
        """One that was refused, or whose outcome nobody knows, has no place in the order."""
        early = len(self._done.intersection(missing))
        if early:
            findings.wrong("misordered", f"{early} writes were seen later than what was written behind them", early)


def _in(numbers, number):
    at = bisect.bisect_left(numbers, number)
    return at < len(numbers) and numbers[at] == number
