"""Packs the extension and one program for each platform into one wheel that every az takes.

    wheel.py --version 0.1.0 --out DIR [--tag win_amd64] WHEEL... [linux-x86_64=PROGRAM ...]

maturin makes wheels for one platform; an extension index can serve only `py3-none-any`, so this merges: the program
is taken out of each wheel, or named with its platform. With a tag it packs a wheel for that platform alone, where
maturin does not run. The same input gives the same bytes.
"""

import argparse
import base64
import hashlib
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "azext_imageshare"
PLATFORMS = ("linux-aarch64", "linux-x86_64", "macos-aarch64", "macos-x86_64", "windows-x86_64")
SUMMARY = "Share Azure Compute Gallery images with another tenant"
WHEEL = "Wheel-Version: 1.0\nGenerator: wheel.py of az-imageshare\nRoot-Is-Purelib: {}\nTag: py3-none-{}\n"
METADATA = "Metadata-Version: 2.1\nName: imageshare\nVersion: {}\nSummary: {}\nLicense: MIT\nRequires-Python: >=3.8\n"


def members(version, programs, tag):
    """Every file of the wheel but its RECORD: name, content, whether it can be started."""
    for file in sorted((HERE / PACKAGE).iterdir()):
        if file.is_file() and file.suffix in (".py", ".json"):
            yield f"{PACKAGE}/{file.name}", file.read_bytes(), False
    for platform, program in sorted(programs.items()):
        name = "az-imageshare.exe" if platform.startswith("windows") else "az-imageshare"
        yield f"{PACKAGE}/bin/{platform}/{name}", program, True
    info = f"imageshare-{version}.dist-info"
    yield f"{info}/METADATA", METADATA.format(version, SUMMARY).encode(), False
    yield f"{info}/WHEEL", WHEEL.format(str(tag == "any").lower(), tag).encode(), False
    yield f"{info}/LICENSE", (HERE / "../../LICENSE").read_bytes(), False


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def write(path, version, programs, tag, compression):
    record = []
    with zipfile.ZipFile(path, "w", compression) as wheel:
        for name, content, starts in members(version, programs, tag):
            add(wheel, name, content, starts)
            record.append(f"{name},sha256={digest(content)},{len(content)}\n")
        name = f"imageshare-{version}.dist-info/RECORD"
        add(wheel, name, "".join([*record, f"{name},,\n"]).encode(), False)


def add(wheel, name, content, starts):
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (0o100755 if starts else 0o100644) << 16
    entry.compress_type = wheel.compression
    wheel.writestr(entry, content)


def program(text):
    """Platform and content of the program that an argument names."""
    platform, named, path = text.rpartition("=")
    path = pathlib.Path(path)
    if not path.is_file() or (named and platform not in PLATFORMS):
        raise argparse.ArgumentTypeError(f"no wheel, and not PLATFORM=FILE with one of {', '.join(PLATFORMS)}: {text}")
    return (platform, path.read_bytes()) if named else packed(path)


def packed(wheel):
    """Platform and program of a wheel that maturin made."""
    tag = wheel.stem.rsplit("-", 1)[1].split(".")[0]
    machine = {"amd64": "x86_64", "arm64": "aarch64"}
    for system, prefix in (("linux", "manylinux"), ("linux", "linux"), ("macos", "macosx"), ("windows", "win")):
        if tag.startswith(prefix):
            end = next(end for end in ("x86_64", "aarch64", "amd64", "arm64") if tag.endswith(end))
            with zipfile.ZipFile(wheel) as opened:
                name = next(name for name in opened.namelist() if ".data/scripts/az-imageshare" in name)
                return f"{system}-{machine.get(end, end)}", opened.read(name)
    raise argparse.ArgumentTypeError(f"not a wheel for one platform: {wheel.name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("--tag", default="any", help="pack for this platform alone, as pip names it")
    parser.add_argument("--extract", action="store_true", help="only write the program of the first to standard output")
    parser.add_argument("--store", action="store_true", help="do not compress: for tests")
    parser.add_argument("programs", nargs="+", type=program, metavar="WHEEL|PLATFORM=FILE")
    options = parser.parse_args()
    if options.extract:
        sys.stdout.buffer.write(options.programs[0][1])
        return
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"imageshare-{options.version}-py3-none-{options.tag}.whl"
    method = zipfile.ZIP_STORED if options.store else zipfile.ZIP_DEFLATED
    write(path, options.version, dict(options.programs), options.tag, method)
    print(path)


if __name__ == "__main__":
    main()
