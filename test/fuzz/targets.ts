import { onvifTargets } from '#appliance/cameras/onvif/onvif.fuzz.ts';
import { viscaTargets } from '#appliance/cameras/visca/visca.fuzz.ts';
import { calendarTarget } from '#appliance/schedule/ical/calendar.fuzz.ts';
import { rtspTargets } from '#appliance/sources/rtsp/rtsp.fuzz.ts';
import { laneTarget } from '#edge-relay/http/lane/lane.fuzz.ts';
import { eventsTarget } from '#edge-relay/live/message.fuzz.ts';
import { gateTargets } from '#edge-relay/rtmp/gate.fuzz.ts';
import { mediaTargets } from '#kit/media/media.fuzz.ts';
import type { FuzzTarget } from '#kit/testing/fuzz.ts';
import { rtmpTargets } from '#kit/media/rtmp.fuzz.ts';
import { iceLinksTarget } from '#kit/ui/whep/ice-links.fuzz.ts';
import { webRtcTargets } from '#kit/webrtc/webrtc.fuzz.ts';

/** Every parser that faces a network. */
export const targets: readonly FuzzTarget[] = [...mediaTargets, ...rtmpTargets, ...gateTargets, ...webRtcTargets, ...rtspTargets, ...viscaTargets, ...onvifTargets, calendarTarget, laneTarget, eventsTarget, iceLinksTarget];
