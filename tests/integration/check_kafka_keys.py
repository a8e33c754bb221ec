#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""All records of an exchange are in one partition of a topic.

Each exchange is cut into parts by active_timeout, and as IPFIX without biflow
each part is two records.  Whether a message has one record or many, whether the
partitions are told or not, the exchange is in the same partition of three; each
message of IPFIX is read alone, by ipfixDump too.
"""
import collections
import json
import os
import struct
import subprocess
import sys

from delivery import HEADER, messages, places
from harness import (Checks, exflow, need_exflow, need_program, read_stats,
                     skip, unbalanced, workspace)
from kafka_broker import Broker

EXCHANGES, PARTS, PARTITIONS = 1000, 3, 3
SAMPLE = 20  # messages that ipfixDump reads
CASES = (  # name, settings, records of an exchange
    ("one", "format = json", PARTS),
    ("batch", "format = json batch = 100", PARTS),
    ("told", "format = json batch = 100 partitions = 3", PARTS),
    ("wrong", "format = json batch = 100 partitions = 6", PARTS),
    ("biflow", "format = ipfix key = exchange", PARTS),
    ("uniflow", "format = ipfix key = exchange biflow = no", 2 * PARTS),
)


def packet(number, at_ms, answer):
    """Of exchange number, which is UDP from an address and port of its own."""
    ends = [(struct.pack(">I", 0x0a000000 + number // 200), 2000 + number),
            (bytes((192, 0, 2, 1)), 53)]
    if answer:
        ends.reverse()
    (source, port), (destination, other) = ends
    udp = struct.pack(">HHHH", port, other, 12, 0) + b"ping"
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                     source, destination)
    frame = bytes(12) + b"\x08\x00" + ip + udp
    return struct.pack("<IIII", 1700000000 + at_ms // 1000,
                       at_ms % 1000 * 1000, len(frame), len(frame)) + frame


def write_capture(path):
    """Each second a question and an answer of each exchange."""
    with open(path, "wb") as file:
        file.write(HEADER)
        for second in range(0, 2 * PARTS, 2):
            for number in range(EXCHANGES):
                at = 1000 * second + number // 5
                file.write(packet(number, at, False))
                file.write(packet(number, at + 1, True))


def identity(record):
    """Which exchange a record is of, by its client's port or the other end's."""
    return max(record)


def lines(octets):
    for line in octets.splitlines():
        record = json.loads(line)
        yield identity((record["sourceTransportPort"],
                        record["destinationTransportPort"]))


def records(octets):
    """Of one message, by the templates in it."""
    known, found = {}, []
    parts = list(messages(octets))
    assert len(parts) == 1 and len(parts[0]) == len(octets)
    at = 16
    while at < len(octets):
        ident, length = struct.unpack_from(">HH", octets, at)
        body, at = octets[at + 4:at + length], at + length
        if ident == 2:
            while body:
                size = 4
                for _ in range(struct.unpack_from(">HH", body)[1]):
                    size += 8 if body[size] & 0x80 else 4
                name, place = places(body[:size])
                known[name], body = place, body[size:]
            continue
        size, _, port = known[ident]
        for i in range(0, len(body) - size + 1, size):
            found.append(identity(struct.unpack_from(">HH", body, i + port)))
    return found


def consumed(broker, topic):
    """Partition and octets of each message."""
    octets, at = broker.consume(topic, "-f", "%p %R%s"), 0
    while at < len(octets):
        partition, _, rest = octets[at:at + 12].partition(b" ")
        at += len(partition) + 1
        length = struct.unpack_from(">I", rest)[0]
        yield int(partition), octets[at + 4:at + 4 + length]
        at += 4 + length


def dumped(checks, name, octets):
    """ipfixDump finds as many records in it as there are."""
    done = subprocess.run(["ipfixDump", "--in", "-"], input=octets,
                          capture_output=True)
    text = done.stdout.decode("utf-8", "replace")
    checks.equal(text.count("--- data record"), len(records(octets)),
                 name + ": records in ipfixDump, " + done.stderr.decode())


def one_case(checks, broker, folder, capture, case):
    """Where each exchange is: a dictionary."""
    name, settings, each = case
    path = os.path.join(folder, name + ".conf")
    with open(path, "w") as file:
        file.write('kafka "%s" { address = "%s"\n%s }\n' % (
            name, broker.url(name), settings))
    stats = path + ".stats"
    result = exflow("-c", path, "-r", capture, "-n", "10.0.0.0/8",
                    "--set", "active_timeout=1", "--stats", stats,
                    timeout=120)
    checks.equal(result.code, 0, name + ": " + result.err)
    checks.check(("has 3 partitions, and partitions = 6" in result.err) ==
                 (name == "wrong"), name + ": it says " + result.err)
    told = read_stats(stats)
    checks.check(told and not unbalanced(told), name + ": the books")
    where, times = collections.defaultdict(set), collections.Counter()
    count, used = 0, set()
    for partition, octets in consumed(broker, name):
        found = list(lines(octets)) if "json" in settings \
            else records(octets)
        for number in found:
            where[number].add(partition)
            times[number] += 1
        if "ipfix" in settings and count < SAMPLE:
            dumped(checks, name, octets)
        count += 1
        used.add(partition)
    twice = told["outputs"][0]["maybe_twice"]
    checks.equal(len(where), EXCHANGES, name + ": exchanges")
    checks.check(all(n >= each for n in times.values()) and
                 sum(times.values()) <= each * EXCHANGES + twice,
                 "%s: %d records, %d wanted of each exchange" % (
                     name, sum(times.values()), each))
    checks.check(all(len(places) == 1 for places in where.values()),
                 name + ": an exchange is in several partitions")
    checks.equal(used, set(range(PARTITIONS)), name + ": partitions in use")
    print("%s: %d records in %d messages" % (
        name, sum(times.values()), count))
    return {number: min(places) for number, places in where.items()}


def main():
    need_exflow()
    need_program("kcat")
    need_program("ipfixDump")
    if "kafka://" not in exflow("--help").out:
        skip("exflow was built without Kafka")
    checks = Checks()
    folder = workspace()
    capture = os.path.join(folder, "capture.pcap")
    write_capture(capture)
    with Broker(folder) as broker:
        broker.start()
        where = {case[0]: one_case(checks, broker, folder, capture, case)
                 for case in CASES}
    for name, found in where.items():
        checks.check(found == where["one"],
                     name + ": other partitions than with one record")
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
