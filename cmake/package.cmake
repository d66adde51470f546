# `make deb`: what `make install` installs, under /usr, and scripts for the user that the service runs as.
# Libraries opened at first use are no dependencies that a linker sees: the sound and picture ones are wanted by everybody.
get_property(late GLOBAL PROPERTY iv_late_packages)
list(REMOVE_DUPLICATES late)
list(JOIN late ", " late)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME interviewctl)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "interviewctl maintainers <maintainers@interviewctl.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "practise job interviews with an interviewer who speaks")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Asks, listens, follows up and ends with a scorecard whose every score
quotes what was said. English, Korean and Japanese; at the terminal, in
pipelines, and as a server with REST and WebSocket.")
set(CPACK_DEBIAN_PACKAGE_SECTION education)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${late}, espeak-ng-data")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "pocketsphinx-en-us, kakasi, less")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "haproxy | nginx, open-jtalk")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/deb/postinst ${CMAKE_SOURCE_DIR}/packaging/deb/prerm
    ${CMAKE_SOURCE_DIR}/packaging/deb/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/packaging/deb/staged.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
