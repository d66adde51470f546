/* viseme/network.h - a small feed-forward network, read from JSON.
 *
 * Owns:    a network owns its weights.
 * Errors:  IV_E_DATA says what is wrong, IV_E_NOMEM.
 */
#ifndef IV_VISEME_NETWORK_H
#define IV_VISEME_NETWORK_H

#include <stddef.h>

#include "iv/error.h"
#include "iv/json.h"

#define NETWORK_MAX_LAYERS 4
#define NETWORK_MAX_WIDTH 512 /* of inputs and of each layer */

struct network_layer {
    size_t inputs, size;
    float *weights; /* [inputs][size]: a row is what one input adds to all neurons */
    float bias[NETWORK_MAX_WIDTH];
};

struct network {
    struct network_layer layers[NETWORK_MAX_LAYERS];
    size_t n;
};

/* `layers`: [{"size", "bias": [...], "scale": [...], "weights": base64 of int8 [size][inputs]}, ...] */
enum iv_code iv_network_read(struct network *net, const iv_json *layers, size_t inputs,
                             size_t outputs, struct iv_error *err);
/* in: as many as the first layer's inputs; out: as many as the last one's size. Between layers negative sums become 0. */
void iv_network_run(const struct network *net, const float *in, float *out);
void iv_network_release(struct network *net);

#endif
