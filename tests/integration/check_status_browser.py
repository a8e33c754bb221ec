#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The pages of a running probe in a browser: /status and the front page.

At 360 and at 1600 pixels, light and dark: they ask for nothing but
themselves, complain of nothing, and can only be read; their numbers are those
of /metrics and of exflowctl; /status comes again by itself; names that
strangers chose are text.

EXFLOW_PICTURES names a folder that gets a picture of each page, for people.
"""
import json
import os
import re
import subprocess
import sys

import browser
import harness
import netspace
from page_audit import audit

CHECKS = harness.Checks()
FOLDER = harness.workspace()
CONTROL = os.path.join(FOLDER, "control")
CTL = os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl")
PICTURES = os.environ.get("EXFLOW_PICTURES")
SITE = "http://127.0.0.1:9100"
FORMS = [(width, dark) for width in (360, 1600) for dark in (False, True)]
# Names are kept in lower case.
HOSTILE = ["<script>window.hit=1</script>.example", "\"><img src=x onerror=a()>",
           "</td></table><h1>x</h1>", "&lt;b&gt;&amp;",
           "a" * 120 + ".example"]

# Connections that stay open, over TLS and HTTP by turns, each with a name; and
# datagrams.  It ends when its standard input does.
TRAFFIC = """
import socket, sys
sys.path.insert(0, sys.argv[1])
import spoken
listener = socket.create_server(("127.0.0.1", 8080))
kept = []
for n, name in enumerate(sys.argv[2:]):
    client = socket.create_connection(("127.0.0.1", 8080))
    server = listener.accept()[0]
    octets = spoken.client_hello(name) if n % 2 else (
        "GET / HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n" % name).encode()
    client.sendall(octets)
    left = len(octets)
    while left:
        left -= len(server.recv(left))
    server.sendall(bytes(10 + n))
    left = 10 + n
    while left:
        left -= len(client.recv(left))
    kept += [client, server]
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n, size in enumerate((3000, 2000, 1000)):
    for _ in range(40 + 100 * n):
        datagrams.sendto(b"x" * size, ("127.0.0.9", 40000 + n))
print("all is sent", flush=True)
for line in sys.stdin:
    datagrams.sendto(b"more", ("127.0.0.9", 50000))
    print("more", flush=True)
"""


def metrics(space):
    """Samples without labels, but for the prefix and _total."""
    text = space.run("one", "curl", "-sS", "-m", "20", SITE + "/metrics")
    found = re.findall(r"^exflow_(\w+) ([\d.e+]+)$", text, re.M)
    return {name.replace("_total", ""): int(float(value))
            for name, value in found}


def records(*arguments):
    done = subprocess.run([CTL, "-s", CONTROL, "-j", "top", *arguments],
                          stdout=subprocess.PIPE, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()][:-1]


def rows(tab):
    return tab.ask("""Array.from(document.querySelectorAll('tbody tr'),
        function (row) {
          return Array.from(row.cells).map(function (cell) {
            return cell.textContent;
          });
        })""")


def number(text):
    return int(text.replace(",", ""))


def compare_rows(tab, order):
    """Those of exflowctl, in the same order where it has no ties."""
    expected = sorted(["{:,}".format(record[key]) for key in (
        "packetDeltaCount", "reversePacketDeltaCount", "octetDeltaCount",
        "reverseOctetDeltaCount")] + [
            str(record["sourceTransportPort"]),
            str(record["destinationTransportPort"])]
        for record in records("50"))
    found = rows(tab)
    CHECKS.equal(sorted(row[4:8] + [row[1].split(":")[-1],
                                    row[2].split(":")[-1]]
                        for row in found), expected, "the rows")
    place = {"octets": 6, "packets": 4}[order]
    sums = [number(row[place]) + number(row[place + 1]) for row in found]
    CHECKS.equal(sums, sorted(sums, reverse=True), "by " + order)
    CHECKS.equal(sorted(row[3] for row in found if row[3]), sorted(HOSTILE),
                 "names are text")
    return found


def compare_metrics(tab, space):
    told = metrics(space)
    found = rows(tab)
    text = tab.ask("document.body.textContent")
    CHECKS.check("%d of %d live exchanges" % (len(found),
                                              told["exchanges_live"]) in text,
                 "live exchanges: %d in %s" % (told["exchanges_live"],
                                               text[:200]))
    CHECKS.equal(sum(number(row[4]) + number(row[5]) for row in found),
                 told["packets_in_exchanges"], "packets in exchanges")


def nothing_but_text(tab, what):
    CHECKS.equal(tab.ask("""document.querySelectorAll('script,form,button,' +
        'input,img,iframe,object,link,[onclick],[onerror]').length"""), 0,
                 what + ": it can only be read")
    CHECKS.equal(tab.ask("typeof window.hit"), "undefined",
                 what + ": a name was run")


def open_page(screen, path, width, dark):
    what = "%s, %d pixels, %s" % (path, width, "dark" if dark else "light")
    tab = screen.open(SITE + path, width, dark=dark)
    audit(CHECKS, tab, what, 20)
    nothing_but_text(tab, what)
    CHECKS.check(set(tab.requests) == {SITE + path},
                 "%s: requests %s" % (what, tab.requests))
    if PICTURES:
        tab.picture(os.path.join(PICTURES, "status%d-%d-%s.png" % (
            len(path), width, "dark" if dark else "light")))
    return tab


def check_status(screen, space):
    for width, dark in FORMS:
        tab = open_page(screen, "/status?by=octets", width, dark)
        compare_rows(tab, "octets")
        compare_metrics(tab, space)
        tab.close()


def check_links(screen):
    """The orders, by pointer and by keyboard."""
    tab = open_page(screen, "/status", 1600, False)
    loads = tab.loads
    tab.click("a[href='/status?by=packets']")
    tab.await_load(loads)
    CHECKS.equal(tab.ask("location.search"), "?by=packets", "a click")
    CHECKS.equal(tab.ask("document.querySelector('[aria-current]')"
                         ".textContent"), "packets", "which order it is")
    compare_rows(tab, "packets")
    loads = tab.loads
    tab.ask("document.activeElement.blur()")
    for _ in range(20):
        tab.press("Tab")
        if tab.ask("document.activeElement.textContent") == "octets":
            break
    tab.press("Enter", "\r")
    tab.await_load(loads)
    CHECKS.equal(tab.ask("location.search"), "?by=octets", "by keyboard")
    compare_rows(tab, "octets")
    tab.close()


def check_refresh(screen, traffic):
    """A new exchange comes without anybody asking for it."""
    tab = open_page(screen, "/status?by=octets", 1600, False)
    before = len(rows(tab))
    traffic.stdin.write(b"more\n")
    traffic.stdin.flush()
    traffic.stdout.readline()
    CHECKS.check(netspace.until(lambda: len(records("50")) == before + 1),
                 "the new exchange is live")
    loads = tab.loads
    for _ in range(3):      # the first may have begun before
        if len(rows(tab)) == before:
            tab.await_load(loads)
            loads = tab.loads
    CHECKS.equal(len(rows(tab)), before + 1, "it comes again by itself")
    compare_rows(tab, "octets")
    CHECKS.equal(set(tab.requests), {SITE + "/status?by=octets"}, "requests")
    nothing_but_text(tab, "it came again")
    CHECKS.equal(tab.complaints, [], "complaints after it came again")
    tab.close()


def check_front(screen, space):
    for width, dark in FORMS:
        tab = open_page(screen, "/", width, dark)
        found = tab.ask("""Object.fromEntries(Array.from(
            document.querySelectorAll('tr'), function (row) {
              return [row.closest('table').caption.textContent + '/' +
                  row.cells[0].textContent, row.cells[1].textContent];
            }))""")
        told = metrics(space)
        for name, metric in (("Packets/read", "packets_read"),
                             ("Packets/in exchanges", "packets_in_exchanges"),
                             ("Exchanges/opened", "exchanges_opened"),
                             ("Exchanges/live", "exchanges_live")):
            CHECKS.equal(number(found.get(name, "0")), told[metric], name)
        tab.close()


def read_only(space):
    for method in ("POST", "PUT", "DELETE"):
        for path in ("/", "/status"):
            code = space.run("one", "curl", "-s", "-m", "20", "-X", method,
                             "-o", FOLDER + "/body", "-w", "%{http_code}",
                             SITE + path)
            CHECKS.equal(code, "405", "%s %s" % (method, path))


def with_probe(space, traffic):
    CHECKS.equal(traffic.stdout.readline(), b"all is sent\n", "the traffic")
    count = len(HOSTILE) + 3
    CHECKS.check(netspace.until(lambda: len(records("50")) == count and
                                metrics(space)["exchanges_live"] == count),
                 "%d exchanges: %s" % (count, records("50")))
    with browser.Browser(space.within("one")) as screen:
        check_status(screen, space)
        check_links(screen)
        check_front(screen, space)
        check_refresh(screen, traffic)
    read_only(space)


def main():
    harness.need_exflow()
    harness.need_program("curl")
    browser.need_browser()
    netspace.need()
    with netspace.Space("one") as space:
        # What the browser itself sends is not metered.
        probe = space.start(
            "one", harness.EXFLOW, "-i", "lo", "-n", "127.0.0.1", "--set",
            "control=" + CONTROL, "--set", "metrics=127.0.0.1:9100", "--set",
            "status_page=yes", "--set", "udp_idle_timeout=600", "--set",
            "ring=16", "--filter", "not port 9100", "--names", "tls,http",
            "-o", "ipfix:" + FOLDER + "/out.ipfix")
        if CHECKS.check(netspace.until(lambda: os.path.exists(CONTROL)),
                        "the probe is up"):
            traffic = space.start(
                "one", sys.executable, "-c", TRAFFIC, harness.HERE, *HOSTILE,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            with_probe(space, traffic)
        CHECKS.equal(netspace.stop(probe), 0, "the probe's exit status")
    CHECKS.end()


main()
