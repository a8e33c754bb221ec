#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What no ordinary client or server does on demand, for the recorder.

peers.py serve           port 7: echo over UDP; port 9: take a line, answer,
                         then hold the connection; port 79: read to the
                         client's FIN, answer, close
peers.py reset HOST      two connections that end in a RST, one from each end
peers.py finger HOST     half-close properly: FIN, answer, FIN
peers.py reuse HOST      reset, then the same 5-tuple again
peers.py echo HOST       three datagrams and their echoes
peers.py fragments HOST  one datagram of 3000 octets and its echo
peers.py halfclosed HOST FIN, and wait for ever
peers.py open HOST       a connection that stays open
peers.py inbound HOST    a connection from the wrong side
"""
import socket
import socketserver
import struct
import sys
import threading
import time

ECHO, HOLD, FINGER = 7, 9, 79
LINGER_ZERO = struct.pack("ii", 1, 0)


class Dual(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True


class Hold(socketserver.BaseRequestHandler):
    def handle(self):
        line = self.request.recv(100)
        self.request.sendall(b"250 " + line)
        if line == b"reset\n":
            self.request.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        elif line != b"bye\n":
            time.sleep(3600)


class Finger(socketserver.BaseRequestHandler):
    def handle(self):
        while self.request.recv(1000):
            pass
        self.request.sendall(b"Login: demo\r\n" * 200)

    def finish(self):
        self.request.shutdown(socket.SHUT_WR)


def serve():
    for port, handler in ((HOLD, Hold), (FINGER, Finger)):
        server = Dual(("::", port), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    echo = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    echo.bind(("::", ECHO))
    # The recorder looks for listeners: this one says that UDP is ready too.
    ready = socket.create_server(
        ("::", ECHO), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        data, peer = echo.recvfrom(65535)
        echo.sendto(data, peer)
    ready.close()


def connect(host, port, source=None):
    peer = socket.create_connection((host, port), 5, source)
    peer.settimeout(None)
    return peer


def line(peer, text):
    peer.sendall(text)
    return peer.recv(100)


def reset(host):
    peer = connect(host, HOLD)
    line(peer, b"reset\n")
    try:
        peer.recv(100)
    except ConnectionResetError:
        pass
    peer.close()
    peer = connect(host, HOLD)
    line(peer, b"hello\n")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    peer.close()


def finger(host):
    peer = connect(host, FINGER)
    peer.sendall(b"demo\r\n")
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(65535):
        pass
    peer.close()


def reuse(host):
    for text in b"first\n", b"second\n":
        peer = connect(host, HOLD, ("", 40000))
        line(peer, text)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        peer.close()
        time.sleep(0.2)


def datagrams(host, sizes):
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(kind, socket.SOCK_DGRAM) as peer:
        peer.settimeout(5)
        peer.connect((host, ECHO))
        for size in sizes:
            peer.send(b"e" * size)
            assert len(peer.recv(65535)) == size


def halfclosed(host):
    peer = connect(host, HOLD)
    line(peer, b"hold\n")
    peer.shutdown(socket.SHUT_WR)
    time.sleep(3600)


def stay_open(host):
    peer = connect(host, HOLD)
    line(peer, b"hold\n")
    time.sleep(3600)


def inbound(host):
    connect(host, 22)


def main():
    roles = {
        "reset": reset, "finger": finger, "reuse": reuse,
        "echo": lambda host: datagrams(host, (100, 0, 1000)),
        "fragments": lambda host: datagrams(host, (3000,)),
        "halfclosed": halfclosed, "open": stay_open, "inbound": inbound,
    }
    if sys.argv[1] == "serve":
        serve()
    else:
        roles[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    main()
