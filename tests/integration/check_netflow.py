#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What collectors of NetFlow receive is what was measured.

exflow exports the same exchanges as version 9 and as version 5 to nfcapd, to
nfacctd and to a socket of ours, all at once, over IPv4 and over IPv6; tshark
reads what the socket got.  What each of them shows must equal the CSV tables
of the same run, record by record: a record for each side that sent something.
None may have missed a sequence number.

nfacctd knows times of NetFlow in whole seconds, counted back from the header
and so rounded up, and adds up records that are alike in all but the counts.
"""
import collections
import json
import os
import socket
import struct
import subprocess
import threading

from check_collectors import Nfacctd, Nfcapd
from collectors import (DEMO, LOCAL, PATIENCE, compare, expected, only, packet,
                        traffic, url)
from harness import (ENVIRONMENT, Checks, exflow, need_exflow, need_program,
                     read_stats, unbalanced, workspace)

COUNTS = ("packetDeltaCount", "octetDeltaCount", "tcpControlBits")
TIMES = ("flowStartMilliseconds", "flowEndMilliseconds")
NAMES = COUNTS + TIMES + (
    "sourceTransportPort", "destinationTransportPort", "protocolIdentifier",
    "sourceIPv4Address", "destinationIPv4Address", "sourceIPv6Address",
    "destinationIPv6Address")
HEADER = {9: 20, 5: 24}


# --- what must arrive

def one_way(record, reverse):
    """One side's record of a biflow; None where it sent nothing."""
    def value(name):
        return record.get("reverse" + name[0].upper() + name[1:]
                          if reverse else name)

    if not value("packetDeltaCount"):
        return None
    out = {name: record[name.replace("source", "destination") if reverse and
                        "source" in name else
                        name.replace("destination", "source") if reverse
                        else name]
           for name in NAMES if name in record and name not in COUNTS + TIMES}
    out.update({
        "packetDeltaCount": value("packetDeltaCount"),
        "octetDeltaCount": value("octetDeltaCount"),
        "flowStartMilliseconds": value("flowStartMicroseconds") // 1000,
        "flowEndMilliseconds": value("flowEndMicroseconds") // 1000,
    })
    if record["protocolIdentifier"] == 6:
        out["tcpControlBits"] = value("tcpControlBits")
    return out


def uniflow(records):
    sides = [one_way(record, reverse) for record in records
             for reverse in (False, True)]
    return [side for side in sides if side]


def is_ipv4(record):
    return "sourceIPv4Address" in record


def as_pmacct(records):
    """Whole seconds; counts of records that are alike are added up."""
    sums = collections.defaultdict(collections.Counter)
    flags = collections.defaultdict(int)
    for record in records:
        key = dict(record)
        for name in TIMES:
            key[name] = -(-record[name] // 1000) * 1000
        for name in COUNTS:
            key.pop(name, None)
        key = frozenset(key.items())
        for name in COUNTS[:2]:
            sums[key][name] += record[name]
        flags[key] |= record.get("tcpControlBits", 0)
    out = []
    for key, counts in sums.items():
        record = dict(key, **counts)
        if record["protocolIdentifier"] == 6:
            record["tcpControlBits"] = flags[key]
        out.append(record)
    return out


# --- a socket of ours, and tshark

class Sink:
    """A collector whose buffer never overflows; keeps datagrams."""

    def __init__(self, host):
        self.host = host
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # by force
        self.socket.bind((host, 0))
        self.socket.settimeout(PATIENCE)
        self.port = self.socket.getsockname()[1]
        self.datagrams = []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        for octets in iter(lambda: self.socket.recv(65536), b"end"):
            self.datagrams.append(octets)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(self.family, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", (self.host, self.port))
        self.thread.join(PATIENCE)
        self.socket.close()

    def write(self, path):
        """A capture of the datagrams, to port 2055."""
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                   1))
            for octets in self.datagrams:
                _, head, _ = packet(0, ("127.0.0.1", "127.0.0.1"),
                                    (1024, 2055), 17, 0, len(octets))
                octets = head + octets
                file.write(struct.pack("<IIII", 0, 0, len(octets),
                                       len(octets)) + octets)

    def check_sequence(self, checks, version, step):
        """No gap, and a template before any data."""
        due = 0
        for n, octets in enumerate(self.datagrams):
            found, count = struct.unpack(">HH", octets[:4])
            sequence, = struct.unpack(
                ">I", octets[12:16] if version == 9 else octets[16:20])
            checks.equal((found, sequence), (version, due),
                         "datagram %d: version, sequence" % n)
            due = sequence + (count if step == "records" else 1)
            checks.check(count > 0, "datagram %d has no record" % n)
            if version == 9 and n == 0:
                checks.equal(octets[20:22], bytes(2), "templates first")


def tshark(path, *arguments):
    return subprocess.run(
        ["tshark", "-r", path, "-d", "udp.port==2055,cflow"] +
        list(arguments), env=ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, timeout=PATIENCE, check=True).stdout


def from_tshark(flow, boot):
    version = "v6" if "cflow.srcaddrv6" in flow else ""
    family = "6" if version else "4"
    times = flow["cflow.timedelta_tree"]
    record = {
        "sourceIPv%sAddress" % family: flow["cflow.srcaddr" + version],
        "destinationIPv%sAddress" % family: flow["cflow.dstaddr" + version],
        "sourceTransportPort": int(flow["cflow.srcport"]),
        "destinationTransportPort": int(flow["cflow.dstport"]),
        "protocolIdentifier": int(flow["cflow.protocol"]),
        "packetDeltaCount": int(flow["cflow.packets"]),
        "octetDeltaCount": int(flow["cflow.octets"]),
        "flowStartMilliseconds":
            boot + round(float(times["cflow.timestart"]) * 1000),
        "flowEndMilliseconds":
            boot + round(float(times["cflow.timeend"]) * 1000),
    }
    if record["protocolIdentifier"] == 6:
        record["tcpControlBits"] = int(flow["cflow.tcpflags"], 16)
    return record


def flows_of(layer):
    """The flows of a datagram: of version 5 beside its header, of version 9
    in sets."""
    for name, value in layer.items():
        if name.startswith(("pdu ", "Flow ")):
            yield value
        elif name.startswith("FlowSet "):
            yield from flows_of(value)


def tshark_found(checks, sink, path, version):
    sink.write(path)
    text = tshark(path, "-Y", "_ws.expert || _ws.malformed")
    checks.equal(text, b"", "tshark, version %d: it complains" % version)
    found = []
    for frame in json.loads(tshark(path, "-T", "json",
                                   "--no-duplicate-keys")):
        layer = frame["_source"]["layers"]["cflow"]
        checks.equal(int(layer["cflow.version"]), version, "tshark: version")
        boot = int(layer["cflow.timestamp_tree"]["cflow.unix_secs"]) * 1000 \
            - round(float(layer["cflow.sysuptime"]) * 1000)
        found += [from_tshark(flow, boot) for flow in flows_of(layer)]
    return found


# --- the runs

class Readers:
    """The three of one version."""

    def __init__(self, version, host):
        self.version, self.folder = version, workspace()
        self.nfcapd = Nfcapd(self.folder, host)
        self.nfacctd = Nfacctd(self.folder, host, ())
        self.sink = Sink(host)
        self.outputs = []
        for port in self.nfcapd.port, self.nfacctd.port, self.sink.port:
            self.outputs += ["-o", url("netflow%d" % version, host, port)]

    def __enter__(self):
        self.nfcapd.__enter__()
        self.nfacctd.__enter__()
        self.sink.__enter__()
        return self

    def __exit__(self, *_):
        self.sink.__exit__()
        self.nfacctd.__exit__()
        self.nfcapd.__exit__()

    def check(self, checks, want):
        name = "version %d: " % self.version
        step = "records" if self.version == 5 else "datagrams"
        compare(checks, only(self.nfcapd.found(checks), NAMES), want,
                name + "nfcapd")
        compare(checks, only(self.nfacctd.found(checks), NAMES),
                as_pmacct(want), name + "nfacctd")
        self.sink.check_sequence(checks, self.version, step)
        compare(checks, tshark_found(
            checks, self.sink, self.folder + "/sink.pcap", self.version),
                want, name + "tshark")


def run(checks, capture, folder, *arguments):
    """exflow over a capture, to the tables in folder and to what the
    arguments say; the result, the books and the records."""
    stats = os.path.join(folder, "stats.json")
    result = exflow("-q", "-r", capture, "-n", LOCAL, "--set",
                    "columns=extended", "--stats", stats, *arguments,
                    timeout=PATIENCE)
    books = read_stats(stats)
    checks.check(books, "exflow left no statistics: " + result.err)
    checks.check(books and unbalanced(books) is None,
                 "its books do not balance")
    return result, books["outputs"], expected(folder)


def check_books(checks, outputs, exchanges):
    ipv6 = sum(not is_ipv4(record) for record in exchanges)
    for output in outputs:
        version = output["name"].partition(":")[0]
        lost = ipv6 if version == "netflow5" else 0
        got = (output["records_due"], output["delivered"],
               output["lost"]["not_v5"], sum(output["lost"].values()))
        checks.equal(got, (len(exchanges), len(exchanges) - lost, lost, lost),
                     output["name"] + ": due, delivered, not_v5, lost")


def check_host(checks, host, capture):
    folder = workspace()
    with Readers(9, host) as v9, Readers(5, host) as v5:
        result, outputs, exchanges = run(
            checks, capture, folder, "--set", "template_refresh_messages=5",
            "-o", "csv:" + folder, *v9.outputs, *v5.outputs)
    lines = result.err.splitlines()
    checks.equal((result.code, len(lines)), (1, 3), "exflow: " + result.err)
    for line in lines:
        checks.check("netflow5://" in line and "no place for IPv6" in line,
                     "exflow: " + line)
    check_books(checks, outputs, exchanges)
    want = uniflow(exchanges)
    v9.check(checks, want)
    v5.check(checks, [record for record in want if is_ipv4(record)])
    print("%s, %s: %d exchanges, %d records" % (
        os.path.basename(capture), host, len(exchanges), len(want)))


def large(path):
    """5.2 GB from the client in 10 seconds, and an answer."""
    ends, ports = ("10.1.2.3", "192.0.2.9"), (40000, 443)
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for n in range(80001):
            at, octets, length = packet(
                1700000000000000 + n * 125, ends, ports, 17, 0, 65000)
            if n == 80000:
                at, octets, length = packet(at, ends[::-1], ports[::-1], 17,
                                            0, 100)
            file.write(struct.pack("<IIII", at // 1000000, at % 1000000,
                                   len(octets), length) + octets)


def check_large(checks):
    """One record of version 9; of version 5 two that add up."""
    folder = workspace()
    capture = os.path.join(folder, "large.pcap")
    large(capture)
    with Readers(9, "127.0.0.1") as v9, Readers(5, "127.0.0.1") as v5:
        result, outputs, exchanges = run(
            checks, capture, folder, "-o", "csv:" + folder, *v9.outputs,
            *v5.outputs)
    checks.equal((result.code, result.err), (0, ""), "large: exflow")
    check_books(checks, outputs, exchanges)
    want = uniflow(exchanges)
    checks.equal([(r["packetDeltaCount"], r["octetDeltaCount"])
                  for r in want], [(80000, 80000 * 65028), (1, 128)],
                 "large: measured")
    v9.check(checks, want)
    parts = [dict(want[0], packetDeltaCount=40000,
                  octetDeltaCount=40000 * 65028) for _ in range(2)]
    v5.check(checks, parts + want[1:])


def check_balance(checks):
    """Two collectors in sections of their own share the exchanges."""
    folder = workspace()
    capture = os.path.join(folder, "traffic.pcap")
    traffic(capture, 1000)
    config = os.path.join(folder, "exflow.conf")
    with Sink("127.0.0.1") as one, Sink("127.0.0.1") as two:
        with open(config, "w") as file:
            for name, sink in (("one", one), ("two", two)):
                file.write('collector "%s" {\naddress = "%s"\n}\n' % (
                    name, url("netflow9", "127.0.0.1", sink.port)))
            file.write('balance = {"one", "two"}\n'
                       'outputs = {"csv:%s"}\n' % folder)
        checks.equal(exflow("-t", "-c", config).code, 0, "balance: -t")
        result, outputs, exchanges = run(checks, capture, folder, "-c",
                                         config, "--set", "udp_rate=0")
    checks.equal((result.code, result.err), (0, ""), "balance: exflow")
    shares = [o["records_due"] for o in outputs if o["name"] in ("one", "two")]
    checks.equal(sum(shares), len(exchanges), "balance: due")
    checks.check(min(shares) > len(exchanges) / 3, "balance: %s" % shares)
    found = [tshark_found(checks, sink, folder + "/sink.pcap", 9)
             for sink in (one, two)]
    compare(checks, found[0] + found[1], uniflow(exchanges), "balance")


def main():
    need_exflow()
    for program in "nfcapd", "nfdump", "nfacctd", "tshark":
        need_program(program)
    checks = Checks()
    many = os.path.join(workspace(), "traffic.pcap")
    traffic(many)
    for host in "127.0.0.1", "::1":
        for capture in DEMO, many:
            check_host(checks, host, capture)
    check_large(checks)
    check_balance(checks)
    checks.end()


if __name__ == "__main__":
    main()
