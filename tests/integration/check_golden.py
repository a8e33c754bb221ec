#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The project's own captures against tables that were reviewed by hand.

golden/index names capture and options; golden/NAME holds both tables, to
the letter, and the books: how the exchanges ended and why packets are in
none.  The order of rows is the order of ending, which the page leaves open
for the end of input, so rows are compared sorted.  The captures themselves
must be what make.py makes.
"""
import gzip
import os
import subprocess
import sys

import harness

GOLDEN = os.path.join(harness.HERE, "golden")
LINKS = ["big-endian", "big-endian-ns", "sll", "sll2", "raw", "null", "loop",
         "ppp", "chdlc", "wlan", "radiotap"]


def cases():
    """(golden name, capture, options)."""
    for line in harness.read_lines(os.path.join(GOLDEN, "index")):
        if line and not line.startswith("#"):
            name, capture, options = line.split("\t")
            yield name, capture, options.split()
    for link in LINKS:
        yield "talk", "talk-%s.pcap" % link, []
    for ending in ("pcapng", "pcap.gz", "pcap.zst"):
        if not (ending.endswith("zst") and harness.without_zstd()):
            yield "talk", "talk." + ending, []
    yield "nanoseconds", "nanoseconds.pcapng", []


def octets(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return str(error).encode()


def captures_are_made(checks, space):
    """gzip's octets depend on zlib's version, so they are unpacked."""
    subprocess.run([sys.executable, "-B", os.path.join(
        harness.OWN_CAPTURES, "make.py"), space], check=True, timeout=60)
    for name in sorted(os.listdir(space)):
        ours = octets(os.path.join(harness.OWN_CAPTURES, name))
        made = octets(os.path.join(space, name))
        if name.endswith(".gz"):
            ours, made = gzip.decompress(ours), gzip.decompress(made)
        checks.check(ours == made, name + " is not what make.py makes")


def same_table(checks, what, got, expected):
    """Header first, each line ended; rows in any order."""
    got, expected = got.decode(), expected.decode()
    checks.check(got.endswith("\n"), what + " does not end with a newline")
    got, expected = got.split("\n"), expected.split("\n")
    checks.equal(got[0], expected[0], what + ": header")
    got, expected = sorted(got[1:]), sorted(expected[1:])
    for row in [r for r in expected if r not in got]:
        checks.check(False, "%s misses %s" % (what, row))
    for row in [r for r in got if r not in expected]:
        checks.check(False, "%s has   %s" % (what, row))
    checks.equal(len(got), len(expected), what + ": rows")


def books(stats):
    lines = ["ended %s %d" % item
             for item in stats["exchanges"]["ended"].items() if item[1]]
    lines += ["unmatched %s %d" % item
              for item in stats["unmatched"].items() if item[1]]
    return sorted(lines)


def run_case(checks, name, capture, options, space):
    what = "%s (%s)" % (name, capture)
    folder = os.path.join(space, capture + "-" + name)
    os.mkdir(folder)
    result = harness.exflow(
        "-q", "-r", os.path.join(harness.OWN_CAPTURES, capture), "-n",
        harness.OWN_NETWORKS, "-o", "csv:" + folder, "--stats",
        os.path.join(folder, "stats"), *options)
    checks.equal(result.trouble(), None, what + ": " + result.err)
    if not checks.equal(result.code, 0, what + ": " + result.err):
        return
    for table in harness.TABLES:
        same_table(checks, what + " " + table,
                   octets(os.path.join(folder, table)),
                   octets(os.path.join(GOLDEN, name, table)))
    stats = harness.read_stats(os.path.join(folder, "stats"))
    if checks.check(stats is not None, what + ": no statistics"):
        checks.equal(harness.unbalanced(stats), None, what)
        checks.equal(books(stats), harness.read_lines(
            os.path.join(GOLDEN, name, "books")), what + ": books")


def main():
    harness.need_exflow()
    checks, space = harness.Checks(), harness.workspace()
    made = os.path.join(space, "made")
    os.mkdir(made)
    captures_are_made(checks, made)
    for case in cases():
        run_case(checks, *case, space)
    checks.end()


if __name__ == "__main__":
    main()
