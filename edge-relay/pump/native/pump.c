#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pump.h"

enum {
  /* Datagrams that wait for their owner to take them: those of one call, a large keyframe and its repairs. */
  MOST_DIRECT = 8192,
  FIRST_IDS = 64,
};

/* Numbers for pointers: a number that was given back is given out again last. */
typedef struct {
  void **entries;
  uint32_t size;
  uint32_t next;
} table;

struct pump {
  int fd;
  sa_family_t family;
  pump_queue *queue;
  pump_sender *sender;
  uint64_t overflowed;
  table sessions;
  table streams;
  table groups;
  pump_direct **direct;
  uint32_t direct_from;
  uint32_t direct_until;
};

static void *entry(const table *ids, uint32_t id) {
  return id < ids->size ? ids->entries[id] : NULL;
}

static uint32_t enter(table *ids, void *value) {
  for (uint32_t tried = 0; tried < ids->size; tried += 1) {
    ids->next = ids->next + 1 >= ids->size ? 1 : ids->next + 1;
    if (ids->entries[ids->next] != NULL) continue;
    ids->entries[ids->next] = value;
    return ids->next;
  }
  uint32_t size = ids->size == 0 ? FIRST_IDS : ids->size * 2;
  void **larger = realloc(ids->entries, size * sizeof *larger);
  if (larger == NULL) return 0;
  memset(larger + ids->size, 0, (size - ids->size) * sizeof *larger);
  ids->next = ids->size == 0 ? 1 : ids->size;
  ids->entries = larger;
  ids->size = size;
  ids->entries[ids->next] = value;
  return ids->next;
}

static sa_family_t family_of(int fd) {
  struct sockaddr_storage bound;
  socklen_t length = sizeof bound;
  return getsockname(fd, (struct sockaddr *)&bound, &length) == 0 ? bound.ss_family : AF_UNSPEC;
}

pump *pump_create(const pump_options *options) {
  pump *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->fd = dup(options->fd);
  self->family = family_of(options->fd);
  self->queue = pump_queue_create(options->queue_items);
  self->direct = calloc(MOST_DIRECT, sizeof *self->direct);
  if (self->fd >= 0 && self->queue != NULL && self->direct != NULL) self->sender = pump_sender_start(self->fd, self->queue, options->segmentation);
  if (self->sender != NULL) return self;
  pump_destroy(self);
  return NULL;
}

static void empty_queue(pump_queue *queue) {
  pump_item items[PUMP_TAKEN_ITEMS];
  for (uint32_t count; (count = pump_queue_take(queue, items)) > 0;) {
    for (uint32_t at = 0; at < count; at += 1) {
      pump_frame_release(items[at].frame);
      pump_session_release(items[at].session);
    }
  }
}

void pump_destroy(pump *self) {
  if (self->sender != NULL) pump_sender_stop(self->sender);
  if (self->queue != NULL) {
    pump_queue_publish(self->queue);
    empty_queue(self->queue);
    pump_queue_destroy(self->queue);
  }
  for (uint32_t id = 1; id < self->sessions.size; id += 1) pump_close_session(self, id);
  for (uint32_t id = 1; id < self->groups.size; id += 1) pump_close_group(self, id);
  for (; self->direct_from != self->direct_until; self->direct_from += 1) free(self->direct[self->direct_from % MOST_DIRECT]);
  free(self->direct);
  free(self->sessions.entries);
  free(self->streams.entries);
  free(self->groups.entries);
  if (self->fd >= 0) close(self->fd);
  free(self);
}

uint32_t pump_open_session(pump *self, const uint8_t key[PUMP_KEY_BYTES], const uint8_t salt[PUMP_SALT_BYTES]) {
  pump_session *session = pump_session_create(key, salt);
  if (session == NULL) return 0;
  uint32_t id = enter(&self->sessions, session);
  if (id == 0) pump_session_release(session);
  else session->id = id;
  return id;
}

void pump_close_session(pump *self, uint32_t session_id) {
  pump_session *session = entry(&self->sessions, session_id);
  if (session == NULL) return;
  self->sessions.entries[session_id] = NULL;
  for (uint32_t at = 0; at < session->stream_count; at += 1) {
    pump_stream_forget(&session->streams[at]);
    pump_group_leave(&session->streams[at]);
    self->streams.entries[session->stream_ids[at]] = NULL;
  }
  pump_session_release(session);
}

bool pump_aim(pump *self, uint32_t session_id, const char *address, uint16_t port) {
  pump_session *session = entry(&self->sessions, session_id);
  return session != NULL && pump_session_aim(session, address, port, self->family);
}

uint32_t pump_open_stream(pump *self, uint32_t session_id, const pump_stream_options *options) {
  pump_session *session = entry(&self->sessions, session_id);
  if (session == NULL || session->stream_count == PUMP_STREAMS_A_SESSION) return 0;
  pump_stream *stream = &session->streams[session->stream_count];
  uint32_t id = enter(&self->streams, stream);
  if (id == 0) return 0;
  pump_stream_begin(stream, session, options);
  session->stream_ids[session->stream_count] = id;
  session->stream_count += 1;
  return id;
}

void pump_forget(pump *self, uint32_t stream_id) {
  pump_stream *stream = entry(&self->streams, stream_id);
  if (stream != NULL) pump_stream_forget(stream);
}

static void keep_direct(pump *self, const pump_item *item) {
  for (uint32_t packet = item->from; packet < item->until; packet += 1) {
    pump_direct *sealed = self->direct_until - self->direct_from < MOST_DIRECT ? malloc(sizeof *sealed) : NULL;
    if (sealed == NULL) {
      self->overflowed += 1;
      continue;
    }
    sealed->session_id = item->session->id;
    sealed->length = (uint32_t)pump_seal(item->session->own_cipher, item, packet, sealed->bytes);
    self->direct[self->direct_until % MOST_DIRECT] = sealed;
    self->direct_until += 1;
  }
}

static void emit(pump *self, pump_item *item) {
  if (item->session->direct) return keep_direct(self, item);
  item->to = item->session->to;
  /* Before it is in the queue: afterwards the sending thread may be done with it already. */
  pump_frame_hold(item->frame);
  atomic_fetch_add_explicit(&item->session->refs, 1, memory_order_relaxed);
  if (pump_queue_push(self->queue, item)) return;
  self->overflowed += item->until - item->from;
  pump_frame_release(item->frame);
  pump_session_release(item->session);
}

static void send_to(pump *self, pump_stream *stream, pump_item *item, const pump_target *target, uint32_t now_ms) {
  const pump_stream_options *options = &stream->options;
  item->session = stream->session;
  item->block = &options->blocks[target->variant];
  item->index = stream->next;
  item->ssrc = options->ssrc;
  item->timestamp = target->timestamp;
  item->payload_type = options->payload_type;
  item->marks = options->marks;
  item->counted = target->variant == PUMP_COUNTED_VARIANT;
  /* What is counted leaves in the order of its numbers. */
  item->urgent = options->urgent && !item->counted;
  item->number = (uint16_t)target->number;
  pump_target each = *target;
  for (uint32_t packet = item->from; packet < item->until; packet += 1, each.number += 1) {
    if (options->keeps) (void)pump_stream_remember(stream, item->frame, (uint16_t)packet, &each, now_ms);
    stream->next += 1;
  }
  emit(self, item);
}

void pump_send(pump *self, pump_frame *frame, uint32_t from, uint32_t until, const pump_target *targets, uint32_t count, uint32_t now_ms) {
  if (from >= until || until > frame->count) return;
  pump_item item = {.frame = frame, .from = (uint16_t)from, .until = (uint16_t)until, .queued_ms = pump_clock_ms()};
  for (uint32_t at = 0; at < count; at += 1) {
    pump_stream *stream = entry(&self->streams, targets[at].stream_id);
    if (stream != NULL && targets[at].variant <= PUMP_COUNTED_VARIANT) send_to(self, stream, &item, &targets[at], now_ms);
  }
  pump_queue_publish(self->queue);
}

uint32_t pump_open_group(pump *self) {
  pump_group *group = pump_group_create();
  if (group == NULL) return 0;
  uint32_t id = enter(&self->groups, group);
  if (id == 0) pump_group_destroy(group);
  return id;
}

void pump_close_group(pump *self, uint32_t group_id) {
  pump_group *group = entry(&self->groups, group_id);
  if (group == NULL) return;
  self->groups.entries[group_id] = NULL;
  pump_group_destroy(group);
}

bool pump_join(pump *self, uint32_t group_id, uint32_t stream_id, uint32_t variant) {
  pump_group *group = entry(&self->groups, group_id);
  pump_stream *stream = entry(&self->streams, stream_id);
  return group != NULL && stream != NULL && variant < PUMP_COUNTED_VARIANT && pump_group_enter(group, stream, (uint8_t)variant);
}

void pump_leave(pump *self, uint32_t stream_id) {
  pump_stream *stream = entry(&self->streams, stream_id);
  if (stream != NULL) pump_group_leave(stream);
}

void pump_send_group(pump *self, pump_frame *frame, uint32_t group_id, uint32_t timestamp, uint32_t variant, uint32_t now_ms) {
  const pump_group *group = entry(&self->groups, group_id);
  if (group == NULL) return;
  pump_item item = {.frame = frame, .until = (uint16_t)frame->count, .queued_ms = pump_clock_ms()};
  for (uint32_t at = 0; at < group->size; at += 1) {
    const pump_target target = {.timestamp = timestamp, .variant = variant < PUMP_COUNTED_VARIANT ? variant : group->streams[at]->variant};
    send_to(self, group->streams[at], &item, &target, now_ms);
  }
  pump_queue_publish(self->queue);
}

/* In the repair stream where there is one (RFC 4588), else the very same packet once more. */
static void emit_again(pump *self, pump_stream *stream, const pump_sent *sent, bool counted, uint16_t number) {
  const pump_stream_options *options = &stream->options;
  bool repairs = options->rtx_payload_type != PUMP_NO_RTX;
  uint8_t variant = !repairs ? sent->variant : counted ? PUMP_COUNTED_REPAIR_VARIANT : PUMP_REPAIR_VARIANT;
  bool counts = variant == PUMP_COUNTED_REPAIR_VARIANT || variant == PUMP_COUNTED_VARIANT;
  /* How far back it is on the circle of numbers tells its rollover counter. */
  uint64_t index = stream->next - (uint16_t)((uint16_t)stream->next - sent->sequence);
  pump_item item = {
    .session = stream->session, .frame = sent->frame, .queued_ms = pump_clock_ms(), .timestamp = sent->timestamp,
    .from = sent->packet, .until = (uint16_t)(sent->packet + 1), .original_sequence = sent->sequence, .marks = options->marks, .repairs = repairs,
    .block = &options->blocks[variant],
    .counted = counts, .urgent = options->urgent && !counts,
    .number = repairs ? number : sent->number,
    .ssrc = repairs ? options->rtx_ssrc : options->ssrc,
    .payload_type = (uint8_t)(repairs ? options->rtx_payload_type : options->payload_type),
    .index = repairs ? stream->rtx_next : index,
  };
  if (repairs) stream->rtx_next += 1;
  emit(self, &item);
}

static bool spend(pump_resent *resent, uint32_t bytes, uint32_t budget) {
  if (resent->bytes + bytes > budget) return false;
  resent->bytes += bytes;
  resent->packets += 1;
  return true;
}

pump_resent pump_resend(pump *self, uint32_t stream_id, const uint16_t *sequences, uint32_t count, const pump_resend_options *options) {
  pump_resent resent = {0, 0};
  pump_stream *stream = entry(&self->streams, stream_id);
  if (stream == NULL) return resent;
  for (uint32_t at = 0; at < count; at += 1) {
    pump_sent *sent = pump_stream_find(stream, sequences[at], options);
    uint32_t bytes = 0;
    if (sent != NULL) (void)pump_frame_payload(sent->frame, sent->packet, &bytes);
    if (sent == NULL || !spend(&resent, bytes, options->budget_bytes)) continue;
    sent->resends += 1;
    sent->resent_ms = options->now_ms;
    emit_again(self, stream, sent, options->counted, (uint16_t)(options->number + resent.packets - 1));
    bool again = options->twice_from > 0 && sent->resends >= options->twice_from && stream->options.rtx_payload_type != PUMP_NO_RTX;
    if (again && spend(&resent, bytes, options->budget_bytes)) emit_again(self, stream, sent, options->counted, (uint16_t)(options->number + resent.packets - 1));
  }
  pump_queue_publish(self->queue);
  return resent;
}

uint32_t pump_probe(pump *self, uint32_t stream_id, uint16_t number) {
  pump_stream *stream = entry(&self->streams, stream_id);
  if (stream == NULL || stream->history_size == 0 || stream->options.rtx_payload_type == PUMP_NO_RTX) return 0;
  uint16_t newest = (uint16_t)(stream->next - 1);
  const pump_sent *sent = &stream->history[newest & (stream->history_size - 1)];
  if (sent->frame == NULL || sent->sequence != newest) return 0;
  uint32_t bytes = 0;
  (void)pump_frame_payload(sent->frame, sent->packet, &bytes);
  emit_again(self, stream, sent, true, number);
  pump_queue_publish(self->queue);
  return bytes;
}

bool pump_take_direct(pump *self, pump_direct *out) {
  if (self->direct_from == self->direct_until) return false;
  pump_direct *sealed = self->direct[self->direct_from % MOST_DIRECT];
  self->direct_from += 1;
  *out = *sealed;
  free(sealed);
  return true;
}

void pump_read_stats(const pump *self, pump_stats *stats) {
  pump_sender_stats(self->sender, stats);
  stats->overflowed = self->overflowed;
}
