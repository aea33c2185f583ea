"""What was done in a run, and when: written while it goes, line by line, so that nothing is missing when it is broken off, and
played again.

    {"scenario": "kill", "seed": 1, "way": "slotway", "workers": 2, "ordering": "key", "nodes": {"node 0": 12345, ...}}
    {"at_s": 0.412, "act": "kill", "args": ["node 2"]}
    {"at_s": 0.413, "act": "replaced", "args": ["node 2"]}
    {"at_s": 4.371, "saw": "outage", "value": 3.957}

The clock begins when the clients are at work. Nodes have names, since each run has other ports."""
import json
import time


class Record:
    def __init__(self, path, **run):
        self._file = open(path, "w", encoding="utf-8")
        self._begun = time.monotonic()
        self._write(run)

    def act(self, name, args):
        self._write({"at_s": self._now(), "act": name, "args": args})

    def saw(self, what, value):
        self._write({"at_s": self._now(), "saw": what, "value": value})

    def end(self):
        self._write({"at_s": self._now(), "end": True})

    def close(self):
        self._file.close()

    def _now(self):
        return round(time.monotonic() - self._begun, 3)

    def _write(self, line):
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


class Schedule:
    """One that was recorded; of one that was broken off what there is."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.run, *self._lines = [json.loads(line) for line in file if line.endswith("\n")]

    def __call__(self, stage):
        """The same acts at the same times. What waits for the cluster does so again, and what is behind it comes no earlier."""
        begun = time.monotonic()
        for line in self._lines:
            time.sleep(max(0.0, begun + line["at_s"] - time.monotonic()))
            if "act" in line:
                stage.play(line["act"], line["args"])
