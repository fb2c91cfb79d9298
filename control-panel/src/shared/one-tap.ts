/**
 * For what a second tap would undo: somebody who taps twice, as on a desktop's icons, means it once. `detail` counts the taps at one
 * place (UI Events, section 3.3.2); it is 0 for a key.
 */
export function oneTap(act: () => unknown): (event: Pick<MouseEvent, 'detail'>) => void {
  return ({ detail }) => {
    if (detail < 2) void act();
  };
}
