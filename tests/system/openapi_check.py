"""Checks a document of routes and values against it, with the official schema
of OpenAPI 3.0 and a validator of JSON Schema. Run by the Debian python3, which
has the validator; test_openapi.py gives it JSON on its input:

    {"document": …, "values": [[where, schema, value], …]}

and reads a list of faults from its output.
"""

import json
import re
import sys
from pathlib import Path

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker

OFFICIAL = Path("/usr/share/openapi-specification/schemas/v3.0/schema.json")


def as_json_schema(schema):
    """What OpenAPI 3.0 says as nullable is a type of JSON Schema."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: as_json_schema(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is not True:
        return rest
    if rest.get("enum") == [None]:
        return {"type": "null"}
    return {"anyOf": [rest, {"type": "null"}]}


def faults_of_references(document, part):
    for item in part.values() if isinstance(part, dict) else part:
        if isinstance(item, (dict, list)):
            yield from faults_of_references(document, item)
    reference = part.get("$ref") if isinstance(part, dict) else None
    place = document
    for step in reference[2:].split("/") if isinstance(reference, str) else ():
        place = place.get(step)
        if place is None:
            yield f"{reference} leads nowhere"
            return


def faults_of_parameters(path, operation):
    """What the schema cannot say: the parameters of a path are those in braces,
    and each has one name."""
    names = [(p["in"], p["name"]) for p in operation.get("parameters", ()) if "name" in p]
    if len(names) != len(set(names)):
        yield f"{path} has a parameter twice"
    in_path = {name for place, name in names if place == "path"}
    if in_path != set(re.findall(r"{(\w+)}", path)):
        yield f"{path} has other parameters than {in_path}"


def faults_of_document(document):
    official = Draft4Validator(json.loads(OFFICIAL.read_text()))
    for error in official.iter_errors(document):
        yield f"{list(error.absolute_path)}: {error.message[:300]}"
    yield from faults_of_references(document, document)
    for path, item in document["paths"].items():
        for operation in item.values():
            yield from faults_of_parameters(path, operation)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(as_json_schema(schema))


def faults_of_values(document, values):
    components = as_json_schema(document["components"])
    for where, schema, value in values:
        validator = Draft202012Validator({**as_json_schema(schema), "components": components},
                                         format_checker=FormatChecker())
        for error in validator.iter_errors(value):
            yield f"{where}: {list(error.absolute_path)}: {error.message[:300]}"


def main():
    given = json.load(sys.stdin)
    document = given["document"]
    json.dump([*faults_of_document(document), *faults_of_values(document, given["values"])],
              sys.stdout)


main()
