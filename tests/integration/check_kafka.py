#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Nothing is lost on the way to Apache Kafka.

A real broker is killed and comes back while exchanges go out, and exflow is
killed while it spools: every exchange must be in the topic, at least once, and
what is there twice must have been counted.  kcat and the Python client read it,
as JSON and as IPFIX; TLS and SASL/SCRAM are tried once each.
"""
import collections
import json
import os
import re
import signal
import struct
import subprocess
import sys
import time

from collectors import free_port, send_from_ports, wait_until
from delivery import FULL, Run, identities, identity
from harness import (ENVIRONMENT, EXFLOW, Checks, exflow, need_exflow,
                     need_program, read_stats, skip, unbalanced, workspace)
from kafka_broker import (PASSWORD, USER, Broker, need_python_client)

EXCHANGES = 200000 if FULL else 20000
KILLS = 3 if FULL else 1
LIVE = 1000  # exchanges that are no records yet: half a second, and a chunk
WRONG = "not-it-at-all"
PATIENT = ("--set", "give_up=0", "--set", "send_timeout=5",
           "--set", "shutdown_timeout=120")


def configuration(folder, name, text):
    path = os.path.join(folder, name + ".conf")
    with open(path, "w") as file:
        file.write(text)
    return path


def found_lines(octets):
    """A Counter of the exchanges in lines of JSON, as identity tells them."""
    found = collections.Counter()
    for line in octets.splitlines():
        record = json.loads(line)
        parts = map(int, record["sourceIPv4Address"].split("."))
        found[struct.unpack(">I", bytes(parts))[0],
              record["sourceTransportPort"]] += 1
    return found


def complete(checks, found, count, what):
    missing = [n for n in range(count) if identity(n) not in found]
    checks.check(not missing, "%s: %d of %d exchanges are missing, such as %r"
                 % (what, len(missing), count, missing[:3]))
    return sum(found.values()) - len(found)


def output_of(checks, run, what):
    stats = read_stats(run.stats)
    checks.check(stats and not unbalanced(stats), what + ": the books")
    return stats["outputs"][0]


def killed_brokers(checks, broker, folder):
    """The broker is killed three times; then its topic has everything."""
    run = Run(folder + "/killed.stats", "-o", broker.url("killed"), *PATIENT)
    step = EXCHANGES // (KILLS + 1)
    for n in range(KILLS):
        run.write(n * step, (n + 1) * step)
        broker.kill()
        time.sleep(0.2)
        broker.start()
    run.write(KILLS * step, EXCHANGES)
    code, errors = run.end(timeout=300)
    output = output_of(checks, run, "killed")
    checks.equal(code, 0, "killed: exit status, " + errors)
    checks.equal(output["delivered"], EXCHANGES, "killed: delivered")
    twice = complete(checks, found_lines(broker.consume("killed")), EXCHANGES,
                     "killed")
    checks.check(twice <= output["maybe_twice"], "killed: %d twice, %d "
                 "counted" % (twice, output["maybe_twice"]))
    print("broker killed %d times: %d exchanges, %d twice, %d sent again" % (
        KILLS, EXCHANGES, twice, output["replayed"]))


def by_partition(checks, broker):
    """Python's client finds three partitions, and each flow in one of them."""
    need_python_client()
    import kafka
    consumer = kafka.KafkaConsumer(
        "killed", bootstrap_servers=broker.address("plain"),
        auto_offset_reset="earliest", group_id=None,
        consumer_timeout_ms=3000)
    where, headers = collections.defaultdict(set), None
    for message in consumer:
        where[bytes(message.key)].add(message.partition)
        headers = message.headers
    consumer.close()
    checks.equal(len(where), EXCHANGES, "keys, by the Python client")
    checks.check(all(len(used) == 1 for used in where.values()),
                 "a key is in one partition")
    checks.equal(len(set.union(*where.values())), 3, "partitions")
    checks.equal([name for name, _ in headers], [
        "exflow.version", "exflow.schema", "exflow.domain"], "headers")


def spool_size(spool):
    return sum(os.path.getsize(os.path.join(spool, name))
               for name in os.listdir(spool))


def settled(spool, least):
    """Its size, once it no longer grows."""
    def still():
        before = spool_size(spool)
        time.sleep(1)
        return before == spool_size(spool) and before > least
    wait_until(still, "the spool", 120)
    return spool_size(spool)


def killed_exflow(checks, broker, folder):
    """exflow is killed with a spool while the broker is away, and again while
    the next run sends it: what is missing then was in memory alone."""
    path = configuration(folder, "spooled", """kafka "flows" { address = "%s"
    spool_dir = "%s" queue_octets = 1MiB send_timeout = 2 give_up = 0 }
""" % (broker.url("spooled"), folder))
    first, count, spool = 2000, 10000, os.path.join(folder, "flows")
    run = Run(folder + "/first.stats", "-c", path)
    run.write(0, first)
    wait_until(lambda: broker.count("spooled") >= first // 4, "records")
    broker.kill()
    run.write(first, count)
    octets = settled(spool, 2000000)
    run.kill()
    broker.start()
    before = broker.count("spooled")
    run = Run(folder + "/second.stats", "-c", path, *PATIENT)
    wait_until(lambda: broker.count("spooled") > before, "the spool's records")
    run.kill()
    run = Run(folder + "/third.stats", "-c", path, *PATIENT)
    run.write(count, 2 * count)
    code, errors = run.end(timeout=300)
    output = output_of(checks, run, "spooled")
    checks.equal(code, 0, "spooled: exit status, " + errors)
    checks.equal(output["delivered"], output["records_due"] +
                 output["recovered"], "spooled: delivered")
    found = found_lines(broker.consume("spooled"))
    missing = [n for n in range(2 * count) if identity(n) not in found]
    # In memory: half of queue_octets, and exchanges that were not yet records.
    # What these have has no longer come when it was killed.
    old = [n for n in missing if n < count - LIVE]
    each = octets // count
    checks.check(len(old) <= 512 * 1024 // each, "spooled: %d are missing, "
                 "more than memory had" % len(old))
    checks.check(not old or len(old) == old[-1] - old[0] + 1,
                 "spooled: what is missing was not sent together")
    checks.check(all(n < count for n in missing),
                 "spooled: of the last run some are missing")
    print("exflow killed twice: of %d exchanges %d were in memory alone, %d "
          "are there twice" % (count, len(missing),
                               sum(found.values()) - len(found)))


def as_ipfix(checks, broker, folder):
    """Each message can be read alone."""
    path = configuration(folder, "ipfix", 'kafka "i" { address = "%s"\n'
                         'format = ipfix }\n' % broker.url("ipfix"))
    run = Run(folder + "/ipfix.stats", "-c", path, *PATIENT)
    run.write(0, 5000)
    code, errors = run.end(timeout=120)
    checks.equal(code, 0, "ipfix: exit status, " + errors)
    octets = broker.consume("ipfix", "-f", "%R%s")
    found, at, messages = collections.Counter(), 0, 0
    while at < len(octets):
        length = struct.unpack_from(">I", octets, at)[0]
        message = octets[at + 4:at + 4 + length]
        checks.equal(struct.unpack_from(">HH", message), (10, length),
                     "ipfix: one whole message")
        found += identities(message)
        at, messages = at + 4 + length, messages + 1
    complete(checks, found, 5000, "ipfix")
    print("as IPFIX: %d messages" % messages)


def scram_works():
    """librdkafka before 2.6.1 repeats a nonce, which Kafka 4 refuses."""
    said = subprocess.run(["kcat", "-V"], capture_output=True).stdout.decode()
    version = re.search(r"librdkafka (\d+)\.(\d+)\.(\d+)", said)
    return version and tuple(map(int, version.groups())) >= (2, 6, 1)


def sasl(folder, mechanism, password):
    path = os.path.join(folder, "password-" + password)
    with open(path, "w") as file:
        file.write(password + "\n")
    return ["security.protocol=SASL_SSL", "sasl.mechanism=" + mechanism,
            "sasl.username=" + USER, "sasl.password=@" + path,
            "ssl.ca.location=%s/ca.pem" % folder]


def one_login(checks, broker, folder, case):
    """A hundred records by TLS or SASL; no password is ever shown."""
    name, listener, properties, works = case
    text = 'kafka "%s" { address = "%s"\nshutdown_timeout = %d\n' \
        'property = {%s} }\n' % (
            name, broker.url(name, listener), 60 if works else 4,
            ", ".join('"%s"' % p for p in properties))
    path = configuration(folder, name, text)
    checked = exflow("-t", "-c", path, "-r", "/dev/null", "-n", "10.0.0.0/8")
    checks.check("property" not in checked.err, name + ": " + checked.err)
    run = Run(folder + "/%s.stats" % name, "-c", path)
    run.write(0, 100)
    code, errors = run.end(timeout=120)
    output = output_of(checks, run, name)
    if works:
        checks.equal(code, 0, name + ": exit status, " + errors)
        complete(checks, found_lines(broker.consume(name)), 100, name)
    else:
        checks.equal(code, 1, name + ": exit status")
        checks.check("uthentication" in output["last_error"],
                     name + ": " + output["last_error"])
    said = errors + checked.out + checked.err + str(output)
    for password in (PASSWORD, WRONG):
        checks.check(password not in said.replace("password-" + password, ""),
                     name + ": a password was shown")


def secured(checks, broker, folder):
    """TLS, SASL in clear words over TLS, SCRAM; a wrong password is told."""
    tls = ["security.protocol=SSL", "ssl.ca.location=%s/ca.pem" % folder]
    for case in (("tls", "tls", tls, True),
                 ("plain", "sasl", sasl(folder, "PLAIN", PASSWORD), True),
                 ("wrong", "sasl", sasl(folder, "PLAIN", WRONG), False),
                 ("scram", "sasl", sasl(folder, "SCRAM-SHA-256", PASSWORD),
                  scram_works())):
        one_login(checks, broker, folder, case)


def says(process, text):
    """Read its log until it says so."""
    for line in iter(process.stderr.readline, b""):
        if text in line.decode():
            return True
    return False


def live(checks, broker, folder):
    """A probe, confined, whose output is replaced by a reload."""
    text = 'kafka "live" { address = "%s"\nspool_dir = "%s"\n' \
        'queue_octets = %%s }\n' % (broker.url("live"), folder)
    path = configuration(folder, "live", text % "1MiB")
    nobody = "127.0.0.1", free_port("127.0.0.1")
    probe = subprocess.Popen(
        [EXFLOW, "-v", "-i", "lo", "-f", "udp dst port %d" % nobody[1],
         "-c", path, "--set", "udp_idle_timeout=0.5", "--set", "meter=all",
         "--stats", folder + "/live.stats"], stderr=subprocess.PIPE,
        env=ENVIRONMENT)
    checks.check(says(probe, "capturing on"), "live: it does not capture")
    with open("/proc/%d/status" % probe.pid) as file:
        checks.check("Seccomp:\t2" in file.read(), "live: not confined")

    def there(count):
        return broker.count("live") >= count
    send_from_ports(50, nobody)
    wait_until(lambda: there(50), "records of a probe", 60)
    configuration(folder, "live", text % "2MiB")
    probe.send_signal(signal.SIGHUP)
    checks.check(says(probe, "the configuration is in force"), "live: reload")
    send_from_ports(50, nobody)
    wait_until(lambda: there(100), "records after a reload", 60)
    probe.send_signal(signal.SIGTERM)
    errors = probe.communicate(timeout=60)[1].decode()
    checks.equal(probe.returncode, 0, "live: exit status, " + errors)
    checks.equal(broker.count("live"), 100, "live: records")


def main():
    need_exflow()
    need_program("kcat")
    if "kafka://" not in exflow("--help").out:
        skip("exflow was built without Kafka")
    checks = Checks()
    folder = workspace()
    with Broker(folder) as broker:
        broker.start()
        killed_brokers(checks, broker, folder)
        by_partition(checks, broker)
        killed_exflow(checks, broker, folder)
        as_ipfix(checks, broker, folder)
        secured(checks, broker, folder)
        if os.geteuid() == 0:
            live(checks, broker, folder)
        else:
            print("a probe was left out, as it needs root")
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
