#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The number of workers changes nothing.

Generated traces and the project's own captures are metered with 1, 2 and 4
workers.  Exit status and message, both tables with all columns, every field
of every IPFIX record and the books must be the same; the order of records
is the order of ending, which threads may change, so rows are sorted.  Runs
with threads are repeated: a race need not show at once.
"""
import concurrent.futures
import os
import subprocess

import harness

DUMP = os.path.join(os.path.dirname(harness.EXFLOW), "exflowdump")
GENERATE = os.path.join(harness.BUILD, "tests", "bench", "generate")
# Enough that the ring of every worker comes round.
TRACES = {"mix": 60000, "flood": 50000, "dns": 25000}
WORKERS = (1, 2, 4)
EVERYTHING = ["--set", "decapsulate=all", "--set", "meter=all", "--set",
              "key_vlan=yes", "--set",
              "udp_idle=either", "--set", "active_timeout=1"]


def generated(space):
    """(path, options, runs with threads) of each generated trace."""
    for name, count in TRACES.items():
        path = os.path.join(space, name + ".pcap")
        subprocess.run([GENERATE, name, path, str(count)], check=True,
                       stdout=subprocess.DEVNULL, timeout=60)
        yield path, [], 3
        yield path, ["--set", "active_timeout=3"], 1


def bundled():
    for name in sorted(os.listdir(harness.OWN_CAPTURES)):
        if name.endswith((".pcap", ".pcapng", ".gz", ".zst")):
            path = os.path.join(harness.OWN_CAPTURES, name)
            options = ["-n", harness.OWN_NETWORKS]
            yield path, options, 1
            yield path, options + EVERYTHING, 1


def sorted_lines(text):
    """The first line, a header, stays where it is."""
    lines = text.splitlines(keepends=True)
    return b"".join(lines[:1] + sorted(lines[1:]))


def table(folder, name):
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return sorted_lines(file.read())
    except OSError as error:
        return str(error.strerror).encode()


def records(path):
    """The records of an IPFIX file, every field of each, sorted."""
    if not os.path.exists(path):
        return b"none"
    dumped = subprocess.run([DUMP, "--json", path], capture_output=True,
                            timeout=60, env=harness.ENVIRONMENT, check=False)
    if dumped.returncode != 0 or dumped.stderr:
        return b"unreadable: " + dumped.stderr
    return b"".join(sorted(dumped.stdout.splitlines(keepends=True)))


def books(stats):
    """What --stats says, but for time and how records fill messages."""
    if stats is None:
        return "no statistics"
    stats.pop("seconds", None)
    for number, output in enumerate(stats["outputs"]):
        output["name"] = number
        output.pop("messages", None)
        if number > 0:
            output.pop("octets", None)
    return stats


def outcome(path, options, workers, folder):
    """Everything that a run says, each part under its name."""
    os.mkdir(folder)
    ipfix = os.path.join(folder, "out.ipfix")
    result = harness.exflow(
        "-q", "-r", path, "-o", "csv:" + folder, "-o", ipfix, "--set",
        "columns=extended", "--set", "workers=%d" % workers, "--stats",
        os.path.join(folder, "stats"), *options)
    stats = harness.read_stats(os.path.join(folder, "stats"))
    found = {"trouble": result.trouble(), "exit status": result.code,
             "message": result.err,
             "unbalanced": stats and harness.unbalanced(stats),
             "books": books(stats), "IPFIX records": records(ipfix)}
    for name in harness.TABLES:
        found[name] = table(folder, name)
    return found


def difference(one, other):
    """The first that is not in both, short enough to read."""
    if not isinstance(one, bytes):
        return "%r, not %r" % (other, one)
    one, other = one.splitlines(), other.splitlines()
    missing, extra = set(one) - set(other), set(other) - set(one)
    return "%d lines, not %d; without %r; with %r" % (
        len(other), len(one), min(missing, default=b""),
        min(extra, default=b""))


def examine(case, folder):
    """What is wrong with one capture, as sentences; how many records."""
    path, options, repeat = case
    os.mkdir(folder)
    first, wrong = None, []
    for workers in WORKERS:
        for turn in range(repeat if workers > 1 else 1):
            found = outcome(path, options, workers, os.path.join(
                folder, "%d-%d" % (workers, turn)))
            first = first or found
            for name in ("trouble", "unbalanced"):
                if found[name]:
                    wrong.append("%d workers: %s" % (workers, found[name]))
            wrong += ["%d workers: %s: %s" % (
                workers, name, difference(first[name], found[name]))
                      for name in first if found[name] != first[name]]
    return wrong, first["IPFIX records"].count(b"\n")


def main():
    harness.need_exflow()
    if not os.access(GENERATE, os.X_OK):
        harness.skip(GENERATE + " is not built")
    checks, space = harness.Checks(), harness.workspace()
    cases = list(generated(space)) + list(bundled())
    total = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda item: examine(
            item[1], os.path.join(space, str(item[0]))), enumerate(cases))
        for (path, options, _), (wrong, count) in zip(cases, results):
            checks.check(not wrong, "%s %s: %s" % (
                os.path.basename(path), " ".join(options), "\n  ".join(wrong)))
            total += count
    checks.check(total > sum(TRACES.values()), "only %d records" % total)
    checks.end()


if __name__ == "__main__":
    main()
