"""The load generator (build/release/slotway_load) as a process."""
import json
import os
import subprocess

from harness.proxy import ROOT

BINARY = os.environ.get("SLOTWAY_LOAD_BIN", os.path.join(ROOT, "build/release/slotway_load"))


class LoadFailed(Exception):
    """The generator gave up; the text is its own."""


class Load:
    """Running from the constructor on; `finish` waits for the result. `way` says where it goes to."""

    def __init__(self, way, arguments):
        command = [BINARY, *map(str, way), *map(str, arguments)]
        # A session of its own: Ctrl-C is for the benchmark, which then ends what it started.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def first_line(self):
        """Of stdout, while it runs on."""
        line = self._process.stdout.readline()
        if not line:
            self.finish()
        return line

    def finish(self):
        """What it printed, after it ended. LoadFailed when it did not end well."""
        out, errors = self._process.communicate()
        if self._process.returncode != 0:
            raise LoadFailed(errors.strip() or f"exit code {self._process.returncode}")
        return json.loads(out) if out.strip() else None


def fill(way, scenario, connections):
    """Writes every key of the scenario once, over so many connections."""
    arguments = ["--connections", connections, "--key-space", scenario.key_space,
                 "--value-bytes", scenario.value_bytes, "--fill", "--seconds", 0]
    with Load(way, arguments) as load:
        load.finish()


def run_for(way, scenario, seconds, warmup):
    return Load(way, [*scenario.arguments, "--seconds", seconds, "--warmup", warmup])


def run_requests(way, scenario, requests):
    """So many requests, to the end."""
    with Load(way, [*scenario.arguments, "--requests", requests]) as load:
        return load.finish()
