"""One line that tells how far the run is: rewritten on a terminal, a line for each step in a log."""
import sys
import time


class Progress:
    """`planned` is a guess in seconds, corrected by how the guesses of the steps so far came true."""

    def __init__(self, planned):
        self._planned = max(planned, 1)
        self._done = 0.0
        self._began = time.monotonic()
        self._live = sys.stderr.isatty()

    def step(self, text, planned=0.0):
        """A step begins; `planned` seconds will be behind us when the next one does."""
        elapsed = time.monotonic() - self._began
        pace = elapsed / self._done if self._done > 10 else 1
        left = max(self._planned - self._done, 0) * pace
        line = f"[{_clock(elapsed)} of about {_clock(elapsed + left)}] {text}"
        sys.stderr.write(f"\r\x1b[K{line}" if self._live else line + "\n")
        sys.stderr.flush()
        self._done += planned

    def end(self):
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
