"""Checksums for model files: what convert writes last, and older files without them can be given.

    python -m a2e_export.seal face.onnx

gives a file of metadata schema 1 its checksums, without a change to graph or weights.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from a2e.files import whole_file
from a2e.model_file import METADATA, entry, read_contents
from a2e.protobuf import fields_of, message
from a2e.spec import PREFIX, SCHEMA, STRUCTURE_CRC, WEIGHTS_CRC, Spec

KEY, VALUE = 1, 2  # of StringStringEntryProto


def seal(model: bytes) -> bytes:
    """The ONNX model with the newest schema and the right checksums; raises ValueError.

    Other bytes stay as they are: its metadata entries for these three are left out, and new ones
    stand at its end.
    """
    own = {PREFIX + name for name in ("schema", WEIGHTS_CRC, STRUCTURE_CRC)}
    view = memoryview(model)
    parts: list[bytes | memoryview] = []
    at = 0
    for field in fields_of(model):
        if field.number != METADATA or entry(model[field.start : field.end])[0] not in own:
            parts.append(view[at : field.end])
        at = field.end
    parts.append(metadata_entry("schema", str(SCHEMA)))
    weights, _ = read_contents(io.BytesIO(b"".join(parts))).checksums
    parts.append(metadata_entry(WEIGHTS_CRC, f'"{weights}"'))
    sealed = b"".join(parts)
    _, structure = read_contents(io.BytesIO(sealed)).checksums
    return sealed + metadata_entry(STRUCTURE_CRC, f'"{structure}"')


def metadata_entry(name: str, value: str) -> bytes:
    """One of a model's ``metadata_props``, as it stands in the file."""
    key = message(KEY, (PREFIX + name).encode())
    return message(METADATA, key + message(VALUE, value.encode()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="+")
    for path in parser.parse_args().model:
        content = path.read_bytes()
        Spec.from_metadata(read_contents(io.BytesIO(content)).metadata, source=str(path))
        with whole_file(path) as file:
            file.write(seal(content))
        print(path)


if __name__ == "__main__":
    main()
