/* env.c - .env.example: every setting by the name that users know, with its default, commented out. */
#include "gen/gen.h"
#include "iv/config.h"

static void put_range(FILE *out, const struct iv_setting *s)
{
    if (s->kind == IV_SET_CHOICE)
        fprintf(out, " (%s)", s->choices[0] == ' ' ? s->choices + 1 : s->choices);
    if (s->kind == IV_SET_BOOL)
        fputs(" (true, false)", out);
    if (s->kind == IV_SET_INT || s->kind == IV_SET_REAL)
        fprintf(out, " (%g to %g%s%s)", s->min, s->max, s->unit ? " " : "", s->unit ? s->unit : "");
}

void gen_env(FILE *out)
{
    fputs("# Copy to .env in the folder where interviewctl runs, readable by you alone (chmod 600 "
          ".env), and take the # from\n"
          "# what you change. What the environment says wins over this file; interviewctl.conf(5) "
          "has the same settings.\n",
          out);
    for (size_t i = 0; i < iv_setting_count(); i++) {
        const struct iv_setting *s = iv_setting_at(i);
        char name[96];

        iv_setting_env_name(s, name);
        fprintf(out, "\n# %s", s->help);
        put_range(out, s);
        fprintf(out, "\n#%s=%s\n", s->env ? s->env : name, s->dflt);
    }
}
