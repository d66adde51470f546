/* verify_anchors.c - a level is shown with its own anchor, and a score's quotes are those of its questions. */
#include <string.h>

#include "interview/verify.h"

static enum iv_code check_anchor(const iv_json *score, const struct iv_rubric *r,
                                 struct iv_error *err)
{
    const char *id = iv_json_get_str(score, "competency", ""),
               *anchor = iv_json_get_str(score, "anchor", NULL);
    const struct iv_competency *c = iv_rubric_find(r, id);
    int64_t level = iv_json_get_int(score, "level", 0);

    if (!c)
        return iv_fail(err, IV_E_NO, "score of %s: the rubric has no such competency", id);
    if (strcmp(iv_json_get_str(score, "name", ""), c->name) ||
        strcmp(iv_json_get_str(score, "dimension", ""), iv_dimension_name(c->dimension)))
        return iv_fail(err, IV_E_NO, "score of %s: name or dimension is not that of the rubric",
                       id);
    if (!level && !anchor)
        return IV_OK;
    if (level < 1 || level > 5 || !anchor || strcmp(anchor, c->levels[level - 1]))
        return iv_fail(err, IV_E_NO, "score of %s: the anchor is not that of level %lld", id,
                       (long long)level);
    return IV_OK;
}

static enum iv_code check_has_anchor(const iv_json *score, struct iv_error *err)
{
    if (iv_json_get_int(score, "level", 0) && !*iv_json_get_str(score, "anchor", ""))
        return iv_fail(err, IV_E_NO, "score of %s: a level without its anchor",
                       iv_json_get_str(score, "competency", ""));
    return IV_OK;
}

enum iv_code iv_verify_anchors(const iv_json *report, struct iv_error *err)
{
    const iv_json *named = iv_json_get(report, "rubric");
    struct iv_rubric r = {0};
    enum iv_lang lang;
    enum iv_code rc = IV_OK;
    bool known = iv_lang_parse(iv_json_get_str(named, "language", ""), &lang) &&
                 !iv_rubric_load(NULL, lang, NULL, &r, NULL) &&
                 !strcmp(r.digest, iv_json_get_str(named, "digest", ""));

    for (const iv_json *s = iv_json_first(iv_json_get(report, "scores")); s && !rc;
         s = iv_json_next(s))
        rc = known ? check_anchor(s, &r, err) : check_has_anchor(s, err);
    iv_rubric_release(&r);
    return rc;
}
