# SPDX-License-Identifier: BSD-2-Clause
# A library to be preloaded, which lets the system's calls fail: not for the
# program's own flags, which may ask for a sanitizer.
EXTRA_DIST += tests/faults/faults.c
check_DATA = tests/faults/faults.so
CLEANFILES += tests/faults/faults.so
tests/faults/faults.so: tests/faults/faults.c
	$(AM_V_GEN)$(MKDIR_P) tests/faults && $(CC) -std=gnu11 -O1 -g -Wall \
		-fPIC -shared -fno-builtin -U_FORTIFY_SOURCE -o $@ \
		$(top_srcdir)/tests/faults/faults.c -ldl
