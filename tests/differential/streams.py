"""Streams of requests by command: arities, each type of key, options as the argument tree allows them, broken ones.

A stream is a list of requests. Every request has exactly one reply, and none waits."""
from differential.arguments import Arguments
from differential.keyspace import TYPES, look, setup
from differential.values import EDGES
from differential.wire import words

# Sent with a wrong arity only: what they do would end the server, the connection, this test or the one-reply rule.
APART = frozenset("""
    shutdown debug failover replicaof slaveof replconf sync psync migrate save bgsave bgrewriteaof monitor quit reset hello auth select
    subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe multi exec discard watch unwatch wait asking readonly readwrite
    client|reply client|kill client|pause client|unpause client|tracking client|caching client|no-evict client|setname client|unblock
    config|set config|rewrite config|resetstat acl|setuser acl|deluser acl|load acl|save acl|log module|load module|loadex module|unload
    script|debug script|kill script|flush function|kill function|flush function|delete function|load function|restore latency|reset
    slowlog|reset memory|purge swapdb move pfdebug pfselftest restore-asking
    cluster|failover cluster|reset cluster|meet cluster|forget cluster|replicate flushall flushdb randomkey object|help
""".split())
# They wait for elements, and the one that is served may differ.
BLOCKING = frozenset("blpop brpop blmove brpoplpush blmpop bzpopmin bzpopmax bzmpop".split())
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


def asks_too_much(command, request):
    if command.name in UNBOUNDED:
        return any(word.startswith(b"-") and len(word) > 4 and word != b"-9223372036854775808" for word in request[2:])
    return b"BLOCK" in map(bytes.upper, request) and b"0" in request


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
    """Requests for one command, the order shuffled."""
    made = list(arities(command))
    if command.name in APART:
        return made
    draw = Arguments(command, dice)
    if command.key_names:
        made += [draw.valid(kind) for kind in TYPES for _ in range(rounds)]
    made += [draw.valid() for _ in range(8 * rounds)]
    made += [draw.broken() for _ in range(12 * rounds)]
    for _ in range(rounds):
        made += edges(command, dice)
    dice.shuffle(made)
    return [each for each in made if not lives_shortly(command, each) and not asks_too_much(command, each)]


def blocks(command, dice, rounds, every=12):
    """The command's requests, on keys that are made anew for each block; behind writes a look at all keys."""
    block = setup()
    for number, request in enumerate(requests(command, dice, rounds)):
        block.append(request)
        if changes_at_random(request) or (command.writes and number % every == every - 1):
            yield block + ([] if changes_at_random(request) else look())
            block = setup()
    yield block + (look() if command.writes else [])
