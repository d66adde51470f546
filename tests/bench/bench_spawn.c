/* bench_spawn.c - how long a program runs and how much it holds: bench_spawn RUNS PROGRAM [ARGUMENT...]
 *
 * Prints "median_ms min_ms max_rss_kib", measured from fork to exit with standard output going nowhere; one run before them warms
 * the page cache. A child of a small program is measured: the peak of a forked child counts what its parent held.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Negative when it failed. */
static double run_once(char **argv, long *rss_kib)
{
    double start = now_ms();
    struct rusage usage;
    int status, null;
    pid_t pid = vfork();

    if (!pid) {
        null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
        return -1;
    if (usage.ru_maxrss > *rss_kib)
        *rss_kib = usage.ru_maxrss;
    return now_ms() - start;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int runs = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;
    double *times;
    long rss_kib = 0;

    if (runs < 1) {
        fprintf(stderr, "usage: bench_spawn RUNS PROGRAM [ARGUMENT...]\n");
        return 64;
    }
    times = calloc((size_t)runs, sizeof *times);
    if (!times)
        return 71;
    for (int i = -1; i < runs; i++) {
        double t = run_once(argv + 2, &rss_kib);

        if (t < 0) {
            fprintf(stderr, "bench_spawn: %s failed\n", argv[2]);
            free(times);
            return 1;
        }
        if (i >= 0)
            times[i] = t;
    }
    qsort(times, (size_t)runs, sizeof *times, by_size);
    printf("%.3f %.3f %ld\n", times[runs / 2], times[0], rss_kib);
    free(times);
    return 0;
}
