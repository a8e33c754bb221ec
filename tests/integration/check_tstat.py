#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The logs of Tstat, read as scripts for Tstat read them; and histograms.

By column number, as awk scripts do, and by name, as pandas does: split at
spaces, names from the header without its mark and numbers.
"""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys

import harness
import netspace
from router import CHECKS, FOLDER, PATIENCE, Probe, datagrams, run

CLIENT, SERVER = "192.0.2.1", "198.51.100.7"
BEGIN = 1700000000
SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16
MSS = struct.pack(">BBH", 2, 4, 1460)


def packet(time_us, source, target, protocol, body):
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), time_us % 65521,
                         0, 64 if source == CLIENT else 57, protocol, 0)
    frame = b"\0" * 12 + b"\x08\0" + header + socket.inet_aton(source) + \
        socket.inet_aton(target) + body
    return struct.pack("<IIII", BEGIN + time_us // 1000000, time_us % 1000000,
                       len(frame), len(frame)) + frame


def tcp(time_us, source, port, flags, seq, ack, data=b"", options=b""):
    target = SERVER if source == CLIENT else CLIENT
    ports = (port, 80) if source == CLIENT else (80, port)
    offset = (20 + len(options)) // 4 << 4
    return packet(time_us, source, target, 6,
                  struct.pack(">HHIIBBHHH", *ports, seq, ack, offset, flags,
                              1000, 0, 0) + options + data)


def udp(time_us, source, port, data):
    target = SERVER if source == CLIENT else CLIENT
    ports = (port, 53) if source == CLIENT else (53, port)
    return packet(time_us, source, target, 17,
                  struct.pack(">HHHH", *ports, 8 + len(data), 0) + data)


def complete(port, at=0):
    """A request of 100 octets, sent twice, and an answer of 500."""
    return [
        tcp(at, CLIENT, port, SYN, 1000, 0, options=MSS),
        tcp(at + 20000, SERVER, port, SYN | ACK, 5000, 1001, options=MSS),
        tcp(at + 21000, CLIENT, port, ACK, 1001, 5001),
        tcp(at + 22000, CLIENT, port, ACK | PSH, 1001, 5001, b"q" * 100),
        tcp(at + 1522000, CLIENT, port, ACK | PSH, 1001, 5001, b"q" * 100),
        tcp(at + 1552000, SERVER, port, ACK, 5001, 1101),
        tcp(at + 1562000, SERVER, port, ACK | PSH, 5001, 1101, b"a" * 500),
        tcp(at + 1563500, CLIENT, port, ACK, 1101, 5501),
        tcp(at + 1570000, SERVER, port, ACK | FIN, 5501, 1101),
        tcp(at + 1571000, CLIENT, port, ACK | FIN, 1101, 5502),
        tcp(at + 1591000, SERVER, port, ACK, 5502, 1102),
    ]


def capture(name, packets):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        file.write(b"".join(packets))
    return path


def example():
    packets = complete(40000) + [
        tcp(3000000, CLIENT, 40001, SYN, 7, 0, options=MSS),
        udp(3000000, CLIENT, 50000, b"q" * 30),
        udp(3012345, SERVER, 50000, b"a" * 90),
    ]
    return capture("example.pcap", packets)


def log(folder, name):
    return os.path.join(folder, "log_" + name)


def by_name(path):
    """The rows of a log as pandas would have them; also: of rotated ones."""
    lines = harness.read_lines(path)
    header = re.sub(r"^#(15#)?", "", lines[0])
    names = [column.rsplit(":", 1)[0] for column in header.split(" ")]
    numbers = [int(column.rsplit(":", 1)[1]) for column in header.split(" ")]
    CHECKS.equal(numbers, list(range(1, len(names) + 1)),
                 path + ": numbers of columns")
    rows = [line.split(" ") for line in lines[1:]]
    for row in rows:
        CHECKS.equal(len(row), len(names), path + ": columns of a row")
    return [dict(zip(names, row)) for row in rows]


def awk(program, path):
    return subprocess.run(["awk", program, path], stdout=subprocess.PIPE,
                          text=True, check=True).stdout.splitlines()


def expect(row, what, **expected):
    for name, value in expected.items():
        CHECKS.equal(row[name], value, "%s: %s" % (what, name))


def check_columns_by_name(folder):
    rows = by_name(log(folder, "tcp_complete"))
    CHECKS.equal(len(rows), 1, "complete connections")
    expect(rows[0], "complete", c_ip=CLIENT, c_port="40000", s_ip=SERVER,
           s_port="80", c_pkts_all="6", s_pkts_all="5", c_syn_cnt="1",
           c_fin_cnt="1", s_fin_cnt="1", c_rst_cnt="0", c_ack_cnt="5",
           c_ack_cnt_p="2", c_bytes_uniq="100", c_bytes_all="200",
           c_pkts_data="2", c_pkts_retx="1", c_bytes_retx="100",
           c_pkts_ooo="0", s_bytes_uniq="500", s_bytes_all="500",
           s_pkts_retx="0", first="1700000000000.000000",
           last="1700000001591.000000", durat="1591.000000",
           c_first="22.000000", s_first="1562.000000",
           c_last="1522.000000", s_last="1562.000000",
           c_first_ack="21.000000", s_first_ack="1552.000000",
           c_isint="1", s_isint="0", con_t="0", http_t="0",
           c_ttl_min="64", c_ttl_max="64", s_ttl_min="57", s_ttl_max="57",
           c_mss="1460", s_mss="1460", c_mss_max="100", s_mss_min="500",
           c_win_max="1000", c_win_0="0", c_pkts_rto="1", c_pkts_fs="0",
           c_pkts_dup="0", s_pkts_rto="0", c_f1323_opt="0", c_sack_opt="0",
           http_res="---", c_tls_SNI="-", fqdn="-", req_tm="0.0")
    # The answer's round trip; that of the request is ambiguous.
    expect(rows[0], "round trips", s_rtt_cnt="1", s_rtt_min="1.500000",
           s_rtt_avg="1.500000", s_rtt_std="0.000000", c_rtt_cnt="0",
           c_rtt_min="0.000000")
    CHECKS.equal(len(rows[0]), 134, "columns of log_tcp_complete")


def check_columns_by_number(folder):
    complete_log = log(folder, "tcp_complete")
    CHECKS.equal(awk("!/^#/ { print $1, $15, $7, $10, $79 }", complete_log),
                 [CLIENT + " " + SERVER + " 100 1 1"], "awk by number")
    CHECKS.equal(awk("NR == 1 { print NF, $1, $134 }", complete_log),
                 ["134 #15#c_ip:1 dns_enc:134"], "the header for awk")
    CHECKS.equal(awk("{ print NF }", log(folder, "tcp_nocomplete")),
                 ["44", "44"], "columns of log_tcp_nocomplete")
    CHECKS.equal(awk("!/^#/ { print $2, $4, $5, $6, $13, $14 }",
                     log(folder, "udp_complete")),
                 ["50000 0.000000 30 1 0.000000 90"], "UDP by number")


def manual_names():
    """The columns that exflow-tstat(5) describes."""
    page = os.path.join(os.environ.get("top_srcdir", "."),
                        "man/exflow-tstat.5")
    names = set()
    for line in harness.read_lines(page):
        if line.startswith(".It Cm "):
            names |= set(line[7:].replace(" ,", "").split(" "))
    return names


def check_manual(folder):
    described = manual_names()
    there = set()
    for name in ("tcp_complete", "udp_complete"):
        header = harness.read_lines(log(folder, name))[0]
        there |= {c.rsplit(":", 1)[0]
                  for c in re.sub(r"^#(15#)?", "", header).split(" ")}
    CHECKS.equal(sorted(described ^ there), [], "columns in the manual")


def check_file_run():
    path, folder = example(), os.path.join(FOLDER, "logs")
    stats = os.path.join(FOLDER, "stats.json")
    arguments = ("-q", "-n", "office=192.0.2.0/24", "--stats", stats,
                 "-o", "tstat:" + folder, path)
    CHECKS.equal(harness.exflow(*arguments).trouble(), None, "file run")
    check_columns_by_name(folder)
    check_columns_by_number(folder)
    check_manual(folder)
    expect(by_name(log(folder, "tcp_nocomplete"))[0], "unanswered",
           c_port="40001", c_syn_cnt="1", s_pkts_all="0", durat="0.000000")
    before = harness.read_lines(log(folder, "tcp_complete"))
    CHECKS.equal(harness.exflow(*arguments).trouble(), None, "again")
    CHECKS.equal(harness.read_lines(log(folder, "tcp_complete")), before,
                 "a run over files replaces a log")
    with open(stats) as file:
        told = json.load(file)
    CHECKS.equal(harness.unbalanced(told), None, "books")
    networks = {n["name"]: n for n in told["quality"]["networks"]}
    CHECKS.equal(networks["office"]["handshake_rtt_server"],
                 {"count": 1, "mean": 0.02}, "handshake, server half")
    CHECKS.equal(networks["office"]["handshake_rtt_client"],
                 {"count": 1, "mean": 0.001}, "handshake, client half")
    CHECKS.equal(networks["office"]["response_time"]["count"], 2,
                 "response times")


def check_parts():
    """active_timeout cuts records, and a connection stays one row."""
    folder = os.path.join(FOLDER, "parts")
    done = harness.exflow("-q", "--set", "active_timeout=1", "-o",
                          "tstat:" + folder, example())
    CHECKS.equal(done.trouble(), None, "parts")
    rows = by_name(log(folder, "tcp_complete"))
    CHECKS.equal([(r["c_pkts_all"], r["c_bytes_uniq"], r["c_pkts_rto"])
                  for r in rows], [("6", "100", "1")], "one row of parts")


def check_time_in_names():
    packets = complete(40000) + complete(40001, 3600 * 1000000)
    folder = os.path.join(FOLDER, "t-%H")
    done = harness.exflow("-q", "-o", "tstat:" + folder,
                          capture("hours.pcap", packets))
    CHECKS.equal(done.trouble(), None, "names by time")
    for hour, port in (("22", "40000"), ("23", "40001")):
        rows = by_name(log(os.path.join(FOLDER, "t-" + hour),
                           "tcp_complete"))
        CHECKS.equal([r["c_port"] for r in rows], [port], "hour " + hour)


def check_refusals():
    path = example()
    done = harness.exflow("-t", "--set", "quality=no", "-o", "tstat:x", path)
    CHECKS.equal(done.code, 2, "quality = no")
    CHECKS.check("its columns need quality" in done.err, done.err)
    done = harness.exflow("-t", "-o", "tstat:/nowhere/x", path)
    CHECKS.equal(done.code, 2, "a folder that cannot be made")
    CHECKS.check("cannot make the folder /nowhere/x" in done.err, done.err)
    done = harness.exflow("-t", "-o", "tstat:" + os.path.join(FOLDER, "new"),
                          path)
    CHECKS.equal(done.code, 0, "-t: " + done.err)
    CHECKS.check(not os.path.exists(os.path.join(FOLDER, "new")),
                 "-t makes nothing")


def check_table():
    path = example()
    shown = harness.exflow("-v", path).out
    CHECKS.check(re.search(r" RTT RETR END\n", shown), "columns with -v")
    CHECKS.check(re.search(r"192\.0\.2\.1:40000.*\n?.* 1 fin\n", shown),
                 "a retransmission in the table:\n" + shown)
    shown = harness.exflow("-v", "--set", "quality=no", path).out
    CHECKS.check("RTT" not in shown, "quality = no beside -v")
    summary = harness.exflow("-v", path).err
    CHECKS.check(re.search(r"^medians +3 exchanges +handshake RTT 21ms,",
                           summary, re.M), "medians:\n" + summary)


def until(condition, what):
    CHECKS.check(netspace.until(condition, PATIENCE), what)


def count(path):
    return len(harness.read_lines(path)) if os.path.exists(path) else 0


def check_live(space):
    """Appended to by the next run; moved by logrotate; rotated by size."""
    folder = os.path.join(FOLDER, "live")
    outputs = ("--set", "udp_idle_timeout=0.3", "-o", "tstat:" + folder)
    rows = log(folder, "udp_complete")
    for total in (11, 16):
        probe = Probe(space, "router", *outputs)
        datagrams(space, total - count(rows) if total > 11 else 10, 9)
        until(lambda: count(rows) == total, "live: %d lines" % total)
        if total == 16:
            os.rename(rows, rows + ".old")
            probe.process.send_signal(signal.SIGHUP)
            until(lambda: count(rows) == 1, "a new log after SIGHUP")
            datagrams(space, 3, 9)
            until(lambda: count(rows) == 4, "rows after SIGHUP")
        probe.end("live")
    CHECKS.equal(len(by_name(rows + ".old")), 15, "rows of the moved log")
    CHECKS.equal(len(by_name(rows)), 3, "rows of the new log")


def check_metrics(space):
    probe = Probe(space, "router", "--set", "metrics=127.0.0.1:9100", "-n",
                  "home=10.0.0.0/8", "--set", "meter=all", "--set",
                  "quality=yes", "--set", "udp_idle_timeout=0.3", "-o",
                  "csv:" + os.path.join(FOLDER, "m"))
    datagrams(space, 4, 9)

    def page():
        return space.run("router", "curl", "-sS", "-m", "20",
                         "http://127.0.0.1:9100/metrics")

    name = "exflow_response_time_seconds_count"
    until(lambda: name in page(), "histograms in the page")
    text = page()
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              check=False)
        CHECKS.equal((done.returncode, done.stdout), (0, ""), "promtool")
    for word in ('handshake_rtt_seconds_bucket{half="client",network="home",'
                 'le="0.0001"}',
                 'retransmission_ratio_count{side="server",network=""}'):
        CHECKS.check("exflow_" + word in text, word)
    probe.end("metrics")


if __name__ == "__main__":
    harness.need_exflow()
    harness.need_program("awk")
    check_file_run()
    check_parts()
    check_time_in_names()
    check_refusals()
    check_table()
    if CHECKS.failed:
        sys.exit(CHECKS.end())
    run(("ss", "curl"), check_live, check_metrics)
