"""The JSON Schema of the beacon protocol: `python -m collector.wire.schema > js-snippet/schema/batch.json`.

The snippet's TypeScript types are generated from that file; `make check` fails when either is stale.
"""

import json
import sys

from collector.wire.beacon import BATCH


def beacon_schema() -> str:
    """JSON Schema (draft 2020-12) of one batch as text, stable from run to run."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **BATCH.json_schema()}
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(beacon_schema())
