"""The differences that proxy/COMMANDS.md lists: the lines that refused commands are answered with, and its table of known
differences. What the page does not list is a mistake; what it lists and nobody meets is one too."""
import fnmatch
import os
import re
from dataclasses import dataclass

from harness.proxy import ROOT
from harness.slots import slot_of

PAGE = os.path.join(ROOT, "proxy", "COMMANDS.md")
CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    commands: tuple    # "config|get", "cluster|*"; "*" for any
    example: str
    plain: str
    ours: str

    def covers(self, name, plain, ours):
        about = any(_like(name, pattern) for pattern in self.commands)
        return about and _like(plain, self.plain) and _like(ours, self.ours)


def _like(text, pattern):
    # Only `*` is special in the page.
    return fnmatch.fnmatchcase(text, re.sub(r"([\[?])", r"[\1]", pattern))


def _cells(line):
    return [cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]]


def _unquoted(cell):
    return cell[1:-1] if cell.startswith("`") else cell


def _name(spelled):
    return spelled.strip().lower().replace(" ", "|")


class Known:
    """Read from the page once. `met` is what was seen of it: rows, and names of refused commands."""

    def __init__(self, tagged=False):
        with open(PAGE, encoding="utf-8") as page:
            commands, _, rest = page.read().partition("## Known differences")
        differences, _, with_tag = rest.partition("## With `keyspace.hash_tag`")
        rows = [_cells(line) for line in commands.splitlines() if line.startswith("| ")]
        self.lanes = {_name(row[0]): row[1] for row in rows}
        self.refused = {_name(row[0]): "-" + _unquoted(row[2]) for row in rows if row[1] == "refused"}
        if tagged:
            rows = [_cells(line) for line in with_tag.splitlines() if line.startswith("| ")]
            self.refused |= {_name(row[0]): "-" + _unquoted(row[1]) for row in rows if row[1].startswith("`")}
        listed = [list(map(_unquoted, _cells(line))) for line in differences.splitlines() if line.startswith("| `")]
        self.rows = [Row(tuple(map(_name, row[0].split(","))), *row[1:4]) for row in listed]
        self.met = set()

    def explains(self, name, plain, ours):
        """The texts of both replies to a command of this name: is it listed that they differ so?"""
        if ours == self.refused.get(name):
            self.met.add(name)
            return True
        row = next((row for row in self.rows if row.covers(name, plain, ours)), None)
        self.met.add(row)
        return row is not None


def in_several_slots(keys):
    return len({slot_of(key) for key in keys}) > 1
