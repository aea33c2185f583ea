"""What the plain server itself says of its commands: names, arities, flags, keys and the trees of their arguments."""
from dataclasses import dataclass, field


@dataclass
class Argument:
    name: str
    kind: str
    token: bytes
    flags: frozenset
    parts: list


@dataclass
class Command:
    name: str                  # "object|freq"
    words: list                # [b"object", b"freq"]
    arity: int                 # as COMMAND tells: the least when negative
    flags: frozenset
    group: str
    key_names: bool            # it has key specifications
    arguments: list = field(default_factory=list)

    @property
    def least(self):
        return abs(self.arity)

    @property
    def writes(self):
        return "write" in self.flags


def _pairs(reply):
    return dict(zip(reply[::2], reply[1::2]))


def _argument(reply):
    row = _pairs(reply)
    return Argument(row[b"name"].decode(), row[b"type"].decode(), row.get(b"token"),
                    frozenset(flag.decode() for flag in row.get(b"flags", [])),
                    [_argument(part) for part in row.get(b"arguments", [])])


def _docs(replies):
    """name -> (group, arguments), subcommands too."""
    found = {}
    for name, reply in _pairs(replies).items():
        row = _pairs(reply)
        found[name.decode()] = (row.get(b"group", b"").decode(), [_argument(part) for part in row.get(b"arguments", [])])
        found.update(_docs(row.get(b"subcommands", [])))
    return found


def read_catalogue(peer):
    """(commands that do something, names of containers), both by name; asks in RESP2."""
    docs = _docs(peer.ask("COMMAND", "DOCS"))
    commands, containers = {}, []

    def add(row, flags_above):
        name = row[0].decode()
        flags = frozenset(str(flag, "ascii") for flag in (bytes(flag).lstrip(b"+") for flag in row[2])) | flags_above
        if row[9]:
            containers.append(name)
            for part in row[9]:
                add(part, frozenset())
        if not row[9] or name == "command":
            group, arguments = docs.get(name, ("", []))
            commands[name] = Command(name, row[0].split(b"|"), row[1], flags, group, bool(row[8]), arguments)

    for row in peer.ask("COMMAND"):
        add(row, frozenset())
    return dict(sorted(commands.items())), sorted(containers)
