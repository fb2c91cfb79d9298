/* Two rings between one writer and one reader. The writer never waits: it wakes a sleeping reader through an eventfd. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "pump.h"

/* Of what is not urgent: some milliseconds of sending. */
enum { TAKEN_OTHERS = 16, LANES = 2 };

typedef struct {
  pump_item *items;
  uint32_t mask;
  /* Of the writer, not seen by the reader before it is published. */
  uint64_t written;
  _Alignas(64) _Atomic uint64_t published;
  _Alignas(64) _Atomic uint64_t taken;
  /* When the oldest was put in that the reader has in hand, 0 where it has none. */
  _Atomic int64_t since_ms;
} lane;

struct pump_queue {
  int wake_fd;
  atomic_bool sleeping;
  atomic_bool closed;
  /* Others, urgent. */
  lane lanes[LANES];
};

static bool open_lane(lane *self, uint32_t items) {
  if (items == 0 || (items & (items - 1)) != 0) return false;
  self->mask = items - 1;
  self->items = malloc(items * sizeof *self->items);
  return self->items != NULL;
}

pump_queue *pump_queue_create(uint32_t items) {
  pump_queue *queue = aligned_alloc(64, (sizeof(pump_queue) + 63) / 64 * 64);
  if (queue == NULL) return NULL;
  *queue = (pump_queue){.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (queue->wake_fd >= 0 && open_lane(&queue->lanes[false], items) && open_lane(&queue->lanes[true], items / 2)) return queue;
  pump_queue_destroy(queue);
  return NULL;
}

void pump_queue_destroy(pump_queue *queue) {
  for (int at = 0; at < LANES; at += 1) free(queue->lanes[at].items);
  if (queue->wake_fd >= 0) close(queue->wake_fd);
  free(queue);
}

bool pump_queue_push(pump_queue *queue, const pump_item *item) {
  lane *self = &queue->lanes[item->urgent];
  if (self->written - atomic_load_explicit(&self->taken, memory_order_acquire) > self->mask) return false;
  self->items[self->written & self->mask] = *item;
  self->written += 1;
  return true;
}

static void wake(pump_queue *queue) {
  uint64_t one = 1;
  if (!atomic_exchange(&queue->sleeping, false)) return;
  while (write(queue->wake_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
}

void pump_queue_publish(pump_queue *queue) {
  for (int at = 0; at < LANES; at += 1) atomic_store(&queue->lanes[at].published, queue->lanes[at].written);
  wake(queue);
}

static uint32_t take(lane *self, pump_item *items, uint32_t most) {
  uint64_t from = atomic_load_explicit(&self->taken, memory_order_relaxed);
  uint64_t there = atomic_load(&self->published) - from;
  uint32_t count = there < most ? (uint32_t)there : most;
  for (uint32_t at = 0; at < count; at += 1) items[at] = self->items[(from + at) & self->mask];
  atomic_store_explicit(&self->taken, from + count, memory_order_release);
  atomic_store_explicit(&self->since_ms, count == 0 ? 0 : items[0].queued_ms, memory_order_relaxed);
  return count;
}

uint32_t pump_queue_take(pump_queue *queue, pump_item items[PUMP_TAKEN_ITEMS]) {
  uint32_t count = take(&queue->lanes[true], items, PUMP_TAKEN_ITEMS);
  return count > 0 ? count : take(&queue->lanes[false], items, TAKEN_OTHERS);
}

int64_t pump_queue_oldest_ms(const pump_queue *queue) {
  int64_t others = atomic_load(&queue->lanes[false].since_ms), urgent = atomic_load(&queue->lanes[true].since_ms);
  return others == 0 || (urgent != 0 && urgent < others) ? urgent : others;
}

static bool is_empty(const lane *self) {
  return atomic_load(&self->published) == atomic_load(&self->taken);
}

void pump_queue_wait(pump_queue *queue) {
  atomic_store(&queue->sleeping, true);
  /* What was published before the writer could see that we sleep. */
  if (is_empty(&queue->lanes[false]) && is_empty(&queue->lanes[true]) && !atomic_load(&queue->closed)) {
    struct pollfd ready = {.fd = queue->wake_fd, .events = POLLIN};
    (void)poll(&ready, 1, -1);
  }
  atomic_store(&queue->sleeping, false);
  uint64_t ignored;
  while (read(queue->wake_fd, &ignored, sizeof ignored) < 0 && errno == EINTR) continue;
}

void pump_queue_close(pump_queue *queue) {
  atomic_store(&queue->closed, true);
  wake(queue);
}

bool pump_queue_is_closed(const pump_queue *queue) {
  return atomic_load(&queue->closed);
}
