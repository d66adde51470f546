/* test_sqlite_damage.c - a file that was made half-way, and one whose bits the disk changed. */
#include "table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "iv/store_keys.h"
#include "store/sqlite_schema.h"

#define T0 1700000000000ll
#define FILE_MAX (1u << 20)

static char dir[64], path[96];
static struct iv_manual_clock still;
static iv_ctx *ctx;

static void set_up(void)
{
    SET_TEXT(dir, "/tmp/iv-damage-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s.db", dir);
    iv_manual_clock_init(&still, T0);
    assert_int_equal(iv_ctx_new(NULL, NULL, &still.clock, &ctx, NULL), IV_OK);
}

static void tear_down(void)
{
    char command[96];

    iv_ctx_free(ctx);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static enum iv_code try_open(iv_store **st)
{
    return iv_store_open(ctx, "sqlite", path, st, NULL);
}

static iv_store *open_store(void)
{
    iv_store *st;

    assert_int_equal(try_open(&st), IV_OK);
    return st;
}

/* -- killed between the statements of a migration -- */

static int statements_left;

static int count_down(unsigned what, void *arg, void *stmt, void *sql)
{
    (void)what;
    (void)arg;
    (void)stmt;
    (void)sql;
    if (!statements_left--)
        kill(getpid(), SIGKILL);
    return 0;
}

static int watch(sqlite3 *db, const char **message, const struct sqlite3_api_routines *api)
{
    (void)message;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_down, NULL);
}

/* Opens a new store and dies at the n-th statement; false when it took fewer. */
static bool die_while_opening(int n)
{
    int status;
    pid_t pid = fork();

    if (!pid) {
        iv_store *st;

        statements_left = n;
        sqlite3_auto_extension((void (*)(void))(uintptr_t)watch);
        _exit(try_open(&st) != IV_OK);
    }
    waitpid(pid, &status, 0);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

static void assert_whole_schema(void)
{
    int64_t tables = 0, version = 0;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        iv_sqlite_int(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", &tables, NULL),
        IV_OK);
    assert_int_equal(iv_sqlite_int(db, "PRAGMA user_version", &version, NULL), IV_OK);
    assert_int_equal(tables, 6);
    assert_int_equal(version, iv_sqlite_schema_version());
    sqlite3_close(db);
}

static void killed_at_each_statement_it_opens_again(void **state)
{
    int n = 0;

    (void)state;
    set_up();
    for (; die_while_opening(n); n++) {
        char log[112];

        iv_store_close(open_store());
        assert_whole_schema();
        snprintf(log, sizeof log, "%s-wal", path);
        unlink(log);
        assert_int_equal(unlink(path), 0);
    }
    assert_in_range(n, 12, 200); /* the tables and indexes alone are more */
    tear_down();
}

/* -- bits that changed -- */

static void add_content(iv_store *st, int i)
{
    static const char *const texts[] = {"안녕하세요, 지원한 이유는 이렇습니다.", "well, I led it"};
    char id[IV_ID_BYTES], words[200], user[16];
    struct iv_session_spec spec;
    struct iv_session s;
    const char *events[] = {"{\"in\":\"answer\"}", "{\"out\":\"turn\"}"};
    struct iv_doc docs[] = {{"state", "{\"asked\":3}", 11}, {"plan", "[1,2,3]", 7}};
    struct iv_step step = {
        .session = &s, .events = events, .n_events = 2, .docs = docs, .n_docs = 2};

    snprintf(user, sizeof user, "user%d", i % 3);
    snprintf(id, sizeof id, "sess_%012d", i);
    iv_session_spec_init(&spec);
    SET_TEXT(spec.user_id, user);
    iv_session_create(&s, &spec, T0 - i * 1000);
    SET_TEXT(s.id, id);
    if (i % 2)
        iv_session_end(&s, T0, NULL);
    assert_int_equal(iv_store_session_new(st, &s, 100, NULL), IV_OK);
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    for (int k = 0; k < 6; k++) {
        struct iv_turn t = {.number = k,
                            .speaker = k % 2 ? IV_CANDIDATE : IV_INTERVIEWER,
                            .text = (char *)(uintptr_t)texts[k % 2],
                            .words_json = k % 3 ? words : NULL,
                            .confidence = 0.25F * (float)k,
                            .source = "typed"};

        step.turns = &t;
        step.n_turns = 1;
        assert_int_equal(iv_store_step(st, &step, NULL), IV_OK);
    }
}

static void add_keys(iv_store *st)
{
    struct iv_admin admin = {.name = "root", .created_ms = T0, .changed_ms = T0};

    SET_TEXT(admin.hash, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    assert_int_equal(iv_store_admin_put(st, &admin, NULL), IV_OK);
    for (int i = 0; i < 20; i++) {
        struct iv_key key = {.name = "서버", .prefix = "ivc_w_AbCd", .created_ms = T0 + i};

        snprintf(key.id, sizeof key.id, "key_%012d", i);
        memset(key.hash, i + 1, sizeof key.hash);
        assert_int_equal(iv_store_key_new(st, &key, 100, NULL), IV_OK);
    }
}

static int put_event(void *arg, int64_t seq, const char *json)
{
    iv_buf_addf(arg, "e %lld %s\n", (long long)seq, json);
    return 0;
}

static void put_turns(iv_store *st, const char *id, struct iv_buf *out, bool *is_told)
{
    struct iv_turn *turns;
    size_t n;

    *is_told |= iv_store_turns(st, id, &turns, &n, NULL) != IV_OK;
    for (size_t i = 0; i < n; i++)
        iv_buf_addf(out, "t %lld %d %d %s %s %s %g %s\n", (long long)turns[i].number,
                    (int)turns[i].speaker, (int)turns[i].kind, turns[i].question_id, turns[i].text,
                    turns[i].words_json ? turns[i].words_json : "-", (double)turns[i].confidence,
                    turns[i].source);
    iv_turns_free(turns, n);
}

static void put_session(iv_store *st, const struct iv_session *s, struct iv_buf *out, bool *is_told)
{
    static const char *const names[] = {"state", "plan"};

    iv_buf_addf(out, "s %s %s %d %lld %lld %lld\n", s->id, s->spec.user_id, (int)s->status,
                (long long)s->created_ms, (long long)s->expires_ms, (long long)s->ended_ms);
    put_turns(st, s->id, out, is_told);
    *is_told |= iv_store_events(st, s->id, 0, put_event, out, NULL) != IV_OK;
    for (size_t i = 0; i < IV_LEN(names); i++)
        *is_told |= iv_store_doc_get(st, s->id, names[i], out, NULL) != IV_OK;
}

static void put_keys(iv_store *st, struct iv_buf *out, bool *is_told)
{
    struct iv_admin admin = {.name = ""};
    struct iv_key *rows;
    size_t n;

    *is_told |= iv_store_key_list(st, &rows, &n, NULL) != IV_OK;
    for (size_t i = 0; i < n; i++) {
        iv_buf_addf(out, "k %s %s %s %lld\n", rows[i].id, rows[i].name, rows[i].prefix,
                    (long long)rows[i].created_ms);
        iv_buf_add(out, rows[i].hash, sizeof rows[i].hash);
    }
    free(rows);
    *is_told |= iv_store_admin_get(st, "root", &admin, NULL) != IV_OK;
    iv_buf_addf(out, "a %s %s\n", admin.name, admin.hash);
}

/* All there is, as text; *is_told when some of it could not be read. */
static void put_everything(iv_store *st, struct iv_buf *out, bool *is_told)
{
    struct iv_session_filter f = {.status = -1, .limit = 100};
    struct iv_session *rows;
    int64_t total;
    size_t n;

    *is_told |= iv_store_session_list(st, &f, &rows, &n, &total, NULL) != IV_OK;
    for (size_t i = 0; i < n; i++)
        put_session(st, &rows[i], out, is_told);
    free(rows);
    put_keys(st, out, is_told);
}

enum verdict { CORRECT, TOLD, SILENT };

/* What is read is what was written, or something says that it is not. */
static enum verdict judge(const struct iv_buf *truth)
{
    struct iv_buf is = IV_BUF_INIT(FILE_MAX);
    bool is_told = false;
    enum verdict v;
    iv_store *st;

    if (try_open(&st))
        return TOLD;
    put_everything(st, &is, &is_told);
    is_told |= iv_store_check(st, NULL) != IV_OK;
    v = is_told ? TOLD : strcmp(iv_buf_str(&is), iv_buf_str(truth)) ? SILENT : CORRECT;
    iv_store_close(st);
    iv_buf_release(&is);
    return v;
}

static int judge_in_child(const struct iv_buf *truth)
{
    int status;
    pid_t pid = fork();

    if (!pid) { /* a crash is the child's end, not a failed assertion in it */
        signal(SIGSEGV, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        _exit((int)judge(truth));
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void flip(struct iv_buf *file, int bits, uint32_t *seed)
{
    for (int k = 0; k < bits; k++) {
        *seed = *seed * 1664525u + 1013904223u;
        file->data[(*seed >> 4) % file->len] ^= (char)(1u << (*seed >> 29));
    }
}

static int flips(void)
{
    const char *n = getenv("IV_FLIPS");

    return n ? (int)strtol(n, NULL, 10) : 400;
}

static void changed_bits_are_told_or_harmless(void **state)
{
    struct iv_buf whole = IV_BUF_INIT(FILE_MAX), truth = IV_BUF_INIT(FILE_MAX);
    bool is_told = false;
    uint32_t seed = 11;
    int told = 0;
    iv_store *st;

    (void)state;
    set_up();
    st = open_store();
    for (int i = 0; i < 20; i++)
        add_content(st, i);
    add_keys(st);
    put_everything(st, &truth, &is_told);
    assert_false(is_told);
    iv_store_close(st);
    assert_int_equal(iv_buf_read_file(&whole, path, NULL), IV_OK);
    for (int i = 0; i < flips(); i++) {
        struct iv_buf bad = IV_BUF_INIT(FILE_MAX);
        int verdict;

        iv_buf_add(&bad, whole.data, whole.len);
        flip(&bad, 1 + i % 8, &seed);
        assert_int_equal(iv_buf_write_file(&bad, path, 0600, NULL), IV_OK);
        iv_buf_release(&bad);
        verdict = judge_in_child(&truth);
        if (verdict != CORRECT && verdict != TOLD)
            fail_msg("file %d: %s", i, verdict == SILENT ? "changed and not told" : "crashed");
        told += verdict == TOLD;
    }
    assert_true(told > flips() / 3);
    iv_buf_release(&whole);
    iv_buf_release(&truth);
    tear_down();
}

int main(void)
{
    TABLE_TEST(killed_at_each_statement_it_opens_again);
    TABLE_TEST(changed_bits_are_told_or_harmless);
    return table_run("sqlite_damage");
}
