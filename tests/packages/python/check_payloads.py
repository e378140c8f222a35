"""check_payloads.py OPENAPI: the package's TypedDicts have the fields of the document's schemas, with their types, and the
same fields may be absent."""

import json
import sys
import typing

from enrichment_mock import payloads

with open(sys.argv[1], encoding="utf-8") as file:
    schemas = json.load(file)["components"]["schemas"]

SIMPLE = {"string": str, "integer": int, "number": float, "boolean": bool, "null": type(None)}


def resolved(schema):
    return schemas[schema["$ref"].split("/")[-1]] if "$ref" in schema else schema


def parts_of(schema):
    """The schema, and those that it adds to its own fields."""
    return [schema] + [part for each in schema.get("allOf", []) for part in parts_of(resolved(each))]


def variants_of(schema):
    schema = resolved(schema)
    several = schema.get("oneOf") or schema.get("anyOf")
    if several:
        return [variant for each in several for variant in variants_of(each)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": each} for each in schema["type"]]
    return [schema]


def has_fields(schema):
    return any("properties" in part for part in parts_of(schema))


def type_variants_of(found):
    if isinstance(found, typing.ForwardRef):
        found = getattr(payloads, found.__forward_arg__)
    if isinstance(found, str):
        found = getattr(payloads, found)
    if typing.get_origin(found) is typing.Union:
        return [variant for each in typing.get_args(found) for variant in type_variants_of(each)]
    return [found]


def compare(schema, found, place):
    wanted = variants_of(schema)
    types = type_variants_of(found)
    dictionaries = [each for each in types if typing.is_typeddict(each)] if hasattr(typing, "is_typeddict") else []
    objects = [each for each in wanted if has_fields(each)]
    assert len(dictionaries) == len(objects), (place, dictionaries, objects)
    for each, dictionary in zip(objects, dictionaries):
        compare_fields(each, dictionary, place)
    simple = [each for each in wanted if not has_fields(each)]
    others = [each for each in types if each not in dictionaries]
    assert sorted(map(words_of, simple)) == sorted(map(type_words_of, others)), (place, simple, others)
    for each, other in zip((each for each in simple if each.get("type") == "array"), (t for t in others if typing.get_origin(t) is list)):
        compare(each.get("items", {}), typing.get_args(other)[0], f"{place}[]")


def words_of(schema):
    if "const" in schema or "enum" in schema:
        return repr(sorted(map(str, schema.get("enum", [schema.get("const")]))))
    if not schema.get("type"):
        return "any"
    return {"array": "list", "object": "dict"}.get(schema["type"]) or SIMPLE[schema["type"]].__name__


def type_words_of(found):
    origin = typing.get_origin(found)
    if origin is typing.Literal:
        return repr(sorted(map(str, typing.get_args(found))))
    if found is typing.Any:
        return "any"
    return (origin or found).__name__


def compare_fields(schema, dictionary, place):
    parts = parts_of(schema)
    fields = {name: each for part in parts for name, each in part.get("properties", {}).items()}
    required = {name for part in parts for name in part.get("required", [])}
    hints = {}
    for base in reversed(dictionary.__mro__ if len(dictionary.__mro__) > 3 else [dictionary]):
        hints.update(getattr(base, "__annotations__", {}))
    assert set(hints) == set(fields), (place, set(hints) ^ set(fields))
    assert dictionary.__required_keys__ == required & set(fields), place
    assert dictionary.__optional_keys__ == set(fields) - required, place
    for name, each in fields.items():
        compare(each, hints[name], f"{place}.{name}")


for name, schema in schemas.items():
    compare(schema, getattr(payloads, name), name)
assert sorted(payloads.__all__) == sorted(schemas)
print(f"{len(schemas)} schemas agree")
