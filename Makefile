# Thin on purpose: every target is one command of tools/, which works without make too.
PYTHON ?= python3
STACK ?= local

.PHONY: setup up preview down kubeconfig test lint bench clean

# Every tool, package and plugin that the other targets need.
setup:
	@$(PYTHON) -m tools.setup

# A stack of this checkout: a Kubernetes cluster on this host, or with STACK=assets files for machines of your own.
up preview down kubeconfig:
	@$(PYTHON) -m tools.cluster $@ $(STACK)

# Everything, on real parts; TESTS selects, such as TESTS=tests/unit.
test:
	@$(PYTHON) -m tools.checks test $(TESTS)

# Lint, format and types.
lint:
	@$(PYTHON) -m tools.checks lint

# How long things take, with the facts of this machine.
bench:
	@$(PYTHON) -m tools.checks bench

# What can be made again inside the checkout. State, keys and the cache outside it stay.
clean:
	@$(PYTHON) -m tools.checks clean
