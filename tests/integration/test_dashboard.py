"""The Grafana dashboard as a file: well formed, laid out, and tied to its variables."""
import itertools
import json
import os

import pytest

from harness.proxy import ROOT


@pytest.fixture(scope="module")
def dashboard():
    with open(os.path.join(ROOT, "dashboards/slotway.json"), encoding="utf-8") as file:
        return json.load(file)


def test_has_what_grafana_asks_for(dashboard):
    assert dashboard["title"] == "Slotway" and dashboard["uid"] == "slotway"
    assert dashboard["id"] is None, "an import gives it one"
    assert dashboard["schemaVersion"] >= 36
    assert [variable["name"] for variable in dashboard["templating"]["list"]] == ["datasource", "job", "instance"]


def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard):
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    for panel in panels:
        place = panel["gridPos"]
        assert place["w"] > 0 and place["h"] > 0 and place["x"] + place["w"] <= 24, panel["title"]
    for one, other in itertools.combinations(panels, 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = (a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or
                 a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])
        assert apart, (one["title"], other["title"])


def test_every_query_goes_to_the_chosen_source_and_instances(dashboard):
    for panel in dashboard["panels"]:
        assert panel["type"] == "row" or panel["targets"], panel["title"]
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${datasource}"
            assert 'job=~"$job", instance=~"$instance"' in target["expr"], panel["title"]
