# make run   sets up a fresh machine and does the main job: checkpoint -> model -> face
# make test  sets up a fresh machine and passes all checks
PYTHON ?= python3
BIN := .venv/bin
OUT := out

.PHONY: run test lint bench clean

run: $(BIN)/.installed
	$(BIN)/python -m a2e_export.random_checkpoint small $(OUT)
	$(BIN)/a2e-export convert $(OUT)/checkpoint.pth --wav2vec2-config $(OUT)/config.json --hop 3 -o $(OUT)/face.onnx
	$(BIN)/a2e-export verify $(OUT)/face.onnx --checkpoint $(OUT)/checkpoint.pth --wav2vec2-config $(OUT)/config.json
	$(BIN)/a2e animate runtime/a2e/data/speech.flac --model $(OUT)/face.onnx -o $(OUT)/face.json
	$(BIN)/a2e plot runtime/a2e/data/speech.flac --model $(OUT)/face.onnx -o $(OUT)/face.png

test: lint
	$(BIN)/pytest

lint: $(BIN)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(BIN)/.installed
	$(BIN)/python -m a2e_export.random_checkpoint lam $(OUT)/lam
	$(BIN)/a2e-export convert $(OUT)/lam/checkpoint.pth -o $(OUT)/lam/lam.onnx
	$(BIN)/python -m benchmarks.storage $(OUT)/lam/lam.onnx

$(BIN)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "a2e needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv $(OUT) .mypy_cache .pytest_cache .ruff_cache .hypothesis
