#include "address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_near_v4(uint32_t address)
{
    return address >> 24 == 127 || address >> 24 == 10 || address >> 20 == (172 << 4 | 1) ||
           address >> 16 == (192 << 8 | 168) || address >> 16 == (169 << 8 | 254);
}

static bool is_near_v6(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address) ||
           (address->s6_addr[0] & 0xfe) == 0xfc; /* unique local, RFC 4193 */
}

static bool write_v4(char text[ADDRESS_SIZE], const void *bytes)
{
    uint32_t address;

    memcpy(&address, bytes, sizeof(address));
    inet_ntop(AF_INET, bytes, text, ADDRESS_SIZE);
    return is_near_v4(ntohl(address));
}

/* Returns whether the peer is on a loopback or private network. */
static bool write_peer(char text[ADDRESS_SIZE], const struct sockaddr *peer)
{
    if (peer && peer->sa_family == AF_INET)
        return write_v4(text, &((const struct sockaddr_in *)(const void *)peer)->sin_addr);
    if (peer && peer->sa_family == AF_INET6) {
        const struct in6_addr *address =
            &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(address))
            return write_v4(text, address->s6_addr + 12);
        inet_ntop(AF_INET6, address, text, ADDRESS_SIZE);
        return is_near_v6(address);
    }
    *text = '\0';
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The front door adds its entry last, and in a line of its own when the
 * client had sent such a header: only the last entry of the last line is to
 * be believed. What is no address is passed over. */
static void take_forwarded(char text[ADDRESS_SIZE], const char *forwarded, size_t size)
{
    const char *comma = memrchr(forwarded, ',', size);
    const char *end = forwarded + size;
    const char *last = comma ? comma + 1 : forwarded;
    char entry[ADDRESS_SIZE];
    struct in6_addr ignored;

    while (last < end && is_blank(*last))
        last++;
    while (last < end && is_blank(end[-1]))
        end--;
    size_t length = (size_t)(end - last);
    if (length >= sizeof(entry))
        return;
    memcpy(entry, last, length);
    entry[length] = '\0';
    if (inet_pton(AF_INET, entry, &ignored) == 1 || inet_pton(AF_INET6, entry, &ignored) == 1)
        memcpy(text, entry, length + 1);
}

void address_of_client(char text[ADDRESS_SIZE], const struct sockaddr *peer, const char *forwarded,
                       size_t size)
{
    if (write_peer(text, peer) && forwarded)
        take_forwarded(text, forwarded, size);
}
