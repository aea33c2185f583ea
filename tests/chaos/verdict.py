"""Which promises a run has broken."""


def broken_promises(scenario, found):
    """What its clients may not have seen."""
    broken = [f"{getattr(found, kind)} {kind}" for kind in ("duplicated", "misordered", "mismatched") if getattr(found, kind)]
    broken += [f"{found.errors[kind]} {kind}" for kind in _never(scenario) if found.errors[kind]]
    if found.errors["unknown"] > found.at_risk:
        broken.append(f"{found.errors['unknown']} unknown, though at most {found.at_risk} were on their way")
    if scenario.quiet:
        broken += [f"{getattr(found, kind)} {kind}" for kind in ("lost", "missed", "again") if getattr(found, kind)]
    if found.disconnects and not scenario.cuts:
        broken.append(f"{found.disconnects} closed")
    return broken


def _never(scenario):
    """Errors."""
    if scenario.quiet:
        return "strange", "unknown", "partial", "refused"
    return ("strange",) if scenario.hold_s else ("strange", "partial", "refused")


def longest_pause_allowed_s(scenario, found):
    """What the cluster itself needs, and one second."""
    if scenario.quiet:
        return 1.0
    held_s = scenario.notice_s + scenario.hold_s if scenario.hold_s else found.outage_s
    return 1.0 + min(found.outage_s, held_s)
