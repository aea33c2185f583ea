"""The picture: for each scenario bars of the medians, with the number and its ratio to the reference beside each."""
from xml.sax.saxutils import escape

from bench.report import NO_PROCESS, OWN_COST, figures, thousands
from bench.scenarios import ALL

PANELS = [("CPU us/request of the target", "cpu", figures), ("operations/s", "ops", thousands), ("p99 us", "p99", thousands)]
IDLE_PANEL = ("bytes per idle connection", "idle_bytes", thousands)
COLORS = ["#1b6ca8", "#7fb2d6", "#c0504d", "#9b9b9b", "#5a9367", "#8064a2", "#d99a2b", "#3f3f3f"]
PANEL_WIDTH, NAME_WIDTH, BAR_WIDTH, BAR_HEIGHT, HEAD, MARGIN = 420, 90, 200, 15, 44, 12


class Picture:
    def __init__(self, results, targets, reference):
        self._results = results
        self._targets = targets
        self._reference = reference
        self._parts = []

    def text(self):
        y = MARGIN
        for scenario in ALL:
            if measured := self._results.measured(scenario.name, self._targets):
                panels = [IDLE_PANEL] if scenario.idle else PANELS
                self._write(MARGIN, y + 14, f"({scenario.name}) {scenario.title}", "font-weight='bold'")
                for column, panel in enumerate(panels):
                    self._panel(MARGIN + column * PANEL_WIDTH, y + HEAD - 12, scenario.name, measured, panel)
                y += HEAD + BAR_HEIGHT * len(measured)
        width, height = 2 * MARGIN + PANEL_WIDTH * len(PANELS), y + MARGIN
        return (f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
                f"font-family='sans-serif' font-size='11'>\n<rect width='100%' height='100%' fill='white'/>\n"
                + "\n".join(self._parts) + "\n</svg>\n")

    def _panel(self, x, y, scenario, targets, panel):
        title, what, write = panel
        self._write(x, y, title, "fill='#666'")
        values = {target: None if target == NO_PROCESS and what in OWN_COST else self._results.median(scenario, target, what)
                  for target in targets}
        longest = max([value for value in values.values() if value] or [1])
        for row, (target, value) in enumerate(values.items()):
            label = "-" if value is None else self._label(scenario, target, what, write(value))
            self._bar(x, y + 4 + row * BAR_HEIGHT, target, (value or 0) / longest, label)

    def _bar(self, x, y, target, share, label):
        color = COLORS[self._targets.index(target) % len(COLORS)]
        self._write(x, y + 11, target)
        self._parts.append(f"<rect x='{x + NAME_WIDTH}' y='{y + 2}' width='{BAR_WIDTH * share:.1f}' "
                           f"height='{BAR_HEIGHT - 4}' fill='{color}'/>")
        self._write(x + NAME_WIDTH + BAR_WIDTH * share + 4, y + 11, label)

    def _label(self, scenario, target, what, value):
        ratio = self._results.ratio(scenario, target, self._reference, what)
        return value if ratio is None else f"{value} ({ratio:.2f})"

    def _write(self, x, y, text, attributes=""):
        self._parts.append(f"<text x='{x:.1f}' y='{y}' {attributes}>{escape(text)}</text>")
