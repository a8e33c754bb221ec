#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Nothing is lost when the leaders of a cluster of Apache Kafka move.

Three brokers have a copy of everything, and two of them must have a message
before it counts as stored.  One after the other is killed while exchanges go
out, so that each partition's leader moves, and comes back.  All exchanges must
be in the topic; what is there twice must have been counted.
"""
import collections
import json
import struct
import sys

from collectors import wait_until
from delivery import FULL, Run, identity
from harness import (Checks, exflow, need_exflow, need_program, read_stats,
                     skip, unbalanced, workspace)
from kafka_broker import Cluster

EXCHANGES = 400000 if FULL else 100000
KILLS = 9 if FULL else 3
TOPIC = "moved"
PATIENT = ("--set", "give_up=0", "--set", "send_timeout=10",
           "--set", "shutdown_timeout=120")


def found_lines(octets):
    found = collections.Counter()
    for line in octets.splitlines():
        record = json.loads(line)
        parts = map(int, record["sourceIPv4Address"].split("."))
        found[struct.unpack(">I", bytes(parts))[0],
              record["sourceTransportPort"]] += 1
    return found


def leaders(cluster):
    return [leader for leader, _ in cluster.partitions(TOPIC)]


def kill_one(cluster, run, number, first, behind):
    """Kill a broker in the middle of these exchanges; which leaders moved."""
    broker = cluster.brokers[number % len(cluster.brokers)]
    node = cluster.brokers.index(broker) + 1
    wait_until(lambda: cluster.in_sync(TOPIC), "three copies", 120)
    before = leaders(cluster)
    middle = (first + behind) // 2
    run.write(first, middle)
    broker.kill()
    run.write(middle, behind)
    wait_until(lambda: node not in leaders(cluster) and leaders(cluster),
               "other leaders", 120)
    broker.begin()
    wait_until(broker.answers, "Kafka", 120)
    return before.count(node)


def main():
    need_exflow()
    need_program("kcat")
    if "kafka://" not in exflow("--help").out:
        skip("exflow was built without Kafka")
    checks = Checks()
    folder = workspace()
    with Cluster(folder) as cluster:
        cluster.start()
        run = Run(folder + "/stats", "-o", cluster.url(TOPIC), *PATIENT)
        step, moved = EXCHANGES // (KILLS + 1), 0
        run.write(0, step)
        for n in range(KILLS):
            moved += kill_one(cluster, run, n, (n + 1) * step,
                              (n + 2) * step)
        run.write((KILLS + 1) * step, EXCHANGES)
        code, errors = run.end(timeout=300)
        found = found_lines(cluster.consume(TOPIC))
    stats = read_stats(folder + "/stats")
    checks.equal(code, 0, "exit status, " + errors)
    checks.check(stats and not unbalanced(stats), "the books")
    output = stats["outputs"][0]
    checks.equal(output["delivered"], EXCHANGES, "delivered")
    missing = [n for n in range(EXCHANGES) if identity(n) not in found]
    checks.check(not missing, "%d exchanges are missing, such as %r" % (
        len(missing), missing[:3]))
    twice = sum(found.values()) - len(found)
    checks.check(twice <= output["maybe_twice"], "%d twice, %d counted" % (
        twice, output["maybe_twice"]))
    checks.check(moved >= KILLS // 3, "only %d leaders moved" % moved)
    print("%d brokers killed, %d leaders moved: %d exchanges, %d twice, %d "
          "counted, %d sent again" % (
              KILLS, moved, EXCHANGES, twice, output["maybe_twice"],
              output["replayed"]))
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
