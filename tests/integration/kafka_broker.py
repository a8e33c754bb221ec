# SPDX-License-Identifier: BSD-2-Clause
"""A broker of Apache Kafka in KRaft mode, or a cluster of them, for the tests.

A broker listens in plain text, over TLS, and over TLS with SASL: PLAIN and SCRAM.  What it is
made of comes from "scripts/install-deps kafka"; where that is missing, tests
say so and are skipped.
"""
import contextlib
import glob
import json
import os
import subprocess
import sys

from collectors import free_port, wait_until
from harness import ENVIRONMENT, need_program, skip

TOOLS = os.environ.get("EXFLOW_TOOLS") or os.path.expanduser(
    "~/.cache/exflow-tools")
USER, PASSWORD = "exflow", "s3cret-of-the-test"
JAVA = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
SETTINGS = """\
process.roles=broker,controller
node.id=%(node)d
controller.quorum.voters=%(voters)s
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
listeners=PLAIN://127.0.0.1:%(plain)d,TLS://127.0.0.1:%(tls)d,\
SASL://127.0.0.1:%(sasl)d,CONTROLLER://127.0.0.1:%(controller)d
listener.security.protocol.map=PLAIN:PLAINTEXT,TLS:SSL,SASL:SASL_SSL,\
CONTROLLER:PLAINTEXT
log.dirs=%(folder)s/log
num.partitions=3
default.replication.factor=%(copies)d
min.insync.replicas=%(in_sync)d
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
replica.lag.time.max.ms=3000
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
user_%(user)s="%(password)s";
listener.name.sasl.scram-sha-256.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=%(folder)s/server.pem
"""


def need_kafka():
    """The class path of the broker."""
    need_program("java")
    need_program("openssl")
    jars = glob.glob(TOOLS + "/kafka/*.jar")
    if not any("kafka-server-4" in name for name in jars):
        skip("Kafka is not there (scripts/install-deps kafka)")
    return ":".join(jars)


def need_python_client():
    path = TOOLS + "/kafka-python"
    if not os.path.isdir(path):
        skip("kafka-python is not there (scripts/install-deps kafka)")
    sys.path.insert(0, path)


def newer_librdkafka(folder):
    """What makes exflow load the one of Confluent's Python client, where that
    is there; else None."""
    found = glob.glob(TOOLS + "/librdkafka/confluent_kafka.libs/librdkafka*")
    if not found:
        return None
    os.makedirs(folder + "/lib", exist_ok=True)
    os.symlink(found[0], folder + "/lib/librdkafka.so.1")
    return {"LD_LIBRARY_PATH": folder + "/lib"}


class Broker:
    def __init__(self, folder, node=1, voters=None, settings=""):
        """voters: the ports of all controllers, by the number of the node."""
        self.folder = folder
        self.class_path = need_kafka()
        self.ports = {name: free_port("127.0.0.1", 1)
                      for name in ("plain", "tls", "sasl", "controller")}
        voters = voters or {node: self.ports["controller"]}
        self.ports["controller"] = voters[node]
        self.process = None
        self.certificate()
        with open(folder + "/server.properties", "w") as file:
            file.write(SETTINGS % dict(
                self.ports, folder=folder, user=USER, password=PASSWORD,
                node=node, copies=len(voters), in_sync=(len(voters) + 1) // 2,
                voters=",".join("%d@127.0.0.1:%d" % voter
                                for voter in voters.items())) + settings)
        self.java("kafka.tools.StorageTool", "format", "-t",
                  "MkU3OEVBNTcwNTJENDM2Qg", "-c", self.settings(),
                  "--add-scram", "SCRAM-SHA-256=[name=%s,password=%s]" % (
                      USER, PASSWORD))

    def settings(self):
        return self.folder + "/server.properties"

    def certificate(self):
        """A certificate that stands for itself, with its key in one file."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-keyout", "server.key", "-out", "ca.pem", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1"], cwd=self.folder, check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        parts = []
        for name in ("server.key", "ca.pem"):
            with open(os.path.join(self.folder, name)) as file:
                parts.append(file.read())
        with open(self.folder + "/server.pem", "w") as file:
            file.write("".join(parts))

    def command(self, name, *arguments):
        return ["java", *JAVA, "-cp", self.class_path, name, *arguments]

    def java(self, name, *arguments):
        done = subprocess.run(self.command(name, *arguments),
                              capture_output=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr.decode()

    def begin(self):
        """Start it, and do not wait until it answers."""
        with open(self.folder + "/broker.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command("kafka.Kafka", self.settings()), stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, env=ENVIRONMENT)

    def start(self):
        self.begin()
        wait_until(self.answers, "Kafka", 120)
        return self

    def answers(self):
        assert self.process.poll() is None, "Kafka has ended"
        return subprocess.run(
            ["kcat", "-q", "-L", "-m", "2", "-b", self.address("plain")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode \
            == 0

    def address(self, listener):
        return "127.0.0.1:%d" % self.ports[listener]

    def url(self, topic, listener="plain"):
        return "kafka://%s/%s" % (self.address(listener), topic)

    def kill(self):
        """As kill -9 does it."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def count(self, topic):
        """How many messages there are; 0 where there is no topic yet."""
        done = subprocess.run(
            ["kcat", "-q", "-C", "-e", "-o", "beginning", "-b",
             self.address("plain"), "-t", topic, "-f", "."],
            capture_output=True, env=ENVIRONMENT)
        return len(done.stdout)

    def consume(self, topic, *arguments):
        """What is in a topic, by kcat: lines."""
        done = subprocess.run(
            ["kcat", "-q", "-C", "-e", "-o", "beginning", "-b",
             self.address("plain"), "-t", topic, *arguments],
            capture_output=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


class Cluster:
    """Three brokers, each with a copy of everything, two of which must have a
    message before it counts as stored."""

    def __init__(self, folder, size=3):
        voters = {n: free_port("127.0.0.1", 1) for n in range(1, size + 1)}
        self.brokers = []
        for node in voters:
            os.mkdir("%s/%d" % (folder, node))
            self.brokers.append(
                Broker("%s/%d" % (folder, node), node, voters))

    def addresses(self):
        return ",".join(broker.address("plain") for broker in self.brokers)

    def url(self, topic):
        return "kafka://%s/%s" % (self.addresses(), topic)

    def start(self):
        for broker in self.brokers:
            broker.begin()
        for broker in self.brokers:
            wait_until(broker.answers, "Kafka", 120)

    def partitions(self, topic):
        """Leader and brokers in sync of each partition; none: not known."""
        done = subprocess.run(
            ["kcat", "-q", "-L", "-J", "-m", "2", "-b", self.addresses(),
             "-t", topic], capture_output=True, env=ENVIRONMENT)
        with contextlib.suppress(ValueError, KeyError, IndexError):
            return [(p["leader"], {r["id"] for r in p["isrs"]}) for p in
                    json.loads(done.stdout)["topics"][0]["partitions"]]
        return []

    def in_sync(self, topic):
        """All brokers have all partitions."""
        found = self.partitions(topic)
        return found and all(
            leader > 0 and len(isrs) == len(self.brokers)
            for leader, isrs in found)

    def consume(self, topic, *arguments):
        done = subprocess.run(
            ["kcat", "-q", "-C", "-e", "-o", "beginning", "-b",
             self.addresses(), "-t", topic, *arguments],
            capture_output=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for broker in self.brokers:
            broker.kill()
