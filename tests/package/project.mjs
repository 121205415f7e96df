// Empty projects with the packed tarball installed, as a user would have one.

import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const REPOSITORY = resolve(import.meta.dirname, '../..');

/** The packed package; `cargo xtask test` packs it and says where. */
export const TARBALL = named('TARBALL');

/** The command line, for what both have to agree on. */
export const COMMAND = named('UNDERTONE');

const execute = promisify(execFile);

/** Longer than a program takes here on a busy machine. */
const PATIENCE_MS = 600_000;

function named(variable) {
  const path = process.env[variable];
  if (!path) {
    throw new Error(`${variable} is not set: run this through \`cargo xtask test --only package\``);
  }
  return resolve(REPOSITORY, path);
}

/** The project in which npm has installed the tarball. It takes a second, and others have copies. */
let first;

async function installed() {
  const folder = await mkdtemp(join(tmpdir(), 'undertone-package-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  await writeFiles(folder, { 'package.json': '{ "private": true, "type": "module" }' });
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--no-save', TARBALL], folder);
  return folder;
}

/** Makes a project outside the repository, so that nothing is found by accident. */
export async function project(files = {}) {
  first ??= installed();
  const { folder } = await copyOf(await first);
  await writeFiles(folder, files);
  return {
    folder,
    installed: join(folder, 'node_modules/undertone'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function writeFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

export async function copyOf(folder) {
  const copy = await mkdtemp(join(tmpdir(), 'undertone-package-'));
  await cp(folder, copy, { recursive: true });
  return { folder: copy, remove: () => rm(copy, { recursive: true, force: true }) };
}

/** Runs a program to its end and gives what it printed; fails when it fails. */
export async function run(program, parameters, folder) {
  try {
    const { stdout } = await execute(program, parameters, {
      cwd: folder,
      maxBuffer: 1 << 28,
      timeout: PATIENCE_MS,
    });
    return stdout;
  } catch (error) {
    const waited = error.killed ? `waited ${PATIENCE_MS} ms for it to end; ` : '';
    throw new Error(`${program} ${parameters.join(' ')}: ${waited}${error.stdout}${error.stderr}`, {
      cause: error,
    });
  }
}

export const shippedModel = () => readFile(join(REPOSITORY, 'model.bin'));
