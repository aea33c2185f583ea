"""The same command streams to Slotway and to one plain Redis: every reply must be the same, byte for byte, unless
proxy/COMMANDS.md lists the difference with its reason."""
