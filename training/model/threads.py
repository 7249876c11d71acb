"""As many threads as pay off."""

from __future__ import annotations

import time

import torch

TRIAL, RETREAT = 12, 300  # steps with all threads before a look at them; then steps with one
PAYING = 1.15  # processors in use from where on several threads are faster than one


class Threads:
    """One thread while others use the machine: several would wait for the slowest of them.

    What they wait counts as work unless ``OMP_WAIT_POLICY=PASSIVE``.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.begin(most)

    def begin(self, threads: int) -> None:
        torch.set_num_threads(threads)
        self.steps_left = RETREAT if threads < self.most else TRIAL
        self.started = time.monotonic(), time.process_time()

    def stepped(self) -> None:
        self.steps_left -= 1
        if not self.steps_left:
            wall, worked = self.started
            used = (time.process_time() - worked) / (time.monotonic() - wall)
            tried_all = torch.get_num_threads() == self.most
            self.begin(1 if tried_all and used < PAYING else self.most)
