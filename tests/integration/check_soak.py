#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A probe that runs on, whatever comes: check_soak.py [SECONDS [RATE]].

RATE exchanges a second (300), of every kind and none twice, come by an
interface for so long (6 seconds; make soak takes half an hour).  Records and
statistics go to nfcapd and nfacctd over UDP, to a collector over TCP that hangs
up again and again, and to an archive that is rotated and pruned.  Meanwhile
the configuration is read anew, good and broken in turn, the metrics page is
read, and exflowctl asks.  At the end every packet and every exchange sent is
in the books, the collectors have missed no sequence number, and neither memory
nor descriptors have grown.
"""
import glob
import json
import os
import re
import signal
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
CONFIG = os.path.join(FOLDER, "exflow.conf")
CONTROL = os.path.join(FOLDER, "control")
CTL = os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl")
NFCAPD, NFACCTD, LISTENER, METRICS = 4739, 4741, 4740, 9100
GROWTH_KIB = 1024
# Of descriptors, threads: a scrape, a file that is compressed, a connection.
PASSING = 3


# --- traffic

SYN, ACK, FIN, RST, PSH = 0x02, 0x10, 0x01, 0x04, 0x08
# (from the client, flags, octets of payload); None for UDP.
KINDS = (
    ((True, None, 40), (False, None, 90)),
    ((True, SYN, 0), (False, SYN | ACK, 0), (True, ACK, 0),
     (True, ACK | PSH, 200), (False, ACK | PSH, 900), (True, FIN | ACK, 0),
     (False, FIN | ACK, 0), (True, ACK, 0)),
    ((True, None, 30),),
    ((True, SYN, 0), (False, RST | ACK, 0)),
    ((True, SYN, 0),),
    ((True, SYN, 0), (False, SYN | ACK, 0), (True, ACK, 0),
     (True, FIN | ACK, 0)),
    ((True, SYN, 0), (False, SYN | ACK, 0), (True, ACK | PSH, 300)),
)
STRAY = b"\xff" * 6 + bytes(6) + b"\x08\x06" + bytes(46)   # not IP


def addresses(number):
    """Of an exchange; with its port no other one has the same."""
    low, high = number & 0x3fff, number >> 14
    if number % 5 == 0:
        return (socket.inet_pton(socket.AF_INET6, "fd00::%x" % (high + 1)),
                socket.inet_pton(socket.AF_INET6, "2001:db8::1"), 1024 + low)
    return (struct.pack(">I", 0x0a000001 + high),
            struct.pack(">I", 0xc0000201), 1024 + low)


def frame(source, destination, ports, flags, payload):
    if flags is None:
        head = struct.pack(">HHHH", *ports, 8 + payload, 0)
    else:
        head = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 8192,
                           0, 0)
    size, protocol = len(head) + payload, 17 if flags is None else 6
    if len(source) == 4:
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + size, 0, 0x4000, 64,
                         protocol, 0, source, destination)
        kind = 0x0800
    else:
        ip = struct.pack(">IHBB16s16s", 6 << 28, size, protocol, 64, source,
                         destination)
        kind = 0x86dd
    return (b"\x02" + bytes(11) + struct.pack(">H", kind) + ip + head
            + bytes(payload))


def frames(number):
    client, server, port = addresses(number)
    kind = KINDS[number % len(KINDS)]
    return [frame(client, server, (port, 443), flags, payload) if out
            else frame(server, client, (443, port), flags, payload)
            for out, flags, payload in kind]


def send(device, seconds, rate):
    """What runs in the client's namespace: counts, as JSON."""
    sent, packets, strays = 0, 0, 0
    begin = time.monotonic()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind((device, 0))
        while time.monotonic() < begin + seconds:
            due = int((time.monotonic() - begin) * rate)
            # Behind time: no faster than twice the rate.
            for _ in range(min(due - sent, max(1, rate // 25))):
                for octets in frames(sent):
                    out.send(octets)
                    packets += 1
                sent += 1
                if sent % 50 == 0:
                    out.send(STRAY)
                    strays += 1
            time.sleep(0.02)
    print(json.dumps({"exchanges": sent, "packets": packets,
                      "strays": strays}))


# --- around the probe

def write_config(text=""):
    with open(CONFIG, "w") as file:
        file.write("""networks = {10.0.0.0/8, fd00::/8}
interfaces = {r0}
ring = 16
udp_idle_timeout = 1
tcp_linger = 0.5
tcp_opening_timeout = 2
tcp_half_closed_timeout = 2
tcp_idle_timeout = 3
stats_interval = 1
metrics = "127.0.0.1:%d"
control = "%s"
outputs = {"udp://127.0.0.1:%d", "udp://127.0.0.1:%d", "tcp://127.0.0.1:%d"}
archive "kept" {
	path = "%s/archive/%%Y%%m%%d-%%H%%M%%S.ipfix"
	rotate = 5
	retention_octets = 1000000
	compress = gzip
}
%s
""" % (METRICS, CONTROL, NFCAPD, NFACCTD, LISTENER, FOLDER, text))


def start_collectors(space):
    os.mkdir(FOLDER + "/nfcapd")
    with open(FOLDER + "/nfacctd.conf", "w") as file:
        file.write("daemonize: false\nnfacctd_ip: 127.0.0.1\n"
                   "nfacctd_port: %d\nnfacctd_pipe_size: 4000000\n"
                   "plugins: print[all]\nplugin_pipe_size: 4000000\n"
                   "aggregate[all]: proto\nprint_output[all]: json\n"
                   "print_output_file[all]: %s/nfacctd.json\n"
                   "print_refresh_time[all]: 86400\n" % (NFACCTD, FOLDER))
    logs = [open("%s/%s.log" % (FOLDER, name), "wb")
            for name in ("nfcapd", "nfacctd")]
    nfcapd = space.start("router", "nfcapd", "-b", "127.0.0.1", "-p",
                         str(NFCAPD), "-w", FOLDER + "/nfcapd", "-t", "300",
                         "-B", "4000000", stdout=logs[0], stderr=logs[0])
    nfacctd = space.start("router", "nfacctd", "-f", FOLDER + "/nfacctd.conf",
                          stdout=logs[1], stderr=logs[1])
    # Hangs up again and again; reads slowly, too.
    space.start("router", sys.executable, "-c", """
import socket, time
listener = socket.create_server(("127.0.0.1", %d))
while True:
    client, _ = listener.accept()
    end = time.monotonic() + 3
    client.settimeout(3)
    try:
        while time.monotonic() < end and client.recv(65536):
            time.sleep(0.01)
    except OSError:
        pass
    client.close()
""" % LISTENER)
    for log in logs:
        log.close()
    CHECKS.check(netspace.until(lambda: all(
        ":%d " % port in space.run("router", "ss", "-lntu")
        for port in (NFCAPD, NFACCTD, LISTENER)), 30), "collectors listen")
    CHECKS.check(netspace.until(
        lambda: "setting object handlers" in said("nfacctd"), 30),
        "nfacctd is ready")
    return nfcapd, nfacctd


def said(name):
    with open("%s/%s.log" % (FOLDER, name), errors="replace") as file:
        return file.read()


def start_probe(space, stats):
    with open(FOLDER + "/exflow.log", "wb") as log:
        probe = space.start("router", harness.EXFLOW, "-v", "-c", CONFIG,
                            "--stats", stats, stdout=log, stderr=log)
    if not CHECKS.check(netspace.until(
            lambda: "capturing on" in said("exflow"), 30),
            "the probe is ready: " + said("exflow")):
        CHECKS.end()
    return probe


def look(process):
    """(resident KiB, descriptors, threads)"""
    with open("/proc/%d/status" % process.pid) as file:
        status = dict(line.split(":", 1) for line in file)
    return (int(status["VmRSS"].split()[0]),
            len(os.listdir("/proc/%d/fd" % process.pid)),
            int(status["Threads"]))


def disturb(space, probe, turn):
    """One thing of those that happen to a probe, in turn."""
    if turn % 4 == 0:
        write_config("tcp_linger = %s" % ("one" if turn % 8 == 0 else "0.5"))
        probe.send_signal(signal.SIGHUP)
    elif turn % 4 == 1:
        text = space.run("router", "curl", "-sS", "-m", "20",
                         "http://127.0.0.1:%d/metrics" % METRICS)
        CHECKS.check("exflow_packets_read_total" in text, "metrics: " + text[:80])
    elif turn % 4 == 2:
        done = subprocess.run([CTL, "-j", "-s", CONTROL, "stats"],
                              stdout=subprocess.PIPE, timeout=60, check=False)
        CHECKS.check(done.returncode == 0 and
                     json.loads(done.stdout)["balanced"],
                     "the books in between: %r" % done.stdout[:2000])
    else:
        done = subprocess.run([CTL, "-j", "-s", CONTROL, "live", "udp"],
                              stdout=subprocess.DEVNULL, timeout=60,
                              check=False)
        CHECKS.equal(done.returncode, 0, "live")


# --- what is to be seen at the end

def check_flat(samples):
    """From the second third on nothing grows."""
    third = len(samples) // 3
    middle, last = samples[third:2 * third], samples[2 * third:]
    if not CHECKS.check(third > 2, "%d samples" % len(samples)):
        return
    before, after = (statistics.median(s[0] for s in part)
                     for part in (middle, last))
    print("resident: %d KiB at first, then %d, at last %d; at most %d" % (
        samples[0][0], before, after, max(s[0] for s in samples)))
    CHECKS.check(after - before <= GROWTH_KIB or harness.sanitized(),
                 "memory has grown")
    for column, name in ((1, "descriptors"), (2, "threads")):
        before, after = (max(s[column] for s in part)
                         for part in (middle, last))
        print("%s: %d at first, then at most %d, at last at most %d" % (
            name, samples[0][column], before, after))
        CHECKS.check(after <= before + PASSING, name + " have grown")


def check_books(stats, sent):
    CHECKS.equal(harness.unbalanced(stats), None, "the books")
    interface = stats["interfaces"][0]
    print("sent %d exchanges, %d packets; kernel drops %d" % (
        sent["exchanges"], sent["packets"] + sent["strays"],
        interface["kernel_drops"]))
    CHECKS.equal(stats["packets_read"] + interface["kernel_drops"],
                 sent["packets"] + sent["strays"], "packets read and dropped")
    if not CHECKS.equal(interface["kernel_drops"], 0, "kernel drops"):
        return
    CHECKS.equal(stats["packets_in_exchanges"], sent["packets"],
                 "packets in exchanges")
    CHECKS.equal(stats["exchanges"]["opened"], sent["exchanges"],
                 "exchanges opened")
    for output in stats["outputs"]:
        CHECKS.equal(output["records_due"], sent["exchanges"],
                     "records due to " + output["name"])
        CHECKS.equal(sum(output["lost"].values()), 0,
                     "records lost of " + output["name"])


def check_nfcapd(sent):
    sums = re.findall("Sequence Errors: *([0-9]+), Bad Packets: *([0-9]+)",
                      said("nfcapd"))
    print("nfcapd: %d files, sequence errors and bad packets: %s" % (
        len(sums), sorted(set(sums))))
    CHECKS.equal(set(sums), {("0", "0")}, "nfcapd: errors")
    done = subprocess.run(
        ["nfdump", "-R", FOLDER + "/nfcapd", "-q", "-I"],
        stdout=subprocess.PIPE, text=True, check=False).stdout
    # A flow of nfdump's is a record.
    flows = int(re.search(r"(?m)^Flows: *([0-9]+)", done).group(1))
    CHECKS.equal(flows, sent["exchanges"], "flows that nfcapd has")


def check_nfacctd(sent):
    for line in said("nfacctd").splitlines():
        # A gap in the sequence is "expecting flow … but received …".
        CHECKS.check(not re.search("expecting flow|WARN|ERROR", line),
                     "nfacctd: " + line)
    with open(FOLDER + "/nfacctd.json") as file:
        rows = [json.loads(line) for line in file]
    # It counts the client's side of a record.
    ours = sum(out for n in range(sent["exchanges"])
               for out, _, _ in KINDS[n % len(KINDS)])
    theirs = sum(row["packets"] for row in rows)
    print("nfacctd: %d packets of clients" % theirs)
    CHECKS.equal(theirs, ours, "packets that nfacctd has")


def soak(seconds, rate):
    stats_path, samples = os.path.join(FOLDER, "stats.json"), []
    write_config()
    os.mkdir(FOLDER + "/archive")
    with netspace.Space("client", "router") as space:
        space.link("client", "c0", None, "router", "r0", None)
        for name, device in (("client", "c0"), ("router", "r0")):
            space.shell(name, "sysctl -qw net.ipv6.conf.%s.disable_ipv6=1" %
                        device)
        nfcapd, nfacctd = start_collectors(space)
        probe = start_probe(space, stats_path)
        sender = space.start("client", sys.executable,
                             os.path.abspath(__file__), "send", "c0",
                             str(seconds), str(rate), stdout=subprocess.PIPE)
        interval = min(5, max(0.25, seconds / 40))
        watcher = threading.Thread(target=watch, args=(
            sender, probe, samples, interval))
        watcher.start()
        turn = 0
        while sender.poll() is None and probe.poll() is None:
            disturb(space, probe, turn)
            turn += 1
            netspace.until(lambda: sender.poll() is not None, interval)
        watcher.join()
        sent = json.loads(sender.stdout.read())
        print("files in the archive: %d" % len(
            glob.glob(FOLDER + "/archive/*")))
        # What is still live goes out by its timeout, not at the end alone.
        netspace.until(lambda: False, 1.5)
        CHECKS.equal(netspace.stop(probe, timeout=60), 0, "exit status: " +
                     said("exflow")[-1500:])
        time.sleep(1)
        netspace.settled(nfcapd)
        netspace.settled(nfacctd)
        netspace.stop(nfcapd)
        netspace.stop(nfacctd, signal.SIGINT)
    stats = harness.read_stats(stats_path)
    CHECKS.check(stats["reloads"] >= seconds / interval / 16 - 1 and
                 stats["reloads_failed"] > 0, "reloads: %d, failed: %d" % (
                     stats["reloads"], stats["reloads_failed"]))
    check_flat(samples)
    check_books(stats, sent)
    check_nfcapd(sent)
    check_nfacctd(sent)
    print("outputs:", json.dumps(stats["outputs"]))


def watch(sender, probe, samples, interval):
    while sender.poll() is None and probe.poll() is None:
        samples.append(look(probe))
        time.sleep(interval)


def argument(number, least, most, default):
    if len(sys.argv) <= number:
        return default
    text = sys.argv[number]
    if not text.isdigit() or not least <= int(text) <= most:
        sys.exit("check_soak.py: %s: expected %d to %d" % (text, least, most))
    return int(text)


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "send":
        send(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
        return
    seconds = argument(1, 5, 10**7, 6)
    rate = argument(2, 10, 5000, 300)
    harness.need_exflow()
    for program in ("nfcapd", "nfdump", "nfacctd", "curl", "ss"):
        harness.need_program(program)
    netspace.need()
    soak(seconds, rate)
    CHECKS.end()


if __name__ == "__main__":
    main()
