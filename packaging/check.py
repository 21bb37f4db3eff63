"""Looks at everything that `make dist` made: nothing is missing, and nothing names a folder of this machine.

    check.py DIST

It ends with 1, and a line for each fault. Wheels are checked against their RECORD, the index against its wheel.
"""

import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = sorted(path.name for path in (ROOT / "docs/man").glob("*.1"))
SHIM = sorted(path.name for path in (ROOT / "packaging/azext/azext_imageshare").glob("*.*") if path.is_file())
NAME = "az-imageshare"


def machine():
    """Texts that only this machine knows: where it builds and where its toolchain lives."""
    home = pathlib.Path.home()
    cargo = pathlib.Path(os.environ.get("CARGO_HOME", home / ".cargo"))
    rustup = pathlib.Path(os.environ.get("RUSTUP_HOME", home / ".rustup"))
    sources = [path.name for path in cargo.glob("registry/src/*")]
    return [text.encode() for text in [str(ROOT), str(cargo), str(rustup), *sources]]


def packed(path):
    """Every file of a product with its content, after unpacking; the product itself comes first, without a name."""
    yield "", path.read_bytes()
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            yield from ((entry.filename, wheel.read(entry)) for entry in wheel.infolist())
    elif path.suffix == ".gz":
        yield from of_tar(path.read_bytes())
    elif path.suffix == ".rpm":
        yield from of_tar(subprocess.run(["rpm2archive", "-"], stdin=path.open("rb"), stdout=-1, check=True).stdout)
    elif path.suffix == ".deb":
        yield from of_tar(subprocess.run(["dpkg-deb", "--fsys-tarfile", path], stdout=-1, check=True).stdout)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["dpkg-deb", "--control", path, folder], check=True)
            yield from ((f"control/{file.name}", file.read_bytes()) for file in pathlib.Path(folder).iterdir())


def of_tar(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            if entry.isfile():
                yield entry.name.removeprefix("./"), archive.extractfile(entry).read()


def expected(path):
    """The files that a product must carry, by how their names end."""
    completions = [f"{NAME}.fish", f"_{NAME}"]
    if path.suffix == ".whl" and path.name.startswith("az_imageshare"):
        pages = [f"share/man/man1/{page}" for page in PAGES]
        return [f"scripts/{NAME}", f"completions/{NAME}", *completions, "LICENSE", "METADATA", "RECORD", *pages]
    if path.suffix == ".whl":
        both = [f"azext_imageshare/{name}" for name in SHIM] + ["LICENSE", "METADATA", "RECORD"]
        programs = {
            "any": "bin/linux-x86_64/az-imageshare",
            "win_amd64": "bin/windows-x86_64/az-imageshare.exe",
        }
        return [*both, programs.get(path.stem.rsplit("-", 1)[1], "scripts/az-imageshare")]
    if path.suffix == ".gz":
        pages = [f"man/{page}" for page in PAGES]
        return [NAME, "LICENSE", "README.md", "SECURITY.md", "CHANGELOG.md", f"{NAME}.bash", *completions, *pages]
    pages = [f"usr/share/man/man1/{page}.gz" for page in PAGES]
    own = ["copyright", "changelog.gz"] if path.suffix == ".deb" else ["LICENSE", "CHANGELOG.md"]
    return ["usr/bin/az-imageshare", f"completions/{NAME}", *completions, *own, *pages]


def faults(path, forbidden):
    """What is wrong with one product."""
    files = dict(packed(path))
    for name, content in files.items():
        for text in forbidden:
            if text in content:
                yield f"{name or 'it'} names {text.decode()}"
    if path.suffix in (".whl", ".gz", ".rpm", ".deb"):
        for wanted in expected(path):
            if not any(f"/{name}".endswith(f"/{wanted}") and content for name, content in files.items()):
                yield f"{wanted} is missing"
    if path.suffix == ".whl":
        yield from record_faults(files)


def record_faults(files):
    record = next(name for name in files if name.endswith(".dist-info/RECORD"))
    rows = {row[0]: row[1] for row in csv.reader(io.StringIO(files[record].decode()))}
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        if name not in ("", record) and rows.get(name) != f"sha256={digest}":
            yield f"RECORD is wrong about {name}"


def index_faults(dist):
    for entry in json.loads((dist / "index.json").read_text())["extensions"]["imageshare"]:
        wheel = dist / entry["filename"]
        if hashlib.sha256(wheel.read_bytes()).hexdigest() != entry["sha256Digest"]:
            yield f"the digest of {wheel.name} is another"


def main():
    dist = pathlib.Path(sys.argv[1])
    products = sorted(path for path in dist.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    kinds = sorted(path.suffix for path in products if path.suffix != ".whl")
    wheels = [path.name for path in products if path.suffix == ".whl"]
    # What another system or processor needs cannot be built everywhere; `make dist` says so.
    wanted = [sorted([".deb", ".gz", ".rpm"] * processors + [".json", ".json"]) for processors in (1, 2)]
    programs = sum(name.startswith("az_imageshare") for name in wheels)
    if kinds not in wanted or programs != kinds.count(".deb") or len(wheels) - programs not in (2, 3):
        sys.exit(f"check: there should be a .deb, .rpm, .tar.gz and wheel of the program for each processor, two or three wheels "
                 f"of the extension, index and bill of materials, not {kinds} and {wheels}")
    forbidden = machine()
    found = [f"{path.name}: {fault}" for path in products for fault in faults(path, forbidden)]
    found += [f"index.json: {fault}" for fault in index_faults(dist)]
    for fault in found:
        print(f"check: {fault}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
