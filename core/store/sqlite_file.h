/* sqlite_file.h - the file itself: who owns it and how it is opened. Shared by the sqlite*.c files only. */
#ifndef IV_STORE_SQLITE_FILE_H
#define IV_STORE_SQLITE_FILE_H

#include <sqlite3.h>

#include "iv/error.h"

#define PATH_BYTES 8192 /* with an ending to spare */

/* The owner's lock, on a file beside the store: the store itself is never opened by hand, for closing it would drop SQLite's own
 * locks. Waits a moment, because commands in a pipeline follow each other closely. IV_E_BUSY names the owner. */
enum iv_code iv_sqlite_lock(const char *path, int *fd, struct iv_error *err);
void iv_sqlite_unlock(int fd);
/* Open and bring up to date what the caller has locked. *db is to be closed, also after a failure. */
enum iv_code iv_sqlite_connect(const char *path, sqlite3 **db, struct iv_error *err);
/* A consistent copy, whole or not at all. let_others (may be NULL) is called between pieces; what this connection changes then
 * goes into the copy too. */
enum iv_code iv_sqlite_copy(sqlite3 *from, const char *path, void (*let_others)(void *arg),
                            void *arg, struct iv_error *err);

#endif
