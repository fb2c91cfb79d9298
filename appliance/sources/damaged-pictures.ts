/** The driver gave a picture that it knows to be damaged or cut short (libavdevice/v4l2.c). */
const FROM_DRIVER = /Dequeued v4l2 buffer contains /;
/** Nothing could be made of one: FFmpeg 5 and 6 in the first words, 7 in the others. */
const NOT_DECODED = /Error while decoding stream #|Error submitting packet to decoder/;
const REPEATED = /^\s*Last message repeated (\d+) times/;

/** Counts the pictures that came and were lost, by what FFmpeg says of them on standard error. Pure. */
export class DamagedPictures {
  #wasDamaged = false;

  /** Pictures that were lost by this line. */
  push(line: string): number {
    const again = REPEATED.exec(line);
    if (again !== null) return this.#wasDamaged ? Number(again[1]) : 0;
    this.#wasDamaged = FROM_DRIVER.test(line) || NOT_DECODED.test(line);
    return this.#wasDamaged ? 1 : 0;
  }
}
