# SPDX-License-Identifier: BSD-2-Clause
"""TCP exchanges whose every segment is made by hand, and its class told.

    talk = Talk("a name")
    talk.open()
    talk.client(50, 100)                    # at 50 ms, 100 octets
    talk.server(70, 0)                      # acknowledges what was sent
    talk.client(500, 100, seq=1, want="timeout")

Sequence numbers count from the side's SYN, which is 0.
"""
import struct

import harness
from reference_meter import ACK, FIN, RST, SYN, TCP, Segment

import sys
sys.path.insert(0, harness.OWN_CAPTURES)
import frames  # noqa: E402

MILLISECOND = 1000000
ADDRESSES = {4: ("10.0.0.1", "198.51.100.1"),
             6: ("2001:db8:1::1", "2001:db8:2::1")}


class Sent:
    """One segment, and the class that it has in the end."""

    def __init__(self, ms, side, **fields):
        self.time = frames.START + round(ms * MILLISECOND)
        self.side = side
        self.__dict__.update(fields)


def options_of(mss=None, scale=None, permitted=False, stamp=None, echo=0,
               sack=()):
    out = b""
    if mss is not None:
        out += struct.pack("!BBH", 2, 4, mss)
    if scale is not None:
        out += struct.pack("!BBBB", 1, 3, 3, scale)
    if permitted:
        out += bytes([1, 1, 4, 2])
    if stamp is not None:
        out += struct.pack("!BBBBII", 1, 1, 8, 10, stamp, echo)
    if sack:
        out += bytes([1, 1, 5, 2 + 8 * len(sack)])
        out += b"".join(struct.pack("!II", *block) for block in sack)
    return out


class Talk:
    def __init__(self, name, isn=(1000, 5000), stamps=False):
        """stamps: RFC 7323's, a millisecond each, of clock and echo."""
        self.name, self.isn, self.stamps = name, isn, stamps
        self.sent = []
        self.next = [0, 0]
        self.heard = [None, None]   # TSval of the other side
        self.identity = [100, 30000]
        self.expected = {}          # element: value

    def put(self, side, ms, size=0, seq=None, ack=None, flags=ACK, want="new",
            identity=None, stamp=None, echo=None, sack=(), window=64240,
            whole=False, plain=False, **options):
        seq = self.next[side] if seq is None else seq
        if ack is None:
            ack = self.next[1 - side] if flags & ACK else 0
        if identity is None:
            self.identity[side] += 1
            identity = self.identity[side]
        if (self.stamps or stamp is not None) and not plain:
            options["stamp"] = round(ms) + 7 if stamp is None else stamp
            if echo is None:
                echo = self.heard[side] or 0
            options["echo"] = echo
            self.heard[1 - side] = options["stamp"]
        length = size + bool(flags & SYN) + bool(flags & FIN)
        probe = want in ("keep-alive", "window probe")
        other = self.isn[1 - side]
        self.sent.append(Sent(
            ms, side, size=size, flags=flags,
            seq=(self.isn[side] + seq) % 2 ** 32,
            ack=(other + ack) % 2 ** 32 if flags & ACK else 0,
            want=want if length or probe else None, identity=identity,
            window=window, whole=whole, options=options_of(
                sack=[tuple((other + edge) % 2 ** 32 for edge in block)
                      for block in sack], **options)))
        self.next[side] = max(self.next[side], seq + length)

    def client(self, ms, size=0, **how):
        self.put(0, ms, size, **how)

    def server(self, ms, size=0, **how):
        self.put(1, ms, size, **how)

    def open(self, ms=0, there=10, here=10, **options):
        """The handshake, with the halves of its round trip."""
        self.client(ms, flags=SYN, **options)
        self.server(ms + there, flags=SYN | ACK, **options)
        self.client(ms + there + here)

    def expect(self, **values):
        self.expected.update(values)

    def classes(self, side):
        """Class: how many segments of that side."""
        found = {}
        for sent in self.sent:
            if sent.side == side and sent.want is not None:
                found[sent.want] = found.get(sent.want, 0) + 1
        return found

    # --- as segments for the reference, and as frames for exflow

    def segments(self, version=4):
        """(side, Segment) of each."""
        for sent in self.sent:
            segment = Segment()
            segment.protocol, segment.time = TCP, sent.time
            segment.payload, segment.flags = sent.size, sent.flags
            segment.sequence, segment.acknowledged = sent.seq, sent.ack
            segment.window, segment.options = sent.window, sent.options
            segment.hops, segment.service = 64, 0
            segment.size = 20 * (version // 2 - 1) + 20 + len(
                sent.options) + sent.size
            if version == 4:
                segment.identity = sent.identity
                segment.whole = sent.whole
            yield sent.side, segment

    def frames(self, port, version=4):
        """(nanoseconds, octets) of each; the client's port tells which."""
        ends = [(ADDRESSES[version][0], port), (ADDRESSES[version][1], 80)]
        for sent in self.sent:
            source, dest = ends[sent.side], ends[1 - sent.side]
            octets = frames.tcp(*source, *dest, sent.flags, sent.seq,
                                sent.ack, b"x" * sent.size,
                                options=sent.options, window=sent.window)
            if version == 4:
                packet = frames.ip4(source[0], dest[0], TCP, octets,
                                    ident=sent.identity % 65536,
                                    whole=sent.whole)
            else:
                packet = frames.ip6(source[0], dest[0], TCP, octets)
            yield sent.time, frames.ethernet(packet)


__all__ = ["ACK", "FIN", "RST", "SYN", "Talk"]
