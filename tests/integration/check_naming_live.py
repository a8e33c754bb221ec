#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Live, names are found as clients make them: curl(1), openssl(1), a hello in
three segments, a resolver.

Four probes watch the same router: with one worker, with two, on both of its
interfaces, and one whose names a reload turns on, after it has given up its
rights.  All of them must find the names of all that came after they were
ready; where two workers share the answers of DNS, too.
"""
import json
import os
import signal
import subprocess
import sys

import harness
import netspace
from router import CHECKS, FOLDER, LOCAL, Probe, listening, run

SERVER, UNKNOWN = "10.2.0.2", "10.2.0.77"
HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ("--names", "tls,http,dns", "-o", "json:-")

# Answers every question with the address behind the name's number.
RESOLVER = """
import socket, sys
sys.path.insert(0, sys.argv[1])
import spoken
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind(("10.2.0.2", 53))
    while True:
        octets, peer = s.recvfrom(1000)
        at, parts = 12, []
        while octets[at]:
            parts.append(octets[at + 1:at + 1 + octets[at]].decode())
            at += 1 + octets[at]
        s.sendto(spoken.answer(".".join(parts), "10.2.0.2", 60,
                               int.from_bytes(octets[:2], "big")), peer)
"""
# Asks, and then opens a connection that says nothing of the name.
ASKER = """
import socket, sys, time
sys.path.insert(0, sys.argv[1])
import spoken
name, port = sys.argv[2], int(sys.argv[3])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(5)
    s.sendto(spoken.query(name), ("10.2.0.2", 53))
    s.recv(1000)
with socket.create_connection(("10.2.0.2", port)) as s:
    s.sendall(b"this says nothing of a name")
    s.shutdown(socket.SHUT_WR)
    while s.recv(1000):
        pass
"""
# A hello in pieces, each acknowledged before the next one goes.
PIECES = """
import fcntl, socket, struct, sys, time
sys.path.insert(0, sys.argv[1])
import spoken
hello, size = spoken.client_hello(sys.argv[2], 2000), int(sys.argv[3])
with socket.create_connection(("10.2.0.2", 443)) as s:
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(hello), size):
        s.sendall(hello[at:at + size])
        end = time.monotonic() + 5
        while struct.unpack("i", fcntl.ioctl(
                s, 0x5411, b"\\0" * 4))[0] and time.monotonic() < end:
            time.sleep(0.001)     # SIOCOUTQ: not acknowledged yet
"""


def certificate():
    path = os.path.join(FOLDER, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=certified.example", "-keyout", path, "-out",
                    path + ".crt"], check=True, stderr=subprocess.DEVNULL)
    with open(path, "a", encoding="ascii") as file, \
            open(path + ".crt", encoding="ascii") as crt:
        file.write(crt.read())
    return path


def start_servers(space):
    space.start("server", sys.executable, "-m", "http.server", "80",
                "--bind", "::", cwd=FOLDER)
    space.start("server", "openssl", "s_server", "-accept", "443", "-cert",
                certificate(), "-www", "-quiet")
    space.start("server", sys.executable, "-c", RESOLVER, HERE)
    # Whatever comes is read to its end.
    space.start("server", sys.executable, "-c", """
import socket
with socket.create_server(("10.2.0.2", 2222)) as listener:
    while True:
        with listener.accept()[0] as s:
            while s.recv(1000):
                pass
""")
    for port in ":80 ", ":443 ", ":53 ", ":2222 ":
        CHECKS.check(listening(space, "server", port), "a server on" + port)


def make_traffic(space, mark):
    """Returns the names that are to be found, and where they are from."""
    host = "%s-http.example" % mark
    space.run("client", "curl", "-s", "-H",
              "Host: " + host, "http://%s/page?query" % SERVER)
    expected = {host: 3}
    for version in "1.2", "1.3":
        host = "%s-tls%s.example" % (mark, version)
        space.run("client", "curl", "-sk", "--tls-max", version, "--resolve",
                  "%s:443:%s" % (host, SERVER),
                  "https://%s/" % host)
        expected[host] = 1
    for size in 2000, 800:
        host = "%s-pieces-%d.example" % (mark, size)
        space.run("client", sys.executable, "-c", PIECES, HERE, host,
                  str(size))
        expected[host] = 1
    for n in range(10):
        host = "%s-asked-%d.example" % (mark, n)
        space.run("client", sys.executable, "-c", ASKER, HERE, host, "2222")
        expected[host] = 4
    return expected


def check_found(what, records, expected):
    found = {r["serverName"]: r.get("serverNameSource")
             for r in records if "serverName" in r}
    for name, source in expected.items():
        CHECKS.equal(found.get(name), source, "%s: %s" % (what, name))
    certified = {r.get("tlsCertificateName") for r in records
                 if "tls1.2" in r.get("serverName", "")}
    CHECKS.equal(certified - {None}, {"certified.example"},
                 what + ": certificates of TLS 1.2")
    asked = {r.get("dnsQName") for r in records} - {None}
    CHECKS.check({n for n, source in expected.items() if source == 4} <=
                 asked, "%s: questions, %s" % (what, asked))


def check_names(space):
    start_servers(space)
    config = os.path.join(FOLDER, "late.conf")
    write(config, "early.json", "snaplen = 4608")
    probes = {
        "one worker": Probe(space, "router", *NAMES),
        "two workers": Probe(space, "router", *NAMES, "--set", "workers=2"),
        "two interfaces": Probe(space, "router", *NAMES,
                                interfaces=("r0", "r1")),
        "reload": Probe(space, "router", "-c", config, networks=None),
    }
    early = make_traffic(space, "early")
    # A file goes on with what its records had; so another one.
    write(config, "late.json", "snaplen = 4608\nnames = {tls, http, dns}")
    probes["reload"].send(signal.SIGHUP)
    probes["reload"].says("reload: the configuration is in force")
    late = make_traffic(space, "late")
    for what, probe in probes.items():
        stats = probe.end(what)
        CHECKS.check(sum(stats["names"][n] for n in ("tls", "http", "dns"))
                     >= len(late), "%s: %s" % (what, stats["names"]))
        if what == "reload":
            CHECKS.check(not any(n in repr(records_of("early.json"))
                                 for n in early),
                         "names before they were turned on")
            check_found(what, records_of("late.json"), late)
        else:
            check_found(what, probe.records(), {**early, **late})


def write(config, output, text):
    with open(config, "w", encoding="ascii") as file:
        file.write('outputs = {"json:%s"}\nnetworks = {%s}\n%s\n' % (
            os.path.join(FOLDER, output),
            ", ".join('"%s"' % n for n in LOCAL.split(",")), text))


def records_of(name):
    return [json.loads(line) for line in
            harness.read_lines(os.path.join(FOLDER, name))]


def check_turned_off(space):
    """A reload turns names off again, and nothing of them is left."""
    config = os.path.join(FOLDER, "off.conf")
    write(config, "on.json", "names = {tls, http, dns}\npayload = 100\n"
          "tcp_linger = 0.3")
    probe = Probe(space, "router", "-c", config, "--set", "workers=2",
                  interfaces=("r0", "r1"), networks=None)
    first = make_traffic(space, "first")
    # What lingers has a record soon.
    CHECKS.check(netspace.until(lambda: all(
        n in repr(records_of("on.json")) for n in first)), "names before")
    write(config, "off.json", "tcp_linger = 0.3")
    probe.send(signal.SIGHUP)
    probe.says("reload: the configuration is in force")
    second = make_traffic(space, "second")
    probe.end("turned off")
    CHECKS.check(records_of("off.json") and
                 not any(n in repr(records_of("off.json")) for n in second),
                 "names behind")


def main():
    harness.need_exflow()
    netspace.need()
    for program in "curl", "openssl", "ss":
        harness.need_program(program)
    run((), check_names, check_turned_off)


if __name__ == "__main__":
    main()
