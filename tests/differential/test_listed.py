"""What COMMANDS.md lists is true: each refused command is refused with its line, each listed difference is one."""
import pytest

from differential.judge import readable
from differential.keyspace import setup
from differential.known import Known
from differential.play import LINE, Stage
from differential.wire import words

LISTED = Known()


@pytest.mark.parametrize("name", sorted(LISTED.refused))
def test_refused_commands_are_refused_with_the_listed_line(name, judge, commands):
    request = commands[name].words + words(*["1"] * (commands[name].least - len(commands[name].words)))
    assert readable(judge().ours.ask(*request)) == LISTED.refused[name]


@pytest.mark.parametrize("row", LISTED.rows, ids=lambda row: row.example)
def test_listed_differences_differ(row, judge, known, plain_server, proxy, tagged):
    """The example is a play; its differences must all be listed, and this row among them."""
    if tagged:
        pytest.skip("some of them are none with a keyspace")
    lines = [line.strip() for line in row.example.split(";")]
    if any(LINE.fullmatch(line)[2].split()[0].lower() in LISTED.refused for line in lines):
        pytest.skip("refused")
    judged = judge()
    judged.run([setup()])
    known.met.clear()
    stages = [Stage(plain_server.port, 2), Stage(proxy.port, 2)]
    try:
        for line in lines:
            judged.scene(line, *[stage.perform(line) for stage in stages])
    finally:
        for stage in stages:
            stage.close()
    judged.verdict()
    assert row in known.met, "no difference any more: take it off the list"
