#!/usr/bin/env python3
"""Measures `fleet` over thousands of subscriptions in the sandbox, and beside a shell loop over `az`.

Prints a Markdown table: seconds, requests, memory at most, processor time. It ends with 1 if a bar (below) is missed.
Needs Python's standard library only, and `az` for the last rows; `make bench` calls it. Without --az those rows are
left out.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

# The bars, for 5,000 subscriptions on two cores, as the issue has them.
MOST_APPLY_SECONDS = 120
MOST_REQUESTS_AN_ITEM = 9
MOST_BYTES = 200 * 1024 * 1024
MOST_PLAN_SECONDS = 10
MOST_PLAN_SECONDS_WITH_QUOTA = 25
MOST_PLAN_REQUESTS = 40
MOST_PLAN_BYTES = 150 * 1024 * 1024
MOST_DRIFT_SECONDS = 15
LEAST_RATIO_TO_AZ = 50
# Time and memory may grow by as much more than the number of subscriptions.
LINEAR = 1.2
SIZES = (500, 5000, 20000)
AZ_RUNS = 20
missed = []

MANIFEST = """\
version: 1
fleet: figures
publishers:
  contoso:
    tenant: 3f8a1c52-7b0e-4d6f-9a21-5c4e8b7d1001
    subscriptions: {managementGroups: [mg-images]}
consumers:
  fabrikam:
    tenant: 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002
    principals: {image-users: {id: 186b73ee-74ac-4572-92c3-85d496402501, type: Group, name: image-users}}
grants:
  - name: readers
    from: contoso
    to: [fabrikam]
    via: delegation
    offer: "Contoso images for {consumer}"
    resourceGroups: [images-rg]
    authorizations:
      - {principals: [image-users], role: Reader}
"""


# The same for two consumers, under the name that the sandbox's delegated fleet bears.
TWO_CONSUMERS = MANIFEST.replace("fleet: figures", "fleet: images-prod").replace("grants:\n", """\
  tailspin:
    tenant: tailspin.onmicrosoft.com
    principals: {ci: {id: d4273faa-3068-413e-be8f-4190520c2302, type: ServicePrincipal}}
grants:
""").replace("to: [fabrikam]", "to: [fabrikam, tailspin]").replace("[image-users], role", "[image-users, ci], role")


class Cloud:
    """The sandbox with a fleet, and the environment of who signs in to it."""

    def __init__(self, binaries, folder, count, delegated=False):
        self.program = str(binaries / "az-imageshare")
        config = folder / ".azure"
        self.sandbox = subprocess.Popen(
            [binaries / "sandbox", "--config-dir", config, "--fleet", str(count), *["--delegated"] * delegated],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        text = ""
        for line in self.sandbox.stdout:
            text += line
            if line.rstrip("\n") == "}":
                break
        self.world = json.loads(text)
        who = self.world["deployer"]
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "AZURE_CONFIG_DIR": str(config),
            "REQUESTS_CA_BUNDLE": str(config / "ca.pem"), "AZ_IMAGESHARE_POLL_INTERVAL": "0",
            "AZ_IMAGESHARE_KEY_CACHE": "off", "AZURE_TENANT_ID": who["tenant"],
            "AZURE_CLIENT_ID": who["clientId"], "AZURE_CLIENT_SECRET": who["secret"],
        }
        self.trust = ssl.create_default_context(cafile=str(config / "ca.pem"))

    def run(self, *arguments):
        """Seconds, bytes at most, and the answer of a run that must succeed."""
        seconds, peak, said, _ = self.run_with_cpu(*arguments)
        return seconds, peak, said

    def run_with_cpu(self, *arguments):
        """The same, and seconds of processor time."""
        begun, used = time.monotonic(), cpu_of_children()
        child = subprocess.Popen(
            [self.program, *arguments], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        peak = 0
        said, errors = [], []
        readers = [
            threading.Thread(target=lambda: said.append(child.stdout.read())),
            threading.Thread(target=lambda: errors.append(child.stderr.read())),
        ]
        for reader in readers:
            reader.start()
        while child.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
                found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
                peak = max(peak, int(found.group(1)) * 1024 if found else 0)
            except (FileNotFoundError, ProcessLookupError):
                break
            time.sleep(0.02)
        for reader in readers:
            reader.join()
        if child.wait() != 0:
            raise SystemExit(f"fleet: {' '.join(arguments)} ended with {child.returncode}: {errors[0][-2000:]}")
        return time.monotonic() - begun, peak, said[0], cpu_of_children() - used

    def knobs(self, **changes):
        request = urllib.request.Request(
            self.world["management"] + "/_sandbox/knobs", method="POST", data=json.dumps(changes).encode()
        )
        urllib.request.urlopen(request, context=self.trust).close()

    def requests(self, forget=False):
        method = "DELETE" if forget else "GET"
        request = urllib.request.Request(self.world["management"] + "/_sandbox/journal", method=method)
        with urllib.request.urlopen(request, context=self.trust) as answer:
            if forget:
                return 0
            calls = json.loads(answer.read())
        return sum(1 for call in calls if call["listener"] == "management" and not call["path"].startswith("/_sandbox/"))

    def end(self):
        self.sandbox.stdin.close()
        self.sandbox.wait()


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def hold(what, is_held, shown):
    if not is_held:
        missed.append(f"{what}: {shown}")


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def measure(binaries, count):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cloud = Cloud(binaries, folder, count)
        try:
            manifest, plan = folder / "fleet.yaml", folder / "fleet.plan"
            manifest.write_text(MANIFEST)
            cloud.requests(forget=True)
            seconds, peak, _ = cloud.run("fleet", "plan", "-f", str(manifest), "--out", str(plan), "-o", "none")
            row(f"plan, {count:,} to create", f"{seconds:.1f} s", cloud.requests(), f"{peak / 2**20:.0f} MiB")
            cloud.requests(forget=True)
            seconds, peak, answer, cpu = cloud.run_with_cpu("fleet", "apply", str(plan), "--yes")
            requests = cloud.requests()
            done = json.loads(answer)["counts"].get("done", 0)
            row(f"apply, {count:,} creates", f"{seconds:.1f} s", f"{requests / count:.2f} an item", f"{peak / 2**20:.0f} MiB", f"{cpu:.1f} s")
            hold("items made", done == count, done)
            if count == 5000:
                hold("seconds of an apply of 5,000", seconds <= MOST_APPLY_SECONDS, f"{seconds:.1f}")
            hold("requests an item", requests <= MOST_REQUESTS_AN_ITEM * count, f"{requests / count:.2f}")
            hold("memory of an apply", peak <= MOST_BYTES, f"{peak / 2**20:.0f} MiB")
            cloud.requests(forget=True)
            seconds, peak, _ = cloud.run("fleet", "apply", str(plan), "--yes")
            row("apply, the same again", f"{seconds:.1f} s", cloud.requests(), f"{peak / 2**20:.0f} MiB")
            return cpu
        finally:
            cloud.end()


def plan_to_keep(binaries, count):
    """Seconds and bytes of a plan with nothing to do, two consumers, without Resource Graph's quota."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cloud = Cloud(binaries, folder, count, delegated=True)
        try:
            manifest = folder / "fleet.yaml"
            manifest.write_text(TWO_CONSUMERS)
            found = []
            for quota in [False, True] if count == 5000 else [False]:
                cloud.knobs(graphQuota=quota)
                cloud.requests(forget=True)
                args = ["fleet", "plan", "-f", str(manifest), "-o", "none", "--detailed-exitcode"]
                seconds, peak, _, cpu = cloud.run_with_cpu(*args)
                requests = cloud.requests()
                what = f"plan, {count:,} × 2 to keep" + (", 15 queries in 5 s" if quota else "")
                row(what, f"{seconds:.1f} s", requests, f"{peak / 2**20:.0f} MiB", f"{cpu:.1f} s")
                found.append((seconds, peak, cpu))
                if count == 5000:
                    most = MOST_PLAN_SECONDS_WITH_QUOTA if quota else MOST_PLAN_SECONDS
                    hold("seconds of a plan of 5,000", seconds <= most, f"{seconds:.1f}")
                    hold("requests of a plan of 5,000", requests <= MOST_PLAN_REQUESTS, requests)
                    hold("memory of a plan of 5,000", peak <= MOST_PLAN_BYTES, f"{peak / 2**20:.0f} MiB")
            if count == 5000:
                cloud.knobs(graphQuota=False)
                cloud.requests(forget=True)
                seconds, peak, _ = cloud.run("fleet", "drift", "-f", str(manifest), "-o", "none")
                row(f"drift, {count:,} × 2, none", f"{seconds:.1f} s", cloud.requests(), f"{peak / 2**20:.0f} MiB")
                hold("seconds of drift over 5,000", seconds <= MOST_DRIFT_SECONDS, f"{seconds:.1f}")
            return found[0]
        finally:
            cloud.end()


def growth(binaries):
    """A plan's time and memory from the smallest to the largest size."""
    found = {count: plan_to_keep(binaries, count) for count in SIZES}
    large = SIZES[-1]
    # The smallest takes a tenth of a second of processor time, too little to measure growth from.
    for place, what, small in [(0, "time", SIZES[0]), (1, "memory", SIZES[0]), (2, "processor time", SIZES[1])]:
        grown = found[large][place] / found[small][place]
        row(f"{what}, {small:,} to {large:,} (× {large // small})", f"× {grown:.1f}")
        hold(f"growth of {what}", grown <= LINEAR * large / small, f"× {grown:.1f}")


def beside_az(binaries, az, ours):
    """Processor time of `az deployment sub create` for some subscriptions, as that of 5,000."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cloud = Cloud(binaries, folder, AZ_RUNS)
        try:
            manifest, exported = folder / "fleet.yaml", folder / "arm"
            manifest.write_text(MANIFEST)
            cloud.run("fleet", "export", "-f", str(manifest), "--to", "arm", "--output-dir", str(exported))
            env = dict(cloud.env, AZURE_CORE_COLLECT_TELEMETRY="no")
            who = cloud.world["deployer"]
            login = ["login", "--service-principal", "-u", who["clientId"], "-p", who["secret"], "--tenant", who["tenant"]]
            subprocess.run([az, *login], env=env, check=True, stdout=subprocess.DEVNULL)
            files = sorted(exported.glob("*.parameters.json"))
            assert len(files) == AZ_RUNS, files
            begun, used = time.monotonic(), cpu_of_children()
            for file in files:
                subscription = file.name.removesuffix(".parameters.json")
                line = ["deployment", "sub", "create", "--subscription", subscription, "-l", "westeurope", "-n", "loop"]
                data = ["--template-file", str(exported / "delegations.json"), "--parameters", f"@{file}"]
                subprocess.run([az, *line, *data], env=env, check=True, stdout=subprocess.DEVNULL)
            seconds, cpu = time.monotonic() - begun, cpu_of_children() - used
        finally:
            cloud.end()
    each = cpu / AZ_RUNS
    row(f"a loop over az, {AZ_RUNS} subscriptions", f"{seconds:.1f} s", "", "", f"{cpu:.1f} s")
    count, spent = ours
    ratio = each * count / spent
    row(f"processor time for {count:,}: az (extrapolated) and fleet apply", f"× {ratio:.0f}", "", "", f"{each * count:.0f} s and {spent:.1f} s")
    hold("processor time of az beside ours", ratio >= LEAST_RATIO_TO_AZ, f"× {ratio:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of az-imageshare and sandbox")
    parser.add_argument("--fleet", type=int, default=5000, help="subscriptions")
    parser.add_argument("--az", type=pathlib.Path, help="the real az; without it, nothing is compared with it")
    parser.add_argument("--only", choices=["apply", "growth"], help="one part alone")
    options = parser.parse_args()
    binaries = options.bin.resolve()
    row("What", "Time", "Requests", "Memory", "Processor")
    row("---", "---:", "---:", "---:", "---:")
    if options.only != "growth":
        cpu = measure(binaries, options.fleet)
        if options.az:
            beside_az(binaries, options.az.absolute(), (options.fleet, cpu))
    if options.only != "apply":
        growth(binaries)
    for miss in missed:
        print(f"missed: {miss}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
