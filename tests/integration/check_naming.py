#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names find their exchanges, however the octets that tell them come.

Captures made by hand: two clients that ask for two names of one address, and
each gets its own; hellos in one and in three segments, in any order and
repeated, with and without a SYN, over IPv4 and IPv6; parts and resumed
exchanges; snapped captures.  Each is read with one worker and with four, whose
records must be equal.  Then a flood of QUIC's first packets, and captures that
are damaged, from elsewhere, too: the books balance and memory is bounded.
"""
import glob
import json
import os
import resource

from harness import (Checks, OWN_CAPTURES, exflow, foreign_captures,
                     need_exflow, read_stats, sanitized, unbalanced,
                     workspace)
from spoken import (ACK, Capture, Talk, answer, client_hello, query)

KINDS = "tls,quic,http,dns,ja4"
RESOLVER, SHARED = "9.9.9.9", "198.51.100.7"
CLIENTS = "10.0.0.1", "10.0.0.2"
REQUEST = b"GET /path?query HTTP/1.1\r\nHost: Web.Example\r\n\r\n"
# Of a run over a small file, in MB: the manual's sum for four workers.
MEMORY = 18 + 1.8 + 5 + 4 * 3 + 22 + 20
CHECKS = Checks()
FOLDER = None


def read(path, *options):
    """Records by flowId, of one worker; those of four must be the same."""
    told = []
    for workers in 1, 4:
        result = exflow("-q", path, "--names", KINDS, "-o", "json:-",
                        "--set", "workers=%d" % workers, "--stats",
                        os.path.join(FOLDER, "stats"), *options)
        name = os.path.basename(path)
        CHECKS.check(result.code == 0, "%s: %s" % (name, result.err))
        stats = read_stats(os.path.join(FOLDER, "stats"))
        CHECKS.check(unbalanced(stats) is None,
                     "%s: %s" % (name, unbalanced(stats)))
        told.append((sorted(result.out.splitlines()), stats.get("names")))
    CHECKS.check(told[0] == told[1],
                 "%s: one worker and four differ" % os.path.basename(path))
    return [json.loads(line) for line in told[0][0]], told[0][1] or {}


def made(name, capture, *options, snaplen=65535):
    path = os.path.join(FOLDER, name + ".pcap")
    capture.write(path, snaplen)
    return read(path, *options)


def named(records):
    """By (client, client's port): name and where it is from."""
    return {(r.get("sourceIPv4Address", r.get("sourceIPv6Address")),
             r["sourceTransportPort"]):
            (r.get("serverName"), r.get("serverNameSource"))
            for r in records}


def ask(capture, client, name, address, port, ttl=60):
    capture.udp(client, port, RESOLVER, 53, query(name))
    capture.udp(RESOLVER, 53, client, port, answer(name, address, ttl))


# --- what a client had asked for

def check_two_clients():
    capture = Capture()
    for n, client in enumerate(CLIENTS):
        ask(capture, client, "name-%d.example" % n, SHARED, 5000 + n)
    for client in CLIENTS:
        Talk(capture, client, 40000, SHARED, 2222).client(b"unknown octets")
        capture.udp(client, 40001, SHARED, 2222, b"unknown octets")
    # Somebody who has not asked, and an address that nobody asked for.
    Talk(capture, "10.0.0.3", 40000, SHARED, 2222)
    Talk(capture, CLIENTS[0], 40002, "198.51.100.8", 2222)
    records, counts = made("two-clients", capture)
    found = named(records)
    for n, client in enumerate(CLIENTS):
        for port in 40000, 40001:
            CHECKS.check(found[client, port] == ("name-%d.example" % n, 4),
                         "two clients: %s" % (found[client, port],))
    CHECKS.check(found["10.0.0.3", 40000][0] is None, "who has not asked")
    CHECKS.check(found[CLIENTS[0], 40002][0] is None, "another address")
    CHECKS.check(counts.get("dns") == 4, "counted: %s" % counts)
    question = [r for r in records if r["destinationTransportPort"] == 53]
    CHECKS.check(len(question) == 2 and all(
        r["dnsQName"].startswith("name-") and r["dnsQRType"] == 1
        for r in question), "questions: %s" % question)


def check_answers_hold():
    """The last answer before counts, for its time; a hello is better."""
    capture = Capture()
    ask(capture, CLIENTS[0], "first.example", SHARED, 5000)
    ask(capture, CLIENTS[0], "second.example", SHARED, 5001)
    Talk(capture, CLIENTS[0], 40000, SHARED, 2222)
    Talk(capture, CLIENTS[0], 40001, SHARED, 443).client(
        client_hello("hello.example"))
    capture.now += 61
    Talk(capture, CLIENTS[0], 40002, SHARED, 2222)
    ask(capture, CLIENTS[0], "six.example", "2001:db8::7", 5002)
    capture.udp("2001:db8::53", 53, "2001:db8::1", 5003,
                answer("own.example", "2001:db8::7"))
    Talk(capture, "2001:db8::1", 40003, "2001:db8::7", 2222)
    found = named(made("answers", capture)[0])
    CHECKS.check(found[CLIENTS[0], 40000] == ("second.example", 4),
                 "the last answer: %s" % (found[CLIENTS[0], 40000],))
    CHECKS.check(found[CLIENTS[0], 40001] == ("hello.example", 1),
                 "a hello is better: %s" % (found[CLIENTS[0], 40001],))
    CHECKS.check(found[CLIENTS[0], 40002][0] is None, "an answer ends")
    CHECKS.check(found["2001:db8::1", 40003] == ("own.example", 4),
                 "IPv6: %s" % (found["2001:db8::1", 40003],))


# --- hellos in pieces

def check_pieces():
    orders = {"one": (5000, None), "three": (800, None),
              "backwards": (800, (2, 1, 0)), "mixed": (800, (1, 0, 2)),
              "repeated": (800, (0, 0, 1, 1, 0, 2, 2)),
              "lost first": (800, (2, 1, 2, 1, 0)),
              "small": (100, None)}
    for family, client, server in ((4, CLIENTS[0], SHARED),
                                   (6, "2001:db8::1", "2001:db8::7")):
        capture, expected = Capture(), {}
        for n, (word, (size, order)) in enumerate(orders.items()):
            name = "%s.example" % word.replace(" ", "-")
            talk = Talk(capture, client, 40000 + n, server, 443)
            talk.pieces(client_hello(name, 2000), size, order)
            expected[client, 40000 + n] = (name, 1)
        # No SYN was captured; in order, then.
        talk = Talk(capture, client, 41000, server, 443, syn=False)
        talk.pieces(client_hello("middle.example", 2000), 800)
        expected[client, 41000] = ("middle.example", 1)
        # One of three never came.
        talk = Talk(capture, client, 41001, server, 443)
        talk.pieces(client_hello("hole.example", 2000), 800, (0, 2))
        expected[client, 41001] = (None, None)
        # A piece that overlaps those before and behind.
        talk = Talk(capture, client, 41002, server, 443)
        hello = client_hello("overlap.example", 2000)
        talk.client(hello[:900], at=0)
        talk.client(hello[500:1500], at=500)
        talk.client(hello[700:], at=700)
        expected[client, 41002] = ("overlap.example", 1)
        records, counts = made("pieces-%d" % family, capture, "--set",
                               "meter=all,midstream")
        found = named(records)
        for key, name in expected.items():
            CHECKS.check(found.get(key) == name, "pieces, IPv%d, %s: %s" % (
                family, name, found.get(key)))
        CHECKS.check(counts.get("tls") == len(expected) - 1 and
                     counts.get("incomplete") == 1, "pieces: %s" % counts)


def check_large_segment():
    """As a device hands it over that puts segments together."""
    capture = Capture()
    Talk(capture, CLIENTS[0], 40000, SHARED, 443).client(
        client_hello("large.example", 1000) + bytes(60000))
    found = named(made("large", capture)[0])
    CHECKS.check(found[CLIENTS[0], 40000] == ("large.example", 1),
                 "a large segment: %s" % found)


def check_snapped():
    """What was not captured is not known; what was before it is."""
    capture = Capture()
    Talk(capture, CLIENTS[0], 40000, SHARED, 80).client(REQUEST)
    Talk(capture, CLIENTS[0], 40001, SHARED, 443).client(
        client_hello("snapped.example", 1000))
    for snaplen, names in ((54, (None, None)), (160, ("web.example", None)),
                           (2000, ("web.example", "snapped.example"))):
        found = named(made("snapped", capture, snaplen=snaplen)[0])
        for n in range(2):
            CHECKS.check(found[CLIENTS[0], 40000 + n][0] == names[n],
                         "snapped at %d: %s" % (snaplen, found))


# --- the name stays

def check_parts_and_resumed():
    capture = Capture()
    ask(capture, CLIENTS[0], "asked.example", "198.51.100.9", 5000)
    talks = [Talk(capture, CLIENTS[0], 40000, SHARED, 80),
             Talk(capture, CLIENTS[0], 40001, "198.51.100.9", 2222)]
    talks[0].client(REQUEST)
    for _ in range(5):
        capture.now += 15
        for talk in talks:
            talk.server(b"more", at=1000)
    capture.now += 400              # idle, then it goes on
    for talk in talks:
        talk.server(b"more", at=2000)
        talk.client(b"", ACK, at=100)
    records, _ = made("parts", capture, "--set", "active_timeout=20")
    for port, name in ((40000, ("web.example", 3)),
                       (40001, ("asked.example", 4))):
        mine = [r for r in records if r["sourceTransportPort"] == port]
        CHECKS.check(len(mine) >= 4, "parts: %d records" % len(mine))
        CHECKS.check(len({r["flowId"] for r in mine}) == 2, "none resumed")
        for record in mine:
            CHECKS.check((record.get("serverName"),
                          record.get("serverNameSource")) == name,
                         "a part without its name: %s" % record)


# --- payload

def check_payload():
    capture = Capture()
    Talk(capture, CLIENTS[0], 40000, SHARED, 2222).pieces(
        bytes(range(100)), 30, (0, 0, 1, 2, 1, 3))
    capture.udp(CLIENTS[0], 40001, SHARED, 2222, b"a question")
    capture.udp(SHARED, 2222, CLIENTS[0], 40001, b"its answer")
    records, _ = made("payload", capture, "--set", "payload=64")
    text = json.dumps(records)
    for octets in (bytes(range(64)), b"a question", b"its answer"):
        CHECKS.check(octets.hex() in text.lower(),
                     "payload %s is missing in %s" % (octets, text))


# --- floods and damage

def initial(number):
    """The head of QUIC's first packet; what it holds is not encrypted."""
    return b"\xc3\0\0\0\x01\x08" + number.to_bytes(8, "big") + \
        b"\0\0\x44\xb0" + bytes(1200)


def check_flood():
    """A flood of Initials is opened at a bounded rate; memory is bounded."""
    capture = Capture(step=0.00005)
    for n in range(20000):
        capture.udp("10.1.%d.%d" % (n >> 8 & 255, n & 255), 1024 + n,
                    SHARED, 443, initial(n))
    path = os.path.join(FOLDER, "flood.pcap")
    capture.write(path)
    for rate in 100, 1000:
        result = exflow("-q", path, "--names", "quic", "-o", "json:/dev/null",
                        "--set", "quic_rate=%d" % rate, "--stats",
                        os.path.join(FOLDER, "stats"))
        stats = read_stats(os.path.join(FOLDER, "stats"))
        CHECKS.check(result.code == 0 and unbalanced(stats) is None,
                     "flood: %s %s" % (result.err, unbalanced(stats)))
        skipped = stats["names"]["quic_skipped"]
        CHECKS.check(20000 - 3 * rate <= skipped < 20000,
                     "%d of the flood were skipped" % skipped)


def damaged():
    yield from glob.glob(os.path.join(OWN_CAPTURES, "*.pcap*"))
    if foreign_captures():
        yield from glob.glob(os.path.join(foreign_captures(), "malformed",
                                          "**", "*.*cap*"), recursive=True)


def check_damaged():
    for path in sorted(damaged()):
        result = exflow("-q", path, "--names", KINDS, "-o", "json:/dev/null",
                        "--set", "payload=300", "--set", "names_buffers=16",
                        "--stats", os.path.join(FOLDER, "stats"))
        name = os.path.basename(path)
        CHECKS.check(result.trouble() is None,
                     "%s: %s" % (name, result.trouble()))
        stats = read_stats(os.path.join(FOLDER, "stats"))
        if result.code == 0:
            CHECKS.check(unbalanced(stats) is None,
                         "%s: %s" % (name, unbalanced(stats)))


def check_memory():
    """Of all runs so far none took more than the page of the manual says."""
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    CHECKS.check(sanitized() or most < MEMORY, "%d MB resident" % most)


def main():
    global FOLDER
    need_exflow()
    FOLDER = workspace()
    if "quic needs OpenSSL" in exflow("-t", "--names", "quic").err:
        globals()["KINDS"] = "tls,http,dns,ja4"
    else:
        check_flood()
    check_two_clients()
    check_answers_hold()
    check_pieces()
    check_large_segment()
    check_snapped()
    check_parts_and_resumed()
    check_payload()
    check_damaged()
    check_memory()
    CHECKS.end()


if __name__ == "__main__":
    main()
