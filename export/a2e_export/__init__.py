"""LAM Audio2Expression checkpoints to ONNX files that ``a2e`` streams.

The way of a checkpoint, room by room:

==================  ==========================================================================
``checkpoint/``     download it, unpack it, read its tensors (and write such files)
``network/``        the torch network; a builder makes it from the tensors and a wav2vec2 config
``streaming/``      the network behind the streaming contract: a graph of each kind
``onnx_export``     a graph as an ONNX model, compared with torch
``precision``       the model in fewer bits
``convert``         all of these, to one file; ``settings`` are the user's choices
``verify``          a file against its checkpoint, on speech
``drift/``          graph kinds against each other, on speech
==================  ==========================================================================
"""
