# shellcheck shell=bash disable=SC2154 # sourced: up sets dir
# admin.sh - login and password of the first administrator, kept in DIR for
# their owner alone: admin-login, admin-password, and both as the body of
# cs-login in admin-login.json.

json_text()
{
    local text=${1//\\/\\\\}

    printf '"%s"' "${text//\"/\\\"}"
}

# The value of a setting or of the file that NAME_FILE names.
given() # NAME
{
    local file=$1_FILE

    if [ -n "${!1:-}" ]; then
        printf '%s\n' "${!1}"
    elif [ -n "${!file:-}" ]; then
        cat -- "${!file}"
    else
        return 1
    fi
}

random_password()
{
    head -c 15 /dev/urandom | base64 | tr '+/' '-_'
}

keep() # NAME VALUE
{
    if [ -z "$2" ] || [[ $2 == *[[:cntrl:]]* ]]; then
        fail "$1 is empty or has control characters"
    fi
    printf '%s\n' "$2" >"$dir/$1"
}

# Sets fresh_password when one was made now.
write_admin()
{
    local value

    fresh_password=
    if value=$(given KRATT_ADMIN_PASSWORD); then
        keep admin-password "$value"
    elif [ ! -s "$dir/admin-password" ]; then
        fresh_password=$(random_password)
        keep admin-password "$fresh_password"
    fi
    if value=$(given KRATT_ADMIN_LOGIN); then
        keep admin-login "$value"
    elif [ ! -s "$dir/admin-login" ]; then
        keep admin-login admin
    fi
    printf '{"login":%s,"password":%s}\n' "$(json_text "$(<"$dir/admin-login")")" \
        "$(json_text "$(<"$dir/admin-password")")" >"$dir/admin-login.json"
}
