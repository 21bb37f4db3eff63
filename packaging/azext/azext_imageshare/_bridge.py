"""The program, and the pipe to it: arguments, tokens and what is typed go in, progress and one answer come out.

Every message is a line of JSON. Nothing travels in arguments (but one fixed word), variables or files.
"""

import base64
import contextlib
import json
import os
import platform
import stat
import subprocess
import sys
import threading

from knack.log import get_logger

from ._errors import Failure

PROTOCOL = 1
WORD = "__az-bridge"
RUN_WORD = "__az-run"

# How long the program may take to say its last words after Ctrl-C.
LAST_WORDS = 10

logger = get_logger(__name__)


def program_path():
    """The program in this extension: beside this file (merged wheel), or where pip puts scripts (platform wheel)."""
    here = os.path.dirname(os.path.abspath(__file__))
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    name = "az-imageshare.exe" if system == "windows" else "az-imageshare"
    places = [os.path.join(here, "bin", f"{system}-{machine}"), os.path.join(os.path.dirname(here), "bin")]
    for place in places:
        path = os.path.join(place, name)
        if os.path.isfile(path):
            return executable(path)
    raise Failure("internal", f"this extension brings no program for {system}-{machine}")


def executable(path):
    """A wheel that was packed on Windows knows no execute bit."""
    if not os.access(path, os.X_OK):
        # A system-wide extension is another user's; the start says then what is wrong.
        with contextlib.suppress(OSError):
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def unable(path, reason):
    """Why the program does not start. A missing file is then the C library: the program itself has been seen."""
    hints = []
    if isinstance(reason, FileNotFoundError) and sys.platform == "linux":
        hints = ["The program needs glibc 2.17 or newer, which Alpine has not: use an az on another distribution."]
    return Failure("internal", f"{path} cannot be started: {reason.strerror}", hints)


class Program:
    """One run of the program."""

    def __init__(self, context):
        self.context = context
        self.refusal = None
        self.child = None

    def run(self, arguments):
        """Gives the answer: `value`, `table` and `exitCode`. Raises `Failure`."""
        environment = {**os.environ, "AZURE_CONFIG_DIR": self.context.config.config_dir}
        path = program_path()
        try:
            self.child = subprocess.Popen([path, WORD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        except OSError as reason:
            raise unable(path, reason) from reason
        try:
            return self.converse(arguments)
        except KeyboardInterrupt:
            self.interrupt()
            raise
        finally:
            self.finish()

    def hand_over(self, arguments):
        """Runs the program with the streams of az, and gives its exit code."""
        environment = {**os.environ, "AZURE_CONFIG_DIR": self.context.config.config_dir}
        path = program_path()
        try:
            child = subprocess.Popen([path, RUN_WORD, *arguments], env=environment)
        except OSError as reason:
            raise unable(path, reason) from reason
        while True:
            # The terminal tells the command of Ctrl-C, and the command decides what it means.
            with contextlib.suppress(KeyboardInterrupt):
                return child.wait()

    def converse(self, arguments):
        streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
        terminals = {name: stream is not None and stream.isatty() for name, stream in streams.items()}
        self.send({"protocol": PROTOCOL, "arguments": arguments, "terminals": terminals})
        for line in self.child.stdout:
            event = self.understood(line)
            kind = event.pop("event")
            if kind == "answer":
                return event
            if kind == "failed":
                raise self.failure(event)
            getattr(self, f"on_{kind}")(**event)
        raise Failure("internal", f"az-imageshare ended without an answer (status {self.child.wait()})")

    def understood(self, line):
        """The event in a line; a panic or a foreign program writes none."""
        try:
            event = json.loads(line)
            known = event["event"] in ("answer", "failed") or hasattr(self, f"on_{event['event']}")
        except (ValueError, TypeError, KeyError):
            known = False
        if not known:
            raise Failure("internal", "az-imageshare wrote something that is no answer")
        return event

    def failure(self, event):
        lines = [event["message"], *(f"Caused by: {cause}" for cause in event["causes"])]
        # What az itself says about its login is said in its words.
        cause = self.refusal if event["kind"] == "sign-in" else None
        return Failure(event["kind"], "\n".join(lines), event["hints"], cause)

    def send(self, message):
        try:
            self.child.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self.child.stdin.flush()
        except OSError:
            # The program has ended: what it wrote last says why.
            logger.debug("az-imageshare does not listen any more")

    def interrupt(self):
        """The terminal has told the program too, but `kill` has not: it is told twice rather than never."""
        import signal

        if sys.platform == "win32":
            # No signal can be sent there; a closed pipe ends the program as well.
            self.child.stdin.close()
        else:
            self.child.send_signal(signal.SIGINT)
        watch = threading.Timer(LAST_WORDS, self.child.kill)
        watch.daemon = True
        watch.start()
        with contextlib.suppress(Failure):
            for event in map(self.understood, self.child.stdout):
                if event["event"] == "failed":
                    print("\n".join(event["hints"]), file=sys.stderr)
        watch.cancel()

    def finish(self):
        """Leaves no child: without its input the program ends by itself, and soon."""
        with contextlib.suppress(OSError):
            # Closing sends what is left, which nobody may read any more.
            self.child.stdin.close()
        self.child.stdout.close()
        try:
            self.child.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    # --- what the program says on its way ---

    def on_step(self, text):
        shown = sys.stderr.isatty() and not self.context.only_show_errors
        if shown and not self.context.config.getboolean("core", "disable_progress_bar", fallback=False):
            print(text, file=sys.stderr)
        else:
            logger.info(text)

    def on_note(self, text):
        if not self.context.only_show_errors:
            print(text, file=sys.stderr)

    def on_warning(self, text):
        logger.warning(text)

    def on_error(self, text):
        logger.error(text)

    def on_debug(self, text):
        logger.debug(text)

    def on_ask(self, text):
        print(text, end="", file=sys.stderr, flush=True)

    def on_input(self, id):
        line = sys.stdin.buffer.readline() if sys.stdin is not None else b""
        self.send({"answer": "input", "id": id, "base64": base64.b64encode(line).decode("ascii")})

    def on_token(self, id, cloud, tenant, scope):
        try:
            token, expires_on = self.token(cloud, tenant, scope)
        except Exception as refusal:  # whatever it is, it becomes the error of the command
            self.refusal = refusal
            self.send({"answer": "refused", "id": id, "message": str(refusal)})
        else:
            self.send({"answer": "token", "id": id, "token": token, "expiresOn": expires_on})

    def token(self, cloud, tenant, scope):
        """A token of az's login, for any tenant that it has. az renews it and keeps it; we do neither."""
        from azure.cli.core._profile import Profile
        from azure.cli.core.azclierror import AuthenticationError
        from knack.util import CLIError

        if cloud != self.context.cloud.name:
            raise AuthenticationError(
                f"az is logged in to {self.context.cloud.name}, not to {cloud}",
                recommendation=f"Run `az cloud set --name {cloud}` and `az login`, or use --credential.",
            )
        profile = Profile(cli_ctx=self.context)
        default = profile.get_subscription()
        try:
            account = profile.get_subscription(self.context.data.get("subscription_id"))
        except CLIError:
            # A subscription that az does not list may still be one that its login reaches.
            account = default
        # The account in use first, then whichever az has for the tenant: the same order as without the extension.
        others = sorted(profile.load_cached_subscriptions(), key=lambda known: known["user"] != account["user"])
        for known in (account, *others):
            if known["tenantId"].lower() == tenant.lower():
                found = profile.get_raw_token(scopes=[scope], subscription=known["id"])[0][2]
                return found["accessToken"], found["expires_on"]
        if account["user"] == default["user"]:
            found = profile.get_raw_token(scopes=[scope], tenant=tenant)[0][2]
            return found["accessToken"], found["expires_on"]
        login, _, _ = profile.get_login_credentials(subscription_id=account["id"], aux_tenants=[tenant])
        found = login.get_auxiliary_tokens(scope)[0]
        return found.token, found.expires_on
