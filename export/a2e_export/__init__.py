"""LAM Audio2Expression checkpoints to ONNX files that ``a2e`` streams."""
