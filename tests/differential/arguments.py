"""Argument lists out of a command's own argument tree: valid ones, and ones that are slightly broken."""
from differential.keyspace import ALL_KINDS, FITTING, key
from differential.values import EDGES, pool


class Arguments:
    """Draws requests for one command. `focus` is the kind of key that keys are made of most of the time."""

    def __init__(self, command, dice):
        self.command = command
        self.dice = dice
        self._damages = [self._drop, self._double, self._swap, self._replace, self._replace, self._append, self._case]
        self.focus = None
        self.keys = 0      # how many keys stand before the argument at hand
        self.keys_due = 0  # how many `numkeys` announced

    def valid(self, focus=None):
        """A request as the tree allows it. Its values may still be refused: they come from pools with odd members."""
        self.focus, self.keys, self.keys_due = focus, 0, 0
        request = list(self.command.words)
        for argument in self.command.arguments:
            request += self._words(argument, 0)
        return request

    def broken(self, focus=None):
        request = self.valid(focus)
        head = len(self.command.words)
        for _ in range(self.dice.choice((1, 1, 2))):
            self.dice.choice(self._damages)(request, head)
        return request

    def _drop(self, request, head):
        if len(request) > head:
            del request[self.dice.randrange(head, len(request))]

    def _double(self, request, head):
        if len(request) > head:
            at = self.dice.randrange(head, len(request))
            request.insert(at, request[at])

    def _swap(self, request, head):
        if len(request) > head + 1:
            at = self.dice.randrange(head, len(request) - 1)
            request[at], request[at + 1] = request[at + 1], request[at]

    def _replace(self, request, head):
        # Keys stay: what is not under the tag goes to another slot, which is a test of its own.
        places = [at for at in range(head, len(request)) if not request[at].startswith(b"{d}")]
        if places:
            request[self.dice.choice(places)] = self.dice.choice(EDGES)

    def _append(self, request, _):
        request.append(self.dice.choice(EDGES + [b"COUNT", b"LIMIT", b"STORE", b"GET", b"NX", b"XX"]))

    def _case(self, request, _):
        for at, word in enumerate(request):
            if not word.startswith(b"{d}") and self.dice.random() < 0.5:
                request[at] = self.dice.choice((word.lower(), word.upper(), word.title()))

    def _times(self, argument):
        """How often an argument stands; identifiers and weights are as many as the keys before them."""
        if "multiple" not in argument.flags:
            return 1
        if argument.kind == "key":
            self.keys, self.keys_due = self.keys_due or self.dice.choice((1, 1, 2, 3)), 0
            return self.keys
        if argument.name in ("id", "weight") and self.keys and self.dice.random() < 0.9:
            return self.keys
        return self.dice.choice((1, 1, 2, 3))

    def _words(self, argument, depth):
        if "optional" in argument.flags and self.dice.random() > (0.35 if depth == 0 else 0.5):
            return []
        if argument.name == "numkeys":
            self.keys_due = self.dice.choice((1, 1, 2, 3))
            told = b"%d" % self.keys_due
            return [told if self.dice.random() < 0.95 else self.dice.choice((b"0", b"-1", b"100", b"x"))]
        times = self._times(argument)
        out = []
        for turn in range(times):
            named = argument.token is not None and argument.kind != "pure-token"
            if named and (turn == 0 or "multiple_token" in argument.flags):
                out.append(argument.token)
            out += self._one(argument, depth)
        return out

    def _one(self, argument, depth):
        if argument.kind == "pure-token":
            return [argument.token]
        if argument.kind == "oneof":
            return self._words(self.dice.choice(argument.parts), depth + 1)
        if argument.kind == "block":
            return [word for part in argument.parts for word in self._words(part, depth + 1)]
        if argument.kind == "key":
            return [self._key(argument)]
        return [self.dice.choice(pool(self.command, argument))]

    def _key(self, argument):
        if argument.name in ("destination", "destkey", "newkey", "dst") and self.dice.random() < 0.7:
            return key("dest")
        draw = self.dice.random()
        if self.focus and draw < 0.75:
            return key(self.focus)
        fitting = FITTING.get(self.command.group)
        return key(self.dice.choice(fitting if fitting and draw < 0.93 else ALL_KINDS))
