"""Waiting for events by polling with a deadline. No test sleeps for a fixed time."""
import os
import time

# Sanitizer builds are several times slower; deadlines say "broken", never "slow".
SANITIZED = os.environ.get("SLOTWAY_SANITIZED") == "1"
PATIENCE_S = 90 if SANITIZED else 30


def until(check, what, timeout=PATIENCE_S, interval=0.02):
    """The first truthy answer of check(). Exceptions of check count as 'not yet' and are shown when time is up."""
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            last = check()
            if last:
                return last
        except (OSError, EOFError, ValueError, KeyError, AssertionError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}; last seen: {last!r}")
        time.sleep(interval)
