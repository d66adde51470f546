# bash completion for interviewctl; made from the program's tables.
_interviewctl()
{
    local cur prev command words i
    COMPREPLY=()
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD-1]}
    command=${COMP_WORDS[1]}
    case $command in
        session|avatar|questions|config|providers) [ "$COMP_CWORD" -gt 2 ] && command="$command ${COMP_WORDS[2]}" ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W " practice session ask answer transcribe speak render avatar questions report verify score stats config providers doctor backup restore completion version help" -- "$cur"))
        return
    fi
    case "$command $prev" in
        "practice --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "practice --questions") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "practice --answers") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "practice --record") words=$(interviewctl completion --words dir 2>/dev/null) ;;
        "session create --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "session create --questions") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "session list --before") words=$(interviewctl completion --words session 2>/dev/null) ;;
        "session show --transcript") words="text json srt vtt md" ;;
        "session export --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "ask --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "answer --audio") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "transcribe --as") words="text ndjson srt vtt json" ;;
        "speak --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "speak --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "speak --visemes") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "render --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "render --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "render --avatar") words=$(interviewctl completion --words avatar 2>/dev/null) ;;
        "render --backend") words="auto cpu cuda" ;;
        "avatar preview --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "questions list --set") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "questions list --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "questions show --set") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "questions show --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "questions export --set") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "questions export --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "report --as") words="text json md html" ;;
        "report --output") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "report --rubric") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "report --compare") words=$(interviewctl completion --words session 2>/dev/null) ;;
        "score --as") words="text json md html" ;;
        "score --rubric") COMPREPLY=($(compgen -f -- "$cur")); return ;;
        "completion --words") words="session voice avatar question setting command" ;;
    esac
    if [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
        return
    fi
    case $command in
        session) words=" create list show start pause resume end export import delete replay" ;;
        avatar) words=" list preview" ;;
        questions) words=" list show lint import export" ;;
        config) words=" list get set unset edit path validate" ;;
        providers) words=" list voices" ;;
        "practice")
            case $cur in -*) words=" --type --language --difficulty --duration --role --persona --voice --speaker --questions --answers --record --seed --user --plain --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session create")
            case $cur in -*) words=" --type --language --difficulty --duration --role --persona --voice --questions --seed --user --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "session list")
            case $cur in -*) words=" --user --status --limit --offset --before --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "session show")
            case $cur in -*) words=" --transcript --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session start")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session pause")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session resume")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session end")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session export")
            case $cur in -*) words=" --output --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session import")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "session delete")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session replay")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "ask")
            case $cur in -*) words=" --speak --audio --output --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "answer")
            case $cur in -*) words=" --audio --engine --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "transcribe")
            case $cur in -*) words=" --language --engine --words --partials --as --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "speak")
            case $cur in -*) words=" --language --engine --voice --rate --output --visemes --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "render")
            case $cur in -*) words=" --output --language --voice --engine --avatar --fps --size --backend --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "avatar list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "avatar preview")
            case $cur in -*) words=" --output --size --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words avatar 2>/dev/null) ;; esac ;;
        "questions list")
            case $cur in -*) words=" --type --language --difficulty --set --output --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "questions show")
            case $cur in -*) words=" --type --language --difficulty --set --output --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words question 2>/dev/null) ;; esac ;;
        "questions lint")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "questions import")
            case $cur in -*) words=" --name --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "questions export")
            case $cur in -*) words=" --type --language --difficulty --set --output --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "report")
            case $cur in -*) words=" --as --output --rubric --min-score --compare --progress --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "verify")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "score")
            case $cur in -*) words=" --as --type --language --rubric --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "stats")
            case $cur in -*) words=" --period --user --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "config list")
            case $cur in -*) words=" --show-origin --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "config get")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words setting 2>/dev/null) ;; esac ;;
        "config set")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words setting 2>/dev/null) ;; esac ;;
        "config unset")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words setting 2>/dev/null) ;; esac ;;
        "config edit")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "config path")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "config validate")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "providers list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "providers voices")
            case $cur in -*) words=" --language --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "doctor")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "backup")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "restore")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac ;;
        "completion")
            case $cur in -*) words=" --words --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "version")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; esac ;;
        "help")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words command 2>/dev/null) ;; esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _interviewctl interviewctl
