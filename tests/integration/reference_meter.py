# SPDX-License-Identifier: BSD-2-Clause
"""The rules of exchanges for reference.py, written from the page alone.

A packet passes three stages: the clock, which holds a packet back that is
dated far from its neighbours; the fragments, which wait for their first one;
and the table of exchanges.  Each stage hands on Segment objects.
"""
import ipaddress

SECOND = 1000000000
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
TCP, UDP = 6, 17
WINDOW = 1 << 24
REASONS = ["not_ip", "not_tcp_udp", "malformed", "truncated_header",
           "fragment", "tunnel_fragment", "tcp_midstream", "outbound",
           "inbound", "foreign", "local"]
KINDS = ["outbound", "local_tcp", "local", "inbound", "foreign", "midstream",
         "all", "other"]
OPTIONS = {"tcp_linger": 5, "tcp_half_closed_timeout": 60,
           "tcp_opening_timeout": 30, "tcp_idle_timeout": 300,
           "udp_idle_timeout": 30, "udp_idle": "both", "meter": None,
           "key_vlan": "no", "key_tunnel": "no", "decapsulate": "",
           "tcp_resume": 7200, "clock_jump": 300}


def reduced(number):
    """A difference of sequence numbers, as a signed one."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


class Unmatched(Exception):
    """A packet that is in no exchange, and why."""


class Segment:
    protocol = 0
    source = dest = ""
    sport = dport = 0
    payload = 0
    flags = 0
    sequence = acknowledged = 0
    vlan = tunnel = ()
    time = 0            # its own
    piece = None        # of a fragment: identity of the datagram
    start = end = 0     # … and its octets there
    last = False        # … none follows it
    octets = b""        # … what they are, where the TCP header is in pieces
    wanting = False     # … the flags are in another piece
    wrong = None        # … an Unmatched
    header = 0          # octets of the TCP header
    outer = None        # the datagram of a tunnel that comes in pieces
    size = 0            # octets of IP
    hops = service = None   # TTL or hop limit; TOS or traffic class
    identity = None     # of IPv4
    whole = False       # IPv4's "do not fragment"
    window = None       # of TCP, as it is in the header
    options = b""       # of TCP

    def header_from(self, octets):
        """TCP, as far as its flags."""
        self.sport = int.from_bytes(octets[0:2], "big")
        self.dport = int.from_bytes(octets[2:4], "big")
        self.sequence = int.from_bytes(octets[4:8], "big")
        self.acknowledged = int.from_bytes(octets[8:12], "big")
        self.header = (octets[12] >> 4) * 4
        self.flags = octets[13]

    def is_opening(self):
        return (self.protocol == TCP and
                self.flags & (SYN | ACK | RST) == SYN)

    def is_accepting(self):
        return (self.protocol == TCP and
                self.flags & (SYN | ACK | RST) == SYN | ACK)

    def opens_nothing(self):
        """A RST, or a FIN that brings nothing."""
        return self.protocol == TCP and bool(
            self.flags & RST or
            (self.flags & FIN and not self.flags & SYN and
             not self.payload))


class Side:
    def __init__(self):
        self.packets = self.octets = self.data = 0
        self.first = self.last = 0
        self.flags = dict.fromkeys((ACK, SYN, RST, FIN, URG, PSH), 0)
        self.next = None    # behind the highest octet of this side
        self.isn = None

    def count(self, segment):
        time = max(segment.time, 0)
        self.first = min(self.first, time) if self.packets else time
        self.last = max(self.last, time) if self.packets else time
        self.packets += 1
        self.octets += segment.payload
        self.data += segment.payload > 0
        for flag in self.flags:
            self.flags[flag] += bool(segment.flags & flag)

    def columns(self, protocol):
        flags = list(self.flags.values()) if protocol == TCP else []
        return [self.packets, self.octets, self.data] + flags + [
            self.first // 1000, self.last // 1000]


class Exchange:
    def __init__(self, protocol, client, server, direction, now, reason=None):
        self.protocol, self.client, self.server = protocol, client, server
        self.direction = direction
        self.reason = reason        # not None: remembered, makes no record
        self.isn = None
        self.carried = 0            # octets of payload of the SYN
        self.sides = [Side(), Side()]
        self.heard = [now, now]     # the clock at each side's last packet
        self.fin = [False, False]
        self.reset = self.both_first = False
        self.answered = False
        self.retried = False        # its SYN came again while it lingered

    def closing(self):
        return self.reset or all(self.fin)

    def outside(self, side, segment):
        """A RST that its receiver would not believe."""
        mine, other = self.sides[side], self.sides[1 - side]
        near = mine.next if mine.next is not None else mine.told
        if near is not None and abs(reduced(segment.sequence - near)) > WINDOW:
            return True
        return bool(segment.flags & ACK and other.isn is not None and
                    reduced(segment.acknowledged - other.isn) < 0)

    def follow(self, side, segment):
        mine, other = self.sides[side], self.sides[1 - side]
        if segment.flags & SYN and mine.isn is None:
            mine.isn = segment.sequence
        end = segment.sequence + segment.payload + bool(
            segment.flags & SYN) + bool(segment.flags & FIN)
        if mine.next is None or reduced(end - mine.next) > 0:
            mine.next = end % (1 << 32)
        if segment.flags & ACK and (other.told is None or reduced(
                segment.acknowledged - other.told) > 0):
            other.told = segment.acknowledged

    def add(self, side, segment, now, later):
        self.sides[side].count(segment)
        self.heard[side] = now
        if side == 1 or (segment.flags & ACK and not later):
            self.answered = True
        if self.protocol != TCP or later:
            return
        if self.closing() and self.retries(side, segment):
            self.retried = True
        elif self.retried and side == 1 and segment.is_accepting() and \
                self.accepts(segment):
            self.retried = self.reset = self.both_first = False
            self.fin = [False, False]
        if segment.flags & RST:
            if not self.outside(side, segment) and not all(self.fin):
                self.reset = True
            return
        self.fin[side] |= bool(segment.flags & FIN)
        self.both_first |= all(self.fin) and not self.reset
        self.follow(side, segment)

    def retries(self, side, segment):
        return side == 0 and segment.is_opening() and \
            self.isn == segment.sequence

    def accepted_by(self, accepting, octets):
        before = accepting.acknowledged - 1
        return self.isn is not None and any(
            reduced(before - n - self.isn) == 0 for n in (0, octets))

    def accepts(self, accepting):
        return self.accepted_by(accepting, self.carried)

    def limits(self, options):
        """(seconds of silence, how it ends then), shortest first."""
        if self.protocol != TCP:
            return [(options["udp_idle_timeout"], "idle")]
        if self.closing():
            return [(options["tcp_linger"], self.closed())]
        limits = [(options["tcp_idle_timeout"], "idle")]
        if any(self.fin):
            limits.append((options["tcp_half_closed_timeout"],
                           "half_closed"))
        if not self.answered:
            limits.append((options["tcp_opening_timeout"], "unanswered"))
        return sorted(limits)

    def closed(self):
        return "finished" if self.both_first else "reset"

    def over(self, now, options):
        """How it ended in silence and when, (None, 0) if it lives."""
        either = self.protocol == UDP and options["udp_idle"] == "either"
        since = (min if either else max)(self.heard)
        seconds, how = self.limits(options)[0]
        end = since + int(seconds * SECOND)
        return (how, end) if now >= end else (None, 0)

    def replaced_by(self, segment, side):
        """A SYN that begins another exchange: how this one ended."""
        if not segment.is_opening():
            return None
        if self.closing():
            return None if self.retries(side, segment) else self.closed()
        if side == 0 and self.isn != segment.sequence:
            return "replaced"
        if self.direction == 0:
            return "replaced"
        return None

    def row(self):
        cells = [self.client[0], self.client[1],
                 self.server[0], self.server[1]]
        for side in self.sides:
            cells += side.columns(self.protocol)
        return ",".join(str(cell) for cell in cells)


Side.told = None    # what the other side acknowledged of it


class Clock:
    """now, and the packet that is dated far from it."""

    def __init__(self, jump, deliver, step):
        self.jump = int(jump * SECOND)
        self.deliver, self.step = deliver, step
        self.now = self.waiting = None
        self.steps = self.outliers = 0

    def far(self, time):
        """-1, 0, 1: far behind, near, far ahead of now."""
        if abs(time - self.now) <= self.jump:
            return 0
        return 1 if time > self.now else -1

    def packet(self, time, packet):
        if self.now is None:
            self.now = time
        if self.waiting is not None:
            self.decide(time)
        if self.far(time):
            self.waiting = (time, packet)
            return
        self.now = max(self.now, time)
        self.deliver(packet, time)

    def decide(self, time):
        """The next packet tells what the one that waits was."""
        waiting, packet = self.waiting
        self.waiting = None
        if self.far(time) == self.far(waiting):
            self.move(waiting, packet)
        else:
            self.outliers += 1
            self.deliver(packet, self.now)

    def move(self, time, packet):
        self.steps += 1
        self.step(self.now, time)
        self.now = time
        self.deliver(packet, time)

    def end(self):
        if self.waiting is not None:
            self.move(*self.waiting)
            self.waiting = None


class Datagram:
    """Pieces of one IP datagram."""

    def __init__(self, now):
        self.since = now
        self.first = None       # its segment, once its flags are known
        self.waiting = []       # pieces before that
        self.header_octets = 0  # of TCP, where it is in pieces
        self.octets = set()     # (start, end) of what came
        self.total = None
        self.complete_at = None
        self.reason = None      # why the first was unmatched

    def add(self, piece, now):
        self.octets.add((piece.start, piece.end))
        if piece.last:
            self.total = piece.end
        place = 0
        for start, end in sorted(self.octets):
            if start > place:
                break
            place = max(place, end)
        if self.total is not None and place >= self.total and \
                self.complete_at is None:
            self.complete_at = now


    def header(self):
        """The first piece with all that the header says, or None."""
        firsts = [piece for piece in self.waiting if piece.start == 0]
        if not firsts:
            return None
        first = firsts[0]
        if not first.wanting:
            return first
        octets = {}
        for piece in self.waiting:
            for i, octet in enumerate(piece.octets):
                octets.setdefault(piece.start + i, octet)
        if any(i not in octets for i in range(14)):
            return None
        first.header_from(bytes(octets[i] for i in range(14)))
        self.header_octets = first.header
        if self.header_octets < 20:
            first.wrong = Unmatched("malformed")
        first.payload = max(0, first.end - self.header_octets)
        return first


class Meter:
    def __init__(self, networks, **options):
        self.networks = [ipaddress.ip_network(n.strip())
                         for n in networks.split(",") if n.strip()]
        self.options = dict(OPTIONS, **options)
        kinds = self.options["meter"]
        if kinds is None:
            kinds = "outbound,local_tcp" if self.networks else "all"
        self.kinds = set(kinds.split(","))
        self.live = {}
        self.waiting = {}       # key: (SYN-ACK, ends, since)
        self.resumable = {}     # key: (client, direction, reason, end)
        self.datagrams = {}
        self.rows = {TCP: [], UDP: []}
        self.ended = {}
        self.unmatched = dict.fromkeys(REASONS, 0)
        self.read = self.matched = self.opened = self.resumed = 0
        self.out_of_window = 0
        self.clock = Clock(self.options["clock_jump"], self.dissected,
                           self.stepped)
        self.before = 0
        self.known = {}

    # --- the clock

    def packet(self, time, segment):
        """A Segment, or an Unmatched for a packet that is none."""
        if time is None:
            time = self.before
        self.before = time
        self.read += 1
        self.clock.packet(time, segment)

    def dissected(self, segment, time):
        self.expire()
        if isinstance(segment, Unmatched):
            self.leave(str(segment))
            return
        segment.time = time
        if segment.outer is not None:
            self.tunnelled(segment)
        if segment.piece is not None:
            self.fragment(segment)
        else:
            self.segment(segment)

    def stepped(self, old, new):
        if new > old:
            return
        for key in list(self.live):
            self.end_if_over(key, old)
        for exchange in self.live.values():
            exchange.heard = [new, new]
        back = new - old
        self.waiting = {key: (segment, ends, since + back) for
                        key, (segment, ends, since) in self.waiting.items()}
        self.resumable = {key: entry[:3] + (entry[3] + back,)
                          for key, entry in self.resumable.items()}
        for datagram in self.datagrams.values():
            datagram.since += back
            if datagram.complete_at is not None:
                datagram.complete_at += back

    def expire(self):
        """What has waited too long."""
        now = self.clock.now
        for key, (_, _, since) in list(self.waiting.items()):
            if now - since >= SECOND:
                self.waited_in_vain(key)
        for piece, datagram in list(self.datagrams.items()):
            if now - datagram.since >= 30 * SECOND:
                self.give_up(piece)

    def leave(self, reason):
        self.unmatched[reason] += 1

    # --- fragments

    def give_up(self, piece):
        for _ in self.datagrams.pop(piece).waiting:
            self.leave("fragment")

    def tunnelled(self, segment):
        """The first piece of a datagram whose inside is metered."""
        datagram = self.datagrams.get(segment.outer)
        if datagram is None or datagram.first is not None:
            datagram = self.datagrams[segment.outer] = Datagram(
                self.clock.now)
        datagram.first, datagram.reason = segment, "tunnel_fragment"
        for _ in datagram.waiting:
            self.leave(datagram.reason)
        datagram.waiting = []

    def fragment(self, piece):
        now = self.clock.now
        datagram = self.datagrams.get(piece.piece)
        if datagram is not None and datagram.complete_at is not None and (
                now - datagram.complete_at >= SECOND):
            self.give_up(piece.piece)
            datagram = None
        if datagram is not None and piece.start == 0 and (
                datagram.first is not None):
            datagram = None     # a second first one: another datagram
        if datagram is None:
            datagram = self.datagrams[piece.piece] = Datagram(now)
        datagram.add(piece, now)
        if datagram.first is not None:
            self.join(datagram, piece)
        else:
            datagram.waiting.append(piece)
            self.try_first(datagram)

    def try_first(self, datagram):
        """Are the ports and flags of the datagram known now?"""
        first = datagram.header()
        if first is None:
            return
        datagram.first = first
        datagram.header_octets = max(datagram.header_octets, first.header)
        waiting, datagram.waiting = datagram.waiting, []
        if first.wrong is not None:
            datagram.reason = str(first.wrong)
            self.leave(datagram.reason)
        else:
            datagram.reason = self.segment(first) or None
        for piece in waiting:
            if piece is not first:
                self.join(datagram, piece)

    def join(self, datagram, piece):
        first = datagram.first
        piece.protocol = first.protocol
        piece.sport, piece.dport = first.sport, first.dport
        piece.payload = max(0, piece.end - max(piece.start,
                                               datagram.header_octets))
        piece.flags = 0
        key, ends = self.key(piece)
        exchange = self.live.get(key)
        if datagram.reason is not None:
            self.leave(datagram.reason)
        elif exchange is None or exchange.over(self.clock.now,
                                               self.options)[0]:
            self.leave("fragment")
        else:
            self.count(exchange, piece, ends, True)

    # --- exchanges

    def local(self, address):
        if address not in self.known:
            ip = ipaddress.ip_address(address)
            self.known[address] = any(ip in n for n in self.networks
                                      if n.version == ip.version)
        return self.known[address]

    def key(self, segment):
        ends = ((segment.source, segment.sport),
                (segment.dest, segment.dport))
        vlan = segment.vlan if self.options["key_vlan"] == "yes" else ()
        tunnel = segment.tunnel if self.options["key_tunnel"] == "yes" else ()
        return (segment.protocol, vlan, tunnel, min(ends), max(ends)), ends

    def kind(self, protocol, client, server):
        here, there = self.local(client[0]), self.local(server[0])
        if here and there:
            return "local"
        if not here and not there:
            return "foreign"
        return "outbound" if here else "inbound"

    def listed(self, kind, protocol):
        return bool(self.kinds & {kind, "all"}) or (
            kind == "local" and protocol == TCP and
            "local_tcp" in self.kinds)

    def midstream_listed(self):
        return bool(self.kinds & {"midstream", "all"})

    def end(self, key, how):
        exchange = self.live.pop(key)
        if exchange.reason is not None:
            return
        self.ended[how] = self.ended.get(how, 0) + 1
        if exchange.protocol in self.rows:
            self.rows[exchange.protocol].append(exchange.row())

    def end_if_over(self, key, now):
        exchange = self.live.get(key)
        if exchange is None:
            return
        how, when = exchange.over(now, self.options)
        if how is None:
            return
        self.end(key, how)
        if exchange.protocol == TCP and how in ("idle", "half_closed"):
            self.resumable[key] = (exchange.client, exchange.direction,
                                   exchange.reason, when)

    def count(self, exchange, segment, ends, later=False):
        """None, or the reason why it is unmatched."""
        side = 0 if exchange.client == ends[0] else 1
        if exchange.protocol == TCP and segment.flags & RST and \
                exchange.reason is None and exchange.outside(side, segment):
            self.out_of_window += 1
        exchange.add(side, segment, self.clock.now, later)
        if exchange.reason is None:
            self.matched += 1
        else:
            self.leave(exchange.reason)
        return exchange.reason

    def segment(self, segment):
        """None, or the reason why it is unmatched."""
        key, ends = self.key(segment)
        self.end_if_over(key, self.clock.now)
        if key in self.waiting:
            waited = self.another_meanwhile(key, segment, ends)
            if waited is not None:
                return waited
        exchange = self.live.get(key)
        if exchange is not None:
            side = 0 if exchange.client == ends[0] else 1
            how = exchange.replaced_by(segment, side)
            if how is None and exchange.closing() and \
                    self.begins_another(exchange, side, segment):
                self.waiting[key] = (segment, ends, self.clock.now)
                return None
            if how is None:
                return self.count(exchange, segment, ends)
            self.end(key, how)
        return self.open(key, segment, ends)

    @staticmethod
    def begins_another(exchange, side, segment):
        """A SYN-ACK of an exchange whose SYN has not come yet."""
        return segment.is_accepting() and not (
            side == 1 and exchange.accepts(segment))

    def another_meanwhile(self, key, segment, ends):
        """A SYN-ACK waits.  The SYN has come, or something else."""
        accepting, accepted, _ = self.waiting[key]
        if segment.is_opening() and ends[0] == accepted[1]:
            before = accepting.acknowledged - 1 - segment.sequence
            if reduced(before) in (0, segment.payload):
                del self.waiting[key]
                if key in self.live:
                    self.end(key, self.live[key].closed())
                reason = self.open(key, segment, ends)
                self.count(self.live[key], accepting, accepted)
                return reason or ""
        if segment.is_opening():
            del self.waiting[key]
            self.leave(self.nothing(accepting, accepted))
            return None
        if self.may_open(key):
            self.waited_in_vain(key)
            return None
        if key in self.live:
            return None
        reason = self.nothing(segment, ends)
        self.leave(reason)
        return reason

    def may_open(self, key):
        return self.midstream_listed() or self.resume(key, True) is not None

    def waited_in_vain(self, key):
        """No SYN came to a SYN-ACK."""
        accepting, ends, _ = self.waiting.pop(key)
        self.end_if_over(key, self.clock.now)
        resumed = self.resume(key, True)
        if resumed is None and not self.midstream_listed():
            self.leave(self.nothing(accepting, ends))
            return
        if key in self.live:
            self.end(key, self.live[key].closed())
        if resumed is not None:
            exchange = self.resume(key)
        else:
            exchange = self.begin(key, ends[1], ends[0], TCP, 1)
            exchange.isn = (accepting.acknowledged - 1) % (1 << 32)
            exchange.sides[0].isn = exchange.isn
        self.count(exchange, accepting, ends)

    def begin(self, key, client, server, protocol, direction):
        """A new exchange, or one that is only remembered."""
        kind = self.kind(protocol, client, server)
        reason = None if self.listed(kind, protocol) else kind
        self.live[key] = Exchange(protocol, client, server, direction,
                                  self.clock.now, reason)
        self.opened += reason is None
        self.resumable.pop(key, None)
        return self.live[key]

    def resume(self, key, look=False):
        entry = self.resumable.get(key)
        if entry is None:
            return None
        client, direction, reason, end = entry
        if self.clock.now - end >= self.options["tcp_resume"] * SECOND:
            return None
        if look:
            return entry
        del self.resumable[key]
        server = key[3] if key[4] == client else key[4]
        self.live[key] = Exchange(TCP, client, server, direction,
                                  self.clock.now, reason)
        self.opened += reason is None
        self.resumed += reason is None
        return self.live[key]

    def nothing(self, segment, ends):
        """The reason of a TCP segment that opens nothing."""
        kind = self.kind(TCP, *ends)
        if kind in ("foreign", "local") and not self.listed(kind, TCP):
            return kind
        return "tcp_midstream"

    def open(self, key, segment, ends):
        """None, or the reason why it is unmatched."""
        if segment.protocol == TCP:
            exchange = self.open_tcp(key, segment, ends)
        elif segment.protocol == UDP:
            exchange = self.open_udp(key, ends)
        else:
            exchange = self.open_other(key, segment, ends)
        if isinstance(exchange, str):
            if exchange:
                self.leave(exchange)
            return exchange
        return self.count(exchange, segment, ends)

    def open_other(self, key, segment, ends):
        if "other" not in self.kinds:
            return "not_tcp_udp"
        self.live[key] = Exchange(segment.protocol, *ends, 1, self.clock.now)
        self.opened += 1
        return self.live[key]

    def open_udp(self, key, ends):
        if ends[0][1] < 1024 <= ends[1][1]:
            return self.begin(key, ends[1], ends[0], UDP, 0)
        return self.begin(key, ends[0], ends[1], UDP, 1)

    def open_tcp(self, key, segment, ends):
        if segment.opens_nothing():
            return self.nothing(segment, ends)
        if segment.is_opening():
            exchange = self.begin(key, ends[0], ends[1], TCP, 1)
            exchange.isn = segment.sequence
            exchange.carried = segment.payload
            return exchange
        if segment.is_accepting():
            self.waiting[key] = (segment, ends, self.clock.now)
            return ""
        exchange = self.resume(key)
        if exchange is not None:
            return exchange
        if not self.midstream_listed():
            return self.nothing(segment, ends)
        client, server = self.guess(*ends)
        return self.begin(key, client, server, TCP, 0)

    def guess(self, one, other):
        """(client, server) of TCP whose opening was not captured."""
        if (one[1] >= 1024) != (other[1] >= 1024):
            return (one, other) if one[1] >= 1024 else (other, one)
        here, there = self.local(one[0]), self.local(other[0])
        if here != there:
            return (one, other) if here else (other, one)
        return (other, one) if other[1] > one[1] else (one, other)

    def finish(self):
        self.clock.end()
        for key in list(self.waiting):
            self.waited_in_vain(key)
        for piece in list(self.datagrams):
            self.give_up(piece)
        for key, exchange in list(self.live.items()):
            how, _ = exchange.over(self.clock.now, self.options)
            lingers = exchange.protocol == TCP and exchange.closing()
            self.end(key, how or (exchange.closed() if lingers
                                  else "shutdown"))

    def books(self):
        """How exchanges ended and why packets did not match, as lines."""
        lines = ["ended %s %d" % item for item in self.ended.items()]
        lines += ["unmatched %s %d" % item for item in self.unmatched.items()
                  if item[1]]
        return sorted(lines)
