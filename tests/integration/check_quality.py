#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""exflow's figures of quality against those of reference_quality.py.

Every exchange of the project's captures, of simulated bad networks
(lossy.py) and, with EXFLOW_CAPTURES, of a sample of the real ones
(EXFLOW_FULL=1: of all) is measured by both, and every figure has to be the
same.  With active_timeout the parts of an exchange have to add up to the same
again.

exflow remembers four holes and retransmissions, and when the last segment was
sent; the reference remembers all.  Where that was not enough, what came again
may be a copy by the network to the one and a retransmission to the other, or a
retransmission of another class, and so may make a sample of the round-trip
time or not; their sum and all else may not differ.  What the page leaves open stands in known-quality, by
capture and element, with the reason.
"""
import calendar
import collections
import concurrent.futures
import json
import os
import sys
import time

import harness
import reference
import reference_quality
from check_reference import own_captures, real_captures
from lossy import Path
from reference_meter import TCP, Exchange
from segments import ADDRESSES, frames

KNOWN = os.path.join(harness.HERE, "known-quality")
FULL = bool(os.environ.get("EXFLOW_FULL"))
# Of the real captures: losses, both versions of IP, tunnels, UDP, no opening.
SAMPLE = ("tcp__timestamp", "ssh__sshguess", "krb__kinit", "pcap__v6.pcap",
          "ftp-all-data-ipv6", "ldap__gap-data", "ip6_fragments",
          "functional__inputs__http", "output-eve-ftp-data",
          "quic-go_quic-go")
# Many acknowledgements are under way when something is lost, and by these seeds
# so little is that exflow remembers it all.
LARGE = {"window": 100, "count": 600, "seeds": (4, 36, 42, 55, 57)}
# Name: what happens on the way.
NETWORKS = {
    "clean": {},
    "small window": {"window": 4},
    "loss": {"loss": 0.02},
    "loss, no SACK": {"loss": 0.02, "selective": False},
    "loss, no timestamps": {"loss": 0.02, "stamps": False},
    "loss, neither": {"loss": 0.02, "stamps": False, "selective": False},
    "much loss": {"loss": 0.08},
    "reordered": {"reorder": 0.03},
    "duplicated": {"copies": 0.03},
    "small window, loss": {"window": 4, "loss": 0.02},
    "large window, little loss": dict(LARGE, loss=0.004),
    "large window, few reordered": dict(LARGE, reorder=0.004),
    "large window, little loss, no timestamps": dict(LARGE, loss=0.004,
                                                     stamps=False),
    "all": {"loss": 0.03, "reorder": 0.02, "copies": 0.02, "jitter": 3},
}
SEEDS = range(20 if FULL else 4)
MEANS = {"rttMeanMicroseconds", "rttDeviationMicroseconds"}
COUNT, LEAST, MOST = ("rttSampleCount", "rttMinimumMicroseconds",
                      "rttMaximumMicroseconds")
# What came again or late: a copy, a retransmission, or what was reordered, which
# the least round-trip times tell apart from a retransmission.
AGAIN = {"duplicatedPacketDeltaCount", "retransmittedPacketDeltaCount",
         "retransmittedOctetDeltaCount", "reorderedPacketDeltaCount"}
# What depends on a fifth hole, which exflow forgets: it fills with octets that
# seem to come again.
FORGOTTEN = AGAIN | {"uniqueOctetDeltaCount", "missedOctetDeltaCount"}
# Classes of retransmissions; a D-SACK moves one to another.
MOVED = {kind + "RetransmissionDeltaCount" for kind in (
    "spurious", "fast", "timeout")}


def base(name):
    """An element without its direction."""
    if name.startswith("reverse"):
        name = name[7:]
        return name[0].lower() + name[1:]
    return name


def prefixed(prefix, name):
    return prefix + name[0].upper() + name[1:] if prefix else name


def half(name):
    return "reverse" if name.startswith("reverse") else ""


def microseconds(text):
    """Since 1970, of a time in JSON."""
    stamp, _, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1000000 + int((fraction + "000000")[:6])


def value_of(name, value):
    """What JSON says, as the reference says it."""
    if value is None:
        return None
    if base(name) in ("firstPayloadMicroseconds", "lastPayloadMicroseconds"):
        return microseconds(value)
    if base(name) == "packetSizeBins":
        return bins(value)
    return value


def bins(value):
    if isinstance(value, list):
        return value
    octets = bytes.fromhex(value[2:] if value.startswith("0x") else value)
    return [int.from_bytes(octets[at:at + 4], "big")
            for at in range(0, len(octets), 4)]


def key_of(record):
    ends = [record.get("sourceIPv4Address") or
            record.get("sourceIPv6Address"),
            record.get("sourceTransportPort", 0),
            record.get("destinationIPv4Address") or
            record.get("destinationIPv6Address"),
            record.get("destinationTransportPort", 0)]
    return tuple(ends + [record["protocolIdentifier"]])


def start_of(record):
    return min(record[name] for name in (
        "flowStartMicroseconds", "reverseFlowStartMicroseconds")
        if record.get(name))


class Found:
    """What exflow and the reference say of one exchange."""

    def __init__(self, key, records, quality):
        self.key, self.records, self.quality = key, records, quality

    def differences(self):
        """(element, exflow's, the reference's) of what must not be."""
        right = self.quality.figures()
        names = set(right) | {name for name in self.records[-1]
                              if base(name) in ELEMENTS}
        out = []
        for name in sorted(names):
            ours = value_of(name, self.records[-1].get(name))
            theirs = right.get(name)
            if not self.quality.sides[bool(half(name))].bins.count(0) < 8:
                continue    # nothing was sent: no such elements
            if not self.same(name, ours, theirs, right):
                out.append((name, ours, theirs))
        return out

    def same(self, name, ours, theirs, right):
        if ours == theirs:
            return True
        if ours is None or theirs is None:
            return not self.quality.bounded and base(name).startswith("rtt")
        kind = base(name)
        loose = not self.quality.bounded
        if kind.endswith("Microseconds") and kind not in MEANS and \
                abs(ours - theirs) <= 1:
            return True     # of two times without their nanoseconds
        if kind in MEANS:
            return loose or abs(ours - theirs) <= 1 + theirs / 1000
        if loose and kind == COUNT:
            return ours <= theirs or self.took_for_copies(right)
        if loose and kind == LEAST:
            return ours >= theirs
        if self.quality.holed and kind in FORGOTTEN:
            return True
        if loose and kind in AGAIN:
            return self.again(half(name)) == self.again(half(name), right)
        return loose and (kind in MOVED or kind == MOST)

    def took_for_copies(self, right):
        """What came again was a copy to exflow, and harmed no sample."""
        return any(self.records[-1].get(name, 0) > right.get(name, 0)
                   for name in ("duplicatedPacketDeltaCount",
                                "reverseDuplicatedPacketDeltaCount"))

    def again(self, prefix, figures=None):
        """Packets that came again or late, by whoever's doing."""
        figures = self.records[-1] if figures is None else figures
        return sum(figures.get(prefixed(prefix, name), 0) for name in AGAIN
                   if name.endswith("PacketDeltaCount"))


def elements():
    """All that the reference knows, in both protocols."""
    names = set()
    for protocol in (reference.TCP, reference.UDP):
        quality = reference_quality.Quality(protocol)
        for side in quality.sides:
            names |= set(quality.of_side(quality.sides.index(side)))
    return names | {"responseTimeMicroseconds", "idleTimeMicroseconds",
                    "maximumSegmentSize", "windowScale", "tcpOptionsSeen"}


ELEMENTS = elements()


def exflow_records(path, *arguments):
    result = harness.exflow("-q", "-r", path, "-o", "json:-", "--set",
                            "quality=yes", *arguments)
    if result.trouble():
        return None, "%s %s" % (result.trouble(), result.err)
    return [json.loads(line) for line in result.out.splitlines()], result.err


def pair(records, done):
    """Found for each exchange; they are told apart by ports and start."""
    ours = collections.defaultdict(list)
    for record in records:
        ours[key_of(record)].append(record)
    theirs = collections.defaultdict(list)
    for exchange, quality in done:
        theirs[exchange.client + exchange.server + (
            exchange.protocol,)].append((exchange, quality))
    for key, pairs in theirs.items():
        pairs.sort(key=lambda item: min(side.first for side in
                                        item[0].sides if side.packets))
        mine = sorted(ours.pop(key, []), key=start_of)
        if len(mine) != len(pairs):
            yield key, len(mine), len(pairs)
            continue
        for record, (_, quality) in zip(mine, pairs):
            yield Found(key, [record], quality)
    for key, left in ours.items():
        yield key, len(left), 0


class Result:
    def __init__(self, name):
        self.name = name
        self.exchanges = self.values = self.loose = 0
        self.wrong = []         # (element, text)


def compare(name, path, done):
    result = Result(name)
    records, err = exflow_records(path)
    if records is None:
        result.wrong.append(("*", err))
        return result
    for found in pair(records, done):
        if isinstance(found, tuple):
            result.wrong.append(("exchanges", "%s: exflow %d, reference %d"
                                 % found))
            continue
        result.exchanges += 1
        result.values += len(found.quality.figures())
        result.loose += not found.quality.bounded
        for element, ours, theirs in found.differences():
            result.wrong.append((element, "%s: %s: exflow %s, reference %s"
                                 % (found.key, element, ours, theirs)))
    compare_parts(result, path, records)
    return result


def compare_parts(result, path, records):
    """Counts of the parts add up; round-trip times are of all so far.  Only
    a D-SACK cannot change the class of a segment whose part is gone."""
    parts, err = exflow_records(path, "--set", "active_timeout=1")
    if parts is None:
        result.wrong.append(("*", err))
        return
    together = collections.defaultdict(list)
    for part in parts:
        together[part["flowId"]].append(part)
    for whole in records:
        mine = together.get(whole["flowId"], [])
        if len(mine) < 2:
            continue
        moved = any(part.get(half + "ackPacketDeltaCount") for part in mine
                    for half in ("s", "reverseS"))
        for name, value in whole.items():
            if base(name) not in ELEMENTS or (moved and
                                              base(name) in MOVED):
                continue
            added = sum_of_parts(name, [part.get(name) for part in mine])
            if added is not None and added != value:
                result.wrong.append((
                    "parts", "%s: %s: parts %s, whole %s" % (
                        key_of(whole), name, added, value)))


def sum_of_parts(name, values):
    """None where parts do not tell the whole."""
    kind = base(name)
    known = [value for value in values if value is not None]
    if kind.startswith(("rtt", "handshake", "response", "maximumSegment",
                        "windowScale", "tcpOptions")):
        return known[-1] if values[-1] is not None else None
    if kind == "packetSizeBins":
        return None
    if kind.endswith("Count"):
        return sum(known)
    if "Minimum" in kind or kind.startswith("minimum"):
        return min(known, default=None)
    if "Maximum" in kind or kind.startswith("maximum"):
        return max(known, default=None)
    return None


# --- where exchanges come from

def captured(capture, tshark):
    return compare(capture.name, capture.path, reference_quality.run(
        tshark.frames(capture.path)))


class Simulated:
    """A few exchanges on such a network, in both versions of IP."""

    def __init__(self, network):
        self.talks = []         # (port of the client, version, Talk)
        network = dict(network)
        for seed in network.pop("seeds", SEEDS):
            talk = Path(seed, **network).talk("seed %d" % seed)
            self.talks += [(20000 + 10 * seed + version, version, talk)
                           for version in (4, 6)]

    def write(self, path, nano=True):
        """One capture of all, and what the reference says of each."""
        packets = []
        for port, version, talk in self.talks:
            for (side, segment), (when, octets) in zip(
                    talk.segments(version), talk.frames(port, version)):
                packets.append((when, len(packets), octets, port, side,
                                segment))
        packets.sort()
        with open(path, "wb") as file:
            file.write(frames.pcap([(packet[0], packet[2])
                                    for packet in packets], nano=nano))
        return self.measure(packets)

    def measure(self, packets):
        """(Exchange, Quality) of each port, in the order of talks."""
        done = {port: (Exchange(*ends(port, version)),
                       reference_quality.Quality(TCP))
                for port, version, _ in self.talks}
        for number, (_, _, _, port, side, segment) in enumerate(packets):
            segment.frame = number + 1
            exchange, quality = done[port]
            exchange.sides[side].count(segment)
            quality.packet(side, segment, segment.time)
        return list(done.values())


def ends(port, version):
    client, server = ADDRESSES[version]
    return TCP, (client, port), (server, 80), 1, 0


def sent_again(truth):
    """Retransmissions that show: where no later octets were seen, the middle
    takes what was lost before it for new."""
    highest, count = [None, None], 0
    for packet in truth:
        before = highest[packet.side]
        beyond = before is None or (packet.seq - before) % 2 ** 32 < 2 ** 31
        count += bool(packet.again) and not beyond
        end = packet.seq + packet.size
        if before is None or (end - before) % 2 ** 32 < 2 ** 31:
            highest[packet.side] = end
    return count


def measured(name, space):
    simulation = Simulated(NETWORKS[name])
    path = os.path.join(space, str(list(NETWORKS).index(name)) + ".pcap")
    result = compare("simulated/" + name, path, simulation.write(path))
    records = {record["sourceTransportPort"]: record
               for record in exflow_records(path)[0] or []}
    for port, version, talk in simulation.talks:
        sent = sent_again(talk.truth)
        seen, late = (records.get(port, {}).get(
            "reverse%sPacketDeltaCount" % kind)
            for kind in ("Retransmitted", "Reordered"))
        result.values += 1
        # A copy by the network may be taken for a retransmission: these are
        # so many copies in a hundred.  A retransmission that the first SACK
        # asked for fills its hole within a round trip, as what was reordered.
        spare = max(1, sent / 20, len(talk.truth) *
                    NETWORKS[name].get("copies", 0))
        if seen is None or seen > sent + spare or seen + late < sent - spare:
            result.wrong.append(("truth", "%s, IPv%d: retransmitted %s, "
                                 "truth %d" % (talk.name, version, seen,
                                               sent)))
    return result


def known_disagreements():
    known = {}
    for line in harness.read_lines(KNOWN):
        if line and not line.startswith("#"):
            name, element, reason = line.split("\t")
            known[name, element] = [reason, False]
    return known


def tell(result, known):
    """Print what is wrong and not known; how much."""
    count = 0
    for element, text in result.wrong:
        entry = known.get((result.name, base(element))) or \
            known.get((result.name, "*"))
        if entry:
            entry[1] = True
            continue
        count += 1
        print("DISAGREEMENT: %s: %s" % (result.name, text))
    return count


def captures():
    found = [c for c in own_captures() if c.refused is None and
             not c.damaged and not c.path.endswith((".gz", ".zst"))]
    folder = harness.foreign_captures()
    if not folder:
        print("real captures skipped: EXFLOW_CAPTURES is not set")
        return found
    return found + [c for c in real_captures(folder)
                    if c.refused is None and not c.damaged and
                    (FULL or any(name in c.name for name in SAMPLE))]


def main():
    harness.need_exflow()
    harness.need_program("tshark")
    tshark, space = reference.Tshark(), harness.workspace()
    chosen = sys.argv[1:]
    jobs = [(c.name, lambda c=c: captured(c, tshark)) for c in captures()]
    jobs += [("simulated/" + name,
              lambda name=name: measured(name, space))
             for name in NETWORKS]
    if chosen:
        jobs = [job for job in jobs if any(a in job[0] for a in chosen)]
    known = known_disagreements()
    bad = exchanges = values = loose = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda job: job[1](), jobs):
            bad += tell(result, known)
            exchanges += result.exchanges
            values += result.values
            loose += result.loose
    names = {job[0] for job in jobs}
    for (name, element), (reason, met) in known.items():
        if name in names and not met:
            bad += 1
            print("STALE: %s, %s: %s" % (name, element, reason))
    print("%d captures, %d exchanges (%d beyond exflow's bounds), %d figures, "
          "%d wrong" % (len(jobs), exchanges, loose, values, bad))
    sys.exit(1 if bad or not values else 0)


if __name__ == "__main__":
    main()
