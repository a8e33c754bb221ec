#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""NetFlow of a probe: nfcapd has each exchange a second after it ended, also
one that was started later, as templates are sent again and again.

What it shows is compared with the table of the same probe, record by record;
the interface is the one where the packets came in.
"""
import glob
import json
import os
import subprocess

import netspace
from check_collectors import from_nfdump
from check_netflow import NAMES, is_ipv4, uniflow
from collectors import PATIENCE, compare, expected, only
from harness import ENVIRONMENT, read_stats, unbalanced
from router import CHECKS, FOLDER, SHORT, Probe, listening, run

PORTS = {9: 20559, 5: 20555}


class Nfcapd:
    """In the router's namespace."""

    number = 0

    def __init__(self, space, version):
        Nfcapd.number += 1
        self.folder = os.path.join(FOLDER, "nfcapd%d" % Nfcapd.number)
        os.mkdir(self.folder)
        self.log = open(self.folder + ".log", "wb")
        self.process = space.start(
            "router", "nfcapd", "-b", "127.0.0.1", "-p", str(PORTS[version]),
            "-w", self.folder, "-t", "300", stdout=self.log, stderr=self.log)
        CHECKS.check(listening(space, "router", ":%d " % PORTS[version]),
                     "nfcapd listens")

    def end(self):
        """What it kept, as nfdump shows it."""
        netspace.settled(self.process)
        netspace.stop(self.process)
        self.log.close()
        flows = []
        for name in glob.glob(self.folder + "/nfcapd.2*"):
            text = subprocess.run(
                ["nfdump", "-q", "-r", name, "-6", "-o", "json"],
                env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=PATIENCE,
                check=True).stdout.decode().strip().strip("[],\n")
            if text.startswith("{"):
                flows += json.loads("[%s]" % text)
        return flows


# A datagram and its answer for each port, over IPv4 and IPv6.
TALK = """
import socket, sys
first, count = map(int, sys.argv[1:])
for family, host in ((socket.AF_INET, "10.2.0.2"),
                     (socket.AF_INET6, "2001:db8:2::2")):
    for port in range(first, first + count):
        with socket.socket(family, socket.SOCK_DGRAM) as ask:
            ask.bind(("", port))
            ask.settimeout(10)
            ask.sendto(b"x" * (port % 100), (host, 7))
            ask.recv(100)
"""
ECHO = """
import select, socket
both = [socket.socket(family, socket.SOCK_DGRAM)
        for family in (socket.AF_INET, socket.AF_INET6)]
both[1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
for echo in both:
    echo.bind(("", 7))
while True:
    for echo in select.select(both, [], [])[0]:
        data, peer = echo.recvfrom(100)
        echo.sendto(data, peer)
"""


def talk(space, first, count):
    space.run("client", "python3", "-c", TALK, str(first), str(count))


def delivered(probe, count):
    """Wait until so many exchanges have ended; they go out in a second."""
    CHECKS.check(netspace.until(lambda: len(probe.records()) == count),
                 "%d records of %d" % (len(probe.records()), count))
    netspace.until(lambda: False, 1.5)
    netspace.settled(probe.process)


def compare_flows(space, flows, want, what):
    index = space.device("router", "r0")["ifindex"]
    CHECKS.equal({flow["input_snmp"] for flow in flows}, {index},
                 what + ": the interface")
    compare(CHECKS, only([from_nfdump(flow) for flow in flows], NAMES), want,
            what)


def numbered(records, first, count):
    """The exchanges of the client's ports, as their sides."""
    return uniflow([record for record in records if first <=
                    record["sourceTransportPort"] < first + count])


def check_netflow(space):
    tables = os.path.join(FOLDER, "tables")
    echo = space.start("server", "python3", "-c", ECHO)
    CHECKS.check(listening(space, "server", ":7 "), "the server listens")
    early = {version: Nfcapd(space, version) for version in PORTS}
    probe = Probe(
        space, "router", "-f", "udp port 7", "-o", "json:-", "-o",
        "csv:" + tables, "--set", "columns=extended", "--set",
        "template_refresh=1", *SHORT, *(word for version in PORTS for word in (
            "-o", "netflow%d://127.0.0.1:%d" % (version, PORTS[version]))))
    talk(space, 2000, 20)
    delivered(probe, 40)
    flows = {version: one.end() for version, one in early.items()}
    # It knows no template, and is told within template_refresh.
    late = {version: Nfcapd(space, version) for version in PORTS}
    talk(space, 3000, 10)
    delivered(probe, 60)
    talk(space, 4000, 10)
    delivered(probe, 80)
    more = {version: one.end() for version, one in late.items()}
    # Version 5 lost what it has no place for.
    CHECKS.equal(netspace.stop(probe.process), 1, "its end: " + probe.log())
    stats = read_stats(probe.stem + ".stats")
    CHECKS.equal(unbalanced(stats), None, "the books")
    netspace.stop(echo)
    records = expected(tables)
    CHECKS.equal(len(records), 80, "rows of the table")
    for version in PORTS:
        name = "version %d: " % version
        for got, wanted, what in (
                (flows, numbered(records, 2000, 20), "the first"),
                (more, numbered(records, 3000, 2000), "started later")):
            compare_flows(space, got[version], [
                record for record in wanted
                if version == 9 or is_ipv4(record)], name + what)
    lost = {output["name"].partition(":")[0]: output["lost"]["not_v5"]
            for output in stats["outputs"]}
    CHECKS.equal((lost["netflow9"], lost["netflow5"]), (0, 40), "not_v5")


if __name__ == "__main__":
    run(("nfcapd", "nfdump"), check_netflow)
