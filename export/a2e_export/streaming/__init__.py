"""The torch network behind the streaming contract: state in, state out.

A graph takes ``audio`` [B, hop_samples], ``style`` [B, styles] and its context, and gives
``weights`` [B, hop, shapes] and the next context. The kinds differ in what they carry:

=============  ============================================  =====================================
kind           carried                                       computed at each hop
=============  ============================================  =====================================
``recompute``  the window's audio                            everything: exact
``hybrid``     the window's conv features, norm sums         features of new audio; the encoder on
                                                             the whole window
``cached``     norm sums, projected features, keys and       new frames only
               values, a few encoder frames
=============  ============================================  =====================================
"""

from __future__ import annotations

from a2e.spec import Spec
from a2e_export.errors import ArchitectureError
from a2e_export.network import Audio2Expression
from a2e_export.streaming.cached import Cached
from a2e_export.streaming.graph import Graph
from a2e_export.streaming.hybrid import Hybrid
from a2e_export.streaming.recompute import Recompute

KINDS: dict[str, type[Graph]] = {kind.kind: kind for kind in (Recompute, Hybrid, Cached)}

__all__ = ["KINDS", "Cached", "Graph", "Hybrid", "Recompute", "make_graph"]


def make_graph(network: Audio2Expression, spec: Spec) -> Graph:
    """The graph that ``spec`` describes; raises :class:`ArchitectureError` for an unknown kind."""
    if spec.kind not in KINDS:
        raise ArchitectureError(f"kind must be one of {', '.join(KINDS)}; got {spec.kind!r}")
    return KINDS[spec.kind](network, spec)
