"""Nets in these tests are tiny: several threads would only wait for each other."""

import torch

torch.set_num_threads(1)
