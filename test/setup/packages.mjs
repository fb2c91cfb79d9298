// Debian packages that the product and its simulated classroom use, and those that only the checks need.
import { spawnSync } from 'node:child_process';

const PRODUCT = [
  'ffmpeg',
  'util-linux',
  // The simulated classroom: RTSP server, drawing, voice, serial line.
  'espeak-ng',
  'fonts-dejavu-core',
  'fonts-noto-cjk',
  'gir1.2-gst-rtsp-server-1.0',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-ugly',
  'python3-gi',
  'python3-numpy',
  'python3-pil',
  'socat',
];
// nginx stands before an edge, coturn beside it; none is started but the tests' own. PulseAudio: a microphone of a sound server, on a socket of the test's own. The compiler makes the edge's native pump, which the product can do without.
const CHECKS = [...PRODUCT, 'chromium', 'coturn', 'firefox-esr', 'gcc', 'libc6-dev', 'nginx', 'pulseaudio'];
// A machine in software, for power cuts and for devices that are plugged and unplugged; its driver for webcams is built by DKMS with the kernel's headers.
const CAMPAIGNS = [...PRODUCT, 'busybox-static', 'chromium', 'e2fsprogs', 'linux-headers-amd64', 'qemu-system-x86', 'v4l-utils', 'v4l2loopback-dkms', 'xz-utils'];

const NEEDS = { product: PRODUCT, checks: CHECKS, campaigns: CAMPAIGNS };

/** Installs what is missing. @param {keyof typeof NEEDS} needs @throws Error that names the packages where it may not or cannot */
export function installPackages(needs) {
  const missing = missingOf(NEEDS[needs]);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (!has('apt-get')) throw new Error(`This machine has no apt-get. Install these Debian packages' equivalents, then run again:\n  ${list}`);
  if (process.getuid?.() !== 0) throw new Error(`These Debian packages are missing; installing them needs root:\n  sudo apt-get install --no-install-recommends ${list}`);
  console.error(`Installing Debian packages: ${list}`);
  apt(['update']);
  apt(['install', '-y', '--no-install-recommends', ...missing]);
  const still = missingOf(missing);
  if (still.length > 0) throw new Error(`apt-get did not install: ${still.join(' ')}`);
}

function missingOf(names) {
  if (!has('dpkg-query')) return has('ffmpeg') ? [] : names;
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], { encoding: 'utf8' });
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')).map((line) => line.split(' ')[0]));
  return names.filter((name) => !installed.has(name));
}

function has(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr } = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`apt-get ${args[0]} failed:\n${stderr.trim().slice(-2000)}`);
}
