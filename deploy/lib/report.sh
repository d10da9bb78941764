# shellcheck shell=bash disable=SC2154 # sourced: up sets what is used here
# report.sh - what deploy/up prints when all is ready.

# Where a socket of the bus is.
at() # SETTING NAME
{
    echo "${!1:-ipc:run/$2}"
}

listens_on() # NAME
{
    case $1 in
    front) echo "$address:$port" ;;
    chat-state) echo "$(at KRATT_COMMANDS commands) $(at KRATT_EVENTS events)" ;;
    waiting-time) echo "$(at KRATT_WAITING waiting) $(at KRATT_WAITING_EVENTS waiting-events)" ;;
    health) echo "$(at KRATT_HEALTH health) $(at KRATT_HEALTH_EVENTS health-events)" \
        "$(at KRATT_HEARTBEATS heartbeats)" ;;
    *) echo "${http[$1]}" ;;
    esac
}

print_table()
{
    local name format='%-16s %-22s %-8s %s\n'

    # shellcheck disable=SC2059 # the format is the line above
    printf "$format" service 'own port' pid 'listens on'
    for name in "${names[@]}"; do
        # shellcheck disable=SC2059
        printf "$format" "$name" "${own[$name]:--}" "$(<"$dir/run/$name.pid")" "$(listens_on "$name")"
    done
}

# Three lines that can be pasted as they are. The password is read from a file.
print_story()
{
    local jar agent login json="-H 'Content-Type: application/json'" now="\$(date -u +%FT%T.%3NZ)"

    printf -v jar %q "$dir/run/visitor.jar"
    printf -v agent %q "$dir/run/agent.jar"
    printf -v login %q "$dir/admin-login.json"
    cat <<END
chat=\$(curl -sS -c $jar $json -d '{"message":{"chatId":null,"authorRole":"end-user","authorTimestamp":"'$now'","content":"Tere!"},"endUserTechnicalData":{"endUserOs":"Linux","endUserUrl":"$url/"}}' $url/init-chat | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4); echo "chat \$chat"
curl -sSN --max-time 60 -b $jar $url/events/get-new-messages &
curl -fsS -o /dev/null -c $agent $json -d @$login $url/cs-login && curl -sS -b $agent $json -d '{"chatId":"'\$chat'","authorRole":"backoffice-user","authorTimestamp":"'$now'","authorFirstName":"","authorId":"","content":"Tere! Kuidas saan aidata?"}' $url/cs-post-message; echo
END
}

print_report()
{
    echo
    echo "Kratt is ready: $url"
    echo
    print_table
    echo
    echo "logs and data: $dir"
    echo "administrator: $(<"$dir/admin-login"), password in $dir/admin-password"
    [ -z "$fresh_password" ] || echo "               made just now, shown this once: $fresh_password"
    echo
    echo "Open a chat, stream it, answer it:"
    echo
    print_story
    echo
}
