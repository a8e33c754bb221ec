#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""exflow -t finds what a run would refuse, all of it at once, and does nothing.

It checked the text of the configuration only: filters, users, files of TLS,
folders, sockets and captures were found wrong when the run had begun.
"""
import os
import pty
import shutil
import socket
import stat
import subprocess
import threading

import harness

CHECKS = harness.Checks()
SPACE = harness.workspace()
VALID = "configuration is valid\n"
NO_INPUT = ("exflow: warning: no input is named: a run also needs FILE, "
            "-i NAME or the setting interfaces\n")
NOBODY = 65534


def fresh(name):
    return os.path.join(SPACE, name)


def capture(name):
    return os.path.join(harness.OWN_CAPTURES, name)


def listing():
    """Everything that is there, with what would tell a change."""
    found = {}
    for folder, folders, files in os.walk(SPACE):
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found[path] = (status.st_ino, status.st_size, status.st_mode,
                           status.st_mtime_ns)
    return found


def check(*arguments, user=None, timeout=60):
    """exflow -t, perhaps as another user."""
    def become():
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
    try:
        done = subprocess.run(
            [harness.EXFLOW, "-t", *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=become, timeout=timeout, env=harness.ENVIRONMENT,
            cwd=SPACE, check=False)
    except subprocess.TimeoutExpired:
        return harness.Result(-9, "", "no end within %d s" % timeout)
    return harness.Result(done.returncode, done.stdout, done.stderr)


def refused(what, words, *arguments, **how):
    before = listing()
    result = check(*arguments, **how)
    CHECKS.equal(result.trouble(), None, what)
    CHECKS.equal((result.code, result.out), (2, ""), what + ": " + result.err)
    for word in words:
        CHECKS.check(word in result.err, "%s: %r not in: %s" % (
            what, word, result.err))
    CHECKS.equal(listing(), before, what + ": -t has an effect")


def valid(what, *arguments, words=(), **how):
    before = listing()
    result = check(*arguments, **how)
    CHECKS.equal((result.code, result.out), (0, VALID),
                 what + ": " + result.err)
    for word in words:
        CHECKS.check(word in result.err, "%s: %r not in: %s" % (
            what, word, result.err))
    if not words:
        # Most of them name nothing to read.
        CHECKS.equal(result.err.replace(NO_INPUT, "", 1), "", what)
    CHECKS.equal(listing(), before, what + ": -t has an effect")


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=SPACE, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, env=harness.ENVIRONMENT)


def make_keys():
    for name in ("one", "two"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name,
                "-days", "2")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", "curve.key",
            "-out", "curve.pem", "-subj", "/CN=curve", "-days", "2")
    openssl("rsa", "-in", "one.key", "-aes256", "-passout", "pass:secret",
            "-out", "encrypted.key")
    for name in ("one", "two", "curve", "encrypted"):
        os.chmod(fresh(name + ".key"), 0o600)


def tls(**settings):
    arguments = ["-o", "tls://collector.example.org"]
    for name, value in settings.items():
        arguments += ["--set", "tls_%s=%s" % (name, value)]
    return arguments


def files_of_tls():
    one = {"certificate": "one.pem", "key": "one.key"}
    valid("a certificate and its key", *tls(**one))
    valid("an authority", *tls(ca="one.pem"))
    valid("a folder of authorities", *tls(ca="."))
    for what, words, settings in (
            ("no such key", ("tls_key none.key", "No such file"),
             dict(one, key="none.key")),
            ("another's key", ("tls_key two.key", "of tls_certificate"),
             dict(one, key="two.key")),
            ("a key of another type",
             ("tls_key curve.key", "of tls_certificate"),
             dict(one, key="curve.key")),
            ("an encrypted key", ("tls_key encrypted.key", "encrypted",
                                  "without a passphrase"),
             dict(one, key="encrypted.key")),
            ("no key", ("tls_key one.pem", "private key"),
             dict(one, key="one.pem")),
            ("a certificate alone", ("tls_certificate one.pem", "tls_key"),
             {"certificate": "one.pem"}),
            ("a key alone", ("tls_key one.key", "tls_certificate"),
             {"key": "one.key"}),
            ("no such certificate", ("tls_certificate none.pem", "No such"),
             dict(one, certificate="none.pem")),
            ("no certificate", ("tls_certificate one.key",),
             dict(one, certificate="one.key")),
            ("no such authority", ("tls_ca none.pem", "No such file"),
             {"ca": "none.pem"}),
            ("no authority", ("tls_ca one.key", "certificates"),
             {"ca": "one.key"})):
        refused(what, words, *tls(**settings))
        if what in ("an encrypted key", "another's key"):
            run = harness.exflow("-q", "-r", capture("talk.pcap"), *[
                a.replace("=", "=" + SPACE + "/") if a.startswith("tls_")
                else a for a in tls(**settings)])
            CHECKS.equal(run.code, 2, "a run with %s: %s" % (what, run.err))


def an_encrypted_key_asked_at_the_terminal():
    """And waited there, in a probe that nobody looked at."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
            [harness.EXFLOW, "-t", *tls(certificate="one.pem",
                                        key="encrypted.key")],
            stdin=follower, stdout=follower, stderr=follower, cwd=SPACE,
            env=harness.ENVIRONMENT, start_new_session=True) as process:
        try:
            CHECKS.equal(process.wait(60), 2, "at a terminal: exit status")
        except subprocess.TimeoutExpired:
            process.kill()
            CHECKS.check(False, "it waits for a passphrase")
    os.close(follower)
    text = os.read(leader, 4096).decode()
    os.close(leader)
    CHECKS.check("pass phrase" not in text, "it asks: " + text)


def a_key_that_others_can_read():
    path = fresh("one.key")
    for mode in (0o644, 0o640, 0o602, 0o610):
        os.chmod(path, mode)
        result = check(*tls(certificate="one.pem", key="one.key"))
        CHECKS.equal((result.code, result.err.count("(mode %04o)" % mode)),
                     (0, 1), "mode %o: %s" % (mode, result.err))
    with open(fresh("keys.conf"), "w") as file:
        for name in "ab":
            file.write('collector "%s" {\naddress = "tls://127.0.0.1:1"\n'
                       'tls_certificate = "%s/one.pem"\n'
                       'tls_key = "%s/one.key"\n}\n' % (name, SPACE, SPACE))
        file.write("shutdown_timeout = 1\nconnect_timeout = 1\n")
    run = harness.exflow("-c", fresh("keys.conf"), capture("talk.pcap"))
    CHECKS.equal(run.err.count("others than its owner"), 1,
                 "two collectors with it: " + run.err)
    os.chmod(path, 0o600)


def folders():
    """All that is wrong, in one go."""
    refused("folders of outputs", (
        "csv:none/x: cannot make the folder none/x: No such",
        "cannot create a file beside none/x.ipfix: No such",
        "none/x.json: No such",
        "cannot write to the folder one.pem/deep/: Not a directory",
        "--stats none/x: No such"),
        "-o", "csv:none/x", "-o", "none/x.ipfix", "-o", "json:none/x.json",
        "-o", "archive:one.pem/deep/%Y.ipfix", "-o", "csv:fine", "--stats",
        "none/x")
    refused("two outputs to one file", ("both write to x.json",), "-o",
            "json:x.json", "-o", "json:./x.json")
    os.mkdir(fresh("tables"))
    with open(fresh("tables/tcp_flows.csv"), "w") as file:
        file.write("another,header\n")
    refused("another header", ("its header is another one",), "-i", "lo",
            "--set", "user=root", "-o", "csv:tables")
    valid("a header that a run replaces", "-o", "csv:tables", "-o",
          "json:new/%Y/%H.json")
    refused("a spool", ("spool_dir none/x: No such",), "-o", "tcp://h",
            "--set", "spool_dir=none/x")
    refused("a file as spool", ("spool_dir one.pem: Not a directory",), "-o",
            "tcp://h", "--set", "spool_dir=one.pem")
    refused("two collectors with one spool", (
        "both write to spool/tcp-h-4739",), "-o", "tcp://h", "-o",
        "tcp://h:4739", "--set", "spool_dir=spool")
    os.makedirs(fresh("spools/tcp-h-4739"))
    valid("a spool of ours", "-o", "tcp://h", "--set", "spool_dir=spools")
    os.chmod(fresh("spools/tcp-h-4739"), 0o777)
    refused("a spool in which others write", (
        "cannot trust the folder, others own it or write to it",), "-o",
        "tcp://h", "--set", "spool_dir=spools")
    os.chmod(fresh("spools/tcp-h-4739"), 0o700)
    os.symlink("/dev/null", fresh("spools/tcp-h-4739/.lock"))
    refused("a spool with a link for a lock", (
        "cannot make a lock in the folder",), "-o", "tcp://h", "--set",
        "spool_dir=spools")
    os.symlink("tcp-h-4739", fresh("spools/tcp-g-4739"))
    refused("a link for a spool", ("cannot open the folder",), "-o",
            "tcp://g", "--set", "spool_dir=spools")
    refused("a source address", ("source_address localhost", "IPv4 or IPv6"),
            "-o", "udp://h", "--set", "source_address=localhost")
    valid("folders that a run would make", "-o", "archive:new/%Y/%m/x.ipfix",
          "-o", "csv:new", "-o", "tcp://h", "--set", "spool_dir=new",
          "-o", "x.ipfix", "-o", "json:x.json", "--stats", "x")
    valid("standard output and devices", "-o", "json:-", "-o",
          "json:/dev/null", "--stats", "-")


def captures():
    with open(fresh("text.pcap"), "w") as file:
        file.write("no capture")
    refused("captures", ("none.pcap: No such file", "text.pcap: neither",
                         "unknown-link.pcap: link type"),
            "none.pcap", "text.pcap", capture("unknown-link.pcap"))
    refused("a filter of another link type", ("type mgt", "802.11"),
            capture("talk.pcap"), "-f", "type mgt")
    refused("a filter of none", ("-f: ", "prot 80", "pcap-filter(7)"), "-f",
            "prot 80")
    valid("a capture", capture("talk.pcap"), "-f", "tcp port 80")
    CHECKS.equal(check(capture("talk.pcap")).err, "", "a capture: warnings")
    CHECKS.equal(check("-i", "lo").err, "", "an interface: warnings")
    valid("a configuration that a unit would start in vain",
          words=(NO_INPUT,))
    os.mkfifo(fresh("pipe"))
    valid("what can be read once", "-", "pipe",
          words=("not checked: standard input", "not checked: pipe"))


def what_a_probe_opens():
    """Sockets, pid file; all at once, as root and as somebody else."""
    with open(fresh("file"), "w"):
        pass
    os.symlink("file", fresh("link"))
    wrong = ("--set", "control=file", "--set", "metrics=192.0.2.1:9100",
             "--set", "pid_file=link", "--set", "user=no-such-user")
    words = ("control = file: File exists", "metrics = 192.0.2.1:9100: ",
             "pid_file link: ", "user no-such-user: unknown")
    if "metrics" not in harness.exflow("--help").out:
        wrong, words = wrong[:2] + wrong[4:], words[:1] + words[2:]
    refused("what a probe opens", words, *wrong)
    refused("no interface", ("exflow-none",), "-i", "exflow-none")
    valid("another exflow has them", "--set", "control=socket", "--set",
          "pid_file=file")
    # Where somebody listens, it is the probe that a reload is meant for.
    path, heard = fresh("socket"), []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        server.settimeout(2)

        def accept():
            try:
                heard.append(server.accept())
            except socket.timeout:
                pass
        thread = threading.Thread(target=accept)
        thread.start()
        valid("a control socket in use", "--set", "control=socket")
        thread.join()
    CHECKS.equal(heard, [], "-t connects to the control socket")
    os.unlink(path)


def as_the_user_that_it_becomes():
    if os.geteuid() != 0:
        return
    os.chmod(SPACE, 0o755)
    os.mkdir(fresh("ours"))
    os.chmod(fresh("ours"), 0o700)
    refused("a folder that is root's alone",
            ("x.ipfix: Permission denied, to the user nobody",),
            "-i", "lo", "--set", "user=nobody", "-o", "x.ipfix")
    os.chown(fresh("ours"), NOBODY, NOBODY)
    valid("a folder of that user", "-i", "lo", "--set", "user=nobody", "-o",
          "ours/x.ipfix")
    refused("a filter for this interface", ("interface lo: filter", "802.11"),
            "-i", "lo", "-f", "type mgt", "--set", "user=root")


def as_somebody_else():
    """What others may do he cannot know, and says so."""
    if os.geteuid() != 0:
        return
    os.chmod(SPACE, 0o755)
    if subprocess.run([harness.EXFLOW, "-V"], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, check=False,
                      preexec_fn=lambda: os.setuid(NOBODY)).returncode != 0:
        print("exflow cannot be run by others here")
        return
    valid("for a probe", "-i", "lo", "-o", "x.ipfix", "--set",
          "control=socket", "--set", "pid_file=x.pid", user=NOBODY, words=(
              "not checked: whether interface lo can be captured on",
              "not checked: output x.ipfix", "not checked: control = socket",
              "not checked: pid_file x.pid"))
    refused("what is wrong for everybody",
            ("none/x.ipfix: No such", "interface exflow-none"), "-i",
            "exflow-none", "-o", "none/x.ipfix", user=NOBODY)
    refused("his own run over files", ("x.ipfix: Permission denied",),
            capture("talk.pcap"), "-o", "x.ipfix", user=NOBODY)


def main():
    harness.need_exflow()
    harness.need_program("openssl")
    if "tls_key" in harness.exflow("--help").out and \
            "built without" not in check(*tls()).err:
        make_keys()
        files_of_tls()
        an_encrypted_key_asked_at_the_terminal()
        a_key_that_others_can_read()
    else:
        openssl("version")
        with open(fresh("one.pem"), "w"):
            pass
    for part in (folders, captures, what_a_probe_opens,
                 as_the_user_that_it_becomes, as_somebody_else):
        part()
    CHECKS.end()


if __name__ == "__main__":
    main()
