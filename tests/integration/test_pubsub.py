"""Publish and subscribe through the proxy, over one worker and several, while the cluster is whole."""
import pytest

from harness.resp import Connection, Err
from harness.wait import until

# One channel a slot, at different masters.
CHANNELS = ["news", "weather", "sport", "music"]


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def served(request, slotway, cluster):
    return slotway(cluster.seeds[:2], args=["--workers", str(request.param)])


@pytest.fixture
def two(served):
    """Two connections; with two workers each is at one of them."""
    with served.connect() as one, served.connect() as other:
        yield one, other


def message(channel, text):
    return [b"message", channel.encode(), text.encode()]


def test_what_is_published_after_the_confirmation_comes(two):
    listener, speaker = two
    for number in range(50):
        channel = f"channel:{number}"
        assert listener.call("SUBSCRIBE", channel) == [b"subscribe", channel.encode(), number + 1]
        assert speaker.call("PUBLISH", channel, f"text {number}") == 1
        assert listener.read() == message(channel, f"text {number}")
    for number in range(50):
        channel = f"channel:{number}"
        assert listener.call("UNSUBSCRIBE", channel) == [b"unsubscribe", channel.encode(), 49 - number]
        assert speaker.call("PUBLISH", channel, "nobody") == 0


def test_what_was_published_before_a_client_leaves_still_comes(two, served):
    with served.connect() as speaker:
        for _ in range(100):
            for each in two:
                assert each.call("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
            assert speaker.call("PUBLISH", "news", "x") == 2
            for each in two:
                each.send("UNSUBSCRIBE", "news")
            for each in two:
                assert [each.read(), each.read()] == [message("news", "x"), [b"unsubscribe", b"news", 0]]


def test_what_is_published_has_reached_its_subscribers_when_it_is_answered(two):
    listener, speaker = two
    assert listener.call("SUBSCRIBE", "arrives") == [b"subscribe", b"arrives", 1]
    assert speaker.call("SUBSCRIBE", "other")
    assert speaker.call("RESET") == b"RESET"
    for number in range(300):
        assert speaker.call("PUBLISH", "arrives", number) == 1
        assert listener.call("PING") == message("arrives", str(number)), "the message goes before what is asked later"
        assert listener.read() == [b"pong", b""]


def test_patterns_count_and_come_as_such(two):
    listener, speaker = two
    assert listener.call("PSUBSCRIBE", "new[rs]*") == [b"psubscribe", b"new[rs]*", 1]
    assert listener.call("SUBSCRIBE", "news") == [b"subscribe", b"news", 2]
    assert speaker.call("PUBLISH", "news", "x") == 2
    got = [listener.read(), listener.read()]
    assert message("news", "x") in got and [b"pmessage", b"new[rs]*", b"news", b"x"] in got
    assert speaker.call("PUBLISH", "NEWS", "x") == 0


def test_shard_channels_of_different_slots(two):
    listener, speaker = two
    listener.send("SSUBSCRIBE", *CHANNELS)
    assert [listener.read() for _ in CHANNELS] == [[b"ssubscribe", channel.encode(), count + 1]
                                                  for count, channel in enumerate(CHANNELS)]
    for channel in CHANNELS:
        assert speaker.call("SPUBLISH", channel, "x") == 1
        assert listener.read() == [b"smessage", channel.encode(), b"x"]
    assert speaker.call("PUBLISH", CHANNELS[0], "ordinary") == 0
    listener.send("SUNSUBSCRIBE")
    assert [listener.read()[2] for _ in CHANNELS] == [3, 2, 1, 0]
    assert speaker.call("SPUBLISH", CHANNELS[0], "x") == 0


def test_the_numbers_are_those_of_one_redis(served, cluster):
    clients = [served.connect() for _ in range(7)]
    try:
        for client in clients:
            client.call("SUBSCRIBE", "news")
        clients[0].call("PSUBSCRIBE", "n*")
        clients[1].call("PSUBSCRIBE", "n*")
        clients[2].call("SSUBSCRIBE", "shard")
        with served.connect() as speaker:
            assert speaker.call("PUBLISH", "news", "x") == 9
            assert speaker.call("PUBSUB", "NUMSUB", "news", "none", "news") == [b"news", 7, b"none", 0, b"news", 7]
            assert speaker.call("PUBSUB", "NUMPAT") == 1
            assert speaker.call("PUBSUB", "CHANNELS") == [b"news"]
            assert speaker.call("PUBSUB", "CHANNELS", "[mn]ew?") == [b"news"]
            assert speaker.call("PUBSUB", "CHANNELS", "x*") == []
            assert speaker.call("PUBSUB", "SHARDCHANNELS") == [b"shard"]
            assert speaker.call("PUBSUB", "SHARDNUMSUB", "shard", "news") == [b"shard", 1, b"news", 0]
            assert speaker.call("SPUBLISH", "shard", "x") == 1
            with Connection(cluster.masters()[1].port) as direct:
                direct.call("SUBSCRIBE", "news")
                direct.call("PSUBSCRIBE", "direct*")
                assert speaker.call("PUBSUB", "NUMSUB", "news") == [b"news", 8]
                assert speaker.call("PUBSUB", "NUMPAT") == 2
    finally:
        for client in clients:
            client.close()
    assert until(lambda: served.call("PUBLISH", "news", "x") == 0, "everybody to be gone")
    assert until(lambda: all(master.call("PUBSUB", "NUMSUB", "news")[1] == 0 for master in cluster.masters()),
                 "the nodes to be left")


def test_a_thousand_subscribers_and_one_upstream(served, cluster):
    clients = [served.connect() for _ in range(1000)]
    try:
        for client in clients:
            client.send("SUBSCRIBE", "news")
        for client in clients:
            assert client.read() == [b"subscribe", b"news", 1]
        with served.connect() as speaker:
            assert speaker.call("PUBLISH", "news", "to all") == 1000
            assert sum(master.call("PUBSUB", "NUMSUB", "news")[1] for master in cluster.masters()) <= 2
        for client in clients:
            assert client.read() == message("news", "to all")
    finally:
        for client in clients:
            client.close()


# Asked one after the other of the proxy and of a plain server; the replies are the same bytes.
SESSION = [
    ["UNSUBSCRIBE"], ["PUNSUBSCRIBE"], ["SUNSUBSCRIBE"], ["UNSUBSCRIBE", "a", "b"],
    ["PING"], ["PING", "hi"], ["SUBSCRIBE", "a", "b", "a"], ["PSUBSCRIBE", "x*"], ["SSUBSCRIBE", "s"],
    ["GET", "a"], ["CONFIG", "GET", "x"], ["NOSUCH"], ["GET"], ["PING"], ["PING", "hi"], ["PING", "a", "b"],
    ["PUBLISH", "a", "x"], ["CLIENT", "REPLY", "OFF"], ["SUBSCRIBE"], ["SPUBLISH", "a", "x"], ["PUBSUB", "NUMPAT"],
    ["UNSUBSCRIBE", "a"], ["UNSUBSCRIBE", "nosuch"], ["SUNSUBSCRIBE"], ["PUNSUBSCRIBE"], ["UNSUBSCRIBE"],
    ["GET", "a"], ["SSUBSCRIBE", "z"], ["GET", "a"], ["RESET"], ["GET", "a"], ["PUBLISH", "z", "x"],
    ["PUBSUB", "CHANNELS"], ["PUBSUB", "NUMSUB"], ["PUBSUB", "NUMSUB", "a", "b"], ["PUBSUB", "CHANNELS", "x", "y"],
    ["PUBSUB", "NUMPAT", "x"], ["PUBSUB", "SHARDNUMSUB"], ["PUBSUB", "HELP"], ["PUBSUB"], ["PUBSUB", "X"], ["PUBLISH", "a"],
    ["SUBSCRIBE", "q"], ["QUIT"],
]


def test_the_same_bytes_as_from_one_redis(served, plain):
    replies = 1
    with served.connect() as through:
        for command in SESSION:
            names = len(command) - 1 if "SUBSCRIBE" in command[0] else 0
            replies = max(1, names)
            plain.send(*command)
            through.send(*command)
            for _ in range(replies):
                plain.read()
                through.read()
                assert through.last_raw == plain.last_raw, command


def test_confirmations_wait_for_the_answers_before_them(two):
    client, speaker = two
    speaker.call("SET", "large", b"x" * 3_000_000)
    client.send_raw(b"".join(b"*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n" for _ in range(4)))
    client.send("SUBSCRIBE", "news")
    client.send("PING")
    speaker.call("PUBLISH", "news", "perhaps")
    assert [len(client.read()) for _ in range(4)] == [3_000_000] * 4
    assert client.read() == [b"subscribe", b"news", 1]
    while (reply := client.read()) != [b"pong", b""]:
        assert reply == message("news", "perhaps")


def test_replies_that_are_held_back_are_not_messages(two):
    listener, speaker = two
    listener.send("CLIENT", "REPLY", "OFF")
    assert listener.call("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    listener.send("PING")
    speaker.call("PUBLISH", "news", "x")
    assert listener.read() == message("news", "x")


def test_how_others_see_a_subscriber(served):
    with served.connect() as listener, served.connect() as asker:
        listener.call("SUBSCRIBE", "a")
        listener.call("SUBSCRIBE", "b")
        listener.call("PSUBSCRIBE", "p*")
        listener.call("SSUBSCRIBE", "s")
        rows = asker.call("CLIENT", "LIST", "TYPE", "pubsub").decode().splitlines()
        assert len(rows) == 1 and " flags=P " in rows[0] and " sub=2 psub=1 ssub=1 " in rows[0]
        assert asker.call("CLIENT", "KILL", "TYPE", "pubsub") == 1
        assert listener.read_until_closed() == b""
        assert until(lambda: asker.call("PUBLISH", "a", "x") == 0, "it to be gone")


def test_a_slow_subscriber_is_cut_off_and_hurts_nobody(slotway, cluster):
    config = "limits: {client_pubsub_bytes: 4mb, client_pubsub_soft_bytes: 1mb, client_pubsub_soft_time: 30s}\n"
    served = slotway(cluster.seeds[:2], config=config, args=["--workers", "1"])
    with served.connect(receive_buffer=4096) as slow, served.connect() as quick, served.connect() as speaker:
        slow.call("SUBSCRIBE", "news")
        quick.call("SUBSCRIBE", "news")
        text = "x" * 100_000
        for number in range(400):
            receivers = speaker.call("PUBLISH", "news", text)
            assert quick.read() == message("news", text)
            if receivers == 1:
                break
        assert receivers == 1
        assert served.metric("slotway_failures_total", **{"class": "subscriber_limit"}) == 1
        assert speaker.call("PING") == b"PONG"


def test_a_subscriber_beyond_the_soft_limit_for_long(slotway, cluster):
    config = "limits: {client_pubsub_bytes: 64mb, client_pubsub_soft_bytes: 64kb, client_pubsub_soft_time: 1ms}\n"
    served = slotway(cluster.seeds[:2], config=config, args=["--workers", "1"])
    with served.connect(receive_buffer=4096) as slow, served.connect() as speaker:
        slow.call("SUBSCRIBE", "news")
        for _ in range(100):
            speaker.call("PUBLISH", "news", "x" * 100_000)
        assert until(lambda: speaker.call("PUBLISH", "news", "x") == 0, "the slow one to be cut off")


def test_a_subscriber_that_is_silent_stays(slotway, cluster):
    served = slotway(cluster.seeds[:2], config="timeouts: {client_idle: 200ms}\n")
    with served.connect() as listener, served.connect() as idle:
        listener.call("SUBSCRIBE", "news")
        idle.call("PING")
        assert idle.read_until_closed() == b""
        assert served.call("PUBLISH", "news", "x") == 1
        assert listener.read() == message("news", "x")


def test_a_refused_channel_is_the_nodes_error(slotway, fresh_cluster):
    cluster = fresh_cluster(masters=3)
    served = slotway(cluster.seeds[:2])
    for node in cluster.nodes:
        node.call("ACL", "SETUSER", "default", "resetchannels", "&allowed*")
    with served.connect() as client:
        for command in ("SUBSCRIBE", "SSUBSCRIBE"):
            reply = client.call(command, "secret")
            assert isinstance(reply, Err) and reply.startswith("NOPERM")
        assert client.call("SUBSCRIBE", "allowed:1") == [b"subscribe", b"allowed:1", 1]


# --- RESP3 ---

SESSION3 = [
    ["UNSUBSCRIBE"], ["SUBSCRIBE", "a", "b"], ["PSUBSCRIBE", "a*"], ["SSUBSCRIBE", "s"], ["UNSUBSCRIBE", "nosuch"],
    ["UNSUBSCRIBE", "a"], ["SUNSUBSCRIBE"], ["PUNSUBSCRIBE"], ["UNSUBSCRIBE"],
]
ORDINARY3 = [
    ["PING"], ["PING", "x"], ["GET", "a"], ["PUBLISH", "none", "x"], ["PUBSUB", "NUMSUB", "a", "x"], ["PUBSUB", "NUMPAT"],
    ["PUBSUB", "CHANNELS", "a"], ["PUBSUB", "SHARDNUMSUB", "s"], ["PUBSUB", "SHARDCHANNELS"],
]


def hello3(*connections):
    for connection in connections:
        connection.call("HELLO", 3)


def test_resp3_pushes_are_those_of_one_redis(served, plain):
    with served.connect() as through:
        hello3(through, plain)
        for command in SESSION3:
            for connection in (through, plain):
                connection.send(*command)
            for _ in range(max(1, len(command) - 1)):
                assert through.read_push() == plain.read_push(), command
                assert through.last_raw == plain.last_raw, command
            for ordinary in ORDINARY3:
                assert through.call(*ordinary) == plain.call(*ordinary), (command, ordinary)
                assert through.last_raw == plain.last_raw, (command, ordinary)
        assert through.call("HELLO", 2)
        plain.call("HELLO", 2)


def test_resp3_a_subscriber_goes_on_with_ordinary_commands(two):
    listener, speaker = two
    hello3(listener)
    listener.send("SUBSCRIBE", "news")
    assert listener.read_push() == [b"subscribe", b"news", 1]
    large = b"x" * 2_000_000
    assert listener.call("SET", "large", large) == b"OK"
    for number in range(30):
        listener.send("GET", "large")
        assert speaker.call("PUBLISH", "news", f"{number}") == 1
        assert listener.read() == large
    for number in range(30):
        assert listener.read_push() == message("news", f"{number}")
    # Its own messages reach it too.
    assert listener.call("PUBLISH", "news", "mine") == 1
    assert listener.read_push() == message("news", "mine")
    # Back in RESP2 it stays subscribed, and may do little.
    listener.call("HELLO", 2)
    assert isinstance(listener.call("GET", "large"), Err)
    speaker.call("PUBLISH", "news", "x")
    assert listener.read() == message("news", "x")


def test_subscribing_inside_a_transaction(served, plain):
    with served.connect() as through:
        for command in (["MULTI"], ["SET", "k", "v"], ["SUBSCRIBE", "a"], ["PSUBSCRIBE", "b*"], ["UNSUBSCRIBE", "a"], ["EXEC"]):
            assert through.call(*command) == plain.call(*command), command
            assert through.last_raw == plain.last_raw, command
        until(lambda: served.call("PUBLISH", "bb", "x") == 1, "it to stand")
        assert through.read() == [b"pmessage", b"b*", b"bb", b"x"]
        plain.call("PUNSUBSCRIBE")


def test_publishing_inside_a_transaction(two):
    listener, speaker = two
    listener.call("SUBSCRIBE", "news")
    for command in (["MULTI"], ["SET", "k", "v"], ["PUBLISH", "news", "x"]):
        speaker.call(*command)
    assert speaker.call("EXEC")[0] == b"OK"
    assert listener.read() == message("news", "x")
