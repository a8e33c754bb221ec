# SPDX-License-Identifier: BSD-2-Clause
"""IPFIX files as strangers write them, for the tests of pages."""
import struct

OWN = 32473


def write_records(path, records):
    """IPFIX: addresses, ports, protocol, octets, packets, times, a name."""
    fields = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 8), (2, 8),
              (152, 8), (153, 8)]
    template = b"".join(struct.pack(">HH", *field) for field in fields)
    template += struct.pack(">HHI", 1101 | 0x8000, 65535, OWN)
    template = struct.pack(">HHHH", 2, len(template) + 8, 256,
                           len(fields) + 1) + template
    sequence, waiting = 0, []

    def flush(file, head=b""):
        nonlocal sequence
        body = b"".join(waiting)
        body = struct.pack(">HH", 256, len(body) + 4) + body if body else b""
        file.write(struct.pack(">HHIII", 10, 16 + len(head) + len(body),
                               1700000000, sequence, 1) + head + body)
        sequence += len(waiting)
        waiting.clear()

    with open(path, "wb") as file:
        flush(file, template)
        for *values, text in records:
            waiting.append(struct.pack(">4s4sHHBQQQQ", *values) +
                           bytes([len(text)]) + text)
            if len(waiting) == 150:
                flush(file)
        flush(file)
    return path


def record(rng, name, at=None):
    start = 1700000000000 + rng.randrange(86400000) if at is None else at
    return (rng.randbytes(4), rng.randbytes(4), rng.randrange(65536),
            rng.choice((53, 80, 443, 8443, rng.randrange(65536))),
            rng.choice((6, 17)), rng.randrange(1 << 34), rng.randrange(1, 99),
            start, start + rng.randrange(60000), name)


HOSTILE = [
    b"<script>alert(1)</script>", b"</title></svg><img src=x onerror=a()>",
    b"\" onmouseover=\"a()\" x=\"", b"' autofocus onfocus='a()", b"&lt;b&gt;",
    b"<!--", b"]]>", b"</script><script>a()</script>", b"\x1b[31mred",
    "\u202egnp.exe".encode(), b"\xff\xfe<b>", b"a,b\"c", b"{{7*7}}",
]
