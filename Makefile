# Every target works on a fresh machine with Python 3.11 and a package index; nothing else is fetched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo install check test evals evals-public bench train docs clean

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMP): $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,postgres,encryption,train,documents,langchain,openai,mcp]'
	@touch $@

install: $(STAMP)  ## make the virtual environment with everything that tests and checks need

demo: $(VENV)/.core  ## answer the sample inbox, offline: a table here and demo.html
	@$(BIN)/cs-assist kb build kb_index/articles --index kb_index/index
	@$(BIN)/python examples/demo.py

check: $(STAMP)  ## ruff, mypy --strict and the structure of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_structure.py

test: $(STAMP)  ## run the test suite
	$(BIN)/pytest tests

evals: $(STAMP)  ## measure quality on the committed data; results go to evals/results
	$(BIN)/pip install --quiet --disable-pip-version-check 'lingua-language-detector>=2.0' 'langchain-community>=0.4'
	$(BIN)/python -m evals.run

evals-public: $(STAMP)  ## measure public sets: make evals-public DATA=FOLDER [TEST=FOLDER] (ten minutes)
	$(BIN)/python -m evals.public_sets --data $(DATA) $(if $(TEST),--test $(TEST))

bench: $(STAMP)  ## measure the budgets of docs/architecture.md; results go to evals/results
	$(BIN)/python -m evals.bench

train:  ## make the shipped models anew: make train E5=FOLDER DATA=FOLDER (two hours on two cores; training/README.md)
	$(BIN)/pip install --quiet --disable-pip-version-check -r training/requirements.txt -e '.[train]'
	$(BIN)/python training/finetune.py --base $(E5) --text $(DATA) --out build/first --hold-out second --epochs 4
	$(BIN)/python training/finetune.py --base build/first --text $(DATA) --out build/finetuned --epochs 3 --retrieval 0.08 --first 0.5 --rate 1.2e-4
	$(BIN)/python training/build_encoder.py --base build/finetuned --text $(DATA)
	$(BIN)/python training/train_language.py --text $(DATA)
	$(BIN)/python training/calibrate.py --finetuned build/finetuned
	$(BIN)/python training/train_context.py
	$(BIN)/python training/train_reader.py --base build/finetuned --text $(DATA) --out build/reader_public --sets public --each 450 --size 4 --epochs 1 --rate 1.5e-4
	$(BIN)/python training/train_reader.py --base build/reader_public --text $(DATA) --out build/reader --sets shops --size 5 --epochs 4 --rate 1.5e-4
	$(BIN)/python training/build_reader.py --base build/reader
	$(BIN)/python training/train_claims.py
	$(BIN)/python training/train_answerability.py --shops $(DATA)/shops
	$(BIN)/python training/train_injection.py --text $(DATA)

docs: $(VENV)/bin/python  ## build the documentation into site/
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	$(BIN)/mkdocs build --strict

clean:  ## remove everything that was made here
	rm -rf $(VENV) build dist site demo.html kb_index/index .mypy_cache .pytest_cache .ruff_cache .hypothesis
