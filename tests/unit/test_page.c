/* What browsers get: every file in both forms, the form that Accept-Encoding asks for, tags, and pages that name only files there are. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "iv/error.h"
#include "page/page.h"

static const struct row {
    const char *name, *file, *accept;
    bool is_gzip;
} rows[] = {
    {"room.html for gzip, deflate, br", "room.html", "gzip, deflate, br", true},
    {"room.html for no header", "room.html", NULL, false},
    {"room.html for identity", "room.html", "identity", false},
    {"room.html for br;q=1.0, gzip;q=0", "room.html", "br;q=1.0, gzip;q=0", false},
    {"room.html for br, gzip;q=0.5", "room.html", "br, gzip;q=0.5", true},
    {"room.html for br;q=1, *;q=0.2", "room.html", "br;q=1, *;q=0.2", true},
    {"room.html for *;q=0", "room.html", "*;q=0", false},
    {"room.html for gzippy", "room.html", "gzippy", false},
    {"room.html for GZIP ; q=1", "room.html", "GZIP ; q=1", true},
    {"room.html for ,,;=,", "room.html", ",,;=,", false},
    {"swagger-ui.js for no header", "swagger-ui.js", NULL, true},
    {"openapi.json for no header", "openapi.json", NULL, false},
    {"swagger-ui.js for gzip", "swagger-ui.js", "gzip", true},
};

static void form(void **state)
{
    const struct row *r = *state;
    struct iv_page p;

    assert_true(iv_page_get(r->file, r->accept, &p));
    assert_int_equal(p.is_gzip, r->is_gzip);
    assert_true(p.len > 100);
    assert_int_equal(!memcmp(p.bytes, "\x1f\x8b", 2), r->is_gzip);
}

static void tags(void **state)
{
    struct iv_page a, b, c;

    (void)state;
    assert_true(iv_page_get("room.js", NULL, &a));
    assert_true(iv_page_get("room.js", "gzip", &b));
    assert_true(iv_page_get("link.js", NULL, &c));
    assert_string_not_equal(a.etag, b.etag);
    assert_string_not_equal(a.etag, c.etag);
    assert_true(iv_page_is_known(&a, a.etag));
    assert_true(iv_page_is_known(&a, "*"));
    assert_false(iv_page_is_known(&a, b.etag));
    assert_false(iv_page_is_known(&a, NULL));
    assert_false(iv_page_get("../room.js", NULL, &a));
    assert_false(iv_page_get("", NULL, &a));
}

/* Every name in src="", href="" and import "" is a file here. */
static void references(void **state)
{
    static const char *const marks[] = {"src=\"../page/", "href=\"../page/", "src=\"page/",
                                        "href=\"page/",   "from \"./",       "new URL(\"mic"};
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < iv_page_count; i++)
        for (size_t m = 0; iv_page_files[i].plain && m < IV_LEN(marks); m++)
            for (const char *p = iv_page_files[i].plain; (p = strstr(p, marks[m])); found++) {
                char name[64];
                struct iv_page page;
                size_t n;

                p += strlen(marks[m]) - (m == 5 ? 3 : 0);
                n = strcspn(p, "\"");
                assert_true(n < sizeof name);
                memcpy(name, p, n);
                name[n] = '\0';
                assert_true(iv_page_get(name, NULL, &page));
            }
    assert_true(found > 15);
}

/* A page that has an inline script or style, or asks another host, would be broken by its own policy. */
static void policy(void **state)
{
    static const char *const pages[] = {"room.html", "docs.html", "redoc.html"};
    static const char *const never[] = {"<style",   " style=",  "<script>",
                                        " onclick", "https://", "http://"};

    (void)state;
    for (size_t i = 0; i < IV_LEN(pages); i++) {
        struct iv_page p;

        assert_true(iv_page_get(pages[i], NULL, &p));
        assert_non_null(p.policy);
        assert_null(strstr(p.policy, "unsafe"));
        for (size_t k = 0; k < IV_LEN(never); k++)
            assert_null(strstr(p.bytes, never[k]));
    }
}

int main(void)
{
    TABLE_ROWS(form, rows);
    table_add("a form has a tag of its own", tags, NULL);
    table_add("pages name only files that are there", references, NULL);
    table_add("pages keep their own policy", policy, NULL);
    return table_run("page");
}
