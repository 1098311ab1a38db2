# Thin on purpose: every target is one command of tools/, which works without make too.
PYTHON ?= python3

.PHONY: setup lint clean

# Every tool, package and plugin that the other targets need.
setup:
	@$(PYTHON) -m tools.environment setup

lint:
	@$(PYTHON) -m tools.environment lint

# What can be made again inside the checkout. State, keys and the cache outside it stay.
clean:
	@$(PYTHON) -m tools.environment clean
