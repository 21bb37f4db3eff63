#!/usr/bin/env python3
"""Measures `fleet plan` and `fleet apply` over thousands of subscriptions in the sandbox.

Prints a Markdown table: seconds, requests an item, memory at most, and how many subscriptions a second. It ends
with 1 if a bar (below) is missed. Needs Python's standard library only; `make bench` calls it.
"""

import argparse
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

# The bars, for 5,000 subscriptions and one consumer on two cores, as the issue has them.
MOST_APPLY_SECONDS = 120
MOST_REQUESTS_AN_ITEM = 9
MOST_BYTES = 200 * 1024 * 1024
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


class Cloud:
    """The sandbox with a fleet, and the environment of who signs in to it."""

    def __init__(self, binaries, folder, count):
        self.program = str(binaries / "az-imageshare")
        config = folder / ".azure"
        self.sandbox = subprocess.Popen(
            [binaries / "sandbox", "--config-dir", config, "--fleet", str(count)],
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
        begun = time.monotonic()
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
        return time.monotonic() - begun, peak, said[0]

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
            seconds, peak, answer = cloud.run("fleet", "apply", str(plan), "--yes")
            requests = cloud.requests()
            done = json.loads(answer)["counts"].get("done", 0)
            row(f"apply, {count:,} creates", f"{seconds:.1f} s", f"{requests / count:.2f} an item", f"{peak / 2**20:.0f} MiB")
            hold("items made", done == count, done)
            if count == 5000:
                hold("seconds of an apply of 5,000", seconds <= MOST_APPLY_SECONDS, f"{seconds:.1f}")
            hold("requests an item", requests <= MOST_REQUESTS_AN_ITEM * count, f"{requests / count:.2f}")
            hold("memory of an apply", peak <= MOST_BYTES, f"{peak / 2**20:.0f} MiB")
            cloud.requests(forget=True)
            seconds, peak, _ = cloud.run("fleet", "apply", str(plan), "--yes")
            row("apply, the same again", f"{seconds:.1f} s", cloud.requests(), f"{peak / 2**20:.0f} MiB")
            cloud.requests(forget=True)
            seconds, peak, _ = cloud.run("fleet", "plan", "-f", str(manifest), "-o", "none")
            row(f"plan, {count:,} to keep", f"{seconds:.1f} s", cloud.requests(), f"{peak / 2**20:.0f} MiB")
        finally:
            cloud.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of az-imageshare and sandbox")
    parser.add_argument("--fleet", type=int, default=5000, help="subscriptions")
    options = parser.parse_args()
    row("What", "Time", "Requests", "Memory")
    row("---", "---:", "---:", "---:")
    measure(options.bin.resolve(), options.fleet)
    for miss in missed:
        print(f"missed: {miss}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
