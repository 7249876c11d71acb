"""Fuzzing: made-up and damaged input against whatever reads what people send.

    python -m tests.fuzz --minutes 10                     all in turn, on from where it stopped
    python -m tests.fuzz --minutes 1 --targets audio      some of them
    python -m tests.fuzz --case out/fuzz/findings/…/case  one case again, with its traceback

A target is a reader and a source of cases (``targets.py``). Cases run in a child process, which is
watched for its time and memory; whatever is neither a result nor an ``A2EError`` is a finding.
"""
