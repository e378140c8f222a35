"""examples_as_python.py OPENAPI: prints a Python module with every example of a JSON body in the document, as a value of the
type that the package has for it. A type checker then compares the two."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)


def resolved(value):
    while "$ref" in value:
        found = document
        for step in value["$ref"].split("/")[1:]:
            found = found[step]
        value = found
    return value


def examples_of(body):
    """(the name of the type, a value) of each example of a request's or response's body."""
    for kind, content in resolved(body).get("content", {}).items():
        schema = content.get("schema", {})
        if kind != "application/json" or "$ref" not in schema:
            continue
        values = [each["value"] for each in map(resolved, content.get("examples", {}).values())]
        for value in values + ([content["example"]] if "example" in content else []):
            yield schema["$ref"].split("/")[-1], value


found = []
for path in document["paths"].values():
    for method, operation in path.items():
        if method != "parameters":
            for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
                found += examples_of(body)
assert len(found) > 100, len(found)
print("from enrichment_mock import payloads\n")
for number, (name, value) in enumerate(found):
    print(f"example_{number}: payloads.{name} = {value!r}")
