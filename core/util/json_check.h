/* json_check.h - refuse what cJSON would wrongly take. */
#ifndef IV_UTIL_JSON_CHECK_H
#define IV_UTIL_JSON_CHECK_H

#include <stddef.h>

#include "iv/error.h"

/* IV_E_USAGE with reason and byte offset; IV_OK means one whole, strict RFC 8259 value. */
enum iv_code iv_json_check(const char *text, size_t len, struct iv_error *err);

#endif
