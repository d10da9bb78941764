# shellcheck shell=bash disable=SC2034,SC2154 # sourced by run, which sets and uses what is here
# posts.sh - the benchmarks of the five services together: posts that are
# committed to PostgreSQL, which waits for the disk (DISK: the folder for its
# data, else that of temporary files), against pgbench on the same server; and
# read routes against libmicrohttpd alone.

posts_port=$((port + 1)) # rest-ingress; then the monitors of it and of sse-gateway, and the peer

# ---- the database ----

start_database()
{
    [ -z "${database:-}" ] || return 0
    disk=$(mktemp -d -p "${DISK:-/tmp}")
    chmod 711 "$disk"
    url=$("$root/tests/postgres" start "$disk/postgres")
    database=${url%/*}
    psql -q "$url" -c "ALTER SYSTEM SET fsync = on" -c "ALTER SYSTEM SET full_page_writes = on" \
        -c "ALTER SYSTEM SET max_connections = 200" -c "ALTER SYSTEM SET max_wal_size = '4GB'"
    "$root/tests/postgres" restart "$disk/postgres"
}

stop_database()
{
    [ -z "${database:-}" ] || "$root/tests/postgres" stop "$disk/postgres"
    [ -z "${disk:-}" ] || rm -rf "$disk"
}

new_database() # NAME
{
    psql -q "$url" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" -c CHECKPOINT 2>"$work/psql.log"
}

# ---- the five services ----

start_five()
{
    local name

    rm -rf "$work/bus"
    mkdir "$work/bus"
    five=()
    for name in chat-state health waiting-time rest-ingress sse-gateway; do
        case $name in
        rest-ingress) set -- "127.0.0.1:$posts_port" "127.0.0.1:$((posts_port + 1))" ;;
        sse-gateway) set -- "127.0.0.1:$port" "127.0.0.1:$((posts_port + 2))" ;;
        *) set -- 127.0.0.1:0 127.0.0.1:0 ;;
        esac
        (cd "$work/bus" && mkdir -p run && exec env KRATT_HTTP="$1" KRATT_MONITOR="$2" \
            KRATT_DATABASE="$database/kratt" KRATT_CONNECTIONS=19000 \
            KRATT_STREAMS_PER_ADDRESS=0 KRATT_LOG_LEVEL=warn \
            "$programs/$name") >"$work/$name.log" 2>&1 &
        five+=($!)
    done
    for name in 1 2; do
        until curl -sf "http://127.0.0.1:$((posts_port + name))/readyz" >"$work/ready"; do :; done
    done
    until curl -sf "http://127.0.0.1:$posts_port/estimated-waiting-time" >"$work/ready"; do :; done
}

stop_five()
{
    [ ${#five[@]} -eq 0 ] || { kill "${five[@]}" && wait "${five[@]}"; } 2>"$work/end.log" || true
    five=()
}
five=()

posts_kratt() # JOB OPTION...
{
    new_database kratt
    start_five
    "$programs/posts" -r "$posts_port" -s "$port" -t "$seconds" "${@:2}" "$1" &
    load=$!
    wait "$load" || { tail -n 5 "$work"/*.log >&2; exit 1; }
    load=''
    stop_five
}

# ---- the peers ----

# The row that Kratt stores for a message, in the same table with the same
# indexes, as one prepared statement and one transaction.
pgbench_peer() # CLIENTS
{
    local script

    new_database peer
    for script in "$root"/services/chat-state/migrations/*.sql; do
        psql -q "$database/peer" -f "$script"
    done
    cat >"$work/message.sql" <<'EOF'
\set n :n + 1
\set row (:client_id + 1) * 1000000000 + :n
\set chat random(1, 1000)
INSERT INTO message (id, base_id, chat_base_id, seq, content, event, author_id, author_timestamp,
    author_first_name, author_last_name, author_role, forwarded_by_user, forwarded_from_csa,
    forwarded_to_csa, rating, created, updated)
VALUES (:row, gen_random_uuid()::text, '7045872f-bb09-4b8e-8dd0-' || lpad(:chat::text, 12, '0'),
    :row, repeat('x', 100), '', '', 1700000000000 + :n, '', '', 'end-user', '', '', '', '',
    1700000000000 + :n, 1700000000000 + :n);
EOF
    pgbench -n -M prepared -D n=0 -c "$1" -j 1 -T "$seconds" -f "$work/message.sql" \
        "$database/peer" >"$work/pgbench.log" 2>&1 || { cat "$work/pgbench.log" >&2; exit 1; }
    awk '/^tps/ { print "per_second", $3 } /^latency average/ { print "commit_ms", $4 }' \
        "$work/pgbench.log"
}

constant_peer() # BYTES
{
    "$programs/constant" "$((posts_port + 3))" "$1" 2>"$work/constant.log" &
    server=$!
    until (: <"/dev/tcp/127.0.0.1/$((posts_port + 3))") 2>"$work/try"; do :; done
    "$programs/posts" -r "$((posts_port + 3))" -t "$seconds" -c 32 read
    stop_server
}

# ---- a comparison ----

record() # SIDE COMMAND...
{
    local side=$1

    shift
    "$@" >"$work/figures"
    if [ -n "${VERBOSE:-}" ]; then sed "s/^/$side /" "$work/figures"; fi
    sed "s/^/$side /" "$work/figures" >>"$work/rounds"
}

# Prints the median of each figure, and one of Kratt's as a part of a peer's.
posts_summary() # TITLE KRATT-FIGURE PEER-FIGURE
{
    echo "== $1"
    sort -k1,2 -k3,3g "$work/rounds" | awk -v ours="kratt $2" -v theirs="peer $3" '
        { key = $1 " " $2; value[key, ++count[key]] = $3; if (count[key] == 1) keys[++n] = key }
        function median(key,   c) {
            c = count[key]
            return (value[key, int((c + 1) / 2)] + value[key, int(c / 2) + 1]) / 2
        }
        END {
            for (i = 1; i <= n; i++) printf "%-24s %12.3f\n", keys[i], median(keys[i])
            printf "ratio %s / %s %.3f\n", ours, theirs, median(ours) / median(theirs)
        }'
}

posts_compare() # TITLE KRATT-FIGURE PEER-FIGURE "KRATT COMMAND" "PEER COMMAND"
{
    local i

    start_database
    : >"$work/rounds"
    for ((i = 0; i < rounds; i++)); do
        # shellcheck disable=SC2086 # commands of ours, to be split
        record kratt $4
        # shellcheck disable=SC2086
        record peer $5
    done
    posts_summary "$1" "$2" "$3"
}

posts()
{
    posts_compare "posts, 32 connections, 1,000 chats with a stream each, against pgbench" \
        per_second per_second "posts_kratt write -n 1000 -c 32" "pgbench_peer 32"
}
posts-128()
{
    posts_compare "posts, 128 connections, 1,000 chats with a stream each, against pgbench" \
        per_second per_second "posts_kratt write -n 1000 -c 128" "pgbench_peer 32"
}
pace()
{
    posts_compare "2,000 posts a second, 1,000 streams, against the commit of one client" \
        frame_p50_ms commit_ms "posts_kratt pace -n 1000 -c 64 -q 2000" "pgbench_peer 1"
}
pace-10000()
{
    posts_compare "2,000 posts a second, 10,000 streams, against the commit of one client" \
        frame_p50_ms commit_ms "posts_kratt pace -n 10000 -c 64 -q 2000" "pgbench_peer 1"
}
read_kratt() # PATH
{
    new_database kratt
    start_five
    "$programs/posts" -r "$posts_port" -t "$seconds" -c 32 -u "$1" read
    stop_five
}
read-health()
{
    posts_compare "reading the health list, 32 connections, against libmicrohttpd alone" \
        per_second per_second "read_kratt /cs-get-components-healthz-status" "constant_peer 192"
}
read-waiting()
{
    posts_compare "reading the waiting time, 32 connections, against libmicrohttpd alone" \
        per_second per_second "read_kratt /estimated-waiting-time" "constant_peer 75"
}
