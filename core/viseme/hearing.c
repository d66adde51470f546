/* hearing.c - spectra of the last tenths of a second through the network. */
#include "viseme/hearing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/data.h"
#include "viseme/network.h"
#include "viseme/spectrum.h"

#define FILE_NAME "visemes/estimator.json"
#define FILE_MAX_BYTES (512u << 10)
#define RING 16 /* over HEARING_PAST + HEARING_AHEAD, a power of two */
#define MAX_CONTEXT 12
#define MEAN_WEIGHT 100 /* hops that the mean of all voices stands for at first */
#define MEAN_CAP 400 /* hops after which the older ones fade */

struct hearing {
    struct spectrum spectrum;
    struct network network;
    int context[MAX_CONTEXT];
    size_t n_context;
    float band_mean[SPECTRUM_BANDS], prior[IV_VIS_COUNT], stay, prior_power;
    float ring[RING][SPECTRUM_BANDS]; /* relative to the mean of this voice so far */
    float mean[SPECTRUM_BANDS];
    int mean_count;
    int64_t heard, told; /* hops in the ring so far, hops given out */
};

static bool read_numbers(const iv_json *list, float *out, size_t n)
{
    if (iv_json_len(list) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        out[i] = (float)iv_json_number(iv_json_at(list, i), NAN);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(out[i]))
            return false;
    return true;
}

static enum iv_code read_context(hearing *h, const iv_json *list, struct iv_error *err)
{
    h->n_context = iv_json_len(list);
    if (h->n_context < 1 || h->n_context > MAX_CONTEXT)
        return iv_fail(err, IV_E_DATA, "context: 1 to %d hops are allowed", MAX_CONTEXT);
    for (size_t i = 0; i < h->n_context; i++) {
        double hop = iv_json_number(iv_json_at(list, i), -1000);

        if (!(hop >= -HEARING_PAST && hop <= HEARING_AHEAD))
            return iv_fail(err, IV_E_DATA, "context: %g: %d to %d are allowed", hop, -HEARING_PAST,
                           HEARING_AHEAD);
        h->context[i] = (int)hop;
    }
    return IV_OK;
}

static enum iv_code read_model(hearing *h, const iv_json *j, struct iv_error *err)
{
    enum iv_code rc = read_context(h, iv_json_get(j, "context"), err);

    if (rc)
        return rc;
    if (!read_numbers(iv_json_get(j, "band_mean"), h->band_mean, SPECTRUM_BANDS) ||
        !read_numbers(iv_json_get(j, "prior"), h->prior, IV_VIS_COUNT))
        return iv_fail(err, IV_E_DATA, "'band_mean' must be %d numbers, 'prior' %d", SPECTRUM_BANDS,
                       IV_VIS_COUNT);
    for (int v = 0; v < IV_VIS_COUNT; v++)
        if (h->prior[v] <= 0)
            return iv_fail(err, IV_E_DATA, "prior: %g: must be over 0", (double)h->prior[v]);
    h->stay = (float)iv_json_get_num(j, "stay", 0);
    h->prior_power = (float)iv_json_get_num(j, "prior_power", 0);
    if (!(h->stay > 0 && h->stay < 1) || !(h->prior_power >= 0 && h->prior_power <= 1))
        return iv_fail(err, IV_E_DATA, "'stay' and 'prior_power' must be between 0 and 1");
    return iv_network_read(&h->network, iv_json_get(j, "layers"), h->n_context * SPECTRUM_BANDS,
                           IV_VIS_COUNT, err);
}

static enum iv_code load(hearing *h, struct iv_error *err)
{
    struct iv_blob blob = {0};
    struct iv_error why;
    iv_json *j = NULL;
    enum iv_code rc = iv_data_load(NULL, FILE_NAME, &blob, err);

    if (rc)
        return rc;
    rc = iv_json_parse(blob.bytes, blob.len, FILE_MAX_BYTES, &j, &why);
    if (!rc)
        rc = read_model(h, j, &why);
    if (rc)
        iv_fail(err, rc = rc == IV_E_NOMEM ? rc : IV_E_DATA, "%s: %s", blob.origin, why.text);
    iv_json_free(j);
    iv_blob_release(&blob);
    return rc;
}

enum iv_code iv_hearing_new(hearing **out, struct iv_error *err)
{
    hearing *h = iv_alloc(sizeof *h);
    enum iv_code rc;

    *out = NULL;
    if (!h)
        return iv_fail(err, IV_E_NOMEM, "mouth network: out of memory");
    rc = load(h, err);
    if (rc) {
        iv_hearing_free(h);
        return rc;
    }
    iv_spectrum_init(&h->spectrum);
    iv_hearing_restart(h);
    *out = h;
    return IV_OK;
}

void iv_hearing_restart(hearing *h)
{
    iv_spectrum_restart(&h->spectrum);
    memcpy(h->mean, h->band_mean, sizeof h->mean);
    h->mean_count = MEAN_WEIGHT;
    h->heard = h->told = 0;
}

static void remember(hearing *h, const struct spectrum_frame *f)
{
    float *to = h->ring[h->heard++ % RING];

    if (f->is_speech && h->mean_count < MEAN_CAP)
        h->mean_count++;
    for (int b = 0; b < SPECTRUM_BANDS; b++) {
        if (f->is_speech)
            h->mean[b] += (f->band[b] - h->mean[b]) / (float)h->mean_count;
        to[b] = f->band[b] - h->mean[b];
    }
}

static void softmax(const float in[IV_VIS_COUNT], float out[IV_VIS_COUNT])
{
    float top = in[0], sum = 0;

    for (int v = 1; v < IV_VIS_COUNT; v++)
        top = in[v] > top ? in[v] : top;
    for (int v = 0; v < IV_VIS_COUNT; v++)
        sum += out[v] = expf(in[v] - top);
    for (int v = 0; v < IV_VIS_COUNT; v++)
        out[v] /= sum;
}

/* Where the context runs over an end of the sound, the last spectrum there stands for what is missing. */
static void tell(hearing *h, struct hearing_odds *out)
{
    float in[MAX_CONTEXT * SPECTRUM_BANDS], sums[IV_VIS_COUNT];

    for (size_t i = 0; i < h->n_context; i++) {
        int64_t hop = h->told + h->context[i];

        hop = hop < 0 ? 0 : hop >= h->heard ? h->heard - 1 : hop;
        memcpy(in + i * SPECTRUM_BANDS, h->ring[hop % RING], sizeof h->ring[0]);
    }
    iv_network_run(&h->network, in, sums);
    softmax(sums, out->p);
    h->told++;
}

bool iv_hearing_push(hearing *h, const int16_t *samples, size_t n, size_t *used,
                     struct hearing_odds *out)
{
    struct spectrum_frame f;

    if (!iv_spectrum_push(&h->spectrum, samples, n, used, &f))
        return false;
    remember(h, &f);
    if (h->heard <= h->told + HEARING_AHEAD)
        return false;
    tell(h, out);
    return true;
}

bool iv_hearing_drain(hearing *h, struct hearing_odds *out)
{
    if (h->told >= h->heard)
        return false;
    tell(h, out);
    return true;
}

const float *iv_hearing_prior(const hearing *h)
{
    return h->prior;
}

float iv_hearing_stay(const hearing *h)
{
    return h->stay;
}

float iv_hearing_prior_power(const hearing *h)
{
    return h->prior_power;
}

void iv_hearing_free(hearing *h)
{
    if (!h)
        return;
    iv_network_release(&h->network);
    free(h);
}
