/* A file system that takes no writes, below the running program and below one
 * that starts: reported, and recovered from without a restart. */
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "own.h"
#include "peer.h"
#include "uuid.h"

#include "program.h"

static char folder[sizeof(program_folder) + 8];
static pid_t program;

static int set_up(void **state)
{
    char database[sizeof(folder) + 16];

    (void)state;
    program_bus_open();
    snprintf(folder, sizeof(folder), "%s/db", program_folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(database, sizeof(database), "%s/kratt.db", folder);
    setenv("KRATT_DATABASE", database, 1);
    setenv("KRATT_LOG_LEVEL", "error", 1);
    peer_open();
    return 0;
}

/* Lets nobody write the file, not even who has it open; or lets them again.
 * Returns -1 where that cannot be done. */
static int set_immutable(const char *name, bool is_immutable)
{
    char path[sizeof(folder) + 32];
    int flags = 0;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDONLY);
    int rc = ioctl(fd, FS_IOC_GETFLAGS, &flags);
    flags = is_immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    if (rc == 0)
        rc = ioctl(fd, FS_IOC_SETFLAGS, &flags);
    close(fd);
    return rc;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"kratt.db", "kratt.db-wal", "kratt.db-shm",
                                        "kratt.db-writer"};
    int rc = program ? program_end(program) : 0;

    (void)state;
    program = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[sizeof(folder) + 32];
        (void)set_immutable(files[i], false); /* a test that failed may have left it so */
        snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
    peer_close();
    program_bus_close();
    return rc;
}

static void assert_reads_only(void)
{
    struct message_post post = make_post(1, 1001, "jah", "");
    struct chat_get query = {0};

    ask_refused(MESSAGE_message_post, &post, "database_unavailable");
    await_reason("the database does not answer");
    id_of(1, query.chat_id);
    uuid_make(query.request_id);
    assert_string_equal(ask_chat(MESSAGE_chat_get, &query)->last_message, "tere");
}

static void files_that_take_no_writes_are_reported_and_recovered_from(void **state)
{
    (void)state;
    program = program_start(CHAT_STATE, NULL, -1);
    ask_open(1);
    if (set_immutable("kratt.db", true) == -1)
        skip(); /* only root can, and not on every file system */
    assert_int_equal(set_immutable("kratt.db-wal", true), 0);
    assert_reads_only();
    assert_int_equal(set_immutable("kratt.db", false), 0);
    assert_int_equal(set_immutable("kratt.db-wal", false), 0);
    await_reason(""); /* ready again */
    ask_post(1, 1);
    assert_int_equal(ask_events()->count, 2);
}

/* The mounts of this process are its own from here on. */
static bool may_mount(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", folder, "tmpfs", 0, "size=16m,mode=700") == 0;
}

static void remount(unsigned long flags)
{
    assert_int_equal(mount(NULL, folder, NULL, MS_REMOUNT | flags, NULL), 0);
}

static void await_leading_on_a_disk_that_takes_writes_at_last(void)
{
    program = program_start(CHAT_STATE, NULL, -1);
    await_reason("cannot open the database file: Read-only file system");
    remount(0);
    await_reason("");
}

static void a_start_on_a_read_only_file_system_waits_until_it_takes_writes(void **state)
{
    (void)state;
    if (!may_mount())
        skip(); /* only root can */
    remount(MS_RDONLY);
    await_leading_on_a_disk_that_takes_writes_at_last();
    ask_open(1);
    kill(program, SIGKILL);
    assert_int_equal(program_wait(program), -1);
    remount(MS_RDONLY);
    await_leading_on_a_disk_that_takes_writes_at_last();
    ask_post(1, 1);
    assert_int_equal(ask_events()->count, 2);
    assert_int_equal(program_end(program), 0);
    program = 0;
    assert_int_equal(umount(folder), 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(files_that_take_no_writes_are_reported_and_recovered_from),
        CASE(a_start_on_a_read_only_file_system_waits_until_it_takes_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
