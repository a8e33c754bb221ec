#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page of --html in a browser: at 360 and at 1600 pixels, light and dark.

It complains of nothing and asks for nothing; its numbers, read back from the
tables and the pictures, are those of exflowdump --csv; sorting and searching
work by pointer and by keyboard; it is accessible, and nothing is cut.

EXFLOW_PICTURES names a folder that gets a picture of each page, for people.
"""
import csv
import io
import json
import os
import random
import re
import socket
import struct
import subprocess

import browser
import collectors
import harness
from page_audit import audit
from page_records import HOSTILE, record, write_records

CHECKS = harness.Checks()
SPACE = harness.workspace()
DUMP = os.path.join(os.path.dirname(harness.EXFLOW), "exflowdump")
PICTURES = os.environ.get("EXFLOW_PICTURES")
FORMS = [(width, dark) for width in (360, 1600) for dark in (False, True)]
HEIGHT = 1000   # of the picture of the series, in its own units


def path(name):
    return os.path.join(SPACE, name)


def table(*arguments):
    """Rows of exflowdump --csv, without the heading."""
    done = subprocess.run([DUMP, "--csv", *arguments], stdout=subprocess.PIPE,
                          check=True, timeout=120, env=harness.ENVIRONMENT)
    return list(csv.reader(io.StringIO(done.stdout.decode())))[1:]


def number(text):
    return int(text.replace(",", ""))


def whole(tab):
    """All tables of a page: id -> rows of texts, and of numbers behind spans."""
    return tab.ask("""Object.fromEntries(Array.from(
        document.querySelectorAll('table'), function (t) {
          return [t.id, Array.from(t.rows, function (row) {
            return Array.from(row.cells).filter(function (cell) {
              return !cell.classList.contains('b');
            }).map(function (cell) {
              return cell.dataset.n || cell.textContent;
            });
          })];
        }))""")


# --- numbers

def compare_top(tables, name, by, file):
    keys = len(by.split(","))
    expected = [row[:keys] + [int(row[keys]), int(row[keys + 3]),
                              int(row[keys + 4])]
                for row in table("--by", by, "--top", "10", file)
                if row[0] not in ("rest", "total")]
    found = [row[:keys] + [number(text) for text in row[keys:keys + 3]]
             for row in tables[name][1:] if row[0] not in ("others", "all")]
    for row in expected:
        row[:keys] = [text or "–" for text in row[:keys]]
    CHECKS.equal(found, expected, name)


def compare_largest(tables, file):
    names = ("client", "client port", "server", "server port", "client octets",
             "server octets")
    expected = table("--fields", ",".join(("octets",) + names), "--sort",
                     "octets", "--head", "100", file)
    heading, *rows = tables["largest"]
    found = [[row[heading.index(name)].replace(",", "") for name in names]
             for row in rows]
    octets = [int(row[4]) + int(row[5]) for row in found]
    CHECKS.equal(octets, [int(row[0]) for row in expected], "the largest")
    least = octets[-1] if len(octets) == 100 else -1    # others may be as large
    CHECKS.equal(sorted(row for row, all_ in zip(found, octets)
                        if all_ > least),
                 sorted(row[1:] for row in expected if int(row[0]) > least),
                 "which are the largest")


def compare_bars(tab):
    """Bars of a table, as they are drawn: as long as its octets say."""
    for name in ("clients", "servers", "ports"):
        rows = tab.ask("""Array.from(document.querySelectorAll(
            '#%s tbody tr:not(.sum)'), function (row) {
              var svg = row.querySelector('svg');
              var all = svg.getBoundingClientRect().width;
              var wide = {c0: 0, c1: 0};
              svg.querySelectorAll('rect').forEach(function (r) {
                wide[r.classList[0]] = r.getBoundingClientRect().width / all;
              });
              var cells = Array.from(row.cells).map(function (cell) {
                return cell.textContent;
              });
              return [cells, wide.c0, wide.c1, all];
            })""" % name)
        parts = [(number(cells[-3]), number(cells[-2]), sent, received, width)
                 for cells, sent, received, width in rows]
        most = max(part[0] + part[1] for part in parts)
        for sent, received, *wide, width in parts:
            CHECKS.check(width > 20, "a bar of %.1f pixels" % width)
            for octets, part in zip((sent, received), wide):
                CHECKS.check(abs(octets / most - part) < 0.002, "%s: %d of %d "
                             "octets as %.4f" % (name, octets, most, part))


def columns(d):
    """Of a path: interval -> length."""
    return {int(x) // 10: float(length) for x, length in
            re.findall(r"M(\d+) [\d.]+h9v([\d.]+)h-9z", d)}


def compare_series(tab, tables):
    """The columns of the picture, by the numbers below it."""
    heading, *rows = tables["series"]
    octets = [[number(text) for text in row[1:]] for row in rows]
    sums = [[sum(row[side::2]) for row in octets] for side in (0, 1)]
    unit = HEIGHT / max(1, max(sums[0]) + max(sums[1]))
    paths = tab.ask("""Array.from(document.querySelectorAll(
        '.plot path:not(.grid):not(.zero)'), function (p) {
          return p.getAttribute('d');
        })""")
    lines = len(heading) // 2
    CHECKS.equal(len(paths), 2 * lines, "paths")
    for n, line in enumerate(paths):
        column = 2 * (n % lines) + n // lines
        drawn = columns(line)
        for i, row in enumerate(octets):
            CHECKS.check(abs(row[column] * unit - drawn.get(i, 0)) < 0.06,
                         "%s, interval %d: %d octets" % (
                             heading[1 + column], i, row[column]))
    titles = tab.ask("Array.from(document.querySelectorAll('.plot title'), "
                     "function (t) { return t.textContent; })")
    begins = [row[0] for row, sent, received in zip(rows, *sums)
              if sent + received > 0]
    CHECKS.equal([title[:len(begin)] for title, begin in zip(titles, begins)],
                 begins, "what the pointer finds")
    CHECKS.equal(len(titles), len(begins), "intervals for the pointer")


def compare_matrix(tab, tables, file):
    expected = table("--matrix", "client,server", "--top", "12", file)
    found = [[number(text) for text in row[1:]]
             for row in tables["matrix"][1:]]
    CHECKS.equal(found, [[int(text or 0) for text in row[1:]]
                         for row in expected], "the matrix")
    drawn = tab.ask("""Array.from(document.querySelectorAll('.matrix rect'),
        function (r) {
          return ['x', 'y', 'fill-opacity', 'class'].map(function (name) {
            return r.getAttribute(name);
          });
        })""")
    most = max(value for row, names in zip(found, tables["matrix"][1:])
               for value, head in zip(row[:-1], tables["matrix"][0][1:])
               if names[0] != "others" and head != "other")
    for x, y, shade, colour in drawn:
        value = found[int(y)][int(x)]
        CHECKS.check(value > 0, "a square without octets")
        if colour == "c0":
            CHECKS.check(abs(0.15 + 0.85 * (value / most) ** 0.5 -
                             float(shade)) < 0.006, "the shade of %d" % value)
    CHECKS.equal(len(drawn), sum(value > 0 for row in found
                                 for value in row[:-1]), "squares")


def compare(tab, file):
    tables = whole(tab)
    compare_top(tables, "clients", "client", file)
    compare_top(tables, "servers", "server", file)
    compare_top(tables, "ports", "protocol,server port", file)
    if "names" in tables:
        compare_top(tables, "names", "name", file)
    compare_largest(tables, file)
    compare_bars(tab)
    compare_series(tab, tables)
    compare_matrix(tab, tables, file)
    records = tab.ask("document.querySelector('header').textContent")
    CHECKS.check("%s records;" % tables["clients"][-1][1] in records, records)


# --- sorting and searching

def largest(tab, column):
    """A column of the rows that are shown."""
    heading, *rows = tab.ask("""Array.from(document.getElementById(
        'largest').rows).filter(function (row) {
          return !row.hidden;
        }).map(function (row) {
          return Array.from(row.cells).map(function (cell) {
            return cell.textContent;
          });
        })""")
    place = heading.index(column)
    return [row[place] for row in rows]


def button(column):
    return "#largest thead th:nth-child(%d) button" % column


def order(tab, column):
    return tab.ask("document.querySelector('#largest thead th:nth-child(%d)')"
                   ".getAttribute('aria-sort')" % column)


def tab_to(tab, selector):
    """By the Tab key alone, as somebody without a pointer does."""
    for _ in range(200):
        if tab.ask("document.activeElement.matches(%s)" % json.dumps(selector)):
            return True
        tab.press("Tab")
    return CHECKS.check(False, "Tab does not get to " + selector)


def sort(tab):
    heading = whole(tab)["largest"][0]
    place = heading.index("server octets") + 1
    before = [number(text) for text in largest(tab, "server octets")]
    tab.click(button(place))
    CHECKS.equal(order(tab, place), "descending", "a click")
    CHECKS.equal([number(text) for text in largest(tab, "server octets")],
                 sorted(before, reverse=True), "sorted by a click")
    tab.click(button(place))
    CHECKS.equal(order(tab, place), "ascending", "another click")
    CHECKS.equal([number(text) for text in largest(tab, "server octets")],
                 sorted(before), "sorted by another click")
    place = heading.index("client") + 1
    tab.ask("document.activeElement.blur(), scrollTo(0, 0)")
    tab_to(tab, button(place))
    for key, text, word, down in (("Enter", "\r", "descending", True),
                                  (" ", " ", "ascending", False)):
        tab.press(key, text)
        CHECKS.equal(order(tab, place), word, "the key %r" % key)
        CHECKS.equal(largest(tab, "client"),
                     sorted(largest(tab, "client"), reverse=down),
                     "sorted by the key %r" % key)
    CHECKS.equal(tab.ask("document.querySelectorAll('[aria-sort]').length"), 1,
                 "columns that it is sorted by")


def search(tab):
    count = len(largest(tab, "server port"))
    wanted = largest(tab, "server")[0]
    tab.click("#search input")
    tab.write(wanted.upper())
    found = [a == wanted or b == wanted for a, b in
             zip(largest(tab, "server"), largest(tab, "client"))]
    CHECKS.check(0 < len(found) < count, "%d of %d" % (len(found), count))
    told = tab.ask("document.querySelector('#search span').textContent")
    CHECKS.equal(told, "%d of %d" % (len(found), count), "what is told")
    tab.write("no such text")
    CHECKS.equal(largest(tab, "server"), [], "nothing is found")
    for _ in range(len(wanted) + 12):
        tab.press("Backspace")
    CHECKS.equal(len(largest(tab, "server")), count, "all are shown again")


def unfold(tab):
    """The numbers of each picture, by keyboard."""
    tab.ask("document.activeElement.blur(), scrollTo(0, 0)")
    for n in range(tab.ask("document.querySelectorAll('details').length")):
        tab.ask("document.querySelectorAll('details')[%d].className = 'this'"
                % n)
        if tab_to(tab, ".this > summary"):
            tab.press("Enter", "\r")
            CHECKS.check(tab.ask("document.querySelectorAll('details')[%d].open"
                                 % n), "the key Enter opens nothing")
        tab.ask("document.querySelectorAll('details')[%d].className = ''" % n)


# --- pages

def visit(screen, name, width, dark, **options):
    address = "file://" + path(name + ".html")
    tab = screen.open(address, width, dark=dark, **options)
    CHECKS.equal(tab.requests, [address], name + ": requests")
    return tab


def see(screen, name, width, dark, texts=3):
    what = "%s, %d pixels, %s" % (name, width, "dark" if dark else "light")
    tab = visit(screen, name, width, dark)
    audit(CHECKS, tab, what, texts)
    if PICTURES:
        tab.picture(os.path.join(PICTURES, "%s-%d-%s.png" % (
            name, width, "dark" if dark else "light")))
    return tab, what


def leave(tab, what):
    audit(CHECKS, tab, what + ", at the end")
    CHECKS.equal(len(tab.requests), 1, what + ": requests at the end")
    tab.close()


def with_numbers(screen, name):
    for width, dark in FORMS:
        tab, what = see(screen, name, width, dark, 200)
        compare(tab, path(name + ".ipfix"))
        sort(tab)
        search(tab)
        unfold(tab)
        leave(tab, what)
    colours = set()
    for dark in (False, True):
        tab = visit(screen, name, 1600, dark)
        colours.add(tab.ask("getComputedStyle(document.body).backgroundColor"))
        tab.close()
    CHECKS.equal(len(colours), 2, "light and dark are the same")
    # All of it is there without the script, which is only more comfortable.
    tab = visit(screen, name, 1600, False, script=False)
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
    CHECKS.check(tab.ask("document.getElementById('search').hidden"),
                 "a search that does not work is shown")
    CHECKS.check(len(largest(tab, "server")) > 10, "no rows without a script")
    tab.close()


def exflow(name, *arguments):
    done = harness.exflow("-q", *arguments, "--html", path(name + ".html"),
                          "-o", path(name + ".ipfix"))
    CHECKS.equal(done.code, 0, name + ": " + done.err)


def datagram(source, target, port, size):
    body = struct.pack(">HHHH", port, 443, 8 + size, 0) + bytes(size)
    return struct.pack(">IHBB", 6 << 28, len(body), 17, 64) + socket.inet_pton(
        socket.AF_INET6, source) + socket.inet_pton(
            socket.AF_INET6, target) + body


def capture(name, packets):
    """Raw IP packets with their times."""
    with open(path(name), "wb") as file:
        file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for at, packet in sorted(packets):
            file.write(struct.pack("<IIII", int(at), int(at % 1 * 1e6),
                                   len(packet), len(packet)) + packet)
    return path(name)


def long_addresses(rng, seconds, count):
    """Exchanges of IPv6, whose addresses are as long as can be."""
    for _ in range(count):
        yield (1700000000 + rng.random() * seconds, datagram(
            "2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x" % rng.randrange(4096, 4116),
            "2001:db8:1111:2222:3333:4444:5555:%x" % rng.randrange(4096, 4116),
            rng.randrange(1024, 65536), rng.randrange(1400)))


def extremes():
    """Names of captures that are one thing too much, or too few."""
    rng = random.Random(5)
    for name, seconds, count in (("one", 1, 1), ("second", 1, 300),
                                 ("days", 864000, 3000)):
        exflow(name, capture(name + ".pcap", long_addresses(
            rng, seconds, count)), "--set", "meter=all")
        yield name
    exflow("none", collectors.DEMO, "-n", "192.168.77.0/24")
    yield "none"
    names = HOSTILE + [bytes([33 + n]) * 250 for n in range(20)]
    # The first and the last time there is.
    records = [record(rng, name) for name in names for _ in range(2)] + [
        record(rng, b"x.example", at) for at in (0, (1 << 64) - 70000)]
    write_records(path("hostile.ipfix"), records)
    for by, name in (("name", "hostile"), ("name,server port", "hostile2")):
        subprocess.run([DUMP, "--html", path(name + ".html"), "--by", by,
                        "--top", "50", path("hostile.ipfix")], check=True,
                       timeout=120, env=harness.ENVIRONMENT)
        yield name


def main():
    harness.need_exflow()
    browser.need_browser()
    exflow("demo", collectors.DEMO, "-n", "10.0.0.0/24,fd00:10::/64",
           "--names", "tls,http,dns")
    collectors.traffic(path("traffic.pcap"), 2000)
    exflow("traffic", path("traffic.pcap"), "--set", "meter=all,other", "--set",
           "html_by=server port")
    with browser.Browser() as screen:
        for name in ("demo", "traffic"):
            with_numbers(screen, name)
        for name in extremes():
            for width, dark in FORMS:
                tab, what = see(screen, name, width, dark)
                tab.ask("document.querySelectorAll('details').forEach("
                        "function (e) { e.open = true; })")
                leave(tab, what)
    CHECKS.end()


main()
