"""Sends the same requests to both sides and keeps what differs."""
from dataclasses import dataclass

from differential.known import in_several_slots
from differential.normal import NORMAL
from differential.wire import Error, HungUp, Pairs, Status, meaning

CHUNK = 100


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


@dataclass
class Finding:
    request: list
    plain: bytes
    ours: bytes

    def __str__(self):
        return f"{spelled(self.request)[:400]}\n    one Redis: {readable(meaning(self.plain))[:400]}\n    Slotway:   {readable(meaning(self.ours))[:400]}"


class Judge:
    """`plain` and `ours` are Peers in the same state, `commands` and `containers` what the plain server says it has."""

    def __init__(self, plain, ours, commands, containers, known):
        self.plain, self.ours = plain, ours
        self.commands, self.containers = commands, frozenset(containers)
        self.known = known
        self.compared = 0
        self.listed = 0
        self.findings = []
        self._apart = False  # the sides hold different things since a listed difference

    def name_of(self, request):
        """"object|freq" for OBJECT FREQ: what rows and normalisers are found by."""
        name = request[0].decode("latin-1").lower()
        if name in self.containers and len(request) > 1:
            return f"{name}|{request[1].decode('latin-1').lower()}"
        return name

    def run(self, blocks):
        """Each block makes the keys anew, so that what differed before it counts no more."""
        for block in blocks:
            self._apart = False
            for at in range(0, len(block), CHUNK):
                self._exchange(block[at:at + CHUNK])

    def _exchange(self, requests):
        self.plain.send(*requests)
        self.ours.send(*requests)
        pairs = [(self.plain.frame(), self._our_frame(request)) for request in requests]
        for request, (plain, ours) in zip(requests, pairs):
            self.compare(request, plain, ours)

    def _our_frame(self, request):
        try:
            return self.ours.frame()
        except HungUp as end:
            raise AssertionError(f"hung up at {spelled(request)}: {end.rest!r}") from None

    def compare(self, request, plain, ours):
        self.compared += 1
        if plain == ours or self._apart:
            return
        name = self.name_of(request)
        trees = meaning(plain), meaning(ours)
        normal = NORMAL.get(name)
        if normal and normal(trees[0], request) == normal(trees[1], request):
            return
        if self._listed(name, request, *map(readable, trees)):
            self.listed += 1
        else:
            self.findings.append(Finding(request, plain, ours))
        self._apart = self._writes(name)

    def _listed(self, name, request, plain, ours):
        if ours.startswith("-CROSSSLOT") and not in_several_slots(self._keys(request)):
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
