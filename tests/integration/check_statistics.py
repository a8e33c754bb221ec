#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The statistics records of a probe, as collectors receive them."""
import os
import re
import shutil
import signal
import struct
import subprocess
import sys

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
EXCHANGES = 300

SINK = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 4740))
client, _ = listener.accept()
with open(sys.argv[1], "wb") as file:
    while True:
        octets = client.recv(65536)
        if not octets:
            break
        file.write(octets)
        file.flush()
"""

TRAFFIC = """
import socket, time
for i in range(%d):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 20000 + i))  # one by chance may come twice
        s.sendto(b"x" * 20, ("127.0.0.2", 99))
    time.sleep(0.01)
""" % EXCHANGES


def messages(octets):
    """(domain, sequence, [(set, its octets)])"""
    while len(octets) >= 16:
        version, length, _, sequence, domain = struct.unpack_from("!HHIII",
                                                                  octets)
        assert version == 10 and length >= 16
        body, sets = octets[16:length], []
        while len(body) >= 4:
            number, size = struct.unpack_from("!HH", body)
            sets.append((number, body[4:size]))
            body = body[size:]
        yield domain, sequence, sets
        octets = octets[length:]


ELEMENTS = (144, 160, 86, 85, 164, 135, 163, 42, 41, 40, 166)


def check_tcp(path, stats):
    with open(path, "rb") as file:
        told = [m for m in messages(file.read()) if m[0] == 0]
    CHECKS.check(len(told) >= 3, "%d messages of statistics" % len(told))
    CHECKS.equal([m[1] for m in told], list(range(len(told))), "sequence")
    CHECKS.equal([[s[0] for s in m[2]] for m in told],
                 [[3, 497]] + [[497]] * (len(told) - 1), "sets over TCP")
    header = struct.unpack_from("!HHH", told[0][2][0][1])
    CHECKS.equal(header, (497, len(ELEMENTS), 1), "options template")
    fields = struct.unpack_from("!%dH" % (2 * len(ELEMENTS)),
                                told[0][2][0][1], 6)
    CHECKS.equal(fields[::2], ELEMENTS, "elements")
    last = dict(zip(ELEMENTS, struct.unpack("!I10Q", told[-1][2][-1][1])))
    CHECKS.check(EXCHANGES / 3 < last[163] <= stats["exchanges"]["opened"],
                 "exchanges: %r" % last)
    CHECKS.check(last[163] <= last[86] <= stats["packets_read"],
                 "packets: %r" % last)
    CHECKS.equal(last[166], 0, "records lost")
    CHECKS.check(0 < last[42] <= 3 * EXCHANGES, "records: %r" % last)


def check_nfcapd(folder):
    shown = ""
    for name in sorted(os.listdir(folder)):
        if name.startswith("nfcapd.2"):
            shown += subprocess.run(
                ["nfdump", "-r", os.path.join(folder, name), "-q", "-o",
                 "line"], stdout=subprocess.PIPE, text=True,
                check=False).stdout
    CHECKS.equal(len(re.findall(r"127\.0\.0\.2:99", shown)), EXCHANGES,
                 "records that nfcapd has")


def check_tshark(path):
    done = subprocess.run(
        ["tshark", "-r", path, "-d", "udp.port==4739,cflow", "-Y",
         "cflow.od_id == 0", "-T", "fields", "-e", "cflow.sequence", "-e",
         "cflow.notsent_flows", "-e", "_ws.malformed"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    CHECKS.check(len(rows) >= 3, "tshark: %r" % rows)
    CHECKS.equal([row[0] for row in rows],
                 [str(i) for i in range(len(rows))], "tshark: sequence")
    CHECKS.check(all(row[2] == "" for row in rows), "tshark: %r" % rows)


def main():
    harness.need_exflow()
    for program in ("nfcapd", "nfdump", "tcpdump", "tshark"):
        harness.need_program(program)
    netspace.need()
    nfdump = os.path.join(FOLDER, "nfdump")
    os.mkdir(nfdump)
    tcp, pcap, stats_path = (os.path.join(FOLDER, name) for name in (
        "tcp.ipfix", "udp.pcap", "stats.json"))
    log = os.path.join(FOLDER, "nfcapd.log")
    with netspace.Space("one") as space, open(log, "wb") as nfcapd_log:
        nfcapd = space.start("one", "nfcapd", "-p", "4739", "-w", nfdump,
                             "-l", nfdump, stderr=nfcapd_log,
                             stdout=nfcapd_log)
        sink = space.start("one", sys.executable, "-c", SINK, tcp)
        dump = space.start("one", "tcpdump", "-i", "lo", "-w", pcap,
                           "--immediate-mode", "udp port 4739",
                           stderr=subprocess.PIPE)
        dump.stderr.readline()
        CHECKS.check(netspace.until(lambda: ":4739 " in space.run(
            "one", "ss", "-lnu")), "nfcapd listens")
        outputs = ["-o", "udp://127.0.0.1:4739", "-o",
                   "tcp://127.0.0.1:4740"]
        pmacct = None
        if shutil.which("nfacctd"):
            config = os.path.join(FOLDER, "nfacctd.conf")
            with open(config, "w") as file:
                file.write("nfacctd_ip: 127.0.0.1\nnfacctd_port: 4741\n"
                           "plugins: print\naggregate: src_host,dst_host\n"
                           "print_refresh_time: 60\n"
                           "print_output_file: %s/pmacct.txt\n" % FOLDER)
            pmacct = space.start("one", "nfacctd", "-f", config, "-d",
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
            outputs += ["-o", "udp://127.0.0.1:4741"]
            netspace.until(lambda: ":4741 " in space.run("one", "ss",
                                                         "-lnu"))
        probe = space.start(
            "one", harness.EXFLOW, "-q", "-i", "lo", "-n", "127.0.0.1", "-f",
            "udp port 99", "--set", "stats_interval=1", "--set",
            "udp_idle_timeout=0.5", "--stats", stats_path, *outputs)
        netspace.until(lambda: os.path.exists(tcp))
        space.run("one", sys.executable, "-c", TRAFFIC)
        netspace.until(lambda: False, 1.5)
        CHECKS.equal(netspace.stop(probe), 0, "exit status")
        for process in (dump, nfcapd, sink):
            netspace.settled(process)
        netspace.stop(dump, signal.SIGINT)
        netspace.stop(nfcapd)
        netspace.stop(sink)
        if pmacct is not None:
            netspace.settled(pmacct)
            netspace.stop(pmacct, signal.SIGINT)
            errors = [line for line in pmacct.stdout.read().decode(
                errors="replace").splitlines() if "WARN" in line
                      or "ERROR" in line]
            print("\n".join(errors[:10]))
            CHECKS.check(not any("sequence" in e.lower() or "malformed" in
                                 e.lower() for e in errors), "nfacctd")
    with open(log, errors="replace") as file:
        text = file.read()
    CHECKS.check("Sequence Errors: 0" in text, "nfcapd: " + text[-400:])
    stats = harness.read_stats(stats_path)
    CHECKS.equal(harness.unbalanced(stats), None, "the books")
    check_tcp(tcp, stats)
    check_nfcapd(nfdump)
    check_tshark(pcap)
    CHECKS.end()


if __name__ == "__main__":
    main()
