"""A short selection of the scenarios, each with what its clients may see."""
import pytest

from chaos import scenarios
from chaos.run import run

SELECTION = ("reshard", "grow", "failover", "half", "proxy", "kill", "hang", "gone")


@pytest.mark.parametrize("scenario", scenarios.choose(SELECTION), ids=SELECTION)
def test_what_clients_see(tmp_path, scenario):
    found = run(scenario, 20, str(tmp_path))
    assert not found.broken(), found
    if scenario.quiet:
        assert not found.errors and not found.lost and not found.missed, found
        assert scenario.cuts or not found.disconnects, found
    else:
        assert set(found.errors) <= ({"unknown", "refused"} if scenario.name == "gone" else {"unknown"}), found
