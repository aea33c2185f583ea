"""A short soak: whoever comes is served, and nothing of whoever leaves stays. Memory over time needs longer (run.sh)."""
from harness.wait import SANITIZED
from soak.soak import soak


def test_nothing_stays_behind(tmp_path):
    found = soak(tmp_path, 40 if SANITIZED else 20)
    assert not found.broken()
    assert found.visits > 100
