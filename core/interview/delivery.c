/* delivery.c - see delivery.h. */
#include "interview/delivery.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interview/score_judge.h"

#define PAUSE_MS 250
#define WORDS_MAX_BYTES (16u << 20)
#define FILLER_KINDS 32

enum measure {
    WORDS_PER_S,
    SYLLABLES_PER_S,
    MORAE_PER_S,
    PAUSES_PER_MIN,
    PAUSE_TOTAL_MS,
    PAUSE_LONGEST_MS,
    MEAN_RUN_WORDS,
    FILLERS_PER_100,
    ANSWER_UNITS,
    ANSWER_MS,
    FIRST_WORD_MS,
    TALK_SHARE,
    MEASURES
};
static const char *const names[MEASURES] = {"words_per_s",    "syllables_per_s", "morae_per_s",
                                            "pauses_per_min", "pause_total_ms",  "pause_longest_ms",
                                            "mean_run_words", "fillers_per_100", "answer_units",
                                            "answer_ms",      "first_word_ms",   "talk_share"};

struct sums {
    size_t answers, spoken, timed, words, pauses, runs, fillers;
    double units, spoken_units, spoken_words, syllables;
    int64_t speech_ms, answer_ms, pause_ms, longest_ms, first_word_ms, interviewer_ms;
    size_t first_words;
    struct {
        const char *word;
        int count;
    } kinds[FILLER_KINDS];
    size_t n_kinds;
};

static void count_filler(void *arg, const char *word)
{
    struct sums *s = arg;

    for (size_t i = 0; i < s->n_kinds; i++)
        if (!strcmp(s->kinds[i].word, word)) {
            s->kinds[i].count++;
            return;
        }
    if (s->n_kinds < FILLER_KINDS) {
        s->kinds[s->n_kinds].word = word;
        s->kinds[s->n_kinds++].count = 1;
    }
}

static double syllables_of(const char *text, enum iv_lang lang)
{
    struct iv_spans words;
    double n = 0;

    if (lang == IV_LANG_KO)
        return (double)iv_syllables_ko(text);
    (void)iv_text_units(text, IV_LANG_EN, &words, NULL);
    for (size_t i = 0; i < words.n; i++)
        n += (double)iv_syllables_en(text + words.items[i].start,
                                     words.items[i].end - words.items[i].start);
    iv_spans_release(&words);
    return n;
}

static double units_of(const char *text, enum iv_lang lang)
{
    return lang == IV_LANG_JA ? iv_morae_ja(text) : (double)iv_text_unit_count(text, lang);
}

static int64_t number_at(const iv_json *word, size_t i, int64_t otherwise)
{
    double n = iv_json_number(iv_json_at(word, i), -1);

    return n >= 0 && n < 1e12 ? (int64_t)n : otherwise;
}

/* Words are [text, start_ms, end_ms, confidence]; times count from the first sample of the answer or from the session's start, both do. */
static int64_t read_words(struct sums *s, const iv_json *words)
{
    int64_t first = -1, last_end = -1;

    for (const iv_json *w = iv_json_first(words); w; w = iv_json_next(w)) {
        int64_t start = number_at(w, 1, last_end), end = number_at(w, 2, start),
                gap = start - last_end;

        if (start < 0 || end < start)
            continue;
        s->words++;
        if (last_end < 0) {
            first = start;
            s->runs++;
        } else if (gap >= PAUSE_MS) {
            s->pauses++;
            s->runs++;
            s->pause_ms += gap;
            s->longest_ms = gap > s->longest_ms ? gap : s->longest_ms;
        }
        last_end = end > last_end ? end : last_end;
    }
    return first < 0 ? 0 : last_end - first;
}

static int64_t spoken_ms_of(struct sums *s, const struct iv_turn *t)
{
    iv_json *words = NULL;
    int64_t ms = 0;

    if (t->words_json &&
        !iv_json_parse(t->words_json, strlen(t->words_json), WORDS_MAX_BYTES, &words, NULL))
        ms = read_words(s, words);
    iv_json_free(words);
    if (ms > 0) {
        s->timed++;
        return ms;
    }
    return strcmp(t->source, "typed") && t->end_ms > t->start_ms ? t->end_ms - t->start_ms : 0;
}

static void add_answer(struct sums *s, const struct iv_delivery_input *in, size_t i)
{
    const struct iv_turn *t = &in->turns[i], *before = i ? &in->turns[i - 1] : NULL;
    int64_t ms = spoken_ms_of(s, t);
    double units = units_of(t->text, in->lang);

    s->answers++;
    s->units += units;
    s->fillers += iv_count_fillers(t->text, in->lang, in->speech, count_filler, s);
    if (ms <= 0)
        return;
    s->spoken++;
    s->speech_ms += ms;
    s->answer_ms += t->end_ms > t->start_ms ? t->end_ms - t->start_ms : ms;
    s->spoken_units += units;
    s->spoken_words += (double)iv_text_unit_count(t->text, IV_LANG_EN);
    s->syllables += syllables_of(t->text, in->lang);
    if (before && before->speaker == IV_INTERVIEWER && before->end_ms > 0 &&
        t->start_ms >= before->end_ms) {
        s->first_words++;
        s->first_word_ms += t->start_ms - before->end_ms;
    }
}

static double over(double n, double d)
{
    return d > 0 ? n / d : NAN;
}

static void figures(const struct sums *s, enum iv_lang lang, double out[MEASURES])
{
    double seconds = (double)s->speech_ms / 1000;

    for (size_t i = 0; i < MEASURES; i++)
        out[i] = NAN;
    if (lang == IV_LANG_EN)
        out[WORDS_PER_S] = over(s->spoken_words, seconds);
    if (lang == IV_LANG_JA)
        out[MORAE_PER_S] = over(s->spoken_units, seconds);
    else
        out[SYLLABLES_PER_S] = over(s->syllables, seconds);
    if (s->timed) {
        out[PAUSES_PER_MIN] = over((double)s->pauses * 60, seconds);
        out[PAUSE_TOTAL_MS] = (double)s->pause_ms;
        out[PAUSE_LONGEST_MS] = (double)s->longest_ms;
        out[MEAN_RUN_WORDS] = over((double)s->words, (double)s->runs);
    }
    out[FILLERS_PER_100] = over((double)s->fillers * 100, s->units);
    out[ANSWER_UNITS] = over(s->units, (double)s->answers);
    out[ANSWER_MS] = over((double)s->answer_ms, (double)s->spoken);
    out[FIRST_WORD_MS] = over((double)s->first_word_ms, (double)s->first_words);
    if (s->interviewer_ms > 0 && s->spoken)
        out[TALK_SHARE] = over((double)s->answer_ms, (double)(s->answer_ms + s->interviewer_ms));
}

/* Two decimals, half away from zero; the added sliver keeps 0.285 from falling through its binary form. */
static iv_json *figure(double n)
{
    return isfinite(n) ? iv_json_num(copysign(floor(fabs(n) * 100 + 0.5 + 1e-9) / 100, n))
                       : iv_json_null();
}

static size_t earlier_values(const struct iv_delivery_input *in, const char *name, double *mean,
                             double *sd)
{
    double sum = 0, squares = 0;
    size_t n = 0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < in->n_earlier; i++) {
            const iv_json *d = iv_json_get(in->earlier[i], "delivery");
            double v = iv_json_get_num(iv_json_get(d, "measures"), name, NAN);

            if (!isfinite(v) || strcmp(iv_json_get_str(d, "language", ""), iv_lang_code(in->lang)))
                continue;
            if (!pass) {
                n++;
                sum += v;
            } else {
                squares += (v - sum / (double)n) * (v - sum / (double)n);
            }
        }
    *mean = over(sum, (double)n);
    *sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    return n;
}

static iv_json *baseline(const struct iv_delivery_input *in, const double now[MEASURES])
{
    iv_json *list = iv_json_array(), *out;
    size_t most = 0;

    for (size_t i = 0; i < MEASURES; i++) {
        double mean, sd;
        size_t n = earlier_values(in, names[i], &mean, &sd);
        iv_json *j;

        if (!n || !isfinite(now[i]))
            continue;
        most = n > most ? n : most;
        j = iv_json_object();
        iv_json_set_str(j, "name", names[i]);
        iv_json_set(j, "mean", figure(mean));
        iv_json_set(j, "sd", figure(sd));
        iv_json_set(j, "now", figure(now[i]));
        iv_json_set(j, "difference", figure(now[i] - mean));
        iv_json_set_int(j, "sessions", (int64_t)n);
        iv_json_append(list, j);
    }
    if (!most) {
        iv_json_free(list);
        return iv_json_null();
    }
    out = iv_json_object();
    iv_json_set_int(out, "sessions", (int64_t)most);
    iv_json_set(out, "measures", list);
    return out;
}

static iv_json *fillers_json(const struct sums *s)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < s->n_kinds; i++) {
        iv_json *j = iv_json_object();

        iv_json_set_str(j, "word", s->kinds[i].word);
        iv_json_set_int(j, "count", s->kinds[i].count);
        iv_json_append(list, j);
    }
    return list;
}

static void add_all(struct sums *s, const struct iv_delivery_input *in)
{
    for (size_t i = 0; i < in->n_turns; i++) {
        const struct iv_turn *t = &in->turns[i];

        if (t->speaker == IV_CANDIDATE)
            add_answer(s, in, i);
        else if (t->end_ms > t->start_ms)
            s->interviewer_ms += t->end_ms - t->start_ms;
    }
}

enum iv_code iv_delivery(const struct iv_delivery_input *in, iv_json **out, struct iv_error *err)
{
    static const char *const unit_names[IV_LANG_COUNT] = {
        [IV_LANG_KO] = "eojeol", [IV_LANG_EN] = "words", [IV_LANG_JA] = "morae"};
    struct sums s = {0};
    double now[MEASURES];
    iv_json *measures = iv_json_object();

    add_all(&s, in);
    figures(&s, in->lang, now);
    for (size_t i = 0; i < MEASURES; i++)
        iv_json_set(measures, names[i], figure(now[i]));
    *out = iv_json_object();
    if (!*out) {
        iv_json_free(measures);
        return iv_fail(err, IV_E_NOMEM, "delivery: out of memory");
    }
    iv_json_set_str(*out, "language", iv_lang_code(in->lang));
    iv_json_set_str(*out, "unit", unit_names[in->lang]);
    iv_json_set_int(*out, "answers", (int64_t)s.answers);
    iv_json_set_int(*out, "spoken_answers", (int64_t)s.spoken);
    iv_json_set_int(*out, "timed_answers", (int64_t)s.timed);
    iv_json_set_int(*out, "pauses", (int64_t)s.pauses);
    iv_json_set_int(*out, "filler_count", (int64_t)s.fillers);
    iv_json_set(*out, "measures", measures);
    iv_json_set(*out, "fillers", fillers_json(&s));
    iv_json_set(*out, "baseline", baseline(in, now));
    return IV_OK;
}
