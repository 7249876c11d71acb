"""NVIDIA Audio2Face-3D's gRPC protocol: a clip comes in pieces, its frames go out as computed."""
