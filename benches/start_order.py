#!/usr/bin/env python3
"""Writes packaging/start.ld: the functions that a start runs through, for the linker to lay side by side.

Where each lies in a page of its own, reading them in is a fifth of what a TAB costs. Builds the release program,
and asks callgrind which of its instructions ran and the linker whose they are. `make order` calls it; it is due
when completion, the token cache or the command line were changed a lot, and never wrong: a name that is gone only
does nothing.
"""

import bisect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import figures

PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", figures.ROOT / "target")) / "release/az-imageshare"
SCRIPT = figures.ROOT / "packaging/start.ld"
# What other functions of the same name may take, in bytes, before the one that runs is named alone.
WASTE = 128
HEAD = """\
/* Written by `make order`: the functions that a TAB and a cached token run through, side by side, so that a start
   reads 7 pieces of the program and not 65. An end of a name that the compiler makes up is a star. Names that many
   functions bear come twice: with that end, and below, for the day it is another, without. */
"""


def runs(cloud, plain):
    """What people wait for, one run at a time: its arguments and its variables. Each goes through what those before
    it do, so the shortest come first."""
    base, behind = ["__complete", "bash"], ["", " \t\n\"'@><=;|&(:"]
    yield ["--version"], plain
    figures.index_names(cloud, 10_000)
    shutil.copytree(cloud.config / "imageshare", pathlib.Path(plain["HOME"]) / ".azure/imageshare")
    for line in ("deleg", f"delegation create --subscription {figures.SUBSCRIPTION} -g group-0123", "share list -"):
        for env in (plain, cloud.env):
            yield [*base, f"az-imageshare {line}", *behind], env
    cloud.call(cloud.ours, "token", "get")
    yield ["token", "get"], cloud.env
    figures.index_images(cloud, 10_000)
    yield [*base, "az-imageshare vm create --image ", *behind], cloud.env
    yield ["__complete", "zsh", "az-imageshare delegation create -g ", ""], cloud.env
    yield ["credential", "list"], cloud.env


def homely(folder):
    """The variables of somebody who configured nothing. As many as a shell of today has: they are sorted, and more
    than 20 by other functions."""
    (folder / "home/.azure").mkdir(parents=True)
    return {"HOME": str(folder / "home"), **{f"VARIABLE_{number}": "value" for number in range(40)}}


def build(listing):
    """Builds the programs as they are released, with a list of where everything lies."""
    cargo = ["cargo", "build", "--release", "--locked", "--workspace", "--bins"]
    subprocess.run(cargo, cwd=figures.ROOT, env={**os.environ, "AZ_IMAGESHARE_LINK_MAP": str(listing)}, check=True)


def sections(listing):
    """Where each function's section begins, in order, with its length and its name."""
    row = re.compile(r"^\s*([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)\s+\d+\s+\S+:\(\.text\.(\S+)\)$")
    found = filter(None, map(row.match, listing.read_text().splitlines()))
    return sorted((int(match[1], 16), int(match[2], 16), match[3]) for match in found)


def addresses(program, args, env, folder):
    """The instructions of the program that ran, by their address in its file."""
    out = folder / "callgrind"
    plain = ["--dump-instr=yes", "--dump-line=no", "--compress-pos=no", "--compress-strings=no"]
    command = ["valgrind", "--tool=callgrind", *plain, f"--callgrind-out-file={out}", program, *args]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise SystemExit(f"start_order: {' '.join(args)} ended with {ran.returncode}: {ran.stderr}")
    here = False
    for line in out.read_text().splitlines():
        if line.startswith("ob="):
            here = line == f"ob={program}"
        elif here and line.startswith("0x"):
            yield int(line.split()[0], 16)


def touched(lying, ran):
    """The sections that those instructions are in, in order."""
    starts, names = [start for start, _, _ in lying], set()
    for address in set(ran):
        start, length, name = lying[bisect.bisect(starts, address) - 1]
        if start <= address < start + length:
            names.add(name)
    return sorted(names)


def patterns(name):
    """A section without what the compiler makes up, and with it."""
    name = re.sub(r"\.llvm\.\d+$", "*", name)
    # Both of the compiler's ways to write a name have a hash: the old one at the end, the new one at each crate.
    old, new = r"17h[0-9a-f]{16}E(?=\*?$)", r"Cs[0-9A-Za-z]+_"
    loose = re.sub(new, "Cs*_", name) if name.removeprefix("unlikely.").startswith("_R") else re.sub(old, "17h*", name)
    return loose.replace("**", "*"), name


def arranged(ran, size):
    """The patterns in their order, and behind them those that would bring too much along."""
    first, last, alike = {}, {}, {}
    for name, taken in size.items():
        loose, _ = patterns(name)
        alike[loose] = alike.get(loose, 0) + taken
    for name in ran:
        loose, exact = patterns(name)
        if alike[loose] - size[name] <= WASTE:
            first[loose] = True
        else:
            first[exact] = last[loose] = True
    return [*first, *last]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder, ran = pathlib.Path(folder), {}
        build(folder / "map")
        lying = sections(folder / "map")
        cloud = figures.Cloud(SimpleNamespace(bin=PROGRAM.parent, az=None), folder)
        try:
            cloud.sign_in()
            for args, env in runs(cloud, homely(folder)):
                env = {**env, "PATH": os.environ["PATH"]}
                ran.update(dict.fromkeys(touched(lying, addresses(cloud.ours, args, env, folder))))
        finally:
            cloud.end()
    size = {name: length for _, length, name in lying}
    lines = [f"    *(.text.{pattern})\n" for pattern in arranged(ran, size)]
    SCRIPT.write_text(f"{HEAD}SECTIONS\n{{\n  .text.start :\n  {{\n{''.join(lines)}  }}\n}}\nINSERT BEFORE .text;\n")
    print(f"{len(ran)} functions of {sum(size[name] for name in ran)} bytes, {len(lines)} names")


if __name__ == "__main__":
    figures.with_keyring()
    main()
