/* A ring between one writer and one reader. The writer never waits: it wakes a sleeping reader through an eventfd. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "pump.h"

struct pump_queue {
  uint32_t mask;
  int wake_fd;
  /* Of the writer, not seen by the reader before it is published. */
  uint64_t written;
  _Alignas(64) _Atomic uint64_t published;
  _Alignas(64) _Atomic uint64_t taken;
  atomic_bool sleeping;
  atomic_bool closed;
  pump_item items[];
};

pump_queue *pump_queue_create(uint32_t items) {
  if (items == 0 || (items & (items - 1)) != 0) return NULL;
  size_t bytes = sizeof(pump_queue) + items * sizeof(pump_item);
  pump_queue *queue = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (queue == NULL) return NULL;
  queue->mask = items - 1;
  queue->written = 0;
  queue->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  atomic_init(&queue->published, 0);
  atomic_init(&queue->taken, 0);
  atomic_init(&queue->sleeping, false);
  atomic_init(&queue->closed, false);
  if (queue->wake_fd >= 0) return queue;
  free(queue);
  return NULL;
}

void pump_queue_destroy(pump_queue *queue) {
  close(queue->wake_fd);
  free(queue);
}

bool pump_queue_push(pump_queue *queue, const pump_item *item) {
  if (queue->written - atomic_load_explicit(&queue->taken, memory_order_acquire) > queue->mask) return false;
  queue->items[queue->written & queue->mask] = *item;
  queue->written += 1;
  return true;
}

static void wake(pump_queue *queue) {
  uint64_t one = 1;
  if (!atomic_exchange(&queue->sleeping, false)) return;
  while (write(queue->wake_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
}

void pump_queue_publish(pump_queue *queue) {
  atomic_store(&queue->published, queue->written);
  wake(queue);
}

uint32_t pump_queue_take(pump_queue *queue, pump_item *items, uint32_t most) {
  uint64_t from = atomic_load_explicit(&queue->taken, memory_order_relaxed);
  uint64_t there = atomic_load(&queue->published) - from;
  uint32_t count = there < most ? (uint32_t)there : most;
  for (uint32_t at = 0; at < count; at += 1) items[at] = queue->items[(from + at) & queue->mask];
  atomic_store_explicit(&queue->taken, from + count, memory_order_release);
  return count;
}

void pump_queue_wait(pump_queue *queue) {
  atomic_store(&queue->sleeping, true);
  /* What was published before the writer could see that we sleep. */
  if (atomic_load(&queue->published) == atomic_load(&queue->taken) && !atomic_load(&queue->closed)) {
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
