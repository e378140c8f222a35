"""Writes Python types (TypedDict, Literal) for the bodies that server/control/openapi.json describes.

The result works with Python 3.9: fields that may be absent are in a base class with total=False, because NotRequired is
younger.
"""

import json
import keyword
import textwrap

HEADER = '''"""The bodies of all calls, as types. Made from the OpenAPI document of the mock's version.

They are dictionaries: comparing `status`, `kind` or `mode` with a word tells a type checker which fields there are.
"""

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

'''

SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def write(document):
    """The text of the module."""
    return _Module(document["components"]["schemas"]).text()


class _Module:
    def __init__(self, schemas):
        self.schemas = schemas
        self.parts = []

    def text(self):
        for name, schema in self.schemas.items():
            self.define(name, schema)
        names = "".join(f'    "{name}",\n' for name in sorted(self.schemas))
        return HEADER + "\n\n".join(self.parts) + f"\n\n__all__ = [\n{names}]\n"

    def define(self, name, schema):
        fields = self.object_of(schema)
        if fields is None:
            self.parts.append(f"{name} = {self.type_of(schema, name)}{_docstring(schema, '')}")
        else:
            self.define_object(name, schema, *fields)

    def object_of(self, schema):
        """({field: schema}, required) of an object with named fields, also of one in several parts; otherwise None."""
        if "allOf" not in schema and (schema.get("type") != "object" or "properties" not in schema):
            return None
        properties, required = {}, set()
        for part in schema.get("allOf", []):
            more, needed = self.object_of(self.resolved(part))
            properties.update(more)
            required |= needed
        return {**properties, **schema.get("properties", {})}, required | set(schema.get("required", []))

    def resolved(self, schema):
        return self.schemas[_name(schema)] if "$ref" in schema else schema

    def define_object(self, name, schema, properties, required):
        types = {field: self.type_of(each, name + _words(field)) for field, each in properties.items()}
        needed = {field: text for field, text in types.items() if field in required}
        optional = {field: text for field, text in types.items() if field not in required}
        bases = "TypedDict"
        if needed and optional:
            bases = f"_{name}Required"
            self.parts.append(self.dictionary(bases, "TypedDict", needed, properties, ""))
            needed = {}
        self.parts.append(self.dictionary(name, bases, needed or optional, properties, _docstring(schema, "    "), not optional))

    def dictionary(self, name, base, types, properties, docstring, total=True):
        if all(field.isidentifier() and not keyword.iskeyword(field) for field in types):
            ending = "" if total else ", total=False"
            fields = "".join(f"\n    {field}: {text}{_docstring(properties[field], '    ')}" for field, text in types.items())
            return f"class {name}({base}{ending}):{docstring}{fields if fields or docstring else ' pass'}"
        fields = ", ".join(f"{json.dumps(field)}: {text}" for field, text in types.items())
        if base == "TypedDict":
            return f'{name} = TypedDict("{name}", {{{fields}}}, total={total}){_docstring_after(docstring)}'
        rest = f"_{name}Optional"
        return f'{rest} = TypedDict("{rest}", {{{fields}}}, total={total})\n\nclass {name}({base}, {rest}):{docstring or " pass"}'

    def type_of(self, schema, hint):
        """The type as text. Objects inside it that have no name get one that begins with `hint`."""
        if "$ref" in schema:
            return f'"{_name(schema)}"'
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return _union([self.type_of(each, hint + "Object") for each in schema[several]])
        kind = schema.get("type")
        if isinstance(kind, list):
            return _union([self.type_of({**schema, "type": each}, hint) for each in kind])
        if kind == "array":
            return f"List[{self.type_of(schema.get('items', {}), hint + 'Item')}]"
        if kind == "object":
            return self.type_of_object(schema, hint)
        return SIMPLE[kind] if kind else "Any"

    def type_of_object(self, schema, hint):
        if "properties" in schema:
            self.define(hint, schema)
            return f'"{hint}"'
        values = list(schema.get("patternProperties", {}).values())
        extra = schema.get("additionalProperties", True)
        if isinstance(extra, dict):
            values.append(extra)
        return f"Dict[str, {_union([self.type_of(each, hint + 'Value') for each in values]) if values else 'Any'}]"


def _name(reference):
    return reference["$ref"].rsplit("/", 1)[1]


def _words(field):
    return "".join(word[:1].upper() + word[1:] for word in field.strip("_$").replace("-", "_").split("_"))


def _union(types):
    types = list(dict.fromkeys(types))
    if len(types) == 1:
        return types[0]
    if len(types) == 2 and "None" in types:
        return f"Optional[{next(each for each in types if each != 'None')}]"
    return f"Union[{', '.join(types)}]"


def _docstring(schema, indent):
    """The description, on lines of its own; nothing if there is none."""
    text = schema.get("description", "").replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if not text:
        return ""
    ending = " " if text.endswith('"') else ""
    return "\n" + textwrap.indent(textwrap.fill(f'"""{text}{ending}"""', 115, break_long_words=False), indent)


def _docstring_after(docstring):
    return textwrap.dedent(docstring)
