"""A promise that is broken on purpose is found out, each by its own mark; and who tells no lies is not accused."""
import pytest

from chaos import lies, scenarios
from chaos.clients import Surveyor
from chaos.run import run
from harness.resp import Err
from harness.slots import key_in


@pytest.mark.parametrize("lie, scenario, mark", [
    (lies.Lie, "nothing", None), (lies.Duplicate, "nothing", "duplicated"), (lies.Swallow, "nothing", "lost"),
    (lies.SwapReplies, "nothing", "mismatched"), (lies.SwapWrites, "nothing", "misordered"), (lies.DropAsking, "half", "errors"),
    (lies.SwapValues, "nothing", "mismatched"), (lies.DropTransaction, "nothing", "lost"), (lies.DropPopped, "nothing", "lost"),
    (lies.DropPoppedAcross, "nothing", "lost"), (lies.RepeatPopped, "nothing", "lost"),
    (lies.DropMessage, "nothing", "missed"), (lies.RepeatMessage, "nothing", "again"),
], ids=lambda each: getattr(each, "__name__", str(each)))
def test_it_is_found_out(tmp_path, lie, scenario, mark):
    told = lie()
    found = run(scenarios.choose([scenario])[0], 1, str(tmp_path), lie=told)
    if mark is None:
        assert not found.broken() and not found.lost and not found.errors, found
    else:
        assert told.told > 0 and getattr(found, mark), found


class Refusing:
    """A way on which all is refused, and one part of what has several."""
    disconnects = 0

    def run(self, commands):
        why = "CLUSTERDOWN a master has been unavailable, the command was not executed"
        return [Err(f"ERR MGET: 1 of 2 parts failed, 1 succeeded: {why}" if command[0] == "MGET" else why) for command in commands]


def test_what_nothing_was_done_to_may_not_be_refused():
    here, there = key_in(1), key_in(2)
    client = Surveyor("d", Refusing(), 1)
    client.disturbed = frozenset([1])
    client.ask([("SET", here, 1), ("MGET", here, there), ("DBSIZE",), ("MULTI",), ("INCR", here), ("EXEC",)])
    assert client.findings.groundless == 0, client.findings
    client.ask([("SET", there, 1), ("MGET", there, key_in(3))])
    assert client.findings.groundless == 2, client.findings


@pytest.mark.parametrize("ordering", ["strict", "key"])
def test_writes_of_one_connection_that_overtake_each_other_on_their_way_to_different_nodes(tmp_path, ordering):
    late = lies.Late()
    found = run(scenarios.choose(["strict"])[0], 1, str(tmp_path), lie=late, ordering=ordering)
    assert late.told > 0 and bool(found.misordered) == (ordering == "key"), found
