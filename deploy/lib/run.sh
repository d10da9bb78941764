# shellcheck shell=bash disable=SC2154 # sourced: up and down set dir
# run.sh - the running instance of a directory: whether there is one, starting
# it, waiting for it. The supervisor holds a lock on DIR/lock as long as it
# lives, so nothing stale can be taken for it.

open_lock()
{
    exec 9>>"$dir/lock"
}

take_lock()
{
    open_lock
    flock -n 9
}

answers() # HOST PORT
{
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# Becomes a session of its own, so that Ctrl-C reaches only up, which then
# stops it in order. Not detached, it also ends when up dies in any way.
launch()
{
    local tie=(setpriv --pdeathsig TERM --)

    [ -z "$detach" ] || tie=()
    cd "$dir" || fail "cannot enter $dir"
    setsid "${tie[@]}" "$root/deploy/supervise" "${names[@]}" </dev/null >>log/supervise.log 2>&1 &
    supervisor=$!
    exec 9>&- # the supervisor has it now
}

is_running()
{
    kill -0 "$supervisor" 2>/dev/null
}

stop_now()
{
    kill -TERM "$supervisor" 2>/dev/null
    while is_running; do
        wait "$supervisor"
    done
}

# Waits until the address answers 200 to path, as long as time is left.
wait_for() # ADDRESS PATH
{
    until curl -gfsS -m 1 -o /dev/null "http://$1$2" 2>/dev/null; do
        is_running && [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

wait_until_ready()
{
    local name deadline=$((SECONDS + ${KRATT_START_SECONDS:-60}))

    for name in "${names[@]}"; do
        if [ "$name" = front ]; then
            wait_for "${url#http://}" /healthz && continue
        else
            wait_for "${own[$name]}" /readyz && continue
        fi
        echo "$name does not get ready; the end of $dir/log/$name.log:" >&2
        tail -n 5 "log/$name.log" >&2
        return 1
    done
}

# Shows all logs with the name in front, until the supervisor ends.
follow_logs()
{
    tail -n 0 -q -v -F --pid="$supervisor" log/*.log 2>/dev/null | awk '
        /^==> .* <==$/ { name = $2; gsub(/^log\/|\.log$/, "", name); next }
        length { printf "%-14s %s\n", name, $0; fflush() }'
}
