"""The fidelity that streaming costs: graph kinds over hops and lookaheads, on your own voice.

Two references: ``recompute`` at the same hop and lookahead shows the cost of carrying context; full
right context (``recompute`` with half the window to each side of a frame) shows the cost of not
knowing the future yet.
"""

from __future__ import annotations

from a2e_export.drift.measurement import Drift, measure_drift
from a2e_export.drift.metrics import Distance
from a2e_export.drift.picture import save_plot
from a2e_export.drift.report import save_json, table

__all__ = ["Distance", "Drift", "measure_drift", "save_json", "save_plot", "table"]
