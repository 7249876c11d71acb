"""The decoder, over every kind of file that people send."""

from __future__ import annotations

import io
import os
import struct
import threading
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

import a2e
from a2e.arrays import Floats
from a2e.audio.decode import AudioSource, open_audio
from a2e.audio.samples import downmix
from tests.runtime.audio.media import encode, sound, wav

pytest.importorskip("av")
INPUTS = Path(__file__).parents[2] / "data" / "inputs"
EXPECTED = [line.split("\t") for line in (INPUTS / "expected.tsv").read_text().splitlines()]
RATE = 16_000
EDGE = 4_000
"""Samples that encoders may add at the ends."""


class Pipe(io.RawIOBase):
    """Bytes that come in small pieces and can't be had twice."""

    def __init__(self, data: bytes, piece: int = 1000) -> None:
        self.data, self.piece = io.BytesIO(data), piece

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.data.read(min(size, self.piece) if size >= 0 else self.piece)


def decode(source: AudioSource, track: int | None = None) -> tuple[Floats, int, list[str]]:
    """Mono samples, rate and the codes of the warnings."""
    with open_audio(source, track=track) as file:
        parts = []
        for block in file.blocks():
            assert block.dtype == np.float32
            assert block.shape[1] == file.channels
            assert 0 < len(block) <= file.rate
            parts.append(downmix(block))
        return np.concatenate(parts), file.rate, [warning.code for warning in file.warnings]


def alike(heard: Floats, speech: Floats, least: float = 0.9) -> bool:
    """Whether the two have the same shape at the same place."""
    length = min(len(heard), len(speech))
    return bool(np.corrcoef(heard[:length], speech[:length])[0, 1] > least)


@pytest.fixture(scope="module")
def voice(speech) -> Floats:
    return speech[: 2 * RATE]


@pytest.mark.parametrize(("name", "low", "high"), [row for row in EXPECTED if row[1] != "refuse"])
@pytest.mark.parametrize("piped", [False, True])
def test_what_people_send(name: str, low: str, high: str, piped: bool) -> None:
    path = INPUTS / name
    samples, rate, warnings = decode(
        Pipe(path.read_bytes()) if piped else path  # type: ignore[arg-type]
    )
    assert int(low) <= -(-len(samples) * 30 // rate) <= int(high)
    assert warnings == (["truncated"] if name.startswith("cut") else [])


def test_raw_samples_are_refused() -> None:
    with pytest.raises(a2e.AudioError, match=r"a2e stream --encoding") as refusal:
        decode(INPUTS / "ulaw_8000.raw")
    assert "\n" not in str(refusal.value)


UNKNOWN_SIZES = [(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (36, 0), (0x7FFFFFFF, 0x7FFFFFDB)]


@pytest.mark.parametrize("sizes", UNKNOWN_SIZES)
@pytest.mark.parametrize("piped", [False, True])
def test_streamed_wav(voice, sizes: tuple[int, int], piped: bool) -> None:
    data = wav(voice, RATE, sizes=sizes)
    samples, rate, warnings = decode(Pipe(data) if piped else data)  # type: ignore[arg-type]
    assert (rate, warnings) == (RATE, [])
    np.testing.assert_allclose(samples, voice, atol=1e-4)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFFFFFFFFFF, 64_000])
def test_rf64(voice, size: int) -> None:
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 0, size, 0, 0)
    data = wav(voice, RATE, riff=b"RF64", sizes=(0xFFFFFFFF, 0xFFFFFFFF), before=ds64)
    samples, _, warnings = decode(data)
    assert warnings == []
    np.testing.assert_allclose(samples, voice, atol=1e-4)


@pytest.mark.parametrize("size", [None, 0, (1 << 63) - 1])
def test_w64(voice, size: int | None) -> None:
    data = bytearray(sound(voice, RATE, "W64", "PCM_16"))
    if size is not None:
        place = data.index(b"data\xf3\xac\xd3\x11") + 16
        data[place : place + 8] = size.to_bytes(8, "little")
    samples, _, warnings = decode(bytes(data))
    assert warnings == []
    np.testing.assert_allclose(samples[: len(voice)], voice, atol=1e-4)


@pytest.mark.parametrize("size", [None, 0, 0xFFFFFFFF])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW"])
def test_au(voice, size: int | None, subtype: str) -> None:
    data = bytearray(sound(voice, RATE, "AU", subtype))
    if size is not None:
        data[8:12] = size.to_bytes(4, "big")
    samples, _, warnings = decode(bytes(data))
    assert warnings == []
    np.testing.assert_allclose(samples, voice, atol=0.03 if "LAW" in subtype else 1e-4)


@pytest.mark.parametrize(
    ("format", "subtype", "tolerance"),
    [
        *(("WAV", name, 1e-4) for name in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
        *(("WAV", "PCM_U8", 0.01), ("WAV", "ULAW", 0.03), ("WAV", "ALAW", 0.03)),
        *(("WAV", "GSM610", 0.5), ("WAV", "IMA_ADPCM", 0.3), ("WAV", "MS_ADPCM", 0.2)),
        *(("WAVEX", "PCM_16", 1e-4), ("AIFF", "PCM_16", 1e-4), ("AIFF", "PCM_24", 1e-4)),
        *(("AIFF", "FLOAT", 1e-4), ("CAF", "PCM_16", 1e-4), ("CAF", "ALAC_16", 0.5)),
        *(("FLAC", "PCM_16", 1e-4), ("FLAC", "PCM_24", 1e-4), ("NIST", "PCM_16", 1e-4)),
        *(("OGG", "VORBIS", 0.2), ("OGG", "OPUS", 0.4), ("MP3", "MPEG_LAYER_III", 0.2)),
    ],
)
@pytest.mark.parametrize("piped", [False, True])
def test_kinds(voice, format: str, subtype: str, tolerance: float, piped: bool) -> None:
    data = sound(voice, RATE, format, subtype)
    samples, rate, warnings = decode(Pipe(data) if piped else data)  # type: ignore[arg-type]
    assert (rate, warnings) in ((RATE, []), (48_000, []))
    samples = samples[:: rate // RATE]
    exact = tolerance < 0.1 or format == "OGG"
    assert abs(len(samples) - len(voice)) <= (0 if exact else 800)
    length = min(len(voice), len(samples))
    np.testing.assert_allclose(samples[:length], voice[:length], atol=tolerance)
    assert alike(samples, voice, 0.97)


@pytest.mark.parametrize(
    ("format", "codec"),
    [
        *(("mp4", "aac"), ("ipod", "alac"), ("mp4", "alac"), ("adts", "aac"), ("mov", "pcm_s16le")),
        *(("webm", "libopus"), ("matroska", "flac"), ("mpegts", "aac"), ("avi", "pcm_s16le")),
        *(("ogg", "libopus"), ("ogg", "flac"), ("flv", "aac"), ("wv", "wavpack")),
    ],
)
def test_containers(voice, format: str, codec: str) -> None:
    rate = 48_000
    long = np.repeat(voice, 3)
    data = encode([long], rate, format, codec)
    samples, found, warnings = decode(data)
    assert (found, warnings) == (rate, [])
    assert abs(len(samples) - len(long)) <= EDGE
    lag = int(np.argmax(np.correlate(samples[: rate // 2], long[2000 : rate // 4], "valid"))) - 2000
    assert abs(lag) <= 2100
    piped, _, _ = decode(Pipe(data))  # type: ignore[arg-type]
    np.testing.assert_array_equal(piped, samples)


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_video_with_two_tracks(voice, format: str) -> None:
    codec = "aac" if format == "mp4" else "libopus"
    long = np.repeat(voice, 3)
    data = encode([long, long[:24_000]], 48_000, format, codec, video=True)
    assert abs(len(decode(data)[0]) - len(long)) < EDGE
    assert abs(len(decode(data, track=0)[0]) - len(long)) < EDGE
    assert abs(len(decode(data, track=1)[0]) - 24_000) < EDGE
    for track in (2, -1):
        with pytest.raises(
            a2e.OptionError, match=f"got {track}, and it has 2 audio tracks: 0 to 1"
        ):
            decode(data, track=track)


def test_a_file_of_samples_has_one_track(voice) -> None:
    assert len(decode(wav(voice, RATE), track=0)[0]) == len(voice)
    with pytest.raises(a2e.OptionError, match="got 1, and it has 1 audio track: 0"):
        decode(wav(voice, RATE), track=1)


@pytest.mark.parametrize(("format", "codec"), [("mp4", "aac"), ("webm", "libopus")])
def test_the_face_stays_in_time_with_the_video(voice, format: str, codec: str) -> None:
    long = np.repeat(voice, 3)
    late = decode(encode([long], 48_000, format, codec, starts=(0.5,), video=True))[0]
    assert abs(len(late) - len(long) - 24_000) < EDGE
    assert np.abs(late[:20_000]).max() < 1e-3
    alone = decode(encode([long], 48_000, format, codec, starts=(0.5,)))[0]
    assert abs(len(alone) - len(long)) < EDGE, "a file's time begins with its first track"


def test_a_gap_is_silence(voice) -> None:
    import av

    once = encode([voice], RATE, "matroska", "pcm_s16le")
    data = io.BytesIO()
    with av.open(io.BytesIO(once)) as source, av.open(data, "w", format="matroska") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.pts is not None:
                packet.pts += 3_000 if packet.pts >= 1_000 else 0
                packet.dts = packet.pts
                packet.stream = stream
                target.mux(packet)
    samples, _, warnings = decode(data.getvalue())
    assert warnings == []
    assert abs(len(samples) - 5 * RATE) < 2_000
    assert not samples[RATE + 2_000 : 4 * RATE - 2_000].any()


@pytest.mark.parametrize("format", ["WAV", "FLAC", "MP3", "OGG", "OPUS"])
@pytest.mark.parametrize("piped", [False, True])
def test_joined_files(voice, format: str, piped: bool) -> None:
    subtype = {"OPUS": "OPUS"}.get(format)
    single = sound(voice, RATE, format.replace("OPUS", "OGG"), subtype)
    data = single * 3
    samples, rate, warnings = decode(Pipe(data) if piped else data)  # type: ignore[arg-type]
    alone = len(decode(single)[0])
    assert warnings == []
    assert abs(len(samples) - 3 * alone) <= (0 if format in ("WAV", "FLAC") else 0.3 * rate)
    third = samples[-(alone * 3 // 4) :]
    if format == "MP3":  # which leaves a little silence at each join
        assert np.std(third) == pytest.approx(np.std(voice[-len(third) :]), rel=0.25)
        return
    assert alike(third, np.repeat(voice, rate // RATE)[alone - len(third) :], 0.8)


@pytest.mark.parametrize("sizes", [None, *UNKNOWN_SIZES])
def test_a_header_in_the_middle_is_not_heard(voice, sizes: tuple[int, int] | None) -> None:
    data = wav(voice, RATE, sizes=sizes) + wav(voice[:5_001], RATE, sizes=sizes)
    samples, _, warnings = decode(data + wav(voice, RATE, sizes=sizes))
    assert warnings == []
    np.testing.assert_allclose(samples, np.concatenate([voice, voice[:5_001], voice]), atol=1e-4)


def test_joined_files_of_two_rates_and_layouts(voice) -> None:
    stereo = np.stack([voice, voice], axis=1)
    samples, rate, _ = decode(wav(voice, RATE) + wav(np.repeat(stereo, 2, axis=0), 2 * RATE))
    assert rate == RATE
    assert abs(len(samples) - 2 * len(voice)) < 50
    assert alike(samples[len(voice) :], voice, 0.97)


CUT = [
    *(("WAV", None), ("AIFF", None), ("CAF", "PCM_16"), ("FLAC", None), ("MP3", None)),
    *(("OGG", None), ("OGG", "OPUS"), ("AU", "PCM_16"), ("W64", None), ("RF64", None)),
    *(("WAV", "GSM610"), ("WAV", "MS_ADPCM")),
]


@pytest.mark.parametrize(("format", "subtype"), CUT)
@pytest.mark.parametrize("share", [0.45, 0.8])
@pytest.mark.parametrize("piped", [False, True])
def test_broken_off(speech, format: str, subtype: str | None, share: float, piped: bool) -> None:
    whole = sound(np.resize(speech, 6 * len(speech)), RATE, format, subtype)
    data = whole[: int(len(whole) * share)]
    samples, rate, warnings = decode(Pipe(data) if piped else data)  # type: ignore[arg-type]
    assert warnings == ["truncated"]
    assert abs(len(samples) / rate / (6 * len(speech) / RATE) - share) < 0.15


@pytest.mark.parametrize(
    ("format", "codec", "options"),
    [
        ("mp4", "aac", {"movflags": "frag_keyframe+empty_moov", "frag_duration": "200000"}),
        ("webm", "libopus", {}),
        ("webm", "libopus", {"live": "1"}),
        ("adts", "aac", {}),
    ],
)
def test_broken_off_media(voice, format: str, codec: str, options: dict[str, str]) -> None:
    data = encode([np.repeat(voice, 3)], 48_000, format, codec, options=options)
    for cut in (len(data) * 6 // 10 + 1, len(data) * 6 // 10 + 42):
        samples, rate, warnings = decode(data[:cut])
        assert warnings == ["truncated"]
        assert 0.3 < len(samples) / rate / 2 < 0.9


def test_a_broken_off_mp4_that_begins_with_its_index(voice) -> None:
    data = encode([np.repeat(voice, 3)], 48_000, "mp4", "aac")
    place, index = data.index(b"mdat") - 4, data.index(b"moov") - 4
    moov = bytearray(data[index:])
    table = moov.index(b"stco") + 8
    for entry in range(table + 4, table + 4 + 4 * struct.unpack_from(">I", moov, table)[0], 4):
        struct.pack_into(">I", moov, entry, struct.unpack_from(">I", moov, entry)[0] + len(moov))
    swapped = data[:place] + moov + data[place:index]
    np.testing.assert_array_equal(decode(swapped)[0], decode(data)[0])
    samples, rate, warnings = decode(swapped[: len(swapped) * 6 // 10])
    assert warnings == ["truncated"]
    assert 0.3 < len(samples) / rate / 2 < 0.9


def test_an_mp4_without_its_index(voice) -> None:
    data = encode([np.repeat(voice, 3)], 48_000, "mp4", "aac")
    assert data.index(b"moov") > len(data) / 2
    with pytest.raises(a2e.AudioError, match="begins as MP4 .*broken off before its index"):
        decode(data[: len(data) // 2])


def test_a_wrong_label_is_a_warning(voice) -> None:
    for label in ("mp3", "audio/mpeg", "mp3_44100_128"):
        with open_audio(wav(voice, RATE), format=label) as file:
            assert sum(map(len, file.blocks())) == len(voice)
        assert [warning.code for warning in file.warnings] == ["format_mismatch"]
    for label in ("wav", "audio/x-wav", "WAV", "auto", "", ".wav"):
        with open_audio(wav(voice, RATE), format=label) as file:
            list(file.blocks())
        assert file.warnings == []


REFUSED = [
    (b"", "is empty"),
    (b"RIFF", "broken off within its header"),
    (b"hello, world\n" * 10, "it is text, not audio"),
    (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n", "it is a playlist"),
    (b"ffconcat version 1.0\nfile voice.wav\n", "it is a list of files"),
    (b"<!doctype html><html>", "it is a web page"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), r"it is a picture \(PNG\)"),
    (b"RIFF\x40\0\0\0WEBPVP8 ", r"it is a picture \(WebP\)"),
    (b"PK\x03\x04" + bytes(100), "it is a ZIP archive"),
    (b"MThd" + bytes(100), "it is MIDI"),
    (bytes(10_000), "a2e stream"),
    (b"ID3\x04\0\0\0\0\x01\0" + bytes(128), "is empty"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED)
@pytest.mark.parametrize("piped", [False, True])
def test_what_is_refused(data: bytes, message: str, piped: bool) -> None:
    with pytest.raises(a2e.AudioError, match=message) as refusal:
        decode(Pipe(data) if piped else data)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("script", ["#EXTM3U\n{0}\n", "ffconcat version 1.0\nfile {0}\n"])
def test_no_file_opens_another(voice, tmp_path: Path, script: str) -> None:
    other = tmp_path / "voice.wav"
    os.mkfifo(other)  # whoever opened it would wait for ever
    with pytest.raises(a2e.AudioError, match="it is a"):
        decode(script.format(other).encode())


def test_video_without_sound() -> None:
    data = encode([], RATE, "mp4", "aac", video=True)
    with pytest.raises(a2e.AudioError, match=r"it is video without sound \(MP4\)"):
        decode(data)


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "AIFF"])
def test_a_file_without_samples(format: str) -> None:
    with pytest.raises(a2e.AudioError, match="holds no samples|no sound is left|damaged|is empty"):
        decode(sound(np.zeros(0, np.float32), RATE, format))


@pytest.mark.parametrize("format", ["FLAC", "OGG", "MP3", "AIFF"])
def test_damage_is_never_passed_over(voice, format: str) -> None:
    data = bytearray(sound(voice, RATE, format))
    noise = np.random.default_rng(0).integers(0, 255, len(data) - 100, np.uint8).tobytes()
    data[100:] = noise if format != "AIFF" else b""
    try:
        samples, _, warnings = decode(bytes(data))
    except a2e.AudioError:
        return
    assert len(samples) > 0
    assert warnings


def test_paths(voice, tmp_path: Path) -> None:
    latin = Path(os.fsdecode(os.fsencode(tmp_path) + b"/stra\xdfe.wav"))
    latin.write_bytes(wav(voice, RATE))
    assert len(decode(latin)[0]) == len(voice)
    with pytest.raises(a2e.AudioError, match="is a folder"):
        decode(tmp_path)
    with pytest.raises(a2e.AudioError, match="can't be read: File name too long"):
        decode(tmp_path / ("x" * 300))
    with pytest.raises(a2e.AudioError, match="can't be read: embedded null byte"):
        decode("a\0b")
    latin.write_text("no audio")
    with pytest.raises(a2e.AudioError) as refusal:
        decode(latin)
    str(refusal.value).encode()


def test_a_fifo(voice, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    data = encode([np.repeat(voice, 3)], 48_000, "mp4", "aac")
    writer = threading.Thread(target=fifo.write_bytes, args=(data,))
    writer.start()
    samples, _, _ = decode(fifo)
    writer.join(10)
    np.testing.assert_array_equal(samples, decode(data)[0])


def test_a_file_object_stays_open_and_is_read_from_where_it_stands(voice) -> None:
    file: BinaryIO = io.BytesIO(b"12345" + wav(voice, RATE))
    file.seek(5)
    assert len(decode(file)[0]) == len(voice)
    assert not file.closed
