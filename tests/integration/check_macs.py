#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Readers find the hardware addresses that `mac = yes` puts into records.

Captures of several link types hold an exchange each that both sides speak in:
Ethernet, plain and with one and two tags; Linux cooked, which has the sender's
address only, opened by the client and, in the middle, by the server; raw IP,
which has none.  Each reader must show each record's addresses right, and
where there is none, no element, as biflow and as uniflow.
"""
import csv
import glob
import json
import os
import socket
import struct

from check_collectors import Nfacctd, Nfcapd
from check_readers import (EXFLOWDUMP, flatten, flows, output,
                           python_records)
from collectors import PATIENCE, url
from harness import (Checks, exflow, need_exflow, need_program, read_stats,
                     skip, unbalanced, workspace)

try:
    import ipfix.reader  # noqa: F401: check_readers uses it
except ImportError:
    ipfix = None

CLIENT, SERVER = "02:00:00:00:00:c1", "02:00:00:00:00:5e"
ENDS = "10.1.2.3", "192.0.2.1"
START = 1700000000
ETHERNET, COOKED, RAW = 1, 113, 101
SOURCE, DESTINATION = "sourceMacAddress", "destinationMacAddress"
ZERO = "00:00:00:00:00:00"


def octets_of(mac):
    return bytes.fromhex(mac.replace(":", ""))


def datagram(port, back):
    """UDP, or with ACK in the middle of a conversation, TCP."""
    ends = ENDS[::-1] if back else ENDS
    ports = (443, port) if back else (port, 443)
    head = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, 0x10, 8192, 0, 0) \
        if port >= 50000 else struct.pack(">HHHH", *ports, 8, 0)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(head), 0, 0x4000, 64,
                       6 if port >= 50000 else 17, 0) + b"".join(
        socket.inet_aton(end) for end in ends) + head


def frame(link, tags, packet, back):
    macs = (CLIENT, SERVER) if back else (SERVER, CLIENT)  # to, from
    if link == RAW:
        return packet
    if link == COOKED:
        return struct.pack(">HHH", 0, 1, 6) + octets_of(macs[1]) + \
            struct.pack(">HH", 0, 0x0800) + packet
    return b"".join(map(octets_of, macs)) + b"".join(
        struct.pack(">HH", 0x88a8 if n else 0x8100, 7 + n)
        for n in range(tags)) + struct.pack(">H", 0x0800) + packet


# The client's port: link type, tags, does the server speak first, and what
# the record must have.
EXCHANGES = {
    40000: (ETHERNET, 0, False, {SOURCE: CLIENT, DESTINATION: SERVER}),
    40001: (ETHERNET, 1, False, {SOURCE: CLIENT, DESTINATION: SERVER}),
    40002: (ETHERNET, 2, False, {SOURCE: CLIENT, DESTINATION: SERVER}),
    50000: (ETHERNET, 0, True, {SOURCE: CLIENT, DESTINATION: SERVER}),
    40003: (COOKED, 0, False, {SOURCE: CLIENT}),
    50001: (COOKED, 0, True, {DESTINATION: SERVER}),
    40004: (RAW, 0, False, {}),
}


def write_captures(folder):
    """A file for each link type."""
    for link in ETHERNET, COOKED, RAW:
        path = os.path.join(folder, "%d.pcap" % link)
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                   link))
            for port, (its, tags, late, _) in EXCHANGES.items():
                for n, back in enumerate((late, not late)):
                    octets = frame(link, tags, datagram(port, back), back)
                    if its == link:
                        file.write(struct.pack(
                            "<IIII", START, 1000 * (port % 1000) + n,
                            len(octets), len(octets)) + octets)
        yield path


def want(biflow):
    """(source port, destination port) -> addresses."""
    records = {}
    for port, (_, _, _, macs) in EXCHANGES.items():
        records[port, 443] = macs
        if not biflow:
            turned = {SOURCE: macs.get(DESTINATION),
                      DESTINATION: macs.get(SOURCE)}
            records[443, port] = {k: v for k, v in turned.items() if v}
    return records


def compare(checks, found, expected, what):
    found = sorted((ends, sorted(macs.items())) for ends, macs in found)
    expected = sorted((ends, sorted(macs.items()))
                      for ends, macs in expected.items())
    checks.equal(found, expected, what)


def with_zeros(expected):
    """As a reader shows it that shows an address of zeros for none."""
    return {ends: {SOURCE: macs.get(SOURCE, ZERO),
                   DESTINATION: macs.get(DESTINATION, ZERO)}
            for ends, macs in expected.items()}


def taken(record):
    """A record with elements' names: its ports and its addresses."""
    return ((int(record["sourceTransportPort"]),
             int(record["destinationTransportPort"])),
            {name: record[name] for name in (SOURCE, DESTINATION)
             if record.get(name) is not None})


# --- readers of files

def from_ipfixdump(file):
    for block in output("ipfixDump", "--rfc5610", "--in", file).split(
            "--- data record ")[1:]:
        record = {}
        for line in block.splitlines():
            name, _, value = line.rpartition(") ")[2].partition(" : ")
            record[name.strip()] = value.strip()
        if "sourceTransportPort" in record:
            yield taken(record)


def from_tshark(file):
    names = {"cflow.srcport": "sourceTransportPort",
             "cflow.dstport": "destinationTransportPort",
             "cflow.srcmac": SOURCE, "cflow.dstmac": DESTINATION}
    messages = json.loads(output("tshark", "-r", file, "-T", "json"),
                          object_pairs_hook=lambda pairs: pairs)
    for message in messages:
        for flow in flows(message):
            found = flatten(flow, {})
            if "cflow.srcport" in found:
                yield taken({names[name]: values[0]
                             for name, values in found.items()
                             if name in names})


def from_python(file):
    return map(taken, python_records(file))


def from_exflowdump(file):
    for line in output(EXFLOWDUMP, "--json", file).splitlines():
        record = json.loads(line)
        if "sourceTransportPort" in record:
            yield taken(record)


def from_json(file):
    with open(file) as lines:
        for line in lines:
            yield taken(json.loads(line))


def from_tables(folder):
    for name in "tcp_flows.csv", "udp_flows.csv":
        with open(os.path.join(folder, name)) as table:
            for row in csv.DictReader(table):
                yield (int(row["s_port"]), int(row["d_port"])), {
                    name: row[name] for name in (SOURCE, DESTINATION)
                    if row[name]}


# --- collectors

class Nfdump(Nfcapd):
    """nfdump shows the two addresses together or not at all."""

    def found(self, checks):
        for name in glob.glob(self.folder + "/nfcapd.2*"):
            text = output("nfdump", "-q", "-r", name, "-6", "-o",
                          "json").strip().strip("[],\n")
            # Of a file without flows it says that in words.
            for flow in json.loads("[%s]" % text if "{" in text else "[]"):
                yield (flow["src_port"], flow["dst_port"]), {
                    SOURCE: flow.get("in_src_mac", ZERO),
                    DESTINATION: flow.get("in_dst_mac", ZERO)}


class Pmacct(Nfacctd):
    def __init__(self, folder, host):
        super().__init__(folder, host, ())
        path = os.path.join(self.folder, "conf")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace("src_host", "src_mac, dst_mac, src_host"))

    def found(self, checks):
        for line in self.lines():
            flow = json.loads(line)
            yield (flow["port_src"], flow["port_dst"]), {
                SOURCE: flow["mac_src"], DESTINATION: flow["mac_dst"]}


# --- all of them

def run(checks, captures, folder, biflow, *outputs):
    stats = os.path.join(folder, "stats.json")
    arguments = ["-q", "--set", "mac=yes", "--set", "meter=all,midstream",
                 "--set", "biflow=" + biflow, "--set", "columns=extended",
                 "--stats", stats]
    for capture in captures:
        arguments += ["-r", capture]
    for name in outputs:
        arguments += ["-o", name]
    result = exflow(*arguments, timeout=PATIENCE)
    checks.equal((result.code, result.err), (0, ""), "exflow")
    checks.equal(unbalanced(read_stats(stats)), None, "books")


def check_readers(checks, captures, folder, biflow):
    file = os.path.join(folder, "records.ipfix")
    lines = os.path.join(folder, "records.json")
    expected = want(biflow == "yes")
    with Nfdump(folder, "127.0.0.1") as nfdump, \
            Pmacct(folder, "127.0.0.1") as pmacct:
        run(checks, captures, folder, biflow, "ipfix:" + file,
            "json:" + lines, "csv:" + folder,
            url("udp", "127.0.0.1", nfdump.port),
            url("udp", "127.0.0.1", pmacct.port))
    for name, reader in (("ipfixDump", from_ipfixdump),
                         ("tshark", from_tshark), ("python", from_python),
                         ("exflowdump", from_exflowdump)):
        compare(checks, reader(file), expected, name + ", biflow " + biflow)
    compare(checks, from_json(lines), want(True), "json")
    compare(checks, from_tables(folder), want(True), "csv")
    for daemon in nfdump, pmacct:
        compare(checks, daemon.found(checks), with_zeros(expected),
                "%s, biflow %s" % (daemon.command[0], biflow))


def check_without(checks, captures, folder):
    """Nobody asked: no record has one, whatever the capture has."""
    file = os.path.join(folder, "without.ipfix")
    arguments = ["-q", "-o", "ipfix:" + file]
    for capture in captures:
        arguments += ["-r", capture]
    checks.equal(exflow(*arguments).code, 0, "exflow without mac")
    found = list(from_exflowdump(file))
    checks.equal(len(found), 7, "records without mac")
    checks.equal([macs for _, macs in found if macs], [], "without mac")


def main():
    need_exflow()
    if ipfix is None:
        skip("python3-ipfix is not installed")
    for program in "nfcapd", "nfdump", "nfacctd", "ipfixDump", "tshark":
        need_program(program)
    checks = Checks()
    for biflow in "yes", "no":
        folder = workspace()
        captures = list(write_captures(folder))
        check_readers(checks, captures, folder, biflow)
        check_without(checks, captures, folder)
    checks.end()


if __name__ == "__main__":
    main()
