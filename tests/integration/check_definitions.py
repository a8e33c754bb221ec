#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The definitions of elements that exflow prints, in the hands of those whom
they are for: ipfixDump, nfacctd, python3-ipfix, and goflow2 where it is
installed.  Of the others the rules of their formats are checked: what libfds
reads (its iemgr), Logstash's codec netflow, and nProbe.

An enterprise number of our own shows that the number is the configured one.
"""
import json
import os
import re
import shutil
import signal
import xml.etree.ElementTree

import check_collectors
from check_readers import NTP_EPOCH, from_ipfixdump, from_python, output
from collectors import (DEMO, PATIENCE, Daemon, compare, export, free_port,
                        only, traffic, url, wait_until)
from harness import (SOURCE, Checks, exflow, need_exflow, need_program, skip,
                     workspace)

try:
    import ipfix.ie
    import ipfix.reader
except ImportError:
    ipfix = None

NUMBER = "4711"
OWN = ("dataPacketDeltaCount", "reverseDataPacketDeltaCount",
       "tcpSynPacketDeltaCount", "reverseTcpCwrPacketDeltaCount",
       "exchangeEnd")
PRIMITIVES_MAX = 64  # pmacct's MAX_CUSTOM_PRIMITIVES


def definitions(checks, name, number=NUMBER):
    done = exflow("--elements", name, "--set", "enterprise_number=" + number)
    checks.equal((done.code, done.err), (0, ""), "--elements " + name)
    checks.check(number in done.out, "--elements %s lacks %s" % (name, number))
    for element in OWN:
        # Readers that make the reverse themselves are told none.
        if element.startswith("reverse") and name in ("libfixbuf", "libfds"):
            checks.check(element not in done.out, name + ": " + element)
        else:
            checks.check(re.search(r"\b%s\b" % element, done.out),
                         "%s lacks %s" % (name, element))
    return done.out


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def command_line(checks, folder):
    """The number may come from a file; what is installed has the default."""
    conf = write(folder, "exflow.conf", "enterprise_number = %s\n" % NUMBER)
    checks.equal(exflow("-c", conf, "--elements", "pmacct").out,
                 definitions(checks, "pmacct"), "the number of a file")
    with open(os.path.join(SOURCE, "conf",
                           "exflow-pmacct.primitives")) as file:
        checks.equal(definitions(checks, "pmacct", "32473"), file.read(),
                     "what is installed for pmacct")
    wrong = exflow("--elements", "nonsense")
    checks.equal(wrong.code, 2, "a format that there is not")
    checks.check("--elements nonsense" in wrong.err, wrong.err)
    with open("/dev/full", "w") as full:
        checks.equal(exflow("--elements", "libfds", stdout=full).code, 2,
                     "--elements into a full disk")


def padded(records, names):
    """With 0 for what a record lacks: the elements of a silent side."""
    return [{name: record.get(name, 0) for name in names}
            for record in records]


def time_of_a_side(name):
    return re.match(r"(reverseF|f)low(Start|End)Microseconds$", name)


# --- ipfixDump

def by_ipfixdump(checks, folder, file, want):
    path = write(folder, "elements.xml", definitions(checks, "libfixbuf"))
    text = output("ipfixDump", "--data", "--in", file, "-e", path)
    checks.check("alien" not in text.lower(), "ipfixDump: unknown elements")
    found = from_ipfixdump(text)
    names = {name for record in want for name in record
             if not time_of_a_side(name)}  # it prints no fractions of these
    compare(checks, padded(found, names), padded(want, names),
            "ipfixDump with --elements libfixbuf")


# --- nfacctd

class Primitives(check_collectors.Nfacctd):
    """nfacctd with the primitives that exflow prints, all of them."""

    def __init__(self, folder, host, text):
        self.text_of_primitives = text
        names = re.findall(r"^name=(\w+) field_type=(\S+) ", text, re.M)
        super().__init__(folder, host, names)

    def write(self, name, lines):
        if name == "primitives":
            lines = self.text_of_primitives.splitlines()
        super().write(name, lines)


def raw(name, record):
    """What a primitive holds; 0 for an element that the record lacks."""
    value = record.get(name, 0)
    if time_of_a_side(name) and value:
        second, part = divmod(value, 1000000)
        return (second + NTP_EPOCH) << 32 | \
            (part * 2097152 + 999999) // 1000000 << 11
    return value


def by_nfacctd(checks, folder, capture):
    text = definitions(checks, "pmacct")
    with Primitives(folder, "127.0.0.1", text) as nfacctd:
        want = export(checks, capture, folder,
                      url("udp", "127.0.0.1", nfacctd.port), settings=(
                          "enterprise_number=" + NUMBER,
                          "flag_counters=both"))
    primitives = [name for name, _ in nfacctd.primitives]
    checks.check(len(primitives) <= PRIMITIVES_MAX, "too many primitives")
    names = {name for record in want for name in record}
    unknown = set(primitives) - names  # measured in no table
    checks.check(len(unknown) < len(primitives) // 2, "primitives: %s" %
                 unknown)
    shown = set(check_collectors.BOTH) | (set(primitives) - unknown)
    for record in want:
        for name in set(primitives) - unknown:
            record[name] = raw(name, record)
    compare(checks, only(nfacctd.found(checks), shown), only(want, shown),
            "nfacctd with --elements pmacct")


# --- python3-ipfix

def by_python(checks, folder, file, want):
    ipfix.ie.use_iana_default()
    ipfix.ie.use_5103_default()
    ipfix.ie.use_specfile(write(folder, "spec", definitions(
        checks, "iespec")))
    found = []
    with open(file, "rb") as octets:
        for fields in ipfix.reader.from_stream(octets).namedict_iterator():
            if "informationElementId" in fields:
                continue
            checks.check(not any(key.startswith("_ipfix") for key in fields),
                         "python3-ipfix: unknown elements")
            found.append({k: from_python(k, v) for k, v in fields.items()})
    names = {name for record in want for name in record}
    compare(checks, padded(found, names), padded(want, names),
            "python3-ipfix with --elements iespec")


# --- goflow2

class Goflow2(Daemon):
    def __init__(self, folder, program, mapping):
        port, page = free_port("127.0.0.1"), free_port("127.0.0.1")
        super().__init__(
            [program, "-listen", "netflow://127.0.0.1:%d/?workers=1" % port,
             "-addr", "127.0.0.1:%d" % page, "-format", "json",
             "-produce", "sample", "-mapping", mapping], port,
            os.path.join(folder, "goflow2.log"), signal.SIGINT)

    def rows(self, domain=1):
        rows = [json.loads(line) for line in self.text().splitlines()
                if re.match(r'\{"type".*\}$', line)]
        return [row for row in rows if row["observation_domain_id"] == domain]

    def takes_a_record(self):
        """It may lose what comes right after its port is there."""
        exflow("-q", "-r", DEMO, "-o", url("udp", "127.0.0.1", self.port),
               "--set", "observation_domain=2")
        return self.rows(2)


def goflow2_rows(checks, folder, mapping, capture, *settings):
    """What was exported, and what goflow2 made of it."""
    program = os.environ.get("GOFLOW2") or shutil.which("goflow2")
    with Goflow2(folder, program, mapping) as goflow2:
        wait_until(goflow2.takes_a_record, "goflow2's first record")
        want = export(checks, capture, folder,
                      url("udp", "127.0.0.1", goflow2.port),
                      settings=settings)
        count = len(want) if "biflow=no" not in settings else len(sides(want))
        wait_until(lambda: len(goflow2.rows()) >= count, "goflow2")
    return want, goflow2.rows()


SIDES = (("packetDeltaCount", "octetDeltaCount", "tcpControlBits"),
         ("reversePacketDeltaCount", "reverseOctetDeltaCount",
          "reverseTcpControlBits"))


def sides(records):
    """Ends, packets, octets and flags of each side that sent something."""
    found = []
    for record in records:
        ends = [[record[kind + name] for name in (
            "IPv4Address", "IPv6Address", "TransportPort")
            if kind + name in record] for kind in ("source", "destination")]
        for names, (sender, receiver) in zip(SIDES, (ends, ends[::-1])):
            if record.get(names[0]):
                found.append((*sender, *receiver, *(
                    record.get(name, 0) for name in names)))
    return found


def by_goflow2_without_biflows(checks, folder, capture):
    """Without a mapping it has half of a biflow, and a uniflow whole."""
    if not (os.environ.get("GOFLOW2") or shutil.which("goflow2")):
        return
    want, rows = goflow2_rows(checks, folder, "", capture, "biflow=no")
    found = [(row["src_addr"], row["src_port"], row["dst_addr"],
              row["dst_port"], row["packets"], row["bytes"],
              row["tcp_flags"]) for row in rows]
    checks.equal(sorted(found), sorted(sides(want)), "goflow2, biflow = no")


def by_goflow2(checks, folder, capture):
    if not (os.environ.get("GOFLOW2") or shutil.which("goflow2")):
        print("goflow2 is not installed: left out")
        return
    mapping = write(folder, "mapping.yaml", definitions(checks, "goflow2"))
    want, rows = goflow2_rows(checks, folder, mapping, capture,
                              "enterprise_number=" + NUMBER)
    names = ("reversePacketDeltaCount", "reverseOctetDeltaCount",
             "initiatorOctets", "responderOctets", "flowId") + OWN
    found = []
    for row in rows:
        record = check_collectors.addresses(row["src_addr"], row["dst_addr"])
        record.update({"packetDeltaCount": row["packets"],
                       "octetDeltaCount": row["bytes"],
                       "flowStartMilliseconds":
                       row["time_flow_start_ns"] // 1000000})
        record.update({name: row.get(name, 0) for name in names})
        found.append(record)
    for record in want:
        record.update({name: record.get(name, 0) for name in names})
    compare(checks, found, only(want, {n for r in found for n in r}),
            "goflow2 with --elements goflow2")


# --- the rules of formats whose readers are not here

TYPES = {"unsigned8", "unsigned16", "unsigned32", "unsigned64", "string",
         "macAddress", "octetArray", "dateTimeMicroseconds"}
SEMANTICS = {"default", "quantity", "totalCounter", "deltaCounter",
             "identifier", "flags"}
UNITS = {"octets", "packets", "milliseconds", "microseconds", "hops"}


def for_libfds(checks):
    """One scope with a number, a name and a biflow mode; each element with a
    number of 15 bits, a name and a type that occur once; reverse numbers only
    with the mode individual."""
    root = xml.etree.ElementTree.fromstring(definitions(
        checks, "libfds").encode())
    checks.equal(root.tag, "ipfix-elements", "libfds: root")
    scopes = root.findall("scope")
    checks.equal([[child.tag for child in scope] for scope in scopes],
                 [["pen", "name", "biflow"]], "libfds: scope")
    checks.equal(scopes[0].findtext("pen"), NUMBER, "libfds: number")
    checks.equal(scopes[0].find("biflow").attrib, {"mode": "individual"},
                 "libfds: mode")
    numbers, names = [], []
    for element in root.findall("element"):
        have = {child.tag: child.text for child in element}
        checks.check(set(have) <= {"id", "name", "dataType", "dataSemantics",
                                   "units", "status", "biflowId"},
                     "libfds: %s" % have)
        checks.check(have["dataType"] in TYPES and
                     have["dataSemantics"] in SEMANTICS and
                     have.get("units", "octets") in UNITS and
                     have["status"] == "current", "libfds: %s" % have)
        numbers += [int(have[key]) for key in ("id", "biflowId")
                    if key in have]
        names.append(have["name"])
    checks.check(names and len(set(names)) == len(names), "libfds: names")
    checks.check(len(set(numbers)) == len(numbers) and
                 all(0 < n < 0x8000 for n in numbers), "libfds: numbers")


def for_logstash(checks):
    """Two enterprises, since the codec drops a template that has an element
    without a definition; in each, of an element its type and name, once."""
    text = definitions(checks, "logstash")
    head, _, body = text.partition("---\n")
    checks.check(head and all(line.startswith("#")
                              for line in head.splitlines()), "logstash")
    entry = (r"  (\d+):\n  - :(?:uint(?:8|16|32|64)|octetarray|string)\n"
             r"  - :(\w+)\n")
    checks.equal(re.sub(entry, "", body), NUMBER + ":\n6871:\n",
                 "logstash: another line")
    for part in body.split("6871:\n"):
        for column in zip(*re.findall(entry, part)):
            checks.equal(len(set(column)), len(column), "logstash: once each")


def for_nprobe(checks):
    """NAME ALIAS PEN ID OCTETS FORMAT, a line each."""
    lines = definitions(checks, "nprobe").splitlines()
    good = re.compile(
        r"\w+ NONE \d+ \d+ ([1-8] dump_as_uint|32 dump_as_hex|"
        r"65535 dump_as_(ascii|hex))$")
    checks.check(all(map(good.match, lines)), "nprobe: a line")
    checks.equal(len({line.split()[0] for line in lines}), len(lines),
                 "nprobe: once each")


def main():
    need_exflow()
    for program in "ipfixDump", "nfacctd":
        need_program(program)
    if ipfix is None:
        skip("python3-ipfix is not installed")
    checks, folder = Checks(), workspace()
    command_line(checks, folder)
    for_libfds(checks)
    for_logstash(checks)
    for_nprobe(checks)
    many = os.path.join(folder, "traffic.pcap")
    traffic(many, exchanges=500, seed=3)
    for capture in DEMO, many:
        place = workspace()
        file = os.path.join(place, "flows.ipfix")
        want = export(checks, capture, place, "ipfix:" + file, settings=(
            "enterprise_number=" + NUMBER,))
        by_ipfixdump(checks, place, file, want)
        by_python(checks, place, file, want)
        by_nfacctd(checks, place, capture)
        by_goflow2(checks, place, capture)
        by_goflow2_without_biflows(checks, place, capture)
    checks.end()


if __name__ == "__main__":
    main()
