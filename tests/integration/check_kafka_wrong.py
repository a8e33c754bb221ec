#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What exflow says where records cannot get to Apache Kafka.

Names, ports, topics, certificates, passwords and rights are wrong in turn: the
last error tells which it is, the records are counted as lost, and the exit
status is 1.  The same records then arrive where all is right, with SCRAM by a
later librdkafka, too, as Debian's cannot do that with Kafka 4.
"""
import os
import re
import subprocess
import sys

from delivery import Run
from harness import (Checks, exflow, need_exflow, need_program, read_stats,
                     skip, unbalanced, workspace)
from kafka_broker import (PASSWORD, USER, Broker, need_python_client,
                          newer_librdkafka)

# Nobody but this user may write, and the one that kcat is without a login.
SETTINGS = """\
listener.name.sasl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
user_%(user)s="%(password)s" user_nobody="%(password)s";
auto.create.topics.enable=false
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:%(user)s
""" % {"user": USER, "password": PASSWORD}
RECORDS = 100


def sasl(folder, mechanism, password, user):
    path = "%s/password-%s" % (folder, password)
    if not os.path.exists(path):  # another case may be reading it
        with open(path, "w") as file:
            file.write(password + "\n")
    return ["security.protocol=SASL_SSL", "sasl.mechanism=" + mechanism,
            "sasl.username=" + user, "sasl.password=@" + path,
            "ssl.ca.location=%s/ca.pem" % folder]


class Case:
    """A run that has begun; the others go on meanwhile."""

    def __init__(self, folder, name, url, properties, expected=None,
                 send_timeout=3, more=5, environment=None):
        self.name, self.expected = name, expected
        self.path = "%s/%s.conf" % (folder, name)
        with open(self.path, "w") as file:
            file.write('kafka "%s" { address = "%s" send_timeout = %d\n'
                       'shutdown_timeout = %d property = {%s} }\n' % (
                           name, url, send_timeout, send_timeout + more,
                           ", ".join('"%s"' % p for p in properties)))
        self.run = Run(self.path + ".stats", "-c", self.path,
                       environment=environment)
        self.run.write(0, RECORDS)
        self.run.process.stdin.close()
        self.run.process.stdin = None

    def end(self, checks):
        name = self.name
        code, errors = self.run.end(timeout=120)
        stats = read_stats(self.path + ".stats")
        if not checks.check(stats and not unbalanced(stats),
                            name + ": the books"):
            return
        output = stats["outputs"][0]
        said = output["last_error"]
        if self.expected is None:
            checks.equal(code, 0, name + ": exit status, " + errors)
            checks.equal(output["delivered"], RECORDS, name + ": delivered")
            return
        checks.equal(code, 1, name + ": exit status")
        checks.equal(sum(output["lost"].values()), RECORDS, name + ": lost")
        checks.check(re.search(self.expected, said),
                     "%s: %r is missing in: %s" % (name, self.expected, said))
        checks.check(said[:100] in errors, name + ": it says " + errors)
        print("%s: %s" % (name, said))


def make_topic(broker):
    need_python_client()
    import kafka.admin
    client = kafka.admin.KafkaAdminClient(
        bootstrap_servers=broker.address("plain"))
    client.create_topics([kafka.admin.NewTopic("there", 3, 1)])
    client.close()


def librdkafka():
    """The version that kcat and exflow load."""
    said = subprocess.run(["kcat", "-V"], capture_output=True).stdout.decode()
    found = re.search(r"librdkafka (\d+)\.(\d+)\.(\d+)", said)
    return found and tuple(map(int, found.groups())) or (0, 0, 0)


def scram(broker, folder):
    """With the librdkafka that there is, and with a later one."""
    url, mechanism = broker.url("there", "sasl"), "SCRAM-SHA-256"
    right = sasl(folder, mechanism, PASSWORD, USER)
    if librdkafka() < (2, 6, 1):
        yield Case(folder, "scram", url, right, "librdkafka before 2.6.1")
    newer = newer_librdkafka(folder)
    if not newer:
        print("a later librdkafka is not there (scripts/install-deps kafka)")
        return
    yield Case(folder, "later_scram", url, right, None, 30,
               environment=newer)
    # Without an advice that does not help.
    yield Case(folder, "wrong_scram", url,
               sasl(folder, mechanism, "wrong", USER),
               "invalid credentials(?!.*2.6.1)", environment=newer)


def cases(broker, folder):
    there, missing = broker.url("there"), broker.url("missing")
    over_tls, login = broker.url("there", "tls"), broker.url("there", "sasl")
    tls = ["security.protocol=SSL", "ssl.ca.location=%s/ca.pem" % folder]

    def plain(password, user):
        return sasl(folder, "PLAIN", password, user)
    for arguments in (
            ("name", "kafka://no-such-host.invalid/there", [],
             "resolve 'no-such-host.invalid"),
            ("port", "kafka://127.0.0.1:1/there", [],
             "127.0.0.1:1 failed: Connection refused"),
            ("tls", there, tls, "SSL handshake failed"),
            ("no_tls", over_tls, [], "security.protocol"),
            ("ca", over_tls, tls[:1], "certificate"),
            ("password", login, plain("wrong", USER),
             "Invalid username or password"),
            ("mechanism", login,
             sasl(folder, "SCRAM-SHA-512", PASSWORD, USER),
             "supported mechanisms: PLAIN,SCRAM-SHA-256"),
            ("rights", login, plain(PASSWORD, "nobody"), "right to write"),
            ("soon", missing, [], "does the topic exist", 2, 1),
            ("topic", missing, [], "does not exist", 9),
            ("good", there, [], None, 30),
            ("login", login, plain(PASSWORD, USER), None, 30)):
        yield Case(folder, *arguments)


def main():
    need_exflow()
    need_program("kcat")
    if "kafka://" not in exflow("--help").out:
        skip("exflow was built without Kafka")
    checks = Checks()
    folder = workspace()
    with Broker(folder, settings=SETTINGS) as broker:
        broker.start()
        make_topic(broker)
        for case in [*cases(broker, folder), *scram(broker, folder)]:
            case.end(checks)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
