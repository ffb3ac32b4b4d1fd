-- Averages of sensors over windows of ten seconds of event time.
CREATE TABLE readings (sensor text NOT NULL, at timestamp NOT NULL, celsius double precision NOT NULL);
CREATE MATERIALIZED VIEW averages AS
    SELECT sensor, window_start, window_end, avg(celsius) AS average, count(*) AS readings
    FROM TUMBLE(readings, at, INTERVAL '10 seconds')
    GROUP BY sensor, window_start, window_end;

INSERT INTO readings VALUES
    ('attic', '2024-05-01 12:00:01', 21.0), ('attic', '2024-05-01 12:00:09', 23.0),
    ('cellar', '2024-05-01 12:00:04', 11.5), ('attic', '2024-05-01 12:00:10', 30.0);
SELECT * FROM averages ORDER BY sensor, window_start;

-- A late reading corrects its window: windows stay open.
INSERT INTO readings VALUES ('cellar', '2024-05-01 12:00:00', 12.5);
SELECT * FROM averages ORDER BY sensor, window_start;
