/** What plays a class by HLS as somebody else wrote it, and what it had to say. */
export interface Played {
  readonly name: string;
  /** By the clock, from the first picture. */
  readonly seconds: number;
  /** Of the class, in that time. */
  readonly moved: number;
  /** The newest of the class is further on by this. */
  readonly behind: number;
  /** Each line that it wrote as an error or a warning. */
  readonly complaints: readonly string[];
}

export type Player = (url: string, seconds: number) => Promise<Played>;
