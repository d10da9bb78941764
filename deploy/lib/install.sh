# shellcheck shell=bash
# install.sh - installs Debian packages that are missing. Sourced.

packages_file=$(dirname "${BASH_SOURCE[0]}")/../packages

# packages_of GROUP...: one choice a line, such as "curl" or "liba|liba2".
packages_of()
{
    local group wanted choice

    for wanted in "$@"; do
        while read -r group choice; do
            [ "$group" != "$wanted" ] || printf '%s\n' "$choice"
        done <"$packages_file"
    done
}

# missing_packages CHOICE...: those of which nothing is installed.
missing_packages()
{
    local names choice package found
    local -A installed=()

    IFS='|' read -r -a names <<<"$(IFS='|' && echo "$*")"
    while read -r package; do
        installed[$package]=1
    done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null |
        sed -n 's/^installed //p')
    for choice in "$@"; do
        found=
        for package in ${choice//|/ }; do
            found+=${installed[$package]:-}
        done
        [ -n "$found" ] || printf '%s\n' "$choice"
    done
}

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        echo "not root and no sudo: run this as root: $*" >&2
        return 1
    fi
}

apt()
{
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

# The first of the alternatives that this release has.
available()
{
    local package

    for package in ${1//|/ }; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            echo "$package"
            return
        fi
    done
    echo "${1%%|*}"
}

has_lists()
{
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

apt_install()
{
    local choice names=()

    for choice in "$@"; do
        names+=("$(available "$choice")")
    done
    echo "installing ${names[*]}"
    apt install -y --no-install-recommends "${names[@]}"
}

# install_packages GROUP...: installs what is missing of these groups.
install_packages()
{
    local choices missing

    command -v dpkg-query >/dev/null || return 0 # no Debian: the build will say what it misses
    mapfile -t choices < <(packages_of "$@")
    mapfile -t missing < <(missing_packages "${choices[@]}")
    [ "${#missing[@]}" -gt 0 ] || return 0
    has_lists || apt update || return 1
    # Lists that are too old name packages that the mirror no longer has.
    apt_install "${missing[@]}" || { apt update && apt_install "${missing[@]}"; }
}
