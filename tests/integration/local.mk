# SPDX-License-Identifier: BSD-2-Clause

EXTRA_DIST += tests/integration/check_manual.py
TESTS += tests/integration/check_manual.py
# The captures of the project's own making, and how they were made.
EXTRA_DIST += tests/captures/demo.pcap tests/captures/peers.py \
	tests/captures/record

# With foreign collectors and readers.
TESTS += tests/integration/check_collectors.py \
	tests/integration/check_readers.py
EXTRA_DIST += tests/integration/check_collectors.py \
	tests/integration/collectors.py

# Archives: rotation, compression, a disk that gets full.
TESTS += tests/integration/check_archive.py
EXTRA_DIST += tests/integration/check_archive.py
	tests/integration/check_readers.py tests/integration/collectors.py \
	tests/integration/harness.py tests/integration/messages.py

# Any number of workers, the same records.
TESTS += tests/integration/check_workers.py
EXTRA_DIST += tests/integration/check_workers.py
# Captures of each rule with their golden results, the second meter, the
# damaged captures and the command line.
rule_captures = tests/captures/talk.pcap tests/captures/talk.pcapng \
	tests/captures/talk.pcap.gz tests/captures/talk.pcap.zst \
	tests/captures/talk-big-endian.pcap \
	tests/captures/talk-big-endian-ns.pcap tests/captures/talk-sll.pcap \
	tests/captures/talk-sll2.pcap tests/captures/talk-raw.pcap \
	tests/captures/talk-null.pcap tests/captures/talk-loop.pcap \
	tests/captures/talk-ppp.pcap tests/captures/talk-chdlc.pcap \
	tests/captures/talk-wlan.pcap tests/captures/talk-radiotap.pcap \
	tests/captures/tcp-teardown.pcap tests/captures/tcp-reset.pcap \
	tests/captures/tcp-half-close.pcap tests/captures/tcp-unanswered.pcap \
	tests/captures/tcp-reuse.pcap tests/captures/tcp-idle.pcap \
	tests/captures/udp-idle.pcap tests/captures/directions.pcap \
	tests/captures/ipv6-headers.pcap tests/captures/fragments.pcap \
	tests/captures/fragments6.pcap tests/captures/tags.pcap \
	tests/captures/tunnels.pcap tests/captures/lengths.pcap \
	tests/captures/backwards.pcap tests/captures/nanoseconds.pcap \
	tests/captures/nanoseconds.pcapng tests/captures/cut.pcap \
	tests/captures/unknown-link.pcap tests/captures/mixed.pcapng \
	tests/captures/make.py tests/captures/frames.py
goldens = tests/integration/golden/index \
	tests/integration/golden/tcp-teardown/tcp_flows.csv \
	tests/integration/golden/tcp-teardown/udp_flows.csv \
	tests/integration/golden/tcp-teardown/books \
	tests/integration/golden/tcp-reset/tcp_flows.csv \
	tests/integration/golden/tcp-reset/udp_flows.csv \
	tests/integration/golden/tcp-reset/books \
	tests/integration/golden/tcp-half-close/tcp_flows.csv \
	tests/integration/golden/tcp-half-close/udp_flows.csv \
	tests/integration/golden/tcp-half-close/books \
	tests/integration/golden/tcp-unanswered/tcp_flows.csv \
	tests/integration/golden/tcp-unanswered/udp_flows.csv \
	tests/integration/golden/tcp-unanswered/books \
	tests/integration/golden/tcp-reuse/tcp_flows.csv \
	tests/integration/golden/tcp-reuse/udp_flows.csv \
	tests/integration/golden/tcp-reuse/books \
	tests/integration/golden/tcp-idle/tcp_flows.csv \
	tests/integration/golden/tcp-idle/udp_flows.csv \
	tests/integration/golden/tcp-idle/books \
	tests/integration/golden/udp-idle/tcp_flows.csv \
	tests/integration/golden/udp-idle/udp_flows.csv \
	tests/integration/golden/udp-idle/books \
	tests/integration/golden/directions/tcp_flows.csv \
	tests/integration/golden/directions/udp_flows.csv \
	tests/integration/golden/directions/books \
	tests/integration/golden/ipv6-headers/tcp_flows.csv \
	tests/integration/golden/ipv6-headers/udp_flows.csv \
	tests/integration/golden/ipv6-headers/books \
	tests/integration/golden/fragments/tcp_flows.csv \
	tests/integration/golden/fragments/udp_flows.csv \
	tests/integration/golden/fragments/books \
	tests/integration/golden/fragments6/tcp_flows.csv \
	tests/integration/golden/fragments6/udp_flows.csv \
	tests/integration/golden/fragments6/books \
	tests/integration/golden/tags/tcp_flows.csv \
	tests/integration/golden/tags/udp_flows.csv \
	tests/integration/golden/tags/books \
	tests/integration/golden/lengths/tcp_flows.csv \
	tests/integration/golden/lengths/udp_flows.csv \
	tests/integration/golden/lengths/books \
	tests/integration/golden/tunnels/tcp_flows.csv \
	tests/integration/golden/tunnels/udp_flows.csv \
	tests/integration/golden/tunnels/books \
	tests/integration/golden/backwards/tcp_flows.csv \
	tests/integration/golden/backwards/udp_flows.csv \
	tests/integration/golden/backwards/books \
	tests/integration/golden/nanoseconds/tcp_flows.csv \
	tests/integration/golden/nanoseconds/udp_flows.csv \
	tests/integration/golden/nanoseconds/books \
	tests/integration/golden/talk/tcp_flows.csv \
	tests/integration/golden/talk/udp_flows.csv \
	tests/integration/golden/talk/books \
	tests/integration/golden/udp-idle-either/tcp_flows.csv \
	tests/integration/golden/udp-idle-either/udp_flows.csv \
	tests/integration/golden/udp-idle-either/books \
	tests/integration/golden/directions-inbound/tcp_flows.csv \
	tests/integration/golden/directions-inbound/udp_flows.csv \
	tests/integration/golden/directions-inbound/books \
	tests/integration/golden/directions-midstream/tcp_flows.csv \
	tests/integration/golden/directions-midstream/udp_flows.csv \
	tests/integration/golden/directions-midstream/books \
	tests/integration/golden/tags-key-vlan/tcp_flows.csv \
	tests/integration/golden/tags-key-vlan/udp_flows.csv \
	tests/integration/golden/tags-key-vlan/books \
	tests/integration/golden/tcp-half-close-short/tcp_flows.csv \
	tests/integration/golden/tcp-half-close-short/udp_flows.csv \
	tests/integration/golden/tcp-half-close-short/books \
	tests/integration/golden/tunnels-decapsulated/tcp_flows.csv \
	tests/integration/golden/tunnels-decapsulated/udp_flows.csv \
	tests/integration/golden/tunnels-decapsulated/books
integration_checks = tests/integration/check_cli.py \
	tests/integration/check_golden.py \
	tests/integration/check_malformed.py \
	tests/integration/check_reference.py
TESTS += $(integration_checks)
EXTRA_DIST += $(integration_checks) $(rule_captures) $(goldens) \
	tests/integration/harness.py tests/integration/reference.py \
	tests/integration/known-disagreements
# Nothing lost on the way out.
TESTS += tests/integration/check_delivery.py
EXTRA_DIST += tests/integration/check_delivery.py \
	tests/integration/delivery.py
TESTS += tests/integration/check_tls.py
EXTRA_DIST += tests/integration/check_tls.py
