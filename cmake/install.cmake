install(TARGETS interviewctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY core/data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/interviewctl)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/generated/VERSION CONTENT "${PROJECT_VERSION}\n")
install(FILES ${CMAKE_BINARY_DIR}/generated/VERSION DESTINATION ${CMAKE_INSTALL_DATADIR}/interviewctl)
file(GLOB man1 man/*.1)
file(GLOB man5 man/*.5)
install(FILES ${man1} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${man5} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES completions/interviewctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME interviewctl)
install(FILES completions/_interviewctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completions/interviewctl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES .env.example server/deploy/haproxy.cfg server/deploy/nginx.conf server/deploy/interviewctl.service.d/cuda.conf
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/interviewctl/examples)
# The unit names the program where this installation puts it: a package's prefix differs from that of the build.
install(CODE "
    file(READ \"${CMAKE_SOURCE_DIR}/server/deploy/interviewctl.service\" unit)
    string(REPLACE /usr/bin/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
    file(WRITE \"${CMAKE_BINARY_DIR}/generated/interviewctl.service\" \"\${unit}\")")
install(FILES ${CMAKE_BINARY_DIR}/generated/interviewctl.service DESTINATION lib/systemd/system)
install(FILES server/deploy/interviewctl.sysusers DESTINATION lib/sysusers.d RENAME interviewctl.conf)
install(DIRECTORY server/page/vendor/licences DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/interviewctl)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/interviewctl RENAME copyright)

# Messages: po/*.po become catalogues.
find_program(MSGFMT msgfmt)
if(MSGFMT)
    foreach(lang ko ja)
        if(EXISTS ${CMAKE_SOURCE_DIR}/po/${lang}.po)
            set(mo ${CMAKE_BINARY_DIR}/locale/${lang}/LC_MESSAGES/interviewctl.mo)
            add_custom_command(OUTPUT ${mo}
                COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/locale/${lang}/LC_MESSAGES
                COMMAND ${MSGFMT} --check-format --check-domain -o ${mo} ${CMAKE_SOURCE_DIR}/po/${lang}.po
                DEPENDS ${CMAKE_SOURCE_DIR}/po/${lang}.po)
            list(APPEND catalogues ${mo})
            install(FILES ${mo} DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/${lang}/LC_MESSAGES)
        endif()
    endforeach()
    if(catalogues)
        add_custom_target(catalogues ALL DEPENDS ${catalogues})
    endif()
endif()
