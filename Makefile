# The whole project in a few commands; each makes what it needs inside this folder.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
LOCK := requirements/dev.lock
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-transformer test-ray lint train bench clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

$(PY):
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml setup.cfg | $(PY)
	$(PY) -m pip install -q -c $(LOCK) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml setup.cfg $(LOCK) | $(PY)
	$(PY) -m pip install -q -c $(LOCK) -e '.[dev,train,fast,insight,report,service]'
	@touch $@ $(VENV)/.base

$(VENV)/.torch: $(VENV)/.dev requirements/torch.lock
	$(PY) -m pip install -q "$$(grep '^torch==' requirements/torch.lock)"
	$(PY) -m pip install -q -c $(LOCK) -r requirements/torch.lock
	@touch $@

$(VENV)/.ray: $(VENV)/.dev requirements/ray.lock
	$(PY) -m pip install -q -c $(LOCK) -r requirements/ray.lock
	@touch $@

demo: $(VENV)/.base ## classify the sample requests with the packaged model, explain one
	@$(PY) -m hotline_nlp demo

test: $(VENV)/.dev ## run the tests
	$(PY) -m pytest -n 2 --dist loadfile

test-transformer: $(VENV)/.torch ## install torch and run the transformer's tests, on its packaged weights
	OMP_NUM_THREADS=1 $(PY) -m pytest -m transformer -n 2 --dist loadfile

test-ray: $(VENV)/.ray ## install Ray; score on a cluster of two nodes, one of which is killed
	$(PY) -m pytest -m ray

lint: $(VENV)/.dev ## check style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

train: $(VENV)/.torch ## train the packaged model again (hours on CPU; needs the labelled data)
	$(PY) -m training.transformer
	$(PY) -m training.wide
	$(PY) -m training.transformer --start .cache/teacher/model.pt --pool --teachers
	$(PY) -m training.average .cache/teacher/model.pt .cache/second/model.pt --out .cache/both/model.pt
	$(PY) -m training.transformer --start .cache/both/model.pt --pool --epochs 1 --seed 3 --gold 0.5 --rate 5e-5 --no-pools --out .cache/third
	$(PY) -m training.transformer --start .cache/third/model.pt --pool --epochs 1 --seed 4 --gold 0.9 --no-pools --out .cache/fourth
	$(PY) -m training.average .cache/third/model.pt .cache/fourth/model.pt --out .cache/mean/model.pt
	$(PY) -m training.score .cache/mean/model.pt
	$(PY) -m training.transformer --start .cache/mean/model.pt --pool --epochs 1 --seed 5 --gold 0.9 --labelled 0.5 --written 1 --rate 5e-5 --no-pools --out .cache/fifth
	$(PY) -m training.average .cache/mean/model.pt .cache/fifth/model.pt .cache/fifth/model.pt --out .cache/blend/model.pt
	$(PY) -m training.transformer --start .cache/blend/model.pt --pool --epochs 1 --seed 6 --gold 1 --labelled 0.8 --written 1 --rate 5e-5 --no-pools --out .cache/sixth
	$(PY) -m training.average .cache/fifth/model.pt .cache/sixth/model.pt --out .cache/last/model.pt
	$(PY) -m training.transformer --start .cache/last/model.pt --pool --epochs 1 --seed 7 --gold 0.8 --labelled 0.7 --written 1 --rate 5e-5 --no-pools --out .cache/seventh
	$(PY) -m training.average .cache/fifth/model.pt .cache/sixth/model.pt .cache/seventh/model.pt --out .cache/thirds/model.pt
	$(PY) -m training.publish .cache/thirds/model.pt
	$(PY) -m training.distil
	$(PY) -m training.tune_cascade

bench: $(VENV)/.torch ## measure accuracy again and render the tables (needs the labelled data)
	$(PY) -m pip install -q -c $(LOCK) -e '.[bench]'
	$(PY) -m pip install -q --no-deps baisitong2==1.0.2
	$(PY) -m benchmarks accuracy
	$(PY) -m benchmarks calibration
	$(PY) -m benchmarks shift
	$(PY) -m benchmarks tables

clean: ## remove the environment, builds and tool caches (what training left in .cache stays)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
