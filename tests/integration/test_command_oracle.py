"""Our command table against a real server's own answers: key positions against COMMAND GETKEYS for every command that the
server knows, slots against CLUSTER KEYSLOT, refusals and the answers to COMMAND against what the server says.

Runs with the pytest of the system; the program that asks our code is slotway_oracle in SLOTWAY_BUILD_DIR (build/debug).
"""
import io
import os
import pathlib
import random
import socket
import subprocess
import time

import pytest

from harness.ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLOTWAY_BUILD_DIR", ROOT / "build" / "debug"))
SEED = 20240229


class ServerError(Exception):
    """An error reply."""


class Replies:
    """Reads RESP from a stream; raw keeps the bytes that were read. A RESP3 map is read as its pairs."""

    def __init__(self, stream):
        self.stream = stream
        self.raw = b""

    def take(self, data):
        self.raw += data
        return data

    def read(self):
        line = self.take(self.stream.readline())
        kind, text = line[:1], line[1:-2]
        if kind == b"-":
            return ServerError(text.decode(errors="replace"))
        if kind == b":":
            return int(text)
        if kind == b"_":
            return None
        if kind == b"%":
            return {"map": [(self.read(), self.read()) for _ in range(int(text))]}
        if kind == b"~":
            return {"set": [self.read() for _ in range(int(text))]}
        if kind == b"$":
            return None if text == b"-1" else self.take(self.stream.read(int(text) + 2))[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(text))]
        return text


def parsed(raw):
    return Replies(io.BytesIO(raw)).read()


class Server(Replies):
    """A connection to a Redis server; raw keeps the bytes of the last reply."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port))
        super().__init__(self.socket.makefile("rb"))

    def ask(self, *args):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in args]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        self.raw = b""
        reply = self.read()
        if isinstance(reply, ServerError):
            raise reply
        return reply


@pytest.fixture(scope="module")
def server3(server):
    """The same server, in RESP3."""
    connection = Server(server.port)
    connection.ask("HELLO", 3)
    return connection


class Oracle:
    """Our code, one question a line."""

    def __init__(self):
        self.process = subprocess.Popen([BUILD / "slotway_oracle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, question, args):
        words = " ".join((a if isinstance(a, bytes) else str(a).encode()).hex() or "-" for a in args)
        self.process.stdin.write(f"{question} {words}\n".encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip("\n")

    def bytes(self, question, args):
        answer = self.ask(question, args)
        return b"" if answer == "-" else bytes.fromhex(answer)

    def keys(self, args):
        """The keys, None when our code cannot understand the arguments."""
        answer = self.ask("keys", args)
        assert answer != "unknown", args
        return None if answer == "bad" else [args[int(position)] for position in answer.split()]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--save", "",
         "--dir", str(tmp_path_factory.mktemp("oracle"))], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while True:
        try:
            yield Server(port)
            break
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def oracle():
    program = Oracle()
    yield program
    program.process.stdin.close()
    program.process.wait()


def walk(rows):
    for row in rows:
        yield row
        yield from walk(row[9])


def flat(pairs):
    return dict(zip(pairs[::2], pairs[1::2]))


@pytest.fixture(scope="module")
def commands(server):
    return [row for row in walk(server.ask("COMMAND")) if not row[9]]


# Option words that stand before keys or could be taken for them.
OPTIONS = {
    b"sort": [[b"STORE", b"dest"], [b"BY", b"nosort"], [b"GET", b"store"], [b"LIMIT", b"0", b"5"], [b"ALPHA"]],
    b"georadius": [[b"STORE", b"dest"], [b"STOREDIST", b"dest"], [b"COUNT", b"3"], [b"WITHDIST"], [b"ASC"]],
    b"georadiusbymember": [[b"STORE", b"dest"], [b"STOREDIST", b"dest"], [b"COUNT", b"3"], [b"WITHDIST"]],
    b"migrate": [[b"COPY"], [b"REPLACE"], [b"AUTH", b"keys"], [b"AUTH2", b"keys", b"keys"]],
    b"xread": [[b"COUNT", b"3"], [b"BLOCK", b"10"]],
    b"xreadgroup": [[b"COUNT", b"3"], [b"NOACK"], [b"BLOCK", b"10"]],
}


def fixed_part(row, keys):
    """The least arguments the arity asks for, with numbers where a count of keys stands."""
    words = row[0].split(b"|")
    least = abs(row[1])
    args = words + [b"k%d" % n for n in range(least - len(words))]
    for spec in map(flat, row[8]):
        begin, find = flat(spec[b"begin_search"]), flat(spec[b"find_keys"])
        if begin[b"type"] != b"index" or find[b"type"] != b"keynum":
            continue
        at = flat(begin[b"spec"])[b"index"] + flat(find[b"spec"])[b"keynumidx"]
        args = args[:at] + [b"%d" % keys] + [b"key%d" % n for n in range(keys)]
        args += [b"w%d" % n for n in range(least - len(args))]
    return args


def argument_lists(row, dice):
    name = row[0]
    for _ in range(12):
        args = fixed_part(row, dice.randint(0, 4))
        options = [option for option in OPTIONS.get(name, []) if dice.random() < 0.5]
        dice.shuffle(options)
        if name in (b"xread", b"xreadgroup"):
            streams = dice.randint(1, 3)
            head = [name] if name == b"xread" else [name, b"GROUP", b"streams", b"consumer"]
            args = head + sum(options, []) + [b"STREAMS"] + [b"s%d" % n for n in range(streams)] + [b"0"] * streams
        elif name == b"migrate" and dice.random() < 0.5:
            args = [name, b"host", b"1", b"", b"0", b"10"] + sum(options, []) + [b"KEYS", b"x", b"y"]
        else:
            args += sum(options, [])
        if row[1] < 0 and name not in OPTIONS:
            args += [b"more%d" % n for n in range(dice.randint(0, 4))]
        args[0] = dice.choice([bytes.upper, bytes.lower, bytes.title])(args[0])
        yield args


def servers_keys(server, args):
    """The keys, None when the server says that the arguments make no sense."""
    try:
        return server.ask("COMMAND", "GETKEYS", *args)
    except ServerError as error:
        if "no key arguments" in str(error):
            return []
        assert "Invalid arguments" in str(error) or "wrong number" in str(error), (args, error)
        return None


def test_key_finders(server, oracle, commands):
    dice = random.Random(SEED)
    compared = set()
    for row in commands:
        for args in argument_lists(row, dice):
            theirs = servers_keys(server, args)
            if theirs is None:
                continue
            channels = any(b"not_key" in flat(spec)[b"flags"] for spec in row[8])
            if channels:
                assert theirs == [] and oracle.keys(args), args
            elif b"no_mandatory_keys" in row[2]:
                assert (oracle.keys(args) or []) == theirs, args
            else:
                assert oracle.keys(args) == theirs, args
            compared.add(row[0])
    names = {row[0] for row in commands}
    # COMMAND GETKEYS itself refuses commands of a single word, having too few arguments to ask with.
    assert {name for name in names - compared if b"|" not in name} <= {row[0] for row in commands if row[1] == 1}
    assert len(compared) > 300


KEYS = [
    b"", b"a", b"123456789", b"{}", b"{}{a}", b"{a}{b}", b"{{a}}", b"a{", b"}{", b"}{a}", b"{a", b"a}", b"{a}", b"x{a}y",
    b"{}a", b"a{}b{c}", b"{ }", b"{\x00}", b"\x00{\xff\x00}\x01", b"\xff" * 300, b"{" * 50 + b"}" * 50, b"foo{{bar}}zap",
    b"foo{bar}{zap}", b"{\r\n}", "clé{ü}".encode(),
]


def test_slots(server, oracle):
    dice = random.Random(SEED)
    letters = [b"{", b"}", b"a", b"b", b"\x00", b"\xff", b"\n"]
    keys = KEYS + [b"".join(dice.choices(letters, k=dice.randint(0, 12))) for _ in range(3000)]
    for key in keys:
        assert int(oracle.ask("slot", [key])) == server.ask("CLUSTER", "KEYSLOT", key), key


REFUSED = [
    [b"nope"], [b"nope", b"a", b"b"], [b"NoPe", b"a"], [b"x" * 200, b"y"], [b"nope", b"a" * 100, b"b" * 100, b"c"],
    [b"nope", b"a" * 128, b"b"], [b"nope", b"a" * 125, b"bcdef", b"g"], [b"no\r\npe", b"a\nb"], [b"no\x00pe", b"a\x00b"],
    [b"nope", b""], [b""], [b"config|get", b"x"], [b"config", b"bar"], [b"CoNfIg", b"BAR", b"x"], [b"client", b""],
    [b"client", b"y" * 200], [b"config"], [b"object"], [b"get"], [b"GET", b"a", b"b"], [b"config", b"get"],
    [b"CONFIG", b"RESETSTAT", b"x"], [b"xgroup", b"create", b"a"], [b"set", b"a"], [b"mget"], [b"command", b"count", b"x"],
    [b"command", b"nope"], [b"get|", b"a"], [b"|get"], [b"mset"], [b"object", b"freq"], [b"cluster", b"keyslot"],
]


@pytest.mark.parametrize("args", REFUSED, ids=lambda args: b" ".join(args)[:30].decode(errors="replace"))
def test_refusals(server, oracle, args):
    with pytest.raises(ServerError) as said:
        server.ask(*args)
    # Line breaks would end the frame: the server and our writer both make them spaces.
    ours = oracle.bytes("refusal", args).replace(b"\r", b" ").replace(b"\n", b" ")
    assert ours.decode(errors="replace") == str(said.value)


# Asked in the same words, answered in the same bytes.
EXACT = [
    "COUNT", "HELP", "INFO get", "INFO GET nope config|get CONFIG|nope sort migrate", "DOCS get", "DOCS nope get config|GET",
    "GETKEYS get a", "GETKEYS get a b", "GETKEYS nope a", "GETKEYS ping a", "GETKEYS config get a", "GETKEYS object nope a",
    "GETKEYS eval x 0", "GETKEYS eval x 5 a", "GETKEYS eval x nope a", "GETKEYS eval x -1 a", "GETKEYS zunion 5 a",
    "GETKEYS eval x 1.5 a", "GETKEYS eval x 1e3 a b", "GETKEYS zunion +2x a b", "GETKEYS zunion +-1 a", "GETKEYS zunion x1 a",
    "GETKEYS spublish a b", "GETKEYS mset a b c d", "GETKEYS memory usage k", "GETKEYS memory usage", "GETKEYS OBJECT FREQ k",
    "GETKEYSANDFLAGS get a", "GETKEYSANDFLAGS mset a b c d", "GETKEYSANDFLAGS sort x by y store z",
    "GETKEYSANDFLAGS georadius a 1 2 3 km store d", "GETKEYSANDFLAGS lmove a b left right", "GETKEYSANDFLAGS eval x 2 a b",
    "GETKEYSANDFLAGS zunionstore d 2 a b", "GETKEYSANDFLAGS migrate h 1 k 0 1", "GETKEYSANDFLAGS migrate h 1 k 0 1 keys k",
    "LIST nope", "LIST FILTERBY", "LIST FILTERBY nope x", "LIST FILTERBY PATTERN a b", "LIST FILTERBY MODULE x",
    "LIST FILTERBY ACLCAT nope",
]


@pytest.mark.parametrize("question", EXACT)
def test_answers_to_command(server, server3, oracle, question):
    args = [b"COMMAND"] + question.encode().split(b" ")
    for how, asked in (("answer", server), ("answer3", server3)):
        try:
            asked.ask(*args)
        except ServerError:
            pass
        assert oracle.bytes(how, args) == asked.raw


@pytest.mark.parametrize("request_", ["SET a b", "SET a b GET", "BITFIELD a GET u8 0"])
def test_flags_that_depend_on_the_arguments(oracle, request_):
    """The one difference: the server looks at the options of SET and BITFIELD, we show the flags of all their forms."""
    args = b"COMMAND GETKEYSANDFLAGS".split() + request_.encode().split()
    key, flags = parsed(oracle.bytes("answer", args))[0]
    assert key == b"a" and b"variable_flags" in flags


# The server gives these in the order of a seeded hash.
UNORDERED = ["LIST", "LIST FILTERBY ACLCAT stream", "LIST FILTERBY aclcat ADMIN", "LIST FILTERBY PATTERN conf*",
             "LIST FILTERBY PATTERN [a-cx]*|?e*", "LIST FILTERBY PATTERN *", "LIST FILTERBY PATTERN [^g]et*", "", "INFO"]


def comparable(frame):
    if isinstance(frame, dict):
        return [(kind, comparable([list(pair) if isinstance(pair, tuple) else pair for pair in inside]))
                for kind, inside in frame.items()]
    return tuple(sorted((comparable(part) for part in frame), key=repr)) if isinstance(frame, list) else frame


@pytest.mark.parametrize("question", UNORDERED)
def test_unordered_answers_to_command(server, server3, oracle, question):
    args = [b"COMMAND"] + question.encode().split()
    assert comparable(parsed(oracle.bytes("answer", args))) == comparable(server.ask(*args))
    assert comparable(parsed(oracle.bytes("answer3", args))) == comparable(server3.ask(*args))


def test_docs(server, oracle):
    theirs = flat(server.ask("COMMAND", "DOCS"))
    ours = flat(parsed(oracle.bytes("answer", [b"COMMAND", b"DOCS"])))
    assert set(ours) == set(theirs)
    for name, docs in theirs.items():
        assert comparable(ours[name]) == comparable(docs), name


def test_docs_in_resp3(server3, oracle):
    assert comparable(parsed(oracle.bytes("answer3", [b"COMMAND", b"DOCS"]))) == comparable(server3.ask("COMMAND", "DOCS"))
