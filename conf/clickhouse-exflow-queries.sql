-- SPDX-License-Identifier: BSD-2-Clause
-- Ten questions to exflow's records in ClickHouse (clickhouse-exflow.sql).  Each
-- begins with its name behind "-- ", and ends with ";".

-- top clients
SELECT client, sum(sent_octets + received_octets) AS octets, count() AS flows
FROM flows_once GROUP BY client ORDER BY octets DESC, client LIMIT 10;

-- top services
SELECT server, server_port, protocol,
    sum(sent_octets + received_octets) AS octets, count() AS flows
FROM flows_once GROUP BY server, server_port, protocol
ORDER BY octets DESC, server, server_port LIMIT 10;

-- top names, of those who were talked to (with the setting names)
SELECT name, sum(sent_octets + received_octets) AS octets, count() AS flows
FROM flows_once WHERE name != '' GROUP BY name
ORDER BY octets DESC, name LIMIT 10;

-- 95th percentile of the rate, in bits a second, as transit is billed
SELECT quantileExactHigh(0.95)(octets) * 8 / 60 AS bits
FROM (SELECT minute, sum(sent_octets + received_octets) AS octets
      FROM flows_minute GROUP BY minute);

-- retransmission by the server's network
SELECT if(isNull(IPv4), cutIPv6(server, 8, 0), IPv4) AS network,
    sum(data_segments) AS segments, sum(retransmitted) AS again,
    round(100 * again / segments, 3) AS percent
FROM (SELECT *, if(startsWith(IPv6NumToString(server), '::ffff:'),
          cutIPv6(server, 0, 1), NULL) AS IPv4
      FROM flows_once WHERE protocol = 6)
GROUP BY network HAVING segments > 0 ORDER BY percent DESC, network LIMIT 10;

-- new servers: first seen in the last 80 seconds of what there is
SELECT server, server_port, min(start) AS since FROM flows_once
GROUP BY server, server_port
HAVING since > (SELECT max(start) FROM flows) - INTERVAL 80 SECOND
ORDER BY since, server, server_port;

-- unanswered, by service
SELECT server, server_port, protocol, count() AS unanswered
FROM flows_once WHERE received_packets = 0
GROUP BY server, server_port, protocol
ORDER BY unanswered DESC, server, server_port;

-- the time to the server and back, median by service, in microseconds
SELECT server, server_port, quantileExactLow(0.5)(server_rtt_us) AS median,
    count(server_rtt_us) AS flows
FROM flows_once WHERE server_rtt_us IS NOT NULL
GROUP BY server, server_port ORDER BY median DESC, server, server_port;

-- how exchanges end
SELECT protocol, ended, count() AS flows FROM flows_once
GROUP BY protocol, ended ORDER BY protocol, flows DESC, ended;

-- clients that ask many servers
SELECT client, uniqExact(server, server_port) AS services FROM flows_once
GROUP BY client ORDER BY services DESC, client LIMIT 10;
