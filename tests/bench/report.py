"""The report in Markdown. Tables are padded, so that they read as well in a terminal."""
from bench.scenarios import ALL, MASTERS


def thousands(value):
    return f"{value:,.0f}"


def figures(value):
    """About three figures that matter."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def call_figures(value):
    return f"{value:.3f}"


def mebibytes(kib):
    return f"{kib / 1024:.1f}"


# label, what, how it is written, whether the ratio to the reference is shown
ROWS = [
    ("operations/s", "ops", thousands, True),
    ("p50 us", "p50", thousands, True),
    ("p99 us", "p99", thousands, True),
    ("p99.9 us", "p999", thousands, True),
    ("CPU us/request", "cpu", figures, True),
    ("  user", "cpu_user", figures, True),
    ("  system", "cpu_system", figures, True),
    ("Redis CPU us/request", "redis", figures, True),
    ("generator CPU us/request", "load", figures, True),
    ("all three, CPU us/request", "total", figures, True),
    ("peak resident MiB", "peak_kib", mebibytes, False),
    ("resident after MiB", "resident_kib", mebibytes, False),
    ("bytes per idle connection", "idle_bytes", thousands, True),
    ("reads/request", "read", call_figures, False),
    ("writes/request", "write", call_figures, False),
    ("epoll_wait/request", "epoll_wait", call_figures, False),
    ("epoll_ctl/request", "epoll_ctl", call_figures, False),
    ("all calls/request", "all", call_figures, True),
    ("Redis reads/request", "redis_read", call_figures, False),
    ("Redis writes/request", "redis_write", call_figures, False),
    ("instructions/request", "instructions", thousands, True),
]
NO_PROCESS = "direct"
OWN_COST = {"cpu", "cpu_user", "cpu_system", "peak_kib", "resident_kib", "read", "write", "epoll_wait", "epoll_ctl", "all"}
SUMMARIES = [("CPU us/request of the target's process", "cpu", figures),
             ("CPU us/request of target, Redis and generator together", "total", figures),
             ("Operations per second", "ops", thousands), ("p99 us", "p99", thousands), ("p99.9 us", "p999", thousands)]


def table(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells):
        first, *rest = (cell.ljust(width) if column == 0 else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(cells, widths)))
        return f"| {' | '.join([first, *rest])} |"
    rule = "|" + "|".join("-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths))
    return "\n".join([line(head), rule + "|", *map(line, rows)]) + "\n"


class Report:
    def __init__(self, results, targets, reference, about):
        self._results = results
        self._targets = targets
        self._reference = reference
        self._about = about

    def text(self):
        parts = ["# Benchmark\n", "\n".join(f"* {name}: {text}" for name, text in self._about.items()) + "\n",
                 f"Medians; in brackets what they are of {self._reference}'s. `tests/bench/README.md` says how to read this.\n",
                 "![medians and ratios](report.svg)\n"]
        if self._results.troubles:
            parts += ["## What went wrong\n", "\n".join(f"* {text}" for text in self._results.troubles) + "\n"]
        measured = [scenario for scenario in ALL if self._results.measured(scenario.name, self._targets)]
        parts += self._summaries([scenario.name for scenario in measured if not scenario.idle])
        parts += [text for shape in ("a", "b") for text in self._growth(shape, measured)]
        for scenario in measured:
            parts += [f"## ({scenario.name}) {scenario.title}\n", self._scenario(scenario.name)]
        return "\n".join(parts)

    def _cell(self, scenario, target, what, write, compare=True):
        value = self._results.median(scenario, target, what)
        if value is None or (target == NO_PROCESS and what in OWN_COST):
            return "-"
        ratio = self._results.ratio(scenario, target, self._reference, what) if compare else None
        return write(value) if ratio is None else f"{write(value)} ({ratio:.2f})"

    def _summaries(self, scenarios):
        parts = []
        for title, what, write in SUMMARIES:
            rows = [[scenario, *(self._cell(scenario, target, what, write) for target in self._targets)] for scenario in scenarios]
            if rows:
                parts += [f"## {title}\n", table(["", *self._targets], rows)]
        return parts

    def _growth(self, shape, measured):
        """What more masters cost each target, beside what the same work costs it before few."""
        names = [scenario.name for scenario in measured]
        sizes = [name for name in names if name[0] == "j" and name[-1] == shape]
        base = next((name for name in (f"j{MASTERS}{shape}", shape) if name in names), None)
        if not base or sizes in ([], [base]):
            return []
        targets = [target for target in self._results.measured(sizes[-1], self._targets) if target != NO_PROCESS]
        rows = [[size, *(self._grown(size, base, target) for target in targets)] for size in sizes]
        return [f"## CPU us/request as the cluster grows, in brackets of the target's own in ({base})\n",
                table(["", *targets], rows)]

    def _grown(self, scenario, base, target):
        now, before = (self._results.median(name, target, "cpu") for name in (scenario, base))
        return f"{figures(now)} ({now / before:.2f})" if now and before else "-"

    def _scenario(self, scenario):
        targets = self._results.measured(scenario, self._targets)
        rows = []
        for label, what, write, compare in ROWS:
            cells = [self._cell(scenario, target, what, write, compare) for target in targets]
            if set(cells) != {"-"}:
                rows.append([label, *cells])
            if what == "cpu" and rows and rows[-1][0] == label:
                rows.append(["  min..max", *(self._range(scenario, target, what) for target in targets)])
        return table(["", *targets], rows)

    def _range(self, scenario, target, what):
        values = self._results.values(scenario, target, what)
        return "-" if target == NO_PROCESS else f"{figures(min(values))}..{figures(max(values))}"
