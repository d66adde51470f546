/* mouth.c - which shapes look alike from outside. */
#include <string.h>

#include "iv/data.h"
#include "iv/json.h"
#include "viseme/map.h"

#define FILE_NAME "visemes/mouth.json"
#define FILE_MAX_BYTES (16u << 10)

static const char *const names[IV_MOUTH_COUNT] = {"rest",   "closed", "lip-teeth", "narrow",
                                                  "spread", "open",   "rounded"};

const char *iv_mouth_name(enum iv_mouth m)
{
    return (unsigned)m < IV_MOUTH_COUNT ? names[m] : names[0];
}

static enum iv_code read_mouth(const iv_json *list, enum iv_mouth of[IV_VIS_COUNT],
                               bool seen[IV_VIS_COUNT], struct iv_error *err)
{
    const char *name = iv_json_key(list);
    enum iv_viseme shape;
    unsigned mouth = 0;

    while (mouth < IV_MOUTH_COUNT && strcmp(names[mouth], name))
        mouth++;
    if (mouth == IV_MOUTH_COUNT)
        return iv_fail(err, IV_E_DATA, "mouths: there is no mouth '%s'", name);
    for (const iv_json *s = iv_json_first(list); s; s = iv_json_next(s)) {
        if (!iv_viseme_by_name(iv_json_string(s, ""), &shape) || seen[shape])
            return iv_fail(err, IV_E_DATA, "mouths: %s: '%s' is no mouth shape, or stands twice",
                           name, iv_json_string(s, ""));
        seen[shape] = true;
        of[shape] = (enum iv_mouth)mouth;
    }
    return IV_OK;
}

static enum iv_code read_mouths(const iv_json *j, enum iv_mouth of[IV_VIS_COUNT],
                                struct iv_error *err)
{
    bool seen[IV_VIS_COUNT] = {false};
    enum iv_code rc = IV_OK;

    for (const iv_json *m = iv_json_first(iv_json_get(j, "mouths")); m && !rc; m = iv_json_next(m))
        rc = read_mouth(m, of, seen, err);
    for (unsigned v = 0; v < IV_VIS_COUNT && !rc; v++)
        if (!seen[v])
            rc = iv_fail(err, IV_E_DATA, "mouths: shape '%s' is in none",
                         iv_viseme_name((enum iv_viseme)v));
    return rc;
}

enum iv_code iv_mouth_load(enum iv_mouth of[IV_VIS_COUNT], struct iv_error *err)
{
    struct iv_blob blob = {0};
    struct iv_error why;
    iv_json *j = NULL;
    enum iv_code rc = iv_data_load(NULL, FILE_NAME, &blob, err);

    if (rc)
        return rc;
    rc = iv_json_parse(blob.bytes, blob.len, FILE_MAX_BYTES, &j, &why);
    if (!rc)
        rc = read_mouths(j, of, &why);
    if (rc)
        iv_fail(err, rc = rc == IV_E_NOMEM ? rc : IV_E_DATA, "%s: %s", blob.origin, why.text);
    iv_json_free(j);
    iv_blob_release(&blob);
    return rc;
}
