#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A pcapng file with several interfaces, each with a link type of its own.

Every packet counts: those of an interface whose link type cannot be decoded
as not IP, and the interface is named once.  A file where none can be decoded
is refused.  What the file says was lost is told.
"""
import json
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
    CHECKS.check("42 never captured" in " ".join(result.err.split()) and
                 "kernel_drops 35, interface_drops 7" in result.err,
                 "lost, the summary: " + result.err)


def counts(interface, received, dropped, accepted, lost):
    """A statistics block; counts go on until the section ends."""
    return frames.block(5, struct.pack("<III", interface, 0, 0) + b"".join(
        frames.option(code, struct.pack("<Q", count)) for code, count in (
            (4, received), (5, dropped), (6, accepted), (7, lost)))
        + frames.option(0, b""))


def files(name, *contents):
    paths = []
    for number, octets in enumerate(contents):
        paths.append(os.path.join(SPACE, "%s%d.cap" % (name, number)))
        with open(paths[-1], "wb") as file:
            file.write(octets)
    return paths


def records_of(paths, *arguments):
    """The records by their client, the statistics, and the messages."""
    stats, out = (os.path.join(SPACE, end) for end in ("of.stats", "of.json"))
    inputs = [word for path in paths for word in ("-r", path)]
    result = harness.exflow(*inputs, "-o", "json:" + out, "--stats", stats,
                            *arguments)
    CHECKS.equal((result.code, result.trouble()), (0, None), result.err)
    with open(out, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return ({record["sourceIPv4Address"]: record for record in records},
            harness.read_stats(stats), result)


def place(record):
    return record.get("ingressInterface"), record.get("interfaceName")


def one_way(second, client, interface=0, link=ethernet):
    return second * SECOND, link(talk(client)[0]), None, interface


def interfaces_have_a_number_over_the_run_and_a_name():
    """Sections and files share what has the same place, name, link type."""
    names = (b"eth0", b"w\"l\\\xc3\xa9\x01\xff")
    first = frames.pcapng([one_way(1, "10.0.0.1"),
                           one_way(2, "10.0.0.2", 1)],
                          (ETHERNET, ETHERNET), names)
    second = frames.pcapng([one_way(3, "10.0.0.3", 1)],
                           (ETHERNET, ETHERNET), (b"eth0", b"tun0"))
    bare = frames.pcapng([one_way(4, "10.0.0.4", 1)], (ETHERNET, ETHERNET))
    plain = frames.pcap([one_way(5, "10.0.0.5")[:2]])
    again = frames.pcapng([one_way(6, "10.0.0.6")], names=(b"eth0",))
    records, stats, _ = records_of(files(
        "run", first + second, bare, plain, again), "-q")
    CHECKS.equal({client[-1]: place(record)
                  for client, record in records.items()}, {
                      "1": (0, "eth0"), "2": (1, "w\"l\\\u00e9??"),
                      "3": (2, "tun0"), "4": (4, None), "5": (None, None),
                      "6": (0, "eth0")}, "numbers and names")
    CHECKS.equal([(each["index"], each["name"])
                  for each in stats["interfaces"]],
                 [(0, "eth0"), (1, "w\"l\\\u00e9??"), (2, "tun0"),
                  (3, ""), (4, "")], "interfaces of the statistics")


def the_first_packet_tells_the_interface():
    """Also where it was held back for its date, and its file is closed."""
    question, answer = talk("10.0.0.1")
    far = 10 ** 6
    paths = files("first", frames.pcapng(
        [one_way(1, "10.0.0.9"), (far * SECOND, ethernet(answer), None, 1)],
        (ETHERNET,) * 2, (b"a", b"b")), frames.pcapng(
            [((far + 1) * SECOND, ethernet(question), None, 0)],
            names=(b"c",)))
    for more in (), ("--set", "merge=no"):
        records, _, _ = records_of(paths, "-q", *more)
        CHECKS.equal(place(records["10.0.0.1"]), (1, "b"),
                     "the first packet's: %s" % (more,))


def a_pcap_file_has_no_interface():
    records, stats, _ = records_of(files(
        "plain", frames.pcap([one_way(1, "10.0.0.1")[:2]])), "-q")
    CHECKS.equal(place(records["10.0.0.1"]), (None, None), "pcap")
    CHECKS.check("interfaces" not in stats, "pcap: %s" % stats)


def counts_of_interfaces_stand_beside_the_books():
    """Of a section the last; sections and files add up."""
    section = frames.pcapng([one_way(1, "10.0.0.1")], (ETHERNET,) * 2,
                            (b"eth0", b"eth1"))
    paths = files("beside", section + counts(0, 10, 1, 9, 2)
                  + counts(0, 30, 3, 20, 4) + section
                  + counts(0, 100, 10, 90, 0), section
                  + counts(0, 1000, 0, 1000, 700))
    _, stats, result = records_of(paths)
    CHECKS.equal(stats["interfaces"], [
        {"name": "eth0", "index": 0, "received": 1130, "accepted": 1110,
         "kernel_drops": 704, "interface_drops": 13},
        {"name": "eth1", "index": 1}], "interfaces")
    CHECKS.equal(harness.unbalanced(stats), None, "the books")
    CHECKS.check("717 never captured" in " ".join(result.err.split()),
                 result.err)


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
                 losses_are_told,
                 interfaces_have_a_number_over_the_run_and_a_name,
                 the_first_packet_tells_the_interface,
                 a_pcap_file_has_no_interface,
                 counts_of_interfaces_stand_beside_the_books,
                 a_filter_is_for_each_link_type):
        part()
    CHECKS.end()


if __name__ == "__main__":
    main()
