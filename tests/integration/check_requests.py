#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A running probe is asked: the metrics page, the control socket."""
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time

import harness
import netspace
from html.parser import HTMLParser

CHECKS = harness.Checks()
FOLDER = harness.workspace()
CONTROL = os.path.join(FOLDER, "control")
CONFIG = os.path.join(FOLDER, "exflow.conf")
CTL = os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl")
PAGE = "127.0.0.1:9100"


def write_config(text=""):
    with open(CONFIG, "w") as file:
        file.write('networks = {127.0.0.1}\nmetrics = "%s"\ncontrol = "%s"\n'
                   'outputs = {"ipfix:%s/out.ipfix"}\n'
                   'udp_idle_timeout = 600\nring = 16\nfilter = "udp"\n'
                   'quality = yes\nstatus_page = yes\n%s\n'
                   % (PAGE, CONTROL, FOLDER, text))


def ctl(*arguments):
    return subprocess.run([CTL, "-s", CONTROL, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, text=True)


def page(space, *arguments, path="/metrics"):
    return space.run("one", "curl", "-sS", "-m", "20", *arguments,
                     "http://" + PAGE + path)


def connect():
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    while True:     # until there is room to wait in
        try:
            client.connect(CONTROL)
            break
        except BlockingIOError:
            time.sleep(0.01)
    client.settimeout(20)
    return client


def rest(client):
    octets = b""
    try:
        while True:
            more = client.recv(65536)
            if not more:
                return octets
            octets += more
    except ConnectionError:
        return octets


def ask(octets):
    with connect() as client:
        try:
            client.sendall(octets)
        except BrokenPipeError:
            pass
        return rest(client)


TRAFFIC = """
import socket, sys, time
end = time.time() + float(sys.argv[1])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
port = 1
while time.time() < end:
    for i in range(50):
        s.sendto(b"x" * 20, ("127.0.0.2", 1000 + port %% 30000))
        port += 1
    time.sleep(float(sys.argv[2]))
print(port - 1)
""".replace("%%", "%")


def samples(text):
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines() if line and line[0] != "#"}


QUICK = 0.5     # seconds: beside silent clients it was 25
SILENT = """
import socket, time
kept = [socket.create_connection(("127.0.0.1", 9100)) for _ in range(20)]
print("all", flush=True)
time.sleep(300)
"""


def median_scrape(space):
    times = []
    for _ in range(15):
        text = page(space, "-w", "time %{time_total}\n")
        times.append(float(text.rsplit("time ", 1)[1]))
    print("scrapes under load: median %.1f ms, longest %.1f ms" % (
        sorted(times)[7] * 1e3, max(times) * 1e3))
    return sorted(times)[7]


def check_scrapes(space):
    """Quick while packets come, and none of these is lost.  Where the machine
    has much else to do one median of several is enough."""
    load = space.start("one", sys.executable, "-c", TRAFFIC, "5", "0.001",
                       stdout=subprocess.PIPE)
    silent = space.start("one", sys.executable, "-c", SILENT,
                         stdout=subprocess.PIPE)
    CHECKS.equal(silent.stdout.readline(), b"all\n", "silent clients")
    while load.poll() is None:
        took = median_scrape(space)
        if took < QUICK:
            break
    CHECKS.check(took < QUICK, "a scrape took %.3f s" % took)
    sent = int(load.communicate()[0])
    netspace.stop(silent)
    # A packet is seen when its block of the ring is.
    netspace.until(lambda: samples(page(space))[
        "exflow_packets_read_total"] >= sent)
    seen = samples(page(space))
    print("packets under load: %d sent" % sent)
    CHECKS.equal(seen['exflow_interface_kernel_drops_total{interface="lo"}'],
                 0, "kernel drops")
    CHECKS.equal(seen["exflow_packets_read_total"], sent, "packets of the load")


IDLE = """
import socket, time
kept = [socket.create_connection(("127.0.0.1", 9100)) for _ in range(65)]
print("all", flush=True)
time.sleep(300)
"""


def check_idle_connections_block_the_metrics(space):
    """65 idle connections kept scrapes waiting for 25 s."""
    idle = space.start("one", sys.executable, "-c", IDLE,
                       stdout=subprocess.PIPE)
    CHECKS.equal(idle.stdout.readline(), b"all\n", "idle connections")
    began = time.monotonic()
    text = page(space)
    took = time.monotonic() - began
    print("a scrape beside 65 idle connections: %.2f s" % took)
    CHECKS.check("exflow_packets_read_total" in text and took < 12,
                 "a scrape took %.2f s" % took)
    netspace.stop(idle)


def check_dashboard(space):
    """The dashboard and the alerts ask for metrics that there are."""
    there = {re.split("[{ ]", line, maxsplit=1)[0]
             for line in page(space).splitlines() if line[:1] != "#"}
    conf = os.path.join(os.environ.get("top_srcdir", "."), "conf")
    for name in ("grafana-exflow.json", "prometheus-exflow.rules"):
        with open(os.path.join(conf, name)) as file:
            text = file.read()
        asked = set(re.findall(r"\bexflow_[a-z_]+(?=[{[) ])", text))
        CHECKS.check(len(asked) > 5, "%s asks for something" % name)
        CHECKS.equal(asked - there, set(), "metrics of %s" % name)
        if name.endswith(".json"):
            panels = json.loads(text)["panels"]
            CHECKS.equal(len({p["id"] for p in panels}), len(panels),
                         "identifiers of panels")


def check_front_page(space):
    text = page(space, path="/")
    for part in ('<a href="/metrics">', "The books balance.",
                 "<caption>lo</caption>", "<caption>ipfix:"):
        CHECKS.check(part in text, "%s in the front page" % part)


class Rows(HTMLParser):
    """Cells of a page's table, and tags that were not closed."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.open, self.cell = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "meta":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        self.cell = tag in ("td", "th")
        if self.cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        CHECKS.equal(tag, self.open.pop(), "the tag that ends")
        self.cell = False

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][-1] += data


def check_status_page(space):
    """It has the rows of exflowctl top, in the same order."""
    CHECKS.check('<a href="/status">' in page(space, path="/"),
                 "the front page's link")
    space.run("one", sys.executable, "-c", """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n, size in enumerate((3000, 2000, 1000)):
    for _ in range(40 + 500 * n):
        s.sendto(b"x" * size, ("127.0.0.9", 40000 + n))
""")
    asked = "udp", "and", "host", "127.0.0.9"
    CHECKS.check(netspace.until(lambda: [
        row.get("packetDeltaCount") for row in json_lines(
            "top", "by", "packets", *asked)] == [1040, 540, 40, None]),
                 "three exchanges")
    for order in ("octets", "packets", "age", "rate", None):
        path = "/status" + ("?by=" + order if order else "")
        text = page(space, path=path)
        rows = Rows(text)
        CHECKS.equal(rows.open, [], "tags that are not closed")
        CHECKS.equal((len(rows.rows), rows.rows[0][:4]),
                     (51, ["protocol", "client", "server", "name"]), path)
        CHECKS.check(re.search(r"<p>50 of [0-9,]+ live exchanges at 20", text),
                     "how many: " + path)
        CHECKS.check("Top by %s<" % (order or "rate") in text, path)
        CHECKS.check('http-equiv="refresh" content="5"' in text and
                     "default-src 'none'" in text and "<script" not in text,
                     "head of " + path)
        if order in ("octets", "packets"):
            check_status_rows(rows.rows[1:4], order, asked)
    body = os.path.join(FOLDER, "body")
    for query in ("?by=size", "?by=", "?by=%3Cb%3E"):
        CHECKS.equal(page(space, "-o", body, "-w", "%{http_code}",
                          path="/status" + query), "400", query)
        with open(body) as file:
            CHECKS.equal(file.read(),
                         "expected by=octets, packets, rate or age\n", query)
    check_no_status_page(space)


def json_lines(*arguments):
    return [json.loads(line) for line in
            ctl("-j", *arguments).stdout.splitlines()]


def check_status_rows(rows, order, asked):
    for row, record in zip(rows, json_lines("top", "3", "by", order, *asked)):
        CHECKS.equal(row[:8], [
            "udp", "127.0.0.1:%d" % record["sourceTransportPort"],
            "127.0.0.9:%d" % record["destinationTransportPort"], ""] + [
                "{:,}".format(record[key]) for key in (
                    "packetDeltaCount", "reversePacketDeltaCount",
                    "octetDeltaCount", "reverseOctetDeltaCount")],
                     "a row by " + order)


def check_no_status_page(space):
    """It is off unless the configuration says so."""
    other = space.start("one", harness.EXFLOW, "-i", "lo", "-n", "127.0.0.1",
                        "--set", "metrics=127.0.0.1:9101", "--set", "control=",
                        "-o", "ipfix:" + FOLDER + "/other.ipfix")
    url = "http://127.0.0.1:9101"
    body = os.path.join(FOLDER, "body")

    def code(path):
        try:
            return space.run("one", "curl", "-s", "-m", "20", "-o", body, "-w",
                             "%{http_code}", url + path)
        except subprocess.CalledProcessError:
            return None

    CHECKS.check(netspace.until(lambda: code("/") == "200"), "another probe")
    with open(body) as file:
        CHECKS.check("/status" not in file.read(), "no link to it")
    CHECKS.equal(code("/status"), "404", "/status where it is off")
    netspace.stop(other)


def check_page(space):
    text = page(space)
    for word in ("exflow_packets_read_total ", "exflow_exchanges_live ",
                 'exflow_interface_packets_total{interface="lo"} ',
                 'exflow_packets_unmatched_total{reason="foreign"} ',
                 'exflow_output_records_waiting{output="ipfix:',
                 'exflow_export_delay_seconds_bucket{le="+Inf"} '):
        CHECKS.check(word in text, word + "in the page")
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              check=False)
        CHECKS.equal((done.returncode, done.stdout), (0, ""), "promtool")
    accept = ("-H", "Accept: application/openmetrics-text; version=1.0.0")
    open_text = page(space, *accept, "-D", "-")
    CHECKS.check("application/openmetrics-text" in open_text, "content type")
    CHECKS.check(open_text.endswith("# EOF\n"), "the end of OpenMetrics")
    CHECKS.check("# TYPE exflow_packets_read counter" in open_text,
                 "a counter of OpenMetrics")
    CHECKS.equal(page(space, path="/health"), "ok\n", "/health")
    for arguments, path, code in ((("-X", "POST", "-d", "x"), "/metrics",
                                   405), ((), "/other", 404)):
        body = os.path.join(FOLDER, "body")
        said = page(space, *arguments, "-o", body, "-w", "%{http_code}",
                    path=path)
        CHECKS.equal(said, str(code), path)
    return samples(text)


def check_socket():
    mode = stat.S_IMODE(os.stat(CONTROL).st_mode)
    CHECKS.equal(oct(mode), "0o660", "mode of the socket")
    stats = json.loads(ctl("--json", "stats").stdout)
    CHECKS.equal(stats["balanced"], True, "stats")
    CHECKS.check(stats["exchanges"]["live"] > 1000, "live exchanges")
    text = ctl("stats").stdout
    CHECKS.check(re.search(r"(?m)^packets +[0-9,]+ read$", text),
                 "stats for people: %r" % text)
    live = ctl("-j", "live").stdout.splitlines()
    last = json.loads(live[-1])
    CHECKS.equal(last["shown"], 1000, "shown")
    CHECKS.check(abs(last["found"] - stats["exchanges"]["live"]) < 10,
                 "found %s of %s" % (last["found"], stats["exchanges"]["live"]))
    CHECKS.equal(len(live), 1001, "lines")
    one = [json.loads(line) for line in ctl(
        "-j", "live", "udp and port 1001 and host 127.0.0.2").stdout.splitlines()]
    CHECKS.equal(one[-1], {"found": 1, "shown": 1}, "live port 1001")
    CHECKS.equal(one[0]["exchangeEnd"], "live", "its end")
    for arguments, expected in (
            (("live", "port", "many"), "at \"many\": expected a port"),
            (("live", "udp", "xor", "tcp"), "at \"xor\": expected and, or"),
            (("live", "udp", "and"), "expected a test at the end"),
            (("live", "net", "10.0.0.1/8"), "10.0.0.1/8"),
            (("stats", "now"), "expected nothing"),
            (("top", "0"), "expected a number from 1 to 1000"),
            (("top", "5", "by", "size"),
             "size: expected octets, packets, rate, age or name"),
            (("top", "by"), "expected octets, packets, rate, age or"),
            (("top", "5", "port", "x"), "at \"x\": expected a port"),
            (("dance",), "unknown command, expected stats")):
        done = ctl(*arguments)
        CHECKS.check(done.returncode == 2 and expected in done.stderr,
                     "%s: %r" % (arguments, done))
    CHECKS.equal(ctl().returncode, 2, "no command")


def check_live_tables():
    """live and top as tables, and top's order; see src/live/top.c."""
    lines = ctl("live", "port", "1001").stdout.splitlines()
    CHECKS.check(lines[0].split()[-1] == "RATE" and
                 "(in order of start, UTC)" in lines[1], "head: %r" % lines)
    CHECKS.check(re.match(r"[0-9:]{8} +\S+ udp \S+ > 127\.0\.0\.2:1001 ",
                          lines[3]), "row: %r" % lines)
    CHECKS.equal(lines[4], "1 of 1 live exchanges", "last line")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(CONTROL)
        client.sendall(b"width=200 live port 1001\n")
        wide = rest(client).decode().splitlines()
    CHECKS.check("LAST" in wide[1] and wide[1].split()[-1] == "RATE",
                 "wide head: %r" % wide)
    rows = [json.loads(line) for line in ctl(
        "-j", "top", "3", "by", "packets", "udp").stdout.splitlines()]
    CHECKS.equal((len(rows), rows[-1]["shown"]), (4, 3), "top 3")
    packets = [row["packetDeltaCount"] + row["reversePacketDeltaCount"]
               for row in rows[:-1]]
    CHECKS.equal(packets, sorted(packets, reverse=True), "top's order")
    every = [json.loads(line) for line in
             ctl("-j", "top", "1000", "udp").stdout.splitlines()]
    CHECKS.equal(len(every), 1001, "top 1000")


def check_rude_clients():
    for octets, expected in (
            (b"\n", b"usage: unknown command"),
            (b"json stats\r\n", b"ok\n{"),
            (b"\x00\xff\xfe\n", b"usage: unknown command"),
            (b"x" * 5000, b"error: the request is too long"),
            (b"json stats\nstats\n", b"ok\n{")):
        said = ask(octets)
        CHECKS.check(said.startswith(expected),
                     "%r: %r" % (octets[:20], said[:60]))
    silent = [connect() for _ in range(20)]
    slow = connect()
    slow.sendall(b"sta")
    began = time.monotonic()
    many = [connect() for _ in range(100)]
    for client in many:
        client.sendall(b"json stats\n")
    said = [rest(client) for client in many]
    CHECKS.equal([s[:4] for s in said], [b"ok\n{"] * 100, "100 clients")
    print("100 clients beside 21 silent ones: %.2f s" % (
        time.monotonic() - began))
    slow.sendall(b"ts\n")
    CHECKS.check(rest(slow).startswith(b"ok\n"), "a slow client")
    CHECKS.equal({rest(client) for client in silent}, {b""},
                 "silent clients are given up")


def check_silent_clients_block_the_control_socket():
    """160 silent clients kept others waiting for 20 s."""
    silent = [connect() for _ in range(160)]
    began = time.monotonic()
    done = ctl("stats")
    took = time.monotonic() - began
    print("stats beside 160 silent clients: %.2f s" % took)
    CHECKS.equal(done.returncode, 0, "stats beside 160 silent clients")
    CHECKS.check(took < 12, "stats took %.2f s" % took)
    for client in silent:
        client.close()


def check_commands(probe):
    write_config("tcp_linger = 1")
    CHECKS.equal(ctl("reload").returncode, 0, "reload")
    write_config("tcp_linger = one")
    done = ctl("reload")
    CHECKS.check(done.returncode == 1 and "stays as it was" in done.stderr,
                 "reload of a broken file: %r" % done)
    # It said "see the log".
    CHECKS.check("exflow.conf:10: tcp_linger: one is not a number" in
                 done.stderr, "the line is not named: %r" % done)
    CHECKS.equal(ctl("rotate").returncode, 0, "rotate")
    CHECKS.equal(ctl("flush").returncode, 0, "flush")
    stats = json.loads(ctl("-j", "stats").stdout)
    CHECKS.equal((stats["reloads"], stats["reloads_failed"]), (1, 1),
                 "reloads")
    CHECKS.check(stats["exchanges"]["active_parts"] > 1000, "parts")
    # It is taken, and says so to a second one.
    done = subprocess.run([harness.EXFLOW, "-c", CONFIG, "-i", "lo", "--set",
                           "tcp_linger=1", "--set", "metrics="],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, text=True)
    CHECKS.check(done.returncode != 0, "a second one: %r" % done)
    CHECKS.equal(probe.poll(), None, "the first one goes on")


def main():
    harness.need_exflow()
    harness.need_program("curl")
    netspace.need()
    write_config()
    stats_path = os.path.join(FOLDER, "stats.json")
    with netspace.Space("one") as space:
        probe = space.start("one", harness.EXFLOW, "-c", CONFIG, "-i", "lo",
                            "--stats", stats_path, stderr=subprocess.PIPE)
        if not CHECKS.check(netspace.until(lambda: os.path.exists(CONTROL)),
                            "the probe is up"):
            netspace.stop(probe)
            print(probe.stderr.read().decode())
            CHECKS.end()
        seen = None
        if "metrics" in harness.exflow("--help").out:
            check_scrapes(space)
            seen = check_page(space)
            check_front_page(space)
            check_status_page(space)
            check_dashboard(space)
            check_idle_connections_block_the_metrics(space)
        else:
            space.run("one", sys.executable, "-c", TRAFFIC, "1", "0.001")
        check_socket()
        check_live_tables()
        check_rude_clients()
        check_silent_clients_block_the_control_socket()
        check_commands(probe)
        netspace.stop(probe)
        print(re.sub(r"(?s).*\nexflow", "exflow",
                     probe.stderr.read().decode())[:600])
        CHECKS.equal(probe.returncode, 0, "exit status")
    CHECKS.equal(os.path.exists(CONTROL), False, "the socket is gone")
    stats = harness.read_stats(stats_path)
    CHECKS.equal(harness.unbalanced(stats), None, "the books")
    if seen is not None:
        CHECKS.check(seen["exflow_packets_read_total"] <= stats["packets_read"],
                     "packets of the page and of the end")
        CHECKS.equal(seen["exflow_packets_read_total"],
                     sum(value for name, value in seen.items() if name.startswith(
                         "exflow_packets_unmatched_total")) +
                     seen["exflow_packets_in_exchanges_total"],
                     "the page's first book")
    CHECKS.end()


if __name__ == "__main__":
    main()
