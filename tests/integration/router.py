# SPDX-License-Identifier: BSD-2-Clause
"""A router between a client and a server, in namespaces, and probes on it."""
import json
import os
import signal
import sys
import time

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
LOCAL = "10.1.0.0/24,2001:db8:1::/64"
SHORT = ("--set", "udp_idle_timeout=1", "--set", "tcp_linger=0.3")
# How long a record takes at most from the timeout on, on a busy machine, too.
PATIENCE = 60


class Probe:
    """exflow on interfaces of a namespace."""

    number = 0

    def __init__(self, space, name, *arguments, interfaces=("r0",),
                 networks=LOCAL):
        Probe.number += 1
        self.workers = sum(int(a[8:]) for a in arguments
                           if a.startswith("workers=")) or 1
        self.stem = os.path.join(FOLDER, "probe%d" % Probe.number)
        command = [harness.EXFLOW, "-v", "--stats", self.stem + ".stats"]
        for interface in interfaces:
            command += ["-i", interface]
        if networks:
            command += ["-n", networks]
        with open(self.stem + ".err", "wb") as err, \
                open(self.stem + ".out", "wb") as out:
            self.process = space.start(name, *command, *arguments,
                                       stdout=out, stderr=err)
        CHECKS.check(netspace.until(lambda: "capturing on" in self.log()),
                     "the probe is ready: " + self.log())

    def log(self):
        with open(self.stem + ".err", errors="replace") as file:
            return file.read()

    def records(self):
        """Of -o json:-"""
        return [json.loads(line) for line in
                harness.read_lines(self.stem + ".out") if line.endswith("}")]

    def send(self, number):
        self.process.send_signal(number)

    def says(self, text, count=1):
        """Wait until the log has it so many times."""
        return CHECKS.check(netspace.until(
            lambda: self.log().count(text) >= count),
            "%r in the log: %s" % (text, self.log()[-1500:]))

    def end(self, what, number=signal.SIGTERM):
        """Stop it; its statistics, which balance."""
        code = netspace.stop(self.process, number)
        stats = harness.read_stats(self.stem + ".stats")
        CHECKS.equal(code, 0, what + ": exit status, " + self.log()[-1500:])
        if not CHECKS.check(stats, what + ": statistics"):
            sys.exit(CHECKS.end())
        CHECKS.equal(harness.unbalanced(stats), None, what)
        CHECKS.equal(stats["balanced"], True, what + ": balanced")
        return stats


def make_network(space):
    """client - router - server, IPv4 and IPv6."""
    space.link("client", "c0", "10.1.0.2/24 2001:db8:1::2/64",
               "router", "r0", "10.1.0.1/24 2001:db8:1::1/64")
    space.link("router", "r1", "10.2.0.1/24 2001:db8:2::1/64",
               "server", "s0", "10.2.0.2/24 2001:db8:2::2/64")
    space.shell("router", "sysctl -qw net.ipv4.ip_forward=1 "
                "net.ipv6.conf.all.forwarding=1")
    for name, four, six in (("client", "10.1.0.1", "2001:db8:1::1"),
                            ("server", "10.2.0.1", "2001:db8:2::1")):
        space.ip(name, "route", "add", "default", "via", four)
        space.ip(name, "-6", "route", "add", "default", "via", six)
    space.ip("router", "link", "add", "x0", "type", "veth", "peer", "name",
             "x1")
    for device in ("x0", "x1"):
        space.ip("router", "link", "set", device, "up")


def listening(space, name, text):
    return netspace.until(lambda: text in space.run(name, "ss", "-lntu"))


def datagrams(space, count, port, gap=0):
    """From as many ports, none of which was used before, to where nobody
    listens."""
    first = datagrams.next_port
    datagrams.next_port += count
    space.run("client", sys.executable, "-c", """
import socket, time
for i in range(%d):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("10.1.0.2", %d + i))
        s.sendto(b"x" * 40, ("10.2.0.2", %d))
    time.sleep(%f)
""" % (count, first, port, gap))


datagrams.next_port = 10000     # below those that the system chooses from


def received(space):
    """Packets that came by the router's first interface."""
    return space.device("router", "r0")["stats64"]["rx"]["packets"]


def run(programs, *checks):
    """Each check in turn, in one network; does not come back."""
    harness.need_exflow()
    for program in programs:
        harness.need_program(program)
    netspace.need()
    with netspace.Space("client", "router", "server") as space:
        make_network(space)
        for check in checks:
            began = time.monotonic()
            check(space)
            print("%s: %.1f s" % (check.__name__, time.monotonic() - began))
    sys.exit(CHECKS.end())
