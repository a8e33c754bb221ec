#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names in records read right.

Exchanges with names of every kind, over IPv4 and IPv6 and with answers and
without, and exchanges without a name between them, go to a file, to nfcapd and
to nfacctd, alone and with quality, payload, hardware addresses, and as uniflow.
The names that the octets of the file have, those of JSON, CSV, exflowdump,
ipfixDump, python3-ipfix and tshark are the same, and those that were sent.
nfcapd and nfacctd show of every record what they do without names.  (nfacctd
1.7.7 does not print strings of any length, see its issue 604.)
"""
import csv
import glob
import json
import os
import re
import socket
import ssl
import struct
import sys

import harness
import messages
from check_collectors import NFDUMP, PMACCT, Nfacctd, Nfcapd
from check_readers import EXFLOWDUMP, flatten, flows, output
from check_shapes import no_expert
from collectors import PATIENCE, compare, expected, only, url
from harness import (SOURCE, Checks, exflow, foreign_captures, need_exflow,
                     need_program, read_stats, unbalanced, workspace)
from messages import SERVER_NAMES, stream

sys.path.insert(0, harness.OWN_CAPTURES)
import frames  # noqa: E402

try:
    import ipfix.ie
    import ipfix.reader
except ImportError:
    ipfix = None

ENDS = {4: ("10.1.2.3", "192.0.2.1"), 6: ("fd00:1::1", "2001:db8::1")}
SYN, ACK, FIN = 0x02, 0x10, 0x01
HTTP = (b"GET /a/path?with=secrets HTTP/1.1\r\nHost: WWW.Example.com\r\n"
        b"User-Agent: check\r\n\r\n")
HTTP_ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
QUESTION = b"\4name\7example\3org\0\0\x1c\0\1"
ANSWER = struct.pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + QUESTION + \
    struct.pack(">HHHIH", 0xc00c, 28, 1, 300, 16) + bytes.fromhex(
        "20010db8000000000000000000000077")
ASKED = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + QUESTION
NOTHING = b"\0\1\2\3"
TEXTS = messages.TEXTS | {"payload", "reversePayload"}
ZERO = {"silkAppLabel", "serverNameSource", "quicVersion"}
WIDTHS = {"tlsVersionOffered": 16, "tlsVersionChosen": 16, "tlsFlags": 8,
          "httpStatusCode": 16, "dnsQRType": 16, "dnsResponseCode": 8,
          "dnsResolutionMicroseconds": 32}


def hello(name):
    """What a client of OpenSSL sends first."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    sent = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


class Capture:
    def __init__(self):
        self.frames, self.at, self.want = [], 1700000000000000, {}

    def put(self, version, protocol, back, packet):
        ends = ENDS[version][::-1] if back else ENDS[version]
        self.at += 1237
        self.frames.append((self.at, frames.ethernet(
            frames.ip4(*ends, protocol, packet) if version == 4 else
            frames.ip6(*ends, protocol, packet))))

    def tcp(self, version, port, server, sent, answer):
        """With its handshake; answer None: the server never sends."""
        seq = [1000, 5000]
        steps = [(0, SYN, b""), (1, SYN | ACK, b""), (0, ACK, sent),
                 (1, ACK, answer), (0, FIN | ACK, b""), (1, FIN | ACK, b"")]
        for side, flags, octets in steps:
            if side and answer is None:
                continue
            ends = ENDS[version][::-1] if side else ENDS[version]
            ports = (server, port) if side else (port, server)
            self.put(version, 6, side, frames.tcp(
                ends[0], ports[0], ends[1], ports[1], flags, seq[side],
                seq[1 - side] if flags & ACK else 0, octets))
            seq[side] += len(octets) + bool(flags & (SYN | FIN))

    def udp(self, version, port, server, sent, answer):
        for side, octets in enumerate((sent, answer)):
            if octets is None:
                continue
            ends = ENDS[version][::-1] if side else ENDS[version]
            ports = (server, port) if side else (port, server)
            self.put(version, 17, side, frames.udp(
                ends[0], ports[0], ends[1], ports[1], octets))

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                   1))
            for at, frame in self.frames:
                file.write(struct.pack(
                    "<IIII", at // 1000000, at % 1000000, len(frame),
                    len(frame)) + frame)


# kind: protocol, server's port, what is sent, answered, and the texts that
# records must have.
KINDS = (
    ("tcp", 443, hello("www.example.org"), b"\x15\3\3\0\2\2\x28",
     {"serverName": "www.example.org", "sslServerName": "www.example.org",
      "alpnOffered": "h2,http/1.1"}),
    ("tcp", 80, HTTP, HTTP_ANSWER,
     {"serverName": "www.example.com", "httpRequestMethod": "GET",
      "httpRequestTarget": "/a/path"}),
    ("udp", 53, ASKED, ANSWER, {"dnsQName": "name.example.org"}),
    ("tcp", 7777, NOTHING, NOTHING, {}),
    ("udp", 7777, NOTHING, NOTHING, {}),
)


def write_capture(path):
    """(client's port -> texts) of a capture of all kinds."""
    capture, want, port = Capture(), {}, 40000
    for version in 4, 6:
        for protocol, server, sent, answer, texts in KINDS:
            for its_answer in answer, None:
                port += 1
                getattr(capture, protocol)(version, port, server, sent,
                                           its_answer)
                want[port] = texts
    capture.write(path)
    return want


# --- what is known of a record's names

def known(record):
    """Texts that are there, numbers that are not all ones, or 0 of three."""
    names = {}
    for name, value in record.items():
        if name not in SERVER_NAMES.values():
            continue
        if name in TEXTS:
            if value not in ("", b"", "0x"):
                names[name] = value
        elif (value != 0 if name in ZERO else
              value != 2 ** WIDTHS[name] - 1):
            names[name] = value
    return names


def ports_of(record):
    return (int(record["sourceTransportPort"]),
            int(record["destinationTransportPort"]))


def by_ports(records):
    return {ports_of(record): known(record) for record in records}


def from_lines(lines):
    return by_ports([r for r in map(json.loads, lines)
                     if "sourceTransportPort" in r])


def from_tables(folder):
    found = {}
    for name in "tcp_flows.csv", "udp_flows.csv":
        with open(os.path.join(folder, name), newline="") as table:
            for row in csv.DictReader(table):
                found[int(row["s_port"]), int(row["d_port"])] = {
                    name: value if name in TEXTS else int(value)
                    for name, value in row.items()
                    if name in SERVER_NAMES.values() and value != ""}
    return found


def from_ipfixdump(file):
    """It shows octets its own way: payload is left out."""
    found = []
    for block in output("ipfixDump", "--data", "-e", os.path.join(
            SOURCE, "conf", "exflow-elements.xml"), "--in",
                        file).split("--- data record ")[1:]:
        record = {}
        for name, text in re.findall(r"\t\([\d/]+\) *(\w+) : (.*)$", block,
                                     re.M):
            if name in SERVER_NAMES.values() and "ayload" not in name:
                record[name] = re.sub(
                    r"^\(len: \d+\) ?", "", text.strip()) \
                    if name in TEXTS else int(text)
            elif name.endswith("TransportPort"):
                record[name] = text
        if "sourceTransportPort" in record:
            found.append(record)
    return by_ports(found)


def from_python(file):
    ipfix.ie.use_iana_default()
    ipfix.ie.use_5103_default()
    ipfix.ie.use_specfile(os.path.join(SOURCE, "conf", "exflow.iespec"))
    found = []
    with open(file, "rb") as octets:
        for fields in ipfix.reader.from_stream(octets).namedict_iterator():
            if "sourceTransportPort" in fields:
                found.append({
                    name: "0x" + value.hex() if isinstance(
                        value, (bytes, bytearray)) else value
                    for name, value in fields.items()})
    return by_ports(found)


def from_tshark(file):
    """It knows IANA's; of others it shows octets."""
    names = {"cflow.http_request_host": "httpRequestHost",
             "cflow.http_request_target": "httpRequestTarget",
             "cflow.http_request_method": "httpRequestMethod",
             "cflow.http_statuscode": "httpStatusCode",
             "cflow.srcport": "sourceTransportPort",
             "cflow.dstport": "destinationTransportPort"}
    shown = json.loads(
        output("tshark", "-r", file, "-o", "cflow.max_template_fields:0",
               "-T", "json"), object_pairs_hook=lambda pairs: pairs)
    found = []
    for message in shown:
        for flow in flows(message):
            fields = flatten(flow, {})
            if "cflow.srcport" in fields:
                found.append({
                    names[name]: values[0] if names[name] in TEXTS
                    else int(values[0])
                    for name, values in fields.items() if name in names})
    return by_ports(found), set(names.values())


# --- all of them

def run(checks, capture, folder, outputs, settings):
    stats = os.path.join(folder, "stats.json")
    arguments = ["-q", "-r", capture, "--stats", stats, "-o",
                 "csv:" + folder, "--set", "columns=extended",
                 "--set", "meter=all,midstream",
                 "--names", "tls,http,dns,ja4"]
    for setting in settings:
        arguments += ["--set", setting]
    for name in outputs:
        arguments += ["-o", name]
    result = exflow(*arguments, timeout=PATIENCE)
    checks.equal((result.code, result.err), (0, ""), "exflow")
    counts = read_stats(stats)
    checks.equal(unbalanced(counts), None, "books")
    return counts


def less(names, *others):
    return {ports: {name: value for name, value in of.items()
                    if not name.endswith(others)}
            for ports, of in names.items()}


def check_texts(checks, found, want, what):
    """What was sent is among the names of each record."""
    checks.equal(sorted(port for port, _ in found), sorted(want),
                 what + ": records")
    for (port, _), names in found.items():
        for name, text in want[port].items():
            checks.equal(names.get(name), text,
                         "%s: %d: %s" % (what, port, name))
        if not want[port]:
            checks.equal(less({0: names}, "ayload")[0], {},
                         "%s: %d" % (what, port))


def check_file_readers(checks, file, names, what):
    with open(file, "rb") as octets:
        checks.equal(by_ports(stream(checks, octets.read())), names,
                     what + ": octets")
    checks.equal(from_lines(output(EXFLOWDUMP, "--json", file).splitlines()),
                 names, what + ": exflowdump")
    checks.equal(from_ipfixdump(file), less(names, "ayload"),
                 what + ": ipfixDump")
    if ipfix is not None:
        checks.equal(from_python(file), names, what + ": python3-ipfix")
    found, shown = from_tshark(file)
    checks.equal(found, {ports: {n: v for n, v in of.items() if n in shown}
                         for ports, of in names.items()}, what + ": tshark")
    no_expert(checks, file, what)


def check(checks, capture, want, what, *settings):
    folder = workspace()
    file, lines = folder + "/flows.ipfix", folder + "/flows.json"
    with Nfcapd(folder, "127.0.0.1") as nfcapd, \
            Nfacctd(folder, "127.0.0.1") as nfacctd:
        counts = run(checks, capture, folder, (
            "ipfix:" + file, "json:" + lines,
            url("udp", "127.0.0.1", nfcapd.port),
            url("udp", "127.0.0.1", nfacctd.port)), settings)
    records = expected(folder)
    compare(checks, nfcapd.found(checks), only(records, NFDUMP),
            what + ": nfcapd")
    compare(checks, nfacctd.found(checks), only(records, PMACCT),
            what + ": nfacctd")
    with open(lines) as text:
        names = from_lines(text)
    check_texts(checks, names, want, what + ": json")
    checks.equal(from_tables(folder), names, what + ": csv")
    check_file_readers(checks, file, names, what)
    return counts, names


def check_tables(checks, capture, folder):
    """Both programs show names, and addresses where they are asked for."""
    file = folder + "/table.ipfix"
    for number, shown in (False, "www.example.org:443"), \
            (True, "192.0.2.1:443"):
        option = ["-N"] if number else []
        table = exflow(*option, "-r", capture, "--set", "meter=all",
                       "--names", "tls", "-o", "table", "-o",
                       "ipfix:" + file).out
        checks.check(" > %s " % shown in table, "table: %s: %s" % (
            shown, table))
        table = output(EXFLOWDUMP, *option, file)
        checks.check(" > %s " % shown in table, "exflowdump: %s: %s" % (
            shown, table))
        os.remove(file)


def check_uniflow(checks, capture, names):
    """Both halves have the names; payload is each side's own."""
    folder = workspace()
    file = folder + "/flows.ipfix"
    run(checks, capture, folder, ("ipfix:" + file,),
        ("biflow=no", "payload=20"))
    with open(file, "rb") as octets:
        found = by_ports(stream(checks, octets.read()))
    for (port, server), of in names.items():
        there = dict(of)
        answer = there.pop("reversePayload", None)
        checks.equal(found[port, server], there, "uniflow: client")
        if answer is None:
            continue
        there["payload"] = answer
        checks.equal(found[server, port], there, "uniflow: server")


def check_cut(checks, folder):
    """Payload that a message does not hold is cut, and counted."""
    capture, sent = Capture(), bytes(range(256)) * 5
    capture.udp(4, 40000, 7777, sent, sent)
    capture.write(folder + "/long.pcap")
    file = folder + "/cut.ipfix"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        counts = run(checks, folder + "/long.pcap", folder, (
            "ipfix:" + file, url("udp", *collector.getsockname())),
                     ("payload=1400",))
    checks.equal([out["cut"] for out in counts["outputs"]
                  if "udp" in out["name"]], [1], "cut over UDP")
    with open(file, "rb") as octets:
        for record in stream(checks, octets.read()):
            checks.equal(record["payload"], "0x" + sent.hex(),
                         "whole in a file")


def by_flow(records):
    return {record["flowId"]: known(record) for record in records
            if "flowId" in record}


def check_real(checks, captures):
    """The names of captures that nobody here made: the same everywhere."""
    folder, named = workspace(), 0
    file, lines = folder + "/real.ipfix", folder + "/real.json"
    for capture in captures:
        result = exflow("-q", "-r", capture, "--set", "meter=all,midstream",
                        "--set", "payload=64", "--names",
                        "tls,http,dns,ja4", "-o", "ipfix:" + file, "-o",
                        "json:" + lines, timeout=PATIENCE)
        if result.code or not os.path.exists(file):
            continue  # damaged: others check that
        with open(lines) as text:
            names = by_flow(map(json.loads, text))
        with open(file, "rb") as octets:
            checks.equal(by_flow(stream(checks, octets.read())), names,
                         capture + ": octets")
        checks.equal(by_flow(map(json.loads, output(
            EXFLOWDUMP, "--json", file).splitlines())), names,
            capture + ": exflowdump")
        named += sum(len(of) > 0 for of in names.values())
        os.remove(file)
    checks.check(named > 50, "only %d records have names" % named)


def main():
    need_exflow()
    for program in ("nfcapd", "nfdump", "nfacctd", "ipfixDump", "tshark"):
        need_program(program)
    checks = Checks()
    folder = workspace()
    capture = folder + "/names.pcap"
    want = write_capture(capture)
    counts, names = check(checks, capture, want, "names")
    check(checks, capture, want, "names and quality", "quality=yes")
    _, with_payload = check(checks, capture, want, "payload", "payload=20",
                            "mac=yes")
    checks.equal(less(with_payload, "ayload"), names, "payload adds nothing")
    for (port, server), of in with_payload.items():
        checks.equal(of.get("payload", "0x")[:4],
                     {443: "0x16", 80: "0x47", 53: "0x00",
                      7777: "0x00"}[server], "payload of %d" % port)
    check_uniflow(checks, capture, with_payload)
    for out in counts["outputs"]:
        checks.equal(out["cut"], 0, "cut: " + out["name"])
    check(checks, capture, want, "all of it", "payload=1400", "quality=yes",
          "mac=yes", "profile=ntop", "flag_counters=both")
    check_tables(checks, capture, folder)
    check_cut(checks, folder)
    captures = foreign_captures()
    if captures is not None:
        check_real(checks, sorted(glob.glob(captures + "/real/*/*cap*")))
    checks.end()


if __name__ == "__main__":
    main()
