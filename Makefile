# Thin on purpose: every target is one command of tools/, which works without make too.
PYTHON ?= python3
STACK ?= local

.PHONY: setup up preview down kubeconfig kubelet-image test test-selinux lint bench clean

# Every tool, package and plugin that the other targets need.
setup:
	@$(PYTHON) -m tools.setup

# A stack of this checkout: a Kubernetes cluster on this host, or with STACK=assets files for machines of your own.
up preview down kubeconfig:
	@$(PYTHON) -m tools.cluster $@ $(STACK)

# The kubelet image of a release, such as VERSION=v1.36.2, in dist/kubelet-image; docs/kubelet-images.md has the options.
kubelet-image:
	@$(PYTHON) -m tools.kubelet_image "$(VERSION)" $(if $(TAG),--tag="$(TAG)") $(if $(filter yes,$(PUBLISH)),--publish) \
	  $(if $(QUAY),--quay="$(QUAY)") $(if $(DOCKER_HUB),--docker-hub="$(DOCKER_HUB)") $(if $(ONLY),--only="$(ONLY)") \
	  $(if $(filter yes,$(REPLACE)),--replace) $(if $(SOURCE),--source="$(SOURCE)")

# Everything, on real parts; TESTS selects, such as TESTS=tests/unit.
test:
	@$(PYTHON) -m tools.checks test $(TESTS)

# What SELinux has to say, in an emulated machine where it is enforcing; part of `test`.
test-selinux:
	@$(PYTHON) -m tools.checks test tests/selinux

# Lint, format and types.
lint:
	@$(PYTHON) -m tools.checks lint

# How long things take, with the facts of this machine; BENCH selects, such as BENCH="rendering engine".
bench:
	@$(PYTHON) -m tools.checks bench $(BENCH)

# What can be made again inside the checkout. State, keys and the cache outside it stay.
clean:
	@$(PYTHON) -m tools.checks clean
