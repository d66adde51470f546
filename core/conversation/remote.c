/* remote.c - see the header. */
#include "conversation/remote.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iv/alloc.h"
#include "iv/secret.h"
#include "net/net.h"
#include "net/url.h"

#define SERVICE "server"
#define UNIX "unix:"
#define CONNECT_MS 5000
#define GAP_MS 60000 /* an answer may wait for a language model, and for a judge at the end */
#define TOTAL_MS 180000
#define ANSWER_MAX_BYTES (256u << 20) /* a session with its whole event stream */
#define PATH_MAX_BYTES 4096

struct iv_remote {
    iv_ctx *ctx;
    iv_net *net;
    char *url; /* without a slash at its end */
    char *socket; /* of this machine; NULL: the URL says where */
    char *key; /* NULL: none is set */
};

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* {lock} */
    const char *method, *url;
    iv_json **out;
    struct iv_error *err;
    enum iv_code rc;
};

static enum iv_code take_url(iv_remote *r, const char *url, struct iv_error *err)
{
    bool is_unix = !strncmp(url, UNIX, sizeof UNIX - 1);
    struct net_url parts;
    size_t len;
    enum iv_code rc;

    if (is_unix && !(r->socket = iv_strdup(url + sizeof UNIX - 1)))
        return iv_fail(err, IV_E_NOMEM, "server: out of memory");
    if (is_unix)
        url = "http://localhost";
    rc = iv_net_url_parse(url, &parts, err);
    if (!rc && parts.is_ws)
        rc = iv_fail(err, IV_E_CONFIG, "server %s: its URL begins with http:// or https://",
                     parts.host);
    len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    if (!rc && !(r->url = iv_strndup(url, len)))
        rc = iv_fail(err, IV_E_NOMEM, "server: out of memory");
    return rc;
}

enum iv_code iv_remote_open(iv_ctx *ctx, const char *url, bool needs_key, iv_remote **out,
                            struct iv_error *err)
{
    iv_remote *r = iv_alloc(sizeof *r);
    enum iv_code rc = r ? IV_OK : iv_fail(err, IV_E_NOMEM, "server: out of memory");

    *out = NULL;
    if (rc)
        return rc;
    r->ctx = ctx;
    rc = take_url(r, url, err);
    if (!rc && needs_key)
        rc = iv_secret_get(ctx, "server.api_key", &r->key, err);
    if (!rc)
        rc = iv_net_of(ctx, &r->net, err);
    if (rc)
        iv_remote_close(r);
    else
        *out = r;
    return rc;
}

void iv_remote_close(iv_remote *r)
{
    if (!r)
        return;
    iv_secret_free(r->key);
    free(r->url);
    free(r->socket);
    free(r);
}

/* -- a request and its answer -- */

/* The server's own words, where it is one of ours. */
static bool take_error(const struct net_outcome *o, struct net_verdict *v)
{
    iv_json *body = NULL;
    const iv_json *error;
    enum iv_code code;

    if (iv_json_parse(o->body, o->body_len, NET_ERROR_BODY_BYTES, &body, NULL))
        return false;
    error = iv_json_get(body, "error");
    code = iv_code_by_slug(iv_json_get_str(error, "code", ""));
    if (code) {
        char *text = iv_text_visible(iv_json_get_str(error, "message", ""));

        v->code = code;
        snprintf(v->text, sizeof v->text, "%s", text ? text : "");
        free(text);
    }
    iv_json_free(body);
    return code != IV_OK;
}

/* What changed something is not asked for twice: nobody knows how far the first one came. */
static void judge(void *arg, const struct net_outcome *o, struct net_verdict *v)
{
    const struct waiting *w = arg;

    if (o->failure == NET_OK)
        return;
    if (strcmp(w->method, "GET"))
        v->class = NET_FAIL;
    if (o->failure != NET_STATUS || take_error(o, v))
        return;
    v->code = o->status >= 500 ? IV_E_UNAVAILABLE : IV_E_PROTOCOL;
    snprintf(v->text, sizeof v->text, "server: HTTP %d, and no error that this program knows",
             o->status);
}

static enum iv_code read_answer(const struct waiting *w, const struct net_outcome *o)
{
    if (!o->body_len) /* 204 */
        return IV_OK;
    if (iv_json_parse(o->body, o->body_len, ANSWER_MAX_BYTES, w->out, w->err))
        return iv_fail(w->err, IV_E_PROTOCOL, "server: its answer to %s is no JSON", w->method);
    return IV_OK;
}

static void on_done(void *arg, const struct net_outcome *o, const struct net_verdict *v)
{
    struct waiting *w = arg;

    pthread_mutex_lock(&w->lock);
    w->rc = v->code ? iv_fail(w->err, v->code, "%s", v->text) : read_answer(w, o);
    w->is_done = true;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static enum iv_code wait_for(iv_remote *r, struct waiting *w, const struct iv_buf *body)
{
    struct net_header headers[] = {{"Accept", "application/json"},
                                   {"Content-Type", "application/json"},
                                   {"X-API-Key", r->key}};
    struct net_request q = {.service = SERVICE,
                            .method = w->method,
                            .url = w->url,
                            .socket = r->socket,
                            .headers = headers,
                            .n_headers = r->key ? 3 : 2,
                            .body = body->len ? body->data : NULL,
                            .body_len = body->len,
                            .timeouts = {.connect_ms = CONNECT_MS,
                                         .first_byte_ms = GAP_MS,
                                         .gap_ms = GAP_MS,
                                         .total_ms = TOTAL_MS},
                            .max_body = ANSWER_MAX_BYTES,
                            .judge = judge,
                            .on_done = on_done,
                            .arg = w};
    net_call *call = NULL;
    enum iv_code rc = iv_net_call(r->net, &q, &call, w->err);

    if (rc)
        return rc;
    pthread_mutex_lock(&w->lock);
    while (!w->is_done)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    iv_net_call_release(call);
    return w->rc;
}

static enum iv_code ask(iv_remote *r, const char *method, const char *path, const iv_json *body,
                        iv_json **out, struct iv_error *err)
{
    struct iv_buf url = IV_BUF_INIT(NET_URL_BYTES), text = IV_BUF_INIT(ANSWER_MAX_BYTES);
    struct waiting w = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER,
                        .method = method,
                        .out = out,
                        .err = err};
    enum iv_code rc = IV_OK;

    *out = NULL;
    iv_buf_adds(&url, r->url);
    iv_buf_adds(&url, path);
    if (body)
        rc = iv_json_print(body, IV_JSON_COMPACT, &text, err);
    if (!rc)
        rc = iv_buf_check(&url, "server: the URL", err);
    if (!rc)
        rc = iv_buf_check(&text, "server: the request", err);
    w.url = iv_buf_str(&url);
    if (!rc)
        rc = wait_for(r, &w, &text);
    iv_buf_release(&url);
    iv_buf_release(&text);
    return rc;
}

/* Percent-encoding of RFC 3986: all but unreserved characters. */
static void add_escaped(struct iv_buf *b, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *p))
            iv_buf_addc(b, (char)*p);
        else
            iv_buf_addf(b, "%%%02X", *p);
}

/* -- operations -- */

enum iv_code iv_remote_session(iv_remote *r, const char *method, const char *id, const char *tail,
                               iv_json *body_take, iv_json **out, struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(PATH_MAX_BYTES);
    enum iv_code rc;

    *out = NULL;
    iv_buf_adds(&path, "/api/sessions/");
    add_escaped(&path, id);
    iv_buf_adds(&path, tail);
    rc = iv_buf_check(&path, "session", err);
    if (!rc)
        rc = ask(r, method, iv_buf_str(&path), body_take, out, err);
    iv_buf_release(&path);
    iv_json_free(body_take);
    return rc;
}

static void set_given(iv_json *body, const char *key, const char *value)
{
    if (value[0])
        iv_json_set_str(body, key, value);
}

static iv_json *spec_json(const struct iv_session_spec *s)
{
    iv_json *body = iv_json_object();

    iv_json_set_str(body, "user_id", s->user_id);
    iv_json_set_str(body, "interview_type", iv_type_name(s->type));
    iv_json_set_str(body, "language", iv_lang_code(s->lang));
    iv_json_set_str(body, "difficulty", iv_difficulty_name(s->difficulty));
    iv_json_set_int(body, "duration_minutes", s->duration_minutes);
    set_given(body, "persona", s->persona);
    set_given(body, "voice", s->voice);
    set_given(body, "avatar", s->avatar);
    set_given(body, "role", s->role);
    set_given(body, "question_set", s->question_set);
    if (s->has_seed)
        iv_json_set_int(body, "seed", (int64_t)s->seed);
    return body;
}

enum iv_code iv_remote_create(iv_remote *r, const struct iv_session_spec *spec,
                              const struct iv_paper *papers, size_t n_papers, iv_json **out,
                              struct iv_error *err)
{
    enum iv_code rc = iv_op_create_check(r->ctx, spec, papers, n_papers, err);
    iv_json *body;

    *out = NULL;
    if (!rc && strpbrk(spec->question_set, "/."))
        rc = iv_fail(err, IV_E_USAGE,
                     "%s: the server cannot read files of this machine; it takes "
                     "the names of its own question sets",
                     spec->question_set);
    if (rc)
        return rc;
    body = spec_json(spec);
    for (size_t i = 0; i < n_papers; i++) {
        char *text = iv_strndup(papers[i].text, papers[i].len);

        iv_json_set_str(body, strcmp(papers[i].kind, "job") ? "resume" : "job_description", text);
        free(text);
    }
    rc = ask(r, "POST", "/api/sessions", body, out, err);
    iv_json_free(body);
    return rc;
}

enum iv_code iv_remote_list(iv_remote *r, const struct iv_session_filter *f, iv_json **out,
                            struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(PATH_MAX_BYTES);
    enum iv_code rc;

    *out = NULL;
    iv_buf_addf(&path, "/api/sessions?status=%s&limit=%d&offset=%d",
                f->status < 0 ? "all" : iv_status_name((enum iv_session_status)f->status), f->limit,
                f->offset);
    iv_buf_adds(&path, "&user_id=");
    add_escaped(&path, f->user_id ? f->user_id : "*");
    if (f->before_id) {
        iv_buf_adds(&path, "&cursor=");
        add_escaped(&path, f->before_id);
    }
    rc = iv_buf_check(&path, "list", err);
    if (!rc)
        rc = ask(r, "GET", iv_buf_str(&path), NULL, out, err);
    iv_buf_release(&path);
    return rc;
}

static iv_json *words_json(const struct iv_answer *a)
{
    iv_json *list = iv_json_array();

    for (size_t i = 0; i < a->n_words; i++) {
        iv_json *word = iv_json_array();

        iv_json_append(word, iv_json_str(a->words[i].text));
        iv_json_append(word, iv_json_int(a->words[i].start_ms));
        iv_json_append(word, iv_json_int(a->words[i].end_ms));
        iv_json_append(word, iv_json_num((double)a->words[i].confidence));
        iv_json_append(list, word);
    }
    return list;
}

enum iv_code iv_remote_answer(iv_remote *r, const char *id, const struct iv_answer *a,
                              iv_json **out, struct iv_error *err)
{
    iv_json *body = iv_json_object();

    iv_json_set_str(body, "text", a->text);
    if (strcmp(a->source, "typed")) {
        iv_json_set_str(body, "source", a->source);
        iv_json_set_num(body, "confidence", (double)a->confidence);
        iv_json_set_int(body, "spoken_ms", (int64_t)a->spoken_ms);
        iv_json_set(body, "words", words_json(a));
    }
    return iv_remote_session(r, "POST", id, "/messages", body, out, err);
}

enum iv_code iv_remote_import(iv_remote *r, const iv_json *exported, iv_json **out,
                              struct iv_error *err)
{
    enum iv_code rc = iv_op_import_check(exported, err); /* in the same words as here */

    *out = NULL;
    return rc ? rc : ask(r, "POST", "/api/sessions/import", exported, out, err);
}

enum iv_code iv_remote_stats(iv_remote *r, const char *period, const char *user_id, iv_json **out,
                             struct iv_error *err)
{
    struct iv_buf path = IV_BUF_INIT(PATH_MAX_BYTES);
    enum iv_code rc;

    *out = NULL;
    iv_buf_adds(&path, "/api/stats?period=");
    add_escaped(&path, period);
    if (user_id) {
        iv_buf_adds(&path, "&user_id=");
        add_escaped(&path, user_id);
    }
    rc = iv_buf_check(&path, "stats", err);
    if (!rc)
        rc = ask(r, "GET", iv_buf_str(&path), NULL, out, err);
    iv_buf_release(&path);
    return rc;
}

enum iv_code iv_remote_copy(iv_remote *r, const char *id, iv_store **out, struct iv_error *err)
{
    iv_json *whole = NULL, *made = NULL;
    enum iv_code rc = iv_remote_session(r, "GET", id, "/export", NULL, &whole, err);

    *out = NULL;
    if (!rc)
        rc = iv_store_open(r->ctx, "memory", "", out, err);
    if (!rc)
        rc = iv_op_import(r->ctx, *out, whole, &made, err);
    if (rc) {
        iv_store_close(*out);
        *out = NULL;
    }
    iv_json_free(whole);
    iv_json_free(made);
    return rc;
}
