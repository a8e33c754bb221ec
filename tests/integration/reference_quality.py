#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A second opinion of what exchanges went through, from QUALITY alone.

reference.py takes the headers apart and reference_meter.py finds the
exchanges; this file keeps every segment of each and decides by the page.
Nothing is shared with exflow, and nothing is bounded: every hole, every
outstanding sample and every octet is remembered.  By hand:

    reference_quality.py [-n CIDR[,CIDR]] CAPTURE

prints the figures of each exchange under the names of its elements.
"""
import argparse
import json
import math

import reference
from reference_meter import ACK, FIN, RST, SYN, TCP, UDP, Meter
from reference_segments import Direction, Options

MICROSECOND, MILLISECOND, SECOND = 1000, 1000000, 1000000000
RTT_WITHOUT = 3 * MILLISECOND       # for reordering
COPY, COPY_IDS = MILLISECOND, 64    # ids that a sender uses meanwhile
RTO_FLOOR, RTO_WITHOUT = 200 * MILLISECOND, SECOND
NEW, GAP, KEEP_ALIVE, PROBE = "new", "gap", "keep-alive", "window probe"
REORDERED, DUPLICATED = "reordered", "duplicated"
SPURIOUS, FAST, TIMEOUT, OTHER = "spurious", "fast", "timeout", "other"
RETRANSMITTED = (SPURIOUS, FAST, TIMEOUT, OTHER)
CLASSES = (NEW, GAP, KEEP_ALIVE, PROBE, REORDERED,
           DUPLICATED) + RETRANSMITTED


class Samples:
    """Round-trip times of one half, in nanoseconds."""

    def __init__(self):
        self.values = []

    def micros(self):
        return [value // MICROSECOND for value in self.values]

    def deviation(self):
        values = self.micros()
        if not values:
            return None
        mean = sum(values) / len(values)
        squares = sum((value - mean) ** 2 for value in values)
        return math.sqrt(squares / max(1, len(values) - 1))


class Rto:
    """RFC 6298 over the sums of the latest sample of both halves."""

    def __init__(self):
        self.last = [None, None]
        self.smooth = self.varies = None

    def add(self, half, sample):
        self.last[half] = sample
        total = sum(value or 0 for value in self.last)
        if self.smooth is None:
            self.smooth, self.varies = total, total / 2
            return
        self.varies += (abs(self.smooth - total) - self.varies) / 4
        self.smooth += (total - self.smooth) / 8

    def value(self):
        if self.smooth is None:
            return RTO_WITHOUT
        return max(RTO_FLOOR, self.smooth + 4 * self.varies)


class Side:
    """What is counted of a side's packets, of any protocol."""

    def __init__(self):
        self.samples = Samples()
        self.handshake = None
        self.classes = dict.fromkeys(CLASSES, 0)
        self.repeated = self.unique = self.late = self.fills = 0
        self.opening = None         # Options of its latest SYN
        self.windows, self.unscaled = [], False
        self.zero_windows = self.sacks = self.pure_acks = 0
        self.flights, self.initial = [], None
        self.times = []             # of payload
        self.payloads = []
        self.hops = []
        self.ect = self.ce = 0
        self.bins = [0] * 8

    def packet(self, segment):
        if segment.hops is not None:
            self.hops.append(segment.hops)
        if segment.service is not None:
            self.ect += segment.service & 3 in (1, 2)
            self.ce += segment.service & 3 == 3
        self.bins[min(7, max(0, segment.size.bit_length() - 6))] += 1
        if segment.payload:
            self.payloads.append(segment.payload)


def known_identity(segment):
    """The IPv4 id; None where there is none, or it says nothing."""
    if segment.whole and segment.identity == 0:
        return None
    return segment.identity


class Quality:
    """One exchange."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.sides = [Side(), Side()]
        self.sent = [Direction(), Direction()]
        self.rto = Rto()
        self.openings = [[], []]    # (time, TSval) of SYN and of SYN-ACK
        self.scale = [None, None]
        self.window = [None, None]
        self.raw_window = [None, None]
        self.pure = [None, None]    # what tells the last pure ACK
        self.requested = self.response = None
        self.before, self.idle = None, 0
        self.log = []               # (side, Segment, Piece with its class)
        self.heard = []             # (side, Segment), all of TCP's
        # Four holes and retransmissions were enough, and what was sent again
        # was the last segment, or in a hole.
        self.bounded = True
        self.holed = False          # more than four holes at once

    # --- any protocol

    def packet(self, side, segment, time, later=False):
        if self.before is not None and time - self.before > SECOND:
            self.idle += time - self.before
        self.before = max(time, self.before or 0)
        self.sides[side].packet(segment)
        if self.protocol == UDP:
            self.respond(side, time, True)
        elif self.protocol == TCP and not later:
            self.tcp(side, segment, time)

    def respond(self, side, time, once):
        """The last octet of the first request, the first of the answer."""
        if self.response is not None or not (once or self.sides[0].opening):
            return      # or nobody knows which request is the first
        if side == 0 and not (once and self.requested is not None):
            self.requested = time
        elif side == 1 and self.requested is not None and \
                time >= self.requested:
            self.response = time - self.requested

    # --- TCP

    def tcp(self, side, segment, time):
        mine, flags = self.sides[side], segment.flags
        self.heard.append((side, segment))
        if flags & RST:
            return
        options = Options(segment.options)
        if flags & SYN:
            mine.opening = options      # the latest: others were not answered
        mine.sacks += bool(options.sack)
        if flags & ACK and not segment.payload and not flags & (SYN | FIN):
            mine.pure_acks += 1
        if flags & ACK:
            self.acknowledge(side, segment, options, time)
        self.offer(side, segment)
        piece = self.classify(side, segment, options, time)
        if piece is not None:
            mine.classes[piece.kind] += 1
            self.log.append((side, segment, piece))
        self.handshake(side, segment, options, time,
                       piece.kind if piece else None)

    def offer(self, side, segment):
        """Its window, as far as its scale is known."""
        if segment.window is None:
            return
        mine, opening = self.sides[side], self.sides[side].opening
        mine.zero_windows += segment.window == 0
        self.raw_window[side] = segment.window
        other = self.sides[1 - side].opening
        known = [one for one in (opening, other) if one is not None]
        shift = 0
        if not segment.flags & SYN and all(one.scale is not None
                                           for one in known):
            if len(known) < 2:
                mine.unscaled = True
                return
            shift = opening.scale
        mine.windows.append(segment.window << shift)

    def acknowledge(self, side, segment, options, time):
        """What it says of the octets that the other side sent."""
        sent, other = self.sent[1 - side], self.sides[1 - side]
        ack = sent.unwrap(segment.acknowledged)
        if sent.opened is not None and ack <= sent.opened:
            return      # nothing that this side ever sent
        copied = self.is_copied_ack(side, segment, options)
        for start, end in sent.selective(ack, options.sack):
            if copied:
                break
            for old in sent.remembered[-4:]:
                if old.kind != SPURIOUS and start <= old.start and \
                        old.end <= end:
                    other.classes[old.kind] -= 1
                    other.classes[SPURIOUS] += 1
                    other.late += old.late
                    old.kind = SPURIOUS
        if sent.acked is not None and ack <= sent.acked:
            sent.repeats += (ack == sent.acked and sent.outstanding() and
                             not copied and not segment.payload and
                             not segment.flags & (SYN | FIN) and
                             segment.window == self.raw_window[side])
            return
        sent.acked, sent.repeats = ack, 0
        if other.initial is None and sent.flown and \
                ack > sent.first_octet:
            other.initial = sent.flown
        sample = sent.take(ack, options.echo)
        self.bounded &= not sent.guessed
        if sample is not None:
            self.sides[side].samples.values.append(time - sample)
            self.rto.add(side, time - sample)

    def is_copied_ack(self, side, segment, options):
        """Whether a mirror made it of the side's last pure ACK, or of one
        shortly before: by the id, or without one by the TSval; SACK blocks
        differ between those that are no copies."""
        if segment.payload or segment.flags & (SYN | FIN):
            return False
        known = known_identity(segment)
        this = known if known is not None else options.stamp
        before = self.pure[side]
        told = this is not None and (known is not None or (
            not options.sack and all(one.opening is None or
                                     one.opening.sack_permitted
                                     for one in self.sides)))
        if told and before is not None and (before - this) % 65536 < COPY_IDS:
            return True
        self.pure[side] = this
        return False

    def minimum(self):
        """Both halves' least round-trip times together, or None.  The
        handshake is one, too."""
        least = [min(side.samples.values + [side.handshake] *
                     (side.handshake is not None), default=None)
                 for side in self.sides]
        return None if None in least else sum(least)

    def classify(self, side, segment, options, time):
        mine, sent = self.sides[side], self.sent[side]
        control = segment.flags & (SYN | FIN)
        start = sent.unwrap(segment.sequence)
        length = segment.payload + bool(segment.flags & SYN) + bool(
            segment.flags & FIN)
        if sent.highest is None:
            sent.highest = start
        if segment.flags & SYN and sent.opened is None:
            sent.opened = start
        kind = None
        if not control and segment.payload == 1 and \
                self.raw_window[1 - side] == 0:
            kind = PROBE
        elif not control and segment.payload <= 1 and \
                start == sent.highest - 1:
            kind = KEEP_ALIVE
        elif length == 0:
            return None
        elif start == sent.highest:
            kind = NEW
        elif start > sent.highest:
            kind = GAP
        piece = sent.piece(segment, options, start, start + length, time)
        if kind is None:
            kind = self.old(side, piece, time)
        return self.record(side, piece, kind)

    def record(self, side, piece, kind):
        """Its octets, the samples that it makes ambiguous, its flight."""
        mine, sent = self.sides[side], self.sent[side]
        mine.unique += piece.fresh
        mine.fills += piece.fills
        piece.kind = kind
        if kind in RETRANSMITTED:
            mine.repeated += piece.payload - piece.fresh
            mine.late += kind == SPURIOUS and piece.late
            sent.remembered.append(piece)
        sent.add(piece, kind in (NEW, GAP),
                 kind in RETRANSMITTED or kind == REORDERED,
                 kind in RETRANSMITTED)
        self.holed |= sum(len(one.holes) for one in self.sent) > 4
        self.bounded &= not self.holed and sum(
            len(one.remembered) for one in self.sent) <= 4
        if piece.payload:
            mine.times.append(piece.time)
            mine.flights.append(sent.flight())
            if mine.initial is None:
                sent.flown = max(sent.flown, sent.flight() or 0)
            if kind in (NEW, GAP, REORDERED):
                self.respond(side, piece.time, False)
        return piece

    def old(self, side, piece, time):
        """The class of a segment that begins before the highest octet."""
        sent = self.sent[side]
        piece.late = time - sent.sent_before(piece) > self.rto.value()
        hole = sent.hole_of(piece)
        self.bounded &= hole is not None or sent.is_last(piece)
        if hole is not None and (
                time - hole.opener.time <= (self.minimum() or RTT_WITHOUT) or
                piece.older_than(hole.opener)):
            return REORDERED
        same = sent.same(piece)
        self.bounded &= same is None or same is sent.pieces[-1]
        if same is not None and time - same.time <= COPY and (
                piece.same_identity(same) or
                (piece.stamp is not None and piece.stamp == same.stamp and
                 not sent.repeats)):
            return DUPLICATED
        if sent.acked is not None and piece.end <= sent.acked or \
                sent.told_twice(piece):
            return SPURIOUS
        if not piece.late and (
                (sent.repeats >= 2 and piece.start <= sent.acked) or
                (sent.acked is not None and sent.sacked is not None and
                 piece.start < sent.sacked)):
            return FAST
        return TIMEOUT if piece.late else OTHER

    def handshake(self, side, segment, options, time, kind):
        """SYN, SYN-ACK, ACK: the copy that is meant, or none."""
        flags = segment.flags
        if flags & SYN and kind != DUPLICATED:
            if side == 1 and flags & ACK and not self.openings[1] and \
                    self.sent[0].acked is not None:
                self.sides[1].handshake = self.since(0, options.echo, time)
                if self.sides[1].handshake is not None:
                    self.rto.add(1, self.sides[1].handshake)
            if side == 1 or not flags & ACK:
                self.openings[side].append((time, options.stamp))
        elif side == 0 and flags & ACK and not flags & SYN and \
                self.sides[0].handshake is None and self.openings[1] and \
                self.sent[1].acked is not None and not self.sent[0].shaken:
            self.sent[0].shaken = True
            self.sides[0].handshake = self.since(1, options.echo, time)
            if self.sides[0].handshake is not None:
                self.rto.add(0, self.sides[0].handshake)

    def since(self, opener, echo, time):
        copies = self.openings[opener]
        if len(copies) > 1:
            copies = [copy for copy in copies
                      if echo is not None and copy[1] == echo]
        if len(copies) != 1 or time < copies[0][0]:
            return None
        return time - copies[0][0]

    # --- what comes out

    def figures(self):
        """Element: value, for all that is known."""
        found = {}
        for side, prefix in ((0, ""), (1, "reverse")):
            for name, value in self.of_side(side).items():
                if prefix:
                    name = prefix + name[0].upper() + name[1:]
                found[name] = value
        found["responseTimeMicroseconds"] = micros(self.response)
        found["idleTimeMicroseconds"] = self.idle // MICROSECOND
        return {name: value for name, value in found.items()
                if value is not None}

    def of_side(self, number):
        side, sent = self.sides[number], self.sent[number]
        found = {
            "minimumTtl": min(side.hops, default=None),
            "maximumTtl": max(side.hops, default=None),
            "payloadMinimum": min(side.payloads, default=None),
            "payloadMaximum": max(side.payloads, default=None),
            "ectPacketDeltaCount": side.ect,
            "cePacketDeltaCount": side.ce,
            "packetSizeBins": side.bins}
        if self.protocol != TCP:
            return found
        classes, samples = side.classes, side.samples.micros()
        found.update({
            "handshakeRttMicroseconds": micros(side.handshake),
            "rttMinimumMicroseconds": min(samples, default=None),
            "rttMaximumMicroseconds": max(samples, default=None),
            "rttMeanMicroseconds": sum(samples) / len(samples)
            if samples else None,
            "rttDeviationMicroseconds": side.samples.deviation(),
            "rttSampleCount": len(samples),
            "retransmittedPacketDeltaCount": sum(classes[name] for name in
                                                 RETRANSMITTED),
            "retransmittedOctetDeltaCount": side.repeated,
            "reorderedPacketDeltaCount": classes[REORDERED],
            "duplicatedPacketDeltaCount": classes[DUPLICATED],
            "spuriousRetransmissionDeltaCount": classes[SPURIOUS],
            "fastRetransmissionDeltaCount": classes[FAST],
            "timeoutRetransmissionDeltaCount": classes[TIMEOUT],
            "keepAlivePacketDeltaCount": classes[KEEP_ALIVE] +
            classes[PROBE],
            "missedOctetDeltaCount": sent.missed(),
            "uniqueOctetDeltaCount": side.unique,
            "windowMinimum": None if side.unscaled
            else min(side.windows, default=None),
            "windowMaximum": None if side.unscaled
            else max(side.windows, default=None),
            "zeroWindowPacketDeltaCount": side.zero_windows,
            "inFlightMaximum": max((n for n in side.flights
                                    if n is not None), default=None),
            "initialInFlight": (side.initial or sent.flown or None)
            if sent.opened is not None else None,
            "sackPacketDeltaCount": side.sacks,
            "pureAckPacketDeltaCount": side.pure_acks,
            "firstPayloadMicroseconds": micros(min(side.times,
                                                   default=None)),
            "lastPayloadMicroseconds": micros(max(side.times,
                                                  default=None))})
        if side.opening is not None:
            found.update({"maximumSegmentSize": side.opening.size,
                          "windowScale": side.opening.scale,
                          "tcpOptionsSeen": side.opening.bits()})
        return found


def micros(time):
    return None if time is None else time // MICROSECOND


class QualityMeter(Meter):
    """reference_meter's exchanges with the quality of each."""

    def __init__(self, networks="", **options):
        super().__init__(networks, **options)
        self.done = []      # (Exchange, Quality)

    def count(self, exchange, segment, ends, later=False):
        if not hasattr(exchange, "quality"):
            exchange.quality = Quality(exchange.protocol)
        side = 0 if exchange.client == ends[0] else 1
        exchange.quality.packet(side, segment, segment.time, later)
        return super().count(exchange, segment, ends, later)

    def end(self, key, how):
        exchange = self.live[key]
        if exchange.reason is None and hasattr(exchange, "quality"):
            self.done.append((exchange, exchange.quality))
        super().end(key, how)


def run(frames, networks="", **options):
    """The exchanges of frames, each with its quality."""
    meter = QualityMeter(networks, **options)
    for frame in frames:
        segment = reference.dissect(frame, options)
        segment.frame = int(frame["frame.number"][0])
        meter.packet(reference.timestamp(frame), segment)
    meter.finish()
    return meter.done


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", default="", metavar="CIDR[,CIDR]")
    parser.add_argument("capture")
    arguments = parser.parse_args()
    frames = reference.Tshark().frames(arguments.capture)
    for exchange, quality in run(frames, arguments.n):
        print("%s > %s, protocol %d" % (exchange.client, exchange.server,
                                        exchange.protocol))
        print(json.dumps(quality.figures(), indent=1))


if __name__ == "__main__":
    main()
