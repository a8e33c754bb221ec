#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the small captures that show each rule: make.py [FOLDER].

Local are 10.0.0.0/24 and 2001:db8:1::/64.  Nothing is random and no clock
is read: the octets are the same every time.
"""
import gzip
import os
import struct
import sys

from frames import (ACK, CWR, DATA, ECE, FIN, FINACK, PSH, RST, SECOND, START,
                    SYN, SYNACK, URG, authentication, ethernet, extension,
                    fragment6, icmp, icmp6, ip4, ip6, mpls, pcap, pcapng,
                    ppp_protocol, pppoe, routing, tcp, udp, vlan, zstd)

CLIENT, LOCAL, SERVER, OTHER = ("10.0.0.1", "10.0.0.2", "198.51.100.1",
                                "203.0.113.7")
CLIENT6, SERVER6 = "2001:db8:1::1", "2001:db8:2::1"


class Wire:
    """Packets in the order of their capture, as raw IP."""

    def __init__(self, acknowledge=False):
        """acknowledge: TCP acknowledges what the other end has sent."""
        self.packets = []
        self.acknowledge = acknowledge
        self.sent = {}

    def put(self, second, packet):
        """At so many seconds (to the nanosecond) after the start."""
        self.packets.append((START + round(second * SECOND), packet))

    def tcp(self, second, source, dest, flags, seq=0, size=0):
        """source, dest: (address, port); IPv4 or IPv6 by the address."""
        ack = self.sent.get((dest, source), 0) if flags & ACK else 0
        segment = tcp(*source, *dest, flags, seq, ack, b"x" * size)
        if self.acknowledge:
            self.sent[source, dest] = (seq + size + bool(flags & SYN) +
                                       bool(flags & FIN)) % 2 ** 32
        self.put(second, ip(source[0], dest[0], 6, segment))

    def udp(self, second, source, dest, size=0):
        self.put(second, ip(source[0], dest[0], 17,
                            udp(*source, *dest, b"x" * size)))

    def ethernet(self, **how):
        return pcap([(t, ethernet(p)) for t, p in self.packets], **how)


def ip(source, dest, protocol, payload):
    return (ip6 if ":" in source else ip4)(source, dest, protocol, payload)


def talk():
    """One TCP and one UDP exchange, IPv4 and IPv6: every link type's."""
    wire = Wire()
    for i, (here, there) in enumerate(((CLIENT, SERVER),
                                       (CLIENT6, SERVER6))):
        a, b = (here, 40000 + i), (there, 80)
        wire.tcp(i + 0.000001, a, b, SYN, 100)
        wire.tcp(i + 0.010002, b, a, SYNACK, 900)
        wire.tcp(i + 0.020003, a, b, ACK, 101)
        wire.tcp(i + 0.030004, a, b, DATA, 101, 120)
        wire.tcp(i + 0.040005, b, a, ACK, 901, 1000)
        wire.tcp(i + 0.050006, b, a, DATA, 1901, 333)
        wire.tcp(i + 0.060007, a, b, FINACK, 221)
        wire.tcp(i + 0.070008, b, a, FINACK, 2234)
        wire.tcp(i + 0.080009, a, b, ACK, 222)
        wire.udp(i + 0.100001, (here, 5353), (there, 53), 30)
        wire.udp(i + 0.110002, (there, 53), (here, 5353), 90)
    return wire


def handshake(wire, second, a, b, isn=100):
    wire.tcp(second, a, b, SYN, isn)
    wire.tcp(second + 0.01, b, a, SYNACK, 900)
    wire.tcp(second + 0.02, a, b, ACK, isn + 1)


def teardown(wire, second, a, b):
    wire.tcp(second, a, b, FINACK, 200)
    wire.tcp(second + 0.01, b, a, FINACK, 950)
    wire.tcp(second + 0.02, a, b, ACK, 201)


def tcp_teardown():
    """Last ACKs, repeated FINs and late data count while it lingers."""
    wire, a, b = Wire(acknowledge=True), (CLIENT, 1001), (SERVER, 443)
    handshake(wire, 0, a, b)
    wire.tcp(0.1, a, b, DATA | URG, 101, 10)
    wire.tcp(0.2, b, a, DATA | ECE, 901, 20)
    wire.tcp(0.25, a, b, ACK | CWR, 111, 5)
    wire.tcp(0.3, a, b, FINACK | PSH, 116, 7)   # a FIN with data
    wire.tcp(0.4, b, a, FINACK, 921)
    wire.tcp(0.5, a, b, ACK, 124)
    wire.tcp(3, b, a, FINACK, 921)              # sent again
    wire.tcp(7.999999, a, b, ACK, 124)          # 4.999999 s later
    wire.tcp(12.999999, b, a, ACK, 922)         # 5 s later: too late
    return wire


def tcp_reset():
    wire, a, b = Wire(acknowledge=True), (CLIENT, 1001), (SERVER, 443)
    handshake(wire, 0, a, b)
    wire.tcp(1, a, b, DATA, 101, 50)
    wire.tcp(2, b, a, RST | ACK, 901)
    wire.tcp(2.5, a, b, DATA, 151, 60)          # on its way already
    wire.tcp(2.6, b, a, RST, 901)
    wire.tcp(7.6, a, b, ACK, 211)               # 5 s later: too late
    a, b = (CLIENT, 1002), (SERVER, 25)
    wire.tcp(8, a, b, SYN, 1)                   # refused
    wire.tcp(8.1, b, a, RST | ACK, 0)
    a, b = (CLIENT, 1003), (SERVER, 25)
    handshake(wire, 9, a, b)                    # the client resets, with data
    wire.tcp(9.5, a, b, RST | ACK, 101, 3)
    return wire


def tcp_half_close():
    wire, a, b = Wire(acknowledge=True), (CLIENT, 1001), (SERVER, 443)
    handshake(wire, 0, a, b)
    wire.tcp(1, a, b, FINACK, 101)
    wire.tcp(60.999999, b, a, DATA, 901, 500)   # 59.999999 s later
    wire.tcp(120.999998, b, a, DATA, 1401, 600)
    wire.tcp(180.999998, b, a, DATA, 2001, 700) # 60 s later: too late
    a, b = (CLIENT, 1002), (SERVER, 443)
    handshake(wire, 181, a, b)                  # the server closes first
    wire.tcp(182, b, a, FINACK, 901)
    wire.tcp(240, a, b, FINACK, 101)            # and then the client
    wire.tcp(242, b, a, ACK, 902)
    a, b = (CLIENT, 1003), (SERVER, 443)
    wire.tcp(243, a, b, SYN, 1)                 # never answered, and a FIN
    wire.tcp(244, a, b, FIN, 2)
    wire.tcp(274, a, b, FIN, 2)                 # 30 s later: too late
    return wire


def tcp_unanswered():
    wire, a, b = Wire(acknowledge=True), (CLIENT, 1001), (SERVER, 443)
    for second in (0, 1, 3, 7, 36.999999):      # sent again: one exchange
        wire.tcp(second, a, b, SYN, 100)
    wire.tcp(66.999999, a, b, SYN, 100)         # 30 s later: the next one
    wire.tcp(67, b, a, SYNACK, 900)
    wire.tcp(97, a, b, ACK, 101)                # answered: 30 s do not matter
    return wire


def tcp_reuse():
    """A used 5-tuple: while closing, and with another sequence number."""
    wire, a, b = Wire(acknowledge=True), (CLIENT, 1001), (SERVER, 443)
    handshake(wire, 0, a, b)
    teardown(wire, 1, a, b)
    handshake(wire, 2, a, b, 100)               # lingers, same number: again
    wire.tcp(2.5, a, b, DATA, 101, 40)
    handshake(wire, 4, a, b, 5000)              # another number, not closed
    wire.tcp(4.1, a, b, SYN, 5000)              # the same again: counts
    wire.tcp(5, b, a, RST, 901)
    wire.tcp(6, b, a, SYN, 777)                 # remote: ends it, and is inbound
    wire.tcp(7, a, b, SYN, 5000)                # of the inbound one: counts
    # Both ends local: the server's end opens the next one while closing.
    a, b = (CLIENT, 2001), (LOCAL, 2002)
    handshake(wire, 20, a, b)
    wire.tcp(20.5, b, a, SYN, 321)              # not closing: counts
    teardown(wire, 21, a, b)
    wire.tcp(22, b, a, SYN, 333)
    wire.tcp(22.1, a, b, SYNACK, 444)
    return wire


def tcp_idle():
    wire, a, b = Wire(acknowledge=True), (CLIENT, 1001), (SERVER, 443)
    handshake(wire, 0, a, b)
    wire.tcp(300.019999, b, a, DATA, 901, 10)   # 299.999999 s later
    wire.tcp(600.019999, a, b, DATA, 101, 20)   # 300 s later: too late
    wire.tcp(601, a, b, SYN, 100)               # the same number, a new one
    return wire


def udp_idle():
    wire = Wire()
    a, b = (CLIENT, 5000), (SERVER, 53)
    wire.udp(0, a, b, 33)
    wire.udp(0.02, b, a, 99)
    wire.udp(30.019999, a, b, 33)               # 29.999999 s later
    wire.udp(60.019998, b, a, 0)                # no payload
    wire.udp(90.019998, a, b, 44)               # 30 s later: the next one
    wire.udp(91, b, a, 55)
    wire.udp(121, b, a, 66)                     # too late, from outside
    a, b = (CLIENT, 5001), (SERVER, 9)          # one side alone goes on
    wire.udp(200, a, b, 1)
    wire.udp(201, b, a, 2)
    for n in range(1, 5):
        wire.udp(200 + 10 * n, a, b, 10)        # at 240 b is silent for 39 s
    return wire


def directions():
    wire = Wire(acknowledge=True)
    wire.tcp(0, (OTHER, 3000), (CLIENT, 22), SYN, 7)          # inbound
    wire.tcp(0.1, (CLIENT, 22), (OTHER, 3000), SYNACK, 8)
    wire.tcp(0.2, (OTHER, 3000), (CLIENT, 22), ACK, 8)
    wire.udp(1, (OTHER, 3001), (CLIENT, 53), 11)              # inbound
    wire.udp(1.1, (CLIENT, 53), (OTHER, 3001), 22)            # outbound!
    wire.udp(2, (CLIENT, 3002), (LOCAL, 53), 33)              # local
    wire.tcp(3, (CLIENT, 3003), (LOCAL, 80), SYN, 1)          # both local
    wire.tcp(3.1, (LOCAL, 80), (CLIENT, 3003), RST | ACK, 0)
    wire.tcp(4, (OTHER, 3004), (SERVER, 80), SYN, 1)          # foreign
    wire.udp(4.1, (OTHER, 3004), (SERVER, 80), 5)
    wire.tcp(4.2, (SERVER, 80), (OTHER, 3004), ACK, 1)
    wire.tcp(5, (CLIENT, 3005), (SERVER, 80), DATA, 1, 66)    # midstream
    wire.tcp(5.1, (SERVER, 80), (CLIENT, 3005), ACK, 1, 77)
    wire.tcp(6, (SERVER, 80), (CLIENT, 3006), DATA, 1, 88)    # midstream
    wire.tcp(6.1, (CLIENT, 3006), (SERVER, 80), FINACK, 1)
    wire.tcp(7, (LOCAL, 80), (CLIENT, 3007), DATA, 1, 99)     # both local
    wire.put(8, ip4(SERVER, CLIENT, 1, bytes([3, 3]) + b"\0" * 6 + ip4(
        CLIENT, SERVER, 17, udp(CLIENT, 3008, SERVER, 9, b"y"))))
    return wire


def ipv6_headers():
    wire = Wire()
    a, b = (CLIENT6, 1001), (SERVER6, 443)
    syn = tcp(*a, *b, SYN, 1)
    wire.put(0, ip6(CLIENT6, SERVER6, 0, extension(60, extension(43, routing(
        6, syn), 16))))
    wire.put(0.1, ip6(SERVER6, CLIENT6, 51, authentication(
        6, tcp(*b, *a, SYNACK, 2))))
    wire.put(0.2, ip6(CLIENT6, SERVER6, 60, extension(
        6, tcp(*a, *b, DATA, 2, 0, b"x" * 70), 24)))
    wire.put(0.3, ip6(CLIENT6, SERVER6, 44, fragment6(
        6, tcp(*a, *b, DATA, 72, 0, b"x" * 30), 0, 0, 5)))  # atomic
    a, b = (CLIENT6, 1002), (SERVER6, 53)
    wire.put(1, ip6(CLIENT6, SERVER6, 0, extension(17, udp(
        *a, *b, b"x" * 25))))
    wire.put(2, ip6(CLIENT6, SERVER6, 50, b"\0" * 40))      # ESP
    wire.put(3, ip6(CLIENT6, SERVER6, 59, b""))             # nothing
    wire.put(4, ip6(CLIENT6, SERVER6, 0, extension(59, b"")))
    wire.put(5, ip6(CLIENT6, SERVER6, 58, b"\x80" + b"\0" * 7))
    return wire


def fragments():
    wire = Wire()
    a, b = (CLIENT, 41001), (SERVER, 2049)
    whole = udp(*a, *b, b"x" * 3000)

    def piece(second, source, dest, ident, octets, start, end, protocol=17):
        wire.put(second, ip4(source, dest, protocol, octets[start:end], ident,
                             end < len(octets), start))
    piece(0, CLIENT, SERVER, 7, whole, 0, 1480)
    piece(0.1, CLIENT, SERVER, 7, whole, 1480, 2960)
    piece(0.2, CLIENT, SERVER, 7, whole, 2960, 3008)
    answer = udp(*b, *a, b"x" * 2000)
    piece(1, SERVER, CLIENT, 7, answer, 1480, 2008)  # before its first
    piece(1.1, SERVER, CLIENT, 7, answer, 0, 1480)
    piece(1.2, SERVER, CLIENT, 7, answer, 1480, 2008)
    piece(2, CLIENT, SERVER, 8, whole, 1480, 2960)   # its first is not here
    piece(2.1, OTHER, CLIENT, 9, udp(OTHER, 1, CLIENT, 2, b"x" * 1600),
          0, 1480)                                   # inbound, so that
    piece(2.2, OTHER, CLIENT, 9, b"x" * 1608, 1480, 1608)   # this is too
    piece(3, CLIENT, SERVER, 10, whole, 0, 1480)
    wire.udp(20, b, a, 4)
    wire.udp(32, b, a, 4)
    piece(32.999999, CLIENT, SERVER, 10, whole, 1480, 2960)
    piece(33, CLIENT, SERVER, 10, whole, 2960, 3008)  # 30 s: forgotten
    c, d = (CLIENT, 1002), (SERVER, 80)
    handshake(wire, 40, c, d)
    segment = tcp(*c, *d, DATA, 101, 0, b"x" * 1900)
    piece(41, CLIENT, SERVER, 11, segment, 0, 1480, 6)
    piece(41.1, CLIENT, SERVER, 11, segment, 1480, 1920, 6)
    piece(42, CLIENT, SERVER, 12, b"\x08" + b"\0" * 1999, 1480, 2000, 1)
    wire.tcp(43, d, c, RST, 901)
    piece(48, CLIENT, SERVER, 11, segment, 1480, 1920, 6)  # nothing to join
    return wire


def fragments6():
    wire = Wire()
    a, b = (CLIENT6, 41001), (SERVER6, 2049)
    whole = udp(*a, *b, b"x" * 2500)

    def piece(second, source, dest, ident, start, end, octets=whole):
        wire.put(second, ip6(source, dest, 44, fragment6(
            17, octets[start:end], start, end < len(octets), ident)))
    piece(0, CLIENT6, SERVER6, 7, 0, 1232)
    piece(0.1, CLIENT6, SERVER6, 7, 1232, 2464)
    piece(0.2, CLIENT6, SERVER6, 7, 2464, 2508)
    piece(1, CLIENT6, SERVER6, 8, 1232, 2464)        # its first is not here
    piece(2, SERVER6, CLIENT6, 7, 0, 1232, udp(*b, *a, b"x" * 1300))
    piece(2.1, SERVER6, CLIENT6, 7, 1232, 1308, b"x" * 1308)
    return wire


def tags():
    """VLAN, QinQ, MPLS and PPPoE are looked through."""
    def query(port, size, back=False):
        a, b = (CLIENT, port), (SERVER, 53)
        if back:
            a, b = b, a
        return ip4(a[0], b[0], 17, udp(*a, *b, b"x" * size))

    six = ip6(CLIENT6, SERVER6, 17, udp(CLIENT6, 5, SERVER6, 53, b"x" * 21))
    frames = [
        ethernet(vlan(100, query(1, 11)), 0x8100),
        ethernet(vlan(200, query(1, 12, True)), 0x8100),
        ethernet(vlan(7, vlan(100, query(2, 13)), 0x8100), 0x88a8),
        ethernet(vlan(7, vlan(8, vlan(9, query(2, 14, True)), 0x8100),
                      0x8100), 0x8100),
        ethernet(mpls(query(3, 15), 16000, 17), 0x8847),
        ethernet(mpls(query(3, 16, True), 99), 0x8847),
        ethernet(vlan(100, mpls(six, 99), 0x8847), 0x8100),
        ethernet(pppoe(query(4, 17)), 0x8864),
        ethernet(vlan(100, pppoe(query(4, 18, True)), 0x8864), 0x8100),
        ethernet(pppoe(six), 0x8864),
        ethernet(b"\0\1\x08\0\6\4\0\1" + b"\0" * 20, 0x0806),
        ethernet(vlan(0, query(6, 19)), 0x8100)]
    return pcap([(START + n * SECOND // 10, frame)
                 for n, frame in enumerate(frames)])


def tunnels():
    wire, out, far = Wire(), "10.0.0.200", "192.0.2.200"

    def both(n, wrap):
        for back in (False, True):
            a, b = (CLIENT, 100 + n), (SERVER, 53)
            x, y = (out, far)
            if back:
                a, b, x, y = b, a, y, x
            packet = ip4(a[0], b[0], 17, udp(*a, *b, b"x" * (
                10 * n + back)))
            wire.put(n + back / 2, wrap(x, y, packet))

    def six(x, y):
        a, b = (CLIENT6, 200), (SERVER6, 53)
        if x != out:
            a, b = b, a
        return ip6(a[0], b[0], 17, udp(*a, *b, b"x" * 25))

    def inside_udp(port, header):
        return lambda x, y, p: ip4(x, y, 17, udp(
            x, port, y, port, header(p)))
    both(1, lambda x, y, p: ip4(x, y, 4, p))
    both(2, lambda x, y, p: ip4(x, y, 41, six(x, y)))
    both(3, lambda x, y, p: ip4(x, y, 47, b"\0\0\x08\0" + p))
    both(4, lambda x, y, p: ip4(x, y, 47, b"\xb0\0\x08\0" + b"\0" * 4 +
                                b"key!" + b"\0\0\0\1" + p))
    both(5, inside_udp(4789, lambda p: b"\x08\0\0\0\0\0\x2a\0" +
                       ethernet(p)))
    both(6, inside_udp(6081, lambda p: b"\1\0\x65\x58\0\0\x2a\0" +
                       b"\0" * 4 + ethernet(p)))
    both(7, inside_udp(2152, lambda p: b"\x30\xff" + struct.pack(
        "!HI", len(p), 77) + p))
    # Teredo, IPv6 inside UDP, towards its server's port.
    wire.put(8, ip4(out, far, 17, udp(out, 50000, far, 3544, ip6(
        "2001:db8:1::8", SERVER6, 17,
        udp("2001:db8:1::8", 108, SERVER6, 53, b"x" * 80)))))
    # Two tunnels, one in the other.
    both(9, lambda x, y, p: ip4(x, y, 47, b"\0\0\x08\0" + ip4(
        x, y, 4, p)))
    return wire


def lengths():
    """Padding, snapped, offloaded, and lengths that contradict."""
    packets = []

    def frame(packet, captured=None, wire=None):
        octets = ethernet(packet)
        wire = len(octets) if wire is None else wire
        packets.append((START + len(packets) * SECOND // 10,
                        octets[:captured], wire))

    def datagram(port, size, length=None, **how):
        frame(ip4(CLIENT, SERVER, 17, udp(CLIENT, port, SERVER, 53,
                                          b"x" * size, length), **how))
    a, b = (CLIENT, 1000), (SERVER, 80)

    def segment(flags, seq, size=0, offset=None, options=b""):
        return tcp(*a, *b, flags, seq, 0, b"x" * size, offset, options)
    frame(ip4(CLIENT, SERVER, 6, segment(SYN, 1)) + b"\0" * 6)    # padded
    frame(ip4(SERVER, CLIENT, 6, tcp(*b, *a, SYNACK, 9)) + b"\0" * 6)
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 2, 1000)), 60)     # snapped
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 1002, 500)), 54)   # just so
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 1502, 500)), 53)   # cut
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 2002, 500)), 30)   # cut
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 1502, 3000), total=0))
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 4502, 60000), total=0), 96)
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 5, 40, offset=4)))
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 5, 8, offset=15)))
    frame(ip4(CLIENT, SERVER, 6, segment(DATA, 5, 40), total=39))
    frame(ip4(CLIENT, SERVER, 6, segment(ACK, 6, 25, None, b"\1" * 12),
              options=b"\1" * 8))                     # options of both
    datagram(1, 40)
    datagram(2, 40, 0)        # UDP length 0
    datagram(3, 40, 100)      # larger than the IP payload
    datagram(4, 40, 20)       # smaller: 12 octets
    datagram(5, 40, 4)        # impossible
    datagram(6, 40, 7)
    datagram(7, 40, 8)        # nothing
    datagram(8, 40, total=19)
    datagram(9, 40, words=4)
    datagram(10, 40, total=27)
    frame(ip6(CLIENT6, SERVER6, 17, udp(CLIENT6, 11, SERVER6, 53,
                                        b"x" * 70), length=0))
    frame(ip6(CLIENT6, SERVER6, 17, udp(CLIENT6, 12, SERVER6, 53,
                                        b"x" * 10)) + b"\0" * 6)
    frame(ip6(CLIENT6, SERVER6, 17, udp(CLIENT6, 13, SERVER6, 53,
                                        b"x" * 900)), 62)
    frame(ip6(CLIENT6, SERVER6, 17, udp(CLIENT6, 14, SERVER6, 53,
                                        b"x" * 900)), 61)
    return pcap(packets)


def backwards():
    """now never goes back; a side's first and last are its own."""
    wire, a, b = Wire(), (CLIENT, 1001), (SERVER, 443)
    wire.tcp(100, a, b, SYN, 1)
    wire.tcp(90, b, a, SYNACK, 1)               # earlier: still answered
    wire.tcp(95, a, b, ACK, 2)
    wire.tcp(80, a, b, DATA, 2, 10)
    wire.tcp(399.999999, b, a, ACK, 2)
    wire.udp(400, (CLIENT, 5000), (SERVER, 53), 1)
    wire.udp(300, (SERVER, 53), (CLIENT, 5000), 2)
    wire.udp(429, (CLIENT, 5001), (SERVER, 53), 3)
    wire.udp(410, (CLIENT, 5000), (SERVER, 53), 4)  # now is 429: in time
    wire.udp(450, (SERVER, 53), (CLIENT, 5000), 5)
    return wire


def nanoseconds():
    wire, a, b = Wire(), (CLIENT, 1001), (SERVER, 53)
    wire.packets = [
        (START + 1999, ip4(CLIENT, SERVER, 17, udp(*a, *b, b"x" * 5))),
        (START + 2001, ip4(SERVER, CLIENT, 17, udp(*b, *a, b"x" * 6))),
        (START + 30 * SECOND + 2000,
         ip4(CLIENT, SERVER, 17, udp(*a, *b, b"x" * 7))),   # 1 ns before
        (START + 60 * SECOND + 2000,
         ip4(CLIENT, SERVER, 17, udp(*a, *b, b"x" * 8)))]   # 30 s
    return wire


def other():
    """IP protocols other than TCP and UDP, among a little of both."""
    wire = Wire()

    def both(second, here, there, protocol, ask, answer):
        wire.put(second, ip(here, there, protocol, ask))
        if answer is not None:
            wire.put(second + 0.01, ip(there, here, protocol, answer))
    for number in (1, 2):
        for ident in (7, 8):                    # two pings at once
            both(number + (ident - 7) / 20, CLIENT, SERVER, 1,
                 icmp(8, 0, ident, number, b"x" * 56),
                 icmp(0, 0, ident, number, b"x" * 56))
    both(3, CLIENT6, SERVER6, 58,
         icmp6(CLIENT6, SERVER6, 128, 0, 7, 1, b"x" * 32),
         icmp6(SERVER6, CLIENT6, 129, 0, 7, 1, b"x" * 32))
    wire.udp(4, (CLIENT, 5000), (SERVER, 9), 10)
    wire.put(4.1, ip4(SERVER, CLIENT, 1, icmp(3, 3, 0, 0, ip4(
        CLIENT, SERVER, 17, udp(CLIENT, 5000, SERVER, 9, b"x" * 10)))))
    both(5, CLIENT, OTHER, 47, b"\0\0\x08\0" + ip4(
        LOCAL, SERVER, 17, udp(LOCAL, 1, SERVER, 53, b"x" * 20)),
         b"\0\0\x08\0" + ip4(
             SERVER, LOCAL, 17, udp(SERVER, 53, LOCAL, 1, b"x" * 90)))
    init = struct.pack("!HHII", 36412, 36412, 0, 0) + b"\1\0\0\x14" + \
        b"\1" * 16
    both(6, LOCAL, OTHER, 132, init, init[:12] + b"\2" + init[13:])
    both(7, CLIENT6, SERVER6, 50, b"\0" * 48, None)   # ESP, one way
    wire.tcp(8, (CLIENT, 1001), (SERVER, 443), SYN, 1)
    wire.tcp(8.1, (SERVER, 443), (CLIENT, 1001), RST | ACK, 0)
    return wire


# --- the same talk on every link type

def wlan(packet):
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86dd
    return b"\x88\x01\0\0" + b"\2\0\0\0\0\1" * 3 + b"\0\0" + b"\0\0" + \
        b"\xaa\xaa\3\0\0\0" + struct.pack("!H", kind) + packet


def link_types():
    def kind(packet):
        return struct.pack("!H", 0x0800 if packet[0] >> 4 == 4 else 0x86dd)

    def family(packet, order):
        return struct.pack(order + "I", 2 if packet[0] >> 4 == 4 else 30)
    return {
        "sll": (113, lambda p: b"\0\0\0\1\0\6" + b"\2\0\0\0\0\1\0\0" +
                kind(p) + p),
        "sll2": (276, lambda p: kind(p) + b"\0\0" + b"\0\0\0\2" +
                 b"\0\1\0\6" + b"\2\0\0\0\0\1\0\0" + p),
        "raw": (101, lambda p: p),
        "null": (0, lambda p: family(p, "<") + p),
        "loop": (108, lambda p: struct.pack(
            "!I", 2 if p[0] >> 4 == 4 else 24) + p),
        "ppp": (9, lambda p: b"\xff\x03" + ppp_protocol(p)),
        "chdlc": (104, lambda p: b"\x0f\0" + kind(p) + p),
        "wlan": (105, wlan),
        "radiotap": (127, lambda p: b"\0\0\x08\0\0\0\0\0" + wlan(p))}


def captures():
    made = {"talk.pcap": talk().ethernet()}
    for rule in (tcp_teardown, tcp_reset, tcp_half_close, tcp_unanswered,
                 tcp_reuse, tcp_idle, udp_idle, directions, ipv6_headers,
                 fragments, fragments6, tunnels, backwards, other):
        made[rule.__name__.replace("_", "-") + ".pcap"] = rule().ethernet()
    made["tags.pcap"] = tags()
    made["lengths.pcap"] = lengths()
    packets = [(t, ethernet(p)) for t, p in talk().packets]
    fine = [(t, ethernet(p)) for t, p in nanoseconds().packets]
    made["nanoseconds.pcap"] = pcap(fine, nano=True)
    made["nanoseconds.pcapng"] = pcapng(fine)
    made["talk-big-endian.pcap"] = pcap(packets, order=">")
    made["talk-big-endian-ns.pcap"] = pcap(packets, order=">", nano=True)
    made["talk.pcapng"] = pcapng(packets)
    for name, (link, wrap) in link_types().items():
        made["talk-%s.pcap" % name] = pcap(
            [(t, wrap(p)) for t, p in talk().packets], link)
    made["talk.pcap.gz"] = gzip.compress(made["talk.pcap"], mtime=0)
    made["talk.pcap.zst"] = zstd(made["talk.pcap"])
    made["cut.pcap"] = made["talk.pcap"][:-10]
    made["unknown-link.pcap"] = pcap(packets, 147)
    made["mixed.pcapng"] = pcapng(packets, (1, 113))
    return made


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else here
    for name, octets in captures().items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(octets)


if __name__ == "__main__":
    main()
