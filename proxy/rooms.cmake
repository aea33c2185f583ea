# room(NAME MAY_INCLUDE rooms... [LIBRARIES targets...]): one room of the house as one static library.
#
# A room sees `base` and the rooms it names, nothing else. Linking gives it their symbols; the check below, run at every
# build, refuses an #include that reaches into a room that is not named, so that includes only ever run downward.
function(room NAME)
  cmake_parse_arguments(ROOM "" "" "MAY_INCLUDE;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*.cc)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${NAME}/*.h)
  set(rooms ${ROOM_MAY_INCLUDE})
  if(NOT NAME STREQUAL "base")
    list(APPEND rooms base)
  endif()

  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.includes-ok)
  list(JOIN rooms "," allowed)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -DROOM=${NAME} -DALLOWED=${allowed} -DROOT=${CMAKE_CURRENT_SOURCE_DIR}
            -DSTAMP=${stamp} -P ${CMAKE_CURRENT_SOURCE_DIR}/check_includes.cmake
    DEPENDS ${sources} ${headers} ${CMAKE_CURRENT_SOURCE_DIR}/check_includes.cmake
    COMMENT "room ${NAME}: includes run downward")
  add_custom_target(${NAME}_includes DEPENDS ${stamp})

  if(sources)
    add_library(${NAME} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(${NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_dependencies(${NAME} ${NAME}_includes)
  target_include_directories(${NAME} ${scope} ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${NAME} ${scope} ${rooms} ${ROOM_LIBRARIES})
endfunction()
