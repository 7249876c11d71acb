"""What can go wrong, as a tree. Every message says what was expected, what came, and what to do.

A2EError
├── ModelError (ValueError)           the file is no a2e model, not one this version reads, damaged
├── ProviderError (RuntimeError)      the execution provider or its package is not here
├── AudioError (ValueError)           samples, rates or audio files that can't be speech
│   ├── AudioFileError                a file or its bytes that no decoder can read
│   └── AudioTypeError (TypeError)    the samples have the wrong type, dtype or shape
├── OptionError (ValueError)          a style, shape, format, setting or target that can't be
├── ServiceError (RuntimeError)       a service refused its client, or can't be reached
├── StreamBusyError (RuntimeError)    a stream was used while another call of it was running
└── StreamClosedError (RuntimeError)  a stream was used after ``close``
"""

from __future__ import annotations


class A2EError(Exception):
    """Base of every error that a2e raises on purpose."""


class ModelError(A2EError, ValueError):
    """The file is not an a2e model, not one that this version can read, or damaged.

    A stream raises it too, where damage shows only in what the model computes.
    """


class ProviderError(A2EError, RuntimeError):
    """The asked-for execution provider is not available here."""


class AudioError(A2EError, ValueError):
    """The audio's content, rate or file is unusable."""


class AudioFileError(AudioError):
    """An audio file that can't be read; ``reason`` is the decoder's."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class AudioTypeError(AudioError, TypeError):
    """The samples have the wrong Python type, dtype or shape."""


class OptionError(A2EError, ValueError):
    """An option does not exist, is out of range, or names a file that can't be written."""


class ServiceError(A2EError, RuntimeError):
    """A service refused its client, or can't be reached.

    ``code`` is the refusal's, one of docs/service.md's, or ``unreachable``.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class StreamBusyError(A2EError, RuntimeError):
    """A stream was used while another call of it was still running, in another thread as a rule."""


class StreamClosedError(A2EError, RuntimeError):
    """A stream was used after ``close``."""
