# bash completion for interviewctl; made from the program's tables.
_interviewctl_files()
{
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen "$1" -- "$cur"))
}
_interviewctl()
{
    local cur prev command='' words='' i
    COMPREPLY=()
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD-1]}
    if [ "$cur" = = ]; then
        cur=''
    elif [ "$prev" = = ]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --format|-f|--fields|--color|--store|--server|--api-key-file|--timeout|--log-level|-) ((i++)) ;;
        -*|=) ;;
        *) command=$command${command:+ }${COMP_WORDS[i]}
            case $command in session|avatar|questions|keys|config|profile|providers|devices) ;; *) break ;; esac ;;
        esac
    done
    case "$command $prev" in
        "practice --type") words="technical behavioral general" ;;
        "practice --language") words="ko en ja" ;;
        "practice --difficulty") words="easy medium hard" ;;
        "practice --duration") return ;;
        "practice --role") return ;;
        "practice --persona") words="neutral warm strict" ;;
        "practice --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "practice --questions") _interviewctl_files -f; return ;;
        "practice --job") _interviewctl_files -f; return ;;
        "practice --seed") return ;;
        "practice --user") return ;;
        "practice --resume") _interviewctl_files -f; return ;;
        "practice --answers") _interviewctl_files -f; return ;;
        "practice --record") _interviewctl_files -d; return ;;
        "practice --speaker") return ;;
        "practice --mic") return ;;
        "practice --avatar") words="window term none" ;;
        "session create --type") words="technical behavioral general" ;;
        "session create --language") words="ko en ja" ;;
        "session create --difficulty") words="easy medium hard" ;;
        "session create --duration") return ;;
        "session create --role") return ;;
        "session create --persona") words="neutral warm strict" ;;
        "session create --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "session create --questions") _interviewctl_files -f; return ;;
        "session create --job") _interviewctl_files -f; return ;;
        "session create --seed") return ;;
        "session create --user") return ;;
        "session create --resume") _interviewctl_files -f; return ;;
        "session list --user") return ;;
        "session list --status") words="created active paused completed terminated expired all" ;;
        "session list --limit") return ;;
        "session list --offset") return ;;
        "session list --before") words=$(interviewctl completion --words session 2>/dev/null) ;;
        "session show --transcript") words="text json srt vtt md" ;;
        "session watch --user") return ;;
        "session export --output"|"session export -o") _interviewctl_files -f; return ;;
        "ask --output"|"ask -o") _interviewctl_files -f; return ;;
        "answer --audio") _interviewctl_files -f; return ;;
        "answer --engine") return ;;
        "transcribe --language") words="ko en ja" ;;
        "transcribe --engine") return ;;
        "transcribe --as") words="text ndjson srt vtt json" ;;
        "speak --language") words="ko en ja" ;;
        "speak --engine") return ;;
        "speak --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "speak --rate") return ;;
        "speak --output"|"speak -o") _interviewctl_files -f; return ;;
        "speak --visemes") _interviewctl_files -f; return ;;
        "render --output"|"render -o") _interviewctl_files -f; return ;;
        "render --language") words="ko en ja" ;;
        "render --voice") words=$(interviewctl completion --words voice 2>/dev/null) ;;
        "render --engine") return ;;
        "render --avatar") words=$(interviewctl completion --words avatar 2>/dev/null) ;;
        "render --fps") return ;;
        "render --size") return ;;
        "render --backend") words="auto cpu cuda" ;;
        "avatar preview --output"|"avatar preview -o") _interviewctl_files -f; return ;;
        "avatar preview --size") return ;;
        "questions list --type") words="technical behavioral general" ;;
        "questions list --language") words="ko en ja" ;;
        "questions list --difficulty") words="easy medium hard" ;;
        "questions list --set") _interviewctl_files -f; return ;;
        "questions list --output"|"questions list -o") _interviewctl_files -f; return ;;
        "questions show --type") words="technical behavioral general" ;;
        "questions show --language") words="ko en ja" ;;
        "questions show --difficulty") words="easy medium hard" ;;
        "questions show --set") _interviewctl_files -f; return ;;
        "questions show --output"|"questions show -o") _interviewctl_files -f; return ;;
        "questions import --name") return ;;
        "questions export --type") words="technical behavioral general" ;;
        "questions export --language") words="ko en ja" ;;
        "questions export --difficulty") words="easy medium hard" ;;
        "questions export --set") _interviewctl_files -f; return ;;
        "questions export --output"|"questions export -o") _interviewctl_files -f; return ;;
        "questions generate --type") words="technical behavioral general" ;;
        "questions generate --language") words="ko en ja" ;;
        "questions generate --difficulty") words="easy medium hard" ;;
        "questions generate --role") return ;;
        "questions generate --job") _interviewctl_files -f; return ;;
        "questions generate --count") return ;;
        "questions generate --output"|"questions generate -o") _interviewctl_files -f; return ;;
        "report --as") words="text json md html" ;;
        "report --output"|"report -o") _interviewctl_files -f; return ;;
        "report --rubric") _interviewctl_files -f; return ;;
        "report --min-score") return ;;
        "report --compare") words=$(interviewctl completion --words session 2>/dev/null) ;;
        "score --as") words="text json md html" ;;
        "score --type") return ;;
        "score --language") return ;;
        "score --rubric") _interviewctl_files -f; return ;;
        "stats --period") return ;;
        "stats --user") return ;;
        "usage --period") words="today week month all" ;;
        "usage --provider") return ;;
        "keys admin --username") return ;;
        "keys admin --password-file") _interviewctl_files -f; return ;;
        "keys create --name") return ;;
        "keys create --user-id") return ;;
        "keys create --scope") words="read write admin" ;;
        "keys create --expires") return ;;
        "serve --listen") return ;;
        "serve --tls-cert") _interviewctl_files -f; return ;;
        "serve --tls-key") _interviewctl_files -f; return ;;
        "serve --cors") return ;;
        "serve --redis") return ;;
        "serve --workers") return ;;
        "serve --idle-exit") return ;;
        "providers voices --language") return ;;
        "providers voices --engine") return ;;
        "providers models --engine") return ;;
        "devices test --mic") return ;;
        "devices test --speaker") return ;;
        "devices monitor --mic") return ;;
        "devices monitor --seconds") return ;;
        "completion --words") words="session voice avatar question setting command key" ;;
        *" --format"|*" -f") words="table json ndjson tsv csv id" ;;
        *" --fields") return ;;
        *" --color") words="auto always never" ;;
        *" --store") _interviewctl_files -f; return ;;
        *" --server") return ;;
        *" --api-key-file") _interviewctl_files -f; return ;;
        *" --timeout") return ;;
        *" --log-level") words="error warn info debug" ;;
    esac
    if [ -n "$words" ]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
        return
    fi
    case $command in
        '') case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=" practice session ask answer transcribe speak render avatar questions report verify score stats latency usage keys config profile serve providers devices doctor backup restore completion version help" ;; esac ;;
        session) words=" create list show start pause resume end watch export import delete replay" ;;
        avatar) words=" list preview" ;;
        questions) words=" list show lint import export generate" ;;
        keys) words=" admin create list rotate revoke" ;;
        config) words=" list get set unset edit path validate" ;;
        profile) words=" list add use remove" ;;
        providers) words=" list test voices models" ;;
        devices) words=" list test monitor" ;;
        "practice")
            case $cur in -*) words=" --type --language --difficulty --duration --role --persona --voice --questions --job --seed --user --resume --answers --record --speaker --mic --avatar --real-time --plain --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session create")
            case $cur in -*) words=" --type --language --difficulty --duration --role --persona --voice --questions --job --seed --user --resume --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "session list")
            case $cur in -*) words=" --user --status --limit --offset --before --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "session show")
            case $cur in -*) words=" --transcript --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session start")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session pause")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session resume")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session end")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session watch")
            case $cur in -*) words=" --all --user --follow --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session export")
            case $cur in -*) words=" --output --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session import")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "session delete")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "session replay")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "ask")
            case $cur in -*) words=" --speak --audio --output --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "answer")
            case $cur in -*) words=" --audio --engine --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "transcribe")
            case $cur in -*) words=" --language --engine --words --partials --as --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "speak")
            case $cur in -*) words=" --language --engine --voice --rate --output --visemes --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "render")
            case $cur in -*) words=" --output --language --voice --engine --avatar --fps --size --backend --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "avatar list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "avatar preview")
            case $cur in -*) words=" --output --size --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words avatar 2>/dev/null) ;; esac ;;
        "questions list")
            case $cur in -*) words=" --type --language --difficulty --set --output --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "questions show")
            case $cur in -*) words=" --type --language --difficulty --set --output --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words question 2>/dev/null) ;; esac ;;
        "questions lint")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "questions import")
            case $cur in -*) words=" --name --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "questions export")
            case $cur in -*) words=" --type --language --difficulty --set --output --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "questions generate")
            case $cur in -*) words=" --type --language --difficulty --role --job --count --output --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "report")
            case $cur in -*) words=" --as --output --rubric --min-score --compare --progress --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "verify")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "score")
            case $cur in -*) words=" --as --type --language --rubric --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "stats")
            case $cur in -*) words=" --period --user --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "latency")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words session 2>/dev/null) ;; esac ;;
        "usage")
            case $cur in -*) words=" --period --provider --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "keys admin")
            case $cur in -*) words=" --username --password-file --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "keys create")
            case $cur in -*) words=" --name --user-id --scope --expires --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "keys list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "keys rotate")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words key 2>/dev/null) ;; esac ;;
        "keys revoke")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words key 2>/dev/null) ;; esac ;;
        "config list")
            case $cur in -*) words=" --show-origin --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "config get")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words setting 2>/dev/null) ;; esac ;;
        "config set")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words setting 2>/dev/null) ;; esac ;;
        "config unset")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words setting 2>/dev/null) ;; esac ;;
        "config edit")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "config path")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "config validate")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "profile list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "profile add")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "profile use")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "profile remove")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "serve")
            case $cur in -*) words=" --listen --tls-cert --tls-key --cors --redis --workers --idle-exit --check --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "providers list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "providers test")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "providers voices")
            case $cur in -*) words=" --language --engine --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "providers models")
            case $cur in -*) words=" --engine --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "devices list")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "devices test")
            case $cur in -*) words=" --mic --speaker --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "devices monitor")
            case $cur in -*) words=" --mic --seconds --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "doctor")
            case $cur in -*) words=" --online --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "backup")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "restore")
            case $cur in -*) words=" --dry-run --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) _interviewctl_files -f; return ;; esac ;;
        "completion")
            case $cur in -*) words=" --words --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "version")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; esac ;;
        "help")
            case $cur in -*) words=" --help --format --json --fields --quiet --yes --no-input --color --store --server --api-key-file --timeout --offline --log-level" ;; *) words=$(interviewctl completion --words command 2>/dev/null) ;; esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _interviewctl interviewctl
