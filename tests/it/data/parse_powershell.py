"""Says where a PowerShell script is not one, by a grammar that we did not write; ends with 1 then.

usage: parse_powershell.py FILE
"""

import pathlib
import sys

import tree_sitter
import tree_sitter_powershell


def faults(node):
    if node.type == "ERROR" or node.is_missing:
        yield f"{node.start_point.row + 1}:{node.start_point.column + 1}"
    for child in node.children:
        yield from faults(child)


parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
found = list(faults(parser.parse(pathlib.Path(sys.argv[1]).read_bytes()).root_node))
print("\n".join(found))
sys.exit(bool(found))
