#include <stdlib.h>
#include <string.h>
#include "pump.h"

pump_frame *pump_frame_create(const uint8_t *const *payloads, const uint32_t *lengths, uint32_t count) {
  if (count == 0 || count > PUMP_MAX_FRAME_PAYLOADS) return NULL;
  size_t bytes = 0;
  for (uint32_t index = 0; index < count; index += 1) {
    if (lengths[index] > PUMP_MAX_PAYLOAD) return NULL;
    bytes += lengths[index];
  }
  pump_frame *frame = malloc(sizeof *frame + (count + 1) * sizeof frame->offsets[0] + bytes);
  if (frame == NULL) return NULL;
  atomic_init(&frame->refs, 1);
  frame->count = count;
  uint8_t *at = (uint8_t *)(frame->offsets + count + 1);
  uint32_t offset = 0;
  for (uint32_t index = 0; index < count; index += 1) {
    frame->offsets[index] = offset;
    if (lengths[index] > 0) memcpy(at + offset, payloads[index], lengths[index]);
    offset += lengths[index];
  }
  frame->offsets[count] = offset;
  return frame;
}

void pump_frame_hold(pump_frame *frame) {
  atomic_fetch_add_explicit(&frame->refs, 1, memory_order_relaxed);
}

void pump_frame_release(pump_frame *frame) {
  if (atomic_fetch_sub_explicit(&frame->refs, 1, memory_order_acq_rel) == 1) free(frame);
}

const uint8_t *pump_frame_payload(const pump_frame *frame, uint32_t index, uint32_t *length) {
  *length = frame->offsets[index + 1] - frame->offsets[index];
  return (const uint8_t *)(frame->offsets + frame->count + 1) + frame->offsets[index];
}
