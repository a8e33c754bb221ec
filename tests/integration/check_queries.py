#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""exflowdump's filters, reports and files: each answer is computed a second
time, by Python over all records as JSON and by SQLite over CSV.
"""
import collections
import contextlib
import csv
import io
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess

import collectors
import harness

CHECKS = harness.Checks()
SPACE = harness.workspace()
DUMP = os.path.join(os.path.dirname(harness.EXFLOW), "exflowdump")
CAPTURES = (os.path.join(SPACE, "traffic.pcap"),
            os.path.join(SPACE, "numbers.pcap"))
BIFLOW = os.path.join(SPACE, "biflow.ipfix")
UNIFLOW = os.path.join(SPACE, "uniflow.ipfix")
ENDS = collectors.ENDS
CLIENT, SERVER = 0, 1


def dump(*arguments, code=0):
    done = subprocess.run([DUMP, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120,
                          env=harness.ENVIRONMENT)
    CHECKS.equal(done.returncode, code,
                 "%s: %s" % (arguments, done.stderr.decode()))
    return done.stdout.decode()


def rows(*arguments):
    """Of a report as JSON: its rows, and those that stand for others."""
    lines = [json.loads(line)
             for line in dump("--json", *arguments).splitlines()]
    return ([line for line in lines if "row" not in line],
            {line["row"]: line for line in lines if "row" in line})


def table(*arguments):
    """Of --csv with chosen columns: lists of texts."""
    return list(csv.reader(io.StringIO(dump("--csv", *arguments))))[1:]


# --- the records, as Python sees them

def nanoseconds(text):
    day, clock = text.rstrip("Z").split("T")
    seconds, _, fraction = clock.partition(".")
    hours, minutes, secs = map(int, seconds.split(":"))
    year, month, date = map(int, day.split("-"))
    days = (__import__("datetime").date(year, month, date) -
            __import__("datetime").date(1970, 1, 1)).days
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + secs
    return whole * 10**9 + int(fraction.ljust(9, "0") or 0)


class Record:
    """One exchange, by exflow's elements."""

    def __init__(self, json_record):
        self.all = json_record
        get = json_record.get
        version = "4" if "sourceIPv4Address" in json_record else "6"
        self.host = [ipaddress.ip_address(get(
            "%sIPv%sAddress" % (side, version)))
            for side in ("source", "destination")]
        self.port = [get("sourceTransportPort"),
                     get("destinationTransportPort")]
        self.protocol = get("protocolIdentifier")
        self.octets = [get("octetDeltaCount"),
                       get("reverseOctetDeltaCount", 0)]
        self.packets = [get("packetDeltaCount"),
                        get("reversePacketDeltaCount", 0)]
        self.payload = [get("initiatorOctets"), get("responderOctets", 0)]
        self.end = get("exchangeEnd")
        self.flags = [get("tcpControlBits", 0),
                      get("reverseTcpControlBits", 0)]
        starts = [get("flowStartMicroseconds"),
                  get("reverseFlowStartMicroseconds")]
        ends = [get("flowEndMicroseconds"),
                get("reverseFlowEndMicroseconds")]
        self.start = min(nanoseconds(t) for t in starts if t)
        self.last = max(nanoseconds(t) for t in ends if t)
        self.duration = self.last - self.start
        self.retransmissions = self.figure(
            "retransmittedPacketDeltaCount",
            "reverseRetransmittedPacketDeltaCount") if self.quality else None
        self.rtt = self.round_trip()

    @property
    def quality(self):
        return any(name in self.all for name in
                   ("maximumTtl", "reverseMaximumTtl"))

    def figure(self, *names):
        return sum(self.all.get(name, 0) for name in names)

    def half(self, prefix):
        def known(name, prefix=prefix):
            name = prefix + (name[0].upper() + name[1:] if prefix else name)
            value = self.all.get(name, 2**32 - 1)
            return None if value == 2**32 - 1 else value

        mean = known("rttMeanMicroseconds")
        return known("handshakeRttMicroseconds") if mean is None else mean

    def round_trip(self):
        halves = self.half(""), self.half("reverse")
        return None if None in halves else sum(halves) * 1000


def with_sequence_numbers(path, count=200):
    """TCP with sequence numbers that are right, and some repeated segments, so
    that there are round-trip times; and ICMP."""
    packets, micro = [], 1000000

    def tcp(at, ends, ports, numbers, flags, payload=0):
        head = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 8192,
                           0, 0)
        add(at, ends, 6, head + bytes(payload))

    def add(at, ends, protocol, body):
        raw = [socket.inet_aton(end) for end in ends]
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64,
                         protocol, 0, *raw)
        octets = bytes(12) + b"\x08\x00" + ip + body
        packets.append((at, octets, len(octets)))

    for n in range(count):
        at = 1700000000 * micro + n * 7 * micro
        near, far = 300 + 13 * n, 2000 + 97 * (n % 50)
        ends = "10.9.0.%d" % (n % 7 + 1), "192.0.2.%d" % (n % 11 + 1)
        back, ports = ends[::-1], (2000 + n, 8080)
        tcp(at, ends, ports, (100, 0), 2)
        tcp(at + far, back, ports[::-1], (900, 101), 0x12)
        tcp(at + far + near, ends, ports, (101, 901), 0x10)
        for _ in range(1 + n % 3):  # the same segment, again and again
            at += micro // 2
            tcp(at + far + near, ends, ports, (101, 901), 0x18, 50)
        tcp(at + 2 * far + near, back, ports[::-1], (901, 151), 0x18, 500)
        tcp(at + 2 * (far + near), ends, ports, (151, 1401), 0x11)
        tcp(at + 3 * far + 2 * near, back, ports[::-1], (1401, 152), 0x11)
        tcp(at + 3 * (far + near), ends, ports, (152, 1402), 0x10)
        add(at, ends, 1, b"\x08\0\0\0" + struct.pack(">HH", n, 1))
        add(at + far, back, 1, b"\0\0\0\0" + struct.pack(">HH", n, 1))
    collectors.write_capture(path, packets)


def make():
    collectors.traffic(CAPTURES[0], 3000)
    with_sequence_numbers(CAPTURES[1])
    for path, settings in ((BIFLOW, ("quality=yes",)),
                           (UNIFLOW, ("quality=yes", "biflow=no"))):
        more = [word for setting in settings for word in ("--set", setting)]
        done = harness.exflow("-q", *CAPTURES, "--set", "meter=all,other", *more,
                              "-o", path)
        CHECKS.equal(done.code, 0, path + ": " + done.err)
    return [Record(json.loads(line))
            for line in dump("--json", BIFLOW).splitlines()]


# --- filters

def either(test):
    return lambda r: test(r, CLIENT) or test(r, SERVER)


NET = ipaddress.ip_network("10.0.0.0/9")
FILTERS = (
    ("", lambda r: True),
    ("tcp", lambda r: r.protocol == 6),
    ("not tcp and not udp", lambda r: r.protocol not in (6, 17)),
    ("ip6", lambda r: r.host[0].version == 6),
    ("port 80 or 443", either(lambda r, s: r.port[s] in (80, 443) and
                              r.protocol in (6, 17))),
    ("server port 1..100",
     lambda r: 1 <= r.port[SERVER] <= 100 and r.protocol in (6, 17)),
    ("net 10.0.0.0/9", either(lambda r, s: r.host[s] in NET)),
    ("client 10.0.0.0/9 and not server 10.0.0.0/9",
     lambda r: r.host[0] in NET and r.host[1] not in NET),
    ("octets > 1k", lambda r: sum(r.octets) > 1000),
    ("client octets <= 100 or server packets = 0",
     lambda r: r.octets[0] <= 100 or r.packets[1] == 0),
    ("payload in {0, 10..200}",
     lambda r: sum(r.payload) == 0 or 10 <= sum(r.payload) <= 200),
    ("end reset or end finished", lambda r: r.end in (1, 2)),
    ("end != idle", lambda r: r.end != 6),
    ("duration > 10ms and duration < 1s",
     lambda r: 10**7 < r.duration < 10**9),
    ("client flags S/SA and tcp",
     lambda r: r.flags[0] & 0x12 == 2 and r.protocol == 6),
    ("rtt > 1ms", lambda r: r.rtt is not None and r.rtt > 10**6),
    ("not has rtt", lambda r: r.rtt is None),
    ("retransmissions >= 1",
     lambda r: r.retransmissions is not None and r.retransmissions >= 1),
    ("reversePacketDeltaCount > 3",
     lambda r: r.all.get("reversePacketDeltaCount", 0) > 3),
    ("flowEndReason = 1", lambda r: r.all["flowEndReason"] == 1),
)


def filters(records):
    """The same records, in the same order, as Python chooses."""
    for text, test in FILTERS:
        got = dump("--json", "-f", text, BIFLOW).splitlines()
        want = [r.all for r in records if test(r)]
        CHECKS.check([json.loads(line) for line in got] == want,
                     "-f %r: %d records, expected %d" % (
                         text, len(got), len(want)))
        CHECKS.check(0 < len(want), "-f %r takes none" % text)


def filters_of_outputs(records):
    """record_filter of outputs takes what -f of exflowdump takes."""
    for text, test in FILTERS[1:]:
        path = os.path.join(SPACE, "chosen.ipfix")
        stats = os.path.join(SPACE, "stats.json")
        done = harness.exflow(
            "-q", *CAPTURES, "--set", "meter=all,other", "--set", "quality=yes",
            "--set", "record_filter=" + text, "-o", path, "-o",
            "json:" + SPACE + "/chosen.json", "--stats", stats)
        CHECKS.equal(done.code, 0, text + ": " + done.err)
        got = sorted(json.loads(line)["flowId"]
                     for line in dump("--json", path).splitlines())
        want = sorted(r.all["flowId"] for r in records if test(r))
        CHECKS.equal(got, want, "record_filter " + text)
        told = harness.read_stats(stats)
        for output in told["outputs"]:
            CHECKS.equal(output["left_out"], len(records) - len(want),
                         "%s: left out of %s" % (text, output["name"]))
        CHECKS.equal(harness.unbalanced(told), None, text)
        os.remove(path)
        os.remove(SPACE + "/chosen.json")


def filters_of_messages(records):
    """The same where no output beside wants the figures of each record."""
    path = os.path.join(SPACE, "alone.ipfix")
    for text, test in FILTERS[1:]:
        done = harness.exflow(
            "-q", *CAPTURES, "--set", "meter=all,other", "--set", "quality=yes",
            "--set", "record_filter=" + text, "-o", path)
        CHECKS.equal(done.code, 0, text + ": " + done.err)
        got = sorted(json.loads(line)["flowId"]
                     for line in dump("--json", path).splitlines())
        want = sorted(r.all["flowId"] for r in records if test(r))
        CHECKS.equal(got, want, "record_filter %s, IPFIX alone" % text)
        os.remove(path)


# --- reports

def sums_of(group):
    return {"records": len(group),
            "packets_sent": sum(r.packets[0] for r in group),
            "packets_received": sum(r.packets[1] for r in group),
            "octets_sent": sum(r.octets[0] for r in group),
            "octets_received": sum(r.octets[1] for r in group)}


def grouped(records, key):
    groups = collections.defaultdict(list)
    for record in records:
        groups[key(record)].append(record)
    return groups


def prefix(address, bits4, bits6):
    bits = bits4 if address.version == 4 else bits6
    return str(ipaddress.ip_network((address, bits), strict=False))


KEYS = (
    ("client", lambda r: (str(r.host[0]),)),
    ("server,server port", lambda r: (
        str(r.host[1]),
        r.port[1] if r.protocol in (6, 17) else None)),
    ("net/16/40", lambda r: (prefix(r.host[0], 16, 40),)),
    ("end", lambda r: (
        {number: name for name, number in ENDS.items()}[r.end],)),
)
ORDERS = (
    ("octets", lambda g: sum(sum(r.octets) for r in g)),
    ("packets", lambda g: sum(sum(r.packets) for r in g)),
    ("records", len),
    ("server octets", lambda g: sum(r.octets[1] for r in g)),
    ("retransmissions", lambda g: sum(r.retransmissions or 0 for r in g)),
)


def tops(records):
    for names, key in KEYS:
        groups = grouped(records, key)
        for order, weigh in ORDERS:
            what = "--by %s --order %s" % (names, order)
            got, marked = rows("--by", names, "--order", order, "--top", "7",
                               BIFLOW)
            columns = [n.replace(" ", "_") for n in names.split(",")]
            total = weigh(records)
            best = sorted((weigh(g) for g in groups.values()), reverse=True)
            CHECKS.equal(
                [weigh(groups[tuple(row.get(c) for c in columns)])
                 for row in got], best[:7], what)
            for row in got:
                group = groups[tuple(row.get(c) for c in columns)]
                for name, value in sums_of(group).items():
                    CHECKS.equal(row[name], value, what + ": " + name)
                CHECKS.check(abs(row["share"] - weigh(group) / total) < 1e-5,
                             what + ": share")
            for name, value in sums_of(records).items():
                CHECKS.equal(marked["total"][name], value, what)
                rest = value - sum(row[name] for row in got)
                CHECKS.equal(marked.get("rest", {}).get(name, 0), rest,
                             what + ": rest")


def means(records):
    """A span of time is averaged, over the records that have it."""
    groups = grouped([r for r in records if r.rtt is not None],
                     lambda r: str(r.host[1]))
    got, _ = rows("--by", "server", "--order", "rtt", "--top", "5", BIFLOW)
    best = sorted((sum(r.rtt for r in g) / len(g) for g in groups.values()),
                  reverse=True)[:5]
    CHECKS.equal(len(got), len(best), "--order rtt")
    for row, want in zip(got, best):
        CHECKS.check(abs(row["rtt"] * 1e9 - want) <= 1, "mean rtt")


def series(records):
    step = 10 * 10**9
    groups = grouped(records, lambda r: r.start // step)
    got, _ = rows("--series", "10s", BIFLOW)
    first, last = min(groups), max(groups)
    CHECKS.equal([nanoseconds(row["start"]) // step for row in got],
                 list(range(first, last + 1)), "--series: no gaps")
    for row in got:
        want = sums_of(groups.get(nanoseconds(row["start"]) // step, []))
        CHECKS.equal({n: row[n] for n in want}, want, "--series")
    got, _ = rows("--series", "10s", "--by", "protocol", "--top", "100",
                  BIFLOW)
    CHECKS.equal(sum(row["records"] for row in got), len(records),
                 "--series --by")


def histograms(records):
    for name, value in (("octets", lambda r: sum(r.octets)),
                        ("client packets", lambda r: r.packets[0]),
                        ("duration", lambda r: r.duration),
                        ("rtt", lambda r: r.rtt)):
        values = sorted(v for v in map(value, records) if v is not None)
        unit = 1 if name in ("octets", "client packets") else 10**9
        lines, _ = rows("--hist", name, BIFLOW)
        figures, bins = lines[0], lines[1:]
        CHECKS.equal(figures["records"], len(values), name)
        CHECKS.equal(figures["without"], len(records) - len(values), name)
        for part in (50, 90, 95, 99):
            want = values[max(0, -(-len(values) * part // 100) - 1)]
            CHECKS.equal(round(figures["p%d" % part] * unit), want,
                         "%s: p%d" % (name, part))
        CHECKS.equal(round(figures["maximum"] * unit), values[-1], name)
        for row in bins:
            low, high = row["from"] * unit, row["below"] * unit
            CHECKS.equal(row["records"], sum(
                round(low) <= v < round(high) for v in values),
                "%s: bin from %r" % (name, row["from"]))
        CHECKS.equal(sum(row["records"] for row in bins), len(values), name)


def matrices(records):
    got, marked = rows("--matrix", "client,server", "--top", "4", BIFLOW)
    for row in got:
        for server, octets in row.items():
            if server in ("client", "other", "total"):
                continue
            CHECKS.equal(octets, sum(
                sum(r.octets) for r in records
                if str(r.host[0]) == row["client"] and
                str(r.host[1]) == server), "--matrix")
    lines = got + list(marked.values())
    CHECKS.equal(sum(row["total"] for row in lines),
                 sum(sum(r.octets) for r in records), "--matrix: all")


def iso(ns):
    return "@%d" % (ns // 10**9)


def differences(records):
    times = sorted(r.last for r in records)
    cut = times[len(times) // 2] // 10**9 * 10**9
    periods = "%s/%s,%s/%s" % (iso(times[0]), iso(cut), iso(cut),
                               iso(times[-1] + 10**9))
    before = grouped([r for r in records if r.last < cut],
                     lambda r: str(r.host[1]))
    after = grouped([r for r in records if r.last >= cut],
                    lambda r: str(r.host[1]))
    got, _ = rows("--diff", periods, "--by", "server", "--top", "1000000",
                  BIFLOW)
    CHECKS.equal(len(got), len(set(before) | set(after)), "--diff")
    changes = []
    for row in got:
        old = sum(sum(r.octets) for r in before.get(row["server"], []))
        new = sum(sum(r.octets) for r in after.get(row["server"], []))
        CHECKS.equal((row["octets_before"], row["octets_after"],
                      row["change"]), (old, new, new - old), "--diff")
        state = ("new" if row["server"] not in before else
                 "gone" if row["server"] not in after else
                 "grown" if new > old else "shrunk" if new < old else "same")
        CHECKS.equal(row["state"], state, "--diff: state")
        changes.append(abs(new - old))
    CHECKS.equal(changes, sorted(changes, reverse=True), "--diff: order")


def sql():
    """SQLite over the chosen columns of every record."""
    data = sqlite3.connect(":memory:")
    data.execute("create table flows (client, port integer, octets integer,"
                 " start)")
    data.executemany("insert into flows values (?, ?, ?, ?)", table(
        "--fields", "client,server port,octets,start", BIFLOW))
    for key, column in (("client", "client"), ("server port", "port")):
        want = data.execute(
            "select %s, count(*), sum(octets) from flows group by %s"
            " order by 3 desc, 1 limit 5" % (column, column)).fetchall()
        got, _ = rows("--by", key, "--top", "5", BIFLOW)
        CHECKS.equal([(row["records"],
                       row["octets_sent"] + row["octets_received"])
                      for row in got], [w[1:] for w in want], "sql: " + key)
    hours, _ = rows("--by", "minute", "--top", "1000", BIFLOW)
    want = data.execute("select substr(start, 1, 16), count(*) from flows"
                        " group by 1").fetchall()
    CHECKS.equal(sorted((row["minute"][:16], row["records"])
                        for row in hours), sorted(want), "sql: minutes")


def database():
    """A file of SQLite has what --fields shows."""
    path = os.path.join(SPACE, "flows.sqlite")
    done = subprocess.run([DUMP, "--sqlite", path, BIFLOW], timeout=60,
                          capture_output=True, env=harness.ENVIRONMENT)
    if b"without SQLite" in done.stderr:
        print("not tested: this build is without SQLite")
        return
    CHECKS.equal(done.returncode, 0, "--sqlite: %r" % done.stderr)
    data = sqlite3.connect(path)
    got = data.execute("select client, server_port, client_octets,"
                       " server_octets, protocol from flows").fetchall()
    want = [(a, int(b) if b else None, int(c), int(d), e)
            for a, b, c, d, e in table(
                "--fields", "client,server port,client octets,server octets,"
                "protocol", BIFLOW)]
    CHECKS.equal(got, want, "--sqlite")
    rtt = data.execute("select count(rtt), sum(rtt) from flows").fetchone()
    times = [float(row[0]) for row in table(
        "-f", "has rtt", "--fields", "rtt", BIFLOW)]
    CHECKS.equal(rtt[0], len(times), "--sqlite: null")
    CHECKS.check(abs(rtt[1] - sum(times)) < 1e-6, "--sqlite: rtt")
    data.close()
    os.remove(path)
    dump("-f", "udp", "--fields", "start,octets", "--sqlite", path, BIFLOW)
    data = sqlite3.connect(path)
    CHECKS.equal(data.execute("select count(*) from flows").fetchone()[0],
                 len(table("-f", "udp", "--fields", "octets", BIFLOW)),
                 "--sqlite -f")
    CHECKS.equal(os.listdir(SPACE).count("flows.sqlite"), 1, "its name")
    data.close()


# --- order, columns, pairs, files

def sorting(records):
    octets = sorted((sum(r.octets) for r in records), reverse=True)
    got = [int(row[0]) for row in table(
        "--fields", "octets", "--sort", "octets", "--head", "20", BIFLOW)]
    CHECKS.equal(got, octets[:20], "--sort --head")
    got = [int(row[0]) for row in table(
        "--fields", "octets", "--sort", "+octets", BIFLOW)]
    CHECKS.equal(got, octets[::-1], "--sort +")
    lines = dump("--json", "--sort", "start", BIFLOW).splitlines()
    starts = [Record(json.loads(line)).start for line in lines]
    CHECKS.equal(starts, sorted((r.start for r in records), reverse=True),
                 "--sort start")
    CHECKS.equal(len(dump("--json", "--head", "3", BIFLOW).splitlines()), 3,
                 "--head")
    CHECKS.check("rtt" in dump("--csv", "--fields", "rtt", "--head", "1",
                               BIFLOW), "--fields: heading")


def pairs():
    """What uniflow took apart comes together again."""
    for arguments in (("--by", "client,server port"), ("--by", "server"),
                      ("--by", "end", "--order", "records"),
                      ("--hist", "server octets")):
        CHECKS.equal(rows("--pair", *arguments, UNIFLOW),
                     rows(*arguments, BIFLOW), "--pair %s" % (arguments,))
    names = "client,client port,server,server port,octets,client octets,flow"
    CHECKS.equal(sorted(table("--pair", "--fields", names, UNIFLOW)),
                 sorted(table("--fields", names, BIFLOW)), "--pair --fields")


def stripped(value):
    """Octets without the zeros at their end: a short record has fewer."""
    return re.sub("(00)+$", "", value) if str(value).startswith("0x") else value


def pairs_written(records):
    """The uniflows of a pair are written as a biflow that says the same of
    everything that both have, and lacks only what no uniflow has."""
    path = os.path.join(SPACE, "paired.ipfix")
    dump("--pair", "--ipfix", path, UNIFLOW)
    paired = {record["flowId"]: record for record in map(
        json.loads, dump("--json", path).splitlines())}
    CHECKS.equal(len(paired), len(records), "--pair --ipfix: records")
    other = path.replace("paired.", "paired.1.")
    done = subprocess.run([DUMP, "--ipfix", path, UNIFLOW], timeout=60,
                          capture_output=True, env=harness.ENVIRONMENT)
    CHECKS.check(other in done.stderr.decode() and os.path.exists(other),
                 "a file that is there: " + done.stderr.decode())
    os.remove(other)
    missing = collections.Counter()
    for record in records:
        got = paired.get(record.all["flowId"], {})
        for name, value in record.all.items():
            if name not in got:
                missing[name] += 1
            else:
                CHECKS.equal(stripped(got[name]), stripped(value),
                             "--pair --ipfix: %s of flow %s" % (
                                 name, record.all["flowId"]))
    CHECKS.equal(set(missing), {
        "initiatorOctets", "responderOctets", "reverseFlowDeltaMilliseconds",
        "reverseFlowDeltaMicroseconds"}, "--pair --ipfix: missing")
    # Read as any other file, it gives the same answers, and is not paired.
    for arguments in (("--by", "client,server port"),
                      ("--by", "end", "--order", "retransmissions"),
                      ("--hist", "server octets"), ("--hist", "rtt")):
        want = rows(*arguments, BIFLOW)
        CHECKS.equal(rows(*arguments, path), want, "paired: %s" % (arguments,))
        CHECKS.equal(rows("--pair", *arguments, path), want,
                     "paired twice: %s" % (arguments,))
    os.remove(path)
    dump("--pair", "-f", "server packets > 2 and tcp", "--ipfix", path, UNIFLOW)
    got = [json.loads(line) for line in dump("--json", path).splitlines()]
    CHECKS.equal(sorted(record["flowId"] for record in got), sorted(
        r.all["flowId"] for r in records
        if r.packets[1] > 2 and r.protocol == 6), "--pair -f --ipfix")
    os.remove(path)


def values(*arguments):
    """The rows of CSV without the template's id."""
    return [line.split(",", 1)[1] for line in
            dump("--csv", *arguments).splitlines()
            if not line.startswith("#")]


def written_back():
    path = os.path.join(SPACE, "copy.ipfix")
    dump("-f", "udp", "--ipfix", path, BIFLOW)
    CHECKS.equal(values(path), values("-f", "udp", BIFLOW), "--ipfix")
    CHECKS.check(re.search(r"sequence gaps +0\n", dump("--stats", path)),
                 "--ipfix: sequence")
    both = os.path.join(SPACE, "both.ipfix")
    dump("--ipfix", both, path, UNIFLOW)
    CHECKS.equal(values(both), values(path) + values(UNIFLOW),
                 "--ipfix: merged")
    os.remove(path)
    os.remove(both)


def folders(records):
    """An archive: only files that may have the period are read."""
    folder = os.path.join(SPACE, "archive")
    done = harness.exflow(
        "-q", *CAPTURES, "--set", "meter=all,other", "--set", "quality=yes", "-c",
        make_archive(folder))
    CHECKS.equal(done.code, 0, done.err)
    found = sorted(os.path.join(at, name) for at, _, names in
                   os.walk(folder) for name in names)
    CHECKS.check(len(found) > 2, "files of the archive: %s" % found)
    CHECKS.equal(sorted(values(folder)), sorted(values(BIFLOW)), "a folder")
    CHECKS.equal(sorted(values(os.path.join(folder, "*", "*"))),
                 sorted(values(BIFLOW)), "a pattern")
    times = sorted(r.last for r in records)
    low, high = times[len(times) // 3], times[len(times) // 2]
    period = ("--from", iso(low), "--to", iso(high))
    want = [r.all["flowId"] for r in records
            if low // 10**9 * 10**9 <= r.last < high // 10**9 * 10**9]
    got = [json.loads(line)["flowId"] for line in
           dump("--json", *period, folder).splitlines()]
    CHECKS.equal(sorted(got), sorted(want), "--from --to")
    # Its records are damaged, but nobody looks at them.
    early = bytearray(open(found[0], "rb").read())
    at = 0
    while at + 16 <= len(early):
        early[at + 4:at + 8] = (1).to_bytes(4, "big")
        early[at + 18:at + 20] = b"\xff\xff"
        at += int.from_bytes(early[at + 2:at + 4], "big")
    with open(os.path.join(folder, "a.ipfix"), "wb") as file:
        file.write(early)
    CHECKS.equal(len(dump("--json", *period, folder).splitlines()),
                 len(want), "a file of another time")
    dump("--json", folder, code=1)
    os.remove(os.path.join(folder, "a.ipfix"))


def make_archive(folder):
    path = os.path.join(SPACE, "archive.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write('archive "a" { path = "%s/%%Y%%m%%d/%%H%%M%%S.ipfix"\n'
                   'rotate = 10 }\n' % folder)
    return path


def followed():
    """A file that comes later is read once, also when it is compressed."""
    folder = os.path.join(SPACE, "followed")
    os.mkdir(folder)
    out = os.path.join(SPACE, "followed.csv")
    with open(out, "w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [DUMP, "-F", "--csv", "--fields", "flow", folder], stdout=file,
            env=harness.ENVIRONMENT)
    want = [row[0] for row in table("--fields", "flow", BIFLOW)]
    try:
        for name in ("one.ipfix", "two.ipfix"):
            before = len(harness.read_lines(out))
            os.symlink(BIFLOW, os.path.join(folder, name))
            collectors.wait_until(
                lambda before=before: len(harness.read_lines(out)) >=
                before + len(want), "records of " + name)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    CHECKS.equal(harness.read_lines(out), ["flow"] + want + want, "-F")


# --- files of others

def by_server():
    """What each end sent and received, by both."""
    lines, _ = rows("--by", "client,server", "--top", "100000", BIFLOW)
    return {(row["client"], row["server"]): (
        row["packets_sent"], row["packets_received"], row["octets_sent"],
        row["octets_received"]) for row in lines}


def softflowd():
    """Its uniflows, paired, have the sums of exflow's exchanges."""
    if not shutil.which("softflowd"):
        print("not tested: softflowd is not installed")
        return
    path = os.path.join(SPACE, "softflowd.ipfix")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(1)
        subprocess.run(
            ["softflowd", "-r", os.path.basename(CAPTURES[1]), "-v", "10",
             "-D", "-A", "milli", "-p", "pid", "-c", "ctl",
             "-n", "127.0.0.1:%d" % collector.getsockname()[1]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=60, check=True,
            cwd=SPACE)  # it hangs where these names have folders
        with open(path, "wb") as file, \
                contextlib.suppress(socket.timeout):
            while True:
                file.write(collector.recv(65536))
    own = {key: value for key, value in by_server().items()
           if key[0].startswith("10.9.")}
    lines, _ = rows("--by", "client,server", "--top", "100000", path)
    sent = {(row["client"], row["server"]): (row["packets_sent"],
                                             row["octets_sent"])
            for row in lines}
    CHECKS.check(len(own) > 50, "exchanges for softflowd")
    for (client, server), value in own.items():
        CHECKS.equal(sent.get((client, server)), (value[0], value[2]),
                     "softflowd: what %s sent" % client)
        CHECKS.equal(sent.get((server, client)), (value[1], value[3]),
                     "softflowd: what %s sent" % server)
    lines, _ = rows("--pair", "-f", "tcp", "--by", "client,server", "--top",
                    "100000", path)
    paired = {(row["client"], row["server"]): (
        row["packets_sent"], row["packets_received"]) for row in lines}
    lines, _ = rows("-f", "tcp and server port 8080", "--by",
                    "client,server", "--top", "100000", BIFLOW)
    CHECKS.equal(paired, {
        (row["client"], row["server"]): (
            row["packets_sent"], row["packets_received"])
        for row in lines}, "softflowd: paired")
    both = os.path.join(SPACE, "softflowd-paired.ipfix")
    dump("--pair", "--ipfix", both, path)
    names = ("--fields", "client,client port,server,server port,protocol,"
             "client packets,server packets,client octets,server octets,"
             "start,duration")
    CHECKS.equal(sorted(table(*names, both)),
                 sorted(table("--pair", *names, path)),
                 "softflowd: written as biflows")
    CHECKS.check(any("reversePacketDeltaCount" in json.loads(line)
                     for line in dump("--json", both).splitlines()),
                 "softflowd: no biflow")
    times = table("--fields", "start", "--sort", "+start", "--head", "1",
                  path)
    CHECKS.check(times and times[0][0].startswith("2023-11-14T22:13:20"),
                 "softflowd: times %s" % times)


YAF = (  # PEN, element, octets: as yaf's full template has them
    (0, 152, 8), (0, 153, 8), (0, 85, 8), (29305, 85, 8), (0, 86, 8),
    (29305, 86, 8), (0, 8, 4), (0, 12, 4), (0, 7, 2), (0, 11, 2), (0, 4, 1),
    (0, 136, 1), (6871, 21, 4), (6871, 14, 1), (6871, 15, 1),
    (6871, 16398, 1), (6871, 16399, 1), (6871, 33, 2), (0, 58, 2),
    (0, 82, 65535))


def yaf_message(values):
    """A message with the template and one record; the last is a text."""
    fields = b"".join(
        struct.pack(">HH", number | (0x8000 if pen else 0), octets) +
        (struct.pack(">I", pen) if pen else b"")
        for pen, number, octets in YAF)
    template = struct.pack(">HH", 400, len(YAF)) + fields
    record = b"".join(value.to_bytes(octets, "big") for value, (_, _, octets)
                      in zip(values, YAF[:-1]))
    record += bytes([len(values[-1])]) + values[-1]
    body = struct.pack(">HH", 2, 4 + len(template)) + template + \
        struct.pack(">HH", 400, 4 + len(record)) + record
    return struct.pack(">HHIII", 10, 16 + len(body), 1700000010, 0, 9) + body


def yaf():
    path = os.path.join(SPACE, "yaf.ipfix")
    start = 1700000000123
    with open(path, "wb") as file:
        file.write(yaf_message((
            start, start + 5000, 1500, 90000, 12, 70, 0x0a000001,
            0xc0000201, 40000, 443, 6, 3, 35, 2, 0x1b, 0x12, 0x1b, 443, 17,
            b"Ethernet-One")))
    CHECKS.equal(table("--fields", "client,client port,server,server port,"
                       "protocol,client octets,server octets,client packets,"
                       "server packets,start,duration,reason,vlan,"
                       "silkAppLabel,interfaceName", path),
                 [["10.0.0.1", "40000", "192.0.2.1", "443", "tcp", "1500",
                   "90000", "12", "70", "2023-11-14T22:13:20.123000Z", "5",
                   "end", "17", "443", "Ethernet-One"]], "yaf: fields")
    for text, takes in (("silkAppLabel = 443", True),
                        ('interfaceName ~ "ether*one"', True),
                        ("interfaceName = other", False),
                        ("server octets > 80k and reason end", True),
                        ("has reverseFlowDeltaMilliseconds", True),
                        ("has rtt", False),
                        ("initialTCPFlags = S", True)):
        CHECKS.equal(len(dump("--json", "-f", text, path).splitlines()),
                     int(takes), "yaf: " + text)
    got, _ = rows("--by", "silkAppLabel", path)
    CHECKS.equal([row["silkAppLabel"] for row in got], [443], "yaf: --by")


def yaf_by_libfixbuf():
    """A file as yaf 2 writes it, made by libfixbuf: every count of both
    directions, of uniflows, too, and its lists."""
    path = os.path.join(SPACE, "yaf-lists.ipfix")
    program = os.path.join(harness.BUILD, "tests", "integration", "yaf_file")
    text = subprocess.run([program, path, "3000"], stdout=subprocess.PIPE,
                          timeout=60, check=True).stdout.decode()
    flows = list(csv.reader(io.StringIO(text)))
    CHECKS.equal(len(flows), 3000, "yaf_file: flows")
    protocols = {"6": "tcp", "17": "udp"}
    CHECKS.equal(
        table("--fields", "client,client port,server,server port,protocol,"
              "client packets,server packets,client octets,server octets,"
              "vlan,silkAppLabel", path),
        [flow[:4] + [protocols[flow[4]]] + flow[5:] for flow in flows],
        "yaf_file: every flow")
    for key, place in (("client", 0), ("server", 2), ("silkAppLabel", 10)):
        groups = collections.defaultdict(lambda: [0] * 5)
        for flow in flows:
            sums = groups[str(flow[place])]
            for i, value in enumerate([1] + [int(n) for n in flow[5:9]]):
                sums[i] += value
        got, marked = rows("--by", key, "--top", "100000", path)
        CHECKS.equal(
            {str(row[key]): [row[name] for name in (
                "records", "packets_sent", "packets_received", "octets_sent",
                "octets_received")] for row in got}, dict(groups),
            "yaf_file: --by " + key)
        CHECKS.equal(marked["total"]["octets_received"],
                     sum(int(flow[8]) for flow in flows), "yaf_file: total")
    CHECKS.equal(rows("--pair", "--by", "client", path),
                 rows("--by", "client", path), "yaf_file: --pair")
    lists = [json.loads(line).get("subTemplateMultiList")
             for line in dump("--json", path).splitlines()]
    CHECKS.equal(lists[1][1]["tcpSequenceNumber"], 1, "yaf_file: lists")
    CHECKS.equal(lists[1][2], {"basicList": ["www.example.org"]},
                 "yaf_file: a list in a list")
    copy = os.path.join(SPACE, "yaf-copy.ipfix")
    dump("-f", "octets > 100k", "--ipfix", copy, path)
    # The templates of lists have other ids: what they mean is the same.
    CHECKS.equal(dump("--json", copy), dump(
        "--json", "-f", "octets > 100k", path), "yaf_file: written back")
    CHECKS.check("tcpSequenceNumber" in dump("--json", copy),
                 "yaf_file: lists written back")
    CHECKS.check(re.search(r"sets without template +0\n", dump("--stats", path))
                 and "options template" in dump("--stats", path),
                 "yaf_file: --stats")


def nfdump():
    """nfdump's own sums over the flows that its collector took."""
    if not shutil.which("nfcapd") or not shutil.which("nfdump"):
        print("not tested: nfdump is not installed")
        return
    folder = os.path.join(SPACE, "nfcapd")
    os.mkdir(folder)
    port = collectors.free_port("127.0.0.1")
    with subprocess.Popen(
            ["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", folder,
             "-t", "3600"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as daemon:
        collectors.wait_until(lambda: collectors.udp_queue(port) is not None,
                              "nfcapd")
        done = harness.exflow("-q", *CAPTURES, "--set", "meter=all,other",
                              "--set", "udp_rate=1000",
                              "-o", "udp://127.0.0.1:%d" % port)
        CHECKS.equal(done.code, 0, done.err)
        collectors.wait_until(lambda: collectors.udp_queue(port) == 0,
                              "nfcapd to read all")
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()
    for key, other in (("client", "srcip"), ("server", "dstip")):
        text = subprocess.run(
            ["nfdump", "-q", "-R", folder, "-A", other, "-o",
             "fmt:%sa %da %pkt %byt %opkt %obyt" , "-N"],
            capture_output=True, timeout=60, check=True,
            env=harness.ENVIRONMENT).stdout.decode()
        theirs = {}
        for line in text.splitlines():
            words = line.split()
            if len(words) == 6:
                end = words[0 if key == "client" else 1]
                theirs[end] = tuple(map(int, words[2:]))
        got, _ = rows("--by", key, "--top", "100000", BIFLOW)
        own = {row[key]: (row["packets_sent"], row["octets_sent"],
                          row["packets_received"], row["octets_received"])
               for row in got if ":" not in row[key]}
        CHECKS.equal({k: v for k, v in theirs.items() if ":" not in k}, own,
                     "nfdump -A " + other)


def refusals():
    for arguments, text in (
            (("-f", "octets > many"), "octets > many\n"),
            (("-f", "tcp and"), "expected a test at the end"),
            (("--by", "nowhere"), "expected a name"),
            (("--by", "port/24"), "of addresses only"),
            (("--order", "client"), "expected records, or a number"),
            (("--series", "1"), "a time with its unit"),
            (("--hist", "client"), "one name of a number"),
            (("--matrix", "client"), "expected two keys"),
            (("--diff", "now"), "expected two periods"),
            (("--sort", "client"), "one name of a number"),
            (("--head", "0"), "expected a number from 1"),
            (("--from", "never"), "expected a time"),
            (("--from", "-1h", "--to", "-2h"), "a time behind --from"),
            (("--memory", "1"), "1M or more"),
            (("--stats", "-f", "tcp"), "--stats: expected nothing"),
            (("--top", "3", "--fields", "octets"), "without --fields"),
            (("-F", "--by", "client"), "--follow: expected"),
            (("--hist", "octets", "--matrix", "client,server"),
             "expected only one of")):
        done = subprocess.run([DUMP, *arguments, BIFLOW],
                              capture_output=True, timeout=60,
                              env=harness.ENVIRONMENT)
        CHECKS.equal(done.returncode, 2, "%s: exit status" % (arguments,))
        CHECKS.check(text in done.stderr.decode(), "%s: %r" % (
            arguments, done.stderr.decode()))
    done = subprocess.run(
        [DUMP, "--by", "flow,start,client,server,last,duration",
         "--memory", "1M", BIFLOW, UNIFLOW], capture_output=True, timeout=60,
        env=harness.ENVIRONMENT)
    CHECKS.equal(done.returncode, 1, "--memory: exit status")
    CHECKS.check("groups do not fit in the" in done.stderr.decode(),
                 "--memory: " + done.stderr.decode())


def main():
    harness.need_exflow()
    records = make()
    CHECKS.check(len(records) > 1000, "records")
    filters(records)
    filters_of_outputs(records)
    filters_of_messages(records)
    tops(records)
    means(records)
    series(records)
    histograms(records)
    matrices(records)
    differences(records)
    sql()
    database()
    sorting(records)
    pairs()
    pairs_written(records)
    written_back()
    folders(records)
    followed()
    softflowd()
    yaf()
    yaf_by_libfixbuf()
    nfdump()
    refusals()
    CHECKS.end()


main()
