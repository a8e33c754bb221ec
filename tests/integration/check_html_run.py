#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""exflow --html: the page of a run is, to the octet, the page that exflowdump
makes of the records of the same run; and what cannot be done is said.
"""
import os
import re
import struct
import subprocess

import collectors
import harness

CHECKS = harness.Checks()
SPACE = harness.workspace()
DUMP = os.path.join(os.path.dirname(harness.EXFLOW), "exflowdump")
DEMO = os.path.join(harness.OWN_CAPTURES, "demo.pcap")
FOREIGN_MAX = 4 << 20   # octets of a capture


def path(name):
    return os.path.join(SPACE, name)


def octets(name):
    with open(path(name), "rb") as file:
        return file.read()


def dump(*arguments):
    done = subprocess.run([DUMP, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120,
                          env=harness.ENVIRONMENT)
    CHECKS.equal((done.returncode, done.stderr), (0, b""), arguments)


def compare(what, *arguments, by="protocol"):
    """The two pages of a run with these arguments; the page's text."""
    for name in ("run.html", "dump.html", "run.ipfix"):
        if os.path.exists(path(name)):
            os.unlink(path(name))
    done = harness.exflow("-q", *arguments, "-o", path("run.ipfix"), "--html",
                          path("run.html"), "--set", "html_by=" + by,
                          "--stats", path("stats.json"))
    if not CHECKS.equal(done.code, 0, what + ": " + done.err):
        return ""
    stats = harness.read_stats(path("stats.json"))
    CHECKS.equal(harness.unbalanced(stats), None, what)
    page = [output for output in stats["outputs"]
            if output["name"].startswith("html:")][0]
    CHECKS.equal(page["octets"], len(octets("run.html")), what + ": octets")
    dump("--html", path("dump.html"), "--by", by, path("run.ipfix"))
    CHECKS.check(octets("run.html") == octets("dump.html"),
                 what + ": the two pages differ")
    return octets("run.html").decode()


def records(page):
    found = re.search(r"<p>([\d,]+) records; ", page)
    return int(found[1].replace(",", "")) if found else 0


def nanoseconds(name):
    """The demo with time stamps that have nanoseconds."""
    with open(DEMO, "rb") as file:
        whole = file.read()
    out, at = [struct.pack("<I", 0xa1b23c4d) + whole[4:24]], 24
    CHECKS.equal(whole[:4], struct.pack("<I", 0xa1b2c3d4), "the demo's magic")
    while at < len(whole):
        seconds, fraction, length, wire = struct.unpack_from("<IIII", whole, at)
        out.append(struct.pack("<IIII", seconds, fraction * 1000 + at % 1000,
                               length, wire))
        out.append(whole[at + 16:at + 16 + length])
        at += 16 + length
    with open(path(name), "wb") as file:
        file.write(b"".join(out))
    return path(name)


def same_pages():
    networks = ("-n", "10.0.0.0/24,fd00:10::/64")
    page = compare("the demo", DEMO, *networks, "--names", "tls,http,dns",
                   "--set", "active_timeout=1")
    for word in ('id="rtt"', 'id="retransmissions"', 'id="names"'):
        CHECKS.check(word in page, "the demo: no " + word)
    page = compare("without quality", DEMO, *networks, "--set", "quality=no")
    CHECKS.check('id="rtt"' not in page, "quality = no has round-trip times")
    compare("nanoseconds", nanoseconds("ns.pcap"), *networks)
    compare("all protocols", collectors.OTHER, "--set", "meter=all,other",
            by="protocol,server port")
    compare("every exchange", DEMO, "--set", "meter=all", by="client/16")
    page = compare("a filter", DEMO, *networks, "--set",
                   "record_filter=port 80")
    CHECKS.check(0 < records(page) < 32, "a filter: %d" % records(page))
    collectors.traffic(path("traffic.pcap"), 2000)
    page = compare("traffic", path("traffic.pcap"), "--set", "meter=all",
                   "--set", "workers=2", by="server port")
    CHECKS.check(records(page) > 1000, "traffic: %d" % records(page))
    page = compare("no exchange", DEMO, "-n", "192.168.77.0/24")
    CHECKS.check("No record was counted." in page, "no exchange: it is silent")


def foreign():
    """Captures of others, where there are any."""
    folder = harness.foreign_captures()
    names = sorted(os.path.join(place, name)
                   for place, _, files in os.walk(folder or SPACE)
                   for name in files if name.endswith((".pcap", ".pcapng")))
    for name in names[::25] if folder else ():
        if os.path.getsize(name) > FOREIGN_MAX or \
                harness.exflow("-q", name, "-o", path("try.ipfix"), "--set",
                               "meter=all,other").code:
            continue
        compare(name, name, "--set", "meter=all,other", "--names",
                "tls,quic,http,dns")


def forms():
    """Alone it replaces the table, and a page that is there."""
    with open(path("forms.html"), "w", encoding="ascii") as file:
        file.write("an older page")
    done = harness.exflow(DEMO, "-o", "html:" + path("forms.html"))
    CHECKS.equal((done.code, done.out), (0, ""), "html: alone")
    CHECKS.check("/forms.html, " in done.err, "no line of it")
    CHECKS.check(octets("forms.html").startswith(b"<!DOCTYPE html>"),
                 "the older page is left")
    done = harness.exflow("-q", DEMO, "--html", "-")
    CHECKS.equal((done.code, done.out), (0, octets("forms.html").decode()),
                 "standard output")
    names = [name for name in os.listdir(SPACE) if "forms" in name]
    CHECKS.equal(names, ["forms.html"], "what is beside it")


def refused(code, words, *arguments):
    done = harness.exflow("-q", *arguments)
    CHECKS.equal(done.code, code, "%s: %s" % (arguments, done.err))
    for word in words:
        CHECKS.check(word in done.err, "%s: %s lacks %s" % (
            arguments, done.err, word))
    CHECKS.equal([name for name in os.listdir(SPACE) if "none" in name], [],
                 "%s: what is left" % (arguments,))


def refusals():
    page = ("--html", path("none.html"))
    refused(2, ("expected html:FILE",), DEMO, "--html", "")
    refused(2, ("html_by", "expected"), DEMO, *page, "--set", "html_by=nothing")
    refused(2, ("html_memory",), DEMO, *page, "--set", "html_memory=1")
    refused(2, ("both write to",), DEMO, *page, "-o", "html:" + page[1])
    refused(2, ("-r FILE", "exflowdump --html"), "-i", "lo", *page)
    folder = ("--html", path("no/folder/x.html"))
    refused(1, ("no/folder/x.html", "No such file"), DEMO, *folder)
    refused(2, ("no/folder/x.html", "No such file"), "-t", DEMO, *folder)
    # It is exact, or it is not there; other outputs are.
    collectors.traffic(path("many.pcap"), 30000)
    refused(1, ("html_memory", "not delivered", "groups do not fit"),
            path("many.pcap"), *page, "--set", "html_memory=1048576", "--set",
            "meter=all", "-o", path("many.ipfix"))
    CHECKS.check(os.path.getsize(path("many.ipfix")) > 1 << 20,
                 "the other output is not complete")
    if os.path.exists("/dev/full"):
        refused(1, ("/dev/full", "No space left"), DEMO, "--html", "/dev/full")


def main():
    harness.need_exflow()
    same_pages()
    foreign()
    forms()
    refusals()
    CHECKS.end()


main()
