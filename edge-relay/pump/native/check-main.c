/*
 * The core under address and undefined-behaviour sanitizers, without Node: a published vector, then sessions and groups that come and go at
 * random while frames are sent to real sockets, over rollovers, full queues and addresses that refuse; and what is made of a kernel's words about
 * segmentation. Prints "ok" or dies.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pump.h"

enum { SESSIONS = 40, GROUPS = 3, ROUNDS = 1000, PAYLOADS = 24, SEQUENCES = 32 };

#define DEMAND(condition) ((condition) ? (void)0 : demand(#condition, __LINE__))

static void demand(const char *words, int line) {
  fprintf(stderr, "line %d: not so: %s\n", line, words);
  exit(1);
}

static uint32_t random_below(uint32_t *state, uint32_t limit) {
  *state = *state * 1664525u + 1013904223u;
  return (*state >> 8) % limit;
}

/* RFC 7714 section 16.1.1. */
static void published_vector(void) {
  static const char plain[] = "Gallia est omnis divisa in partes tres";
  static const uint8_t expected[] = {
    0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2, 0xf2, 0x4d, 0xe3, 0xa3, 0xfb, 0x34, 0xde, 0x6c, 0xac, 0xba, 0x86, 0x1c, 0x9d, 0x7e, 0x4b, 0xca, 0xbe,
    0x63, 0x3b, 0xd5, 0x0d, 0x29, 0x4e, 0x6f, 0x42, 0xa5, 0xf4, 0x7a, 0x51, 0xc7, 0xd1, 0x9b, 0x36, 0xde, 0x3a, 0xdf, 0x88, 0x33, 0x89, 0x9d, 0x7f, 0x27, 0xbe, 0xb1, 0x6a, 0x91,
    0x52, 0xcf, 0x76, 0x5e, 0xe4, 0x39, 0x0c, 0xce,
  };
  uint8_t key[PUMP_KEY_BYTES];
  for (int at = 0; at < PUMP_KEY_BYTES; at += 1) key[at] = (uint8_t)at;
  const uint8_t *payloads[] = {(const uint8_t *)plain};
  const uint32_t lengths[] = {sizeof plain - 1};
  pump_session *session = pump_session_create(key, (const uint8_t *)"Quid pro quo");
  pump_frame *frame = pump_frame_create(payloads, lengths, 1);
  static const pump_block none;
  pump_item item = {.session = session, .frame = frame, .block = &none, .index = 0xf17b, .ssrc = 0x5501a0b2, .timestamp = 0x8041f8d3, .until = 1, .payload_type = 0x40};
  uint8_t out[PUMP_MAX_DATAGRAM];
  DEMAND(pump_seal(session->cipher, &item, 0, out) == sizeof expected);
  DEMAND(memcmp(out, expected, sizeof expected) == 0);
  pump_frame_release(frame);
  pump_session_release(session);
}

static int bound_socket(uint16_t *port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  DEMAND(fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0 && getsockname(fd, (struct sockaddr *)&address, &length) == 0);
  *port = ntohs(address.sin_port);
  return fd;
}

static pump_frame *random_frame(uint32_t *state) {
  static uint8_t bytes[PUMP_MAX_PAYLOAD];
  const uint8_t *payloads[PAYLOADS];
  uint32_t lengths[PAYLOADS];
  uint32_t count = 1 + random_below(state, PAYLOADS);
  for (uint32_t at = 0; at < count; at += 1) {
    payloads[at] = bytes;
    lengths[at] = random_below(state, 3) == 0 ? random_below(state, PUMP_MAX_PAYLOAD + 1) : 1180;
  }
  return pump_frame_create(payloads, lengths, count);
}

typedef struct {
  uint32_t session;
  uint32_t streams[2];
} viewer;

static viewer open_viewer(pump *self, uint32_t *state, uint16_t port) {
  uint8_t key[PUMP_KEY_BYTES + PUMP_SALT_BYTES];
  for (size_t at = 0; at < sizeof key; at += 1) key[at] = (uint8_t)random_below(state, 256);
  viewer made = {.session = pump_open_session(self, key, key + PUMP_KEY_BYTES)};
  DEMAND(made.session != 0);
  for (int at = 0; at < 2; at += 1) {
    pump_stream_options options = {
      .ssrc = random_below(state, 1u << 24), .rtx_ssrc = random_below(state, 1u << 24), .payload_type = 96, .rtx_payload_type = at == 0 ? 97 : PUMP_NO_RTX,
      .marks = at == 0, .keeps = true, .urgent = at == 1, .first_sequence = (uint16_t)(0xff00 + random_below(state, 256)), .first_rtx_sequence = 0xfff0,
    };
    options.blocks[1].length = PUMP_BLOCK_BYTES;
    options.blocks[PUMP_COUNTED_VARIANT].length = random_below(state, 2) == 0 ? 4 : PUMP_BLOCK_BYTES;
    options.blocks[PUMP_REPAIR_VARIANT].length = 8;
    options.blocks[PUMP_COUNTED_REPAIR_VARIANT].length = 16;
    made.streams[at] = pump_open_stream(self, made.session, &options);
    DEMAND(made.streams[at] != 0);
  }
  /* Some have no address yet, some refuse (port 1), the others read now and then. */
  uint32_t kind = random_below(state, 8);
  DEMAND(kind == 0 || pump_aim(self, made.session, "127.0.0.1", kind == 1 ? 1 : port));
  DEMAND(!pump_aim(self, made.session, "no address", 1) || kind == 0);
  if (kind != 0) DEMAND(pump_aim(self, made.session, "127.0.0.1", kind == 1 ? 1 : port));
  else DEMAND(pump_aim(self, made.session, NULL, 0));
  return made;
}

static void send_and_ask_again(pump *self, uint32_t *state, const viewer *viewers, uint32_t round) {
  pump_target targets[SESSIONS * 2];
  for (uint32_t at = 0; at < SESSIONS * 2; at += 1) targets[at] = (pump_target){viewers[at / 2].streams[at % 2], random_below(state, 1u << 24), random_below(state, PUMP_VARIANTS + 1), random_below(state, 0x20000)};
  targets[random_below(state, SESSIONS)].stream_id = random_below(state, 1000);
  pump_frame *frame = random_frame(state);
  DEMAND(frame != NULL);
  uint32_t from = random_below(state, frame->count);
  pump_send(self, frame, from, frame->count, targets, SESSIONS * 2, round * 7);
  pump_frame_release(frame);
  uint16_t sequences[SEQUENCES];
  for (uint32_t at = 0; at < SEQUENCES; at += 1) sequences[at] = (uint16_t)random_below(state, 0x10000);
  pump_resend_options options = {.again_ms = 10, .budget_bytes = random_below(state, 20000), .twice_from = (uint8_t)random_below(state, 3), .counted = random_below(state, 2) == 0, .number = (uint16_t)(0xfff0 + random_below(state, 16)), .now_ms = round * 7 + random_below(state, 20)};
  (void)pump_resend(self, random_below(state, 200), sequences, SEQUENCES, &options);
  (void)pump_probe(self, random_below(state, 200), (uint16_t)round);
}

/* Streams come and go, groups too, with numbers that are right or wrong; nobody is sent a frame twice. */
static void send_to_groups(pump *self, uint32_t *state, const viewer *viewers, uint32_t *groups, uint32_t round) {
  for (uint32_t at = 0; at < SESSIONS; at += 1) {
    uint32_t stream = viewers[random_below(state, SESSIONS)].streams[random_below(state, 2)];
    uint32_t variant = random_below(state, PUMP_VARIANTS);
    if (random_below(state, 3) == 0) pump_leave(self, stream);
    else DEMAND(pump_join(self, groups[random_below(state, GROUPS)], stream, variant) == (variant < PUMP_COUNTED_VARIANT));
  }
  DEMAND(!pump_join(self, groups[0], 100000 + random_below(state, 1000), 0) && !pump_join(self, 100000, viewers[0].streams[0], 0));
  pump_leave(self, random_below(state, 1000));
  pump_frame *frame = random_frame(state);
  DEMAND(frame != NULL);
  for (uint32_t at = 0; at < GROUPS; at += 1) pump_send_group(self, frame, groups[at], random_below(state, 1u << 24), random_below(state, PUMP_VARIANTS), round * 7);
  pump_send_group(self, frame, random_below(state, 200000) + GROUPS + 1, 0, 0, round * 7);
  pump_frame_release(frame);
  if (random_below(state, 8) != 0) return;
  uint32_t at = random_below(state, GROUPS);
  pump_close_group(self, groups[at]);
  pump_close_group(self, groups[at]);
  groups[at] = pump_open_group(self);
  DEMAND(groups[at] != 0);
}

/* Who leaves is followed by the last one in its place; whose session or group is closed is in none. */
static void places_in_a_group(void) {
  pump_stream streams[40] = {0};
  pump_group *group = pump_group_create();
  pump_group *other = pump_group_create();
  DEMAND(group != NULL && other != NULL);
  for (uint32_t at = 0; at < 40; at += 1) DEMAND(pump_group_enter(group, &streams[at], 1) && group->size == at + 1);
  DEMAND(pump_group_enter(group, &streams[3], 2) && group->size == 40 && streams[3].variant == 2);
  pump_group_leave(&streams[0]);
  pump_group_leave(&streams[0]);
  DEMAND(pump_group_enter(other, &streams[39], 0) && group->size == 38 && other->size == 1);
  for (uint32_t at = 0; at < group->size; at += 1) DEMAND(group->streams[at]->place == at && group->streams[at]->group == group);
  pump_group_destroy(group);
  for (uint32_t at = 0; at < 40; at += 1) DEMAND(streams[at].group == (at == 39 ? other : NULL));
  pump_group_destroy(other);
}

/* Urgent items come before others that were there first; each lane is full by itself, and says since when its oldest waits. */
static void order_in_the_queue(void) {
  pump_queue *queue = pump_queue_create(128);
  pump_item items[PUMP_TAKEN_ITEMS];
  DEMAND(queue != NULL && pump_queue_take(queue, items) == 0 && pump_queue_oldest_ms(queue) == 0);
  for (uint32_t at = 0; at < 129; at += 1) DEMAND(pump_queue_push(queue, &(pump_item){.timestamp = at, .queued_ms = 10}) == (at < 128));
  for (uint32_t at = 0; at < 65; at += 1) DEMAND(pump_queue_push(queue, &(pump_item){.timestamp = at, .queued_ms = 20, .urgent = true}) == (at < 64));
  DEMAND(pump_queue_take(queue, items) == 0);
  pump_queue_publish(queue);
  DEMAND(pump_queue_take(queue, items) == 64 && items[0].urgent && items[63].timestamp == 63 && pump_queue_oldest_ms(queue) == 20);
  for (uint32_t taken = 0; taken < 128;) {
    uint32_t count = pump_queue_take(queue, items);
    DEMAND(count > 0 && count < 64 && !items[0].urgent && items[0].timestamp == taken && pump_queue_oldest_ms(queue) == 10);
    taken += count;
  }
  DEMAND(pump_queue_take(queue, items) == 0 && pump_queue_oldest_ms(queue) == 0);
  pump_queue_destroy(queue);
}

/* Stands between the sender and the kernel: what is answered to a message in segments for this port, and to so many single ones. */
static struct {
  atomic_int port;
  atomic_int segments_error;
  atomic_int busy;
  /* Messages in segments that it was given without a word, counted before anybody can have them. */
  atomic_int segmented;
} kernel;

static bool is_for_port(const struct msghdr *message) {
  return atomic_load(&kernel.port) == ntohs(((const struct sockaddr_in *)message->msg_name)->sin_port);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
  unsigned int fine = 0;
  int error = atomic_load(&kernel.segments_error);
  while (fine < count && (error == 0 || messages[fine].msg_hdr.msg_controllen == 0 || !is_for_port(&messages[fine].msg_hdr))) fine += 1;
  if (count > 0 && fine == 0) return errno = error, -1;
  for (unsigned int at = 0; at < fine; at += 1) atomic_fetch_add(&kernel.segmented, !is_for_port(&messages[at].msg_hdr) && messages[at].msg_hdr.msg_controllen > 0);
  return (int)syscall(SYS_sendmmsg, fd, messages, fine, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  if (is_for_port(message) && atomic_fetch_sub(&kernel.busy, 1) > 0) return errno = EAGAIN, -1;
  return syscall(SYS_sendmsg, fd, message, flags);
}

static uint32_t received(int fd, uint32_t wanted) {
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  uint8_t datagram[2048];
  uint32_t count = 0;
  while (count < wanted && poll(&ready, 1, 2000) > 0) count += recv(fd, datagram, sizeof datagram, 0) > 0;
  return count;
}

static uint32_t open_plain_stream(pump *self, uint16_t port) {
  static const uint8_t key[PUMP_KEY_BYTES + PUMP_SALT_BYTES];
  uint32_t session = pump_open_session(self, key, key);
  DEMAND(pump_aim(self, session, "127.0.0.1", port));
  uint32_t stream = pump_open_stream(self, session, &(pump_stream_options){.payload_type = 96, .rtx_payload_type = PUMP_NO_RTX});
  DEMAND(stream != 0);
  return stream;
}

typedef struct {
  const char *words;
  /* What the kernel says to segments for one far end, and how often it is busy with single datagrams for it; port 0 refuses those too. */
  int error;
  int busy;
  bool port_0;
  /* Whether the others' still leave in segments. */
  bool others_segmented;
} segments_case;

/* One far end whose path takes no segments gets single datagrams, all of them; the others go on as they were. */
static void refused_segments(const segments_case *each) {
  enum { COUNT = 10 };
  static const uint8_t bytes[1000];
  const uint8_t *payloads[COUNT];
  uint32_t lengths[COUNT];
  for (int at = 0; at < COUNT; at += 1) payloads[at] = bytes, lengths[at] = sizeof bytes;
  uint16_t ignored, odd_port, port;
  int from = bound_socket(&ignored), odd_fd = bound_socket(&odd_port), fd = bound_socket(&port);
  if (each->port_0) odd_port = 0;
  uint32_t odd_count = each->port_0 ? 0 : COUNT;
  pump *self = pump_create(&(pump_options){.fd = from, .queue_items = 16, .segmentation = true});
  const uint32_t streams[] = {open_plain_stream(self, odd_port), open_plain_stream(self, port)};
  pump_frame *frame = pump_frame_create(payloads, lengths, COUNT);
  atomic_store(&kernel.port, odd_port);
  atomic_store(&kernel.segments_error, each->error);
  atomic_store(&kernel.busy, each->busy);
  for (int round = 0; round < 2; round += 1) {
    atomic_store(&kernel.segmented, 0);
    for (int at = 0; at < 2; at += 1) pump_send(self, frame, 0, COUNT, &(pump_target){.stream_id = streams[at]}, 1, 0);
    if (received(fd, COUNT) != COUNT || received(odd_fd, odd_count) != odd_count) demand(each->words, __LINE__);
  }
  pump_stats stats;
  pump_read_stats(self, &stats);
  if (stats.refused != 2 * (COUNT - odd_count) || (atomic_load(&kernel.segmented) > 0) != each->others_segmented) demand(each->words, __LINE__);
  atomic_store(&kernel.segments_error, 0);
  pump_frame_release(frame);
  pump_destroy(self);
  close(from), close(odd_fd), close(fd);
}

static void all_refused_segments(void) {
  static const segments_case cases[] = {
    {.words = "a path narrower than a datagram", .error = EMSGSIZE, .others_segmented = true},
    {.words = "the same, in the words of older kernels", .error = EINVAL, .others_segmented = true},
    {.words = "a kernel that is busy in between", .error = EIO, .busy = 3, .others_segmented = false},
    {.words = "port 0", .port_0 = true, .others_segmented = true},
    {.words = "a card that can't", .error = EIO, .others_segmented = false},
    {.words = "a kernel that can't", .error = EOPNOTSUPP, .others_segmented = false},
  };
  for (size_t at = 0; at < sizeof cases / sizeof cases[0]; at += 1) refused_segments(&cases[at]);
}

static void drain(int fd) {
  uint8_t datagram[2048];
  while (recv(fd, datagram, sizeof datagram, 0) >= 0) continue;
}

static void life(uint32_t seed, uint32_t queue_items, bool segmentation) {
  uint32_t state = seed;
  uint16_t port, ignored;
  int from = bound_socket(&ignored);
  int to = bound_socket(&port);
  pump *self = pump_create(&(pump_options){.fd = from, .queue_items = queue_items, .segmentation = segmentation});
  DEMAND(self != NULL);
  viewer viewers[SESSIONS];
  for (uint32_t at = 0; at < SESSIONS; at += 1) viewers[at] = open_viewer(self, &state, port);
  uint32_t groups[GROUPS];
  for (uint32_t at = 0; at < GROUPS; at += 1) groups[at] = pump_open_group(self);
  for (uint32_t round = 0; round < ROUNDS; round += 1) {
    send_and_ask_again(self, &state, viewers, round);
    send_to_groups(self, &state, viewers, groups, round);
    pump_direct sealed;
    while (random_below(&state, 4) > 0 && pump_take_direct(self, &sealed)) DEMAND(sealed.length >= 28);
    uint32_t at = random_below(&state, SESSIONS);
    if (random_below(&state, 8) == 0) {
      pump_close_session(self, viewers[at].session);
      pump_close_session(self, viewers[at].session);
      viewers[at] = open_viewer(self, &state, port);
    }
    if (random_below(&state, 32) == 0) pump_forget(self, viewers[at].streams[0]);
    drain(to);
  }
  pump_stats stats;
  pump_read_stats(self, &stats);
  DEMAND(stats.packets > 0);
  pump_destroy(self);
  close(from);
  close(to);
}

int main(void) {
  published_vector();
  places_in_a_group();
  order_in_the_queue();
  all_refused_segments();
  DEMAND(pump_create(&(pump_options){.fd = -1, .queue_items = 16}) == NULL);
  DEMAND(pump_create(&(pump_options){.fd = 0, .queue_items = 15}) == NULL);
  DEMAND(pump_create(&(pump_options){.fd = 0, .queue_items = 1}) == NULL);
  life(1, 16, true);
  life(2, 4096, true);
  life(3, 1024, false);
  puts("ok");
  return 0;
}
