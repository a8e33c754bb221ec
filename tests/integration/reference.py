#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A second meter: the rules of exchanges, written from the page alone.

tshark takes the headers apart, this file does the counting; nothing is
shared with exflow.  Slow and plain on purpose: it is the check, not the
program.  By hand:

    reference.py [-n CIDR[,CIDR]] [--set NAME=VALUE] CAPTURE

prints the rows of both tables and the unmatched packets by reason.  The rules
are in reference_meter.py.
"""
import argparse
import os
import subprocess
import sys
import tempfile

from reference_meter import (OPTIONS, REASONS, SECOND, TCP, UDP, Meter,
                             Segment, Unmatched)

ANY = "0.0.0.0/0,::/0"
# Times are told apart up to 2554, a day's timeout before the end of 64 bits.
LAST = (1 << 64) - 1 - 100000 * SECOND
TCP_HEADER = (
    "s_ip,s_port,d_ip,d_port,s_packs,s_bytes,s_packs_data,s_packs_ack,"
    "s_packs_syn,s_packs_rst,s_packs_fin,s_packs_urg,s_packs_psh,s_ts,s_te,"
    "d_packs,d_bytes,d_packs_data,d_packs_ack,d_packs_syn,d_packs_rst,"
    "d_packs_fin,d_packs_urg,d_packs_psh,d_ts,d_te")
UDP_HEADER = ("s_ip,s_port,d_ip,d_port,s_packs,s_bytes,s_packs_data,s_ts,"
              "s_te,d_packs,d_bytes,d_packs_data,d_ts,d_te")

# --- headers: what tshark says of a frame

# tshark dissects these and nothing else, so that no guess about what a
# payload may be hides or repeats a header.
PROTOCOLS = """frame eth ethertype vlan ieee8021ad ieee8021ah cmd cfp vntag
etag hsr prp mpls pwethheuristic pwethnocw pwethcw pppoes ppp ppp_hdlc sll
null raw chdlc wlan radiotap wlan_radio wlan_aggregate llc nflog ppi pktap
pflog juniper ipoib brcm-tag ip ipv6 ipv6.hopopts ipv6.routing ipv6.dstopts
ipv6.fraghdr ah shim6 hip mip6 tcp udp icmp icmpv6 gre erspan vxlan geneve
gtp teredo data""".split()
PREFERENCES = ["tcp.analyze_sequence_numbers:FALSE",
               "tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE",
               "ipv6.defragment:FALSE", "ipv6.tso_support:TRUE",
               "wlan.enable_decryption:FALSE", "eth.fcs:Never"]
FIELDS = """frame.number frame.encap_type frame.time_epoch frame.len frame.cap_len
frame.protocols vlan.id ieee8021ad.id pppoe.payload_length
ip.version ip.hdr_len ip.len ip.id ip.flags.mf ip.frag_offset ip.proto
ip.src ip.dst ip.ttl ip.dsfield ip.flags.df
ipv6.hlim ipv6.tclass ipv6.version ipv6.plen ipv6.nxt ipv6.src ipv6.dst ipv6.opt.jumbo
ipv6.hopopts.nxt ipv6.hopopts.len_oct ipv6.routing.nxt ipv6.routing.len_oct
ipv6.dstopts.nxt ipv6.dstopts.len_oct ipv6.fraghdr.nxt ipv6.fraghdr.offset
ipv6.fraghdr.more ipv6.fraghdr.ident ah.next_header ah.length
tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.hdr_len tcp.flags
tcp.window_size_value tcp.options
udp.srcport udp.dstport udp.length data.data vxlan.vni geneve.vni gtp.teid
gre.key mip6.proto
mip6.hlen hip.proto hip.hdr_len shim6.nxt shim6.len_oct icmp.type icmp.ident
icmpv6.type icmpv6.echo.identifier""".split()
TUNNELS = {"ip": "ipip", "ipv6": "6in4", "gre": "gre", "erspan": "erspan",
           "vxlan": "vxlan", "geneve": "geneve", "gtp": "gtpu",
           "teredo": "teredo"}


class Tshark:
    """tshark with a configuration of its own, which it forgets again."""

    def __init__(self, without=()):
        self.home = tempfile.TemporaryDirectory(prefix="exflow-tshark-")
        self.without = without
        folder = os.path.join(self.home.name, "wireshark")
        os.mkdir(folder)
        known = self._run(["-G", "protocols"]).splitlines()
        names = [line.split("\t")[2] for line in known if "\t" in line]
        with open(os.path.join(folder, "disabled_protos"), "w") as file:
            file.writelines(n + "\n" for n in names
                            if n not in PROTOCOLS or n in without)
        self.plain = None if without else Tshark(("tcp", "udp"))

    def _run(self, arguments):
        environment = dict(os.environ, XDG_CONFIG_HOME=self.home.name,
                           HOME=self.home.name, TZ="UTC", LC_ALL="C")
        return subprocess.run(["tshark"] + arguments, env=environment,
                              stdout=subprocess.PIPE, timeout=120,
                              stderr=subprocess.DEVNULL).stdout.decode(
                                  "utf-8", "replace")

    def frames(self, path):
        """A dict of field -> list of values for each frame."""
        arguments = ["-n", "-r", path, "-T", "fields", "-E", "occurrence=a",
                     "-E", "aggregator=;", "-E", "separator=/t"]
        for preference in PREFERENCES:
            arguments += ["-o", preference]
        for field in FIELDS:
            arguments += ["-e", field]
        frames = []
        for line in self._run(arguments).splitlines():
            values = line.split("\t")
            # Blocks of pcapng that are no packets have no link type.
            if len(values) == len(FIELDS) and values[1]:
                frames.append({name: value.split(";") if value else []
                               for name, value in zip(FIELDS, values)})
        if self.plain is not None:
            self.add_octets(path, frames)
        return frames

    def add_octets(self, path, frames):
        """What tshark does not say of a header that is cut: its octets."""
        cut = [i for i, frame in enumerate(frames)
               if is_cut(frame, "tcp", "tcp.flags") or
               is_cut(frame, "udp", "udp.length")]
        if not cut:
            return
        plain = self.plain.frames(path)
        for i in cut:
            frames[i]["octets"] = plain[i]["data.data"]


def is_cut(frame, layer, field):
    layers = frame["frame.protocols"][0].split(":") \
        if frame["frame.protocols"] else []
    return layer in layers and not frame[field]


def timestamp(frame):
    """Nanoseconds; None for a packet without a time (pcapng)."""
    if not frame["frame.time_epoch"]:
        return None
    seconds, _, fraction = frame["frame.time_epoch"][0].partition(".")
    return min(int(seconds) * SECOND + int((fraction + "0" * 9)[:9]), LAST)


class Headers:
    """The headers of a frame from the outermost to the innermost.

    tshark lists the values of a field in the order of the headers that have
    it, so that each header takes the next one.
    """

    def __init__(self, frame):
        self.values = {name: list(values) for name, values in frame.items()}
        self.layers = (frame["frame.protocols"] or [""])[0].split(":")

    def text(self, field):
        return self.values[field].pop(0) if self.values[field] else None

    def number(self, field):
        text = self.text(field)
        if text in ("True", "False"):
            return int(text == "True")
        return None if text is None else int(text, 0)

    def need(self, field):
        value = self.number(field)
        if value is None:
            raise Unmatched("truncated_header")
        return value

    def octets(self):
        """Of a transport header that is cut."""
        return bytes.fromhex(self.values.get("octets", [""])[-1:][0]
                             if self.values.get("octets") else "")

    def ip(self, start=0):
        """The place of the first IP header from there on."""
        for i in range(start, len(self.layers)):
            if self.layers[i] in ("ip", "ipv6"):
                return i
        return None


def ipv4(headers, segment):
    """Octets of IP payload; sets what a fragment is."""
    version = headers.need("ip.version")
    header = headers.need("ip.hdr_len")
    if version != 4 or header < 20:
        raise Unmatched("malformed")
    total = headers.need("ip.len")
    if total < header:
        raise Unmatched("malformed")
    identity = headers.number("ip.id")
    more = headers.number("ip.flags.mf") or 0
    offset = headers.number("ip.frag_offset") or 0
    protocol = headers.number("ip.proto")
    source, dest = headers.text("ip.src"), headers.text("ip.dst")
    segment.hops, segment.service = headers.number("ip.ttl"), headers.number(
        "ip.dsfield")
    segment.identity = identity
    segment.whole = headers.number("ip.flags.df") == 1
    segment.size = total
    if None in (protocol, dest):
        raise Unmatched("truncated_header")
    segment.protocol, segment.source, segment.dest = protocol, source, dest
    if more or offset:
        segment.piece = (source, dest, identity, protocol)
    segment.start, segment.last = offset * 8, not more
    return total - header


EXTENSIONS = {0: "ipv6.hopopts", 43: "ipv6.routing", 60: "ipv6.dstopts",
              44: "ipv6.fraghdr", 51: "ah", 135: "mip6", 139: "hip",
              140: "shim6"}


def ipv6(headers, segment):
    if headers.need("ipv6.version") != 6:
        raise Unmatched("malformed")
    left, upper = headers.need("ipv6.plen"), headers.need("ipv6.nxt")
    segment.source = headers.text("ipv6.src")
    segment.dest = headers.text("ipv6.dst")
    if segment.dest is None:
        raise Unmatched("truncated_header")
    segment.hops = headers.number("ipv6.hlim")
    segment.service = headers.number("ipv6.tclass")
    jumbo = headers.number("ipv6.opt.jumbo")
    left = left if jumbo is None else jumbo
    segment.size = 40 + left
    walked = 0
    while upper in EXTENSIONS and not segment.start:
        name = EXTENSIONS[upper]
        walked += 1
        if left < 8 or walked > 32:
            raise Unmatched("malformed")
        if name == "ah":
            upper = headers.need("ah.next_header")
            octets = (headers.need("ah.length") + 2) * 4
        elif name in ("mip6", "hip"):
            upper = headers.need(name + ".proto")
            field = "mip6.hlen" if name == "mip6" else "hip.hdr_len"
            octets = (headers.need(field) + 1) * 8
        elif name == "ipv6.fraghdr":
            upper = headers.need("ipv6.fraghdr.nxt")
            octets = 8
            segment.start = headers.need("ipv6.fraghdr.offset") * 8
            more = headers.need("ipv6.fraghdr.more")
            identity = headers.need("ipv6.fraghdr.ident")
            segment.last = not more
            if segment.start or more:
                segment.piece = (segment.source, segment.dest, identity)
        else:
            upper = headers.need(name + ".nxt")
            octets = headers.need(name + ".len_oct")
        if octets > left:
            raise Unmatched("malformed")
        left -= octets
    segment.protocol = upper
    return left


def tcp(headers, segment, octets):
    if octets < 20 and not segment.piece:
        raise Unmatched("malformed")
    segment.sport = headers.number("tcp.srcport")
    segment.dport = headers.number("tcp.dstport")
    segment.sequence = headers.number("tcp.seq_raw") or 0
    segment.acknowledged = headers.number("tcp.ack_raw") or 0
    header = headers.number("tcp.hdr_len")
    flags = headers.number("tcp.flags")
    segment.window = headers.number("tcp.window_size_value")
    segment.options = bytes.fromhex(headers.text("tcp.options") or "")
    if flags is None:
        tcp_cut(headers, segment, octets)
        return
    if header < 20 or (header > octets and not segment.piece):
        raise Unmatched("malformed")
    segment.flags, segment.header = flags, header
    segment.payload = max(0, octets - header)


def tcp_cut(headers, segment, octets):
    """A header that is snapped, or whose flags are in another fragment."""
    segment.octets = headers.octets()[:octets]
    if segment.piece and octets < 14:
        segment.wanting = True
        return
    if len(segment.octets) < 14:
        raise Unmatched("truncated_header")
    segment.header_from(segment.octets)
    if segment.header < 20 or (segment.header > octets and
                               not segment.piece):
        raise Unmatched("malformed")
    segment.payload = max(0, octets - segment.header)


def udp(headers, segment, octets):
    if octets < 8:
        raise Unmatched("malformed")
    segment.sport = headers.number("udp.srcport")
    segment.dport = headers.number("udp.dstport")
    length = headers.number("udp.length")
    if length is None:
        cut = headers.octets()
        if len(cut) < 4:
            raise Unmatched("truncated_header")
        segment.sport = int.from_bytes(cut[0:2], "big")
        segment.dport = int.from_bytes(cut[2:4], "big")
        length = int.from_bytes(cut[4:6], "big") if len(cut) >= 6 else 0
    if 1 <= length <= 7:
        raise Unmatched("malformed")
    if segment.piece or length == 0 or length > octets:
        segment.payload = octets - 8
    else:
        segment.payload = length - 8


def other(headers, segment, octets):
    """Neither TCP nor UDP: of ICMP echo its identifier is a port."""
    segment.payload = octets
    if segment.protocol == 1 and headers.number("icmp.type") in (0, 8):
        segment.sport = segment.dport = headers.number("icmp.ident") or 0
    elif segment.protocol == 58 and headers.number("icmpv6.type") in (
            128, 129):
        segment.sport = segment.dport = headers.number(
            "icmpv6.echo.identifier") or 0


def transport(headers, segment, octets):
    if segment.start:
        segment.payload = octets
        segment.octets = bytes.fromhex(headers.text("data.data") or "")
    elif segment.protocol == TCP:
        tcp(headers, segment, octets)
    elif segment.protocol == UDP:
        udp(headers, segment, octets)
    else:
        other(headers, segment, octets)


def inside(headers, at, names):
    """The place of the IP header in a tunnel that is looked through."""
    rest = at + 1
    while rest < len(headers.layers) and (
            headers.layers[rest].startswith("ipv6.") or
            headers.layers[rest] in ("ah", "mip6", "hip", "shim6")):
        rest += 1
    found = headers.layers[rest:rest + 2]
    if not found:
        return None
    kind = found[0]
    if kind == "udp" and len(found) == 2:
        kind = found[1]
    if kind == "gre" and "erspan" in headers.layers[rest:]:
        kind = "erspan"
    if TUNNELS.get(kind) not in names and "all" not in names:
        return None
    if kind not in TUNNELS:
        return None
    if found[0] == "udp":
        for field in ("udp.srcport", "udp.dstport", "udp.length"):
            headers.number(field)
    if found == ["gre"]:
        return None     # an acknowledgement (RFC 2637) with nothing in it
    place = headers.ip(rest)
    if place is None:
        raise Unmatched("not_ip")
    return place


def tunnel_id(headers):
    for field in ("vxlan.vni", "geneve.vni", "gtp.teid", "gre.key"):
        if headers.values[field]:
            return (field, headers.values[field][-1])
    return ()


def tags(headers, at):
    """The VLAN tags in front of the outermost IP header."""
    found = []
    for layer in headers.layers[:at]:
        if layer in ("vlan", "ieee8021ad"):
            found.append(headers.number(layer + ".id") or 0)
    return tuple(found[:2])


def dissect(frame, options):
    """A Segment, or an Unmatched that says why there is none."""
    try:
        return take_apart(Headers(frame), options)
    except Unmatched as reason:
        return reason


def take_apart(headers, options):
    names = set(options.get("decapsulate", "").split(","))
    at = headers.ip()
    if at is None:
        broken = {"_ws.malformed", "_ws.short"} & set(headers.layers)
        raise Unmatched("truncated_header" if broken else "not_ip")
    vlan, outer = tags(headers, at), None
    while True:
        segment = Segment()
        segment.vlan, segment.outer = vlan, outer
        if headers.layers[at] == "ip":
            octets = ipv4(headers, segment)
        else:
            octets = ipv6(headers, segment)
        room = headers.number("pppoe.payload_length")
        if room is not None and segment.piece is None:
            fixed = 20 if headers.layers[at] == "ip" else 40
            octets = min(octets, max(0, room - 2 - fixed))
        deeper = None
        if names and not segment.start:
            deeper = inside(headers, at, names)
        if deeper is None:
            break
        outer = segment.piece or outer
        at = deeper
    segment.end = segment.start + octets
    segment.tunnel = tunnel_id(headers)
    if segment.piece and options.get("key_vlan") == "yes":
        segment.piece += segment.vlan
    if segment.protocol not in (TCP, UDP) and not metered(
            segment, options):
        raise Unmatched("not_tcp_udp")
    try:
        transport(headers, segment, octets)
    except Unmatched as reason:
        if segment.piece is None:
            raise
        segment.wrong = reason
    return segment


def metered(segment, options):
    """Another protocol; in IPv6 the first piece alone tells which."""
    return "other" in (options.get("meter") or "").split(",") or (
        segment.start and ":" in segment.source)


def run(frames, networks, **options):
    meter = Meter(networks, **options)
    for frame in frames:
        meter.packet(timestamp(frame), dissect(frame, options))
    meter.finish()
    return meter


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", default="", metavar="CIDR[,CIDR]")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("capture")
    arguments = parser.parse_args()
    options = {}
    for item in arguments.set:
        name, _, value = item.partition("=")
        if name not in OPTIONS:
            sys.exit("reference.py: unknown option " + name)
        text = isinstance(OPTIONS[name], str) or OPTIONS[name] is None
        options[name] = value if text else float(value)
    meter = run(Tshark().frames(arguments.capture), arguments.n, **options)
    for protocol, header in ((TCP, TCP_HEADER), (UDP, UDP_HEADER)):
        print("\n".join([header] + sorted(meter.rows[protocol])))
    print("read %d, in exchanges %d, opened %d" % (
        meter.read, meter.matched, meter.opened))
    print("\n".join(meter.books()))


if __name__ == "__main__":
    main()
