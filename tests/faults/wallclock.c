/* wallclock.c - lets a test set the wall clock of one program: preloaded, it
 * adds to what the system says the milliseconds that stand, as an int64_t, in
 * the file KRATT_WALLCLOCK. The file is mapped, so a change is seen at once.
 * The monotonic clock stays as it is, and so do its timers. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *error_ms; /* NULL: the clock is right */

__attribute__((constructor)) static void map_error(void)
{
    const char *path = getenv("KRATT_WALLCLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd == -1)
        return;
    void *map = mmap(NULL, sizeof(*error_ms), PROT_READ, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED)
        error_ms = map;
    close(fd);
}

static int64_t read_error_ms(void)
{
    return error_ms ? *error_ms : 0;
}

/* The system's headers name the parameters with underscores. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int rc = real(clock, now);
    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ms = read_error_ms() + now->tv_nsec / 1000000;
        int64_t seconds = (ms >= 0 ? ms : ms - 999) / 1000;
        now->tv_sec += seconds;
        now->tv_nsec = (ms - seconds * 1000) * 1000000 + now->tv_nsec % 1000000;
    }
    return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    int rc = clock_gettime(CLOCK_REALTIME, &exact);

    (void)zone;
    if (rc == 0)
        *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
    return rc;
}

time_t time(time_t *seconds)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds)
        *seconds = now.tv_sec;
    return now.tv_sec;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
