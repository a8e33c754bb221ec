#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Names of QUIC, live, as a real client and server (aioquic) make them.

Versions 1 and 2, a server that sends Retry, a server that offers another
version, a hello that does not fit into one datagram, a session that is resumed
with early data, IPv6.  Two probes watch, with one worker and with two.

aioquic comes by "scripts/install-deps quic"; without it the test is skipped."""
import json
import os
import subprocess
import sys

import harness
import netspace
from kafka_broker import TOOLS
from router import CHECKS, FOLDER, Probe, listening, run

QUIC = os.path.join(TOOLS, "quic")
V1, V2 = 0x00000001, 0x6b3343cf
ECH, RESUMPTION, EARLY_DATA = 1, 2, 4       # of tlsFlags

SERVER = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from aioquic.asyncio import serve
from aioquic.quic.configuration import QuicConfiguration
certificate, retry, versions = sys.argv[2], sys.argv[4], sys.argv[5]

def answer(reader, writer):
    async def talk():
        writer.write(b"answer to " + await reader.read())
        writer.write_eof()
    asyncio.ensure_future(talk())

async def main():
    configuration = QuicConfiguration(
        is_client=False, alpn_protocols=["talk", "h3"],
        supported_versions=[int(v) for v in versions.split(",")])
    configuration.load_cert_chain(certificate + ".crt", certificate)
    tickets = {}
    await serve("::", int(sys.argv[3]), configuration=configuration,
                retry=retry == "retry", stream_handler=answer,
                session_ticket_fetcher=lambda label: tickets.get(label),
                session_ticket_handler=lambda ticket: tickets.update(
                    {ticket.ticket: ticket}))
    await asyncio.Future()

asyncio.run(main())
"""
CLIENT = """
import asyncio, json, ssl, sys
sys.path.insert(0, sys.argv[1])
from aioquic.asyncio import connect
from aioquic.quic.configuration import QuicConfiguration
asked = json.loads(sys.argv[2])
tickets = []

async def talk(ticket):
    configuration = QuicConfiguration(
        is_client=True, alpn_protocols=asked["alpn"],
        server_name=asked["name"], verify_mode=ssl.CERT_NONE,
        original_version=asked["version"], session_ticket=ticket,
        supported_versions=asked.get("versions", [asked["version"]]))
    async with connect(asked["host"], asked["port"],
                       configuration=configuration,
                       session_ticket_handler=tickets.append,
                       wait_connected=ticket is None) as peer:
        reader, writer = await peer.create_stream()
        writer.write(b"question")
        writer.write_eof()
        assert await reader.read() == b"answer to question"
        while asked.get("again") and ticket is None and not tickets:
            await asyncio.sleep(0.01)

asyncio.run(asyncio.wait_for(talk(None), 60))
if asked.get("again"):
    asyncio.run(asyncio.wait_for(talk(tickets[-1]), 60))
"""


def certificate():
    path = os.path.join(FOLDER, "quic.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=certified.example", "-keyout", path, "-out",
                    path + ".crt"], check=True, stderr=subprocess.DEVNULL)
    return path


def start_server(space, path, port, versions, retry="accept"):
    space.start("server", sys.executable, "-c", SERVER, QUIC, path, str(port),
                retry, ",".join(map(str, versions)))
    CHECKS.check(listening(space, "server", ":%d " % port),
                 "a server on port %d" % port)


# What the client asks for, and what its records must then say besides its name.
ASKED = [
    ({"name": "one.example", "version": V1, "port": 443}, {}),
    ({"name": "two.example", "version": V2, "port": 443}, {}),
    ({"name": "retry.example", "version": V1, "port": 444}, {}),
    ({"name": "retry-two.example", "version": V2, "port": 444}, {}),
    ({"name": "six.example", "version": V1, "port": 443,
      "host": "2001:db8:2::2"}, {}),
    # The hello is longer than a datagram.
    ({"name": "long.example", "version": V1, "port": 443,
      "alpn": ["talk"] + ["protocol-%0200d" % i for i in range(9)]}, {}),
    # The server knows version 2 only, and says so.
    ({"name": "other-version.example", "version": V1, "versions": [V1, V2],
      "port": 445}, {"quicVersion": V2}),
    ({"name": "again.example", "version": V1, "port": 443, "again": True}, {}),
]


def make_traffic(space):
    path = certificate()
    start_server(space, path, 443, [V1, V2])
    start_server(space, path, 444, [V1, V2], "retry")
    start_server(space, path, 445, [V2])
    for asked, _ in ASKED:
        asked.setdefault("host", "10.2.0.2")
        asked.setdefault("alpn", ["talk"])
        space.run("client", sys.executable, "-c", CLIENT, QUIC,
                  json.dumps(asked), timeout=120)


def whole_names(protocols):
    """As many of them as 255 octets hold."""
    while len(",".join(protocols)) > 255:
        protocols = protocols[:-1]
    return ",".join(protocols)


def check_record(what, record, asked, extra):
    expected = {
        "serverName": asked["name"], "sslServerName": asked["name"],
        "serverNameSource": 2, "quicVersion": asked["version"],
        "tlsVersionOffered": 0x0304, "silkAppLabel": 443,
        "destinationTransportPort": asked["port"],
    }
    expected.update(extra)
    for key, value in expected.items():
        CHECKS.equal(record.get(key), value, "%s: %s: %s" % (
            what, asked["name"], key))
    CHECKS.equal(record.get("alpnOffered"), whole_names(asked["alpn"]),
                 "%s: %s: ALPN" % (what, asked["name"]))


def check_records(what, records):
    for asked, extra in ASKED:
        found = [r for r in records if r.get("serverName") == asked["name"]]
        count = 2 if asked.get("again") else 1
        if not CHECKS.equal(len(found), count, "%s: records of %s" % (
                what, asked["name"])):
            continue
        for record in found:
            check_record(what, record, asked, extra)
        flags = sorted(r.get("tlsFlags") for r in found)
        CHECKS.equal(flags, [0, RESUMPTION | EARLY_DATA][:count],
                     "%s: %s: flags" % (what, asked["name"]))


def check_quic(space):
    probes = {"%d workers" % n: Probe(
        space, "router", "--names", "quic", "-o", "json:-", "--set",
        "workers=%d" % n) for n in (1, 2)}
    make_traffic(space)
    for what, probe in probes.items():
        stats = probe.end(what)
        CHECKS.equal(stats["names"]["quic"], len(ASKED) + 1,
                     what + ": exchanges named")
        check_records(what, probe.records())


def main():
    harness.need_exflow()
    netspace.need()
    for program in "openssl", "ss":
        harness.need_program(program)
    if not os.path.isdir(QUIC):
        harness.skip('aioquic is not here: "scripts/install-deps quic"')
    run((), check_quic)


if __name__ == "__main__":
    main()
