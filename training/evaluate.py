"""Print the model card's numbers: ``python -m training.evaluate MODEL --speech FOLDER``.

MODEL is a checkpoint (``training/.cache/bundled.pth``, with ``config.json`` beside it) or a
converted ``.onnx``. Real speech is read from FOLDER and from what is installed (see `recordings`);
its phones come from `alignment`, once, and are kept. Results are also written as ``results.json``,
with a picture for each real clip.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from training.evaluation.noise import noise
from training.evaluation.predictors import open_predictor
from training.evaluation.real import real, streaming
from training.evaluation.report import tables, tidy
from training.evaluation.synthetic import styles, synthetic
from training.folders import EVALUATION


def main() -> None:
    options = parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    predict = open_predictor(options.model, options.hop, options.lookahead)
    results: dict[str, Any] = {"model": options.model.name, "hop": options.hop}
    results["synthetic"] = synthetic(predict, options.utterances)
    results["styles"] = styles(predict, options.utterances // 4)
    results["real"] = real(predict, options.speech, options.out)
    results["noise"] = noise(predict)
    if options.model.suffix != ".onnx" and options.hop is None:
        results["streaming"] = streaming(options.model, options.speech)
    (options.out / "results.json").write_text(json.dumps(tidy(results), indent=2) + "\n")
    print(tables(results))


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--speech", type=Path, help="folder of real recordings")
    parser.add_argument("--out", type=Path, default=EVALUATION)
    parser.add_argument("--utterances", type=int, default=300, help="of synthetic speech")
    parser.add_argument("--hop", type=int, help="stream a checkpoint in hops of so many frames")
    parser.add_argument("--lookahead", type=int, default=0, help="frames held back, with --hop")
    return parser.parse_args()


if __name__ == "__main__":
    main()
