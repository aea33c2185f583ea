"""What a run has found, summed over all its clients."""
import collections
import dataclasses

from chaos.keyspaces import slot_of


@dataclasses.dataclass
class Findings:
    operations: int = 0
    errors: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # by outcome, but DONE
    texts: collections.Counter = dataclasses.field(default_factory=collections.Counter)   # of those errors
    disconnects: int = 0      # connections that ended; what was on its way may have run
    pause_s: float = 0.0      # the longest time to an answer
    slowest: str = ""         # who waited so long, for what
    aside_s: float = 0.0      # the longest time to an answer for which nothing was needed that something was done to
    slow_aside: str = ""
    duplicated: int = 0       # ran twice
    lost: int = 0             # acknowledged, and not there
    lost_in: set = dataclasses.field(default_factory=set)    # slots of those
    lost_aside: int = 0       # slots in which something was lost, and to which nothing was done
    misordered: int = 0       # one connection's operations on one key, in another order than sent
    mismatched: int = 0       # an answer that cannot be this request's, or an error that is not true
    groundless: int = 0       # refused, though nothing was done to any slot of it
    vanished: int = 0         # keys that were there before, and nobody writes
    overdrawn: list = dataclasses.field(default_factory=list)  # clients with more unknown outcomes than they had at risk
    missed: int = 0           # messages published and not heard
    again: int = 0            # ... and heard once more
    outage_s: float = 0.0     # the longest that the cluster itself did not serve, or did not to the proxy
    late_s: float = 0.0       # what the proxy took to notice that it can reach all again, when it had refused commands
    details: list = dataclasses.field(default_factory=list)

    WRONGS = ("duplicated", "lost", "misordered", "mismatched", "groundless")

    def wrong(self, kind, detail, count=1):
        setattr(self, kind, getattr(self, kind) + count)
        if kind != "lost" or len(self.details) < 20:
            self.details.append(f"{kind}: {detail}")

    def lose(self, key, detail, count=1):
        self.lost_in.add(slot_of(key))
        self.wrong("lost", f"{key}: {detail}", count)

    def waited(self, pause_s, who, disturbed):
        if pause_s > self.pause_s:
            self.pause_s, self.slowest = pause_s, who
        if not disturbed and pause_s > self.aside_s:
            self.aside_s, self.slow_aside = pause_s, who

    def add(self, other):
        for name in ("operations", "disconnects", "missed", "again", *self.WRONGS):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.errors += other.errors
        self.texts += other.texts
        self.waited(other.pause_s, other.slowest, True)
        self.waited(other.aside_s, other.slow_aside, False)
        self.details += other.details
        self.lost_in |= other.lost_in

    def broken(self):
        """Promises that nothing excuses."""
        return self.duplicated + self.misordered + self.mismatched
