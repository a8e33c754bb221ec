#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every shape of a record reads right.

Exchanges of TCP and UDP over IPv4 and IPv6 in which both sides, only the client
or only the server sent something go to a file, to nfcapd and to nfacctd, with
each choice of flag counters.  The records have no element without a value;
tshark has no expert information to give; nfdump and pmacct show what the tables
do.  So do they of an exchange of 5 GB, whose counters need more than 32 bits.

With quality, readers show what they do without; and the figures that a file,
ipfixDump and python3-ipfix show are those of JSON, where unknown ones are left
out.
"""
import glob
import json
import os
import re
import struct
import subprocess

from check_collectors import NFDUMP, PMACCT, Nfacctd, Nfcapd
from check_readers import EPOCH, MICROSECOND, datetime, output
from collectors import (LOCAL, OTHER, PATIENCE, compare, expected,
                        on_the_wire, only, packet, url, write_capture)
from harness import (ENVIRONMENT, Checks, exflow, need_exflow, need_program,
                     read_stats, unbalanced, workspace, SOURCE)
from messages import NAMES, QUALITY, stream, templates

try:
    import ipfix.ie
    import ipfix.reader
except ImportError:
    ipfix = None

ENDS = {4: ("10.1.2.3", "192.0.2.1"), 6: ("fd00:1::1", "2001:db8::1")}
BASES = {(6, 4): 0x101, (17, 4): 0x102, (6, 6): 0x103, (17, 6): 0x104}
IANA = ("Syn", "Fin", "Rst", "Psh", "Ack", "Urg")
BOTH, CLIENT, SERVER = range(3)  # who sends something
TOS = 0xb8, 0x29


def marked(packet, tos):
    """With this type of service, or traffic class."""
    at, octets, length = packet
    head = bytes((octets[14], tos)) if octets[14] >> 4 == 4 else \
        struct.pack(">H", 6 << 12 | tos << 4)
    return at, octets[:14] + head + octets[16:], length


def shapes():
    """Packets of an exchange of each shape."""
    at = 1700000000000000
    for n, (protocol, version) in enumerate(BASES):
        there = ENDS[version]
        for sides in BOTH, CLIENT, SERVER:
            ports = (40000 + 10 * n + sides, 443 if protocol == 6 else 53)
            steps = {BOTH: [(0, 2), (1, 18), (0, 16), (0, 24), (1, 25)],
                     CLIENT: [(0, 2), (0, 16), (0, 24)],
                     SERVER: [(1, 16), (1, 24), (1, 16)]}[sides]
            for server, flags in steps:
                ends = there[::-1] if server else there
                at += 1237
                yield marked(packet(
                    at, ends, ports[::-1] if server else ports, protocol,
                    flags, 700 if flags & 8 else 0), TOS[server])


def large():
    """5 GB from the client in segments of 60,000 octets, as offloading
    shows them, and its answers."""
    at, ports = 1700000000000000, (40000, 443)
    there, back = ENDS[4], ENDS[4][::-1]
    yield packet(at, there, ports, 6, 0x02, 0)
    for n in range(84000):
        yield packet(at + n + 1, there, ports, 6, 0x18, 60000)
        if n % 8 == 0:
            yield packet(at + n + 1, back, ports[::-1], 6, 0x10, 0)


def run(checks, capture, folder, counters, *outputs, settings=()):
    """The records of the tables."""
    stats = os.path.join(folder, "stats.json")
    arguments = ["-q", "-r", capture, "-n", LOCAL, "-o", "csv:" + folder,
                 "--set", "columns=extended", "--stats", stats, "--set",
                 "flag_counters=" + counters, "--set",
                 "meter=all,midstream,other"]
    for setting in settings:
        arguments += ["--set", setting]
    for name in outputs:
        arguments += ["-o", name]
    result = exflow(*arguments, timeout=PATIENCE)
    checks.equal((result.code, result.err), (0, ""), "exflow")
    checks.equal(unbalanced(read_stats(stats)), None, "books")
    return expected(folder)


def with_iana(records, counters):
    """The names of the flag counters that were asked for."""
    for record in records:
        for flag in IANA:
            for name in ("tcp%sPacketDeltaCount", "reverseTcp%s"
                         "PacketDeltaCount"):
                name %= flag
                if name in record and counters != "enterprise":
                    record[name.replace("PacketDelta", "Total")] = record[name]
                if counters == "iana":
                    record.pop(name, None)
        yield record


def check_file(checks, file, want, what):
    with open(file, "rb") as octets:
        found = stream(checks, octets.read())
    # Who the client is was guessed where it sent nothing.
    for record in found:
        checks.equal(record["biflowDirection"],
                     int("flowStartMicroseconds" in record),
                     what + ": biflowDirection")
        for name, value in record.items():
            checks.check(value or "icroseconds" not in name or
                         "Delta" in name, "%s: %s is 0" % (what, name))
    for record in want:
        record.pop("biflowDirection")
    names = {name for record in want for name in record}
    names |= {n for n in NAMES.values() if n.startswith(("tcp", "reverse"))
              and n != "reverseIpClassOfService"}  # see check_classes
    compare(checks, only(found, names), want, what)


def announced(file):
    """The ids of the templates in a file, in their order."""
    found, at = [], 0
    with open(file, "rb") as opened:
        octets = opened.read()
    while at < len(octets):
        end = at + int.from_bytes(octets[at + 2:at + 4], "big")
        at += 16
        while at < end:
            length = int.from_bytes(octets[at + 2:at + 4], "big")
            if octets[at:at + 2] == b"\0\2":
                found += [ident for ident, _ in templates(
                    octets[at + 4:at + length], False)]
            at += length
    return found


def check_classes(checks, file, nfcapd, what):
    """nfdump has one place for the class and its reverse: the client's."""
    with open(file, "rb") as octets:
        for record in stream(checks, octets.read()):
            sent = "flowStartMicroseconds" in record
            checks.equal(record["ipClassOfService"], TOS[0] if sent else 0,
                         what + ": ipClassOfService")
            if "reversePacketDeltaCount" in record:
                checks.equal(record["reverseIpClassOfService"], TOS[1],
                             what + ": reverseIpClassOfService")
    for name in glob.glob(nfcapd.folder + "/nfcapd.2*"):
        for packets, tos in re.findall(
                r'"in_packets" : (\d+),.*?"src_tos" : (\d+),',
                subprocess.run(
                    ["nfdump", "-q", "-r", name, "-o", "json"],
                    env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=PATIENCE,
                    check=True).stdout.decode(), re.S):
            checks.equal(int(tos), TOS[0] if int(packets) else 0,
                         what + ": nfdump: src_tos")


def no_expert(checks, file, what):
    """Of templates with more than 60 elements, as TCP's with both kinds of
    flag counters, tshark needs to be told."""
    text = subprocess.run(
        ["tshark", "-r", file, "-o", "cflow.max_template_fields:200",
         "-Y", "_ws.expert || _ws.malformed"],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        timeout=PATIENCE, check=True).stdout
    checks.equal(text, b"", what + ": tshark complains")


def check_capture(checks, capture, counters, what):
    folder = workspace()
    file = os.path.join(folder, "flows.ipfix")
    with Nfcapd(folder, "127.0.0.1") as nfcapd, \
            Nfacctd(folder, "127.0.0.1") as nfacctd:
        want = run(checks, capture, folder, counters, "ipfix:" + file,
                   url("udp", "127.0.0.1", nfcapd.port),
                   url("udp", "127.0.0.1", nfacctd.port))
    compare(checks, nfcapd.found(checks), only(want, NFDUMP),
            what + ": nfcapd")
    compare(checks, nfacctd.found(checks), only(want, PMACCT),
            what + ": nfacctd")
    check_file(checks, file, list(with_iana(on_the_wire(want), counters)),
               what)
    no_expert(checks, file, what)
    if what != "5 GB":
        check_classes(checks, file, nfcapd, what)
    return file, want


def with_reverse(name):
    return name, "reverse" + name[0].upper() + name[1:]


FIGURES = {n for name in QUALITY.values() for n in with_reverse(name)}
WIDTHS = {"tcpOptionsSeen": 8, "windowScale": 8, "maximumSegmentSize": 16,
          "payloadMinimum": 16, "payloadMaximum": 16,
          "firstPayloadMicroseconds": 64, "lastPayloadMicroseconds": 64}
WIDTHS.update({name: 32 for number, name in QUALITY.items()
               if number in (*range(1011, 1018), *range(1033, 1038))})


def unknown(name, value):
    """All ones, of a TTL 0."""
    plain = name if name in QUALITY.values() else name[7].lower() + name[8:]
    if plain.endswith("Ttl"):
        return value == 0
    return plain in WIDTHS and value == 2 ** WIDTHS[plain] - 1


def known(records):
    """flowId -> the figures that are known."""
    return {record["flowId"]: {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in record.items()
        if name in FIGURES and not unknown(name, value)}
            for record in records}


def from_json(path):
    found = []
    with open(path) as lines:
        for line in lines:
            record = json.loads(line)
            for name, value in record.items():
                if name.endswith("PayloadMicroseconds"):
                    record[name] = (datetime.datetime.strptime(
                        value, "%Y-%m-%dT%H:%M:%S.%fZ") - EPOCH) // MICROSECOND
            found.append(record)
    return known(found)


def by_ipfixdump(file):
    """Numbers only: it shows no fractions of times, and octets its way."""
    found = []
    for block in output("ipfixDump", "--data", "--rfc5610", "--in",
                        file).split("--- data record ")[1:]:
        record = dict(re.findall(r"\t\([\d/]+\) *(\w+) : (\d+)$", block, re.M))
        if "flowId" in record:
            found.append({name: int(text) for name, text in record.items()
                          if not name.endswith("PayloadMicroseconds")})
    return known(found)


def by_python(file):
    ipfix.ie.use_iana_default()
    ipfix.ie.use_5103_default()
    ipfix.ie.use_specfile(os.path.join(SOURCE, "conf", "exflow.iespec"))
    found = []
    with open(file, "rb") as octets:
        for fields in ipfix.reader.from_stream(octets).namedict_iterator():
            if "flowId" not in fields:
                continue
            found.append({
                name: struct.unpack(">8I", value)
                if name.endswith("SizeBins") else value
                for name, value in fields.items()
                if not name.endswith("PayloadMicroseconds")})
    return known(found)


def without(figures, *endings):
    return {flow: {name: value for name, value in of.items()
                   if not name.endswith(endings)}
            for flow, of in figures.items()}


PROFILES = {"flowmon": (39499, {69, 70, 71, 72}), "ntop": (35632, {
    109, 110, 111, 112, 123, 124, 125, 127, 128})}


def check_profile(checks, file, profile):
    """Its elements are in the templates of TCP with both sides."""
    owner, numbers = PROFILES[profile]
    with open(file, "rb") as octets:
        whole = octets.read()
    for number in numbers:
        checks.check(struct.pack(">HHI", 0x8000 | number, 4, owner) in whole,
                     "profile %s lacks %d" % (profile, number))


def check_figures(checks, capture, what, *settings):
    folder = workspace()
    file, lines = folder + "/flows.ipfix", folder + "/flows.json"
    with Nfcapd(folder, "127.0.0.1") as nfcapd, \
            Nfacctd(folder, "127.0.0.1") as nfacctd:
        want = run(checks, capture, folder, "both", "ipfix:" + file,
                   "json:" + lines,
                   url("udp", "127.0.0.1", nfcapd.port),
                   url("udp", "127.0.0.1", nfacctd.port),
                   settings=("quality=yes",) + settings)
    compare(checks, nfcapd.found(checks), only(want, NFDUMP),
            what + ": nfcapd")
    compare(checks, nfacctd.found(checks), only(want, PMACCT),
            what + ": nfacctd")
    with open(file, "rb") as octets:
        found = stream(checks, octets.read())
    figures = from_json(lines)
    checks.check(any(figures.values()), what + ": no figure")
    checks.equal(known(found), figures, what + ": file")
    no_expert(checks, file, what)
    checks.equal(by_ipfixdump(file), without(
        figures, "PayloadMicroseconds", "SizeBins"), what + ": ipfixDump")
    if ipfix is not None:
        checks.equal(by_python(file), without(figures, "PayloadMicroseconds"),
                     what + ": python3-ipfix")
    return file, want


def check_quality(checks, capture):
    file, want = check_figures(checks, capture, "quality")
    checks.equal(
        sorted(announced(file)),
        sorted(0x200 + base + 16 * sides for base in BASES.values()
               for sides in (BOTH, CLIENT, SERVER)),
        "quality: templates, each once and no other")
    for profile in PROFILES:
        file, _ = check_figures(checks, capture, profile,
                                "profile=" + profile)
        check_profile(checks, file, profile)


def main():
    need_exflow()
    for program in "nfcapd", "nfdump", "nfacctd", "tshark":
        need_program(program)
    checks = Checks()
    folder = workspace()
    capture = os.path.join(folder, "shapes.pcap")
    write_capture(capture, shapes())
    for counters in "enterprise", "iana", "both":
        file, want = check_capture(checks, capture, counters, counters)
        checks.equal(len(want), 12, counters + ": records")
        checks.equal(
            sorted(announced(file)),
            sorted(base + 16 * sides for base in BASES.values()
                   for sides in (BOTH, CLIENT, SERVER)),
            counters + ": templates, each once and no other")
    check_quality(checks, capture)
    write_capture(capture, large())
    file, want = check_capture(checks, capture, "both", "5 GB")
    checks.equal([r["octetDeltaCount"] for r in want],
                 [84000 * 60040 + 40], "5 GB: octets")
    checks.equal(announced(file), [0x101], "5 GB: templates")
    others = os.path.join(folder, "other.ipfix")
    run(checks, OTHER, folder, "enterprise", "ipfix:" + others)
    no_expert(checks, others, "other protocols")
    checks.end()


if __name__ == "__main__":
    main()
