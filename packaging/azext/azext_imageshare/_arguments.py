"""Arguments: from the tree to az's parser, and from what az parsed to the program's command line."""

import argparse
import itertools
import os
import sys

from knack.arguments import CLICommandArgument, ignore_type

# az gives some names a meaning of its own (`location`, `ids`, `cmd`, `no_wait`): ours never meet them.
PREFIX = "arg_"

# What az completes and, if it must be given, takes from `[defaults]`. Where it need not be given, the program
# looks into `[defaults]` itself, because there it may depend on other arguments.
SHARED = {
    "resource_group": ("group", "get_resource_group_completion_list"),
    "location": ("location", "get_location_completion_list"),
}

_positions = itertools.count()


class EveryOccurrence(argparse.Action):
    """Keeps all occurrences with their position: the order between two options may matter."""

    def __call__(self, parser, namespace, values, option_string=None):
        held = list(getattr(namespace, self.dest, None) or [])
        held.append((next(_positions), values if isinstance(values, list) else [values]))
        setattr(namespace, self.dest, held)


def own(arguments, global_arguments):
    """The arguments that the extension declares: those of the command, and the globals that az has not."""
    return [*arguments, *(argument for argument in global_arguments if not argument.get("az"))]


def loaded(arguments, global_arguments):
    """The arguments as az first hears of them."""
    names = [(PREFIX + argument["name"]) for argument in own(arguments, global_arguments)]
    found = [(name, CLICommandArgument(name)) for name in names]
    return [*found, ("cmd", CLICommandArgument("cmd", arg_type=ignore_type))]


def declare(context, arguments, global_arguments):
    """Tells az what each argument is like."""
    for argument in own(arguments, global_arguments):
        settings = {"help": argument["help"]}
        if argument.get("group"):
            settings["arg_group"] = argument["group"].removesuffix(" Arguments")
        if argument["kind"] == "flag":
            settings["action"] = "store_true"
        else:
            settings.update(valued(argument))
        name = PREFIX + argument["name"]
        if argument["options"]:
            settings["required"] = argument.get("required", False)
            context.argument(name, options_list=argument["options"], **settings)
        else:
            if not argument.get("required"):
                settings["nargs"] = "?"
            context.positional(name, **settings)


def valued(argument):
    """What argparse and az have to know about an argument with a value."""
    settings = {"metavar": argument["value"]} if not argument["options"] else {}
    if argument.get("many"):
        settings["nargs"] = "+"
    # What has a place and no option occurs once, with all its values.
    if argument.get("repeats") and argument["options"]:
        settings["action"] = EveryOccurrence
    if argument.get("choices"):
        settings["choices"] = argument["choices"]
        settings["type"] = any_case(argument["choices"])
    if "default" in argument:
        settings["default"] = argument["default"]
    completer = completer_of(argument)
    if completer is not None:
        settings["completer"] = completer
    if argument["name"] in SHARED and argument.get("required"):
        settings["configured_default"] = SHARED[argument["name"]][0]
    return settings


def any_case(choices):
    """az takes choices in any case and hands on the right one."""
    return lambda text: next((choice for choice in choices if choice.lower() == text.lower()), text)


def completer_of(argument):
    """What TAB offers: files, resource groups, locations, the names of credentials."""
    if argument["kind"] == "file":
        from argcomplete.completers import FilesCompleter

        return FilesCompleter()
    if argument["kind"] == "credential":
        from azure.cli.core.decorators import Completer

        return Completer(credential_names)
    if argument["name"] not in SHARED:
        return None

    def complete(**known):
        from azure.cli.core.commands import parameters

        return getattr(parameters, SHARED[argument["name"]][1])(**known)

    return complete


def credential_names(cmd, _prefix, _namespace):
    """The names of the credentials, which the program knows without a network."""
    from ._bridge import Program

    return [row["name"] for row in Program(cmd.cli_ctx).run(["credential", "list"])["value"]]


def command_line(path, arguments, global_arguments, given):
    """The program's command line for what az parsed."""
    line = path.split()
    occurrences, positionals = [], []
    for argument in own(arguments, global_arguments):
        value = given.get(PREFIX + argument["name"])
        if value is None or value is False or is_untouched(argument, value):
            continue
        if "FILE" in argument.get("value", ""):
            value = [file_name(one) for one in value] if isinstance(value, list) else file_name(value)
        option = argument["options"][0] if argument["options"] else None
        if option is None:
            positionals = ["--", *(value if isinstance(value, list) else [value])]
        elif value is True:
            line.append(option)
        elif argument.get("repeats"):
            occurrences.extend((position, spelled(option, values)) for position, values in value)
        else:
            line.extend(spelled(option, value if isinstance(value, list) else [value]))
    for _, words in sorted(occurrences, key=lambda occurrence: occurrence[0]):
        line.extend(words)
    return line + positionals


def file_name(value):
    """The name of a file that was typed as `@FILE`, as many options of az want it.

    az has put the content in its place by now. Here the name is meant, and the content, which may be a secret, would
    be told as the name of a file that is not there.
    """
    for word in sys.argv[1:]:
        name = word[1:] if word.startswith("@") else word.partition("=@")[2]
        if name and content_of(name) == value:
            return name
    return value


def content_of(name):
    """A file as az puts it in the place of `@FILE` (`_expand_file_prefixed_files` in azure.cli.core.commands)."""
    from azure.cli.core.util import read_file_content

    try:
        return read_file_content(os.path.expanduser(name), allow_binary=True).rstrip(os.linesep)
    except (OSError, ValueError):
        return None


def is_untouched(argument, value):
    """True for a default of the program itself, which it knows better than we do."""
    return getattr(value, "is_default", False) and value == argument.get("default")


def spelled(option, values):
    """One value is glued to its option, so that it may start with a hyphen."""
    return [f"{option}={values[0]}"] if len(values) == 1 else [option, *values]
