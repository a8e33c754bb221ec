#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""exflowdump --html: the numbers of its tables are those of --csv, texts of
records are never markup, the page asks nobody for anything, and it stays small.
"""
import csv
import html.parser
import io
import os
import random
import re
import subprocess

import collectors
import harness
from page_records import HOSTILE, record, write_records

CHECKS = harness.Checks()
SPACE = harness.workspace()
DUMP = os.path.join(os.path.dirname(harness.EXFLOW), "exflowdump")
NETWORKS = "10.0.0.0/24,fd00:10::/64"   # of the demo
SIZE_MAX = 300000
LARGEST = 100
VOID = {"meta", "input"}
# What a page may consist of: none of them, and no attribute, loads anything.
TAGS = VOID | set("""html head title style body header h1 h2 p main section div
    span svg path rect ul ol li i details summary table caption thead tbody tr
    th td label script footer""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class role viewbox
    preserveaspectratio aria-label aria-hidden d id scope tabindex x y width
    height data-n hidden type autocomplete fill-opacity style""".split())
STYLE = re.compile(r"(top|left):\d+\.\d%")   # of the words of an axis


def path(name):
    return os.path.join(SPACE, name)


def dump(*arguments, code=0):
    done = subprocess.run([DUMP, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300,
                          env=harness.ENVIRONMENT)
    CHECKS.equal(done.returncode, code,
                 "%s: %s" % (arguments, done.stderr.decode()))
    return done.stdout.decode()


def table(*arguments):
    """Of --csv: a heading and rows, as lists of texts."""
    return list(csv.reader(io.StringIO(dump("--csv", *arguments))))


class Page(html.parser.HTMLParser):
    """The tables of a page, and what else may be wrong with it."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.open, self.texts, self.code = {}, [], [], []
        self.rows, self.cell, self.bars = None, None, 0
        self.policy = None
        self.scripts = 0
        self.feed(text)
        self.close()
        CHECKS.equal(self.open, [], "elements that are not closed")

    def handle_starttag(self, tag, attributes):
        words = dict(attributes)
        CHECKS.check(tag in TAGS, "<%s>" % tag)
        CHECKS.check(set(words) <= ATTRIBUTES, "<%s %s>" % (tag, words))
        CHECKS.check(STYLE.fullmatch(words.get("style", "top:0.0%")), words)
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)
        if tag == "table":
            self.rows = self.tables.setdefault(words["id"], [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and words.get("class") != "b":
            self.cell = words.get("data-n", "")
            self.rows[-1].append("")
        elif tag == "meta" and "http-equiv" in words:
            self.policy = words["content"]
        self.scripts += tag == "script"

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        CHECKS.equal(self.open.pop(), tag, "the element that ends")
        if tag in ("td", "th") and self.cell is not None:
            if self.cell:
                self.rows[-1][-1] = self.cell
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.rows[-1][-1] += data
        code = self.open and self.open[-1] in ("script", "style")
        (self.code if code else self.texts).append(data)


def page(name, *arguments):
    dump("--html", path(name), *arguments)
    with open(path(name), encoding="utf-8") as file:
        text = file.read()
    CHECKS.check(len(text.encode()) < SIZE_MAX,
                 "%s: %d octets" % (name, len(text.encode())))
    read = Page(text)
    CHECKS.check(not re.search(r"//|url\(|@import|fetch|XMLHttp|\bsrc|\bhref",
                               "".join(read.code)), name + ": it asks somebody")
    CHECKS.check(read.policy and read.policy.startswith("default-src 'none';"),
                 "its policy is %s" % read.policy)
    CHECKS.check(read.scripts <= 1, "%d scripts" % read.scripts)
    return read


def number(text):
    return int(text.replace(",", ""))


def nanoseconds(text):
    """Of a span in seconds."""
    whole, _, rest = text.partition(".")
    return int(whole) * 10**9 + int(rest.ljust(9, "0") or 0)


# --- its tables, by those of --csv

def compare_top(read, name, by, file, *more):
    columns = ("records", "octets_sent", "octets_received")
    heading, *rows = table("--by", by, file, *more)
    places = [heading.index(column) for column in columns]
    keys = len(by.split(","))
    words = {"rest": "others", "total": "all"}
    expected = [[words.get(row[0], row[0]) if number(row[places[0]]) and
                 not any(row[1:keys]) else row[0]] + row[1:keys] +
                [int(row[place]) for place in places] for row in rows]
    found = [row[:keys] + [number(text) for text in row[keys:keys + 3]]
             for row in read.tables[name][1:]]
    for row in expected:
        row[:keys] = [text or "–" for text in row[:keys]]
    CHECKS.equal(found, expected, "%s of %s" % (name, file))


def compare_series(read, file, by):
    """Its sums by key are those of all records, side by side."""
    heading, *rows = read.tables["series"]
    for key, _, _, _, sent, received, *_ in table("--by", by, file)[1:]:
        if key == "total":
            continue
        for word, octets in (("sent", sent), ("received", received)):
            place = heading.index("%s %s" % (key, word))
            CHECKS.equal(sum(number(row[place]) for row in rows),
                         int(octets), "%s %s" % (key, word))


def compare_sums(read):
    """All of the series together are all records."""
    total = read.tables["clients"][-1]
    heading, *rows = read.tables["series"]
    CHECKS.check(0 < len(rows) <= 120, "%d intervals" % len(rows))
    for word, column in (("sent", 2), ("received", 3)):
        CHECKS.equal(sum(number(row[n]) for row in rows
                         for n, name in enumerate(heading)
                         if name.endswith(" " + word)),
                     number(total[column]), "octets " + word)


def compare_intervals(read, file):
    """The demo lasts so long that an interval is a second."""
    heading, *rows = read.tables["series"]
    expected = {}
    for start, protocol, _, _, _, sent, received, *_ in table(
            "--series", "1s", "--by", "protocol", file)[1:]:
        at = start[:19].replace("T", " ")
        expected[at, protocol + " sent"] = int(sent)
        expected[at, protocol + " received"] = int(received)
    found = {(row[0], name): number(value) for row in rows
             for name, value in zip(heading[1:], row[1:]) if value != "0"}
    CHECKS.equal(found, {at: value for at, value in expected.items() if value},
                 "octets by second")


def compare_matrix(read, file):
    expected = table("--matrix", "client,server", "--top", "12", file)[1:]
    found = read.tables["matrix"][1:]
    CHECKS.equal([[number(text) for text in row[1:]] for row in found],
                 [[int(text or 0) for text in row[1:]] for row in expected],
                 "the matrix of " + file)


def compare_bins(read, name, file, span):
    if name not in read.tables:
        return CHECKS.check(False, name + " is missing")
    text = dump("--csv", "--hist", name, file).split("\n\n")[1]
    rows = list(csv.reader(io.StringIO(text)))[1:]
    value = nanoseconds if span else int
    expected = [[value(row[0]), value(row[1]), int(row[2])] for row in rows]
    found = [[number(text) for text in row[:3]]
             for row in read.tables[name][1:]]
    return CHECKS.equal(found, expected, "%s of %s" % (name, file))


def compare_largest(read, file):
    expected = table("--fields", "octets,client,client port,server,server port,"
                     "client octets,server octets", "--sort", "octets",
                     "--head", str(LARGEST), file)[1:]
    heading, *rows = read.tables["largest"]
    places = [heading.index(name) for name in (
        "client", "client port", "server", "server port", "client octets",
        "server octets")]
    found = [[row[place].replace(",", "") for place in places] for row in rows]
    octets = [int(row[4]) + int(row[5]) for row in found]
    CHECKS.equal(octets, [int(row[0]) for row in expected],
                 "the largest of " + file)
    # Equal ones may be others.
    CHECKS.equal(sorted(row for row, size in zip(found, octets)
                        if size > octets[-1]),
                 sorted(row[1:] for row, size in zip(expected, octets)
                        if size > octets[-1]), "which ones")


def compare_all(read, file, top=10):
    more = ("--top", str(top))
    compare_top(read, "clients", "client", file, *more)
    compare_top(read, "servers", "server", file, *more)
    compare_top(read, "ports", "protocol,server port", file, *more)
    compare_matrix(read, file)
    compare_largest(read, file)
    compare_bins(read, "retransmissions", file, False)


def demo():
    capture = os.path.join(harness.OWN_CAPTURES, "demo.pcap")
    file = path("demo.ipfix")
    done = harness.exflow("-q", "-r", capture, "-n", NETWORKS, "--set",
                          "quality=yes", "--set", "names=tls,http,dns", "-o",
                          file)
    CHECKS.equal(done.code, 0, done.err)
    read = page("demo.html", file)
    compare_all(read, file)
    compare_top(read, "names", "name", file)
    compare_series(read, file, "protocol")
    compare_intervals(read, file)
    compare_bins(read, "rtt", file, True)
    # Never replaced, as any file that is written.
    page("demo.html", "-f", "udp", file)
    CHECKS.check(os.path.exists(path("demo.1.html")), "it was replaced")


def traffic():
    collectors.traffic(path("traffic.pcap"), 3000)
    file = path("traffic.ipfix")
    done = harness.exflow("-q", path("traffic.pcap"), "--set", "quality=yes",
                          "--set", "meter=all,other", "-o", file)
    CHECKS.equal(done.code, 0, done.err)
    read = page("traffic.html", "--by", "server port", "--top", "5", file)
    compare_all(read, file, 5)
    compare_series(read, file, "server port")
    CHECKS.check("names" not in read.tables, "names where there are none")
    some = page("some.html", "-f", "tcp and port 443", file)
    heading, total = some.tables["ports"][0], some.tables["ports"][-1]
    CHECKS.equal(number(total[heading.index("records")]), int(table(
        "--by", "protocol", "-f", "tcp and port 443", file)[-1][1]),
        "records of a filter")


# --- what strangers write

def hostile():
    rng = random.Random(2)
    records = [record(rng, name) for name in HOSTILE]
    # The first and the last time there is.
    records += [record(rng, b"", at) for at in (0, 1 << 43, (1 << 64) - 70000)]
    file = write_records(path("hostile.ipfix"), records)
    for by in ("name", "name,server port", "end", "start"):
        read = page("hostile-%s.html" % by.replace(" ", ""), "--by", by,
                    "--top", "50", file)
        found = {row[0] for row in read.tables["names"][1:]}
        for name in HOSTILE[:8]:
            CHECKS.check(name.decode() in found, "%r is not as it was" % name)
        said = "".join(read.texts)
        CHECKS.check("\x1b" not in said and "\u202e" not in said,
                     "control characters are left")
        CHECKS.check("\\x1b[31mred" in found, "they are not shown")
        total = read.tables["clients"][-1]
        CHECKS.equal(number(total[1]), len(records), "records")
        compare_sums(read)


def large():
    """Names as long as they may be, of characters that need most room."""
    rng = random.Random(3)
    names = [bytes([rng.choice(b"&<\"\x01")]) * 250 + b"%d" % n
             for n in range(2000)]
    file = write_records(path("large.ipfix"), (
        record(rng, rng.choice(names)) for _ in range(100000)))
    read = page("large.html", "--by", "name", file)
    CHECKS.equal(len(read.tables["largest"]), LARGEST + 1, "largest")
    compare_largest(read, file)
    compare_top(read, "clients", "client", file)
    # Too many keys: what has no line of its own is counted and told.
    read = page("keys.html", "--by", "client", file)
    compare_sums(read)
    CHECKS.check(any("the first 4096 are among the others: %d records" %
                     (100000 - 4096) in text for text in read.texts),
                 "it does not say which keys are not kept")
    # It is exact, or it is not there.
    dump("--html", path("none.html"), "--memory", "4M", file, code=1)
    CHECKS.equal([name for name in os.listdir(SPACE) if "none" in name], [],
                 "what is left of a page that does not fit")


def refusals():
    file = path("hostile.ipfix")
    for arguments in (("--csv",), ("--json",), ("--order", "packets"),
                      ("--sort", "octets"), ("--head", "3"),
                      ("--by", "nothing"), ("--top", "0"), ("--matrix", "a,b")):
        dump("--html", path("none.html"), *arguments, file, code=2)
    dump("--html", path("no/folder/x.html"), file, code=2)
    write_records(path("empty.ipfix"), ())
    read = page("empty.html", path("empty.ipfix"))
    CHECKS.equal(read.tables, {}, "tables without a record")
    CHECKS.check("No record was counted." in read.texts, "it says nothing")


def main():
    harness.need_exflow()
    demo()
    traffic()
    hostile()
    large()
    refusals()
    CHECKS.end()


main()
