"""The Azure CLI extension `imageshare`: declares what `tree.json` describes, and lets the program do the work.

`tree.json` is made by the program itself (`az-imageshare __tree`). No command is named in this package.
The loader class has to be defined in this file: az's command index keeps the name of its module.
"""

import json
import os

from azure.cli.core import AzCommandsLoader

NAME = "imageshare"


class ImageshareCommandsLoader(AzCommandsLoader):
    """Gives az the commands, and the arguments of the one that was typed."""

    def __init__(self, cli_ctx=None):
        super().__init__(cli_ctx=cli_ctx)
        with open(os.path.join(os.path.dirname(__file__), "tree.json"), encoding="utf-8") as file:
            self.tree = json.load(file)
        self.leaves = {}

    def load_command_table(self, args):
        from knack.help_files import helps

        from ._operation import ProgramOperation, plain

        # Only tests need what the program hides (`output render`).
        hidden = self.cli_ctx.config.getboolean(NAME, "hidden_commands", fallback=False)
        helps[NAME] = described("group", self.tree["about"])
        self.command_group(NAME)
        for group in self.tree["groups"]:
            if hidden or not group.get("hidden"):
                path = f"{NAME} {group['path']}"
                helps[path] = described("group", group["summary"], group.get("description"))
                self.command_group(path)
        for leaf in self.tree["commands"]:
            if hidden or not leaf.get("hidden"):
                path = f"{NAME} {leaf['path']}"
                helps[path] = described("command", leaf["summary"], leaf.get("description"), leaf.get("examples"))
                self.leaves[path] = leaf
                operation = ProgramOperation(self, path, leaf)
                self.add_cli_command(path, command_operation=operation, exception_handler=plain)
        return self.command_table

    def load_arguments(self, command):
        from ._arguments import declare

        leaf = self.leaves.get(command)
        if leaf is not None:
            with self.argument_context(command) as context:
                declare(context, leaf["arguments"], self.tree["globals"])


def described(kind, summary, description=None, examples=None):
    """Help as az reads it. It is YAML, and JSON is YAML: nothing has to be quoted by hand."""
    help_text = {"type": kind, "short-summary": summary}
    if description:
        help_text["long-summary"] = description
    if examples:
        help_text["examples"] = examples
    return json.dumps(help_text)


COMMAND_LOADER_CLS = ImageshareCommandsLoader
