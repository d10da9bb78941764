#include "test.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keyring.h"
#include "program.h"

static char folder[32];

static const char *path_of(const char *file)
{
    static char paths[2][128];
    static int which;

    which = !which;
    snprintf(paths[which], sizeof(paths[which]), "%s/%s", folder, file);
    return paths[which];
}

static void write_file(const char *file, const char *text)
{
    FILE *stream = fopen(path_of(file), "we");

    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
    assert_int_equal(chmod(path_of(file), 0600), 0);
}

/* Runs the program behind deploy/keys; NULL: no such argument. */
static int keys(const char *what, const char *service)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)!freopen("/dev/null", "we", stderr);
        execl(KEYS, KEYS, folder, what, service, (char *)NULL);
        _exit(127);
    }
    return program_wait(pid);
}

static void read_keys(struct keyring *ring, enum peer service)
{
    assert_int_equal(keyring_read(ring, path_of(peer_names[service]), service, stderr), 0);
}

/* Reads health's keys, which is refused with these words. */
static void assert_refused(const char *words)
{
    struct keyring ring;
    char said[1024] = "";
    FILE *complaints = fmemopen(said, sizeof(said), "w");

    assert_int_equal(keyring_read(&ring, path_of("health"), PEER_HEALTH, complaints), -1);
    fclose(complaints);
    if (!strstr(said, words))
        fail_msg("%s", said);
}

static int make_keys(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/test_keyring.XXXXXX");
    return mkdtemp(folder) && keys(NULL, NULL) == 0 ? 0 : -1;
}

static int remove_keys(void **state)
{
    (void)state;
    zdir_t *files = zdir_new(folder, NULL);
    zdir_remove(files, true);
    zdir_destroy(&files);
    return access(folder, F_OK) == -1 ? 0 : -1;
}

static void each_service_has_its_own_key_and_knows_those_whom_it_meets(void **state)
{
    struct keyring rings[PEER_COUNT];

    (void)state;
    for (int i = 0; i < PEER_COUNT; i++)
        read_keys(&rings[i], (enum peer)i);
    for (int i = 0; i < PEER_COUNT; i++)
        for (int j = 0; j < PEER_COUNT; j++) {
            bool knows = i == j || peers_meet((enum peer)i, (enum peer)j);
            assert_int_equal(rings[i].peers[j].count, knows ? 1 : 0);
            if (knows)
                assert_string_equal(rings[i].peers[j].keys[0], rings[j].public_key);
            assert_true(i == j || strcmp(rings[i].secret_key, rings[j].secret_key) != 0);
        }
    assert_int_equal(access(path_of("rest-ingress/sse-gateway.public"), F_OK), -1);
}

static void no_file_may_be_read_by_others(void **state)
{
    struct stat found;
    zdir_t *files = zdir_new(folder, NULL);
    zfile_t **list = zdir_flatten(files);

    (void)state;
    for (zfile_t **file = list; *file; file++) {
        assert_int_equal(stat(zfile_filename(*file, NULL), &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
    }
    assert_int_equal(stat(path_of("health"), &found), 0);
    assert_int_equal(found.st_mode & 0777, 0700);
    zdir_flatten_free(&list);
    zdir_destroy(&files);
}

static void what_is_there_is_kept_and_what_is_missing_is_made(void **state)
{
    struct keyring before, after;

    (void)state;
    read_keys(&before, PEER_HEALTH);
    unlink(path_of("health/chat-state.public"));
    unlink(path_of("health/health.public"));
    assert_int_equal(keys(NULL, NULL), 0);
    read_keys(&after, PEER_HEALTH);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void a_key_is_changed_without_a_moment_when_it_is_unknown(void **state)
{
    struct keyring before, state_ring, ingress;

    (void)state;
    read_keys(&before, PEER_REST_INGRESS);
    assert_int_equal(keys("next", "rest-ingress"), 0);
    read_keys(&ingress, PEER_REST_INGRESS);
    read_keys(&state_ring, PEER_CHAT_STATE);
    assert_string_equal(ingress.public_key, before.public_key);
    assert_int_equal(state_ring.peers[PEER_REST_INGRESS].count, 2);
    assert_string_equal(state_ring.peers[PEER_REST_INGRESS].keys[0], before.public_key);
    assert_int_equal(keys("next", "rest-ingress"), 1); /* one at a time */

    assert_int_equal(keys("switch", "rest-ingress"), 0);
    read_keys(&ingress, PEER_REST_INGRESS);
    assert_string_equal(ingress.public_key, state_ring.peers[PEER_REST_INGRESS].keys[1]);
    read_keys(&state_ring, PEER_CHAT_STATE);
    assert_int_equal(state_ring.peers[PEER_REST_INGRESS].count, 2);
    assert_string_equal(state_ring.peers[PEER_REST_INGRESS].keys[0], ingress.public_key);
    assert_int_equal(keys("switch", "rest-ingress"), 1); /* there is none */

    assert_int_equal(keys("retire", "rest-ingress"), 0);
    read_keys(&state_ring, PEER_CHAT_STATE);
    assert_int_equal(state_ring.peers[PEER_REST_INGRESS].count, 1);
    assert_string_equal(state_ring.peers[PEER_REST_INGRESS].keys[0], ingress.public_key);
    read_keys(&ingress, PEER_REST_INGRESS);
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(keys("next", "nobody"), 1);
    assert_int_equal(keys("lose", "health"), 1);
    assert_int_equal(keys("next", NULL), 1);
}

static void a_secret_that_others_may_read_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0602};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        assert_int_equal(chmod(path_of("health/secret"), modes[i]), 0);
        assert_refused("health/secret may be read or written by others");
    }
}

static void a_missing_file_is_told(void **state)
{
    (void)state;
    unlink(path_of("health/secret"));
    assert_refused("health/secret cannot be read: No such file");
    unlink(path_of("health/sse-gateway.public"));
    assert_refused("health/sse-gateway.public cannot be read: No such file");
}

static void what_is_no_key_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "\n\n",
        "short\n",
        "0000000000000000000000000000000000000000 \n", /* a space too many */
        "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\n", /* not
                                                                                                 in
                                                                                                 Z85
                                                                                               */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        write_file("health/secret", cases[i]);
        assert_refused("health/secret has to have one to 4 keys");
        write_file("health/chat-state.public", cases[i]);
        assert_refused("health/chat-state.public has to have one to 4 keys");
    }
}

static void too_many_keys_are_refused(void **state)
{
    char text[5 * KEY_SIZE + 1];
    char *end = text;
    struct keyring ring;

    (void)state;
    read_keys(&ring, PEER_HEALTH);
    for (int i = 0; i < 5; i++)
        end = stpcpy(stpcpy(end, ring.public_key), "\n");
    write_file("health/chat-state.public", text);
    assert_refused("health/chat-state.public has to have one to 4 keys");
}

static void a_secret_that_is_not_the_public_ones_is_refused(void **state)
{
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];

    (void)state;
    zmq_curve_keypair(public_key, secret_key);
    write_file("health/secret", secret_key);
    assert_refused("the secret key of health is none of its public ones");
}

#define key_test(name) cmocka_unit_test_setup_teardown(name, make_keys, remove_keys)

int main(void)
{
    const struct CMUnitTest tests[] = {
        key_test(each_service_has_its_own_key_and_knows_those_whom_it_meets),
        key_test(no_file_may_be_read_by_others),
        key_test(what_is_there_is_kept_and_what_is_missing_is_made),
        key_test(a_key_is_changed_without_a_moment_when_it_is_unknown),
        key_test(nonsense_is_refused_and_changes_nothing),
        key_test(a_secret_that_others_may_read_is_refused),
        key_test(a_missing_file_is_told),
        key_test(what_is_no_key_is_refused),
        key_test(too_many_keys_are_refused),
        key_test(a_secret_that_is_not_the_public_ones_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
