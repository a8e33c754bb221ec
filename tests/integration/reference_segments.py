# SPDX-License-Identifier: BSD-2-Clause
"""What one side of an exchange sent, octet by octet, for reference_quality.py.

Sequence numbers are unwrapped, so they grow without end.  Every segment is
kept: where a bounded meter remembers the last few, this remembers all.
"""
from reference_meter import FIN, SYN, reduced

FIRST = 1 << 40     # the first sequence number seen of a side, unwrapped


class Options:
    """Of a TCP header (RFC 9293, 7323, 2018)."""

    def __init__(self, octets):
        self.size = self.scale = self.stamp = self.echo = None
        self.sack_permitted, self.sack = False, []
        while octets and octets[0] != 0:
            if octets[0] == 1:
                octets = octets[1:]
                continue
            length = octets[1] if len(octets) > 1 else 0
            if length < 2 or length > len(octets):
                break
            self.option(octets[0], octets[2:length])
            octets = octets[length:]

    def option(self, kind, body):
        def number(at, octets=4):
            return int.from_bytes(body[at:at + octets], "big")
        if kind == 2 and len(body) == 2:
            self.size = number(0, 2)
        elif kind == 3 and len(body) == 1:
            self.scale = min(body[0], 14)
        elif kind == 4 and not body:
            self.sack_permitted = True
        elif kind == 5 and body and len(body) % 8 == 0:
            self.sack = [(number(at), number(at + 4))
                         for at in range(0, len(body), 8)]
        elif kind == 8 and len(body) == 8:
            self.stamp, self.echo = number(0), number(4)

    def bits(self):
        return (self.sack_permitted | (self.stamp is not None) << 1 |
                (self.scale is not None) << 2)


class Piece:
    """One segment that takes place in the sequence."""

    def __init__(self, segment, options, start, end, time):
        self.start, self.end, self.time = start, end, time
        self.first = start + bool(segment.flags & SYN)      # of its payload
        self.last = end - bool(segment.flags & FIN)
        self.payload = segment.payload
        self.identity = segment.identity
        if segment.whole and segment.identity == 0:
            self.identity = None        # says nothing
        self.stamp = options.stamp
        self.fresh, self.fills = 0, False   # octets of payload not seen before
        self.again = self.late = False
        self.kind = None
        # What came again or late while it waited for its acknowledgement.
        self.met = []

    def same_identity(self, other):
        return self.identity is not None and self.identity == other.identity

    def caused(self, ack, echo):
        """Whether it may have: no acknowledgement of less than its own end,
        and none that echoes an older timestamp."""
        return ack >= self.end and (None in (self.stamp, echo) or
                                    reduced(echo - self.stamp) >= 0)

    def is_meant(self, ack, echo):
        return not any(piece.caused(ack, echo) for piece in self.met)

    def older_than(self, other):
        """Sent before it, by its identity or its timestamp."""
        if None not in (self.stamp, other.stamp) and \
                reduced(self.stamp - other.stamp) < 0:
            return True
        return None not in (self.identity, other.identity) and \
            0 < (other.identity - self.identity) % 65536 < 32768


class Hole:
    def __init__(self, start, end, opener):
        self.start, self.end, self.opener = start, end, opener


class Direction:
    def __init__(self):
        self.highest = self.acked = None
        self.opened = None          # its SYN
        self.first_octet = None     # of payload
        self.last_octet = 0         # behind the highest of payload
        self.pieces = []            # all of them
        self.seen = []              # (start, end), apart and in order
        self.holes = []
        self.waiting = []           # pieces whose ACK has not come
        self.behind = []            # those that came again or late meanwhile,
        self.behind_end = 0         # and the highest octet then
        self.guessed = False
        self.remembered = []        # retransmissions
        self.repeats = 0            # duplicate ACKs of the other side
        self.sacked = None          # highest octet of its SACK blocks
        self.twice = []             # its D-SACKs
        self.flown = 0              # most octets before the first ACK of data
        self.shaken = False

    def unwrap(self, number):
        near = self.highest if self.highest is not None else self.acked
        if near is None:
            return FIRST + number
        return near + reduced(number - near)

    def piece(self, segment, options, start, end, time):
        piece = Piece(segment, options, start, end, time)
        if self.first_octet is None:
            self.first_octet = piece.first
        seen = sum(max(0, min(piece.last, high) - max(piece.first, low))
                   for low, high in self.seen)
        piece.fresh = piece.payload - seen
        piece.fills = any(piece.start < hole.end and hole.start < piece.end
                          for hole in self.holes)
        return piece

    def add(self, piece, sample, behind, again):
        """behind: it came again or late, so that an acknowledgement of what
        waits may be one of this; again: the sender sent it again."""
        for old in self.waiting:
            old.met += [piece] if behind else []
        if piece.start > self.highest:
            self.holes.append(Hole(self.highest, piece.start, piece))
        before = self.pieces[-1].stamp if self.pieces else None
        piece.again = again and None not in (piece.stamp, before) and \
            reduced(piece.stamp - before) > 0
        self.fill(piece)
        self.pieces.append(piece)
        self.highest = max(self.highest, piece.end)
        self.last_octet = max(self.last_octet, piece.last)
        if behind:
            self.behind.append(piece)
            self.behind_end = self.highest
        if piece.payload and (sample or piece.again):
            self.waiting.append(piece)
        self.merge(piece.start, piece.end)

    def merge(self, start, end):
        apart = [(low, high) for low, high in self.seen
                 if high < start or low > end]
        met = [item for item in self.seen if item not in apart]
        start = min([start] + [low for low, _ in met])
        end = max([end] + [high for _, high in met])
        self.seen = sorted(apart + [(start, end)])

    def fill(self, piece):
        left = []
        for hole in self.holes:
            if piece.end <= hole.start or hole.end <= piece.start:
                left.append(hole)
                continue
            if hole.start < piece.start:
                left.append(Hole(hole.start, piece.start, hole.opener))
            if piece.end < hole.end:
                left.append(Hole(piece.end, hole.end, hole.opener))
        self.holes = left

    def hole_of(self, piece):
        """The hole that the whole piece lies in."""
        for hole in self.holes:
            if hole.start <= piece.start and piece.end <= hole.end:
                return hole
        return None

    def same(self, piece):
        """The last one with the same octets."""
        for old in reversed(self.pieces):
            if (old.start, old.end, old.payload) == (
                    piece.start, piece.end, piece.payload):
                return old
        return None

    def is_last(self, piece):
        last = self.pieces[-1] if self.pieces else None
        return last is not None and last.start <= piece.start < last.end

    def sent_before(self, piece):
        """When its first octet was sent last, here or on its way to here."""
        for old in reversed(self.pieces):
            if old.start <= piece.start < old.end:
                return old.time
        for hole in self.holes:
            if hole.start <= piece.start < hole.end:
                return hole.opener.time
        return self.pieces[-1].time if self.pieces else piece.time

    def selective(self, ack, blocks):
        """Take SACK blocks; those that are D-SACKs (RFC 2883)."""
        blocks = [(self.unwrap(start), self.unwrap(end))
                  for start, end in blocks]
        twice = []
        if blocks and (blocks[0][1] <= ack or (
                len(blocks) > 1 and blocks[1][0] <= blocks[0][0] and
                blocks[0][1] <= blocks[1][1])):
            twice.append(blocks.pop(0))
        for _, end in blocks:
            self.sacked = max(self.sacked or 0, end)
        self.twice += twice
        return twice

    def told_twice(self, piece):
        return any(start <= piece.start and piece.end <= end
                   for start, end in self.twice)

    def outstanding(self):
        return self.highest is not None and self.highest > self.acked

    def take(self, ack, echo):
        """When the segment was sent that it acknowledges, or None.  It
        tells nothing of a segment that it ends within."""
        taken = [piece for piece in self.waiting if piece.end <= ack]
        self.waiting = [piece for piece in self.waiting if piece.end > ack]
        exact = [piece for piece in taken
                 if piece.end == ack and not piece.again][-1:]
        echoed = [piece for piece in taken
                  if piece.again and piece.stamp == echo][-1:]
        meant = [piece for piece in exact if piece.is_meant(ack, echo)]
        self.guess(exact, echoed, meant, ack, echo)
        self.behind = [] if ack >= self.behind_end else self.behind
        for piece in meant + echoed:
            return piece.time
        return None

    def guess(self, exact, echoed, meant, ack, echo):
        """exflow remembers one of those that came again or late until all
        that waited then is acknowledged; was that enough?"""
        joined = [piece for piece in exact if not piece.met or not any(
            other.caused(ack, echo) for other in self.behind)]
        self.guessed |= joined != meant or (
            not meant and echoed != [] and self.behind[:1] != echoed)

    def flight(self):
        if self.acked is None:
            return None
        acked = self.acked
        if self.opened is not None:
            acked = max(acked, self.opened + 1)
        return max(0, self.last_octet - acked)

    def missed(self):
        """Octets that were acknowledged and never seen."""
        if self.acked is None or self.highest is None:
            return 0
        missed = sum(max(0, min(hole.end, self.acked) - hole.start)
                     for hole in self.holes)
        return missed + max(0, self.acked - self.highest)
