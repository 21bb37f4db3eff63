"""Holds reports of `fleet` against the schemas of their forms, with validators that we did not write.

usage: check_reports.py sarif FILE… | junit FILE…
What does not fit is printed, and ends it with 1.
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent / "reports"


def sarif(path):
    import jsonschema

    schema = json.loads((FOLDER / "sarif-2.1.0-rtm.5.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    validator.check_schema(schema)
    for error in validator.iter_errors(json.loads(pathlib.Path(path).read_text())):
        yield f"{error.json_path}: {error.message}"


def junit(path):
    import xmlschema

    for error in xmlschema.XMLSchema10(str(FOLDER / "junit-10.xsd")).iter_errors(path):
        yield f"{error.path}: {error.reason}"


def main():
    check = {"sarif": sarif, "junit": junit}[sys.argv[1]]
    wrong = [f"{path}: {found}" for path in sys.argv[2:] for found in check(path)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
