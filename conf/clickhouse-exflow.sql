-- SPDX-License-Identifier: BSD-2-Clause
-- exflow's records in ClickHouse; doc/scale.md tells how to use this file.
--
--	Kafka ──► flows_kafka ─┐
--	                       ├─► flows ──► flows_once (each record once)
--	kcat, json: ► flows_in ┘     └─────► flows_minute ──► flows_hour
--
-- Addresses are IPv6, IPv4 ones mapped (::ffff:192.0.2.1), so that one column
-- has both; IPv6ToIPv4 or cutIPv6 shows them as they were.  Times that a record does
-- not have are NULL, counts 0.

-- What one record is, as it comes in.
CREATE TABLE IF NOT EXISTS flows_in
(
    domain UInt32 DEFAULT 1,
    flowId UInt64,
    sourceIPv4Address Nullable(IPv4),
    destinationIPv4Address Nullable(IPv4),
    sourceIPv6Address Nullable(IPv6),
    destinationIPv6Address Nullable(IPv6),
    sourceTransportPort UInt16,
    destinationTransportPort UInt16,
    protocolIdentifier UInt8,
    -- Of a side that sent nothing there are no times.
    flowStartMicroseconds Nullable(String),
    flowEndMicroseconds Nullable(String),
    reverseFlowStartMicroseconds Nullable(String),
    reverseFlowEndMicroseconds Nullable(String),
    octetDeltaCount UInt64,
    reverseOctetDeltaCount UInt64,
    packetDeltaCount UInt64,
    reversePacketDeltaCount UInt64,
    initiatorOctets UInt64,
    responderOctets UInt64,
    exchangeEnd String,
    serverName String,
    biflowDirection UInt8,
    reverseHandshakeRttMicroseconds Nullable(UInt32),
    rttMeanMicroseconds Nullable(UInt32),
    reverseRttMeanMicroseconds Nullable(UInt32),
    responseTimeMicroseconds Nullable(UInt32),
    dataPacketDeltaCount UInt64,
    reverseDataPacketDeltaCount UInt64,
    retransmittedPacketDeltaCount UInt64,
    reverseRetransmittedPacketDeltaCount UInt64
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS flows
(
    start DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    end DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    domain UInt32 CODEC(ZSTD),
    flow_id UInt64 CODEC(Delta, ZSTD),
    client IPv6 CODEC(ZSTD),
    server IPv6 CODEC(ZSTD),
    client_port UInt16 CODEC(ZSTD),
    server_port UInt16 CODEC(ZSTD),
    protocol UInt8 CODEC(ZSTD),
    sent_octets UInt64 CODEC(T64, ZSTD),
    received_octets UInt64 CODEC(T64, ZSTD),
    sent_packets UInt64 CODEC(T64, ZSTD),
    received_packets UInt64 CODEC(T64, ZSTD),
    sent_payload UInt64 CODEC(T64, ZSTD),
    received_payload UInt64 CODEC(T64, ZSTD),
    ended LowCardinality(String),
    -- Who was talked to, where the setting names is on.
    name LowCardinality(String),
    direction UInt8 CODEC(ZSTD),
    server_rtt_us Nullable(UInt32) CODEC(ZSTD),
    rtt_us Nullable(UInt32) CODEC(ZSTD),
    response_us Nullable(UInt32) CODEC(ZSTD),
    data_segments UInt64 CODEC(T64, ZSTD),
    retransmitted UInt64 CODEC(T64, ZSTD)
)
ENGINE = MergeTree
PARTITION BY toDate(start)
ORDER BY (toStartOfHour(start), client, server, server_port, start)
TTL toDateTime(start) + INTERVAL 90 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS flows_from_in TO flows AS
WITH
    parseDateTime64BestEffortOrNull(flowStartMicroseconds, 6, 'UTC') AS s1,
    parseDateTime64BestEffortOrNull(reverseFlowStartMicroseconds, 6, 'UTC')
        AS s2,
    parseDateTime64BestEffortOrNull(flowEndMicroseconds, 6, 'UTC') AS e1,
    parseDateTime64BestEffortOrNull(reverseFlowEndMicroseconds, 6, 'UTC') AS e2
SELECT
    assumeNotNull(coalesce(least(s1, s2), s1, s2)) AS start,
    assumeNotNull(coalesce(greatest(e1, e2), e1, e2)) AS end,
    domain,
    flowId AS flow_id,
    ifNull(sourceIPv6Address, IPv4ToIPv6(assumeNotNull(sourceIPv4Address)))
        AS client,
    ifNull(destinationIPv6Address,
        IPv4ToIPv6(assumeNotNull(destinationIPv4Address))) AS server,
    sourceTransportPort AS client_port,
    destinationTransportPort AS server_port,
    protocolIdentifier AS protocol,
    octetDeltaCount AS sent_octets,
    reverseOctetDeltaCount AS received_octets,
    packetDeltaCount AS sent_packets,
    reversePacketDeltaCount AS received_packets,
    initiatorOctets AS sent_payload,
    responderOctets AS received_payload,
    exchangeEnd AS ended,
    serverName AS name,
    biflowDirection AS direction,
    reverseHandshakeRttMicroseconds AS server_rtt_us,
    rttMeanMicroseconds + reverseRttMeanMicroseconds AS rtt_us,
    responseTimeMicroseconds AS response_us,
    dataPacketDeltaCount + reverseDataPacketDeltaCount AS data_segments,
    retransmittedPacketDeltaCount + reverseRetransmittedPacketDeltaCount
        AS retransmitted
FROM flows_in;

-- Each record once: "at least once" may bring one again, and it is the same in
-- all that tells records apart.  An exchange that two probes saw is there twice,
-- once for each observation domain: choose one, or compare the two.
CREATE VIEW IF NOT EXISTS flows_once AS
SELECT * FROM flows
LIMIT 1 BY domain, flow_id, start, end, client, client_port, server,
    server_port, protocol;

-- Sums by minute and hour.  They are made as records come in, so what comes
-- twice is in them twice: for exact sums ask flows_once.
CREATE TABLE IF NOT EXISTS flows_minute
(
    minute DateTime('UTC') CODEC(Delta, ZSTD),
    client IPv6, server IPv6, server_port UInt16, protocol UInt8,
    flows UInt64, sent_octets UInt64, received_octets UInt64,
    data_segments UInt64, retransmitted UInt64
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, client, server, server_port, protocol)
TTL minute + INTERVAL 30 DAY;

CREATE MATERIALIZED VIEW IF NOT EXISTS flows_to_minute TO flows_minute AS
SELECT toStartOfMinute(toDateTime(flows.end, 'UTC')) AS minute,
    client, server, server_port, protocol, count() AS flows,
    sum(sent_octets) AS sent_octets, sum(received_octets) AS received_octets,
    sum(data_segments) AS data_segments,
    sum(flows.retransmitted) AS retransmitted
FROM flows
GROUP BY minute, client, server, server_port, protocol;

CREATE TABLE IF NOT EXISTS flows_hour
(
    hour DateTime('UTC') CODEC(Delta, ZSTD),
    server IPv6, server_port UInt16, protocol UInt8,
    flows UInt64, sent_octets UInt64, received_octets UInt64,
    data_segments UInt64, retransmitted UInt64
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, server, server_port, protocol)
TTL hour + INTERVAL 2 YEAR;

CREATE MATERIALIZED VIEW IF NOT EXISTS flows_to_hour TO flows_hour AS
SELECT toStartOfHour(minute) AS hour, server, server_port, protocol,
    sum(flows_minute.flows) AS flows, sum(sent_octets) AS sent_octets,
    sum(received_octets) AS received_octets,
    sum(data_segments) AS data_segments, sum(retransmitted) AS retransmitted
FROM flows_minute
GROUP BY hour, server, server_port, protocol;

-- From Kafka.  Not run by exflow's tests, which have no ClickHouse server: only
-- the tables above.  Change the brokers and the topic; a consumer for each
-- partition at most.

CREATE TABLE IF NOT EXISTS flows_kafka AS flows_in
ENGINE = Kafka
SETTINGS kafka_broker_list = 'broker1:9092,broker2:9092',
    kafka_topic_list = 'flows',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONEachRow',
    kafka_num_consumers = 3,
    kafka_handle_error_mode = 'stream',
    input_format_skip_unknown_fields = 1;

-- The observation domain is in a header of each message.
CREATE MATERIALIZED VIEW IF NOT EXISTS flows_kafka_in TO flows_in AS
SELECT * EXCEPT (domain),
    toUInt32OrDefault(
        _headers.value[indexOf(_headers.name, 'exflow.domain')]) AS domain
FROM flows_kafka
WHERE _error = '';
