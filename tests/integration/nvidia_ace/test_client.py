"""The packages ``nvidia-audio2face-3d`` and ``nvidia-ace`` as a client of ``a2e serve --grpc``."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from nvidia_ace.audio_pb2 import AudioHeader
from nvidia_ace.status_pb2 import Status
from nvidia_audio2face_3d.audio2face_pb2_grpc import A2FControllerServiceStub
from nvidia_audio2face_3d.messages_pb2 import (
    AudioWithEmotion,
    AudioWithEmotionStream,
    AudioWithEmotionStreamHeader,
    BlendShapeParameters,
    EmotionWithTimeCode,
)

from tests.integration.service import service

SPEECH = Path("tests/golden/speech24k.wav")
RATE, FPS, SECONDS = 24_000, 30, 30


@pytest.fixture(scope="module")
def stub() -> Iterator[A2FControllerServiceStub]:
    with service("--grpc", 0) as found, grpc.insecure_channel(found.grpc) as channel:
        yield A2FControllerServiceStub(channel)


def speech() -> bytes:
    with wave.open(str(SPEECH)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (RATE, 2)
        return file.readframes(file.getnframes())


def messages(audio: bytes, bits: int = 16) -> Iterator[AudioWithEmotionStream]:
    header = AudioHeader(
        audio_format=AudioHeader.AUDIO_FORMAT_PCM,
        channel_count=1,
        samples_per_second=RATE,
        bits_per_sample=bits,
    )
    shapes = BlendShapeParameters(bs_weight_multipliers={"JawOpen": 1.2})
    yield AudioWithEmotionStream(
        audio_stream_header=AudioWithEmotionStreamHeader(
            audio_header=header, blendshape_params=shapes
        )
    )
    emotions = [EmotionWithTimeCode(time_code=0.5, emotion={"joy": 1.0})]
    for first in range(0, len(audio), RATE):
        part = AudioWithEmotion(audio_buffer=audio[first : first + RATE], emotions=emotions)
        yield AudioWithEmotionStream(audio_with_emotion=part)
        emotions = []
    yield AudioWithEmotionStream(end_of_audio=AudioWithEmotionStream.EndOfAudio())


def test_a_clip(stub: A2FControllerServiceStub) -> None:
    audio = speech()
    answers = list(stub.ProcessAudioStream(messages(audio), timeout=SECONDS))
    header, *frames = answers[:-2]
    names = header.animation_data_stream_header.skel_animation_header.blend_shapes
    assert len(names) == 52
    assert len(frames) == -(-len(audio) // 2 * FPS // RATE)
    for number, frame in enumerate(frames):
        (row,) = frame.animation_data.skel_animation.blend_shape_weights
        assert row.time_code == number / FPS
        assert len(row.values) == len(names)
        assert all(0 <= weight <= 1 for weight in row.values)
    assert b"".join(frame.animation_data.audio.audio_buffer for frame in frames) == audio
    jaw = list(names).index("JawOpen")
    assert max(f.animation_data.skel_animation.blend_shape_weights[0].values[jaw] for f in frames)
    assert answers[-2].WhichOneof("stream_part") == "event"
    assert answers[-1].status.code == Status.SUCCESS


def test_a_wrong_format(stub: A2FControllerServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ProcessAudioStream(messages(b"", bits=32), timeout=SECONDS))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "got format 0 of 32 bits" in caught.value.details()
