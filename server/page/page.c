/* page.c - files by name, in the form that the browser takes. */
#include "page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The empty style sheet that ReDoc fills by script, and the one fixed rule it writes: by their digests, so that no other inline style
 * is allowed. The worker of its search is made from a blob. */
#define POLICY_DOCS                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self' "                                     \
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "                                       \
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; img-src 'self' data:; "                \
    "connect-src 'self'; font-src data:; worker-src 'self' blob:; base-uri 'none'; "               \
    "form-action 'none'; frame-ancestors 'none'"
#define POLICY_ROOM                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "        \
    "'self'; "                                                                                     \
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const char *const policies[][2] = {
    {"room.html", POLICY_ROOM}, {"docs.html", POLICY_DOCS}, {"redoc.html", POLICY_DOCS}};

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
                                           {".css", "text/css; charset=utf-8"},
                                           {".js", "text/javascript; charset=utf-8"},
                                           {".svg", "image/svg+xml"},
                                           {".json", "application/json; charset=utf-8"}};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (!strcmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

/* The weight that the header gives a coding: negative where it says nothing of it. */
static double weight(const char *accept, const char *coding)
{
    size_t n = strlen(coding);

    for (const char *p = accept; p && *p; p = strchr(p, ',')) {
        const char *q;

        p += strspn(p, ", \t");
        if (strncasecmp(p, coding, n) || !strchr(",; \t", p[n]))
            continue;
        p += n;
        p += strspn(p, " \t");
        if (*p != ';')
            return 1;
        q = p + 1 + strspn(p + 1, " \t");
        return strncasecmp(q, "q=", 2) ? 1 : strtod(q + 2, NULL);
    }
    return -1;
}

static bool takes_gzip(const char *accept)
{
    double gzip = weight(accept, "gzip");

    return gzip >= 0 ? gzip > 0 : weight(accept, "*") > 0;
}

bool iv_page_get(const char *name, const char *accept, struct iv_page *out)
{
    const struct iv_page_bytes *f = NULL;

    *out = (struct iv_page){0};
    for (size_t i = 0; i < iv_page_count; i++)
        if (!strcmp(iv_page_files[i].name, name))
            f = &iv_page_files[i];
    if (!f)
        return false;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (!strcmp(policies[i][0], name))
            out->policy = policies[i][1];
    out->type = type_of(name);
    out->is_gzip = !f->plain || takes_gzip(accept);
    out->bytes = out->is_gzip ? f->packed : f->plain;
    out->len = (size_t)(out->is_gzip ? f->packed_end - f->packed : f->plain_end - f->plain);
    snprintf(out->etag, sizeof out->etag, "\"%s%s\"", f->digest, out->is_gzip ? "-gz" : "");
    return true;
}

bool iv_page_is_known(const struct iv_page *page, const char *if_none_match)
{
    return if_none_match &&
           (!strcmp(if_none_match, "*") || strstr(if_none_match, page->etag) != NULL);
}
