"""Reads exported Terraform or Bicep with parsers that we did not write, and prints what is in it as JSON.

usage: read_exports.py hcl FILE… | bicep FILE…
A file that does not parse ends it with 1. Literal strings of HCL are printed as the text that they mean; every
other expression keeps its `${…}`.
"""

import json
import re
import sys

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def meant(text):
    """What a quoted literal of HCL says; the grammar's own escapes, nothing more."""
    def one(found):
        token = found.group(0)
        if token.startswith("\\u"):
            return chr(int(token[2:], 16))
        if token.startswith("\\"):
            return ESCAPES[token[1]]
        return token[1:]
    return re.sub(r"\\u[0-9a-fA-F]{4}|\\.|\$\$\{|%%\{", one, text)


def has_template(text):
    plain = re.sub(r"\\u[0-9a-fA-F]{4}|\\.|\$\$\{|%%\{", "_", text)
    return "${" in plain or "%{" in plain


def read(value):
    if isinstance(value, dict):
        return {key.strip('"'): read(item) for key, item in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [read(item) for item in value]
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        inner = value[1:-1]
        return "template:" + inner if has_template(inner) else meant(inner)
    return value


def hcl(paths):
    import hcl2

    whole = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for kind, blocks in read(hcl2.load(file)).items():
                whole.setdefault(kind, []).extend(blocks)
    return whole


def bicep(paths):
    import tree_sitter_bicep
    from tree_sitter import Language, Parser

    parser = Parser(Language(tree_sitter_bicep.language()))
    found = {}
    for path in paths:
        with open(path, "rb") as file:
            tree = parser.parse(file.read())
        if tree.root_node.has_error:
            sys.exit(f"{path} does not parse: {tree.root_node}")
        found[path] = [node.type for node in tree.root_node.named_children]
    return found


print(json.dumps({"hcl": hcl, "bicep": bicep}[sys.argv[1]](sys.argv[2:])))
