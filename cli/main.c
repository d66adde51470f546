/* main.c - the program's entry: helper processes first, commands otherwise. */
#include <string.h>

#include "cli.h"
#include "iv/tts.h"

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "__tts-helper"))
        return iv_tts_helper_main(argc, argv);
    return cli_main(argc, argv);
}
