"""Makes the `index.json` of an extension index from merged wheels: what `az extension add -n imageshare --index URL` reads.

    index.py --url https://example.com/extensions WHEEL... > index.json

az installs from an index only files named `*-none-any.whl`; others are refused here, because az passes over them
without a word.
"""

import argparse
import hashlib
import json
import pathlib
import zipfile


def entry(wheel, url):
    if not wheel.name.endswith("-none-any.whl"):
        raise SystemExit(f"index: az takes no platform wheel from an index: {wheel.name}")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        azext = json.loads(opened.read(next(name for name in names if name.endswith("azext_metadata.json"))))
        described = opened.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    fields = dict(line.split(": ", 1) for line in described.splitlines() if ": " in line)
    metadata = {**azext, "name": fields["Name"], "version": fields["Version"], "summary": fields["Summary"]}
    return {
        "downloadUrl": f"{url.rstrip('/')}/{wheel.name}",
        "filename": wheel.name,
        "metadata": metadata,
        "sha256Digest": hashlib.sha256(wheel.read_bytes()).hexdigest(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="the folder that the wheels will be in")
    parser.add_argument("wheels", nargs="+", type=pathlib.Path, metavar="WHEEL")
    options = parser.parse_args()
    entries = [entry(wheel, options.url) for wheel in options.wheels]
    print(json.dumps({"formatVersion": "1", "extensions": {"imageshare": entries}}, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
