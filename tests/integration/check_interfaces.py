#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Interfaces that are silent, vanish, overflow or are none; the end."""
import collections
import csv
import os
import signal
import subprocess
import sys
import time

import harness
import netspace
from router import (CHECKS, FOLDER, PATIENCE, SHORT, Probe, datagrams,
                    received, run)

# What the kernel says of itself on a link while it is looked at, at most.
STRAYS = 20


def check_silence(space):
    """Timeouts fire without a packet."""
    probe = Probe(space, "router", "-o", "json:-", *SHORT)
    datagrams(space, 3, 9)
    began = time.monotonic()
    CHECKS.check(netspace.until(lambda: len(probe.records()) == 3, PATIENCE),
                 "records without traffic: %d" % len(probe.records()))
    took = time.monotonic() - began
    CHECKS.check(took < PATIENCE, "they took %.1f s" % took)
    CHECKS.equal([record.get("interfaceName") for record in probe.records()],
                 ["r0"] * 3, "the interface's name")
    stats = probe.end("silence")
    CHECKS.equal(stats["exchanges"]["ended"]["unanswered"]
                 + stats["exchanges"]["ended"]["idle"], 3, "ended in time")


def check_vanishing(space):
    """An interface goes, comes back, goes down and comes up."""
    probe = Probe(space, "router", "-o", "json:-", *SHORT,
                  interfaces=("r0", "x0"))

    def add():
        space.ip("router", "link", "add", "x0", "type", "veth", "peer",
                 "name", "x1")
        for device in ("x0", "x1"):
            space.ip("router", "link", "set", device, "up")

    for turn in (1, 2):
        space.ip("router", "link", "del", "x0")
        probe.says("interface x0: gone; waiting for it", turn)
        datagrams(space, 2, 9)
        add()
        probe.says("interface x0: up", turn)
    space.ip("router", "link", "set", "x0", "down")
    probe.says("interface x0: down; waiting for it")
    space.ip("router", "link", "set", "x0", "up")
    probe.says("interface x0: up", 3)
    CHECKS.check(netspace.until(lambda: len(probe.records()) == 4, PATIENCE),
                 "the other interface goes on")
    CHECKS.equal({record.get("interfaceName") for record in probe.records()},
                 {"r0"}, "names of interfaces")
    stats = probe.end("vanishing")
    CHECKS.equal(stats["interfaces"][1]["reopened"], 2, "reopened")


# Datagrams without end, each an exchange of its own: number i in the last
# octets of the client's address and in its port.
NUMBERED = """
import socket, struct, subprocess, sys, time
device, count, a_second, then = (sys.argv[1], *map(int, sys.argv[2:4]),
                                 sys.argv[4:])
begin = time.monotonic()
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
    out.bind((device, 0))
    for i in range(count):
        udp = struct.pack("!HHHH", 1024 + i % 1000, 9, 28, 0) + b"y" * 20
        ip = struct.pack("!BBHHHBBHBBH4B", 0x45, 0, 48, 1, 0, 64, 17, 0,
                         10, 1, i // 1000, 192, 0, 2, 9)
        out.send(b"\\xff" * 6 + b"\\2" + bytes(5) + b"\\x08\\0" + ip + udp)
        while a_second and time.monotonic() < begin + i / a_second:
            time.sleep(0.001)
if then:
    subprocess.run(then, check=True)
"""


def numbers(folder):
    """Of the datagrams in the table, each as often as it is there."""
    with open(os.path.join(folder, "udp_flows.csv")) as file:
        rows = list(csv.DictReader(file))
    return collections.Counter(
        int(row["s_ip"].split(".")[2]) * 256000
        + int(row["s_ip"].split(".")[3]) * 1000 + int(row["s_port"]) - 1024
        for row in rows for _ in range(int(row["s_packs"])))


def gaps(got):
    """What is not there although a later one of the same client is, or is
    there twice.  A worker has all of a client, and workers stop one after the
    other."""
    last = {number // 1000: number for number in sorted(got)}
    return [number for client, end in last.items()
            for number in range(client * 1000, end + 1) if got[number] != 1]


def check_read_before_it_vanished(space):
    """What had come by an interface that is deleted at once is read."""
    folders = [os.path.join(FOLDER, name) for name in ("gone1", "gone2")]
    probes = [Probe(space, "router", "-o", "csv:" + folder, "-f", "udp port 9",
                    "--set", "udp_idle_timeout=60", "--set",
                    "workers=%d" % (i + 1), interfaces=("x0",))
              for i, folder in enumerate(folders)]
    turns = 3
    for turn in range(turns):
        space.run("router", sys.executable, "-c", NUMBERED, "x1", "200", "0",
                  "ip", "link", "del", "x0")
        space.ip("router", "link", "add", "x0", "type", "veth", "peer",
                 "name", "x1")
        for device in ("x0", "x1"):
            space.ip("router", "link", "set", device, "up")
        for probe in probes:
            probe.says("interface x0: up", (turn + 1) * probe.workers)
    for probe, folder in zip(probes, folders):
        probe.end("vanished")
        CHECKS.equal(numbers(folder), {i: turns for i in range(200)},
                     "datagrams before it vanished, %d workers" %
                     probe.workers)


def check_drops(space):
    """A probe that stands still for too long: what was dropped is counted to
    the packet, and said."""
    folder, count = os.path.join(FOLDER, "drops"), 20000
    probe = Probe(space, "router", "-o", "csv:" + folder, "-f", "udp port 9",
                  "--set", "ring=1")
    probe.send(signal.SIGSTOP)
    space.run("client", sys.executable, "-c", NUMBERED, "c0", str(count), "0")
    probe.send(signal.SIGCONT)
    probe.says("packets lost before they could be read, in all")
    stats = probe.end("drops")
    drops = stats["interfaces"][0]["kernel_drops"]
    CHECKS.check(drops > 0, "no drops")
    CHECKS.equal(stats["packets_read"] + drops, count, "read and dropped")
    CHECKS.equal(numbers(folder), {i: 1 for i in range(count - drops)},
                 "what there was room for")


def check_stop(space):
    """SIGTERM in the middle of traffic: all that came before is there, and
    of what came after only a row without a gap."""
    for workers in (1, 2):
        folder = os.path.join(FOLDER, "stop%d" % workers)
        probe = Probe(space, "router", "-o", "csv:" + folder, "-f",
                      "udp port 9", "--set", "ring=32", "--set",
                      "workers=%d" % workers)
        before = received(space)
        sender = space.start("client", sys.executable, "-c", NUMBERED, "c0",
                             "200000", "5000")
        CHECKS.check(netspace.until(lambda: received(space) > before + 4000,
                                    20), "traffic")
        least = received(space) - before - STRAYS
        stats = probe.end("stop")
        CHECKS.equal(sender.poll(), None, "it was sending all the time")
        netspace.stop(sender)
        CHECKS.equal(stats["interfaces"][0]["kernel_drops"], 0,
                     "kernel drops")
        got = numbers(folder)
        CHECKS.equal(set(range(least)) - set(got), set(),
                     "missing of %d datagrams" % least)
        CHECKS.equal(gaps(got), [], "a row of datagrams")
        CHECKS.equal(stats["interfaces"][0]["packets"], len(got),
                     "packets of the interface")


def check_refusals(space):
    for arguments, code, expected in (
            (("-i", "nope0"), 1, "interface nope0: "),
            (("-i", "r0", "-f", "tcp port what"), 2, "-f: \"tcp port what"),
            (("-i", "r0", "-f", "type mgt"), 1, "interface r0: filter: "),
            (("-i", "r0", "--set", "user=no-such-user"), 2,
             "user no-such-user: unknown")):
        done = subprocess.run(
            space.within("router") + [harness.EXFLOW, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            env=harness.ENVIRONMENT, check=False)
        CHECKS.equal(done.returncode, code, " ".join(arguments))
        CHECKS.check(expected.encode() in done.stderr,
                     "%s: %s" % (arguments, done.stderr))


if __name__ == "__main__":
    run((), check_silence, check_vanishing, check_read_before_it_vanished,
        check_drops, check_stop, check_refusals)
