# SPDX-License-Identifier: BSD-2-Clause
# Libraries to be preloaded, which let the system's calls fail and the clock
# step: not for the program's own flags, which may ask for a sanitizer.
preloaded = tests/faults/faults.so tests/faults/clock.so \
	tests/faults/constructor.so
EXTRA_DIST += $(preloaded:.so=.c)
check_DATA = $(preloaded)
CLEANFILES += $(preloaded)
$(preloaded): %.so: %.c
	$(AM_V_GEN)$(MKDIR_P) tests/faults && $(CC) -std=gnu11 -O1 -g -Wall \
		-fPIC -shared -fno-builtin -U_FORTIFY_SOURCE -o $@ $< -ldl
