/* test_config.c - where a setting's value comes from, and what is told when it is wrong. */
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iv/config.h"
#include "iv/text.h"

static char dir[64], home[PATH_MAX];

static const char *environment[8][2];

static const char *fake_env(const char *name)
{
    for (size_t i = 0; i < IV_LEN(environment) && environment[i][0]; i++)
        if (!strcmp(environment[i][0], name))
            return environment[i][1];
    return NULL;
}

static void put_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static char *get_file(const char *name)
{
    struct iv_buf b = IV_BUF_INIT(1 << 16);

    assert_int_equal(iv_buf_read_file(&b, name, NULL), IV_OK);
    return iv_buf_take(&b);
}

/* Each test stands in a folder of its own, which is also XDG_CONFIG_HOME. */
static int set_up(void **state)
{
    (void)state;
    SET_TEXT(dir, "/tmp/iv-config-XXXXXX");
    memset(environment, 0, sizeof environment);
    return !getcwd(home, sizeof home) || !mkdtemp(dir) || chdir(dir) ||
           mkdir("interviewctl", 0700) || setenv("XDG_CONFIG_HOME", dir, 1);
}

static int tear_down(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return chdir(home) || system(command);
}

static struct iv_config *fresh(void)
{
    struct iv_config *c;

    assert_int_equal(iv_config_new(&c, NULL), IV_OK);
    return c;
}

static void assert_value(const struct iv_config *c, const char *key, const char *value,
                         enum iv_origin origin, const char *place)
{
    const struct iv_setting *s = iv_setting_find(key);
    struct iv_buf b = IV_BUF_INIT(1024);
    const char *at = NULL;

    assert_int_equal(iv_config_text(c, s, &b, NULL), IV_OK);
    assert_string_equal(iv_buf_str(&b), value);
    assert_int_equal(iv_config_origin(c, s, &at), origin);
    if (place) {
        assert_non_null(at);
        assert_non_null(strstr(at, place));
    }
    iv_buf_release(&b);
}

/* -- one value -- */

static const struct value {
    const char *name, *key, *value;
    const char *expect; /* text of the value, or NULL when it is refused */
    const char *says;
} values[] = {
    {"a whole number", "session.duration", "45", "45", NULL},
    {"the least number", "session.duration", "5", "5", NULL},
    {"the greatest number", "session.duration", "120", "120", NULL},
    {"one below the least is refused", "session.duration", "4", NULL,
     "session.duration 4: must be 5 to 120 minutes"},
    {"one above the greatest is refused", "session.duration", "121", NULL,
     "session.duration 121: must be 5 to 120 minutes"},
    {"a fraction is no whole number", "session.duration", "30.5", NULL, "must be a whole number"},
    {"a word is no number", "session.duration", "long", NULL,
     "session.duration \"long\": must be a whole number"},
    {"nothing is no number", "session.duration", "", NULL, "must be a whole number"},
    {"a number with a tail is refused", "session.duration", "30m", NULL, "must be a whole number"},
    {"nan is no whole number", "session.duration", "nan", NULL, "must be a whole number"},
    {"inf is no whole number", "session.duration", "inf", NULL, "must be"},
    {"1e300 is no whole number here", "session.duration", "1e300", NULL, "must be"},
    {"a real number", "tts.rate", "1.25", "1.25", NULL},
    {"nan is no real number", "tts.rate", "nan", NULL, "must be a number"},
    {"a real number too large is refused", "tts.rate", "2.1", NULL,
     "tts.rate 2.1: must be 0.5 to 2"},
    {"true", "cache.enabled", "true", "true", NULL},
    {"ON is true", "cache.enabled", "ON", "true", NULL},
    {"yes is true", "cache.enabled", "yes", "true", NULL},
    {"1 is true", "cache.enabled", "1", "true", NULL},
    {"0 is false", "cache.enabled", "0", "false", NULL},
    {"No is false", "cache.enabled", "No", "false", NULL},
    {"maybe is refused", "cache.enabled", "maybe", NULL,
     "cache.enabled \"maybe\": must be true or false"},
    {"nothing is neither true nor false", "cache.enabled", "", NULL, "must be true or false"},
    {"a choice", "session.type", "technical", "technical", NULL},
    {"another word is no choice", "session.type", "tech", NULL,
     "session.type \"tech\": must be one of technical behavioral general"},
    {"two choices are none", "session.type", "technical behavioral", NULL, "must be one of"},
    {"nothing is a choice only where it is listed", "session.type", "", NULL, "must be one of"},
    {"nothing is a choice where it is listed", "session.language", "", "", NULL},
    {"a space is no choice", "session.language", " ", NULL, "must be one of"},
    {"text in any language", "interview.role", "백엔드 개발자", "백엔드 개발자", NULL},
    {"text that is not UTF-8 is refused", "interview.role", "caf\xe9", NULL, "not valid UTF-8"},
    {"an unknown key is refused", "no.such.thing.at.all", "1", NULL,
     "unknown setting \"no.such.thing.at.all\""},
    {"a near key is named", "session.duratoin", "30", NULL, "did you mean \"session.duration\"?"},
};

static void value(void **state)
{
    const struct value *r = *state;
    struct iv_config *c = fresh();
    struct iv_error err = {.text = ""};
    enum iv_code rc = iv_config_set(c, r->key, r->value, IV_FROM_FLAG, "--flag", &err);

    if (r->expect) {
        assert_int_equal(rc, IV_OK);
        assert_value(c, r->key, r->expect, IV_FROM_FLAG, "--flag");
    } else {
        assert_int_equal(rc, IV_E_CONFIG);
        assert_non_null(strstr(err.text, r->says));
        if (iv_setting_find(r->key)) /* and the old value stands */
            assert_int_equal(iv_config_origin(c, iv_setting_find(r->key), NULL), IV_FROM_DEFAULT);
    }
    iv_config_free(c);
}

/* -- the table -- */

static void defaults_are_values(void **state)
{
    struct iv_config *c = fresh();

    (void)state;
    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);
        struct iv_buf b = IV_BUF_INIT(1024);
        const char *place;

        assert_int_equal(iv_config_text(c, s, &b, NULL), IV_OK);
        assert_int_equal(iv_config_origin(c, s, &place), IV_FROM_DEFAULT);
        assert_null(place);
        assert_int_equal(iv_config_set(c, s->key, iv_buf_str(&b), IV_FROM_USER, "x:1", NULL),
                         IV_OK);
        assert_non_null(s->help);
        if (s->kind == IV_SET_INT || s->kind == IV_SET_REAL)
            assert_true(s->min < s->max);
        iv_buf_release(&b);
    }
    assert_null(iv_setting_at(iv_setting_count()));
    assert_null(iv_setting_find("none"));
    iv_config_free(c);
}

static void environment_names_are_made_from_keys(void **state)
{
    char name[96], other[96];

    (void)state;
    iv_setting_env_name(iv_setting_find("tts.engine"), name);
    assert_string_equal(name, "INTERVIEWCTL_TTS_ENGINE");
    iv_setting_env_name(iv_setting_find("tts.jtalk.voice"), name);
    assert_string_equal(name, "INTERVIEWCTL_TTS_JTALK_VOICE");
    for (size_t i = 0; i < iv_setting_count(); i++)
        for (size_t k = 0; k < i; k++) {
            iv_setting_env_name(iv_setting_at(i), name);
            iv_setting_env_name(iv_setting_at(k), other);
            assert_string_not_equal(name, other);
        }
}

/* -- where from -- */

static const struct source {
    const char *name, *user, *dotenv, *env, *own_env;
    const char *expect;
    enum iv_origin origin;
    const char *place;
} sources[] = {
    {"nothing set is the default", NULL, NULL, NULL, NULL, "auto", IV_FROM_DEFAULT, NULL},
    {"the user's file", "[tts]\nengine = a\n", NULL, NULL, NULL, "a", IV_FROM_USER,
     "interviewctl.conf:2"},
    {".env beats the file", "[tts]\nengine = a\n", "\nTTS_PROVIDER=b\n", NULL, NULL, "b",
     IV_FROM_DOTENV, ".env:2"},
    {"the environment beats .env", "[tts]\nengine = a\n", "TTS_PROVIDER=b\n", "c", NULL, "c",
     IV_FROM_ENV, "TTS_PROVIDER"},
    {"our own name beats the known one", NULL, "TTS_PROVIDER=b\n", "c", "d", "d", IV_FROM_ENV,
     "INTERVIEWCTL_TTS_ENGINE"},
    {".env takes our own name too", NULL, "INTERVIEWCTL_TTS_ENGINE=b\n", NULL, NULL, "b",
     IV_FROM_DOTENV, ".env:1"},
    {".env with export", NULL, "export TTS_PROVIDER=b\n", NULL, NULL, "b", IV_FROM_DOTENV,
     ".env:1"},
    {".env with blanks", NULL, "  TTS_PROVIDER =  b \r\n", NULL, NULL, "b", IV_FROM_DOTENV, NULL},
    {".env with double quotes", NULL, "TTS_PROVIDER=\"b c\"\n", NULL, NULL, "b c", IV_FROM_DOTENV,
     NULL},
    {".env with single quotes", NULL, "TTS_PROVIDER='b # c'\n", NULL, NULL, "b # c", IV_FROM_DOTENV,
     NULL},
    {".env with a comment behind the value", NULL, "TTS_PROVIDER=b # the voice\n", NULL, NULL, "b",
     IV_FROM_DOTENV, NULL},
    {".env with a comment behind quotes", NULL, "TTS_PROVIDER=\"b\" # the voice\n", NULL, NULL, "b",
     IV_FROM_DOTENV, NULL},
    {".env with # inside a word", NULL, "TTS_PROVIDER=b#c\n", NULL, NULL, "b#c", IV_FROM_DOTENV,
     NULL},
    {".env without a last newline", NULL, "TTS_PROVIDER=b", NULL, NULL, "b", IV_FROM_DOTENV, NULL},
    {".env: the last line counts", NULL, "TTS_PROVIDER=a\nTTS_PROVIDER=b\n", NULL, NULL, "b",
     IV_FROM_DOTENV, ".env:2"},
    {".env: comments and others' names are passed over", NULL,
     "# TTS_PROVIDER=x\n#\n\nOTHER=1\nnonsense\nTTS_PROVIDER=b\n", NULL, NULL, "b", IV_FROM_DOTENV,
     ".env:6"},
    {"a file with comments", "# top\n; also\n[tts] ; here\nengine = b ; why\n", NULL, NULL, NULL,
     "b", IV_FROM_USER, "conf:4"},
    {"a file with indented lines", "[tts]\n  engine = b\n  voice = x\n", NULL, NULL, NULL, "b",
     IV_FROM_USER, "conf:2"},
    {"a file with a colon", "[tts]\nengine: b\n", NULL, NULL, NULL, "b", IV_FROM_USER, NULL},
    {"a file without a last newline", "[tts]\nengine = b", NULL, NULL, NULL, "b", IV_FROM_USER,
     "conf:2"},
    {"a file of Windows", "[tts]\r\nengine = b\r\n", NULL, NULL, NULL, "b", IV_FROM_USER, NULL},
};

static void source(void **state)
{
    const struct source *r = *state;
    struct iv_config *c;
    struct iv_error err = {.text = ""};
    size_t n = 0;

    assert_int_equal(set_up(NULL), 0);
    if (r->user)
        put_file("interviewctl/interviewctl.conf", r->user);
    if (r->dotenv)
        put_file(".env", r->dotenv);
    if (r->env)
        memcpy(environment[n++], (const char *[2]){"TTS_PROVIDER", r->env}, sizeof environment[0]);
    if (r->own_env)
        memcpy(environment[n++], (const char *[2]){"INTERVIEWCTL_TTS_ENGINE", r->own_env},
               sizeof environment[0]);
    c = fresh();
    if (iv_config_load(c, fake_env, &err))
        fail_msg("%s", err.text);
    assert_value(c, "tts.engine", r->expect, r->origin, r->place);
    assert_int_equal(iv_config_set(c, "tts.engine", "flag", IV_FROM_FLAG, "--tts", NULL), IV_OK);
    assert_value(c, "tts.engine", "flag", IV_FROM_FLAG, "--tts");
    iv_config_free(c);
    assert_int_equal(tear_down(NULL), 0);
}

static const struct bad {
    const char *name, *user, *dotenv, *env;
    const char *place, *says;
} bads[] = {
    {"a bad value in the file names file and line", "[session]\n\nduration = 4\n", NULL, NULL,
     "interviewctl.conf:3:", "session.duration 4: must be 5 to 120"},
    {"an unknown key names file and line", "[session]\ndurration = 30\n", NULL, NULL,
     "interviewctl.conf:2:", "did you mean \"session.duration\"?"},
    {"a line that is nothing names file and line", "[session]\nduration 30\n", NULL, NULL,
     "interviewctl.conf:2:", "neither [section] nor key = value"},
    {"a bad value in .env names the line", NULL, "A=1\nENABLE_CACHE=maybe\n", NULL,
     ".env:2:", "cache.enabled \"maybe\": must be true or false"},
    {"a bad value in the environment names the variable", NULL, NULL, "maybe",
     "ENABLE_CACHE:", "cache.enabled \"maybe\": must be true or false"},
};

static void bad(void **state)
{
    const struct bad *r = *state;
    struct iv_config *c;
    struct iv_error err = {.text = ""};

    assert_int_equal(set_up(NULL), 0);
    if (r->user)
        put_file("interviewctl/interviewctl.conf", r->user);
    if (r->dotenv)
        put_file(".env", r->dotenv);
    if (r->env)
        memcpy(environment[0], (const char *[2]){"ENABLE_CACHE", r->env}, sizeof environment[0]);
    c = fresh();
    assert_int_equal(iv_config_load(c, fake_env, &err), IV_E_CONFIG);
    assert_non_null(strstr(err.text, r->place));
    assert_non_null(strstr(err.text, r->says));
    iv_config_free(c);
    assert_int_equal(tear_down(NULL), 0);
}

static void file_with_a_nul_byte_is_refused(void **state)
{
    struct iv_config *c = fresh();
    FILE *f;

    (void)state;
    assert_int_equal(set_up(NULL), 0);
    f = fopen("x.conf", "w");
    fwrite("[tts]\n\0engine = a\n", 1, 18, f);
    fclose(f);
    assert_int_equal(iv_config_load_file(c, "x.conf", IV_FROM_USER, NULL), IV_E_CONFIG);
    assert_int_equal(iv_config_load_file(c, "none.conf", IV_FROM_USER, NULL), IV_E_NOT_FOUND);
    iv_config_free(c);
    assert_int_equal(tear_down(NULL), 0);
}

/* -- editing the file -- */

static const struct edit_row {
    const char *name, *before, *key, *value, *after;
} edits[] = {
    {"a key is made in a new file", NULL, "tts.engine", "a", "[tts]\nengine = a\n"},
    {"a key is changed in its place", "# mine\n[tts]\n# voice\nengine = a\nrate = 1\n",
     "tts.engine", "b", "# mine\n[tts]\n# voice\nengine = b\nrate = 1\n"},
    {"a key is added to its section", "[tts]\nrate = 1\n", "tts.engine", "b",
     "[tts]\nrate = 1\nengine = b\n"},
    {"a section is added", "[stt]\nengine = a\n", "tts.engine", "b",
     "[stt]\nengine = a\n\n[tts]\nengine = b\n"},
    {"the same name of another section stays", "[stt]\nengine = a\n[tts]\nengine = b\n",
     "tts.engine", "c", "[stt]\nengine = a\n[tts]\nengine = c\n"},
    {"a key that stands twice stands once", "[tts]\nengine = a\nengine = b\n", "tts.engine", "c",
     "[tts]\nengine = c\n"},
    {"a key is removed", "# top\n[tts]\nengine = a\nrate = 1\n", "tts.engine", NULL,
     "# top\n[tts]\nrate = 1\n"},
    {"removing what is not there changes nothing", "[tts]\nrate = 1\n", "tts.engine", NULL,
     "[tts]\nrate = 1\n"},
    {"a commented key is no key", "[tts]\n#engine = a\n", "tts.engine", "b",
     "[tts]\n#engine = a\nengine = b\n"},
    {"a longer name is another", "[tts]\nengines = a\n", "tts.engine", "b",
     "[tts]\nengines = a\nengine = b\n"},
    {"a key of three parts", NULL, "tts.jtalk.voice", "/v", "[tts]\njtalk.voice = /v\n"},
};

static void edit(void **state)
{
    const struct edit_row *r = *state;
    struct iv_error err = {.text = ""};
    char *after;

    assert_int_equal(set_up(NULL), 0);
    if (r->before)
        put_file("e.conf", r->before);
    if (iv_config_file_edit("e.conf", r->key, r->value, &err))
        fail_msg("%s", err.text);
    after = get_file("e.conf");
    assert_string_equal(after, r->after);
    free(after);
    assert_int_equal(tear_down(NULL), 0);
}

/* What was written is what is read. */
static void edited_values_are_read_back(void **state)
{
    static const char *const values[] = {"plain", "면접관", "a=b", "a # b", "[x]", "two words"};
    static const char *const not_kept[] = {"a\nb", "a\rb", "a ; b", "; a", " a", "a "};

    (void)state;
    assert_int_equal(set_up(NULL), 0);
    for (size_t i = 0; i < IV_LEN(values); i++) {
        struct iv_config *c = fresh();

        assert_int_equal(iv_config_file_edit("r.conf", "interview.role", values[i], NULL), IV_OK);
        assert_int_equal(iv_config_load_file(c, "r.conf", IV_FROM_USER, NULL), IV_OK);
        assert_value(c, "interview.role", values[i], IV_FROM_USER, "r.conf");
        iv_config_free(c);
    }
    for (size_t i = 0; i < IV_LEN(not_kept); i++)
        assert_int_equal(iv_config_file_edit("r.conf", "interview.role", not_kept[i], NULL),
                         IV_E_CONFIG);
    assert_int_equal(tear_down(NULL), 0);
}

int main(void)
{
    TABLE_ROWS(value, values);
    TABLE_ROWS(source, sources);
    TABLE_ROWS(bad, bads);
    TABLE_ROWS(edit, edits);
    TABLE_TEST(defaults_are_values);
    TABLE_TEST(environment_names_are_made_from_keys);
    TABLE_TEST(file_with_a_nul_byte_is_refused);
    TABLE_TEST(edited_values_are_read_back);
    return table_run("config");
}
