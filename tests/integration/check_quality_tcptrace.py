#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""exflow's round-trip times and losses beside those of tcptrace.

On simulated networks (lossy.py), IPv4 and IPv6.  tcptrace's known faults, for
which the comparison allows:
- SYN and FIN are samples of its round-trip times, too: one SYN is taken off;
- it has no timestamps, keeps samples on both sides of a hole, and drops those
  after a loss: counts and greatest times are compared where nothing was
  repeated, the least everywhere but where segments overtake each other;
- copies by the network are retransmissions, and a retransmission that fills
  a hole is "out of order": the sums of all these are compared;
- a retransmitted FIN counts as an octet.

exflow remembers four samples a direction: where more were under way, its
count may only be less, and so its greatest time."""
import collections
import os
import subprocess
import sys

import harness
from check_quality import NETWORKS, Simulated, exflow_records

CHECKS = harness.Checks()
PRECISION = 51      # microseconds: tcptrace prints tenths of milliseconds


def tcptrace(path):
    """Port of the client: {column: text}."""
    done = subprocess.run(["tcptrace", "-l", "-n", "-r", "--csv", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=60, check=True)
    lines = [line for line in done.stdout.decode().splitlines()
             if line.strip() and not line.startswith("#")]
    names = lines[0].split(",")
    rows = [dict(zip(names, (cell.strip() for cell in line.split(","))))
            for line in lines[1:]]
    return {int(row["port_a"]): row for row in rows}


def compare(what, record, row, enough, trouble):
    """enough: exflow could remember all; trouble: what the network did."""
    def ours(name):
        return record.get("reverse" + name[0].upper() + name[1:], 0)

    def theirs(name):
        return float(row[name + "_b2a"])

    again = sum(ours(name + "PacketDeltaCount") for name in (
        "retransmitted", "duplicated", "reordered"))
    CHECKS.equal(again, theirs("rexmt_data_pkts") + theirs(
        "outoforder_pkts"), what + ": packets repeated or out of order")
    octets = record["responderOctets"] - ours("uniqueOctetDeltaCount")
    CHECKS.check(0 <= theirs("rexmt_data_bytes") - octets <= 3,
                 "%s: repeated octets %d, tcptrace %s" % (
                     what, octets, row["rexmt_data_bytes_b2a"]))
    CHECKS.equal(ours("retransmittedOctetDeltaCount") <= octets, True,
                 what + ": retransmitted octets are among them")
    samples = theirs("RTT_samples") - 1
    count = record.get("rttSampleCount", 0)
    least = record.get("rttMinimumMicroseconds", 0)
    most = record.get("rttMaximumMicroseconds", 0)
    if not trouble.get("reorder"):
        CHECKS.check(abs(least - 1000 * theirs("RTT_min")) <= PRECISION,
                     "%s: least %d us, tcptrace %s ms" % (
                         what, least, row["RTT_min_b2a"]))
    if not trouble:
        CHECKS.check(samples / 10 <= count <= samples * 1.01 and
                     (not enough or count >= samples * 0.99),
                     "%s: %d samples, tcptrace %d" % (what, count, samples))
        CHECKS.check(most <= 1000 * theirs("RTT_max") + PRECISION and
                     (not enough or most >= 1000 * theirs("RTT_max") -
                      PRECISION), "%s: greatest %d us, tcptrace %s ms" % (
                         what, most, row["RTT_max_b2a"]))
    return count, samples


def check_network(name, space):
    path = os.path.join(space, "simulated.pcap")
    simulation = Simulated(name)
    # tcptrace reads no nanoseconds.
    done = simulation.write(path, nano=False)
    rows = tcptrace(path)
    records = {record["sourceTransportPort"]: record
               for record in exflow_records(path)[0] or []}
    settings, sums = dict(NETWORKS[name]), collections.Counter()
    settings.pop("window", None)
    for (port, version, talk), (_, quality) in zip(simulation.talks, done):
        what = "%s, %s, IPv%d" % (name, talk.name, version)
        if not CHECKS.check(port in records and port in rows,
                            what + ": found by both"):
            continue
        count, samples = compare(what, records[port], rows[port],
                                 quality.bounded, settings)
        sums["exflow"] += count
        sums["tcptrace"] += samples
    print("%-20s samples: exflow %d, tcptrace %d" % (
        name, sums["exflow"], sums["tcptrace"]))


def main():
    harness.need_exflow()
    harness.need_program("tcptrace")
    space = harness.workspace()
    for name in NETWORKS:
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            check_network(name, space)
    CHECKS.end()


if __name__ == "__main__":
    main()
