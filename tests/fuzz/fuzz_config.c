/* fuzz_config.c - configuration files and .env: the first byte says which. */
#include "fuzz.h"
#include "iv/config.h"

static char home[] = "/tmp/interviewctl-fuzz-XXXXXX";

static void leave(void)
{
    unlink(".env");
    if (!chdir("/"))
        rmdir(home);
}

static const char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

/* .env is read from the working folder. */
static void enter_folder(void)
{
    static bool done;

    if (done)
        return;
    must(mkdtemp(home) && !chdir(home) && !setenv("HOME", home, 1), "a folder");
    unsetenv("XDG_CONFIG_HOME");
    atexit(leave);
    done = true;
}

static void load_dotenv(struct iv_config *c, const uint8_t *data, size_t size)
{
    int fd = open(".env", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file");
    close(fd);
    iv_config_load(c, no_variable, NULL);
}

/* Every value reads back as text that is taken again. */
static void check_values(struct iv_config *c)
{
    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);
        struct iv_buf text = IV_BUF_INIT(1u << 20);
        struct iv_error err;

        must(!iv_config_text(c, s, &text, &err), "a value can be written");
        if (s->kind != IV_SET_SECRET)
            must(!iv_config_set(c, s->key, iv_buf_str(&text), IV_FROM_FLAG, "again", &err),
                 "a value that was written is taken");
        iv_buf_release(&text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iv_config *c = NULL;
    struct iv_error err = {0};
    char path[64];
    int fd;

    enter_folder();
    if (!size || iv_config_new(&c, &err))
        return 0;
    if (data[0] == 'e') {
        load_dotenv(c, data + 1, size - 1);
    } else {
        fd = file_of(data + 1, size - 1, path);
        if (iv_config_load_file(c, path, IV_FROM_USER, &err))
            must(err.text[0] != '\0', "a refusal says why");
        close(fd);
    }
    check_values(c);
    iv_config_free(c);
    return 0;
}
