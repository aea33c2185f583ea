"""Hash slots as the cluster specification defines them, and keys that live in a wanted slot."""
import binascii
import itertools

SLOTS = 16384
_tags = {}
_tried = itertools.count()


def slot_of(key):
    key = key.encode() if isinstance(key, str) else key
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1:end]
    return binascii.crc_hqx(key, 0) % SLOTS


def tag_for(slot):
    """A short text that hashes to this slot."""
    while slot not in _tags:
        tag = f"t{next(_tried)}"
        _tags.setdefault(slot_of(tag), tag)
    return _tags[slot]


def key_in(slot, name="k"):
    return f"{{{tag_for(slot)}}}:{name}"


def spread_keys(count, name="k"):
    """Keys of as many different slots, spread evenly over all nodes of a cluster."""
    return [key_in(index * SLOTS // count, f"{name}{index}") for index in range(count)]
