/* test_interviewer.c - whole interviews: follow-ups, repetition, time, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "interview/interviewer.h"
#include "interview/random.h"
#include "iv/buf.h"
#include "iv/config.h"

#define SEEDS 50
#define MAX_MOVES 600

static struct iv_session_spec spec_of(enum iv_lang lang, enum iv_session_type type, uint64_t seed)
{
    struct iv_session_spec s;

    iv_session_spec_init(&s);
    s.lang = lang;
    s.type = type;
    s.seed = seed;
    return s;
}

static iv_interviewer *start(const struct iv_session_spec *s)
{
    iv_interviewer *iv;
    struct iv_error err = {0};

    if (iv_interviewer_new(NULL, s, NULL, &iv, &err))
        fail_msg("%s", err.text);
    return iv;
}

/* -- each condition leads to its follow-up, in each language -- */

#define SET(lang_, ask_, word_, p1, p2, p3, p4, p5, p6, p7)                                        \
    "language: " lang_ "\ntype: behavioral\ndifficulty: easy\nquestions:\n"                        \
    "  - id: one\n    competency: teamwork\n    ask: \"" ask_ "\"\n    points:\n"                  \
    "      - {id: budget, say: \"" word_ "\", words: [\"" word_ "\"], weight: 2}\n"                \
    "      - {id: other, say: \"qqq\", words: [\"qqq\"]}\n"                                        \
    "    probes:\n"                                                                                \
    "      - {when: \"missing:other\", ask: \"no\"}\n"                                             \
    "      - {when: dont_know, ask: \"" p1 "\"}\n      - {when: off_topic, ask: \"" p2 "\"}\n"     \
    "      - {when: too_short, ask: \"" p3 "\"}\n      - {when: no_own_action, ask: \"" p4 "\"}\n" \
    "      - {when: no_result, ask: \"" p5 "\"}\n      - {when: no_specifics, ask: \"" p6 "\"}\n"  \
    "      - {when: \"missing:budget\", ask: \"" p7 "\"}\n"

static const char *const sets[IV_LANG_COUNT] = {
    [IV_LANG_EN] =
        SET("en", "How did your group handle an argument with the harbour office over invoices?",
            "budget", "p-dont", "p-off", "p-short", "p-own", "p-result", "p-spec", "p-missing"),
    [IV_LANG_KO] =
        SET("ko", "항만 사무소와 송장 문제로 다툼이 생겼을 때 회계 부서와 어떻게 조율하셨나요?",
            "예산", "p-dont", "p-off", "p-short", "p-own", "p-result", "p-spec", "p-missing"),
    [IV_LANG_JA] =
        SET("ja", "港湾事務所との請求書をめぐる口論を、経理部門とどのように調整されましたか。",
            "予算", "p-dont", "p-off", "p-short", "p-own", "p-result", "p-spec", "p-missing"),
};

static const struct lack_row {
    const char *name;
    enum iv_lang lang;
    const char *answer;
    enum iv_lack lack; /* IV_LACK_NONE: the interview goes on */
    const char *ask;
} lacks[] = {
    {"en: does not know", IV_LANG_EN, "Sorry, I don't know.", IV_LACK_DONT_KNOW, "p-dont"},
    {"en: off topic", IV_LANG_EN,
     "My favourite season is spring because flowers bloom and birds sing every morning near the "
     "river "
     "while the sun rises slowly over green hills and quiet meadows all around.",
     IV_LACK_OFF_TOPIC, "p-off"},
    {"en: too short", IV_LANG_EN, "I called the harbour office.", IV_LACK_TOO_SHORT, "p-short"},
    {"en: we but never I", IV_LANG_EN,
     "We called the harbour office and talked about the invoices, and then we agreed with the "
     "group on a new budget.",
     IV_LACK_NO_OWN_ACTION, "p-own"},
    {"en: no result", IV_LANG_EN,
     "I called the harbour office and talked about the invoices with them, and then I wrote a new "
     "budget for everyone.",
     IV_LACK_NO_RESULT, "p-result"},
    {"en: no specifics", IV_LANG_EN,
     "I called the harbour office and talked about the invoices, and as a result we agreed on the "
     "budget and they paid.",
     IV_LACK_NO_SPECIFICS, "p-spec"},
    {"en: a point is missing", IV_LANG_EN,
     "I called the harbour office about 12 invoices and talked it through with them, and as a "
     "result they paid everything.",
     IV_LACK_POINT, "p-missing"},
    {"ko: 모름", IV_LANG_KO, "죄송합니다, 잘 모르겠습니다.", IV_LACK_DONT_KNOW, "p-dont"},
    {"ko: 딴 이야기", IV_LANG_KO,
     "저는 봄을 좋아하는데 아침마다 새가 지저귀고 꽃이 피어나며 강가에는 안개가 내려앉고 언덕 위로 "
     "해가 천천히 떠오릅니다",
     IV_LACK_OFF_TOPIC, "p-off"},
    {"ko: 짧음", IV_LANG_KO, "제가 항만 사무소에 전화했습니다.", IV_LACK_TOO_SHORT, "p-short"},
    {"ko: 우리만 있음", IV_LANG_KO,
     "저희는 항만 사무소에 전화해서 송장 이야기를 나누고 예산을 다시 맞추기로 했습니다.",
     IV_LACK_NO_OWN_ACTION, "p-own"},
    {"ko: 결과 없음", IV_LANG_KO,
     "제가 항만 사무소에 전화해서 송장 이야기를 나누고 예산을 다시 맞추자고 말했습니다.",
     IV_LACK_NO_RESULT, "p-result"},
    {"ko: 구체성 없음", IV_LANG_KO,
     "제가 항만 사무소에 전화해서 송장 이야기를 나눴고 결국 예산을 다시 맞춰서 잘 풀렸습니다.",
     IV_LACK_NO_SPECIFICS, "p-spec"},
    {"ko: 요점 빠짐", IV_LANG_KO,
     "제가 항만 사무소에 전화해서 송장 12장을 함께 확인했고 결국 모두 지급을 받았습니다.",
     IV_LACK_POINT, "p-missing"},
    {"ja: わからない", IV_LANG_JA, "申し訳ありません、わかりません。", IV_LACK_DONT_KNOW, "p-dont"},
    {"ja: 話がそれている", IV_LANG_JA,
     "私は春が好きでして、朝になると小鳥がさえずり、花が咲き、川辺には霧がかかり、丘の上からゆっく"
     "りと太陽が昇ってくる様子を眺めるのがとても楽しいです。"
     "夏は海へ行って泳いだり、砂浜で貝殻を拾ったりします。",
     IV_LACK_OFF_TOPIC, "p-off"},
    {"ja: 短い", IV_LANG_JA, "私が港湾事務所に電話をしました。", IV_LACK_TOO_SHORT, "p-short"},
    {"ja: 私たちだけ", IV_LANG_JA,
     "私たちは港湾事務所に電話をして請求書についてよく話し合い、チームで予算をもう一度見直すことに"
     "しました。",
     IV_LACK_NO_OWN_ACTION, "p-own"},
    {"ja: 結果がない", IV_LANG_JA,
     "私が港湾事務所に電話をして請求書についてよく話し合い、予算をもう一度見直しましょうと提案しま"
     "した。",
     IV_LACK_NO_RESULT, "p-result"},
    {"ja: 具体性がない", IV_LANG_JA,
     "私が港湾事務所に電話をして請求書についてよく話し合い、予算を見直した結果、無事に支払っていた"
     "だけました。",
     IV_LACK_NO_SPECIFICS, "p-spec"},
    {"ja: 要点が抜けている", IV_LANG_JA,
     "私が港湾事務所に電話をして請求書12通についてよく話し合った結果、すべて無事に支払っていただけ"
     "ました。",
     IV_LACK_POINT, "p-missing"},
};

static char *write_set(enum iv_lang lang)
{
    char *path = strdup("/tmp/iv_test_interviewer_XXXXXX.yaml");
    int fd = mkstemps(path, 5);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, sets[lang], strlen(sets[lang])), strlen(sets[lang]));
    close(fd);
    return path;
}

static void lack_leads_to_its_probe(void **state)
{
    const struct lack_row *r = *state;
    struct iv_session_spec s = spec_of(r->lang, IV_TYPE_BEHAVIORAL, 1);
    char *path = write_set(r->lang);
    struct iv_move m;
    iv_interviewer *iv;

    snprintf(s.question_set, sizeof s.question_set, "%s", path);
    iv = start(&s);
    assert_int_equal(iv_interviewer_greet(iv, 1800000, &m, NULL), IV_OK);
    assert_int_equal(m.kind, IV_TURN_GREETING);
    assert_string_equal(m.question_id, "one");
    assert_non_null(strstr(m.text, m.question));
    assert_int_equal(iv_interviewer_answer(iv, r->answer, 0, 1700000, &m, NULL), IV_OK);
    assert_string_equal(iv_lack_name(m.lack), iv_lack_name(r->lack));
    assert_int_equal(m.kind, IV_TURN_PROBE);
    assert_string_equal(m.question, r->ask);
    assert_string_equal(m.question_id, "one");
    assert_true(m.waits && !m.ends);
    iv_interviewer_free(iv);
    unlink(path);
    free(path);
}

/* -- a candidate made of the bank's own words -- */

/* How good an answer is: 0 nothing, 1 a little, 2 everything. */
static void make_answer(const struct iv_question *q, int quality, uint64_t *seed,
                        struct iv_buf *out)
{
    static const char *const full[IV_LANG_COUNT] = {
        "제가 직접 3주 동안 진행했고 결과적으로 40퍼센트 줄었습니다. ",
        "I did it myself in 3 weeks, and as a result it fell by 40 percent. ",
        "私が3週間かけて進めた結果、40パーセント減りました。"};
    static const char *const none[IV_LANG_COUNT] = {"잘 모르겠습니다.", "I don't know.",
                                                    "わかりません。"};

    iv_buf_clear(out);
    if (!quality) {
        iv_buf_adds(out, none[q->lang]);
        return;
    }
    iv_buf_adds(out, quality > 1 ? full[q->lang] : "");
    for (size_t i = 0; i < q->n_points; i++) {
        const struct iv_point *p = &q->points[i];
        const char *w = p->words[random_below(seed, p->n_words)];

        if (quality == 1 && random_below(seed, 3))
            continue;
        for (; *w; w++)
            if (*w != '*' && *w != '&')
                iv_buf_addc(out, *w);
        iv_buf_adds(out, ". ");
    }
}

struct run {
    char *said[MAX_MOVES]; /* questions and follow-ups */
    size_t n_said;
    int n_moves, n_questions, of;
    int64_t left_ms;
    bool ended;
};

static void keep_question(struct run *r, const struct iv_move *m)
{
    if (!m->question[0])
        return;
    for (size_t i = 0; i < r->n_said; i++)
        assert_string_not_equal(r->said[i], m->question);
    r->said[r->n_said++] = strdup(m->question);
}

static void release_run(struct run *r)
{
    for (size_t i = 0; i < r->n_said; i++)
        free(r->said[i]);
}

static int64_t speech_ms(enum iv_lang lang, const char *text)
{
    return (int64_t)iv_utf8_chars(text) * (lang == IV_LANG_EN   ? 70
                                           : lang == IV_LANG_KO ? 160
                                                                : 140);
}

static void check_move(const struct iv_move *m)
{
    assert_true(m->text[0]);
    assert_null(strstr(m->text, "  "));
    assert_null(strchr(m->text, '{'));
    assert_true(m->number >= 1 && m->number <= m->of);
    assert_int_equal(m->waits, !m->ends);
    if (m->question[0])
        assert_non_null(strstr(m->text, m->question));
}

/* Answers as long as suggested times `percent`; typed text when percent is 0. */
static void interview(const struct iv_session_spec *s, int percent, int quality, struct run *r)
{
    iv_interviewer *iv = start(s);
    uint64_t seed = s->seed;
    struct iv_buf answer = IV_BUF_INIT(1u << 16);
    struct iv_move m;
    int last_number = 0;

    *r = (struct run){.left_ms = (int64_t)s->duration_minutes * 60000};
    assert_int_equal(iv_interviewer_greet(iv, r->left_ms, &m, NULL), IV_OK);
    while (!m.ends) {
        const struct iv_question *q = iv_interviewer_question(iv, m.question_id);
        int64_t spoken = (q && m.kind != IV_TURN_PROBE ? q->seconds : 25) * 10ll * percent;

        check_move(&m);
        keep_question(r, &m);
        assert_true(m.number >= last_number);
        last_number = m.number;
        r->n_moves++;
        r->n_questions += m.kind == IV_TURN_GREETING || m.kind == IV_TURN_QUESTION;
        if (q)
            make_answer(q, quality < 0 ? (int)random_below(&seed, 3) : quality, &seed, &answer);
        r->left_ms -= percent ? speech_ms(s->lang, m.text) + spoken + 1500 : 0;
        if (r->left_ms <= 0) { /* the session's owner would end it here */
            assert_int_equal(iv_interviewer_time_up(iv, &m, NULL), IV_OK);
            break;
        }
        assert_int_equal(
            iv_interviewer_answer(iv, iv_buf_str(&answer), spoken, r->left_ms, &m, NULL), IV_OK);
        assert_true(r->n_moves < MAX_MOVES);
    }
    r->left_ms -= percent ? speech_ms(s->lang, m.text) : 0;
    r->of = m.of;
    assert_int_equal(m.kind, IV_TURN_CLOSING);
    assert_int_equal(iv_interviewer_answer(iv, "more", 0, 1000, &m, NULL), IV_E_STATE);
    iv_buf_release(&answer);
    iv_interviewer_free(iv);
}

static void nothing_is_said_twice(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct iv_session_spec s =
            spec_of((enum iv_lang)(seed % 3), (enum iv_session_type)(seed / 3 % 3), seed);
        struct run r;

        s.duration_minutes = 120;
        s.difficulty = (enum iv_difficulty)(seed / 9 % 3);
        interview(&s, 0, -1, &r);
        assert_true(r.n_questions >= 15);
        release_run(&r);
    }
}

/* Every text as a whole: the same acknowledgement and lead-in before the same words would show here. */
static void phrases_are_not_repeated(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct iv_session_spec s = spec_of((enum iv_lang)(seed % 3), IV_TYPE_BEHAVIORAL, seed);
        struct iv_buf answer = IV_BUF_INIT(1u << 16);
        uint64_t random = seed;
        iv_interviewer *iv;
        struct iv_move m;
        size_t n_said = 0;

        s.duration_minutes = 90;
        iv = start(&s);
        assert_int_equal(iv_interviewer_greet(iv, 5400000, &m, NULL), IV_OK);
        while (!m.ends) {
            const struct iv_question *q = iv_interviewer_question(iv, m.question_id);

            assert_true(iv->said.n >
                        n_said); /* iv_said_add moves a line said before: the list would not grow */
            n_said = iv->said.n;
            if (q)
                make_answer(q, (int)random_below(&random, 3), &random, &answer);
            assert_int_equal(iv_interviewer_answer(iv, iv_buf_str(&answer), 0, 5000000, &m, NULL),
                             IV_OK);
        }
        iv_buf_release(&answer);
        iv_interviewer_free(iv);
    }
}

static const struct time_row {
    const char *name;
    int minutes, percent, quality;
} times[] = {
    {"5 minutes", 5, 100, 2},
    {"5 minutes, long answers", 5, 150, 1},
    {"5 minutes, knows nothing", 5, 10, 0},
    {"10 minutes", 10, 100, 1},
    {"15 minutes, long answers", 15, 140, 1},
    {"30 minutes", 30, 100, 1},
    {"30 minutes, very long answers", 30, 200, 1},
    {"30 minutes, short answers", 30, 50, 2},
    {"60 minutes", 60, 100, 1},
    {"120 minutes", 120, 100, 1},
    {"120 minutes, long answers", 120, 130, 1},
};

static void ends_in_time(void **state)
{
    const struct time_row *t = *state;

    for (int i = 0; i < 9; i++) {
        struct iv_session_spec s = spec_of((enum iv_lang)(i % 3), (enum iv_session_type)(i / 3), 7);
        struct run r;

        s.duration_minutes = t->minutes;
        interview(&s, t->percent, t->quality, &r);
        if (r.left_ms <
            -20000 -
                3000ll * t->percent) /* an answer under way may run over, the interviewer may not */
            fail_msg("%lld ms over", (long long)-r.left_ms);
        if (t->percent == 100 && r.left_ms < 0)
            fail_msg("%lld ms over at the suggested length", (long long)-r.left_ms);
        if (t->percent == 100 && r.left_ms > t->minutes * 60000ll * 45 / 100)
            fail_msg("%lld ms of %d minutes left", (long long)r.left_ms, t->minutes);
        release_run(&r);
    }
}

/* -- memory -- */

static char *print_json(iv_json *j)
{
    struct iv_buf b = IV_BUF_INIT(1u << 20);

    assert_int_equal(iv_json_print(j, IV_JSON_COMPACT, &b, NULL), IV_OK);
    iv_json_free(j);
    return iv_buf_take(&b);
}

static iv_interviewer *reborn(iv_interviewer *iv, const struct iv_session_spec *s)
{
    char *text = print_json(iv_interviewer_save(iv)), *again;
    iv_interviewer *new_one;
    iv_json *state;
    struct iv_error err = {0};

    assert_int_equal(iv_json_parse(text, strlen(text), 1u << 20, &state, &err), IV_OK);
    if (iv_interviewer_new(NULL, s, state, &new_one, &err))
        fail_msg("%s", err.text);
    again = print_json(iv_interviewer_save(new_one));
    assert_string_equal(text, again);
    iv_json_free(state);
    free(text);
    free(again);
    return new_one;
}

static void assert_same_move(const struct iv_move *a, const struct iv_move *b)
{
    assert_string_equal(a->text, b->text);
    assert_string_equal(a->question_id, b->question_id);
    assert_string_equal(a->question, b->question);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->of, b->of);
    assert_int_equal(a->lack, b->lack);
    assert_int_equal(a->waits, b->waits);
    assert_int_equal(a->ends, b->ends);
}

static void restored_interviewer_goes_on_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct iv_session_spec s =
            spec_of((enum iv_lang)(seed % 3), (enum iv_session_type)(seed % 2), seed);
        iv_interviewer *a = start(&s), *b = reborn(a, &s), *c;
        struct iv_buf answer = IV_BUF_INIT(1u << 16);
        struct iv_move ma, mb;
        int64_t left = 1800000;
        uint64_t random = seed;
        char *foreseen;

        assert_int_equal(iv_interviewer_greet(a, left, &ma, NULL), IV_OK);
        assert_int_equal(iv_interviewer_greet(b, left, &mb, NULL), IV_OK);
        while (!ma.ends) {
            const struct iv_question *q = iv_interviewer_question(a, ma.question_id);

            assert_same_move(&ma, &mb);
            c = reborn(b, &s);
            iv_interviewer_free(b);
            b = c;
            left -= 55000;
            if (q)
                make_answer(q, (int)random_below(&random, 3), &random, &answer);
            assert_int_equal(
                iv_interviewer_foresee(a, iv_buf_str(&answer), 40000, left, &foreseen, NULL),
                IV_OK);
            assert_int_equal(iv_interviewer_answer(a, iv_buf_str(&answer), 40000, left, &ma, NULL),
                             IV_OK);
            assert_string_equal(foreseen, ma.text);
            free(foreseen);
            assert_int_equal(iv_interviewer_answer(b, iv_buf_str(&answer), 40000, left, &mb, NULL),
                             IV_OK);
        }
        assert_same_move(&ma, &mb);
        iv_buf_release(&answer);
        iv_interviewer_free(a);
        iv_interviewer_free(b);
    }
}

static const struct bad_state_row {
    const char *name, *state;
} bad_states[] = {
    {"nothing", "{}"},
    {"an unknown question", "{\"stage\":\"question\",\"at\":0,\"planned\":1,\"order\":[\"x\"]}"},
    {"a place beyond the plan", "{\"stage\":\"new\",\"at\":5,\"planned\":1,\"order\":[]}"},
    {"begun but nothing said",
     "{\"stage\":\"wrap_up\",\"at\":0,\"planned\":1,\"order\":[\"en-general-easy-\"]}"},
};

static void bad_state_is_refused(void **state)
{
    const struct bad_state_row *r = *state;
    struct iv_session_spec s = spec_of(IV_LANG_EN, IV_TYPE_GENERAL, 1);
    iv_interviewer *iv;
    iv_json *j;

    assert_int_equal(iv_json_parse(r->state, strlen(r->state), 4096, &j, NULL), IV_OK);
    assert_int_equal(iv_interviewer_new(NULL, &s, j, &iv, NULL), IV_E_DATA);
    assert_null(iv);
    iv_json_free(j);
}

/* -- single moves -- */

static void remarks_leave_the_question_waiting(void **state)
{
    struct iv_session_spec s = spec_of(IV_LANG_EN, IV_TYPE_TECHNICAL, 3);
    iv_interviewer *iv = start(&s);
    struct iv_move m, again;
    char question[2048];

    (void)state;
    assert_int_equal(iv_interviewer_current(iv, &m, NULL), IV_E_STATE);
    assert_int_equal(iv_interviewer_repeat(iv, &m, NULL), IV_E_STATE);
    assert_int_equal(iv_interviewer_answer(iv, "x", 0, 1, &m, NULL), IV_E_STATE);
    assert_int_equal(iv_interviewer_greet(iv, 1800000, &m, NULL), IV_OK);
    assert_int_equal(iv_interviewer_greet(iv, 1800000, &again, NULL), IV_E_STATE);
    assert_int_equal(iv_interviewer_current(iv, &m, NULL), IV_OK);
    snprintf(question, sizeof question, "%s", m.question);
    for (int i = 0; i < 12; i++) { /* longer than any list of phrases */
        assert_int_equal(iv_interviewer_silence(iv, &m, NULL), IV_OK);
        assert_int_equal(m.kind, IV_TURN_REMARK);
        assert_true(m.text[0] && !strstr(m.text, question));
        assert_string_equal(m.question, question);
        assert_int_equal(iv_interviewer_repeat(iv, &m, NULL), IV_OK);
        assert_non_null(strstr(m.text, question));
    }
    assert_int_equal(iv_interviewer_current(iv, &again, NULL), IV_OK);
    assert_int_equal(again.kind, IV_TURN_GREETING);
    assert_string_equal(again.question, question);
    iv_interviewer_free(iv);
}

static void skipping_takes_one_from_the_reserve(void **state)
{
    struct iv_session_spec s = spec_of(IV_LANG_KO, IV_TYPE_GENERAL, 3);
    iv_interviewer *iv;
    struct iv_move m;
    char first[128];
    int of;

    (void)state;
    s.duration_minutes = 15;
    iv = start(&s);
    assert_int_equal(iv_interviewer_greet(iv, 900000, &m, NULL), IV_OK);
    snprintf(first, sizeof first, "%s", m.question_id);
    of = m.of;
    assert_int_equal(iv_interviewer_skip(iv, 890000, &m, NULL), IV_OK);
    assert_int_equal(m.kind, IV_TURN_QUESTION);
    assert_string_not_equal(m.question_id, first);
    assert_int_equal(m.number, 2);
    assert_int_equal(m.of, of + 1);
    for (int i = 0; i < 200 && !m.ends; i++)
        assert_int_equal(iv_interviewer_skip(iv, 880000, &m, NULL), IV_OK);
    assert_true(m.ends);
    iv_interviewer_free(iv);
}

static void time_up_closes(void **state)
{
    struct iv_session_spec s = spec_of(IV_LANG_JA, IV_TYPE_GENERAL, 3);
    iv_interviewer *iv = start(&s);
    struct iv_move m;

    (void)state;
    assert_int_equal(iv_interviewer_greet(iv, 900000, &m, NULL), IV_OK);
    assert_int_equal(iv_interviewer_time_up(iv, &m, NULL), IV_OK);
    assert_true(m.ends && m.kind == IV_TURN_CLOSING);
    assert_int_equal(iv_interviewer_time_up(iv, &m, NULL), IV_E_STATE);
    iv_interviewer_free(iv);
}

static void second_dont_know_moves_on(void **state)
{
    struct iv_session_spec s = spec_of(IV_LANG_EN, IV_TYPE_TECHNICAL, 4);
    iv_interviewer *iv = start(&s);
    struct iv_move m;

    (void)state;
    assert_int_equal(iv_interviewer_greet(iv, 1800000, &m, NULL), IV_OK);
    assert_int_equal(iv_interviewer_answer(iv, "I don't know.", 0, 1790000, &m, NULL), IV_OK);
    assert_int_equal(m.lack, IV_LACK_DONT_KNOW);
    assert_int_equal(iv_interviewer_answer(iv, "No idea, sorry.", 0, 1780000, &m, NULL), IV_OK);
    assert_int_equal(m.kind, IV_TURN_QUESTION);
    assert_int_equal(m.number, 2);
    iv_interviewer_free(iv);
}

static void follow_ups_are_limited(void **state)
{
    struct iv_session_spec s = spec_of(IV_LANG_EN, IV_TYPE_BEHAVIORAL, 4);
    struct iv_config *config;
    iv_ctx *ctx;
    struct iv_move m;

    (void)state;
    assert_int_equal(iv_config_new(&config, NULL), IV_OK);
    for (int most = 0; most <= 4; most++) {
        iv_interviewer *iv;
        int probes = 0;

        config->interview_probes = most;
        assert_int_equal(iv_ctx_new(config, NULL, NULL, &ctx, NULL), IV_OK);
        assert_int_equal(iv_interviewer_new(ctx, &s, NULL, &iv, NULL), IV_OK);
        assert_int_equal(iv_interviewer_greet(iv, 1800000, &m, NULL), IV_OK);
        while (m.number == 1) {
            assert_int_equal(iv_interviewer_answer(iv, "We did.", 0, 1800000, &m, NULL), IV_OK);
            probes += m.number == 1;
            assert_true(probes <= most);
        }
        assert_true(most > 3 || probes == most);
        iv_interviewer_free(iv);
        iv_ctx_free(ctx);
    }
    iv_config_free(config);
}

#define ADD(table, fn)                                                                             \
    for (size_t i = 0; i < IV_LEN(table); i++)                                                     \
        t[n++] = (struct CMUnitTest)                                                               \
        {                                                                                          \
            .name = (table)[i].name, .test_func = (fn), .initial_state = (void *)&(table)[i]       \
        }

int main(void)
{
    struct CMUnitTest t[IV_LEN(lacks) + IV_LEN(times) + IV_LEN(bad_states) + 8];
    size_t n = 0;

    ADD(lacks, lack_leads_to_its_probe);
    ADD(times, ends_in_time);
    ADD(bad_states, bad_state_is_refused);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(nothing_is_said_twice);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(phrases_are_not_repeated);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(restored_interviewer_goes_on_the_same);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(remarks_leave_the_question_waiting);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(skipping_takes_one_from_the_reserve);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(time_up_closes);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(second_dont_know_moves_on);
    t[n++] = (struct CMUnitTest)cmocka_unit_test(follow_ups_are_limited);
    return cmocka_run_group_tests_name("interviewer", t, NULL, NULL);
}
