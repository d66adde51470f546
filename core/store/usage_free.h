/* store/usage_free.h - what settings say about a service's calls: where they go, and to which model.
 *
 * Threads: [any]; reads settings only.
 */
#ifndef IV_STORE_USAGE_FREE_H
#define IV_STORE_USAGE_FREE_H

#include <stdbool.h>

#include "iv/config.h"

/* Its base URL names this machine, a private address, or a host without a dot. */
bool iv_usage_is_free(const struct iv_config *c, const char *service);
/* The model that settings choose for it, for calls that name none; "" when there is no such setting. */
const char *iv_usage_model_set(const struct iv_config *c, const char *service);

#endif
