# SPDX-License-Identifier: BSD-2-Clause
"""What the tests with foreign collectors and readers share.

The CSV tables of a run say what was measured; `expected` turns them into
records under the elements' names, as they must arrive.  `traffic` makes a
capture with every kind of exchange, and `Daemon` runs a collector for as long
as a test needs it.
"""
import collections
import contextlib
import csv
import itertools
import os
import random
import signal
import socket
import struct
import subprocess
import time

from harness import (ENVIRONMENT, OWN_CAPTURES, exflow, read_stats,
                     unbalanced)
from messages import NAMES, OWN, QUALITY, SERVER_NAMES

LOCAL = "10.0.0.0/8,fd00::/8"
DEMO = os.path.join(OWN_CAPTURES, "demo.pcap")
OTHER = os.path.join(OWN_CAPTURES, "other.pcap")
FLAGS = ("Fin", "Syn", "Rst", "Psh", "Ack", "Urg", "Ece", "Cwr")
ENDS = {"finished": 1, "reset": 2, "half_closed": 3, "replaced": 4,
        "unanswered": 5, "idle": 6, "active": 7, "evicted": 8,
        "shutdown": 9}
PATIENCE = 60  # seconds, for anything that another process does


def wait_until(condition, what, patience=None):
    """Poll; whatever is waited for here takes milliseconds as a rule."""
    end = time.monotonic() + (patience or PATIENCE)
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain for " + what)
        time.sleep(0.02)


# --- what must arrive

def side(row, letter, reverse):
    """The elements of one side: name -> value."""
    def name(element):
        return "reverse" + element[0].upper() + element[1:] if reverse \
            else element

    out = {
        name("flowStartMicroseconds"): row[letter + "_ts"],
        name("flowEndMicroseconds"): row[letter + "_te"],
        name("packetDeltaCount"): row[letter + "_packs"],
        name("octetDeltaCount"): row[name("octetDeltaCount")],
        name("dataPacketDeltaCount"): row[letter + "_packs_data"],
        "responderOctets" if reverse else "initiatorOctets":
            row[letter + "_bytes"],
    }
    if letter + "_packs_syn" not in row:
        return out
    bits = 0
    for bit, flag in enumerate(FLAGS):
        element = name("tcp%sPacketDeltaCount" % flag)
        count = row.get(element)
        if count is None:
            count = row["%s_packs_%s" % (letter, flag.lower())]
        out[element] = count
        bits |= (count > 0) << bit
    out[name("tcpControlBits")] = bits
    return out


def elements(row, protocol):
    version = 6 if ":" in row["s_ip"] else 4
    out = {
        "sourceIPv%dAddress" % version: row["s_ip"],
        "destinationIPv%dAddress" % version: row["d_ip"],
        "sourceTransportPort": row["s_port"],
        "destinationTransportPort": row["d_port"],
        "protocolIdentifier": protocol,
        "exchangeEnd": ENDS[row["exchangeEnd"]],
        "flowId": row["flowId"],
        "biflowDirection": 1,
    }
    out.update(side(row, "s", False))
    out.update(side(row, "d", True))
    first = min(t for t in (row["s_ts"], row["d_ts"]) if t) // 1000
    last = max(row["s_te"], row["d_te"]) // 1000
    out["flowStartMilliseconds"], out["flowEndMilliseconds"] = first, last
    out["reverseFlowDeltaMilliseconds"] = min(
        max(row["d_ts"] // 1000 - first, 0), last - first)
    first = min(t for t in (row["s_ts"], row["d_ts"]) if t)
    out["reverseFlowDeltaMicroseconds"] = min(
        max(row["d_ts"] - first, 0), max(row["s_te"], row["d_te"]) - first)
    for name in row:
        if name.endswith("TCPFlags"):
            out[name] = row[name]
    return out


TIMES = ("flowStartMicroseconds", "flowEndMicroseconds")


def on_the_wire(records):
    """Without what has no value: a side that sent nothing has no times, no
    first packet, and if it is the server it has no element at all."""
    for record in records:
        gone = ()
        if not record["reversePacketDeltaCount"]:
            gone = [n for n in record if n.startswith("reverse")] + [
                "responderOctets"]
        elif not record["packetDeltaCount"]:
            gone = TIMES + ("initialTCPFlags", "unionTCPFlags")
        yield {k: v for k, v in record.items() if k not in gone}


def expected(folder):
    """The records of a run, from its tables (columns = extended).  Figures of
    quality are times, arrays, or empty, and are left as they are; so are names
    and hardware addresses."""
    text = {"s_ip", "d_ip", "exchangeEnd", "sourceMacAddress",
            "destinationMacAddress"} | set(SERVER_NAMES.values()) | {
        NAMES[OWN, number | reverse] for number in QUALITY
        for reverse in (0, 0x4000) if (OWN, number | reverse) in NAMES}
    records = []
    for table, protocol in (("tcp_flows.csv", 6), ("udp_flows.csv", 17)):
        with open(os.path.join(folder, table)) as file:
            for row in csv.DictReader(file):
                for key in row:
                    if key not in text:
                        row[key] = int(row[key])
                records.append(elements(row, protocol))
    return records


def others():
    """The records of OTHER that are in no table, as make.py has its packets."""
    four, six = ("10.0.0.1", "198.51.100.1"), (
        "2001:db8:1::1", "2001:db8:2::1")
    far = "203.0.113.7"
    records = []
    # flowId, protocol, ends, type and code, start, packets a side, and the
    # octets of one there and back.
    for number, protocol, ends, icmp, start, packets, octets in (
            (1, 1, four, 0x0800, 1000, 2, (84, 84)),
            (3, 1, four, 0x0800, 1050, 2, (84, 84)),
            (9, 58, six, 0x8000, 3000, 1, (80, 80)),
            (12, 1, four[::-1], 0x0303, 4100, 1, (66, 0)),
            (13, 47, (four[0], far), None, 5000, 1, (72, 142)),
            (15, 132, ("10.0.0.2", far), None, 6000, 1, (52, 52)),
            (17, 50, six, None, 7000, 1, (88, 0))):
        row = {"s_ip": ends[0], "d_ip": ends[1], "s_port": 0, "d_port": 0,
               "exchangeEnd": "shutdown", "flowId": number}
        for letter, name, at, size in (
                ("s", "octetDeltaCount", 0, octets[0]),
                ("d", "reverseOctetDeltaCount", 10, octets[1])):
            n = packets if size else 0
            first = (1600000000000 + start + at) * 1000 if size else 0
            row[letter + "_packs"] = row[letter + "_packs_data"] = n
            row[letter + "_bytes"] = n * (size - (40 if ends is six else 20))
            row[letter + "_ts"] = first
            row[letter + "_te"] = first + (packets - 1) * 1000000
            row[name] = n * size
        records.append(elements(row, protocol))
        if icmp is not None:
            records[-1]["icmpTypeCodeIPv%d" % (6 if ends is six else 4)] = icmp
    return records


def bag(records):
    return collections.Counter(frozenset(r.items()) for r in records)


def compare(checks, got, want, what):
    """Two lists of records, in any order, each told apart by all it has."""
    missing, surplus = bag(want) - bag(got), bag(got) - bag(want)
    checks.check(want, what + ": no record to compare")
    checks.equal(len(got), len(want), what + ": records")
    for record in itertools.islice(missing, 3):
        near = max(surplus, key=lambda r: len(r & record), default=frozenset())
        checks.check(False, "%s: of %d, got %s, expected %s" % (
            what, sum(missing.values()), sorted(near - record),
            sorted(record - near)))
    checks.check(not missing and not surplus, "%s: %d missing, %d surplus" % (
        what, sum(missing.values()), sum(surplus.values())))


def only(records, names):
    """What is left of records for a reader that shows no more."""
    return [{k: v for k, v in r.items() if k in names} for r in records]


# --- traffic

def packet(at, ends, ports, protocol, flags, payload):
    """A packet as (time, octets, length on the wire); the payload's octets
    themselves are left out, as by a capture with a small snapshot length."""
    if protocol == 6:
        head = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 8192,
                           0, 0)
    else:
        head = struct.pack(">HHHH", *ports, 8 + payload, 0)
    raw = [socket.inet_pton(
        socket.AF_INET6 if ":" in e else socket.AF_INET, e) for e in ends]
    size = len(head) + payload
    if len(raw[0]) == 4:
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + size, 0, 0x4000,
                         64, protocol, 0, *raw)
        kind = 0x0800
    else:
        ip = struct.pack(">IHBB16s16s", 6 << 28, size, protocol, 64, *raw)
        kind = 0x86dd
    octets = bytes(12) + struct.pack(">H", kind) + ip + head
    return at, octets, len(octets) + payload


def write_capture(path, packets):
    """A pcap file of packets in any order."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, octets, length in sorted(packets):
            file.write(struct.pack("<IIII", at // 1000000, at % 1000000,
                                   len(octets), length) + octets)


def conversation(rng, at, ends, ports, protocol):
    """The packets of one exchange."""
    there, back = (ends, ports), (ends[::-1], ports[::-1])
    ack, psh, urg, ece, cwr = 0x10, 0x08, 0x20, 0x40, 0x80
    steps = []
    if protocol == 17:
        steps += [(there, 0)] * rng.randint(1, 5)
        steps += [(back, 0)] * rng.choice((0, 1, 1, 1, 4))
    elif rng.random() < 0.1:
        steps += [(there, 0x02)] * rng.randint(1, 4)  # unanswered
    elif rng.random() < 0.1:
        steps += [(there, 0x02), (back, 0x14)]  # refused
    else:
        steps += [(there, 0xc2), (back, 0x52), (there, ack)]
        for _ in range(rng.randint(1, 9)):
            steps.append((rng.choice((there, back)), ack | rng.choice(
                (0, psh, psh | urg, ece, cwr))))
        steps += rng.choice((
            [(there, 0x11), (back, 0x11), (there, ack)],
            [(back, 0x11), (there, 0x11), (back, ack)],
            [(there, 0x14)], [(back, 0x04)], [(there, 0x11)], []))
    for (who, which), flags in steps:
        data = protocol == 17 or flags & psh or rng.random() < 0.2
        open_or_close = flags & 0x07
        payload = rng.choice((0, 1, 100, 1400, 60000)) \
            if data and not open_or_close else 0
        yield packet(at, who, which, protocol, flags, payload)
        at += rng.randint(1, 200000)


def traffic(path, exchanges=4000, seed=1):
    """Write a capture.  The exchanges begin one after the other, so that
    they end in every way, while it lasts and with it."""
    rng = random.Random(seed)
    packets = []
    for n in range(exchanges):
        at = 1700000000000000 + n * 500000 + rng.randint(0, 400000)
        low, high = rng.randint(1, 250), rng.randint(1, 250)
        ends = ("10.1.2.%d" % low, "192.0.2.%d" % high) if n % 2 else \
            ("fd00:1::%x" % low, "2001:db8::%x" % high)
        packets += conversation(
            rng, at, ends, (1024 + n, rng.choice((53, 80, 443, 50000))),
            6 if n % 4 < 2 else 17)
    write_capture(path, packets)


# --- running exflow

def export(checks, capture, folder, *outputs, settings=()):
    """Run exflow over a capture to outputs and to tables in folder; gives
    the records.  Of OTHER every protocol is metered."""
    stats = os.path.join(folder, "stats.json")
    arguments = ["-q", "-r", capture, "-n", LOCAL, "-o", "csv:" + folder,
                 "--set", "columns=extended", "--stats", stats]
    for output in outputs:
        arguments += ["-o", output]
    for setting in settings:
        arguments += ["--set", setting]
    if capture == OTHER:
        arguments += ["--set", "meter=all,other"]
    run = exflow(*arguments, timeout=PATIENCE)
    checks.equal((run.code, run.err), (0, ""), "exflow")
    books = read_stats(stats)
    checks.check(books, "exflow left no statistics")
    checks.check(books and not unbalanced(books), "its books do not balance")
    return expected(folder) + (others() if capture == OTHER else [])


# --- collectors

def free_port(host, kind=socket.SOCK_DGRAM):
    """A port to listen on, now or later, or never.  Between then and now nobody
    gets it by chance: it is none of those that the system chooses from for
    connect() and for port 0.  Who connects to such a one, while nobody listens,
    may even meet itself."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        low, high = map(int, file.read().split())
    outside = [*range(10000, low), *range(high + 1, 65536)] or [0]
    for _ in range(100):
        with socket.socket(family, kind) as probe, \
                contextlib.suppress(OSError):
            probe.bind((host, random.choice(outside)))
            return probe.getsockname()[1]
    raise OSError("no port is free")


def send_from_ports(count, address, octets=b"x" * 10):
    """Datagrams, each from a port of its own: so many exchanges.  All ports are
    held until the last one is sent; one after the other the system would give
    the same one twice, by chance."""
    with contextlib.ExitStack() as held:
        for _ in range(count):
            held.enter_context(socket.socket(
                socket.AF_INET, socket.SOCK_DGRAM)).sendto(octets, address)


def url(scheme, host, port):
    return "%s://%s:%d" % (scheme, "[%s]" % host if ":" in host else host,
                           port)


def udp_queue(port):
    """Octets waiting at a local UDP port, None if nobody listens there."""
    for table in "/proc/net/udp", "/proc/net/udp6":
        with contextlib.suppress(FileNotFoundError), open(table) as file:
            for line in file.read().splitlines()[1:]:
                field = line.split()
                if int(field[1].rsplit(":", 1)[1], 16) == port:
                    return int(field[4].split(":")[1], 16)
    return None


class Daemon:
    """A collector on a UDP port: ready inside `with`, ended after it."""

    def __init__(self, command, port, log, stop=signal.SIGTERM, says=""):
        self.command, self.port, self.log = command, port, log
        self.stop, self.says = stop, says

    def alive(self):
        return self.process.poll() is None

    def ready(self):
        """It listens, and said in its log what it says when it is ready."""
        return udp_queue(self.port) is not None and self.says in self.text()

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=ENVIRONMENT, start_new_session=True)
        try:
            wait_until(lambda: not self.alive() or self.ready(),
                       self.command[0])
            if not self.alive():
                raise RuntimeError("%s ended: %s" % (
                    self.command[0], self.text()))
        except Exception:
            self.end(signal.SIGKILL)
            raise
        return self

    def __exit__(self, *_):
        """All that was sent is read before the daemon is told to end."""
        if self.alive():
            wait_until(lambda: not udp_queue(self.port), "an empty queue")
        self.end(self.stop)

    def end(self, how):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE)
        finally:
            # Its plugins are its own processes, in the session made for it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def text(self):
        with open(self.log, errors="replace") as file:
            return file.read()
