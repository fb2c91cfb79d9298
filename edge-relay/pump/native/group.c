#include <stdlib.h>
#include "pump.h"

enum { FIRST_ROOM = 16 };

pump_group *pump_group_create(void) {
  return calloc(1, sizeof(pump_group));
}

void pump_group_destroy(pump_group *group) {
  for (uint32_t at = 0; at < group->size; at += 1) group->streams[at]->group = NULL;
  free(group->streams);
  free(group);
}

static bool grow(pump_group *group) {
  uint32_t room = group->room == 0 ? FIRST_ROOM : group->room * 2;
  pump_stream **larger = realloc(group->streams, room * sizeof *larger);
  if (larger == NULL) return false;
  group->streams = larger;
  group->room = room;
  return true;
}

bool pump_group_enter(pump_group *group, pump_stream *stream, uint8_t variant) {
  pump_group_leave(stream);
  if (group->size == group->room && !grow(group)) return false;
  group->streams[group->size] = stream;
  stream->group = group;
  stream->place = group->size;
  stream->variant = variant;
  group->size += 1;
  return true;
}

/* The last one takes its place. */
void pump_group_leave(pump_stream *stream) {
  pump_group *group = stream->group;
  if (group == NULL) return;
  stream->group = NULL;
  group->size -= 1;
  if (stream->place == group->size) return;
  pump_stream *last = group->streams[group->size];
  group->streams[stream->place] = last;
  last->place = stream->place;
}
