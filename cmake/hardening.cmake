# Warnings and hardening flags (OpenSSF compiler guide); those newer than the compiler are probed.
set(iv_flags -Wall -Wextra -Wformat=2 -Wconversion -Wimplicit-fallthrough -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion
    -fstack-protector-strong -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fexceptions)
set(iv_probed -Wtrampolines -Wbidi-chars=any -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero
    -fstrict-flex-arrays=3 -fzero-init-padding-bits=all)
foreach(flag ${iv_probed})
    string(MAKE_C_IDENTIFIER "have${flag}" name)
    check_c_compiler_flag(${flag} ${name})
    if(${name})
        list(APPEND iv_flags ${flag})
    endif()
endforeach()
if(IV_WERROR)
    list(APPEND iv_flags -Werror)
endif()
if(IV_SANITIZE)
    # The instrumented code hides from the compiler how long a text can be: the plain builds warn of that.
    list(APPEND iv_flags -fsanitize=${IV_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-format-truncation)
    add_link_options(-fsanitize=${IV_SANITIZE})
else()
    add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
endif()
add_compile_options(${iv_flags})
add_compile_definitions(_GNU_SOURCE)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g -DNDEBUG")
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen -Wl,--as-needed -Wl,--no-copy-dt-needed-entries)
