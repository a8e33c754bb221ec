# SPDX-License-Identifier: BSD-2-Clause

# decode
check_PROGRAMS += tests/unit/check_decode
TESTS += tests/unit/check_decode
tests_unit_check_decode_SOURCES = tests/unit/check_decode.c tests/unit/frame.h
tests_unit_check_decode_CFLAGS = $(unit_cflags)
tests_unit_check_decode_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_decode_link
TESTS += tests/unit/check_decode_link
tests_unit_check_decode_link_SOURCES = tests/unit/check_decode_link.c
tests_unit_check_decode_link_CFLAGS = $(unit_cflags)
tests_unit_check_decode_link_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_decode_tunnel
TESTS += tests/unit/check_decode_tunnel
tests_unit_check_decode_tunnel_SOURCES = tests/unit/check_decode_tunnel.c
tests_unit_check_decode_tunnel_CFLAGS = $(unit_cflags)
tests_unit_check_decode_tunnel_LDADD = $(unit_ldadd)

check_PROGRAMS += tests/unit/check_fragment
TESTS += tests/unit/check_fragment
tests_unit_check_fragment_SOURCES = tests/unit/check_fragment.c
tests_unit_check_fragment_CFLAGS = $(unit_cflags)
tests_unit_check_fragment_LDADD = $(unit_ldadd)
