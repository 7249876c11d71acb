"""The wire's messages: protobuf's classes of ``audio2face.proto``, from its compiled descriptors.

They live in a pool of their own, so that NVIDIA's packages may be loaded beside them.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

__all__ = ["AnimationDataStream", "AudioStream", "DecodeError", "EmotionAggregate"]

PACKAGE = "a2e.audio2face"


def _classes() -> dict[str, Any]:
    """The classes of all messages, by name."""
    pool = descriptor_pool.DescriptorPool()
    descriptors = files(__package__).joinpath("audio2face.binpb").read_bytes()
    for file in descriptor_pb2.FileDescriptorSet.FromString(descriptors).file:
        pool.Add(file)
    found = message_factory.GetMessageClassesForFiles(["audio2face.proto"], pool)
    return {name.removeprefix(f"{PACKAGE}."): found[name] for name in found}


_found = _classes()
AudioStream = _found["AudioStream"]
AnimationDataStream = _found["AnimationDataStream"]
EmotionAggregate = _found["EmotionAggregate"]
