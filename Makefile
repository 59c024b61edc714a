BIN ?= .venv/bin

.PHONY: check proofs format

check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

proofs:
	BOWLAB_TEST_KILLS=10 $(BIN)/pytest -m slow --hypothesis-profile thorough tests

format:
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
