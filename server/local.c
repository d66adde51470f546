/* local.c - the user whose store this is, at the socket beside it: who may read the store's file needs no key. */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "own.h"

/* The socket's own path is asked for: a proxy may come by another one. */
static bool is_at(int fd, const char *path)
{
    struct sockaddr_un a = {0};
    socklen_t len = sizeof a;

    return !getsockname(fd, (struct sockaddr *)&a, &len) && a.sun_family == AF_UNIX &&
           len < sizeof a && !strcmp(a.sun_path, path);
}

bool iv_local_is_own(const struct iv_server *s, int fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    return s->local && is_at(fd, s->local) &&
           !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) && peer.uid == geteuid();
}
