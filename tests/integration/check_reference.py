#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""exflow's tables against those of the second meter (reference.py).

Every capture of the project and, with EXFLOW_CAPTURES, every real one is
metered by both: with the networks that its index guesses, with everything
local, and without networks; by the default rule, with every exchange and
every protocol, with all switches turned, and with tunnels looked through.
The rows must be the same, and the unmatched packets by reason.  What the page
decides for exflow but tshark cannot see stands in known-disagreements; an
entry without a disagreement fails.
"""
import collections
import concurrent.futures
import csv
import os
import sys

import harness
import reference

KNOWN = os.path.join(harness.HERE, "known-disagreements")
LINK_TYPES = {"EN10MB", "LINUX_SLL", "LINUX_SLL2", "RAW", "IPV4", "IPV6",
              "NULL", "LOOP", "PPP", "PPP_SERIAL", "C_HDLC", "IEEE802_11",
              "IEEE802_11_RADIO", "NFLOG", "PPI", "PKTAP", "PFLOG",
              "JUNIPER_ETHER", "IPOIB", "DSA_TAG_BRCM",
              "DSA_TAG_BRCM_PREPEND", "DSA_TAG_DSA", "DSA_TAG_EDSA"}

Capture = collections.namedtuple(
    "Capture", "name path networks refused damaged")


# Name of a run: its settings.
RUNS = {
    "default": {},
    "all": {"meter": "all,other"},
    "switches": {"meter": "outbound,inbound,local,midstream",
                 "key_vlan": "yes", "udp_idle": "either", "tcp_linger": 1,
                 "udp_idle_timeout": 2, "tcp_idle_timeout": 20,
                 "tcp_half_closed_timeout": 10, "tcp_opening_timeout": 3,
                 "tcp_resume": 30},
    "tunnels": {"meter": "all", "decapsulate": "all", "key_tunnel": "yes"},
}


def own_captures():
    found = []
    for name in sorted(os.listdir(harness.OWN_CAPTURES)):
        if name.endswith((".pcap", ".pcapng", ".gz", ".zst")):
            found.append(Capture(
                "own/" + name, os.path.join(harness.OWN_CAPTURES, name),
                [harness.OWN_NETWORKS],
                "147" if name == "unknown-link.pcap" else None,
                name == "cut.pcap"))
    return found


def real_captures(folder):
    found = []
    with open(os.path.join(folder, "INDEX.tsv"), newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if not row["file"].startswith("real/"):
                continue
            link = row["link_type"]
            refused = None if link in LINK_TYPES else link
            if "libpcap: open" in row["notes"] and \
                    row["format"] != "pcapng":
                refused = ""
            guess = row["local_guess"]
            found.append(Capture(
                row["file"], os.path.join(folder, row["file"]),
                [] if guess == "-" else [guess], refused,
                # What libpcap calls damage in pcapng may be none.
                row["format"] == "pcap" and
                "libpcap: read" in row["notes"]))
    return found


def known_disagreements(names):
    """{(file, networks, what): [reason, met]} for the files in names."""
    known = {}
    for line in harness.read_lines(KNOWN):
        if line and not line.startswith("#"):
            name, networks, what, reason = line.split("\t")
            if name in names:
                known[name, networks, what] = [reason, False]
    return known


class Comparison:
    """What is found in one capture: failed checks, and disagreements."""

    def __init__(self, capture):
        self.capture, self.checks = capture, 0
        self.failures, self.disagreements = [], []
        self.rows = 0

    def check(self, good, message):
        self.checks += 1
        if not good:
            self.failures.append("%s: %s" % (self.capture.name, message))
        return good

    def agree(self, networks, what, ours, theirs):
        self.checks += 1
        if ours != theirs:
            self.disagreements.append((networks, what, ours, theirs))


def refused(comparison, folder):
    capture = comparison.capture
    result = harness.exflow("-q", "-r", capture.path, "-o", "csv:" + folder)
    comparison.check(not result.trouble(), str(result.trouble()))
    comparison.check(result.code in (1, 2),
                     "not refused: exit status %d" % result.code)
    comparison.check(os.path.basename(capture.path) in result.err,
                     "refusal does not name the file: " + result.err)
    link = capture.refused.replace("DLT_", "")
    comparison.check(link in result.err,
                     "refusal does not name %s: %s" % (link, result.err))


def run_exflow(comparison, networks, folder, switches):
    """The statistics of a good run, else None."""
    capture = comparison.capture
    stats = os.path.join(folder, "stats.json")
    arguments = ["-q", "-r", capture.path, "-o", "csv:" + folder,
                 "--stats", stats]
    if networks:
        arguments += ["-n", networks]
    for item in switches.items():
        arguments += ["--set", "%s=%s" % item]
    result = harness.exflow(*arguments)
    comparison.check(not result.trouble(), "%s %s" % (
        result.trouble(), result.err))
    if capture.damaged:
        comparison.check(
            result.code == 1 and os.path.basename(capture.path) in result.err,
            "damage not told: status %d, %s" % (result.code, result.err))
    else:
        comparison.check(result.code == 0, "exit status %d: %s" % (
            result.code, result.err))
    found = harness.read_stats(stats)
    if comparison.check(found is not None, "no statistics: " + result.err):
        wrong = harness.unbalanced(found)
        comparison.check(wrong is None, str(wrong))
    return found


def compare(comparison, frames, networks, folder, name):
    switches = RUNS[name]
    stats = run_exflow(comparison, networks, folder, switches)
    if stats is None:
        return
    if comparison.capture.damaged:
        frames = frames[:stats["packets_read"]]
    where = "%s %s" % (networks or "none", name)
    comparison.agree(where, "packets", stats["packets_read"], len(frames))
    meter = reference.run(frames, networks, **switches)
    for protocol, table, header in (
            (6, "tcp_flows.csv", reference.TCP_HEADER),
            (17, "udp_flows.csv", reference.UDP_HEADER)):
        lines = harness.read_lines(os.path.join(folder, table)) or [""]
        comparison.check(lines[0] == header, table + ": header " + lines[0])
        ours = collections.Counter(lines[1:])
        theirs = collections.Counter(meter.rows[protocol])
        comparison.rows += len(lines) - 1
        comparison.agree(where, table, sorted((ours - theirs).elements()),
                         sorted((theirs - ours).elements()))
    for reason in reference.REASONS:
        comparison.agree(where, reason, stats["unmatched"].get(reason, 0),
                         meter.unmatched[reason])
    ends = {k: n for k, n in stats["exchanges"]["ended"].items() if n}
    comparison.agree(where, "ends", ends, meter.ended)


def examine(capture, tshark, number, space):
    comparison = Comparison(capture)
    folder = os.path.join(space, str(number))
    os.mkdir(folder)
    if capture.refused is not None:
        refused(comparison, folder)
        return comparison
    frames = tshark.frames(capture.path)
    first = (capture.networks + [reference.ANY])[0]
    runs = [(networks, "default") for networks in
            dict.fromkeys([first, reference.ANY, ""])]
    runs += [("", "all"), (first, "all"), (first, "switches"),
             ("", "tunnels")]
    for networks, name in runs:
        place = os.path.join(folder, str(len(os.listdir(folder))))
        os.mkdir(place)
        compare(comparison, frames, networks, place, name)
    return comparison


def tell(comparison, known):
    """Print what disagrees and is not known; how many."""
    count = 0
    name = comparison.capture.name
    for networks, what, ours, theirs in comparison.disagreements:
        met = [known[key] for key in ((name, networks, what),
                                      (name, "*", what),
                                      (name, "*", "*")) if key in known]
        if met:
            for entry in met:
                entry[1] = True
            continue
        count += 1
        print("DISAGREEMENT: %s, networks %s, %s" % (name, networks, what))
        for who, rows in (("exflow", ours), ("reference", theirs)):
            for row in rows[:12] if isinstance(rows, list) else [rows]:
                print("  %-9s %s" % (who, row))
    for failure in comparison.failures:
        print("FAILED: " + failure)
    return count + len(comparison.failures)


def main():
    harness.need_exflow()
    harness.need_program("tshark")
    captures = own_captures()
    folder = harness.foreign_captures()
    if folder:
        captures += real_captures(folder)
    else:
        print("real captures skipped: EXFLOW_CAPTURES is not set")
    if len(sys.argv) > 1:
        captures = [c for c in captures if any(a in c.name
                                               for a in sys.argv[1:])]
    known = known_disagreements({c.name for c in captures})
    tshark, space = reference.Tshark(), harness.workspace()
    bad = checks = rows = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for comparison in pool.map(
                lambda item: examine(item[1], tshark, item[0], space),
                enumerate(captures)):
            bad += tell(comparison, known)
            checks += comparison.checks
            rows += comparison.rows
    for key, (reason, met) in known.items():
        if not met:
            bad += 1
            print("STALE: %s: %s" % (", ".join(key), reason))
    print("%d captures, %d rows, %d comparisons, %d wrong, %d known "
          "disagreements" % (len(captures), rows, checks, bad, len(known)))
    sys.exit(1 if bad or not checks else 0)


if __name__ == "__main__":
    main()
