#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The schema and the queries for ClickHouse, and DuckDB, on the demo's capture.

conf/clickhouse-exflow.sql (but for what reads Kafka) and the ten queries beside
it run on chdb, which is ClickHouse in a process; each result is that which is
computed from the tables of csv:.  DuckDB reads the JSON lines and writes Parquet.
"""
import collections
import csv
import ipaddress
import json
import math
import os
import re
import sys

from harness import (OWN_CAPTURES, SOURCE, Checks, exflow, need_exflow, skip,
                     workspace)
from kafka_broker import TOOLS

NETWORKS = "10.0.0.0/24,fd00:10::/64"   # of the demo
SCHEMA, QUERIES = (os.path.join(SOURCE, "conf", name) for name in (
    "clickhouse-exflow.sql", "clickhouse-exflow-queries.sql"))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Flow:
    """One row of csv:, with the names that the schema has."""

    def __init__(self, row, protocol):
        self.client, self.server = (mapped(row[n]) for n in ("s_ip", "d_ip"))
        self.port, self.protocol = int(row["d_port"]), protocol
        self.sent = int(row["octetDeltaCount"])
        self.received = int(row["reverseOctetDeltaCount"])
        self.first = int(row["s_ts"]) or int(row["d_ts"])
        self.last = max(int(row["s_te"]), int(row["d_te"]))
        self.answered = int(row["d_packs"]) > 0
        self.ended = row["exchangeEnd"]
        self.name = row["serverName"]
        self.rtt = row.get("reverseHandshakeRttMicroseconds")
        self.segments = int(row["s_packs_data"]) + int(row["d_packs_data"])
        self.again = sum(int(row.get(name) or 0) for name in (
            "retransmittedPacketDeltaCount",
            "reverseRetransmittedPacketDeltaCount"))

    @property
    def octets(self):
        return self.sent + self.received

    def service(self):
        return (self.server, self.port, self.protocol)


def mapped(text):
    address = ipaddress.ip_address(text)
    return "::ffff:" + text if address.version == 4 else str(address)


def network(server):
    """/24, or /64, as the query cuts it."""
    if server.startswith("::ffff:"):
        return "::ffff:%s.0" % server[7:].rsplit(".", 1)[0]
    return str(ipaddress.ip_network(server + "/64", False).network_address)


def by(flows, key, value):
    groups = collections.defaultdict(list)
    for flow in flows:
        groups[key(flow)].append(value(flow))
    return groups


def address_order(text):
    return ipaddress.ip_address(text).packed


def flat(key, *values):
    return (key if isinstance(key, tuple) else (key,)) + values


def minute(flow):
    return flow.last // 60000000


def expected(flows):
    """By the name of each query: its rows, without the order of equals."""
    one = lambda flow: 1
    octets = lambda flow: flow.octets
    tcp = [f for f in flows if f.protocol == 6]
    minutes = by(flows, minute, octets)
    rates = sorted(sum(values) for values in minutes.values())
    first = {key: min(times) for key, times in by(
        flows, lambda f: (f.server, f.port), lambda f: f.first).items()}
    newest = max(f.first for f in flows) - 80000000
    rtts = by([f for f in tcp if f.rtt], lambda f: (f.server, f.port),
              lambda f: int(f.rtt))
    return {
        "top clients": [(k, sum(v), len(v)) for k, v in by(
            flows, lambda f: f.client, octets).items()],
        "top services": sorted(
            [flat(k, sum(v), len(v)) for k, v in by(
                flows, Flow.service, octets).items()],
            key=lambda r: (-r[3], address_order(r[0]), r[1]))[:10],
        "top names": [(k, sum(v), len(v)) for k, v in by(
            [f for f in flows if f.name], lambda f: f.name, octets).items()],
        "95th percentile": [
            (rates[min(len(rates) - 1, math.ceil(0.95 * len(rates)) - 1)]
             * 8 / 60,)],
        "retransmission by": [
            (k, sum(s for s, _ in v), sum(a for _, a in v),
             round(100 * sum(a for _, a in v) / sum(s for s, _ in v), 3))
            for k, v in by(tcp, lambda f: network(f.server),
                           lambda f: (f.segments, f.again)).items()],
        "new servers": [k for k, at in first.items() if at > newest],
        "unanswered": [flat(k, len(v)) for k, v in by(
            [f for f in flows if not f.answered], Flow.service, one).items()],
        "the time to": [flat(k, sorted(v)[(len(v) - 1) // 2], len(v))
                        for k, v in rtts.items()],
        "how exchanges": [flat(k, len(v)) for k, v in by(
            flows, lambda f: (f.protocol, f.ended), one).items()],
        "clients that": [(k, len(set(v))) for k, v in by(
            flows, lambda f: f.client, lambda f: (f.server, f.port)).items()],
    }


def shown(name, rows):
    """Rows of ClickHouse's CSV as the expected ones are."""
    if name == "new servers":
        rows = [row[:2] for row in rows]
    return [tuple(float(v) if re.fullmatch(r"-?\d+\.\d+", v) else
                  int(v) if v.isdigit() else v for v in row) for row in rows]


def same(a, b):
    rounded = lambda rows: sorted(
        (tuple(round(v, 6) if isinstance(v, float) else v for v in row)
         for row in rows), key=repr)
    return rounded(a) == rounded(b)


def clickhouse(checks, folder, flows, lines):
    from chdb import session
    database = session.Session(folder + "/clickhouse")
    schema = read(SCHEMA).split("-- From Kafka.")[0]
    for statement in re.sub(r"(?m)^--.*$", "", schema).split(";"):
        if statement.strip():
            database.query(statement)
    insert = "INSERT INTO flows_in SETTINGS " \
        "input_format_skip_unknown_fields = 1 FORMAT JSONEachRow\n"
    database.query(insert + lines)
    queries = re.findall(r"(?m)^-- (.*)\n(SELECT[^;]*);", read(QUERIES))
    checks.equal(len(queries), 10, "queries")
    wanted = expected(flows)
    for name, text in queries:
        key = next(k for k in wanted if name.startswith(k))
        rows = shown(key, list(csv.reader(
            str(database.query(text, "CSV")).splitlines())))
        checks.check(rows and same(rows, wanted[key]), "%s: %r, from csv %r"
                     % (name, rows, wanted[key]))
    # Some of them come again.
    database.query(insert + "\n".join(lines.splitlines()[:5]))
    counts = [int(str(database.query("SELECT count() FROM " + table)))
              for table in ("flows", "flows_once")]
    checks.equal(counts, [len(flows) + 5, len(flows)], "records once")
    silent_client(checks, database, insert, lines.splitlines()[0])
    database.close()
    print("ClickHouse: %d queries on %d records" % (len(queries), len(flows)))


def silent_client(checks, database, insert, line):
    """Once its record was refused: it has no times of that side."""
    record = json.loads(line)
    record.update(flowId=1 << 40, flowStartMicroseconds=None,
                  flowEndMicroseconds=None)
    database.query(insert + json.dumps(record))
    start = str(database.query(
        "SELECT start FROM flows WHERE flow_id = %d" % (1 << 40), "TSV"))
    checks.equal(start.strip().replace(" ", "T") + "Z",
                 record["reverseFlowStartMicroseconds"], "a silent client")


def duck(checks, folder, flows, path):
    import duckdb
    parquet = folder + "/flows.parquet"
    duckdb.sql("COPY (SELECT * FROM read_json('%s', format = "
               "'newline_delimited')) TO '%s' (FORMAT parquet)" % (
                   path, parquet))
    row = duckdb.sql(
        "SELECT count(*), sum(octetDeltaCount), sum(reverseOctetDeltaCount), "
        "min(epoch_us(flowStartMicroseconds::TIMESTAMPTZ)) FROM '%s'"
        % parquet).fetchall()[0]
    checks.equal(tuple(map(int, row)), (
        len(flows), sum(f.sent for f in flows), sum(f.received for f in flows),
        min(f.first for f in flows)), "DuckDB: Parquet")
    print("DuckDB: %d records in Parquet, %d octets" % (
        row[0], os.path.getsize(parquet)))


def main():
    need_exflow()
    stores = TOOLS + "/stores"
    if not os.path.isdir(stores):
        skip("chdb and DuckDB are not there (scripts/install-deps stores)")
    sys.path.insert(0, stores)
    checks, folder = Checks(), workspace()
    path = folder + "/flows.json"
    done = exflow("-q", OWN_CAPTURES + "/demo.pcap", "-n", NETWORKS, "--set",
                  "quality=yes", "--set", "names=tls,http,dns", "--set", "columns=extended", "-o",
                  "csv:" + folder, "-o", "json:" + path)
    checks.equal(done.code, 0, "exflow: " + done.err)
    flows = []
    for name, protocol in (("tcp_flows.csv", 6), ("udp_flows.csv", 17)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            flows += [Flow(row, protocol) for row in csv.DictReader(file)]
    # "columns" leaves keys of JSON out only where it names some.
    clickhouse(checks, folder, flows, read(path))
    duck(checks, folder, flows, path)
    checks.end()


if __name__ == "__main__":
    main()
