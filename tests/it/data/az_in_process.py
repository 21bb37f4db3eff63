"""Runs az inside this process, many times: what would cost half a second each as a process of its own.

    az_in_process.py help       prints for each command of the tree whether `--help` worked and what it said
    az_in_process.py goldens F  prints for each case of F what az printed
    az_in_process.py run ARGUMENT...        prints what az printed, and its exit code
    az_in_process.py telemetry ARGUMENT...  prints what az would send to its telemetry after this command
"""

import contextlib
import io
import json
import os
import sys

# Only tests need what the program hides.
os.environ["AZURE_IMAGESHARE_HIDDEN_COMMANDS"] = "yes"

from azure.cli.core import get_default_cli, telemetry  # noqa: E402


def az(arguments, typed=b""):
    """Runs az; gives exit code, standard output and standard error."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(typed))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = get_default_cli().invoke(arguments, out_file=out)
        except SystemExit as end:
            code = end.code
    out.flush()
    return code, out.buffer.getvalue().decode("utf-8"), err.getvalue()


def helps():
    folder = os.path.join(os.environ["AZURE_EXTENSION_DIR"], "imageshare", "azext_imageshare")
    with open(os.path.join(folder, "tree.json"), encoding="utf-8") as file:
        tree = json.load(file)
    for entry in tree["groups"] + tree["commands"]:
        code, out, _ = az(["imageshare", *entry["path"].split(), "--help"])
        options = [name for argument in entry.get("arguments", ()) for name in argument["options"]]
        words = " ".join(out.split())
        missing = [name for name in options if f" {name} " not in f"{words} "]
        summary = " ".join(entry["summary"].split()) in words
        yield {"path": entry["path"], "code": code, "summary": summary, "missing": missing}


def goldens(path):
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    for case in cases:
        arguments = ["imageshare", "output", "render", "-o", case["format"]]
        if case["query"] is not None:
            arguments += ["--query", case["query"]]
        if case.get("table_transformer"):
            arguments.append(f"--table-transformer={case['table_transformer']}")
        code, out, err = az(arguments, case["input_json"].encode("utf-8"))
        yield {"name": case["name"], "code": code, "stdout": out, "stderr": err}


def sent(arguments):
    telemetry.start(mode="test")
    code, out, err = az(arguments)
    session = telemetry._session
    fields = {name: str(value) for name, value in vars(session).items()}
    yield {"code": code, "stdout": out, "stderr": err, "fields": fields}


def ran(arguments):
    code, out, err = az(arguments)
    yield {"code": code, "stdout": out, "stderr": err}


MODES = {"help": helps, "goldens": goldens, "run": lambda *arguments: ran(list(arguments))}
MODES["telemetry"] = lambda *arguments: sent(list(arguments))
found = list(MODES[sys.argv[1]](*sys.argv[2:]))
sys.__stdout__.write(json.dumps(found))
