"""What was measured: samples of every round, counts of the slower passes, and what went wrong. Medians come from here."""
import json
import statistics


class Results:
    def __init__(self):
        self.samples = []    # dicts: scenario, target, round and numbers
        self.counts = []     # dicts: scenario, target and counts per request
        self.troubles = []   # texts

    def add_sample(self, scenario, target, number, values):
        self.samples.append({"scenario": scenario.name, "target": target, "round": number, **values})
        if values.get("errors"):
            self.trouble(scenario, target, f"{values['errors']} error replies in round {number}")

    def add_counts(self, scenario, target, values):
        self.counts.append({"scenario": scenario.name, "target": target, **values})

    def trouble(self, scenario, target, text):
        text = f"{target} in ({scenario.name}): {text}"
        if text not in self.troubles:
            self.troubles.append(text)

    def values(self, scenario, target, what):
        return [row[what] for row in [*self.samples, *self.counts]
                if row["scenario"] == scenario and row["target"] == target and what in row]

    def median(self, scenario, target, what):
        """None where nothing was measured."""
        values = self.values(scenario, target, what)
        return statistics.median(values) if values else None

    def ratio(self, scenario, target, reference, what):
        """Of medians; None where one of them is missing or nothing."""
        mine, theirs = self.median(scenario, target, what), self.median(scenario, reference, what)
        return mine / theirs if mine is not None and theirs else None

    def measured(self, scenario, targets):
        """Those of the targets of which there is something to show."""
        there = {row["target"] for row in self.samples if row["scenario"] == scenario}
        return [target for target in targets if target in there]

    def write_json(self, path, about):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"about": about, "samples": self.samples, "counts": self.counts, "troubles": self.troubles},
                      file, indent=1)
            file.write("\n")
