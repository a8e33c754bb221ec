#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Damaged captures and absurd packets: no crash, and the books balance.

Most telling in a build with --enable-sanitizers.  Every file of
EXFLOW_CAPTURES/malformed runs with the defaults and with everything on;
exflow ends with 0, or with 1 and a message that names the file.
"""
import concurrent.futures
import os

import harness

OPTION_SETS = [
    [],
    ["-n", harness.ANY],
    ["-n", harness.ANY, "--set", "decapsulate=all", "--set",
     "meter=all,other", "--set", "key_vlan=yes",
     "--set", "udp_idle=either", "--set", "max_exchanges=16",
     "--set", "active_timeout=1"],
    ["-n", "10.0.0.0/8", "--set", "decapsulate=all", "--set",
     "meter=all"]]


def files(folder):
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            yield os.path.join(place, name)


def rows(folder):
    """Lines in both tables, without the headers; None where one misses."""
    count = 0
    for table in harness.TABLES:
        lines = harness.read_lines(os.path.join(folder, table))
        if not lines:
            return None
        count += len(lines) - 1
    return count


def examine(path, options, folder):
    """What is wrong with one run, as a list of sentences."""
    os.mkdir(folder)
    stats = os.path.join(folder, "stats")
    result = harness.exflow("-q", "-r", path, "-o", "csv:" + folder, "-o",
                            os.path.join(folder, "out.ipfix"), "--stats",
                            stats, *options)
    wrong = []
    if result.trouble():
        wrong.append("%s\n%s" % (result.trouble(), result.err[-4000:]))
    if result.code not in (0, 1):
        wrong.append("exit status %d: %s" % (result.code, result.err))
    if result.code == 1 and os.path.basename(path) not in result.err:
        wrong.append("the message does not name the file: " + result.err)
    found = harness.read_stats(stats)
    if found is None:
        if result.code == 0:
            wrong.append("no statistics")
        return wrong
    if harness.unbalanced(found):
        wrong.append(harness.unbalanced(found))
    due = found["outputs"][0]["records_due"]
    if rows(folder) is not None and rows(folder) != due:
        wrong.append("%d records due, %d rows" % (due, rows(folder)))
    return wrong


def cut_delivers(checks, space):
    """A capture cut in mid-packet gives all that was before the cut."""
    folder = os.path.join(space, "cut")
    os.mkdir(folder)
    result = harness.exflow(
        "-q", "-r", os.path.join(harness.OWN_CAPTURES, "cut.pcap"), "-n",
        harness.OWN_NETWORKS, "-o", "csv:" + folder, "--stats",
        os.path.join(folder, "stats"))
    checks.equal(result.code, 1, "exit status of a cut capture")
    checks.check("cut.pcap" in result.err, "cut: message " + result.err)
    stats = harness.read_stats(os.path.join(folder, "stats"))
    checks.equal(stats and stats["packets_read"], 21, "packets of cut.pcap")
    checks.equal(rows(folder), 4, "rows of cut.pcap")


def main():
    harness.need_exflow()
    checks, space = harness.Checks(), harness.workspace()
    cut_delivers(checks, space)
    captures = harness.foreign_captures()
    if not captures:
        print("damaged captures skipped: EXFLOW_CAPTURES is not set")
        checks.end()
    runs = [(path, options) for path in files(
        os.path.join(captures, "malformed")) for options in OPTION_SETS]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda item: examine(
            *item[1], os.path.join(space, str(item[0]))), enumerate(runs))
        for (path, options), wrong in zip(runs, results):
            checks.check(not wrong, "%s %s: %s" % (
                os.path.relpath(path, captures), " ".join(options),
                "; ".join(wrong)))
    checks.end()


if __name__ == "__main__":
    main()
