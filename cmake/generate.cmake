# man/ and completions/ are made from the tables and committed; test `generated` compares.
add_custom_target(generate
    COMMAND interviewctl-gen ${CMAKE_SOURCE_DIR}
    DEPENDS interviewctl-gen
    COMMENT "man/ and completions/ from the tables")
