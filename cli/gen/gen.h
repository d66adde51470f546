/* gen.h - manual pages, completions and .env.example from the tables. */
#ifndef IV_CLI_GEN_H
#define IV_CLI_GEN_H

#include <stdio.h>

#include "cli.h"

void gen_man_main(FILE *out); /* interviewctl(1) */
void gen_man_command(FILE *out, const struct cli_command *command); /* interviewctl-NAME(1) */
void gen_man_conf(FILE *out); /* interviewctl.conf(5) */
void gen_man_events(FILE *out); /* interviewctl-events(5) */
void gen_env(FILE *out); /* .env.example */
void gen_bash(FILE *out);
void gen_zsh(FILE *out);
void gen_fish(FILE *out);

#endif
