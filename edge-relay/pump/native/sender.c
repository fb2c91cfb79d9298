/* The sending thread: takes items, encrypts them into one long buffer, gives the kernel as many datagrams a call as there are. */
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "pump.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
  BATCH_DATAGRAMS = 256,
  /* Of the kernel: UDP_MAX_SEGMENTS of older ones, and what an IPv4 packet can be. */
  MOST_SEGMENTS = 64,
  MOST_SEGMENTED_BYTES = 65000,
  /* A kernel queue that stays full for so long is as good as no way out, ms. */
  FULL_MS = 10,
  FULL_ROUNDS = 20,
};

typedef struct {
  struct iovec part;
  uint32_t segments;
  uint16_t segment_bytes;
  /* The last segment was a short one: nothing can follow. */
  bool complete;
  const pump_item *item;
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
} run;

struct pump_sender {
  int fd;
  pump_queue *queue;
  pthread_t thread;
  bool segmentation;
  _Atomic uint64_t packets;
  _Atomic uint64_t bytes;
  _Atomic uint64_t refused;
  _Atomic uint64_t calls;
  pump_item items[PUMP_TAKEN_ITEMS];
  run runs[BATCH_DATAGRAMS];
  struct mmsghdr messages[BATCH_DATAGRAMS];
  uint32_t run_count;
  uint32_t datagrams;
  size_t used;
  uint8_t buffer[BATCH_DATAGRAMS * PUMP_MAX_DATAGRAM];
};

int64_t pump_clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void address(struct msghdr *message, const run *each) {
  memset(message, 0, sizeof *message);
  message->msg_name = (void *)&each->item->to;
  message->msg_namelen = each->item->to.any.sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  message->msg_iov = (struct iovec *)&each->part;
  message->msg_iovlen = 1;
}

static void segment(struct msghdr *message, run *each) {
  message->msg_control = each->control;
  message->msg_controllen = sizeof each->control;
  struct cmsghdr *option = CMSG_FIRSTHDR(message);
  option->cmsg_level = IPPROTO_UDP;
  option->cmsg_type = UDP_SEGMENT;
  option->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  memcpy(CMSG_DATA(option), &each->segment_bytes, sizeof each->segment_bytes);
}

/* Whether there is room again. */
static bool await_room(pump_sender *self) {
  struct pollfd ready = {.fd = self->fd, .events = POLLOUT};
  for (int round = 0; round < FULL_ROUNDS && !pump_queue_is_closed(self->queue); round += 1) {
    if (poll(&ready, 1, FULL_MS) > 0) return true;
  }
  return false;
}

static bool may_try_again(pump_sender *self, int error) {
  return error == EINTR || ((error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) && await_room(self));
}

static void send_single(pump_sender *self, const run *single) {
  struct msghdr message;
  address(&message, single);
  while (sendmsg(self->fd, &message, 0) < 0) {
    if (may_try_again(self, errno)) continue;
    atomic_fetch_add_explicit(&self->refused, 1, memory_order_relaxed);
    return;
  }
}

static void send_singly(pump_sender *self, const run *each) {
  run single = *each;
  for (size_t at = 0; at < each->part.iov_len; at += each->segment_bytes) {
    size_t left = each->part.iov_len - at;
    single.part = (struct iovec){.iov_base = (uint8_t *)each->part.iov_base + at, .iov_len = left < each->segment_bytes ? left : each->segment_bytes};
    send_single(self, &single);
  }
}

/* A network card that can't segment: one by one from now on, for everybody. */
static bool is_of_the_card(int error) {
  return error == EIO || error == EOPNOTSUPP;
}

/*
 * A far end whose path takes no datagram of this length: EMSGSIZE, of older kernels EINVAL. Single ones get there in fragments. What else EINVAL may
 * say of a far end (its port is 0) is said again of each, and never of the others: that the kernel knows segments was asked before.
 */
static bool is_of_the_far_end(int error) {
  return error == EMSGSIZE || error == EINVAL;
}

/* What the first message that could not leave deserves: `true` where it has been dealt with, `false` to try it again. */
static bool deal_with(pump_sender *self, const run *each, int error) {
  if (may_try_again(self, error)) return false;
  bool segmented = each->segments > 1;
  if (segmented && is_of_the_card(error)) self->segmentation = false;
  if (segmented && (is_of_the_card(error) || is_of_the_far_end(error))) send_singly(self, each);
  else atomic_fetch_add_explicit(&self->refused, each->segments, memory_order_relaxed);
  return true;
}

static void flush(pump_sender *self) {
  for (uint32_t at = 0; at < self->run_count; at += 1) {
    address(&self->messages[at].msg_hdr, &self->runs[at]);
    if (self->runs[at].segments > 1) segment(&self->messages[at].msg_hdr, &self->runs[at]);
  }
  for (uint32_t done = 0; done < self->run_count;) {
    int sent = sendmmsg(self->fd, self->messages + done, self->run_count - done, 0);
    atomic_fetch_add_explicit(&self->calls, 1, memory_order_relaxed);
    if (sent > 0) done += (uint32_t)sent;
    else if (deal_with(self, &self->runs[done], errno)) done += 1;
  }
  atomic_fetch_add_explicit(&self->packets, self->datagrams, memory_order_relaxed);
  atomic_fetch_add_explicit(&self->bytes, self->used, memory_order_relaxed);
  self->run_count = 0;
  self->datagrams = 0;
  self->used = 0;
}

static bool continues(const pump_sender *self, const run *last, const pump_item *item, size_t length) {
  return self->segmentation && last->item == item && !last->complete && length <= last->segment_bytes && last->segments < MOST_SEGMENTS &&
         last->part.iov_len + length <= MOST_SEGMENTED_BYTES;
}

static void add(pump_sender *self, const pump_item *item, uint32_t packet) {
  if (self->datagrams == BATCH_DATAGRAMS) flush(self);
  uint8_t *at = self->buffer + self->used;
  size_t length = pump_seal(item->session->cipher, item, packet, at);
  if (length == 0) {
    atomic_fetch_add_explicit(&self->refused, 1, memory_order_relaxed);
    return;
  }
  self->used += length;
  self->datagrams += 1;
  run *last = self->run_count == 0 ? NULL : &self->runs[self->run_count - 1];
  if (last != NULL && continues(self, last, item, length)) {
    last->part.iov_len += length;
    last->segments += 1;
    last->complete = length < last->segment_bytes;
    return;
  }
  self->runs[self->run_count] = (run){.part = {.iov_base = at, .iov_len = length}, .segments = 1, .segment_bytes = (uint16_t)length, .item = item};
  self->run_count += 1;
}

static void *work(void *argument) {
  pump_sender *self = argument;
  while (!pump_queue_is_closed(self->queue)) {
    uint32_t count = pump_queue_take(self->queue, self->items);
    if (count == 0) {
      pump_queue_wait(self->queue);
      continue;
    }
    for (uint32_t at = 0; at < count; at += 1) {
      for (uint32_t packet = self->items[at].from; packet < self->items[at].until; packet += 1) add(self, &self->items[at], packet);
    }
    flush(self);
    for (uint32_t at = 0; at < count; at += 1) {
      pump_frame_release(self->items[at].frame);
      pump_session_release(self->items[at].session);
    }
  }
  return NULL;
}

static bool knows_segments(int fd) {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &bytes, &length) == 0;
}

pump_sender *pump_sender_start(int fd, pump_queue *queue, bool segmentation) {
  pump_sender *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->fd = fd;
  self->queue = queue;
  self->segmentation = segmentation && knows_segments(fd);
  if (pthread_create(&self->thread, NULL, work, self) == 0) return self;
  free(self);
  return NULL;
}

void pump_sender_stop(pump_sender *self) {
  pump_queue_close(self->queue);
  pthread_join(self->thread, NULL);
  free(self);
}

void pump_sender_stats(const pump_sender *self, pump_stats *stats) {
  stats->packets = atomic_load(&self->packets);
  stats->bytes = atomic_load(&self->bytes);
  stats->refused = atomic_load(&self->refused);
  stats->calls = atomic_load(&self->calls);
  int64_t since_ms = pump_queue_oldest_ms(self->queue);
  stats->wait_ms = since_ms == 0 ? 0 : (uint64_t)(pump_clock_ms() - since_ms);
}
