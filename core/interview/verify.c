/* verify.c - does a report still say what was said, and does it still add up? */
#include "interview/verify.h"

#include <math.h>
#include <string.h>

#include "iv/buf.h"

#define PRINT_MAX_BYTES (64u << 20)

bool iv_verify_equal(const iv_json *a, const iv_json *b)
{
    struct iv_buf ta = IV_BUF_INIT(PRINT_MAX_BYTES), tb = IV_BUF_INIT(PRINT_MAX_BYTES);
    bool equal = a && b && !iv_json_print(a, IV_JSON_COMPACT, &ta, NULL) &&
                 !iv_json_print(b, IV_JSON_COMPACT, &tb, NULL) && ta.len == tb.len &&
                 !memcmp(ta.data, tb.data, ta.len);

    iv_buf_release(&ta);
    iv_buf_release(&tb);
    return equal;
}

const iv_json *iv_verify_find(const iv_json *array, const char *key, const char *value)
{
    for (const iv_json *j = iv_json_first(array); j; j = iv_json_next(j))
        if (!strcmp(iv_json_get_str(j, key, ""), value))
            return j;
    return NULL;
}

static enum iv_code check_shape(const iv_json *report, struct iv_error *err)
{
    static const char *const lists[] = {"transcript", "scores", "dimensions", "questions"};

    if (iv_json_get_int(report, "report_version", 0) != 1)
        return iv_fail(err, IV_E_DATA, "report: report_version is not 1");
    for (size_t i = 0; i < IV_LEN(lists); i++)
        if (iv_json_type(iv_json_get(report, lists[i])) != IV_JSON_ARRAY)
            return iv_fail(err, IV_E_DATA, "report: %s is missing", lists[i]);
    if (iv_json_type(iv_json_get(report, "feedback")) != IV_JSON_OBJECT)
        return iv_fail(err, IV_E_DATA, "report: feedback is missing");
    return IV_OK;
}

static enum iv_code check_delivery(const iv_json *report, struct iv_error *err)
{
    const iv_json *d = iv_json_get(report, "delivery"), *measures = iv_json_get(d, "measures");
    const iv_json *base = iv_json_get(iv_json_get(d, "baseline"), "measures");
    int64_t fillers = 0;

    for (const iv_json *f = iv_json_first(iv_json_get(d, "fillers")); f; f = iv_json_next(f))
        fillers += iv_json_get_int(f, "count", 0);
    if (fillers != iv_json_get_int(d, "filler_count", 0))
        return iv_fail(err, IV_E_NO, "delivery: the fillers do not add up to filler_count");
    for (const iv_json *b = iv_json_first(base); b; b = iv_json_next(b)) {
        const char *name = iv_json_get_str(b, "name", "");
        double now = iv_json_get_num(b, "now", NAN), mean = iv_json_get_num(b, "mean", NAN);

        /* Each figure is rounded by itself, so the last place may differ by one. */
        if (!iv_verify_equal(iv_json_get(b, "now"), iv_json_get(measures, name)) ||
            !(fabs(now - mean - iv_json_get_num(b, "difference", NAN)) < 0.011))
            return iv_fail(err, IV_E_NO, "delivery: baseline of %s does not fit its figures", name);
    }
    return IV_OK;
}

enum iv_code iv_report_verify(const iv_json *report, const struct iv_turn *turns, size_t n,
                              struct iv_error *err)
{
    enum iv_code rc = check_shape(report, err);

    if (!rc && turns)
        rc = iv_verify_transcript(report, turns, n, err);
    if (!rc)
        rc = iv_verify_quotes(report, err);
    if (!rc)
        rc = iv_verify_totals(report, err);
    if (!rc)
        rc = iv_verify_anchors(report, err);
    if (!rc)
        rc = check_delivery(report, err);
    return rc;
}
