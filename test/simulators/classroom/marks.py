"""The marks by which a reader tells the time of a picture: the timecode strip and the flash."""

import numpy as np

CELL_PX = 16
COLUMNS = 24
ROWS = 2
FLASH_WIDTH, FLASH_HEIGHT = 320, 180
FLASH_PERIOD_MS = 5000
BLACK, WHITE = 16, 235  # limited-range luma


def paint_timecode(planes: list[np.ndarray], epoch_ms: int) -> None:
    """Top left: 2 rows of 24 cells, most significant bit first, black 0, white 1."""
    luma, blue, red = planes
    width, height = CELL_PX * COLUMNS, CELL_PX * ROWS
    bits = [(epoch_ms >> (COLUMNS * ROWS - 1 - index)) & 1 for index in range(COLUMNS * ROWS)]
    cells = np.where(np.array(bits).reshape(ROWS, COLUMNS), WHITE, BLACK).astype(np.uint8)
    luma[:height, :width] = cells.repeat(CELL_PX, axis=0).repeat(CELL_PX, axis=1)
    blue[: height // 2, : width // 2] = 128
    red[: height // 2, : width // 2] = 128


def paint_flash(planes: list[np.ndarray]) -> None:
    """Bottom right 320x180 white."""
    luma, blue, red = planes
    luma[-FLASH_HEIGHT:, -FLASH_WIDTH:] = WHITE
    blue[-FLASH_HEIGHT // 2 :, -FLASH_WIDTH // 2 :] = 128
    red[-FLASH_HEIGHT // 2 :, -FLASH_WIDTH // 2 :] = 128


def is_flashing(epoch_ms: int, frame_ms: float) -> bool:
    """Two frames from every fifth whole second."""
    return epoch_ms % FLASH_PERIOD_MS < 2 * frame_ms - 0.5
