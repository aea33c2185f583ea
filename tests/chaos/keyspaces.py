"""Applications that have a listener and a hash tag each (`keyspace.hash_tag`), one on each of three masters at the start. The
keys of their clients say whose they are, so that everybody knows the slot that these really have."""
import re

from harness import slots
from harness.ports import free_port

TAGS = [slots.tag_for((index * slots.SLOTS) // 3 + 5) for index in range(3)]
_OWNED = re.compile(r"@(\w+)@")


def name_in(tag, name):
    """Of a client there, and so part of each of its keys."""
    return f"{name}@{tag}@"


def tag_of(key):
    """Whose it is; None: nobody's."""
    found = _OWNED.search(key if isinstance(key, str) else key.decode())
    return found and found[1]


def slot_of(key):
    return slots.slot_of(tag_of(key) or key)


def ports():
    return {tag: free_port() for tag in TAGS}


def listeners(by_tag, ordering):
    return [f"{{bind: '127.0.0.1:{port}', ordering: {ordering}, keyspace: {{hash_tag: {tag}}}}}" for tag, port in by_tag.items()]
