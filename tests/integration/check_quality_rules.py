#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Each rule of QUALITY with segments made by hand (quality_cases.py): the
second implementation and exflow both find the class that the case tells."""
import json
import os

import harness
from quality_cases import CASES
from reference_meter import TCP
from reference_quality import CLASSES, Quality
from segments import frames

CHECKS = harness.Checks()
FOLDER = harness.workspace()
# Class: the element that counts it.
ELEMENTS = {"reordered": "reorderedPacketDeltaCount",
            "duplicated": "duplicatedPacketDeltaCount",
            "spurious": "spuriousRetransmissionDeltaCount",
            "fast": "fastRetransmissionDeltaCount",
            "timeout": "timeoutRetransmissionDeltaCount"}
RETRANSMITTED = ("spurious", "fast", "timeout", "other")
TOTAL = "retransmittedPacketDeltaCount"
ALIVE = "keepAlivePacketDeltaCount"


def reverse(name, side):
    return "reverse" + name[0].upper() + name[1:] if side else name


def expected(talk):
    """Element: value, of the classes and of what the case says."""
    found = {}
    for side in {sent.side for sent in talk.sent}:
        classes = talk.classes(side)
        for kind, name in ELEMENTS.items():
            found[reverse(name, side)] = classes.get(kind, 0)
        found[reverse(TOTAL, side)] = sum(classes.get(kind, 0)
                                          for kind in RETRANSMITTED)
        found[reverse(ALIVE, side)] = classes.get(
            "keep-alive", 0) + classes.get("window probe", 0)
    return {**found, **talk.expected}


def check_reference(talk, version):
    quality = Quality(TCP)
    for side, segment in talk.segments(version):
        quality.packet(side, segment, segment.time)
    what = "%s, IPv%d, reference" % (talk.name, version)
    for side in (0, 1):
        CHECKS.equal({kind: n for kind, n in
                      quality.sides[side].classes.items() if n},
                     talk.classes(side), "%s, side %d" % (what, side))
        CHECKS.check(set(talk.classes(side)) <= set(CLASSES), talk.name)
    values = {name: value for name, value in expected(talk).items()
              if not str(value).endswith("Z")}      # texts are exflow's
    compare(quality.figures(), values, what)


def compare(figures, values, what):
    for name, value in values.items():
        CHECKS.equal(figures.get(name), value, "%s, %s" % (what, name))


def check_exflow(talks):
    """All of them in one capture; the client's port tells which."""
    packets = []
    for number, (talk, version) in enumerate(talks):
        packets += talk.frames(10000 + number, version)
    path = os.path.join(FOLDER, "cases.pcap")
    with open(path, "wb") as file:
        file.write(frames.pcap(sorted(packets, key=lambda p: p[0]),
                               nano=True))
    result = harness.exflow("-q", "-r", path, "-o", "json:-", "--set",
                            "quality=yes")
    CHECKS.equal(result.code, 0, "exflow: " + result.err)
    records = {}
    for line in result.out.splitlines():
        record = json.loads(line)
        records[record["sourceTransportPort"]] = record
    CHECKS.equal(len(records), len(talks), "exchanges")
    for number, (talk, version) in enumerate(talks):
        compare(records.get(10000 + number, {}), expected(talk),
                "%s, IPv%d, exflow" % (talk.name, version))


def main():
    harness.need_exflow()
    talks = [(function(), version) for function in CASES
             for version in (4, 6)]
    talks = [(talk, version) for talk, version in talks
             if version in getattr(talk, "versions", (4, 6))]
    for talk, version in talks:
        check_reference(talk, version)
    check_exflow(talks)
    CHECKS.end()


if __name__ == "__main__":
    main()
