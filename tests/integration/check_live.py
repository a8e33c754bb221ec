#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A probe on a router between a client and a server, all in namespaces."""
import collections
import csv
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

CHECKS = harness.Checks()
FOLDER = harness.workspace()
LOCAL = "10.1.0.0/24,2001:db8:1::/64"
SHORT = ("--set", "udp_idle_timeout=1", "--set", "tcp_linger=0.3")
# How long a record takes at most from the timeout on, on a busy machine, too.
PATIENCE = 10
# What the kernel says of itself on a link while it is looked at, at most.
STRAYS = 20
# How far apart two sockets see a packet that a local TCP has sent: each stamps
# it anew, and a virtual processor may stand still in between.
CLOCKS = 0.1
# Others the kernel stamps once, when they come, while a socket asks for that.
STAMPED = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
STAMPED.setsockopt(socket.SOL_SOCKET, 35, 1)    # SO_TIMESTAMPNS
LATER = 99  # a port: what ends this one is another clock
REPLAYED = ("demo", "talk", "tags", "tunnels", "fragments", "fragments6",
            "ipv6-headers", "lengths", "tcp-half-close", "tcp-reuse")


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


def listening(space, name, text):
    return netspace.until(lambda: text in space.run(name, "ss", "-lntu"))


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
        space.run("client", "curl", "-sk", "-o", "/dev/null", url)
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


def datagrams(space, count, port, gap=0):
    """From as many ports, to where nobody listens."""
    space.run("client", sys.executable, "-c", """
import socket, sys, time
kept = []       # so that no port is chosen twice
for i in range(%d):
    kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    kept[-1].sendto(b"x" * 40, ("10.2.0.2", %d))
    time.sleep(%f)
""" % (count, port, gap))


# --- what is compared

def split(record):
    """What is equal; and times, as the kernel stamps a packet for each
    socket anew where the device does not."""
    same, times = {}, {}
    for name, value in record.items():
        if isinstance(value, str) and value.endswith("Z"):
            times[name] = datetime.datetime.fromisoformat(value[:-1])
        elif name == "reverseFlowDeltaMilliseconds":
            times[name] = datetime.datetime.fromtimestamp(value / 1000)
        elif name not in ("flowId", "ingressInterface"):
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
            "inbound=yes", "--set", "midstream=yes", "--set", "vlan_id=yes")
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
                       if name not in ("flowId", "ingressInterface")},
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
    time.sleep(0.5)
    netspace.stop(dump, signal.SIGINT)
    for i, probe in enumerate(probes):
        drops = stats[i]["interfaces"][0]["kernel_drops"]
        CHECKS.equal(drops, 0, "kernel drops")
        offline = same_records(probe.records(), path,
                               "%d workers" % (i + 1), *SHORT)
    CHECKS.check(len(offline) >= 14, "%d records" % len(offline))
    index = {record.get("ingressInterface") for record in probe.records()}
    number = space.run("router", "cat", "/sys/class/net/r0/ifindex").strip()
    CHECKS.equal(index, {int(number)}, "ingressInterface")
    protocols = {(r.get("destinationTransportPort"),
                  r.get("protocolIdentifier")) for r in offline}
    for port, protocol in ((80, 6), (443, 6), (53, 17), (5201, 6), (9, 17),
                           (7, 17)):
        CHECKS.check((port, protocol) in protocols,
                     "a record of port %d" % port)


def check_silence(space):
    """Timeouts fire without a packet."""
    probe = Probe(space, "router", "-o", "json:-", *SHORT)
    datagrams(space, 3, 9)
    began = time.monotonic()
    CHECKS.check(netspace.until(lambda: len(probe.records()) == 3, PATIENCE),
                 "records without traffic: %d" % len(probe.records()))
    took = time.monotonic() - began
    CHECKS.check(took < PATIENCE, "they took %.1f s" % took)
    stats = probe.end("silence")
    CHECKS.equal(stats["exchanges"]["ended"]["unanswered"]
                 + stats["exchanges"]["ended"]["idle"], 3, "ended in time")


def check_signals(space):
    """SIGUSR1, SIGUSR2, SIGHUP with a good and a broken file, SIGTERM."""
    config = os.path.join(FOLDER, "live.conf")

    def write(text):
        with open(config, "w") as file:
            file.write('outputs = {"json:-"}\nnetworks = {%s}\n%s\n' % (
                ", ".join('"%s"' % n for n in LOCAL.split(",")), text))

    write("udp_idle_timeout = 600")
    probe = Probe(space, "router", "-c", config, networks=None)
    # Some hundred a second while all of it happens.
    sender = space.start(
        "client", sys.executable, "-c", """
import socket, time
for i in range(1500):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x" * 40, ("10.2.0.2", 2000 + i))
    time.sleep(0.0025)
""")
    time.sleep(1)
    probe.send(signal.SIGUSR1)
    probe.says("in exchanges")
    probe.send(signal.SIGUSR2)
    probe.says("every live exchange has got a record")
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
    probe.says("workers is another one, which needs a restart")
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
        CHECKS.check(len(got) >= least, "%d datagrams of %d" % (len(got),
                                                                least))
        CHECKS.equal(got, {i: 1 for i in range(len(got))},
                     "a row of datagrams")
        CHECKS.equal(stats["interfaces"][0]["packets"], len(got),
                     "packets of the interface")


def received(space):
    return int(space.run("router", "cat",
                         "/sys/class/net/r0/statistics/rx_packets"))


def check_refusals(space):
    for arguments, expected in (
            (("-i", "nope0"), "interface nope0: "),
            (("-i", "r0", "-f", "tcp port what"), "interface r0: filter: ")):
        done = subprocess.run(
            space.within("router") + [harness.EXFLOW, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20,
            env=harness.ENVIRONMENT, check=False)
        CHECKS.equal(done.returncode, 1, " ".join(arguments))
        CHECKS.check(expected.encode() in done.stderr,
                     "%s: %s" % (arguments, done.stderr))


def main():
    harness.need_exflow()
    for program in ("tcpdump", "curl", "dig", "dnsmasq", "iperf3", "openssl",
                    "ss"):
        harness.need_program(program)
    netspace.need()
    with netspace.Space("client", "router", "server") as space:
        make_network(space)
        for check in (check_records, check_replayed, check_silence,
                      check_signals, check_outputs, check_vanishing,
                      check_read_before_it_vanished, check_drops,
                      check_stop, check_refusals):
            began = time.monotonic()
            check(space)
            print("%s: %.1f s" % (check.__name__, time.monotonic() - began))
    sys.exit(CHECKS.end())


if __name__ == "__main__":
    main()
