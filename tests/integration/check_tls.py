#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Collectors over TLS, with openssl s_server as the peer.

With a good chain everything arrives.  A certificate that is expired, of
another name or of an unknown authority is refused, and so are we without the
certificate that the collector asks for: the reason is named, and the records
wait in the spool for a collector that is right.
"""
import os
import signal
import socket
import subprocess
import time

from collectors import PATIENCE, free_port, wait_until
from delivery import Run, identities, identity
from harness import (ENVIRONMENT, Checks, exflow, need_exflow, need_program,
                     read_stats, skip, unbalanced, workspace)

EXCHANGES = 2000
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


class Certificates:
    """An authority, and what it signed, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.authority("ca")
        self.authority("other")
        self.signed("server", "ca", NAMES)
        self.signed("client", "ca", "subjectAltName=DNS:exflow")
        self.signed("expired", "ca", NAMES, days="-1")
        self.signed("misnamed", "ca", "subjectAltName=DNS:example.org")
        self.signed("foreign", "other", NAMES)
        self.signed("stranger", "other", "subjectAltName=DNS:exflow")

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        done = subprocess.run(
            ["openssl"] + list(arguments), cwd=self.folder, env=ENVIRONMENT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout.decode()

    def key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", name + ".key"]

    def authority(self, name):
        self.openssl("req", "-x509", *self.key(name), "-out", name + ".pem",
                     "-subj", "/CN=" + name, "-days", "2")

    def signed(self, name, by, extension, days="2"):
        self.openssl("req", "-new", *self.key(name), "-out", name + ".csr",
                     "-subj", "/CN=" + name)
        with open(self.path(name + ".ext"), "w") as file:
            file.write(extension + "\n")
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", by + ".pem",
                     "-CAkey", by + ".key", "-CAcreateserial", "-days", days,
                     "-extfile", name + ".ext", "-out", name + ".pem")


class Server:
    """openssl s_server; what it receives is in a file."""

    def __init__(self, certificates, name, port, *more):
        self.output = certificates.path("%s-%d.ipfix" % (
            name, time.monotonic_ns()))
        self.port = port
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                ["openssl", "s_server", "-quiet", "-accept",
                 "127.0.0.1:%d" % port, "-cert", name + ".pem", "-key",
                 name + ".key"] + list(more), cwd=certificates.folder,
                # At the end of its input it would close connections.
                stdin=subprocess.PIPE, stdout=output,
                stderr=subprocess.DEVNULL, env=ENVIRONMENT)

    def __enter__(self):
        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(listens, "openssl s_server")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()

    def found(self):
        with open(self.output, "rb") as file:
            return identities(file.read())


def run(folder, port, *settings, exchanges=EXCHANGES):
    """exflow to its end: exit status, what it said, its output's counts."""
    command = []
    for setting in settings:
        command += ["--set", setting]
    process = Run(folder + "/stats", "-o", "tls://127.0.0.1:%d" % port,
                  "--set", "shutdown_timeout=3", "--set",
                  "spool_dir=" + folder + "/spool", *command)
    process.write(0, exchanges)
    code, errors = process.end()
    stats = read_stats(process.stats)
    assert stats and not unbalanced(stats), "no statistics, or wrong ones"
    return code, errors, stats["outputs"][0]


def good(checks, certificates):
    folder, port = workspace(), free_port("127.0.0.1", socket.SOCK_STREAM)
    for what, server, client in (
            ("TLS 1.3", ["-tls1_3"], []),
            ("TLS 1.2", ["-tls1_2"], []),
            ("client certificate", ["-Verify", "1", "-CAfile", "ca.pem",
                                    "-verify_return_error"],
             ["tls_certificate=" + certificates.path("client.pem"),
              "tls_key=" + certificates.path("client.key")])):
        with Server(certificates, "server", port, *server) as peer:
            code, errors, output = run(
                folder, port, "tls_ca=" + certificates.path("ca.pem"),
                *client)
            wait_until(lambda: len(peer.found()) >= EXCHANGES,
                       "records over " + what)
            found = peer.found()
        checks.equal((code, errors), (0, ""), what)
        checks.equal(output["delivered"], EXCHANGES, what + ": delivered")
        checks.check(all(identity(n) in found for n in range(EXCHANGES)),
                     what + ": records are missing")


def bad(checks, certificates, what, server, reason, *settings, more=()):
    """Refused; then the right collector gets what waited."""
    folder, port = workspace(), free_port("127.0.0.1", socket.SOCK_STREAM)
    authority = "tls_ca=" + certificates.path("ca.pem")
    with Server(certificates, server, port, *more) as peer:
        code, errors, output = run(folder, port, authority, *settings)
        checks.equal(sum(peer.found().values()), 0, what + ": records came")
    checks.equal(code, 1, what + ": exit status")
    checks.check(reason in output["last_error"], "%s: %r" % (
        what, output["last_error"]))
    checks.check(reason in errors, what + ": not said: " + errors)
    checks.equal(output["in_spool"], EXCHANGES, what + ": in the spool")
    with Server(certificates, "server", port) as peer:
        code, errors, output = run(folder, port, authority, exchanges=0)
        wait_until(lambda: len(peer.found()) >= EXCHANGES, "the spool")
    checks.equal((code, errors), (0, ""), what + ": afterwards")
    checks.equal(output["delivered"], EXCHANGES, what + ": afterwards")


def main():
    need_exflow()
    need_program("openssl")
    probe = exflow("-r", "/dev/null", "-o", "tls://127.0.0.1:1", "--set",
                   "tls_ca=/nonexistent")
    if "built without" in probe.err:
        skip("this exflow was built without TLS")
    checks = Checks()
    checks.check("/nonexistent" in probe.err and probe.code == 1,
                 "a CA file that is not there: " + probe.err)
    certificates = Certificates(workspace())
    good(checks, certificates)
    bad(checks, certificates, "expired", "expired", "expired")
    bad(checks, certificates, "wrong name", "misnamed", "mismatch")
    bad(checks, certificates, "unknown CA", "foreign",
        "unable to get local issuer certificate")
    bad(checks, certificates, "our certificate refused", "server",
        "alert unknown ca",
        "tls_certificate=" + certificates.path("stranger.pem"),
        "tls_key=" + certificates.path("stranger.key"),
        more=("-Verify", "1", "-CAfile", "ca.pem", "-verify_return_error"))
    bad(checks, certificates, "our certificate missing", "server",
        "certificate required",
        more=("-Verify", "1", "-CAfile", "ca.pem", "-verify_return_error"))
    checks.end()


if __name__ == "__main__":
    main()
