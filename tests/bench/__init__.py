"""The benchmark: what Slotway and others cost for the same work, measured in one run. README.md says how to read it."""
