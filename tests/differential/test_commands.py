"""Every command of the table: wrong arities, each type of key, options as its argument tree allows them, broken ones."""
import random

import pytest

from differential import streams
from differential.arguments import Arguments
from differential.wire import words

GROUPS = ["string", "bitmap", "list", "hash", "set", "sorted-set", "stream", "geo", "hyperloglog", "generic",
"connection", "server",
          "scripting", "cluster", "pubsub", "transactions"]
PROTOCOLS = [2, 3]


def test_no_command_is_left_out(commands):
    assert {command.group for command in commands.values()} == set(GROUPS)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
@pytest.mark.parametrize("group", GROUPS)
def test_replies(group, protocol, judge, commands, seed, rounds):
    judged = judge(protocol)
    for command in commands.values():
        if command.group == group:
            judged.run(streams.blocks(command, random.Random(f"{seed} {command.name}"), rounds))
    judged.verdict()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
def test_long_pipelines_of_mixed_commands(protocol, judge, commands, seed, rounds):
    judged = judge(protocol)
    judged.run(streams.mixed(list(commands.values()), random.Random(f"{seed} mixed"), 10 * rounds), at_once=10_000)
    judged.verdict()


def test_one_by_one(judge, commands, seed, rounds):
    """No pipeline: each reply is read before the next request is sent."""
    judged = judge()
    judged.run(streams.mixed(list(commands.values()), random.Random(f"{seed} single"), 4 * rounds), at_once=1)
    judged.verdict()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
def test_keys_of_many_slots(protocol, judge, seed, rounds):
    judged = judge(protocol)
    judged.run(streams.spread(random.Random(f"{seed} spread"), 30 * rounds), at_once=1000)
    judged.verdict()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
def test_reads_over_keys_of_many_slots(protocol, judge, seed, rounds):
    judged = judge(protocol)
    judged.run(streams.across(random.Random(f"{seed} across"), 30 * rounds), at_once=1000)
    judged.verdict()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
def test_what_is_taken_from_keys_of_many_slots(protocol, judge, seed, rounds):
    judged = judge(protocol)
    judged.run(streams.takes(random.Random(f"{seed} takes"), 30 * rounds), at_once=1000)
    judged.verdict()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
def test_transactions(protocol, judge, commands, seed, rounds):
    judged = judge(protocol)
    judged.run(streams.transactions(list(commands.values()), random.Random(f"{seed} transactions"), 60 * rounds), at_once=50)
    judged.verdict()


def test_where_the_keys_are(judge, commands, seed, rounds):
    """COMMAND GETKEYS, asked about valid and broken requests of every command."""
    judged = judge()
    for command in commands.values():
        drawn = streams.drawn(command, random.Random(f"{seed} keys {command.name}"), rounds)
        judged.run([[words("COMMAND", "GETKEYS", *request) for request in drawn]])
    judged.verdict()


def test_what_is_done_to_the_keys(judge, commands, seed, rounds):
    """COMMAND GETKEYSANDFLAGS, asked about valid requests."""
    judged = judge()
    for command in commands.values():
        draw = Arguments(command, random.Random(f"{seed} flags {command.name}"))
        judged.run([[words("COMMAND", "GETKEYSANDFLAGS", *draw.valid()) for _ in range(10 * rounds)]])
    judged.verdict()
