# man/, completions/ and docs/openapi.json are made from the tables and committed; test `generated` compares.
add_custom_target(generate
    COMMAND interviewctl-gen ${CMAKE_SOURCE_DIR}
    DEPENDS interviewctl-gen
    COMMENT "man/, completions/ and docs/openapi.json from the tables")
