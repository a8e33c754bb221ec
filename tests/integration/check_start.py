#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Signals while a program starts.

SIGHUP, SIGUSR1 and SIGUSR2 during the first 90 ms killed the probe 21 times of
25: it blocked them only when its settings were read, and then from main on, but
not while the dynamic linker worked.  Now they wait, and take effect when it is
ready.
"""
import errno
import os
import signal
import struct
import subprocess
import threading
import time

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
HELD = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
STARTS, AT_ONCE = 100, 10
PATIENCE = 60
CONSTRUCTOR = os.path.join(harness.BUILD, "tests", "faults",
                           "constructor.so")


class Pipe:
    """A configuration that is read only when the test wants it to be."""

    def __init__(self, name):
        self.path = os.path.join(FOLDER, name)
        os.mkfifo(self.path)

    def open(self):
        """The writing end; None while nobody reads."""
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return None

    def opened(self):
        """Wait until the program opens it; the writing end."""
        end = time.monotonic() + PATIENCE
        writer = self.open()
        while writer is None and time.monotonic() < end:
            time.sleep(0.01)
            writer = self.open()
        return writer

    def serve(self, done):
        """Again and again, for reloads: nobody can tell which one reads."""
        while not done.wait(0.05):
            writer = self.open()
            if writer is not None:
                try:
                    os.write(writer, b"tcp_linger = 1\n")
                except BrokenPipeError:
                    pass
                os.close(writer)


def read(path):
    with open(path, errors="replace") as file:
        return file.read()


def held_until_it_is_ready(space):
    """Each signal while the settings are read: a point that is certain."""
    for number, effect in (
            (signal.SIGHUP, "reload: the configuration is in force"),
            (signal.SIGUSR1, "in exchanges"),
            (signal.SIGUSR2, "a record of every live exchange")):
        pipe, log = Pipe(number.name), os.path.join(FOLDER, "held.err")
        with open(log, "wb") as err:
            process = space.start(
                "one", harness.EXFLOW, "-v", "-i", "lo", "-c", pipe.path,
                "-o", "json:/dev/null", stderr=err)
        writer = pipe.opened()
        if not CHECKS.check(writer is not None, "the file is read"):
            return
        for _ in range(20):
            process.send_signal(number)
            time.sleep(0.002)
        try:
            os.write(writer, b"tcp_linger = 1\n")
        except BrokenPipeError:
            pass
        os.close(writer)
        done = threading.Event()
        server = threading.Thread(target=pipe.serve, args=(done,))
        server.start()
        CHECKS.check(netspace.until(lambda: effect in read(log) or
                                    process.poll() is not None, PATIENCE),
                     "%s: %s" % (number.name, read(log)))
        CHECKS.equal(process.poll(), None, number.name + " at the start: end")
        CHECKS.check(effect in read(log), number.name + ": its effect")
        CHECKS.equal(netspace.stop(process), 0, number.name + ": status")
        done.set()
        server.join()


def start_blocked(space, log):
    """By a wrapper that blocks them, as programs that supervise others do:
    nothing can be lost between fork, exec and main."""
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    with open(log, "wb") as err:
        return subprocess.Popen(
            space.within("one") + [
                harness.EXFLOW, "-v", "-i", "lo", "-o", "json:/dev/null"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
            preexec_fn=block, env=harness.ENVIRONMENT)


def from_the_first_moment(space):
    """All three in a loop from exec on, in many starts."""
    for first in range(0, STARTS, AT_ONCE):
        logs = [os.path.join(FOLDER, "start%d" % n)
                for n in range(first, first + AT_ONCE)]
        running = [start_blocked(space, log) for log in logs]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not all(
                "capturing on" in read(log) for log in logs):
            for process in running:
                for number in HELD:
                    process.send_signal(number)
            if any(process.poll() is not None for process in running):
                break
        CHECKS.equal([p.poll() for p in running], [None] * AT_ONCE,
                     "starts under signals: exit statuses")
        CHECKS.equal([netspace.stop(p) for p in running], [0] * AT_ONCE,
                     "starts under signals: end")


def is_static(path):
    """Whether it asks for no dynamic linker (PT_INTERP)."""
    with open(path, "rb") as file:
        octets = file.read()
    word = "Q" if octets[4] == 2 else "I"       # ELFCLASS64
    order = ">" if octets[5] == 2 else "<"
    at, = struct.unpack_from(order + word, octets, 32 if word == "Q" else 28)
    size, count = struct.unpack_from(order + "HH", octets,
                                     54 if word == "Q" else 42)
    return not any(struct.unpack_from(order + "I", octets, at + i * size)[0]
                   == 3 for i in range(count))


def while_libraries_are_loaded(space):
    """The dynamic linker worked for 5 to 15 ms before any code of exflow ran,
    and a signal killed it.  Here it stands still while it reads a library."""
    if not is_static(harness.EXFLOW):
        print("the launcher is not static: nothing can be held so early")
        return
    for number in HELD:
        pipe = Pipe("library-" + number.name)
        log = os.path.join(FOLDER, "library.err")
        with open(log, "wb") as err:
            process = subprocess.Popen(
                space.within("one") + [
                    "env", "LD_PRELOAD=" + pipe.path, harness.EXFLOW, "-v",
                    "-i", "lo", "-o", "json:/dev/null"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=err, preexec_fn=heed_hangups, env=harness.ENVIRONMENT)
        writer = pipe.opened()
        if not CHECKS.check(writer is not None, "the library is read"):
            return
        for _ in range(20):
            process.send_signal(number)
        os.close(writer)
        CHECKS.check(netspace.until(lambda: "capturing on" in read(log) or
                                    process.poll() is not None, PATIENCE),
                     "%s: %s" % (number.name, read(log)))
        CHECKS.equal(process.poll(), None, number.name +
                     " while libraries are loaded: status")
        CHECKS.equal(netspace.stop(process), 0, number.name + ": end")


def while_libraries_begin(space):
    """They were held from main on: a signal killed the program while the
    constructors of its libraries ran."""
    if not os.path.exists(CONSTRUCTOR) or harness.sanitized():
        return
    log = os.path.join(FOLDER, "constructor.err")
    with open(log, "wb") as err:
        process = subprocess.Popen(
            space.within("one") + [
                "env", "LD_PRELOAD=" + CONSTRUCTOR, "STARTS_WITH=" + " ".join(
                    str(int(number)) for number in HELD),
                harness.EXFLOW, "-v", "-i", "lo", "-o", "json:/dev/null"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
            preexec_fn=heed_hangups, env=harness.ENVIRONMENT)
    CHECKS.check(netspace.until(
        lambda: "a record of every live exchange" in read(log) or
        process.poll() is not None, PATIENCE), "while libraries begin")
    CHECKS.equal(process.poll(), None, "while libraries begin: status")
    CHECKS.equal(netspace.stop(process), 0, "while libraries begin: end")


def heed_hangups():
    """nohup(1) ignores them, and who it started inherits that."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def a_run_over_files():
    """SIGUSR1 and SIGUSR2 mean nothing to it; SIGHUP ends it, as it waits."""
    with open(os.path.join(harness.OWN_CAPTURES, "talk.pcap"), "rb") as file:
        octets = file.read()
    for number, code in ((signal.SIGUSR1, 0), (signal.SIGUSR2, 0),
                         (signal.SIGHUP, -signal.SIGHUP)):
        with subprocess.Popen(
                [harness.EXFLOW, "-q", "-", "-o", "json:-"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                preexec_fn=heed_hangups,
                env=harness.ENVIRONMENT) as process:
            process.stdin.write(octets)
            process.stdin.flush()
            harness.has_read(process)
            process.send_signal(number)
            if code == 0:
                process.stdin.close()
            CHECKS.equal(process.wait(PATIENCE), code,
                         number.name + " to a run over files")


def main():
    harness.need_exflow()
    netspace.need()
    a_run_over_files()
    with netspace.Space("one") as space:
        while_libraries_begin(space)
        while_libraries_are_loaded(space)
        held_until_it_is_ready(space)
        from_the_first_moment(space)
    CHECKS.end()


if __name__ == "__main__":
    main()
