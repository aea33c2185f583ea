"""What was done in a run can be done again."""
import json

from chaos import scenarios
from chaos.run import run
from chaos.schedule import Schedule


def test_a_schedule_played_again_has_the_same_acts(tmp_path):
    scenario = scenarios.choose(["half"])[0]
    run(scenario, 3, str(tmp_path / "first"))
    run(scenario, 3, str(tmp_path / "again"), replay=Schedule(tmp_path / "first/schedule.jsonl"))
    first, again = (_acts(tmp_path / name / "schedule.jsonl") for name in ("first", "again"))
    assert len(first) == 4 and again == first


def _acts(path):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(line["act"], line["args"]) for line in lines if "act" in line]
