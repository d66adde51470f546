# Embed what browsers get: each file as it is and packed by gzip; those of vendor/ are packed already and stand there only so.
find_program(GZIP gzip REQUIRED)
set(IV_PAGE_SOURCE ${CMAKE_BINARY_DIR}/generated/page_embedded.c)
set(page_dir ${CMAKE_SOURCE_DIR}/server/page)
file(GLOB iv_page_files RELATIVE ${page_dir} CONFIGURE_DEPENDS
    server/page/room/*.html server/page/room/*.css server/page/room/*.js server/page/room/*.svg
    server/page/docs/*.html server/page/docs/*.css server/page/docs/*.js server/page/vendor/*.gz)
list(APPEND iv_page_files ../../docs/openapi.json)
set(page_text "/* What browsers get; made by cmake/page.cmake. */\n#include \"page/page.h\"\n\n")
set(page_rows "")
set(page_depends "")
set(n 0)
foreach(file ${iv_page_files})
    get_filename_component(path ${page_dir}/${file} ABSOLUTE)
    get_filename_component(name ${path} NAME)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path}) # its digest is its ETag
    file(SHA256 ${path} digest)
    string(SUBSTRING ${digest} 0 16 digest)
    set(plain "")
    set(packed ${path})
    if(file MATCHES "\\.gz$")
        string(REGEX REPLACE "\\.gz$" "" name ${name})
    else()
        set(plain ${path})
        set(packed ${CMAKE_BINARY_DIR}/generated/page/${name}.gz)
        add_custom_command(OUTPUT ${packed}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated/page
            COMMAND ${GZIP} -9nc ${path} > ${packed}
            DEPENDS ${path} VERBATIM)
    endif()
    foreach(form plain packed)
        set(begin 0)
        set(end 0)
        if(NOT "${${form}}" STREQUAL "")
            string(APPEND page_text "__asm__(\".section .rodata\\n.balign 16\\n.globl iv_page_${form}_${n}\\niv_page_${form}_${n}:\\n.incbin \\\"${${form}}\\\"\\n\"\n"
                "        \".globl iv_page_${form}_${n}_end\\niv_page_${form}_${n}_end:\\n.byte 0\\n.previous\\n\");\n"
                "extern const char iv_page_${form}_${n}[], iv_page_${form}_${n}_end[];\n")
            set(begin iv_page_${form}_${n})
            set(end iv_page_${form}_${n}_end)
            list(APPEND page_depends ${${form}})
        endif()
        set(${form}_range "${begin}, ${end}")
    endforeach()
    string(APPEND page_rows "    {\"${name}\", \"${digest}\", ${plain_range}, ${packed_range}},\n")
    math(EXPR n "${n} + 1")
endforeach()
string(APPEND page_text "\nconst struct iv_page_bytes iv_page_files[] = {\n${page_rows}};\nconst size_t iv_page_count = ${n};\n")
file(GENERATE OUTPUT ${IV_PAGE_SOURCE} CONTENT "${page_text}")
set_source_files_properties(${IV_PAGE_SOURCE} PROPERTIES OBJECT_DEPENDS "${page_depends}")
