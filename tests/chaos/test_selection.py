"""A short selection of the scenarios, each with what its clients may see."""
import pytest

from chaos import scenarios
from chaos.run import run
from chaos.verdict import broken_promises

SELECTION = ("reshard", "grow", "shrink", "failover", "half", "proxy", "kill", "hang", "gone", "unreached", "hole",
             "shut-out", "parted", "isolated")


@pytest.mark.parametrize("scenario", scenarios.choose(SELECTION), ids=SELECTION)
def test_what_clients_see(tmp_path, scenario):
    found = run(scenario, 20, str(tmp_path))
    assert not broken_promises(scenario, found), found
