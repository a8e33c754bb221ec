#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Names beside tshark's: SNI, ALPN and versions of TLS and QUIC, host, method
and status of HTTP, question, type and response code of DNS, exchange by
exchange.

The project's captures and, with EXFLOW_CAPTURES, those of it that have names
(EXFLOW_FULL=1: all) are read by both.  What exflow says of an exchange has to
be what tshark says first.  Where they differ, the difference has to fall under
one of the RULES, which are counted.
"""
import collections
import concurrent.futures
import json
import os
import subprocess

import harness
from check_reference import Capture, own_captures, real_captures

CHECKS = harness.Checks()
FULL = bool(os.environ.get("EXFLOW_FULL"))
SAMPLE = ("functional__inputs__http", "functional__inputs__dns",
          "functional__inputs__quic", "quic-go_quic-go", "tls__openjdk",
          "DnsPackets", "ipv6-fragmented-dns", "tcp__timestamp", "mysql__auth",
          "http-range-multiflows", "output-eve-ftp-data", "smb2-ntlmssp",
          "vxlan-encapsulated-http", "gtp-iphone", "dns-inverse-query")
FIELDS = """frame.number frame.protocols frame.len frame.cap_len ip.src ip.dst
ipv6.src ipv6.dst tcp.srcport tcp.dstport udp.srcport udp.dstport tcp.len
ip.reassembled.length ipv6.reassembled.length tls.handshake.type
tls.handshake.extensions_server_name tls.handshake.extensions_alpn_str
tls.handshake.version tls.handshake.extensions.supported_version quic.version
http.host http.request.method http.request.version http.response.code
dns.qry.name dns.qry.type dns.flags.response dns.flags.opcode
dns.flags.rcode""".split()
# An element of exflow, and the layer that tshark has it from.
ELEMENTS = {"sslServerName": "tls", "alpnOffered": "tls",
            "tlsVersionOffered": "tls", "tlsVersionChosen": "tls",
            "quicVersion": "quic", "httpRequestHost": "http",
            "httpRequestMethod": "http", "httpStatusCode": "http",
            "dnsQName": "dns", "dnsQRType": "dns", "dnsResponseCode": "dns"}
RULES = {
    "damaged": "a capture that was damaged on purpose: tshark shows what it "
               "can of a message that contradicts itself, exflow nothing",
    "not metered": "an exchange that exflow has no record of: in a tunnel or "
                   "a link layer that it does not look into",
    "fragment": "tshark puts datagrams together that came in fragments",
    "cut": "the message was not captured whole",
    "later": "not the first octets of its side: STARTTLS, a proxy, the "
             "second message after one of another protocol",
    "server of QUIC": "what the server's hello says in QUIC is not read",
    "group": "mDNS: what a host says later to the group answers others",
    "opcode": "a message of DNS that is no query",
    "no version": "a line that does not end with HTTP/1.x, as of HTTP/0.9",
    "port": "tshark takes a protocol by its port, exflow by its octets",
}


def is_grease(value):
    return value & 0x0f0f == 0x0a0a and value >> 8 == value & 255


class Frame:
    """What tshark says of one, by exflow's elements."""

    def __init__(self, values):
        self.values = values
        self.layers = (self["frame.protocols"] or [""])[0].split(":")

    def __getitem__(self, field):
        return self.values[field]

    def last(self, *names):
        found = [layer for layer in self.layers if layer in names]
        return found[-1] if found else None

    def ends(self):
        """(protocol, sender, receiver) of the innermost; None: not such."""
        network, transport = self.last("ip", "ipv6"), self.last("tcp", "udp")
        try:
            return (transport,
                    (self[network + ".src"][-1],
                     int(self[transport + ".srcport"][-1])),
                    (self[network + ".dst"][-1],
                     int(self[transport + ".dstport"][-1])))
        except (TypeError, IndexError):
            return None

    def numbers(self, field, base=0):
        return [int(value, base) for value in self[field]]

    def names(self):
        """(element, value), in their order."""
        yield from self.tls()
        for version in self.numbers("quic.version"):
            yield "quicVersion", version
        for element, field in (("httpRequestHost", "http.host"),
                               ("httpRequestMethod", "http.request.method")):
            if "udp" not in self.layers:
                for value in self[field]:
                    yield element, value
        if "udp" not in self.layers:
            for value in self.numbers("http.response.code"):
                yield "httpStatusCode", value
        for name in self["dns.qry.name"]:
            yield "dnsQName", "." if name == "<Root>" else name
        for value in self.numbers("dns.qry.type"):
            yield "dnsQRType", value
        if self["dns.flags.response"][:1] in (["1"], ["True"]):
            for value in self.numbers("dns.flags.rcode"):
                yield "dnsResponseCode", value

    def tls(self):
        for name in self["tls.handshake.extensions_server_name"]:
            yield "sslServerName", name
        kinds = self["tls.handshake.type"]
        versions = [value for value in
                    self.numbers("tls.handshake.extensions.supported_version")
                    if not is_grease(value)] or self.numbers(
                        "tls.handshake.version")
        if "1" in kinds:
            if versions:
                yield "tlsVersionOffered", max(versions)
            if self["tls.handshake.extensions_alpn_str"]:
                yield "alpnOffered", ",".join(
                    self["tls.handshake.extensions_alpn_str"])
        elif "2" in kinds and versions:
            yield "tlsVersionChosen", max(versions)


def frames(path):
    arguments = ["tshark", "-n", "-r", path, "-T", "fields", "-E",
                 "occurrence=a", "-E", "aggregator=\x1f", "-E",
                 "separator=/t", "-o", "tcp.reassemble_out_of_order:TRUE"]
    for field in FIELDS:
        arguments += ["-e", field]
    out = subprocess.run(arguments, stdout=subprocess.PIPE, timeout=120,
                         stderr=subprocess.DEVNULL).stdout
    for line in out.decode("utf-8", "replace").splitlines():
        values = line.split("\t")
        if len(values) == len(FIELDS):
            yield Frame({name: value.split("\x1f") if value else []
                         for name, value in zip(FIELDS, values)})


class Exchange:
    """All that tshark says between two ends, and what rules go by."""

    def __init__(self):
        self.values = collections.defaultdict(list)
        self.layers = {}        # of the first payload of each sender
        self.seen = set()       # layers of any packet
        self.later = set()      # of those, what did not come first
        self.marks = set()

    def add(self, frame, protocol, sender):
        octets = protocol == "udp" or frame["tcp.len"][-1:] not in ([], ["0"])
        if octets and sender not in self.layers:
            self.layers[sender] = set(frame.layers)
        self.seen.update(frame.layers)
        for element, value in frame.names():
            layer = ELEMENTS[element]
            if layer not in self.layers.get(sender, ()):
                self.later.add(layer)
            self.values[element].append(
                value.lower() if isinstance(value, str) and
                element in ("dnsQName", "sslServerName", "httpRequestHost")
                else value)
        self.mark(frame)

    def mark(self, frame):
        if frame["ip.reassembled.length"] or frame["ipv6.reassembled.length"]:
            self.marks.add("fragment")
        if frame["frame.len"] != frame["frame.cap_len"]:
            self.marks.add("cut")
        if frame["dns.flags.opcode"] not in ([], ["0"]):
            self.marks.add("opcode")
        if frame["http.request.method"] and not any(
                version.startswith("HTTP/1") for version in
                frame["http.request.version"]):
            self.marks.add("no version")


def told(path):
    exchanges = collections.defaultdict(Exchange)
    for frame in frames(path):
        ends = frame.ends()
        if ends is not None:
            protocol, sender, receiver = ends
            exchanges[protocol, frozenset((sender, receiver))].add(
                frame, protocol, sender)
    return exchanges


def found(path):
    """What exflow says: all records between two ends, and their elements."""
    done = harness.exflow(
        path, "-q", "--names", "tls,quic,http,dns,ja4", "--set", "meter=all",
        "--set", "decapsulate=all", "--set", "quic_rate=0", "-o", "json:-")
    trouble = done.trouble()
    if trouble:
        raise RuntimeError("%s: %s" % (path, trouble))
    exchanges = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in done.out.splitlines():
        record = json.loads(line)
        protocol = {6: "tcp", 17: "udp"}.get(record["protocolIdentifier"])
        if protocol is None:
            continue
        ends = frozenset(
            (record.get(side + "IPv4Address") or
             record.get(side + "IPv6Address"),
             record[side + "TransportPort"])
            for side in ("source", "destination"))
        values = exchanges[protocol, ends]
        for element in ELEMENTS:
            if element in record:
                values[element].append(record[element])
    return exchanges


def unescaped(value):
    """A dot inside of a label is not escaped by tshark."""
    return value.replace("\\.", ".").replace("\\\\", "\\") \
        if isinstance(value, str) else value


def is_same(element, theirs, ours):
    if element == "dnsQName":
        ours = [unescaped(value) for value in ours]
    return theirs[0] == ours[0] and set(ours) <= set(theirs)


def rule(capture, key, element, exchange, known):
    """The name of the rule that a difference falls under, or None."""
    protocol, ends = key
    layer = ELEMENTS[element]
    ports = {port for _, port in ends}
    if capture.damaged:
        return "damaged"
    if not known:
        return "not metered"
    for mark in ("fragment", "cut"):
        if mark in exchange.marks:
            return mark
    if layer in exchange.later:
        return "later"
    if protocol == "udp" and element == "tlsVersionChosen":
        return "server of QUIC"
    if element == "dnsResponseCode" and 5353 in ports:
        return "group"
    if layer == "dns" and "opcode" in exchange.marks:
        return "opcode"
    if layer == "http" and "no version" in exchange.marks:
        return "no version"
    if layer not in exchange.seen:
        return "port"
    return None


class Result:
    def __init__(self, name):
        self.name, self.wrong = name, []
        self.same = collections.Counter()
        self.rules = collections.Counter()


def compare(capture):
    result = Result(capture.name)
    theirs, ours = told(capture.path), found(capture.path)
    for key in set(theirs) | set(ours):
        exchange = theirs[key]
        known = key in ours
        for element in ELEMENTS:
            said = exchange.values.get(element, [])
            say = ours[key][element] if known else []
            if not said and not say:
                continue
            if said and say and is_same(element, said, say):
                result.same[element] += 1
                continue
            name = rule(capture, key, element, exchange, known)
            if name is None:
                result.wrong.append("%s %s %s: tshark %s, exflow %s" % (
                    key[0], sorted(key[1]), element, said[:4], say[:4]))
            else:
                result.rules[name] += 1
    return result


def malformed(folder):
    for top, _, names in sorted(os.walk(os.path.join(folder, "malformed"))):
        for name in sorted(names):
            path = os.path.join(top, name)
            yield Capture(os.path.relpath(path, folder), path, [], None, True)


def captures():
    chosen = own_captures()
    folder = harness.foreign_captures()
    if folder:
        chosen += [capture for capture in real_captures(folder)
                   if FULL or any(word in capture.name for word in SAMPLE)]
        chosen += malformed(folder) if FULL else []
    return [capture for capture in chosen if not capture.refused]


def main():
    harness.need_exflow()
    harness.need_program("tshark")
    same, rules = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(compare, captures()):
            CHECKS.check(not result.wrong, result.name + ":\n" +
                         "\n".join(result.wrong[:20]))
            same += result.same
            rules += result.rules
    for element, count in sorted(same.items()):
        print("%6d %s are the same" % (count, element))
    for name, count in sorted(rules.items()):
        print("%6d %s: %s" % (count, name, RULES[name]))
    for element in ("dnsQName", "httpRequestHost", "httpStatusCode"):
        CHECKS.check(same[element] > 0, "no capture has any " + element)
    CHECKS.end()


if __name__ == "__main__":
    main()
