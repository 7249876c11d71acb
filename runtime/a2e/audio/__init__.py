"""From files, pipes and bytes to samples at the model's rate.

``decode`` (files) or ``pcm`` (raw bytes) gives samples; ``samples`` checks and mixes them to mono;
``resample`` brings them to another rate.
"""
