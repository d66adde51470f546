/* echo_kept.c - see the header. */
#include "iv_build.h"

#if IV_HAVE_SPEEXDSP
#include "audio/echo_kept.h"

#include <math.h>
#include <string.h>

#define GOOD 0.05 /* 13 dB: a second voice leaves more */
#define SLOW 0.1
#define SCALE                                                                                      \
    (32767.0 * 2 * ECHO_BLOCK) /* of what speexdsp says: its transform is not normalised */
#define RADIUS 0.982F /* of speexdsp at 16 kHz */
#define EVERY 8 /* blocks */

void iv_echo_kept_forget(struct echo_kept *k)
{
    *k = (struct echo_kept){.left = 1};
}

static int16_t sample_of(float x)
{
    return (int16_t)lrintf(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
}

/* speexdsp takes the hum out of the microphone's sound before its filter sees it; so must be done here. */
static float without_hum(struct echo_kept *k, float x)
{
    float y = k->hum[0] + x;

    k->hum[0] = k->hum[1] + 2 * (RADIUS * y - x);
    k->hum[1] = x - (RADIUS * RADIUS + 0.7F * (1 - RADIUS) * (1 - RADIUS)) * y;
    return RADIUS * y;
}

void iv_echo_kept_push(struct echo_kept *k, const int16_t far[ECHO_BLOCK],
                       const int16_t near[ECHO_BLOCK], int16_t before[ECHO_BLOCK])
{
    memmove(k->far, k->far + ECHO_BLOCK, ECHO_TAIL * sizeof *k->far);
    for (int i = 0; i < ECHO_BLOCK; i++)
        k->far[ECHO_TAIL + i] = far[i];
    for (int i = 0; i < ECHO_BLOCK; i++) {
        k->near[i] = without_hum(k, near[i]);
        before[i] = sample_of(k->near[i]);
    }
}

static float echo_at(const struct echo_kept *k, int i)
{
    const float *far = k->far + i + 1;
    float sum[8] = {0};

    for (int t = 0; t < ECHO_TAIL; t += 8)
        for (int lane = 0; lane < 8; lane++)
            sum[lane] += k->taps[t + lane] * far[t + lane];
    return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

bool iv_echo_kept_clean(const struct echo_kept *k, int16_t out[ECHO_BLOCK])
{
    if (!k->is_there)
        return false;
    for (int i = 0; i < ECHO_BLOCK; i++)
        out[i] = sample_of(k->near[i] - echo_at(k, i));
    return true;
}

static void take(struct echo_kept *k, SpeexEchoState *filter)
{
    int32_t response[ECHO_TAIL];

    if (k->is_tried)
        memcpy(k->taps, k->next, sizeof k->taps);
    k->is_there = k->is_tried;
    speex_echo_ctl(filter, SPEEX_ECHO_GET_IMPULSE_RESPONSE, response);
    for (int t = 0; t < ECHO_TAIL; t++)
        k->next[ECHO_TAIL - 1 - t] = (float)(response[t] / SCALE);
    k->is_tried = true;
    k->since = 0;
}

void iv_echo_kept_learn(struct echo_kept *k, SpeexEchoState *filter, double left)
{
    k->left += (left - k->left) * SLOW;
    k->since++;
    if (left < GOOD && k->left < GOOD && k->since >= EVERY)
        take(k, filter);
}
#endif
