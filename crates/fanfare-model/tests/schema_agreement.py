"""Asks a published JSON Schema library whether it agrees with the catalogue's own check.

Reads a file of JSON lines: first an object of schemas by event type, then for each document
[event type, data, verdict of the catalogue]. Prints one line of figures when every verdict is
the library's too; otherwise prints the disagreements and ends with status 1.
"""

import datetime
import json
import re
import sys

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators


def ecma_pattern(validator, pattern, instance, schema):
    """`pattern` as JSON Schema means it: in JavaScript, unlike in Python, `$` matches only at
    the very end of the text."""
    if not validator.is_type(instance, "string"):
        return
    if pattern.endswith("$"):
        pattern = pattern[:-1] + r"\Z"
    if not re.search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_date_time(instance):
    """The part of the format that the pattern beside it cannot say: the day exists."""
    if not isinstance(instance, str):
        return True
    try:
        datetime.date.fromisoformat(instance[:10])
    except ValueError:
        return False
    return True


def main(path):
    validator_class = validators.extend(Draft202012Validator, {"pattern": ecma_pattern})
    accepted = refused = 0
    disagreements = []
    with open(path, encoding="utf-8") as lines:
        checks = {}
        for event_type, schema in json.loads(next(lines)).items():
            Draft202012Validator.check_schema(schema)
            checks[event_type] = validator_class(schema, format_checker=FORMATS)
        for line in lines:
            event_type, data, ours = json.loads(line)
            errors = [error.message for error in checks[event_type].iter_errors(data)]
            if ours == (not errors):
                accepted += ours
                refused += not ours
            else:
                disagreements.append((event_type, data, "taken" if ours else "refused", errors))
    for event_type, data, ours, errors in disagreements[:5]:
        print(f"{event_type}: {ours} by the catalogue, the library says {errors or 'valid'}:")
        print(f"  {json.dumps(data)}")
    print(f"{accepted} accepted, {refused} refused, {len(disagreements)} disagreements")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
