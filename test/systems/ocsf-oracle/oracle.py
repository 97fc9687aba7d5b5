"""Without arguments: the compiled schema on standard output. With `check`: for every event (a line of JSON) on standard
input a line with the list of its faults, `code path`."""

import functools
import json
import pathlib
import sys

import jsonschema
import ocsf_json_schema
from ocsf_json_schema import OcsfJsonSchema
from ocsf_json_schema.embedded import OcsfJsonSchemaEmbedded

compiled = pathlib.Path(ocsf_json_schema.__file__).parent / "ocsf" / "1.8.0.json"
if sys.argv[1:] != ["check"]:
    sys.stdout.write(compiled.read_text())
    raise SystemExit(0)

schema = OcsfJsonSchema(json.loads(compiled.read_text()))
embedded = OcsfJsonSchemaEmbedded(schema)
# Extensions' classes are keyed with a prefix (`win/registry_key_activity`) that their `name` lacks.
keys = {node["uid"]: key for key, node in schema.schema["classes"].items()}
codes = {
    "required": "missing",
    "additionalProperties": "unknown",
    "enum": "value",
    "const": "value",
    "anyOf": "constraint",
    "oneOf": "constraint",
}


@functools.cache
def validator(name, profiles):
    return jsonschema.Draft202012Validator(embedded.get_class_schema(name, list(profiles)))


def path_of(parts):
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def faults(event):
    name = keys[event["class_uid"]]
    profiles = tuple(sorted(event.get("metadata", {}).get("profiles", [])))
    for error in validator(name, profiles).iter_errors(event):
        at = list(error.absolute_path)
        code = codes.get(error.validator, "type")
        if error.validator == "required":
            names = [key for key in error.validator_value if key not in error.instance and f"'{key}'" in error.message]
        elif error.validator == "additionalProperties":
            names = [key for key in error.instance if key not in error.schema["properties"]]
        else:
            names = [None]
        for key in names:
            yield f"{code} {path_of(at if key is None else [*at, key])}"


for line in sys.stdin:
    print(json.dumps(sorted(set(faults(json.loads(line))))))
