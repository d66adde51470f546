/* test_sqlite_power.c - power goes away at thousands of points, and each call of the disk fails once: what was acknowledged stays,
 * what was not is whole or absent.
 */
#include "sqlite_place.h"

#include "iv/alloc.h"
#include "sqlite_disk.h"

#define SESSIONS 3
#define TEXT_MAX_BYTES 9000
#define COMPLAINT_BYTES 160

/* What somebody was told who uses a store, and what it therefore owes. */
struct life {
    iv_store *store;
    struct iv_session s[SESSIONS];
    bool is_there[SESSIONS];
    int64_t turns[SESSIONS];
    enum iv_session_status status[SESSIONS];
    int failed; /* the session of the last call, when that failed; -1: it did not */
    int doubt; /* the session whose last call failed: it may have happened or not; -1: none */
    int64_t done; /* calls that succeeded */
    size_t large; /* bytes of a document now and then, so that the log is folded in */
    char complaint[COMPLAINT_BYTES];
};

/* Each text is known by its session and number. */
static void text_of(int session, int64_t number, char out[TEXT_MAX_BYTES])
{
    uint32_t x = (uint32_t)(session * 7919 + number * 104729 + 12345);
    size_t len = x % 13 ? x % 700 : x % (TEXT_MAX_BYTES - 20);
    int n = snprintf(out, 32, "%d/%lld ", session, (long long)number);

    memset(out + n, 'a' + (int)(x % 26), len);
    out[(size_t)n + len] = '\0';
}

static bool told(struct life *l, int session, enum iv_code rc)
{
    l->done += !rc;
    l->doubt = l->failed = rc ? session : -1;
    if (rc && rc != IV_E_STORAGE && rc != IV_E_DATA)
        snprintf(l->complaint, sizeof l->complaint, "session %d: told %s", session,
                 iv_code_info(rc)->slug);
    return !rc;
}

static bool be_born(struct life *l, int i)
{
    struct iv_session_spec spec;

    iv_session_spec_init(&spec);
    SET_TEXT(spec.user_id, "u");
    iv_session_create(&l->s[i], &spec, T0);
    l->turns[i] = 0;
    l->status[i] = IV_SESSION_CREATED;
    l->is_there[i] = told(l, i, iv_store_session_new(l->store, &l->s[i], 100, NULL));
    return l->is_there[i];
}

static bool speak(struct life *l, int i)
{
    static char text[TEXT_MAX_BYTES];
    char *large = l->large ? iv_alloc(l->large + 1) : NULL;
    struct iv_turn t = {.number = l->turns[i], .text = text, .source = "typed"};
    const char *event = "{\"in\":\"answer\"}";
    struct iv_doc docs[] = {{"state", text, 0}, {"large", large, l->large}};
    struct iv_step step = {&l->s[i], &t, 1, &event, 1, docs, large ? 2 : 1};
    bool is_told;

    text_of(i, l->turns[i], text);
    docs[0].len = strlen(text);
    if (large)
        memset(large, 'a' + (int)(l->turns[i] % 26), l->large);
    is_told = told(l, i, iv_store_step(l->store, &step, NULL));
    l->turns[i] += is_told;
    free(large);
    return is_told;
}

/* The state goes round: created, active, paused, active, ... */
static bool turn_state(struct life *l, int i)
{
    iv_session_rule *rule = l->status[i] == IV_SESSION_CREATED  ? iv_session_start
                            : l->status[i] == IV_SESSION_ACTIVE ? iv_session_pause
                                                                : iv_session_resume;
    struct iv_session s;

    if (!told(l, i, iv_store_change(l->store, l->s[i].id, rule, &s, NULL)))
        return false;
    l->s[i] = s;
    l->status[i] = s.status;
    return true;
}

static bool vanish(struct life *l, int i)
{
    if (!told(l, i, iv_store_session_delete(l->store, l->s[i].id, NULL)))
        return false;
    l->is_there[i] = false;
    return true;
}

static bool live(struct life *l)
{
    uint32_t what = disk_random() % 16;
    int i = (int)(disk_random() % SESSIONS);

    if (!l->is_there[i])
        return be_born(l, i);
    if (what == 0)
        return vanish(l, i);
    return what < 4 ? turn_state(l, i) : speak(l, i);
}

/* -- what is owed -- */

static bool complain(struct life *l, int i, const char *what, int64_t is, int64_t owed)
{
    snprintf(l->complaint, sizeof l->complaint, "session %d: %s: %lld, owed %lld", i, what,
             (long long)is, (long long)owed);
    return false;
}

static bool is_text(const struct life *l, int i, int64_t number)
{
    static char expect[TEXT_MAX_BYTES];
    struct iv_buf state = IV_BUF_INIT(TEXT_MAX_BYTES);
    bool is = number < 0;

    if (!is && !iv_store_doc_get(l->store, l->s[i].id, "state", &state, NULL)) {
        text_of(i, number, expect);
        is = !strcmp(iv_buf_str(&state), expect);
    }
    iv_buf_release(&state);
    return is;
}

static bool check_turns(struct life *l, int i)
{
    static char expect[TEXT_MAX_BYTES];
    struct iv_turn *turns;
    size_t n;
    int64_t owed = l->turns[i], most = owed + (l->doubt == i);
    bool is_well = true;

    if (iv_store_turns(l->store, l->s[i].id, &turns, &n, NULL))
        return complain(l, i, "turns cannot be read", 0, owed);
    for (size_t k = 0; k < n && is_well; k++) {
        text_of(i, (int64_t)k, expect);
        is_well = !strcmp(turns[k].text, expect);
    }
    iv_turns_free(turns, n);
    if (!is_well)
        return complain(l, i, "another text in a turn", 0, 0);
    if ((int64_t)n < owed || (int64_t)n > most)
        return complain(l, i, "turns", (int64_t)n, owed);
    l->turns[i] = (int64_t)n;
    return is_text(l, i, (int64_t)n - 1) || complain(l, i, "the state is of another turn", 0, 0);
}

static bool check_session(struct life *l, int i)
{
    struct iv_session s;
    enum iv_code rc = iv_store_session_get(l->store, l->s[i].id, &s, NULL);
    bool is = !rc;

    if (rc && rc != IV_E_SESSION_NOT_FOUND)
        return complain(l, i, "cannot be read", 0, 0);
    if (is != l->is_there[i] && l->doubt != i)
        return complain(l, i, "is there", is, l->is_there[i]);
    l->is_there[i] = is;
    if (!is)
        return true;
    if (s.status != l->status[i] && l->doubt != i)
        return complain(l, i, "status", (int64_t)s.status, (int64_t)l->status[i]);
    l->s[i] = s;
    l->status[i] = s.status;
    return check_turns(l, i);
}

/* From here on what is found is the truth. */
static bool check_life(struct life *l)
{
    struct iv_error err;

    for (int i = 0; i < SESSIONS; i++)
        if (l->s[i].id[0] && !check_session(l, i))
            return false;
    l->doubt = -1;
    if (!iv_store_check(l->store, &err))
        return true;
    snprintf(l->complaint, sizeof l->complaint, "check: %.140s", err.text);
    return false;
}

static bool wake_up(struct life *l)
{
    struct iv_error err;

    if (!try_open(at("s.db"), &l->store, &err))
        return check_life(l);
    snprintf(l->complaint, sizeof l->complaint, "open: %.140s", err.text);
    return false;
}

/* -- power -- */

/* Power goes away at a call of the disk that the seed decides, three times in a life; now and then while the store opens. */
static bool live_through_it(struct life *l, uint64_t seed)
{
    disk_wipe(seed);
    if (seed % 2)
        disk.characteristics = 0;
    l->large = seed % 8 ? 0 : 300000;
    l->doubt = -1;
    for (int round = 0; round < 3; round++) {
        disk.calls = 0;
        disk.power_until = 1 + disk_random() % (l->large ? 2500 : 160);
        if (!try_open(at("s.db"), &l->store, NULL))
            for (int n = 0; !disk.is_off && live(l) && n < 400; n++)
                if (disk_random() % 40 == 0) {
                    iv_store_close(l->store);
                    if (try_open(at("s.db"), &l->store, NULL))
                        break;
                }
        iv_store_close(l->store);
        l->store = NULL;
        disk_power_cycle((enum disk_luck)(disk_random() % DISK_LUCKS));
        if (l->complaint[0] || !wake_up(l))
            return false;
        iv_store_close(l->store);
    }
    return true;
}

static int points(void)
{
    const char *n = getenv("IV_POWER_POINTS");

    return n ? (int)strtol(n, NULL, 10) : 700;
}

static void power_loss_takes_nothing_acknowledged(void **state)
{
    int64_t done = 0;

    (void)state;
    disk_plug_in();
    for (int seed = 1; seed <= points(); seed++) {
        struct life l = {.doubt = -1, .failed = -1};

        if (!live_through_it(&l, (uint64_t)seed))
            fail_msg("seed %d: %s", seed, l.complaint);
        done += l.done;
    }
    print_message("%lld calls acknowledged, %d lives\n", (long long)done, points());
    assert_true(done > points() * 10);
}

/* The test sees what it is for: on a disk whose syncs do nothing, something that was acknowledged is gone. */
static void lying_disk_is_seen(void **state)
{
    int lost = 0;

    (void)state;
    disk_plug_in();
    for (int seed = 1; seed <= 40; seed++) {
        struct life l = {.doubt = -1, .failed = -1};

        disk_wipe((uint64_t)seed);
        disk.lies = true;
        assert_int_equal(try_open(at("s.db"), &l.store, NULL), IV_OK);
        for (int n = 0; n < 20; n++)
            live(&l);
        disk.is_off = true;
        iv_store_close(l.store);
        disk_power_cycle(DISK_SOME);
        lost += !wake_up(&l);
        iv_store_close(l.store);
    }
    assert_true(lost > 20);
}

/* -- calls that fail -- */

static const struct fault {
    const char *name;
    unsigned calls;
    int error;
    bool fails_on, forgets;
} faults[] = {
    {"a write finds no room, once", DISK_WRITE, SQLITE_FULL, false, false},
    {"every write finds no room", DISK_WRITE, SQLITE_FULL, true, false},
    {"a write fails, once", DISK_WRITE, SQLITE_IOERR, false, false},
    {"every write fails", DISK_WRITE, SQLITE_IOERR, true, false},
    {"a sync fails, once", DISK_SYNC, SQLITE_IOERR, false, false},
    {"every sync fails", DISK_SYNC, SQLITE_IOERR, true, false},
    {"a sync fails and forgets, once", DISK_SYNC, SQLITE_IOERR, false, true},
    {"a file cannot be cut or deleted", DISK_CUT | DISK_DELETE, SQLITE_IOERR, true, false},
    {"a read fails, once", DISK_READ, SQLITE_IOERR, false, false},
    {"every read fails", DISK_READ, SQLITE_IOERR, true, false},
};

/* The n-th call fails while a store is opened, used and closed; false: there were fewer. */
static bool fail_at(struct life *l, const struct fault *f, long n)
{
    bool is_hit;

    disk_wipe(5);
    disk.counts = f->calls;
    disk.fail_at = n;
    disk.fail_with = f->error;
    disk.fails_on = f->fails_on;
    disk.forgets = f->forgets;
    l->large = 9000;
    if (!try_open(at("s.db"), &l->store, NULL)) {
        for (int i = 0; i < 24 && !l->complaint[0]; i++)
            if (!live(l)) { /* what failed has not happened, and those after it see that */
                l->doubt = -1;
                disk.fail_at = 0;
                if (!check_life(l))
                    return true;
                disk.fail_at = n;
            }
    }
    is_hit = disk.calls >= n;
    iv_store_close(l->store); /* fails too where every call does */
    l->store = NULL;
    disk.fail_at = 0;
    l->doubt = l->failed; /* written, though it could not be made safe */
    if (!l->complaint[0] && wake_up(l) && f->forgets) { /* and what is safe is safe */
        iv_store_close(l->store);
        l->store = NULL;
        disk_power_cycle(DISK_NOTHING);
        wake_up(l);
    }
    iv_store_close(l->store);
    return is_hit;
}

static void each_call_fails(void **state)
{
    const struct fault *f = *state;
    struct life l;
    long n = 0;

    disk_plug_in();
    do {
        l = (struct life){.doubt = -1, .failed = -1};
        if (fail_at(&l, f, ++n) && l.complaint[0])
            fail_msg("call %ld: %s", n, l.complaint);
    } while (disk.calls >= n || n < 5);
    assert_in_range(n, 4, 5000);
}

int main(void)
{
    ADD(power_loss_takes_nothing_acknowledged);
    ADD(lying_disk_is_seen);
    for (size_t i = 0; i < IV_LEN(faults); i++)
        add_test(faults[i].name, each_call_fails, &faults[i]);
    return table_run("sqlite_power");
}
