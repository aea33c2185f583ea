"""What a client may conclude from an answer."""
import enum

from harness.resp import Err


class Outcome(enum.Enum):
    DONE = "done"
    UNKNOWN = "unknown"    # it may have run
    PARTIAL = "partial"    # a part of it did not run, and it says so; others did
    REFUSED = "refused"    # it says that it did not run
    STRANGE = "strange"    # an answer that no client of one Redis should see


# What nobody behind one Redis has ever to see.
_CLUSTERS_OWN = ("MOVED ", "ASK ", "CROSSSLOT ")
_NOT_RUN = ("was not executed", "EXECABORT ", "CLUSTERDOWN ", "TRYAGAIN ", "LOADING ", "MASTERDOWN ", "READONLY ")


def outcome(reply):
    if not isinstance(reply, Err):
        return Outcome.DONE
    if reply.startswith(_CLUSTERS_OWN):
        return Outcome.STRANGE
    if "may have run" in reply:
        return Outcome.UNKNOWN
    if " parts failed, " in reply:
        return Outcome.PARTIAL
    return Outcome.REFUSED if any(words in reply for words in _NOT_RUN) else Outcome.STRANGE
