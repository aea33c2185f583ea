"""The kinds of work, (a) to (m). A scenario is a row: what the load generator sends, and before how many masters."""
from dataclasses import dataclass

MASTERS = 3
SINGLE_SLOT = ("get", "set", "transaction")


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    connections: int = 50
    pipeline: int = 1
    mix: str = "get=1,set=1"
    keys: int = 10              # of one MGET or MSET
    key_space: int = 100_000
    value_bytes: int = 64
    masters: int = MASTERS
    idle: int = 0               # connections that do nothing; not 0: memory is measured, not speed
    resp3: bool = False

    @property
    def group(self):
        """The letter."""
        return self.name[0]

    @property
    def single_slot(self):
        return all(part.split("=")[0] in SINGLE_SLOT for part in self.mix.split(","))

    @property
    def one_command(self):
        """A request is one command with one reply, not a transaction."""
        return "transaction" not in self.mix

    @property
    def data(self):
        """What the servers must hold before it starts."""
        return self.key_space, self.value_bytes

    @property
    def arguments(self):
        """Of the load generator, for the requests."""
        return ["--connections", self.connections, "--pipeline", self.pipeline, "--mix", self.mix, "--keys", self.keys,
                "--key-space", self.key_space, "--value-bytes", self.value_bytes, *(["--resp3"] if self.resp3 else [])]


def _of_many_masters(masters):
    shape = f"{masters} masters, 50 connections, GET and SET 1:1, 64 B"
    return [Scenario(f"j{masters}a", shape, masters=masters),
            Scenario(f"j{masters}b", f"{shape}, pipeline of 16", masters=masters, pipeline=16)]


def _of_width(keys):
    return Scenario(f"k{keys}", f"MGET of {keys} random keys, 50 connections, 64 B", mix="mget=1", keys=keys)


# Large values come with fewer keys, so that three sets of servers fit in memory; they still exceed any cache.
ALL = [
    Scenario("a", "50 connections, GET and SET 1:1, 64 B"),
    Scenario("b", "50 connections, GET and SET 1:1, 64 B, pipeline of 16", pipeline=16),
    Scenario("c", "500 connections, GET, 64 B", connections=500, mix="get=1"),
    Scenario("d", "MGET of 10 random keys, 50 connections, 64 B", mix="mget=1"),
    Scenario("e", "MSET of 10 random keys, 50 connections, 64 B", mix="mset=1"),
    Scenario("f", "50 connections, GET and SET 1:1, 4 KiB", value_bytes=4096, key_space=50_000),
    Scenario("g", "20 connections, GET and SET 1:1, 64 KiB", value_bytes=65536, key_space=4_000, connections=20),
    Scenario("h", "one connection, GET and SET 1:1, 64 B", connections=1),
    Scenario("i", "5,000 idle connections, after one PING and one GET each", idle=5000, mix="get=1"),
    *(scenario for masters in (3, 10, 30, 100) for scenario in _of_many_masters(masters)),
    *(_of_width(keys) for keys in (1, 10, 100, 1000)),
    Scenario("l", "50 connections that said HELLO 3, GET and SET 1:1, 64 B", resp3=True),
    Scenario("m", "50 connections, transactions of five commands on one hash tag in one write, 64 B; a request is a transaction",
             mix="transaction=1"),
]


def choose(names):
    """Scenarios by letter or by name (j, j100b), in their own order. ValueError for a name that there is none of."""
    for name in names:
        if not any(name in (scenario.name, scenario.group) for scenario in ALL):
            raise ValueError(f"no scenario {name}")
    return [scenario for scenario in ALL if scenario.name in names or scenario.group in names]
