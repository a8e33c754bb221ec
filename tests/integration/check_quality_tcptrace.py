#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""exflow's round-trip times and losses beside those of tcptrace.

On simulated networks (lossy.py), IPv4 and IPv6, and, with EXFLOW_CAPTURES, on
real captures.  tcptrace's known faults, for which the comparison allows:
- SYN and FIN are samples of its round-trip times, too: on simulated networks
  one SYN is taken off, on real captures both may be;
- it has no timestamps, drops samples after a loss, and takes copies by the
  network for retransmissions: where one of these happens, its count of samples
  may be so much less (RULES); the greatest time is compared where none does,
  the least everywhere but where segments overtake each other;
- copies by the network are retransmissions, and a retransmission that fills
  a hole is "out of order": the sums of all these are compared;
- a retransmitted FIN counts as an octet.
"""
import collections
import glob
import os
import subprocess
import sys

import harness
from check_quality import FULL, NETWORKS, SAMPLE, Simulated, exflow_records

CHECKS = harness.Checks()
PRECISION = 51      # microseconds: tcptrace prints tenths of milliseconds
BULK = {"bulk": {"window": 200, "count": 2000},
        "bulk, jitter": {"window": 100, "count": 1000, "jitter": 3}}
# Network: exflow's samples for each of tcptrace's, at least and at most, and why.
RULES = {
    "loss": (1.0, 1.2, "TSecr decides"),
    "loss, no SACK": (1.0, 1.2, "TSecr decides"),
    "much loss": (1.0, 1.4, "TSecr decides"),
    "reordered": (1.0, 1.2, "TSecr decides"),
    "duplicated": (1.0, 1.5, "copies by the network are no retransmissions"),
    "small window, loss": (1.0, 1.2, "TSecr decides"),
    "all": (1.0, 1.4, "all of these"),
}


def tcptrace(path):
    """{column: text} of each connection."""
    done = subprocess.run(["tcptrace", "-l", "-n", "-r", "--csv", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=60, check=False)
    lines = [line for line in done.stdout.decode().splitlines()
             if line.strip() and not line.startswith("#")]
    names = lines[0].split(",") if lines else []
    return [dict(zip(names, (cell.strip() for cell in line.split(","))))
            for line in lines[1:]]


def compare(what, record, row, trouble):
    """trouble: what the network did."""
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
    least = min(record.get("rttMinimumMicroseconds", 0),
                record["handshakeRttMicroseconds"])
    most = record.get("rttMaximumMicroseconds", 0)
    if not trouble.get("reorder"):
        CHECKS.check(abs(least - 1000 * theirs("RTT_min")) <= PRECISION,
                     "%s: least %d us, tcptrace %s ms" % (
                         what, least, row["RTT_min_b2a"]))
    if not trouble:
        CHECKS.check(abs(count - samples) <= samples / 100,
                     "%s: %d samples, tcptrace %d" % (what, count, samples))
        CHECKS.check(abs(most - 1000 * theirs("RTT_max")) <= PRECISION,
                     "%s: greatest %d us, tcptrace %s ms" % (
                         what, most, row["RTT_max_b2a"]))
    return count, samples


def check_network(name, network, space):
    path = os.path.join(space, "simulated.pcap")
    simulation = Simulated(network)
    # tcptrace reads no nanoseconds.
    simulation.write(path, nano=False)
    rows = {int(row["port_a"]): row for row in tcptrace(path)}
    records = {record["sourceTransportPort"]: record
               for record in exflow_records(path)[0] or []}
    trouble, sums = dict(network), collections.Counter()
    for harmless in ("window", "count", "jitter"):
        trouble.pop(harmless, None)
    for port, version, talk in simulation.talks:
        what = "%s, %s, IPv%d" % (name, talk.name, version)
        if not CHECKS.check(port in records and port in rows,
                            what + ": found by both"):
            continue
        count, samples = compare(what, records[port], rows[port], trouble)
        sums["exflow"] += count
        sums["tcptrace"] += samples
    least, most, why = RULES.get(name, (0.99, 1.01, ""))
    share = sums["exflow"] / sums["tcptrace"]
    CHECKS.check(least <= share <= most, "%s: samples: exflow %d, tcptrace %d"
                 % (name, sums["exflow"], sums["tcptrace"]))
    print("%-20s samples: exflow %d, tcptrace %d  %s" % (
        name, sums["exflow"], sums["tcptrace"], why))


def ends(record):
    return (record.get("sourceIPv4Address") or
            record.get("sourceIPv6Address"), record["sourceTransportPort"],
            record.get("destinationIPv4Address") or
            record.get("destinationIPv6Address"),
            record["destinationTransportPort"])


def of_tcptrace(row):
    return (row["host_a"], int(row["port_a"]),
            row["host_b"], int(row["port_b"]))


def check_capture(path, sums):
    """Where nothing came again, nor out of order: the same samples."""
    rows = tcptrace(path)
    records = {ends(record): record for record in exflow_records(path)[0] or []
               if record["protocolIdentifier"] == 6}
    seen = collections.Counter(of_tcptrace(row) for row in rows)
    for row in rows:
        a, a_port, b, b_port = of_tcptrace(row)
        record = records.get((a, a_port, b, b_port))
        halves = {"a2b": "reverseRttSampleCount", "b2a": "rttSampleCount"}
        if record is None or seen[of_tcptrace(row)] > 1 or any(
                int(row[name + way]) for way in ("_a2b", "_b2a") for name in
                ("rexmt_data_pkts", "outoforder_pkts")):
            sums["left out"] += 1
            continue
        for way, name in halves.items():
            # SYN and FIN, whose samples nobody else takes.
            flags = sum(int(number) for number in
                        row["SYN/FIN_pkts_sent_" + way].split("/"))
            ours = record.get(name, 0)
            theirs = int(row["RTT_samples_" + way])
            sums["exchanges"] += 1
            sums["exflow"] += ours
            sums["tcptrace"] += theirs
            sums["flags"] += flags
            spare = theirs / 100
            CHECKS.check(theirs - flags - spare <= ours <= theirs + spare,
                         "%s, port %d, %s: %d samples, tcptrace %d" % (
                             path, a_port, way, ours, theirs))


def check_captures(folder):
    sums = collections.Counter()
    for path in sorted(glob.glob(os.path.join(folder, "real", "*", "*"))):
        if path.endswith((".pcap", ".cap", ".pcapng")) and (
                FULL or any(name in path for name in SAMPLE)):
            check_capture(path, sums)
    print("real captures        samples: exflow %d, tcptrace %d, with at most "
          "%d of SYN and FIN, in %d directions; %d exchanges left out" % (
              sums["exflow"], sums["tcptrace"], sums["flags"],
              sums["exchanges"], sums["left out"]))


def main():
    harness.need_exflow()
    harness.need_program("tcptrace")
    space, folder = harness.workspace(), harness.foreign_captures()
    for name, network in {**NETWORKS, **BULK}.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            check_network(name, network, space)
    if folder and (len(sys.argv) < 2 or "real" in sys.argv[1:]):
        check_captures(folder)
    CHECKS.end()


if __name__ == "__main__":
    main()
