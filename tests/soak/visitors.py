"""Clients that come, do one thing and leave, each in another state; some of them without a word. Each holds what it is told
against what it asked for."""
import socket
import struct

from harness.resp import OK, Closed, Err, encode


def asks(connection, dice):
    key, value = f"visitor:{dice.randrange(10000)}", f"{dice.random()}".encode()
    assert connection.pipeline([("SET", key, value), ("STRLEN", key), ("DEL", key)]) == [OK, len(value), 1]


def quits(connection, dice):
    assert connection.pipeline([("PING",), ("QUIT",)])[-1] == OK
    connection.read_until_closed()


def leaves_requests_behind(connection, dice):
    connection.send_raw(encode("GET", "visitor") * dice.randrange(1, 1000))
    _vanish(connection)


def leaves_half_a_request(connection, dice):
    whole = encode("SET", "visitor", b"x" * dice.randrange(100, 100000))
    connection.send_raw(whole[:dice.randrange(1, len(whole))])
    if dice.random() < 0.5:
        _vanish(connection)


def leaves_a_transaction(connection, dice):
    assert connection.call("WATCH", "{visitor}a") == OK
    assert connection.call("MULTI") == OK
    connection.send("SET", "{visitor}a", b"x" * dice.randrange(10000))
    if dice.random() < 0.5:
        assert connection.read() == b"QUEUED"
        assert connection.call("EXEC") in ([OK], None)  # another one may have changed it


def leaves_a_blocking_command(connection, dice):
    connection.send("BLPOP", f"nobody:{dice.randrange(100)}", 0)
    connection.send("PING")
    if dice.random() < 0.5:
        _vanish(connection)


def blocks_for_a_moment(connection, dice):
    assert connection.call("BLPOP", f"nobody:{dice.randrange(100)}", 0.01) is None


def listens(connection, dice):
    channels = [f"channel:{dice.randrange(50)}" for _ in range(dice.randrange(1, 20))]
    connection.send("SUBSCRIBE", *channels)
    for number, channel in enumerate(channels, 1):
        assert connection.read()[:2] == [b"subscribe", channel.encode()], number
    connection.send("PSUBSCRIBE", f"channel:{dice.randrange(10)}*")
    if dice.random() < 0.5:
        _vanish(connection)


def speaks(connection, dice):
    for _ in range(10):
        assert isinstance(connection.call("PUBLISH", f"channel:{dice.randrange(50)}", b"x" * dice.randrange(1000)), int)


def is_told_of_changes(connection, dice):
    connection.call("HELLO", 3)
    assert connection.call("CLIENT", "TRACKING", "ON") == OK
    for _ in range(20):
        connection.call("GET", f"visitor:{dice.randrange(10000)}")
    if dice.random() < 0.5:
        assert connection.call("CLIENT", "TRACKING", "OFF") == OK


def reads_a_large_value(connection, dice):
    value = b"x" * dice.randrange(1 << 20, 8 << 20)
    assert connection.call("SET", f"large:{dice.randrange(3)}", value, "PX", 2000) == OK
    got = connection.call("GET", f"large:{dice.randrange(3)}")
    assert got is None or len(got) >= 1 << 20


def leaves_a_large_answer(connection, dice):
    key = f"large:{dice.randrange(3)}"
    assert connection.call("SET", key, b"x" * (8 << 20), "PX", 2000) == OK
    connection.send_raw(encode("GET", key) * 4)
    connection.socket.recv(1)
    _vanish(connection)


def walks(connection, dice):
    cursor = b"0"
    for _ in range(20):
        cursor, keys = connection.call("SCAN", cursor, "COUNT", 100)
        assert isinstance(keys, list)
        if cursor == b"0":
            return


def splits(connection, dice):
    keys = [f"visitor:{dice.randrange(10000)}" for _ in range(dice.randrange(1, 500))]
    assert len(connection.call("MGET", *keys)) == len(keys)


def runs_a_script(connection, dice):
    body = f"return {dice.randrange(1000)}"
    assert connection.call("EVAL", body, 1, f"visitor:{dice.randrange(10000)}") == int(body.split()[1])


def makes_mistakes(connection, dice):
    mistakes = [("NOSUCH", "x"), ("GET",), ("MSETNX", "a", 1, "b", 2), ("EXEC",), ("SELECT", 9)]
    assert isinstance(connection.call(*dice.choice(mistakes)), Err)


def talks_nonsense(connection, dice):
    connection.send_raw(b"*1\r\n$-7\r\n" + dice.randbytes(100))
    assert connection.read_until_closed().startswith(b"-ERR Protocol error")


def _vanish(connection):
    """Gone without a goodbye: what it has not read comes back as a reset."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


ALL = (asks, quits, leaves_requests_behind, leaves_half_a_request, leaves_a_transaction, leaves_a_blocking_command,
       blocks_for_a_moment, listens, speaks, is_told_of_changes, reads_a_large_value, leaves_a_large_answer, walks, splits,
       runs_a_script, makes_mistakes, talks_nonsense)


def visit(proxy, dice):
    """One visit. Returns what went wrong, or None."""
    visitor = dice.choice(ALL)
    try:
        with proxy.connect() as connection:
            visitor(connection, dice)
        return None
    except (AssertionError, Closed, OSError, ValueError, TypeError) as error:
        return f"{visitor.__name__}: {type(error).__name__} {str(error)[:200]}"
