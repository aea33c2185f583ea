"""A promise that is broken on purpose is found out, each by its own mark; and who tells no lies is not accused."""
import pytest

from chaos import lies, scenarios
from chaos.run import run


@pytest.mark.parametrize("lie, scenario, mark", [
    (lies.Lie, "nothing", None), (lies.Duplicate, "nothing", "duplicated"), (lies.Swallow, "nothing", "lost"),
    (lies.SwapReplies, "nothing", "mismatched"), (lies.SwapWrites, "nothing", "misordered"), (lies.DropAsking, "half", "errors"),
    (lies.SwapValues, "nothing", "mismatched"), (lies.DropTransaction, "nothing", "lost"), (lies.DropPopped, "nothing", "lost"),
    (lies.DropMessage, "nothing", "missed"), (lies.RepeatMessage, "nothing", "again"),
], ids=lambda each: getattr(each, "__name__", str(each)))
def test_it_is_found_out(tmp_path, lie, scenario, mark):
    told = lie()
    found = run(scenarios.choose([scenario])[0], 1, str(tmp_path), lie=told)
    if mark is None:
        assert not found.broken() and not found.lost and not found.errors, found
    else:
        assert told.told > 0 and getattr(found, mark), found


@pytest.mark.parametrize("ordering", ["strict", "key"])
def test_writes_of_one_connection_that_overtake_each_other_on_their_way_to_different_nodes(tmp_path, ordering):
    late = lies.Late()
    found = run(scenarios.choose(["strict"])[0], 1, str(tmp_path), lie=late, ordering=ordering)
    assert late.told > 0 and bool(found.misordered) == (ordering == "key"), found
