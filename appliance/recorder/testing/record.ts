/** Records a live program into the folder and under the id given, until it is killed. */
import { createLog } from '#kit/process/log.ts';
import { Recorder } from '../recorder.ts';
import { livePackets } from './live-packets.ts';

const [recordingsDir = '', id = ''] = process.argv.slice(2);
const meta = { id, lesson: 'lesson', room: 'room', title: 'Title', teacher: 'Teacher', startedAt: new Date().toISOString() };
const recorder = await Recorder.open({ recordingsDir, meta, layer: '720p', log: createLog('record') });
await livePackets((packet) => recorder.write(packet), new AbortController().signal);
