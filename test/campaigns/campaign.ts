export interface CampaignOptions {
  readonly count: number;
  readonly seed: number;
  /** Tells a person what happens. */
  readonly say: (words: string) => void;
}

/** Resolves with what went wrong, a sentence each; empty when every promise was kept. */
export type Campaign = (options: CampaignOptions) => Promise<string[]>;
