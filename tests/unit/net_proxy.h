/* net_proxy.h - an HTTP proxy on a thread: whatever host is asked for, it leads to one port of this machine. */
#ifndef IV_TEST_NET_PROXY_H
#define IV_TEST_NET_PROXY_H

#include "net_fixture.h"

struct proxy {
    int fd, port, to;
    pthread_t thread;
    _Atomic int tunnels, forwards;
    char head[2048]; /* of the last connection; read after it was counted */
};

static inline bool proxy_pump(int from, int to)
{
    char data[16384];
    ssize_t n = read(from, data, sizeof data);

    return n > 0 && fake_write(to, data, (size_t)n);
}

static inline void proxy_serve(struct proxy *p, int client)
{
    static const char yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    struct pollfd fds[2];
    size_t n = 0;
    int server;

    while (n + 1 < sizeof p->head && !strstr(p->head, "\r\n\r\n")) {
        if (read(client, p->head + n, 1) != 1)
            return;
        p->head[++n] = '\0';
    }
    server = fake_connect(p->to);
    if (!strncmp(p->head, "CONNECT ", 8)) {
        fake_write(client, yes, sizeof yes - 1);
        p->tunnels++;
    } else {
        fake_write(server, p->head, n);
        p->forwards++;
    }
    fds[0] = (struct pollfd){.fd = client, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = server, .events = POLLIN};
    while (poll(fds, 2, 10000) > 0)
        if ((fds[0].revents && !proxy_pump(client, server)) ||
            (fds[1].revents && !proxy_pump(server, client)))
            break;
    close(server);
}

static inline void *proxy_run(void *arg)
{
    struct proxy *p = arg;
    int client;

    while ((client = accept(p->fd, NULL, NULL)) >= 0) {
        p->head[0] = '\0';
        proxy_serve(p, client);
        close(client);
    }
    return NULL;
}

static inline void proxy_start(struct proxy *p, int to)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    memset(p, 0, sizeof *p);
    p->to = to;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(p->fd, 8), 0);
    getsockname(p->fd, (struct sockaddr *)&at, &size);
    p->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&p->thread, NULL, proxy_run, p), 0);
}

static inline void proxy_stop(struct proxy *p)
{
    shutdown(p->fd, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->fd);
}

#endif
