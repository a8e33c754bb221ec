#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The loss classes of reference_quality.py beside tshark's tcp.analysis.

check_quality.py compares the reference with exflow; here each segment's class
is compared with what tshark calls it.  Where they differ, the difference has
to fall under one of the RULES, each a place where tshark decides otherwise
for a reason that is known; the rules are counted, and with EXFLOW_FULL=1 and
EXFLOW_CAPTURES a rule that nothing falls under fails.  initial_rtt and zero windows have to be the same.
"""
import collections
import concurrent.futures
import os
import sys

import harness
import reference
import reference_quality
from check_quality import FULL, NETWORKS, Simulated, captures
from reference_meter import FIN, RST, SYN, TCP

CHECKS = harness.Checks()
FLAGS = ["retransmission", "fast_retransmission", "spurious_retransmission",
         "out_of_order", "keep_alive", "zero_window_probe", "zero_window"]
AGAIN = ("spurious", "fast", "timeout", "other")
MILLISECOND = 1000000
# tshark's: of fast retransmissions, and of order without initial_rtt.
SOON, LATE = 20 * MILLISECOND, 3 * MILLISECOND

# What tshark calls a segment, and the class that is the same.
SAME = {("", "new"), ("", "gap"), ("out_of_order", "reordered"),
        ("fast_retransmission", "fast"),
        ("spurious_retransmission", "spurious"),
        ("retransmission", "timeout"), ("retransmission", "other"),
        ("keep_alive", "keep-alive"),
        ("zero_window_probe", "window probe")}
# Names of what the page has more of than tshark.
RULES = {
    "copy": "a copy by the network or a mirror has no name in tshark",
    "order": "tshark takes all that comes within the initial round-trip time "
             "of the newest segment for reordered, without a look whether it "
             "fills a hole, or what its id and timestamp say",
    "soon": "tshark calls fast only what is at the latest ACK, within 20 ms "
            "of two duplicates of it; the page takes SACK holes, and the RTO",
    "rto": "tshark calls fast what duplicate ACKs precede by less than 20 ms, "
           "however long it was outstanding",
    "afterwards": "a D-SACK tells afterwards that it was spurious; tshark "
                  "does not go back",
    "flags": "tshark calls spurious only what has payload, no SYN or FIN",
    "acknowledged": "acknowledged before it was seen: repeated for tshark, "
                    "new for the page, as nobody saw these octets before",
    "reused": "tshark goes on with the sequence of the exchange before it on "
              "the same ports, or reads a repeated SYN as another one",
}


class Judge:
    """Names a difference's rule; one for each exchange."""

    def __init__(self, quality):
        self.quality = quality
        self.openings = [0, 0]          # SYNs of a side so far
        self.newest = [None, None]      # when a side's highest came
        self.first = [None, None]       # its first segment
        self.initial = None
        halves = [side.handshake for side in quality.sides]
        if None not in halves:
            self.initial = sum(halves)

    def rule(self, told, side, segment, piece):
        kind, sent = piece.kind, self.quality.sent[side]
        if kind == "duplicated":
            return "copy"
        if kind == "new":
            if self.is_first(side):
                return "reused"
            if told.startswith(("retransmission", "spurious")):
                return "acknowledged"
        if told == "out_of_order" and kind in AGAIN:
            since = segment.time - (self.newest[side] or 0)
            return "order" if since <= max(LATE, self.initial or 0) else None
        if self.openings[side] > 1:
            return "reused"
        if told.startswith("spurious") and not self.is_answered(side, segment):
            return "reused"
        if kind == "spurious":
            if sent.told_twice(piece):
                return "afterwards"
            if segment.flags & (SYN | FIN):
                return "flags"
        if kind == "fast" and told == "retransmission":
            return "soon"
        if kind == "timeout" and told == "fast_retransmission":
            return "rto"
        return None

    def is_answered(self, side, segment):
        """Whether the other side sent anything before that segment."""
        for sender, heard in self.quality.heard:
            if heard is segment or sender != side:
                return heard is not segment
        return False

    def is_first(self, side):
        return self.first[side] is None

    def note(self, side, segment, piece):
        self.openings[side] += bool(segment.flags & SYN)
        if self.first[side] is None:
            self.first[side] = segment
        if piece.kind in ("new", "gap"):
            self.newest[side] = segment.time


def analysis(tshark, path):
    """frame: (what tshark calls it, zero window, initial_rtt or None)."""
    arguments = ["-n", "-r", path, "-T", "fields", "-E", "occurrence=l",
                 "-e", "frame.number"]
    for preference in reference.PREFERENCES[1:]:
        arguments += ["-o", preference]
    for name in FLAGS + ["initial_rtt"]:
        arguments += ["-e", "tcp.analysis." + name]
    found = {}
    for line in tshark._run(arguments).splitlines():
        values = line.split("\t")
        set_of = {name for name, value in zip(FLAGS, values[1:]) if value}
        found[int(values[0])] = (called(set_of), "zero_window" in set_of,
                                 nanoseconds(values[len(FLAGS) + 1]))
    return found


def called(names):
    """The one that says most."""
    for name in ("fast_retransmission", "spurious_retransmission",
                 "out_of_order", "keep_alive", "zero_window_probe",
                 "retransmission"):
        if name in names:
            return name
    return ""


def nanoseconds(text):
    if not text:
        return None
    seconds, _, fraction = text.partition(".")
    return int(seconds) * 1000000000 + int((fraction + "0" * 9)[:9])


class Result:
    def __init__(self, name):
        self.name, self.wrong = name, []
        self.same = collections.Counter()
        self.rules = collections.Counter()
        self.handshakes = self.zero = 0


def captured(capture, tshark):
    return examine(capture.name, capture.path, reference_quality.run(
        tshark.frames(capture.path)), tshark)


def measured(name, space, tshark):
    path = os.path.join(space, str(list(NETWORKS).index(name)) + ".pcap")
    done = Simulated(name).write(path)
    return examine("simulated/" + name, path, done, tshark)


def examine(name, path, done, tshark):
    result = Result(name)
    told = analysis(tshark, path)
    for exchange, quality in done:
        if quality.protocol != TCP:
            continue
        segments(result, quality, told)
        windows(result, exchange, quality, told)
        handshake(result, exchange, quality, told)
    return result


def segments(result, quality, told):
    judge = Judge(quality)
    for side, segment, piece in quality.log:
        name = told[segment.frame][0]
        if (name, piece.kind) in SAME:
            result.same[piece.kind] += 1
        else:
            rule = judge.rule(name, side, segment, piece)
            result.rules[rule] += 1
            if rule is None:
                result.wrong.append("frame %d: tshark %s, reference %s" % (
                    segment.frame, name or "nothing", piece.kind))
        judge.note(side, segment, piece)


def windows(result, exchange, quality, told):
    """tshark leaves out those of SYN and FIN, too."""
    for side in (0, 1):
        zero = [segment.frame for number, segment in quality.heard
                if number == side and segment.window == 0 and
                not segment.flags & (SYN | FIN | RST)]
        theirs = [segment.frame for number, segment in quality.heard
                  if number == side and told[segment.frame][1]]
        result.zero += len(zero)
        if zero != theirs:
            result.wrong.append("%s: zero windows %s, tshark %s" % (
                exchange.client, zero, theirs))


def handshake(result, exchange, quality, told):
    """Where both halves are known, and nothing was repeated."""
    halves = [side.handshake for side in quality.sides]
    known = [told[segment.frame][2] for _, segment in quality.heard
             if told[segment.frame][2] is not None]
    if None in halves or not known or any(
            len(copies) != 1 for copies in quality.openings):
        return
    result.handshakes += 1
    if abs(known[-1] - sum(halves)) > 1000:
        result.wrong.append("%s: initial_rtt %d, handshake %d" % (
            exchange.client, known[-1], sum(halves)))


def main():
    harness.need_program("tshark")
    tshark, space = reference.Tshark(), harness.workspace()
    jobs = [(c.name, lambda c=c: captured(c, tshark)) for c in captures()]
    jobs += [("simulated/" + name,
              lambda name=name: measured(name, space, tshark))
             for name in NETWORKS]
    if len(sys.argv) > 1:
        jobs = [job for job in jobs if any(a in job[0]
                                           for a in sys.argv[1:])]
    whole = FULL and harness.foreign_captures() and len(sys.argv) < 2
    same, rules = collections.Counter(), collections.Counter()
    handshakes = zero = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda job: job[1](), jobs):
            same.update(result.same)
            rules.update(result.rules)
            handshakes, zero = (handshakes + result.handshakes,
                                zero + result.zero)
            CHECKS.made += 1
            for text in result.wrong:
                CHECKS.check(False, "%s: %s" % (result.name, text))
    print("the same: " + ", ".join("%s %d" % item
                                   for item in sorted(same.items())))
    for rule, why in RULES.items():
        print("%-13s %5d  %s" % (rule, rules[rule], why))
        CHECKS.check(rules[rule] or not whole, "no difference is of the rule " +
                     rule)
    print("%d initial round-trip times, %d zero windows" % (handshakes, zero))
    CHECKS.check(handshakes, "no handshake was compared")
    CHECKS.end()


if __name__ == "__main__":
    main()
