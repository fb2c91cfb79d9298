import { mkdirSync } from 'node:fs';
import { systemClock } from '#kit/media/clock.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { KeptFile } from '#kit/process/kept-file.ts';
import type { Log } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import { PanelAccess } from './access/panel-access.ts';
import { TryGuard } from './access/try-guard.ts';
import { openOperators } from './cameras/framing/operators.ts';
import { OnvifRoom } from './cameras/onvif/onvif-room.ts';
import { roomCameras } from './cameras/room-cameras.ts';
import { roomChoreography } from './choreography/room-choreography.ts';
import { agentConfig, uploaderConfig, writeChildConfig } from './children/child-config.ts';
import { CloudLink } from './children/cloud-link.ts';
import type { ApplianceConfig } from './config/appliance-config.ts';
import { RoomHealth } from './health/room-health.ts';
import { NetworkTime } from './health/network-time.ts';
import { createPanelServer } from './http/server.ts';
import { keepShareServer } from './http/share-server.ts';
import type { PanelServices } from './http/services.ts';
import { Classroom } from './lesson/classroom.ts';
import { LayoutImages } from './gate/layout-images.ts';
import { ProgramDesk } from './gate/program-desk.ts';
import { wordsOf } from './gate/words.ts';
import { Pipeline } from './pipeline/pipeline.ts';
import { Preview } from './preview/preview.ts';
import { roomRehearsal } from './rehearsal/room-rehearsal.ts';
import { RecordingDesk } from './recorder/recording-desk.ts';
import { Heartbeat, RoomSchedule } from './schedule/room-schedule.ts';
import { SourceDesk } from './sources/source-desk.ts';
import { boxHealth, measureBox } from './state/box-health.ts';
import { forCampus } from './state/for-campus.ts';
import { lessonView, uplinkTarget } from './state/room-view.ts';
import { RoomMonitor } from './state/room-monitor.ts';
import { LaptopShare } from './share/laptop-share.ts';
import { NO_SHARE } from './share/no-share.ts';
import { occasionOf } from './share/occasion.ts';
import { AuditStore } from './store/audit-store.ts';
import { CameraMemory } from './store/camera-memory.ts';
import { openDatabase } from './store/database.ts';
import { SqliteLessonStore } from './store/lesson-store.ts';
import { MacroStore } from './store/macro-store.ts';
import { PresetStore } from './store/preset-store.ts';
import { RoomMemory } from './store/room-memory.ts';
import { boxSeal } from './store/seal.ts';
import { SettingStore } from './store/setting-store.ts';
import { untilAllStop } from './until-all-stop.ts';
import { EdgeWatch, isUnseen } from './uplink/edge-watch.ts';
import { StreamSwitch } from './uplink/stream-switch.ts';
import { UploadShare } from './uplink/upload-share.ts';
import { Uplink } from './uplink/uplink.ts';
import { uplinkWays } from './uplink/ways.ts';

export interface Box {
  readonly http: Http;
  /** Everything the box does; resolves when the signal aborts and all of it has stopped. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const TICK_MS = 200;
/** Health is looked at, and the agent told, every second. */
const REPORT_EVERY_TICKS = 5;

/** Constructs the whole box from its configuration, in the order in which things need each other. */
export async function createBox(config: ApplianceConfig, log: Log): Promise<Box> {
  for (const folder of [config.dataDir, config.recordingsDir, config.runDir]) mkdirSync(folder, { recursive: true });
  const clock = systemClock();
  const db = openDatabase(`${config.dataDir}/appliance.sqlite`, { folder: config.runDir, log });
  const memory = new RoomMemory(db, config.initialPinHash);
  const audit = new AuditStore(db);
  const webrtc = await openWebRtc(config.webrtc);
  const share: LaptopShare | null = config.share === undefined ? null : new LaptopShare({
    config: config.share, serial: config.box.serial, dataDir: config.dataDir, kept: new SettingStore(db), webrtc, clock, log, guard: new TryGuard(clock, 'codes'),
    now: () => ({ nowMs: Date.now(), isVouchedFor: time.vouchesForClock }),
    occasion: () => occasionOf(classroom.lesson, classroom.soundCaptured, classroom.next()),
    arrives: (source) => pipeline.snapshot().sources.some(({ id, signal }) => id === source && signal === 'ok'),
  });
  const images = new LayoutImages(`${config.dataDir}/layout-images`);
  const roomSources = share?.withSources(config.sources) ?? config.sources;
  const shared = share === null ? {} : { openShare: share.openCapture };
  const pipeline: Pipeline = new Pipeline({ ...config, ...shared, sources: roomSources, imagesDir: images.folder, resolveAddress: (url) => onvif.sourceAddress(url) }, log);
  const layers = config.program.renditions.map(({ id }) => id);
  const mainLayer = layers[0] ?? '';
  const preview = new Preview({ webrtc, cache: pipeline.bus.cache, layer: config.previewLayer ?? mainLayer });
  const onvif: OnvifRoom = new OnvifRoom({ config, seal: boxSeal(config.dataDir), kept: new SettingStore(db), clock, log });
  const sources = new SourceDesk({ sources: roomSources, raster: config.program, runDir: config.runDir, savePicture: (id, file) => pipeline.savePicture(id, file) });
  const cameraMemory = new CameraMemory(db);
  const cameras = roomCameras({
    config, names: new PresetStore(db), memory: cameraMemory, onvif: (id) => onvif.camera(id), clock, log,
    program: () => ({ ...pipeline.picture, live: classroom.lesson.phase === 'live' }),
    classNear: () => classRuns() || classroom.soundCaptured,
    snapshot: (source) => sources.snapshot(source),
  });
  const framing = openOperators({ config, desk: cameras.desk, memory: cameraMemory, program: () => pipeline.snapshot(), log });

  const cloud = new CloudLink({
    uploaderConfig: config.children.uploader ? writeChildConfig(config.runDir, 'uploader', uploaderConfig(config)) : null,
    agentConfig: config.children.agent ? writeChildConfig(config.runDir, 'agent', agentConfig(config)) : null,
    // What campus says holds on a full disk too: without its new tokens nothing would go up, and no room could be made.
    memory: {
      room: () => memory.room(), setRoom: (room) => noted(log, () => memory.setRoom(room)),
      tokens: () => memory.tokens(), setTokens: (tokens) => noted(log, () => memory.setTokens(tokens)),
    },
    targetChanged: () => uplink.targetChanged(),
    log,
  });
  const recording: RecordingDesk = new RecordingDesk({
    config, program: pipeline, log,
    silenceExpected: () => memory.settings().silenceExpected || pipeline.snapshot().muted || classroom.lesson.phase === 'paused',
    runningId: () => lessonView(classroom.lesson).recordingId,
    makeRoom: (bytes) => cloud.makeRoom(bytes),
  });
  const target = () => uplinkTarget(cloud.room, cloud.tokens);
  const uplink = new Uplink({
    open: uplinkWays({ webrtc, bus: recording.stream.bus, rids: layers, clock }, config.uplink), target, clock, log,
  });
  const stream: StreamSwitch = new StreamSwitch({ uplink, memory, lesson: () => lessonView(classroom.lesson), log });
  const time = new NetworkTime(`${config.campus.url}/healthz`, log);
  const heartbeat = new KeptFile(config.dataDir, 'class-time.json', Heartbeat, log);
  const schedule = new RoomSchedule({
    config: config.schedule ?? {}, leadMinutes: config.leadMinutes, db, room: () => cloud.room, networkOffsetMs: () => time.offsetMs(), log,
    heartbeat: await heartbeat.read(), keepHeartbeat: (beat) => heartbeat.write(beat),
  });
  const classroom = new Classroom({
    store: new SqliteLessonStore(db),
    journal: schedule.journal, clock: schedule.clock, policy: schedule.policy,
    recording: recording.lesson, uplink: recording.fromPressToPress(stream), log,
    program: {
      setPaused: (paused) => (pipeline.setPaused(paused), recording.setPaused(paused)),
      setSoundCapture: (on) => pipeline.setSoundCapture(on),
    },
    room: () => ({ id: cloud.room?.room ?? 'unclaimed', timetable: schedule.timetable() }),
    // Campus hears of a class that starts or ends at once, not at the next report.
    changed: () => {
      if (classRuns()) rehearsal.yield();
      cloud.report(forCampus(monitor.state()), health.machine);
    },
  });
  const classRuns = (): boolean => ['preparing', 'live', 'paused'].includes(classroom.lesson.phase);
  const uploadShare = new UploadShare();
  const edge = new EdgeWatch({ target, classRuns, clock });

  const monitor = new RoomMonitor({
    clock, classClock: schedule.clock,
    room: () => ({ id: cloud.room?.room ?? 'unclaimed', name: cloud.room?.roomName ?? '' }),
    lesson: () => lessonView(classroom.lesson),
    next: () => classroom.next(),
    program: () => pipeline.snapshot(),
    recording: () => recording.state(),
    uplink: () => stream.facts(),
    edge: () => ({ sight: edge.sight, reachable: edge.reachable }),
    cameras: () => cameras.desk.states(),
    macros: () => choreography.macros.state(),
    cloud: () => ({ cloud: cloud.cloud, enrolment: cloud.enrolment }),
    schedule: () => schedule.view(classroom),
    rehearsal: () => rehearsal.state(),
    health: () => health.state(),
    share: () => share?.desk.state() ?? NO_SHARE,
    soundCaptured: () => classroom.soundCaptured,
    encodersToTry: config.encoders.length,
  });

  const health: RoomHealth = new RoomHealth({
    dataDir: config.dataDir, recordingsDir: config.recordingsDir, wantedFps: config.program.fps, load: () => pipeline.snapshot().load,
    soundCaptured: () => classroom.soundCaptured, uplinkBytes: () => uplink.facts().bytesSent, time, clock, log,
  });
  const rehearsal = roomRehearsal({
    clock: schedule.clock, next: () => classroom.next(), state: () => monitor.state(), levels: () => pipeline.snapshot().levels.sources,
    soundCaptured: () => classroom.soundCaptured, silenceExpected: () => memory.settings().silenceExpected, clockErrorMs: () => time.clockErrorMs(),
    target, classRuns, whip: { webrtc, rids: layers, clock }, wantedFps: config.program.fps, aheadMs: schedule.rehearsalMs, log,
  });
  const program = new ProgramDesk({ program: pipeline, memory, sources: config.sources, images, log });
  const choreography = roomChoreography({
    book: new MacroStore(db, config.macros ?? []), desk: cameras.desk, pipeline, program, live: () => classroom.lesson.phase === 'live', clock, log,
  });
  const services: PanelServices = {
    access: new PanelAccess(memory, config.pairing.tokenHash, clock),
    allowedHosts: config.allowedHosts,
    classroom,
    cameras: cameras.desk,
    macros: choreography.macros,
    onvif,
    recording,
    stream,
    program,
    share: share?.desk ?? null,
    sources,
    rehearsal,
    health,
    state: () => monitor.state(),
    levels: () => pipeline.snapshot().levels,
    settings: { get: () => memory.settings(), set: (settings) => memory.setSettings(settings) },
    audit: (who, what, details) => noted(log, () => audit.add({ atMs: Date.now(), who, what, details })),
    preview,
    returnPicture: () => (cloud.room === null || cloud.tokens?.watch === undefined ? null : { whep: cloud.room.edge.whep, token: cloud.tokens.watch }),
  };
  const metrics = createMetrics('appliance');
  measureBox(metrics, { state: () => monitor.state(), uplink, load: () => pipeline.snapshot().load, fragments: () => monitor.fragments });
  const { http, events } = await createPanelServer({
    services,
    panelDist: config.panelDist,
    connect: () => (cloud.room === null ? [] : [new URL(cloud.room.edge.whep).origin]),
    health: boxHealth(() => monitor.state(), clock),
    metrics,
    log,
  });

  function tick(count: number): void {
    schedule.tick(classRuns());
    classroom.tick();
    const classId = classRuns() ? lessonView(classroom.lesson).id : null;
    program.follow(classId, () => memory.settings().defaultLayout);
    pipeline.followClass(classId);
    uplink.tick();
    const line = { wanted: classRuns() && !stream.stopped, way: uplink.facts().way, renditions: layers.length, framesLeftOut: uplink.framesLeftOut() };
    cloud.shareLine(uploadShare.next(line, performance.now()));
    share?.desk.tick();
    choreography.tick();
    monitor.sample();
    const { sendingSinceMs, lastLiveAtMs } = monitor.arrival;
    if (classRuns() && isUnseen(sendingSinceMs, edge.sight, lastLiveAtMs, clock.nowMs())) uplink.unseen();
    if (recording.attached) cloud.recordingsChanged(clock.nowMs());
    if (count % REPORT_EVERY_TICKS !== 0) return;
    pipeline.setWords(wordsOf(lessonView(classroom.lesson), memory.settings().language, schedule.roomTime));
    const state = monitor.state();
    health.sample(state);
    cloud.report(forCampus(state), health.machine);
  }

  async function run(signal: AbortSignal): Promise<void> {
    pipeline.on('levels', ({ program }) => recording.heard(program));
    pipeline.bus.attach(preview);
    classroom.recover();
    program.restore(classRuns(), memory.settings().defaultLayout);
    await untilAllStop(signal, [
      (scope) => pipeline.run(scope),
      (scope) => cameras.run(scope),
      (scope) => onvif.run(scope),
      (scope) => framing(scope),
      (scope) => cloud.run(scope),
      (scope) => schedule.run(scope),
      (scope) => time.run(scope),
      (scope) => health.run(scope),
      (scope) => rehearsal.run(scope),
      (scope) => edge.run(scope),
      (scope) => recording.run(scope),
      (scope) => events.run(scope),
      (scope) => keepShareServer({ share, ...config.share, panelDist: config.panelDist, roomName: () => monitor.state().roomName, audit: services.audit, log }, scope),
      (scope) => supervise('ticker', (inner) => ticking(tick, inner), { signal: scope, log }),
    ]);
  }

  async function close(): Promise<void> {
    await recording.detach();
    await http.close();
    await webrtc.close();
    health.close();
    db.close();
  }

  return { http, run, close };
}

/** A full disk must not turn a teacher's press into an error: what could not be written down is logged. */
function noted(log: Log, write: () => void): void {
  try {
    write();
  } catch (thrown) {
    log.error({ reason: reasonOf(thrown) }, 'the store could not be written');
  }
}

async function ticking(tick: (count: number) => void, signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    tick(count);
    await sleep(TICK_MS, signal);
  }
}
