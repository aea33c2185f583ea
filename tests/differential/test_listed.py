"""What COMMANDS.md lists is true: each refused command is refused with its line, each listed difference is one."""
import shlex

import pytest

from differential.judge import Finding, readable
from differential.keyspace import setup
from differential.known import Known
from differential.wire import meaning, words

LISTED = Known()


@pytest.mark.parametrize("name", sorted(LISTED.refused))
def test_refused_commands_are_refused_with_the_listed_line(name, judge, commands):
    request = commands[name].words + words(*["1"] * (commands[name].least - len(commands[name].words)))
    assert readable(judge().ours.ask(*request)) == LISTED.refused[name]


@pytest.mark.parametrize("row", LISTED.rows, ids=lambda row: row.example)
def test_listed_differences_differ(row, judge):
    judged = judge()
    judged.run([setup()])
    *before, request = [words(*shlex.split(part)) for part in row.example.split(";")]
    judged.plain.pipeline(before)
    judged.ours.pipeline(before)
    plain, ours = (readable(meaning(peer.reply(request))) for peer in (judged.plain, judged.ours))
    assert plain != ours, "no difference any more: take it off the list"
    assert row.covers(judged.name_of(request), plain, ours), Finding(request, plain, ours)
