#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Truth by construction: what the sender's kernel says of its connection.

A server sends to a client through a bad network (relay.py) between two TAP
devices without offloads.  Probes sit at both ends, and the relay captures in
the middle.  Round-trip times are those of ss(8), retransmissions those of
nstat(8), both at the sender; in the middle the delays are those of the relay,
retransmissions those that reached it, and all else as the reference says.

No round trip is shorter than the relay's delays.  How much longer it is depends
on the machine: where the relay was late, nothing more is asked.  The kernel
also takes round-trip times of segments that SACK acknowledged, which exflow
does not; so the least ones are the same where all are alike, without jitter."""
import json
import os
import re
import sys

import harness
import netspace
import reference
import reference_quality
from check_quality import Found, exflow_records, key_of
from router import CHECKS, FOLDER, PATIENCE, Probe

PORT, OCTETS = 8080, 1200000
LATE = 1                    # milliseconds: a relay that is no later is on time
DELAY = [8, 12]             # of the halves, one way, in milliseconds
FLOOR = 2000 * sum(DELAY)   # microseconds: no round trip is shorter
SHARE = 0.05                # how far round-trip times may be apart
ADDRESSES = {4: ("10.1.0.1", "10.1.0.2"),
             6: ("2001:db8:1::1", "2001:db8:1::2")}
CLEAN = {"delay": DELAY, "jitter": [0, 0], "loss": [0, 0],
         "reorder": [0, 0], "copies": [0, 0]}
# Name: how the network is, and the version of IP.
NETWORKS = {
    "clean": (4, CLEAN),
    "loss": (6, {**CLEAN, "loss": [0.004, 0.012]}),
    "loss before the probe": (4, {**CLEAN, "loss": [0, 0.01]}),
    "jitter, reordering and copies": (
        4, {**CLEAN, "jitter": [1, 1], "loss": [0.004, 0.004],
            "reorder": [0.005, 0], "copies": [0, 0.005]}),
}

# The server prints what ss and nstat say when all is acknowledged.
SERVER = """
import socket, subprocess, sys, time
address, port, octets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
listener = socket.create_server((address, port), family=family)
print("ready", flush=True)
peer, _ = listener.accept()
peer.recv(1000)
peer.sendall(b"x" * octets)
end = time.monotonic() + 60
said = ""
while time.monotonic() < end:
    said = subprocess.run(["ss", "-tinH", "sport", "= :%d" % port],
                          stdout=subprocess.PIPE).stdout.decode()
    if "unacked:" not in said and "notsent:" not in said:
        break
    time.sleep(0.02)
print(" ".join(said.split()), flush=True)
peer.close()
while time.monotonic() < end and subprocess.run(
        ["ss", "-tnH", "sport", "= :%d" % port],
        stdout=subprocess.PIPE).stdout:
    time.sleep(0.02)
print(subprocess.run(["nstat", "-asz", "TcpRetransSegs"],
                     stdout=subprocess.PIPE).stdout.decode(), flush=True)
"""
CLIENT = """
import socket, sys
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), 60)
peer.sendall(b"q" * 100)
while peer.recv(65536):
    pass
peer.close()
"""


class Network:
    """client - relay - server, with a probe at both ends."""

    def __init__(self, space, settings, number):
        self.space = space
        self.capture = os.path.join(FOLDER, "middle%d.pcap" % number)
        self.out = open(os.path.join(FOLDER, "relay%d" % number), "wb+")
        self.devices = ["t%dc" % number, "t%ds" % number]
        self.relay = space.start(
            "router", sys.executable, "-B",
            os.path.join(harness.HERE, "relay.py"), *self.devices,
            self.capture, json.dumps(dict(settings, seed=number)),
            stdout=self.out)
        if not netspace.until(lambda: "ready" in self.said() or
                              self.relay.poll() is not None):
            harness.skip("no TAP devices here")
        if self.relay.poll() is not None:
            harness.skip("no TAP devices here")
        for name, device, end in (("client", self.devices[0], 0),
                                  ("server", self.devices[1], 1)):
            self.place(name, device, end)

    def place(self, name, device, end):
        self.space.ip("router", "link", "set", device, "netns",
                      self.space.names[name])
        self.space.shell(name, "sysctl -qw net.ipv6.conf.%s.accept_dad=0 "
                         "net.ipv6.conf.%s.router_solicitations=0" % (
                             device, device), check=False)
        for version, bits in ((4, "24"), (6, "64")):
            self.space.ip(name, "addr", "add", "%s/%s" % (
                ADDRESSES[version][end], bits), "dev", device)
        self.space.ip(name, "link", "set", device, "up")

    def said(self):
        with open(self.out.name) as file:
            return file.read()

    def close(self):
        """Retransmissions that reached the middle; lateness."""
        netspace.stop(self.relay)
        for name, device in zip(("client", "server"), self.devices):
            self.space.shell(name, "ip link del " + device, check=False)
        told = json.loads(self.said().splitlines()[-1])
        return told["again"].get(str(PORT), 0), told["late"]


class Truth:
    """What ss and nstat say at the sender."""

    def __init__(self, told):
        info, counters = told.split("\n", 1)
        found = re.search(r" rtt:([0-9.]+)/([0-9.]+)", info)
        self.rtt, self.varies = (float(text) * 1000 for text in
                                 found.groups())
        self.least = float(re.search(r" minrtt:([0-9.]+)",
                                     info).group(1)) * 1000
        self.again = int(re.search(r"TcpRetransSegs +(\d+)",
                                   counters).group(1))


def transfer(space, version):
    server = ADDRESSES[version][1]
    told = os.path.join(FOLDER, "told")
    with open(told, "wb") as out:
        process = space.start("server", sys.executable, "-c", SERVER, server,
                              str(PORT), str(OCTETS), stdout=out)
    netspace.until(lambda: "ready" in open(told).read())
    space.run("client", sys.executable, "-c", CLIENT, server, str(PORT),
              timeout=120)
    process.wait(120)
    return "\n".join(open(told).read().split("\n")[1:])


def again_before(space):
    return int(re.search(r"TcpRetransSegs +(\d+)", space.run(
        "server", "nstat", "-asz", "TcpRetransSegs")).group(1))


def near(got, right, what, apart):
    CHECKS.check(got is not None and abs(got - right) <= apart,
                 "%s: %s, truth %s" % (what, got, right))


def least_round_trip(record, truth, settings, on_time, what):
    """Of a quiet machine it is known to 5 %, of any other only the floor."""
    got = record.get("rttMinimumMicroseconds", 0)
    CHECKS.check(got >= FLOOR, "%s: least round-trip time %s, below the "
                 "relay's delays" % (what, got))
    if not on_time:
        return
    longest = FLOOR + 2000 * (sum(settings["jitter"]) + 2 * LATE)
    CHECKS.check(got <= longest * (1 + SHARE), "%s: least round-trip time %s, "
                 "the relay's longest %s" % (what, got, longest))
    if not any(settings["jitter"]):
        near(got, truth.least, what + ": least round-trip time",
             SHARE * truth.least)


def the_exchange(records, what):
    """The whole of the one that the client opened."""
    found = [record for record in records
             if record.get("destinationTransportPort") == PORT]
    CHECKS.equal(len(found), 1, what + ": exchanges")
    return found[0] if found else {}


def probe(space, name, device):
    return Probe(space, name, "-o", "json:-", "-f", "tcp", "--set",
                 "quality=yes", "--set", "tcp_linger=0.5",
                 interfaces=(device,), networks=None)


def at_the_sender(record, truth, what):
    """A probe at the sender sees all that it did."""
    print("%s: rtt %s to %s, mean %s, samples %s; ss: least %s, smoothed %s; "
          "retransmitted %s, nstat %d" % (
              what, *(record.get(name) for name in (
                  "rttMinimumMicroseconds", "rttMaximumMicroseconds",
                  "rttMeanMicroseconds", "rttSampleCount")), truth.least,
              truth.rtt, record.get("reverseRetransmittedPacketDeltaCount"),
              truth.again))
    CHECKS.equal(record.get("reverseRetransmittedPacketDeltaCount"),
                 truth.again, what + ": retransmitted")
    CHECKS.equal(record.get("reverseUniqueOctetDeltaCount"), OCTETS,
                 what + ": unique octets")
    CHECKS.equal(record.get("reverseMissedOctetDeltaCount"), 0,
                 what + ": missed octets")
    CHECKS.equal(record.get("reverseReorderedPacketDeltaCount"), 0,
                 what + ": reordered")


def at_the_receiver(record, what):
    CHECKS.equal(record.get("reverseMissedOctetDeltaCount"), 0,
                 what + ": missed octets")
    # A handshake that was repeated may have none.
    handshake = record.get("reverseHandshakeRttMicroseconds")
    CHECKS.check(handshake is None or handshake >= FLOOR,
                 "%s: handshake %s" % (what, handshake))
    if record.get("tcpSynPacketDeltaCount") == 1 and \
            record.get("reverseTcpSynPacketDeltaCount") == 1:
        CHECKS.check(handshake, what + ": the handshake has a time")


def in_the_middle(path, again, what, on_time):
    """The same as the reference; retransmissions as the relay told them."""
    records, err = exflow_records(path, "-f", "tcp")
    record = the_exchange(records or [], what + err)
    done = [quality for exchange, quality in reference_quality.run(
        reference.Tshark().frames(path)) if exchange.server[1] == PORT]
    if not CHECKS.equal(len(done), 1, what + ": the reference's exchanges"):
        return
    found = Found(key_of(record), [record], done[0])
    CHECKS.equal(found.differences(), [], what + ": exflow, reference")
    seen = record.get("reverseRetransmittedPacketDeltaCount", 0)
    reordered = record.get("reverseReorderedPacketDeltaCount", 0)
    print("%s: retransmitted %d of %d, reordered %s, duplicated %s; halves "
          "%s, %s; enough memory: %s" % (
              what, seen, again, reordered, record.get(
                  "reverseDuplicatedPacketDeltaCount"), record.get(
                  "rttMinimumMicroseconds"), record.get(
                  "reverseRttMinimumMicroseconds"), done[0].bounded))
    # A copy that the relay sends late is a retransmission to anybody.  One that
    # came as soon as the first SACK allowed it fills its hole within a round
    # trip, as what was reordered does, and nothing is reordered before here.
    if on_time:
        CHECKS.check(seen <= again + 1 and
                     abs(seen + reordered - again) <= max(1, again / 20),
                     "%s: retransmitted %d, reordered %d, truth %d" % (
                         what, seen, reordered, again))
        for half, delay in (("", DELAY[0]), ("reverse", DELAY[1])):
            near(record.get(half + ("H" if half else "h") +
                            "andshakeRttMicroseconds"), 2000 * delay,
                 what + ": handshake, " + (half or "forward"), 500 * delay)


def check_network(space, name, number):
    version, settings = NETWORKS[name]
    before = again_before(space)
    network = Network(space, settings, number)
    probes = [probe(space, end, device) for end, device in zip(
        ("server", "client"), reversed(network.devices))]
    truth = Truth(transfer(space, version))
    truth.again -= before
    for one in probes:
        netspace.until(lambda one=one: one.records(), PATIENCE)
        one.end(name)
    again, late = network.close()
    on_time = late <= LATE
    if not on_time:
        print("%s: this machine is busy, and the relay was %.0f ms late: "
              "delays are not compared" % (name, late))
    sender = the_exchange(probes[0].records(), name)
    at_the_sender(sender, truth, name + ", at the sender")
    least_round_trip(sender, truth, settings, on_time, name)
    at_the_receiver(the_exchange(probes[1].records(), name),
                    name + ", at the receiver")
    in_the_middle(network.capture, again, name + ", in the middle", on_time)
    if settings == CLEAN and on_time:
        near(sender.get("rttMeanMicroseconds"), truth.rtt, name + ": mean",
             max(SHARE * truth.rtt, truth.varies))


def main():
    harness.need_exflow()
    for program in ("ss", "nstat", "tshark"):
        harness.need_program(program)
    netspace.need()
    if not os.path.exists("/dev/net/tun"):
        harness.skip("no TAP devices here")
    with netspace.Space("client", "router", "server") as space:
        for number, name in enumerate(NETWORKS):
            check_network(space, name, number)
    CHECKS.end()


if __name__ == "__main__":
    main()
