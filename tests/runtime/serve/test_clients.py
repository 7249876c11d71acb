"""Clients as they are in the field: how they retry, cut, play and follow the audio clock."""

from __future__ import annotations

import base64
import io
import json
import math
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest
import soundfile
from websockets.sync.client import connect

from tests.runtime.serve.conftest import HTTP, Served, serving, talking
from tests.runtime.serve.motion.test_socket import batch, take

PAUSES = (0.3, 0.6)
"""What an old client waits before it asks again, s; and it asks again only after a 503."""


@dataclass
class OldClient:
    """Sends each sentence of a TTS as it comes and plays it with the frames of its answer."""

    url: str
    variant: bool = False
    """Wants frames as objects."""
    buffer: list[list[float]] = field(default_factory=list)
    heard: float = 0.0

    def ask(self, body: dict) -> dict:
        query = {"frames": "objects"} if self.variant else {}
        for pause in (*PAUSES, None):
            answer = HTTP.post(self.url + "/api/audio2expression", json=body, params=query)
            if answer.status_code != 503 or pause is None:
                break
            time.sleep(pause)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, samples: np.ndarray, rate: int, **fields: object) -> None:
        """Frames go straight into the buffer, which is cleared only when a new speech starts."""
        if fields.get("is_start", True):
            self.buffer, self.heard = [], 0.0
        audio = base64.b64encode(samples.tobytes()).decode()
        asked = {"audio_base64": audio, "audio_format": "pcm", "sample_rate": rate}
        told = self.ask(asked | fields)
        assert told["frame_rate"] == 30
        frames = told["frames"]
        self.buffer += [frame["weights"] for frame in frames] if self.variant else frames
        self.heard += len(samples) / rate
        self.play()

    def play(self) -> None:
        """At every moment of the audio so far its frame is there, and no frame is left over."""
        for moment in np.arange(0, self.heard, 0.007):
            assert math.floor(moment * 30) < len(self.buffer)
        assert len(self.buffer) == math.ceil(round(self.heard * 30, 6))


@pytest.mark.parametrize("variant", [False, True])
def test_old_clients_in_conversation(voice, variant: bool) -> None:
    """Five at once where one is computed and two may wait: those turned away come again."""
    failed: list[BaseException] = []

    def converse(served: Served, number: int) -> None:
        client = OldClient(served.url, variant)
        chunks = np.array_split(voice[number * 1_000 :], 3)
        try:
            for index, chunk in enumerate(chunks):
                ends = {"is_start": index == 0, "is_final": index == len(chunks) - 1}
                client.say(chunk, 24_000, session_id=f"old-{number}", **ends)
        except BaseException as error:
            failed.append(error)

    with serving(threads=1, max_waiting=2) as served:
        threads = [threading.Thread(target=converse, args=(served, n)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed


def test_a_client_that_sends_sentences_as_mp3(served: Served, voice) -> None:
    """Each is a speech of its own; an mp3 is as long as its decoder says."""
    client = OldClient(served.url)
    for sentence in np.array_split(voice, 3):
        data = io.BytesIO()
        soundfile.write(data, sentence, 24_000, format="MP3")
        length = len(soundfile.read(io.BytesIO(data.getvalue()))[0])
        told = client.ask({"audio_base64": base64.b64encode(data.getvalue()).decode()})
        assert len(told["frames"]) == -(-length * 30 // 24_000)


def test_a_second_speech_moves_its_lips_at_once(served: Served, bundled, voice) -> None:
    """An old client's lips stood still for five seconds after an interruption."""
    client = OldClient(served.url)
    asked = {"session_id": "lips", "seed": 0, "is_final": False}
    client.say(np.tile(voice, 2), 24_000, **asked)
    client.say(voice, 24_000, **asked)  # begins again in mid-session
    jaw = np.array(client.buffer)[:, bundled.names.index("jawOpen")]
    expected = bundled.animate(voice, 24_000, seed=0).weights[:, bundled.names.index("jawOpen")]
    np.testing.assert_allclose(jaw[:-10], expected[:-10], atol=1e-6)
    assert np.ptp(jaw) > 0.1


def test_openavatarchat(served: Served, voice) -> None:
    """It warms up with a second of zeros, then slices speech into seconds; its player takes the
    audio's clock."""
    with connect(served.motion("rtc-1")) as renderer, talking(served, motion="rtc-1") as handler:
        take(renderer)
        handler.say(np.zeros(24_000, np.int16))
        batch(renderer)
        for start in range(0, len(voice), 24_000):
            handler.connection.send(voice[start : start + 24_000].tobytes())
        frames = handler.finish()
        audio = faces = 0
        for message in batch(renderer):
            audio += message.audio.shape[1]
            faces += len(message.face)
            assert faces == -(-audio // 800), "what can be heard can be shown"
        assert (audio, faces) == (len(voice), len(frames))
        renderer.send(json.dumps({"header": {"name": "EndSpeech"}}))
        assert handler.take("played")["speech"] == 1
