#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Small inputs on which the first release was wrong, with the right result.

Each was made by hand after a bug report or a real capture (tests/cases).  A
record is written "CLIENT > SERVER SENT/RECEIVED END DIRECTION", the direction
being 0 where the client was guessed; unmatched packets by reason.
"""
import json
import os
import re
import subprocess
import sys

import harness

FOLDER = os.path.join(harness.SOURCE, "tests", "cases")
LOCAL = ["-n", "10.0.0.0/8,2001:db8:1::/48"]
WEB = "10.0.0.1:40000 > 198.51.100.1:80 "


DUMP = os.environ.get("EXFLOWDUMP") or os.path.join(
    os.path.dirname(harness.EXFLOW), "exflowdump")


def dump(*arguments):
    done = subprocess.run([DUMP, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, text=True,
                          env=harness.ENVIRONMENT)
    return harness.Result(done.returncode, done.stdout, done.stderr)


def set_(**options):
    return [word for item in options.items()
            for word in ("--set", "%s=%s" % item)]


# file: [(options, records in any order, unmatched)]
CASES = {
    "01-syn-refused-retried.pcap": [
        (LOCAL, [WEB + "3/3 reset 1"], {})],
    "02-fin-backoff.pcap": [
        (LOCAL, [WEB + "4/6 finished 1"], {"tcp_midstream": 3}),
        (LOCAL + set_(meter="all"), [WEB + "4/6 finished 1"],
         {"tcp_midstream": 3})],
    "04-synack-first-local-server.pcap": [
        ([], ["198.51.100.9:51000 > 10.0.0.80:8080 4/3 finished 1"], {})],
    "04d-inbound-midstream.pcap": [
        (LOCAL + set_(meter="outbound,midstream"), [], {"inbound": 8}),
        (LOCAL + set_(meter="outbound,inbound,midstream"),
         "client 198.51.100.9", {})],
    "06-late-syn-copy.pcap": [
        (LOCAL, [WEB + "5/3 finished 1"], {})],
    "11-reuse-old-rst.pcap": [
        (LOCAL, [WEB + "4/2 finished 1", WEB + "3/4 shutdown 1"], {})],
    "13-long-idle.pcap": [
        (LOCAL, [WEB + "2/1 idle 1", WEB + "1/1 idle 1", WEB + "1/1 idle 1",
                 WEB + "1/1 shutdown 1"], {})],
    "17-forged-rst.pcap": [
        (LOCAL, [WEB + "12/11 shutdown 1"], {})],
    "18b-half-close-75s.pcap": [
        (LOCAL, [WEB + "4/3 half_closed 1", WEB + "2/2 shutdown 1"], {})],
    "21-broadcast.pcap": [
        ([], ["10.0.0.5:54412 > 255.255.255.255:44818 1/0 shutdown 1",
              "10.0.0.9:44818 > 10.0.0.5:54412 1/0 shutdown 1",
              "10.0.0.10:44818 > 10.0.0.5:54412 1/0 shutdown 1"], {})],
    "24-tftp.pcap": [
        (LOCAL, ["10.0.0.5:3445 > 198.51.100.7:69 1/0 shutdown 1"],
         {"inbound": 3})],
    "25-lan-dns.pcap": [
        ([], ["192.168.1.5:5000 > 192.168.1.1:53 1/1 shutdown 1"], {})],
    "27-udp-inbound-reply.pcap": [
        (LOCAL, [], {"inbound": 4}),
        (LOCAL + set_(meter="outbound,inbound"),
         ["203.0.113.5:51234 > 10.0.0.53:53 2/2 shutdown 1"], {})],
    "30-snap42.pcap": [(LOCAL, [], {"truncated_header": 7})],
    "30-snap48.pcap": [(LOCAL, [WEB + "4/3 finished 1"], {})],
    "32b-frag-reverse.pcap": [
        (LOCAL, ["10.0.0.1:5000 > 8.8.8.8:53 2/0 shutdown 1"], {})],
    "32c-tiny-frag.pcap": [
        (LOCAL, ["10.0.0.1:5001 > 8.8.8.8:80 3/0 shutdown 1"], {})],
    "34b-qinq.pcap": [
        (LOCAL + set_(key_vlan="yes"),
         ["10.0.0.1:5000 > 198.51.100.1:53 1/1 shutdown 1"] * 2, {})],
    "35-null-ethertype.pcap": [
        (LOCAL, ["10.0.0.1:5000 > 198.51.100.1:53 1/1 shutdown 1"], {})],
    "40-dc-tags.pcap": [
        (LOCAL, ["10.0.0.1:5000 > 198.51.100.1:53 5/0 shutdown 1"], {})],
    "63-time-glitch.pcap": [
        (LOCAL, [WEB + "5/3 finished 1",
                 "10.0.0.1:5000 > 8.8.8.8:53 1/0 idle 1",
                 "10.0.0.1:5000 > 8.8.8.8:53 1/0 idle 1",
                 "10.0.0.1:5000 > 8.8.8.8:53 1/0 shutdown 1"], {})],
    "64-two-snaplens.pcapng": [
        (LOCAL, ["10.0.0.1:5000 > 8.8.8.8:53 1/1 shutdown 1"], {})],
    "97-frag6-nh.pcap": [
        (LOCAL, ["2001:db8:1::5:1 > 2001:db8:9::9:2 2/0 shutdown 1"], {})],
    "98-frag-id-reuse.pcap": [
        (LOCAL, ["10.0.0.1:5000 > 8.8.8.8:53 2/0 shutdown 1",
                 "10.0.0.1:6000 > 8.8.8.8:53 2/0 shutdown 1"], {})],
    "99-vni.pcap": [
        (LOCAL + set_(decapsulate="vxlan", key_tunnel="yes"),
         ["10.0.0.1:5000 > 198.51.100.1:53 1/0 shutdown 1"] * 2, {})],
    "99e-asym-client-pause.pcap": [
        (LOCAL, [WEB + "5/0 shutdown 1"], {})],
    "ethertype-88e7-pbb.pcap": [
        (LOCAL, ["10.0.0.1:1000 > 192.0.2.1:80 1/0 shutdown 1"], {})],
    "ethertype-8909-cisco-sgt.pcap": [
        (LOCAL, ["10.0.0.1:1000 > 192.0.2.1:80 1/0 shutdown 1"], {})],
    "gtpu-outer-fragmented.pcap": [
        (LOCAL + set_(decapsulate="gtpu"),
         ["10.0.0.1:1000 > 192.0.2.1:80 2/2 shutdown 1"],
         {"tunnel_fragment": 1})],
    "midstream-fin-unanswered-43s.pcap": [
        (LOCAL + set_(meter="all"), [], {"tcp_midstream": 2})],
    "pcapng-two-linktypes.pcapng": [
        (LOCAL, ["10.0.0.1:1000 > 192.0.2.1:80 2/1 shutdown 1",
                 "10.0.0.1:5 > 192.0.2.2:53 1/0 shutdown 1"], {})],
    "pcapng-two-snaplens.pcapng": [
        (LOCAL, ["10.0.0.1:1000 > 192.0.2.1:80 2/1 shutdown 1"], {})],
    "pppoe-length-below-ip-length.pcap": [
        (LOCAL, ["10.0.0.1:1000 > 192.0.2.1:80 2/0 shutdown 1"], {})],
    "syn-fin-retransmitted.pcap": [
        (LOCAL, ["10.0.0.1:1000 > 192.0.2.1:80 4/0 shutdown 1"], {})],
    "udp-after-clock-step-back.pcap": [
        (LOCAL, ["10.0.0.1:1 > 192.0.2.9:53 1/0 idle 1",
                 "10.0.0.1:5000 > 192.0.2.1:53 1/0 idle 1",
                 "10.0.0.1:5000 > 192.0.2.1:53 1/0 idle 1",
                 "10.0.0.1:5000 > 192.0.2.1:53 1/0 shutdown 1"], {})],
}
TAP = ["10.0.0.1:41000 > 198.51.100.1:80 3/3 finished 1",
       "10.0.0.1:41001 > 198.51.100.1:80 3/3 finished 1"]


def run(space, files, options):
    """(result, statistics, records)."""
    stats = os.path.join(space, "stats.json")
    inputs = [word for name in files
              for word in ("-r", os.path.join(FOLDER, name))]
    result = harness.exflow("-q", *inputs, *options, "-o", "json:-",
                            "--stats", stats)
    records = [json.loads(line) for line in result.out.splitlines()]
    return result, harness.read_stats(stats), records


def endpoint(record, side):
    address = record.get(side + "IPv4Address") or record[side + "IPv6Address"]
    return "%s:%d" % (address, record[side + "TransportPort"])


def text(record):
    return "%s > %s %d/%d %s %d" % (
        endpoint(record, "source"), endpoint(record, "destination"),
        record.get("packetDeltaCount", 0),
        record.get("reversePacketDeltaCount", 0),
        record["exchangeEnd"], record["biflowDirection"])


def case(checks, space, name, files, options, expected, unmatched):
    what = " ".join([name] + options)
    result, stats, records = run(space, files, options)
    checks.equal(result.code, 0, what + ": exit status, " + result.err)
    if not checks.check(stats is not None, what + ": no statistics"):
        return [], None
    checks.equal(harness.unbalanced(stats), None, what)
    checks.equal({reason: n for reason, n in stats["unmatched"].items() if n},
                 unmatched, what + ": unmatched")
    if isinstance(expected, str):
        client = expected.split()[1]
        checks.check(records and all(
            endpoint(record, "source").startswith(client + ":")
            for record in records), what + ": " + str(records))
    else:
        checks.equal(sorted(text(record) for record in records),
                     sorted(expected), what)
    return records, stats


def every_case(checks, space):
    for name, runs in CASES.items():
        for options, expected, unmatched in runs:
            case(checks, space, name, [name], options, expected, unmatched)


def both_directions_of_a_tap(checks, space):
    both = ["91-tap-rx.pcap", "91-tap-tx.pcap"]
    for files in (both, both[::-1]):
        case(checks, space, "tap", files, LOCAL, TAP, {})


def what_is_not_in_a_line(checks, space):
    _, stats, _ = run(space, ["17-forged-rst.pcap"], LOCAL)
    checks.equal(stats["resets_out_of_window"], 1, "17: forged resets")
    _, stats, _ = run(space, ["13-long-idle.pcap"], LOCAL)
    checks.equal(stats["exchanges"]["resumed"], 3, "13: resumed")
    _, _, records = run(space, ["32c-tiny-frag.pcap"], LOCAL)
    checks.equal(records[0]["tcpSynPacketDeltaCount"], 1, "32c: SYNs")
    _, _, records = run(space, ["32b-frag-reverse.pcap"], LOCAL)
    checks.equal(records[0]["initiatorOctets"], 1483, "32b: octets")
    _, _, records = run(space, ["97-frag6-nh.pcap"], LOCAL)
    checks.equal(records[0]["initiatorOctets"], 56, "97: octets")
    _, _, records = run(space, ["pppoe-length-below-ip-length.pcap"], LOCAL)
    checks.equal(records[0]["initiatorOctets"], 0, "pppoe: octets")
    options = set_(decapsulate="gtpu")
    _, _, records = run(space, ["gtpu-outer-fragmented.pcap"],
                        LOCAL + options)
    checks.equal([records[0]["initiatorOctets"],
                  records[0]["responderOctets"]], [0, 1400], "gtpu: octets")


def every_extension_header_is_walked(checks, space):
    _, stats, _ = run(space, ["37b.pcap"], LOCAL)
    checks.equal(stats["packets_read"], stats["packets_in_exchanges"], "37b")


def times_near_their_neighbours(checks, space):
    result, _, records = run(space, ["54-spb.pcapng"], LOCAL)
    checks.equal(result.code, 0, "54: exit status")
    starts = sorted(record["flowStartMilliseconds"] for record in records)
    checks.check(starts and starts[0][:4] == starts[-1][:4],
                 "54: times %s" % starts)


def times_after_2106(checks, space):
    _, _, records = run(space, ["58-2107.pcapng"], LOCAL)
    checks.equal(sorted(record["flowStartMilliseconds"]
                        for record in records),
                 ["2036-02-07T06:28:15.500Z", "2038-01-19T03:14:08.500Z",
                  "2106-02-07T06:28:16.500Z", "2107-03-09T00:00:00.000Z"],
                 "58: starts")


def withdrawn_templates_are_forgotten(checks):
    """A template that is defined anew, withdrawn alone, and with all others:
    records behind a withdrawal, and before the next definition, have none."""
    path = os.path.join(FOLDER, "76-redef.ipfix")
    done = dump("--json", path)
    rows = [json.loads(line) for line in done.out.splitlines()]
    checks.equal(done.code, 0, "76: exit status")
    checks.equal([row["sourceIPv4Address"] for row in rows],
                 ["10.0.0.1", "10.0.0.2", "10.0.0.4"], "76: records")
    checks.equal(["packetDeltaCount" in row for row in rows],
                 [True, False, True], "76: the second has a shorter template")
    checks.check("came before: 2, the first in the message at octet 194, "
                 "of template 256" in done.err, "76: " + done.err)
    checks.check(re.search(r"sets without template +2\n",
                           dump("--stats", path).out), "76: statistics")


def main():
    harness.need_exflow()
    checks, space = harness.Checks(), harness.workspace()
    every_case(checks, space)
    both_directions_of_a_tap(checks, space)
    what_is_not_in_a_line(checks, space)
    every_extension_header_is_walked(checks, space)
    times_near_their_neighbours(checks, space)
    times_after_2106(checks, space)
    withdrawn_templates_are_forgotten(checks)
    known = set(CASES) | {"91-tap-rx.pcap", "91-tap-tx.pcap", "37b.pcap",
                          "54-spb.pcapng", "58-2107.pcapng",
                          "76-redef.ipfix"}
    checks.equal(sorted(known), sorted(os.listdir(FOLDER)), "tests/cases")
    checks.end()


if __name__ == "__main__":
    sys.exit(main())
