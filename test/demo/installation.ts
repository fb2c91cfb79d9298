import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { hashPassword, newSecret } from '#kit/process/secrets.ts';

/** What one installation of the demo keeps between starts: made at random at its first start, never a default. */
export interface Secrets {
  readonly pin: string;
  readonly pinHash: string;
  readonly panelToken: string;
  readonly admin: { readonly email: string; readonly password: string; readonly passwordHash: string };
  readonly support: { readonly email: string; readonly password: string; readonly passwordHash: string };
}

/** The edge's certificate for RTMPS, and the authority that a box has to trust for it. Made anew at every start. */
export interface EdgeTls {
  readonly authorityFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Installation {
  readonly root: string;
  readonly configDir: string;
  readonly pidDir: string;
  readonly cacheDir: string;
  readonly boxDir: string;
  readonly recordingsDir: string;
  readonly edgeDir: string;
  readonly campusDir: string;
  readonly libraryDir: string;
  readonly demoFile: string;
  readonly edgeTls: EdgeTls;
  readonly secrets: Secrets;
}

/** Opens (or makes) the installation in a folder. `cacheDir` may be shared between installations: it holds only what can be made again. */
export async function openInstallation(root: string, cacheDir = join(root, 'cache')): Promise<Installation> {
  const folders = {
    root,
    cacheDir,
    configDir: join(root, 'config'),
    pidDir: join(root, 'run'),
    boxDir: join(root, 'box'),
    recordingsDir: join(root, 'box/recordings'),
    edgeDir: join(root, 'edge'),
    campusDir: join(root, 'campus'),
    libraryDir: join(root, 'campus/library'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { ...folders, demoFile: join(root, 'demo.json'), edgeTls: await newEdgeTls(folders.configDir), secrets: await keptSecrets(join(root, 'secrets.json')) };
}

async function newEdgeTls(folder: string): Promise<EdgeTls> {
  const nowMs = Date.now();
  const authority = await createAuthority('CN=Lectern demo authority', nowMs);
  const { certificatePem, keyPem } = await issueForServer(authority, 'CN=Lectern demo edge', ['127.0.0.1', 'localhost'], nowMs);
  const files = { authorityFile: join(folder, 'edge-authority.pem'), certFile: join(folder, 'edge-cert.pem'), keyFile: join(folder, 'edge-key.pem') };
  writeFileSync(files.authorityFile, authority.certificatePem);
  writeFileSync(files.certFile, certificatePem);
  writeFileSync(files.keyFile, keyPem, { mode: 0o600 });
  return files;
}

async function keptSecrets(file: string): Promise<Secrets> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const secrets = await newSecrets();
  writeAtomically(file, secrets);
  return secrets;
}

async function newSecrets(): Promise<Secrets> {
  const pin = String(100_000 + (Buffer.from(newSecret(4), 'base64url').readUInt32BE() % 900_000));
  const [adminPassword, supportPassword] = [newSecret(12), newSecret(12)];
  return {
    pin,
    pinHash: await hashPassword(pin),
    panelToken: newSecret(),
    admin: { email: 'admin@lectern.example', password: adminPassword, passwordHash: await hashPassword(adminPassword) },
    support: { email: 'support@lectern.example', password: supportPassword, passwordHash: await hashPassword(supportPassword) },
  };
}

/** Writes JSON that only its owner can read, so that a reader sees the old or the new file and never half of one. */
export function writeAtomically(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
