/* constant - libmicrohttpd alone: answers every request with the same body of
 * so many bytes. The peer of rest-ingress's read routes; one thread, as there.
 *
 * Usage: constant PORT BYTES */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

/* NOLINTNEXTLINE(readability-function-size): MHD_AccessHandlerCallback */
static enum MHD_Result on_access(void *self, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **context)
{
    static int begun;

    (void)url;
    (void)method;
    (void)version;
    (void)data;
    if (!*context) {
        *context = &begun;
        return MHD_YES;
    }
    *size = 0;
    return MHD_queue_response(connection, MHD_HTTP_OK, self);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    size_t bytes = strtoul(argv[2], NULL, 10);
    char *body = own_zero(bytes + 1);
    memset(body, 'x', bytes);
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(bytes, body, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL, (uint16_t)strtoul(argv[1], NULL, 10), NULL, NULL, on_access,
                         answer, MHD_OPTION_END);
    while (daemon && MHD_run_wait(daemon, -1) == MHD_YES)
        ;
    perror("constant");
    return EXIT_FAILURE;
}
