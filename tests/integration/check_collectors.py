#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What collectors receive is what was measured.

exflow exports the same exchanges to nfcapd and nfacctd over UDP and to a
listener over TCP, all at once, over IPv4 and over IPv6.  What each of them
kept must equal the CSV tables of the same run, record by record, and none of
them may have missed a sequence number.

nfdump 1.7.1 prints JSON objects without the enclosing brackets.  pmacct has
names for one direction only; the other one comes through primitives of ours.
It does not find the reverse of tcpControlBits, whatever is sent: that is left
to the readers.
"""
import datetime
import glob
import json
import os
import re
import signal
import socket
import subprocess
import threading

from collectors import (DEMO, OTHER, PATIENCE, Daemon, compare, export,
                        free_port, on_the_wire, only, traffic, url)
from harness import (ENVIRONMENT, Checks, need_exflow, need_program,
                     workspace)
from messages import stream

EPOCH = datetime.datetime(1970, 1, 1)
REASONS = {1: (3,), 2: (3,), 3: (3,), 4: (3, 4), 5: (1,), 6: (1,), 7: (2,),
           8: (5,), 9: (4,)}
# Element, field type and name of what pmacct has no name for.
PRIMITIVES = (("reversePacketDeltaCount", "29305:2"),
              ("reverseOctetDeltaCount", "29305:1"),
              ("initiatorOctets", "231"), ("responderOctets", "232"),
              ("dataPacketDeltaCount", "32473:1001"),
              ("reverseDataPacketDeltaCount", "32473:17385"),
              ("flowId", "148"))
LENGTHS = {"biflowDirection": 1}
BOTH = ("sourceTransportPort", "destinationTransportPort",
        "protocolIdentifier", "flowStartMilliseconds",
        "flowEndMilliseconds", "packetDeltaCount", "octetDeltaCount",
        "tcpControlBits", "sourceIPv4Address", "destinationIPv4Address",
        "sourceIPv6Address", "destinationIPv6Address")
NFDUMP = BOTH + ("icmpTypeCodeIPv4", "icmpTypeCodeIPv6",
                 "reversePacketDeltaCount", "reverseOctetDeltaCount")
PMACCT = BOTH + tuple(name for name, _ in PRIMITIVES)


def addresses(source, destination):
    version = 6 if ":" in source else 4
    return {"sourceIPv%dAddress" % version: source,
            "destinationIPv%dAddress" % version: destination}


# --- nfcapd

def milliseconds(text):
    time = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f")
    return (time - EPOCH) // datetime.timedelta(milliseconds=1)


def from_nfdump(flow):
    version = "6" if "src6_addr" in flow else "4"
    record = addresses(flow["src%s_addr" % version],
                       flow["dst%s_addr" % version])
    record.update({
        # Of ICMP it shows type and code instead.
        "sourceTransportPort": flow.get("src_port", 0),
        "destinationTransportPort": flow.get("dst_port", 0),
        "protocolIdentifier": flow["proto"],
        "flowStartMilliseconds": milliseconds(flow["first"]),
        "flowEndMilliseconds": milliseconds(flow["last"]),
        "packetDeltaCount": flow["in_packets"],
        "octetDeltaCount": flow["in_bytes"],
        "reversePacketDeltaCount": flow.get("out_packets", 0),
        "reverseOctetDeltaCount": flow.get("out_bytes", 0),
    })
    if "icmp_type" in flow:
        record["icmpTypeCodeIPv" + version] = \
            flow["icmp_type"] << 8 | flow["icmp_code"]
    if flow["proto"] == 6:
        record["tcpControlBits"] = int(
            "".join("0" if c == "." else "1" for c in flow["tcp_flags"]), 2)
    return record


class Nfcapd(Daemon):
    def __init__(self, folder, host):
        self.folder = os.path.join(folder, "nfcapd")
        os.mkdir(self.folder)
        port = free_port(host)
        super().__init__(
            ["nfcapd", "-b", host, "-p", str(port), "-w", self.folder,
             "-t", "300", "-B", "4000000"], port, self.folder + ".log")

    def found(self, checks):
        """What it kept; a gap in the sequence numbers is a failure."""
        sums = [line for line in self.text().splitlines()
                if "Sequence Errors:" in line]
        checks.check(sums, "nfcapd says nothing of sequence errors: " +
                     self.text())
        for line in sums:
            checks.check("Sequence Errors: 0, Bad Packets: 0" in line,
                         "nfcapd: " + line)
        found = []
        for name in glob.glob(self.folder + "/nfcapd.2*"):
            text = subprocess.run(
                ["nfdump", "-q", "-r", name, "-6", "-o", "json"],
                env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=PATIENCE,
                check=True).stdout.decode().strip().strip("[],\n")
            # It rotates by the clock: an empty file gives no JSON at all.
            if text.startswith("{"):
                found += map(from_nfdump, json.loads("[%s]" % text))
        return found

    def check(self, checks, want):
        compare(checks, self.found(checks), only(want, NFDUMP), "nfcapd")


# --- nfacctd

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50,
             "ipv6-icmp": 58, "sctp": 132}


def from_pmacct(line, primitives):
    flow = json.loads(line)
    record = addresses(flow["ip_src"], flow["ip_dst"])
    record.update({
        "sourceTransportPort": flow["port_src"],
        "destinationTransportPort": flow["port_dst"],
        "protocolIdentifier": PROTOCOLS[flow["ip_proto"]],
        "flowStartMilliseconds": round(
            float(flow["timestamp_start"]) * 1000),
        "flowEndMilliseconds": round(float(flow["timestamp_end"]) * 1000),
        "packetDeltaCount": flow["packets"],
        "octetDeltaCount": flow["bytes"],
    })
    for name, _ in primitives:
        record[name] = int(flow[name.lower()])
    if flow["ip_proto"] == "tcp":
        record["tcpControlBits"] = int(flow["tcp_flags"])
    return record


class Nfacctd(Daemon):
    """Holds what it got until it is interrupted, then writes it all."""

    def __init__(self, folder, host, primitives=PRIMITIVES):
        self.primitives = primitives
        self.folder = os.path.join(folder, "nfacctd")
        os.mkdir(self.folder)
        self.output = os.path.join(self.folder, "flows.json")
        names = ["src_host", "dst_host", "src_port", "dst_port", "proto",
                 "tcpflags", "timestamp_start", "timestamp_end"]
        names += [name for name, _ in primitives]
        port = free_port(host)
        self.write("primitives", [
            "name=%s field_type=%s len=%d semantics=u_int" % (
                name, number, LENGTHS.get(name, 8))
            for name, number in primitives])
        self.write("conf", [
            "daemonize: false", "nfacctd_ip: " + host,
            "nfacctd_port: %d" % port, "nfacctd_pipe_size: 4000000",
            "nfacctd_disable_checks: false", "timestamps_since_epoch: true",
            "aggregate_primitives: %s/primitives" % self.folder,
            "plugins: print[all]", "plugin_pipe_size: 4000000",
            "aggregate[all]: " + ", ".join(names),
            "print_output[all]: json", "print_output_file[all]: " +
            self.output, "print_refresh_time[all]: 3600"])
        super().__init__(["nfacctd", "-f", self.folder + "/conf"], port,
                         self.folder + ".log", signal.SIGINT,
                         "JSON: setting object handlers")

    def write(self, name, lines):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write("\n".join(lines) + "\n")

    def lines(self):
        try:
            with open(self.output) as file:
                return file.readlines()
        except FileNotFoundError:
            return []

    def found(self, checks):
        """What it kept; a gap in the sequence numbers is a failure."""
        for line in self.text().splitlines():
            # A gap in the sequence is "expecting flow … but received …".
            checks.check(not re.search("expecting flow|WARN|ERROR", line),
                         "nfacctd: " + line)
        return [from_pmacct(line, self.primitives) for line in self.lines()]

    def check(self, checks, want):
        compare(checks, self.found(checks), only(want, PMACCT), "nfacctd")


# --- TCP

class Listener:
    """Takes one connection and keeps all that comes through it."""

    def __init__(self, host, port=0):
        self.socket = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host
            else socket.AF_INET)
        self.socket.settimeout(PATIENCE)
        self.port = self.socket.getsockname()[1]
        self.octets = b""
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        connection, _ = self.socket.accept()
        with connection:
            connection.settimeout(PATIENCE)
            for part in iter(lambda: connection.recv(65536), b""):
                self.octets += part

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(PATIENCE)
        self.socket.close()

    def check(self, checks, want):
        found = stream(checks, self.octets)
        for record in found:
            checks.check(
                record["flowEndReason"] in REASONS[record["exchangeEnd"]],
                "flowEndReason %(flowEndReason)d with exchangeEnd "
                "%(exchangeEnd)d" % record)
        want = list(on_the_wire(want))
        names = {name for record in want for name in record}
        compare(checks, only(found, names), want, "TCP")


def check_host(checks, host, capture):
    folder = workspace()
    with Nfcapd(folder, host) as nfcapd, Nfacctd(folder, host) as nfacctd, \
            Listener(host) as listener:
        want = export(
            checks, capture, folder, url("udp", host, nfcapd.port),
            url("udp", host, nfacctd.port), url("tcp", host, listener.port))
    for collector in nfcapd, nfacctd, listener:
        collector.check(checks, want)
    print("%s, %s: %d records" % (os.path.basename(capture), host,
                                  len(want)))


def main():
    need_exflow()
    for program in "nfcapd", "nfdump", "nfacctd":
        need_program(program)
    checks = Checks()
    many = os.path.join(workspace(), "traffic.pcap")
    traffic(many)
    for host in "127.0.0.1", "::1":
        for capture in DEMO, OTHER, many:
            check_host(checks, host, capture)
    checks.end()


if __name__ == "__main__":
    main()
