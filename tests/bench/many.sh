# shellcheck shell=bash disable=SC2034,SC2154 # sourced by run
# many.sh - 50,000 streams, which are more than one process may have
# descriptors for here: three gateways beside nginx with three workers, and a
# process of readers for each (many.c).

compare_many() # TITLE JOB OPTION...
{
    servers=3 program=many
    compare "$@" -g 3
    servers=1 program=bench
}

memory-50000() { compare_many "memory: 50,000 idle streams of one channel, three gateways" memory -n 50000; }
memory-50000-private()
{
    compare_many "memory: 50,000 idle streams, a channel each, three gateways" memory -n 50000 -u
}
broadcast-50000()
{
    compare_many "broadcast to 50,000 streams on three gateways, 8 in flight" \
        flow -n 50000 -i 8 -t "$seconds"
}
