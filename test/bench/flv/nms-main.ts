/** node-media-server as it comes, the baseline of `bench flv`. `node nms-main.ts FOLDER`, for what it keeps; ends with its standard input. */
import { createRequire } from 'node:module';
import { freePort } from '#kit/testing/free-port.ts';

const HOST = '127.0.0.1';
const [folder = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);
// It would write a line for every viewer; ours writes none in this bench either.
const logger = require('node-media-server/src/core/logger.js') as { log: () => void };
logger.log = () => undefined;
const Server = require('node-media-server') as new (config: object) => { run(): Promise<void> };
const [rtmp, http] = [await freePort(), await freePort()];
await new Server({ bind: HOST, rtmp: { port: rtmp }, http: { port: http }, webadmin: { enable: false }, store: { path: folder } }).run();
console.log(JSON.stringify({ publish: `rtmp://${HOST}:${rtmp}/live/room-1`, port: http, target: '/live/room-1.flv' }));
process.stdin.resume().once('close', () => process.exit());
