#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A pcapng file with several interfaces, each with a link type of its own.

Every packet counts: those of an interface whose link type cannot be decoded
as not IP, and the interface is named once.  A file where none can be decoded
is refused.  What the file says was lost is told.
"""
import os
import struct
import sys

import harness

sys.path.insert(0, harness.OWN_CAPTURES)
import frames  # noqa: E402

CHECKS = harness.Checks()
SPACE = harness.workspace()
ETHERNET, RAW, USB = 1, 101, 249
SECOND = 10 ** 9


def talk(client):
    """A question and its answer, and the two IP packets."""
    question = frames.udp(client, 40000, "192.0.2.1", 53, b"q")
    answer = frames.udp("192.0.2.1", 53, client, 40000, b"a")
    return [frames.ip4(client, "192.0.2.1", 17, question),
            frames.ip4("192.0.2.1", client, 17, answer)]


def ethernet(packet):
    return b"\2" * 12 + b"\x08\x00" + packet


def statistics(interface, dropped, lost):
    return frames.block(5, struct.pack("<III", interface, 0, 0) +
                        struct.pack("<HHQHHQI", 5, 8, dropped, 7, 8, lost, 0))


def run(name, links, packets, *arguments, more=b"", quiet=True):
    """Exit status, messages, rows of the UDP table, statistics."""
    path = os.path.join(SPACE, name + ".pcapng")
    stats = os.path.join(SPACE, name + ".json")
    with open(path, "wb") as file:
        file.write(frames.pcapng(packets, links) + more)
    result = harness.exflow("-r", path, "-n", "10.0.0.0/8", "-o",
                            "csv:" + os.path.join(SPACE, name), "--stats",
                            stats, *(("-q",) if quiet else ()), *arguments)
    CHECKS.equal(result.trouble(), None, name)
    found = harness.read_stats(stats)
    CHECKS.check(not harness.unbalanced(found), "%s: %s" % (
        name, harness.unbalanced(found)))
    rows = sum(max(0, len(harness.read_lines(os.path.join(
        SPACE, name, table))) - 1) for table in harness.TABLES)
    return result, rows, found


def each_interface_has_its_own_link_type():
    one, other = talk("10.0.0.1"), talk("10.0.0.2")
    result, rows, stats = run("two", (ETHERNET, RAW), [
        (1 * SECOND, ethernet(one[0]), None, 0),
        (2 * SECOND, other[0], None, 1),
        (3 * SECOND, ethernet(one[1]), None, 0),
        (4 * SECOND, other[1], None, 1)])
    CHECKS.equal((result.code, result.err), (0, ""), "two interfaces")
    CHECKS.equal((rows, stats["packets_in_exchanges"]), (2, 4), "two: rows")


def one_that_cannot_be_decoded_is_named_once():
    packets = []
    for second, octets in enumerate(talk("10.0.0.1")):
        packets += [(second * SECOND, b"\0" * 64, None, 0),
                    (second * SECOND, ethernet(octets), None, 1)]
    result, rows, stats = run("usb", (USB, ETHERNET), packets, quiet=False)
    CHECKS.equal(result.code, 0, "usb: exit status: " + result.err)
    CHECKS.equal(result.err.count("interface 0: link type USBPCAP cannot be "
                                  "decoded"), 1, "usb: " + result.err)
    CHECKS.equal(rows, 1, "usb: rows")
    CHECKS.equal((stats["packets_read"], stats["unmatched"]["not_ip"]),
                 (4, 2), "usb: packets")


def a_file_where_none_can_be_decoded_is_refused():
    result, rows, stats = run("none", (ETHERNET, USB), [
        (SECOND, b"\0" * 64, None, 1)] * 3)
    CHECKS.equal((result.code, rows), (1, 0), "none: " + result.err)
    CHECKS.check("link type USBPCAP cannot be decoded; expected Ethernet"
                 in result.err, "none: " + result.err)
    CHECKS.equal((stats["packets_read"], stats["unmatched"]["not_ip"]),
                 (3, 3), "none: packets")


def losses_are_told():
    packets = [(SECOND, ethernet(octets)) for octets in talk("10.0.0.1")]
    result, _, _ = run("lost", (ETHERNET, ETHERNET), packets,
                       more=statistics(0, 0, 0) + statistics(1, 7, 35),
                       quiet=False)
    CHECKS.equal(result.code, 0, "lost: " + result.err)
    CHECKS.check("interface 1: when this was captured, 7 packets were lost "
                 "by the interface and 35 by the system" in result.err,
                 "lost: " + result.err)
    CHECKS.check("interface 0" not in result.err, "lost: " + result.err)


def a_filter_is_for_each_link_type():
    one, other = talk("10.0.0.1"), talk("10.0.0.2")
    result, rows, stats = run("filtered", (ETHERNET, RAW), [
        (1 * SECOND, ethernet(one[0]), None, 0),
        (2 * SECOND, other[0], None, 1)], "-f", "src host 10.0.0.2")
    CHECKS.equal((result.code, result.err), (0, ""), "filtered")
    CHECKS.equal((rows, stats["packets_read"]), (1, 1), "filtered: rows")


def main():
    harness.need_exflow()
    for part in (each_interface_has_its_own_link_type,
                 one_that_cannot_be_decoded_is_named_once,
                 a_file_where_none_can_be_decoded_is_refused,
                 losses_are_told, a_filter_is_for_each_link_type):
        part()
    CHECKS.end()


if __name__ == "__main__":
    main()
