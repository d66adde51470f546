/* page/page.h - what browsers get from this program: the room, Swagger UI, ReDoc, the OpenAPI document.
 *
 * Why:     all of it works without the internet, from the binary alone, under a policy that allows no script or style but these files.
 * Owns:    constant bytes; nothing to free.
 * Threads: [any].
 * Errors:  NULL for a name that is none of them.
 *
 *   room/     the room of an interview: room.html and its parts, no build step (see room/room.js, room/link.js)
 *   docs/     the two pages around Swagger UI and ReDoc
 *   vendor/   those two, packed, as vendor.py makes them from package-lock.json; their licences
 */
#ifndef IV_SERVER_PAGE_H
#define IV_SERVER_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Made by cmake/page.cmake. */
struct iv_page_bytes {
    const char *name, *digest;
    const char *plain, *plain_end; /* NULL: only packed */
    const char *packed, *packed_end;
};
extern const struct iv_page_bytes iv_page_files[];
extern const size_t iv_page_count;

struct iv_page {
    const char *type; /* media type */
    const char *policy; /* Content-Security-Policy; NULL for what is no page */
    const void *bytes;
    size_t len;
    bool is_gzip;
    char etag[32];
};
/* name: of a file, such as "room.html". accept: the header Accept-Encoding, NULL where none was sent: then a file that exists only
 * packed is sent packed, as RFC 9110 12.5.3 allows. False: there is no such file. */
bool iv_page_get(const char *name, const char *accept, struct iv_page *out);
/* If-None-Match names this file as it is. */
bool iv_page_is_known(const struct iv_page *page, const char *if_none_match);

#endif
