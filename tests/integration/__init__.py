"""Tests against other people's packages, a folder each, in an environment of its own.

A folder holds ``requirements.txt``, what pip installs beside pytest (paths in it count from the
repository), and ``test_*.py``. The tests run from the repository, in the folder's environment;
``A2E`` is then the Python that runs a2e itself. They skip what can't be had, and say why.

    python -m tests.integration           # all
    python -m tests.integration nvidia    # one
"""
