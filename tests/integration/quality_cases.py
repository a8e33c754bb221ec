# SPDX-License-Identifier: BSD-2-Clause
"""Each class of QUALITY as exchanges made by hand, with what is to be found.

The round trip is 10 ms to either side where nothing else is said, so 200 ms
is the retransmission timeout.  A case made for IPv4 only says so.
"""
from segments import ACK, FIN, SYN, Talk

CASES = []


def case(function):
    CASES.append(function)
    return function


def bulk(talk, *times, size=1000, **how):
    """The server sends; its segments begin at 1, 1001, 2001, …"""
    for i, ms in enumerate(times):
        talk.server(ms, size, seq=1 + i * size, **how)


def asked(name, **how):
    """A talk that is open, and whose client has asked."""
    talk = Talk(name, **how)
    options = {} if how.get("stamps") else {"plain": True}
    talk.open(permitted=True, **options)
    talk.client(30, 100)
    return talk


@case
def nothing_lost():
    talk = asked("nothing lost")
    bulk(talk, 40, 41, 42)
    talk.client(60)
    talk.client(61, flags=FIN | ACK)
    talk.server(71, flags=FIN | ACK)
    talk.client(81)
    talk.expect(
        handshakeRttMicroseconds=10000,
        reverseHandshakeRttMicroseconds=10000,
        reverseRttSampleCount=1, reverseRttMinimumMicroseconds=10000,
        rttSampleCount=1, rttMinimumMicroseconds=18000,
        responseTimeMicroseconds=10000, uniqueOctetDeltaCount=100,
        reverseUniqueOctetDeltaCount=3000, missedOctetDeltaCount=0,
        reverseMissedOctetDeltaCount=0, reverseInitialInFlight=3000,
        reverseInFlightMaximum=3000, pureAckPacketDeltaCount=3,
        reversePayloadMaximum=1000, payloadMinimum=100)
    return talk


@case
def keep_alive():
    """Without an octet, and with one that was sent before."""
    talk = asked("keep-alive")
    talk.server(50)
    for ms, size in ((10050, 0), (20050, 1)):
        talk.client(ms, size, seq=100, want="keep-alive")
        talk.server(ms + 10)
    talk.expect(keepAlivePacketDeltaCount=2, uniqueOctetDeltaCount=100,
                idleTimeMicroseconds=10000000 + 9990000)
    return talk


@case
def keep_alive_of_the_server():
    talk = asked("keep-alive of the server")
    bulk(talk, 40)
    talk.client(50)
    talk.server(9000, 0, seq=1000, want="keep-alive")
    talk.client(9010)
    talk.expect(reverseKeepAlivePacketDeltaCount=1,
                keepAlivePacketDeltaCount=0)
    return talk


@case
def zero_window_probe():
    """One octet beyond a window of 0, sent again and again."""
    talk = asked("zero window probe")
    bulk(talk, 40)
    talk.client(50, window=0)
    for ms in (300, 700, 1500):
        talk.server(ms, 1, seq=1001, want="window probe")
        talk.client(ms + 10, ack=1001, window=0)
    talk.client(2000, ack=1001, window=8000)
    talk.server(2010, 1000, seq=1002)
    talk.expect(reverseKeepAlivePacketDeltaCount=3,
                zeroWindowPacketDeltaCount=4, windowMinimum=0)
    return talk


@case
def probe_of_linux():
    """Linux asks a window of 0 with no octet, at the last one."""
    talk = asked("probe of Linux")
    bulk(talk, 40)
    talk.client(50, window=0)
    talk.server(300, 0, seq=1000, want="keep-alive")
    talk.client(310, window=0)
    talk.expect(reverseKeepAlivePacketDeltaCount=1,
                zeroWindowPacketDeltaCount=2)
    return talk


@case
def reset_has_no_window():
    talk = asked("a RST has no window")
    talk.server(45)
    talk.client(50, flags=4, window=0, want=None)
    talk.expect(zeroWindowPacketDeltaCount=0, windowMinimum=64240)
    return talk


@case
def reordered_within_round_trip():
    """It fills a hole 5 ms later; the round trip is 28 ms."""
    talk = asked("reordered within the round trip")
    bulk(talk, 40)
    talk.client(50)
    talk.server(51, 1000, seq=2001, want="gap", identity=60000)
    talk.client(61, ack=1001)
    talk.server(56, 1000, seq=1001, want="reordered", identity=60001)
    talk.client(66)
    talk.expect(reverseReorderedPacketDeltaCount=1,
                reverseRetransmittedPacketDeltaCount=0,
                reverseUniqueOctetDeltaCount=3000)
    return talk


@case
def reordered_by_timestamp():
    """Later than the round trip, but its timestamp is the older one."""
    talk = asked("reordered by its timestamp", stamps=True)
    bulk(talk, 40)
    talk.client(50)
    talk.server(51, 1000, seq=2001, want="gap", identity=60000)
    talk.server(151, 1000, seq=1001, want="reordered", stamp=57,
                identity=60001)
    talk.client(161)
    talk.expect(reverseReorderedPacketDeltaCount=1)
    return talk


@case
def reordered_by_identity():
    """The same by the id of IPv4, across its end."""
    talk = asked("reordered by its id")
    talk.versions = (4,)
    bulk(talk, 40)
    talk.client(50)
    talk.server(51, 1000, seq=2001, want="gap", identity=2)
    talk.server(151, 1000, seq=1001, want="reordered", identity=65535)
    talk.client(161)
    return talk


@case
def filled_later():
    """A hole that opened before the probe, and a newer packet fills it."""
    talk = asked("filled later")
    bulk(talk, 40)
    talk.client(50)
    talk.server(51, 1000, seq=2001, want="gap", identity=40000)
    talk.server(52, 1000, seq=3001, identity=40001)
    talk.client(61, ack=1001)
    talk.client(62, ack=1001)
    talk.client(63, ack=1001)
    talk.server(90, 1000, seq=1001, want="fast", identity=40002)
    talk.client(100)
    talk.expect(reverseRetransmittedPacketDeltaCount=1,
                reverseRetransmittedOctetDeltaCount=0,
                reverseUniqueOctetDeltaCount=4000,
                reverseMissedOctetDeltaCount=0)
    return talk


@case
def filled_after_the_round_trip_of_the_handshake():
    """The only sample of the server's half has a delayed ACK in it: the
    handshake is the shorter round trip, so 25 ms are no reordering."""
    talk = asked("filled after the handshake's round trip")
    talk.server(80)
    bulk(talk, 90)
    talk.client(100)
    talk.server(110, 1000, seq=2001, want="gap", identity=40000)
    talk.client(120, ack=1001)
    talk.server(135, 1000, seq=1001, want="other", identity=40001)
    talk.client(145)
    talk.expect(reverseReorderedPacketDeltaCount=0,
                reverseRttMinimumMicroseconds=50000)
    return talk


@case
def duplicated_by_a_mirror():
    """Every packet twice, a few microseconds apart."""
    talk = asked("duplicated by a mirror")
    talk.versions = (4,)
    talk.server(40, 1000, seq=1, identity=7)
    talk.server(40.02, 1000, seq=1, identity=7, want="duplicated")
    talk.client(50)
    talk.client(50.02)
    talk.expect(reverseDuplicatedPacketDeltaCount=1,
                reverseRetransmittedPacketDeltaCount=0,
                reverseUniqueOctetDeltaCount=1000, rttSampleCount=1,
                rttMinimumMicroseconds=10000)
    return talk


@case
def duplicated_with_others_between():
    """The copy of a packet comes after the ones that were sent behind it."""
    talk = asked("duplicated, others between", stamps=True)
    talk.server(40, 1000, seq=1, identity=7)
    talk.server(40.01, 1000, seq=1001, identity=8)
    talk.server(40.02, 1000, seq=2001, identity=9)
    talk.server(40.05, 1000, seq=1, identity=7, want="duplicated")
    talk.client(50, ack=2001)
    talk.client(51)
    talk.expect(reverseDuplicatedPacketDeltaCount=1,
                reverseRetransmittedPacketDeltaCount=0, rttSampleCount=2)
    return talk


@case
def duplicated_by_timestamp():
    """IPv6 has no id: the timestamp tells."""
    talk = asked("duplicated by its timestamp", stamps=True)
    talk.server(40, 1000, seq=1, identity=7, stamp=50)
    talk.server(40.5, 1000, seq=1, identity=8, stamp=50, want="duplicated")
    talk.client(50)
    return talk


@case
def duplicated_by_a_mirror_with_acknowledgements():
    """Every packet twice, ACKs as well: of those no duplicate ACK comes, also
    where timestamps alone tell."""
    talk = asked("duplicated by a mirror, ACKs as well", stamps=True)
    for i, identity in enumerate((7, 8)):
        for ms in (40 + i, 40.02 + i):
            talk.server(ms, 1000, seq=1 + 1000 * i, identity=identity,
                        want="new" if ms % 1 == 0 else "duplicated")
    for ms in (50, 50.02):
        talk.client(ms, ack=1001, identity=500)
    for ms in (52, 52.02):
        talk.server(ms, 1000, seq=2001, identity=9,
                    want="new" if ms % 1 == 0 else "duplicated")
    talk.client(60)
    talk.expect(reverseDuplicatedPacketDeltaCount=3,
                reverseRetransmittedPacketDeltaCount=0)
    return talk


@case
def no_identity_of_zero():
    """Don't fragment and id 0: the id says nothing."""
    talk = asked("no id of 0")
    bulk(talk, 40, identity=0, whole=True)
    talk.server(40.5, 1000, seq=1, identity=0, whole=True, want="other")
    talk.client(50)
    talk.expect(reverseDuplicatedPacketDeltaCount=0)
    return talk


@case
def no_payload_length_for_an_identity():
    """Two of a size in IPv6 are no duplicates for that."""
    talk = asked("no id in IPv6")
    talk.versions = (6,)
    bulk(talk, 40)
    talk.server(40.5, 1000, seq=1, want="other")
    talk.client(50)
    talk.expect(reverseDuplicatedPacketDeltaCount=0,
                reverseRetransmittedPacketDeltaCount=1)
    return talk


@case
def spurious_by_ack():
    talk = asked("spurious: acknowledged already")
    bulk(talk, 40)
    talk.client(50)
    talk.server(70, 1000, seq=1, want="spurious")
    talk.client(80)
    talk.expect(reverseSpuriousRetransmissionDeltaCount=1,
                reverseRetransmittedOctetDeltaCount=1000)
    return talk


@case
def spurious_by_late_dsack():
    """A D-SACK (RFC 2883) tells of it afterwards."""
    talk = asked("spurious: a D-SACK that comes later")
    bulk(talk, 40, 41)
    talk.server(300, 1000, seq=1, want="spurious")
    talk.client(301)
    talk.client(310, sack=[(1, 1001)])
    talk.expect(reverseSpuriousRetransmissionDeltaCount=1,
                reverseTimeoutRetransmissionDeltaCount=0,
                sackPacketDeltaCount=1)
    return talk


@case
def spurious_by_dsack_in_a_block():
    """The first block lies within the second."""
    talk = asked("spurious: a D-SACK within a block")
    bulk(talk, 40, 41, 42)
    talk.client(52, ack=1001)
    talk.client(53, ack=1001, sack=[(2001, 3001)])
    talk.server(60, 1000, seq=2001, want="spurious")
    talk.client(70, ack=1001, sack=[(2001, 3001), (2001, 3001)])
    return talk


@case
def fast_by_duplicate_acks():
    talk = asked("fast: two duplicate ACKs")
    bulk(talk, 40, 41, 42, 43)
    for ms in (50, 51, 52):
        talk.client(ms, ack=1001)
    talk.server(70, 1000, seq=1001, want="fast")
    talk.client(80)
    talk.expect(reverseFastRetransmissionDeltaCount=1,
                reverseRetransmittedOctetDeltaCount=1000)
    return talk


@case
def fast_by_sack():
    """One duplicate ACK with a hole in its SACK blocks (RFC 8985)."""
    talk = asked("fast: a hole in SACK blocks")
    bulk(talk, 40, 41, 42)
    talk.client(50, ack=1001)
    talk.client(51, ack=1001, sack=[(2001, 3001)])
    talk.server(75, 1000, seq=1001, want="fast")
    talk.client(85)
    return talk


@case
def one_duplicate_ack_is_not_enough():
    talk = asked("other: one duplicate ACK")
    bulk(talk, 40, 41, 42)
    talk.client(50, ack=1001)
    talk.client(51, ack=1001)
    talk.server(75, 1000, seq=1001, want="other")
    talk.client(85)
    return talk


@case
def timeout():
    talk = asked("timeout")
    bulk(talk, 40)
    talk.server(300, 1000, seq=1, want="timeout")
    talk.client(310)
    talk.expect(reverseTimeoutRetransmissionDeltaCount=1, rttSampleCount=0)
    return talk


@case
def timeout_in_spite_of_duplicate_acks():
    talk = asked("timeout: duplicate ACKs, but too late")
    bulk(talk, 40, 41, 42, 43)
    for ms in (50, 51, 52, 53):
        talk.client(ms, ack=1)
    talk.server(400, 1000, seq=1, want="timeout")
    talk.client(410)
    return talk


@case
def syn_again():
    """1 s without samples; the timestamps are off, so no round trip."""
    talk = Talk("SYN again")
    talk.client(0, flags=SYN)
    talk.client(1010, flags=SYN, want="timeout", seq=0)
    talk.server(1020, flags=SYN | ACK)
    talk.client(1030)
    talk.expect(timeoutRetransmissionDeltaCount=1,
                reverseHandshakeRttMicroseconds=None,
                handshakeRttMicroseconds=10000)
    return talk


@case
def syn_again_with_timestamps():
    talk = Talk("SYN again, its timestamp echoed", stamps=True)
    talk.client(0, flags=SYN)
    talk.client(1010, flags=SYN, want="timeout", seq=0)
    talk.server(1020, flags=SYN | ACK)
    talk.client(1032)
    talk.expect(reverseHandshakeRttMicroseconds=10000,
                handshakeRttMicroseconds=12000)
    return talk


@case
def first_syn_echoed():
    """The first SYN was the one that arrived."""
    talk = Talk("the first SYN echoed", stamps=True)
    talk.client(0, flags=SYN)
    talk.client(1010, flags=SYN, want="timeout", seq=0)
    talk.server(1020, flags=SYN | ACK, echo=7)
    talk.client(1030)
    talk.expect(reverseHandshakeRttMicroseconds=1020000)
    return talk


@case
def tail_loss_probe():
    """TLP (RFC 8985): the last one again, before the timeout."""
    talk = asked("tail loss probe")
    bulk(talk, 40, 41)
    talk.client(51, ack=1001)
    talk.server(110, 1000, seq=1001, want="other")
    talk.client(120)
    talk.expect(reverseRetransmittedPacketDeltaCount=1)
    return talk


@case
def overlap_in_part():
    """Old octets and new ones together: retransmitted is the overlap."""
    talk = asked("overlap in part")
    bulk(talk, 40)
    talk.server(300, 1500, seq=501, want="timeout")
    talk.client(310)
    talk.expect(reverseRetransmittedOctetDeltaCount=500,
                reverseUniqueOctetDeltaCount=2000)
    return talk


@case
def karn():
    """No sample of what was sent twice, without timestamps."""
    talk = asked("Karn's rule")
    bulk(talk, 40)
    talk.server(300, 1000, seq=1, want="timeout")
    talk.client(310)
    talk.server(320, 1000)
    talk.client(331)
    talk.expect(rttSampleCount=1, rttMinimumMicroseconds=11000)
    return talk


@case
def karn_decided():
    """TSecr tells which of the two was acknowledged."""
    talk = asked("Karn's rule, decided by TSecr", stamps=True)
    bulk(talk, 40)
    talk.server(300, 1000, seq=1, want="timeout")
    talk.client(312)
    talk.expect(rttSampleCount=1, rttMinimumMicroseconds=12000)
    return talk


@case
def super_segment():
    """64 kB in one packet, as segmentation offload shows it."""
    talk = asked("a super-segment")
    talk.server(40, 64000)
    talk.server(41, 1000)
    talk.client(50, ack=30001)
    talk.client(51, ack=64001)
    talk.client(52)
    talk.expect(reverseUniqueOctetDeltaCount=65000, rttSampleCount=2,
                rttMinimumMicroseconds=11000,
                reverseRetransmittedPacketDeltaCount=0,
                reversePayloadMaximum=64000)
    return talk


@case
def not_seen_here():
    """The probe missed a segment; the other side did not."""
    talk = asked("acknowledged but never seen")
    bulk(talk, 40)
    talk.client(50)
    talk.server(61, 1000, seq=2001, want="gap")
    talk.client(71, ack=3001)
    talk.expect(reverseMissedOctetDeltaCount=1000,
                reverseUniqueOctetDeltaCount=2000,
                reverseRetransmittedPacketDeltaCount=0)
    return talk


@case
def wrap():
    """The sequence numbers of both sides pass 2^32."""
    talk = Talk("wrap of sequence numbers", isn=(2 ** 32 - 50, 2 ** 32 - 1500))
    talk.open(plain=True)
    talk.client(30, 100)
    bulk(talk, 40, 41, 42)
    talk.client(50, ack=2001)
    talk.client(52)
    talk.server(300, 1000, seq=1001, want="spurious")
    talk.server(500, 1000, seq=3001)
    talk.client(510)
    talk.expect(reverseUniqueOctetDeltaCount=4000,
                reverseMissedOctetDeltaCount=0,
                reverseRetransmittedOctetDeltaCount=1000)
    return talk


@case
def simultaneous_open():
    """The server's SYN is acknowledged when it comes again."""
    talk = Talk("simultaneous open")
    talk.client(0, flags=SYN)
    talk.server(1, flags=SYN)
    talk.client(12, flags=SYN | ACK, seq=0, ack=1, want="other")
    talk.server(13, flags=SYN | ACK, seq=0, ack=1, want="spurious")
    talk.client(40, 100)
    talk.server(50, 100)
    talk.client(60)
    talk.expect(uniqueOctetDeltaCount=100, reverseUniqueOctetDeltaCount=100)
    return talk


@case
def fast_open():
    """Data in the SYN (RFC 7413), and it is acknowledged."""
    talk = Talk("fast open")
    talk.client(0, 100, flags=SYN)
    talk.server(10, flags=SYN | ACK)
    talk.server(11, 1000)
    talk.client(20)
    talk.expect(uniqueOctetDeltaCount=100, responseTimeMicroseconds=11000,
                retransmittedPacketDeltaCount=0)
    return talk


@case
def fast_open_refused():
    """The server took the SYN alone, so the data comes again."""
    talk = Talk("fast open refused")
    talk.client(0, 100, flags=SYN)
    talk.server(10, flags=SYN | ACK, ack=1)
    talk.client(20, 100, seq=1, want="other")
    talk.server(30)
    talk.expect(uniqueOctetDeltaCount=100, retransmittedOctetDeltaCount=100)
    return talk


@case
def fin_again():
    talk = asked("FIN again")
    talk.server(40)
    talk.client(50, flags=FIN | ACK)
    talk.client(300, flags=FIN | ACK, seq=101, want="timeout")
    talk.server(310, flags=FIN | ACK)
    talk.client(320)
    talk.expect(retransmittedPacketDeltaCount=1,
                retransmittedOctetDeltaCount=0)
    return talk


@case
def fin_is_no_sample():
    """Neither the first time nor again, with a timestamp that tells which."""
    talk = asked("FIN is no sample", stamps=True)
    talk.server(40)
    talk.client(50, flags=FIN | ACK)
    talk.client(300, flags=FIN | ACK, seq=101, want="timeout")
    talk.server(311)
    talk.expect(reverseRttSampleCount=1, reverseRttMinimumMicroseconds=10000)
    return talk


@case
def payload_times():
    """Of today: seconds since 1970 and microseconds are more than 48 bits."""
    talk = asked("times of payload")
    bulk(talk, 40, 55)
    talk.client(65)
    talk.expect(firstPayloadMicroseconds="2020-09-13T12:26:40.030000Z",
                reverseFirstPayloadMicroseconds="2020-09-13T12:26:40.040000Z",
                reverseLastPayloadMicroseconds="2020-09-13T12:26:40.055000Z")
    return talk


@case
def scale_of_the_later_syn():
    """The SYN that is answered is the one without options."""
    talk = Talk("scale of the later SYN")
    talk.client(0, flags=SYN, scale=7, mss=1460, permitted=True)
    talk.client(3000, flags=SYN, seq=0, mss=1460, want="timeout")
    talk.server(3010, flags=SYN | ACK, mss=1400)
    talk.client(3020, window=500)
    talk.expect(tcpOptionsSeen=0, reverseTcpOptionsSeen=0,
                maximumSegmentSize=1460, reverseMaximumSegmentSize=1400,
                windowMinimum=500)
    return talk


@case
def never_answered_but_no_scale():
    """A SYN without the option: nothing will be scaled."""
    talk = Talk("never answered, no scale")
    talk.client(0, flags=SYN)
    talk.client(500, flags=FIN)
    talk.expect(windowMinimum=64240, windowMaximum=64240)
    return talk


@case
def only_an_ack_answers():
    """SYN, ACK: that is no handshake."""
    talk = Talk("only an ACK answers")
    talk.client(0, flags=SYN)
    talk.server(200)
    talk.expect(reverseHandshakeRttMicroseconds=None)
    return talk


@case
def one_direction():
    """Only what the server sends is seen."""
    talk = Talk("one direction", isn=(1000, 5000))
    talk.client(0, flags=SYN)
    talk.server(10, flags=SYN | ACK)
    for i in range(4):
        talk.server(20 + i, 1000, ack=101)
    talk.expect(reverseUniqueOctetDeltaCount=4000, rttSampleCount=0,
                reverseMissedOctetDeltaCount=0, handshakeRttMicroseconds=None)
    return talk


@case
def midstream():
    """What the SYNs said is not known, and neither is the scale."""
    talk = Talk("midstream", isn=(2 ** 31 - 50, 77))
    talk.next = [1, 1]
    talk.client(0, 100)
    talk.server(10, 1000)
    talk.client(20)
    talk.server(30, 1000)
    talk.client(40)
    talk.expect(maximumSegmentSize=None, windowScale=None,
                tcpOptionsSeen=None, rttSampleCount=2,
                reverseRttSampleCount=1, handshakeRttMicroseconds=None,
                windowMinimum=None, windowMaximum=None)
    return talk


@case
def scaled_window():
    talk = Talk("a scaled window")
    talk.client(0, flags=SYN, size=0, scale=3, window=1000)
    talk.server(10, flags=SYN | ACK, scale=7, window=2000)
    talk.client(20, window=500)
    talk.server(30, 10, window=100)
    talk.client(40, window=5000)
    talk.expect(windowScale=3, reverseWindowScale=7, tcpOptionsSeen=4,
                windowMaximum=40000, windowMinimum=1000,
                reverseWindowMaximum=12800, reverseWindowMinimum=2000)
    return talk


@case
def unscaled_window():
    """Both have to ask for it."""
    talk = Talk("no scaled window")
    talk.client(0, flags=SYN, scale=3, window=1000)
    talk.server(10, flags=SYN | ACK, window=2000)
    talk.client(20, window=500)
    talk.expect(windowMaximum=1000, windowMinimum=500)
    return talk


@case
def server_speaks_first():
    talk = Talk("a server that speaks first")
    talk.open()
    talk.server(30, 50)
    talk.client(60, 10)
    talk.server(75, 20)
    talk.expect(responseTimeMicroseconds=15000)
    return talk


@case
def request_of_three():
    """From its last octet to the first of the answer."""
    talk = Talk("a request of three segments")
    talk.open()
    for ms in (30, 31, 32):
        talk.client(ms, 1000)
    talk.server(42)
    talk.server(80, 1000)
    talk.server(81, 1000)
    talk.client(91)
    talk.expect(responseTimeMicroseconds=48000)
    return talk
