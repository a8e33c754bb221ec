# SPDX-License-Identifier: BSD-2-Clause

EXTRA_DIST += tests/integration/check_manual.py
TESTS += tests/integration/check_manual.py
# The captures of the project's own making, and how they were made.
EXTRA_DIST += tests/captures/demo.pcap tests/captures/peers.py \
	tests/captures/record

# With foreign collectors and readers.
TESTS += tests/integration/check_collectors.py
EXTRA_DIST += tests/integration/check_collectors.py \
	tests/integration/collectors.py
# Nothing lost on the way out.
TESTS += tests/integration/check_delivery.py
EXTRA_DIST += tests/integration/check_delivery.py \
	tests/integration/delivery.py
TESTS += tests/integration/check_tls.py
EXTRA_DIST += tests/integration/check_tls.py
