/** Wall time, epoch milliseconds; tests give their own. */
export type Clock = () => number;

export const instant = (epochMs: number): string => new Date(epochMs).toISOString();
