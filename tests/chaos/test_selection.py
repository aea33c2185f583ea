"""A short selection of the scenarios, each with what its clients may see."""
import pytest

from chaos import scenarios
from chaos.run import run
from chaos.verdict import broken_promises

SELECTION = ("reshard", "grow", "shrink", "failover", "half", "half-pairs", "proxy", "kill", "covered", "hang", "restarts",
             "gone", "given-up", "unreached", "hole", "shut-out", "parted", "isolated")


@pytest.mark.parametrize("scenario, workers", [(each, 1 + place % 2) for place, each in enumerate(scenarios.choose(SELECTION))],
                         ids=SELECTION)
def test_what_clients_see(tmp_path, scenario, workers):
    found = run(scenario, 20, str(tmp_path), workers=workers)
    assert not broken_promises(scenario, found), found
