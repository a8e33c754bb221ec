#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What SiLK makes of a file with names: two flows of each record, with the
octets of either side, and the application that the first octets show.

rwipfix2silk and rwcut are those of the PATH, or of the folder that SILK names;
scripts/get-silk builds them.  A SiLK without IPv6 leaves its flows out, and so
does the test then.
"""
import json
import os
import shutil
import subprocess

from check_name_records import write_capture
from harness import Checks, exflow, need_exflow, skip, workspace

FIELDS = ("sip,dip,sport,dport,protocol,packets,bytes,initialFlags,"
          "application")
FLAGS = "FSRPAUEC"


def tool(name):
    folder = os.environ.get("SILK")
    path = os.path.join(folder, "bin", name) if folder else shutil.which(name)
    if not path or not os.access(path, os.X_OK):
        skip(name + " of SiLK is not installed (scripts/get-silk builds it)")
    return path


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True,
                          timeout=60, check=True)
    return done.stdout


def flags(bits):
    return "".join(letter for bit, letter in enumerate(FLAGS)
                   if bits >> bit & 1)


def wanted(path):
    """(ends, packets, octets, flags of the first, application) of each flow."""
    flows = []
    with open(path, encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record.get("octetDeltaCount") is None:
                continue
            version = "IPv6" if "sourceIPv6Address" in record else "IPv4"
            ends = [(record[side + version + "Address"],
                     record[side + "TransportPort"])
                    for side in ("source", "destination")]
            for name, (a, b) in (("octet", ends), ("reverseOctet",
                                                   ends[::-1])):
                octets = record[name + "DeltaCount"]
                if octets == 0:
                    continue
                packets, initial = (
                    name.replace("Octet", "Packet").replace("octet", "packet"),
                    "initialTCPFlags")
                if name != "octet":
                    initial = "reverseInitialTCPFlags"
                flows.append((a[0], b[0], a[1], b[1],
                              record["protocolIdentifier"],
                              record[packets + "DeltaCount"], octets,
                              flags(record.get(initial) or 0),
                              record.get("silkAppLabel") or 0))
    return sorted(flows)


def shown(text):
    flows = []
    for line in text.splitlines():
        row = [word.strip() for word in line.split("|")]
        flows.append((row[0], row[1], *map(int, row[2:7]),
                      row[7].replace(" ", ""), int(row[8])))
    return sorted(flows)


def main():
    need_exflow()
    convert, cut = tool("rwipfix2silk"), tool("rwcut")
    checks = Checks()
    folder = workspace()
    capture, file, rows, silk = (os.path.join(folder, name) for name in (
        "names.pcap", "names.ipfix", "names.json", "names.rw"))
    write_capture(capture)
    done = exflow("-r", capture, "-n", "10.0.0.0/8,fd00::/8", "-q",
                  "--set", "names=tls,quic,http,dns",
                  "-o", "ipfix:" + file, "-o", "json:" + rows)
    checks.equal(done.code, 0, done.err)
    output(convert, "--silk-output=" + silk, file)
    flows = shown(output(cut, "--no-titles", "--ipv6-policy=mix",
                         "--fields=" + FIELDS, silk))
    want = wanted(rows)
    if not any(":" in flow[0] for flow in flows):
        print("IPv6 is left out: this SiLK has none")
        want = [flow for flow in want if ":" not in flow[0]]
    checks.equal(flows, want, "flows of SiLK")
    checks.equal({flow[-1] for flow in flows}, {0, 53, 80, 443},
                 "applications")
    checks.end()


if __name__ == "__main__":
    main()
