#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every reader reads every record right, whatever the settings.

One capture holds an exchange of every shape: IPv4 and IPv6; TCP, UDP, ICMP and
GRE; both sides, only the client, only the server; an opening that was captured
or not; and one of 5 GB.  It is exported as biflow and as uniflow, with each
value of flag_counters, to nfcapd, nfacctd and a file, which tshark, ipfixDump
and python3-ipfix read.  What each of them shows must equal what was put into
the capture: packets, octets, flags, times and direction.

Readers that show whatever a record has must show no element beyond those that
have a value.  The others show 0 where there is none.
"""
import collections
import contextlib
import itertools
import json
import os
import re
import socket
import struct
import subprocess

from check_collectors import (BOTH, PRIMITIVES, Listener, Nfacctd, Nfcapd)
from check_readers import (flatten, flows, from_ipfixdump, output,
                           python_records, tshark_value, whole_seconds)
from collectors import FLAGS, PATIENCE, compare, only, url
from harness import (ENVIRONMENT, Checks, exflow, need_exflow, need_program,
                     read_stats, skip, unbalanced, workspace)
from messages import stream

try:
    import ipfix.reader  # noqa: F401: check_readers uses it
except ImportError:
    ipfix = None

CLIENT, SERVER = 0, 1
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << n for n in range(8))
ICMP, TCP, UDP, GRE, ICMP6 = 1, 6, 17, 47, 58
ECHO = {ICMP: (8, 0), ICMP6: (128, 129)}  # request and reply
GUESSED, INITIATOR, RESPONDER = 0, 1, 2
FINISHED, RESET, SHUTDOWN = 1, 2, 9
TOTALS = ("Syn", "Fin", "Rst", "Psh", "Ack", "Urg")  # that IANA has
START = 1700000000000000


def reverse(name):
    return "reverse" + name[0].upper() + name[1:]


# --- what goes in

class Packet:
    def __init__(self, side, flags, payload, at):
        self.side, self.flags, self.payload = side, flags, payload
        self.at, self.octets = at, 0


class Exchange:
    """What the readers must find; half: of uniflow, what one side sent."""

    def __init__(self, ends, ports, protocol, direction, packets):
        self.ends, self.ports, self.protocol = ends, ports, protocol
        self.direction, self.packets = direction, packets
        self.version = 6 if ":" in ends[0] else 4
        self.type = ECHO[protocol][0] << 8 if protocol in ECHO else None
        self.half = False
        flags = [packet.flags for packet in packets]
        self.end = RESET if any(f & RST for f in flags) else \
            FINISHED if any(f & FIN for f in flags) else SHUTDOWN

    def sent(self, side):
        return [packet for packet in self.packets if packet.side == side]

    def halves(self):
        for side in CLIENT, SERVER:
            if not self.sent(side):
                continue
            turn = -1 if side == SERVER else 1
            half = Exchange(self.ends[::turn], self.ports[::turn],
                            self.protocol, self.direction, [])
            for packet in self.sent(side):
                half.packets.append(Packet(CLIENT, packet.flags,
                                           packet.payload, packet.at))
                half.packets[-1].octets = packet.octets
            if side == SERVER:
                half.type = None
                half.direction *= RESPONDER
            half.half, half.end = True, self.end
            yield half

    def frame(self, packet):
        """The octets of a packet but for its payload; how long it is."""
        there = -1 if packet.side == SERVER else 1
        ends, ports = self.ends[::there], self.ports[::there]
        if self.protocol == TCP:
            head = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, packet.flags,
                               8192, 0, 0)
        elif self.protocol == UDP:
            head = struct.pack(">HHHH", *ports, 8 + packet.payload, 0)
        elif self.protocol in ECHO:
            head = struct.pack(">BBHHH", ECHO[self.protocol][packet.side], 0,
                               0, 77, 1)
        else:
            head = bytes(4)
        size = len(head) + packet.payload
        if self.version == 6:
            ip = struct.pack(">IHBB", 6 << 28, size, self.protocol, 64)
            raw = [socket.inet_pton(socket.AF_INET6, end) for end in ends]
        else:
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64,
                             self.protocol, 0)
            raw = [socket.inet_aton(end) for end in ends]
        octets = bytes(12) + struct.pack(
            ">H", 0x86dd if self.version == 6 else 0x0800) + ip + \
            b"".join(raw) + head
        packet.octets = len(octets) - 14 + packet.payload
        return octets, len(octets) + packet.payload


HANDSHAKE = ((CLIENT, SYN | ECE | CWR, 0), (SERVER, SYN | ACK | ECE, 0),
             (CLIENT, ACK, 0))
TALK = ((CLIENT, ACK | PSH, 100), (SERVER, ACK | PSH | URG, 1400),
        (SERVER, ACK | CWR, 60000), (CLIENT, ACK, 0))
CLOSE = ((SERVER, FIN | ACK, 0), (CLIENT, FIN | ACK, 0), (SERVER, ACK, 0))
ASK, ANSWER = (CLIENT, 0, 60), (SERVER, 0, 200)
SHAPES = (
    (TCP, INITIATOR, HANDSHAKE + TALK + CLOSE),
    (TCP, INITIATOR, HANDSHAKE + ((CLIENT, RST | ACK, 0),)),
    (TCP, GUESSED, TALK),
    (TCP, INITIATOR, ((CLIENT, SYN, 0), (CLIENT, SYN, 0))),
    (TCP, GUESSED, ((CLIENT, ACK | PSH, 10), (CLIENT, ACK, 0))),
    (TCP, INITIATOR, ((SERVER, SYN | ACK, 0),)),
    (TCP, GUESSED, ((SERVER, ACK | PSH, 10), (SERVER, ACK, 0))),
    (UDP, INITIATOR, (ASK, ANSWER, ASK)),
    (UDP, GUESSED, (ANSWER, ASK)),
    (UDP, INITIATOR, (ASK, ASK)),
    (UDP, GUESSED, (ANSWER, ANSWER, ANSWER)),
    (ICMP, INITIATOR, (ASK, ANSWER)),
    (ICMP, INITIATOR, (ASK,)),
    (GRE, INITIATOR, (ASK, ANSWER, ANSWER)),
    (GRE, INITIATOR, (ASK,)),
)
LARGE = ((CLIENT, 0, 65000),) * 80000 + ((SERVER, 0, 65000),) * 67000


def capture(path):
    """Write it; the exchanges that are in it."""
    exchanges, at = [], START
    for ends, shapes in ((("10.1.2.%d", "192.0.2.9"), SHAPES + (
            (UDP, INITIATOR, LARGE),)), (("fd00::%x", "2001:db8::9"), SHAPES)):
        for n, (protocol, direction, steps) in enumerate(shapes, 1):
            if protocol == ICMP and ":" in ends[0]:
                protocol = ICMP6
            packets = []
            for step in steps:
                at += 10 if len(steps) > 100 else 1234
                packets.append(Packet(*step, at))
            ports = (0, 0)
            if protocol in (TCP, UDP):
                ports = (40000 + n, 443 if protocol == TCP else 53)
            exchanges.append(Exchange((ends[0] % n, ends[1]), ports, protocol,
                                      direction, packets))
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for exchange in exchanges:
            for packet in exchange.packets:
                octets, length = exchange.frame(packet)
                file.write(struct.pack(
                    "<IIII", packet.at // 1000000, packet.at % 1000000,
                    len(octets), length) + octets)
    return exchanges


# --- what must come out

def union(packets):
    flags = 0
    for packet in packets:
        flags |= packet.flags
    return flags


def counts_of(exchange, side, counters):
    """The elements of one side that are there even if it sent nothing."""
    packets = exchange.sent(side)
    found = {
        "packetDeltaCount": len(packets),
        "octetDeltaCount": sum(packet.octets for packet in packets),
        "dataPacketDeltaCount": sum(packet.payload > 0 or
                                    exchange.protocol not in (TCP, UDP)
                                    for packet in packets),
    }
    if exchange.protocol == TCP:
        found["tcpControlBits"] = union(packets)
        for bit, flag in enumerate(FLAGS):
            count = sum(packet.flags >> bit & 1 for packet in packets)
            if counters != "iana" or flag not in TOTALS:
                found["tcp%sPacketDeltaCount" % flag] = count
            if counters != "enterprise" and flag in TOTALS:
                found["tcp%sTotalCount" % flag] = count
    return found


def side_of(exchange, side, counters):
    """… and those of a side that sent something."""
    packets = exchange.sent(side)
    found = counts_of(exchange, side, counters)
    found["flowStartMicroseconds"] = packets[0].at
    found["flowEndMicroseconds"] = packets[-1].at
    if exchange.protocol == TCP:
        found["initialTCPFlags"] = packets[0].flags
        found["unionTCPFlags"] = union(packets[1:])
    return found


def payload_of(exchange, side):
    """ICMP's and GRE's headers count as payload."""
    more = {GRE: 4, ICMP: 8, ICMP6: 8}.get(exchange.protocol, 0)
    return sum(packet.payload + more for packet in exchange.sent(side))


def record(exchange, counters):
    """All elements that are compared: name -> value."""
    first = min(packet.at for packet in exchange.packets)
    last = max(packet.at for packet in exchange.packets)
    found = {
        "sourceIPv%dAddress" % exchange.version: exchange.ends[CLIENT],
        "destinationIPv%dAddress" % exchange.version: exchange.ends[SERVER],
        "sourceTransportPort": exchange.ports[CLIENT],
        "destinationTransportPort": exchange.ports[SERVER],
        "protocolIdentifier": exchange.protocol,
        "biflowDirection": exchange.direction,
        "exchangeEnd": exchange.end,
        "flowStartMilliseconds": first // 1000,
        "flowEndMilliseconds": last // 1000,
    }
    found.update((side_of if exchange.sent(CLIENT) else counts_of)(
        exchange, CLIENT, counters))
    if exchange.type is not None:
        found["icmpTypeCodeIPv%d" % exchange.version] = exchange.type
    if not exchange.half:
        found["initiatorOctets"] = payload_of(exchange, CLIENT)
    if not exchange.sent(SERVER):
        return found
    for name, value in side_of(exchange, SERVER, counters).items():
        found[reverse(name)] = value
    found["responderOctets"] = payload_of(exchange, SERVER)
    server = exchange.sent(SERVER)[0].at
    found["reverseFlowDeltaMilliseconds"] = server // 1000 - first // 1000
    found["reverseFlowDeltaMicroseconds"] = server - first
    return found


def with_zeros(records, names):
    """For a reader that shows 0 where there is no element."""
    return [dict({name: 0 for name in names}, **entry) for entry in records]


# --- the readers

NFDUMP = BOTH + ("icmpTypeCodeIPv4", "icmpTypeCodeIPv6",
                 "reversePacketDeltaCount", "reverseOctetDeltaCount")
OF_PMACCT = tuple(
    (name, number) for name, number in PRIMITIVES
    if name not in ("flowId", "initiatorOctets", "responderOctets")) + (
        ("biflowDirection", "239"),)


def as_nfdump(records):
    wanted = with_zeros(records, ("reversePacketDeltaCount",
                                  "reverseOctetDeltaCount"))
    for entry in wanted:
        if entry["protocolIdentifier"] in ECHO:
            entry.setdefault("icmpTypeCodeIPv%d" % (
                4 if "sourceIPv4Address" in entry else 6), 0)
    return only(wanted, NFDUMP)


def as_pmacct(records):
    names = [name for name, _ in OF_PMACCT]
    return only(with_zeros(records, names), BOTH + tuple(names))


def sums(records):
    found = collections.Counter()
    for entry in records:
        for name in ("packetDeltaCount", "octetDeltaCount"):
            found[name] += entry.get(name, 0) + entry.get(reverse(name), 0)
    return found["packetDeltaCount"], found["octetDeltaCount"]


def check_nfdump_totals(checks, nfcapd, records, what):
    """nfdump's own sums, and the numbers of its lines."""
    text = subprocess.run(
        ["nfdump", "-N", "-6", "-R", nfcapd.folder, "-o", "line"],
        env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=PATIENCE,
        check=True).stdout.decode()
    found = re.search(r"total flows: (\d+), total bytes: (\d+), "
                      r"total packets: (\d+)", text)
    checks.check(found, what + ": no sums in " + text)
    packets, octets = sums(records)
    if found:
        checks.equal([int(n) for n in found.groups()],
                     [len(records), octets, packets],
                     what + ": flows, octets, packets in all")
    lines = collections.Counter()
    for line in text.splitlines():
        row = re.search(r" (\d+) +(\d+) +(\d+)$", line)
        if row and "->" in line:
            lines += {"packets": int(row[1]), "octets": int(row[2])}
    checks.equal((lines["packets"], lines["octets"]), (packets, octets),
                 what + ": sums of its lines")


# The elements in the order of a record, with tshark's names where it has some.
def pair(name, field):
    return ((name, field), (reverse(name), field))


PRIVATE = "cflow.enterprise_private_entry"
MICROSECONDS = ("flowStartMicroseconds", "flowEndMicroseconds")
ORDER = (
    ("sourceIPv4Address", "cflow.srcaddr"),
    ("destinationIPv4Address", "cflow.dstaddr"),
    ("sourceIPv6Address", "cflow.srcaddrv6"),
    ("destinationIPv6Address", "cflow.dstaddrv6"),
    ("sourceTransportPort", "cflow.srcport"),
    ("destinationTransportPort", "cflow.dstport"),
    ("protocolIdentifier", "cflow.protocol"),
    ("icmpTypeCodeIPv4", "cflow.icmp_type_code_ipv4"),
    ("flowStartMicroseconds", "cflow.abstimestart"),
    ("flowEndMicroseconds", "cflow.abstimeend"),
    ("reverseFlowStartMicroseconds", "cflow.abstimestart"),
    ("reverseFlowEndMicroseconds", "cflow.abstimeend"),
    ("flowStartMilliseconds", "cflow.abstimestart"),
    ("flowEndMilliseconds", "cflow.abstimeend"),
    ("reverseFlowDeltaMilliseconds", PRIVATE),
    ("reverseFlowDeltaMicroseconds", PRIVATE),
    ("octetDeltaCount", "cflow.octets"),
    ("packetDeltaCount", "cflow.packets"),
    ("reverseOctetDeltaCount", "cflow.octets"),
    ("reversePacketDeltaCount", "cflow.packets"),
    ("initiatorOctets", "cflow.initiator_octets"),
    ("responderOctets", "cflow.responder_octets"),
) + pair("dataPacketDeltaCount", PRIVATE) + tuple(itertools.chain(*(
    pair("tcp%sPacketDeltaCount" % flag, PRIVATE)
    for flag in ("Ack", "Syn", "Rst", "Fin", "Urg", "Psh", "Ece", "Cwr")))) + (
    ("exchangeEnd", PRIVATE),
) + tuple(itertools.chain(*(
    pair("tcp%sTotalCount" % flag, "cflow.total_tcp_" + flag.lower())
    for flag in TOTALS))) + (
    ("initialTCPFlags", PRIVATE), ("unionTCPFlags", PRIVATE),
    ("reverseInitialTCPFlags", PRIVATE), ("reverseUnionTCPFlags", PRIVATE),
    ("reverseTcpControlBits", "cflow.tcpflags"),
    ("tcpControlBits", "cflow.tcpflags"),
    ("biflowDirection", "cflow.biflow_direction"),
)
VOCABULARY = {name for name, _ in ORDER} | {"icmpTypeCodeIPv6"}
CERT = {name for name in VOCABULARY
        if "TCPFlags" in name or name.startswith("reverseFlowDelta")}


def key(entry):
    """What tells the records of this capture apart."""
    return tuple(entry.get(name) for name in (
        "sourceIPv4Address", "sourceIPv6Address", "destinationIPv4Address",
        "destinationIPv6Address", "sourceTransportPort",
        "protocolIdentifier"))


def from_tshark(flow, wanted, checks):
    """Names by their order: tshark has one for several elements."""
    found, named = flatten(flow, {}), {}
    for name, field in ORDER:
        if field in found and name in ("sourceIPv4Address",
                                       "sourceIPv6Address",
                                       "destinationIPv4Address",
                                       "destinationIPv6Address",
                                       "sourceTransportPort",
                                       "protocolIdentifier"):
            named[name] = tshark_value(name, found[field][0])
    names = wanted.get(key(named))
    if not checks.check(names, "tshark: nobody sent %s" % named):
        return named
    left = {field: list(values) for field, values in found.items()}
    for name, field in ORDER:
        if name in names and left.get(field):
            text = left[field].pop(0)
            named[name] = int(text.replace(":", ""), 16) \
                if field == PRIVATE else tshark_value(name, text)
    for field in {field for _, field in ORDER}:
        checks.check(not left.get(field), "tshark: more of %s in %s" % (
            field, named))
    if "cflow.icmp_ipv6_type" in found:
        named["icmpTypeCodeIPv6"] = int(found["cflow.icmp_ipv6_type"][0]) << 8
    return named


def tshark(file, *arguments):
    """Both kinds of flag counters are more fields than it takes by itself."""
    return output("tshark", "-r", file, "-o", "cflow.max_template_fields:100",
                  *arguments)


def check_tshark(checks, file, records, what):
    text = tshark(file, "-Y", "_ws.expert || _ws.malformed")
    checks.equal(text, "", what + ": it complains")
    wanted = {key(entry): set(entry) for entry in records}
    checks.equal(len(wanted), len(records), what + ": keys")
    messages = json.loads(tshark(file, "-T", "json"),
                          object_pairs_hook=list)
    found = [from_tshark(flow, wanted, checks) for message in messages
             for flow in flows(message)]
    compare(checks, found, records, what)


def check_file(checks, file, records, what):
    """Readers that show whatever there is, and must show nothing else."""
    with open(file, "rb") as octets:
        compare(checks, only(stream(checks, octets.read()), VOCABULARY),
                records, what + "by hand")
    check_tshark(checks, file, records, what + "tshark")
    compare(checks, only(python_records(file), VOCABULARY), records,
            what + "python3-ipfix")
    names = VOCABULARY - CERT  # libfixbuf's own model lacks these
    compare(checks, only(from_ipfixdump(output(
        "ipfixDump", "--data", "--rfc5610", "--in", file)), names),
            only(whole_seconds(records), names), what + "ipfixDump")


# --- the settings

def check_books(checks, stats, exchanges, records, what):
    books = read_stats(stats)
    checks.check(books and unbalanced(books) is None,
                 what + "the books do not balance")
    split = records - exchanges
    for out in books["outputs"] if books else ():
        checks.equal((out["records_due"], out["split"], out["delivered"]),
                     (records, split, records),
                     what + out["name"] + ": due, split, delivered")


def check_settings(checks, path, exchanges, counters, biflow):
    what = "flag_counters = %s, biflow = %s: " % (counters, biflow)
    folder = workspace()
    file, stats = folder + "/flows.ipfix", folder + "/stats.json"
    shown = exchanges if biflow == "yes" else [
        half for exchange in exchanges for half in exchange.halves()]
    records = [record(exchange, counters) for exchange in shown]
    with Nfcapd(folder, "127.0.0.1") as nfcapd, \
            Nfacctd(folder, "127.0.0.1", OF_PMACCT) as nfacctd:
        run = exflow("-q", "-r", path, "--set", "meter=all,other", "--set",
                     "flag_counters=" + counters, "--set",
                     "biflow=" + biflow, "--stats", stats, "-o",
                     "ipfix:" + file, "-o",
                     url("udp", "127.0.0.1", nfcapd.port), "-o",
                     url("udp", "127.0.0.1", nfacctd.port), timeout=PATIENCE)
    checks.equal((run.code, run.err), (0, ""), what + "exflow")
    check_books(checks, stats, len(exchanges), len(records), what)
    compare(checks, nfcapd.found(checks), as_nfdump(records), what + "nfcapd")
    if biflow == "no":
        check_nfdump_totals(checks, nfcapd, records, what + "nfdump")
    found = nfacctd.found(checks)
    compare(checks, found, as_pmacct(records), what + "nfacctd")
    checks.equal(sums(found), sums(records), what + "nfacctd: sums")
    check_file(checks, file, records, what)
    return sums(records)


SECTIONS = """collector "halves" {
        address = "%(halves)s"
        biflow = no
        spool_dir = "%(folder)s/spool"
        shutdown_timeout = 1
}
collector "whole" {
        address = "%(whole)s"
}
archive "halves too" {
        path = "%(folder)s/archive.ipfix"
        biflow = no
        rotate = 0
}
outputs = {"ipfix:%(folder)s/whole.ipfix"}
meter = {all, other}
"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check_sections(checks, path, exchanges):
    """Each output has a value of its own; what waits in a spool has the
    counts of the records that come back."""
    folder, stats = workspace(), workspace() + "/stats.json"
    whole = [record(exchange, "enterprise") for exchange in exchanges]
    halves = [record(half, "enterprise") for exchange in exchanges
              for half in exchange.halves()]
    config = folder + "/exflow.conf"
    away = Listener("127.0.0.1")
    away.socket.close()
    for there in False, True:
        first = Listener("127.0.0.1", away.port if there else 0)
        with Listener("127.0.0.1") as second, \
                first if there else contextlib.nullcontext():
            with open(config, "w") as file:
                file.write(SECTIONS % {
                    "folder": folder,
                    "halves": url("tcp", "127.0.0.1", away.port),
                    "whole": url("tcp", "127.0.0.1", second.port)})
            run = exflow("-q", "-r", path, "-c", config, "--stats", stats,
                         timeout=PATIENCE)
        what = "collector is %s: " % ("back" if there else "away")
        checks.equal(run.code, 0 if there else 1, what + run.err)
        books = {out["name"]: out for out in read_stats(stats)["outputs"]}
        checks.check(unbalanced(read_stats(stats)) is None, what + "books")
        n, of = len(halves), books["halves"]
        checks.equal([of[name] for name in (
            "records_due", "split", "recovered", "in_spool", "delivered")],
                     [n, n - len(whole)] + ([n, 0, 2 * n] if there else
                                            [0, n, 0]), what + "counts")
        checks.equal([books[name]["delivered"] for name in (
            "whole", "halves too", "ipfix:%s/whole.ipfix" % folder)],
                     [len(whole), n, len(whole)], what + "delivered")
        compare(checks, only(stream(checks, second.octets), VOCABULARY),
                whole, what + "whole")
    compare(checks, only(stream(checks, first.octets), VOCABULARY),
            2 * halves, "halves, from the spool and at once")
    compare(checks, only(stream(checks, read(folder + "/archive.ipfix")),
                         VOCABULARY), halves, "the archive")
    compare(checks, only(stream(checks, read(folder + "/whole.ipfix")),
                         VOCABULARY), whole, "the file")


def main():
    need_exflow()
    for program in "nfcapd", "nfdump", "nfacctd", "tshark", "ipfixDump":
        need_program(program)
    if ipfix is None:
        skip("python3-ipfix is not installed")
    checks = Checks()
    path = os.path.join(workspace(), "shapes.pcap")
    exchanges = capture(path)
    totals = {check_settings(checks, path, exchanges, counters, biflow)
              for counters in ("enterprise", "iana", "both")
              for biflow in ("yes", "no")}
    checks.equal(len(totals), 1, "both halves add up to the whole")
    check_sections(checks, path, exchanges)
    checks.end()


if __name__ == "__main__":
    main()
