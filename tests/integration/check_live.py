#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Live, the records are those of the file that tcpdump wrote beside it."""
import collections
import datetime
import json
import os
import signal
import socket
import subprocess
import sys
import time

import harness
import netspace
from router import (CHECKS, FOLDER, LOCAL, SHORT, Probe, datagrams, listening,
                    run)

# How far apart two sockets see a packet that a local TCP has sent: each stamps
# it anew, and a virtual processor may stand still in between.
CLOCKS = 0.1
# Others the kernel stamps once, when they come, while a socket asks for that.
STAMPED = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
STAMPED.setsockopt(socket.SOL_SOCKET, 35, 1)    # SO_TIMESTAMPNS
LATER = 99  # a port: what ends this one is another clock
REPLAYED = ("demo", "talk", "tags", "tunnels", "fragments", "fragments6",
            "ipv6-headers", "lengths", "tcp-half-close", "tcp-reuse")


# --- the traffic

def certificate():
    path = os.path.join(FOLDER, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=server", "-keyout", path, "-out", path + ".crt"],
                   check=True, stderr=subprocess.DEVNULL)
    with open(path, "a") as file, open(path + ".crt") as crt:
        file.write(crt.read())
    return path


def start_servers(space):
    web = os.path.join(FOLDER, "web")
    os.mkdir(web)
    with open(os.path.join(web, "page"), "wb") as file:
        file.write(os.urandom(100000))
    space.start("server", sys.executable, "-m", "http.server", "80",
                "--bind", "::", cwd=web)
    space.start("server", "openssl", "s_server", "-accept", "443", "-cert",
                certificate(), "-www", "-quiet")
    space.start("server", "dnsmasq", "--keep-in-foreground", "--no-resolv",
                "--no-hosts", "--conf-file=/dev/null", "--pid-file=",
                "--user=root", "--address=/example.org/192.0.2.1",
                "--interface=s0")
    space.start("server", "iperf3", "-s")
    for port in (":80 ", ":443 ", ":53 ", ":5201 "):
        CHECKS.check(listening(space, "server", port), "a server on" + port)


def make_traffic(space):
    for url in ("http://10.2.0.2/page", "http://[2001:db8:2::2]/page",
                "https://10.2.0.2/", "http://10.2.0.2/none"):
        space.run("client", "curl", "-sk", "-o", os.path.join(FOLDER, "got"),
                  url)
    tagged(space, "client", "c0", "10.1.0.2", 7777, "10.2.0.2", 7)
    tagged(space, "client", "c0", "10.2.0.2", 7, "10.1.0.2", 7777)
    for server in ("10.2.0.2", "2001:db8:2::2"):
        for name in ("a.example.org", "b.example.org"):
            space.run("client", "dig", "+tries=1", "@" + server, name)
    space.run("client", "iperf3", "-c", "10.2.0.2", "-n", "100M")
    space.run("client", "iperf3", "-R", "-c", "2001:db8:2::2", "-n", "30M")
    # Nobody listens: a reset, and an unanswered datagram.
    space.shell("client", "curl -s http://10.2.0.2:81/", check=False)
    datagrams(space, 1, 9)


def tagged(space, name, device, source, port, destination, to):
    """A datagram in VLAN 7, as a frame: not every kernel has such devices."""
    space.run(name, sys.executable, "-c", """
import socket, struct, sys
device, source, port, destination, to = sys.argv[1:]
udp = struct.pack("!HHHH", int(port), int(to), 8 + 20, 0) + b"y" * 20
ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
ip += socket.inet_aton(source) + socket.inet_aton(destination)
frame = b"\\xff" * 6 + b"\\x02\\0\\0\\0\\0\\x01"
frame += struct.pack("!HHH", 0x8100, 7, 0x0800) + ip + udp
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
    s.bind((device, 0))
    s.send(frame)
""", device, source, str(port), destination, str(to))


# --- what is compared

# What a file has none of, or others.
NUMBERS = ("flowId", "ingressInterface", "interfaceName")


def split(record):
    """What is equal; and times, as the kernel stamps a packet for each
    socket anew where the device does not."""
    same, times = {}, {}
    for name, value in record.items():
        if isinstance(value, str) and value.endswith("Z"):
            times[name] = datetime.datetime.fromisoformat(value[:-1])
        elif name == "reverseFlowDeltaMilliseconds":
            times[name] = datetime.datetime.fromtimestamp(value / 1000)
        elif name == "reverseFlowDeltaMicroseconds":
            times[name] = datetime.datetime.fromtimestamp(value / 1000000)
        elif name not in NUMBERS:
            same[name] = value
    return json.dumps(same, sort_keys=True), times


def by_start(records):
    """Of the same content in the order of their starts."""
    return sorted((split(record) for record in records if
                   record["destinationTransportPort"] != LATER),
                  key=lambda item: (item[0],
                                    item[1]["flowStartMicroseconds"]))


def same_records(live, path, what, *arguments):
    out = os.path.join(FOLDER, "offline.json")
    done = harness.exflow("-q", "-n", LOCAL, "-r", path, "-o", "json:" + out,
                          *arguments)
    CHECKS.equal(done.code, 0, what + ": offline: " + done.err)
    with open(out) as file:
        offline = [json.loads(line) for line in file]
    ours, theirs = by_start(live), by_start(offline)
    if not CHECKS.check([o[0] for o in ours] == [o[0] for o in theirs],
                        what + ": records"):
        print("live only", set(o[0] for o in ours) -
              set(o[0] for o in theirs))
        print("file only", set(o[0] for o in theirs) -
              set(o[0] for o in ours))
        return offline
    for one, other in zip(ours, theirs):
        apart = max(abs((one[1][name] - other[1][name]).total_seconds())
                    for name in one[1])
        CHECKS.check(one[1].keys() == other[1].keys() and apart < CLOCKS,
                     "%s: times of %s: %f s apart" % (what, one[0], apart))
    return offline


REPLAY = """
import socket, struct, sys, time
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
    out.bind(("c0", 0))
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            file.read(24)
            while True:
                head = file.read(16)
                if len(head) < 16:
                    break
                frame = file.read(struct.unpack("<IIII", head)[2])
                if 14 <= len(frame) <= 1514:
                    out.send(frame)
                    time.sleep(0.0005)
"""


def start_tcpdump(space, path, *arguments):
    dump = space.start("router", "tcpdump", "-i", "r0", "-w", path, "-B",
                       "65536", "--time-stamp-precision=nano",
                       "--immediate-mode", *arguments, stderr=subprocess.PIPE)
    dump.stderr.readline()
    return dump


def check_replayed(space):
    """Tags, tunnels, fragments, every end: equal to the last digit."""
    more = ("--set", "networks=10.0.0.0/8,2001:db8:1::/64,fd00::/8", "--set",
            "decapsulate=all", "--set", "key_vlan=yes", "--set",
            "meter=outbound,local,inbound,midstream", "--set", "vlan_id=yes",
            "--set", "mac=yes")
    path, out = (os.path.join(FOLDER, name) for name in (
        "replayed.pcap", "replayed.json"))
    probes = [Probe(space, "router", "-o", "json:-", *more, "--set",
                    "ring=32", "--set", "workers=%d" % workers, networks=None)
              for workers in (1, 2)]
    dump = start_tcpdump(space, path, "-s", "0")
    space.run("client", sys.executable, "-c", REPLAY, *(
        os.path.join(harness.OWN_CAPTURES, name + ".pcap")
        for name in REPLAYED))
    stats = [probe.end("replayed") for probe in probes]
    netspace.until(lambda: os.path.getsize(path) > 100000)
    netspace.settled(dump)
    netspace.stop(dump, signal.SIGINT)
    done = harness.exflow("-q", *more, "-r", path, "-o", "json:" + out,
                          "--stats", path + ".stats")
    CHECKS.equal(done.code, 0, "replayed, offline: " + done.err)
    with open(out) as file:
        theirs = collections.Counter(map(content, map(json.loads, file)))
    CHECKS.check(theirs.total() > 70, "%d records" % theirs.total())
    offline = harness.read_stats(path + ".stats")
    for probe, live in zip(probes, stats):
        ours = collections.Counter(map(content, probe.records()))
        CHECKS.check(ours == theirs, "live only %s, file only %s" % (
            list(ours - theirs)[:3], list(theirs - ours)[:3]))
        for stat in (live, offline):
            # The kernel itself says something on a new link.
            for name in ("not_ip", "not_tcp_udp"):
                stat["unmatched"].pop(name, None)
        for name in ("packets_in_exchanges", "unmatched"):
            CHECKS.equal(live[name], offline[name], "replayed: " + name)
    print("replayed: %d packets, %d records" % (offline["packets_read"],
                                                theirs.total()))


def content(record):
    """All of it but for numbers that a file has none of."""
    return json.dumps({name: value for name, value in record.items()
                       if name not in NUMBERS},
                      sort_keys=True)


def check_records(space):
    """What tcpdump wrote on the same interface gives the same records."""
    start_servers(space)
    path = os.path.join(FOLDER, "router.pcap")
    probes = [Probe(space, "router", "-o", "json:-", *SHORT,
                    "--set", "ring=32", "--set", "workers=%d" % workers)
              for workers in (1, 2)]
    dump = start_tcpdump(space, path, "-s", "200")
    make_traffic(space)
    time.sleep(2.5)
    datagrams(space, 1, LATER)  # so that the file's time goes on, too
    time.sleep(0.3)
    stats = [probe.end("%d workers" % (i + 1))
             for i, probe in enumerate(probes)]
    netspace.settled(dump)
    netspace.stop(dump, signal.SIGINT)
    for i, probe in enumerate(probes):
        drops = stats[i]["interfaces"][0]["kernel_drops"]
        CHECKS.equal(drops, 0, "kernel drops")
        offline = same_records(probe.records(), path,
                               "%d workers" % (i + 1), *SHORT)
    CHECKS.check(len(offline) >= 14, "%d records" % len(offline))
    index = {record.get("ingressInterface") for record in probe.records()}
    CHECKS.equal(index, {space.device("router", "r0")["ifindex"]},
                 "ingressInterface")
    protocols = {(r.get("destinationTransportPort"),
                  r.get("protocolIdentifier")) for r in offline}
    for port, protocol in ((80, 6), (443, 6), (53, 17), (5201, 6), (9, 17),
                           (7, 17)):
        CHECKS.check((port, protocol) in protocols,
                     "a record of port %d" % port)


if __name__ == "__main__":
    run(("tcpdump", "curl", "dig", "dnsmasq", "iperf3", "openssl", "ss"),
        check_records, check_replayed)
