# SPDX-License-Identifier: BSD-2-Clause

# The captures of the project's own making, and how they were made.
EXTRA_DIST += tests/captures/demo.pcap tests/captures/peers.py \
	tests/captures/record
