# SPDX-License-Identifier: BSD-2-Clause
"""A small simulated TCP across a bad network, with a probe in the middle.

A client asks, and a server sends; on both halves of the path packets are
delayed, lost, reordered and duplicated, by a seeded chance.  The sender has
SACK or duplicate ACKs, and a timeout (RFC 5681, 6298, 6675 as far as a test
needs them); the receiver delays ACKs and tells duplicates by D-SACKs.

    talk = Path(seed, loss=0.02).talk("a name")

is a segments.Talk of what passed the probe.  What the sender knows of each
segment stands beside it: talk.truth.
"""
import collections
import heapq
import random

from segments import ACK, FIN, SYN, Talk

SIZE = 1000
ACK_DELAY, TIMEOUT = 40, 200        # milliseconds

Packet = collections.namedtuple(
    "Packet", "side size seq ack flags sack stamp echo identity again")


class Half:
    """One way between an end and the probe; packets keep their order unless
    one is held back."""

    def __init__(self, chance, delay, jitter, loss, reorder, copies):
        self.chance, self.delay, self.jitter = chance, delay, jitter
        self.loss, self.reorder, self.copies = loss, reorder, copies
        self.last = 0

    def arrivals(self, now):
        if self.chance.random() < self.loss:
            return []
        time = now + self.delay + self.chance.random() * self.jitter
        if self.chance.random() < self.reorder:
            return [time + self.delay * self.chance.uniform(0.2, 0.8)]
        self.last = max(self.last + 0.001, time)
        if self.chance.random() < self.copies:
            return [self.last, self.last + 0.05]
        return [self.last]


class Receiver:
    """The client: it acknowledges."""

    def __init__(self, path, selective):
        self.path, self.selective = path, selective
        self.next, self.beyond = 1, []
        self.delayed = None
        self.stamp = 0

    def take(self, packet):
        end = packet.seq + packet.size + bool(packet.flags & FIN)
        twice = []
        if packet.seq <= self.next:
            self.stamp = packet.stamp or 0
        if end <= self.next or any(low <= packet.seq and end <= high
                                   for low, high in self.beyond):
            twice = [(packet.seq, end)]
        ahead = bool(self.beyond) or packet.seq != self.next
        self.beyond = merged(self.beyond + [(packet.seq, end)])
        if self.beyond[0][0] <= self.next:
            self.next = max(self.next, self.beyond.pop(0)[1])
        if ahead or self.delayed is not None or packet.flags & FIN:
            recent = [block for block in self.beyond
                      if block[0] <= packet.seq < block[1]]
            rest = [block for block in self.beyond if block not in recent]
            self.answer((twice + recent + rest)[:3])
        else:
            self.delayed = self.path.now + ACK_DELAY
            self.path.at(self.delayed, self.late, self.delayed)

    def late(self, when):
        if self.delayed == when:
            self.answer([])

    def answer(self, sack):
        self.delayed = None
        self.path.send(0, 0, 101, self.next, ACK,
                       sack=sack if self.selective else [], echo=self.stamp)


def merged(blocks):
    out = []
    for low, high in sorted(blocks):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return out


class Sender:
    """The server: count segments of SIZE octets."""

    def __init__(self, path, count, selective, most):
        self.path, self.count, self.selective = path, count, selective
        self.most = most            # segments at once
        self.una = self.next = self.high = 0    # in segments
        self.window, self.repeats = 4.0, 0
        self.sacked, self.again = set(), set()
        self.recover = 0
        self.timer = 0
        self.wait = 5 * TIMEOUT
        self.sent, self.smooth, self.varies = {}, None, 0
        self.echo = 0

    def place(self, number):
        return 1 + number * SIZE

    def transmit(self, number, again=""):
        flags = ACK | (FIN if number == self.count - 1 else 0)
        if again:
            self.sent.pop(number, None)
            self.again.add(number)
        else:
            self.sent[number] = self.path.now
        self.path.send(1, SIZE, self.place(number), 101, flags, again=again,
                       echo=self.echo)

    def arm(self):
        self.timer += 1
        self.path.at(self.path.now + self.wait, self.expire, self.timer)

    def expire(self, timer):
        if timer != self.timer or self.una >= self.count:
            return
        self.wait = min(2 * self.wait, 20 * TIMEOUT)
        self.window, self.repeats, self.again = 2.0, 0, set()
        self.recover = self.high
        self.transmit(self.una, "timeout")
        self.arm()

    def measure(self, number):
        if number not in self.sent:
            return
        sample = self.path.now - self.sent[number]
        if self.smooth is None:
            self.smooth, self.varies = sample, sample / 2
        self.varies += (abs(self.smooth - sample) - self.varies) / 4
        self.smooth += (sample - self.smooth) / 8
        self.wait = max(TIMEOUT, self.smooth + 4 * self.varies)

    def take(self, packet):
        self.echo = packet.stamp or 0
        new = min(self.count, (packet.ack - 1) // SIZE)
        for low, high in packet.sack:
            self.sacked.update(range((low - 1) // SIZE, (high - 1) // SIZE))
        if new > self.una:
            self.measure(new - 1)
            partial = not self.selective and new < self.recover
            self.una, self.repeats = new, 0
            self.window = min(self.most, self.window + 1)
            self.arm()
            if partial and new not in self.again:
                self.transmit(new, "partial")
        elif self.una < self.high:
            self.repeats += 1
        self.repair()
        self.fill()

    def repair(self):
        lost = []
        if self.selective:
            lost = [n for n in range(self.una, self.high)
                    if n not in self.sacked and n not in self.again and
                    sum(m > n for m in self.sacked) >= 3]
        elif self.repeats == 3 and self.una >= self.recover and \
                self.una not in self.again:
            lost = [self.una]
        if lost:
            self.recover = self.high
            self.window = max(2.0, self.window / 2)
        for number in lost:
            self.transmit(number, "fast")

    def fill(self):
        while self.high < self.count and self.high - self.una - len(
                [n for n in self.sacked if n >= self.una]) < self.window:
            self.transmit(self.high)
            self.high += 1
            if self.high - self.una == 1:
                self.arm()


class Path:
    def __init__(self, seed, loss=0.0, reorder=0.0, copies=0.0, jitter=0.0,
                 client_delay=8.0, server_delay=12.0, selective=True,
                 stamps=True, count=200, window=24):
        chance = random.Random(seed)
        self.halves = [[Half(chance, delay, jitter, loss, reorder, copies)
                        for _ in range(2)]     # to the probe, and from it
                       for delay in (client_delay, server_delay)]
        self.selective, self.stamps, self.count = selective, stamps, count
        self.isn = (chance.randrange(2 ** 32), chance.randrange(2 ** 32))
        self.identity = [chance.randrange(65536), chance.randrange(65536)]
        self.now, self.events, self.order = 0.0, [], 0
        self.seen = []
        self.sender = Sender(self, count, selective, float(window))
        self.receiver = Receiver(self, selective)
        self.again = []         # retransmissions: (sequence, reason)

    def at(self, time, function, *arguments):
        self.order += 1
        heapq.heappush(self.events, (time, self.order, function, arguments))

    def send(self, side, size, seq, ack, flags, sack=(), echo=0, again=""):
        self.identity[side] += 1
        if again:
            self.again.append((seq, again))
        packet = Packet(side, size, seq, ack, flags, sack,
                        round(self.now) + 1000 if self.stamps else None, echo,
                        self.identity[side], again)
        for time in self.halves[side][0].arrivals(self.now):
            self.at(time, self.pass_by, packet)

    def pass_by(self, packet):
        self.seen.append((self.now, packet))
        for time in self.halves[1 - packet.side][1].arrivals(self.now):
            self.at(time, self.arrive, packet)

    def arrive(self, packet):
        (self.receiver if packet.side else self.sender).take(packet)

    def talk(self, name):
        """Run it to its end."""
        talk = Talk(name, isn=self.isn)
        here, there = (2 * halves[0].delay for halves in self.halves)
        start = {"permitted": self.selective, "mss": SIZE}
        if self.stamps:
            start.update(stamp=1, echo=0)
        talk.put(0, 0, flags=SYN, **start)
        talk.put(1, there, flags=SYN | ACK, **start)
        self.now = there + here
        self.at(self.now, self.ask, talk)
        while self.events and len(self.seen) < 50 * self.count:
            self.now, _, function, arguments = heapq.heappop(self.events)
            function(*arguments)
            if self.sender.una >= self.count:
                break
        self.record(talk)
        return talk

    def ask(self, talk):
        stamps = {"stamp": 2, "echo": 1} if self.stamps else {}
        talk.put(0, self.now, 100, ack=1, **stamps)
        self.at(self.now + self.halves[1][0].delay, self.sender.fill)

    def record(self, talk):
        talk.truth = []
        for time, packet in self.seen:
            stamps = {"stamp": packet.stamp, "echo": packet.echo} \
                if self.stamps else {}
            talk.put(packet.side, time, packet.size, seq=packet.seq,
                     ack=packet.ack, flags=packet.flags, sack=packet.sack,
                     identity=packet.identity % 65536, **stamps)
            talk.truth.append(packet)
