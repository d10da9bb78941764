# shellcheck shell=bash disable=SC2154 # sourced: up sets what is used here
# plan.sh - writes what the supervisor starts: DIR/run/start/<name>, a script
# that sets the environment and becomes the program. A service is given the
# settings that its --help lists and no others; thus the database and the
# administrator's password reach chat-state alone, the private key
# rest-ingress alone.

plan_names()
{
    local i

    # The order of starting. Stopping is the reverse.
    names=(chat-state health waiting-time rest-ingress)
    for ((i = 1; i <= gateways; i++)); do
        names+=("sse-gateway-$i")
    done
    names+=(front)
}

program_of() # NAME
{
    case $1 in
    sse-gateway-*) echo "$build/bin/sse-gateway" ;;
    *) echo "$build/bin/$1" ;;
    esac
}

# What up itself gives, unless the environment says otherwise.
default_of() # SETTING
{
    case $1 in
    KRATT_COOKIE_SECURE) echo 0 ;; # the front door speaks plain HTTP
    *) return 1 ;;
    esac
}

print_export() # SETTING VALUE
{
    printf 'export %s=%q\n' "$1" "$2"
}

plan_setting() # NAME SETTING
{
    local file=$2_FILE value

    case $2 in
    KRATT_MONITOR) print_export "$2" "${own[$1]}" ;;
    KRATT_CURVE_DIR) [ -z "${KRATT_CURVE_DIR:-}" ] || print_export "$2" "$KRATT_CURVE_DIR/${1%-[0-9]*}" ;;
    KRATT_HTTP) print_export "$2" "${http[$1]}" ;;
    KRATT_ADMIN_LOGIN) print_export "$2" "$(<"$dir/admin-login")" ;;
    KRATT_ADMIN_PASSWORD) print_export "$file" "$dir/admin-password" ;;
    *)
        if [ -n "${!2+set}" ]; then
            print_export "$2" "${!2}"
        elif [ -n "${!file:-}" ]; then
            print_export "$file" "${!file}"
        elif value=$(default_of "$2"); then
            print_export "$2" "$value"
        fi
        ;;
    esac
}

plan_service() # NAME
{
    local program setting

    program=$(program_of "$1")
    while read -r setting _; do
        plan_setting "$1" "$setting"
    done < <("$program" --help | grep -E '^[A-Z][A-Z0-9_]+ ')
    printf 'exec %q\n' "$program"
}

# The servers of the front door, which deploy/haproxy.cfg takes from the
# environment or, here, after its two marks.
front_server() # NAME
{
    printf '    server %s %s check port %s\n' "$1" "${http[$1]}" "${own[$1]##*:}"
    printf '    server %s-unready %s backup\n' "$1" "${http[$1]}"
}

plan_front()
{
    local name ingress gateway_list=

    ingress=$(front_server rest-ingress)
    for name in "${names[@]}"; do
        [[ $name != sse-gateway-* ]] || gateway_list+=$(front_server "$name")$'\n'
    done
    while IFS= read -r line; do
        printf '%s\n' "$line"
        case $line in
        *'# servers: rest-ingress') printf '%s\n' "$ingress" ;;
        *'# servers: sse-gateway') printf '%s' "$gateway_list" ;;
        esac
    done <"$root/deploy/haproxy.cfg" >"$dir/run/haproxy.cfg"
    print_export KRATT_FRONT "$address:$port"
    print_export KRATT_FRONT_SOCKET run/front.sock
    print_export KRATT_FRONT_DESCRIPTORS "${KRATT_FRONT_DESCRIPTORS:-200000}"
    printf 'exec %q -db -f run/haproxy.cfg' "$(PATH=$PATH:/usr/sbin command -v haproxy)"
    [ -z "${KRATT_ESTABLISHMENTS:-}" ] || printf ' -f run/establishments.cfg'
    printf '\n'
}

write_plan()
{
    local name

    plan_names
    rm -rf -- "$dir/run/start"
    mkdir -p -- "$dir/run/start"
    if [ -n "${KRATT_ESTABLISHMENTS:-}" ]; then
        "$build/bin/establishments" "$KRATT_ESTABLISHMENTS" >"$dir/run/establishments.cfg" ||
            fail "KRATT_ESTABLISHMENTS cannot be read"
    fi
    for name in "${names[@]}"; do
        if [ "$name" = front ]; then
            plan_front >"$dir/run/start/$name"
        else
            plan_service "$name" >"$dir/run/start/$name"
        fi
    done
}
