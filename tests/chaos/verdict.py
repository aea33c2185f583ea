"""Which promises a run has broken."""

PIPELINE = 16  # of the deepest client


def broken_promises(scenario, found):
    """What its clients may not have seen."""
    broken = [f"{getattr(found, kind)} {kind}" for kind in ("duplicated", "misordered", "mismatched") if getattr(found, kind)]
    broken += [f"{found.errors[kind]} {kind}" for kind in _never(scenario) if found.errors[kind]]
    broken += found.overdrawn
    # With strict ordering what another slot's command has overtaken is refused.
    if found.groundless and scenario.ordering != "strict":
        broken.append(f"{found.groundless} refused of slots that nothing was done to")
    if scenario.torn and found.errors["partial"] > PIPELINE * scenario.torn:
        broken.append(f"{found.errors['partial']} partial")
    if found.lost_aside:
        broken.append(f"something lost in {found.lost_aside} slots that nothing was done to")
    if found.vanished and not scenario.gives_up:
        broken.append(f"{found.vanished} keys gone that were there long before")
    if scenario.quiet or scenario.lossless:
        broken += [f"{found.lost} lost"] if found.lost else []
    if scenario.quiet:
        broken += [f"{getattr(found, kind)} {kind}" for kind in ("missed", "again") if getattr(found, kind)]
    if found.disconnects and not scenario.cuts:
        broken.append(f"{found.disconnects} closed")
    return broken


def _never(scenario):
    """Errors."""
    if scenario.quiet:
        return "strange", "unknown", "refused", *(() if scenario.torn else ("partial",))
    if scenario.hold_s:
        return ("strange",)
    return ("strange", "partial") if scenario.ordering == "strict" else ("strange", "partial", "refused")


LONGEST_PAUSE_ASIDE_S = 1.0  # of slots that nothing was done to


def longest_pause_allowed_s(scenario, found):
    """What the cluster itself needs, and one second."""
    if scenario.quiet:
        return 1.0
    held_s = max(scenario.notice_s, scenario.hold_s) if scenario.hold_s else found.outage_s
    return 1.0 + min(found.outage_s, held_s)
