"""Networks from tensors and a config: each misfit has its own message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from a2e_export.checkpoint import read_checkpoint
from a2e_export.errors import ArchitectureError, CheckpointError
from a2e_export.network.builder import build_network, read_config
from tests.conftest import CHECKPOINT, CONFIG
from tests.export.checkpoint.files import POSITION, STEM, saved


def build(path: Path):
    return build_network(read_checkpoint(path).tensors, read_config(CONFIG))


class TestTensors:
    def refused(self, path: Path, message: str) -> None:
        with pytest.raises(CheckpointError, match=message):
            build(path)

    @pytest.mark.parametrize(
        ("name", "shape"),
        [
            ("output_proj.weight", (7,)),
            ("identity_encoder.id_mlp.weight", (7, 3)),
            ("audio_encoder.feature_extractor.conv_layers.0.conv.weight", (3, 1)),
            (POSITION + "parametrizations.weight.original0", (3,)),
            (POSITION + "parametrizations.weight.original1", (0, 12, 128)),
        ],
    )
    def test_misshaped_keys_that_sizes_need(self, state, put, name: str, shape) -> None:
        state[STEM + name] = torch.zeros(shape)
        self.refused(put(saved(state)), "mis-shaped .*(original|weight)")

    def test_strange_keys(self, state, put) -> None:
        strange = state | {STEM + "audio_encoder.encoder.layers.foo": torch.zeros(1)}
        self.refused(put(saved(strange)), r"unexpected audio_encoder\.encoder\.layers\.foo")
        self.refused(put(saved({3: torch.zeros(1)})), "a torch file without a state_dict")

    def test_missing_unexpected_and_misshaped_keys_are_named(self, state, put) -> None:
        del state[STEM + "output_proj.bias"]
        state[STEM + "decoder.9.weight"] = torch.zeros(1)
        state[STEM + "feature_projection.bias"] = torch.zeros(7)
        self.refused(
            put(saved({"state_dict": state})),
            r"missing output_proj\.bias; unexpected decoder\.9\.weight; "
            r"mis-shaped feature_projection\.bias is \[7\] instead of \[32\]",
        )

    def test_a_key_that_sizes_need(self, state, put) -> None:
        del state[STEM + "output_proj.weight"]
        self.refused(put(saved(state)), r"missing output_proj\.weight")

    def test_non_streaming_identities(self, state, put) -> None:
        state[STEM + "identity_encoder.id_mlp.weight"] = torch.zeros(8, 5016, 1)
        self.refused(put(saved(state)), "LAM's non-streaming variant")

    def test_non_streaming_transformer(self, state, put) -> None:
        state[STEM + "identity_encoder.transformer.layers.0.weight"] = torch.zeros(1)
        self.refused(put(saved(state)), "LAM's non-streaming variant")


class TestConfig:
    @pytest.fixture
    def config(self) -> dict[str, object]:
        return json.loads(CONFIG.read_text())

    def refused(self, config: object, tmp_path: Path, message: str) -> None:
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        with pytest.raises(ArchitectureError, match=message):
            build_network(read_checkpoint(CHECKPOINT).tensors, read_config(path))

    def test_a_folder_will_do(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text(CONFIG.read_text())
        assert read_config(tmp_path).hidden_size == 48

    def test_the_base_config_is_not_this_checkpoints(self) -> None:
        message = "hidden_size is 48 in the checkpoint and 768 in the config.*--wav2vec2-config"
        with pytest.raises(ArchitectureError, match=message):
            build_network(read_checkpoint(CHECKPOINT).tensors, read_config(None))

    def test_unknown_networks(self, config, tmp_path: Path) -> None:
        config["do_stable_layer_norm"] = True
        self.refused(config, tmp_path, "do_stable_layer_norm=True; a2e knows False")

    def test_contradictions(self, config, tmp_path: Path) -> None:
        config["num_attention_heads"] = 5
        self.refused(config, tmp_path, "contradicts itself: .* 5 heads for a width of 48")

    def test_values_of_the_wrong_type(self, config, tmp_path: Path) -> None:
        config["hidden_size"] = "wide"
        self.refused(config, tmp_path, "is not a wav2vec2 config.json")

    def test_no_heads(self, config, tmp_path: Path) -> None:
        config["num_attention_heads"] = 0
        self.refused(config, tmp_path, "contradicts itself")

    def test_no_config(self, tmp_path: Path) -> None:
        self.refused([1], tmp_path, "is not a wav2vec2 config.json")
        with pytest.raises(ArchitectureError, match="can't read the wav2vec2 config .*No such"):
            read_config(tmp_path / "gone.json")
