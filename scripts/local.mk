# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += doc/folders scripts/check-layers scripts/coverage scripts/cppcheck-suppressions \
	scripts/cross-arm64 scripts/demo scripts/install-deps \
	scripts/lint scripts/test \
	scripts/tsan-suppressions scripts/valgrind \
	scripts/valgrind-suppressions

# Parts of "make check", for scripts/test.
unit_tests = $(filter tests/unit/%,$(TESTS))
check-unit:
	$(MAKE) check TESTS='$(unit_tests)'

# The same, and no other program of the tests is built for it.
unit_programs = $(filter src/record/% tests/unit/%,$(check_PROGRAMS))
check-unit-alone:
	$(MAKE) check TESTS='$(unit_tests)' check_PROGRAMS='$(unit_programs)'

# What is worth its time under sanitizers: whatever reads foreign octets.
sanitized_tests = $(unit_tests) $(foreach test,$(TESTS),$(if \
	$(findstring malformed,$(test))$(findstring golden,$(test))\
	$(findstring corpora,$(test)),$(test)))
check-sanitized:
	$(MAKE) check TESTS='$(sanitized_tests)'

# All is packed, built and installed, and what is quick is run: the rest needs
# no tarball.  See also scripts/test.
distcheck-quick:
	$(MAKE) distcheck TESTS='$(unit_tests)'

# Whatever has more than one thread, in a build configured with
# --enable-sanitizers=thread.  Reports go to files: a test may look at another
# exit status than a program's last.  Of the tests of whole programs only the
# reports count: their bounds of time are for a program that is not slowed.
threaded_units = $(addprefix tests/unit/,archive/check_archive \
	archive/check_file archive/check_writer capture/check_interface \
	collector/check_tcp collector/check_udp export/check_exporter \
	ipfix/check_encoder meter/check_meter spool/check_spool \
	status/check_metrics)
threaded_programs = $(addprefix tests/integration/check_,archive.py cli.py \
	delivery.py live.py requests.py statistics.py tls.py workers.py)
tsan_options = log_path=$(abs_builddir)/race exitcode=99 \
	suppressions=$(abs_top_srcdir)/scripts/tsan-suppressions
check-threaded:
	rm -f race.*
	TSAN_OPTIONS='$(tsan_options)' $(MAKE) check TESTS='$(threaded_units)'
	-TSAN_OPTIONS='$(tsan_options)' $(MAKE) check \
		TESTS='$(threaded_programs)'
	@for report in race.*; do \
		test -e "$$report" || continue; cat "$$report"; exit 1; \
	done
.PHONY: check-unit check-unit-alone check-sanitized check-threaded distcheck-quick
