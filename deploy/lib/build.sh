# shellcheck shell=bash disable=SC2154 # sourced: up sets root and build
# build.sh - builds the five services, and nothing when they are up to date.

services=(chat-state health waiting-time rest-ingress sse-gateway)

has_programs() # BUILD
{
    local name

    for name in "${services[@]}"; do
        [ -x "$1/bin/$name" ] || return 1
    done
}

# A directory that tests/run configured is used as it is, with its tests on.
configure()
{
    local options=(-DTESTS=OFF)

    if [ -e "$build/CMakeCache.txt" ]; then
        grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt" && return 0
        options+=(--fresh) # the tree was moved or copied together with its build
    fi
    ! command -v ninja >/dev/null || options+=(-G Ninja)
    cmake -S "$root" -B "$build" "${options[@]}"
}

build_programs() # NAME...
{
    build=${build:-$root/build}
    configure && cmake --build "$build" --parallel "$(nproc)" --target "$@"
}

build_services()
{
    build_programs "${services[@]}" establishments
}

# A build directory that was named and is complete is not built again.
programs_are_given()
{
    [ -n "$build" ] && has_programs "$build"
}
