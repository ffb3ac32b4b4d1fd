#!/usr/bin/env bash
# Starts a server on embedded defaults in a directory of its own, makes the sources and
# views of demo.sql, and shows them changing until Ctrl-C, or for DEMO_SECONDS seconds.
# Leaves no process and no file behind.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=${STREAMDB:-bin/streamdb}
dir=$(mktemp -d "${TMPDIR:-/tmp}/streamdb-demo-XXXXXX")
server=
over=

finish() {
  code=$?
  trap - EXIT
  trap '' INT TERM
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$dir"
  if [ -n "$over" ]; then echo; echo "The demo is over."; exit 0; fi
  exit "$code"
}
trap finish EXIT
trap 'over=1; exit 0' INT TERM HUP

# taken PORT: somebody listens there.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port=4566
while taken "$port"; do port=$((port + 1)); done

# In a session of its own, so that Ctrl-C reaches this script, which ends the server.
: >"$dir/log"
setsid "$bin" start --data-dir "$dir/data" --listen "127.0.0.1:$port" >"$dir/log" 2>&1 &
server=$!
until grep -q ready "$dir/log"; do
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$dir/log" >&2
    exit 1
  fi
  sleep 0.05
done

url="postgres://root@127.0.0.1:$port/dev?sslmode=disable"
if command -v psql >/dev/null; then
  run() { psql -X -q -v ON_ERROR_STOP=1 "$url"; }
else
  run() { "$bin" sql --url "$url"; }
fi
run <examples/demo.sql >/dev/null

watch_sql="
SELECT auction, item, seller, bids, price FROM leaders ORDER BY price DESC, auction LIMIT 8;
SELECT channel, bids, highest, average FROM channels ORDER BY bids DESC, channel LIMIT 5;
SELECT window_start, bids, volume FROM per_second ORDER BY window_start DESC LIMIT 3;
SELECT count(*) AS big_bids, max(date_time) AS event_time FROM big_bids;
"

clear=
if [ -t 1 ]; then clear=$'\e[H\e[J'; fi
end=
if [ -n "${DEMO_SECONDS:-}" ]; then end=$((SECONDS + DEMO_SECONDS)); fi
while kill -0 "$server" 2>/dev/null; do
  screen=$(run <<<"$watch_sql") || continue # Ctrl-C reaches psql too, before it reaches us
  printf '%s' "$clear"
  echo "streamdb: 2,000 auction events a second, four materialized views. Ctrl-C ends it."
  echo "Look for yourself:  psql -h 127.0.0.1 -p $port -d dev -U root"
  echo
  printf '%s\n' "$screen"
  if [ -n "$end" ] && [ "$SECONDS" -ge "$end" ]; then over=1; exit 0; fi
  sleep 0.5
done
echo "The server ended by itself:" >&2
cat "$dir/log" >&2
exit 1
