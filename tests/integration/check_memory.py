#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The memory of a probe is within the formula of doc/probe.md.

Outputs of every kind, none of which takes what it should: collectors that do
not listen or do not read, a full disk, a pipe that nobody reads.  When each of
them has lost records, so that everything is as full as it gets, the largest
resident memory is compared with the formula.
"""
import json
import os
import re
import signal
import subprocess
import sys

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
DISK = os.path.join(FOLDER, "disk")
FIFO = os.path.join(FOLDER, "fifo")
CONTROL = os.path.join(FOLDER, "control")
MIB = 1 << 20
ROUNDS, ROUND = 20, 100000

# The formula.
BASE, RING, FRAGMENTS, EXCHANGE = 18000000, 4 * MIB, 4096 * 440, 560
QUALITY_BASE, QUALITY = 9000000, 640    # at most; little of it for datagrams
EXCHANGES = 20000
SLACK = 30 * 1000 * 1000  # fragments, sums, and the 1 MB of outputs
OUTPUT, QUEUE, WINDOW = MIB, 8 * MIB, 4 * MIB
MEMORY, TEXT_MEMORY = 8 * MIB, 16 * MIB

# A collector that reads so much and no more: what it has read fills the
# retransmission window, the rest the queue.
READER = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
one, _ = listener.accept()
rest = int(sys.argv[2])
while rest > 0:
    rest -= len(one.recv(min(rest, 65536)))
time.sleep(3600)
"""

FLOOD = """
import socket, struct, sys
first, count = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v1", 0))
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
head = b"\\x02" * 6 + b"\\x04" * 6 + b"\\x08\\0"
ip = struct.pack("!BBHHHBBH4s", 0x45, 0, 29, 1, 0, 64, 17, 0, b"\\x0a\\0\\0\\1")
for i in range(first, first + count):
    s.send(head + ip + struct.pack("!BBHHHHHB", 192, i >> 24,
                                   512 + (i >> 12 & 4095),
                                   1024 + (i & 4095), 99, 9, 0, 0))
"""

# What an output adds, and how much of it may stay empty here: the window of a
# collector that does not listen, the second table of csv, and the queue of a
# file whose disk is full rather than slow.
OUTPUTS = (
    ("udp://127.0.0.1:4001", QUEUE, 0),
    ("netflow9://127.0.0.1:4002", QUEUE, 0),
    ("netflow5://127.0.0.1:4003", QUEUE, 0),
    ("tcp://127.0.0.1:4004", QUEUE + WINDOW, 0),
    ("tcp://127.0.0.1:4005", QUEUE + WINDOW, WINDOW),
    ("json:" + FIFO, QUEUE, 0),
    ("json:" + DISK + "/all.json", QUEUE + TEXT_MEMORY, QUEUE),
    ("csv:" + DISK + "/tables", QUEUE + 2 * TEXT_MEMORY, QUEUE + TEXT_MEMORY),
    ("ipfix:" + DISK + "/all.ipfix", QUEUE + 9 * TEXT_MEMORY // 8, 0),
    ("", QUEUE + 9 * MEMORY // 8, QUEUE),  # the section of the archive
)
FORMULA = (BASE + RING + FRAGMENTS + EXCHANGES * EXCHANGE +
           sum(OUTPUT + o[1] for o in OUTPUTS))
FILLED = FORMULA - sum(o[2] for o in OUTPUTS)


def write_config(path, quality):
    with open(path, "w", encoding="utf-8") as file:
        file.write("outputs = {%s}\n" % ", ".join(
            '"%s"' % spec for spec, _, _ in OUTPUTS if spec))
        file.write("quality = %s\n" % ("yes" if quality else "no"))
        file.write('control = "%s"\nuser = root\nmax_exchanges = %d\n'
                   'networks = {10.0.0.0/8}\nqueue_octets = %d\n'
                   'retransmission_window = %d\n'
                   'archive "all" {\npath = "%s/%%Y.ipfix"\n'
                   'memory_octets = %d\n}\n'
                   % (CONTROL, EXCHANGES, QUEUE, WINDOW, DISK, MEMORY))


def statistics():
    done = subprocess.run(
        [os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl"), "-s",
         CONTROL, "--json", "stats"], stdout=subprocess.PIPE, timeout=60,
        check=True, text=True)
    return json.loads(done.stdout)


def largest(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024


def is_full(output):
    """It has lost records for want of room."""
    return any(output["lost"].get(why, 0) > 0 for why in ("queue", "write"))


def fill(space):
    """Until no output has room; their statistics."""
    outputs = []
    for i in range(ROUNDS):
        space.run("one", sys.executable, "-c", FLOOD, str(i * ROUND),
                  str(ROUND), timeout=120)
        netspace.until(lambda: False, 0.5)
        outputs = statistics()["outputs"]
        if all(map(is_full, outputs)):
            break
    return outputs


def check(space, quality):
    config = os.path.join(FOLDER, "conf")
    write_config(config, quality)
    formula = FORMULA + quality * (QUALITY_BASE + EXCHANGES * QUALITY)
    reader = space.start("one", sys.executable, "-c", READER, "4004",
                         str(WINDOW))
    fifo = os.open(FIFO, os.O_RDONLY | os.O_NONBLOCK)  # it never reads
    log = os.path.join(FOLDER, "log")
    with open(log, "wb") as err:
        process = space.start("one", harness.EXFLOW, "-c", config, "-i", "v0",
                              stderr=err)

    def text():
        with open(log, errors="replace", encoding="utf-8") as file:
            return file.read()
    CHECKS.check(netspace.until(lambda: os.path.exists(CONTROL)),
                 "ready: " + text())
    for output in fill(space):
        CHECKS.check(is_full(output), "full: %r" % output)
    octets = largest(process.pid)
    print("quality %s: %.1f MB; filled %.1f MB, by the formula %.1f MB"
          % (quality, octets / 1e6, FILLED / 1e6, formula / 1e6))
    CHECKS.check(octets <= formula or harness.sanitized(),
                 "%d octets, by the formula %d" % (octets, formula))
    # Everything was full, or this would say nothing.
    CHECKS.check(octets > FILLED - SLACK,
                 "only %d octets, filled %d" % (octets, FILLED))
    os.close(fifo)
    netspace.stop(process, signal.SIGKILL)
    netspace.stop(reader, signal.SIGKILL)
    os.unlink(CONTROL)


def main():
    harness.need_exflow()
    netspace.need()
    os.mkdir(DISK)
    os.mkfifo(FIFO)
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", DISK],
            stderr=subprocess.DEVNULL, check=False).returncode != 0:
        harness.skip("a full disk needs to be mounted")
    try:
        with netspace.Space("one") as space:
            space.link("one", "v0", None, "one", "v1", None)
            for quality in (False, True):
                check(space, quality)
    finally:
        subprocess.run(["umount", "-l", DISK], check=False)
    return CHECKS.end()


if __name__ == "__main__":
    sys.exit(main())
