# shellcheck shell=bash disable=SC2034 # sourced: up uses what is set here
# settings.sh - what deploy/up can be told: options and environment.

usage()
{
    cat <<END
usage: deploy/up [option...]

Builds Kratt where needed and starts it: five services and the front door.
Runs until Ctrl-C; with --detach until deploy/down.

  --detach            return when all is ready
  --dir DIR           data, keys, logs and run files (KRATT_DIR; var/ beside deploy/)
  --port PORT         of the front door (KRATT_PORT; 8080)
  --address ADDRESS   of the front door (KRATT_ADDRESS; 127.0.0.1)
  --gateways N        how many sse-gateways (KRATT_GATEWAYS; 1)
  --database URL      postgresql://... or a SQLite file (KRATT_DATABASE, or a file with it in
                      KRATT_DATABASE_FILE, which keeps its password off the command line; DIR/kratt.db)
  --build DIR         where the programs are; built there when they are not (KRATT_BUILD; build/)
  --no-install        never call apt-get
  --help              this page

The first administrator, made when there is no account yet:
  KRATT_ADMIN_LOGIN           login, or a file with it in KRATT_ADMIN_LOGIN_FILE (admin)
  KRATT_ADMIN_PASSWORD        password, or a file with it in KRATT_ADMIN_PASSWORD_FILE; without
                              it one is made at random, shown once and kept in DIR/admin-password

Inside, the services listen on a loopback address of this instance's own, so that instances never
meet (127.1.x.y, where x and y are the two bytes of PORT):
  KRATT_INSIDE                    the address
  KRATT_PORT_REST_INGRESS         rest-ingress, HTTP (PORT+1)
  KRATT_PORT_CHAT_STATE_OWN       chat-state: /livez /readyz /healthz /metrics (PORT+2)
  KRATT_PORT_REST_INGRESS_OWN     rest-ingress, the same (PORT+3)
  KRATT_PORT_WAITING_TIME_OWN     waiting-time, the same (PORT+4)
  KRATT_PORT_HEALTH_OWN           health, the same (PORT+5)
  KRATT_PORT_GATEWAYS             the first sse-gateway, HTTP; its own port is the next one;
                                  each further gateway takes the next two (PORT+10)

  KRATT_CURVE_DIR             keys that deploy/keys made: each service is given its own folder
                              in there; needed only where the sockets of the bus are on tcp

Every other setting of a service (its --help lists them) is taken from the environment and given
to the services that have it, and to no other. Front door only: KRATT_FRONT_DESCRIPTORS (200000,
two for a connection; never more than the system allows).
END
}

fail()
{
    echo "deploy/up: $*" >&2
    exit 1
}

need_number() # NAME VALUE LEAST MOST
{
    if ! [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
        fail "$1 has to be a number from $3 to $4, not '$2'"
    fi
}

read_options()
{
    detach='' install=1
    dir=${KRATT_DIR:-$root/var} port=${KRATT_PORT:-8080} address=${KRATT_ADDRESS:-127.0.0.1}
    gateways=${KRATT_GATEWAYS:-1} build=${KRATT_BUILD:-} database=${KRATT_DATABASE:-}
    while [ $# -gt 0 ]; do
        case $1 in
        --detach) detach=1 ;;
        --no-install) install='' ;;
        --help | -h) usage && exit 0 ;;
        --dir | --port | --address | --gateways | --database | --build)
            [ -n "${2:-}" ] || fail "$1 needs a value; see --help"
            printf -v "${1#--}" %s "$2"
            shift
            ;;
        *) fail "unknown option $1; see --help" ;;
        esac
        shift
    done
    need_number --port "$port" 1 65000
    need_number --gateways "$gateways" 1 64
}

# Ports of the inside count from PORT; see usage.
read_ports()
{
    inside=${KRATT_INSIDE:-127.1.$((port / 256)).$((port % 256))}
    port_ingress=${KRATT_PORT_REST_INGRESS:-$((port + 1))}
    port_gateways=${KRATT_PORT_GATEWAYS:-$((port + 10))}
    declare -gA own=(
        [chat-state]=$inside:${KRATT_PORT_CHAT_STATE_OWN:-$((port + 2))}
        [rest-ingress]=$inside:${KRATT_PORT_REST_INGRESS_OWN:-$((port + 3))}
        [waiting-time]=$inside:${KRATT_PORT_WAITING_TIME_OWN:-$((port + 4))}
        [health]=$inside:${KRATT_PORT_HEALTH_OWN:-$((port + 5))}
    )
    declare -gA http=([rest-ingress]=$inside:$port_ingress)
    local i
    for ((i = 1; i <= gateways; i++)); do
        http[sse-gateway-$i]=$inside:$((port_gateways + 2 * i - 2))
        own[sse-gateway-$i]=$inside:$((port_gateways + 2 * i - 1))
    done
}

# Files named in the environment are meant from here; services run in DIR.
absolute_files()
{
    local name

    for name in KRATT_CURVE_DIR KRATT_TOKEN_KEY KRATT_TOKEN_PUBLIC_KEY $(compgen -e | grep '^KRATT_.*_FILE$'); do
        [ -z "${!name:-}" ] || printf -v "$name" %s "$(realpath -m -- "${!name}")"
    done
}

read_settings()
{
    read_options "$@"
    read_ports
    absolute_files
    dir=$(realpath -m -- "$dir")
    [ -z "$build" ] || build=$(realpath -m -- "$build")
    case $database in
    '') [ -n "${KRATT_DATABASE_FILE:-}" ] || KRATT_DATABASE=$dir/kratt.db ;;
    *://* | *=* | :memory:) KRATT_DATABASE=$database ;;
    *) KRATT_DATABASE=$(realpath -m -- "$database") ;;
    esac
    local host=$address
    [ "$host" != 0.0.0.0 ] || host=127.0.0.1
    [ "$host" != :: ] || host=::1
    [[ $host != *:* ]] || host=[$host]
    url=http://$host:$port
}
