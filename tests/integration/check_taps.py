#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The two ports of a tap: each direction of a link comes by an interface of
its own, and the round trip is shorter than the time between two readings."""
import collections
import csv
import json
import os
import sys

import harness
import netspace
from router import CHECKS, FOLDER, PATIENCE, Probe

sys.path.insert(0, harness.OWN_CAPTURES)

EXCHANGES, BURST = 2000, 100
CLIENT_PACKETS, SERVER_PACKETS = 4, 3
# A sanitizer's library has to be the first one.
CLOCK = os.path.join(harness.BUILD, "tests", "faults", "clock.so")

# A port of the tap has what the client sends, the other what the server does.
# The exchanges of a burst take turns, so each has its answer some 50 us later.
TALK = """
import socket, sys, time
sys.path.insert(0, sys.argv[1])
from frames import ACK, DATA, FINACK, SYN, SYNACK, ethernet, ip4, tcp

def port(name):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    out.bind((name, 0))
    return out

def exchange(number):
    client = "198.51.%d.%d" % (number // 250, number % 250 + 1), 1024 + number
    server = "203.0.113.7", 443
    seq, ack = 1000, 5000
    def packet(one, other, flags, seq, ack, data=b""):
        return ethernet(ip4(one[0], other[0], 6, tcp(
            *one, *other, flags, seq, ack, data)))
    there = lambda *what: (0, packet(client, server, *what))
    back = lambda *what: (1, packet(server, client, *what))
    return [there(SYN, 1000, 0), back(SYNACK, 5000, 1001),
            there(DATA, 1001, 5001, b"q" * 30), back(DATA, 5001, 1031,
                                                     b"a" * 90),
            there(FINACK, 1031, 5091), back(FINACK, 5091, 1032),
            there(ACK, 1032, 5092)]

ports = [port(name) for name in sys.argv[2:4]]
first, count, burst = map(int, sys.argv[4:])
talks = [exchange(first + i) for i in range(count)]
began, trips = time.monotonic(), 0
for i in range(0, count, burst):
    # Two at a time, so that none waits for its own answer.
    for pair in range(i, i + burst, 2):
        for both in zip(*talks[pair:pair + 2]):
            for side, frame in both:
                ports[side].send(frame)
                trips += 1
    time.sleep(0.005)
print((time.monotonic() - began - count / burst * 0.005) / trips)
"""


def tap(space, name="a"):
    """A port, of which exflow has the one end and the generator the other."""
    space.ip("router", "link", "add", name + "0", "type", "veth", "peer",
             "name", name + "1")
    for device in (name + "0", name + "1"):
        space.shell("router",
                    "sysctl -qw net.ipv6.conf.%s.disable_ipv6=1" % device)
        space.ip("router", "link", "set", device, "up")


def talk(space, first=0, count=EXCHANGES):
    return float(space.run(
        "router", sys.executable, "-c", TALK, harness.OWN_CAPTURES, "a1",
        "b1", str(first), str(count), str(BURST)))


def rows(folder):
    with open(os.path.join(folder, "tcp_flows.csv")) as file:
        return list(csv.DictReader(file))


def is_complete(row):
    return (row["s_ip"].startswith("198.51.") and row["d_port"] == "443" and
            [int(row[name]) for name in (
                "s_packs", "s_bytes", "s_packs_syn", "s_packs_fin", "d_packs",
                "d_bytes", "d_packs_syn", "d_packs_fin")] ==
            [CLIENT_PACKETS, 30, 1, 1, SERVER_PACKETS, 90, 1, 1] and
            int(row["s_ts"]) <= int(row["d_ts"]) < int(row["s_te"]))


def examine(stats, folder, count, what):
    """Each exchange once, whole, with its client; nothing else."""
    got = rows(folder)
    CHECKS.equal(sum(map(is_complete, got)), count, what + ": complete")
    CHECKS.equal(len(got), count, what + ": rows")
    CHECKS.equal(len({row["s_port"] for row in got}), count,
                 what + ": clients")
    CHECKS.equal({name: n for name, n in
                  stats["exchanges"]["ended"].items() if n},
                 {"finished": count}, what + ": ends")
    CHECKS.equal(stats["packets_read"],
                 count * (CLIENT_PACKETS + SERVER_PACKETS), what + ": packets")
    CHECKS.equal(stats["reordered_early"], 0, what + ": none early")
    CHECKS.equal([stats[name] for name in (
        "clock_steps", "clock_outliers")], [0, 0], what + ": the clock")


def probe(space, number, *arguments, interfaces=("a0", "b0"), workers=1,
          networks="198.51.0.0/16"):
    """And its table's folder.  With networks only a SYN opens an exchange, so
    that an answer that is metered before it is lost."""
    folder = os.path.join(FOLDER, "tap%d" % number)
    return Probe(space, "router", "-o", "csv:" + folder, "-f", "tcp", "--set",
                 "ring=8", "--set", "workers=%d" % workers, *arguments,
                 interfaces=interfaces, networks=networks), folder


def check_directions(space):
    """All are complete, whatever the order of -i and with any workers; and
    on public addresses where no network is named."""
    ways = [(order, workers, "198.51.0.0/16")
            for order in (("a0", "b0"), ("b0", "a0")) for workers in (1, 2)]
    ways.append((("b0", "a0"), 1, None))
    probes = [probe(space, i, interfaces=order, workers=workers,
                    networks=networks)
              for i, (order, workers, networks) in enumerate(ways)]
    print("%.0f us between a packet and the next" % (talk(space) * 1e6))
    for (one, folder), way in zip(probes, ways):
        what = "%s, %d workers, networks %s" % way
        examine(one.end(what), folder, EXCHANGES, what)


def check_port_that_came_back(space):
    """Workers share both ports alike, also once one was opened again."""
    one, folder = probe(space, 9, workers=2)
    for turn in (1, 2):
        space.ip("router", "link", "del", "b0")
        one.says("interface b0: gone; waiting for it", turn)
        tap(space, "b")
        one.says("interface b0: up", 2 * turn)
    talk(space, count=400)
    stats = one.end("a port that came back")
    CHECKS.equal(stats["interfaces"][1]["reopened"], 2, "reopened")
    examine(stats, folder, 400, "a port that came back")


def check_silent_port(space):
    """One port alone is not held back for longer than reorder."""
    one, _ = probe(space, 10, "-o", "json:-", "--set", "udp_idle_timeout=1",
                   "--set", "filter=udp port 9", "--set", "mac=yes")
    space.run("router", sys.executable, "-c", """
import socket, sys
sys.path.insert(0, sys.argv[1])
from frames import ethernet, ip4, udp
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.bind(("a1", 0))
for port in range(5000, 5050):
    out.send(ethernet(ip4("198.51.100.1", "203.0.113.7", 17, udp(
        "198.51.100.1", port, "203.0.113.7", 9, b"x"))))
""", harness.OWN_CAPTURES)
    CHECKS.check(netspace.until(lambda: len(one.records()) == 50, PATIENCE),
                 "records while a port is silent: %d" % len(one.records()))
    for record in one.records():
        CHECKS.equal([record[end + "MacAddress"]
                      for end in ("source", "destination")],
                     ["02:00:00:00:00:01", "02:00:00:00:00:02"],
                     "hardware addresses behind reorder")
    one.end("a silent port")


def check_clock(space):
    """The clock that stamps packets steps by an hour, and back: exchanges
    neither end nor fall apart, and directions are merged as before."""
    ahead = os.path.join(FOLDER, "ahead")
    given = {"CLOCK_AHEAD": ahead, "LD_PRELOAD": CLOCK}
    harness.ENVIRONMENT.update(given)
    one, folder = probe(space, 12, "--set", "seccomp=no")
    for name in given:
        harness.ENVIRONMENT.pop(name)
    talk(space, 0, 200)
    with open(ahead, "w"):
        talk(space, 200, 200)
    os.unlink(ahead)
    talk(space, 400, 200)
    one.says("a packet is stamped -3600 seconds from the clock; stamps are "
             "corrected by that")
    stats = one.end("a clock that steps")
    CHECKS.equal(stats["clock_steps"], 2, "steps of the clock")
    stats["clock_steps"] = 0
    examine(stats, folder, 600, "a clock that steps")


def check_hint(one, folder):
    """Networks that are not here: the probe says so once, while it runs."""
    said = "are in no exchange, most of them foreign: neither end is local"
    CHECKS.check(netspace.until(lambda: said in one.log(), 2 * PATIENCE),
                 "a hint: " + one.log())
    CHECKS.equal(one.log().count("are in no exchange"), 1, "hints")
    one.end("a hint")
    CHECKS.equal(rows(folder), [], "a hint: rows")


def tunnelled(space):
    """A probe that sees nothing but GRE."""
    one = Probe(space, "router", "-o", "json:-", "-f", "ip proto 47", "--set",
                "ring=8", interfaces=("a0",), networks=None)
    space.run("router", sys.executable, "-c", """
import socket, sys
sys.path.insert(0, sys.argv[1])
from frames import ethernet, ip4
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.bind(("a1", 0))
for port in range(20):
    out.send(ethernet(ip4("198.51.100.1", "203.0.113.7", 47, b"\\0\\0\\x08\\0")))
""", harness.OWN_CAPTURES)
    return one


def check_tunnel_hint(one):
    """It said nothing, and its outputs stayed empty."""
    said = ("20 of 20 packets of IP are in no exchange, as they are in "
            "tunnels (not_tcp_udp), most of them gre; decapsulate = {gre}")
    CHECKS.check(netspace.until(lambda: said in one.log(), 2 * PATIENCE),
                 "a hint of tunnels: " + one.log())
    CHECKS.equal(one.log().count("are in no exchange"), 1, "hints of tunnels")
    one.end("a hint of tunnels")


def main():
    harness.need_exflow()
    netspace.need()
    with netspace.Space("router") as space:
        tap(space, "a")
        tap(space, "b")
        misled = probe(space, 11, networks="192.0.2.0/24")
        closed = tunnelled(space)
        check_directions(space)
        check_port_that_came_back(space)
        check_silent_port(space)
        if os.path.exists(CLOCK) and not harness.sanitized():
            check_clock(space)
        check_hint(*misled)
        check_tunnel_hint(closed)
    CHECKS.end()


if __name__ == "__main__":
    main()
