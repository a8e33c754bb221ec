#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Packages: the Debian package is built of the tarball, installed, upgraded,
removed and purged in a root of its own; what the other distributions' files
say is compared with what is installed.
"""
import json
import os
import re
import shlex
import subprocess

import harness
import packages

CHECKS = harness.Checks()
CONF = "/etc/exflow.conf"
PROGRAMS = ("exflow", "exflowctl", "exflowdump")
WANTED = tuple("usr/bin/" + name for name in PROGRAMS) + (
    "usr/libexec/exflow/exflow",
    "etc/exflow.conf",
    "lib/systemd/system/exflow.service",
    "usr/lib/sysusers.d/exflow.conf",
    "usr/lib/tmpfiles.d/exflow.conf",
    "usr/share/bash-completion/completions/exflowctl",
    "usr/share/doc/exflow/README.Debian",
    "usr/share/doc/exflow/copyright",
    "usr/share/exflow/exflow-elements.xml",
    "usr/share/exflow/grafana-exflow.json",
    "usr/share/exflow/prometheus-exflow.rules",
    "usr/share/man/man1/exflowctl.1.gz",
    "usr/share/man/man5/exflow.conf.5.gz",
    "usr/share/man/man8/exflow.8.gz",
    "usr/share/zsh/vendor-completions/_exflow")


def output(*arguments, status=0):
    done = subprocess.run(arguments, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          errors="replace", env=packages.environment())
    CHECKS.check(status is None or done.returncode == status,
                 "%s: exit status %d: %s" % (
                     shlex.join(arguments), done.returncode, done.stdout))
    return done.stdout


def source(*path):
    with open(os.path.join(harness.SOURCE, *path), encoding="utf-8") as file:
        return file.read()


# --- the package itself

def one_version_everywhere():
    number = packages.version()
    for path, pattern in (
            ("debian/changelog", r"\Aexflow \(([^)]*)\)"),
            ("packaging/exflow.spec", r"(?m)^Version:\s+(\S+)$"),
            ("packaging/exflow.spec", r"(?m)^\* .* - (\S+)-1$"),
            ("packaging/openwrt/exflow/Makefile",
             r"(?m)^PKG_VERSION:=(\S+)$")):
        found = re.search(pattern, source(path))
        CHECKS.equal(found and found.group(1), number, path + ": version")


def lintian_finds_nothing(deb):
    said = output("lintian", "--allow-root", "-i", "--fail-on",
                  "error,warning", deb.replace(".deb", ".changes"))
    CHECKS.check("\nW: " not in "\n" + said and "\nE: " not in "\n" + said,
                 said)


def everything_is_in_it(deb):
    listed = output("dpkg-deb", "-c", deb).splitlines()
    files = {line.split()[5][2:]: line.split()[0] for line in listed}
    for name in WANTED:
        CHECKS.check(name in files, "the package lacks " + name)
    for name, mode in files.items():
        CHECKS.check(mode[5] != "w" and mode[8] != "w" and "s" not in mode,
                     "mode of %s: %s" % (name, mode))
    CHECKS.equal(output("dpkg-deb", "-I", deb, "conffiles").split(), [CONF],
                 "conffiles")
    # Who builds it makes no difference.
    CHECKS.check(harness.BUILD not in output("dpkg-deb", "-I", deb),
                 "the build's folder shows")


def programs_are_hardened(deb):
    folder = harness.workspace()
    output("dpkg-deb", "-x", deb, folder)
    # The launcher is static, and names no functions of libraries.
    for name in ("libexec/exflow/exflow", "bin/exflowctl", "bin/exflowdump"):
        told = output("readelf", "-Whdls", os.path.join(folder, "usr", name))
        for pattern, what in ((r"Type:\s+DYN", "position-independent"),
                              (r"GNU_RELRO", "read-only relocations"),
                              (r"BIND_NOW|Flags:.*NOW", "bound at the start"),
                              (r"GNU_STACK\s.*\sRW\s", "stack"),
                              (r"__stack_chk_fail", "stack protector"),
                              (r"__\w+_chk\b", "_FORTIFY_SOURCE")):
            CHECKS.check(re.search(pattern, told),
                         "%s is not hardened: %s" % (name, what))


# --- the life of an installation

def install(root, deb):
    print(root.run("dpkg", "-i", root.copy(deb)))
    entry = root.run("getent", "passwd", "exflow").strip().split(":")
    CHECKS.equal(entry[5:], ["/var/lib/exflow", "/usr/sbin/nologin"], "user")
    CHECKS.check(0 < int(entry[2]) < 1000, "a system user")
    for folder in ("/var/lib/exflow", "/var/spool/exflow", "/run/exflow"):
        CHECKS.equal(root.run("stat", "-c", "%a %U %G", folder).strip(),
                     "750 exflow exflow", folder)


def it_is_neither_started_nor_enabled(root):
    asked = root.asked()
    CHECKS.equal([line for line in asked
                  if re.search(r"\b(re)?start\b|\benable\b", line)], [],
                 "systemd was asked for")
    links = root.run("find", "/etc/systemd", "-name", "exflow.service")
    CHECKS.equal(links, "", "links that enable it")
    CHECKS.check("ExecStart=/usr/bin/exflow -c " + CONF + "\n" in
                 root.read("/lib/systemd/system/exflow.service"), "unit")


def it_works(root):
    said = root.run("exflow", "-t", "-c", CONF)
    CHECKS.check("configuration is valid" in said, said)
    capture = root.copy(os.path.join(harness.OWN_CAPTURES, "talk.pcap"))
    said = root.run("exflow", "-q", "-r", capture, "-o", "json:-")
    records = [json.loads(line) for line in said.splitlines()]
    CHECKS.check(len(records) > 3, "records: " + said)
    root.run("exflow", "-q", capture, "-o", "/tmp/talk.ipfix")
    said = root.run("exflowdump", "--json", "/tmp/talk.ipfix")
    CHECKS.equal(len(said.splitlines()), len(records), "records by way of "
                 "exflowdump")
    said = root.run("exflowctl", "stats", status=1)
    CHECKS.check("/run/exflow/control" in said, said)


def an_edited_configuration_survives_upgrades(root, deb):
    mine = "interfaces = {lo}\n"
    old = root.read(CONF)
    root.write(CONF, mine)
    root.asked()
    newer = packages.repack(deb, packages.version() + "+1",
                            lambda text: "# A new version's.\n" + text)
    said = root.run("dpkg", "--force-confdef", "--force-confold", "-i",
                    root.copy(newer))
    CHECKS.equal(root.read(CONF), mine, "an edited configuration: " + said)
    CHECKS.equal(root.read(CONF + ".dpkg-dist"), "# A new version's.\n" + old,
                 "the new version's")
    asked = root.asked()
    CHECKS.check(any("try-restart" in line and "exflow.service" in line
                     for line in asked), "a restart if it runs: %r" % asked)
    CHECKS.check(not any(re.search(r"\bstop\b|\benable\b", line)
                         for line in asked), "no more than that: %r" % asked)
    # One that nobody edited follows.
    root.write(CONF, "# A new version's.\n" + old)
    newest = packages.repack(deb, packages.version() + "+2",
                             lambda text: "# The newest.\n" + text)
    root.run("dpkg", "-i", root.copy(newest))
    CHECKS.equal(root.read(CONF), "# The newest.\n" + old, "one not edited")


def records_outlive_the_package(root):
    root.write(CONF, "interfaces = {lo}\n")
    for path in ("/var/lib/exflow/1.ipfix", "/var/spool/exflow/c"):
        root.write(path, "kept")
    root.asked()
    root.run("dpkg", "-r", "exflow")
    asked = root.asked()
    CHECKS.check(any("stop" in line and "exflow.service" in line
                     for line in asked), "it is stopped: %r" % asked)
    CHECKS.check(not root.has("/usr/bin/exflow"), "programs stay")
    CHECKS.equal(root.read(CONF), "interfaces = {lo}\n",
                 "the configuration of a package that was removed")
    said = root.run("dpkg", "-P", "exflow")
    CHECKS.check("/var/lib/exflow is not empty, and stays" in said, said)
    for path in (CONF, CONF + ".dpkg-dist", "/run/exflow",
                 "/usr/share/exflow", "/usr/share/doc/exflow"):
        CHECKS.check(not root.has(path), path + " stays after a purge")
    for path in ("/var/lib/exflow/1.ipfix", "/var/spool/exflow/c"):
        CHECKS.equal(root.read(path), "kept", path)
    root.run("getent", "passwd", "exflow")


def unused_folders_go(root, deb):
    root.run("dpkg", "-i", root.copy(deb))
    said = root.run("dpkg", "-P", "exflow")
    CHECKS.check("and stays" in said, "records of before: " + said)
    root.run("rm", "/var/lib/exflow/1.ipfix", "/var/spool/exflow/c")
    root.run("dpkg", "-i", root.copy(deb))
    said = root.run("dpkg", "-P", "exflow")
    CHECKS.check("and stays" not in said, said)
    for path in ("/var/lib/exflow", "/var/spool/exflow"):
        CHECKS.check(not root.has(path), path + " stays, and is empty")


# --- other distributions

def installed():
    """What "make install" installs with prefix /usr."""
    folder = harness.workspace()
    log = output("make", "-s", "-C", harness.BUILD, "install",
                 "DESTDIR=" + folder, "prefix=/usr", "sysconfdir=/etc",
                 "systemdsystemunitdir=/unit", "sysusersdir=/sysusers",
                 "tmpfilesdir=/tmpfiles")
    paths = {os.path.join(where, name)[len(folder):]
             for where, _, names in os.walk(folder) for name in names}
    CHECKS.check(len(paths) > 20, "make install: " + log)
    return folder, paths


def the_spec_lists_what_is_installed(paths):
    """With the macros of rpm, as far as the spec uses them."""
    macros = {"_bindir": "/usr/bin", "_libexecdir": "/usr/libexec",
              "_datadir": "/usr/share",
              "_docdir": "/usr/share/doc", "_mandir": "/usr/share/man",
              "_sysconfdir": "/etc", "_localstatedir": "/var",
              "_unitdir": "/unit", "_sysusersdir": "/sysusers",
              "_tmpfilesdir": "/tmpfiles"}
    text = source("packaging/exflow.spec")
    listed = text.split("\n%files\n")[1].split("\n\n")[0]
    listed = re.sub(r"%\{(_\w+)\}", lambda m: macros[m.group(1)], listed)
    entries = [line.split()[-1] for line in listed.splitlines()
               if "%dir" not in line and "%license" not in line]
    for path in sorted(paths):
        CHECKS.check(any(path == e or path.startswith(e + "/") or
                         path.startswith(e.rstrip("*")) and e.endswith("*")
                         for e in entries), "the spec lacks " + path)
    for entry in entries:
        CHECKS.check(any(p.startswith(entry.rstrip("*")) for p in paths),
                     "the spec lists %s, which is not installed" % entry)
    for package, minimum in re.findall(
            r"EXFLOW_PKG\(\[\w+\], \[([^] ]+)(?: >= ([^] ]+))?",
            source("configure.ac")):
        want = "pkgconfig(%s)" % package + (" >= " + minimum if minimum
                                            else "")
        CHECKS.check("BuildRequires:  " + want + "\n" in text,
                     "the spec lacks BuildRequires: " + want)


STUB_RULES = """
INSTALL_DIR = install -d -m 755
INSTALL_BIN = install -m 755
INSTALL_DATA = install -m 644
PKG_INSTALL_DIR = %(made)s
INCLUDE_DIR = %(stubs)s
"""
STUB_PACKAGE = """
define BuildPackage
try:
	$(call Package/$(1)/install,%(to)s)
endef
"""


def openwrt_installs_what_is_there(made):
    """Its install lines, by stubs in place of OpenWrt's own rules."""
    stubs, to = harness.workspace(), harness.workspace()
    for name, text in (("rules.mk", STUB_RULES), ("package.mk",
                                                  STUB_PACKAGE)):
        with open(os.path.join(stubs, name), "w") as file:
            file.write(text % {"made": made, "stubs": stubs, "to": to})
    folder = os.path.join(harness.SOURCE, "packaging", "openwrt", "exflow")
    output("make", "-s", "-C", folder, "TOPDIR=" + stubs, "try")
    for path in ("usr/bin/exflow", "usr/bin/exflowctl", "usr/bin/exflowdump",
                 "usr/libexec/exflow/exflow", "etc/exflow.conf", "etc/init.d/exflow"):
        CHECKS.check(os.path.exists(os.path.join(to, path)),
                     "OpenWrt: no " + path)
    told = source("packaging/openwrt/exflow/Makefile")
    switches = output(os.path.join(harness.SOURCE, "configure"), "--help")
    for switch in re.findall(r"--(?:disable|with|without)-[a-z-]+", told):
        name = re.sub("^--(disable|with|without)-", "", switch)
        CHECKS.check(re.search(r"--(disable|with|without)-%s\b" % name,
                               switches), "no switch is named " + switch)
    output("sh", "-n", os.path.join(folder, "files", "exflow.init"))


def the_container_starts_what_is_there(root):
    """Its command line, checked as its user, in the root."""
    text = source("packaging/Containerfile")
    entry = json.loads(re.search(r"(?m)^ENTRYPOINT (.*)$", text).group(1))
    arguments = json.loads(re.search(r"(?m)^CMD (.*)$", text).group(1))
    CHECKS.equal(re.search(r"(?m)^USER (.*)$", text).group(1), "exflow",
                 "the container's user")
    said = root.run("setpriv", "--reuid", "exflow", "--regid", "exflow",
                    "--clear-groups", entry[0], "-t", *arguments)
    CHECKS.check("configuration is valid" in said, said)
    control = next(a for a in arguments if a.startswith("control="))
    CHECKS.check(control[len("control="):] in
                 root.run("exflowctl", "--help") +
                 root.run("exflowctl", "stats", status=1),
                 "the health check asks another socket")


def what_it_is():
    """All that needs neither root nor a root of its own."""
    one_version_everywhere()
    made, paths = installed()
    the_spec_lists_what_is_installed(paths)
    openwrt_installs_what_is_there(made)
    packages.need()
    harness.need_program("lintian")
    deb = packages.build()
    lintian_finds_nothing(deb)
    everything_is_in_it(deb)
    programs_are_hardened(deb)
    print("the package: %d checks" % CHECKS.made)
    if CHECKS.failed:
        CHECKS.end()


def main():
    # What follows happens in namespaces, by the same program again.
    if not packages.entered():
        what_it_is()
    packages.enter()
    deb = packages.build()
    with packages.Root() as root:
        install(root, deb)
        it_is_neither_started_nor_enabled(root)
        it_works(root)
        the_container_starts_what_is_there(root)
        an_edited_configuration_survives_upgrades(root, deb)
        records_outlive_the_package(root)
        unused_folders_go(root, deb)
    CHECKS.end()


if __name__ == "__main__":
    main()
