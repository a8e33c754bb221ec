#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A probe is steered by signals, under traffic, and misses nothing."""
import collections
import json
import os
import signal
import subprocess
import sys
import time

import harness
import netspace
from router import (CHECKS, FOLDER, LOCAL, PATIENCE, Probe, datagrams,
                    listening, received, run)


def check_signals(space):
    """SIGUSR1, SIGUSR2, SIGHUP with a good and a broken file, SIGTERM."""
    config = os.path.join(FOLDER, "live.conf")

    def write(text):
        with open(config, "w") as file:
            file.write('outputs = {"json:-"}\nnetworks = {%s}\n%s\n' % (
                ", ".join('"%s"' % n for n in LOCAL.split(",")), text))

    write("udp_idle_timeout = 600")
    probe = Probe(space, "router", "-c", config, networks=None)
    before = received(space)
    # Some hundred a second while all of it happens.
    sender = space.start(
        "client", sys.executable, "-c", """
import socket, time
for i in range(1500):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x" * 40, ("10.2.0.2", 2000 + i))
    time.sleep(0.0025)
""")
    CHECKS.check(netspace.until(lambda: received(space) > before + 60, 30),
                 "traffic")
    time.sleep(0.3)     # a block of the ring
    probe.send(signal.SIGUSR1)
    probe.says("in exchanges")
    probe.send(signal.SIGUSR2)
    probe.says("a record of every live exchange has been written")
    CHECKS.check(netspace.until(lambda: len(probe.records()) > 5),
                 "records of what is live")
    write("udp_idle_timeout = many")
    probe.send(signal.SIGHUP)
    probe.says("reload: the configuration stays as it was")
    CHECKS.check("live.conf:3: udp_idle_timeout: many" in probe.log(),
                 "the line is named: " + probe.log()[-800:])
    write("udp_idle_timeout = 0.5\nworkers = 2")
    before = len(probe.records())
    probe.send(signal.SIGHUP)
    probe.says("reload: the configuration is in force")
    probe.says("workers has changed, which needs a restart")
    # Those that lived by the longer timeout end by the shorter one.
    CHECKS.check(netspace.until(lambda: len(probe.records()) > before + 20),
                 "%d records after reload" % len(probe.records()))
    sender.wait()
    stats = probe.end("signals")
    CHECKS.equal(stats["reloads"], 1, "reloads")
    CHECKS.equal(stats["reloads_failed"], 1, "reloads that failed")
    CHECKS.equal(stats["interfaces"][0]["kernel_drops"], 0, "kernel drops")
    ports = collections.Counter()
    for record in probe.records():
        ports[record["destinationTransportPort"]] += \
            record["packetDeltaCount"]
    sent = {2000 + i: 1 for i in range(1500)}
    CHECKS.equal(ports, sent, "every datagram in one record")


def check_outputs(space):
    """SIGHUP brings outputs and takes them away; those that stay miss
    nothing, and each of the others has what came in its time."""
    config = os.path.join(FOLDER, "outputs.conf")
    archive = os.path.join(FOLDER, "archive")

    def write(*sections, outputs=""):
        with open(config, "w") as file:
            file.write("udp_idle_timeout = 0.3\n%s\n%s\n" % (
                outputs, "\n".join(sections)))

    def section(port, more=""):
        return 'collector "c%d" { address = "udp://127.0.0.1:%d" %s }' % (
            port, port, more)

    def reload(probe, turn):
        probe.send(signal.SIGHUP)
        probe.says("reload: the configuration is in force", turn)

    sink = space.start("router", sys.executable, "-c", """
import socket, time
kept = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "123"]
for i, s in enumerate(kept):
    s.bind(("127.0.0.1", 4001 + i))
time.sleep(60)
""")
    CHECKS.check(listening(space, "router", ":4003 "), "collectors")
    stay = 'outputs = {"json:-"}'
    write(section(4001), outputs=stay)
    probe = Probe(space, "router", "-c", config)
    datagrams(space, 3, 9)
    CHECKS.check(netspace.until(lambda: len(probe.records()) == 3, PATIENCE),
                 "the first records")
    write(section(4002), 'archive "a" { path = "%s/%%H%%M%%S.ipfix" }' %
          archive, outputs=stay)
    reload(probe, 1)
    probe.says("output c4001: ended")
    datagrams(space, 4, 9)
    CHECKS.check(netspace.until(lambda: len(probe.records()) == 7, PATIENCE),
                 "records after the first change")
    # Not to be had: all stays.
    write(section(4003), 'archive "b" { path = "/dev/null/%Y.ipfix" }',
          outputs=stay)
    probe.send(signal.SIGHUP)
    probe.says("reload: the configuration stays as it was")
    write(section(4002, "udp_rate = 1000"), outputs=stay)
    reload(probe, 2)
    probe.says("output a: ended")
    datagrams(space, 5, 9)
    CHECKS.check(netspace.until(lambda: len(probe.records()) == 12, PATIENCE),
                 "records after the second change")
    stats = probe.end("outputs")
    netspace.stop(sink)
    due = {o["name"]: o["records_due"] for o in stats["outputs"]}
    CHECKS.equal(due, {"json:-": 12, "c4002": 5}, "records due")
    files = sorted(os.path.join(archive, name)
                   for name in os.listdir(archive))
    done = subprocess.run([harness.EXFLOW + "dump", "--json", *files],
                          stdout=subprocess.PIPE, check=True,
                          env=harness.ENVIRONMENT).stdout.decode()
    CHECKS.equal(len(done.splitlines()), 4, "records in the archive")


def check_quality(space):
    """Turned on and off while it runs: exchanges that begin while it is on have
    figures, no others do, and none is lost.  A file that stays would keep its
    columns, so that each time there is another."""
    config = os.path.join(FOLDER, "quality.conf")

    def file_of(turn):
        return os.path.join(FOLDER, "quality%d.json" % turn)

    def write(turn, quality):
        with open(config, "w") as file:
            file.write('outputs = {"json:%s"}\nudp_idle_timeout = 0.3\n'
                       'quality = %s\n' % (file_of(turn), quality))

    write(0, "no")
    probe = Probe(space, "router", "-c", config, "-f", "udp port 9")
    for turn, quality in enumerate(("no", "yes", "no", "yes")):
        if turn > 0:
            write(turn, quality)
            probe.send(signal.SIGHUP)
            probe.says("reload: the configuration is in force", turn)
        datagrams(space, 5, 9)
        CHECKS.check(netspace.until(lambda turn=turn: len(
            harness.read_lines(file_of(turn))) == 5),
            "records, quality = " + quality)
        CHECKS.equal([json.loads(line).get("minimumTtl") for line in
                      harness.read_lines(file_of(turn))],
                     [64 if quality == "yes" else None] * 5,
                     "figures, quality = " + quality)
    stats = probe.end("quality")
    CHECKS.equal(stats["reloads"], 3, "reloads of quality")
    CHECKS.equal(stats["exchanges"]["opened"], 20, "exchanges")


if __name__ == "__main__":
    run(("ss",), check_signals, check_outputs, check_quality)
