"""One command of the tree: az parses and prints, the program works."""

import sys

from azure.cli.core.commands.command_operation import BaseCommandOperation
from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE, EVENT_INVOKER_TRANSFORM_RESULT

from ._arguments import command_line, loaded
from ._bridge import Program
from ._errors import Failure

# az 2.91 has them on every command that changes something. The program cannot do what they ask for, and must not
# pretend to.
POLICY = {"_change_reference": "--change-reference", "_acquire_policy_token": "--acquire-policy-token"}


class ProgramOperation(BaseCommandOperation):
    """Runs the program for a command."""

    def __init__(self, loader, path, leaf):
        super().__init__(loader)
        self.path = path
        self.leaf = leaf

    def arguments_loader(self):
        return loaded(self.leaf["arguments"], self.command_loader.tree["globals"])

    def description_loader(self):
        return self.leaf["summary"]

    def handler(self, command_args):
        self.cmd = command_args.pop("cmd")
        try:
            if self.leaf.get("runs"):
                self.hand_over(self.line(command_args))
            answer = Program(self.cli_ctx).run(self.line(command_args))
        except Failure as failure:
            failure.end()
        # The program knows how its answer becomes a table; az leaves it aside when there is a --query.
        self.command_loader.command_table[self.path].table_transformer = answer["table"]
        is_table = self.cli_ctx.invocation.data.get("output") == "table"
        is_whole = "--query" not in self.cli_ctx.data.get("safe_params", ())
        if is_table and is_whole and not self.cli_ctx.only_show_errors:
            for line in answer["below"]:
                print(line, file=sys.stderr)
        if answer["exitCode"]:
            end_with(self.cli_ctx, answer["exitCode"])
        result = {"result": answer["value"]}
        self.cli_ctx.raise_event(EVENT_INVOKER_TRANSFORM_RESULT, event_data=result)
        raise Plain(result["result"])

    def hand_over(self, line):
        """Lets the program run a command of the user's. What that prints is no result of az."""
        if Program(self.cli_ctx).hand_over(line):
            end_with(self.cli_ctx, 1)
        raise Plain(None)

    def line(self, given):
        context = self.cli_ctx
        for key, option in POLICY.items():
            if context.data.get(key):
                raise Failure.of("usage", f"{option} is not supported by az imageshare")
        line = command_line(self.leaf["path"], self.leaf["arguments"], self.command_loader.tree["globals"], given)
        flags = [flag for flag in ("--debug", "--verbose") if flag in context.data.get("safe_params", ())]
        if context.only_show_errors:
            flags = ["--only-show-errors"]
        if context.data.get("subscription_id"):
            flags.append(f"--subscription={context.data['subscription_id']}")
        never_ask = self.leaf.get("confirms") and context.config.getboolean(
            "core", "disable_confirm_prompt", fallback=False
        )
        if never_ask and "--yes" not in line:
            flags.append("--yes")
        # Flags go behind the command's words, in front of anything behind `--`.
        words = len(self.leaf["path"].split())
        return line[:words] + flags + line[words:]


class Plain(Exception):
    """A result that needs no conversion.

    az turns every result of a handler into plain values, and imports azure.core for it: a fifth of what a command
    costs. What a command's exception handler gives is taken as it is. Ours is plain, so it goes that way, after the
    one thing that az does behind the conversion (the event, which puts `resourceGroup` beside ids).
    """

    def __init__(self, value):
        super().__init__()
        self.value = value


def plain(raised):
    """The exception handler of every command."""
    if isinstance(raised, Plain):
        return raised.value
    raise raised


def end_with(context, code):
    """Lets az print the answer, and ends it with this code then. az knows 1, 2 and 3."""

    def end(_cli, **_kwargs):
        sys.exit(code if code in (1, 2, 3) else 1)

    context.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, end)
