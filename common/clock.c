#include "clock.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

static const int64_t last_ms = 253402300799999; /* 9999-12-31T23:59:59.999Z */

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now); /* fails only on a clock that is not there */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Writes number as so many digits, and what comes after it. */
static char *put_digits(char *at, int number, int count, char after)
{
    for (int i = count; i--; number /= 10)
        at[i] = (char)('0' + number % 10);
    at[count] = after;
    return at + count + 1;
}

void iso_time_format(int64_t wall_ms, char text[ISO_TIME_SIZE])
{
    int64_t ms = wall_ms < 0 ? 0 : wall_ms > last_ms ? last_ms : wall_ms;
    time_t seconds = ms / 1000;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    char *at = put_digits(text, utc.tm_year + 1900, 4, '-');
    at = put_digits(at, utc.tm_mon + 1, 2, '-');
    at = put_digits(at, utc.tm_mday, 2, 'T');
    at = put_digits(at, utc.tm_hour, 2, ':');
    at = put_digits(at, utc.tm_min, 2, ':');
    at = put_digits(at, utc.tm_sec, 2, '.');
    at = put_digits(at, (int)(ms % 1000), 3, '+');
    memcpy(at, "00:00", sizeof("00:00"));
}

static bool is_digit(char c)
{
    return isdigit((unsigned char)c);
}

/* Moves *at past exactly this many digits. */
static bool take_digits(const char **at, int count, int *value)
{
    *value = 0;
    for (; count; count--) {
        if (!is_digit(**at))
            return false;
        *value = *value * 10 + (*(*at)++ - '0');
    }
    return true;
}

static bool take_char(const char **at, char expected)
{
    if (**at != expected)
        return false;
    ++*at;
    return true;
}

static bool take_date(const char **at, struct tm *utc)
{
    if (!take_digits(at, 4, &utc->tm_year) || !take_char(at, '-') ||
        !take_digits(at, 2, &utc->tm_mon) || !take_char(at, '-') ||
        !take_digits(at, 2, &utc->tm_mday))
        return false;
    utc->tm_year -= 1900;
    utc->tm_mon -= 1;
    return utc->tm_mon >= 0 && utc->tm_mon <= 11 && utc->tm_mday >= 1 && utc->tm_mday <= 31;
}

/* A fraction of a second, or nothing. */
static bool take_fraction(const char **at, int *ms)
{
    int weight = 100;

    *ms = 0;
    if (!take_char(at, '.'))
        return true;
    if (!is_digit(**at))
        return false;
    for (; is_digit(**at); ++*at, weight /= 10)
        *ms += weight * (**at - '0');
    return true;
}

static bool take_time(const char **at, struct tm *utc, int *ms)
{
    if (!take_digits(at, 2, &utc->tm_hour) || !take_char(at, ':') ||
        !take_digits(at, 2, &utc->tm_min))
        return false;
    if (take_char(at, ':') && (!take_digits(at, 2, &utc->tm_sec) || !take_fraction(at, ms)))
        return false;
    return utc->tm_hour <= 23 && utc->tm_min <= 59 && utc->tm_sec <= 59;
}

/* Z, an offset or nothing, and then the end. */
static bool take_zone(const char **at, int *offset_min)
{
    int hours;
    int minutes;
    char sign = **at;

    *offset_min = 0;
    if (take_char(at, 'Z') || sign == '\0')
        return **at == '\0';
    if (!take_char(at, '+') && !take_char(at, '-') && !take_char(at, ' '))
        return false;
    if (!take_digits(at, 2, &hours))
        return false;
    (void)take_char(at, ':'); /* with or without */
    if (!take_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_min = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
    return **at == '\0';
}

bool iso_time_parse(const char *text, int64_t *wall_ms)
{
    struct tm utc = {0};
    int ms = 0;
    int offset_min;

    if (!take_date(&text, &utc) || !take_char(&text, 'T') || !take_time(&text, &utc, &ms) ||
        !take_zone(&text, &offset_min))
        return false;
    int day = utc.tm_mday;
    int64_t at = ((int64_t)timegm(&utc) - (int64_t)offset_min * 60) * 1000 + ms;
    if (utc.tm_mday != day || at < 0 || at > last_ms) /* timegm turns 30 February into March */
        return false;
    *wall_ms = at;
    return true;
}
