import type { LayoutRequest, LayoutSummary } from '../contract/layout.ts';
import type { Macro } from '../contract/macros.ts';

type Step = Macro['steps'][number];
export type ViewStep = Extract<Step, { type: 'view' }>;
export type SoundStep = Extract<Step, { type: 'sound' | 'mute' }>;

export type Action =
  | { readonly do: 'sound'; readonly step: SoundStep }
  /** A picture that stands in while a camera travels. */
  | { readonly do: 'cover'; readonly layout: string }
  | { readonly do: 'view'; readonly step: ViewStep }
  | { readonly do: 'wait-until-still'; readonly cameras: readonly string[] }
  | { readonly do: 'cut'; readonly layout: LayoutRequest };

export interface StageFacts {
  /** Whether students watch. */
  readonly live: boolean;
  /** What is on air, and what was before something stood in for it. */
  readonly layout: string;
  readonly layouts: readonly Pick<LayoutSummary, 'id' | 'tiles'>[];
  readonly returnTo: string;
  /** Sources whose picture comes. */
  readonly pictures: readonly string[];
  readonly sourceOf: (camera: string) => string | null;
  /** The head stands at that view already. */
  readonly isThere: (camera: string, preset: string) => boolean;
}

/** What a macro does, in order, so that students do not see a camera travel where that can be helped. */
export function plan({ steps }: Macro, facts: StageFacts): Action[] {
  const sounds = steps.filter((step): step is SoundStep => step.type === 'sound' || step.type === 'mute');
  const views = steps.filter((step): step is ViewStep => step.type === 'view').filter(({ camera, preset }) => !facts.isThere(camera, preset));
  return [...sounds.map((step) => ({ do: 'sound' as const, step })), ...pictureActions(steps, views, facts)];
}

function pictureActions(steps: readonly Step[], views: readonly ViewStep[], facts: StageFacts): Action[] {
  const { live, layout, returnTo } = facts;
  const wanted = layoutOf(steps) ?? (layout === returnTo ? null : { id: returnTo });
  const cut: Action[] = wanted === null ? [] : [{ do: 'cut', layout: wanted }];
  const moving = views.flatMap(({ camera }) => facts.sourceOf(camera) ?? []);
  const shows = (id: string): boolean => sourcesIn(id, facts).some((source) => moving.includes(source));
  const turn: Action[] = views.map((step) => ({ do: 'view', step }));
  if (turn.length === 0 || !live) return [...cut, ...turn];
  const final = wanted?.id ?? layout;
  const still: Action = { do: 'wait-until-still', cameras: views.map(({ camera }) => camera) };
  if (!shows(final)) return [...cut, ...turn];
  const back: Action = { do: 'cut', layout: wanted ?? { id: layout } };
  if (!shows(layout)) return [...turn, still, back];
  const cover = coverFor(facts, shows);
  return cover === null ? [...cut, ...turn] : [{ do: 'cover', layout: cover }, ...turn, still, back];
}

/** A layout without the cameras that travel, all of whose pictures come; the slides before all others. */
function coverFor(facts: StageFacts, shows: (layout: string) => boolean): string | null {
  const fit = facts.layouts.filter(({ id, tiles }) => tiles.length > 0 && !shows(id) && tiles.every(({ source }) => facts.pictures.includes(source)));
  return (fit.find(({ id }) => id === 'slides') ?? fit[0])?.id ?? null;
}

function sourcesIn(id: string, { layouts }: StageFacts): string[] {
  return layouts.find((layout) => layout.id === id)?.tiles.map(({ source }) => source) ?? [];
}

function layoutOf(steps: readonly Step[]): LayoutRequest | null {
  const step = steps.findLast((one): one is Extract<Step, { type: 'layout' }> => one.type === 'layout');
  if (step === undefined) return null;
  const { type: _type, ...request } = step;
  return request;
}
