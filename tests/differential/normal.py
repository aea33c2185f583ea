"""What is rightly different between two servers: the order of a hash table, draws, clocks, numbers of their own."""
from differential.wire import Error, Members, Pairs, Status


def sortable(tree):
    return repr(tree)


def unordered(tree, _request):
    """The order of a hash table, whose seed is each server's own."""
    return sorted(tree, key=sortable) if isinstance(tree, list) else tree


def unordered_throughout(tree, request):
    """The order of a hash table, in lists within lists."""
    if isinstance(tree, (list, tuple)):
        return sorted((unordered_throughout(part, request) for part in tree), key=sortable)
    return tree


def unordered_pairs(tree, _request):
    """Field and value side by side, in the order of a hash table."""
    if isinstance(tree, Pairs) or not isinstance(tree, list):
        return unordered(tree, _request)
    return sorted(zip(tree[::2], tree[1::2]), key=sortable)


def kinds(tree, _request):
    """Drawn at random, or a matter of this server: of the same kind, no more can be said."""
    if isinstance(tree, (Error, type(None))):
        return tree
    return type(tree).__name__, len(tree) if isinstance(tree, (list, Members)) else None


def whole(tree, _request):
    """What a server says of itself: as long as it says something of the same kind."""
    return tree if isinstance(tree, (Error, type(None))) else type(tree).__name__


def names(tree, _request):
    """The names of settings; their values are each server's own, but for the number of databases."""
    if not isinstance(tree, list):
        return tree
    return sorted((name, value if name.lower() == b"databases" else b"") for name, value in _pairs(tree))


def greeting(tree, request):
    """HELLO tells the number of the connection."""
    return sorted((name, value) for name, value in _pairs(tree) if name != b"id") if isinstance(tree, list) else tree


def _pairs(tree):
    return tree if isinstance(tree, Pairs) else zip(tree[::2], tree[1::2])


# Which rows these have depends on what the server has done; a replica has a row of its own.
GROWING = (b"cmdstat_", b"latency_percentiles_", b"errorstat_", b"db", b"slave", b"slotway")


def sections(tree, _request):
    """INFO: the sections and the names of the fields. That Slotway has a section more is in its documentation."""
    if not isinstance(tree, bytes) or isinstance(tree, Error):
        return tree
    lines = [line.partition(b":")[0] for line in tree.split(b"\r\n")]
    return [line for line in lines if line and line != b"# Slotway" and not line.startswith(GROWING)]


def cursor(tree, _request):
    """Where a hash table is cut, and its order, depend on the server's seed."""
    return "cursor and elements" if isinstance(tree, list) and not isinstance(tree, Error) else tree


def clock(tree, _request):
    """A time that runs on between the two requests."""
    return "runs" if isinstance(tree, int) and tree > 0 else tree


MASKED = {b"idle", b"inactive", b"seen-time", b"active-time", b"pel-count-time"}


def idle_times(tree, request):
    """How long ago a consumer was seen, or an entry delivered."""
    if isinstance(tree, Pairs):
        return [(name, "time" if name in MASKED else idle_times(value, request)) for name, value in tree]
    if not isinstance(tree, list):
        return tree
    out = [idle_times(part, request) for part in tree]
    for at in range(len(out) - 1):
        if isinstance(out[at], bytes) and out[at] in MASKED:
            out[at + 1] = "time"
    if len(out) in (3, 4) and isinstance(out[0], bytes) and b"-" in out[0]:
        out[-2] = "time"  # an entry of a pending list: [id, consumer,] time, count
    return out


def new_identifier(tree, request):
    """XADD * makes an identifier of the clock."""
    return kinds(tree, request) if b"*" in request else tree


def by(normaliser, commands):
    return dict.fromkeys(commands.split(), normaliser)


# Where the count of keys is no number, Redis finds them in another order: hence command|getkeys.
NORMAL = {
    **by(unordered, "smembers sinter sunion sdiff hkeys hvals keys command|getkeys pubsub|channels "
                     "pubsub|shardchannels"),
    **by(unordered_throughout, "command command|list command|info command|docs acl|cat function|list"),
    **by(unordered_pairs, "hgetall"),
    **by(kinds, "srandmember hrandfield zrandmember spop randomkey time lastsave memory|usage object|idletime dump lolwut"),
    **by(kinds, "client|id client|info client|list acl|genpass"),
    **by(whole, "memory|stats memory|malloc-stats memory|doctor latency|histogram latency|latest latency|reset slowlog|get slowlog|len"),
    **by(cursor, "hscan sscan zscan scan"),
    **by(whole, "wait"),
    **by(clock, "ttl pttl expiretime pexpiretime"),
    **by(idle_times, "xpending xinfo|consumers xinfo|stream xinfo|groups"),
    **by(names, "config|get"),
    **by(greeting, "hello"),
    **by(sections, "info"),
    **by(new_identifier, "xadd"),
}
