"""The order of things: for each scenario all targets are started, then sampled in turn, round after round, then counted."""
import os
import shutil
import subprocess
from dataclasses import dataclass

from bench import calls, instructions, sample
from bench.load import LoadFailed
from bench.progress import Progress
from bench.targets import NotStarted

START_S = 0.4           # guesses for the progress line: starting a target,
FILL_S = 3              # servers and their data,
CLUSTER_NODE_S = 0.1    # a node of a cluster


@dataclass(frozen=True)
class Pace:
    """How long and how often."""
    rounds: int
    seconds: float
    warmup: float
    count_seconds: float
    instruction_requests: int

    @property
    def sample_s(self):
        return self.seconds + self.warmup + 0.1

    @property
    def count_s(self):
        return 1.25 * self.count_seconds + 0.4

    @property
    def instructions_s(self):
        return 2.5 + self.instruction_requests / 5000


class Bench:
    """One run over `targets` and `scenarios`. `results` fills while it goes on, so that an interrupted run has some."""

    def __init__(self, targets, scenarios, pace, instruction_groups, stores, folder, results):
        self._targets = targets
        self._scenarios = scenarios
        self._pace = pace
        self._stores = stores
        self._folder = folder
        self._results = results
        self._counter = calls.choose_counter()
        self._hardware = calls.perf_understands(calls.INSTRUCTIONS)
        self._instruction_groups = instruction_groups if not self._hardware and instructions.available() else []
        self._running = {}
        self._progress = Progress(sum(map(self._planned, scenarios)))

    @property
    def methods(self):
        """How calls and instructions are counted here, in words."""
        return {"system calls": self._counter.name if self._counter else "not counted: neither perf nor strace works here",
                "instructions": "perf stat (hardware)" if self._hardware else
                                f"callgrind, scenarios {', '.join(self._instruction_groups)}" if self._instruction_groups
                                else "not counted"}

    def _planned(self, scenario):
        takers = self._takers(scenario)
        seconds = FILL_S + START_S * len(takers) + CLUSTER_NODE_S * scenario.masters * (scenario.group == "j")
        if scenario.idle:
            return seconds + self._pace.rounds * START_S * len(takers)
        seconds += len(takers) * (self._pace.rounds * self._pace.sample_s + self._pace.count_s)
        return seconds + self._pace.instructions_s * len(takers) * (scenario.group in self._instruction_groups)

    def _takers(self, scenario):
        return [target for target in self._targets if target.takes(scenario)]

    def run(self):
        try:
            for scenario in self._scenarios:
                self._run_scenario(scenario)
        finally:
            self._progress.end()
            self.stop()

    def _run_scenario(self, scenario):
        takers = self._takers(scenario)
        if scenario.idle:
            return self._rounds(scenario, takers, self._idle_sample)
        takers = [target for target in takers if self._start(scenario, target)]
        self._rounds(scenario, takers, self._speed_sample)
        able = self._results.measured(scenario.name, [target.name for target in takers])
        takers = [target for target in takers if target.name in able]
        self._count_all_calls(scenario, takers)
        self.stop()
        for target in takers:
            self._count_instructions(scenario, target)

    def _rounds(self, scenario, takers, take):
        for number in range(1, self._pace.rounds + 1):
            for target in takers:
                try:
                    if values := take(scenario, target, number):
                        self._results.add_sample(scenario, target.name, number, values)
                except LoadFailed as error:
                    self._results.trouble(scenario, target.name, str(error))

    def _start(self, scenario, target, before=()):
        self._progress.step(f"({scenario.name}) starting {target.name}", START_S)
        try:
            running = target.start(self._stores, scenario, self._folder, before)
        except (NotStarted, AssertionError) as error:   # the latter: servers that did not get ready in time
            self._results.trouble(scenario, target.name, f"did not start: {error}")
            return None
        self._running[target.name] = running
        try:
            running.prepare(scenario)
        except LoadFailed as error:
            self._results.trouble(scenario, target.name, f"servers could not be filled: {error}")
            return None
        return running

    def _speed_sample(self, scenario, target, number):
        self._progress.step(f"({scenario.name}) {target.name}, round {number} of {self._pace.rounds}", self._pace.sample_s)
        return sample.measure(self._running[target.name], scenario, self._pace.seconds, self._pace.warmup)

    # A fresh process each time: memory that an earlier round has freed would hide what these connections need.
    def _idle_sample(self, scenario, target, number):
        running = self._start(scenario, target)
        if not running:
            return None
        self._progress.step(f"({scenario.name}) {target.name}, round {number} of {self._pace.rounds}")
        try:
            return sample.measure_idle(running, scenario)
        finally:
            self.stop()

    def _count_all_calls(self, scenario, takers):
        if not self._counter:
            return
        try:
            with self._counter.held(self._folder):
                for target in takers:
                    self._count_calls(scenario, target)
        except OSError as error:
            self._results.trouble(scenario, "all targets", f"system calls not counted: {error}")

    def _count_calls(self, scenario, target):
        self._progress.step(f"({scenario.name}) {target.name}, system calls", self._pace.count_s)
        events = [calls.INSTRUCTIONS] if self._hardware else []
        try:
            counts = calls.measure(self._counter, self._running[target.name], scenario, self._pace.count_seconds,
                                   self._folder, events)
            self._results.add_counts(scenario, target.name, counts)
        except (LoadFailed, OSError) as error:
            self._results.trouble(scenario, target.name, f"system calls not counted: {error}")

    def _count_instructions(self, scenario, target):
        if scenario.group not in self._instruction_groups or target.name == "direct":
            return
        folder = os.path.join(self._folder, "callgrind")
        os.makedirs(folder, exist_ok=True)
        running = self._start(scenario, target, instructions.wrapper(folder))
        if running:
            self._progress.step(f"({scenario.name}) {target.name}, instructions by callgrind", self._pace.instructions_s)
            try:
                counted = instructions.measure(running, scenario, self._pace.instruction_requests, folder)
                self._results.add_counts(scenario, target.name, {"instructions": counted})
            except (LoadFailed, subprocess.TimeoutExpired) as error:
                self._results.trouble(scenario, target.name, f"instructions not counted: {error}")
        self.stop()
        shutil.rmtree(folder)

    def stop(self):
        """Ends the targets that run."""
        while self._running:
            self._running.popitem()[1].stop()
