"""Sends the same requests to both sides and keeps what differs."""
from dataclasses import dataclass

from differential.known import in_several_slots
from differential.normal import NORMAL
from differential.play import SILENT
from differential.wire import Error, HungUp, Pairs, Status, meaning


def readable(tree):
    """A reply as people and COMMANDS.md write it: -ERR text, +OK, :1, nil, "bytes", [a, b]."""
    if isinstance(tree, Error):
        return "-" + tree.decode("utf-8", "backslashreplace")
    if isinstance(tree, Status):
        return tree.decode("utf-8", "backslashreplace")
    if isinstance(tree, bytes):
        return '"' + tree.decode("latin-1").encode("unicode_escape").decode() + '"'
    if isinstance(tree, int):
        return f":{tree}"
    if isinstance(tree, Pairs):
        return "{" + ", ".join(f"{readable(name)}: {readable(value)}" for name, value in tree) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(readable, tree)) + "]"
    return "nil"


def spelled(request):
    return " ".join(readable(word)[1:-1] if word and word.isalnum() else readable(word) for word in request)


def _normally_alike(name, plain, ours, request):
    """Whether they are, but for what is different each time. What has not the shape of this command's answers is not."""
    normal = NORMAL.get(name)
    try:
        return normal is not None and normal(plain, request) == normal(ours, request)
    except (AttributeError, IndexError, TypeError, ValueError):
        return False


@dataclass
class Finding:
    request: list
    plain: str
    ours: str

    def __str__(self):
        return f"{spelled(self.request)[:400]}\n    one Redis: {self.plain[:400]}\n    Slotway:   {self.ours[:400]}"


class Judge:
    """`plain` and `ours` are Peers in the same state, `commands` and `containers` what the plain server says it has."""

    def __init__(self, plain, ours, commands, containers, known):
        self.plain, self.ours = plain, ours
        self.commands, self.containers = commands, frozenset(containers)
        self.known = known
        self.compared = 0
        self.listed = 0
        self.findings = []
        self.apart = False   # the sides hold different things since a listed difference
        self._queued = {}   # who -> requests of the transaction
        self._spoiled = set()  # whose transaction lacks a command for a listed reason
        self.stuck = False  # one side of a play waits for what the other has read

    def name_of(self, request):
        """"object|freq" for OBJECT FREQ: what rows and normalisers are found by."""
        name = request[0].decode("latin-1").lower()
        if name in self.containers and len(request) > 1:
            return f"{name}|{request[1].decode('latin-1').lower()}"
        return name

    def run(self, blocks, at_once=100):
        """Each block makes the keys anew, so that what differed before it counts no more. `at_once` of its requests go in
        one pipeline."""
        for block in blocks:
            self.apart = False
            for at in range(0, len(block), at_once):
                self._exchange(block[at:at + at_once])

    def _exchange(self, requests):
        plain = self.plain.pipeline(requests)
        try:
            ours = self.ours.pipeline(requests)
        except HungUp as end:
            raise AssertionError(f"hung up at {end.rest!r} among {list(map(spelled, requests))[:50]}") from None
        for request, theirs, mine in zip(requests, plain, ours):
            self.compare(request, theirs, mine)

    def scene(self, line, plain, ours):
        """What both sides read at one line of a play: (who, request, frames)."""
        who, request, theirs = plain
        mine = ours[2]
        self.stuck = theirs != mine and SILENT in mine
        if len(theirs) != len(mine):
            read = [readable(list(map(meaning, frames))) for frames in (theirs, mine)]
            self.findings.append(Finding([line.encode()], *read))
        for one, other in zip(theirs, mine):
            self.compare(request or [line.encode()], one, other, who)

    def verdict(self):
        """Fails with all that differs and is not listed."""
        by_name = {}
        for finding in self.findings:
            by_name.setdefault(self.name_of(finding.request), []).append(str(finding))
        shown = "\n".join(text for findings in by_name.values() for text in findings[:3])
        assert not self.findings, f"{len(self.findings)} of {self.compared} replies differ:\n{shown}"

    def compare(self, request, plain, ours, who=None):
        """`who` has a transaction of its own."""
        self.compared += 1
        queued = self._queue(request, plain, who)
        if who in self._spoiled and request[0].upper() in (b"EXEC", b"DISCARD", b"RESET"):
            self._spoiled.discard(who)
            self.apart |= ours.startswith(b"-EXECABORT")
        if plain == ours or self.apart:
            return
        if self._compare(request, meaning(plain), meaning(ours), queued) and plain == b"+QUEUED\r\n":
            self._spoiled.add(who)

    def spoiled(self, who):
        """Its transaction lacks a command for a listed reason, and runs on one side alone."""
        return who in self._spoiled

    def told(self, requests, plain, ours, who):
        """The answer to one of these, which had to wait, or what was said unasked. With listed differences nobody knows more."""
        self.compared += 1
        if plain == ours or self.apart:
            return
        one, other = meaning(plain), meaning(ours)
        if self.spoiled(who) and ours.startswith(b"-EXECABORT"):
            self.apart = True
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            if not all(a == b or self._explained(requests, a, b, "exec|") for a, b in zip(one, other)):
                self.findings.append(Finding([b"(told)"], readable(one), readable(other)))
        elif not self._explained(requests, one, other):
            self.findings.append(Finding([b"(told)"], readable(one), readable(other)))
        elif plain == b"+QUEUED\r\n":
            self._spoiled.add(who)

    def _explained(self, requests, plain, ours, within=""):
        for request in requests:
            name = self.name_of(request)
            if _normally_alike(name, plain, ours, request):
                return True
            if any(self._listed(each, request, readable(plain), readable(ours)) for each in {name, within + name}):
                self.listed += 1
                self.apart = self.apart or self._writes(name)
                return True
        return False

    def _queue(self, request, plain, who):
        """Keeps what this client has queued; gives it back when it is run."""
        if plain == b"+QUEUED\r\n":
            self._queued.setdefault(who, []).append(request)
            return []
        return self._queued.pop(who, []) if request[0].upper() in (b"EXEC", b"DISCARD", b"RESET") else []

    def _compare(self, request, plain, ours, queued=(), within=""):
        """Whether they differ, and it is listed. `within`: what stands before the name in the list, as "exec|"."""
        name = self.name_of(request)
        ran = name == "exec" and isinstance(plain, list) and isinstance(ours, list)
        if ran and len(plain) == len(ours) == len(queued):
            for each in zip(queued, plain, ours):
                self._compare(*each, within="exec|")
            return False
        if plain == ours or _normally_alike(name, plain, ours, request):
            return False
        listed = any(self._listed(each, request, readable(plain), readable(ours)) for each in {name, within + name})
        self.listed += listed
        if not listed:
            self.findings.append(Finding(request, readable(plain), readable(ours)))
        self.apart = self._writes(name) and plain != b"+QUEUED"
        return listed

    def _listed(self, name, request, plain, ours):
        # Inside MULTI the keys of the commands before it count too.
        if ours.startswith("-CROSSSLOT") and plain != "+QUEUED" and not in_several_slots(self._keys(request)):
            return False
        return self.known.explains(name, plain, ours)

    def _keys(self, request):
        """The keys, as the plain server finds them. Nothing is under way on its connection."""
        keys = self.plain.ask("COMMAND", "GETKEYS", *request)
        return keys if isinstance(keys, list) else []

    def _writes(self, name):
        """May it change keys? Scripts may."""
        flags = self.commands[name].flags if name in self.commands else ()
        return "write" in flags or "no_mandatory_keys" in flags
