# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += scripts/cross-arm64 scripts/demo scripts/install-deps \
	scripts/test

# Parts of "make check", for scripts/test.
unit_tests = $(filter tests/unit/%,$(TESTS))
check-unit:
	$(MAKE) check TESTS='$(unit_tests)'

# What is worth its time under sanitizers: whatever reads foreign octets.
sanitized_tests = $(unit_tests) $(foreach test,$(TESTS),$(if \
	$(findstring malformed,$(test))$(findstring golden,$(test))\
	$(findstring corpora,$(test)),$(test)))
check-sanitized:
	$(MAKE) check TESTS='$(sanitized_tests)'
.PHONY: check-unit check-sanitized
