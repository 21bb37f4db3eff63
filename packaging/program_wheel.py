"""Packs the program alone into a wheel, for `uv tool install` and `pipx install`.

    program_wheel.py --version 0.1.0 --tag manylinux2014_x86_64 --out DIR PROGRAM

The wheel is a way to carry a program: it has no Python module and depends on nothing. The same input gives the same bytes.
"""

import argparse
import base64
import hashlib
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "az_imageshare"
WHEEL = "Wheel-Version: 1.0\nGenerator: program_wheel.py of az-imageshare\nRoot-Is-Purelib: false\nTag: py3-none-{}\n"
METADATA = (
    "Metadata-Version: 2.1\nName: az-imageshare\nVersion: {}\nSummary: Share Azure Compute Gallery images with another tenant\n"
    "License: MIT\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n{}"
)


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def members(version, tag, program):
    """Every file but RECORD: name, content, mode."""
    data, info = f"{NAME}-{version}.data", f"{NAME}-{version}.dist-info"
    yield f"{data}/scripts/{program.name}", program.read_bytes(), 0o755
    for folder, pattern, into in (
        ("docs/man", "*.1", "man/man1"),
        ("completions", "_az-imageshare", "zsh/site-functions"),
        ("completions", "az-imageshare.fish", "fish/vendor_completions.d"),
    ):
        for path in sorted((ROOT / folder).glob(pattern)):
            yield f"{data}/data/share/{into}/{path.name}", path.read_bytes(), 0o644
    bash = (ROOT / "completions/az-imageshare.bash").read_bytes()
    yield f"{data}/data/share/bash-completion/completions/az-imageshare", bash, 0o644
    yield f"{info}/METADATA", METADATA.format(version, (ROOT / "README.md").read_text()).encode(), 0o644
    yield f"{info}/WHEEL", WHEEL.format(tag).encode(), 0o644
    yield f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644


def write(path, version, tag, program):
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        def add(name, content, mode):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)

        for name, content, mode in members(version, tag, program):
            add(name, content, mode)
            record.append(f"{name},sha256={digest(content)},{len(content)}\n")
        name = f"{NAME}-{version}.dist-info/RECORD"
        add(name, "".join([*record, f"{name},,\n"]).encode(), 0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", required=True)
    parser.add_argument("--tag", required=True, help="the platform, as pip names it")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("program", type=pathlib.Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{NAME}-{options.version}-py3-none-{options.tag}.whl"
    write(path, options.version, options.tag, options.program)
    print(path)


if __name__ == "__main__":
    main()
