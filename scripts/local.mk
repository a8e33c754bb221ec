# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += scripts/check-layers scripts/conffile \
	scripts/coverage scripts/cppcheck-suppressions scripts/cross \
	scripts/demo scripts/folder-table scripts/get-silk scripts/install-deps scripts/kafka-jars \
	scripts/lint \
	scripts/test scripts/tsan-suppressions scripts/valgrind \
	scripts/valgrind-suppressions

# Parts of "make check", for scripts/test.
units = tests/unit/%
units_left_out =
wanted_units = $(filter-out $(units_left_out),$(filter $(units),$(1)))
unit_tests = $(call wanted_units,$(TESTS))
check-unit:
	$(MAKE) check TESTS='$(unit_tests)'

# The same, but only the programs of unit tests are built.  scripts/cross sets
# units and units_left_out to run some of them.
unit_programs = $(filter src/%,$(check_PROGRAMS)) \
	$(call wanted_units,$(check_PROGRAMS))
check-unit-alone:
	$(MAKE) check TESTS='$(unit_tests)' check_PROGRAMS='$(unit_programs)'

# Sanitizers are slow: only the unit tests, and tests that read foreign octets.
sanitized_tests = $(unit_tests) $(foreach test,$(TESTS),$(if \
	$(findstring malformed,$(test))$(findstring golden,$(test))\
	$(findstring corpora,$(test)),$(test)))
check-sanitized:
	$(MAKE) check TESTS='$(sanitized_tests)'

# Pack, build and install everything, and run those tests that read the sources:
# the others need no tarball.  See also scripts/test.
distcheck-quick:
	$(MAKE) distcheck TESTS='$(filter %.sh,$(unit_tests))' \
		check_PROGRAMS='$(filter src/%,$(check_PROGRAMS))'

# Tests with more than one thread, in a build configured with
# --enable-sanitizers=thread.  Reports go to files, since a test may not look at
# the exit status of every program.  Of the integration tests only the reports
# count: they have bounds of time for a program at full speed.  glib's slices hand
# memory from thread to thread behind locks that the sanitizer does not see.
threaded_units = $(addprefix tests/unit/,archive/check_archive \
	archive/check_file archive/check_writer capture/check_interface \
	tcp/check_tcp udp/check_udp export/check_exporter \
	export/check_exporter_figures export/check_exporter_records \
	ipfix/check_encoder meter/check_meter spool/check_spool \
	report/check_report status/check_metrics)
threaded_programs = $(addprefix tests/integration/check_,archive.py cli.py \
	delivery.py live.py requests.py statistics.py tls.py workers.py)
tsan_options = log_path=$(abs_builddir)/race exitcode=99 \
	suppressions=$(abs_top_srcdir)/scripts/tsan-suppressions
check-threaded:
	rm -f race.*
	G_SLICE=always-malloc TSAN_OPTIONS='$(tsan_options)' \
		$(MAKE) check TESTS='$(threaded_units)'
	-G_SLICE=always-malloc TSAN_OPTIONS='$(tsan_options)' $(MAKE) check \
		TESTS='$(threaded_programs)'
	@for report in race.*; do \
		test -e "$$report" || continue; cat "$$report"; exit 1; \
	done
.PHONY: check-unit check-unit-alone check-sanitized check-threaded distcheck-quick
