"""Streams of requests by command: arities, each type of key, options as the argument tree allows them, broken ones.

A stream is a list of requests. Every request has exactly one reply, and none waits."""
from differential.arguments import Arguments
from differential.keyspace import TYPES, key, look, setup
from differential.values import BINARY, EDGES
from differential.wire import words
from harness.slots import spread_keys

# Sent with a wrong arity only: what they do would end the server, the connection, this test or the one-reply rule.
APART = frozenset("""
    shutdown debug failover replicaof slaveof replconf sync psync migrate save bgsave bgrewriteaof monitor quit
    reset hello auth select subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe multi exec discard
    watch unwatch wait asking readonly readwrite client|reply client|kill client|pause client|unpause
    client|tracking client|caching client|unblock config|set config|rewrite acl|setuser acl|deluser acl|load
    acl|save acl|log module|load module|loadex module|unload script|debug script|kill function|kill function|flush
    function|delete function|load function|restore pfdebug pfselftest restore-asking cluster|failover cluster|reset
    cluster|meet cluster|forget cluster|replicate
""".split())
# Small numbers would be times to live that end while the test runs.
LIVES = frozenset("set getex setex psetex expire pexpire expireat pexpireat restore".split())
SOON = frozenset(b"%d" % number for number in range(1, 10000)) | {b"+1", b"01", b" 1", b"1 ", b"1e3", b"1.5"}
# -9223372036854775807 elements and the like.
UNBOUNDED = frozenset("srandmember hrandfield zrandmember".split())


def changes_at_random(request):
    """After it the two sides hold different things, and both are right."""
    name = request[0].lower()
    return name == b"spop" or (name == b"xadd" and b"*" in request)


def lives_shortly(command, request):
    return command.name in LIVES and any(word in SOON for word in request[2:])


def endless(text):
    """Seconds that block for long, as strtold reads them; what is out of range is refused at once."""
    try:
        seconds = float(text)
    except ValueError:
        return text.startswith(b"0x")
    return seconds == 0 or 0.02 < seconds < 9e15


def asks_too_much(command, request):
    if "blocking" in command.flags and not command.name.startswith("x"):
        return len(request) > 1 and endless(request[1 if command.name.endswith("mpop") else -1])
    if command.name in UNBOUNDED:
        return any(word.startswith(b"-") and len(word) > 4 and word != b"-9223372036854775808" for word in request[2:])
    return any(word.upper() == b"BLOCK" and waits_long(next_word) for word, next_word in zip(request, request[1:]))


def stores_twice(request):
    """Which key it is then, Redis's own finders of keys do not agree about."""
    return sum(word.upper() in (b"STORE", b"STOREDIST") for word in request) > 1


def waits_long(milliseconds):
    return milliseconds.isdigit() and not 0 < int(milliseconds) <= 20


def arities(command):
    """Too few and too many words."""
    least = command.least
    for count in range(len(command.words), least):
        yield command.words + words(*["x"] * (count - len(command.words)))
    if command.arity > 0:
        yield command.words + words(*["x"] * (least - len(command.words) + 1))
        yield command.words + words(*["x"] * (least - len(command.words) + 7))


def edges(command, dice):
    """A valid request with one word after the other made an edge value."""
    base = Arguments(command, dice).valid()
    for at in range(len(command.words), len(base)):
        if not base[at].startswith(b"{d}"):
            yield [*base[:at], dice.choice(EDGES), *base[at + 1:]]


def requests(command, dice, rounds):
    """Requests for one command that may be sent, the order shuffled."""
    made = list(arities(command)) if command.name in APART else drawn(command, dice, rounds)
    return [each for each in made if not lives_shortly(command, each) and not asks_too_much(command, each)]


def drawn(command, dice, rounds):
    made = list(arities(command))
    draw = Arguments(command, dice)
    if command.key_names:
        made += [draw.valid(kind) for kind in TYPES for _ in range(rounds)]
    made += [draw.valid() for _ in range(8 * rounds)]
    made += [draw.broken() for _ in range(12 * rounds)]
    for _ in range(rounds):
        made += edges(command, dice)
    dice.shuffle(made)
    return [each for each in made if not stores_twice(each)]


def blocks(command, dice, rounds, every=12):
    """The command's requests, on keys that are made anew for each block; behind writes a look at all keys."""
    block = setup()
    for number, request in enumerate(requests(command, dice, rounds)):
        block.append(request)
        if changes_at_random(request) or (command.writes and number % every == every - 1):
            yield block + ([] if changes_at_random(request) else look())
            block = setup()
    yield block + (look() if command.writes else [])


def mixed(commands, dice, count, size=400):
    """`count` blocks of `size` requests for any commands in any order."""
    ready = [command for command in commands if command.name not in APART]
    for _ in range(count):
        block = setup()
        while len(block) < size:
            request = dice.choice(requests(dice.choice(ready), dice, 1))
            block.append(request)
            if changes_at_random(request):
                block += setup()
        yield block + look()


def transactions(commands, dice, count, each=5):
    """`count` blocks of transactions: run, discarded, left open, with errors among their commands."""
    ready = [command for command in commands if command.name not in APART]
    strange = [words("NOSUCH"), words("GET"), words("OBJECT", "NOSUCH", key("text")), words("MULTI"),
               words("WATCH", key("text"))]

    def one():
        return dice.choice(strange) if dice.random() < 0.03 else dice.choice(requests(dice.choice(ready), dice, 1))

    for _ in range(count):
        block = setup()
        for _ in range(each):
            block.append(words("MULTI"))
            while dice.random() < 0.8:
                request = one()
                block += [] if changes_at_random(request) else [request]
            block.append(words(dice.choice(("EXEC", "EXEC", "EXEC", "exec", "DISCARD", "RESET"))))
        yield block + [words("EXEC")] + look()


SPREAD = [each.encode() for each in spread_keys(60, "spread")] + [b"", b"{}a", BINARY, b"plain"]


def spread(dice, count, size=60):
    """What Slotway splits, or sends to all: keys of many slots, some missing, some of another type, some twice."""
    def keys():
        return [dice.choice(SPREAD) for _ in range(dice.choice((1, 2, 3, 10, 150)))]

    def pairs():
        return [word for each in keys() for word in (each, dice.choice((b"1", b"", BINARY, b"text")))]

    def one():
        return dice.choice(SPREAD)

    makers = [
        lambda: [b"MGET", *keys()], lambda: [b"mget", *keys(), b"missing"], lambda: [b"MGET"],
        lambda: [b"MSET", *pairs()], lambda: [b"MSET", *pairs(), one()], lambda: [b"MSET"],
        lambda: [b"DEL", *keys()[:4]], lambda: [b"UNLINK", *keys()[:4]],
        lambda: [b"EXISTS", *keys()], lambda: [b"EXISTS"], lambda: [b"TOUCH", *keys()],
        lambda: [b"RPUSH", one(), b"a"], lambda: [b"INCR", one()], lambda: [b"APPEND", one(), b"x"],
        lambda: [b"DBSIZE"], lambda: [b"KEYS", dice.choice((b"*", b"*spread1*", b"nothing", b"{}a"))],
        lambda: [b"GET", one()], lambda: [b"PING", b"x"], lambda: [b"ECHO", b"y"],
        lambda: [b"FLUSHALL", dice.choice((b"SYNC", b"ASYNC", b"NOPE"))],
    ]
    looks = [[b"MGET", *SPREAD], [b"KEYS", b"*"], [b"DBSIZE"]]
    for _ in range(count):
        yield [words("FLUSHALL"), *(dice.choice(makers)() for _ in range(size)), *looks]


def across(dice, count, size=60):
    """Reads over keys of many slots: sets, sorted sets, what PFADD makes; some missing, some of another type, some twice."""
    sets, sorted_sets, counts, others = SPREAD[:8], SPREAD[8:16], SPREAD[16:24], SPREAD[24:27]
    members = [b"", BINARY, *(b"%d" % number for number in range(20)), *(bytes([letter]) for letter in b"abcdefgh")]
    scores = [b"0", b"1", b"2", b"3", b"0.1", b"0.2", b"0.7", b"-2.5", b"1e300", b"1e-300", b"-1e300", b"inf", b"-inf",
              b"9007199254740993"]
    weights = [b"0", b"1", b"2", b"-1", b"0.1", b"1e10", b"inf", b"-inf", b"x", b"nan", b" 1", b"0x10", b""]

    def keys(kind):
        among = SPREAD[:40] if dice.random() < 0.1 else kind
        return [dice.choice(among) for _ in range(dice.choice((1, 2, 2, 3, 3, 10)))]

    def numbered(kind):
        chosen = keys(kind)
        number = len(chosen) + (dice.choice((-1, 1, 5)) if dice.random() < 0.03 else 0)
        return [b"%d" % number, *chosen], len(chosen)

    def options(count, scored):
        drawn = []
        if scored and dice.random() < 0.5:
            good = weights[:8] if dice.random() < 0.9 else weights
            drawn.append([b"WEIGHTS", *(dice.choice(good) for _ in range(count if dice.random() < 0.95 else 1))])
        if scored and dice.random() < 0.5:
            drawn.append([b"AGGREGATE", dice.choice((b"SUM", b"sum", b"min", b"MIN", b"MAX", b"max", b"NOPE"))])
        if dice.random() < 0.7:
            drawn.append([b"WITHSCORES"])
        dice.shuffle(drawn)
        return [word for each in drawn for word in each]

    def limit():
        drawn = dice.choice((b"0", b"1", b"2", b"100")) if dice.random() < 0.9 else dice.choice((b"-1", b"x", b"", b"01"))
        return [b"LIMIT", drawn] if dice.random() < 0.5 else [b"LIMIT"] if dice.random() < 0.05 else []

    def sorted_read(name, scored=True):
        chosen, count = numbered(sorted_sets + sets[:2])
        return [name, *chosen, *options(count, scored)]

    reads = [
        lambda: [b"SUNION", *keys(sets)], lambda: [b"SINTER", *keys(sets)], lambda: [b"sdiff", *keys(sets)],
        lambda: [b"SINTERCARD", *numbered(sets)[0], *limit()],
        lambda: sorted_read(b"ZUNION"), lambda: sorted_read(b"ZINTER"), lambda: sorted_read(b"zdiff", scored=False),
        lambda: [b"ZINTERCARD", *numbered(sorted_sets)[0], *limit()],
        lambda: [b"PFCOUNT", *keys(counts)],
    ]
    writes = [
        lambda: [b"SADD", dice.choice(sets), *dice.sample(members, dice.choice((1, 5, 20)))],
        lambda: [b"SREM", dice.choice(sets), *dice.sample(members, 5)],
        lambda: [b"ZADD", dice.choice(sorted_sets), *(word for member in dice.sample(members, dice.choice((1, 5, 20)))
                                                      for word in (dice.choice(scores), member))],
        lambda: [b"PFADD", dice.choice(counts), *(b"%d" % dice.randrange(10 ** 6) for _ in range(dice.choice((1, 30, 3000))))],
        lambda: [b"DEL", dice.choice(sets + sorted_sets + counts)],
    ]
    for _ in range(count):
        yield [words("FLUSHALL"), *([b"SET", each, b"HYLL text"] for each in others),
               *(dice.choice(writes)() for _ in range(size // 2)),
               *(dice.choice(reads if dice.random() < 0.8 else writes)() for _ in range(size))]


def takes(dice, count, size=60):
    """What is popped, or read of streams, from keys of many slots; some of another type. Who would wait does not for long."""
    lists, sorted_sets, logs, others = SPREAD[:6], SPREAD[6:12], SPREAD[12:18], SPREAD[18:20]
    next_id = iter(range(1, 10 ** 9))

    def keys(kind):
        among = kind if dice.random() < 0.9 else lists + sorted_sets + logs + others
        return [dice.choice(among) for _ in range(dice.choice((1, 2, 2, 3, 3, 6)))]

    def seconds():
        odd = (b"-1", b"x", b"", b" 1", b"nan")
        return dice.choice((b"0.001", b"0.003", b"1e-3") if dice.random() < 0.95 else odd)

    def numbered(kind, ways):
        chosen = keys(kind)
        number = len(chosen) + (dice.choice((-1, 1, 9)) if dice.random() < 0.03 else 0)
        way = dice.choice(ways) if dice.random() < 0.95 else b"ASIDE"
        most = [b"COUNT", dice.choice((b"1", b"2", b"9", b"1", b"2", b"0", b"x"))] if dice.random() < 0.4 else []
        return [b"%d" % number, *chosen, way, *most]

    def waiting(name, kind, ways):
        # Of two mistakes Redis may name the other one.
        drawn = numbered(kind, ways)
        good = int(drawn[0]) == len(drawn) - 2 and drawn[-1] != b"ASIDE"
        return [name, seconds() if good else b"0.001", *drawn]

    def stream_read(name, options, ids):
        chosen = keys(logs)
        most = [b"COUNT", dice.choice((b"1", b"2", b"5", b"x"))] if dice.random() < 0.4 else []
        good = b"x" not in most
        block = [b"BLOCK", dice.choice((b"1", b"3", b"-1", b"0.5") if good else (b"1", b"3"))] if dice.random() < 0.1 else []
        drawn = [dice.choice(ids) for _ in chosen][:len(chosen) if dice.random() < 0.97 else 1]
        return [name, *options, *most, *block, b"STREAMS", *chosen, *drawn]

    def group_read():
        group = dice.choice((b"g", b"g", b"g", b"h", b"none"))
        noack = [b"NOACK"] if dice.random() < 0.2 else []
        options = [b"GROUP", group, dice.choice((b"c", b"d")), *noack]
        return stream_read(b"XREADGROUP", options, (b">", b">", b">", b"0", b"3-0", b"$", b"x"))

    def pops(plain, blocking):
        return lambda: blocking() if dice.random() < 0.15 else plain()

    ends, edges = (b"LEFT", b"right"), (b"MIN", b"max")
    takers = [
        pops(lambda: [b"LMPOP", *numbered(lists, ends)], lambda: waiting(b"BLMPOP", lists, ends)),
        pops(lambda: [b"ZMPOP", *numbered(sorted_sets, edges)], lambda: waiting(b"BZMPOP", sorted_sets, edges)),
        lambda: [dice.choice((b"BLPOP", b"BRPOP")), *keys(lists), seconds()],
        lambda: [dice.choice((b"BZPOPMIN", b"BZPOPMAX")), *keys(sorted_sets), seconds()],
        lambda: stream_read(b"XREAD", [], (b"0", b"0-5", b"3", b"$", b"1000000", b"0", b"x", b">")),
        group_read, group_read,
    ]
    givers = [
        lambda: [b"RPUSH", dice.choice(lists), *(b"%d" % dice.randrange(100) for _ in range(dice.choice((1, 3))))],
        lambda: [b"ZADD", dice.choice(sorted_sets), *(b"%d" % dice.randrange(100) for _ in range(2 * dice.choice((1, 3))))],
        lambda: [b"XADD", dice.choice(logs), b"%d-0" % next(next_id), b"f", b"v"],
        lambda: [b"XGROUP", b"CREATE", dice.choice(logs), dice.choice((b"g", b"h")), dice.choice((b"0", b"$")), b"MKSTREAM"],
        lambda: [b"DEL", dice.choice(lists + sorted_sets + logs)],
    ]
    for _ in range(count):
        yield [words("FLUSHALL"), *([b"SET", each, b"text"] for each in others),
               *([b"XGROUP", b"CREATE", each, b"g", b"0", b"MKSTREAM"] for each in logs),
               *(dice.choice(givers)() for _ in range(size // 2)),
               *(dice.choice(takers if dice.random() < 0.6 else givers)() for _ in range(size))]
