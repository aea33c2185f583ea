"""Sessions and clients among each other: transactions, blocking commands, messages."""
import pytest

from differential import scenarios
from differential.keyspace import setup
from differential.play import Stage
from differential.play import scenarios as plays

PROTOCOLS = [2, 3]
PLAYS = {"transactions": scenarios.TRANSACTIONS, "blocking": scenarios.BLOCKING, "pubsub": scenarios.PUBSUB,
         "session": scenarios.SESSION, "scripts": scenarios.SCRIPTS, "keyspace": scenarios.KEYSPACE}
ALL = [pytest.param(lines, id=f"{group}: {title}")
       for group, text in PLAYS.items() for title, lines in plays(text).items()]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids="RESP{}".format)
@pytest.mark.parametrize("lines", ALL)
def test_scenario(lines, protocol, judge, plain_server, proxy):
    judged = judge(protocol)
    judged.run([setup()])
    stages = [Stage(plain_server.port, protocol), Stage(proxy.port, protocol)]
    try:
        for line in lines:
            judged.scene(line, *[stage.perform(line) for stage in stages])
            if judged.stuck:
                break
        rest = [] if judged.stuck else [stage.rest() for stage in stages]
    finally:
        for stage in stages:
            stage.close()
    judged.verdict()
    assert rest[0] == rest[1], "one was sent more than the other"
