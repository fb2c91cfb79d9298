/** Port numbers of the fixed surfaces, all from one base so that several installations fit on one machine. */
export interface Ports {
  readonly panel: number;
  readonly panelTls: number;
  readonly edge: number;
  readonly campus: number;
  readonly campusTls: number;
  readonly rtmp: number;
  readonly rtmps: number;
  readonly iceTcp: number;
  readonly edgeUdp: number;
  readonly boxUdp: number;
  /** The first of the simulators' ports. */
  readonly simulators: number;
}

export const DEFAULT_PORT_BASE = 8080;

export function portsFrom(base: number): Ports {
  return {
    panel: base,
    panelTls: base + 1,
    edge: base + 10,
    campus: base + 20,
    campusTls: base + 21,
    rtmp: base + 35,
    rtmps: base + 36,
    iceTcp: base + 108,
    edgeUdp: base + 109,
    boxUdp: base + 110,
    simulators: base + 200,
  };
}
