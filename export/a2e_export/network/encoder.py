"""wav2vec2 at 30 frames a second: features, positions and a post-norm transformer."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from a2e_export.network.architecture import Architecture, frames_in
from a2e_export.network.features import FeatureExtractor, interpolate, step_positions


class FeatureProjection(nn.Module):
    """LayerNorm and Linear from conv channels to the encoder's width: [B, T, C] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(arch.conv_dims[-1], eps=arch.layer_norm_eps)
        self.projection = nn.Linear(arch.conv_dims[-1], arch.hidden)

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.projection(self.layer_norm(x))
        return projected


class PositionalConv(nn.Module):
    """wav2vec2's relative position: a wide grouped convolution and GELU, [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            arch.hidden,
            arch.hidden,
            arch.position_kernel,
            padding=arch.position_kernel // 2,
            groups=arch.position_groups,
        )
        self.surplus = 1 - arch.position_kernel % 2  # an even kernel gives one step too many

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x.transpose(1, 2))
        y = y[:, :, : y.shape[2] - self.surplus]
        return F.gelu(y).transpose(1, 2)


class Attention(nn.Module):
    """Full bidirectional multi-head attention, [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.heads = arch.heads
        self.scale = (arch.hidden // arch.heads) ** -0.5
        self.q_proj = nn.Linear(arch.hidden, arch.hidden)
        self.k_proj = nn.Linear(arch.hidden, arch.hidden)
        self.v_proj = nn.Linear(arch.hidden, arch.hidden)
        self.out_proj = nn.Linear(arch.hidden, arch.hidden)

    def split(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, heads, T, D / heads]."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of x, each [B, heads, T, D / heads]."""
        q = self.split(self.q_proj(x) * self.scale)
        return q, self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Values mixed by the match of queries and keys: [B, T, D].

        The last keys are the queries' own frames.
        """
        mixed = (q @ k.transpose(2, 3)).softmax(dim=3) @ v
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    def forward(self, x: Tensor) -> Tensor:
        return self.attend(*self.project(x))


class FeedForward(nn.Module):
    """Two products around an exact GELU: [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(arch.hidden, arch.intermediate)
        self.output_dense = nn.Linear(arch.intermediate, arch.hidden)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.output_dense(F.gelu(self.intermediate_dense(x)))
        return out


class EncoderLayer(nn.Module):
    """A post-norm transformer layer: [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.attention = Attention(arch)
        self.layer_norm = nn.LayerNorm(arch.hidden, eps=arch.layer_norm_eps)
        self.feed_forward = FeedForward(arch)
        self.final_layer_norm = nn.LayerNorm(arch.hidden, eps=arch.layer_norm_eps)

    def forward(self, x: Tensor) -> Tensor:
        return self.digest(x, self.attention(x))

    def digest(self, x: Tensor, attended: Tensor) -> Tensor:
        """The layer's output from its input and the attention's: both residuals, both norms."""
        x = self.layer_norm(x + attended)
        out: Tensor = self.final_layer_norm(x + self.feed_forward(x))
        return out


class Encoder(nn.Module):
    """Positional convolution, LayerNorm and the transformer layers: [B, T, D] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.pos_conv_embed = PositionalConv(arch)
        self.layer_norm = nn.LayerNorm(arch.hidden, eps=arch.layer_norm_eps)
        self.layers = nn.ModuleList(EncoderLayer(arch) for _ in range(arch.layers))

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer_norm(x + self.pos_conv_embed(x))
        for layer in self.layers:
            x = layer(x)
        return x


class AudioEncoder(nn.Module):
    """wav2vec2 at 30 frames a second: [B, N] -> [B, T, D]."""

    def __init__(self, arch: Architecture) -> None:
        super().__init__()
        self.feature_extractor = FeatureExtractor(arch)
        self.feature_projection = FeatureProjection(arch)
        self.encoder = Encoder(arch)

    def forward(self, audio: Tensor) -> Tensor:
        steps = self.feature_extractor(audio)
        features = interpolate(steps, step_positions(steps.shape[2], frames_in(audio.shape[1])))
        encoded: Tensor = self.encoder(self.feature_projection(features.transpose(1, 2)))
        return encoded
