/* viseme_speech.h - speech whose phonemes are known, and how far mouths agree with them; for test_viseme_*.c and bench_viseme.c.
 *
 * The texts are written for this file: no question bank holds them. The voices (espeak's f2 and m3, flite's slt)
 * are not among those of core/viseme/train.py.
 */
#ifndef TEST_VISEME_SPEECH_H
#define TEST_VISEME_SPEECH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iv/alloc.h"
#include "iv/tts.h"

#define FRAME_MS 40
#define HOP_MS 10
#define MAX_LAG_HOPS 12
#define MAX_ROWS 8192

static const char *const speech_texts[IV_LANG_COUNT][8] = {
    [IV_LANG_KO] = {"어제 저녁에는 친구와 함께 강가를 따라 천천히 걸었습니다.",
                    "파란 우산을 쓴 아이가 버스 정류장에서 어머니를 기다리고 있네요.",
                    "봄이 오면 마당에 감나무 한 그루와 작은 꽃들을 심으려고 합니다.",
                    "아버지는 매일 아침 커피 한 잔을 마시며 신문을 읽으셨어요.",
                    "겨울 바다는 춥지만, 파도 소리를 들으면 마음이 편안해집니다.",
                    "누나가 만든 김치찌개는 언제 먹어도 참 맛있습니다.",
                    "오후에 비가 그치면 우리는 뒷산에 올라가서 구름을 구경할 거예요.",
                    "고양이 두 마리가 지붕 위에서 햇볕을 쬐며 낮잠을 자고 있었습니다."},
    [IV_LANG_EN] = {"Yesterday evening we walked slowly along the river with an old friend.",
                    "The child with the blue umbrella is waiting for her mother by the bus stop.",
                    "When spring comes, I will plant a pear tree and some small flowers.",
                    "My father drank a cup of coffee every morning and read the paper.",
                    "The winter sea is cold, but the sound of its waves gives me peace.",
                    "Five brown foxes jumped over both fences before anyone could move.",
                    "If the rain stops after lunch, we shall climb the hill and watch the clouds.",
                    "Two cats were sleeping on the roof, warming themselves in the sunshine."},
    [IV_LANG_JA] = {"昨日の夕方、古い友達と川沿いをゆっくり歩きました。",
                    "青い傘をさした子供が、バス停でお母さんを待っています。",
                    "春になったら、庭に柿の木と小さな花を植えるつもりです。",
                    "父は毎朝コーヒーを飲みながら新聞を読んでいました。",
                    "冬の海は寒いけれど、波の音を聞くと心が落ち着きます。",
                    "姉が作ったカレーは、いつ食べても本当においしいです。",
                    "午後に雨がやんだら、裏山に登って雲を眺めましょう。",
                    "二匹の猫が屋根の上で日なたぼっこをしながら眠っていました。"},
};

/* A synthesiser and a voice; engine "flite" is the program of that name. */
struct speech_voice {
    enum iv_lang lang;
    const char *engine, *voice;
};

static const char *const flite_ipa[][2] = {
    {"aa", "ɑ"},  {"ae", "æ"},  {"ah", "ʌ"}, {"ao", "ɔ"},  {"aw", "aʊ"}, {"ax", "ə"}, {"ay", "aɪ"},
    {"ch", "tʃ"}, {"dh", "ð"},  {"eh", "ɛ"}, {"er", "ɝ"},  {"ey", "eɪ"}, {"hh", "h"}, {"ih", "ɪ"},
    {"iy", "i"},  {"jh", "dʒ"}, {"ng", "ŋ"}, {"ow", "oʊ"}, {"oy", "ɔɪ"}, {"r", "ɹ"},  {"sh", "ʃ"},
    {"th", "θ"},  {"uh", "ʊ"},  {"uw", "u"}, {"y", "j"},   {"zh", "ʒ"},  {"pau", "_"}};

static const char *flite_symbol(const char *name)
{
    for (size_t i = 0; i < IV_LEN(flite_ipa); i++)
        if (!strcmp(flite_ipa[i][0], name))
            return flite_ipa[i][1];
    return name;
}

static bool flite_speech(const char *voice, const char *text, struct iv_speech *out)
{
    char wav[] = "/tmp/viseme-XXXXXX", command[600], name[12];
    int fd = mkstemp(wav);
    double start = 0, end;
    size_t cap = 0;
    FILE *p;

    *out = (struct iv_speech){.set = IV_PHONES_IPA};
    if (fd < 0)
        return false;
    close(fd);
    snprintf(command, sizeof command, "flite -voice %s -psdur -t \"%s\" -o %s 2>/dev/null", voice,
             text, wav);
    p = popen(command, "r");
    while (p && fscanf(p, " %11[^:]:%lf", name, &end) == 2 &&
           !iv_grow(&out->phonemes, &cap, out->n_phonemes + 1, sizeof *out->phonemes)) {
        struct iv_phoneme *ph = &out->phonemes[out->n_phonemes++];

        *ph = (struct iv_phoneme){.start_ms = (uint32_t)(start * 1000 + 0.5),
                                  .end_ms = (uint32_t)(end * 1000 + 0.5)};
        snprintf(ph->symbol, sizeof ph->symbol, "%s", flite_symbol(name));
        start = end;
    }
    if (p)
        pclose(p);
    if (out->n_phonemes && iv_audio_load(wav, IV_TTS_RATE_HZ, 0, &out->pcm, NULL, NULL))
        out->n_phonemes = 0;
    unlink(wav);
    return out->n_phonemes > 0;
}

/* False, with nothing in *out, where that voice is not installed. */
__attribute__((unused)) static bool speech_of(iv_ctx *ctx, const struct speech_voice *v,
                                              const char *text, struct iv_speech *out)
{
    struct iv_tts_choice choice = {.engine = v->engine, .voice = v->voice, .lang = v->lang};
    iv_tts *t = NULL;
    bool ok;

    if (!strcmp(v->engine, "flite"))
        return flite_speech(v->voice, text, out);
    *out = (struct iv_speech){0};
    ok = !iv_tts_open(ctx, &choice, &t, NULL) && !iv_tts_render(t, text, out, NULL);
    iv_tts_close(t);
    return ok;
}

/* The mouth every 10 ms. */
struct mouths {
    uint8_t at[MAX_ROWS];
    size_t n;
};

static inline bool mouths_of(const struct iv_phoneme *ph, size_t n, enum iv_phone_set set,
                             uint32_t total_ms, struct mouths *out)
{
    enum iv_mouth of[IV_VIS_COUNT];
    const struct iv_viseme_key *k;
    iv_viseme_track *t;
    size_t key = 0;

    if (iv_mouth_load(of, NULL) || iv_viseme_build(ph, n, set, total_ms, &t, NULL))
        return false;
    k = iv_viseme_keys(t);
    for (out->n = 0; out->n < total_ms / HOP_MS && out->n < MAX_ROWS; out->n++) {
        while (key + 1 < iv_viseme_count(t) && k[key].end_ms <= out->n * HOP_MS + HOP_MS / 2)
            key++;
        out->at[out->n] = (uint8_t)of[k[key].shape];
    }
    iv_viseme_free(t);
    return true;
}

struct agreement {
    size_t frames, right; /* of 40 ms, judged at the middle */
    size_t spoken, spoken_right; /* those where the known mouth is not at rest */
    size_t truth[IV_MOUTH_COUNT], hit[IV_MOUTH_COUNT], said[IV_MOUTH_COUNT];
    size_t level[16][IV_MOUTH_COUNT]; /* the known mouth by how loud the frame is */
    size_t lagged[2 * MAX_LAG_HOPS + 1]; /* hops that agree when the estimate is moved */
};

static inline void agree(struct agreement *a, const struct mouths *truth,
                         const struct mouths *guess, const struct iv_pcm *pcm)
{
    size_t n = truth->n < guess->n ? truth->n : guess->n, step = FRAME_MS / HOP_MS;

    for (size_t i = step / 2; i < n; i += step) {
        unsigned t = truth->at[i], g = guess->at[i];
        size_t from = (i - step / 2) * HOP_MS * IV_TTS_RATE_HZ / 1000;
        size_t len = FRAME_MS * IV_TTS_RATE_HZ / 1000;
        double db;

        if (from + len > pcm->len)
            break;
        db = iv_audio_level_db(pcm->samples + from, len);
        a->level[db <= -60 ? 0 : db >= 0 ? 15 : (int)((db + 60) / 4)][t]++;
        a->frames++;
        a->right += t == g;
        a->truth[t]++;
        a->said[g]++;
        a->hit[t] += t == g;
        a->spoken += t != IV_MOUTH_REST;
        a->spoken_right += t != IV_MOUTH_REST && t == g;
    }
    for (size_t i = MAX_LAG_HOPS; i + MAX_LAG_HOPS < n; i++)
        for (int d = -MAX_LAG_HOPS; d <= MAX_LAG_HOPS; d++)
            a->lagged[d + MAX_LAG_HOPS] += guess->at[i + (size_t)d] == truth->at[i];
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* How much later than the truth the estimate fits best. */
static inline int lag_ms(const struct agreement *a)
{
    int best = 0;

    for (int i = 0; i <= 2 * MAX_LAG_HOPS; i++)
        if (a->lagged[i] > a->lagged[best])
            best = i;
    return (best - MAX_LAG_HOPS) * HOP_MS;
}

/* Always the commonest mouth of these very frames. */
static inline double commonest(const struct agreement *a)
{
    size_t best = 0;

    for (int m = 0; m < IV_MOUTH_COUNT; m++)
        best = a->truth[m] > best ? a->truth[m] : best;
    return percent(best, a->frames);
}

/* The best that loudness alone can do: for each 4 dB the mouth that is commonest in these very frames. */
__attribute__((unused)) static double by_loudness(const struct agreement *a)
{
    size_t right = 0;

    for (int l = 0; l < 16; l++) {
        size_t best = 0;

        for (int m = 0; m < IV_MOUTH_COUNT; m++)
            best = a->level[l][m] > best ? a->level[l][m] : best;
        right += best;
    }
    return percent(right, a->frames);
}

#endif
