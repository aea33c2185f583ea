"""Nodes that send a request round in circles, and what they get to see of it."""
import pytest

from harness.resp import Err
from harness.scripted import OK, error
from harness.slots import key_in, slot_of

KEY = key_in(100)
SHORT = "timeouts: {request_deadline: 2s}\nlimits: {redirects: 4}\n"


def to(kind, node):
    return lambda _, argv: error(f"{kind} {slot_of(argv[1])} 127.0.0.1:{node.port}")


@pytest.mark.parametrize("kind", ["MOVED", "ASK"])
def test_ping_pong_ends_in_one_error(scripted, slotway, kind):
    fake = scripted(2)
    one, two = fake.nodes
    one.on("GET", to(kind, two))
    two.on("GET", to(kind, one)).on("SET", lambda *_: OK)
    proxy = slotway(fake.seeds, config=SHORT)
    with proxy.connect() as client:
        reply = client.call("GET", KEY)
        assert isinstance(reply, Err) and reply.code not in ("MOVED", "ASK") and "not executed" in reply, reply
        assert one.count("GET") + two.count("GET") <= 6, "followed up to the limit, no further"
        assert client.call("SET", key_in(16000), 1) == b"OK"
    code = {"MOVED": "C002", "ASK": "C003"}[kind]
    assert proxy.metric("slotway_failures_total", code=code) == 1


def test_asking_stands_directly_before_its_command(scripted, slotway):
    fake = scripted(2)
    one, two = fake.nodes
    one.on("INCR", to("ASK", two))
    two.on("INCR", lambda *_: b":7\r\n").on("GET", lambda *_: b"$1\r\nx\r\n")
    proxy = slotway(fake.seeds)
    with proxy.connect() as client:
        batch = [("INCR", KEY), ("GET", key_in(16000))] * 200
        assert client.pipeline(batch) == [7, b"x"] * 200
    names = two.names_seen()
    assert names.count("INCR") == 200
    for index, name in enumerate(names):
        if name == "INCR":
            assert names[index - 1] == "ASKING", names[max(0, index - 3):index + 1]
        if name == "ASKING":
            assert names[index + 1] == "INCR"


def test_asking_refused_does_not_shift_replies(scripted, slotway):
    fake = scripted(2)
    one, two = fake.nodes
    one.on("GET", to("ASK", two)).on("STRLEN", lambda *_: b":3\r\n")
    two.on("ASKING", lambda *_: error("ERR no")).on("GET", lambda _, argv: b"$2\r\nok\r\n")
    proxy = slotway(fake.seeds, config=SHORT)
    with proxy.connect() as client:
        assert client.pipeline([("GET", KEY), ("STRLEN", KEY)] * 20)[1::2] == [3] * 20


def test_moved_for_another_slot_or_with_a_broken_text_is_not_followed(scripted, slotway, decoy):
    fake = scripted(2)
    texts = iter([f"MOVED 5 127.0.0.1:{decoy.port}", "MOVED", "MOVED 100", "MOVED x 127.0.0.1:1", "MOVED 100 127.0.0.1:notaport",
                  "ASK 99999 127.0.0.1:1"])
    fake.nodes[0].on("GET", lambda *_: error(next(texts, "ERR no more")))
    proxy = slotway(fake.seeds, config=SHORT)
    with proxy.connect() as client:
        for _ in range(6):
            assert isinstance(client.call("GET", KEY), Err)
        assert client.call("PING") == b"PONG"
    assert not decoy.was_called()


def test_an_address_outside_the_topology_gets_no_password(scripted, slotway, decoy):
    """A redirect to an address that no node announces is confirmed by a refresh before anything is sent there."""
    fake = scripted(2)
    fake.nodes[0].on("GET", lambda _, argv: error(f"MOVED {slot_of(argv[1])} 127.0.0.1:{decoy.port}"))
    proxy = slotway(fake.seeds, config=SHORT)
    reply = proxy.call("GET", KEY)
    assert isinstance(reply, Err) and reply.code != "MOVED", reply
    assert not decoy.was_called()


@pytest.mark.parametrize("text", ["TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN The cluster is down",
                                  "LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
                                  "READONLY You can't write against a read only replica."], ids=lambda text: text.split()[0])
def test_transient_refusals_are_waited_out(scripted, slotway, text):
    fake = scripted(2)
    answers = iter([error(text)] * 3)
    fake.nodes[0].on("INCR", lambda *_: next(answers, b":1\r\n"))
    proxy = slotway(fake.seeds)
    assert proxy.call("INCR", KEY) == 1
    assert fake.nodes[0].count("INCR") == 4
    assert proxy.metric("slotway_retries_total") >= 3


def test_other_errors_pass_through_untouched(scripted, slotway):
    fake = scripted(2)
    texts = ["ERR mine", "WRONGTYPE Operation against a key", "OOM command not allowed", "NOPERM no", "MOVEDX 1 2", "ASKED 1 2"]
    answers = iter(texts)
    fake.nodes[0].on("GET", lambda *_: error(next(answers)))
    proxy = slotway(fake.seeds)
    with proxy.connect() as client:
        assert [client.call("GET", KEY) for _ in texts] == texts
