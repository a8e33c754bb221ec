#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A second meter: the rules of exchanges, written from the page alone.

tshark takes the headers apart, this file does the counting; nothing is
shared with exflow.  Slow and plain on purpose: it is the check, not the
program.  By hand:

    reference.py [-n CIDR[,CIDR]] [--set NAME=VALUE] CAPTURE

prints the rows of both tables and the unmatched packets by reason.  tshark
decodes no tunnels here: the outer header is what counts.
"""
import argparse
import ipaddress
import os
import subprocess
import sys
import tempfile

SECOND = 1000000000
ANY = "0.0.0.0/0,::/0"
PRIVATE = ("10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,"
           "169.254.0.0/16,fc00::/7,fe80::/10")
REASONS = ["not_ip", "not_tcp_udp", "malformed", "truncated_header",
           "fragment", "tcp_midstream", "inbound", "foreign", "udp_local"]
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
PROTOCOLS = """frame eth ethertype vlan ieee8021ad mpls pppoes ppp ppp_hdlc
sll null raw chdlc wlan radiotap wlan_radio wlan_aggregate llc ip ipv6
ipv6.hopopts ipv6.routing ipv6.dstopts ipv6.fraghdr ah tcp udp data""".split()
PREFERENCES = ["tcp.analyze_sequence_numbers:FALSE",
               "tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE",
               "ipv6.defragment:FALSE", "ipv6.tso_support:TRUE",
               "wlan.enable_decryption:FALSE", "eth.fcs:Never"]
FIELDS = """frame.number frame.time_epoch frame.len frame.cap_len
frame.protocols vlan.id ieee8021ad.id
ip.version ip.hdr_len ip.len ip.id ip.flags.mf ip.frag_offset ip.proto
ip.src ip.dst
ipv6.version ipv6.plen ipv6.nxt ipv6.src ipv6.dst ipv6.opt.jumbo
ipv6.hopopts.nxt ipv6.hopopts.len_oct ipv6.routing.nxt ipv6.routing.len_oct
ipv6.dstopts.nxt ipv6.dstopts.len_oct ipv6.fraghdr.nxt ipv6.fraghdr.offset
ipv6.fraghdr.more ipv6.fraghdr.ident ah.next_header ah.length
tcp.srcport tcp.dstport tcp.seq_raw tcp.hdr_len tcp.flags
tcp.urgent_pointer udp.srcport udp.dstport udp.length udp.checksum""".split()


class Tshark:
    """tshark with a configuration of its own, which it forgets again."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory(prefix="exflow-tshark-")
        folder = os.path.join(self.home.name, "wireshark")
        os.mkdir(folder)
        known = self._run(["-G", "protocols"]).splitlines()
        names = [line.split("\t")[2] for line in known if "\t" in line]
        with open(os.path.join(folder, "disabled_protos"), "w") as file:
            file.writelines(n + "\n" for n in names if n not in PROTOCOLS)

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
            if len(values) == len(FIELDS):
                frames.append({name: value.split(";") if value else []
                               for name, value in zip(FIELDS, values)})
        return frames


class Unmatched(Exception):
    """A packet that is in no exchange, and why."""


class Segment:
    protocol = 0
    source = dest = ""
    sport = dport = 0
    payload = 0
    flags = 0
    sequence = 0
    later = False       # a fragment behind the first
    piece = None        # identity of the datagram, of a fragment
    vlan = 0


def number(frame, field, index=0):
    values = frame[field]
    if index >= len(values):
        return None
    text = values[index]
    if text in ("True", "False"):
        return int(text == "True")
    return int(text, 0)


def timestamp(frame):
    """Nanoseconds; a packet without a time (pcapng) is at 0."""
    if not frame["frame.time_epoch"]:
        return 0
    seconds, _, fraction = frame["frame.time_epoch"][0].partition(".")
    return int(seconds) * SECOND + int((fraction + "0" * 9)[:9])


def need(frame, field, index=0):
    value = number(frame, field, index)
    if value is None:
        raise Unmatched("truncated_header")
    return value


def outer_ip(frame):
    """Index and name of the outermost IP header in the list of layers."""
    layers = frame["frame.protocols"][0].split(":")
    for i, layer in enumerate(layers):
        if layer in ("ip", "ipv6"):
            return layers[i:]
    if "_ws.malformed" in layers or "_ws.short" in layers:
        raise Unmatched("truncated_header")
    raise Unmatched("not_ip")


def outer_vlan(frame):
    for layer in frame["frame.protocols"][0].split(":"):
        if layer in ("vlan", "ieee8021ad"):
            return number(frame, layer + ".id") or 0
    return 0


def ipv4(frame, segment):
    """Octets of IP payload, and whether a fragment follows."""
    version = need(frame, "ip.version")
    header = need(frame, "ip.hdr_len")
    if version != 4 or header < 20:
        raise Unmatched("malformed")
    total = need(frame, "ip.len")
    if total < header:
        raise Unmatched("malformed")
    if not frame["ip.dst"]:
        raise Unmatched("truncated_header")
    segment.protocol = need(frame, "ip.proto")
    segment.source, segment.dest = frame["ip.src"][0], frame["ip.dst"][0]
    offset = number(frame, "ip.frag_offset") or 0
    more = number(frame, "ip.flags.mf") or 0
    if more or offset:
        segment.piece = (segment.source, segment.dest, segment.protocol,
                         need(frame, "ip.id"))
    segment.later = offset > 0
    return total - header, bool(more)


def ipv6(frame, segment):
    if need(frame, "ipv6.version") != 6:
        raise Unmatched("malformed")
    if not frame["ipv6.dst"]:
        raise Unmatched("truncated_header")
    left = number(frame, "ipv6.opt.jumbo")
    if left is None:
        left = need(frame, "ipv6.plen")
    upper = need(frame, "ipv6.nxt")
    segment.source, segment.dest = frame["ipv6.src"][0], frame["ipv6.dst"][0]
    names = {0: "ipv6.hopopts", 43: "ipv6.routing", 60: "ipv6.dstopts",
             44: "ipv6.fraghdr", 51: "ah"}
    seen = {name: 0 for name in names.values()}
    more = False
    while upper in names and not segment.later:
        name = names[upper]
        index = seen[name]
        seen[name] += 1
        if left < 8:
            raise Unmatched("malformed")
        if name == "ah":
            upper = need(frame, "ah.next_header", index)
            octets = (need(frame, "ah.length", index) + 2) * 4
        elif name == "ipv6.fraghdr":
            upper = need(frame, "ipv6.fraghdr.nxt", index)
            octets = 8
            offset = need(frame, "ipv6.fraghdr.offset", index)
            more = bool(need(frame, "ipv6.fraghdr.more", index))
            segment.later = offset > 0
            if segment.later or more:
                segment.piece = (segment.source, segment.dest, upper,
                                 need(frame, "ipv6.fraghdr.ident", index))
        else:
            upper = need(frame, name + ".nxt", index)
            octets = need(frame, name + ".len_oct", index)
        if octets > left:
            raise Unmatched("malformed")
        left -= octets
    segment.protocol = upper
    return left, more


def tcp(frame, segment, octets):
    if octets < 20:
        raise Unmatched("malformed")
    header = need(frame, "tcp.hdr_len")
    if header < 20 or header > octets:
        raise Unmatched("malformed")
    need(frame, "tcp.urgent_pointer")
    segment.sport = need(frame, "tcp.srcport")
    segment.dport = need(frame, "tcp.dstport")
    segment.flags = need(frame, "tcp.flags")
    segment.sequence = need(frame, "tcp.seq_raw")
    segment.payload = octets - header


def udp(frame, segment, octets, more):
    if octets < 8:
        raise Unmatched("malformed")
    length = need(frame, "udp.length")
    if 1 <= length <= 7:
        raise Unmatched("malformed")
    if length:      # tshark stops at a length of 0
        need(frame, "udp.checksum")
    segment.sport = need(frame, "udp.srcport")
    segment.dport = need(frame, "udp.dstport")
    if more or length == 0 or length > octets:
        segment.payload = octets - 8
    else:
        segment.payload = length - 8


def dissect(frame):
    segment = Segment()
    layers = outer_ip(frame)
    segment.vlan = outer_vlan(frame)
    if layers[0] == "ip":
        octets, more = ipv4(frame, segment)
    else:
        octets, more = ipv6(frame, segment)
    if segment.later and segment.protocol in (6, 17, 0, 43, 51, 60):
        segment.payload = octets
    elif segment.protocol == 6:
        tcp(frame, segment, octets)
    elif segment.protocol == 17:
        udp(frame, segment, octets, more)
    else:
        raise Unmatched("not_tcp_udp")
    return segment


# --- exchanges

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


class Side:
    def __init__(self):
        self.packets = self.octets = self.data = 0
        self.first = self.last = 0
        self.flags = dict.fromkeys((ACK, SYN, RST, FIN, URG, PSH), 0)

    def count(self, segment, time):
        self.first = min(self.first, time) if self.packets else time
        self.last = max(self.last, time) if self.packets else time
        self.packets += 1
        self.octets += segment.payload
        self.data += segment.payload > 0
        for flag in self.flags:
            self.flags[flag] += bool(segment.flags & flag)

    def columns(self, protocol):
        flags = list(self.flags.values()) if protocol == 6 else []
        return [self.packets, self.octets, self.data] + flags + [
            self.first // 1000, self.last // 1000]


class Exchange:
    def __init__(self, protocol, client, server, isn, now):
        self.protocol, self.client, self.server = protocol, client, server
        self.isn = isn
        self.sides = [Side(), Side()]
        self.heard = [now, now]     # the clock at each side's last packet
        self.fin = [False, False]
        self.reset = False
        self.both_first = False     # both FINs before any RST

    def closing(self):
        return self.reset or all(self.fin)

    def add(self, side, segment, time, now):
        self.sides[side].count(segment, time)
        self.heard[side] = now
        self.fin[side] |= bool(segment.flags & FIN)
        self.reset |= bool(segment.flags & RST)
        self.both_first |= all(self.fin) and not self.reset

    def limits(self, options):
        """(seconds of silence, how it ends then), shortest first."""
        if self.protocol == 17:
            return [(options["udp_idle_timeout"], "idle")]
        if self.closing():
            return [(options["tcp_linger"], self.closed())]
        limits = [(options["tcp_idle_timeout"], "idle")]
        if any(self.fin):
            limits.append((options["tcp_half_closed_timeout"],
                           "half_closed"))
        if self.sides[1].packets == 0:
            limits.append((options["tcp_opening_timeout"], "unanswered"))
        return sorted(limits)

    def closed(self):
        return "finished" if self.both_first else "reset"

    def over(self, now, options):
        """How it ended in silence, None if it lives."""
        either = self.protocol == 17 and options["udp_idle"] == "either"
        silent = now - (min if either else max)(self.heard)
        seconds, how = self.limits(options)[0]
        return how if silent >= seconds * SECOND else None

    def row(self):
        cells = [self.client[0], self.client[1],
                 self.server[0], self.server[1]]
        for side in self.sides:
            cells += side.columns(self.protocol)
        return ",".join(str(cell) for cell in cells)


OPTIONS = {"tcp_linger": 5, "tcp_half_closed_timeout": 60,
           "tcp_opening_timeout": 30, "tcp_idle_timeout": 300,
           "udp_idle_timeout": 30, "udp_idle": "both", "inbound": "no",
           "midstream": "no", "key_vlan": "no"}


class Meter:
    def __init__(self, networks, **options):
        self.networks = [ipaddress.ip_network(n.strip())
                         for n in networks.split(",")]
        self.options = dict(OPTIONS, **options)
        self.live = {}
        self.pieces = {}
        self.rows = {6: [], 17: []}
        self.ended = {}
        self.unmatched = dict.fromkeys(REASONS, 0)
        self.read = self.matched = self.opened = 0
        self.now = 0
        self.known = {}

    def local(self, address):
        if address not in self.known:
            ip = ipaddress.ip_address(address)
            self.known[address] = any(ip in n for n in self.networks
                                      if n.version == ip.version)
        return self.known[address]

    def end(self, key, how):
        exchange = self.live.pop(key)
        self.ended[how] = self.ended.get(how, 0) + 1
        self.rows[exchange.protocol].append(exchange.row())

    def packet(self, frame):
        time = timestamp(frame)
        self.now = max(self.now, time)
        self.read += 1
        try:
            self.count(dissect(frame), max(time, 0))
            self.matched += 1
        except Unmatched as reason:
            self.unmatched[str(reason)] += 1

    def count(self, segment, time):
        if segment.later:
            self.ports_of_first(segment)
        ends = ((segment.source, segment.sport), (segment.dest,
                                                  segment.dport))
        vlan = segment.vlan if self.options["key_vlan"] == "yes" else 0
        key = (segment.protocol, vlan, min(ends), max(ends))
        if key in self.live:
            how = self.over(key, segment, ends)
            if how:
                self.end(key, how)
        if segment.piece and not segment.later:
            self.pieces[segment.piece] = (ends, segment.protocol, self.now)
        if key not in self.live:
            if segment.later:
                raise Unmatched("fragment")
            self.live[key] = self.open(segment, *ends)
            self.opened += 1
        exchange = self.live[key]
        side = 0 if exchange.client == ends[0] else 1
        exchange.add(side, segment, time, self.now)

    def ports_of_first(self, segment):
        ends, protocol, since = self.pieces.get(segment.piece,
                                                (None, None, None))
        if ends is None or self.now - since >= 30 * SECOND:
            raise Unmatched("fragment")
        segment.sport, segment.dport = ends[0][1], ends[1][1]
        segment.protocol = protocol

    def over(self, key, segment, ends):
        """How the exchange at key ended before this segment, or None."""
        exchange = self.live[key]
        how = exchange.over(self.now, self.options)
        if how:
            return how
        if segment.protocol == 17 or segment.flags & (SYN | ACK) != SYN:
            return None
        if exchange.closing() and self.local(segment.source):
            return "replaced"
        # One taken up in midstream has no number: any is another.
        again = ends[0] == exchange.client and \
            exchange.isn != segment.sequence
        return "replaced" if again else None

    def open(self, segment, source, dest):
        here, there = self.local(source[0]), self.local(dest[0])
        protocol = segment.protocol
        inbound = self.options["inbound"] == "yes"
        opening = segment.flags & (SYN | ACK) == SYN
        if not here and not there:
            raise Unmatched("foreign")
        if protocol == 17:
            if here and there:
                raise Unmatched("udp_local")
            if not here and not inbound:
                raise Unmatched("inbound")
            return Exchange(17, source, dest, None, self.now)
        if opening and (here or inbound):
            return Exchange(6, source, dest, segment.sequence, self.now)
        if self.options["midstream"] == "yes":
            if here and (not there or source[1] >= dest[1]):
                return Exchange(6, source, dest, None, self.now)
            return Exchange(6, dest, source, None, self.now)
        raise Unmatched("inbound" if opening else "tcp_midstream")

    def finish(self):
        for key, exchange in list(self.live.items()):
            how = exchange.over(self.now, self.options)
            lingers = exchange.protocol == 6 and exchange.closing()
            self.end(key, how or (exchange.closed() if lingers
                                  else "shutdown"))

    def books(self):
        """How exchanges ended and why packets did not match, as lines."""
        lines = ["ended %s %d" % item for item in self.ended.items()]
        lines += ["unmatched %s %d" % item for item in self.unmatched.items()
                  if item[1]]
        return sorted(lines)


def run(frames, networks, **options):
    meter = Meter(networks, **options)
    for frame in frames:
        meter.packet(frame)
    meter.finish()
    return meter


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", default=PRIVATE, metavar="CIDR[,CIDR]")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("capture")
    arguments = parser.parse_args()
    options = {}
    for item in arguments.set:
        name, _, value = item.partition("=")
        if name not in OPTIONS:
            sys.exit("reference.py: unknown option " + name)
        options[name] = value if name in (
            "udp_idle", "inbound", "midstream", "key_vlan") else float(value)
    meter = run(Tshark().frames(arguments.capture), arguments.n, **options)
    for protocol, header in ((6, TCP_HEADER), (17, UDP_HEADER)):
        print("\n".join([header] + sorted(meter.rows[protocol])))
    print("read %d, in exchanges %d, opened %d" % (
        meter.read, meter.matched, meter.opened))
    print("\n".join(meter.books()))


if __name__ == "__main__":
    main()
