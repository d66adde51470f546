/* network.c - layers of weighted sums. One byte a weight in the file: the ear for shapes is coarse, the file small. */
#include "viseme/network.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* False unless the text is base64 of exactly n bytes. */
static bool decode(const char *text, uint8_t *out, size_t n)
{
    size_t done = 0, len = strlen(text);
    uint32_t bits = 0;
    unsigned held = 0;

    while (len && text[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++) {
        int d = digit_of(text[i]);

        if (d < 0)
            return false;
        bits = bits << 6 | (uint32_t)d;
        held += 6;
        if (held >= 8) {
            held -= 8;
            if (done == n)
                return false;
            out[done++] = (uint8_t)(bits >> held & 0xff);
        }
    }
    return done == n;
}

static bool read_numbers(const iv_json *list, float *out, size_t n)
{
    size_t i = 0;

    for (const iv_json *v = iv_json_first(list); v; v = iv_json_next(v)) {
        if (i == n || iv_json_type(v) != IV_JSON_NUMBER)
            return false;
        out[i++] = (float)iv_json_number(v, 0);
    }
    return i == n;
}

static enum iv_code read_layer(struct network_layer *l, const iv_json *j, size_t inputs,
                               struct iv_error *err)
{
    int64_t size = iv_json_get_int(j, "size", 0);
    float scale[NETWORK_MAX_WIDTH] = {0};
    uint8_t *bytes;
    enum iv_code rc = IV_OK;

    if (size < 1 || size > NETWORK_MAX_WIDTH)
        return iv_fail(err, IV_E_DATA, "size %lld: 1 to %d are allowed", (long long)size,
                       NETWORK_MAX_WIDTH);
    l->inputs = inputs;
    l->size = (size_t)size;
    l->weights = iv_alloc_array(inputs * l->size, sizeof *l->weights);
    bytes = iv_alloc(inputs * l->size);
    if (!l->weights || !bytes)
        rc = iv_fail(err, IV_E_NOMEM, "mouth network: out of memory");
    else if (!read_numbers(iv_json_get(j, "bias"), l->bias, l->size) ||
             !read_numbers(iv_json_get(j, "scale"), scale, l->size))
        rc = iv_fail(err, IV_E_DATA, "'bias' and 'scale' must be %zu numbers each", l->size);
    else if (!decode(iv_json_get_str(j, "weights", ""), bytes, inputs * l->size))
        rc = iv_fail(err, IV_E_DATA, "'weights' must be %zu bytes in base64", inputs * l->size);
    for (size_t k = 0; k < l->size && !rc; k++)
        for (size_t i = 0; i < inputs; i++)
            l->weights[i * l->size + k] = scale[k] * (float)(int8_t)bytes[k * inputs + i];
    free(bytes);
    return rc;
}

enum iv_code iv_network_read(struct network *net, const iv_json *layers, size_t inputs,
                             size_t outputs, struct iv_error *err)
{
    struct iv_error why;
    enum iv_code rc;

    *net = (struct network){0};
    for (const iv_json *j = iv_json_first(layers); j; j = iv_json_next(j)) {
        if (net->n == NETWORK_MAX_LAYERS)
            return iv_fail(err, IV_E_DATA, "layers: more than %d", NETWORK_MAX_LAYERS);
        rc = read_layer(&net->layers[net->n], j, inputs, &why);
        if (rc)
            return iv_fail(err, rc, "layer %zu: %s", net->n, why.text);
        inputs = net->layers[net->n++].size;
    }
    if (!net->n || inputs != outputs)
        return iv_fail(err, IV_E_DATA, "layers: the last one must have %zu neurons", outputs);
    return IV_OK;
}

/* Input by input, so that the sums of all neurons grow side by side: the compiler makes vectors of that without reordering. */
static void run_layer(const struct network_layer *l, const float *in, float *restrict out)
{
    memcpy(out, l->bias, l->size * sizeof *out);
    for (size_t i = 0; i < l->inputs; i++) {
        const float *w = l->weights + i * l->size;
        float x = in[i];

        if (x != 0.0f)
            for (size_t k = 0; k < l->size; k++)
                out[k] += x * w[k];
    }
}

void iv_network_run(const struct network *net, const float *in, float *out)
{
    float sums[2][NETWORK_MAX_WIDTH] = {{0}};
    const float *from = in;

    for (size_t n = 0; n < net->n; n++) {
        const struct network_layer *l = &net->layers[n];
        float *to = n + 1 == net->n ? out : sums[n % 2];

        run_layer(l, from, to);
        for (size_t k = 0; k < l->size && n + 1 < net->n; k++)
            to[k] = to[k] > 0 ? to[k] : 0;
        from = to;
    }
}

void iv_network_release(struct network *net)
{
    for (size_t n = 0; n < NETWORK_MAX_LAYERS; n++)
        free(net->layers[n].weights);
    *net = (struct network){0};
}
