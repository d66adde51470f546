# man/, completions/, docs/openapi.json and .env.example are made from the tables and committed; test `generated` compares.
add_custom_target(generate
    COMMAND interviewctl-gen ${CMAKE_SOURCE_DIR}
    DEPENDS interviewctl-gen
    COMMENT "man/, completions/, docs/openapi.json and .env.example from the tables")
