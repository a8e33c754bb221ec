#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The file that exflow writes reads the same in everybody's hands.

ipfixDump (with the file's own type information, and with the element
definitions that exflow installs), tshark, python3-ipfix and exflowdump show
what the CSV tables of the same run say, record by record.

What they get wrong themselves is put right here: ipfixDump prints the
microseconds of a time as zeros; python3-ipfix gives times that count from
1900 as if they counted from 1970; tshark knows the unit of no element that
has an enterprise number of its own.  libfixbuf's own model, which ipfixDump
uses, lacks some of CERT's elements.
"""
import datetime
import ipaddress
import json
import os
import re
import subprocess

from collectors import (DEMO, FLAGS, OTHER, PATIENCE, TIMES, compare, export,
                        on_the_wire, only, traffic)
from harness import (BUILD, ENVIRONMENT, EXFLOW, SOURCE, Checks, need_exflow,
                     need_program, skip, workspace)
from messages import CERT, NAMES, NTP_EPOCH, OWN, stream

try:
    import ipfix.ie
    import ipfix.reader
except ImportError:
    ipfix = None

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)
EXFLOWDUMP = os.environ.get("EXFLOWDUMP") or os.path.join(
    os.path.dirname(EXFLOW), "exflowdump")
DEFINITIONS = "conf/exflow-elements.xml"


def output(*command):
    return subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=3 * PATIENCE,
                          check=True).stdout.decode()


def number(name, text):
    if name.endswith("Address"):
        return str(ipaddress.ip_address(text))  # it pads: 2001:0db8::0001
    return int(text)


def since_epoch(time, name):
    """A datetime as the number that belongs to an element."""
    us = (time - EPOCH) // MICROSECOND
    return us // 1000 if name.endswith("Milliseconds") else us


# --- ipfixDump

def dumped_time(name, text):
    if text.startswith("1900-01-01 00:00:00"):
        return 0  # what 0 is, if times count from 1900
    return since_epoch(datetime.datetime.strptime(
        text, "%Y-%m-%d %H:%M:%S.%f"), name)


def from_ipfixdump(text):
    field = re.compile(r"\t\([\d/]+\) *(\w+) : (.*)")
    records = []
    for block in text.split("--- data record ")[1:]:
        if "informationElementId" in block:
            continue  # type information
        record = {}
        for line in block.splitlines():
            match = field.match(line)
            if not match or match[1].startswith("_"):
                continue
            name, shown = match.groups()
            record[name] = dumped_time(name, shown.strip()) if \
                re.match("(reverseF|f)low(Start|End)M", name) else \
                number(name, shown.strip())
        records.append(record)
    return records


def whole_seconds(records):
    """As ipfixDump shows times of microseconds."""
    return [{k: v // 1000000 * 1000000 if k.endswith("Microseconds") else v
             for k, v in r.items()} for r in records]


def check_ipfixdump(checks, file, want, arguments):
    found = from_ipfixdump(
        output("ipfixDump", "--data", "--in", file, *arguments))
    names = shown(want) - {NAMES[key] for key in NAMES if key[0] == CERT}
    compare(checks, only(found, names), only(whole_seconds(want), names),
            "ipfixDump " + arguments[0])


def shown(records):
    """All the names in records."""
    return {name for record in records for name in record}


# --- tshark

# In the order of a record, where one name of tshark's stands for several.
TSHARK = {
    "cflow.srcaddr": ["sourceIPv4Address"],
    "cflow.srcaddrv6": ["sourceIPv6Address"],
    "cflow.dstaddr": ["destinationIPv4Address"],
    "cflow.dstaddrv6": ["destinationIPv6Address"],
    "cflow.srcport": ["sourceTransportPort"],
    "cflow.dstport": ["destinationTransportPort"],
    "cflow.protocol": ["protocolIdentifier"],
    "cflow.abstimestart": ["flowStartMicroseconds",
                           "reverseFlowStartMicroseconds",
                           "flowStartMilliseconds"],
    "cflow.abstimeend": ["flowEndMicroseconds", "reverseFlowEndMicroseconds",
                         "flowEndMilliseconds"],
    "cflow.octets": ["octetDeltaCount", "reverseOctetDeltaCount"],
    "cflow.packets": ["packetDeltaCount", "reversePacketDeltaCount"],
    "cflow.initiator_octets": ["initiatorOctets"],
    "cflow.responder_octets": ["responderOctets"],
    "cflow.tcpflags": ["reverseTcpControlBits", "tcpControlBits"],
    "cflow.flow_end_reason": ["flowEndReason"],
    "cflow.biflow_direction": ["biflowDirection"],
    "cflow.flow_id": ["flowId"],
    "cflow.icmp_type_code_ipv4": ["icmpTypeCodeIPv4"],
}
OWN_NAMES = [NAMES[CERT, 21], NAMES[CERT, 41]] + [
    NAMES[OWN, n | reverse] for n in range(1001, 1002 + len(FLAGS))
    for reverse in (0, 0x4000)] + [NAMES[OWN, 1010]] + [
    NAMES[CERT, n] for n in (14, 15, 0x4000 | 14, 0x4000 | 15)]


def sent_names(found):
    """All names of a record that tshark found these fields in: the server's
    octets and the client's times tell who sent something."""
    server = len(found["cflow.octets"]) == 2
    client = len(found["cflow.abstimestart"]) == 2 + server
    tcp = "cflow.tcpflags" in found

    def there(name):
        if "Tcp" in name or "TCP" in name or name.startswith("tcp"):
            if not tcp:
                return False
        if name.startswith("reverse") or name == "responderOctets":
            return server
        return client or name not in TIMES + (
            "initialTCPFlags", "unionTCPFlags")
    return there


def tshark_value(name, text):
    if "flowStart" in name or "FlowStart" in name or "lowEnd" in name and \
            "Reason" not in name:
        time, fraction = re.fullmatch(r"(.*)\.(\d{6})\d{3} UTC",
                                      text).groups()
        time = datetime.datetime.strptime(time, "%b %d, %Y %H:%M:%S")
        return since_epoch(time + int(fraction) * MICROSECOND, name)
    if name.endswith("Address"):
        return text
    return int(text, 16 if text.startswith("0x") else 10)


def flatten(pairs, found):
    """Every name with all of its values, in order."""
    for name, value in pairs:
        if isinstance(value, list):
            flatten(value, found)
        else:
            found.setdefault(name, []).append(value)
    return found


def from_tshark(pairs):
    found, record = flatten(pairs, {}), {}
    there = sent_names(found)
    for field, names in TSHARK.items():
        for name, text in zip(filter(there, names), found.get(field, ())):
            record[name] = tshark_value(name, text)
    if "cflow.icmp_ipv6_type" in found:
        kind, code = found["cflow.icmp_ipv6_type"], found[
            "cflow.icmp_ipv6_code"]
        record["icmpTypeCodeIPv6"] = int(kind[0]) << 8 | int(code[0])
    own = found.get("cflow.enterprise_private_entry", [])
    for name, text in zip(filter(there, OWN_NAMES), own):
        record[name] = int(text.replace(":", ""), 16)
    return record


def flows(pairs):
    """The "Flow N" of the data sets, wherever they are."""
    for name, value in pairs:
        if not isinstance(value, list):
            continue
        if re.fullmatch(r"Flow \d+", name):
            if any(key == "cflow.protocol" for key, _ in value):
                yield value
        else:
            yield from flows(value)


def check_tshark(checks, file, want):
    packets = json.loads(
        output("tshark", "-r", file, "-T", "json"),
        # Names repeat, which a dictionary would not survive; a list of
        # pairs must stay apart from a list of packets.
        object_pairs_hook=list)
    found = [from_tshark(flow) for packet in packets
             for flow in flows(packet)]
    compare(checks, only(found, shown(want)), want, "tshark")


# --- python3-ipfix

def from_python(name, value):
    if name.endswith("MacAddress"):
        return value.hex(":")
    if name.endswith("Address"):
        return str(value)
    if isinstance(value, bytes):
        return int.from_bytes(value, "big")
    if not isinstance(value, datetime.datetime):
        return value
    number = since_epoch(value, name)
    if name.endswith("Microseconds") and number:
        number -= NTP_EPOCH * 1000000
    return number


def python_records(file):
    ipfix.ie.use_iana_default()
    ipfix.ie.use_5103_default()
    alien = {"_ipfix_%d_%d" % key: name for key, name in NAMES.items()}
    found = []
    with open(file, "rb") as stream_of_messages:
        reader = ipfix.reader.from_stream(stream_of_messages)
        for fields in reader.namedict_iterator():
            if "informationElementId" in fields:
                continue  # type information
            record = {alien.get(k, k): v for k, v in fields.items()}
            found.append({k: from_python(k, v) for k, v in record.items()})
    return found


def check_python(checks, file, want):
    compare(checks, only(python_records(file), shown(want)), want,
            "python3-ipfix")


# --- exflowdump

def from_exflowdump(line):
    record = json.loads(line)
    for name, value in record.items():
        if value is None:
            record[name] = 0  # a time that never was
        elif isinstance(value, str) and value.endswith("Z"):
            record[name] = since_epoch(
                datetime.datetime.fromisoformat(value[:-1]), name)
    return record


def check_exflowdump(checks, file, want):
    found = [from_exflowdump(line) for line in output(
        EXFLOWDUMP, "--json", file).splitlines()]
    compare(checks, only(found, shown(want)), want, "exflowdump --json")


def check_capture(checks, capture, definitions):
    folder = workspace()
    file = os.path.join(folder, "flows.ipfix")
    want = list(on_the_wire(export(checks, capture, folder,
                                   "ipfix:" + file)))
    with open(file, "rb") as octets:
        compare(checks, only(stream(checks, octets.read()), shown(want)),
                want, "by hand")
    check_ipfixdump(checks, file, want, ["--rfc5610"])
    check_ipfixdump(checks, file, want, ["--element-file", definitions])
    check_tshark(checks, file, want)
    check_python(checks, file, want)
    check_exflowdump(checks, file, want)
    print("%s: %d records" % (os.path.basename(capture), len(want)))


def main():
    need_exflow()
    for program in "ipfixDump", "tshark":
        need_program(program)
    if ipfix is None:
        skip("python3-ipfix is not installed")
    definitions = next(
        (path for path in (os.path.join(tree, DEFINITIONS)
                           for tree in (BUILD, SOURCE))
         if os.path.exists(path)), DEFINITIONS)
    checks = Checks()
    many = os.path.join(workspace(), "traffic.pcap")
    traffic(many, exchanges=1000, seed=2)
    for capture in DEMO, OTHER, many:
        check_capture(checks, capture, definitions)
    checks.end()


if __name__ == "__main__":
    main()
