/* devices_common.c - see devices_common.h. */
#include "cmd/devices_common.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audio/sound_level.h"

#define BAR 30

const char *devices_mic(const struct cli *cli)
{
    const char *name = cli->config->audio_mic;

    return strcmp(name, "none") || cli_opt(cli, "mic") ? name : "default";
}

static bool is_drawn(const struct cli *cli)
{
    return !cli->quiet && cli_is_terminal(STDERR_FILENO);
}

void devices_meter(const struct cli *cli, const char *what, double level_db)
{
    int full = (int)(sound_level_share(level_db) * BAR + 0.5);
    char bar[BAR + 1];

    if (!is_drawn(cli))
        return;
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)full);
    bar[BAR] = '\0';
    fprintf(stderr, "\r\033[K[%s] %5.1f dB  %s", bar, level_db, what);
    fflush(stderr);
}

void devices_meter_end(const struct cli *cli)
{
    if (is_drawn(cli))
        fprintf(stderr, "\r\033[K");
}

void devices_rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = DEVICES_POLL_MS * 1000000L}, NULL);
}
