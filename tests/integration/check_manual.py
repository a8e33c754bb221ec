#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Manual pages, the shipped configuration file and --help say the same."""

import glob
import os
import re
import shutil
import subprocess
import sys

TOP = os.environ.get("top_srcdir", ".")
EXFLOW = os.path.join(os.environ.get("top_builddir", "."), "src", "exflow")
# "1 to 64 threads; default 1"
RANGE = re.compile(r"(\d+(?:\.\d+)?) to (\d+( [a-z/]+)?); default (\d+)")
failures = []


def fail(message):
    failures.append(message)
    print("FAIL:", message)


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def compare(what, names_a, a, names_b, b):
    """Two sets of names must be the same, and not empty."""
    if not a:
        fail(f"{what}: none in {names_a}")
    for name in sorted(a - b):
        fail(f"{what} {name} is in {names_a}, not in {names_b}")
    for name in sorted(b - a):
        fail(f"{what} {name} is in {names_b}, not in {names_a}")


def run_help():
    done = subprocess.run([EXFLOW, "--help"], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0 or done.stderr:
        fail(f"--help: status {done.returncode}, stderr {done.stderr!r}")
    return done.stdout


def blocks(text, pattern):
    """{name: text up to the next name}, white space made one blank."""
    parts = re.split(pattern, text, flags=re.M)
    return {name: " ".join(body.split())
            for name, body in zip(parts[1::2], parts[2::2])}


def configuration_blocks(text):
    """{name: the comment above and the line itself}."""
    result, comment = {}, []
    for line in map(str.lstrip, text.splitlines()):
        option = re.match(r"#([a-z_]+) = ", line)
        if option:
            result[option[1]] = " ".join(comment + [line])
        comment = comment + [line[2:]] if line.startswith("# ") else []
    return result


def check_ranges(help_settings, other, name):
    ranges = 0
    for setting, text in help_settings.items():
        expected = RANGE.search(text)
        if not expected or setting not in other:
            continue
        ranges += 1
        found = RANGE.search(other[setting])
        if not found:
            fail(f"{name}: {setting}: no range, --help has {expected[0]}")
        elif found.groups() != expected.groups():
            fail(f"{name}: {setting}: {found[0]}, --help has {expected[0]}")
    if not ranges:
        fail("--help has no range")


def check_defaults(help_settings, manual, configuration):
    for setting, text in help_settings.items():
        default = re.search(r"default (\S+)", text)
        if not default:
            fail(f"--help: {setting}: no default")
        elif default[1] not in ("none", "file,tcp"):
            for name, page in (("exflow.conf(5)", manual),
                               ("exflow.conf", configuration)):
                if not re.search(r"[Dd]efault:? \{?" + re.escape(default[1]) +
                                 r"\}?\.?(\s|,|$)", page.get(setting, "")):
                    fail(f"{name}: {setting}: default is not {default[1]}")


def check_options(help_text, page):
    options = page.split("options are as follows")[1].split(".Sh ")[0]
    items = re.findall(r"^\.It (.*)", options, re.M)
    for what, in_help, in_page in (
            ("option", r"^  (?:-.,|   ) (--[a-z-]+)", r"Fl Fl ([a-z-]+)"),
            ("letter", r"^  -(.), --", r"^Fl ([A-Za-z])\b")):
        compare(what, "--help",
                {o.lstrip("-") for o in re.findall(in_help, help_text, re.M)},
                "exflow(8)",
                {o for item in items for o in re.findall(in_page, item)})


def check_settings(help_text):
    settings = blocks(help_text.split("\nSettings")[1], r"^  ([a-z_]+) ")
    page = read("man", "exflow.conf.5")
    manual = blocks(page, r"^\.It Ic ([a-z_]+) No =")
    configuration = configuration_blocks(read("conf", "exflow.conf"))
    compare("setting", "--help", set(settings), "exflow.conf(5)", set(manual))
    compare("setting", "--help", set(settings), "exflow.conf",
            set(configuration))
    check_ranges(settings, manual, "exflow.conf(5)")
    check_ranges(settings, configuration, "exflow.conf")
    check_defaults(settings, manual, configuration)


def check_lint():
    if not shutil.which("mandoc"):
        print("mandoc is not there: pages are not linted")
        return
    for page in sorted(glob.glob(os.path.join(TOP, "man", "*.[158]"))):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page],
                              capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode != 0:
            fail(done.stdout + done.stderr)


def main():
    help_text = run_help()
    if not failures:
        check_options(help_text, read("man", "exflow.8"))
        check_settings(help_text)
    check_lint()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
