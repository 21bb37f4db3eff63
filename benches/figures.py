#!/usr/bin/env python3
"""Measures az-imageshare against az: one run, one machine, one sandbox, one keyring.

Prints the Markdown table of docs/performance.md. Every pair is measured in turns, so that both meet the same
load; the figures are medians, the ratio is az's median over ours. What cannot be measured here is
a line that says why. It ends with 1 if a bar (below) is missed. Needs Python's standard library only; `make bench` calls it.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
OFFER = "Figures"
SCOPE = ["--subscription", "Contoso Images"]
# The subscription that the indexed names are said to be in.
SUBSCRIPTION = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2001"


# The bars: seconds of a cached token and of a TAB, az's processor time over ours for both, bytes on disk.
MOST_SECONDS = 0.004
LEAST_RATIO = 100
MOST_BYTES = 10_000_000
# Seconds of `status` with five credentials; of `share list --all` over a large estate, and its requests.
MOST_STATUS_SECONDS = 0.010
MOST_ESTATE_SECONDS, MOST_ESTATE_REQUESTS = 3, 60
# Seconds of the `az` of a run, and of a warm token with a hundred clients at once; sign-ins of a thousand cold requests.
MOST_SHIM_SECONDS, MOST_LENT_SECONDS, LENT_SIGN_INS = 0.030, 0.010, 2
missed = []


def hold(what, is_held, shown):
    """Notes a figure that misses its bar."""
    if not is_held:
        missed.append(f"{what}: {shown}")


class Absent(Exception):
    """Something needed for one figure is not there."""


# --- one run of a program ------------------------------------------------------------------------


class Run:
    """What one run cost: seconds by the clock, seconds of processor, bytes of memory."""

    def __init__(self, command, env):
        started = time.perf_counter()
        quiet = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
        ]
        pid = os.posix_spawn(command[0], command, env, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        self.wall = time.perf_counter() - started
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss * 1024
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            say = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            raise SystemExit(f"figures: {' '.join(command)} ended with {code}: {say.stderr}")


def in_turns(ours, theirs, times, env, often=5):
    """Runs both commands in turns, ours five times as often; gives the runs of each."""
    Run(ours, env), Run(theirs, env)
    mine, others = [], []
    for _ in range(times):
        others.append(Run(theirs, env))
        mine.extend(Run(ours, env) for _ in range(often))
    return mine, others


def peak_memory(command, env):
    """Bytes of memory at most, read while the program waits to write its answer into a full pipe.

    The kernel's figure at exit would be that of the process that started it, if that was larger.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(1))
    os.set_blocking(writer, True)
    child = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        return waiting_memory(child.pid)
    finally:
        while os.read(reader, 65536):
            pass
        os.close(reader)
        child.wait()


def waiting_memory(pid):
    """The high-water mark of a process that has been asleep, unchanged, ten looks in a row."""
    last, same = None, 0
    for _ in range(2000):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        state = re.search(r"^State:\s+(\S)", status, re.M).group(1)
        peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
        if peak is None:
            raise Absent("the program did not wait to write")
        seen = (state, peak.group(1))
        same = same + 1 if seen == last and state == "S" else 0
        if same == 10:
            return int(peak.group(1)) * 1024
        last = seen
        time.sleep(0.01)
    raise Absent("the program did not come to rest")


# --- the world the programs run in ---------------------------------------------------------------


class Cloud:
    """The sandbox, both programs signed in to it, and its journal."""

    def __init__(self, options, folder, *world):
        # Installed as a package installs it: what a linker has just written lies in memory in small pieces.
        self.options = options
        self.ours = shutil.copy2(options.bin / "az-imageshare", folder)
        self.az = str(options.az)
        self.config = folder / ".azure"
        self.sandbox = subprocess.Popen(
            [options.bin / "sandbox", "--config-dir", self.config, *world],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.world = first_value(self.sandbox.stdout)
        kept = ("PATH", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME")
        self.env = {name: os.environ[name] for name in kept if name in os.environ}
        self.env.update(
            HOME=str(folder), AZURE_CONFIG_DIR=str(self.config), REQUESTS_CA_BUNDLE=str(self.config / "ca.pem"),
            AZURE_CORE_COLLECT_TELEMETRY="no", AZ_IMAGESHARE_POLL_INTERVAL="1",
        )
        self.trust = ssl.create_default_context(cafile=str(self.config / "ca.pem"))

    def call(self, *command, secret=None):
        ran = subprocess.run(command, env=self.env, input=secret or "", capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise SystemExit(f"figures: {' '.join(command)} ended with {ran.returncode}: {ran.stderr}")
        return ran.stdout

    def sign_in(self):
        who = self.world["deployer"]
        self.call(
            self.ours, "credential", "add", "-n", "figures", "--tenant", who["tenant"],
            "--client-id", who["clientId"], "--secret-stdin", "--default", secret=who["secret"],
        )

    def sign_in_az(self):
        who = self.world["deployer"]
        self.call(
            self.az, "login", "--service-principal", "-u", who["clientId"], "-p", who["secret"],
            "--tenant", who["tenant"],
        )
        self.call(self.az, "account", "set", "-s", SCOPE[1])

    def create(self):
        consumer, group = self.world["consumer"]["tenant"], self.world["consumerGroup"]["id"]
        where = ["-g", "images-rg", "--principal-id", group, *SCOPE]
        self.call(self.ours, "delegation", "create", "-n", OFFER, "--consumer-tenant", consumer, *where)

    def requests(self, work):
        """How many requests reached the sandbox while `work` ran, by listener."""
        self.control("DELETE")
        work()
        seen = {}
        for call in json.loads(self.control("GET")):
            if not call["path"].startswith("/_sandbox/"):
                seen[call["listener"]] = seen.get(call["listener"], 0) + 1
        return sum(seen.values()), seen

    def control(self, method):
        request = urllib.request.Request(self.world["management"] + "/_sandbox/journal", method=method)
        with urllib.request.urlopen(request, context=self.trust) as answer:
            return answer.read()

    def end(self):
        for command in (["token", "clear", "--all"], ["credential", "remove", "-n", "figures", "--yes"]):
            subprocess.run([self.ours, *command], env=self.env, capture_output=True, check=False)
        self.sandbox.stdin.close()
        self.sandbox.wait()


def first_value(stream):
    """The first JSON value of a stream that goes on."""
    text = ""
    for line in stream:
        text += line
        with contextlib.suppress(json.JSONDecodeError):
            return json.loads(text)
    raise SystemExit("figures: the sandbox did not start")


# --- the figures ---------------------------------------------------------------------------------


def row(what, ours, theirs="", ratio=""):
    return f"| {what} | {ours} | {theirs} | {ratio} |"


def compared(what, ours, theirs, of, unit):
    mine, others = ([of(run) for run in runs] for runs in (ours, theirs))
    median, other = statistics.median(mine), statistics.median(others)
    return row(what, unit(median), unit(other), f"{other / median:.0f}×" if median else "")


def quick(what, ours, theirs):
    """Time by the clock, held to its bar."""
    median = statistics.median(run.wall for run in ours)
    hold(what, median <= MOST_SECONDS, f"{milliseconds(median)}, more than {milliseconds(MOST_SECONDS)}")
    return compared(what, ours, theirs, lambda run: run.wall, milliseconds)


def frugal(what, ours, theirs):
    """Time of the processor, held to its bar."""
    median, other = (statistics.median(run.cpu for run in runs) for runs in (ours, theirs))
    hold(what, median * LEAST_RATIO <= other, f"az takes {other / median:.0f} times as much, less than {LEAST_RATIO}")
    return compared(what, ours, theirs, lambda run: run.cpu, milliseconds)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def megabytes(size):
    return f"{size / 1e6:.1f} MB"


def start_up(cloud, times):
    ours, theirs = [cloud.ours, "--version"], [cloud.az, "version"]
    mine, others = in_turns(ours, theirs, times, cloud.env)
    # What any program costs on this machine, on this day: no figure below can be less.
    nothing = statistics.median(Run(["/bin/true"], cloud.env).wall for _ in range(times * 5))
    yield row("`/bin/true`, wall", milliseconds(nothing))
    yield compared("`--version`, wall", mine, others, lambda run: run.wall, milliseconds)
    small, large = peak_memory(ours, cloud.env), peak_memory(theirs, cloud.env)
    yield row("`--version`, memory at most", megabytes(small), megabytes(large), f"{large / small:.0f}×")


def tokens(cloud, times):
    ours, theirs = [cloud.ours, "token", "get"], [cloud.az, "account", "get-access-token"]
    mine, others = in_turns(ours, theirs, times, cloud.env)
    yield quick("a cached token, wall", mine, others)
    yield frugal("a cached token, processor", mine, others)


def lending(cloud, times):
    """`exec`: our `az` against the real one, a hundred clients at once, and what they cost Entra."""
    here = pathlib.Path(__file__).resolve()
    run = [cloud.ours, "exec", "--only-show-errors", "--", sys.executable]
    shim = cloud.call(*run, str(here), "--shim", str(times * 5)).strip()
    theirs = [Run([cloud.az, "account", "get-access-token"], cloud.env).wall for _ in range(times)]
    ours, other = float(shim), statistics.median(theirs)
    hold("`az` in `exec`", ours <= MOST_SHIM_SECONDS, f"{milliseconds(ours)}, more than {milliseconds(MOST_SHIM_SECONDS)}")
    yield row("`az account get-access-token` in `exec`, wall", milliseconds(ours), milliseconds(other), f"{other / ours:.0f}×")
    borrowers = str(here.with_name("borrowers.py"))
    slow = float(cloud.call(*run, borrowers, "https://vault.azure.net"))
    most = milliseconds(MOST_LENT_SECONDS)
    hold("100 clients of `exec`", slow <= MOST_LENT_SECONDS, f"{milliseconds(slow)} at the 95th percentile, more than {most}")
    yield row("`exec`: 100 parallel clients, a warm token, 95th percentile", milliseconds(slow))
    cloud.call(cloud.ours, "token", "clear", "--all")
    _, by = cloud.requests(lambda: cloud.call(*run, borrowers, "https://storage.azure.com"))
    # One for Resource Manager, before the command starts, and one for all clients together.
    hold("sign-ins of `exec`", by.get("login", 0) == LENT_SIGN_INS, by.get("login", 0))
    yield row("`exec`: 1,001 requests of clients, cold, sign-ins", by.get("login", 0))


def time_shim(times):
    """As the command of a run: the median time of the run's own `az`, which is the first on PATH."""
    command = [shutil.which("az"), "account", "get-access-token", "--scope", "https://vault.azure.net/.default"]
    runs = [Run(command, dict(os.environ)) for _ in range(times + 1)]
    print(statistics.median(run.wall for run in runs[1:]))


def who_signs_in(cloud, times):
    """`status` with five credentials, which asks nobody, against what az says of its login."""
    who = cloud.world["deployer"]
    names = [f"figures{number}" for number in range(2, 6)]
    for name in names:
        cloud.call(
            cloud.ours, "credential", "add", "-n", name, "--no-test", "--tenant", who["tenant"],
            "--client-id", who["clientId"], "--secret-stdin", secret=who["secret"],
        )
    mine, others = in_turns([cloud.ours, "status"], [cloud.az, "account", "show"], times, cloud.env)
    median = statistics.median(run.wall for run in mine)
    most = milliseconds(MOST_STATUS_SECONDS)
    hold("`status`", median <= MOST_STATUS_SECONDS, f"{milliseconds(median)}, more than {most}")
    yield compared("`status` with five credentials, wall", mine, others, lambda run: run.wall, milliseconds)
    count, _ = cloud.requests(lambda: Run([cloud.ours, "status"], cloud.env))
    yield row("`status`, requests", count)
    for name in names:
        cloud.call(cloud.ours, "credential", "remove", "-n", name, "--yes")


def estate(cloud, times):
    """Who has access to what: 20 subscriptions with 10 galleries each and 50 roles in each gallery."""
    with tempfile.TemporaryDirectory() as folder:
        large = Cloud(cloud.options, pathlib.Path(folder), "--estate")
        try:
            who = large.world["deployer"]
            large.env.update(AZURE_TENANT_ID=who["tenant"], AZURE_CLIENT_ID=who["clientId"], AZURE_CLIENT_SECRET=who["secret"])
            command = [large.ours, "share", "list", "--all", "-o", "none"]
            large.call(*command)
            wall = statistics.median(Run(command, large.env).wall for _ in range(times))
            count, _ = large.requests(lambda: large.call(*command))
        finally:
            large.sandbox.stdin.close()
            large.sandbox.wait()
    hold("`share list --all`, seconds", wall <= MOST_ESTATE_SECONDS, f"{wall:.1f}")
    hold("`share list --all`, requests", count <= MOST_ESTATE_REQUESTS, count)
    yield row("`share list --all`, 20 subscriptions × 10 galleries × 50 roles", f"{wall:.2f} s, {count} requests")


def lists(cloud, times):
    ours = [cloud.ours, "delegation", "list", "--direction", "given", *SCOPE]
    theirs = [cloud.az, "managedservices", "assignment", "list"]
    mine, others = in_turns(ours, theirs, times, cloud.env)
    yield compared("list of delegations, wall", mine, others, lambda run: run.wall, milliseconds)
    yield compared("list of delegations, processor", mine, others, lambda run: run.cpu, milliseconds)
    few, _ = cloud.requests(lambda: Run(ours, cloud.env))
    many, _ = cloud.requests(lambda: Run(theirs, cloud.env))
    yield row("list of delegations, requests", few, many)


def completion(cloud, times):
    """TAB: all of 10,000 names, ten of them, and a command against az's own completion."""
    index_names(cloud, 10_000)
    base = [cloud.ours, "__complete", "bash"]
    line = f"az-imageshare delegation create --subscription {SUBSCRIPTION} -g "
    behind = ["", " \t\n\"'@><=;|&(:"]
    for what, typed in (("10,000 values", line), ("10 of 10,000 values", line + "group-0123")):
        asked = [*base, typed, *behind]
        offered = len(cloud.call(*asked).splitlines()) - 1
        if offered != int(what.split()[0].replace(",", "")):
            raise SystemExit(f"figures: {offered} values were offered, not {what}")
        runs = [Run(asked, cloud.env) for _ in range(times * 5)]
        yield row(f"TAB, {what}, wall", milliseconds(statistics.median(run.wall for run in runs)))
    index_images(cloud, 10_000)
    asked = [*base, "az-imageshare vm create --image ", *behind]
    runs = [Run(asked, cloud.env) for _ in range(times * 5)]
    yield row("TAB, a segment of 10,000 image ids, wall", milliseconds(statistics.median(run.wall for run in runs)))
    ours, theirs = [*base, "az-imageshare deleg", *behind], [cloud.az]
    argcomplete = {
        "_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": "bash", "_ARGCOMPLETE_IFS": "\v",
        "_ARGCOMPLETE_STDOUT_FILENAME": "/dev/null", "COMP_LINE": "az managed", "COMP_POINT": "10",
    }
    mine, others = in_turns(ours, theirs, times, {**cloud.env, **argcomplete})
    yield quick("TAB on a command, wall", mine, others)
    yield frugal("TAB on a command, processor", mine, others)
    yield row("TAB, calls of `connect` and `socket`", network_calls([*base, line, *behind], cloud.env))


def index_names(cloud, count):
    write_index(cloud, "resource-group", [f"group-{number:05}" for number in range(count)])


def index_images(cloud, count):
    gallery = "/resourceGroups/images-rg/providers/Microsoft.Compute/galleries/gallery"
    names = [f"{gallery}{at // 1000}/images/image{at // 10 % 100}/versions/1.0.{at % 10}" for at in range(count)]
    write_index(cloud, "resource", names)


def write_index(cloud, kind, names):
    """Writes an index as commands would have left it (src/index)."""
    tenant = cloud.world["deployer"]["tenant"]
    start = f"{configured_cloud(cloud)}\t{tenant}\t{kind}\t{SUBSCRIPTION}\t"
    today = int(time.time()) // 86_400
    shown = ((name.lower(), "" if name.islower() else name) for name in names)
    lines = [f"{start}{folded}\t\t{name}\twesteurope\t{today}\n" for folded, name in shown]
    index = cloud.config / "imageshare" / "names.index"
    index.write_text("az-imageshare names 1\n" + "".join(sorted(lines)))


def configured_cloud(cloud):
    found = re.search(r"^name\s*=\s*(\S+)", (cloud.config / "config").read_text(), re.M)
    return found.group(1) if found else "AzureCloud"


def network_calls(command, env):
    strace = shutil.which("strace")
    if strace is None:
        raise Absent("strace is not installed")
    traced = [strace, "-f", "-qq", "-e", "trace=connect,socket", *command]
    ran = subprocess.run(traced, env=env, capture_output=True, text=True, check=True)
    return sum("connect(" in line or "socket(" in line for line in ran.stderr.splitlines())


def extension(cloud, times):
    """What `az imageshare` costs beside commands of az itself: processor, both in az."""
    platform = f"linux-{os.uname().machine}"
    packer = [str(pathlib.Path(cloud.az).with_name("python3")), str(ROOT / "packaging/azext/wheel.py")]
    packed = cloud.call(*packer, "--version", "0.0.1", "--out", str(cloud.config), f"{platform}={cloud.ours}")
    cloud.env["AZURE_EXTENSION_DIR"] = str(cloud.config / "extensions")
    cloud.call(cloud.az, "extension", "add", "--yes", "--source", packed.strip())
    nothing = [cloud.az, "imageshare", "credential", "list"]
    given = [cloud.az, "imageshare", "delegation", "list", "--direction", "given", *SCOPE]
    theirs = [cloud.az, "managedservices", "assignment", "list"]
    yield share("az imageshare credential list", nothing, "az extension list", [cloud.az, "extension", "list"], cloud, times)
    yield share("az imageshare delegation list", given, "az's own", theirs, cloud, times)
    # A token that only Python can read has to be asked of az, as where az encrypts its cache.
    cache = cloud.config / "msal_token_cache.json"
    cache.write_text(json.dumps({**json.loads(cache.read_text()), "Unreadable": float("nan")}))
    yield share("the same, token asked of az", given, "az's own", theirs, cloud, times)


def share(what, ours, than, theirs, cloud, times):
    mine, others = ([run.cpu for run in runs] for runs in in_turns(ours, theirs, times, cloud.env, often=1))
    mine, others = statistics.median(mine), statistics.median(others)
    return row(f"`{what}`, processor", milliseconds(mine), milliseconds(others), f"{mine / others:.0%} of {than}")


def creations(cloud, _times):
    count, by = cloud.requests(cloud.create)
    yield row("`delegation create`, requests", f"{count} ({shown(by)})")
    count, by = cloud.requests(cloud.create)
    yield row("the same again, requests", f"{count} ({shown(by)})")
    count, _ = cloud.requests(lambda: cloud.call(cloud.ours, "token", "get"))
    yield row("a cached token, requests", count)


FLEET = """version: 1
fleet: images-prod
publishers:
  contoso: {tenant: 3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001, subscriptions: {managementGroups: [mg-images]}}
consumers:
  fabrikam:
    tenant: 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002
    principals: {image-users: {id: 186b73ee-74ac-4572-92c3-85d496402501, name: image-users}}
  tailspin:
    tenant: b71e4d90-5a2c-4f18-8e63-2d9c7f0b3003
    principals: {ci: {id: d4273faa-3068-413e-be8f-4190520c2302}}
grants:
  - name: readers
    from: contoso
    to: [fabrikam, tailspin]
    via: delegation
    offer: "Contoso images for {consumer}"
    resourceGroups: [images-rg]
    authorizations: [{principals: [image-users, ci], role: Reader}]
"""
# Requests, seconds and bytes that a plan of 5,000 subscriptions with nothing to do may take.
MOST_REQUESTS, MOST_PLAN_SECONDS, MOST_PLAN_BYTES = 40, 10, 150 * 1024 * 1024


def fleets(cloud, _times):
    """Plans with nothing to do; from 500 to 20,000 subscriptions they may grow no faster than the fleet."""
    costs = {}
    for size in (500, 5_000, 20_000):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            fleet = Cloud(cloud.options, folder, "--fleet", str(size), "--delegated")
            try:
                costs[size] = yield from fleet_plan(fleet, folder, size)
            finally:
                fleet.sandbox.stdin.close()
                fleet.sandbox.wait()
    small, large = costs[500], costs[20_000]
    for what, of in (("time", lambda cost: cost.wall), ("memory", lambda cost: cost.memory)):
        growth = of(large) / of(small) / (20_000 / 500)
        hold(f"`fleet plan`, growth of {what}", growth <= 1.2, f"{growth:.2f}")
        yield row(f"`fleet plan`, growth of {what} from 500 to 20,000 over that of the fleet", f"{growth:.2f}")


def fleet_plan(fleet, folder, size):
    who = fleet.world["deployer"]
    fleet.env.update(AZURE_TENANT_ID=who["tenant"], AZURE_CLIENT_ID=who["clientId"], AZURE_CLIENT_SECRET=who["secret"])
    manifest = folder / "fleet.yaml"
    manifest.write_text(FLEET)
    command = [fleet.ours, "fleet", "plan", "-f", str(manifest), "--detailed-exitcode", "-o", "none"]
    fleet.call(*command)
    ran = Run(command, fleet.env)
    count, _ = fleet.requests(lambda: fleet.call(*command))
    if size == 5_000:
        hold("`fleet plan`, requests", count <= MOST_REQUESTS, count)
        hold("`fleet plan`, seconds", ran.wall <= MOST_PLAN_SECONDS, f"{ran.wall:.1f}")
        hold("`fleet plan`, memory", ran.memory <= MOST_PLAN_BYTES, megabytes(ran.memory))
    yield row(
        f"`fleet plan`, {size:,} subscriptions × 2 consumers, nothing to do",
        f"{ran.wall:.2f} s, {ran.cpu:.2f} s of processor, {megabytes(ran.memory)}, {count} requests",
    )
    return ran


def shown(by):
    return ", ".join(f"{name} {count}" for name, count in sorted(by.items()))


def sessions(cloud, _times):
    # A thousand sessions in a burst crash gnome-keyring: without the kernel keyring, only fifty.
    off = {"AZ_IMAGESHARE_KEY_CACHE": "off"}
    for times, what, extra in ((1000, "", {}), (50, ", kernel keyring off", off)):
        count = sessions_during(cloud, {**cloud.env, **extra}, times)
        yield row(f"Secret Service sessions of {times} cached tokens{what}", count)


def sessions_during(cloud, env, times):
    """Counts OpenSession; our own GetId is the mark behind which nothing can be outstanding."""
    if shutil.which("dbus-monitor") is None:
        raise Absent("dbus-monitor is not installed")
    rules = (
        "type='method_call',interface='org.freedesktop.Secret.Service',member='OpenSession'",
        "type='method_call',interface='org.freedesktop.DBus',member='GetId'",
    )
    monitor = subprocess.Popen(["dbus-monitor", "--session", *rules], stdout=subprocess.PIPE, text=True)
    until(monitor, "member=NameLost")
    for _ in range(times):
        Run([cloud.ours, "token", "get"], env)
    bus = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId"]
    subprocess.run(bus, capture_output=True, check=True)
    count = until(monitor, "member=GetId")
    monitor.kill()
    monitor.wait()
    return count


def until(monitor, mark):
    count = 0
    for line in monitor.stdout:
        if mark in line:
            return count
        count += "member=OpenSession" in line
    raise SystemExit("figures: dbus-monitor ended early")


def instructions(cloud, _times):
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise Absent("valgrind is not installed")
    for what, args in (("`--version`", ["--version"]), ("a cached token", ["token", "get"])):
        command = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", cloud.ours, *args]
        ran = subprocess.run(command, env=cloud.env, capture_output=True, text=True, check=False)
        found = re.search(r"Collected : (\d+)", ran.stderr)
        if ran.returncode != 0 or found is None:
            raise Absent(f"valgrind ended with {ran.returncode}")
        yield row(f"{what}, instructions", f"{int(found.group(1)) / 1e6:.2f} million")


def sizes(cloud, _times):
    ours = os.stat(cloud.ours).st_size
    hold("on disk", ours <= MOST_BYTES, f"{megabytes(ours)}, more than {megabytes(MOST_BYTES)}")
    folder = pathlib.Path(cloud.az).resolve().parent.parent
    theirs = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    yield row("on disk", megabytes(ours), f"{theirs / 1e6:.0f} MB", f"{theirs / ours:.0f}×")
    tree = ["cargo", "tree", "--locked", "--package", "az-imageshare", "--edges", "normal,build"]
    listed = subprocess.run([*tree, "--prefix", "none"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = {" ".join(line.split()[:2]) for line in listed.stdout.splitlines() if line.strip()}
    packages = len(list(folder.glob("lib/python*/site-packages/*.dist-info")))
    yield row("parts (crates; Python packages)", len(names), packages or "")


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{os.cpu_count()} × {cpu.group(1) if cpu else os.uname().machine}, load {os.getloadavg()[0]:.1f}"


def report(cloud, times):
    az = json.loads(cloud.call(cloud.az, "version", "-o", "json"))["azure-cli"]
    # `az-imageshare 0.1.0 (9536631ce982)`: the commit is no part of the version.
    ours = cloud.call(cloud.ours, "--version").split()[1]
    print(f"Medians of {times * 5} and {times} runs in turns; {machine()}.\n")
    print(row("", f"az-imageshare {ours}", f"az {az}", "ratio"))
    print("|---|---|---|---|")
    for figures in (start_up, completion, tokens, lending, creations, who_signs_in, lists, estate, fleets, extension, sessions, instructions, sizes):
        try:
            for line in figures(cloud, times):
                print(line, flush=True)
        except Absent as reason:
            print(row(figures.__name__.replace("_", " "), f"not measured: {reason}"))


def with_keyring():
    """Goes on with a keyring of its own, not with that of whoever sits here."""
    if "AZ_IMAGESHARE_PRIVATE_KEYRING" not in os.environ:
        wrapper = str(ROOT / "scripts/with-keyring")
        os.execv(wrapper, [wrapper, sys.executable, *sys.argv])


def main():
    if sys.argv[1:2] == ["--shim"]:
        time_shim(int(sys.argv[2]))
        return
    default_az = os.environ.get("AZ_IMAGESHARE_TEST_AZ", ROOT / "target/tools/azvenv/bin/az")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the release programs")
    parser.add_argument("--az", type=pathlib.Path, default=default_az, help="the az to compare with")
    parser.add_argument("--runs", type=int, default=10, help="runs of az for each figure")
    options = parser.parse_args()
    options.bin = options.bin.resolve()
    with_keyring()
    with tempfile.TemporaryDirectory() as folder:
        cloud = Cloud(options, pathlib.Path(folder))
        try:
            cloud.sign_in()
            cloud.sign_in_az()
            report(cloud, options.runs)
        finally:
            cloud.end()
    if missed:
        raise SystemExit("figures: a bar is missed:\n" + "\n".join(missed))


if __name__ == "__main__":
    main()
