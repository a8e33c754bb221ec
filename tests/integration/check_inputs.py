#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Several inputs are one stream in the order of time.

A trace is cut into files in several ways.  Whatever the way and the order of
-r, the tables and the books are those of the trace in one file.
"""
import csv
import gzip
import itertools
import json
import os
import resource
import subprocess
import sys

import harness

sys.path.insert(0, harness.OWN_CAPTURES)
import frames  # noqa: E402
from frames import (ACK, DATA, FINACK, SECOND, START, SYN,  # noqa: E402
                    SYNACK)

CHECKS = harness.Checks()
SPACE = harness.workspace()
SERVER = ("198.51.100.1", 443)
MS = SECOND // 1000
FEW = 24    # descriptors: enough for a run, not for every file at once


def exchange(number, start, step=MS):
    """(time, whether the client sends it, frame) of each packet."""
    client = ("10.0.%d.%d" % (number // 250, number % 250 + 1), 1024 + number)
    turns = ((1, SYN, 1000, 0, b""), (0, SYNACK, 5000, 1001, b""),
             (1, DATA, 1001, 5001, b"q" * 30), (0, DATA, 5001, 1031,
                                                b"a" * 90),
             (1, FINACK, 1031, 5091, b""), (0, FINACK, 5091, 1032, b""),
             (1, ACK, 1032, 5092, b""))
    for i, (out, flags, seq, ack, data) in enumerate(turns):
        one, other = (client, SERVER) if out else (SERVER, client)
        yield start + i * step, out, frames.ethernet(frames.ip4(
            one[0], other[0], 6, frames.tcp(*one, *other, flags, seq, ack,
                                            data)))


def trace(count=300, first=0, later=0):
    """Exchanges of which each begins before the one before it has ended."""
    return sorted(packet for i in range(count) for packet in exchange(
        first + i, START + later + i * 10 * MS, 4 * MS))


TRACE = trace()


def write(name, packets, pack=frames.pcap):
    path = os.path.join(SPACE, name)
    octets = pack([(time, frame) for time, _, frame in packets])
    with (gzip.open if name.endswith(".gz") else open)(path, "wb") as file:
        file.write(octets)
    return path


def limit_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, FEW))


def run(paths, *arguments, data=None, few=False):
    """Exit status, messages, rows sorted, statistics."""
    stats = os.path.join(SPACE, "stats")
    folder = os.path.join(SPACE, "tables")
    command = [harness.EXFLOW, "-q", "-n", "10.0.0.0/8", "--stats", stats,
               "-o", "csv:" + folder, *arguments]
    for path in paths:
        command += ["-r", path]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=harness.ENVIRONMENT,
                          timeout=60, check=False,
                          preexec_fn=limit_descriptors if few else None)
    found = harness.read_stats(stats)
    what = " ".join(map(os.path.basename, paths[:4]))
    if CHECKS.check(found, what + ": " + done.stderr.decode()):
        CHECKS.equal(harness.unbalanced(found), None, what)
    rows = sorted(harness.read_lines(os.path.join(folder, "tcp_flows.csv")))
    return done.returncode, done.stderr.decode(), rows, found


def same(paths, what, *arguments, trace_rows=None, **how):
    """As from one file, and without a step of the clock."""
    code, said, rows, stats = run(paths, *arguments, **how)
    CHECKS.equal((code, said), (0, ""), what)
    CHECKS.check(rows == (trace_rows or ROWS),
                 "%s: %d rows, not those of one file" % (what, len(rows)))
    CHECKS.equal((stats["clock_steps"], stats["clock_outliers"]), (0, 0),
                 what + ": the clock")


ROWS = run([write("whole.pcap", TRACE)])[2]


def a_direction_each():
    tx = write("tx.pcap", [p for p in TRACE if p[1]])
    rx = write("rx.pcapng", [p for p in TRACE if not p[1]], frames.pcapng)
    for paths, workers in itertools.product(((tx, rx), (rx, tx)), "12"):
        same(paths, "%s with %s workers" % (paths, workers), "--set",
             "workers=" + workers)
    code, _, rows, stats = run((rx, tx), "--set", "merge=no")
    CHECKS.equal(code, 0, "one after the other")
    CHECKS.check(rows != ROWS and stats["unmatched"]["tcp_midstream"] > 0,
                 "merge = no does not merge")


def three_that_overlap():
    """In every order; one of them is packed."""
    third = len(TRACE) // 3
    parts = [TRACE[:2 * third:2] + TRACE[2 * third:2 * third + 60:3],
             TRACE[1:2 * third:2]]
    rest = set(TRACE) - set(parts[0]) - set(parts[1])
    parts.append(sorted(rest))
    paths = [write(name, part) for name, part in zip(
        ("a.pcap", "b.pcap.gz", "c.pcap"), parts)]
    for order in itertools.permutations(paths):
        same(order, "overlapping %s" % (order,))


def packets_of_the_same_time():
    """They come in the order in which their files are named."""
    stamped = [(START, out, frame) for _, out, frame in exchange(1, START)]
    parts = [write("t%d.pcap" % i, [packet])
             for i, packet in enumerate(stamped)]
    one = run([write("t.pcap", stamped)])[2]
    same(parts, "the same time", trace_rows=one)


def rotated():
    """Of a hundred that follow each other one is open at a time."""
    size = len(TRACE) // 100
    paths = [write("r%03d.pcap" % i, TRACE[i * size:(i + 1) * size])
             for i in range(100)]
    CHECKS.equal(100 * size, len(TRACE), "all packets")
    for arguments in ((), ("--set", "merge=no")):
        same(paths, "rotated %s" % (arguments,), *arguments, few=True)
    same(paths[::-1], "rotated, named backwards", few=True)


def the_wrong_order():
    """Hours apart: merged there is none, else the clock steps back."""
    early, late = trace(20), trace(20, 20, 3600 * SECOND)
    paths = [write("late.pcap", late), write("early.pcap", early)]
    one = run([write("both.pcap", early + late)])
    CHECKS.equal(one[3]["clock_steps"], 1, "the gap in one file")
    for arguments, steps in (((), 1), (("--set", "merge=no"), 1)):
        code, _, rows, stats = run(paths, *arguments)
        CHECKS.equal(code, 0, "the wrong order")
        CHECKS.check(rows == one[2], "the wrong order: rows")
        CHECKS.equal(stats["clock_steps"], steps, "steps %s" % (arguments,))
        CHECKS.equal(stats["exchanges"]["ended"]["finished"], 40, "ends")


def a_pipe_and_a_file():
    tx = write("tx.pcap", [p for p in TRACE if p[1]])
    rx = write("rx.pcap", [p for p in TRACE if not p[1]])
    with open(tx, "rb") as file:
        octets = file.read()
    for paths in (("-", rx), (rx, "-")):
        same(paths, "a pipe and a file", data=octets)
    same((rx, "-"), "a packed pipe", data=gzip.compress(octets))


def one_that_cannot_be_read():
    """The others are read, and the exit status is 1."""
    half = len(TRACE) // 2
    paths = [write("h0.pcap", TRACE[::2]), write("h1.pcap", TRACE[1::2])]
    cut = write("cut.pcap", TRACE[:1])
    with open(cut, "ab") as file:
        file.write(b"\0" * 7)
    strange = write("strange.pcap", TRACE[half:half + 1],
                    lambda packets: frames.pcap(packets, link=147))
    text = os.path.join(SPACE, "text.pcap")
    with open(text, "w") as file:
        file.write("This is not a capture.\n")
    for bad in (os.path.join(SPACE, "none.pcap"), text, strange):
        for order in itertools.permutations(paths + [bad]):
            code, said, rows, _ = run(order)
            CHECKS.equal(code, 1, "exit status with " + bad)
            CHECKS.check(bad in said and said.count("\n") == 1, said)
            CHECKS.check(rows == ROWS, "the others beside " + bad)
    code, said, _, stats = run(paths + [cut])
    CHECKS.equal(code, 1, "a cut one")
    CHECKS.check(cut in said, said)
    CHECKS.equal(stats["packets_read"], len(TRACE) + 1, "a cut one: packets")


def one_without_packets():
    paths = [write("tx.pcap", [p for p in TRACE if p[1]]),
             write("nothing.pcap", []),
             write("rx.pcap", [p for p in TRACE if not p[1]])]
    same(paths, "one without packets")


def a_wrong_date():
    """Of one packet in one of two: it counts with its neighbours' time, in
    an exchange of its own flowId, and the merging goes on."""
    for years in (-20, 20):
        parts = [[p for p in TRACE if p[1]], [p for p in TRACE if not p[1]]]
        at = len(parts[0]) // 2
        time, out, frame = parts[0][at]
        parts[0][at] = (time + years * 365 * 86400 * SECOND, out, frame)
        paths = [write("wrong0.pcap", parts[0]), write("wrong1.pcap",
                                                       parts[1])]
        for order in (paths, paths[::-1]):
            out = os.path.join(SPACE, "records")
            code, _, rows, stats = run(order, "-o", "json:" + out)
            CHECKS.equal(code, 0, "a wrong date")
            CHECKS.equal((stats["clock_steps"], stats["clock_outliers"]),
                         (0, 1), "a wrong date: the clock")
            CHECKS.equal(stats["exchanges"]["ended"]["finished"], 300,
                         "a wrong date: ends")
            CHECKS.check(len(set(rows) - set(ROWS)) <= 1,
                         "a wrong date: the others")
            flows = [json.loads(line)["flowId"]
                     for line in harness.read_lines(out)]
            CHECKS.equal(len(set(flows)), 300, "flowIds")


def a_wrong_date_has_a_flow_id_of_its_own():
    """It used to be that of the next packet."""
    packets = []
    for i, date in enumerate((0, 0, 10 ** 9, 0, 0)):
        source = "10.0.0.%d" % (i + 1)
        packets.append((START + i * MS + date * SECOND, 1, frames.ethernet(
            frames.ip4(source, "198.51.100.1", 17, frames.udp(
                source, 5000, "198.51.100.1", 9, b"x")))))
    out = os.path.join(SPACE, "flows")
    run([write("flows.pcap", packets)], "-o", "json:" + out)
    flows = [json.loads(line)["flowId"] for line in harness.read_lines(out)]
    CHECKS.equal(sorted(flows), [1, 2, 3, 4, 5], "flowIds")


def a_wrong_date_at_the_end_of_a_file():
    """The packet waits, and its file is closed: its interface is known."""
    packets = [(START + i * MS, 1, frames.ethernet(frames.ip4(
        "10.0.0.1", "198.51.100.1", 17, frames.udp(
            "10.0.0.1", 5000 + i, "198.51.100.1", 9, b"x"))))
        for i in range(4)]
    time, way, frame = packets[-1]
    packets[-1] = time + 10 ** 9 * SECOND, way, frame
    paths = [write("end%d.pcapng" % i, packets,
                   lambda few: frames.pcapng(
                       [(time, frame, len(frame), 2) for time, frame in few],
                       links=(1, 1, 1))) for i in range(2)]
    for arguments in ((), ("--set", "merge=no")):
        for some in (paths, paths[:1]):
            run(some, "--set", "columns=extended", *arguments)
            with open(os.path.join(SPACE, "tables",
                                   "udp_flows.csv")) as table:
                got = [row["ingressInterface"]
                       for row in csv.DictReader(table)]
            CHECKS.check(len(got) >= 4 and set(got) == {"2"},
                         "interfaces: %r" % got)


def main():
    harness.need_exflow()
    CHECKS.equal(len(ROWS), 301, "rows of one file")
    for check in (a_direction_each, three_that_overlap,
                  packets_of_the_same_time, rotated, the_wrong_order,
                  a_pipe_and_a_file, one_that_cannot_be_read,
                  one_without_packets, a_wrong_date,
                  a_wrong_date_has_a_flow_id_of_its_own,
                  a_wrong_date_at_the_end_of_a_file):
        check()
    CHECKS.end()


if __name__ == "__main__":
    main()
